#![allow(missing_docs, reason = "plain records; every field is named in the words of the house and its unit")]

use serde::{Deserialize, Serialize};
use till_core::{Channel, Fen};

use super::{Figures, ZHead};

/// Notes or coins of one face value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Denomination {
    pub face_fen: Fen,
    pub pieces: u32,
}

/// Cash into the drawer or out of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum CashKind {
    In,
    Out,
}

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

/// One channel in a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ChannelLine {
    pub channel: Channel,
    pub payments: u32,
    pub received_fen: Fen,
    pub refunds: u32,
    pub refunded_fen: Fen,
    pub net_fen: Fen,
    /// Of the payments, those with a notice from the phone, and those a person confirmed without one.
    pub with_notice: u32,
    pub by_hand: u32,
}

/// A report of the drawer and the channels: X while it runs, the body of a Z once closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Report {
    /// Rows with `from_at < at <= to_at`.
    pub from_at: i64,
    pub to_at: i64,
    pub figures: Figures,
    pub channels: Vec<ChannelLine>,
    pub float_fen: Fen,
    pub cash_sales_fen: Fen,
    pub cash_refunds_fen: Fen,
    pub cash_in_fen: Fen,
    pub cash_out_fen: Fen,
    /// `float + cash sales − cash refunds + in − out`.
    pub expected_cash_fen: Fen,
    pub counted: Vec<Denomination>,
    /// Null: nobody counted.
    pub counted_fen: Option<Fen>,
    /// `counted − expected`.
    pub difference_fen: Option<Fen>,
    /// Money without a ticket at that time: shown, not counted.
    pub unmatched: u32,
    pub unmatched_fen: Fen,
    /// Tickets that still wait.
    pub waiting: u32,
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

/// What is given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum RefundKind {
    /// Money goes back, in part or in full.
    Refund,
    /// The sale never was: all of it, on its own business day, before the day is closed.
    Void,
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
