//! Answers that prove nothing are neither money nor a refusal.

use serde_json::json;

use crate::alipay::{Fate, Stand};
use crate::counter::{CODE, Counter, out_no};

async fn scanned(fate: Fate, query: impl Fn() -> Fate) -> (Counter, serde_json::Value) {
    let counter = Counter::with(json!({"name": "只扫码", "shows_code": false})).await;
    counter.alipay.next("alipay.trade.pay", fate);
    for _ in 0..200 {
        counter.alipay.next("alipay.trade.query", query());
    }
    let ticket = counter.shop.ring_up(5_000).await;
    counter.scan(&ticket, CODE).await.unwrap();
    (counter, ticket)
}

async fn stays_unpaid(counter: &Counter, ticket: &serde_json::Value) {
    counter.until("it is asked again and again", 500, async |c| c.alipay.count("alipay.trade.query") >= 4).await;
    let now = counter.ticket(ticket).await;
    assert_eq!((&now["status"], &now["trades"][0]["trouble"]), (&json!("open"), &json!("doubt")), "{now:#}");
    assert!(counter.shop.inbox().await.is_empty());
    assert_eq!(counter.alipay.count("alipay.trade.pay"), 1);
}

#[tokio::test]
async fn a_forged_answer_pays_nothing_and_ends_nothing() {
    let (counter, ticket) = scanned(Fate::Forged, || Fate::Forged).await;
    stays_unpaid(&counter, &ticket).await;
    let page = counter.gateways().await;
    assert_eq!(page["gateways"][0]["state"], "trouble");
}

#[tokio::test]
async fn a_code_nobody_listed_is_told_and_decides_nothing() {
    let odd = || Fate::refuses("ACQ.NEVER_HEARD_OF");
    let (counter, ticket) = scanned(odd(), odd).await;
    stays_unpaid(&counter, &ticket).await;
    let message = counter.ticket(&ticket).await["trades"][0]["message"].clone();
    let told = ["ACQ.NEVER_HEARD_OF", "商户后台"].iter().all(|word| message.as_str().unwrap().contains(word));
    assert!(told, "{message}");
}

#[tokio::test]
async fn another_amount_is_an_alarm_and_no_payment() {
    let wrong = || Fate::Twists(json!({"total_amount": "0.01"}));
    let (counter, ticket) = scanned(wrong(), wrong).await;
    stays_unpaid(&counter, &ticket).await;
    let message = counter.ticket(&ticket).await["trades"][0]["message"].clone();
    assert!(message.as_str().unwrap().contains("不能相信"), "{message}");
}

#[tokio::test]
async fn another_seller_or_order_is_no_payment() {
    for wrong in [json!({"seller_id": "2088000000000002"}), json!({"out_trade_no": "QT00000000"})] {
        let (counter, ticket) = scanned(Fate::Twists(wrong.clone()), || Fate::Twists(wrong.clone())).await;
        stays_unpaid(&counter, &ticket).await;
    }
}

#[tokio::test]
async fn a_code_nobody_listed_is_no_refusal() {
    let new = || Fate::refuses("ACQ.BRAND_NEW_CODE");
    let (counter, ticket) = scanned(new(), new).await;
    stays_unpaid(&counter, &ticket).await;
}

#[tokio::test]
async fn a_question_that_is_refused_says_nothing_of_the_trade() {
    let counter = Counter::new().await;
    let ticket = counter.ring_up(5_000).await;
    counter.alipay.stands(&out_no(&ticket, 0), Stand::Waiting);
    for _ in 0..3 {
        counter.alipay.next("alipay.trade.query", Fate::refuses("ACQ.INVALID_PARAMETER"));
    }
    counter.until("it is asked", 200, async |c| c.alipay.count("alipay.trade.query") >= 3).await;
    let trade = &counter.ticket(&ticket).await["trades"][0];
    assert_eq!(trade["stage"], "waiting", "{trade}");
    counter.alipay.stands(&out_no(&ticket, 0), Stand::Paid);
    counter.gets_paid(&ticket).await;
}

#[tokio::test]
async fn after_the_doubts_the_truth() {
    let counter = Counter::with(json!({"name": "只扫码", "shows_code": false})).await;
    counter.alipay.next("alipay.trade.pay", Fate::Forged);
    counter.alipay.next("alipay.trade.query", Fate::Forged);
    let ticket = counter.shop.ring_up(5_000).await;
    counter.scan(&ticket, CODE).await.unwrap();
    counter.gets_paid(&ticket).await;
    assert_eq!(counter.alipay.count("alipay.trade.query"), 2);
    assert_eq!(counter.ticket(&ticket).await["trades"][0]["trouble"], json!(null));
}
