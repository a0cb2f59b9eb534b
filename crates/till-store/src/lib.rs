//! The till's memory: one SQLite file, through sqlx. Every public act is whole: it reads, decides with the core's
//! rules and writes inside one transaction, and returns only after the commit has reached the disk.

mod account;
mod batch;
mod device;
mod error;
mod inbox;
mod journal;
mod open;
mod parked;
mod push;
mod refund;
mod refusal;
mod request;
mod setting;
mod settle;
mod statement;
mod ticket;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sqlx::SqlitePool;

pub use account::{AccountRow, CodeRow, NewCode};
pub use device::{DeviceRow, DeviceSeen, NewDevice};
pub use error::StoreError;
pub use inbox::{InboxRow, InboxScope};
pub use journal::{Chain, JournalRow};
pub use open::OpenError;
pub use parked::ParkedRow;
pub use push::{Effect, OldPush, Outcome, Reading, TakePush};
pub use refund::RefundRow;
pub use refusal::RefusalRow;
pub use request::Act;
pub use settle::{Accept, ByHand, OpenSale};
pub use statement::{
    Booked, LINE_KINDS, LINE_PRECISIONS, LINE_WAYS, LineAct, MoneyKey, MoneyRow, NewStatement, NewStatementLine,
    PutAside, SettleDifference, StatementLine, StatementLink, StatementReader, StatementRow, StatementWords,
    WaitingMoney,
};
pub use ticket::{CashSale, End, NewTicket, OfferRow, SettlementRow, TicketFull, TicketRow};

/// The open database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    read: SqlitePool,
    writer: writer::Writer,
    path: PathBuf,
    /// Statements are kept one at a time.
    statements: Arc<tokio::sync::Mutex<()>>,
}

impl Store {
    /// The database file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Finishes what is queued and closes the file.
    pub async fn close(self) {
        // The writer closes last: it is the one that may fold the log into the file.
        self.read.close().await;
        self.writer.stop().await;
    }
}
