//! What the engine's own tests cannot reach while nobody is signed in: whose shift it was, and who approved.

#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

use till_core::price::{Line, Rounding, Sale, price};
use till_core::report::RefundKind;
use till_core::{Channel, Fen};
use till_store::{Act, CashSale, CloseShift, GiveBack, OpenShift, Store, TicketFull};

const DAY: &str = "2026-11-20";

fn done<T>(act: Act<T>) -> T {
    match act {
        Act::New(done) => done,
        Act::Repeat(id) => panic!("{id} was done before"),
    }
}

async fn sold(store: &Store, request: &str) -> TicketFull {
    let line = Line { name: "豆浆".into(), price_fen: Fen::new(300).unwrap(), count: 1 };
    let sale = Sale { lines: vec![line], discount: None, note: String::new() };
    let priced = price(&sale, Rounding::None).unwrap();
    let new = CashSale {
        request_id: request.into(),
        actor: "till".into(),
        at: 1_000,
        business_date: DAY.into(),
        sale,
        priced,
        tendered: None,
    };
    done(store.sell_cash(new).await.unwrap())
}

#[tokio::test]
async fn a_person_sees_the_own_shifts_under_any_name() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("till.db")).await.unwrap();
    for (n, who) in ["王#2", "李#12", "till", "王五#2"].into_iter().enumerate() {
        let open = OpenShift {
            request_id: format!("open-{n}"),
            actor: who.into(),
            at: 1_000,
            business_date: DAY.into(),
            float: Fen::ZERO,
        };
        done(store.open_shift(open).await.unwrap());
        let close = CloseShift {
            request_id: format!("close-{n}"),
            actor: who.into(),
            at: 1_000,
            counted: None,
            note: String::new(),
        };
        done(store.close_shift(close).await.unwrap());
    }
    let of = async |staff_id| {
        let shifts = store.shifts(staff_id, 10, 2_000).await.unwrap();
        shifts.into_iter().map(|shift| shift.opened_by).collect::<Vec<_>>()
    };
    assert_eq!(of(Some(2)).await, ["王五#2", "王#2"]);
    assert_eq!(of(Some(12)).await, ["李#12"]);
    assert!(of(Some(1)).await.is_empty());
    assert_eq!(of(None).await.len(), 4);
}

#[tokio::test]
async fn who_approved_stays_with_the_refund() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("till.db")).await.unwrap();
    let ticket = sold(&store, "sale").await.ticket;
    let what = GiveBack {
        request_id: "back".into(),
        actor: "李#12".into(),
        approved_by: Some("店长#1".into()),
        at: 2_000,
        business_date: DAY.into(),
        ticket_id: ticket.id,
        kind: RefundKind::Refund,
        channel: Channel::Cash,
        amount: Fen::new(100).unwrap(),
        reference: String::new(),
        reason: "退货".into(),
    };
    let full = done(store.give_back(what.clone()).await.unwrap());
    assert_eq!(full.refunds[0].approved_by.as_deref(), Some("店长#1"));
    assert_eq!((full.refunds[0].actor.as_str(), full.ticket.refunded.get()), ("李#12", 100));
    assert_eq!(store.give_back(what).await.unwrap(), Act::Repeat(ticket.id));
    let history = store.history(&format!("ticket:{}", ticket.id)).await.unwrap();
    let last = history.last().unwrap();
    assert_eq!((last.act.as_str(), last.actor.as_str()), ("refund.made", "李#12"));
    assert!(last.after.contains("店长#1"), "{}", last.after);
    assert_eq!(store.day_sum(DAY).await.unwrap(), (1, 200));
}
