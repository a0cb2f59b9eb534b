//! The front door: a file under way, whatever its shape.

use std::io::Write;

use super::COLUMNS_VERSION;
use super::books::Books;
use super::columns::{self, Shared};
use super::csv::CsvFile;
use super::day::{minus, plus};
use super::error::ExportError;
use super::local_time::LocalTime;
use super::options::Options;
use super::preset::{Preset, Table};
use super::rows::{DayRow, JournalRow, ReceiptRow, SaleRow};
use super::table::TableBook;

/// A whole file, for the log of exports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// Rows taken.
    pub rows: u64,
    /// Lines written below the headers: the same, except in accounting files, where a day makes several.
    pub lines: u64,
    /// In fen: of sales what was received, of receipts their amounts, of days what was received less refunds, of the
    /// journal nothing.
    pub sum: i64,
    /// SHA-256 of the file's bytes, in hex.
    pub sha256: String,
    /// [`COLUMNS_VERSION`].
    pub columns_version: u32,
}

enum File<W: Write> {
    Csv(Box<CsvFile<W>>),
    Book(Box<TableBook<W>>),
    Accounting(Box<Books<W>>),
}

/// A file under way. After an error it takes nothing more and cannot be finished.
pub struct Writer<W: Write> {
    file: File<W>,
    table: Table,
    options: Options,
    shared: Shared,
    rows: u64,
    sum: i64,
    given_up: bool,
}

impl<W: Write> Writer<W> {
    /// Begins a file. The bytes go to `to` front to back; a buffer around it is not needed.
    pub fn begin(to: W, table: Table, preset: Preset, options: &Options) -> Result<Writer<W>, ExportError> {
        if !preset.takes(table) {
            return Err(ExportError::PresetTakesDaysOnly { preset: preset.as_str() });
        }
        let clock = || LocalTime::new(options.zone.clone());
        let columns = columns::of(table);
        let file = match preset {
            Preset::Csv => File::Csv(Box::new(CsvFile::begin(to, columns, clock(), false))),
            Preset::ExcelZh => File::Csv(Box::new(CsvFile::begin(to, columns, clock(), true))),
            Preset::Xlsx => File::Book(Box::new(TableBook::begin(to, table, options)?)),
            _ => File::Accounting(Box::new(Books::begin(to, preset, options)?)),
        };
        let shared = Shared { currency: options.accounts.currency.clone(), till: options.till.clone() };
        Ok(Writer { file, table, options: options.clone(), shared, rows: 0, sum: 0, given_up: false })
    }

    /// Adds a sale, a refund or a void.
    pub fn sale(&mut self, row: &SaleRow<'_>) -> Result<(), ExportError> {
        self.row(Table::Sales, |writer| {
            check_sale(row)?;
            match &mut writer.file {
                File::Csv(file) => columns::sale(row, &writer.shared, file.as_mut())?,
                File::Book(file) => {
                    columns::sale(row, &writer.shared, file.as_mut())?;
                    file.count(row.business_date, row.channel, row.net_received)?;
                }
                File::Accounting(_) => return Err(ExportError::WrongTable { table: writer.table.as_str() }),
            }
            Ok(row.net_received)
        })
    }

    /// Adds a receipt.
    pub fn receipt(&mut self, row: &ReceiptRow<'_>) -> Result<(), ExportError> {
        self.row(Table::Receipts, |writer| {
            match &mut writer.file {
                File::Csv(file) => columns::receipt(row, &writer.shared, file.as_mut())?,
                File::Book(file) => {
                    columns::receipt(row, &writer.shared, file.as_mut())?;
                    file.count(row.business_date, row.channel, row.amount)?;
                }
                File::Accounting(_) => return Err(ExportError::WrongTable { table: writer.table.as_str() }),
            }
            Ok(row.amount)
        })
    }

    /// Adds what one channel brought on one day. Accounting files want the days in order.
    pub fn day(&mut self, row: &DayRow<'_>) -> Result<(), ExportError> {
        self.row(Table::Days, |writer| {
            let kept = minus(row.received, row.refund)?;
            match &mut writer.file {
                File::Csv(file) => columns::day(row, &writer.shared, file.as_mut())?,
                File::Book(file) => {
                    columns::day(row, &writer.shared, file.as_mut())?;
                    file.count(row.business_date, row.channel, kept)?;
                }
                File::Accounting(books) => books.row(row)?,
            }
            Ok(kept)
        })
    }

    /// Adds a journal row.
    pub fn journal(&mut self, row: &JournalRow<'_>) -> Result<(), ExportError> {
        self.row(Table::Journal, |writer| {
            match &mut writer.file {
                File::Csv(file) => columns::journal(row, file.as_mut())?,
                File::Book(file) => columns::journal(row, file.as_mut())?,
                File::Accounting(_) => return Err(ExportError::WrongTable { table: writer.table.as_str() }),
            }
            Ok(0)
        })
    }

    #[inline]
    fn row(
        &mut self,
        table: Table,
        write: impl FnOnce(&mut Writer<W>) -> Result<i64, ExportError>,
    ) -> Result<(), ExportError> {
        if self.given_up {
            return Err(ExportError::GivenUp);
        }
        if self.table != table {
            return Err(ExportError::WrongTable { table: self.table.as_str() });
        }
        // Until the row is whole, the file is not.
        self.given_up = true;
        let fen = write(self)?;
        self.sum = plus(self.sum, fen)?;
        self.rows += 1;
        self.given_up = false;
        Ok(())
    }

    /// Rows taken so far, for the progress bar.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Writes what is still due and flushes. Making the bytes durable and renaming the file is the caller's.
    pub fn finish(self) -> Result<Finished, ExportError> {
        if self.given_up {
            return Err(ExportError::GivenUp);
        }
        let (lines, sha256) = match self.file {
            File::Csv(file) => (self.rows, file.close()?),
            File::Book(book) => (self.rows, book.close(self.rows, self.sum, &self.options)?),
            File::Accounting(books) => books.close()?,
        };
        Ok(Finished { rows: self.rows, lines, sum: self.sum, sha256, columns_version: COLUMNS_VERSION })
    }
}

/// The books add up in every row, and money that goes back is not money that came.
fn check_sale(row: &SaleRow<'_>) -> Result<(), ExportError> {
    if let Some(due) = row.due {
        let sum = minus(minus(minus(row.gross, row.discount)?, row.rounding)?, row.tail)?;
        if sum != due {
            return Err(ExportError::DoesNotAddUp {
                business_date: row.business_date.to_owned(),
                ticket_no: row.ticket_no,
                sum,
                due,
            });
        }
    }
    let bad = |column, fen| Err(ExportError::BadAmount { column, business_date: row.business_date.to_owned(), fen });
    if row.refund < 0 {
        return bad("refund", row.refund);
    }
    if row.refund > 0 && matches!(row.status, "refunded" | "voided") && row.net_received > 0 {
        return bad("net_received", row.net_received);
    }
    Ok(())
}
