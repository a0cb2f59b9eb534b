//! What answers mean, and what they must not be taken for.

use proptest::prelude::*;

use super::super::codes::{FAILED, Meaning, Of, ROWS, Row};
use super::*;
use crate::gateway::{Disagreement, RefusalKind, Source};

const PAY: &str = r#"{"code":"10000","msg":"Success","out_trade_no":"QT20261120000001","trade_no":"2026112022001400000000000001","total_amount":"15.50","receipt_amount":"15.50","gmt_payment":"2026-11-20 14:30:05","buyer_logon_id":"139****0001"}"#;

fn query(rest: &str) -> Answer {
    let inner = format!(r#"{{"code":"10000","msg":"Success","out_trade_no":"{OUT_NO}",{rest}}}"#);
    meaning(&Call::Query, &inner)
}

fn cancel(rest: &str) -> Answer {
    meaning(&Call::End, &format!(r#"{{"code":"10000","msg":"Success","out_trade_no":"{OUT_NO}",{rest}}}"#))
}

fn back(call: &Call, rest: &str) -> Answer {
    meaning(call, &format!(r#"{{"code":"10000","msg":"Success","out_trade_no":"{OUT_NO}"{rest}}}"#))
}

#[test]
fn a_scanned_payment_is_a_claim() {
    let Answer::Paid(claim) = meaning(&scan(), PAY) else { panic!("paid") };
    assert_eq!(claim.agrees(&order(), &alipay().identity()), Ok(()));
    assert_eq!((claim.source, claim.amount, claim.paid_at), (Source::Answer, fen(1550), Some(NOW + 5_000)));
    assert_eq!((claim.trade_no.as_str(), claim.buyer.as_str()), (TRADE_NO, "139****0001"));

    let less = PAY.replace(r#""total_amount":"15.50""#, r#""total_amount":"0.01""#);
    let Answer::Paid(claim) = meaning(&scan(), &less) else { panic!("a claim, if of less") };
    assert_eq!(claim.agrees(&order(), &alipay().identity()), Err(Disagreement::Amount));
}

#[test]
fn every_part_of_a_claim_must_be_there_and_fit() {
    for (from, to, kind) in [
        (r#""out_trade_no":"QT20261120000001""#, r#""out_trade_no":"QT20261120000002""#, DoubtKind::NotOurs),
        (r#""out_trade_no":"QT20261120000001""#, r#""out_trade_no":"""#, DoubtKind::Unreadable),
        (r#""trade_no":"2026112022001400000000000001","#, "", DoubtKind::Unreadable),
        (r#""total_amount":"15.50""#, r#""total_amount":15.50"#, DoubtKind::Unreadable),
        (r#""total_amount":"15.50""#, r#""total_amount":"15.505""#, DoubtKind::Unreadable),
        (r#""total_amount":"15.50""#, r#""total_amount":"-15.50""#, DoubtKind::Unreadable),
        (r#""total_amount":"15.50""#, r#""total_amount":"0.00""#, DoubtKind::Unreadable),
        (r#""total_amount":"15.50""#, r#""total_amount":"1e3""#, DoubtKind::Unreadable),
        (r#""total_amount":"15.50","#, "", DoubtKind::Unreadable),
        (r#""gmt_payment":"2026-11-20 14:30:05","#, "", DoubtKind::Unreadable),
        (r#""gmt_payment":"2026-11-20 14:30:05""#, r#""gmt_payment":"2026-13-20 14:30:05""#, DoubtKind::Unreadable),
        (r#""msg""#, r#""trade_status":"WAIT_BUYER_PAY","msg""#, DoubtKind::Unreadable),
        (r#""code":"10000""#, r#""code":10000"#, DoubtKind::Unreadable),
        (r#""code":"10000""#, r#""code":"10001""#, DoubtKind::Unlisted),
    ] {
        let inner = PAY.replace(from, to);
        assert_ne!(inner, PAY);
        assert_eq!(doubt(&meaning(&scan(), &inner)), kind, "{to}");
    }
}

#[test]
fn a_query_tells_how_it_stands() {
    let paid = |status: &str| {
        query(&format!(
            r#""trade_status":"{status}","trade_no":"{TRADE_NO}","total_amount":"15.50","send_pay_date":"2026-11-20 14:30:05""#
        ))
    };
    for status in ["TRADE_SUCCESS", "TRADE_FINISHED"] {
        let Answer::Paid(claim) = paid(status) else { panic!("{status}") };
        assert_eq!(claim.agrees(&order(), &alipay().identity()), Ok(()));
        assert_eq!(claim.paid_at, Some(NOW + 5_000));
    }
    assert_eq!(doubt(&paid("TRADE_PENDING")), DoubtKind::Unlisted);
    assert_eq!(doubt(&paid("trade_success")), DoubtKind::Unlisted);
    assert_eq!(query(r#""trade_status":"WAIT_BUYER_PAY""#), Answer::Waiting);
    assert_eq!(doubt(&query(r#""trade_status":"""#)), DoubtKind::Unreadable);
    assert_eq!(doubt(&query(r#""msg2":"no status""#)), DoubtKind::Unreadable);
}

#[test]
fn a_closed_trade_tells_whether_money_had_come() {
    for (rest, gave_back) in [
        ("", false),
        (r#","receipt_amount":"0.00","buyer_pay_amount":"0.00""#, false),
        (r#","send_pay_date":"2026-11-20 14:30:05""#, true),
        (r#","receipt_amount":"15.50""#, true),
        (r#","buyer_pay_amount":"15.50""#, true),
    ] {
        let answer = query(&format!(r#""trade_status":"TRADE_CLOSED","total_amount":"15.50"{rest}"#));
        assert_eq!(answer, Answer::Ended { gave_back }, "{rest}");
    }
}

#[test]
fn a_cancelled_trade_tells_what_was_done() {
    assert_eq!(cancel(r#""retry_flag":"N","action":"close""#), Answer::Ended { gave_back: false });
    assert_eq!(cancel(r#""retry_flag":"N","action":"refund""#), Answer::Ended { gave_back: true });
    assert_eq!(cancel(r#""retry_flag":"Y","action":"refund""#), Answer::Again);
    assert_eq!(cancel(r#""retry_flag":"N""#), Answer::NotThere, "the page: no action, no trade");
    assert_eq!(cancel(r#""retry_flag":"N","action":"""#), Answer::NotThere);
    assert_eq!(doubt(&cancel(r#""retry_flag":"N","trade_no":"2026""#)), DoubtKind::Unlisted);
    assert_eq!(doubt(&cancel(r#""retry_flag":"N","action":"other""#)), DoubtKind::Unlisted);
    assert_eq!(doubt(&cancel(r#""retry_flag":"?","action":"close""#)), DoubtKind::Unlisted);
    assert_eq!(doubt(&cancel(r#""action":"close""#)), DoubtKind::Unreadable);
}

#[test]
fn only_codes_that_lead_somewhere_are_shown() {
    let create = |code: &str| back(&Call::Create, &format!(r#","qr_code":"{code}""#));
    assert_eq!(create(r"https:\/\/qr.alipay.com\/bax01"), Answer::Code("https://qr.alipay.com/bax01".into()));
    for bad in ["", "javascript:alert(1)", "https://qr.alipay.com/ x", &format!("https://{}", "x".repeat(1_024))] {
        assert_eq!(doubt(&create(bad)), DoubtKind::Unreadable, "{bad}");
    }
}

#[test]
fn a_refund_is_done_when_this_call_moved_money() {
    let call = Call::Refund(refund());
    let done = Answer::Refunded { trade_no: None, amount: None };
    assert_eq!(back(&call, r#","fund_change":"Y","refund_fee":"5.50""#), done);
    assert_eq!(back(&call, r#","fund_change":"Y","refund_fee":"15.50""#), done, "the sum of several");
    assert_eq!(doubt(&back(&call, r#","fund_change":"Y","refund_fee":"5.49""#)), DoubtKind::NotOurs);
    assert_eq!(doubt(&back(&call, r#","fund_change":"Y","refund_fee":"many""#)), DoubtKind::Unreadable);
    assert_eq!(doubt(&back(&call, r#","fund_change":"N","refund_fee":"5.50""#)), DoubtKind::Unlisted);
    assert_eq!(doubt(&back(&call, r#","refund_fee":"5.50""#)), DoubtKind::Unlisted);
}

#[test]
fn a_query_of_a_refund_needs_its_status() {
    let call = Call::RefundQuery(refund());
    let ask = |rest: &str| back(&call, rest);
    let done = Answer::Refunded { trade_no: None, amount: Some(fen(550)) };
    let said = r#","out_request_no":"QTR0001","refund_amount":"5.50""#;
    assert_eq!(ask(&format!(r#"{said},"refund_status":"REFUND_SUCCESS""#)), done);
    assert_eq!(ask(said), done, "old answers had no status");
    assert_eq!(ask(""), Answer::NotThere);
    assert_eq!(ask(r#","out_request_no":"QTR0001""#), Answer::NotThere);
    assert_eq!(doubt(&ask(&format!(r#"{said},"refund_status":"REFUND_PROCESSING""#))), DoubtKind::Unlisted);
    assert_eq!(doubt(&ask(&said.replace("QTR0001", "QTR0002"))), DoubtKind::NotOurs);
    assert_eq!(doubt(&ask(&said.replace("5.50", "5.00"))), DoubtKind::NotOurs);
    assert_eq!(doubt(&ask(r#","refund_status":"REFUND_SUCCESS""#)), DoubtKind::Unreadable);
    // Of a refund it does not know Alipay says no more than this.
    assert_eq!(meaning(&call, r#"{"code":"10000","msg":"Success"}"#), Answer::NotThere);
}

/// An answer with the codes of a row.
fn failed(row: &Row) -> String {
    let sub = row.sub_code.map(|sub| format!(r#","sub_code":"{sub}","sub_msg":"words""#)).unwrap_or_default();
    format!(r#"{{"code":"{}","msg":"Failed"{sub}}}"#, row.code)
}

#[test]
fn every_listed_code_means_what_its_row_says_and_nothing_for_other_calls() {
    for row in ROWS {
        for call in &every_call() {
            let same = |r: &&Row| (r.code, r.sub_code) == (row.code, row.sub_code);
            let about = |r: &&Row| r.of == [Of::Any] || r.of.contains(&Of::call(call));
            let said = meaning(call, &failed(row));
            match ROWS.iter().filter(same).find(about).map(|r| r.meaning) {
                Some(Meaning::Waiting) => assert_eq!(said, Answer::Waiting),
                Some(Meaning::NotThere) => assert_eq!(said, Answer::NotThere),
                Some(Meaning::Refused(kind)) => {
                    let Answer::Refused(refusal) = said else { panic!("{} {said:?}", row.code) };
                    assert_eq!((refusal.kind, refusal.code.as_str()), (kind, row.sub_code.unwrap_or(row.code)));
                    assert_eq!(refusal.message, if row.sub_code.is_some() { "words" } else { "Failed" });
                }
                Some(Meaning::Trouble) => assert_eq!(doubt(&said), DoubtKind::Trouble),
                Some(Meaning::Query) | None => assert_eq!(doubt(&said), DoubtKind::Unlisted, "{:?}", row.sub_code),
            }
        }
    }
}

#[test]
fn the_codes_that_decide_a_sale_are_listed() {
    use RefusalKind::{NewNumber, NotAllowed, OtherMeans, ScanAgain, Settings};
    let scanned = |code: &str, sub: &str| meaning(&scan(), &format!(r#"{{"code":"{code}","sub_code":"{sub}"}}"#));
    for (code, sub, kind) in [
        ("20001", "aop.invalid-auth-token", Settings),
        ("40001", "isv.missing-method", Settings),
        ("40002", "isv.invalid-signature", Settings),
        ("40003", "isv.x", NotAllowed),
        ("40006", "isv.insufficient-isv-permissions", NotAllowed),
        (FAILED, "ACQ.PAYMENT_AUTH_CODE_INVALID", ScanAgain),
        (FAILED, "ACQ.CONTEXT_INCONSISTENT", NewNumber),
        (FAILED, "ACQ.TRADE_HAS_CLOSE", NewNumber),
        (FAILED, "ACQ.BUYER_BALANCE_NOT_ENOUGH", OtherMeans),
        (FAILED, "ACQ.BUYER_BANKCARD_BALANCE_NOT_ENOUGH", OtherMeans),
        (FAILED, "ACQ.ERROR_BALANCE_PAYMENT_DISABLE", OtherMeans),
        (FAILED, "ACQ.PULL_MOBILE_CASHIER_FAIL", OtherMeans),
    ] {
        let Answer::Refused(refusal) = scanned(code, sub) else { panic!("{code} {sub}") };
        assert_eq!(refusal.kind, kind, "{code} {sub}");
    }
    assert_eq!(scanned("10003", ""), Answer::Waiting);
    for (code, sub, kind) in [
        ("20000", "isp.unknow-error", DoubtKind::Trouble),
        (FAILED, "ACQ.SYSTEM_ERROR", DoubtKind::Trouble),
        (FAILED, "ACQ.TRADE_HAS_SUCCESS", DoubtKind::Unlisted),
        (FAILED, "ACQ.SOMETHING_NEW", DoubtKind::Unlisted),
        (FAILED, "", DoubtKind::Unlisted),
        ("50000", "", DoubtKind::Unlisted),
    ] {
        assert_eq!(doubt(&scanned(code, sub)), kind, "{code} {sub}");
    }
    let gone = r#"{"code":"40004","sub_code":"ACQ.TRADE_NOT_EXIST"}"#;
    assert_eq!(meaning(&Call::Query, gone), Answer::NotThere);
    assert_eq!(meaning(&Call::End, gone), Answer::NotThere);
    assert_eq!(doubt(&meaning(&scan(), gone)), DoubtKind::Unlisted, "said of a payment it makes no sense");
}

#[test]
fn an_error_in_general_is_a_refusal_if_it_is_signed_and_never_a_success() {
    let refused = r#"{"code":"40002","msg":"Invalid Arguments","sub_code":"isv.invalid-signature"}"#;
    let said = read(&scan(), answer_named("error_response", refused));
    assert!(matches!(said, Answer::Refused(r) if r.kind == RefusalKind::Settings && r.code == "isv.invalid-signature"));
    assert_eq!(doubt(&read(&scan(), answer_named("error_response", PAY))), DoubtKind::Unlisted);
}

#[test]
fn what_is_not_signed_proves_nothing() {
    for call in &every_call() {
        for inner in [PAY, r#"{"code":"40004","sub_code":"ACQ.TRADE_NOT_EXIST"}"#] {
            let whole = answer(call, inner);
            let bare = format!("{}}}", &whole[..whole.find(r#","sign""#).unwrap()]);
            assert_eq!(doubt(&read(call, bare.clone())), DoubtKind::Unsigned);
            assert_eq!(doubt(&read(call, bare.replace("}}", r#"},"sign":""}"#))), DoubtKind::Unsigned);
            assert_eq!(doubt(&read(call, bare.replace("}}", r#"},"sign":null}"#))), DoubtKind::Unsigned);
            assert_eq!(doubt(&read(call, bare.replace("}}", r#"},"sign":"!"}"#))), DoubtKind::BadSignature);
        }
    }
    let named = r#"{"error_response":{"code":"40002","sub_code":"isv.invalid-app-id"}}"#;
    let Answer::Unknown(doubt) = read(&scan(), named) else { panic!("unsigned") };
    assert_eq!((doubt.kind, doubt.detail.as_str()), (DoubtKind::Unsigned, "isv.invalid-app-id"));
}

#[test]
fn a_signature_of_another_key_or_algorithm_proves_nothing() {
    let wrong = |signature: Vec<u8>| {
        let body = format!(r#"{{"alipay_trade_pay_response":{PAY},"sign":"{}"}}"#, STANDARD.encode(signature));
        doubt(&read(&scan(), body))
    };
    let (ours, theirs) = (PrivateKey::parse(APP_KEY).unwrap(), PrivateKey::parse(ALIPAY_KEY).unwrap());
    assert_eq!(wrong(sign::rsa_sha256(&ours, PAY.as_bytes(), &mut seed()).unwrap()), DoubtKind::BadSignature);
    assert_eq!(wrong(sign::rsa_sha1(&theirs, PAY.as_bytes(), &mut seed()).unwrap()), DoubtKind::BadSignature);
}

#[test]
fn the_signed_text_is_the_raw_one() {
    // Alipay escapes slashes; read and written anew, the text would be another.
    let inner = PAY.replace("139****0001", r#"139****0001\/茶\u8336 \"}{,"#);
    let Answer::Paid(claim) = meaning(&scan(), &inner) else { panic!("authentic") };
    assert_eq!(claim.buyer, "139****0001/茶茶 \"}{,");
    let anew = answer(&scan(), &inner).replace(r"\/", "/");
    assert_eq!(doubt(&read(&scan(), anew)), DoubtKind::BadSignature);
}

#[test]
fn what_can_be_read_in_two_ways_is_not_read() {
    let whole = answer(&scan(), PAY);
    let signature = their_signature(PAY);
    let twice = PAY.replace(r#""msg""#, r#""total_amount":"15.50","msg""#);
    let deep = PAY.replace(r#""msg":"Success""#, r#""list":[{"a":{"b":1,"b":2}}]"#);
    for body in [
        format!(r#"{{"alipay_trade_pay_response":{PAY},"alipay_trade_pay_response":{PAY},"sign":"{signature}"}}"#),
        format!(r#"{{"alipay_trade_pay_response":{PAY},"sign":"x","sign":"{signature}"}}"#),
        format!(r#"{{"alipay_trade_pay_response":{PAY},"error_response":{PAY},"sign":"{signature}"}}"#),
        answer(&scan(), &twice),
        answer(&scan(), &deep),
        answer(&Call::Query, PAY),
        format!("{whole}{{}}"),
        format!("[{whole}]"),
        whole.replace("\"sign\"", "sign"),
        answer(&scan(), "\"encrypted\""),
        answer(&scan(), "[]"),
        String::new(),
    ] {
        assert_eq!(doubt(&read(&scan(), body.clone())), DoubtKind::Unreadable, "{body}");
    }
    let latin: Vec<u8> = whole.bytes().map(|b| if b == b'*' { 0xe9 } else { b }).collect();
    assert_eq!(doubt(&read(&scan(), latin)), DoubtKind::Unreadable);
    assert_eq!(doubt(&read(&scan(), format!("{whole}{}", " ".repeat(300_000)))), DoubtKind::Unreadable);
    let late = Reply { status: 502, ..reply(whole) };
    assert_eq!(doubt(&alipay().read(&order(), &scan(), &late, NOW)), DoubtKind::Trouble);
}

#[test]
fn in_certificate_mode_another_certificate_proves_nothing() {
    let gateway = gateway(&certificate_mode());
    let ours = certificate::number(&Certificate::parse(ALIPAY_CERTIFICATE).unwrap());
    let with = |number: &str| {
        let body = answer(&scan(), PAY).replacen('{', &format!(r#"{{"alipay_cert_sn":"{number}","#), 1);
        gateway.read(&order(), &scan(), &reply(body), NOW)
    };
    assert!(matches!(with(&ours), Answer::Paid(_)));
    assert_eq!(doubt(&with("00000000000000000000000000000000")), DoubtKind::UnknownKey);
}

static ANSWER: LazyLock<Vec<u8>> = LazyLock::new(|| answer(&scan(), PAY).into_bytes());

proptest! {
    #[test]
    fn no_byte_of_a_paid_answer_can_be_changed(at in 0usize..2_000, to: u8) {
        let mut body = ANSWER.clone();
        let at = at % body.len();
        prop_assume!(body[at] != to);
        body[at] = to;
        let said = read(&scan(), body);
        prop_assert!(matches!(said, Answer::Unknown(_)), "{:?}", said);
    }

    #[test]
    fn nothing_breaks_the_reader(body in "[{}\\[\\]\":,a-z_\\\\ ]{0,80}") {
        for call in &every_call() {
            prop_assert!(matches!(read(call, body.clone()), Answer::Unknown(_)));
        }
    }
}
