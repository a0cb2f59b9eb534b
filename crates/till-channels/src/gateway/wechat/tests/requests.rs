//! What is asked, where, and under which signature.

use super::*;
use crate::gateway::sign::fits_sha256;

fn ask(gateway: &dyn Gateway, scanned: bool, call: &Call) -> Ask {
    gateway.ask(&order(scanned), call, NOW, &mut seed()).unwrap()
}

fn fields(ask: &Ask) -> xml::Message {
    xml::Message::read(&ask.body, "xml").unwrap()
}

#[test]
fn each_call_goes_where_it_belongs() {
    let (new, old, scans_v3) = (gateway(&[]), old(), gateway(&[("scan_api", "v3")]));
    let (back, asked) = (Call::Refund(refund()), Call::RefundQuery(refund()));
    let no = "QT20261120000001";
    let orders = "/v3/pay/transactions/out-trade-no";
    let rows: [(&dyn Gateway, bool, &Call, &str, String); 15] = [
        (&*new, false, &Call::Create, "POST", "/v3/pay/transactions/native".into()),
        (&*new, false, &Call::Query, "GET", format!("{orders}/{no}?mchid={MCHID}")),
        (&*new, false, &Call::End, "POST", format!("{orders}/{no}/close")),
        (&*new, true, &scan(), "POST", "/pay/micropay".into()),
        (&*new, true, &Call::Query, "POST", "/pay/orderquery".into()),
        (&*new, true, &Call::End, "POST", "/secapi/pay/reverse".into()),
        (&*new, true, &back, "POST", "/v3/refund/domestic/refunds".into()),
        (&*new, true, &asked, "GET", "/v3/refund/domestic/refunds/RF20261120000001".into()),
        (&*old, false, &Call::Create, "POST", "/pay/unifiedorder".into()),
        (&*old, false, &Call::End, "POST", "/pay/closeorder".into()),
        (&*old, false, &back, "POST", "/secapi/pay/refund".into()),
        (&*old, false, &asked, "POST", "/pay/refundquery".into()),
        (&*scans_v3, true, &scan(), "POST", "/v3/pay/transactions/codepay".into()),
        (&*scans_v3, true, &Call::Query, "GET", format!("{orders}/{no}?mchid={MCHID}")),
        (&*scans_v3, true, &Call::End, "POST", format!("{orders}/{no}/reverse")),
    ];
    for (gateway, scanned, call, method, path) in rows {
        let ask = ask(gateway, scanned, call);
        assert_eq!((ask.method, ask.url), (method, format!("https://api.mch.weixin.qq.com{path}")));
        assert_eq!(ask.client_certificate, path.starts_with("/secapi/"), "{path}");
    }
}

#[test]
fn a_v3_request_is_signed_over_what_is_sent() {
    let ask = ask(&*gateway(&[]), false, &Call::Create);
    let header = |name: &str| ask.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str()).unwrap();
    assert_eq!(header("Wechatpay-Serial"), KEY_ID);
    let authorization = header("Authorization").strip_prefix("WECHATPAY2-SHA256-RSA2048 ").unwrap();
    let part = |name: &str| {
        let parts = authorization.split(',').find_map(|part| part.strip_prefix(&format!("{name}=\"")));
        parts.unwrap().trim_end_matches('"').to_owned()
    };
    let (nonce, timestamp) = (part("nonce_str"), part("timestamp"));
    assert_eq!((part("mchid"), timestamp.as_str(), nonce.len()), (MCHID.into(), "1795156200", 32));
    let own = Certificate::parse(MERCHANT).unwrap();
    assert_eq!(part("serial_no"), own.serial_hex());
    let body = std::str::from_utf8(&ask.body).unwrap();
    let text = format!("POST\n/v3/pay/transactions/native\n{timestamp}\n{nonce}\n{body}\n");
    assert!(fits_sha256(own.key(), text.as_bytes(), &STANDARD.decode(part("signature")).unwrap()));
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    let expected = serde_json::json!({
        "appid": APPID, "mchid": MCHID, "description": "钱台 & 茶", "out_trade_no": "QT20261120000001",
        "time_expire": "2026-11-20T14:35:00+08:00", "notify_url": "https://pay.example.com/notify/wechat",
        "amount": { "total": 1500, "currency": "CNY" },
    });
    assert_eq!(body, expected);
}

#[test]
fn a_shop_without_an_address_names_nobody_elses() {
    let ask = ask(&*gateway(&[("notify_url", "")]), false, &Call::Create);
    let body: serde_json::Value = serde_json::from_slice(&ask.body).unwrap();
    assert_eq!(body["notify_url"], "https://pay.weixin.qq.com/");
    let own = Order { notify_url: Some("https://tea.example.com/notify/wechat".into()), ..order(false) };
    let ask = gateway(&[("notify_url", "")]).ask(&own, &Call::Create, NOW, &mut seed()).unwrap();
    let body: serde_json::Value = serde_json::from_slice(&ask.body).unwrap();
    assert_eq!(body["notify_url"], "https://tea.example.com/notify/wechat");
}

#[test]
fn a_v2_request_names_how_it_is_signed() {
    for (sign_type, length) in [("HMAC-SHA256", 64), ("MD5", 32)] {
        let ask = ask(&*gateway(&[("v2_sign_type", sign_type)]), true, &scan());
        let message = fields(&ask);
        assert_eq!((message.get("sign_type"), message.get("sign").map(str::len)), (Some(sign_type), Some(length)));
        let values = ["appid", "mch_id", "body", "total_fee", "auth_code", "spbill_create_ip"];
        let expected = [APPID, MCHID, "钱台 & 茶", "1500", "134567890123456789", "127.0.0.1"];
        assert_eq!(values.map(|name| message.get(name).unwrap()), expected);
        assert!(!format!("{ask:?}").contains("134567890123456789"));
    }
}

#[test]
fn what_does_not_fit_is_not_asked() {
    let gateway = gateway(&[]);
    let refused = |order: &Order, call: &Call| gateway.ask(order, call, NOW, &mut seed()).unwrap_err();
    let bad = |change: fn(&mut Order)| {
        let mut changed = order(false);
        change(&mut changed);
        matches!(refused(&changed, &Call::Create), CannotAsk::DoesNotFit(..))
    };
    assert!(bad(|order| order.out_no = "../../secret".into()));
    assert!(bad(|order| order.subject = " \n".into()));
    assert!(bad(|order| order.amount = Fen::ZERO));
    for code in ["13456789012345678", "1345678901234567890", "163456789012345678", "13456789012345678x", ""] {
        assert!(!gateway.is_auth_code(code), "{code}");
        let call = Call::Scan { auth_code: code.into() };
        assert!(matches!(refused(&order(true), &call), CannotAsk::DoesNotFit("auth_code", _)), "{code}");
    }
    for prefix in 10..=15 {
        assert!(gateway.is_auth_code(&format!("{prefix}1234567890123456")));
    }
}

#[test]
fn what_lacks_a_key_says_which() {
    let lacks = |changes: &[(&str, &str)], scanned, call: &Call| {
        gateway(changes).ask(&order(scanned), call, NOW, &mut seed()).err()
    };
    assert_eq!(lacks(&[("api_key", "")], true, &scan()), Some(CannotAsk::Missing("api_key")));
    let bare = [("merchant_certificate", ""), ("merchant_serial", "0A1B2C3D4E5F6071")];
    assert_eq!(lacks(&bare, true, &Call::End), Some(CannotAsk::Missing("merchant_certificate")));
}

#[test]
fn the_schedule_is_wechats() {
    let (code, scanned) = (gateway(&[]).pace(false), gateway(&[]).pace(true));
    assert!(code.begin_again && !scanned.begin_again);
    assert_eq!((code.every_ms, code.code_lives_ms), (4_000, 7_200_000));
    assert_eq!((scanned.first_ms, scanned.every_ms), (5_000, 5_000));
    assert_eq!((scanned.patience_ms, scanned.end_after_ms), (45_000, 15_000));
}
