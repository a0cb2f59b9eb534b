//! Rows and cells of a file before anybody knows what they mean.

use std::borrow::Cow;

use super::error::ReadError;

/// No statement has more; a hostile file does.
const MAX_ROWS: usize = 1_200_000;
const MAX_CELLS: usize = 24_000_000;
const MAX_TEXT: usize = 400 << 20;

#[derive(Debug, Clone, Copy)]
enum Raw {
    Text { start: u32, end: u32 },
    Number(f64),
    Serial(f64),
}

/// What stands in a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value<'t> {
    /// Nothing, `/`, `-`, `--`.
    Blank,
    /// Text, trimmed.
    Text(&'t str),
    /// A workbook's number.
    Number(f64),
    /// A workbook's date, in days.
    Serial(f64),
}

/// All rows, flat: one text, one list of cells, so that 100 000 rows cost three allocations.
#[derive(Debug, Default)]
pub(super) struct Table {
    text: String,
    cells: Vec<Raw>,
    /// Line in the file and first cell of each row.
    rows: Vec<(u32, u32)>,
}

impl Table {
    /// Starts a row; cells pushed next belong to it.
    pub(super) fn row(&mut self, line: u32) -> Result<(), ReadError> {
        if self.rows.len() >= MAX_ROWS {
            return Err(ReadError::TooLarge { what: "rows" });
        }
        self.rows.push((line, self.cells.len() as u32));
        Ok(())
    }

    pub(super) fn text(&mut self, text: &str) -> Result<(), ReadError> {
        if self.text.len() + text.len() > MAX_TEXT {
            return Err(ReadError::TooLarge { what: "bytes" });
        }
        let start = self.text.len() as u32;
        self.text.push_str(text);
        self.cell(Raw::Text { start, end: self.text.len() as u32 })
    }

    pub(super) fn number(&mut self, number: f64) -> Result<(), ReadError> {
        self.cell(Raw::Number(number))
    }

    pub(super) fn serial(&mut self, days: f64) -> Result<(), ReadError> {
        self.cell(Raw::Serial(days))
    }

    fn cell(&mut self, cell: Raw) -> Result<(), ReadError> {
        if self.cells.len() >= MAX_CELLS {
            return Err(ReadError::TooLarge { what: "cells" });
        }
        self.cells.push(cell);
        Ok(())
    }

    /// Cells in the row that was begun last.
    pub(super) fn width(&self) -> usize {
        self.rows.last().map_or(0, |&(_, first)| self.cells.len() - first as usize)
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn get(&self, index: usize) -> Row<'_> {
        let (line, first) = self.rows.get(index).copied().unwrap_or((0, self.cells.len() as u32));
        let end = self.rows.get(index + 1).map_or(self.cells.len(), |&(_, next)| next as usize);
        Row { line, table: self, cells: &self.cells[first as usize..end] }
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        (0..self.len()).map(|index| self.get(index))
    }
}

/// One row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'t> {
    /// Line in the file, or row of the sheet, from 1.
    pub line: u32,
    table: &'t Table,
    cells: &'t [Raw],
}

impl<'t> Row<'t> {
    pub(super) fn len(self) -> usize {
        self.cells.len()
    }

    /// The cell's text as it stands, numbers written out.
    pub(super) fn raw(self, column: usize) -> Cow<'t, str> {
        match self.cells.get(column) {
            None => Cow::Borrowed(""),
            Some(Raw::Text { start, end }) => Cow::Borrowed(&self.table.text[*start as usize..*end as usize]),
            Some(Raw::Number(number) | Raw::Serial(number)) => Cow::Owned(number.to_string()),
        }
    }

    pub(super) fn value(self, column: usize) -> Value<'t> {
        match self.cells.get(column) {
            None => Value::Blank,
            Some(Raw::Text { start, end }) => {
                let text = trimmed(&self.table.text[*start as usize..*end as usize]);
                if is_blank(text) { Value::Blank } else { Value::Text(text) }
            }
            Some(Raw::Number(number)) => Value::Number(*number),
            Some(Raw::Serial(days)) => Value::Serial(*days),
        }
    }

    /// The first cell that holds anything, trimmed.
    pub(super) fn first(self) -> Cow<'t, str> {
        (0..self.len()).map(|column| self.raw(column)).find(|text| !trimmed(text).is_empty()).map_or(
            Cow::Borrowed(""),
            |text| match text {
                Cow::Borrowed(text) => Cow::Borrowed(trimmed(text)),
                owned => owned,
            },
        )
    }

    /// The whole row as one line of text: titles and totals were cut at their commas.
    pub(super) fn joined(self) -> String {
        let cells: Vec<_> = (0..self.len()).map(|column| self.raw(column)).collect();
        let cells: Vec<_> = cells.iter().map(|cell| trimmed(cell)).collect();
        cells.join(",").trim_end_matches(',').to_owned()
    }

    /// True when no cell says anything.
    pub(super) fn is_blank(self) -> bool {
        (0..self.len()).all(|column| self.value(column) == Value::Blank)
    }
}

/// Takes off blanks (full-width too), TAB, BOM, backtick and a spreadsheet's `="…"`.
pub(super) fn trimmed(text: &str) -> &str {
    let bytes = text.as_bytes();
    match (bytes.first(), bytes.last()) {
        (Some(first), Some(last)) if plain(*first) && plain(*last) => return text,
        _ => {}
    }
    let text = text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '`' | '\u{feff}' | '\u{200b}'));
    match text.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) => trimmed(inner),
        None => text,
    }
}

/// ASCII that `trimmed` never takes off.
const fn plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

/// `/`, `-`, `--` and longer rows of dashes mean nothing.
pub(super) fn is_blank(text: &str) -> bool {
    text.is_empty() || text == "/" || text.bytes().all(|b| b == b'-')
}

/// A column's name in one spelling: no blanks, half-width brackets, no quotes, backticks or `#`.
pub(super) fn name(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '"' | '`' | '#' | '\u{feff}' | '\u{200b}'))
        .map(|c| match c {
            '（' => '(',
            '）' => ')',
            '／' => '/',
            '＋' => '+',
            '－' => '-',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_lose_their_wrapping() {
        for (text, want) in [
            ("\t4200\t", "4200"),
            ("`外带", "外带"),
            ("=\"0012\"", "0012"),
            ("=\"0012\t\"", "0012"),
            ("\u{3000}三 \u{feff}", "三"),
            ("", ""),
            ("=", "="),
            ("=\"", "=\""),
        ] {
            assert_eq!(trimmed(text), want, "{text:?}");
        }
        assert!(is_blank("--") && is_blank("/") && is_blank("-------") && !is_blank("-1"));
        assert_eq!(name(" 收入 （＋元） "), "收入(+元)");
    }
}
