//! The inbox on an evening: why money is there, marks, one act for many, and "the customer says paid".

#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

mod shop;

use serde_json::{Value, json};
use shop::{OK, Phone, Shop, yuan};
use till_engine::api::Code;

/// Rings up, and pays this much of it from WeChat.
async fn pay(shop: &Shop, phone: &Phone, price: &str) {
    shop.pass(1_000);
    assert_eq!(shop.vmq(phone, "1", price, shop.now()).await, OK);
}

async fn bulk(shop: &Shop, id: &str, items: &[&Value], act: Value) -> Vec<Value> {
    let request = json!({"verb": "inbox_bulk", "request_id": id, "item_ids": items, "act": act});
    shop.ask(request).await.unwrap().as_array().unwrap().clone()
}

fn done(results: &[Value]) -> Vec<bool> {
    results.iter().map(|r| r["done"].as_bool().unwrap()).collect()
}

#[tokio::test]
async fn every_reason_is_reached() {
    let shop = Shop::new().await;
    let phone = shop.phone("counter").await;
    let newest = async || shop.inbox().await.first().map(|i| i["reason"].as_str().unwrap().to_owned());

    pay(&shop, &phone, "500.00").await;
    assert_eq!(newest().await.as_deref(), Some("unmatched"));

    let late = shop.ring_up(800).await;
    shop.pass(180_000);
    pay(&shop, &phone, &yuan(&late["due_fen"])).await;
    assert_eq!(newest().await.as_deref(), Some("late"));

    shop.ring_up(1500).await;
    pay(&shop, &phone, "14.50").await;
    assert_eq!(newest().await.as_deref(), Some("wrong_amount"));

    let twice = shop.ring_up(2500).await;
    pay(&shop, &phone, &yuan(&twice["due_fen"])).await;
    pay(&shop, &phone, &yuan(&twice["due_fen"])).await;
    assert_eq!(newest().await.as_deref(), Some("duplicate"));
    shop.pass(15_000);
    pay(&shop, &phone, &yuan(&twice["due_fen"])).await;
    assert_eq!(newest().await.as_deref(), Some("paid_twice"));

    assert_eq!(shop.notice(&phone, "微信支付", "微信支付新文案 金额 ¥35.00 已入账", shop.now()).await, OK);
    assert_eq!(newest().await.as_deref(), Some("unrecognised"));

    let stale = shop.now();
    shop.pass(60_000);
    shop.ring_up(4500).await;
    assert_eq!(shop.vmq(&phone, "1", "45.00", stale).await, OK);
    assert_eq!(newest().await.as_deref(), Some("stale"));

    // This phone may speak for the other account only.
    let accounts = shop.ask(json!({"verb": "accounts"})).await.unwrap();
    let alipay = accounts.as_array().unwrap().iter().find(|a| a["channel"] == "alipay").unwrap()["id"].clone();
    shop.act(json!({"verb": "update_device", "device_id": phone.id, "name": null, "account_ids": [alipay]}))
        .await
        .unwrap();
    shop.ring_up(5500).await;
    pay(&shop, &phone, "55.00").await;
    assert_eq!(newest().await.as_deref(), Some("ambiguous"));
}

#[tokio::test]
async fn money_that_is_no_sale_is_marked_once() {
    let shop = Shop::new().await;
    let phone = shop.phone("counter").await;
    for price in ["66.00", "67.00", "68.00"] {
        pay(&shop, &phone, price).await;
    }
    let inbox = shop.inbox().await;
    let mark = |id: &str, item: &Value, mark: &str, note: &str| json!({"verb": "mark_item", "request_id": id, "item_id": item["id"], "mark": mark, "note": note});
    let marked = shop.ask(mark("m1", &inbox[0], "private", " 朋友还钱 ")).await.unwrap();
    assert_eq!(
        (&marked["state"], &marked["mark"], &marked["resolution"]),
        (&json!("ignored"), &json!("private"), &json!("朋友还钱"))
    );
    let acts: Vec<_> = marked["trail"].as_array().unwrap().iter().map(|t| t["act"].as_str().unwrap()).collect();
    assert_eq!(acts, ["inbox.arrived", "inbox.marked"]);
    // Again, as something else, under the same id for another act, gone, too much said.
    assert_eq!(shop.ask(mark("m1", &inbox[0], "private", "")).await.unwrap()["resolution"], "朋友还钱");
    assert_eq!(shop.ask(mark("m2", &inbox[0], "refund", "")).await.unwrap_err().code, Code::Conflict);
    let ignore = json!({"verb": "ignore", "request_id": "m1", "item_id": inbox[1]["id"], "reason": "x"});
    assert_eq!(shop.ask(ignore).await.unwrap_err().code, Code::Invalid);
    assert_eq!(shop.ask(mark("m3", &json!({"id": 999}), "refund", "")).await.unwrap_err().code, Code::NotFound);
    let long = "长".repeat(201);
    assert_eq!(shop.ask(mark("m4", &inbox[1], "refund", &long)).await.unwrap_err().code, Code::Invalid);
    let refund = shop.ask(mark("m5", &inbox[1], "refund", "")).await.unwrap();
    assert_eq!((&refund["mark"], &refund["resolution"]), (&json!("refund"), &json!("")));
    // An ignored one has no mark, and what is marked is accepted no more.
    shop.act(json!({"verb": "ignore", "item_id": inbox[2]["id"], "reason": "测试"})).await.unwrap();
    let plain = shop.ask(json!({"verb": "inbox_item", "item_id": inbox[2]["id"]})).await.unwrap();
    assert_eq!((&plain["state"], &plain["mark"]), (&json!("ignored"), &Value::Null));
    let sale = shop.act(json!({"verb": "open_sale", "item_id": inbox[0]["id"], "note": ""})).await;
    assert_eq!(sale.unwrap_err().code, Code::Conflict);
    assert!(shop.inbox().await.is_empty());
}

#[tokio::test]
async fn many_are_accepted_where_there_is_no_doubt() {
    let shop = Shop::new().await;
    let phone = shop.phone("counter").await;
    // A late one, proposed to its own ticket.
    let late = shop.ring_up(800).await;
    shop.pass(180_000);
    pay(&shop, &phone, "8.00").await;
    // A wrong amount with one ticket near it.
    let near = shop.ring_up(2000).await;
    pay(&shop, &phone, "19.50").await;
    // A wrong amount between two tickets.
    let (a, b) = (shop.ring_up(5000).await, shop.ring_up(5001).await);
    pay(&shop, &phone, "50.50").await;
    // A second payment of a paid ticket, and money from nowhere.
    let twice = shop.ring_up(7000).await;
    pay(&shop, &phone, "70.00").await;
    shop.pass(15_000);
    pay(&shop, &phone, "70.00").await;
    pay(&shop, &phone, "300.00").await;
    let inbox = shop.inbox().await;
    let ids: Vec<&Value> = inbox.iter().rev().map(|i| &i["id"]).collect();
    assert_eq!(ids.len(), 5);

    let results = bulk(&shop, "evening", &ids, json!({"act": "accept"})).await;
    assert_eq!(done(&results), [true, true, false, false, false], "{results:?}");
    assert!(results.iter().all(|r| r["done"] == true || !r["message"].as_str().unwrap().is_empty()));
    for (ticket, status) in [(&late, "paid"), (&near, "paid"), (&a, "open"), (&b, "open")] {
        assert_eq!(shop.ticket(&ticket["id"]).await["status"], status);
    }
    assert_eq!(shop.ticket(&twice["id"]).await["payments"].as_array().unwrap().len(), 1);

    // One of the doubtful two is gone: the repeat could accept now, and does not.
    shop.act(json!({"verb": "take_cash", "ticket_id": a["id"], "tendered_fen": null})).await.unwrap();
    let again = bulk(&shop, "evening", &ids, json!({"act": "accept"})).await;
    assert_eq!(done(&again), done(&results));
    assert_eq!(shop.inbox().await.len(), 3);
    assert_eq!(shop.ticket(&late["id"]).await["payments"].as_array().unwrap().len(), 1);

    // Two announcements proposed to one ticket: only the first is accepted.
    let shop = Shop::new().await;
    let phone = shop.phone("counter").await;
    shop.ring_up(900).await;
    shop.pass(180_000);
    pay(&shop, &phone, "9.00").await;
    shop.pass(15_000);
    pay(&shop, &phone, "9.00").await;
    let inbox = shop.inbox().await;
    let results = bulk(&shop, "b", &[&inbox[1]["id"], &inbox[0]["id"]], json!({"act": "accept"})).await;
    assert_eq!(done(&results), [true, false], "{results:?}");

    // Money that may have been told twice waits, though a ticket of its amount is open.
    pay(&shop, &phone, "44.00").await;
    let ticket = shop.ring_up(4400).await;
    pay(&shop, &phone, "44.00").await;
    let item = shop.inbox().await.remove(0);
    assert_eq!((&item["reason"], &item["suggestions"][0]["ticket_id"]), (&json!("duplicate"), &ticket["id"]));
    assert_eq!(done(&bulk(&shop, "c", &[&item["id"]], json!({"act": "accept"})).await), [false]);
    assert_eq!(shop.ticket(&ticket["id"]).await["status"], "open");
}

#[tokio::test]
async fn a_bulk_says_what_became_of_each() {
    let shop = Shop::new().await;
    let phone = shop.phone("counter").await;
    for n in 0..6 {
        pay(&shop, &phone, &format!("6{n}.00")).await;
    }
    assert_eq!(shop.notice(&phone, "微信支付", "微信支付新文案 金额 ¥35.00 已入账", shop.now()).await, OK);
    let inbox = shop.inbox().await;
    let ids: Vec<&Value> = inbox.iter().map(|i| &i["id"]).collect();
    // A text without an amount is no sale; an unknown item is said; one named twice is done once.
    let long = "x".repeat(64);
    let unknown = json!(999);
    let first = bulk(&shop, &long, &[ids[0], ids[1], &unknown, ids[1]], json!({"act": "open_sale"})).await;
    assert_eq!(done(&first), [false, true, false]);
    let sales = async || shop.ask(json!({"verb": "today"})).await.unwrap()["count"].as_u64();
    assert_eq!(sales().await, Some(1));
    assert_eq!(bulk(&shop, &long, &[ids[0], ids[1], &unknown], json!({"act": "open_sale"})).await.len(), 3);
    assert_eq!(sales().await, Some(1));
    let marked = bulk(&shop, "m", &ids[2..4], json!({"act": "mark", "mark": "private", "note": "私人"})).await;
    assert_eq!(done(&marked), [true, true]);
    assert_eq!(
        done(&bulk(&shop, "m", &ids[2..4], json!({"act": "mark", "mark": "private", "note": "私人"})).await),
        [true, true]
    );
    let ignored = bulk(&shop, "i", &ids[3..], json!({"act": "ignore", "reason": "测试"})).await;
    assert_eq!(done(&ignored), [false, true, true, true]);
    assert_eq!(shop.inbox().await.len(), 1);
    // Nothing at all, too many, no reason: refused whole.
    let many: Vec<i64> = (1..=201).collect();
    for (ids, act) in [
        (json!([]), json!({"act": "accept"})),
        (json!(many), json!({"act": "accept"})),
        (json!([1]), json!({"act": "ignore", "reason": "  "})),
        (json!([1]), json!({"act": "mark", "mark": "refund", "note": "长".repeat(201)})),
    ] {
        let refused = shop.act(json!({"verb": "inbox_bulk", "item_ids": ids, "act": act})).await.unwrap_err();
        assert_eq!(refused.code, Code::Invalid);
    }
    let other = json!({"verb": "cancel", "request_id": "m", "ticket_id": 1});
    assert_eq!(shop.ask(other).await.unwrap_err().code, Code::Invalid, "the id is taken");
}

async fn not_received(shop: &Shop, ticket: &Value) -> Value {
    shop.ask(json!({"verb": "not_received", "ticket_id": ticket["id"]})).await.unwrap()
}

#[tokio::test]
async fn the_customer_says_paid() {
    let shop = Shop::new().await;
    shop.set("tail_max_fen", json!(50)).await;
    let ticket = shop.ring_up(1500).await;
    // Nobody would tell.
    let facts = not_received(&shop, &ticket).await;
    assert_eq!((&facts["phone"], &facts["paid"]), (&Value::Null, &json!(false)));
    assert!(facts["line"].as_str().unwrap().contains("亲眼"), "{}", facts["line"]);

    let phone = shop.phone("counter").await;
    pay(&shop, &phone, "300.00").await;
    shop.pass(2_000);
    let facts = not_received(&shop, &ticket).await;
    assert_eq!((&facts["phone"], &facts["phone_last_seen_at"]), (&json!("ok"), &json!(shop.now() - 2_000)));
    assert_eq!(facts["near"], json!([]));
    let seen = &facts["arrivals"][0];
    assert_eq!(
        (&seen["amount_fen"], &seen["near"], &seen["reason"]),
        (&json!(30_000), &json!(false), &json!("unmatched"))
    );
    let line = facts["line"].as_str().unwrap();
    assert!(line.starts_with("尚未到账 ¥15.00") && line.contains("2 秒前"), "{line}");

    // Near misses, best first: the price without its tail beats a nearer guess.
    let second = shop.ring_up(1500).await;
    assert_eq!(second["due_fen"], 1499);
    for price in ["14.20", "14.97"] {
        pay(&shop, &phone, price).await;
    }
    let facts = not_received(&shop, &second).await;
    let amounts = |list: &Value| -> Vec<i64> {
        list.as_array().unwrap().iter().map(|a| a["amount_fen"].as_i64().unwrap()).collect()
    };
    assert_eq!(amounts(&facts["near"]), [1497, 1420]);
    assert_eq!((&facts["near"][0]["delta_fen"], &facts["near"][0]["near"]), (&json!(-2), &json!(true)));
    let line = facts["line"].as_str().unwrap();
    assert!(line.contains("¥14.99") && line.contains("¥14.97") && line.contains("少了 ¥0.02"), "{line}");
    // Money that came before the ticket is never near.
    shop.pass(1_000);
    let third = shop.ring_up(1498).await;
    assert_eq!(not_received(&shop, &third).await["near"], json!([]));

    // It settles: the line says so, and the last five come from wherever they went.
    pay(&shop, &phone, "14.99").await;
    let facts = not_received(&shop, &second).await;
    assert_eq!((&facts["paid"], &facts["near"]), (&json!(true), &json!([])));
    assert!(facts["line"].as_str().unwrap().contains("已到账"));
    assert_eq!(amounts(&facts["arrivals"]), [1499, 1497, 1420, 30_000]);
    assert_eq!(facts["arrivals"][0]["ticket_number"], second["number"]);
    for _ in 0..4 {
        pay(&shop, &phone, "400.00").await;
        shop.pass(15_000);
    }
    assert_eq!(not_received(&shop, &third).await["arrivals"].as_array().unwrap().len(), 5);

    // A silent phone proves nothing.
    shop.pass(200_000);
    let facts = not_received(&shop, &third).await;
    assert_eq!(facts["phone"], "offline");
    let line = facts["line"].as_str().unwrap();
    assert!(line.contains("3 分钟") && line.contains("直接看收款手机"), "{line}");
    let gone = shop.ask(json!({"verb": "not_received", "ticket_id": 999})).await.unwrap_err();
    assert_eq!(gone.code, Code::NotFound);
}

#[tokio::test]
async fn late_money_for_the_ticket_is_the_first_near_miss() {
    let shop = Shop::new().await;
    let phone = shop.phone("counter").await;
    let ticket = shop.ring_up(1500).await;
    pay(&shop, &phone, "15.60").await;
    shop.pass(180_000);
    pay(&shop, &phone, "15.00").await;
    let facts = not_received(&shop, &ticket).await;
    assert_eq!((&facts["near"][0]["reason"], &facts["near"][0]["delta_fen"]), (&json!("late"), &json!(0)));
    assert_eq!(facts["near"].as_array().unwrap().len(), 2);
    assert!(facts["line"].as_str().unwrap().contains("金额一致"), "{}", facts["line"]);
}
