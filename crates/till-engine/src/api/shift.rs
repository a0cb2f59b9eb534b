#![allow(missing_docs, reason = "plain records; every field is named in the words of the house and its unit")]

use serde::{Deserialize, Serialize};
pub use till_core::report::{CashKind, ChannelLine, Denomination, RefundKind, Report};
use till_core::{Channel, Fen};

use super::ZHead;

/// A movement of cash other than a sale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CashMove {
    pub id: i64,
    pub kind: CashKind,
    pub amount_fen: Fen,
    pub reason: String,
    pub at: i64,
    pub actor: String,
}

/// A person's turn at the drawer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ShiftView {
    pub id: i64,
    /// Of its opening.
    pub business_date: String,
    pub opened_at: i64,
    pub opened_by: String,
    pub closed_at: Option<i64>,
    pub closed_by: String,
    pub note: String,
    pub report: Report,
    pub moves: Vec<CashMove>,
}

/// A day before its closing: what the dialog shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct DayReport {
    pub business_date: String,
    /// The number the Z report would get, and whether it would be the day or a correction to it.
    pub z_number: u32,
    pub nth: u32,
    pub report: Report,
    /// A shift is open; closing the day closes it with the same count.
    pub shift_open: bool,
    /// Earlier business days with rows that no Z report seals, oldest first.
    pub unclosed: Vec<String>,
}

/// A closed day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ZReport {
    pub head: ZHead,
    pub note: String,
    pub report: Report,
    /// True when the rows it sealed still hash to what it says, and it fits the Z before it.
    pub intact: bool,
    /// Rows of this business day written after it, that no Z seals yet: corrections.
    pub later: u32,
    pub later_fen: Fen,
}

/// A refund or void of a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct RefundView {
    pub id: i64,
    pub kind: RefundKind,
    pub channel: Channel,
    pub amount_fen: Fen,
    pub reference: String,
    pub reason: String,
    pub at: i64,
    pub business_date: String,
    pub actor: String,
    pub approved_by: Option<String>,
}
