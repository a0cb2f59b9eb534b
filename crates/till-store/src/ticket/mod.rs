//! Tickets and their holds: what one is, how it is read, how it opens, how it ends without money.

mod end;
mod open;
mod rows;

use sqlx::{Row, sqlite::SqliteRow};
use till_core::price::Line;
use till_core::ticket::{Exception, How, Status};
use till_core::{Channel, Fen};

use crate::error::{Result, StoreError};
use crate::gateway::TradeRow;
use crate::refund::RefundRow;

pub use end::End;
pub(crate) use end::end;
pub use open::{CashSale, NewTicket};
pub(crate) use open::{Place, Whose, draw_up, insert_paid, opened, place};
pub(crate) use rows::{full, row};

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
    /// Trades begun for it, and those whose money it was given, oldest first.
    pub trades: Vec<TradeRow>,
    /// An open inbox item proposed to this ticket.
    pub proposed: Option<i64>,
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
