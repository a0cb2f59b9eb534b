#![allow(missing_docs, reason = "plain records; every field is named in the words of the house and its unit")]

use serde::{Deserialize, Serialize};
use till_core::{Channel, Fen};

use super::{DeviceState, InboxReason};

/// Money that is no sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Mark {
    /// Somebody paid the owner for another thing.
    Private,
    /// A payment of the shop that came back.
    Refund,
}

/// One act for many items.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum BulkAct {
    /// Accept for the proposed ticket, or the only first-ranked suggestion; others are left alone.
    Accept {},
    /// Open a sale from each.
    OpenSale {},
    Mark {
        mark: Mark,
        note: String,
    },
    /// Owner only.
    Ignore {
        reason: String,
    },
}

/// What became of one item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct BulkResult {
    pub item_id: i64,
    pub done: bool,
    /// Why not, in the shop's language.
    pub message: String,
}

/// Money that arrived lately.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Arrival {
    pub at: i64,
    pub channel: Channel,
    pub amount_fen: Fen,
    /// Its ticket, or its inbox item with the reason.
    pub ticket_number: Option<u32>,
    pub item_id: Option<i64>,
    pub reason: Option<InboxReason>,
    /// It could be this ticket's money: received − due, and received at − opened at (ms).
    pub near: bool,
    pub delta_fen: Fen,
    pub delta_ms: i64,
}

/// The customer says "paid", the till has seen nothing: what is known, and the line to read out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct NotReceived {
    /// The ticket has been paid meanwhile.
    pub paid: bool,
    pub phone: Option<DeviceState>,
    pub phone_last_seen_at: Option<i64>,
    pub usual_delay_ms: Option<i64>,
    /// The last five receipts, newest first.
    pub arrivals: Vec<Arrival>,
    /// Open money that may be this ticket's, best first.
    pub near: Vec<Arrival>,
    /// What to say to the customer, in the shop's language.
    pub line: String,
}
