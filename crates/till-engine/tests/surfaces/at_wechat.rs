//! WeChat: the order is made by the till, and its number signed once more for the customer's device.

use serde_json::{Value, json};

use crate::cashier::Cashier;
use crate::wechat::{self, APPID, Fate, MCHID, MINI, is_the_merchant_s, v2_sign};

fn mini() -> Value {
    json!({"surface": "wechat_mini", "openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o", "appid": MINI})
}

fn text<'a>(paying: &'a Value, name: &str) -> &'a str {
    paying["parameters"][name].as_str().unwrap_or_else(|| panic!("no {name} in {paying}"))
}

#[tokio::test]
async fn a_mini_program_gets_its_five_parameters_and_the_shop_its_money() {
    let cashier = Cashier::contracted().await;
    let ticket = cashier.opens("A-1", 1_990).await;
    let (status, paying) = cashier.pays(&ticket, mini()).await;
    assert_eq!(status, 200, "{paying}");
    let package = text(&paying, "package");
    assert_eq!(package, "prepay_id=wx201410272009395522657a690389285100");
    let lines = [MINI, text(&paying, "timeStamp"), text(&paying, "nonceStr"), package];
    assert!(is_the_merchant_s(&lines, text(&paying, "paySign")), "{paying}");
    assert_eq!((text(&paying, "appId"), text(&paying, "signType")), (MINI, "RSA"));

    let (path, asked) = cashier.world.wechat.orders().pop().unwrap();
    let asked: Value = serde_json::from_str(&asked).unwrap();
    assert_eq!((path.as_str(), &asked["appid"]), ("/v3/pay/transactions/jsapi", &json!(MINI)));
    assert_eq!(asked["payer"]["openid"], "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o");
    assert_eq!((&asked["amount"]["total"], &asked["out_trade_no"]), (&ticket["due_fen"], &paying["out_trade_no"]));

    cashier.until("it is asked about", async |c| c.world.wechat.queries() >= 2).await;
    assert_eq!(cashier.looks(&ticket).await["state"], "open");
    cashier.world.wechat.is_paid();
    let paid = cashier.is_told(&ticket).await;
    assert_eq!((&paid["state"], &paid["paid_channel"]), (&json!("paid"), &json!("wechat")));
    assert_eq!(cashier.world.wechat.orders().len(), 1, "made once");
}

#[tokio::test]
async fn apps_and_browsers() {
    let cashier = Cashier::contracted().await;
    let ticket = cashier.opens("A-1", 1_990).await;
    let (status, paying) = cashier.pays(&ticket, json!({"surface": "wechat_app"})).await;
    assert_eq!(status, 200, "{paying}");
    let prepay = text(&paying, "prepayid");
    let lines = [APPID, text(&paying, "timestamp"), text(&paying, "noncestr"), prepay];
    assert!(is_the_merchant_s(&lines, text(&paying, "sign")), "an app signs the bare number");
    assert_eq!((text(&paying, "partnerid"), text(&paying, "package")), (MCHID, "Sign=WXPay"));

    let h5 = json!({"surface": "wechat_h5", "wap_url": "https://shop.example.com", "wap_name": "网店", "payer_ip": "203.0.113.9"});
    let (status, paying) = cashier.pays(&ticket, h5).await;
    assert_eq!(status, 200, "{paying}");
    assert!(paying["url"].as_str().unwrap().starts_with("https://wx.tenpay.com/"), "{paying}");
    let (_, asked) = cashier.world.wechat.orders().pop().unwrap();
    let asked: Value = serde_json::from_str(&asked).unwrap();
    assert_eq!(asked["scene_info"]["payer_client_ip"], "203.0.113.9");
}

#[tokio::test]
async fn where_there_are_only_the_keys_of_v2_it_is_v2() {
    let cashier = Cashier::new().await;
    cashier.contract("wechat", wechat::v2()).await;
    let ticket = cashier.opens("A-1", 1_990).await;
    let jsapi = json!({"surface": "wechat_jsapi", "openid": "oUpF8uMuAJO"});
    let (status, paying) = cashier.pays(&ticket, jsapi).await;
    assert_eq!(status, 200, "{paying}");
    assert_eq!(cashier.world.wechat.orders().pop().unwrap().0, "/pay/unifiedorder");
    let names = ["appId", "nonceStr", "package", "signType", "timeStamp"];
    let mut pairs: Vec<(&str, &str)> = names.iter().map(|name| (*name, text(&paying, name))).collect();
    assert_eq!(text(&paying, "paySign"), v2_sign(&mut pairs), "the second signature, under the same key");
    assert_eq!((text(&paying, "signType"), text(&paying, "package")), ("HMAC-SHA256", "prepay_id=wx2014"));

    let v3 = json!({"surface": "wechat_jsapi", "openid": "oUpF8uMuAJO", "version": "v3"});
    let (status, problem) = cashier.pays(&ticket, v3).await;
    assert_eq!((status, &problem["code"]), (409, &json!("no_contract")), "{problem}");
    assert_eq!(problem["details"]["field"], "apiv3_key");
    assert_eq!(cashier.trades(&ticket).await.len(), 1, "what cannot be asked for is no trade");
}

#[tokio::test]
async fn a_refusal_is_told_with_its_code_and_the_next_try_has_another_number() {
    let cashier = Cashier::contracted().await;
    let ticket = cashier.opens("A-1", 1_990).await;
    cashier.world.wechat.next(Fate::Refuses("NO_AUTH"));
    let (status, problem) = cashier.pays(&ticket, mini()).await;
    assert_eq!((status, &problem["code"]), (409, &json!("refused")), "{problem}");
    assert_eq!(problem["details"], json!({"provider_code": "NO_AUTH", "provider_message": "不行"}));
    assert!(problem["message"].as_str().unwrap().contains("NO_AUTH"));
    assert_eq!(cashier.trades(&ticket).await[0]["stage"], "over");
    let (status, paying) = cashier.pays(&ticket, mini()).await;
    assert_eq!(status, 200);
    assert_ne!(cashier.trades(&ticket).await[0]["out_no"], paying["out_trade_no"]);
}

#[tokio::test]
async fn silence_is_no_refusal_and_the_next_try_has_the_same_number() {
    for fate in [Fate::Unheard, Fate::Forged, Fate::Refuses("SOMETHING_NEW")] {
        let cashier = Cashier::contracted().await;
        let ticket = cashier.opens("A-1", 1_990).await;
        cashier.world.wechat.next(fate);
        let (status, problem) = cashier.pays(&ticket, mini()).await;
        assert_eq!((status, &problem["code"]), (503, &json!("unavailable")), "{fate:?} {problem}");
        let before = cashier.trades(&ticket).await;
        assert!(before.len() == 1 && before[0]["stage"] != "over", "{fate:?} {before:?}");
        let (status, paying) = cashier.pays(&ticket, mini()).await;
        assert_eq!((status, &paying["out_trade_no"]), (200, &before[0]["out_no"]), "{fate:?}");
        cashier.world.wechat.is_paid();
        assert_eq!(cashier.is_told(&ticket).await["state"], "paid", "{fate:?}");
    }
}

#[tokio::test]
async fn an_order_whose_answer_was_lost_is_asked_about_and_not_made_again() {
    let cashier = Cashier::contracted().await;
    let ticket = cashier.opens("A-1", 1_990).await;
    cashier.world.wechat.next(Fate::Unheard);
    assert_eq!(cashier.pays(&ticket, mini()).await.0, 503);
    let cashier = cashier.reopen().await;
    cashier.world.wechat.is_paid();
    assert_eq!(cashier.is_told(&ticket).await["state"], "paid");
    assert_eq!(cashier.world.wechat.orders().len(), 1);
}
