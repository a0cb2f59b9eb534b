//! The inbox: what waits for a person.

use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};
use till_core::matching::{InboxReason, NEAR_FEN, Near};
use till_core::{Channel, Fen};

use crate::error::{Result, StoreError};
use crate::journal::{self, Entry};
use crate::ticket::{TicketRow, fen_or_none};
use crate::{Store, gateway, request};

/// Which items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InboxScope {
    /// Waiting for a person.
    Open,
    /// Dealt with, echoes included.
    Done,
    /// All.
    All,
}

/// An inbox item with the push and receipt it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of the tables, documented in the migration")]
pub struct InboxRow {
    pub id: i64,
    pub reason: InboxReason,
    pub state: String,
    pub channel: Option<Channel>,
    pub amount: Option<Fen>,
    pub payer_note: Option<String>,
    pub received_at: i64,
    pub phone_at: Option<i64>,
    pub device_name: String,
    pub package: String,
    pub title: String,
    pub text: String,
    pub rule: String,
    pub rules_version: u32,
    pub ticket_id: Option<i64>,
    pub ticket_number: Option<i64>,
    pub resolved_at: Option<i64>,
    pub resolution: String,
    /// `private`, `refund` or empty.
    pub mark: String,
    /// The ticket it was proposed to when it arrived.
    pub proposed_id: Option<i64>,
}

/// An item put aside: no sale.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "named as the columns they fill")]
pub struct SetAside {
    pub request_id: String,
    pub actor: String,
    pub at: i64,
    pub item_id: i64,
    /// `private`, `refund`; empty: ignored, and then the note is the reason.
    pub mark: &'static str,
    pub note: String,
}

/// Money that arrived, and where it went.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of the tables, documented in the migration")]
pub struct ArrivalRow {
    pub receipt_id: i64,
    pub at: i64,
    pub channel: Channel,
    pub amount: Fen,
    pub ticket_number: Option<i64>,
    pub item_id: Option<i64>,
    pub reason: Option<InboxReason>,
    /// It waits for a person.
    pub open: bool,
}

const COLUMNS: &str =
    "SELECT i.id, i.reason, i.state, i.ticket_id, i.mark, i.proposed_id, i.resolved_at, i.resolution, r.channel, r.amount_fen,
  r.payer_note, p.received_at, p.phone_at, p.package, p.title, p.text, p.rule, p.rules_version, d.name AS device_name,
  t.number AS ticket_number
FROM inbox i JOIN push p ON p.id = i.push_id JOIN device d ON d.id = p.device_id
LEFT JOIN receipt r ON r.id = i.receipt_id LEFT JOIN ticket t ON t.id = i.ticket_id ";

fn read(row: &SqliteRow) -> Result<InboxRow> {
    let (reason, channel): (&str, Option<&str>) = (row.get("reason"), row.get("channel"));
    Ok(InboxRow {
        id: row.get("id"),
        reason: InboxReason::from_text(reason).ok_or_else(|| StoreError::corrupt(reason))?,
        state: row.get("state"),
        channel: channel.map(str::parse).transpose().map_err(StoreError::corrupt)?,
        amount: fen_or_none(row, "amount_fen")?,
        payer_note: row.get("payer_note"),
        received_at: row.get("received_at"),
        phone_at: row.get("phone_at"),
        device_name: row.get("device_name"),
        package: row.get("package"),
        title: row.get("title"),
        text: row.get("text"),
        rule: row.get("rule"),
        rules_version: row.get("rules_version"),
        ticket_id: row.get("ticket_id"),
        ticket_number: row.get("ticket_number"),
        resolved_at: row.get("resolved_at"),
        resolution: row.get("resolution"),
        mark: row.get("mark"),
        proposed_id: row.get("proposed_id"),
    })
}

impl Store {
    /// Items, newest first.
    pub async fn inbox(&self, scope: InboxScope, limit: u32) -> Result<Vec<InboxRow>> {
        let which = match scope {
            InboxScope::Open => "WHERE i.state = 'open' ",
            InboxScope::Done => "WHERE i.state <> 'open' ",
            InboxScope::All => "",
        };
        let sql = format!("{COLUMNS}{which}ORDER BY i.id DESC LIMIT ?1");
        // The text is put together from constants above.
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(limit).fetch_all(&self.read).await?;
        rows.iter().map(read).collect()
    }

    /// One item.
    pub async fn inbox_item(&self, id: i64) -> Result<InboxRow> {
        let sql = format!("{COLUMNS}WHERE i.id = ?1");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(&self.read).await?;
        read(&row.ok_or(StoreError::NotFound)?)
    }

    /// Items that wait.
    pub async fn inbox_open(&self) -> Result<i64> {
        let row = sqlx::query("SELECT count(*) FROM inbox WHERE state = 'open'").fetch_one(&self.read).await?;
        Ok(row.get(0))
    }

    /// Tickets that an amount received at `at` may belong to, with what ranking needs.
    pub async fn near_tickets(&self, channel: Channel, amount: Fen, at: i64) -> Result<Vec<(Near, TicketRow)>> {
        let day = 86_400_000;
        let rows = sqlx::query(
            "SELECT t.*, EXISTS (SELECT 1 FROM hold h JOIN account a ON a.id = h.account_id
                                 WHERE h.ticket_id = t.id AND a.channel = ?1) AS same_channel
             FROM ticket t WHERE t.opened_at BETWEEN ?2 AND ?3
               AND (abs(t.due_fen - ?4) <= ?5 OR t.due_fen + t.tail_fen = ?4)
             ORDER BY t.opened_at DESC LIMIT 50",
        )
        .bind(channel.as_str())
        .bind(at - day)
        .bind(at)
        .bind(amount.get())
        .bind(NEAR_FEN)
        .fetch_all(&self.read)
        .await?;
        let near = |row: &SqliteRow| {
            let ticket = TicketRow::read(row)?;
            let near = Near {
                ticket_id: ticket.id,
                due: ticket.due,
                price: ticket.price(),
                status: ticket.status,
                opened_at: ticket.opened_at,
                same_channel: row.get("same_channel"),
            };
            Ok((near, ticket))
        };
        rows.iter().map(near).collect()
    }

    /// Receipts since the start of a business day, echoes left out: how many, and how many found their ticket by
    /// themselves.
    pub async fn day_receipts(&self, business_date: &str, since: i64) -> Result<(i64, i64)> {
        let row = sqlx::query(
            "SELECT (SELECT count(*) FROM settlement WHERE business_date = ?1 AND how = 'auto') AS auto,
                    (SELECT count(*) FROM inbox WHERE arrived_at >= ?2 AND receipt_id IS NOT NULL AND state <> 'echo') AS asked",
        )
        .bind(business_date)
        .bind(since)
        .fetch_one(&self.read)
        .await?;
        let (auto, asked): (i64, i64) = (row.get("auto"), row.get("asked"));
        Ok((auto + asked, auto))
    }

    /// The newest receipts, echoes left out; with `open` those only that wait for a person and came since then.
    pub async fn arrivals(&self, open_since: Option<i64>, limit: u32) -> Result<Vec<ArrivalRow>> {
        const ROWS: &str = "SELECT r.id, r.received_at, r.channel, r.amount_fen, i.id AS item_id, i.reason, i.state,
              coalesce(t.number, it.number) AS number ";
        let sql = match open_since {
            None => format!(
                "{ROWS}FROM receipt r LEFT JOIN inbox i ON i.receipt_id = r.id LEFT JOIN settlement s ON s.receipt_id = r.id
                 LEFT JOIN ticket t ON t.id = s.ticket_id LEFT JOIN ticket it ON it.id = i.ticket_id
                 WHERE r.echo = 0 AND ?1 IS NULL ORDER BY r.id DESC LIMIT ?2"
            ),
            Some(_) => format!(
                "{ROWS}FROM inbox i INDEXED BY inbox_open JOIN receipt r ON r.id = i.receipt_id
                 LEFT JOIN ticket t ON 0 LEFT JOIN ticket it ON 0
                 WHERE i.state = 'open' AND i.arrived_at >= ?1 ORDER BY i.arrived_at DESC LIMIT ?2"
            ),
        };
        // The text is put together from constants above.
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(open_since).bind(limit).fetch_all(&self.read).await?;
        let arrival = |row: &SqliteRow| {
            let (channel, reason): (&str, Option<&str>) = (row.get("channel"), row.get("reason"));
            let known = |text| InboxReason::from_text(text).ok_or_else(|| StoreError::corrupt(text));
            Ok(ArrivalRow {
                receipt_id: row.get("id"),
                at: row.get("received_at"),
                channel: channel.parse().map_err(StoreError::corrupt)?,
                amount: crate::ticket::fen(row, "amount_fen")?,
                ticket_number: row.get("number"),
                item_id: row.get("item_id"),
                reason: reason.map(known).transpose()?,
                open: row.get::<Option<&str>, _>("state") == Some("open"),
            })
        };
        rows.iter().map(arrival).collect()
    }

    /// Puts an item aside: ignored with a reason, or marked as no sale.
    pub async fn set_aside(&self, what: SetAside) -> Result<()> {
        self.writer.write(move |c| Box::pin(set_aside(c, what))).await
    }
}

async fn set_aside(c: &mut SqliteConnection, what: SetAside) -> Result<()> {
    let verb = if what.mark.is_empty() { "ignore" } else { "mark_item" };
    if request::seen(c, &what.request_id, verb).await?.is_some() {
        return Ok(());
    }
    if gateway::is_going_back(c, what.item_id).await? {
        return Err(StoreError::Conflict("refund_under_way"));
    }
    put_aside(c, &what).await?;
    request::note(c, &what.request_id, verb, what.item_id, what.at).await
}

/// Ends an open item without a sale. The request is for the caller to note.
pub(crate) async fn put_aside(c: &mut SqliteConnection, what: &SetAside) -> Result<()> {
    let done = sqlx::query(
        "UPDATE inbox SET state = 'ignored', mark = ?4, resolution = ?2, resolved_at = ?3 WHERE id = ?1 AND state = 'open'",
    )
    .bind(what.item_id)
    .bind(&what.note)
    .bind(what.at)
    .bind(what.mark)
    .execute(&mut *c)
    .await?;
    if done.rows_affected() == 0 {
        let row = sqlx::query("SELECT 1 FROM inbox WHERE id = ?1").bind(what.item_id).fetch_optional(c).await?;
        return Err(if row.is_some() { StoreError::Conflict("item_done") } else { StoreError::NotFound });
    }
    let mut after = serde_json::json!({ "state": "ignored", "reason": what.note });
    if !what.mark.is_empty() {
        after["mark"] = what.mark.into();
    }
    let entry = Entry {
        at: what.at,
        actor: &what.actor,
        act: if what.mark.is_empty() { "inbox.ignored" } else { "inbox.marked" },
        subject: format!("inbox:{}", what.item_id),
        before: serde_json::json!({ "state": "open" }),
        after,
    };
    journal::append(c, entry).await
}
