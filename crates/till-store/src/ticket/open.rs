//! Opening: a ticket gets its due amount and occupies it, or is paid at once.

use std::collections::HashSet;

use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};
use till_core::due::{self, Payable, PickError, TailDirection};
use till_core::price::{Priced, Sale};
use till_core::ticket::{Exception, Status};
use till_core::{Channel, Fen};

use super::end::release;
use super::{TicketFull, TicketRow, channel, fen, full};
use crate::batch::Batch;
use crate::error::{Result, StoreError};
use crate::gateway::NewTrade;
use crate::journal::{Entry, Head};
use crate::request::{self, Act};
use crate::{Store, account, gateway};

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
    /// To be begun for it through contracts.
    pub trades: Vec<NewTrade>,
    /// Channels whose personal codes are not offered, because a contract serves them.
    pub served: Vec<Channel>,
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
                                 rounding_fen, tail_fen, due_fen, opened_at, expires_at, ended_at, tendered_fen, actor,
                                 program_id, counter)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
        .bind(actor)
        .bind(t.program_id)
        .bind(t.counter);
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

/// Where a new ticket goes: its id, its number of the day, and the journal's end.
pub(crate) struct Place {
    id: i64,
    number: i64,
    pub(crate) head: Head,
}

/// The columns of a [`Place`], for the one read that comes before a ticket is opened. `?1` is its business date; what
/// the act itself asks for stands between the two texts.
macro_rules! place {
    ($before:literal, $asked:literal) => {
        concat!(
            $before,
            "SELECT ",
            $asked,
            ", (SELECT coalesce(max(id), 0) + 1 FROM ticket) AS id,
                (SELECT coalesce(max(number), 0) + 1 FROM ticket WHERE business_date = ?1) AS number,
                (SELECT seq FROM journal ORDER BY seq DESC LIMIT 1) AS seq,
                (SELECT hash FROM journal ORDER BY seq DESC LIMIT 1) AS hash"
        )
    };
}
pub(crate) use place;

impl Place {
    pub(crate) fn read(row: &SqliteRow) -> Place {
        let head = Head::from_parts(row.get("seq"), row.get("hash"));
        Place { id: row.get("id"), number: row.get("number"), head }
    }
}

/// Whose ticket it is, and where it may be paid.
#[derive(Clone, Copy)]
pub(crate) struct Whose<'a> {
    /// The program that asks for it; none: rung up here.
    pub(crate) program_id: Option<i64>,
    /// The counter screen may show it.
    pub(crate) counter: bool,
    /// Offered on these channels only; empty: on all.
    pub(crate) channels: &'a [Channel],
}

const RUNG_UP: Whose<'static> = Whose { program_id: None, counter: true, channels: &[] };

/// A ticket with its due amount and its codes, and the batch that writes it and occupies the amount. The caller adds
/// what makes it happen once, and the journal's rows ([`opened`], [`gateway::planned`]).
pub(crate) async fn draw_up(
    c: &mut SqliteConnection,
    place: &Place,
    new: NewTicket,
    whose: Whose<'_>,
) -> Result<(TicketFull, Batch)> {
    let price = new.priced.price_fen;
    let (low, high) = (price.get() - new.tail_max.get(), price.get() + new.tail_max.get());
    let mut accounts = account::payable(c, low, high).await?;
    accounts.retain(|a| {
        let channel = &a.payable.channel;
        (whose.channels.is_empty() || whose.channels.contains(channel)) && !new.served.contains(channel)
    });
    let occupied = occupied(c, low, high, new.at).await?;
    let payables: Vec<Payable> = accounts.iter().map(|a| a.payable.clone()).collect();
    let (due, offered) = match due::pick(price, new.direction, new.tail_max, &payables, &occupied) {
        // A trade knows its ticket: no amount has to be told from others, and none is occupied.
        Err(PickError::NoCode) if !new.trades.is_empty() => (price, Vec::new()),
        picked => picked?,
    };
    debug_assert!(!offered.is_empty() || !new.trades.is_empty(), "a due amount is offered somewhere");
    let ticket = TicketRow {
        id: place.id,
        number: place.number,
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
        program_id: whose.program_id,
        counter: whose.counter,
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
            .bind(ticket.id)
            .bind(offer.account_id)
            .bind(code)
            .bind(due.get());
        offers.push(offer);
    }
    let trades = gateway::plan_in(c, &mut batch, &ticket, new.at, new.trades).await?;
    let (payments, refunds) = (Vec::new(), Vec::new());
    Ok((TicketFull { ticket, offers, payments, refunds, trades, proposed: None }, batch))
}

/// What the journal says of a ticket that was opened.
pub(crate) fn opened<'a>(ticket: &TicketRow, actor: &'a str) -> Entry<'a> {
    Entry {
        at: ticket.opened_at,
        actor,
        act: "ticket.opened",
        subject: format!("ticket:{}", ticket.id),
        before: serde_json::Value::Null,
        after: serde_json::json!({
            "status": "open", "number": ticket.number, "due_fen": ticket.due, "tail_fen": ticket.tail,
        }),
    }
}

macro_rules! known {
    ($before:literal) => {
        place!(
            $before,
            "(SELECT verb FROM request WHERE id = ?2) AS verb, (SELECT subject_id FROM request WHERE id = ?2) AS subject"
        )
    };
}

async fn open(c: &mut SqliteConnection, alone: bool, new: NewTicket) -> Result<(Act<TicketFull>, Batch)> {
    let row = sqlx::query(if alone { known!("BEGIN IMMEDIATE;\n") } else { known!("") })
        .bind(&new.business_date)
        .bind(&new.request_id)
        .fetch_one(&mut *c)
        .await?;
    match row.get::<Option<String>, _>("verb").zip(row.get("subject")) {
        Some((verb, id)) if verb == "ring_up" => return Ok((Act::Repeat(id), Batch::default())),
        Some(_) => return Err(StoreError::RequestReused),
        None => {}
    }
    let mut place = Place::read(&row);
    let (request_id, actor) = (new.request_id.clone(), new.actor.clone());
    let (full, mut batch) = draw_up(c, &place, new, RUNG_UP).await?;
    request::note_in(&mut batch, &request_id, "ring_up", full.ticket.id, full.ticket.opened_at);
    place.head.append(&mut batch, &opened(&full.ticket, &actor));
    gateway::planned(&mut batch, &mut place.head, &full.trades, &actor);
    Ok((Act::New(full), batch))
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
