//! Apps, pages and mini programs.

use super::*;
use crate::gateway::sign::fits_sha256;

const PREPAY: &str = "wx201410272009395522657a690389285100";

fn jsapi(v2: bool) -> Surface {
    Surface::WechatJsapi { openid: "oUpF8uMuAJO".into(), appid: Some("wxmini0000000001".into()), v2 }
}

fn app(v2: bool) -> Surface {
    Surface::WechatApp { appid: None, v2 }
}

fn h5(v2: bool) -> Surface {
    Surface::WechatH5 { wap_url: "https://shop.example.com".into(), wap_name: "钱台".into(), v2 }
}

fn reply(surface: &Surface) -> Reply {
    match surface {
        Surface::WechatJsapi { v2: true, .. } => made("JSAPI", "prepay_id", PREPAY),
        Surface::WechatApp { v2: true, .. } => made("APP", "prepay_id", PREPAY),
        Surface::WechatH5 { v2: true, .. } => {
            made("MWEB", "mweb_url", "https://wx.tenpay.com/x?prepay_id=wx1&package=1")
        }
        Surface::WechatH5 { .. } => signed(200, r#"{"h5_url":"https://wx.tenpay.com/x?prepay_id=wx1&package=1"}"#),
        _ => signed(200, &format!(r#"{{"prepay_id":"{PREPAY}"}}"#)),
    }
}

fn made(kind: &str, name: &str, value: &str) -> Reply {
    said(&[("result_code", "SUCCESS"), ("trade_type", kind), (name, value)])
}

fn parameters(surface: &Surface) -> Vec<(&'static str, String)> {
    match gateway(&[]).hand_over(&order(false), surface, &reply(surface), NOW, &mut seed()) {
        Ok(Handover::Parameters(parameters)) => parameters,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_page_gets_its_parameters_in_wechats_case() {
    for v2 in [true, false] {
        let all = parameters(&jsapi(v2));
        let names: Vec<_> = all.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["appId", "timeStamp", "nonceStr", "package", "signType", "paySign"]);
        assert_eq!((all[0].1.as_str(), all[1].1.as_str()), ("wxmini0000000001", "1795156200"));
        assert_eq!(all[3].1, format!("prepay_id={PREPAY}"));
        assert_eq!(all[4].1, if v2 { "HMAC-SHA256" } else { "RSA" });
        signed_by_us(v2, &all, &format!("{}\n{}\n{}\n{}\n", all[0].1, all[1].1, all[2].1, all[3].1));
    }
}

#[test]
fn an_app_gets_lower_case_and_under_v3_the_bare_number() {
    for v2 in [true, false] {
        let all = parameters(&app(v2));
        let names: Vec<_> = all.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["appid", "partnerid", "prepayid", "package", "noncestr", "timestamp", "sign"]);
        assert_eq!((all[0].1.as_str(), all[1].1.as_str(), all[2].1.as_str()), (APPID, MCHID, PREPAY));
        assert_eq!(all[3].1, "Sign=WXPay");
        signed_by_us(v2, &all, &format!("{}\n{}\n{}\n{PREPAY}\n", all[0].1, all[5].1, all[4].1));
    }
}

/// The last of the parameters signs the others: as a v2 message, or these lines.
fn signed_by_us(v2: bool, parameters: &[(&'static str, String)], lines: &str) {
    let (signature, rest) = parameters.split_last().unwrap();
    if v2 {
        let text = format!("{}&key={API_KEY}", sorted_pairs(rest.iter().map(|(name, value)| (*name, value.as_str()))));
        assert_eq!(signature.1, hmac_sha256_hex(API_KEY.as_bytes(), text.as_bytes()).to_uppercase());
    } else {
        let own = Certificate::parse(MERCHANT).unwrap();
        assert!(fits_sha256(own.key(), lines.as_bytes(), &STANDARD.decode(&signature.1).unwrap()));
    }
}

#[test]
fn a_browser_gets_an_address() {
    for v2 in [true, false] {
        let got = gateway(&[]).hand_over(&order(false), &h5(v2), &reply(&h5(v2)), NOW, &mut seed());
        assert_eq!(got, Ok(Handover::Url("https://wx.tenpay.com/x?prepay_id=wx1&package=1".into())));
        let prepared = gateway(&[]).prepare(&order(false), &h5(v2), NOW, &mut seed());
        assert!(matches!(prepared, Err(CannotAsk::DoesNotFit("ip", _))), "H5 needs the customer's address");
    }
}

#[test]
fn orders_are_made_in_the_version_that_was_asked_for() {
    let rows = [
        (jsapi(true), "/pay/unifiedorder"),
        (app(true), "/pay/unifiedorder"),
        (h5(true), "/pay/unifiedorder"),
        (jsapi(false), "/v3/pay/transactions/jsapi"),
        (app(false), "/v3/pay/transactions/app"),
        (h5(false), "/v3/pay/transactions/h5"),
    ];
    let order = Order { ip: "203.0.113.7".into(), ..order(false) };
    for (surface, path) in rows {
        let Ok(Prepared::Ask(ask)) = gateway(&[]).prepare(&order, &surface, NOW, &mut seed()) else { panic!() };
        assert_eq!(ask.url, format!("https://api.mch.weixin.qq.com{path}"));
        let body = String::from_utf8(ask.body).unwrap();
        match surface {
            Surface::WechatJsapi { .. } => assert!(body.contains("oUpF8uMuAJO") && body.contains("wxmini0000000001")),
            Surface::WechatH5 { .. } => assert!(body.contains("203.0.113.7") && body.contains("shop.example.com")),
            _ => {}
        }
    }
}

#[test]
fn what_is_not_wechats_or_not_ours_is_not_made() {
    let prepare = |surface: &Surface| gateway(&[]).prepare(&order(false), surface, NOW, &mut seed()).err();
    assert_eq!(prepare(&Surface::AlipayApp), Some(CannotAsk::NoSuchCall));
    assert_eq!(prepare(&Surface::AlipayPage { return_url: None }), Some(CannotAsk::NoSuchCall));
    let foreign = Surface::WechatApp { appid: Some("wxother000000001".into()), v2: false };
    assert!(matches!(prepare(&foreign), Some(CannotAsk::DoesNotFit("appid", _))));
    let nobody = Surface::WechatJsapi { openid: String::new(), appid: None, v2: false };
    assert!(matches!(prepare(&nobody), Some(CannotAsk::DoesNotFit("openid", _))));
    let forged = signed(200, r#"{"prepay_id":"x\"&y"}"#);
    let got = gateway(&[]).hand_over(&order(false), &app(false), &forged, NOW, &mut seed());
    assert_eq!(got.err().as_ref().and_then(doubt), Some(DoubtKind::Unreadable));
    let unsigned = Reply { headers: vec![], ..reply(&app(false)) };
    let got = gateway(&[]).hand_over(&order(false), &app(false), &unsigned, NOW, &mut seed());
    assert_eq!(got.err().as_ref().and_then(doubt), Some(DoubtKind::Unsigned));
    assert!(gateway(&[]).came_back("out_trade_no=QT20261120000001", NOW).is_err());
}
