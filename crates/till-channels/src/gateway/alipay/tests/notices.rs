//! Notices and returning browsers: authentic ones, and what happens to them on the way.

use proptest::prelude::*;

use super::super::form::Form;
use super::*;
use crate::gateway::{About, Claim, Disagreement, Source};

fn claimed(heard: &Heard) -> &Claim {
    match &heard.about {
        About::Paid(claim) => claim,
        other => panic!("no claim: {other:?}"),
    }
}

fn kind(body: impl Into<Vec<u8>>) -> DoubtKind {
    notice(body).unwrap_err().kind
}

/// A notice with some parameters changed before it is signed.
fn told(changes: &[(&str, &str)]) -> Result<Heard, Doubt> {
    notice(signed_form(&changed(PAID, changes)))
}

#[test]
fn a_notice_of_a_payment_is_a_claim() {
    let heard = told(&[]).unwrap();
    assert_eq!(heard.id, "2026112000222143005000000000000001");
    let claim = claimed(&heard);
    assert_eq!(claim.agrees(&order(), &alipay().identity()), Ok(()));
    assert_eq!((claim.source, claim.paid_at, claim.buyer.as_str()), (Source::Notice, Some(NOW + 5_000), "139****0001"));
    assert_eq!((claim.app.as_deref(), claim.seller.as_deref()), (Some(APP_ID), Some(SELLER)));
    assert!(matches!(told(&[("trade_status", "TRADE_FINISHED")]).unwrap().about, About::Paid(_)));
}

#[test]
fn an_authentic_claim_of_something_else_does_not_agree() {
    for (name, value, why) in [
        ("total_amount", "15.49", Disagreement::Amount),
        ("out_trade_no", "QT20261120000002", Disagreement::Order),
        ("app_id", "2021000000000002", Disagreement::App),
        ("app_id", "", Disagreement::App),
        ("seller_id", "2088000000000002", Disagreement::Seller),
        ("seller_id", "", Disagreement::Seller),
        ("trans_currency", "USD", Disagreement::Currency),
    ] {
        let heard = told(&[(name, value)]).unwrap();
        assert_eq!(claimed(&heard).agrees(&order(), &alipay().identity()), Err(why), "{name}={value}");
    }
}

#[test]
fn no_parameter_may_be_changed_dropped_or_added() {
    let body = signed_form(PAID);
    for (name, value) in PAID.iter().filter(|(n, _)| *n != "sign_type") {
        let said = form(&[(name, value)]);
        let other = form(&[(name, &format!("{value}0"))]);
        assert!(notice(body.replacen(&said, &other, 1)).is_err(), "{name} changed");
        assert!(notice(body.replacen(&format!("{said}&"), "", 1)).is_err(), "{name} dropped");
    }
    assert_eq!(kind(format!("{body}&refund_fee=1.00")), DoubtKind::BadSignature);
    assert_eq!(kind(body.replace("total_amount=15.50", "total_amount=15.51")), DoubtKind::BadSignature);
    let doubt = notice(body.replace("total_amount=15.50", "total_amount=15.51")).unwrap_err();
    assert_eq!(doubt.out_no.as_deref(), Some(OUT_NO), "good for asking");
}

#[test]
fn empty_parameters_say_nothing() {
    let body = signed_form(PAID);
    let heard = notice(format!("{body}&refund_fee=&gmt_refund=&alipay_cert_sn=")).unwrap();
    assert_eq!(heard, notice(body).unwrap());
}

#[test]
fn downgrades_and_strange_charsets_are_refused() {
    for (changes, why) in [
        ([("sign_type", "RSA")], DoubtKind::BadSignature),
        ([("sign_type", "rsa2")], DoubtKind::BadSignature),
        ([("sign_type", "")], DoubtKind::BadSignature),
        ([("charset", "gbk")], DoubtKind::Unreadable),
        ([("charset", "")], DoubtKind::Unreadable),
    ] {
        assert_eq!(told(&changes).unwrap_err().kind, why, "{changes:?}");
    }
    assert!(told(&[("charset", "UTF-8")]).is_ok());
    let key = PrivateKey::parse(ALIPAY_KEY).unwrap();
    let pairs = changed(PAID, &[("sign_type", "RSA")]);
    let taken = pairs.iter().filter(|(n, _)| *n != "sign_type").copied();
    let sha1 = STANDARD.encode(sign::rsa_sha1(&key, sign::sorted_pairs(taken).as_bytes(), &mut seed()).unwrap());
    for sign_type in ["RSA", "RSA2"] {
        let pairs = changed(PAID, &[("sign_type", sign_type), ("sign", &sha1)]);
        assert_eq!(kind(form(&pairs)), DoubtKind::BadSignature, "SHA-1 as {sign_type}");
    }
}

#[test]
fn a_notice_without_a_signature_is_not_one() {
    assert_eq!(kind(form(PAID)), DoubtKind::Unsigned);
    assert_eq!(kind(format!("{}&sign=", form(PAID))), DoubtKind::Unsigned);
    assert_eq!(kind(format!("{}&sign=%21", form(PAID))), DoubtKind::BadSignature);
}

#[test]
fn what_can_be_read_in_two_ways_is_not_read() {
    let body = signed_form(PAID);
    for odd in [
        format!("{body}&total_amount=15.50"),
        format!("{body}&sign=x"),
        format!("{body}&x"),
        format!("{body}&=x"),
        format!("{body}&"),
        format!("{body}&a%3Db=x"),
        format!("{body}&a=%2"),
        format!("{body}&a=%zz"),
        format!("{body}&a=%ff"),
        String::new(),
    ] {
        assert_eq!(kind(odd.clone()), DoubtKind::Unreadable, "{odd}");
    }
    let many: String = (0..200).map(|n| format!("&p{n}=1")).collect();
    assert_eq!(kind(format!("{body}{many}")), DoubtKind::Unreadable);
    assert_eq!(kind(format!("{body}&long={}", "x".repeat(70_000))), DoubtKind::Unreadable);
}

/// The signed text of `a=1&b=2` is also that of one parameter `a` with the value `1&b=2`: cut in another way, a
/// refund could be hidden in the value before it.
#[test]
fn a_signed_text_cut_in_another_way_is_refused() {
    let refunded = changed(PAID, &[("out_biz_no", "QTR0001"), ("refund_fee", "5.50"), ("receipt_amount", "15.50")]);
    let whole = signed_form(&refunded);
    assert!(matches!(notice(whole.clone()).unwrap().about, About::Refund { .. }));
    let hidden = whole
        .replace("&refund_fee=5.50", "")
        .replace("receipt_amount=15.50", "receipt_amount=15.50%26refund_fee%3D5.50");
    assert_eq!(kind(hidden), DoubtKind::Unreadable);
}

#[test]
fn a_shop_may_have_an_ampersand_in_its_name() {
    let told = signed_form(&changed(PAID, &[("subject", "茶 & 酒 + 50% & Co.")]));
    assert!(matches!(notice(told).unwrap().about, About::Paid(_)));
    let doubtful = signed_form(&changed(PAID, &[("subject", "茶 & a=b")]));
    assert_eq!(kind(doubtful), DoubtKind::Unreadable);
}

#[test]
fn refunds_are_no_second_payment() {
    for (name, value) in [("refund_fee", "5.50"), ("gmt_refund", "2026-11-20 14:40:00.000"), ("out_biz_no", "QTR0001")]
    {
        for status in ["TRADE_SUCCESS", "TRADE_CLOSED"] {
            let heard = told(&[(name, value), ("trade_status", status)]).unwrap();
            let refund_no = (name == "out_biz_no").then(|| value.to_owned());
            assert_eq!(heard.about, About::Refund { out_no: Some(OUT_NO.into()), refund_no, ask: false });
        }
    }
}

#[test]
fn other_statuses_are_no_money() {
    let status = |status| told(&[("trade_status", status)]).map(|heard| heard.about);
    assert_eq!(status("TRADE_CLOSED"), Ok(About::Ended { out_no: OUT_NO.into() }));
    for other in ["WAIT_BUYER_PAY", "TRADE_PENDING", "trade_success"] {
        assert_eq!(status(other), Ok(About::Other { out_no: Some(OUT_NO.into()), status: other.into() }));
    }
}

#[test]
fn what_is_needed_must_be_there_and_make_sense() {
    for (name, value) in [
        ("notify_id", ""),
        ("trade_status", ""),
        ("out_trade_no", ""),
        ("trade_no", ""),
        ("total_amount", ""),
        ("total_amount", "0.00"),
        ("total_amount", "15.5x"),
        ("gmt_payment", "yesterday"),
    ] {
        let doubt = told(&[(name, value)]).unwrap_err();
        assert_eq!(doubt.kind, DoubtKind::Unreadable, "{name}={value}");
        assert_eq!(doubt.out_no.is_some(), name != "out_trade_no");
    }
}

#[test]
fn the_end_of_another_shop_s_order_is_not_ours() {
    for (name, value) in [("app_id", "2021000000000002"), ("app_id", ""), ("seller_id", "2088000000000002")] {
        for status in ["TRADE_CLOSED", "WAIT_BUYER_PAY"] {
            let doubt = told(&[(name, value), ("trade_status", status)]).unwrap_err();
            assert_eq!(doubt.kind, DoubtKind::NotOurs, "{name}={value}");
        }
        assert_eq!(told(&[(name, value), ("refund_fee", "1.00")]).unwrap_err().kind, DoubtKind::NotOurs);
    }
}

#[test]
fn in_certificate_mode_the_certificate_s_number_is_not_signed() {
    let gateway = gateway(&certificate_mode());
    let number = certificate::number(&Certificate::parse(ALIPAY_CERTIFICATE).unwrap());
    let hear = |number: &str| {
        let body = format!("{}&alipay_cert_sn={number}", signed_form(PAID)).into_bytes();
        gateway.notice(&RawNotice { headers: Vec::new(), query: String::new(), body }, NOW)
    };
    assert!(matches!(hear(&number).unwrap().about, About::Paid(_)));
    assert_eq!(hear("0").unwrap_err().kind, DoubtKind::UnknownKey);
}

#[test]
fn alipay_hears_seven_bytes() {
    let raw = RawNotice { headers: Vec::new(), query: String::new(), body: Vec::new() };
    let ack = alipay().acknowledge(&raw, true);
    assert_eq!((ack.status, ack.content_type, ack.body.as_slice()), (200, "text/plain", &b"success"[..]));
    assert_eq!(alipay().acknowledge(&raw, false).body, b"fail");
}

const BACK: &[(&str, &str)] = &[
    ("charset", "utf-8"),
    ("out_trade_no", OUT_NO),
    ("method", "alipay.trade.page.pay.return"),
    ("total_amount", "15.50"),
    ("trade_no", TRADE_NO),
    ("auth_app_id", APP_ID),
    ("version", "1.0"),
    ("app_id", APP_ID),
    ("sign_type", "RSA2"),
    ("seller_id", SELLER),
    ("timestamp", "2026-11-20 14:30:06"),
];

#[test]
fn a_browser_that_came_back_names_the_order() {
    let back = |changes: &[(&str, &str)]| alipay().came_back(&signed_form(&changed(BACK, changes)), NOW);
    let said = Returned { out_no: OUT_NO.into(), amount: Some(fen(1550)) };
    assert_eq!(back(&[]), Ok(said.clone()));
    assert_eq!(back(&[("method", "alipay.trade.wap.pay.return")]), Ok(said));
    for (name, value, why) in [
        ("method", "alipay.trade.page.pay", DoubtKind::Unreadable),
        ("method", "", DoubtKind::Unreadable),
        ("total_amount", "x", DoubtKind::Unreadable),
        ("app_id", "2021000000000002", DoubtKind::NotOurs),
        ("seller_id", "2088000000000002", DoubtKind::NotOurs),
        ("sign_type", "RSA", DoubtKind::BadSignature),
    ] {
        assert_eq!(back(&[(name, value)]).unwrap_err().kind, why, "{name}={value}");
    }
    let changed = signed_form(BACK).replace("15.50", "15.51");
    assert_eq!(alipay().came_back(&changed, NOW).unwrap_err().kind, DoubtKind::BadSignature);
    assert!(notice(signed_form(BACK)).is_err(), "and is no notice");
}

static NOTICE: LazyLock<Vec<u8>> = LazyLock::new(|| signed_form(PAID).into_bytes());

proptest! {
    #[test]
    fn no_byte_of_a_notice_can_be_changed(at in 0usize..4_000, to: u8) {
        let mut other = NOTICE.clone();
        let at = at % other.len();
        other[at] = to;
        // An escape in the other case, or of another letter's own byte, says the same; all else is refused.
        let said_the_same = Form::read(&other).is_ok_and(|form| form == Form::read(&NOTICE).unwrap());
        prop_assert_eq!(notice(other).is_ok(), said_the_same);
    }

    #[test]
    fn nothing_breaks_the_reader(body in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(notice(body).is_err());
    }
}
