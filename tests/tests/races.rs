//! Many at once, and two things at the same moment.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::thread;

use anyhow::{Context, Result, ensure};
use qiantai_tests::book::Book;
use qiantai_tests::http::Http;
use qiantai_tests::phone::{WECHAT, yuan};
use qiantai_tests::till::{due, id, refusal};
use qiantai_tests::{Till, now_ms, request_id, together, until};
use serde_json::{Value, json};

#[test]
fn one_payment_told_32_times_at_once_settles_once() -> Result<()> {
    let (till, phone) = Till::with_phone()?;
    let ticket = till.ring_up(1990)?;
    let push = phone.push_at(WECHAT, "19.90", &now_ms().to_string());
    let statuses = together(32, |_| Ok(phone.send(&push)?.status))?;
    assert_eq!(statuses, vec![200; 32]);
    let paid = till.ticket(id(&ticket))?;
    assert_eq!((paid["status"].as_str(), paid["payments"].as_array().unwrap().len()), (Some("paid"), 1));
    assert_eq!(till.inbox()?, Vec::<Value>::new());
    Book::open(&till.data())?.adds_up()
}

#[test]
fn equal_payments_at_once_settle_one_ticket_once_and_the_rest_is_kept() -> Result<()> {
    let (till, phone) = Till::with_phone()?;
    let ticket = till.ring_up(2990)?;
    let now = now_ms();
    let statuses =
        together(32, |n| Ok(phone.send(&phone.push_at(WECHAT, "29.90", &(now + n as i64).to_string()))?.status))?;
    assert_eq!(statuses, vec![200; 32]);
    let paid = till.ticket(id(&ticket))?;
    assert_eq!((paid["status"].as_str(), paid["payments"].as_array().unwrap().len()), (Some("paid"), 1));
    let mut book = Book::open(&till.data())?;
    book.adds_up()?;
    assert_eq!(book.number("SELECT count(*) FROM push")?, 32);
    assert_eq!(book.number("SELECT count(*) FROM settlement")?, 1);
    assert_eq!(book.number("SELECT count(*) FROM inbox")?, 31);
    Ok(())
}

#[test]
fn ring_ups_of_one_price_at_once_get_amounts_of_their_own() -> Result<()> {
    let (till, phone) = Till::with_phone()?;
    let sale = json!({ "lines": [{ "price_fen": 8800 }] });
    let tickets = together(32, |_| {
        till.call_over(
            &mut Http::new(till.address),
            &json!({ "verb": "ring_up", "request_id": request_id(), "sale": sale }),
        )
    })?;
    let amounts: BTreeSet<i64> = tickets.iter().map(due).collect();
    assert_eq!(amounts.len(), 32, "two open tickets ask for the same amount");
    // Down by default, the smallest changes first.
    assert_eq!(amounts, (8800 - 31..=8800).collect());
    for ticket in &tickets {
        assert_eq!(ticket["tail_fen"], 8800 - due(ticket));
    }
    // All pay at once; each finds its own.
    together(32, |n| {
        let ticket = &tickets[n];
        let reply = phone.send(&phone.push(WECHAT, due(ticket)))?;
        ensure!(reply.status == 200);
        let paid =
            till.call_over(&mut Http::new(till.address), &json!({ "verb": "ticket", "ticket_id": id(ticket) }))?;
        ensure!(paid["status"] == "paid" && paid["payments"][0]["amount_fen"] == due(ticket), "{paid}");
        Ok(())
    })?;
    Book::open(&till.data())?.adds_up()
}

#[test]
fn when_no_amount_is_left_it_says_so() -> Result<()> {
    let (till, _phone) = Till::with_phone()?;
    till.change_settings(|s| s["tail_max_fen"] = 9.into())?;
    let outcomes = together(32, |_| {
        let ring_up =
            json!({ "verb": "ring_up", "request_id": request_id(), "sale": { "lines": [{ "price_fen": 4400 }] } });
        let answer = till.call_over(&mut Http::new(till.address), &ring_up);
        Ok(match answer {
            Ok(ticket) => Ok(due(&ticket)),
            Err(error) => Err(refusal::<Value>(Err(error))?),
        })
    })?;
    let (opened, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    let amounts: BTreeSet<i64> = opened.into_iter().flatten().collect();
    assert_eq!(amounts, (4391..=4400).collect());
    assert_eq!(refused.len(), 22);
    assert!(refused.iter().all(|r| r.as_ref().is_err_and(|code| code == "pool_exhausted")), "{refused:?}");
    Ok(())
}

#[test]
fn one_request_id_at_once_is_one_ticket() -> Result<()> {
    let (till, _phone) = Till::with_phone()?;
    let ring_up =
        json!({ "verb": "ring_up", "request_id": request_id(), "sale": { "lines": [{ "price_fen": 1200 }] } });
    let ids: BTreeSet<i64> =
        together(16, |_| Ok(id(&till.call_over(&mut Http::new(till.address), &ring_up)?)))?.into_iter().collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(till.call(&json!({ "verb": "waiting" }))?.as_array().unwrap().len(), 1);
    Ok(())
}

/// A ticket that ended otherwise, and whose money came: it must lie in the inbox, proposed to this ticket.
fn money_waits_for(till: &Till, ticket: i64, amount: i64) -> Result<()> {
    until(&format!("the late money of ticket {ticket}"), || {
        let found = till.inbox()?.into_iter().find(|i| i["amount_fen"] == amount);
        Ok(found.filter(|i| i["reason"] == "late" && i["suggestions"][0]["ticket_id"] == ticket).map(|_| ()))
    })
}

#[test]
fn paid_and_cancelled_at_the_same_moment() -> Result<()> {
    let (till, phone) = Till::with_phone()?;
    let (mut paid, mut cancelled) = (0, 0);
    for n in 0..20 {
        let ticket = till.ring_up(10_000 + n * 100)?;
        let (ticket_id, amount) = (id(&ticket), due(&ticket));
        let answers = together(2, |who| {
            if who == 0 {
                return Ok(phone.send(&phone.push(WECHAT, amount))?.status == 200);
            }
            let cancel = json!({ "verb": "cancel", "request_id": request_id(), "ticket_id": ticket_id });
            match till.call_over(&mut Http::new(till.address), &cancel) {
                Ok(_) => Ok(true),
                Err(error) => {
                    ensure!(refusal::<Value>(Err(error))? == "conflict");
                    Ok(false)
                }
            }
        })?;
        ensure!(answers[0], "the push was not taken");
        let after = till.ticket(ticket_id)?;
        match after["status"].as_str() {
            Some("paid") => {
                ensure!(!answers[1], "cancelled and paid: {after}");
                paid += 1;
            }
            Some("cancelled") => {
                ensure!(answers[1], "nobody cancelled {after}");
                money_waits_for(&till, ticket_id, amount)?;
                cancelled += 1;
            }
            other => anyhow::bail!("it is {other:?}"),
        }
    }
    println!("{paid} paid, {cancelled} cancelled");
    Book::open(&till.data())?.adds_up()
}

#[test]
fn paid_at_the_moment_it_expires() -> Result<()> {
    let (till, phone) = Till::with_phone()?;
    // As short as the settings allow.
    till.change_settings(|s| s["ticket_ttl_ms"] = 10_000.into())?;
    let tickets: Vec<Value> = (0..24).map(|n| till.ring_up(20_000 + n * 100)).collect::<Result<_>>()?;
    let outcomes = together(tickets.len(), |n| {
        let ticket = &tickets[n];
        // From 60 ms before the end to 55 ms after it.
        let at = ticket["expires_at"].as_i64().context("expires_at")? - 60 + n as i64 * 5;
        while now_ms() < at {
            thread::sleep(std::time::Duration::from_millis(1));
        }
        let reply = phone.send(&phone.push_at(WECHAT, &yuan(due(ticket)), &now_ms().to_string()))?;
        ensure!(reply.status == 200);
        let (ticket_id, amount) = (id(ticket), due(ticket));
        until("an end", || {
            let after = till.ticket(ticket_id)?;
            Ok((after["status"] != "open").then_some(()))
        })?;
        let after = till.ticket(ticket_id)?;
        if after["status"] == "paid" {
            return Ok(true);
        }
        ensure!(after["status"] == "expired", "{after}");
        money_waits_for(&till, ticket_id, amount)?;
        Ok(false)
    })?;
    let paid = outcomes.iter().filter(|p| **p).count();
    println!("{paid} paid in time, {} late", outcomes.len() - paid);
    Book::open(&till.data())?.adds_up()
}
