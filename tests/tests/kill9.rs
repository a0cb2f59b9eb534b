//! The plug is pulled in the middle of a rush. What was answered is there; nothing is there twice.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::Result;
use qiantai_tests::book::Book;
use qiantai_tests::http::{Call, Http};
use qiantai_tests::phone::{ALIPAY, WECHAT};
use qiantai_tests::till::{due, id};
use qiantai_tests::{Till, until};

const TICKETS: i64 = 160;

fn rush(rounds_before: usize) -> Result<()> {
    let (mut till, phone) = Till::with_phone()?;
    let mut pushes: Vec<(i64, Call)> = Vec::new();
    for n in 0..TICKETS {
        // A yuan apart: each price is free, and no tail of one touches another.
        let ticket = till.ring_up(1000 + n * 100)?;
        pushes.push((id(&ticket), phone.push(if n % 2 == 0 { WECHAT } else { ALIPAY }, due(&ticket))));
    }
    let answered = Mutex::new(BTreeSet::new());
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut http = Http::new(phone.address);
                while let Some((ticket, push)) = pushes.get(next.fetch_add(1, Ordering::SeqCst)) {
                    match http.send(push) {
                        Ok(reply) if reply.status == 200 => {
                            answered.lock().expect("no thread panics while it holds this").insert(*ticket);
                        }
                        // The till is gone.
                        _ => return,
                    }
                }
            });
        }
        // Not at the beginning, not at the end.
        let killed = until("the rush to be under way", || {
            let done = answered.lock().expect("as above").len();
            Ok((done >= rounds_before).then_some(()))
        });
        till.kill9();
        killed
    })?;
    let answered = answered.into_inner().expect("all threads have ended");
    assert!(answered.len() < pushes.len(), "the rush was over before the plug was pulled");

    // What the disk holds, before any program repairs anything: a WAL left by a killed writer is still the truth.
    let till = till.restart()?;
    let mut book = Book::open(&till.data())?;
    book.adds_up()?;
    let settled: BTreeSet<i64> = book.numbers("SELECT ticket_id FROM settlement")?.into_iter().collect();
    let lost: Vec<_> = answered.difference(&settled).collect();
    assert!(lost.is_empty(), "answered 200 and lost: {lost:?}");

    // The phones try again, all of it.
    let mut http = Http::new(till.address);
    for (_, push) in &pushes {
        assert_eq!(http.send(push)?.status, 200);
    }
    book.adds_up()?;
    assert_eq!(book.number("SELECT count(*) FROM settlement")?, TICKETS);
    assert_eq!(book.number("SELECT count(*) FROM push")?, TICKETS);
    assert_eq!(book.number("SELECT count(*) FROM inbox")?, 0);
    assert_eq!(book.number("SELECT count(*) FROM ticket WHERE status = 'paid'")?, TICKETS);
    println!("{} of {TICKETS} were answered before the kill, {} were on disk", answered.len(), settled.len());
    Ok(())
}

#[test]
fn pulled_early() -> Result<()> {
    rush(3)
}

#[test]
fn pulled_in_the_middle() -> Result<()> {
    rush(60)
}

#[test]
fn pulled_late() -> Result<()> {
    rush(120)
}

#[test]
fn opened_tickets_survive_and_still_expire() -> Result<()> {
    let (mut till, phone) = Till::with_phone()?;
    till.change_settings(|s| s["ticket_ttl_ms"] = 10_000.into())?;
    let ticket = till.ring_up(1234)?;
    till.kill9();
    thread::sleep(Duration::from_millis(50));
    let till = till.restart()?;
    assert_eq!(till.ticket(id(&ticket))?["status"], "open");
    till.until_status(id(&ticket), "expired")?;
    // Its amount is still occupied: the next customer gets another one, and the late payer's money finds its own.
    let next = till.ring_up(1234)?;
    assert_ne!(due(&next), due(&ticket));
    let late = qiantai_tests::Phone { address: till.address, ..phone };
    assert_eq!(late.send(&late.push(WECHAT, due(&ticket)))?.status, 200);
    assert_eq!(till.ticket(id(&next))?["status"], "open");
    assert_eq!(till.inbox()?[0]["suggestions"][0]["ticket_id"], id(&ticket));
    Ok(())
}
