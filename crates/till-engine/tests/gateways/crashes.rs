//! The power goes at the worst moment.

use std::sync::Arc;

use serde_json::json;
use tokio::sync::Notify;

use crate::alipay::Fate;
use crate::counter::{CODE, Counter, code};
use crate::shop::{number, raw};

#[tokio::test]
async fn between_the_charge_and_its_answer() {
    let counter = Counter::with(json!({"name": "只扫码", "shows_code": false})).await;
    counter.alipay.next("alipay.trade.pay", Fate::Hangs(Arc::new(Notify::new())));
    let ticket = counter.shop.ring_up(5_000).await;
    counter.scan(&ticket, CODE).await.unwrap();
    counter.until("it is charged", 0, async |c| c.alipay.count("alipay.trade.pay") == 1).await;
    let counter = counter.reopen().await;
    assert!(!counter.is_paid(&ticket).await);
    counter.gets_paid(&ticket).await;
    assert_eq!(counter.alipay.count("alipay.trade.pay"), 1, "asked about, not charged again");
    assert_eq!(number(&counter.shop, "SELECT count(*) FROM receipt").await, 1);
    assert_eq!(number(&counter.shop, "SELECT count(*) FROM settlement").await, 1);
    // Whatever is heard of it afterwards is no second payment.
    let counter = counter.reopen().await;
    counter
        .until("nothing is left to ask", 500, async |c| c.ticket(&ticket).await["trades"][0]["next_at"].is_null())
        .await;
    assert_eq!(number(&counter.shop, "SELECT count(*) FROM receipt").await, 1);
}

#[tokio::test]
async fn between_the_plan_and_the_charge() {
    let counter = Counter::with(json!({"name": "只扫码", "shows_code": false})).await;
    let ticket = counter.shop.ring_up(5_000).await;
    // As it stands when the power goes after the first commit: the customer's code was in memory alone.
    sqlx::query(
        "INSERT INTO trade (ticket_id, gateway_id, out_no, amount_fen, subject, scanned, created_at, stage, until, next_what, next_at)
         SELECT id, ?, 'QT202611201400001', due_fen, '茶', 1, opened_at, 'planned', opened_at + 60000, 'begin', opened_at FROM ticket",
    )
    .bind(counter.gateway_id)
    .execute(&mut raw(&counter.shop).await)
    .await
    .unwrap();
    let counter = counter.reopen().await;
    counter.stage(&ticket, 0, "over").await;
    assert!(
        counter.alipay.calls("alipay.trade.pay").is_empty() && counter.alipay.calls("alipay.trade.query").is_empty()
    );
    counter.scan(&ticket, CODE).await.unwrap();
    counter.gets_paid(&ticket).await;
}

#[tokio::test]
async fn between_the_order_and_its_code() {
    let counter = Counter::new().await;
    counter.alipay.next("alipay.trade.precreate", Fate::Hangs(Arc::new(Notify::new())));
    let ticket = counter.shop.ring_up(5_000).await;
    counter.until("it is asked for", 0, async |c| c.alipay.count("alipay.trade.precreate") == 1).await;
    let counter = counter.reopen().await;
    counter.until("the code is there", 200, async |c| !code(&c.ticket(&ticket).await).is_null()).await;
    let orders = counter.alipay.calls("alipay.trade.precreate");
    assert!(orders.windows(2).all(|pair| pair[0] == pair[1]), "the very same order: {orders:?}");
}

#[tokio::test]
async fn between_a_refund_and_its_answer() {
    let counter = Counter::with(json!({"name": "只扫码", "shows_code": false})).await;
    let ticket = counter.shop.ring_up(5_000).await;
    counter.scan(&ticket, CODE).await.unwrap();
    let paid = counter.gets_paid(&ticket).await;
    counter.alipay.next("alipay.trade.refund", Fate::Hangs(Arc::new(Notify::new())));
    let due = paid["due_fen"].as_i64().unwrap();
    counter.shop.give_back(&paid, "refund", "alipay", due).await.unwrap();
    counter.until("it is sent", 0, async |c| c.alipay.count("alipay.trade.refund") == 1).await;
    let counter = counter.reopen().await;
    counter.until("it is booked", 1_000, async |c| c.ticket(&ticket).await["refunded_fen"] == due).await;
    assert_eq!(number(&counter.shop, "SELECT count(*) FROM refund").await, 1);
    assert_eq!(counter.alipay.count("alipay.trade.refund"), 1, "how it stands was asked, not done again");
}
