//! Alipay: the customer carries a signed request there, in an app or a browser, and comes back.

use serde_json::{Value, json};

use crate::alipay::{APP_ID, Fate, SELLER, sign};
use crate::cashier::{Cashier, fields};

#[tokio::test]
async fn an_app_s_order_string_is_watched_until_its_money_is_told() {
    let cashier = Cashier::contracted().await;
    let ticket = cashier.opens("A-1", 1_990).await;
    let (status, paying) = cashier.pays(&ticket, json!({"surface": "alipay_app"})).await;
    assert_eq!((status, &paying["surface"]), (200, &json!("alipay_app")), "{paying}");
    assert_eq!(paying["expires_at_ms"], ticket["expires_at_ms"]);
    assert!(paying.get("url").is_none() && paying.get("parameters").is_none(), "{paying}");
    let said = fields(paying["order_string"].as_str().unwrap());
    assert_eq!((said["method"].as_str(), said["app_id"].as_str()), ("alipay.trade.app.pay", APP_ID));
    assert_eq!(said["notify_url"], "https://pay.example.com/notify/alipay");
    let biz: Value = serde_json::from_str(&said["biz_content"]).unwrap();
    let due = ticket["due_fen"].as_i64().unwrap();
    assert_eq!(biz["total_amount"], format!("{}.{:02}", due / 100, due % 100));
    assert_eq!((&biz["out_trade_no"], &biz["subject"]), (&paying["out_trade_no"], &json!("会员")));

    // Alipay knows nothing of it until the customer has opened it.
    cashier.until("it is asked about", async |c| c.world.alipay.count("alipay.trade.query") >= 2).await;
    assert_eq!(cashier.looks(&ticket).await["state"], "open");
    assert_eq!(cashier.world.alipay.count("alipay.trade.precreate"), 0, "nobody asked for a code");
    cashier.alipay_says_paid(&paying, &ticket);
    let paid = cashier.is_told(&ticket).await;
    assert_eq!((&paid["state"], &paid["paid_channel"]), (&json!("paid"), &json!("alipay")));
    assert_eq!(cashier.merchants.heard("/hook"), 1);
    let (status, problem) = cashier.pays(&ticket, json!({"surface": "alipay_app"})).await;
    assert_eq!((status, &problem["code"]), (409, &json!("conflict")));
}

#[tokio::test]
async fn a_page_leads_back_to_the_program_alone() {
    let cashier = Cashier::contracted().await;
    let ticket = cashier.opens("A-1", 1_990).await;
    let back = "https://shop.example.com/back";
    let (status, paying) = cashier.pays(&ticket, json!({"surface": "alipay_page", "return_url": back})).await;
    assert_eq!(status, 200, "{paying}");
    let url = paying["url"].as_str().unwrap();
    assert!(url.starts_with("https://openapi.alipay.com/gateway.do?"), "{url}");
    assert_eq!(fields(url)["return_url"], back);
    assert!(paying["form"].as_str().unwrap().starts_with("<form "), "{paying}");

    let wap = json!({"surface": "alipay_wap", "return_url": back, "quit_url": "https://shop.example.com/cart"});
    let (status, on_a_phone) = cashier.pays(&ticket, wap).await;
    assert_eq!(status, 200);
    let biz: Value = serde_json::from_str(&fields(on_a_phone["url"].as_str().unwrap())["biz_content"]).unwrap();
    assert_eq!(biz["quit_url"], "https://shop.example.com/cart");
    assert_ne!(on_a_phone["out_trade_no"], paying["out_trade_no"], "another surface is another payment");
    assert_eq!(cashier.trades(&ticket).await.len(), 2);

    for (field, place) in
        [("return_url", "https://evil.example/"), ("quit_url", "https://shop.example.com.evil.example/")]
    {
        let (status, problem) = cashier.pays(&ticket, json!({"surface": "alipay_wap", field: place})).await;
        assert_eq!((status, &problem["code"]), (403, &json!("forbidden")), "{field}");
    }
    assert_eq!(cashier.trades(&ticket).await.len(), 2);
}

#[tokio::test]
async fn the_same_again_is_the_same_payment_however_often_and_however_fast() {
    let cashier = Cashier::contracted().await;
    let ticket = cashier.opens("A-1", 1_990).await;
    let path = format!("/api/v1/tickets/{}/pay", ticket["id"].as_str().unwrap());
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let request = cashier.web.v1(&cashier.shop, "POST", &path, &json!({"surface": "alipay_app"}));
        let engine = cashier.shop.engine.clone();
        all.spawn(async move {
            let answer = engine.merchant(till_engine::merchant::MerchantDoor::V1Pay, request).await;
            crate::ask::body(&answer)["out_trade_no"].clone()
        });
    }
    let numbers = all.join_all().await;
    assert!(numbers.iter().all(|no| no.is_string() && *no == numbers[0]), "{numbers:?}");
    assert_eq!(cashier.trades(&ticket).await.len(), 1);

    // The power goes: what was handed out is asked about, and not made anew.
    let cashier = cashier.reopen().await;
    let (_, again) = cashier.pays(&ticket, json!({"surface": "alipay_app"})).await;
    assert_eq!(again["out_trade_no"], numbers[0]);
    cashier.alipay_says_paid(&again, &ticket);
    assert_eq!(cashier.is_told(&ticket).await["state"], "paid");
}

#[tokio::test]
async fn a_ticket_that_ends_takes_its_payment_along() {
    let cashier = Cashier::contracted().await;
    let ticket = cashier.opens("A-1", 1_990).await;
    cashier.pays(&ticket, json!({"surface": "alipay_app"})).await;
    let cancel = format!("/api/v1/tickets/{}/cancel", ticket["id"].as_str().unwrap());
    let door = till_engine::merchant::MerchantDoor::V1Cancel;
    assert_eq!(cashier.says(door, "POST", &cancel, &Value::Null).await.status, 200);
    cashier.until("Alipay is told", async |c| c.world.alipay.count("alipay.trade.cancel") > 0).await;
    let (status, problem) = cashier.pays(&ticket, json!({"surface": "alipay_app"})).await;
    assert_eq!((status, &problem["code"]), (409, &json!("conflict")));
}

/// A query as Alipay sends browsers back with.
fn back(out_no: &str, amount: &str, changes: &[(&str, &str)]) -> String {
    let mut said: std::collections::BTreeMap<&str, &str> = [
        ("charset", "utf-8"),
        ("out_trade_no", out_no),
        ("method", "alipay.trade.page.pay.return"),
        ("total_amount", amount),
        ("trade_no", "2026112022001400000001"),
        ("version", "1.0"),
        ("app_id", APP_ID),
        ("seller_id", SELLER),
        ("sign_type", "RSA2"),
        ("timestamp", "2026-11-20 14:00:05"),
    ]
    .into();
    let text: Vec<String> =
        said.iter().filter(|(n, _)| **n != "sign_type").map(|(n, text)| format!("{n}={text}")).collect();
    let signature = sign(&text.join("&"));
    said.insert("sign", &signature);
    said.extend(changes.iter().copied());
    form_urlencoded::Serializer::new(String::new()).extend_pairs(said).finish()
}

#[tokio::test]
async fn who_comes_back_is_believed_about_the_ticket_and_never_about_money() {
    let cashier = Cashier::contracted().await;
    let ticket = cashier.opens("A-1", 1_990).await;
    let page = json!({"surface": "alipay_page", "return_url": "https://shop.example.com/back"});
    let (_, paying) = cashier.pays(&ticket, page).await;
    let no = paying["out_trade_no"].as_str().unwrap();
    let due = ticket["due_fen"].as_i64().unwrap();
    let amount = format!("{}.{:02}", due / 100, due % 100);
    let query = back(no, &amount, &[]);
    let (status, said) = cashier.returned(&query).await;
    let wanted = json!({"out_trade_no": no, "ticket": ticket["id"], "trusted": true, "paid": false});
    assert_eq!((status, said), (200, wanted.clone()), "signed, and no payment");
    assert_eq!(cashier.looks(&ticket).await["state"], "open");

    for (changes, why) in [
        (vec![("total_amount", "0.01")], "another amount"),
        (vec![("out_trade_no", "QT00000000")], "another number"),
        (vec![("sign", "")], "no signature"),
        (vec![("sign_type", "RSA")], "a weaker signature"),
    ] {
        let (status, problem) = cashier.returned(&back(no, &amount, &changes)).await;
        assert_eq!((status, &problem["code"]), (400, &json!("not_authentic")), "{why}");
    }
    let (status, problem) = cashier.returned(&back(no, "0.01", &[])).await;
    assert_eq!((status, &problem["code"]), (400, &json!("not_authentic")), "signed, about another amount");
    assert_eq!(cashier.returned(&back("QT0000000000", &amount, &[])).await.0, 404, "signed, about no trade of ours");
    assert_eq!(cashier.returned("").await.0, 400);

    // Another program's ticket is not this one's to hear of.
    let other = crate::ask::program(&cashier.shop, "v1", json!({"name": "别家"})).await;
    let request = other.v1(&cashier.shop, "POST", "/api/v1/returned", &json!({"query": query}));
    let door = till_engine::merchant::MerchantDoor::V1Returned;
    assert_eq!(cashier.shop.engine.merchant(door, request).await.status, 404);

    cashier.alipay_says_paid(&paying, &ticket);
    cashier.is_told(&ticket).await;
    let (_, said) = cashier.returned(&query).await;
    assert_eq!(said, json!({"out_trade_no": no, "ticket": ticket["id"], "trusted": true, "paid": true}));
}

#[tokio::test]
async fn money_of_another_amount_settles_nothing() {
    let cashier = Cashier::contracted().await;
    let ticket = cashier.opens("A-1", 1_990).await;
    let (_, paying) = cashier.pays(&ticket, json!({"surface": "alipay_app"})).await;
    let said = json!({"code": "10000", "msg": "Success", "out_trade_no": paying["out_trade_no"],
                      "trade_no": "2026112022001400000001", "trade_status": "TRADE_SUCCESS", "total_amount": "0.01"});
    cashier.world.alipay.next("alipay.trade.query", Fate::Says(said));
    let before = cashier.world.alipay.count("alipay.trade.query");
    cashier.until("it is asked again", async |c| c.world.alipay.count("alipay.trade.query") > before + 1).await;
    assert_eq!(cashier.looks(&ticket).await["state"], "open");
    assert_eq!(cashier.merchants.heard("/hook"), 0);
}
