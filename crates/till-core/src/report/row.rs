//! The rows of the books, and the bytes by which a closed day is recognised.

use serde::{Deserialize, Serialize};

use crate::ticket::{How, text_enum};
use crate::{Channel, Fen};

/// What is given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum RefundKind {
    /// Money goes back, in part or in full.
    Refund,
    /// The sale never was: all of it, on its own business day, before the day is closed.
    Void,
}

/// Cash into the drawer or out of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs, reason = "said above")]
pub enum CashKind {
    In,
    Out,
}

text_enum!(RefundKind { Refund => "refund", Void => "void" });
text_enum!(CashKind { In => "in", Out => "out" });

/// What a ticket was sold for; on the row of its first payment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of the ticket")]
pub struct SaleSums {
    pub number: i64,
    /// The lines as stored, JSON.
    pub lines: String,
    pub gross: Fen,
    pub discount: Fen,
    pub rounding: Fen,
    pub tail: Fen,
}

/// Money that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of the table")]
pub struct Payment {
    pub ticket_id: i64,
    pub nth: i64,
    pub receipt_id: Option<i64>,
    pub account_id: Option<i64>,
    pub how: How,
    pub channel: Channel,
    pub amount: Fen,
    pub late: bool,
    pub reason: String,
    pub at: i64,
    pub business_date: String,
    pub actor: String,
    pub sale: Option<SaleSums>,
}

/// Money that went back.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of the table")]
pub struct Refund {
    pub id: i64,
    pub ticket_id: i64,
    pub kind: RefundKind,
    pub channel: Channel,
    pub amount: Fen,
    pub reference: String,
    pub reason: String,
    pub at: i64,
    pub business_date: String,
    pub actor: String,
    pub approved_by: Option<String>,
}

/// Cash that moved other than by a sale.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of the table")]
pub struct CashMove {
    pub id: i64,
    pub shift_id: i64,
    pub kind: CashKind,
    pub amount: Fen,
    pub reason: String,
    pub at: i64,
    pub business_date: String,
    pub actor: String,
}

/// A row that a closing seals.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the three kinds, each documented at its type")]
pub enum Row {
    Payment(Payment),
    Refund(Refund),
    Cash(CashMove),
}

impl Row {
    /// When it was written.
    pub fn at(&self) -> i64 {
        match self {
            Row::Payment(row) => row.at,
            Row::Refund(row) => row.at,
            Row::Cash(row) => row.at,
        }
    }

    /// Its business day.
    pub fn business_date(&self) -> &str {
        match self {
            Row::Payment(row) => &row.business_date,
            Row::Refund(row) => &row.business_date,
            Row::Cash(row) => &row.business_date,
        }
    }

    pub(super) fn place(&self) -> (i64, u8, i64, i64) {
        match self {
            Row::Payment(row) => (row.at, PAYMENT, row.ticket_id, row.nth),
            Row::Refund(row) => (row.at, REFUND, row.id, 0),
            Row::Cash(row) => (row.at, CASH, row.id, 0),
        }
    }
}

/// Puts rows into the order in which they are sealed: by time, then payments, refunds, cash, then by their keys.
pub fn in_order(rows: &mut [Row]) {
    rows.sort_unstable_by_key(Row::place);
}

const PAYMENT: u8 = 1;
const REFUND: u8 = 2;
const CASH: u8 = 3;

/// Appends a row's canonical bytes, which a closed day hashes. They never change; another form gets another kind byte.
///
/// One byte for the kind (1 payment, 2 refund, 3 cash), then the fields in the order of the structs above: a number as
/// eight bytes, big end first; a text as its length in bytes (a number), then itself in UTF-8; yes or no as one byte;
/// a field that may be missing as one byte 0, or 1 and the field. Channels and kinds are their texts.
pub fn canonical(row: &Row, out: &mut Vec<u8>) {
    let mut bytes = Bytes(out);
    match row {
        Row::Payment(row) => {
            bytes.flag(PAYMENT);
            bytes.numbers(&[row.ticket_id, row.nth]);
            bytes.optional(row.receipt_id, |b, id| b.numbers(&[id]));
            bytes.optional(row.account_id, |b, id| b.numbers(&[id]));
            bytes.texts(&[row.how.as_str(), row.channel.as_str()]);
            bytes.numbers(&[row.amount.get()]);
            bytes.flag(u8::from(row.late));
            bytes.texts(&[&row.reason]);
            bytes.numbers(&[row.at]);
            bytes.texts(&[&row.business_date, &row.actor]);
            bytes.optional(row.sale.as_ref(), |b, sale| {
                b.numbers(&[sale.number]);
                b.texts(&[&sale.lines]);
                b.numbers(&[sale.gross.get(), sale.discount.get(), sale.rounding.get(), sale.tail.get()]);
            });
        }
        Row::Refund(row) => {
            bytes.flag(REFUND);
            bytes.numbers(&[row.id, row.ticket_id]);
            bytes.texts(&[row.kind.as_str(), row.channel.as_str()]);
            bytes.numbers(&[row.amount.get()]);
            bytes.texts(&[&row.reference, &row.reason]);
            bytes.numbers(&[row.at]);
            bytes.texts(&[&row.business_date, &row.actor]);
            bytes.optional(row.approved_by.as_deref(), |b, by| b.texts(&[by]));
        }
        Row::Cash(row) => {
            bytes.flag(CASH);
            bytes.numbers(&[row.id, row.shift_id]);
            bytes.texts(&[row.kind.as_str()]);
            bytes.numbers(&[row.amount.get()]);
            bytes.texts(&[&row.reason]);
            bytes.numbers(&[row.at]);
            bytes.texts(&[&row.business_date, &row.actor]);
        }
    }
}

struct Bytes<'a>(&'a mut Vec<u8>);

impl Bytes<'_> {
    fn flag(&mut self, flag: u8) {
        self.0.push(flag);
    }

    fn numbers(&mut self, numbers: &[i64]) {
        for number in numbers {
            self.0.extend_from_slice(&number.to_be_bytes());
        }
    }

    fn texts(&mut self, texts: &[&str]) {
        for text in texts {
            self.0.extend_from_slice(&(text.len() as u64).to_be_bytes());
            self.0.extend_from_slice(text.as_bytes());
        }
    }

    fn optional<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.flag(u8::from(value.is_some()));
        if let Some(value) = value {
            write(self, value);
        }
    }
}
