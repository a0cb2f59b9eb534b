//! Reading trades.

use std::collections::HashMap;

use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};
use till_core::ticket::Status;
use till_core::trade::{Stage, Trade, What};

use super::TradeRow;
use crate::error::{Result, StoreError};
use crate::gateway::refund;
use crate::ticket::{channel, fen};

/// Trades with what belongs to them. `x` is the trade, `t` its ticket.
macro_rules! trades {
    ($before:literal, $which:literal) => {
        concat!(
            $before,
            "SELECT x.*, g.provider, t.status AS ticket_status, t.expires_at AS ticket_expires_at,
                    s.ticket_id AS paid_ticket_id
             FROM trade x JOIN gateway g ON g.id = x.gateway_id JOIN ticket t ON t.id = x.ticket_id
             LEFT JOIN settlement s ON s.receipt_id = x.receipt_id ",
            $which
        )
    };
}
pub(in crate::gateway) use trades;

pub(in crate::gateway) fn read(row: &SqliteRow) -> Result<TradeRow> {
    let status: &str = row.get("ticket_status");
    Ok(TradeRow {
        id: row.get("id"),
        ticket_id: row.get("ticket_id"),
        gateway_id: row.get("gateway_id"),
        channel: channel(row, "provider")?,
        out_no: row.get("out_no"),
        trade_no: row.get("trade_no"),
        amount: fen(row, "amount_fen")?,
        subject: row.get("subject"),
        surface: row.get("surface"),
        ip: row.get("ip"),
        created_at: row.get("created_at"),
        state: state(row)?,
        code: row.get("code"),
        refusal: row.get("refusal"),
        buyer: row.get("buyer"),
        receipt_id: row.get("receipt_id"),
        paid_ticket_id: row.get("paid_ticket_id"),
        ticket_status: Status::from_text(status).ok_or_else(|| StoreError::corrupt(status))?,
        ticket_expires_at: row.get("ticket_expires_at"),
        refunds: Vec::new(),
    })
}

fn state(row: &SqliteRow) -> Result<Trade> {
    let stage: &str = row.get("stage");
    let next = match row.get::<Option<&str>, _>("next_what").zip(row.get::<Option<i64>, _>("next_at")) {
        Some((what, at)) => Some((What::from_text(what).ok_or_else(|| StoreError::corrupt(what))?, at)),
        None => None,
    };
    Ok(Trade {
        scanned: row.get("scanned"),
        stage: Stage::from_text(stage).ok_or_else(|| StoreError::corrupt(stage))?,
        sent_at: row.get("sent_at"),
        known_at: row.get("known_at"),
        until: row.get("until"),
        next,
        doubts: row.get("doubts"),
        ends: row.get("ends"),
        ended: row.get("ended"),
    })
}

/// One trade, without its refunds.
pub(in crate::gateway) async fn row(c: &mut SqliteConnection, id: i64) -> Result<TradeRow> {
    let row = sqlx::query(trades!("", "WHERE x.id = ?1")).bind(id).fetch_optional(c).await?;
    read(&row.ok_or(StoreError::NotFound)?)
}

/// Adds their refunds to trades.
async fn with_refunds(c: &mut SqliteConnection, mut trades: Vec<TradeRow>) -> Result<Vec<TradeRow>> {
    if trades.is_empty() {
        return Ok(trades);
    }
    let ids: Vec<i64> = trades.iter().map(|t| t.id).collect();
    for refund in refund::of_trades(c, &ids).await? {
        if let Some(trade) = trades.iter_mut().find(|t| t.id == refund.trade_id) {
            trade.refunds.push(refund);
        }
    }
    Ok(trades)
}

pub(super) async fn with_its_refunds(c: &mut SqliteConnection, row: Option<SqliteRow>) -> Result<Option<TradeRow>> {
    let found = row.iter().map(read).collect::<Result<Vec<_>>>()?;
    Ok(with_refunds(c, found).await?.pop())
}

/// The trades of tickets (a JSON array of ids), oldest first, with their refunds: those begun for a ticket, and those
/// whose money it was given.
pub(crate) async fn of_tickets(c: &mut SqliteConnection, ids: &str) -> Result<HashMap<i64, Vec<TradeRow>>> {
    let rows = sqlx::query(trades!(
        "",
        "WHERE x.id IN (SELECT id FROM trade WHERE ticket_id IN (SELECT value FROM json_each(?1))
                        UNION SELECT p.id FROM settlement n JOIN trade p ON p.receipt_id = n.receipt_id
                              WHERE n.ticket_id IN (SELECT value FROM json_each(?1)))
         ORDER BY x.id"
    ))
    .bind(ids)
    .fetch_all(&mut *c)
    .await?;
    let trades = with_refunds(c, rows.iter().map(read).collect::<Result<_>>()?).await?;
    let mut by_ticket: HashMap<i64, Vec<TradeRow>> = HashMap::new();
    for trade in trades {
        if let Some(other) = trade.paid_ticket_id.filter(|id| *id != trade.ticket_id) {
            by_ticket.entry(other).or_default().push(trade.clone());
        }
        by_ticket.entry(trade.ticket_id).or_default().push(trade);
    }
    Ok(by_ticket)
}

/// The trades of a ticket whose payment is about to be written.
pub(crate) async fn of_paid(c: &mut SqliteConnection, ticket_id: i64) -> Result<Vec<TradeRow>> {
    let mut trades = of_tickets(c, &format!("[{ticket_id}]")).await?.remove(&ticket_id).unwrap_or_default();
    for trade in trades.iter_mut().filter(|t| t.ticket_id == ticket_id) {
        trade.ticket_status = Status::Paid;
    }
    Ok(trades)
}
