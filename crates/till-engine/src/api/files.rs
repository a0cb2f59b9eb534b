#![allow(missing_docs, reason = "plain records; every field is named in the words of the house and its unit")]

use serde::{Deserialize, Serialize};
use till_core::{Channel, Fen};

/// Which rows a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum ExportTable {
    Sales,
    Receipts,
    Days,
    Journal,
}

/// The shape of a file. The accounting shapes take day totals only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum ExportPreset {
    Csv,
    ExcelZh,
    Xlsx,
    Quickbooks,
    Xero,
    Gnucash,
    Beancount,
    Ledger,
    Kingdee,
    KingdeeCloud,
    Yonyou,
    YonyouTxt,
}

/// How long work stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum JobState {
    Running,
    Done,
    Cancelled,
    Failed,
}

/// An export under way or over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ExportJob {
    pub id: i64,
    pub state: JobState,
    pub table: ExportTable,
    pub preset: ExportPreset,
    pub from: String,
    pub to: String,
    /// The file, once whole; where it will be, before.
    pub path: String,
    pub rows: u32,
    /// Rows to write, as far as known.
    pub of_rows: Option<u32>,
    pub sum_fen: Fen,
    /// Hex, once done.
    pub sha256: String,
    /// Why it failed, in the shop's language.
    pub message: String,
}

/// An export as the log keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ExportLog {
    pub id: i64,
    pub at: i64,
    pub actor: String,
    pub table: ExportTable,
    pub preset: ExportPreset,
    pub columns_version: u32,
    pub from: String,
    pub to: String,
    pub file: String,
    pub rows: u32,
    pub sum_fen: Fen,
    pub sha256: String,
    /// Rows of this range written since: what a new export would add.
    pub changed_since: u32,
}

/// A statement that was dropped in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct StatementHead {
    pub id: i64,
    pub file: String,
    /// `wechat_personal`, `alipay_app`…
    pub format: String,
    pub channel: Option<Channel>,
    /// As the file names it, masked.
    pub account: String,
    pub from_at: Option<i64>,
    pub to_at: Option<i64>,
    pub exported_at: Option<i64>,
    pub imported_at: i64,
    pub lines: u32,
    /// Lines this file added; the rest was known.
    pub new_lines: u32,
}

/// What a line and a ticket are to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum CheckOutcome {
    /// Paid in the till, nothing in the statement although it covers that time: alarm.
    MissingInStatement,
    /// In the statement, not in the till: a payment was missed.
    MissingInTill,
    AmountDiffers,
    /// Either of several; a person says which.
    Ambiguous,
    /// Refunded in the statement, not in the till.
    RefundMissingInTill,
    /// Refunded in the till, not in the statement.
    RefundMissingInStatement,
    /// Income of another kind (transfer, red packet) that fits a ticket.
    Maybe,
    Matched,
    Fee,
    /// Says nothing: outside the file's range or kind, closed, neutral, out.
    Neither,
    /// A person has looked and put it aside.
    Settled,
}

/// A line of a check: of the statement, of the till, or both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CheckLine {
    pub outcome: CheckOutcome,
    pub line_id: Option<i64>,
    pub line_at: Option<i64>,
    pub line_fen: Option<Fen>,
    pub line_type: String,
    pub line_status: String,
    /// Masked.
    pub counterparty: String,
    pub note: String,
    pub channel_id: String,
    pub order_no: String,
    pub fee_fen: Option<Fen>,
    pub ticket_id: Option<i64>,
    pub ticket_number: Option<u32>,
    pub ticket_date: String,
    pub ticket_at: Option<i64>,
    pub ticket_fen: Option<Fen>,
    /// Tickets it may belong to.
    pub candidates: Vec<i64>,
    /// What a person did about it.
    pub resolution: String,
}

/// A declared total of the file against its rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct DeclaredTotal {
    pub name: String,
    pub declared: String,
    pub counted: String,
    pub agrees: bool,
}

/// Count and sum of one outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CheckSum {
    pub outcome: CheckOutcome,
    pub lines: u32,
    pub sum_fen: Fen,
}

/// A statement against the till, both ways.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct StatementCheck {
    pub head: StatementHead,
    pub sums: Vec<CheckSum>,
    /// Gravest first; matched lines last. At most `limit`.
    pub lines: Vec<CheckLine>,
    pub declared: Vec<DeclaredTotal>,
    /// What to know about this file, in the shop's language.
    pub warnings: Vec<String>,
    /// Fees of the whole file.
    pub fees_fen: Fen,
}

/// A verified copy of the database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct BackupView {
    pub path: String,
    pub made_at: i64,
    pub bytes: i64,
    /// Tickets and journal rows in it.
    pub tickets: i64,
    pub journal_rows: i64,
    pub schema: i64,
    /// Hex, of the file.
    pub sha256: String,
    /// It hashes to what was noted and passes the integrity check. Null: not looked at yet.
    pub sound: Option<bool>,
    /// Why it is not sound, or a warning (older schema), in the shop's language.
    pub message: String,
    /// On the second folder too.
    pub copied: bool,
}

/// All backups known, newest first, and how the last one went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct BackupList {
    pub folder: String,
    pub backups: Vec<BackupView>,
    /// Why the last try failed, empty if it went well.
    pub trouble: String,
    pub last_at: Option<i64>,
    pub next_at: Option<i64>,
    /// A restore that the next start makes.
    pub prepared: Option<RestorePlan>,
}

/// A restore is prepared: at the next start the database is replaced, after a copy of what it replaces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct RestorePlan {
    pub from: BackupView,
    /// Where the present database will be kept.
    pub kept_as: String,
    /// Tickets and journal rows now in the till that the backup does not have.
    pub tickets_lost: i64,
    pub journal_lost: i64,
}

/// What is wrong with the database at start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum RecoveryCause {
    /// It is gone although this directory has been in use.
    Missing,
    /// It is damaged, or something else bears its name.
    Broken,
    /// It opens, but ends before what was noted of it: an older file was put here, or its log (`-wal`) is gone.
    Behind,
    /// A newer version of the program wrote it.
    Newer,
}

/// A way out of a damaged database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "choice", rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum RecoveryChoice {
    /// Put a backup in its place. What is there now is kept under another name.
    Restore { path: String },
    /// Open what is there as it is. Offered only where it can be opened.
    KeepGoing {},
    /// A new, empty till. What is there now is kept under another name.
    StartEmpty {},
}

/// The database does not open by itself: what is known, and what can be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct RecoveryView {
    pub cause: RecoveryCause,
    /// The database file.
    pub path: String,
    /// What is wrong, in the language asked for.
    pub message: String,
    /// Journal rows known to be lost, where that can be said.
    pub rows_lost: Option<i64>,
    /// Backups found here and in the second folder, newest first. The newest ones were looked at (`sound`).
    pub backups: Vec<BackupView>,
    /// `keep_going` may be chosen.
    pub can_keep_going: bool,
    /// `start_empty` may be chosen. Not where updating the program is the way.
    pub can_start_empty: bool,
    /// Where what is there now would be kept.
    pub kept_as: String,
}
