//! Money that comes when nobody waits for it any more, or twice.

use serde_json::{Value, json};

use crate::alipay::Stand;
use crate::counter::{CODE, Counter, out_no};
use crate::shop::number;

/// A ticket whose time ran out with its code unscanned.
async fn expired() -> (Counter, Value) {
    let counter = Counter::new().await;
    let ticket = counter.ring_up(5_000).await;
    counter.until("its time is up", 5_000, async |c| c.ticket(&ticket).await["status"] == "expired").await;
    counter.stage(&ticket, 0, "fading").await;
    (counter, ticket)
}

async fn comes_late(counter: &Counter, ticket: &Value) -> Value {
    counter.alipay.stands(&out_no(ticket, 0), Stand::Paid);
    counter.until("it is in the inbox", 2_000, async |c| !c.shop.inbox().await.is_empty()).await;
    counter.shop.inbox().await.remove(0)
}

#[tokio::test]
async fn time_up_means_one_more_question_a_cancel_and_a_watch() {
    let (counter, ticket) = expired().await;
    assert!(counter.alipay.count("alipay.trade.query") >= 1);
    assert_eq!(counter.alipay.count("alipay.trade.cancel"), 1);
    // The code can still be scanned: it is watched until it is dead, and then no more.
    counter.until("it is over", 600_000, async |c| c.ticket(&ticket).await["trades"][0]["stage"] == "over").await;
    assert!(counter.ticket(&ticket).await["trades"][0]["next_at"].is_null());
}

#[tokio::test]
async fn late_money_is_proposed_and_accepted() {
    let (counter, ticket) = expired().await;
    let item = comes_late(&counter, &ticket).await;
    assert_eq!((&item["reason"], &item["amount_fen"]), (&json!("late"), &ticket["due_fen"]), "{item}");
    assert_eq!(counter.ticket(&ticket).await["proposed_item_id"], item["id"]);
    let brought = counter.shop.ask(json!({"verb": "trade_of_item", "item_id": item["id"]})).await.unwrap();
    assert_eq!(brought["out_no"], out_no(&ticket, 0));
    let paid =
        counter.shop.act(json!({"verb": "accept", "item_id": item["id"], "ticket_id": ticket["id"]})).await.unwrap();
    assert_eq!(paid["status"], "paid");
    assert!(counter.shop.inbox().await.is_empty());
}

#[tokio::test]
async fn late_money_goes_back_the_way_it_came() {
    let (counter, ticket) = expired().await;
    let item = comes_late(&counter, &ticket).await;
    let back = json!({"verb": "return_item", "item_id": item["id"], "reason": "顾客已走"});
    let trade = counter.shop.act(back).await.unwrap();
    assert_eq!(trade["refunds"][0]["amount_fen"], ticket["due_fen"]);
    counter.until("it went back", 1_000, async |c| c.shop.inbox().await.is_empty()).await;
    let deal = counter.alipay.deal(&out_no(&ticket, 0)).unwrap();
    assert_eq!(deal.back.values().collect::<Vec<_>>(), [&deal.amount]);
    let done = counter.shop.ask(json!({"verb": "inbox_item", "item_id": item["id"]})).await.unwrap();
    assert_eq!(done["mark"], "refund");
    assert_eq!(number(&counter.shop, "SELECT count(*) FROM settlement").await, 0);
}

#[tokio::test]
async fn a_ticket_that_is_paid_twice_asks_a_person() {
    let counter = Counter::new().await;
    let ticket = counter.ring_up(5_000).await;
    counter.scan(&ticket, CODE).await.unwrap();
    counter.alipay.stands(&out_no(&ticket, 0), Stand::Paid);
    counter.gets_paid(&ticket).await;
    counter.until("the other one is in the inbox", 500, async |c| !c.shop.inbox().await.is_empty()).await;
    let item = counter.shop.inbox().await.remove(0);
    assert_eq!(item["reason"], "paid_twice", "{item}");
    assert_eq!(number(&counter.shop, "SELECT count(*) FROM settlement").await, 1);
    let back = json!({"verb": "return_item", "item_id": item["id"], "reason": "付了两次"});
    counter.shop.act(back).await.unwrap();
    counter.until("it went back", 1_000, async |c| c.shop.inbox().await.is_empty()).await;
    assert_eq!(counter.ticket(&ticket).await["refunded_fen"], 0, "the ticket's own payment stays");
}

#[tokio::test]
async fn what_no_provider_brought_cannot_go_back_so() {
    let counter = Counter::new().await;
    let phone = counter.shop.phone("前台").await;
    counter.shop.vmq(&phone, "1", "7.77", counter.shop.now()).await;
    let item = counter.shop.inbox().await.remove(0);
    let brought = counter.shop.ask(json!({"verb": "trade_of_item", "item_id": item["id"]})).await.unwrap();
    assert!(brought.is_null());
    let back = json!({"verb": "return_item", "item_id": item["id"], "reason": "不是我们的"});
    assert!(counter.shop.act(back).await.unwrap_err().message.contains("原路"));
}
