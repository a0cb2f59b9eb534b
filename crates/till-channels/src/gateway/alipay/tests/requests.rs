//! What leaves the till, and when.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::form::Form;
use super::*;

/// The parameters of a form, its signature checked as Alipay checks it: over all but `sign`.
pub(super) fn checked(form: &str) -> BTreeMap<String, String> {
    let read = Form::read(form.as_bytes()).unwrap();
    let name = |part: &str| part.split_once('=').unwrap().0.to_owned();
    let mut fields: BTreeMap<String, String> =
        form.split('&').map(name).map(|name| (name.clone(), read.get(&name).unwrap().to_owned())).collect();
    let signature = STANDARD.decode(fields.remove("sign").unwrap()).unwrap();
    let text = sign::sorted_pairs(fields.iter().map(|(n, v)| (n.as_str(), v.as_str())));
    assert!(sign::fits_sha256(&PrivateKey::parse(APP_KEY).unwrap().public(), text.as_bytes(), &signature));
    fields
}

fn asked(order: &Order, call: &Call) -> (BTreeMap<String, String>, Value) {
    let ask = alipay().ask(order, call, NOW, &mut seed()).unwrap();
    assert_eq!((ask.method, ask.url.as_str()), ("POST", "https://openapi.alipay.com/gateway.do?charset=utf-8"));
    assert_eq!(ask.headers[0].1, "application/x-www-form-urlencoded;charset=utf-8");
    let fields = checked(std::str::from_utf8(&ask.body).unwrap());
    let biz = serde_json::from_str(&fields["biz_content"]).unwrap();
    (fields, biz)
}

fn refused(order: &Order, call: &Call) -> &'static str {
    match alipay().ask(order, call, NOW, &mut seed()).unwrap_err() {
        CannotAsk::DoesNotFit(what, _) => what,
        other => panic!("{other}"),
    }
}

#[test]
fn every_call_carries_the_common_parameters() {
    for call in &every_call() {
        let (fields, _) = asked(&order(), call);
        let common = ["app_id", "charset", "format", "sign_type", "timestamp", "version"].map(|n| fields[n].as_str());
        assert_eq!(common, [APP_ID, "utf-8", "JSON", "RSA2", "2026-11-20 14:30:00", "1.0"]);
        assert_eq!(fields["method"], call::method(call));
        let begins = matches!(call, Call::Create | Call::Scan { .. });
        assert_eq!(fields.get("notify_url"), begins.then(|| order().notify_url.unwrap()).as_ref());
        assert!(!fields.contains_key("app_auth_token") && !fields.contains_key("app_cert_sn"));
    }
}

#[test]
fn the_calls_say_what_alipay_needs() {
    let number = ("out_trade_no", OUT_NO);
    let (fields, biz) = asked(&order(), &Call::Create);
    assert_eq!(fields["method"], "alipay.trade.precreate");
    let create = json!({number.0: number.1, "total_amount": "15.50", "subject": "茶 2 杯", "terminal_id": "till-1",
        "time_expire": "2026-11-20 14:34:58", "qr_code_timeout_express": "5m"});
    assert_eq!(biz, create);
    let (fields, biz) = asked(&order(), &scan());
    assert_eq!(fields["method"], "alipay.trade.pay");
    assert_eq!(
        biz,
        json!({number.0: number.1, "total_amount": "15.50", "subject": "茶 2 杯", "terminal_id": "till-1",
            "scene": "bar_code", "product_code": "FACE_TO_FACE_PAYMENT", "auth_code": "283456789012345678"})
    );
    for scanned in [true, false] {
        let order = Order { scanned, ..order() };
        assert_eq!(asked(&order, &Call::Query).1, json!({number.0: number.1}));
        let (fields, biz) = asked(&order, &Call::End);
        assert_eq!((fields["method"].as_str(), biz), ("alipay.trade.cancel", json!({number.0: number.1})));
    }
    let (fields, biz) = asked(&order(), &Call::Refund(refund()));
    assert_eq!(fields["method"], "alipay.trade.refund");
    assert_eq!(
        biz,
        json!({number.0: number.1, "out_request_no": "QTR0001", "refund_amount": "5.50", "refund_reason": "少一杯"})
    );
    let (fields, biz) = asked(&order(), &Call::RefundQuery(refund()));
    assert_eq!(fields["method"], "alipay.trade.fastpay.refund.query");
    assert_eq!(biz, json!({number.0: number.1, "out_request_no": "QTR0001"}));
}

/// Asked again with other terms, Alipay answers that the order does not agree with itself.
#[test]
fn asking_again_says_the_same_of_the_order() {
    let ask = |now| alipay().ask(&order(), &Call::Create, now, &mut seed()).unwrap().body;
    let biz = |body: Vec<u8>| checked(std::str::from_utf8(&body).unwrap())["biz_content"].clone();
    assert_eq!(biz(ask(NOW)), biz(ask(NOW + 90_000)));
    for (lives, minutes) in [(-5, "1m"), (1, "1m"), (60_000, "1m"), (60_001, "2m"), (86_400_000, "120m")] {
        let order = Order { expires_at: order().created_at + lives, ..order() };
        assert_eq!(asked(&order, &Call::Create).1["qr_code_timeout_express"], minutes);
    }
}

#[test]
fn what_does_not_fit_is_not_asked() {
    for bad in ["", "QT1", "QT2026112000000-", "QT20261120000001QT20261120000001X", "茶茶茶"] {
        for call in &every_call() {
            assert_eq!(refused(&Order { out_no: bad.into(), ..order() }, call), "out_no");
        }
    }
    assert_eq!(refused(&Order { amount: Fen::ZERO, ..order() }, &Call::Create), "amount");
    assert_eq!(refused(&Order { amount: fen(-1), ..order() }, &scan()), "amount");
    assert_eq!(refused(&Order { subject: " / ".into(), ..order() }, &Call::Create), "subject");
    assert_eq!(refused(&order(), &Call::Scan { auth_code: "13456789012345678".into() }), "auth_code");
    for amount in [0, -1, 1_551] {
        assert_eq!(refused(&order(), &Call::Refund(RefundOrder { amount: fen(amount), ..refund() })), "amount");
    }
    for refund_no in ["", "a b"] {
        let refund = RefundOrder { refund_no: refund_no.into(), ..refund() };
        assert_eq!(refused(&order(), &Call::Refund(refund.clone())), "refund_no");
        assert_eq!(refused(&order(), &Call::RefundQuery(refund)), "refund_no");
    }
}

#[test]
fn subjects_are_such_as_alipay_takes() {
    let subject = |text: &str| asked(&Order { subject: text.into(), ..order() }, &Call::Create).1["subject"].clone();
    assert_eq!(subject("半份/全份 a=b&c\n\"x\""), "半份 全份 a b c \"x\"");
    assert_eq!(subject(&"茶".repeat(300)), "茶".repeat(64));
    let terminal =
        |text: &str| asked(&Order { terminal: text.into(), ..order() }, &Call::Create).1["terminal_id"].clone();
    assert_eq!((terminal(""), terminal(&"t".repeat(33))), (Value::Null, Value::Null));
}

#[test]
fn requests_go_where_the_contract_is() {
    for (place, url) in [
        (Place::Sandbox, "https://openapi-sandbox.dl.alipaydev.com/gateway.do?charset=utf-8"),
        (Place::Simulator("http://127.0.0.1:9".into()), "http://127.0.0.1:9/gateway.do?charset=utf-8"),
    ] {
        let gateway = build(&good(), &place).map_err(|f| format!("{f:?}")).unwrap().gateway;
        assert_eq!(gateway.ask(&order(), &Call::Query, NOW, &mut seed()).unwrap().url, url);
    }
}

#[test]
fn certificates_and_a_token_go_along() {
    let mut values = certificate_mode();
    values.set("app_auth_token", "token");
    let ask = gateway(&values).ask(&order(), &Call::Query, NOW, &mut seed()).unwrap();
    let fields = checked(std::str::from_utf8(&ask.body).unwrap());
    assert_eq!(fields["app_cert_sn"], certificate::number(&Certificate::parse(APP_CERTIFICATE).unwrap()));
    let root = certificate::root_number(&certificate::roots(ROOT_CERTIFICATES).unwrap());
    assert_eq!((&fields["alipay_root_cert_sn"], fields["app_auth_token"].as_str()), (&root, "token"));
}

#[test]
fn payment_codes_are_told_from_other_digits() {
    for (text, is) in [
        ("2512345678901234", true),
        ("283456789012345678", true),
        ("302345678901234567890123", true),
        ("251234567890123", false),
        ("3023456789012345678901234", false),
        ("2412345678901234", false),
        ("3112345678901234", false),
        ("134567890123456789", false),
        ("28345678901234567x", false),
        (" 283456789012345678", false),
        ("２８３４５６", false),
        ("", false),
    ] {
        assert_eq!(alipay().is_auth_code(text), is, "{text}");
    }
}

#[test]
fn the_schedule_is_alipay_s() {
    let (scanned, shown) = (alipay().pace(true), alipay().pace(false));
    assert!((3_000..=6_000).contains(&scanned.every_ms) && (3_000..=5_000).contains(&shown.every_ms));
    assert_eq!((scanned.patience_ms, scanned.end_after_ms), (60_000, 0), "a minute, then cancelled at once");
    assert!(shown.code_lives_ms >= 7_200_000, "watched at least as long as a code can be paid");
    assert_eq!((scanned.begin_again, shown.begin_again), (false, true));
    assert!([Can::Code, Can::Scan, Can::Reverse, Can::Refund, Can::Bill].into_iter().all(|can| alipay().can(can)));
}
