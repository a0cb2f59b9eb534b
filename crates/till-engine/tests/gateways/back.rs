//! Money goes back through the provider that brought it.

use serde_json::{Value, json};
use till_engine::api::{Code, Event};

use crate::alipay::Fate;
use crate::counter::{CODE, Counter, out_no};
use crate::shop::number;

async fn paid() -> (Counter, Value) {
    let counter = Counter::with(json!({"name": "只扫码", "shows_code": false})).await;
    let ticket = counter.shop.ring_up(5_000).await;
    counter.scan(&ticket, CODE).await.unwrap();
    let paid = counter.gets_paid(&ticket).await;
    (counter, paid)
}

#[tokio::test]
async fn a_part_and_then_the_rest() {
    let (mut counter, ticket) = paid().await;
    counter.listen_anew();
    let due = ticket["due_fen"].as_i64().unwrap();
    let asked = counter.shop.give_back(&ticket, "refund", "alipay", 1_000).await.unwrap();
    let refund = &asked["trades"][0]["refunds"][0];
    assert_eq!((&refund["amount_fen"], &refund["reason"]), (&json!(1_000), &json!("退货")), "{asked:#}");
    counter.until("it is booked", 200, async |c| c.ticket(&ticket).await["refunded_fen"] == 1_000).await;
    let booked = counter.ticket(&ticket).await;
    assert_eq!((&booked["exception"], &booked["refunds"][0]["channel"]), (&json!("part_refunded"), &json!("alipay")));
    let told = |e: &Event| matches!(e, Event::TicketRefunded { .. });
    counter.hears("it went back", told).await;
    let too_much = counter.shop.give_back(&ticket, "refund", "alipay", due).await.unwrap_err();
    assert_eq!(too_much.code, Code::Conflict);
    counter.shop.give_back(&ticket, "refund", "alipay", due - 1_000).await.unwrap();
    counter.until("all of it is booked", 200, async |c| c.ticket(&ticket).await["refunded_fen"] == due).await;
    counter.hears("the rest went back", told).await;
    assert_eq!(counter.heard_again(told), 0, "each once, when it was done");
    let numbers: Vec<_> = counter.alipay.calls("alipay.trade.refund");
    assert_ne!(numbers[0]["out_request_no"], numbers[1]["out_request_no"]);
    assert_eq!(counter.alipay.deal(&out_no(&ticket, 0)).unwrap().back.len(), 2);
}

#[tokio::test]
async fn an_answer_that_is_lost_changes_nothing_about_the_number() {
    let (counter, ticket) = paid().await;
    let due = ticket["due_fen"].as_i64().unwrap();
    counter.alipay.next("alipay.trade.refund", Fate::Lost);
    counter.shop.give_back(&ticket, "refund", "alipay", due).await.unwrap();
    counter.until("it is booked", 1_000, async |c| c.ticket(&ticket).await["refunded_fen"] == due).await;
    let sent = counter.alipay.calls("alipay.trade.refund");
    assert!(sent.len() >= 2 && sent.iter().all(|s| s["out_request_no"] == sent[0]["out_request_no"]), "{sent:?}");
    assert_eq!(counter.alipay.deal(&out_no(&ticket, 0)).unwrap().back.len(), 1);
    assert_eq!(number(&counter.shop, "SELECT count(*) FROM refund").await, 1);
}

#[tokio::test]
async fn a_refusal_leaves_the_money_and_says_why() {
    let (counter, ticket) = paid().await;
    let due = ticket["due_fen"].as_i64().unwrap();
    counter.alipay.next("alipay.trade.refund", Fate::refuses("ACQ.SELLER_BALANCE_NOT_ENOUGH"));
    counter.shop.give_back(&ticket, "refund", "alipay", due).await.unwrap();
    let refused = async |c: &Counter| c.ticket(&ticket).await["trades"][0]["refunds"][0]["stage"] == "refused";
    counter.until("it is refused", 500, refused).await;
    let now = counter.ticket(&ticket).await;
    assert!(now["trades"][0]["refunds"][0]["message"].as_str().unwrap().contains("余额"), "{now:#}");
    assert_eq!(now["refunded_fen"], 0);
    // The shop has topped up: another try, another number.
    counter.shop.give_back(&ticket, "refund", "alipay", due).await.unwrap();
    counter.until("it is booked", 500, async |c| c.ticket(&ticket).await["refunded_fen"] == due).await;
}

#[tokio::test]
async fn while_it_is_under_way_it_cannot_go_back_twice() {
    let (counter, ticket) = paid().await;
    let due = ticket["due_fen"].as_i64().unwrap();
    counter.alipay.goes_down(true);
    counter.shop.give_back(&ticket, "void", "alipay", due).await.unwrap();
    let again = counter.shop.give_back(&ticket, "refund", "alipay", 1).await.unwrap_err();
    assert_eq!(again.code, Code::Conflict);
    let refund = async |c: &Counter| c.ticket(&ticket).await["trades"][0]["refunds"][0].clone();
    counter.until("it says why", 100, async |c| refund(c).await["message"].as_str().unwrap().contains("连不上")).await;
    counter.alipay.goes_down(false);
    counter.until("it is booked", 2_000, async |c| c.ticket(&ticket).await["refunded_fen"] == due).await;
}

#[tokio::test]
async fn what_went_back_by_hand_is_booked_with_its_number() {
    let (counter, ticket) = paid().await;
    let by_hand = json!({"verb": "refund", "ticket_id": ticket["id"], "kind": "refund", "channel": "alipay",
                         "amount_fen": 500, "reference": "2026112099", "reason": "在后台退的"});
    let booked = counter.shop.act(by_hand).await.unwrap();
    assert_eq!(booked["refunded_fen"], 500);
    let cash = json!({"verb": "refund", "ticket_id": ticket["id"], "kind": "refund", "channel": "cash",
                      "amount_fen": 500, "reference": "", "reason": "退现金"});
    assert_eq!(counter.shop.act(cash).await.unwrap()["refunded_fen"], 1_000);
    assert_eq!(counter.alipay.count("alipay.trade.refund"), 0);
}

#[tokio::test]
async fn the_same_request_twice_gives_back_once() {
    let (counter, ticket) = paid().await;
    let back = json!({"verb": "refund", "request_id": "back", "ticket_id": ticket["id"], "kind": "refund",
                      "channel": "alipay", "amount_fen": 500, "reference": "", "reason": "退货"});
    counter.shop.ask(back.clone()).await.unwrap();
    counter.until("it is booked", 200, async |c| c.ticket(&ticket).await["refunded_fen"] == 500).await;
    let again = counter.shop.ask(back).await.unwrap();
    assert_eq!((&again["refunded_fen"], again["trades"][0]["refunds"].as_array().unwrap().len()), (&json!(500), 1));
    assert_eq!(counter.alipay.count("alipay.trade.refund"), 1);
}

#[tokio::test]
async fn a_notice_of_a_refund_brings_the_question_forward() {
    let (counter, ticket) = paid().await;
    counter.alipay.next("alipay.trade.refund", Fate::Unheard);
    counter.shop.give_back(&ticket, "refund", "alipay", 500).await.unwrap();
    let stage = async |c: &Counter| c.ticket(&ticket).await["trades"][0]["refunds"][0].clone();
    counter.until("it is sent", 0, async |c| stage(c).await["message"].as_str().unwrap().contains("连不上")).await;
    let no = out_no(&counter.ticket(&ticket).await, 0);
    let told = counter.alipay.notice(&no, &[("refund_fee", "5.00"), ("gmt_refund", "2026-11-20 14:00:09.1")]);
    counter.notify(told).await;
    counter
        .until("it is booked, and no time has passed", 0, async |c| c.ticket(&ticket).await["refunded_fen"] == 500)
        .await;
}
