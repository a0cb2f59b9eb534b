//! Money goes back: in part, in full, as a void; never twice, never more than came in.

#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

mod shop;

use std::sync::Arc;

use serde_json::{Value, json};
use shop::{OK, Shop, number, raw};
use sqlx::Row;
use till_engine::api::{Code, Event};
use tokio::task::JoinSet;

async fn today(shop: &Shop) -> (i64, i64) {
    let today = shop.ask(json!({"verb": "today"})).await.unwrap();
    (today["count"].as_i64().unwrap(), today["sum_fen"].as_i64().unwrap())
}

#[tokio::test]
async fn a_ticket_is_given_back_until_nothing_is_left() {
    let mut shop = Shop::new().await;
    let ticket = shop.sell(1500, "wechat").await;
    let part = json!({"verb": "refund", "request_id": "part", "ticket_id": ticket["id"], "kind": "refund",
        "channel": "wechat", "amount_fen": 400, "reference": " 1000050001 ", "reason": " 少了一份 "});
    let after = shop.ask(part.clone()).await.unwrap();
    assert_eq!((after["exception"].as_str(), after["refunded_fen"].as_i64()), (Some("part_refunded"), Some(400)));
    let refund = &after["refunds"][0];
    assert_eq!((refund["reference"].as_str(), refund["reason"].as_str()), (Some("1000050001"), Some("少了一份")));
    assert_eq!((refund["actor"].as_str(), &refund["approved_by"]), (Some("test"), &Value::Null));
    assert_eq!(today(&shop).await, (1, 1100), "the line about today is net");
    // The same act again is answered as the first time.
    assert_eq!(shop.ask(part).await.unwrap()["refunds"].as_array().unwrap().len(), 1);
    let rest = shop.give_back(&ticket, "refund", "cash", 1100).await.unwrap();
    assert_eq!((rest["exception"].as_str(), rest["status"].as_str()), (Some("refunded"), Some("paid")));
    assert!(rest["moves"].as_array().unwrap().is_empty(), "nothing is left to give back");
    assert_eq!(today(&shop).await, (1, 0));
    assert_eq!(shop.give_back(&ticket, "refund", "cash", 1).await.unwrap_err().code, Code::Conflict);
    let mut told = Vec::new();
    while let Ok(event) = shop.events.try_recv() {
        match event {
            Event::TicketRefunded { ticket } => told.push(ticket.refunded_fen.get()),
            Event::ShiftChanged {} => told.push(-1),
            _ => {}
        }
    }
    assert_eq!(told, [400, 1500, -1], "each refund is told once; cash that leaves the drawer, too");
    let rows = sqlx::query("SELECT act, after FROM journal WHERE subject = 'ticket:1' AND act LIKE 'refund.%'");
    let rows = rows.fetch_all(&mut raw(&shop).await).await.unwrap();
    let after: Value = serde_json::from_str(rows[0].get(1)).unwrap();
    assert_eq!((rows.len(), rows[0].get::<&str, _>(0)), (2, "refund.made"));
    assert_eq!((&after["reference"], &after["refunded_fen"]), (&json!("1000050001"), &json!(400)));
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_and_changes_nothing() {
    let shop = Shop::new().await;
    let paid = shop.sell(1500, "wechat").await;
    let open = shop.ring_up(800).await;
    let cancelled = shop.ring_up(900).await;
    shop.act(json!({"verb": "cancel", "ticket_id": cancelled["id"]})).await.unwrap();
    let good = json!({"verb": "refund", "ticket_id": paid["id"], "kind": "refund", "channel": "wechat",
        "amount_fen": 1500, "reference": "", "reason": "退货"});
    for (key, value, code) in [
        ("amount_fen", json!(0), Code::Invalid),
        ("amount_fen", json!(-1), Code::Invalid),
        ("amount_fen", json!(1501), Code::Conflict),
        ("amount_fen", json!(10_000_000_000_i64), Code::Conflict),
        ("reason", json!("  "), Code::Invalid),
        ("reason", json!("长".repeat(201)), Code::Invalid),
        ("reference", json!("1".repeat(65)), Code::Invalid),
        ("reference", json!("1\n2"), Code::Invalid),
        ("channel", json!("alipay"), Code::Conflict),
        ("ticket_id", json!(999), Code::NotFound),
        ("ticket_id", json!(-1), Code::NotFound),
        ("ticket_id", open["id"].clone(), Code::Conflict),
        ("ticket_id", cancelled["id"].clone(), Code::Conflict),
    ] {
        let mut bad = good.clone();
        bad[key] = value.clone();
        assert_eq!(shop.act(bad).await.unwrap_err().code, code, "{key} {value}");
    }
    assert_eq!(shop.give_back(&paid, "void", "wechat", 1499).await.unwrap_err().code, Code::Conflict);
    assert_eq!(number(&shop, "SELECT count(*) FROM refund").await, 0);
    assert_eq!(shop.ticket(&paid["id"]).await["refunded_fen"], 0);
    // A request id that named something else is no refund.
    let mut reused = good;
    reused["request_id"] = json!("test-0");
    assert_eq!(shop.ask(reused).await.unwrap_err().code, Code::Invalid);
}

/// A ticket of 15.00 paid with WeChat, and paid again with Alipay.
async fn paid_twice(shop: &Shop) -> (Value, Value) {
    let phone = shop.phone("counter").await;
    let ticket = shop.ring_up(1500).await;
    shop.pass(5_000);
    assert_eq!(shop.vmq(&phone, "1", "15", shop.now()).await, OK);
    shop.pass(1_000);
    assert_eq!(shop.vmq(&phone, "2", "15", shop.now()).await, OK);
    let item = shop.inbox().await.remove(0);
    (ticket, item)
}

#[tokio::test]
async fn each_way_takes_back_what_it_brought() {
    let shop = Shop::new().await;
    let (ticket, item) = paid_twice(&shop).await;
    shop.act(json!({"verb": "accept", "item_id": item["id"], "ticket_id": ticket["id"]})).await.unwrap();
    assert_eq!(shop.give_back(&ticket, "refund", "alipay", 1501).await.unwrap_err().code, Code::Conflict);
    assert_eq!(shop.give_back(&ticket, "void", "alipay", 3000).await.unwrap_err().code, Code::Conflict);
    shop.give_back(&ticket, "refund", "alipay", 1500).await.unwrap();
    assert_eq!(shop.give_back(&ticket, "refund", "alipay", 1).await.unwrap_err().code, Code::Conflict);
    let done = shop.give_back(&ticket, "void", "wechat", 1500).await.unwrap();
    assert_eq!((done["exception"].as_str(), done["refunds"][1]["kind"].as_str()), (Some("refunded"), Some("void")));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_refunds_at_once_no_more_than_the_payment_goes_back() {
    let shop = Arc::new(Shop::new().await);
    let ticket = shop.sell(1000, "alipay").await;
    let mut acts = JoinSet::new();
    for n in 0..24 {
        let (shop, ticket) = (shop.clone(), ticket.clone());
        // Some ask under one request id, some under their own.
        let id = if n % 4 == 0 { "same".to_owned() } else { format!("own-{n}") };
        acts.spawn(async move {
            shop.ask(json!({"verb": "refund", "request_id": id, "ticket_id": ticket["id"], "kind": "refund",
                            "channel": "alipay", "amount_fen": 300, "reference": "", "reason": "退货"}))
                .await
        });
    }
    let results = acts.join_all().await;
    assert!(results.iter().flatten().all(|t| t["refunded_fen"].as_i64().unwrap() <= 900));
    assert_eq!(number(&shop, "SELECT count(*) FROM refund").await, 3);
    assert_eq!(shop.ticket(&ticket["id"]).await["refunded_fen"], 900);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_while_another_payment_arrives() {
    for _ in 0..6 {
        let shop = Arc::new(Shop::new().await);
        let (ticket, item) = paid_twice(&shop).await;
        let (payer, giver) = (shop.clone(), shop.clone());
        let accept = json!({"verb": "accept", "item_id": item["id"], "ticket_id": ticket["id"]});
        let paying = tokio::spawn(async move { payer.act(accept).await });
        let back = ticket.clone();
        let giving = tokio::spawn(async move { giver.give_back(&back, "refund", "cash", 2000).await });
        let (paid, given) = (paying.await.unwrap(), giving.await.unwrap());
        paid.unwrap();
        // Either it came first, and there was not enough yet, or after, and there was.
        let after = shop.ticket(&ticket["id"]).await;
        assert_eq!(after["payments"].as_array().unwrap().len(), 2);
        assert_eq!(after["refunded_fen"], if given.is_ok() { 2000 } else { 0 });
        shop.give_back(&ticket, "refund", "cash", if given.is_ok() { 1000 } else { 3000 }).await.unwrap();
        assert_eq!(shop.ticket(&ticket["id"]).await["exception"], "refunded");
    }
}

#[tokio::test]
async fn a_void_is_for_today_and_a_refund_for_ever() {
    let shop = Shop::new().await;
    shop.set("time_zone", json!("Asia/Shanghai")).await;
    let (old, early) = (shop.sell(1500, "wechat").await, shop.sell_cash(700).await);
    let void = shop.give_back(&early, "void", "cash", 700).await.unwrap();
    assert_eq!((void["exception"].as_str(), void["status"].as_str()), (Some("refunded"), Some("paid")));
    assert_eq!(
        number(&shop, "SELECT count(*) FROM journal WHERE act = 'refund.void' AND subject = 'ticket:2'").await,
        1
    );
    // A void on the same day, but after the day was closed.
    shop.act(json!({"verb": "close_day", "business_date": null, "counted": null, "note": ""})).await.unwrap();
    let late = shop.give_back(&old, "void", "wechat", 1500).await.unwrap_err();
    assert_eq!(late.code, Code::Conflict);
    assert!(late.message.contains("退款"), "{}", late.message);
    // What was sold after the closing is not closed yet.
    let after = shop.sell(300, "alipay").await;
    shop.give_back(&after, "void", "alipay", 300).await.unwrap();
    let tomorrow = shop.sell(400, "alipay").await;
    shop.pass(86_400_000);
    assert_eq!(shop.give_back(&tomorrow, "void", "alipay", 400).await.unwrap_err().code, Code::Conflict);
    let back = shop.give_back(&old, "refund", "wechat", 1500).await.unwrap();
    assert_eq!(
        (back["business_date"].as_str(), back["refunds"][0]["business_date"].as_str()),
        (Some("2026-11-20"), Some("2026-11-21"))
    );
    assert_eq!(today(&shop).await, (0, -1500));
}
