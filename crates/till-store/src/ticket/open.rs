//! Opening: a ticket gets its due amount and occupies it, or is paid at once.

use std::collections::HashSet;

use sqlx::{Row, SqliteConnection};
use till_core::due::{self, Payable, TailDirection};
use till_core::price::{Priced, Sale};
use till_core::ticket::{Exception, Status};
use till_core::{Channel, Fen};

use super::end::release;
use super::{TicketFull, TicketRow, channel, fen, full};
use crate::batch::Batch;
use crate::error::{Result, StoreError};
use crate::journal::{Entry, Head};
use crate::request::{self, Act};
use crate::{Store, account};

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
}
