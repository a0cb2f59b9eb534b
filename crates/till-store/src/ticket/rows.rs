//! Reading tickets with what belongs to them.

use std::collections::HashMap;

use sqlx::{Row, SqliteConnection};
use till_core::Fen;
use till_core::ticket::{How, Status};

use super::{OfferRow, SettlementRow, TicketFull, TicketRow, channel, fen};
use crate::Store;
use crate::error::{Result, StoreError};
use crate::{gateway, refund};

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

/// Joins tickets with what belongs to them, in three reads whatever their number; more only where there are refunds or
/// trades.
pub(crate) async fn fill(c: &mut SqliteConnection, tickets: Vec<TicketRow>) -> Result<Vec<TicketFull>> {
    let ids = serde_json::to_string(&tickets.iter().map(|t| t.id).collect::<Vec<_>>())?;
    let (mut offers, mut payments) = (offers(c, &ids).await?, payments(c, &ids).await?);
    let rows = sqlx::query(
        "SELECT proposed_id, min(id) AS item FROM inbox
         WHERE state = 'open' AND proposed_id IN (SELECT value FROM json_each(?1)) GROUP BY proposed_id
         UNION ALL
         SELECT NULL, NULL WHERE EXISTS (SELECT 1 FROM trade) AND EXISTS
           (SELECT 1 FROM trade WHERE ticket_id IN (SELECT value FROM json_each(?1))
            UNION ALL SELECT 1 FROM settlement s JOIN trade x ON x.receipt_id = s.receipt_id
                      WHERE s.ticket_id IN (SELECT value FROM json_each(?1)))",
    )
    .bind(&ids)
    .fetch_all(&mut *c)
    .await?;
    let mut refunds = if tickets.iter().any(|t| t.refunded > Fen::ZERO) {
        refund::of_tickets(c, &ids).await?
    } else {
        HashMap::new()
    };
    // A row without an item says that there are trades.
    let items = rows.iter().filter_map(|r| r.get::<Option<i64>, _>("proposed_id").map(|id| (id, r.get("item"))));
    let mut proposed: HashMap<i64, i64> = items.collect();
    let mut trades = if rows.len() > proposed.len() { gateway::of_tickets(c, &ids).await? } else { HashMap::new() };
    let join = |ticket: TicketRow| TicketFull {
        offers: if ticket.status == Status::Open { offers.remove(&ticket.id).unwrap_or_default() } else { Vec::new() },
        payments: payments.remove(&ticket.id).unwrap_or_default(),
        refunds: refunds.remove(&ticket.id).unwrap_or_default(),
        trades: trades.remove(&ticket.id).unwrap_or_default(),
        proposed: proposed.remove(&ticket.id),
        ticket,
    };
    Ok(tickets.into_iter().map(join).collect())
}

pub(crate) async fn full(c: &mut SqliteConnection, id: i64) -> Result<TicketFull> {
    let ticket = row(c, id).await?;
    fill(c, vec![ticket]).await?.pop().ok_or(StoreError::NotFound)
}

const MOST_WAITING: u32 = 1_000;

const WAITING: &str = "SELECT * FROM (SELECT * FROM ticket WHERE status = 'open'
                                      ORDER BY program_id IS NOT NULL AND counter = 0, id DESC LIMIT ?1) ORDER BY id";

impl Store {
    /// One ticket.
    pub async fn ticket(&self, id: i64) -> Result<TicketFull> {
        full(&mut *self.read.acquire().await?, id).await
    }

    /// Tickets that wait, oldest first. Of very many the newest; what is rung up here or shown on the counter comes before
    /// all orders of web shops, or these would push it out of the cashier's sight.
    pub async fn waiting(&self) -> Result<Vec<TicketFull>> {
        let mut c = self.read.acquire().await?;
        let rows = sqlx::query(WAITING).bind(MOST_WAITING).fetch_all(&mut *c).await?;
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
