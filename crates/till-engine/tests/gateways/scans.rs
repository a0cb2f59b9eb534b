//! We scan the customer's code.

use serde_json::json;
use till_engine::api::{Code, DisplayPhase};

use crate::alipay::{Fate, Stand};
use crate::counter::{CODE, Counter};

/// A shop that only scans.
async fn scanning() -> Counter {
    Counter::with(json!({"name": "只扫码", "shows_code": false})).await
}

#[tokio::test]
async fn a_code_that_pays_at_once() {
    let counter = scanning().await;
    let ticket = counter.shop.ring_up(990).await;
    let scanned = counter.scan(&ticket, &format!(" {CODE}\r\n")).await.unwrap();
    assert_eq!(scanned["trades"][0]["scanned"], true);
    let paid = counter.gets_paid(&ticket).await;
    assert_eq!(paid["payments"][0]["amount_fen"], ticket["due_fen"]);
    let asked = counter.alipay.calls("alipay.trade.pay");
    assert_eq!((asked.len(), asked[0]["auth_code"].as_str()), (1, Some(CODE)));
    assert_eq!(counter.alipay.count("alipay.trade.query"), 0, "the answer said it all");
    let mut held = std::fs::read(counter.shop.dir.path().join("till.db")).unwrap();
    held.extend(std::fs::read(counter.shop.dir.path().join("till.db-wal")).unwrap_or_default());
    assert!(!held.windows(CODE.len()).any(|bytes| bytes == CODE.as_bytes()), "the code is kept nowhere");
}

#[tokio::test]
async fn a_customer_who_must_confirm() {
    let counter = scanning().await;
    counter.alipay.asks_for_the_password();
    let ticket = counter.shop.ring_up(5_000).await;
    counter.scan(&ticket, CODE).await.unwrap();
    let trade = counter.stage(&ticket, 0, "waiting").await;
    assert!(trade["message"].as_str().unwrap().contains("确认"), "{trade}");
    assert!(matches!(counter.phase().await, DisplayPhase::Processing { .. }));
    let busy = counter.scan(&ticket, "283456789012345679").await.unwrap_err();
    assert_eq!(busy.code, Code::Conflict);
    counter.alipay.stands(trade["out_no"].as_str().unwrap(), Stand::Paid);
    counter.gets_paid(&ticket).await;
    assert_eq!(counter.alipay.count("alipay.trade.pay"), 1);
}

#[tokio::test]
async fn a_refusal_says_what_to_do_and_another_code_is_welcome() {
    let cases = [
        ("ACQ.PAYMENT_AUTH_CODE_INVALID", "scan_again"),
        ("ACQ.BUYER_BALANCE_NOT_ENOUGH", "other_means"),
        ("ACQ.ACCESS_FORBIDDEN", "not_allowed"),
        ("ACQ.PARTNER_ERROR", "settings"),
        ("ACQ.TOTAL_FEE_EXCEED", "other"),
    ];
    let counter = scanning().await;
    let ticket = counter.shop.ring_up(5_000).await;
    for (place, (sub_code, trouble)) in cases.into_iter().enumerate() {
        counter.alipay.next("alipay.trade.pay", Fate::refuses(sub_code));
        counter.scan(&ticket, &format!("28345678901234{place:04}")).await.unwrap();
        // No time passes: the ticket is to wait through all of them.
        counter.until("over", 0, async |c| c.ticket(&ticket).await["trades"][place]["stage"] == "over").await;
        let trade = counter.ticket(&ticket).await["trades"][place].clone();
        assert_eq!((trade["trouble"].as_str(), trade["next_at"].is_null()), (Some(trouble), true), "{trade}");
        assert!(trade["message"].as_str().unwrap().contains("不行"), "{trade}");
    }
    assert_eq!(counter.alipay.count("alipay.trade.query"), 0, "a refusal of the first request is final");
    assert_eq!(counter.ticket(&ticket).await["status"], "open");
    assert!(matches!(counter.phase().await, DisplayPhase::Pay { .. }));
    counter.scan(&ticket, CODE).await.unwrap();
    counter.until("it is paid", 0, async |c| c.is_paid(&ticket).await).await;
}

#[tokio::test]
async fn an_answer_that_is_lost_is_asked_for_and_the_code_is_not_charged_again() {
    let counter = scanning().await;
    counter.alipay.next("alipay.trade.pay", Fate::Unheard);
    let ticket = counter.shop.ring_up(5_000).await;
    counter.scan(&ticket, CODE).await.unwrap();
    counter.gets_paid(&ticket).await;
    assert_eq!((counter.alipay.count("alipay.trade.pay"), counter.alipay.count("alipay.trade.query")), (1, 1));
}

#[tokio::test]
async fn a_number_in_use_may_be_our_own_request() {
    let counter = scanning().await;
    counter.alipay.next("alipay.trade.pay", Fate::refuses("ACQ.CONTEXT_INCONSISTENT"));
    let ticket = counter.shop.ring_up(5_000).await;
    counter.scan(&ticket, CODE).await.unwrap();
    counter.until("it is asked about", 200, async |c| c.alipay.count("alipay.trade.query") > 0).await;
}

#[tokio::test]
async fn what_never_arrived_ends_without_money() {
    let counter = scanning().await;
    counter.alipay.next("alipay.trade.pay", Fate::Lost);
    let ticket = counter.shop.ring_up(5_000).await;
    counter.scan(&ticket, CODE).await.unwrap();
    counter.until("it is over", 1_000, async |c| c.ticket(&ticket).await["trades"][0]["stage"] == "over").await;
    assert_eq!(counter.alipay.count("alipay.trade.pay"), 1);
    assert!(!counter.is_paid(&ticket).await);
}

#[tokio::test]
async fn stopped_is_asked_once_more_and_then_cancelled() {
    let counter = scanning().await;
    counter.alipay.asks_for_the_password();
    let ticket = counter.shop.ring_up(5_000).await;
    counter.scan(&ticket, CODE).await.unwrap();
    let trade = counter.stage(&ticket, 0, "waiting").await;
    let before = counter.alipay.count("alipay.trade.query");
    let stopped = counter.shop.act(json!({"verb": "stop_scan", "ticket_id": ticket["id"]})).await.unwrap();
    assert_eq!((&stopped["trades"][0]["stage"], &stopped["status"]), (&json!("ending"), &json!("open")));
    counter.stage(&ticket, 0, "over").await;
    assert!(counter.alipay.count("alipay.trade.query") > before, "asked before it was cancelled");
    assert_eq!(counter.alipay.deal(trade["out_no"].as_str().unwrap()).unwrap().stand, Stand::Closed);
    assert_eq!(counter.ticket(&ticket).await["status"], "open", "the ticket waits on");
}

#[tokio::test]
async fn money_that_came_before_the_cancel_is_money() {
    let counter = scanning().await;
    counter.alipay.asks_for_the_password();
    let ticket = counter.shop.ring_up(5_000).await;
    counter.scan(&ticket, CODE).await.unwrap();
    let trade = counter.stage(&ticket, 0, "waiting").await;
    counter.alipay.stands(trade["out_no"].as_str().unwrap(), Stand::Paid);
    counter.shop.act(json!({"verb": "stop_scan", "ticket_id": ticket["id"]})).await.unwrap();
    counter.gets_paid(&ticket).await;
    assert_eq!(counter.alipay.count("alipay.trade.cancel"), 0);
}

#[tokio::test]
async fn a_customer_who_never_confirms_is_cancelled_after_a_minute() {
    let counter = scanning().await;
    counter.alipay.asks_for_the_password();
    let ticket = counter.shop.ring_up(5_000).await;
    counter.scan(&ticket, CODE).await.unwrap();
    counter.stage(&ticket, 0, "waiting").await;
    let begun = counter.shop.now();
    counter.until("it is over", 500, async |c| c.ticket(&ticket).await["trades"][0]["stage"] == "over").await;
    assert!(counter.shop.now() - begun >= 55_000);
    assert_eq!(counter.alipay.count("alipay.trade.cancel"), 1);
}

#[tokio::test]
async fn what_is_no_code_is_refused_before_anything_is_written() {
    let counter = scanning().await;
    let ticket = counter.shop.ring_up(5_000).await;
    for wrong in ["", "12345", "134567890123456789", "28345678901234567x", "6901234567892"] {
        assert_eq!(counter.scan(&ticket, wrong).await.unwrap_err().code, Code::Invalid, "{wrong}");
    }
    assert!(counter.ticket(&ticket).await["trades"].as_array().unwrap().is_empty());
    counter.scan(&ticket, CODE).await.unwrap();
    counter.gets_paid(&ticket).await;
    let next = counter.shop.ring_up(5_000).await;
    let worn = counter.scan(&next, CODE).await.unwrap_err();
    assert!(worn.message.contains("用过"), "{}", worn.message);
    assert_eq!(counter.alipay.count("alipay.trade.pay"), 1);
    // A ticket that is over takes none.
    assert_eq!(counter.scan(&ticket, "283456789012345670").await.unwrap_err().code, Code::Conflict);
}

#[tokio::test]
async fn without_a_contract_nothing_can_be_scanned() {
    let shop = crate::shop::Shop::new().await;
    let ticket = shop.ring_up(100).await;
    let refused = shop.act(json!({"verb": "scan", "ticket_id": ticket["id"], "auth_code": CODE})).await.unwrap_err();
    assert!(refused.message.contains("合约"), "{}", refused.message);
}

#[tokio::test]
async fn the_same_request_twice_scans_once() {
    let counter = scanning().await;
    let ticket = counter.shop.ring_up(5_000).await;
    let scan = json!({"verb": "scan", "request_id": "one", "ticket_id": ticket["id"], "auth_code": CODE});
    counter.shop.ask(scan.clone()).await.unwrap();
    counter.shop.ask(scan.clone()).await.unwrap();
    counter.gets_paid(&ticket).await;
    let again = counter.shop.ask(scan).await.unwrap();
    assert_eq!((&again["status"], again["trades"].as_array().unwrap().len()), (&json!("paid"), 1));
    assert_eq!(counter.alipay.count("alipay.trade.pay"), 1);
}
