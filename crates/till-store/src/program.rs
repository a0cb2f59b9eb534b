//! Programs and their orders.

use till_core::ticket::Status;
use till_core::{Channel, Fen};

use crate::Store;
use crate::error::{Result, StoreError};
use crate::request::Act;
use crate::ticket::{NewTicket, TicketFull};

/// A program as stored. `settings` is the engine's JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of the table, documented in the migration")]
pub struct ProgramRow {
    pub id: i64,
    pub protocol: String,
    pub key_id: String,
    pub settings: String,
    pub created_at: i64,
    pub revoked_at: Option<i64>,
    pub last_used_at: Option<i64>,
    pub last_address: String,
}

/// How busy a program is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProgramLoad {
    /// Which program.
    pub program_id: i64,
    /// Orders since the given instant.
    pub orders: i64,
    /// Callbacks that wait or were given up.
    pub undelivered: i64,
}

/// An order to be opened with its ticket.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "named as the columns they fill")]
pub struct NewOrder {
    pub program_id: i64,
    pub order_no: String,
    pub token: String,
    pub out_no: String,
    pub idem_key: Option<String>,
    pub digest: Vec<u8>,
    /// Offered on these channels only; empty: on all.
    pub channels: Vec<Channel>,
    pub channel: Option<Channel>,
    pub asked: String,
    pub title: String,
    pub notify_url: String,
    pub return_url: String,
    pub buyer: String,
    /// The counter screen may show it.
    pub counter: bool,
}

/// A code offered for an order.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of the table, documented in the migration")]
pub struct OrderOffer {
    pub channel: Channel,
    pub label: String,
    pub payload: String,
    pub fixed: bool,
}

/// An order with what its program and its checkout page want to know, in one read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of the tables, documented in the migrations")]
pub struct OrderRow {
    /// Of the order and of its ticket.
    pub id: i64,
    pub program_id: i64,
    pub order_no: String,
    pub token: String,
    pub out_no: String,
    pub idem_key: Option<String>,
    pub digest: Vec<u8>,
    pub channel: Option<Channel>,
    pub asked: String,
    pub title: String,
    pub notify_url: String,
    pub return_url: String,
    pub buyer: String,
    pub created_at: i64,
    pub shown_at: Option<i64>,
    /// Of the ticket.
    pub number: i64,
    pub business_date: String,
    pub status: Status,
    pub price: Fen,
    pub due: Fen,
    pub expires_at: i64,
    pub ended_at: Option<i64>,
    pub refunded: Fen,
    /// When its first money was settled, and on which channel.
    pub paid: Option<(i64, Channel)>,
    /// Codes offered, in order; also after the ticket has ended.
    pub offers: Vec<OrderOffer>,
    pub callback: Option<CallbackRow>,
}

/// A callback as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of the table, documented in the migration")]
pub struct CallbackRow {
    pub created_at: i64,
    pub attempts: i64,
    pub next_at: Option<i64>,
    pub delivered_at: Option<i64>,
}

/// What came of opening an order.
#[derive(Clone, Debug)]
pub enum Opened {
    /// A new ticket waits.
    New(Box<TicketFull>, Box<OrderRow>),
    /// The program has used this number or this key before; nothing changed.
    Exists(Box<OrderRow>),
}

/// How an order is named.
#[derive(Clone, Debug)]
pub enum OrderKey {
    /// Its id, which is its ticket's.
    Id(i64),
    /// Our number.
    OrderNo(String),
    /// The token of its checkout page.
    Token(String),
    /// The program's number.
    OutNo(i64, String),
}

/// Which orders to list, newest first.
#[derive(Clone, Debug, Default)]
pub struct OrderQuery {
    /// Of one program.
    pub program_id: Option<i64>,
    /// Only those with a callback that is not delivered.
    pub undelivered: bool,
    /// Of tickets with this status.
    pub status: Option<Status>,
    /// Only ids below this one.
    pub before_id: Option<i64>,
}

impl Store {
    /// All programs, oldest first.
    pub async fn programs(&self) -> Result<Vec<ProgramRow>> {
        Err(StoreError::NotFound)
    }

    /// How busy each program is; `since` as Unix ms.
    pub async fn program_loads(&self, _since: i64) -> Result<Vec<ProgramLoad>> {
        Err(StoreError::NotFound)
    }

    /// Adds a program; journals it (`program.added`; subject `program:ID`). The journal has the settings, never a secret.
    pub async fn add_program(
        &self,
        _request_id: &str,
        _protocol: &str,
        _key_id: &str,
        _settings: String,
        _at: i64,
        _actor: &str,
    ) -> Result<Act<ProgramRow>> {
        Err(StoreError::NotFound)
    }

    /// Replaces a program's settings (`program.changed`).
    pub async fn update_program(
        &self,
        _request_id: &str,
        _id: i64,
        _settings: String,
        _at: i64,
        _actor: &str,
    ) -> Result<()> {
        Err(StoreError::NotFound)
    }

    /// Ends a program's key (`program.revoked`), or only notes that its secret was made anew (`program.renewed`).
    pub async fn end_program_key(
        &self,
        _request_id: &str,
        _id: i64,
        _revoke: bool,
        _at: i64,
        _actor: &str,
    ) -> Result<()> {
        Err(StoreError::NotFound)
    }

    /// Notes that a program was heard. Not journalled.
    pub async fn program_used(&self, _id: i64, _at: i64, _address: &str) -> Result<()> {
        Err(StoreError::NotFound)
    }

    /// Opens a ticket for a program's order, or finds the one there is. `ticket.request_id` is not noted: the program's
    /// number is what makes it happen once.
    pub async fn open_order(&self, _ticket: NewTicket, _order: NewOrder) -> Result<Opened> {
        Err(StoreError::NotFound)
    }

    /// One order.
    pub async fn order(&self, _key: OrderKey) -> Result<OrderRow> {
        Err(StoreError::NotFound)
    }

    /// Orders, newest first.
    pub async fn orders(&self, _query: OrderQuery, _limit: u32) -> Result<Vec<OrderRow>> {
        Err(StoreError::NotFound)
    }

    /// Notes when an order's checkout page was first seen; later times change nothing.
    pub async fn order_shown(&self, _id: i64, _at: i64) -> Result<()> {
        Err(StoreError::NotFound)
    }

    /// lyn: true if this buyer has a paid order with this title.
    pub async fn bought(&self, _program_id: i64, _title: &str, _buyer: &str) -> Result<bool> {
        Err(StoreError::NotFound)
    }
}
