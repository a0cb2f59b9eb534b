//! Refunds and voids: money that went back.

use std::collections::HashMap;

use sqlx::{Row, SqliteConnection};
use till_core::{Channel, Fen};

use crate::error::Result;
use crate::ticket::{channel, fen};

/// A refund or void as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of the table, documented in the migration")]
pub struct RefundRow {
    pub id: i64,
    pub kind: String,
    pub channel: Channel,
    pub amount: Fen,
    pub reference: String,
    pub reason: String,
    pub at: i64,
    pub business_date: String,
    pub actor: String,
    pub approved_by: Option<String>,
}

/// The refunds of tickets (a JSON array of ids), oldest first.
pub(crate) async fn of_tickets(c: &mut SqliteConnection, ids: &str) -> Result<HashMap<i64, Vec<RefundRow>>> {
    let rows =
        sqlx::query("SELECT * FROM refund WHERE ticket_id IN (SELECT value FROM json_each(?1)) ORDER BY ticket_id, id")
            .bind(ids)
            .fetch_all(c)
            .await?;
    let mut by_ticket: HashMap<i64, Vec<RefundRow>> = HashMap::new();
    for row in &rows {
        let refund = RefundRow {
            id: row.get("id"),
            kind: row.get("kind"),
            channel: channel(row, "channel")?,
            amount: fen(row, "amount_fen")?,
            reference: row.get("reference"),
            reason: row.get("reason"),
            at: row.get("at"),
            business_date: row.get("business_date"),
            actor: row.get("actor"),
            approved_by: row.get("approved_by"),
        };
        by_ticket.entry(row.get("ticket_id")).or_default().push(refund);
    }
    Ok(by_ticket)
}
