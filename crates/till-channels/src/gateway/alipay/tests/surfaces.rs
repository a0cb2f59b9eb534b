//! Payments elsewhere than at the counter.

use serde_json::{Value, json};

use super::requests::checked;
use super::*;

fn handed(surface: &Surface) -> Handover {
    match alipay().prepare(&order(), surface, NOW, &mut seed()).unwrap() {
        Prepared::Ready(handover) => handover,
        Prepared::Ask(_) => panic!("nothing is asked"),
    }
}

fn page(surface: &Surface) -> (String, String) {
    match handed(surface) {
        Handover::Page { url, form } => (url, form),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_app_gets_an_order_string() {
    let Handover::OrderString(text) = handed(&Surface::AlipayApp) else { panic!("a string") };
    assert!(!text.contains('+') && text.contains("timestamp=2026-11-20%2014%3A30%3A00"), "spaces as %20");
    let fields = checked(&text);
    assert_eq!(fields["method"], "alipay.trade.app.pay");
    assert_eq!(fields["notify_url"], "https://relay.example.com/notify/alipay");
    let biz: Value = serde_json::from_str(&fields["biz_content"]).unwrap();
    assert_eq!(
        biz,
        json!({"out_trade_no": OUT_NO, "total_amount": "15.50", "subject": "茶 2 杯", "terminal_id": "till-1",
            "product_code": "QUICK_MSECURITY_PAY", "time_expire": "2026-11-20 14:34:58"})
    );
}

#[test]
fn a_page_gets_an_address_and_a_form() {
    let back = "https://shop.example.com/back?a=1&b=\"2\"";
    let (url, form) = page(&Surface::AlipayPage { return_url: Some(back.into()) });
    let fields = checked(url.strip_prefix("https://openapi.alipay.com/gateway.do?").unwrap());
    assert_eq!((fields["method"].as_str(), fields["return_url"].as_str()), ("alipay.trade.page.pay", back));
    let biz: Value = serde_json::from_str(&fields["biz_content"]).unwrap();
    assert_eq!((&biz["product_code"], &biz["quit_url"]), (&json!("FAST_INSTANT_TRADE_PAY"), &Value::Null));
    assert!(form.contains(r#"action="https://openapi.alipay.com/gateway.do?charset=utf-8""#));
    assert!(form.contains(r#"name="return_url" value="https://shop.example.com/back?a=1&amp;b=&quot;2&quot;""#));
    assert_eq!(form.matches("<input ").count(), fields.len() + 1, "the same parameters, and the signature");
}

#[test]
fn a_phone_s_page_knows_where_to_go_and_which_product() {
    let surface = Surface::AlipayWap { return_url: None, quit_url: Some("https://shop.example.com/".into()) };
    let biz =
        |url: &str| -> Value { serde_json::from_str(&checked(url.split_once('?').unwrap().1)["biz_content"]).unwrap() };
    let said = biz(&page(&surface).0);
    assert_eq!(
        (&said["product_code"], &said["quit_url"]),
        (&json!("QUICK_WAP_WAY"), &json!("https://shop.example.com/"))
    );
    let mut values = good();
    values.set("wap_product_code", "QUICK_WAP_PAY");
    let older = gateway(&values).prepare(&order(), &surface, NOW, &mut seed());
    let Ok(Prepared::Ready(Handover::Page { url, .. })) = older else { panic!("a page") };
    assert_eq!(biz(&url)["product_code"], "QUICK_WAP_PAY");
}

#[test]
fn no_text_gets_out_of_the_form() {
    let order = Order { subject: "'\"><script>alert(1)</script>".into(), ..order() };
    let surface = Surface::AlipayPage { return_url: None };
    let Ok(Prepared::Ready(Handover::Page { form, .. })) = alipay().prepare(&order, &surface, NOW, &mut seed()) else {
        panic!("a page")
    };
    assert_eq!(form.matches("<script>").count(), 1, "its own");
    assert!(form.contains("&#39;") && !form.contains("alert(1)<"));
}

#[test]
fn other_providers_surfaces_are_not_alipay_s() {
    for surface in [
        Surface::WechatJsapi { openid: "o".into(), appid: None, v2: false },
        Surface::WechatApp { appid: None, v2: false },
        Surface::WechatH5 { wap_url: String::new(), wap_name: String::new(), v2: false },
    ] {
        assert_eq!(alipay().prepare(&order(), &surface, NOW, &mut seed()), Err(CannotAsk::NoSuchCall));
    }
    let over = alipay().hand_over(&order(), &Surface::AlipayApp, &reply("{}"), NOW, &mut seed());
    assert_eq!(doubt(&over.unwrap_err()), DoubtKind::Unreadable);
}
