//! An hour without the network.

use std::sync::Arc;

use serde_json::json;
use tokio::sync::Notify;

use crate::alipay::{Fate, Stand};
use crate::counter::{CODE, Counter, code, out_no};

const MINUTE: i64 = 60_000;

#[tokio::test]
async fn the_till_sells_on_and_asks_less_and_less() {
    let counter = Counter::new().await;
    counter.shop.set("ticket_ttl_ms", json!(3 * 3_600_000)).await;
    counter.alipay.goes_down(true);
    let ticket = counter.shop.ring_up(1_000).await;
    assert_eq!(ticket["status"], "open");
    let message = async |c: &Counter| c.ticket(&ticket).await["trades"][0]["message"].as_str().unwrap().to_owned();
    counter.until("it says so", 100, async |c| message(c).await.contains("连不上支付宝")).await;
    let said = message(&counter).await;
    let clock = said.split(' ').next().unwrap().to_owned();
    assert!(clock.len() == 5 && clock.contains(':'), "since when: {said}");
    counter.shop.sell_cash(500).await;
    let before = counter.alipay.count("alipay.trade.precreate");
    let start = counter.shop.now();
    counter.until("an hour passes", 10_000, async |c| c.shop.now() - start > 60 * MINUTE).await;
    assert!(message(&counter).await.starts_with(&clock), "since then, still");
    assert!(counter.alipay.count("alipay.trade.precreate") - before <= 65, "once a minute at most");
    counter.alipay.goes_down(false);
    counter.until("the code is there", 1_000, async |c| !code(&c.ticket(&ticket).await).is_null()).await;
    let now = counter.ticket(&ticket).await;
    assert_eq!((&now["trades"][0]["message"], &now["trades"][0]["trouble"]), (&json!(""), &json!(null)));
    counter.alipay.stands(&out_no(&now, 0), Stand::Paid);
    counter.gets_paid(&ticket).await;
}

#[tokio::test]
async fn a_scan_into_silence_says_that_nothing_is_known() {
    let counter = Counter::with(json!({"name": "只扫码", "shows_code": false})).await;
    let ticket = counter.shop.ring_up(1_000).await;
    counter.alipay.goes_down(true);
    counter.scan(&ticket, CODE).await.unwrap();
    let message = async |c: &Counter| c.ticket(&ticket).await["trades"][0]["message"].as_str().unwrap().to_owned();
    counter.until("it says so", 100, async |c| message(c).await.contains("不要让顾客再付一次")).await;
}

#[tokio::test]
async fn one_trade_that_hangs_keeps_no_other_waiting() {
    let counter = Counter::new().await;
    let held = Arc::new(Notify::new());
    for _ in 0..8 {
        counter.alipay.next("alipay.trade.precreate", Fate::Hangs(held.clone()));
    }
    for _ in 0..8 {
        counter.shop.ring_up(1_000).await;
    }
    counter.until("they hang", 0, async |c| c.alipay.count("alipay.trade.precreate") == 8).await;
    let ticket = counter.ring_up(2_000).await;
    counter.alipay.stands(&out_no(&ticket, 0), Stand::Paid);
    counter.gets_paid(&ticket).await;
}

#[tokio::test]
async fn asking_now_does_not_wait_for_the_schedule() {
    let counter = Counter::new().await;
    let ticket = counter.ring_up(2_000).await;
    counter.alipay.stands(&out_no(&ticket, 0), Stand::Paid);
    counter.shop.ask(json!({"verb": "ask_trade", "ticket_id": ticket["id"]})).await.unwrap();
    counter.until("it is paid", 0, async |c| c.is_paid(&ticket).await).await;
}
