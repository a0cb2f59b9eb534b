//! Statements: files of lines that wallets, merchants' bills and banks wrote, and what people made of them.

mod act;
mod add;
mod reader;

use till_core::{Channel, Fen};

pub use act::{Booked, LineAct, SettleDifference};
pub use reader::StatementReader;

/// What a row of a statement is to a till, as its reader understood it.
pub const LINE_KINDS: [&str; 14] = [
    "receipt",
    "maybe_receipt",
    "unsettled",
    "settlement",
    "out",
    "refund",
    "pending",
    "failed_refund",
    "fee",
    "fee_back",
    "withdrawal",
    "neutral",
    "closed",
    "revoked",
];
/// Which way a row's money went.
pub const LINE_WAYS: [&str; 3] = ["in", "out", "none"];
/// How exact a row's time is.
pub const LINE_PRECISIONS: [&str; 3] = ["second", "minute", "day"];

/// A statement about to be kept.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "named as the columns they fill")]
pub struct NewStatement {
    pub request_id: String,
    pub actor: String,
    pub at: i64,
    pub sha256: [u8; 32],
    pub name: String,
    pub format: &'static str,
    pub channel: Channel,
    pub account: String,
    pub from_at: Option<i64>,
    pub to_at: Option<i64>,
    pub exported_at: Option<i64>,
    /// `full`, `left` or `unknown`.
    pub receipts: &'static str,
    /// The same.
    pub refunds: &'static str,
    /// JSON.
    pub declared: String,
    /// JSON.
    pub notes: String,
    pub lines: Vec<NewStatementLine>,
}

/// A row of it. Keys are unique within a statement.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "named as the columns they fill")]
pub struct NewStatementLine {
    pub key: String,
    pub at: i64,
    /// One of [`LINE_PRECISIONS`].
    pub precise: &'static str,
    pub amount: Fen,
    pub ticket_amount: Fen,
    /// One of [`LINE_KINDS`].
    pub kind: &'static str,
    /// One of [`LINE_WAYS`].
    pub way: &'static str,
    pub channel_id: String,
    pub entry_id: String,
    pub order_no: String,
    pub refund_no: String,
    pub original_id: String,
    pub counterparty: String,
    pub note: String,
    pub status: String,
    pub type_text: String,
    pub fee: Option<Fen>,
    pub net: Option<Fen>,
}

/// A statement as kept.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of the table, documented in the migration")]
pub struct StatementRow {
    pub id: i64,
    pub name: String,
    pub format: String,
    pub channel: Channel,
    pub account: String,
    pub from_at: Option<i64>,
    pub to_at: Option<i64>,
    pub exported_at: Option<i64>,
    pub receipts: String,
    pub refunds: String,
    pub declared: String,
    pub notes: String,
    pub lines: i64,
    pub new_lines: i64,
    pub imported_at: i64,
    /// Runs (first, last) of the ids of its lines.
    pub members: Vec<(i64, i64)>,
}

impl StatementRow {
    /// True if the line (its first version's id) stands in this file.
    pub fn holds(&self, line_id: i64) -> bool {
        let after = self.members.partition_point(|(first, _)| *first <= line_id);
        after > 0 && self.members[after - 1].1 >= line_id
    }
}

/// A line in its newest version, with what comparing needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementLine {
    /// Its identity: the id of its first version.
    pub id: i64,
    /// The wallet's time, Unix ms.
    pub at: i64,
    /// One of [`LINE_PRECISIONS`].
    pub precise: &'static str,
    /// What the file's own sums add up.
    pub amount: Fen,
    /// What a ticket or refund must equal.
    pub ticket_amount: Fen,
    /// One of [`LINE_KINDS`].
    pub kind: &'static str,
    /// One of [`LINE_WAYS`].
    pub way: &'static str,
    /// The channel's number of the payment, or empty.
    pub channel_id: String,
    /// The merchant's order number, or empty.
    pub order_no: String,
    /// The payment that a refund or fee belongs to, or empty.
    pub original_id: String,
    /// What the channel takes; negative when it comes back.
    pub fee: Option<Fen>,
}

/// The words of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of the table, documented in the migration")]
pub struct StatementWords {
    pub counterparty: String,
    pub note: String,
    pub status: String,
    pub type_text: String,
}

/// Which money of the till.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MoneyKey {
    /// A payment of a ticket.
    Payment {
        /// The ticket.
        ticket_id: i64,
        /// Which of its payments, from 1.
        nth: i64,
    },
    /// A refund.
    Refund(i64),
}

/// A payment or refund of the till, for comparing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoneyRow {
    /// Which one.
    pub key: MoneyKey,
    /// Its ticket.
    pub ticket_id: i64,
    /// The ticket's number of its day.
    pub number: i64,
    /// The ticket's business date.
    pub date: String,
    /// When the ticket was opened.
    pub opened_at: i64,
    /// The receiving account, if known.
    pub account: Option<i64>,
    /// A person's word alone.
    pub by_hand: bool,
    /// When the notice arrived, where one did.
    pub received_at: Option<i64>,
    /// What moved.
    pub amount: Fen,
    /// When it was booked.
    pub at: i64,
    /// The channel's number of it, if a person gave one.
    pub reference: String,
}

/// A person tied a line to money of the till.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementLink {
    /// The line.
    pub line_id: i64,
    /// The money.
    pub key: MoneyKey,
    /// Its ticket.
    pub ticket_id: i64,
    /// `linked`, `attached` or `opened`.
    pub how: String,
}

/// Differences put aside, with their reasons.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PutAside {
    /// By line.
    pub lines: std::collections::HashMap<i64, String>,
    /// By ticket, on the statement's channel.
    pub tickets: std::collections::HashMap<i64, String>,
}

/// Money in the inbox that waits for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingMoney {
    /// The inbox item.
    pub item_id: i64,
    /// How much.
    pub amount: Fen,
    /// When its notice arrived.
    pub received_at: i64,
    /// The ticket it is proposed to.
    pub proposed: Option<i64>,
}

/// A notice may be this much sooner than the statement's time of its payment: clocks differ.
const NOTICE_BEFORE_MS: i64 = 600_000;
/// A notice may be this much later: phones lie in drawers.
const NOTICE_AFTER_MS: i64 = 86_400_000;

impl WaitingMoney {
    /// Money of the same amount whose notice fits the line's time: probably the same payment.
    pub fn may_be(&self, at: i64, amount: Fen) -> bool {
        self.amount == amount && (at - NOTICE_BEFORE_MS..=at + NOTICE_AFTER_MS).contains(&self.received_at)
    }
}

/// The members of a list, by their own static text.
fn one_of(list: &[&'static str], text: &str) -> Option<&'static str> {
    list.iter().copied().find(|known| *known == text)
}
