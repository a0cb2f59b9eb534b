//! `qiantai ticket …` and `qiantai practice …`

use std::time::Duration;

use serde_json::Value;
use till_engine::api::{Line, PracticePay, PracticeStarted, Request, Sale, Status, TicketView};

use super::via::Via;
use super::{Desk, Said, local, name, or_dash};
use crate::alerts::channel_words;
use crate::args::{StatusArg, Ticket};
use crate::output::table;
use crate::row;
use crate::words::{lang, say};

pub async fn run(desk: &Desk, command: Ticket) -> Said {
    let request_id = desk.id();
    match command {
        Ticket::Open { price, note } => {
            let line = Line { name: String::new(), price_fen: price, count: 1 };
            let sale = Sale { lines: vec![line], discount: None, note };
            desk.show(Request::RingUp { request_id, sale }, one).await
        }
        Ticket::Show { id } => desk.show(Request::Ticket { ticket_id: id }, one).await,
        Ticket::List { status, limit } => {
            desk.show(Request::Tickets { status: status.map(Into::into), limit }, many).await
        }
        Ticket::Cancel { id } => desk.show(Request::Cancel { request_id, ticket_id: id }, one).await,
        Ticket::Settle { id, channel, reason } => {
            desk.show(Request::ConfirmByHand { request_id, ticket_id: id, channel, reason }, one).await
        }
        Ticket::Cash { id, tendered } => {
            desk.show(Request::TakeCash { request_id, ticket_id: id, tendered_fen: tendered }, one).await
        }
    }
}

impl From<StatusArg> for Status {
    fn from(status: StatusArg) -> Status {
        match status {
            StatusArg::Open => Status::Open,
            StatusArg::Paid => Status::Paid,
            StatusArg::Expired => Status::Expired,
            StatusArg::Cancelled => Status::Cancelled,
        }
    }
}

/// Lets the practice phone pay. Without a running till the phone lives in this process, so it is waited for.
pub async fn practice_pay(desk: &Desk, ticket_id: i64, wrong: bool, late: bool, twice: bool) -> Said {
    let how = match (wrong, late, twice) {
        (true, ..) => PracticePay::WrongAmount,
        (_, true, _) => PracticePay::Late,
        (.., true) => PracticePay::Twice,
        _ => PracticePay::Exact,
    };
    let reply: Value = desk.via.ask(Request::PracticePay { request_id: desk.id(), ticket_id, how }).await?;
    if let (Via::Store(_), Ok(started)) = (&desk.via, serde_json::from_value::<PracticeStarted>(reply.clone())) {
        let ms = u64::try_from(started.in_ms).unwrap_or(0);
        tokio::time::sleep(Duration::from_millis(ms.min(10_000) + 1_000)).await;
    }
    desk.print(reply, |started: PracticeStarted| {
        let ms = started.in_ms;
        say(format!("练习手机将在 {ms} 毫秒后付款"), format!("The practice phone pays {ms} ms after being asked"))
    })
}

fn many(tickets: Vec<TicketView>) -> String {
    let mut rows = vec![row!["id", "number", "status", "exception", "due", "price", "opened", "paid", "how", "note"]];
    rows.extend(tickets.iter().map(|t| {
        row![
            t.id,
            format!("#{:03}", t.number),
            name(t.status),
            name(t.exception),
            t.due_fen,
            price(t),
            local(t.opened_at),
            or_dash(t.paid_at.map(local)),
            or_dash(t.payments.last().map(|p| format!("{} ({})", channel_words(lang(), p.channel), p.how))),
            t.note
        ]
    }));
    table(&rows)
}

fn one(t: TicketView) -> String {
    let mut rows = vec![
        row!["id", t.id],
        row!["number", format!("#{:03} {}", t.number, name(t.tag))],
        row!["status", name(t.status)],
        row!["exception", name(t.exception)],
        row!["due", t.due_fen],
        row!["price", price(&t)],
        row!["opened", local(t.opened_at)],
    ];
    rows.extend(t.expires_at.map(|at| row!["expires", local(at)]));
    rows.extend(t.paid_at.map(|at| row!["paid", local(at)]));
    rows.extend(t.change_fen.map(|fen| row!["change", fen]));
    rows.extend(t.payments.iter().map(|p| {
        row!["payment", format!("{} {} {} {}", channel_words(lang(), p.channel), p.amount_fen, p.how, p.reason)]
    }));
    rows.extend(t.codes.iter().map(|c| row!["code", format!("{} {}", channel_words(lang(), c.channel), c.payload)]));
    if !t.note.is_empty() {
        rows.push(row!["note", t.note]);
    }
    table(&rows)
}

/// What was asked before the tail.
fn price(t: &TicketView) -> String {
    or_dash(t.due_fen.plus(t.tail_fen).ok())
}
