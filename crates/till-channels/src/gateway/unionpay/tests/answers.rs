//! What believed answers mean.

use super::super::super::{Claim, Refusal, Source};
use super::super::codes::{CODES, Meaning, meaning};
use super::*;

/// Codes that say that nothing happened, and what a person can do. Written down a second time on purpose: a row that
/// moves between the lists moves money.
const REFUSALS: &[(&str, RefusalKind)] = &[
    ("01", RefusalKind::Other),
    ("10", RefusalKind::Other),
    ("11", RefusalKind::Settings),
    ("13", RefusalKind::Other),
    ("30", RefusalKind::OtherMeans),
    ("31", RefusalKind::NotAllowed),
    ("32", RefusalKind::NotAllowed),
    ("33", RefusalKind::OtherMeans),
    ("35", RefusalKind::Other),
    ("36", RefusalKind::Other),
    ("37", RefusalKind::TooOften),
    ("38", RefusalKind::OtherMeans),
    ("39", RefusalKind::TooLate),
    ("43", RefusalKind::NotAllowed),
    ("44", RefusalKind::OtherMeans),
    ("60", RefusalKind::OtherMeans),
    ("61", RefusalKind::OtherMeans),
    ("62", RefusalKind::OtherMeans),
    ("63", RefusalKind::OtherMeans),
    ("64", RefusalKind::OtherMeans),
    ("65", RefusalKind::OtherMeans),
    ("66", RefusalKind::OtherMeans),
    ("67", RefusalKind::OtherMeans),
    ("68", RefusalKind::OtherMeans),
    ("69", RefusalKind::OtherMeans),
    ("71", RefusalKind::OtherMeans),
    ("72", RefusalKind::OtherMeans),
    ("73", RefusalKind::OtherMeans),
    ("77", RefusalKind::OtherMeans),
    ("78", RefusalKind::OtherMeans),
];
const UNSURE: &[&str] = &["02", "03", "04", "06", "12", "42", "45", "46", "74", "75"];
const WORKING: &[&str] = &["05", "70"];
const UNLISTED: &[&str] = &["07", "09", "14", "40", "76", "83", "99", "A5", "a6", "0", "000", "XX"];

fn scan() -> Call {
    Call::Scan { auth_code: "6220123456789012345".into() }
}

fn taken(kind: &str, code: &str) -> Said {
    Said::order(kind).with("respCode", code).with("respMsg", "说明").with("queryId", "512701010759000000008").signed()
}

fn fate(code: &str) -> Said {
    Said::paid().with("origRespCode", code).with("origRespMsg", "说明").signed()
}

fn refused(kind: RefusalKind, code: &str) -> Answer {
    Answer::Refused(Refusal { kind, code: code.into(), message: "说明".into() })
}

#[test]
fn every_listed_code_is_tried_here() {
    let mut tried: Vec<&str> = REFUSALS.iter().map(|(code, _)| *code).collect();
    tried.extend(UNSURE.iter().chain(WORKING));
    tried.extend(["00", "A6", "34", "98"]);
    let mut listed: Vec<&str> = CODES.iter().map(|(code, _)| *code).collect();
    tried.sort_unstable();
    listed.sort_unstable();
    assert_eq!(listed, tried);
}

#[test]
fn a_reversal_is_done_when_its_answer_says_so() {
    let end = |said: &Said| read(&scanned(), &Call::End, said);
    assert_eq!(end(&taken("99", "00")), Answer::Ended { gave_back: false });
    for code in UNSURE.iter().chain(WORKING).chain(UNLISTED).chain(&["34", "A6"]) {
        assert!(matches!(end(&taken("99", code)), Answer::Unknown(_)), "{code}");
    }
    for (code, kind) in REFUSALS {
        assert_eq!(end(&taken("99", code)), refused(*kind, code));
    }
    for kind in ["01", "31", "00"] {
        assert_eq!(doubt(end(&taken(kind, "00"))), DoubtKind::NotOurs, "the answer to another question: {kind}");
    }
    let other = Said::about("99", "QT202701010002", ORDERED).with("respCode", "00").signed();
    assert_eq!(doubt(end(&other)), DoubtKind::NotOurs);
    let changed = taken("99", "05").with("respCode", "00");
    assert_eq!(doubt(end(&changed)), DoubtKind::BadSignature);
    // The answer to a cancel by number is another.
    let paid = Order { trade_no: Some("512701010759000000008".into()), ..scanned() };
    assert_eq!(doubt(read(&paid, &Call::End, &taken("99", "00"))), DoubtKind::NotOurs);
}

#[test]
fn a_refusal_of_a_charge_is_explicit() {
    for (code, kind) in REFUSALS {
        assert_eq!(read(&scanned(), &scan(), &taken("01", code)), refused(*kind, code));
        assert_eq!(read(&order(), &Call::Create, &taken("01", code)), refused(*kind, code));
        assert_eq!(read(&scanned(), &Call::Query, &fate(code)), refused(*kind, code));
    }
}

#[test]
fn a_code_may_be_tried_again_with_another_card() {
    for (code, _) in REFUSALS {
        assert_eq!(read(&order(), &Call::Query, &fate(code)), Answer::Waiting, "{code}");
    }
}

#[test]
fn what_may_have_moved_money_is_unknown() {
    for code in UNSURE {
        assert_eq!(doubt(read(&scanned(), &scan(), &taken("01", code))), DoubtKind::Trouble, "{code}");
        assert_eq!(doubt(read(&scanned(), &Call::Query, &fate(code))), DoubtKind::Trouble, "{code}");
    }
    for code in UNLISTED {
        assert_eq!(meaning(code), None);
        assert_eq!(doubt(read(&scanned(), &scan(), &taken("01", code))), DoubtKind::Unlisted, "{code}");
        assert_eq!(doubt(read(&scanned(), &Call::Query, &fate(code))), DoubtKind::Unlisted, "{code}");
    }
    // Listed, but about something else than a charge.
    for code in ["34", "98", "A6"] {
        assert_eq!(doubt(read(&scanned(), &scan(), &taken("01", code))), DoubtKind::Unlisted, "{code}");
    }
    for code in ["34", "98"] {
        assert_eq!(doubt(read(&scanned(), &Call::Query, &fate(code))), DoubtKind::Unlisted, "{code}");
    }
    for code in WORKING {
        assert_eq!(meaning(code), Some(Meaning::Working));
        assert_eq!(read(&scanned(), &Call::Query, &fate(code)), Answer::Waiting, "{code}");
        assert_eq!(doubt(read(&scanned(), &scan(), &taken("01", code))), DoubtKind::Unlisted, "{code}");
    }
}

#[test]
fn a_code_to_show() {
    let said = |code: &str| taken("01", "00").with("qrCode", code).signed();
    let url = "https://qr.95516.com/00010000/62000000000000000000000000000000";
    assert_eq!(read(&order(), &Call::Create, &said(url)), Answer::Code(url.into()));
    for wrong in [
        "http://qr.95516.com/1",
        "javascript:alert(1)",
        "https://qr.95516.com/1 2",
        &format!("{url}{}", "0".repeat(500)),
    ] {
        assert_eq!(doubt(read(&order(), &Call::Create, &said(wrong))), DoubtKind::Unreadable, "{wrong}");
    }
    assert_eq!(doubt(read(&order(), &Call::Create, &taken("01", "00"))), DoubtKind::Unreadable);
}

#[test]
fn accepted_is_not_paid() {
    assert_eq!(read(&scanned(), &scan(), &taken("01", "00")), Answer::Waiting);
    let paid = Order { trade_no: Some("512701010759000000008".into()), ..order() };
    let cancel = Said::about("31", "QT202701010001CANCEL", ORDERED).with("respCode", "00").signed();
    assert_eq!(read(&paid, &Call::End, &cancel), Answer::Waiting);
    let refund_taken = Said::about("04", &refund().refund_no, refund().created_at)
        .with("respCode", "00")
        .with("queryId", "77")
        .signed();
    let answer = read(&paid, &Call::Refund(refund()), &refund_taken);
    assert_eq!(answer, Answer::RefundPending { trade_no: Some("77".into()) });
}

#[test]
fn a_paid_order_makes_a_claim_that_agrees() {
    for code in ["00", "A6"] {
        let Answer::Paid(claim) = read(&order(), &Call::Query, &fate(code)) else { panic!("{code} is paid") };
        let expected = Claim {
            source: Source::Answer,
            out_no: "QT202701010001".into(),
            trade_no: "512701010759000000008".into(),
            amount: Fen::new(1500).unwrap(),
            currency: Some("156".into()),
            app: None,
            seller: Some(MER_ID.into()),
            paid_at: Some(NOW),
            buyer: "6216***********0018".into(),
        };
        assert_eq!(claim, expected);
        assert_eq!(claim.agrees(&order(), &gateway().identity()), Ok(()));
    }
    let dollars = Said::paid().with("currencyCode", "840").signed();
    let Answer::Paid(claim) = read(&order(), &Call::Query, &dollars) else { panic!() };
    assert!(claim.agrees(&order(), &gateway().identity()).is_err());
}

#[test]
fn a_payment_after_new_year_is_in_the_new_year() {
    let eve = Order { created_at: NOW - 8 * 3_600_000 - 60_000, ..order() }; // 23:59 in China
    let said = Said::paid().with("txnTime", "20261231235900").with("traceTime", "0101000030").signed();
    let Answer::Paid(claim) = read(&eve, &Call::Query, &said) else { panic!() };
    assert_eq!(claim.paid_at, Some(eve.created_at + 90_000));
}

#[test]
fn a_claim_needs_all_its_parts() {
    for name in ["origRespCode", "queryId", "txnAmt", "currencyCode"] {
        assert_eq!(doubt(read(&order(), &Call::Query, &Said::paid().without(name).signed())), DoubtKind::Unreadable);
        let empty = Said::paid().with(name, "").signed();
        assert_eq!(doubt(read(&order(), &Call::Query, &empty)), DoubtKind::Unreadable, "{name}");
    }
    for amount in ["15.00", "-1500", "+1500", "01500", " 1500", "1e3", "1500000000000", "０"] {
        let said = Said::paid().with("txnAmt", amount).signed();
        assert_eq!(doubt(read(&order(), &Call::Query, &said)), DoubtKind::Unreadable, "{amount}");
    }
    // A card number in full, or encrypted, is nobody's business here.
    let said = Said::paid().with("accNo", "6216261000000000018").signed();
    assert!(matches!(read(&order(), &Call::Query, &said), Answer::Paid(claim) if claim.buyer.is_empty()));
}

#[test]
fn the_code_of_a_question_is_about_the_question() {
    assert_eq!(read(&order(), &Call::Query, &Said::order("00").with("respCode", "34").signed()), Answer::NotThere);
    for (code, _) in REFUSALS {
        let said = Said::order("00").with("respCode", code).signed();
        assert_eq!(doubt(read(&scanned(), &Call::Query, &said)), DoubtKind::Unlisted, "{code}");
    }
    // Accepted as a question, and silent about its order.
    let said = Said::order("00").with("respCode", "00").signed();
    assert_eq!(doubt(read(&scanned(), &Call::Query, &said)), DoubtKind::Unreadable);
    // Not accepted, whatever else it says.
    let said = Said::paid().with("respCode", "03").signed();
    assert_eq!(doubt(read(&scanned(), &Call::Query, &said)), DoubtKind::Trouble);
}

#[test]
fn another_answer_cannot_stand_in() {
    for (name, value) in
        [("merId", "777290058110049"), ("orderId", "QT202701010002"), ("txnTime", "20270101075901"), ("txnType", "01")]
    {
        let said = Said::paid().with(name, value).signed();
        assert_eq!(doubt(read(&order(), &Call::Query, &said)), DoubtKind::NotOurs, "{name}");
        assert_eq!(doubt(read(&order(), &Call::Query, &Said::paid().without(name).signed())), DoubtKind::Unreadable);
    }
}

#[test]
fn how_a_refund_stands() {
    let stands = |code: &str, amount: &str| {
        let said = Said::about("00", &refund().refund_no, refund().created_at).with("respCode", "00");
        said.with("origRespCode", code).with("queryId", "77").with("txnAmt", amount).signed()
    };
    let ask = |said: &Said| read(&order(), &Call::RefundQuery(refund()), said);
    let done = Answer::Refunded { trade_no: Some("77".into()), amount: Some(refund().amount) };
    assert_eq!(ask(&stands("00", "500")), done);
    assert_eq!(ask(&stands("A6", "500")), done);
    assert_eq!(doubt(ask(&stands("00", "501"))), DoubtKind::NotOurs);
    assert_eq!(ask(&stands("05", "500")), Answer::RefundPending { trade_no: Some("77".into()) });
    assert_eq!(doubt(ask(&stands("03", "500"))), DoubtKind::Trouble);
    assert!(matches!(ask(&stands("36", "500")), Answer::Refused(_)));
    let unknown = Said::about("00", &refund().refund_no, refund().created_at).with("respCode", "34").signed();
    assert_eq!(ask(&unknown), Answer::NotThere);
    // The payment's own answer is not the refund's.
    assert_eq!(doubt(ask(&Said::paid().signed())), DoubtKind::NotOurs);
}
