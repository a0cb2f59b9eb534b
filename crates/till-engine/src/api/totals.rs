#![allow(missing_docs, reason = "plain records; every field is named in the words of the house and its unit")]

use serde::{Deserialize, Serialize};
pub use till_core::report::Figures;
use till_core::{Channel, Fen};

use super::{Tag, TicketView};

/// A range of business days. The engine resolves it with the shop's zone and cut-off hour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "span", rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Span {
    Today {},
    Yesterday {},
    /// Monday to today.
    Week {},
    /// The first to today.
    Month {},
    /// Both dates included, `YYYY-MM-DD`; at most ten years.
    Custom {
        from: String,
        to: String,
    },
}

/// What kind of row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum SaleKind {
    /// Money in.
    Sale,
    /// Money given back.
    Refund,
    /// A sale that never was.
    Void,
}

/// How the money was booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Booked {
    /// A notice found its ticket by itself.
    Auto,
    /// A person accepted a notice, confirmed without one, or gave money back.
    ByHand,
    /// Notes and coins, in or back.
    Cash,
}

/// Which rows; everything left out means all. The same filter lists rows, sums them and exports them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SaleFilter {
    /// `refund` takes all money given back, voids included.
    pub kind: Option<SaleKind>,
    pub channel: Option<Channel>,
    /// Hour of the shop's clock, 0–23.
    pub hour: Option<u8>,
    /// Day of the week of the business date, 1 (Monday) – 7.
    pub weekday: Option<u8>,
    /// Who rang it up; 0 means nobody was signed in.
    pub staff_id: Option<i64>,
    /// Name of an item on the ticket, exactly.
    pub item: Option<String>,
    pub booked: Option<Booked>,
    /// Only rows written after the Z report of their day.
    pub after_close: Option<bool>,
}

/// One bar, line or slice. `key` is what the filter takes: channel, hour, weekday, staff id, item, booked, or date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Slice {
    pub key: String,
    /// A name to show, when the key is not one.
    pub name: String,
    pub rows: u32,
    pub received_fen: Fen,
    pub refunded_fen: Fen,
    pub net_fen: Fen,
}

/// An item's share: pieces and their list prices, before discounts of the whole ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ItemSlice {
    /// Empty for amounts typed without a name.
    pub name: String,
    pub pieces: u32,
    pub gross_fen: Fen,
}

/// A closed day, in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ZHead {
    pub number: u32,
    pub business_date: String,
    /// 1: the day; more: corrections after it.
    pub nth: u32,
    pub closed_at: i64,
    pub closed_by: String,
    pub rows: u32,
    pub sum_fen: Fen,
    /// Hash of the sealed rows, hex.
    pub hash: String,
}

/// The owner's totals of a range.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Totals {
    pub from: String,
    pub to: String,
    /// The business day of now.
    pub today: String,
    pub time_zone: String,
    pub day_starts_at: u8,
    pub figures: Figures,
    /// What it is compared with: the same weekday a week before for a day, up to the same time of day for today;
    /// else the range of the same length before. Null when there were no rows.
    pub before_from: String,
    pub before_to: String,
    pub before: Option<Figures>,
    pub by_day: Vec<Slice>,
    pub by_hour: Vec<Slice>,
    pub by_weekday: Vec<Slice>,
    pub by_channel: Vec<Slice>,
    pub by_staff: Vec<Slice>,
    pub by_booked: Vec<Slice>,
    /// Most gross first, at most 200.
    pub by_item: Vec<ItemSlice>,
    /// Money without a ticket in this range: shown, not counted.
    pub unmatched: u32,
    pub unmatched_fen: Fen,
    /// Z reports of the days in range, newest first.
    pub closed: Vec<ZHead>,
    /// Rows of the range written after their day was closed.
    pub after_close: u32,
    pub after_close_fen: Fen,
}

/// Rows of one business day that fit a filter: how many and their net.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct DayCount {
    pub date: String,
    pub rows: u32,
    pub net_fen: Fen,
}

/// Where the rows of a filter lie, newest day first: a table asks for the rows of a day when it scrolls there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SalesIndex {
    pub days: Vec<DayCount>,
    pub rows: u32,
    pub net_fen: Fen,
    pub gross_fen: Fen,
    pub discount_fen: Fen,
    pub rounding_fen: Fen,
    pub tail_fen: Fen,
    pub received_fen: Fen,
    pub refunded_fen: Fen,
}

/// One row of the sales table: a payment, a refund or a void.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SaleRow {
    pub kind: SaleKind,
    pub at: i64,
    pub business_date: String,
    pub ticket_id: i64,
    pub number: u32,
    pub tag: Tag,
    /// Of the ticket, on the row of its first payment; zero on others.
    pub gross_fen: Fen,
    pub discount_fen: Fen,
    pub rounding_fen: Fen,
    pub tail_fen: Fen,
    /// Signed: a refund is negative.
    pub net_fen: Fen,
    pub channel: Channel,
    pub staff: String,
    /// `auto`, `accepted`, `by_hand`, `cash`, `refund`, `void`.
    pub how: String,
    pub late: bool,
    pub refunded_fen: Fen,
    /// From opening to payment, ms.
    pub took_ms: Option<i64>,
    /// Note of the ticket, or reason of the refund.
    pub note: String,
    /// Written after the Z report of its day.
    pub after_close: bool,
}

/// A step in the life of a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Step {
    /// `opened`, `received`, `asked` (it went to the inbox), `matched`, `paid`, `expired`, `cancelled`, `refunded`, `voided`;
    /// for a program's order also `shown` (its checkout page was opened), `attempted` and `delivered`; of what goes through
    /// a provider also `provider` (it, or somebody in its name, said something).
    pub what: String,
    pub at: i64,
    pub actor: String,
    pub detail: String,
}

/// A ticket and what happened to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Timeline {
    pub ticket: TicketView,
    pub steps: Vec<Step>,
}
