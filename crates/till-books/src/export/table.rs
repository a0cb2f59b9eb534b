//! A table as a workbook: the rows, as many sheets as they need, and a summary.

use std::collections::BTreeMap;
use std::io::Write;

use super::columns::{Cells, Column, Kind};
use super::error::ExportError;
use super::local_time::{LocalTime, days_of};
use super::options::{Lang, Options};
use super::preset::Table;
use super::sheet::{Properties, Style, Workbook};
use super::words;
use super::{COLUMNS_VERSION, columns};

/// Rows of a sheet, the header included: the format's limit.
const MOST_ROWS: u64 = 1_048_576;
/// A part of the package stays well below 4 GiB, beyond which old readers fail.
const MOST_BYTES: u64 = 1 << 31;
/// Channels on the summary; names come from the database, so their number is bounded here too.
const MOST_CHANNELS: usize = 64;

/// What the summary says of a channel, or of all.
#[derive(Clone, Copy, Default)]
struct Total {
    rows: u64,
    fen: i64,
}

pub(crate) struct TableBook<W: Write> {
    book: Workbook<W>,
    table: Table,
    columns: &'static [Column],
    lang: Lang,
    clock: LocalTime,
    most_rows: u64,
    sheets: u32,
    in_row: bool,
    channels: BTreeMap<String, Total>,
    first_day: String,
    last_day: String,
    /// The last business date seen, which nearly every row repeats, and its day.
    date: (String, i64),
}

impl<W: Write> TableBook<W> {
    pub(crate) fn begin(to: W, table: Table, options: &Options) -> Result<TableBook<W>, ExportError> {
        let title = format!("{} {}", options.shop, title(table, options.lang));
        let properties =
            Properties { title: title.trim(), made_by: &options.generated_by, made_at_ms: options.generated_at };
        let mut table_book = TableBook {
            book: Workbook::begin(to, &properties)?,
            table,
            columns: columns::of(table),
            lang: options.lang,
            clock: LocalTime::new(options.zone.clone()),
            most_rows: MOST_ROWS,
            sheets: 0,
            in_row: false,
            channels: BTreeMap::new(),
            first_day: String::new(),
            last_day: String::new(),
            date: (String::new(), 0),
        };
        table_book.open_sheet()?;
        Ok(table_book)
    }

    fn open_sheet(&mut self) -> Result<(), ExportError> {
        self.sheets += 1;
        let name = title(self.table, self.lang);
        let name = if self.sheets == 1 { name.to_owned() } else { format!("{name} {}", self.sheets) };
        let widths: Vec<u32> = self.columns.iter().map(|column| width(column.kind)).collect();
        self.book.open_sheet(&name, &widths, 1)?;
        self.book.start_row();
        for column in self.columns {
            self.book.text(self.lang.pick(column.zh, column.key), Style::Header);
        }
        self.book.end_row()
    }

    fn start_cell(&mut self) -> Result<(), ExportError> {
        if !std::mem::replace(&mut self.in_row, true) {
            if self.book.rows() >= self.most_rows || self.book.bytes() >= MOST_BYTES {
                self.book.close_sheet(Some(self.columns.len()))?;
                self.open_sheet()?;
            }
            self.book.start_row();
        }
        Ok(())
    }

    /// Counts a row for the summary.
    pub(crate) fn count(&mut self, day: &str, channel: &str, fen: i64) -> Result<(), ExportError> {
        if !day.is_empty() {
            if self.first_day.is_empty() || day < self.first_day.as_str() {
                day.clone_into(&mut self.first_day);
            }
            if day > self.last_day.as_str() {
                day.clone_into(&mut self.last_day);
            }
        }
        if channel.is_empty() {
            return Ok(());
        }
        if !self.channels.contains_key(channel) && self.channels.len() < MOST_CHANNELS {
            self.channels.insert(channel.to_owned(), Total::default());
        }
        if let Some(total) = self.channels.get_mut(channel) {
            total.rows += 1;
            total.fen = total.fen.checked_add(fen).ok_or(ExportError::TooLarge)?;
        }
        Ok(())
    }

    /// Writes the summary and ends the workbook.
    pub(crate) fn close(mut self, rows: u64, sum: i64, options: &Options) -> Result<String, ExportError> {
        self.book.close_sheet(Some(self.columns.len()))?;
        let lang = self.lang;
        self.book.open_sheet(lang.pick("汇总", "Summary"), &[22, 14, 16], 0)?;
        self.line(lang.pick("店铺", "shop"), &options.shop)?;
        self.line(lang.pick("收银机", "till"), &options.till)?;
        self.line(lang.pick("内容", "table"), title(self.table, lang))?;
        self.line_of(lang.pick("行数", "rows"), |book| book.count(i64::try_from(rows).unwrap_or(i64::MAX)))?;
        if self.table != Table::Journal {
            self.line_of(lang.pick("合计", "sum"), |book| book.money(sum))?;
            self.line(lang.pick("币种", "currency"), &options.accounts.currency)?;
        }
        for (zh, en, day) in [("首个营业日", "first_day", &self.first_day), ("末个营业日", "last_day", &self.last_day)]
        {
            if let Some(day) = days_of(day) {
                line_of(&mut self.book, lang.pick(zh, en), |book| book.date(day))?;
            }
        }
        self.line(lang.pick("时区", "time_zone"), options.zone.iana_name().unwrap_or("UTC"))?;
        let (day, second) = self.clock.wall_clock(options.generated_at)?;
        self.line_of(lang.pick("导出时间", "generated_at"), |book| book.time(day, second))?;
        self.line(lang.pick("导出程序", "generated_by"), &options.generated_by)?;
        self.line_of(lang.pick("格式版本", "export_format"), |book| book.count(i64::from(COLUMNS_VERSION)))?;
        self.channel_lines()?;
        self.book.close_sheet(None)?;
        self.book.close()
    }

    fn channel_lines(&mut self) -> Result<(), ExportError> {
        if self.channels.is_empty() {
            return Ok(());
        }
        self.book.start_row();
        self.book.end_row()?;
        self.book.start_row();
        for (zh, en) in [("渠道", "channel"), ("行数", "rows"), ("金额", "amount")] {
            self.book.text(self.lang.pick(zh, en), Style::Header);
        }
        self.book.end_row()?;
        for (channel, total) in &self.channels {
            self.book.start_row();
            self.book.text(if self.lang == Lang::Zh { words::zh(channel) } else { channel }, Style::Text);
            self.book.count(i64::try_from(total.rows).unwrap_or(i64::MAX));
            self.book.money(total.fen);
            self.book.end_row()?;
        }
        Ok(())
    }

    fn line(&mut self, label: &str, text: &str) -> Result<(), ExportError> {
        line_of(&mut self.book, label, |book| book.text(text, Style::Text))
    }

    fn line_of(&mut self, label: &str, value: impl FnOnce(&mut Workbook<W>)) -> Result<(), ExportError> {
        line_of(&mut self.book, label, value)
    }
}

fn line_of<W: Write>(
    book: &mut Workbook<W>,
    label: &str,
    value: impl FnOnce(&mut Workbook<W>),
) -> Result<(), ExportError> {
    book.start_row();
    book.text(label, Style::Header);
    value(book);
    book.end_row()
}

const fn title(table: Table, lang: Lang) -> &'static str {
    match table {
        Table::Sales => lang.pick("销售", "Sales"),
        Table::Receipts => lang.pick("收款", "Receipts"),
        Table::Days => lang.pick("日合计", "Days"),
        Table::Journal => lang.pick("日志", "Journal"),
    }
}

const fn width(kind: Kind) -> u32 {
    match kind {
        Kind::Date | Kind::Money => 12,
        Kind::Time => 20,
        Kind::Count => 9,
        Kind::Text => 16,
    }
}

impl<W: Write> Cells for TableBook<W> {
    fn date(&mut self, date: &str) -> Result<(), ExportError> {
        self.start_cell()?;
        if date.is_empty() {
            self.book.skip();
            return Ok(());
        }
        if date != self.date.0 {
            let day = days_of(date).ok_or_else(|| ExportError::BadDate { text: date.to_owned() })?;
            self.date = (date.to_owned(), day);
        }
        self.book.date(self.date.1);
        Ok(())
    }

    fn time(&mut self, at_ms: Option<i64>) -> Result<(), ExportError> {
        self.start_cell()?;
        match at_ms {
            Some(at) => {
                let (day, second) = self.clock.wall_clock(at)?;
                self.book.time(day, second);
            }
            None => self.book.skip(),
        }
        Ok(())
    }

    fn offset(&mut self, at_ms: i64) -> Result<(), ExportError> {
        self.start_cell()?;
        let mut text = Vec::with_capacity(9);
        self.clock.write_offset(&mut text, at_ms)?;
        self.book.text(&String::from_utf8_lossy(&text), Style::Text);
        Ok(())
    }

    fn count(&mut self, number: Option<i64>) -> Result<(), ExportError> {
        self.start_cell()?;
        match number {
            Some(number) => self.book.count(number),
            None => self.book.skip(),
        }
        Ok(())
    }

    fn money(&mut self, fen: Option<i64>) -> Result<(), ExportError> {
        self.start_cell()?;
        match fen {
            Some(fen) => self.book.money(fen),
            None => self.book.skip(),
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), ExportError> {
        self.start_cell()?;
        self.book.text(text, Style::Text);
        Ok(())
    }

    fn word(&mut self, word: &str) -> Result<(), ExportError> {
        self.text(if self.lang == Lang::Zh { words::zh(word) } else { word })
    }

    fn id(&mut self, id: Option<i64>) -> Result<(), ExportError> {
        match id {
            Some(id) => self.text(&id.to_string()),
            None => self.text(""),
        }
    }

    fn end_row(&mut self) -> Result<(), ExportError> {
        self.in_row = false;
        self.book.end_row()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::{JournalRow, columns};

    #[test]
    fn rows_beyond_a_sheet_go_to_the_next() {
        let options = Options { lang: Lang::En, ..Options::default() };
        let mut file = Vec::new();
        let mut book = TableBook::begin(&mut file, Table::Journal, &options).unwrap();
        book.most_rows = 4;
        for seq in 1..=6 {
            columns::journal(&JournalRow { seq, act: "ticket.paid", ..JournalRow::default() }, &mut book).unwrap();
        }
        book.close(6, 0, &options).unwrap();
        let mut read = calamine::open_workbook_from_rs::<calamine::Xlsx<_>, _>(std::io::Cursor::new(file)).unwrap();
        let mut seqs = Vec::new();
        for (name, range) in calamine::Reader::worksheets(&mut read) {
            if name.starts_with("Journal") {
                seqs.push(range.rows().skip(1).map(|row| row[0].to_string()).collect::<Vec<_>>().join(" "));
            }
        }
        assert_eq!(seqs, ["1 2 3", "4 5 6"]);
    }
}
