//! The checkout page of a program's order: who may see it, what it says, and when.

#![allow(clippy::unwrap_used, reason = "a test")]

mod shop;

use serde_json::{Value, json};
use shop::{Shop, number, yuan};
use till_channels::codes::read_picture;
use till_channels::merchant::sign::md5_hex;
use till_engine::api::{CheckoutState, CheckoutStatus};
use till_engine::merchant::{MerchantDoor, MerchantRequest};

/// A web shop that speaks V免签; its key.
async fn web_shop(shop: &Shop) -> String {
    let settings = json!({"name": "网店", "callback_prefixes": ["https://shop.example.com/"], "return_url": "https://shop.example.com/back"});
    let added = shop.act(json!({"verb": "add_program", "protocol": "vmq", "settings": settings})).await.unwrap();
    added["secret"].as_str().unwrap().to_owned()
}

async fn ask(shop: &Shop, door: MerchantDoor, path: &str, query: String) -> Value {
    let request = MerchantRequest {
        address: "127.0.0.1".into(),
        method: "GET".into(),
        path: path.into(),
        query,
        headers: vec![("host".into(), "127.0.0.1:5921".into())],
        ..MerchantRequest::default()
    };
    serde_json::from_slice(&shop.engine.merchant(door, request).await.body).unwrap()
}

/// An order over 12.30; its number.
async fn order(shop: &Shop, key: &str, pay_id: &str) -> String {
    let sign = md5_hex(&[pay_id, "", "1", "12.30", key]);
    let query = format!("payId={pay_id}&type=1&price=12.30&sign={sign}");
    let answer = ask(shop, MerchantDoor::CreateOrder, "/createOrder", query).await;
    answer["data"]["orderId"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

async fn token(shop: &Shop, order_no: &str) -> String {
    let path = shop.engine.checkout_path(order_no).await.unwrap();
    path.strip_prefix("/pay/").unwrap().to_owned()
}

async fn page(shop: &Shop, token: &str) -> (i64, CheckoutState) {
    shop.engine.checkout(token).await.unwrap()
}

#[tokio::test]
async fn a_page_shows_its_order_from_waiting_to_paid() {
    let shop = Shop::new().await;
    let key = web_shop(&shop).await;
    let phone = shop.phone("counter").await;
    let [first, second] = [order(&shop, &key, "A1").await, order(&shop, &key, "A2").await];
    let token = [token(&shop, &first).await, token(&shop, &second).await];
    let (_, one) = page(&shop, &token[0]).await;
    let (id, two) = page(&shop, &token[1]).await;
    assert_eq!((one.status, two.status), (CheckoutStatus::Waiting, CheckoutStatus::Waiting));
    assert_eq!((two.order.as_str(), two.price_fen.get(), one.due_fen.get()), ("20261120-002", 1230, 1230));
    assert!(two.due_fen != one.due_fen);
    assert_eq!(two.tail_fen.get(), 1230 - two.due_fen.get());
    assert_eq!((two.codes.len(), two.return_url.as_deref()), (1, Some("https://shop.example.com/back")));
    assert_eq!(two.codes[0].picture, format!("/pay/{}/code/0.png", token[1]));
    let picture = shop.engine.checkout_picture(&token[1], 0).await.unwrap();
    assert_eq!(read_picture(&picture).unwrap(), ["wxp://f2f0TEST-qiantai-1"]);
    assert!(shop.engine.checkout_picture(&token[1], 1).await.is_none());

    shop.vmq(&phone, "1", &yuan(&json!(two.due_fen)), shop.now()).await;
    let (_, paid) = page(&shop, &token[1]).await;
    assert_eq!((paid.status, paid.paid_at), (CheckoutStatus::Paid, Some(shop.now())));
    assert!(paid.codes.is_empty() && shop.engine.checkout_picture(&token[1], 0).await.is_none());
    let back = paid.return_url.unwrap();
    assert!(back.starts_with("https://shop.example.com/back?") && back.contains("payId=A2") && back.contains("sign="));
    let whole = serde_json::to_string(&page(&shop, &token[1]).await.1).unwrap();
    assert!(!whole.contains(&key), "a secret in the page");
    assert_eq!(page(&shop, &token[0]).await.1.status, CheckoutStatus::Waiting, "the other one waits");
    assert_eq!(shop.ticket(&json!(id)).await["status"], "paid");
}

#[tokio::test]
async fn closed_and_expired_are_told_apart() {
    let shop = Shop::new().await;
    let key = web_shop(&shop).await;
    let [closed, late] = [order(&shop, &key, "B1").await, order(&shop, &key, "B2").await];
    let token = [token(&shop, &closed).await, token(&shop, &late).await];
    let query = format!("orderId={closed}&sign={}", md5_hex(&[&closed, &key]));
    assert_eq!(ask(&shop, MerchantDoor::CloseOrder, "/closeOrder", query).await["code"], 1);
    assert_eq!(page(&shop, &token[0]).await.1.status, CheckoutStatus::Closed);
    let (_, state) = page(&shop, &token[1]).await;
    // To the millisecond, whether or not the till has swept yet.
    shop.pass(state.expires_at - shop.now() - 1);
    assert_eq!(page(&shop, &token[1]).await.1.status, CheckoutStatus::Waiting);
    shop.pass(1);
    let (_, over) = page(&shop, &token[1]).await;
    assert_eq!((over.status, over.codes.len()), (CheckoutStatus::Expired, 0));
    assert!(shop.engine.checkout_picture(&token[1], 0).await.is_none());
}

#[tokio::test]
async fn the_first_look_is_noted_once_however_many_look() {
    let shop = Shop::new().await;
    let key = web_shop(&shop).await;
    let token = token(&shop, &order(&shop, &key, "C1").await).await;
    assert_eq!(number(&shop, "SELECT count(*) FROM program_order WHERE shown_at IS NOT NULL").await, 0);
    let started = shop.now();
    let looks: Vec<_> = (0..200)
        .map(|_| {
            let (engine, token) = (shop.engine.clone(), token.clone());
            tokio::spawn(async move { engine.checkout(&token).await.is_some() })
        })
        .collect();
    for look in looks {
        assert!(look.await.unwrap());
    }
    shop.pass(5_000);
    page(&shop, &token).await;
    assert_eq!(number(&shop, "SELECT shown_at FROM program_order").await, started);
}

#[tokio::test]
async fn what_is_no_token_opens_nothing() {
    let shop = Shop::new().await;
    let key = web_shop(&shop).await;
    let order_no = order(&shop, &key, "D1").await;
    let token = token(&shop, &order_no).await;
    assert!(token.len() >= 32);
    let upper = token.to_uppercase();
    let huge = "a".repeat(1_000_000);
    let cut = &token[..token.len() - 1];
    let long = format!("{token}a");
    let wrong = ["", "1", cut, &long, &order_no, "' OR 1=1 --aaaaaaaaaaaaaaaaaaaaaaaaaaaa", "订单", "%", &huge];
    for wrong in wrong.into_iter().chain((upper != token).then_some(upper.as_str())) {
        assert!(shop.engine.checkout(wrong).await.is_none(), "{wrong:.40}");
        assert!(shop.engine.checkout_picture(wrong, 0).await.is_none());
        if wrong != order_no {
            assert!(shop.engine.checkout_path(wrong).await.is_none(), "{wrong:.40}");
        }
    }
    assert!(shop.engine.checkout_picture(&token, usize::MAX).await.is_none());
}
