//! What is refused before any provider hears of it.

use serde_json::{Value, json};
use till_engine::merchant::MerchantDoor as Door;

use crate::alipay;
use crate::ask::program;
use crate::cashier::{Cashier, TICKETS};

#[tokio::test]
async fn a_surface_takes_its_own_fields_and_no_others() {
    let cashier = Cashier::contracted().await;
    let ticket = cashier.opens("A-1", 1_990).await;
    let jsapi = |more: Value| merged(json!({"surface": "wechat_jsapi", "openid": "o1"}), more);
    let h5 = |more: Value| {
        merged(
            json!({"surface": "wechat_h5", "wap_url": "https://shop.example.com", "wap_name": "店", "payer_ip": "1.2.3.4"}),
            more,
        )
    };
    for (sent, field) in [
        (json!({"surface": "wechat_mini"}), "openid"),
        (jsapi(json!({"openid": ""})), "openid"),
        (jsapi(json!({"openid": "o 1"})), "openid"),
        (jsapi(json!({"openid": "o".repeat(129)})), "openid"),
        (jsapi(json!({"return_url": "https://shop.example.com/"})), "return_url"),
        (h5(json!({"payer_ip": null})), "payer_ip"),
        (h5(json!({"wap_name": " "})), "wap_name"),
        (h5(json!({"wap_name": null})), "wap_name"),
        (h5(json!({"wap_url": "javascript:alert(1)"})), "wap_url"),
        (h5(json!({"openid": "o1"})), "openid"),
        (json!({"surface": "alipay_app", "version": "v3"}), "version"),
        (json!({"surface": "alipay_app", "return_url": "https://shop.example.com/"}), "return_url"),
        (json!({"surface": "alipay_page", "quit_url": "https://shop.example.com/"}), "quit_url"),
        (json!({"surface": "alipay_page", "return_url": "nowhere"}), "return_url"),
    ] {
        let (status, problem) = cashier.pays(&ticket, sent.clone()).await;
        assert_eq!((status, &problem["code"]), (400, &json!("invalid")), "{sent} {problem}");
        assert_eq!(problem["details"]["field"], field, "{sent}");
    }
    for sent in [
        json!({}),
        json!({"surface": "paypal"}),
        json!({"surface": "alipay_app", "amount": 1}),
        h5(json!({"payer_ip": "300.1.1.1"})),
        json!([]),
    ] {
        let (status, problem) = cashier.pays(&ticket, sent.clone()).await;
        assert_eq!((status, &problem["code"]), (400, &json!("invalid")), "{sent}");
    }
    let (status, problem) = cashier.pays(&ticket, jsapi(json!({"appid": "wxsomebodyelses1"}))).await;
    assert_eq!((status, &problem["code"]), (400, &json!("invalid")), "an app that is not the contract's: {problem}");
    assert!(cashier.trades(&ticket).await.is_empty());
    assert!(cashier.world.wechat.orders().is_empty());
}

fn merged(mut base: Value, more: Value) -> Value {
    for (name, value) in more.as_object().unwrap() {
        if value.is_null() {
            base.as_object_mut().unwrap().remove(name);
        } else {
            base[name] = value.clone();
        }
    }
    base
}

#[tokio::test]
async fn without_a_contract_nothing_is_promised() {
    let cashier = Cashier::new().await;
    let ticket = cashier.opens("A-1", 1_990).await;
    let app = json!({"surface": "alipay_app"});
    let (status, problem) = cashier.pays(&ticket, app.clone()).await;
    assert_eq!((status, &problem["code"]), (409, &json!("no_contract")), "{problem}");
    let added = cashier.contract("alipay", alipay::values()).await;
    assert_eq!(cashier.pays(&ticket, app.clone()).await.0, 200);
    let mut settings = added["settings"].clone();
    settings["enabled"] = json!(false);
    let off = json!({"verb": "update_gateway", "gateway_id": added["id"], "settings": settings, "values": []});
    cashier.shop.act(off).await.unwrap();
    let other = cashier.opens("A-2", 500).await;
    assert_eq!(cashier.pays(&other, app).await.0, 409, "switched off");
}

#[tokio::test]
async fn tickets_of_others_and_channels_that_are_not_the_program_s() {
    let cashier = Cashier::with(json!({"channels": ["wechat"]})).await;
    cashier.contract("alipay", alipay::values()).await;
    let ticket = cashier.opens("A-1", 1_990).await;
    let app = json!({"surface": "alipay_app"});
    let (status, problem) = cashier.pays(&ticket, app.clone()).await;
    assert_eq!((status, &problem["code"]), (403, &json!("forbidden")));
    let other = program(&cashier.shop, "v1", json!({"name": "别家"})).await;
    let path = format!("{TICKETS}/{}/pay", ticket["id"].as_str().unwrap());
    let request = other.v1(&cashier.shop, "POST", &path, &app);
    assert_eq!(cashier.shop.engine.merchant(Door::V1Pay, request).await.status, 404);
    let mut forged = cashier.web.v1(&cashier.shop, "POST", &path, &app);
    forged.body = json!({"surface": "alipay_wap"}).to_string().into_bytes();
    assert_eq!(cashier.shop.engine.merchant(Door::V1Pay, forged).await.status, 401);
    let (status, problem) = cashier.historic("wap_auth_and_execute", json!({"request_token": "t"})).await;
    assert_eq!((status, &problem["code"]), (403, &json!("forbidden")), "an old contract is Alipay's too");
}

#[tokio::test]
async fn a_loop_does_not_fill_the_book() {
    let cashier = Cashier::contracted().await;
    let ticket = cashier.opens("A-1", 1_990).await;
    let mut refused = 0;
    for n in 0..30 {
        let place = format!("https://shop.example.com/{n}");
        let (status, problem) = cashier.pays(&ticket, json!({"surface": "alipay_page", "return_url": place})).await;
        refused += usize::from(status != 200);
        assert!(status == 200 || problem["code"] == "too_fast", "{problem}");
    }
    assert_eq!((refused, cashier.trades(&ticket).await.len()), (10, 20));
}
