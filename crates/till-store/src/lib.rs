//! The till's memory: one SQLite file, through sqlx. Every public act is whole: it reads, decides with the core's
//! rules and writes inside one transaction, and returns only after the commit has reached the disk.

mod account;
mod backup;
mod batch;
mod books;
mod bulk;
mod callback;
mod device;
mod error;
mod export_log;
mod gateway;
mod health;
mod inbox;
mod journal;
mod lists;
mod open;
mod order;
mod parked;
mod pin;
mod program;
mod push;
mod refund;
mod refusal;
mod request;
mod rollup;
mod sales;
mod search;
mod setting;
mod settle;
mod sheet;
mod shift;
mod staff;
mod statement;
mod ticket;
mod timeline;
mod totals;
mod writer;
mod z_report;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sqlx::SqlitePool;

pub use account::{AccountRow, CodeRow, NewCode};
pub use backup::{FileNote, copy, private};
pub use bulk::{Bulk, Stopper};
pub use callback::{AttemptRow, CallbackRow, DueCallback};
pub use device::{DeviceRow, DeviceSeen, NewDevice};
pub use error::StoreError;
pub use export_log::ExportRow;
pub use gateway::{
    AddGateway, GatewayRefundRow, GatewayRow, HeardRefund, HeardTrade, NewTrade, PaidThrough, PassphraseAct,
    PlanRefund, PlanTrade, TakeTrade, TradeRow, Word, WordRow,
};
pub use health::{Damage, Depth, Facts, JournalHead, Stop, examine, journal_hash, log_of, schema};
pub use inbox::{ArrivalRow, InboxRow, InboxScope, SetAside};
pub use journal::{Chain, JournalQuery, JournalRow};
pub use lists::{BulkDay, BulkEntry, BulkReceipt};
pub use open::OpenError;
pub use order::{NewOrder, Opened, OrderKey, OrderOffer, OrderQuery, OrderRow};
pub use parked::ParkedRow;
pub use pin::{FREE_TRIES, Opens, PinTries, PinTry};
pub use program::{ProgramLoad, ProgramRow};
pub use push::{Effect, OldPush, Outcome, Reading, TakePush};
pub use refund::{GiveBack, RefundRow};
pub use refusal::RefusalRow;
pub use request::Act;
pub use sales::{BulkSale, Item, RowKey};
pub use search::Query;
pub use settle::{Accept, ByHand, OpenSale};
pub use shift::{CloseShift, MoveCash, OpenShift, ShiftRow};
pub use staff::{ChangeStaff, NewStaff, StaffRow};
pub use statement::{
    Booked, LINE_KINDS, LINE_PRECISIONS, LINE_WAYS, LineAct, MoneyKey, MoneyRow, NewStatement, NewStatementLine,
    PutAside, SettleDifference, StatementLine, StatementLink, StatementReader, StatementRow, StatementWords,
    WaitingMoney,
};
pub use ticket::{CashSale, End, NewTicket, OfferRow, SettlementRow, TicketFull, TicketRow};
pub use timeline::StepRow;
pub use totals::{ItemSum, TotalsRow, Unmatched, ZHeadRow};
pub use z_report::{CloseDay, DayPreview, ZChecked, ZRow};

/// The open database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    read: SqlitePool,
    writer: writer::Writer,
    shelf: bulk::Shelf,
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
        self.shelf.clear();
        self.writer.stop().await;
    }
}
