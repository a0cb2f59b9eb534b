//! XLSX to rows.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataRef, Reader, Xlsx, XlsxError};

use super::error::ReadError;
use super::table::Table;

/// A statement has some thirty columns. Cells further right are dropped: a stray cell at XFD1 must not widen every row.
const MAX_COLUMNS: u32 = 128;
const MAX_SHEETS: usize = 32;
/// No sheet has more, in any program.
const MAX_SHEET_ROWS: u32 = 1_048_576;

/// An open workbook.
pub(super) struct Workbook<'a> {
    book: Xlsx<Cursor<&'a [u8]>>,
}

impl<'a> Workbook<'a> {
    /// Opens. The caller has bounded what the zip unpacks to.
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, ReadError> {
        Ok(Self { book: guarded(|| Xlsx::new(Cursor::new(bytes)))?.map_err(ReadError::damaged)? })
    }

    pub(super) fn sheet_names(&self) -> Vec<String> {
        let mut names = self.book.sheet_names();
        names.truncate(MAX_SHEETS);
        names
    }

    /// Reads the first rows of a sheet. A chart has none.
    pub(super) fn rows(&mut self, sheet: &str, most: usize) -> Result<Table, ReadError> {
        // Workbooks of old Macs count from 1904.
        let shift = if self.book.has_1904_epoch() { 1462.0 } else { 0.0 };
        let mut table = Table::default();
        let mut cells = match guarded(|| self.book.worksheet_cells_reader(sheet))? {
            Ok(cells) => cells,
            Err(XlsxError::NotAWorksheet(_)) => return Ok(table),
            Err(error) => return Err(ReadError::damaged(error)),
        };
        let mut current = None;
        loop {
            let next = &mut cells;
            let Some(cell) = guarded(move || next.next_cell())?.map_err(ReadError::damaged)? else { break };
            let (row, column) = cell.get_position();
            if column >= MAX_COLUMNS || matches!(cell.get_value(), DataRef::Empty) {
                continue;
            }
            if current != Some(row) {
                if table.len() >= most {
                    break;
                }
                // A row that comes back, or one beyond every sheet: its payments would count twice, or nobody knows where.
                if current.is_some_and(|before| row < before) || row >= MAX_SHEET_ROWS {
                    return Err(ReadError::damaged("the rows of a sheet are out of order"));
                }
                current = Some(row);
                table.row(row.saturating_add(1))?;
            }
            // Cells of a row come in order; a file that breaks this keeps its cells but loses their columns.
            while table.width() < column as usize {
                table.text("")?;
            }
            match cell.get_value() {
                DataRef::Empty => {}
                DataRef::Int(number) => table.text(&number.to_string())?,
                DataRef::Float(number) => table.number(*number)?,
                DataRef::DateTime(days) => table.serial(shifted(days.as_f64(), shift))?,
                DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => table.text(text)?,
                DataRef::SharedString(text) => table.text(text)?,
                DataRef::Bool(truth) => table.text(if *truth { "TRUE" } else { "FALSE" })?,
                DataRef::Error(_) => table.text("")?,
            }
        }
        Ok(table)
    }
}

/// The reader is foreign code fed with foreign files: a panic in it is a damaged workbook.
fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, ReadError> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| ReadError::damaged("the reader of workbooks gave up"))
}

#[expect(clippy::float_arithmetic, reason = "workbooks store dates as floats; two epochs exist")]
fn shifted(days: f64, shift: f64) -> f64 {
    days + shift
}
