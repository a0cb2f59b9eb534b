//! `qiantai ticket …` and `qiantai practice …`

use std::io::IsTerminal;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use till_engine::api::{Code, Line, PracticePay, PracticeStarted, Request, Sale, Secret, Stage, Status, TicketView};

use super::via::Via;
use super::{Desk, Said, local, name, or_dash, read, read_text};
use crate::alerts::channel_words;
use crate::args::{StatusArg, Ticket};
use crate::fault::Fault;
use crate::output::table;
use crate::row;
use crate::words::{lang, say};

/// How long a customer may take to type a password while this process is the till.
const LONGEST_SCAN: Duration = Duration::from_secs(120);
const LOOK: Duration = Duration::from_millis(250);

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
        Ticket::Scan { id } => scan(desk, id).await,
        Ticket::StopScan { id } => desk.show(Request::StopScan { request_id, ticket_id: id }, one).await,
        Ticket::Ask { id } => desk.show(Request::AskTrade { ticket_id: id }, one).await,
    }
}

/// Charges the code that stdin holds. Without a running till this process is the one that waits for the answer.
async fn scan(desk: &Desk, ticket_id: i64) -> Said {
    let auth_code = if std::io::stdin().is_terminal() {
        let prompt = say("付款码：", "Payment code: ");
        rpassword::prompt_password(prompt).map_err(|cause| Fault::new(Code::Internal, format!("{prompt}{cause}")))?
    } else {
        read_text(Path::new("-"))?
    };
    let auth_code = Secret(auth_code.trim().to_owned());
    let mut reply = desk.through(Request::Scan { request_id: desk.id(), ticket_id, auth_code }).await?;
    if let Via::Store(_) = &desk.via {
        for _ in 0..LONGEST_SCAN.as_millis() / LOOK.as_millis() {
            let ticket: TicketView = read(reply.clone())?;
            if !ticket
                .trades
                .iter()
                .any(|trade| trade.scanned && matches!(trade.stage, Stage::Planned | Stage::Waiting | Stage::Ending))
            {
                break;
            }
            tokio::time::sleep(LOOK).await;
            reply = desk.via.ask(Request::Ticket { ticket_id }).await?;
        }
    }
    desk.print(reply, one)
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
    rows.extend(t.trades.iter().map(|trade| {
        let how = if trade.scanned { "scanned" } else { "code" };
        row![
            "trade",
            format!("{} {} {how} {} {} {}", trade.id, trade.gateway, trade.out_no, name(trade.stage), trade.message)
        ]
    }));
    if !t.note.is_empty() {
        rows.push(row!["note", t.note]);
    }
    table(&rows)
}

/// What was asked before the tail.
fn price(t: &TicketView) -> String {
    or_dash(t.due_fen.plus(t.tail_fen).ok())
}
