//! Practice mode: a till that pays itself through a practice phone, over the same port as a real one.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use anyhow::Result;
use qiantai_tests::till::{due, id, refusal};
use qiantai_tests::{Till, until};
use serde_json::json;

fn practice_till() -> Result<Till> {
    Till::start_with(&["--practice", "--bind", "127.0.0.1:0"])
}

fn pay(till: &Till, ticket: i64, how: &str) -> Result<()> {
    till.act(json!({ "verb": "practice_pay", "ticket_id": ticket, "how": how })).map(|_| ())
}

#[test]
fn the_practice_phone_pays_over_the_port() -> Result<()> {
    let till = practice_till()?;
    assert_eq!(till.health()?["practice"], true);
    let ticket = till.ring_up(1500)?;
    assert!(!ticket["codes"].as_array().unwrap().is_empty(), "a practice shop has codes to show");
    pay(&till, id(&ticket), "exact")?;
    let paid = till.until_status(id(&ticket), "paid")?;
    assert_eq!(paid["payments"][0]["how"], "auto");
    assert_eq!(paid["payments"][0]["amount_fen"], due(&ticket));
    let phones = till.call(&json!({ "verb": "devices" }))?;
    assert!(
        phones.as_array().unwrap().iter().any(|p| p["last_address"] == "127.0.0.1" && p["protocol"] != ""),
        "{phones}"
    );
    Ok(())
}

#[test]
fn a_wrong_amount_waits_for_a_person() -> Result<()> {
    let till = practice_till()?;
    let ticket = till.ring_up(2000)?;
    pay(&till, id(&ticket), "wrong_amount")?;
    let item = until("an inbox item", || Ok(till.inbox()?.into_iter().next()))?;
    assert_ne!(item["amount_fen"], due(&ticket));
    assert_eq!(till.ticket(id(&ticket))?["status"], "open");
    assert!(item["suggestions"].as_array().unwrap().iter().any(|s| s["ticket_id"] == id(&ticket)), "{item}");
    let accepted = till.act(json!({ "verb": "accept", "item_id": item["id"], "ticket_id": id(&ticket) }))?;
    assert_eq!(accepted["status"], "paid");
    assert_eq!(accepted["payments"][0]["how"], "accepted");
    assert!(till.inbox()?.is_empty());
    Ok(())
}

#[test]
fn late_money_is_proposed_to_its_own_ticket() -> Result<()> {
    let till = practice_till()?;
    let ticket = till.ring_up(3000)?;
    pay(&till, id(&ticket), "late")?;
    let item = until("the late money", || Ok(till.inbox()?.into_iter().find(|i| i["reason"] == "late")))?;
    let expired = till.ticket(id(&ticket))?;
    assert_eq!((&expired["status"], &expired["proposed_item_id"]), (&json!("expired"), &item["id"]));
    let accepted = till.act(json!({ "verb": "accept", "item_id": item["id"], "ticket_id": id(&ticket) }))?;
    assert_eq!((&accepted["status"], &accepted["exception"]), (&json!("paid"), &json!("late")));
    Ok(())
}

#[test]
fn told_twice_is_paid_once() -> Result<()> {
    let till = practice_till()?;
    let ticket = till.ring_up(4000)?;
    pay(&till, id(&ticket), "twice")?;
    let paid = till.until_status(id(&ticket), "paid")?;
    assert_eq!(paid["payments"].as_array().unwrap().len(), 1);
    Ok(())
}

#[test]
fn a_real_till_has_no_practice_phone() -> Result<()> {
    let (till, _phone) = Till::with_phone()?;
    let ticket = till.ring_up(1500)?;
    let refused = refusal(till.act(json!({ "verb": "practice_pay", "ticket_id": id(&ticket), "how": "exact" })))?;
    assert!(refused == "conflict" || refused == "invalid", "{refused}");
    assert_eq!(till.ticket(id(&ticket))?["status"], "open");
    Ok(())
}

#[test]
fn practice_and_the_real_book_are_two_books() -> Result<()> {
    let till = practice_till()?;
    let ticket = till.ring_up(1500)?;
    pay(&till, id(&ticket), "exact")?;
    till.until_status(id(&ticket), "paid")?;
    let till = till.restart_with(&["--bind", "127.0.0.1:0"])?;
    assert_eq!(till.health()?["practice"], false);
    assert_eq!(till.call(&json!({ "verb": "tickets", "status": null, "limit": 10 }))?, json!([]));
    assert_eq!(till.call(&json!({ "verb": "devices" }))?, json!([]));
    Ok(())
}
