//! Tickets and their holds.

use std::collections::{HashMap, HashSet};

use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};
use till_core::due::{self, Payable, TailDirection};
use till_core::price::{Line, Priced, Sale};
use till_core::ticket::{Exception, How, Status};
use till_core::{Channel, Fen};

use crate::batch::Batch;
use crate::error::{Result, StoreError};
use crate::journal::{self, Entry, Head};
use crate::refund::{self, RefundRow};
use crate::request::{self, Act};
use crate::{Store, account};

/// A ticket as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of the table, documented in the migration")]
pub struct TicketRow {
    pub id: i64,
    pub number: i64,
    pub business_date: String,
    pub status: Status,
    pub exception: Exception,
    pub lines: Vec<Line>,
    pub note: String,
    pub gross: Fen,
    pub discount: Fen,
    pub rounding: Fen,
    pub tail: Fen,
    pub due: Fen,
    pub opened_at: i64,
    pub expires_at: Option<i64>,
    pub ended_at: Option<i64>,
    pub tendered: Option<Fen>,
    pub refunded: Fen,
    /// The program that opened it.
    pub program_id: Option<i64>,
    /// The counter screen may show it.
    pub counter: bool,
}

/// A code offered for a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferRow {
    /// Its account.
    pub account_id: i64,
    /// The account's channel.
    pub channel: Channel,
    /// The account's name.
    pub label: String,
    /// What the code says.
    pub payload: String,
    /// The code carries the amount itself.
    pub fixed: bool,
}

/// A payment of a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of the table, documented in the migration")]
pub struct SettlementRow {
    pub how: How,
    pub channel: Channel,
    pub amount: Fen,
    pub late: bool,
    pub reason: String,
    pub at: i64,
}

/// A ticket with what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketFull {
    /// The ticket.
    pub ticket: TicketRow,
    /// Codes offered, in order.
    pub offers: Vec<OfferRow>,
    /// Payments, oldest first.
    pub payments: Vec<SettlementRow>,
    /// Refunds, oldest first.
    pub refunds: Vec<RefundRow>,
    /// An open inbox item proposed to this ticket.
    pub proposed: Option<i64>,
}

/// A ticket to be opened.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "named as the columns they fill")]
pub struct NewTicket {
    pub request_id: String,
    pub actor: String,
    pub at: i64,
    pub expires_at: i64,
    pub business_date: String,
    pub sale: Sale,
    pub priced: Priced,
    pub direction: TailDirection,
    pub tail_max: Fen,
}

/// A sale in cash, paid at once.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "named as the columns they fill")]
pub struct CashSale {
    pub request_id: String,
    pub actor: String,
    pub at: i64,
    pub business_date: String,
    pub sale: Sale,
    pub priced: Priced,
    pub tendered: Option<Fen>,
}

/// A ticket to be ended without money.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "named as the columns they fill")]
pub struct End {
    pub request_id: String,
    pub actor: String,
    pub at: i64,
    pub ticket_id: i64,
    pub cool_until: i64,
}

/// An amount column.
pub(crate) fn fen(row: &SqliteRow, column: &str) -> Result<Fen> {
    Fen::new(row.get(column)).map_err(StoreError::corrupt)
}

pub(crate) fn fen_or_none(row: &SqliteRow, column: &str) -> Result<Option<Fen>> {
    row.get::<Option<i64>, _>(column).map(Fen::new).transpose().map_err(StoreError::corrupt)
}

pub(crate) fn channel(row: &SqliteRow, column: &str) -> Result<Channel> {
    row.get::<&str, _>(column).parse().map_err(StoreError::corrupt)
}

impl TicketRow {
    pub(crate) fn read(row: &SqliteRow) -> Result<TicketRow> {
        let (status, exception): (&str, &str) = (row.get("status"), row.get("exception"));
        let ticket = TicketRow {
            id: row.get("id"),
            number: row.get("number"),
            business_date: row.get("business_date"),
            status: Status::from_text(status).ok_or_else(|| StoreError::corrupt(status))?,
            exception: Exception::from_text(exception).ok_or_else(|| StoreError::corrupt(exception))?,
            lines: serde_json::from_str(row.get::<&str, _>("lines"))?,
            note: row.get("note"),
            gross: fen(row, "gross_fen")?,
            discount: fen(row, "discount_fen")?,
            rounding: fen(row, "rounding_fen")?,
            tail: fen(row, "tail_fen")?,
            due: fen(row, "due_fen")?,
            opened_at: row.get("opened_at"),
            expires_at: row.get("expires_at"),
            ended_at: row.get("ended_at"),
            tendered: fen_or_none(row, "tendered_fen")?,
            refunded: fen(row, "refunded_fen")?,
            program_id: row.get("program_id"),
            counter: row.get("counter"),
        };
        let sums = ticket.gross.get() - ticket.discount.get() - ticket.rounding.get() - ticket.tail.get();
        debug_assert_eq!(sums, ticket.due.get(), "a stored ticket's books add up");
        Ok(ticket)
    }

    /// The price before the tail.
    pub fn price(&self) -> Fen {
        self.due.plus(self.tail).unwrap_or(self.due)
    }
}

pub(crate) async fn row(c: &mut SqliteConnection, id: i64) -> Result<TicketRow> {
    let row = sqlx::query("SELECT * FROM ticket WHERE id = ?1").bind(id).fetch_optional(c).await?;
    TicketRow::read(&row.ok_or(StoreError::NotFound)?)
}

async fn offers(c: &mut SqliteConnection, ids: &str) -> Result<HashMap<i64, Vec<OfferRow>>> {
    let rows = sqlx::query(
        "SELECT h.ticket_id, h.account_id, a.channel, a.label, c.payload, c.amount_fen IS NOT NULL AS fixed
         FROM hold h JOIN account a ON a.id = h.account_id JOIN code c ON c.id = h.code_id
         WHERE h.ticket_id IN (SELECT value FROM json_each(?1)) ORDER BY h.id",
    )
    .bind(ids)
    .fetch_all(c)
    .await?;
    let mut by_ticket: HashMap<i64, Vec<OfferRow>> = HashMap::new();
    for row in &rows {
        let offer = OfferRow {
            account_id: row.get("account_id"),
            channel: channel(row, "channel")?,
            label: row.get("label"),
            payload: row.get("payload"),
            fixed: row.get("fixed"),
        };
        by_ticket.entry(row.get("ticket_id")).or_default().push(offer);
    }
    Ok(by_ticket)
}

async fn payments(c: &mut SqliteConnection, ids: &str) -> Result<HashMap<i64, Vec<SettlementRow>>> {
    let rows = sqlx::query(
        "SELECT * FROM settlement WHERE ticket_id IN (SELECT value FROM json_each(?1)) ORDER BY ticket_id, nth",
    )
    .bind(ids)
    .fetch_all(c)
    .await?;
    let mut by_ticket: HashMap<i64, Vec<SettlementRow>> = HashMap::new();
    for row in &rows {
        let how: &str = row.get("how");
        let payment = SettlementRow {
            how: How::from_text(how).ok_or_else(|| StoreError::corrupt(how))?,
            channel: channel(row, "channel")?,
            amount: fen(row, "amount_fen")?,
            late: row.get("late"),
            reason: row.get("reason"),
            at: row.get("at"),
        };
        by_ticket.entry(row.get("ticket_id")).or_default().push(payment);
    }
    Ok(by_ticket)
}

/// Joins tickets with what belongs to them, in three reads whatever their number.
pub(crate) async fn fill(c: &mut SqliteConnection, tickets: Vec<TicketRow>) -> Result<Vec<TicketFull>> {
    let ids = serde_json::to_string(&tickets.iter().map(|t| t.id).collect::<Vec<_>>())?;
    let (mut offers, mut payments) = (offers(c, &ids).await?, payments(c, &ids).await?);
    let rows = sqlx::query(
        "SELECT proposed_id, min(id) AS item FROM inbox
         WHERE state = 'open' AND proposed_id IN (SELECT value FROM json_each(?1)) GROUP BY proposed_id",
    )
    .bind(&ids)
    .fetch_all(&mut *c)
    .await?;
    let mut refunds = if tickets.iter().any(|t| t.refunded > Fen::ZERO) {
        refund::of_tickets(c, &ids).await?
    } else {
        HashMap::new()
    };
    let mut proposed: HashMap<i64, i64> = rows.iter().map(|r| (r.get("proposed_id"), r.get("item"))).collect();
    let join = |ticket: TicketRow| TicketFull {
        offers: if ticket.status == Status::Open { offers.remove(&ticket.id).unwrap_or_default() } else { Vec::new() },
        payments: payments.remove(&ticket.id).unwrap_or_default(),
        refunds: refunds.remove(&ticket.id).unwrap_or_default(),
        proposed: proposed.remove(&ticket.id),
        ticket,
    };
    Ok(tickets.into_iter().map(join).collect())
}

pub(crate) async fn full(c: &mut SqliteConnection, id: i64) -> Result<TicketFull> {
    let ticket = row(c, id).await?;
    fill(c, vec![ticket]).await?.pop().ok_or(StoreError::NotFound)
}

/// The next id and number of a ticket.
async fn next(c: &mut SqliteConnection, business_date: &str) -> Result<(i64, i64)> {
    let row = sqlx::query(
        "SELECT (SELECT coalesce(max(id), 0) + 1 FROM ticket),
                (SELECT coalesce(max(number), 0) + 1 FROM ticket WHERE business_date = ?1)",
    )
    .bind(business_date)
    .fetch_one(c)
    .await?;
    Ok((row.get(0), row.get(1)))
}

fn insert(batch: &mut Batch, t: &TicketRow, actor: &str) -> Result<()> {
    batch
        .add(
            "INSERT INTO ticket (id, number, business_date, status, exception, lines, note, gross_fen, discount_fen,
                                 rounding_fen, tail_fen, due_fen, opened_at, expires_at, ended_at, tendered_fen, actor)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(t.id)
        .bind(t.number)
        .bind(t.business_date.clone())
        .bind(t.status.as_str())
        .bind(t.exception.as_str())
        .bind(serde_json::to_string(&t.lines)?)
        .bind(t.note.clone())
        .bind(t.gross.get())
        .bind(t.discount.get())
        .bind(t.rounding.get())
        .bind(t.tail.get())
        .bind(t.due.get())
        .bind(t.opened_at)
        .bind(t.expires_at)
        .bind(t.ended_at)
        .bind(t.tendered.map(Fen::get))
        .bind(actor);
    Ok(())
}

/// A ticket that was paid the moment it was opened.
pub(crate) async fn insert_paid(
    c: &mut SqliteConnection,
    sale: &Sale,
    priced: &Priced,
    at: i64,
    business_date: &str,
    tendered: Option<Fen>,
    actor: &str,
) -> Result<TicketRow> {
    let (id, number) = next(c, business_date).await?;
    let ticket = TicketRow {
        id,
        number,
        business_date: business_date.to_owned(),
        status: Status::Paid,
        exception: Exception::None,
        lines: sale.lines.clone(),
        note: sale.note.clone(),
        gross: priced.gross_fen,
        discount: priced.discount_fen,
        rounding: priced.rounding_fen,
        tail: Fen::ZERO,
        due: priced.price_fen,
        opened_at: at,
        expires_at: None,
        ended_at: Some(at),
        tendered,
        refunded: Fen::ZERO,
        program_id: None,
        counter: true,
    };
    let mut batch = Batch::default();
    insert(&mut batch, &ticket, actor)?;
    batch.run(c).await?;
    Ok(ticket)
}

/// What opening a ticket needs to know first, in one read.
struct Known {
    seen: Option<(String, i64)>,
    id: i64,
    number: i64,
    head: Head,
}

macro_rules! known {
    ($before:literal) => {
        concat!(
            $before,
            "SELECT (SELECT verb FROM request WHERE id = ?1) AS verb,
                (SELECT subject_id FROM request WHERE id = ?1) AS subject,
                (SELECT coalesce(max(id), 0) + 1 FROM ticket) AS id,
                (SELECT coalesce(max(number), 0) + 1 FROM ticket WHERE business_date = ?2) AS number,
                (SELECT seq FROM journal ORDER BY seq DESC LIMIT 1) AS seq,
                (SELECT hash FROM journal ORDER BY seq DESC LIMIT 1) AS hash"
        )
    };
}

async fn known(c: &mut SqliteConnection, alone: bool, request_id: &str, business_date: &str) -> Result<Known> {
    let row = sqlx::query(if alone { known!("BEGIN IMMEDIATE;\n") } else { known!("") })
        .bind(request_id)
        .bind(business_date)
        .fetch_one(c)
        .await?;
    Ok(Known {
        seen: row.get::<Option<String>, _>("verb").zip(row.get("subject")),
        id: row.get("id"),
        number: row.get("number"),
        head: Head::from_parts(row.get("seq"), row.get("hash")),
    })
}

async fn open(c: &mut SqliteConnection, alone: bool, new: NewTicket) -> Result<(Act<TicketFull>, Batch)> {
    let Known { seen, id, number, mut head } = known(c, alone, &new.request_id, &new.business_date).await?;
    match seen {
        Some((verb, id)) if verb == "ring_up" => return Ok((Act::Repeat(id), Batch::default())),
        Some(_) => return Err(StoreError::RequestReused),
        None => {}
    }
    let price = new.priced.price_fen;
    let (low, high) = (price.get() - new.tail_max.get(), price.get() + new.tail_max.get());
    let accounts = account::payable(c, low, high).await?;
    let occupied = occupied(c, low, high, new.at).await?;
    let payables: Vec<Payable> = accounts.iter().map(|a| a.payable.clone()).collect();
    let (due, offered) = due::pick(price, new.direction, new.tail_max, &payables, &occupied)?;
    debug_assert!(!offered.is_empty(), "a due amount is offered somewhere");
    let ticket = TicketRow {
        id,
        number,
        business_date: new.business_date,
        status: Status::Open,
        exception: Exception::None,
        lines: new.sale.lines,
        note: new.sale.note,
        gross: new.priced.gross_fen,
        discount: new.priced.discount_fen,
        rounding: new.priced.rounding_fen,
        tail: price.minus(due).map_err(StoreError::corrupt)?,
        due,
        opened_at: new.at,
        expires_at: Some(new.expires_at),
        ended_at: None,
        tendered: None,
        refunded: Fen::ZERO,
        program_id: None,
        counter: true,
    };
    let mut batch = Batch::default();
    release(&mut batch, Some(due), new.at);
    insert(&mut batch, &ticket, &new.actor)?;
    let mut offers = Vec::with_capacity(offered.len());
    for place in offered {
        let (code, offer) =
            accounts[place].offer(due).ok_or_else(|| StoreError::corrupt("an account without a code"))?;
        batch
            .add("INSERT INTO hold (ticket_id, account_id, code_id, amount_fen) VALUES (?, ?, ?, ?)")
            .bind(id)
            .bind(offer.account_id)
            .bind(code)
            .bind(due.get());
        offers.push(offer);
    }
    request::note_in(&mut batch, &new.request_id, "ring_up", id, new.at);
    let entry = Entry {
        at: new.at,
        actor: &new.actor,
        act: "ticket.opened",
        subject: format!("ticket:{id}"),
        before: serde_json::Value::Null,
        after: serde_json::json!({ "status": "open", "number": number, "due_fen": due, "tail_fen": ticket.tail }),
    };
    head.append(&mut batch, &entry);
    Ok((Act::New(TicketFull { ticket, offers, payments: Vec::new(), refunds: Vec::new(), proposed: None }), batch))
}

/// Frees an amount, or all amounts, that have cooled down.
fn release(batch: &mut Batch, amount: Option<Fen>, now: i64) {
    batch
        .add(
            "UPDATE hold SET released_at = ? WHERE released_at IS NULL AND amount_fen BETWEEN ? AND ?
             AND EXISTS (SELECT 1 FROM ticket t WHERE t.id = hold.ticket_id AND t.cool_until <= ?)",
        )
        .bind(now)
        .bind(amount.map_or(0, Fen::get))
        .bind(amount.map_or(i64::MAX, Fen::get))
        .bind(now);
}

/// (channel, amount) of every live hold between two amounts.
async fn occupied(c: &mut SqliteConnection, low: i64, high: i64, now: i64) -> Result<HashSet<(Channel, Fen)>> {
    let rows = sqlx::query(
        "SELECT a.channel, h.amount_fen
         FROM hold h JOIN account a ON a.id = h.account_id JOIN ticket t ON t.id = h.ticket_id
         WHERE h.released_at IS NULL AND h.amount_fen BETWEEN ?1 AND ?2 AND (t.cool_until IS NULL OR t.cool_until > ?3)",
    )
    .bind(low)
    .bind(high)
    .bind(now)
    .fetch_all(c)
    .await?;
    rows.iter().map(|row| Ok((channel(row, "channel")?, fen(row, "amount_fen")?))).collect()
}

/// Ends a waiting ticket without money and lets its amount cool down.
pub(crate) fn end(
    batch: &mut Batch,
    head: &mut Head,
    ticket: &mut TicketRow,
    status: Status,
    at: i64,
    cool_until: i64,
    actor: &str,
) {
    batch
        .add("UPDATE ticket SET status = ?, ended_at = ?, cool_until = ? WHERE id = ?")
        .bind(status.as_str())
        .bind(at)
        .bind(cool_until)
        .bind(ticket.id);
    let entry = Entry {
        at,
        actor,
        act: if status == Status::Expired { "ticket.expired" } else { "ticket.cancelled" },
        subject: format!("ticket:{}", ticket.id),
        before: serde_json::json!({ "status": ticket.status }),
        after: serde_json::json!({ "status": status, "cool_until": cool_until }),
    };
    head.append(batch, &entry);
    (ticket.status, ticket.ended_at) = (status, Some(at));
}

impl Store {
    /// Opens a ticket: picks its due amount, occupies it, journals it.
    pub async fn open_ticket(&self, new: NewTicket) -> Result<Act<TicketFull>> {
        self.writer.write_batch(move |c, alone| Box::pin(open(c, alone, new)), |_| {}).await
    }

    /// A sale in cash at once.
    pub async fn sell_cash(&self, new: CashSale) -> Result<Act<TicketFull>> {
        self.writer
            .write(move |c| {
                Box::pin(async move {
                    if let Some(id) = request::seen(c, &new.request_id, "sell_cash").await? {
                        return Ok(Act::Repeat(id));
                    }
                    let sale = (&new.sale, &new.priced);
                    let mut ticket =
                        insert_paid(c, sale.0, sale.1, new.at, &new.business_date, new.tendered, &new.actor).await?;
                    request::note(c, &new.request_id, "sell_cash", ticket.id, new.at).await?;
                    let payment = crate::settle::cash_payment(&ticket, new.at, &new.business_date, &new.actor);
                    crate::settle::write(c, &mut ticket, &mut Vec::new(), payment).await?;
                    Ok(Act::New(full(c, ticket.id).await?))
                })
            })
            .await
    }

    /// Cancels a waiting ticket.
    pub async fn cancel(&self, what: End) -> Result<Act<TicketFull>> {
        self.writer
            .write(move |c| {
                Box::pin(async move {
                    if let Some(id) = request::seen(c, &what.request_id, "cancel").await? {
                        return Ok(Act::Repeat(id));
                    }
                    let mut ticket = row(c, what.ticket_id).await?;
                    if ticket.status != Status::Open {
                        return Err(StoreError::Conflict("ticket_not_open"));
                    }
                    let (mut batch, mut head) = (Batch::default(), journal::head(c).await?);
                    let (status, at, until) = (Status::Cancelled, what.at, what.cool_until);
                    end(&mut batch, &mut head, &mut ticket, status, at, until, &what.actor);
                    request::note_in(&mut batch, &what.request_id, "cancel", ticket.id, at);
                    batch.run(c).await?;
                    Ok(Act::New(full(c, ticket.id).await?))
                })
            })
            .await
    }

    /// Expires every ticket whose time has run out, and releases the amounts that have cooled down.
    pub async fn sweep(&self, now: i64, cooldown: i64) -> Result<Vec<TicketFull>> {
        self.writer
            .write(move |c| {
                Box::pin(async move {
                    let rows = sqlx::query(
                        "SELECT * FROM ticket WHERE status = 'open' AND expires_at <= ?1 ORDER BY id LIMIT 100",
                    )
                    .bind(now)
                    .fetch_all(&mut *c)
                    .await?;
                    let mut ended = Vec::with_capacity(rows.len());
                    let (mut batch, mut head) = (Batch::default(), journal::head(c).await?);
                    for row in &rows {
                        let mut ticket = TicketRow::read(row)?;
                        let at = ticket.expires_at.unwrap_or(now);
                        let until = at.saturating_add(cooldown);
                        end(&mut batch, &mut head, &mut ticket, Status::Expired, at, until, "till");
                        ended.push(ticket);
                    }
                    release(&mut batch, None, now);
                    batch.run(c).await?;
                    fill(c, ended).await
                })
            })
            .await
    }

    /// Ends one waiting ticket's time early (practice: a payment that comes too late).
    pub async fn expire(&self, ticket_id: i64, at: i64, cooldown: i64) -> Result<TicketFull> {
        self.writer
            .write(move |c| {
                Box::pin(async move {
                    let mut ticket = row(c, ticket_id).await?;
                    if ticket.status != Status::Open {
                        return Err(StoreError::Conflict("ticket_not_open"));
                    }
                    let (mut batch, mut head) = (Batch::default(), journal::head(c).await?);
                    let until = at.saturating_add(cooldown);
                    end(&mut batch, &mut head, &mut ticket, Status::Expired, at, until, "practice");
                    batch.run(c).await?;
                    full(c, ticket_id).await
                })
            })
            .await
    }

    /// When the next ticket runs out or the next amount has cooled down.
    pub async fn next_deadline(&self) -> Result<Option<i64>> {
        let row = sqlx::query(
            "SELECT min(at) FROM (SELECT min(expires_at) AS at FROM ticket WHERE status = 'open'
             UNION ALL SELECT min(t.cool_until) FROM hold h JOIN ticket t ON t.id = h.ticket_id WHERE h.released_at IS NULL)",
        )
        .fetch_one(&self.read)
        .await?;
        Ok(row.get(0))
    }

    /// One ticket.
    pub async fn ticket(&self, id: i64) -> Result<TicketFull> {
        full(&mut *self.read.acquire().await?, id).await
    }

    /// Tickets that wait, oldest first.
    pub async fn waiting(&self) -> Result<Vec<TicketFull>> {
        let mut c = self.read.acquire().await?;
        let rows =
            sqlx::query("SELECT * FROM ticket WHERE status = 'open' ORDER BY id LIMIT 1000").fetch_all(&mut *c).await?;
        fill(&mut c, rows.iter().map(TicketRow::read).collect::<Result<_>>()?).await
    }

    /// The newest tickets, of one status or all.
    pub async fn tickets(&self, status: Option<Status>, limit: u32) -> Result<Vec<TicketFull>> {
        let mut c = self.read.acquire().await?;
        let rows = sqlx::query("SELECT * FROM ticket WHERE ?1 IS NULL OR status = ?1 ORDER BY id DESC LIMIT ?2")
            .bind(status.map(Status::as_str))
            .bind(limit)
            .fetch_all(&mut *c)
            .await?;
        fill(&mut c, rows.iter().map(TicketRow::read).collect::<Result<_>>()?).await
    }

    /// A business day: how many tickets were paid, and what came in less what was given back.
    pub async fn day_sum(&self, business_date: &str) -> Result<(i64, i64)> {
        let row = sqlx::query(
            "SELECT count(DISTINCT ticket_id), coalesce(sum(amount_fen), 0)
                    - (SELECT coalesce(sum(amount_fen), 0) FROM refund WHERE business_date = ?1)
             FROM settlement WHERE business_date = ?1",
        )
        .bind(business_date)
        .fetch_one(&self.read)
        .await?;
        Ok((row.get(0), row.get(1)))
    }
}
