//! The rows of a recognised statement, read by column name.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;

use till_core::money::Fen;

use super::amount;
use super::error::ReadError;
use super::frame::Frame;
use super::moment::{self, Moment};
use super::notes::Note;
use super::recognise::Known;
use super::table::{Row, Table, Value, name};

/// Lines of a footer that are looked at; the rest of a hostile file is not.
const FOOTER_ROWS: usize = 60;

/// Names of the time column over all formats.
const TIMES: &str = "交易时间|交易创建时间|完成时间|发生时间|入账时间|记账时间|交易日期|记账日期";

/// Names of the currency column.
const CURRENCIES: &str = "货币种类|币别|货币|记账币种|币种";
/// How files write yuan.
const YUAN: [&str; 5] = ["CNY", "RMB", "人民币", "人民币元", "156"];

/// Where each name of the header stands; the first of two equal names counts.
#[derive(Debug, Default)]
pub(super) struct Columns(HashMap<String, usize>);

impl Columns {
    pub(super) fn of(row: Row<'_>) -> Self {
        let mut columns = HashMap::new();
        for at in 0..row.len() {
            let name = name(&row.raw(at));
            if !name.is_empty() {
                columns.entry(name).or_insert(at);
            }
        }
        Self(columns)
    }

    /// The first of the names parted by `|` that the header has.
    pub(super) fn find(&self, names: &'static str) -> Option<Column> {
        names.split('|').find_map(|name| self.0.get(name).map(|&at| Column { at, name }))
    }
}

/// One column of the header.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    pub at: usize,
    pub name: &'static str,
}

/// Rows between header and footer, and how to read their cells.
pub(super) struct Body<'t> {
    table: &'t Table,
    columns: Columns,
    header: usize,
    end: usize,
    /// What stands around the rows.
    pub frame: Frame,
    /// Seconds east of UTC.
    pub offset: i32,
    ids_damaged: Cell<(u32, u32)>,
    skipped: Cell<(u32, u32)>,
    foreign: Cell<(u32, u32)>,
}

impl<'t> Body<'t> {
    pub(super) fn new(table: &'t Table, known: &Known) -> Self {
        let first = known.header + 1;
        let end = (first..table.len()).find(|&index| ends_rows(table.get(index))).unwrap_or(table.len());
        let above = (0..known.header).map(|index| table.get(index).joined());
        let below = (end..table.len()).take(FOOTER_ROWS).map(|index| table.get(index).joined());
        let frame = Frame::new(above.chain(below).collect());
        Self {
            table,
            columns: Columns::of(table.get(known.header)),
            header: known.header,
            end,
            offset: frame.offset(),
            frame,
            ids_damaged: Cell::default(),
            skipped: Cell::default(),
            foreign: Cell::default(),
        }
    }

    /// The column, or which one is missing.
    pub(super) fn need(&self, names: &'static str) -> Result<Column, ReadError> {
        self.find(names)
            .ok_or_else(|| ReadError::MissingColumn { name: names.split('|').next().unwrap_or_default().to_owned() })
    }

    pub(super) fn find(&self, names: &'static str) -> Option<Column> {
        self.columns.find(names)
    }

    /// The rows that hold anything, in yuan. A header repeated in the middle (files joined by hand) is no row.
    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'t>> {
        let header = self.table.get(self.header);
        let title = header.first();
        let currency = self.find(CURRENCIES);
        (self.header + 1..self.end).map(|index| self.table.get(index)).filter(move |row| {
            if row.is_blank() || (row.len() == header.len() && row.first() == title) {
                return false;
            }
            let currency = self.text(*row, currency);
            let yuan = currency.is_empty() || YUAN.contains(&&*currency);
            if !yuan {
                note(&self.foreign, row.line);
            }
            yuan
        })
    }

    /// At most so many rows.
    pub(super) fn len(&self) -> usize {
        self.end - (self.header + 1).min(self.end)
    }

    /// Rows below the footer's first line.
    pub(super) fn below(&self) -> impl Iterator<Item = Row<'t>> {
        (self.end..self.table.len()).map(|index| self.table.get(index))
    }

    pub(super) fn text(&self, row: Row<'t>, column: Option<Column>) -> Cow<'t, str> {
        match column.map_or(Value::Blank, |column| row.value(column.at)) {
            Value::Blank => Cow::Borrowed(""),
            Value::Text(text) => Cow::Borrowed(text),
            Value::Number(number) | Value::Serial(number) => Cow::Owned(number.to_string()),
        }
    }

    pub(super) fn string(&self, row: Row<'t>, column: Option<Column>) -> String {
        self.text(row, column).into_owned()
    }

    /// An id. One that a spreadsheet made a number of is worth nothing: it is counted and left out.
    pub(super) fn id(&self, row: Row<'t>, column: Option<Column>) -> String {
        let id = match column.map_or(Value::Blank, |column| row.value(column.at)) {
            Value::Blank => return String::new(),
            Value::Text(text) => Some(text).filter(|id| !is_damaged(id)).map(str::to_owned),
            // A float keeps 15 digits of an id.
            Value::Number(number) | Value::Serial(number) if number.abs() < 1e15 => Some(number.to_string()),
            _ => None,
        };
        id.unwrap_or_else(|| {
            note(&self.ids_damaged, row.line);
            String::new()
        })
    }

    pub(super) fn moment(&self, row: Row<'t>, column: Column) -> Result<Option<Moment>, ReadError> {
        let moment = match row.value(column.at) {
            Value::Blank => return Ok(None),
            Value::Text(text) => moment::moment(text, self.offset).or_else(|| as_serial(text, self.offset)),
            Value::Serial(days) | Value::Number(days) => {
                moment::serial(days, self.offset).or_else(|| moment::moment(&days.to_string(), self.offset))
            }
        };
        moment.map(Some).ok_or_else(|| self.bad(row, column))
    }

    pub(super) fn fen(&self, row: Row<'t>, column: Column) -> Result<Option<Fen>, ReadError> {
        let fen = match row.value(column.at) {
            Value::Blank => return Ok(None),
            Value::Text(text) => amount::fen(text),
            Value::Number(number) | Value::Serial(number) => amount::fen_of_number(number),
        };
        fen.map(Some).ok_or_else(|| self.bad(row, column))
    }

    /// An amount of a file whose direction stands in another column.
    pub(super) fn positive(&self, row: Row<'t>, column: Column) -> Result<Option<Fen>, ReadError> {
        match self.fen(row, column)? {
            Some(fen) if fen.get() < 0 => Err(self.bad(row, column)),
            fen => Ok(fen),
        }
    }

    /// Money in and money out in two columns; some files write money out negative.
    pub(super) fn in_and_out(
        &self,
        row: Row<'t>,
        money_in: Column,
        money_out: Column,
    ) -> Result<Option<Fen>, ReadError> {
        match (self.fen(row, money_in)?, self.fen(row, money_out)?) {
            (None, None) => Ok(None),
            (income, spent) => {
                let spent = Fen::new(spent.unwrap_or_default().get().abs()).unwrap_or_default();
                income.unwrap_or_default().minus(spent).map(Some).map_err(|_| self.bad(row, money_in))
            }
        }
    }

    /// A column that may be absent, and is nothing when blank.
    pub(super) fn fen_or_zero(&self, row: Row<'t>, column: Option<Column>) -> Result<Fen, ReadError> {
        column.map_or(Ok(None), |column| self.fen(row, column)).map(Option::unwrap_or_default)
    }

    /// A fee with up to five decimals: in 1/100000 yuan as printed, and in fen.
    pub(super) fn fee(&self, row: Row<'t>, column: Option<Column>) -> Result<Option<(i64, Fen)>, ReadError> {
        let Some(column) = column else { return Ok(None) };
        let e5 = match row.value(column.at) {
            Value::Blank => return Ok(None),
            Value::Text(text) => amount::e5(text),
            Value::Number(number) | Value::Serial(number) => amount::e5_of_number(number),
        };
        let both = e5.and_then(|e5| Some((e5, amount::fen_of_e5(e5)?)));
        both.map(Some).ok_or_else(|| self.bad(row, column))
    }

    /// A balance is a courtesy: files mask it (`xx,yyyy.zz`).
    pub(super) fn balance(&self, row: Row<'t>, column: Option<Column>) -> Option<Fen> {
        self.fen(row, column?).ok().flatten()
    }

    /// A row's time and amount. A row with neither is no row (`None`, counted); with one of them it is an error.
    pub(super) fn dated<T>(
        &self,
        row: Row<'t>,
        (time, at): (Column, Result<Option<Moment>, ReadError>),
        (money, amount): (Column, Result<Option<T>, ReadError>),
    ) -> Result<Option<(Moment, T)>, ReadError> {
        match (at, amount) {
            (Ok(Some(at)), Ok(Some(amount))) => Ok(Some((at, amount))),
            (Ok(None) | Err(_), Ok(None)) => {
                note(&self.skipped, row.line);
                Ok(None)
            }
            (Err(error), _) | (_, Err(error)) => Err(error),
            (Ok(None), Ok(Some(_))) => Err(self.bad(row, time)),
            (Ok(Some(_)), Ok(None)) => Err(self.bad(row, money)),
        }
    }

    pub(super) fn bad(&self, row: Row<'t>, column: Column) -> ReadError {
        ReadError::bad_cell(row.line, column.name, &row.raw(column.at))
    }

    /// What was seen on the way.
    pub(super) fn notes(&self) -> Vec<Note> {
        let mut notes = Vec::new();
        let (count, first_row) = self.ids_damaged.get();
        if count > 0 {
            notes.push(Note::IdsDamaged { count, first_row });
        }
        let (count, first_row) = self.foreign.get();
        if count > 0 {
            notes.push(Note::ForeignCurrency { count, first_row });
        }
        let (count, first_row) = self.skipped.get();
        if count > 0 {
            notes.push(Note::RowsSkipped { count, first_row });
        }
        let after = Cell::default();
        if let Some(time) = self.find(TIMES) {
            let width = self.columns.0.len() / 2;
            for row in self.below().filter(|row| row.len() > width) {
                if matches!(self.moment(row, time), Ok(Some(_))) {
                    note(&after, row.line);
                }
            }
        }
        let (count, first_row) = after.get();
        if count > 0 {
            notes.push(Note::RowsAfterFooter { count, first_row });
        }
        notes
    }
}

fn note(counter: &Cell<(u32, u32)>, line: u32) {
    let (count, first) = counter.get();
    counter.set((count + 1, if count == 0 { line } else { first }));
}

/// `4.2E+27`, or 20 and more digits of which all past the fifteenth are zero.
fn is_damaged(id: &str) -> bool {
    let exponent = id.split_once(['E', 'e']).is_some_and(|(mantissa, power)| {
        let power = power.strip_prefix('+').unwrap_or_default();
        !power.is_empty()
            && power.bytes().all(|b| b.is_ascii_digit())
            && mantissa.starts_with(|c: char| c.is_ascii_digit())
            && mantissa.bytes().all(|b| b.is_ascii_digit() || b == b'.')
    });
    let cut = id.len() >= 20 && id.bytes().all(|b| b.is_ascii_digit()) && id.bytes().skip(15).all(|b| b == b'0');
    exponent || cut
}

/// A serial that a spreadsheet wrote out as text.
fn as_serial(text: &str, offset: i32) -> Option<Moment> {
    let (days, fraction) = text.split_once('.')?;
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    (digits(days) && digits(fraction)).then(|| text.parse().ok())?.and_then(|days| moment::serial(days, offset))
}

/// Dashes, `#`, `共6笔记录`, `合计`, and the summary headers of WeChat's merchant bills.
fn ends_rows(row: Row<'_>) -> bool {
    let first = row.first();
    first.starts_with("----")
        || first.starts_with('#')
        || (first.starts_with('共') && first.contains("笔记录"))
        || first.starts_with("总交易单数")
        || first.starts_with("资金流水总笔数")
        || ((first.starts_with("合计") || first.ends_with("合计")) && first.chars().count() <= 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_spreadsheets() {
        for id in ["4.2E+27", "4.20000E+27", "2E+15", "42000021682026000000000", "420000216820260000000000000"] {
            assert!(is_damaged(id), "{id}");
        }
        for id in ["4200002168202609286349888061", "QTE+1", "20880000000000000156", "S2E+", "1000000000000000000", ""] {
            assert!(!is_damaged(id), "{id}");
        }
    }
}
