//! What comes in Alipay's name by itself.

use std::sync::Arc;

use serde_json::{Value, json};
use till_core::Channel;
use till_engine::RawNotice;
use tokio::sync::Notify;

use crate::alipay::{Fate, Stand};
use crate::counter::{Counter, out_no, says};
use crate::shop::number;

/// A ticket whose customer pays while the till cannot ask.
async fn paid_unasked() -> (Counter, Value, String) {
    let counter = Counter::new().await;
    let ticket = counter.ring_up(1_550).await;
    let no = out_no(&ticket, 0);
    counter.alipay.goes_down(true);
    counter.alipay.stands(&no, Stand::Paid);
    (counter, ticket, no)
}

#[tokio::test]
async fn a_notice_settles_and_its_repeats_are_told_so() {
    let (counter, ticket, no) = paid_unasked().await;
    let body = counter.alipay.notice(&no, &[]);
    let answer = counter.notify(body.clone()).await;
    assert_eq!((answer.status, says(&answer)), (200, "success"));
    assert!(counter.is_paid(&ticket).await, "committed before it is answered");
    for _ in 0..3 {
        assert_eq!(says(&counter.notify(body.clone()).await), "success");
    }
    // The same payment under another id of the notice.
    let other = counter.alipay.notice(&no, &[("notify_id", "another-id")]);
    assert_eq!(says(&counter.notify(other).await), "success");
    assert_eq!(number(&counter.shop, "SELECT count(*) FROM receipt").await, 1);
    assert_eq!(number(&counter.shop, "SELECT count(*) FROM settlement").await, 1);
    assert!(counter.shop.inbox().await.is_empty());
}

#[tokio::test]
async fn many_at_once_settle_once() {
    let (counter, ticket, no) = paid_unasked().await;
    let body = counter.alipay.notice(&no, &[]);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (engine, body) = (counter.shop.engine.clone(), body.clone());
        let raw = RawNotice { headers: Vec::new(), query: String::new(), body };
        tasks.spawn(async move { engine.notice(Channel::Alipay, raw, "203.0.113.7".into()).await });
    }
    while let Some(answer) = tasks.join_next().await {
        assert_eq!(says(&answer.unwrap()), "success");
    }
    assert!(counter.is_paid(&ticket).await);
    assert_eq!(number(&counter.shop, "SELECT count(*) FROM settlement").await, 1);
}

#[tokio::test]
async fn a_notice_that_fails_its_check_is_kept_and_makes_us_ask_and_nothing_else() {
    let counter = Counter::new().await;
    let ticket = counter.ring_up(1_550).await;
    let no = out_no(&ticket, 0);
    let mut forged = counter.alipay.notice(&no, &[]);
    let end = forged.len() - 10;
    forged[end] = if forged[end] == b'A' { b'B' } else { b'A' };
    let before = counter.alipay.count("alipay.trade.query");
    let answer = counter.notify(forged.clone()).await;
    assert_ne!(says(&answer), "success");
    assert!(!counter.is_paid(&ticket).await);
    counter.until("it is asked about", 0, async |c| c.alipay.count("alipay.trade.query") > before).await;
    assert!(!counter.is_paid(&ticket).await);
    let doubts = counter.gateways().await["doubts"].clone();
    assert_eq!((doubts.as_array().unwrap().len(), &doubts[0]["ticket_id"]), (1, &ticket["id"]), "{doubts}");
    assert!(doubts[0]["cause"].as_str().unwrap().contains("签名"), "{doubts}");
    // A flood makes few rows and no flood of questions.
    for _ in 0..100 {
        counter.notify(forged.clone()).await;
    }
    assert!(number(&counter.shop, "SELECT count(*) FROM gateway_word WHERE source = 'notice'").await <= 30);
    assert!(counter.alipay.count("alipay.trade.query") <= before + 2);
    // The question tells the truth.
    counter.alipay.stands(&no, Stand::Paid);
    counter.gets_paid(&ticket).await;
}

#[tokio::test]
async fn another_amount_app_or_seller_settles_nothing() {
    let (counter, ticket, no) = paid_unasked().await;
    for wrong in [
        ("total_amount", "0.01"),
        ("app_id", "2021000000000002"),
        ("seller_id", "2088000000000002"),
        ("trans_currency", "USD"),
    ] {
        let answer = counter.notify(counter.alipay.notice(&no, &[wrong])).await;
        assert_ne!(says(&answer), "success", "{wrong:?}");
        assert!(!counter.is_paid(&ticket).await, "{wrong:?}");
    }
    assert!(counter.shop.inbox().await.is_empty());
    assert_eq!(counter.gateways().await["doubts"].as_array().unwrap().len(), 4);
    assert_eq!(says(&counter.notify(counter.alipay.notice(&no, &[])).await), "success");
    assert!(counter.is_paid(&ticket).await);
}

#[tokio::test]
async fn a_notice_of_a_refund_is_no_payment() {
    let (counter, ticket, no) = paid_unasked().await;
    let refund = counter.alipay.notice(&no, &[("refund_fee", "5.00"), ("gmt_refund", "2026-11-20 14:00:09.1")]);
    assert_eq!(says(&counter.notify(refund).await), "success");
    assert!(!counter.is_paid(&ticket).await);
    assert!(counter.shop.inbox().await.is_empty());
    assert_eq!(number(&counter.shop, "SELECT count(*) FROM receipt").await, 0);
}

#[tokio::test]
async fn an_order_that_closed_is_asked_about() {
    let counter = Counter::new().await;
    let ticket = counter.ring_up(1_550).await;
    let no = out_no(&ticket, 0);
    let before = counter.alipay.count("alipay.trade.query");
    let closed = counter.alipay.notice(&no, &[("trade_status", "TRADE_CLOSED")]);
    assert_eq!(says(&counter.notify(closed).await), "success");
    counter.until("it is asked about", 0, async |c| c.alipay.count("alipay.trade.query") > before).await;
    assert_eq!(counter.ticket(&ticket).await["trades"][0]["stage"], "waiting", "an answer decides, not the notice");
}

#[tokio::test]
async fn nobody_s_order_is_kept_and_answered() {
    let (counter, _, no) = paid_unasked().await;
    let foreign = counter.alipay.notice(&no, &[("out_trade_no", "OTHERTILL0001")]);
    assert_eq!(says(&counter.notify(foreign).await), "success");
    assert_eq!(
        number(&counter.shop, "SELECT count(*) FROM gateway_word WHERE meaning = 'paid' AND trade_id IS NULL").await,
        1
    );
    assert!(counter.shop.inbox().await.is_empty());
}

#[tokio::test]
async fn a_contract_that_is_switched_off_still_hears() {
    let (counter, ticket, no) = paid_unasked().await;
    let off = json!({"name": "关掉", "enabled": false});
    let update = json!({"verb": "update_gateway", "gateway_id": counter.gateway_id, "settings": off, "values": []});
    counter.shop.act(update).await.unwrap();
    assert!(counter.shop.ring_up(100).await["trades"].as_array().unwrap().is_empty(), "nothing new is begun");
    assert_eq!(says(&counter.notify(counter.alipay.notice(&no, &[])).await), "success");
    assert!(counter.is_paid(&ticket).await);
}

#[tokio::test]
async fn the_notice_and_the_answer_at_once_are_one_payment() {
    let counter = Counter::new().await;
    let ticket = counter.ring_up(1_550).await;
    let no = out_no(&ticket, 0);
    counter.alipay.stands(&no, Stand::Paid);
    let go = Arc::new(Notify::new());
    counter.alipay.next("alipay.trade.query", Fate::Hangs(go.clone()));
    let before = counter.alipay.count("alipay.trade.query");
    counter.until("it is being asked about", 500, async |c| c.alipay.count("alipay.trade.query") > before).await;
    assert_eq!(says(&counter.notify(counter.alipay.notice(&no, &[])).await), "success");
    go.notify_one();
    counter.until("the answer is heard", 0, async |_| Arc::strong_count(&go) == 1).await;
    // What is written after it is written after what it led to.
    counter.shop.sell_cash(100).await;
    assert_eq!(number(&counter.shop, "SELECT count(*) FROM settlement WHERE receipt_id IS NOT NULL").await, 1);
    assert!(counter.is_paid(&ticket).await && counter.shop.inbox().await.is_empty());
}

#[tokio::test]
async fn without_a_contract_no_notice_is_taken() {
    let shop = crate::shop::Shop::new().await;
    let raw = RawNotice { headers: Vec::new(), query: String::new(), body: b"a=b".to_vec() };
    let answer = shop.engine.notice(Channel::Wechat, raw, "203.0.113.7".into()).await;
    assert_eq!((answer.status, says(&answer)), (404, "fail"));
}
