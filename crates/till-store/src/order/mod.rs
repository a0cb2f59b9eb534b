//! Orders of programs: each is a ticket with what its program said about it.

mod list;
#[cfg(test)]
mod plans;

use serde_json::json;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};
use till_core::ticket::Status;
use till_core::{Channel, Fen};

pub use list::OrderQuery;

use crate::batch::Batch;
use crate::callback::CallbackRow;
use crate::error::{Result, StoreError};
use crate::ticket::{self, NewTicket, Place, TicketFull, Whose, fen, place};
use crate::{Store, gateway};

/// An order to be opened with its ticket.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "named as the columns they fill")]
pub struct NewOrder {
    pub program_id: i64,
    pub order_no: String,
    pub token: String,
    pub out_no: String,
    pub idem_key: Option<String>,
    pub digest: Vec<u8>,
    /// Offered on these channels only; empty: on all.
    pub channels: Vec<Channel>,
    pub channel: Option<Channel>,
    pub asked: String,
    pub title: String,
    pub notify_url: String,
    pub return_url: String,
    pub buyer: String,
    /// The counter screen may show it.
    pub counter: bool,
}

/// A code offered for an order.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of the table, documented in the migration")]
pub struct OrderOffer {
    pub channel: Channel,
    pub label: String,
    pub payload: String,
    pub fixed: bool,
}

/// An order with what its program and its checkout page want to know, in one read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of the tables, documented in the migrations")]
pub struct OrderRow {
    /// Of the order and of its ticket.
    pub id: i64,
    pub program_id: i64,
    pub order_no: String,
    pub token: String,
    pub out_no: String,
    pub idem_key: Option<String>,
    pub digest: Vec<u8>,
    pub channel: Option<Channel>,
    pub asked: String,
    pub title: String,
    pub notify_url: String,
    pub return_url: String,
    pub buyer: String,
    pub created_at: i64,
    pub shown_at: Option<i64>,
    /// Of the ticket.
    pub number: i64,
    pub business_date: String,
    pub status: Status,
    pub price: Fen,
    pub due: Fen,
    pub expires_at: i64,
    pub ended_at: Option<i64>,
    pub refunded: Fen,
    /// When its first money was settled, and on which channel.
    pub paid: Option<(i64, Channel)>,
    /// Codes offered, in order: the shop's own, also after the ticket has ended; then those that providers have made for
    /// it, while it may be paid through them.
    pub offers: Vec<OrderOffer>,
    pub callback: Option<CallbackRow>,
}

/// What came of opening an order.
#[derive(Clone, Debug)]
pub enum Opened {
    /// A new ticket waits.
    New(Box<TicketFull>, Box<OrderRow>),
    /// The program has used this number or this key before; nothing changed.
    Exists(Box<OrderRow>),
}

/// How an order is named.
#[derive(Clone, Debug)]
pub enum OrderKey {
    /// Its id, which is its ticket's.
    Id(i64),
    /// Our number.
    OrderNo(String),
    /// The token of its checkout page.
    Token(String),
    /// The program's number.
    OutNo(i64, String),
}

/// An order with its ticket, its first money, its codes and its callback, in one read: programs ask for it often.
macro_rules! orders {
    ($which:literal) => {
        concat!(
            "SELECT o.*, t.number, t.business_date, t.status, t.due_fen, t.tail_fen, t.expires_at, t.ended_at,
                    t.refunded_fen, s.at AS paid_at, s.channel AS paid_channel,
                    (SELECT json_group_array(json_array(a.channel, a.label, c.payload, c.amount_fen IS NOT NULL) ORDER BY h.id)
                     FROM hold h JOIN account a ON a.id = h.account_id JOIN code c ON c.id = h.code_id
                     WHERE h.ticket_id = o.id) AS offers,
                    (SELECT json_group_array(json_array(g.provider, d.name, r.code, 1) ORDER BY r.id)
                     FROM trade r JOIN gateway g ON g.id = r.gateway_id JOIN device d ON d.gateway_id = g.id
                     WHERE r.ticket_id = o.id AND r.stage = 'waiting' AND r.code <> '' AND r.surface = '') AS made,
                    k.created_at AS owed_at, k.attempts, k.next_at, k.delivered_at
             FROM program_order o JOIN ticket t ON t.id = o.id
             LEFT JOIN settlement s ON s.ticket_id = o.id AND s.nth = 1
             LEFT JOIN callback k ON k.order_id = o.id ",
            $which
        )
    };
}

use orders;

fn read(row: &SqliteRow) -> Result<OrderRow> {
    let status: &str = row.get("status");
    let mut offers: Vec<(Channel, String, String, u8)> = serde_json::from_str(row.get("offers"))?;
    let made: Vec<(Channel, String, String, u8)> = serde_json::from_str(row.get("made"))?;
    offers.extend(made);
    let asked_channel = row.get::<Option<&str>, _>("channel").map(str::parse).transpose();
    let created_at = row.get("created_at");
    let due = fen(row, "due_fen")?;
    Ok(OrderRow {
        id: row.get("id"),
        program_id: row.get("program_id"),
        order_no: row.get("order_no"),
        token: row.get("token"),
        out_no: row.get("out_no"),
        idem_key: row.get("idem_key"),
        digest: row.get("digest"),
        channel: asked_channel.map_err(StoreError::corrupt)?,
        asked: row.get("asked"),
        title: row.get("title"),
        notify_url: row.get("notify_url"),
        return_url: row.get("return_url"),
        buyer: row.get("buyer"),
        created_at,
        shown_at: row.get("shown_at"),
        number: row.get("number"),
        business_date: row.get("business_date"),
        status: Status::from_text(status).ok_or_else(|| StoreError::corrupt(status))?,
        price: due.plus(fen(row, "tail_fen")?).map_err(StoreError::corrupt)?,
        due,
        expires_at: row.get::<Option<i64>, _>("expires_at").unwrap_or(created_at),
        ended_at: row.get("ended_at"),
        refunded: fen(row, "refunded_fen")?,
        paid: match row.get::<Option<i64>, _>("paid_at") {
            Some(at) => Some((at, ticket::channel(row, "paid_channel")?)),
            None => None,
        },
        offers: offers
            .into_iter()
            .map(|(channel, label, payload, fixed)| OrderOffer { channel, label, payload, fixed: fixed != 0 })
            .collect(),
        callback: row.get::<Option<i64>, _>("owed_at").map(|created_at| CallbackRow {
            created_at,
            attempts: row.get("attempts"),
            next_at: row.get("next_at"),
            delivered_at: row.get("delivered_at"),
        }),
    })
}

async fn one(c: &mut SqliteConnection, key: OrderKey) -> Result<OrderRow> {
    let found = match key {
        OrderKey::Id(id) => sqlx::query(orders!("WHERE o.id = ?1")).bind(id),
        OrderKey::OrderNo(no) => sqlx::query(orders!("WHERE o.order_no = ?1")).bind(no),
        OrderKey::Token(token) => sqlx::query(orders!("WHERE o.token = ?1")).bind(token),
        OrderKey::OutNo(program_id, no) => {
            sqlx::query(orders!("WHERE o.program_id = ?1 AND o.out_no = ?2")).bind(program_id).bind(no)
        }
    };
    read(&found.fetch_optional(c).await?.ok_or(StoreError::NotFound)?)
}

macro_rules! known {
    ($before:literal) => {
        place!(
            $before,
            "(SELECT revoked_at IS NULL FROM program WHERE id = ?2) AS live,
             coalesce((SELECT id FROM program_order WHERE program_id = ?2 AND idem_key = ?4),
                      (SELECT id FROM program_order WHERE program_id = ?2 AND out_no = ?3)) AS before"
        )
    };
}

/// What opening an order needs to know, in one read; with the transaction's beginning where the act is alone.
const KNOWN: &str = known!("");
const BEGIN_KNOWN: &str = known!("BEGIN IMMEDIATE;\n");

async fn open(c: &mut SqliteConnection, alone: bool, new: NewTicket, order: NewOrder) -> Result<(Opened, Batch)> {
    let row = sqlx::query(if alone { BEGIN_KNOWN } else { KNOWN })
        .bind(&new.business_date)
        .bind(order.program_id)
        .bind(&order.out_no)
        .bind(&order.idem_key)
        .fetch_one(&mut *c)
        .await?;
    if let Some(id) = row.get::<Option<i64>, _>("before") {
        return Ok((Opened::Exists(Box::new(one(c, OrderKey::Id(id)).await?)), Batch::default()));
    }
    match row.get::<Option<bool>, _>("live") {
        Some(true) => {}
        Some(false) => return Err(StoreError::Conflict("program_revoked")),
        None => return Err(StoreError::NotFound),
    }
    let mut place = Place::read(&row);
    let actor = new.actor.clone();
    let whose = Whose { program_id: Some(order.program_id), counter: order.counter, channels: &order.channels };
    let (full, mut batch) = ticket::draw_up(c, &place, new, whose).await?;
    insert(&mut batch, &full, &order);
    let mut entry = ticket::opened(&full.ticket, &actor);
    entry.after["program"] = json!(order.program_id);
    entry.after["out_no"] = json!(order.out_no);
    place.head.append(&mut batch, &entry);
    gateway::planned(&mut batch, &mut place.head, &full.trades, &actor);
    let row = fresh(&full, order);
    Ok((Opened::New(Box::new(full), Box::new(row)), batch))
}

fn insert(batch: &mut Batch, full: &TicketFull, order: &NewOrder) {
    batch
        .add(
            "INSERT INTO program_order (id, program_id, order_no, token, out_no, idem_key, digest, channel, asked, title,
                                        notify_url, return_url, buyer, created_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(full.ticket.id)
        .bind(order.program_id)
        .bind(order.order_no.clone())
        .bind(order.token.clone())
        .bind(order.out_no.clone())
        .bind(order.idem_key.clone())
        .bind(order.digest.clone())
        .bind(order.channel.map(Channel::as_str))
        .bind(order.asked.clone())
        .bind(order.title.clone())
        .bind(order.notify_url.clone())
        .bind(order.return_url.clone())
        .bind(order.buyer.clone())
        .bind(full.ticket.opened_at);
}

/// An order as it reads the moment it was opened.
fn fresh(full: &TicketFull, order: NewOrder) -> OrderRow {
    let (ticket, offers) = (&full.ticket, full.offers.iter().cloned());
    OrderRow {
        id: ticket.id,
        program_id: order.program_id,
        order_no: order.order_no,
        token: order.token,
        out_no: order.out_no,
        idem_key: order.idem_key,
        digest: order.digest,
        channel: order.channel,
        asked: order.asked,
        title: order.title,
        notify_url: order.notify_url,
        return_url: order.return_url,
        buyer: order.buyer,
        created_at: ticket.opened_at,
        shown_at: None,
        number: ticket.number,
        business_date: ticket.business_date.clone(),
        status: ticket.status,
        price: ticket.price(),
        due: ticket.due,
        expires_at: ticket.expires_at.unwrap_or(ticket.opened_at),
        ended_at: ticket.ended_at,
        refunded: ticket.refunded,
        paid: None,
        offers: offers
            .map(|o| OrderOffer { channel: o.channel, label: o.label, payload: o.payload, fixed: o.fixed })
            .collect(),
        callback: None,
    }
}

impl Store {
    /// Opens a ticket for a program's order, or finds the one there is. `ticket.request_id` is not noted: the program's
    /// number is what makes it happen once. `Conflict("program_revoked")` once its key has ended.
    pub async fn open_order(&self, ticket: NewTicket, order: NewOrder) -> Result<Opened> {
        self.writer.write_batch(move |c, alone| Box::pin(open(c, alone, ticket, order)), |_| {}).await
    }

    /// One order.
    pub async fn order(&self, key: OrderKey) -> Result<OrderRow> {
        one(&mut *self.read.acquire().await?, key).await
    }

    /// Notes when an order's checkout page was first seen; later times change nothing.
    pub async fn order_shown(&self, id: i64, at: i64) -> Result<()> {
        self.writer
            .write(move |c| {
                Box::pin(async move {
                    sqlx::query("UPDATE program_order SET shown_at = ?2 WHERE id = ?1 AND shown_at IS NULL")
                        .bind(id)
                        .bind(at)
                        .execute(c)
                        .await?;
                    Ok(())
                })
            })
            .await
    }

    /// lyn: true if this buyer has a paid order with this title.
    pub async fn bought(&self, program_id: i64, title: &str, buyer: &str) -> Result<bool> {
        let row = sqlx::query(
            "SELECT EXISTS (SELECT 1 FROM program_order o JOIN ticket t ON t.id = o.id AND t.status = 'paid'
                            WHERE o.program_id = ?1 AND o.title = ?2 AND o.buyer = ?3 AND o.buyer <> '')",
        )
        .bind(program_id)
        .bind(title)
        .bind(buyer)
        .fetch_one(&self.read)
        .await?;
        Ok(row.get(0))
    }
}
