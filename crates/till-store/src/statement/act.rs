//! What people make of lines: this line is that payment, it is a sale nobody rang up, it needs nothing.

use sqlx::{Row, SqliteConnection};
use till_core::ticket::{How, Status};
use till_core::{Channel, Fen};

use super::{MoneyKey, WaitingMoney};
use crate::Store;
use crate::error::{Result, StoreError};
use crate::journal::{self, Entry};
use crate::request;
use crate::settle::{self, Payment};
use crate::ticket::{self, TicketFull};

/// How a payment that a statement proves gives its reason: this word, then the channel's number.
const REASON: &str = "statement";

/// A line to be tied to the till's money, or booked.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "named as the columns they fill")]
pub struct LineAct {
    pub request_id: String,
    pub actor: String,
    pub at: i64,
    pub business_date: String,
    pub line_id: i64,
    /// The ticket it pays; null: a sale of its own.
    pub ticket_id: Option<i64>,
    pub note: String,
    pub cool_until: i64,
    /// The check found no payment of the till that this line is: money may be booked for it.
    pub free: bool,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Booked {
    /// Money was booked now.
    Money(Box<TicketFull>),
    /// The line was tied to money that was booked before.
    Linked,
    /// Done before under the same request id.
    Repeat,
    /// Nothing was done: this inbox item is probably the same money.
    Waiting(i64),
}

/// A difference to be put aside: of a line or of a ticket.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "named as the columns they fill")]
pub struct SettleDifference {
    pub request_id: String,
    pub actor: String,
    pub at: i64,
    pub file_id: i64,
    pub channel: Channel,
    pub line_id: Option<i64>,
    pub ticket_id: Option<i64>,
    pub reason: String,
}

/// What an act needs to know of its line.
struct Told {
    at: i64,
    amount: Fen,
    income: bool,
    channel: Channel,
    channel_id: String,
}

async fn told(c: &mut SqliteConnection, line_id: i64) -> Result<Told> {
    let row = sqlx::query(
        "SELECT l.at, l.ticket_fen, l.kind, l.channel_id, f.channel, f.format FROM statement_line l
         JOIN statement_file f ON f.id = l.file_id WHERE l.id = ?1 OR l.first_id = ?1 ORDER BY l.version DESC LIMIT 1",
    )
    .bind(line_id)
    .fetch_optional(&mut *c)
    .await?
    .ok_or(StoreError::NotFound)?;
    let (kind, format): (&str, &str) = (row.get("kind"), row.get("format"));
    let income = match kind {
        "receipt" | "maybe_receipt" => true,
        "refund" | "out" => false,
        _ => return Err(StoreError::Conflict("line_not_money")),
    };
    // A bank sees sums of days, not payments.
    if format.starts_with("bank_") {
        return Err(StoreError::Conflict("line_not_money"));
    }
    let told = Told {
        at: row.get("at"),
        amount: ticket::fen(&row, "ticket_fen")?,
        income,
        channel: ticket::channel(&row, "channel")?,
        channel_id: row.get("channel_id"),
    };
    let used = sqlx::query("SELECT 1 FROM statement_link WHERE line_id = ?1").bind(line_id).fetch_optional(c).await?;
    if used.is_some() { Err(StoreError::Conflict("line_used")) } else { Ok(told) }
}

/// An open inbox item that is probably the line's own notice.
async fn notice(c: &mut SqliteConnection, line: &Told) -> Result<Option<i64>> {
    let rows = sqlx::query(
        "SELECT i.id, r.received_at FROM inbox i JOIN receipt r ON r.id = i.receipt_id
         WHERE i.state = 'open' AND r.channel = ?1 AND r.amount_fen = ?2 ORDER BY i.id",
    )
    .bind(line.channel.as_str())
    .bind(line.amount.get())
    .fetch_all(c)
    .await?;
    let waiting = rows.iter().map(|row| WaitingMoney {
        item_id: row.get(0),
        amount: line.amount,
        received_at: row.get(1),
        proposed: None,
    });
    Ok(waiting.into_iter().find(|money| money.may_be(line.at, line.amount)).map(|money| money.item_id))
}

async fn link(c: &mut SqliteConnection, what: &LineAct, ticket_id: i64, key: MoneyKey, how: &str) -> Result<()> {
    let (nth, refund) = match key {
        MoneyKey::Payment { nth, .. } => (Some(nth), None),
        MoneyKey::Refund(id) => (None, Some(id)),
    };
    sqlx::query(
        "INSERT INTO statement_link (line_id, ticket_id, nth, refund_id, how, at, actor) VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(what.line_id)
    .bind(ticket_id)
    .bind(nth)
    .bind(refund)
    .bind(how)
    .bind(what.at)
    .bind(&what.actor)
    .execute(&mut *c)
    .await?;
    let entry = Entry {
        at: what.at,
        actor: &what.actor,
        act: "statement.linked",
        subject: format!("statement_line:{}", what.line_id),
        before: serde_json::json!({}),
        after: serde_json::json!({ "ticket": ticket_id, "nth": nth, "refund": refund, "how": how }),
    };
    journal::append(c, entry).await
}

/// The payment of a paid ticket that the line is: of its channel and amount, not yet tied to another.
async fn payment_of(c: &mut SqliteConnection, full: &TicketFull, line: &Told) -> Result<MoneyKey> {
    let ticket_id = full.ticket.id;
    let rows = sqlx::query("SELECT nth FROM statement_link WHERE ticket_id = ?1").bind(ticket_id).fetch_all(c).await?;
    let used: Vec<Option<i64>> = rows.iter().map(|row| row.get(0)).collect();
    let same = full.payments.iter().zip(1_i64..).filter(|(p, _)| p.channel == line.channel && p.amount == line.amount);
    let same: Vec<i64> = same.map(|(_, nth)| nth).collect();
    match same.iter().find(|nth| !used.contains(&Some(**nth))) {
        Some(nth) => Ok(MoneyKey::Payment { ticket_id, nth: *nth }),
        None if same.is_empty() => Err(StoreError::Conflict("payment_differs")),
        None => Err(StoreError::Conflict("payment_used")),
    }
}

async fn refund_of(c: &mut SqliteConnection, ticket_id: i64, line: &Told) -> Result<MoneyKey> {
    let row = sqlx::query(
        "SELECT id FROM refund WHERE ticket_id = ?1 AND channel = ?2 AND amount_fen = ?3
           AND id NOT IN (SELECT refund_id FROM statement_link WHERE refund_id IS NOT NULL) ORDER BY id LIMIT 1",
    )
    .bind(ticket_id)
    .bind(line.channel.as_str())
    .bind(line.amount.get())
    .fetch_optional(c)
    .await?;
    row.map(|row| MoneyKey::Refund(row.get(0))).ok_or(StoreError::Conflict("no_such_refund"))
}

fn payment(what: &LineAct, line: &Told) -> Payment {
    Payment {
        receipt_id: None,
        account_id: None,
        how: How::ByHand,
        channel: line.channel,
        amount: line.amount,
        late: false,
        reason: format!("{REASON} {}", line.channel_id).trim_end().to_owned(),
        at: what.at,
        business_date: what.business_date.clone(),
        cool_until: what.cool_until,
        actor: what.actor.clone(),
    }
}

async fn attach(c: &mut SqliteConnection, what: &LineAct, line: &Told, ticket_id: i64) -> Result<Booked> {
    let full = ticket::full(c, ticket_id).await?;
    if !line.income {
        let key = refund_of(c, ticket_id, line).await?;
        link(c, what, ticket_id, key, "linked").await?;
        return Ok(Booked::Linked);
    }
    if full.ticket.status == Status::Paid {
        let key = payment_of(c, &full, line).await?;
        link(c, what, ticket_id, key, "linked").await?;
        return Ok(Booked::Linked);
    }
    if let Some(item) = may_book(c, what, line).await? {
        return Ok(Booked::Waiting(item));
    }
    let TicketFull { mut ticket, mut payments, .. } = full;
    settle::write(c, &mut ticket, &mut payments, payment(what, line)).await?;
    let nth = i64::try_from(payments.len()).unwrap_or(i64::MAX);
    link(c, what, ticket_id, MoneyKey::Payment { ticket_id, nth }, "attached").await?;
    Ok(Booked::Money(Box::new(ticket::full(c, ticket_id).await?)))
}

async fn open(c: &mut SqliteConnection, what: &LineAct, line: &Told) -> Result<Booked> {
    if !line.income {
        return Err(StoreError::Conflict("line_not_money"));
    }
    if let Some(item) = may_book(c, what, line).await? {
        return Ok(Booked::Waiting(item));
    }
    let ticket = settle::sale_of(c, payment(what, line), what.note.clone()).await?;
    link(c, what, ticket.id, MoneyKey::Payment { ticket_id: ticket.id, nth: 1 }, "opened").await?;
    Ok(Booked::Money(Box::new(ticket::full(c, ticket.id).await?)))
}

/// Refuses to book money that is booked already; names the inbox item that probably is the same money.
async fn may_book(c: &mut SqliteConnection, what: &LineAct, line: &Told) -> Result<Option<i64>> {
    if !what.free {
        return Err(StoreError::Conflict("line_matched"));
    }
    if !line.amount.is_positive() {
        return Err(StoreError::Conflict("line_not_money"));
    }
    notice(c, line).await
}

async fn act(c: &mut SqliteConnection, what: LineAct) -> Result<Booked> {
    let verb = if what.ticket_id.is_some() { "attach_line" } else { "open_line" };
    if request::seen(c, &what.request_id, verb).await?.is_some() {
        return Ok(Booked::Repeat);
    }
    let line = told(c, what.line_id).await?;
    let booked = match what.ticket_id {
        Some(ticket_id) => attach(c, &what, &line, ticket_id).await?,
        None => open(c, &what, &line).await?,
    };
    if !matches!(booked, Booked::Waiting(_)) {
        request::note(c, &what.request_id, verb, what.line_id, what.at).await?;
    }
    Ok(booked)
}

async fn put_aside(c: &mut SqliteConnection, what: SettleDifference) -> Result<bool> {
    if request::seen(c, &what.request_id, "settle_line").await?.is_some() {
        return Ok(false);
    }
    let there = sqlx::query(
        "SELECT 1 FROM statement_settled WHERE line_id = ?1 OR (ticket_id = ?2 AND channel = ?3)
         UNION ALL SELECT 1 FROM statement_link WHERE line_id = ?1",
    )
    .bind(what.line_id)
    .bind(what.ticket_id)
    .bind(what.channel.as_str())
    .fetch_optional(&mut *c)
    .await?;
    if there.is_some() {
        return Err(StoreError::Conflict("difference_done"));
    }
    if let Some(id) = what.ticket_id {
        ticket::row(c, id).await?;
    }
    sqlx::query(
        "INSERT INTO statement_settled (file_id, line_id, ticket_id, channel, reason, at, actor) VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(what.file_id)
    .bind(what.line_id)
    .bind(what.ticket_id)
    .bind(what.channel.as_str())
    .bind(&what.reason)
    .bind(what.at)
    .bind(&what.actor)
    .execute(&mut *c)
    .await?;
    let entry = Entry {
        at: what.at,
        actor: &what.actor,
        act: "statement.settled",
        subject: format!("statement:{}", what.file_id),
        before: serde_json::json!({}),
        after: serde_json::json!({ "line": what.line_id, "ticket": what.ticket_id, "reason": what.reason }),
    };
    journal::append(c, entry).await?;
    request::note(c, &what.request_id, "settle_line", what.file_id, what.at).await?;
    Ok(true)
}

impl Store {
    /// Ties a line to money of the till, or books the money it proves.
    pub async fn act_on_line(&self, what: LineAct) -> Result<Booked> {
        self.writer.write(move |c| Box::pin(act(c, what))).await
    }

    /// Puts a difference aside with a reason; false if that was done before under the same request id.
    pub async fn settle_difference(&self, what: SettleDifference) -> Result<bool> {
        self.writer.write(move |c| Box::pin(put_aside(c, what))).await
    }
}
