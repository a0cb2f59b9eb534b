//! The files that an owner or a bookkeeper opens: rows in, bytes out. No clock, no database.
//!
//! A [`Writer`] takes one row at a time and keeps none, so a million sales need no more memory than ten:
//!
//! ```
//! use till_books::export::{Options, Preset, SaleRow, Table, Writer};
//! let mut file = Vec::new();
//! let mut writer = Writer::begin(&mut file, Table::Sales, Preset::Csv, &Options::default())?;
//! writer.sale(&SaleRow {
//!     business_date: "2026-11-20", paid_at: 1_795_140_000_000, ticket_no: 41, status: "paid", channel: "wechat",
//!     gross: 1500, tail: 2, due: Some(1498), net_received: 1498, ..SaleRow::default()
//! })?;
//! let finished = writer.finish()?;
//! assert_eq!((finished.rows, finished.sum), (1, 1498));
//! # Ok::<(), till_books::export::ExportError>(())
//! ```
//!
//! The four tables go out as CSV or XLSX ([`columns`] has their columns); the day totals also go out in the shapes of
//! accounting programs, one balanced entry per business day. A caller that is stopped by an error, or by a person,
//! throws its half-written file away: only [`Writer::finish`] makes a whole one.

mod accounts;
mod books;
pub mod columns;
mod csv;
mod day;
mod error;
mod figures;
mod journals;
mod local_time;
mod options;
mod preset;
mod rows;
mod sheet;
mod sink;
mod table;
mod text;
mod vouchers;
mod words;
mod writer;

pub use accounts::{AccountCode, Accounts};
pub use error::ExportError;
pub use options::{Lang, Options};
pub use preset::{Preset, Table, file_name};
pub use rows::{DayRow, JournalRow, ReceiptRow, SaleRow};
pub use text::{guards, unguarded};
pub use writer::{Finished, Writer};

/// The version of the column order, in file names and on the summary sheet. New columns are added at the end only and
/// raise it. The house counts from 2.
pub const COLUMNS_VERSION: u32 = 2;
