//! CSV: RFC 4180, CRLF, a header always. Written by hand: no allocation and one scan per cell.

use std::io::Write;

use super::columns::{Cells, Column};
use super::error::ExportError;
use super::figures::{whole, yuan};
use super::local_time::{LocalTime, is_date};
use super::sink::TextFile;
use super::text::guards;
use super::words;

/// Bytes that make a cell need quotes, or need replacing.
const SPECIAL: [bool; 256] = {
    let mut table = [false; 256];
    table[b',' as usize] = true;
    table[b'"' as usize] = true;
    table[b'\r' as usize] = true;
    table[b'\n' as usize] = true;
    table[0] = true;
    table
};

/// Appends one cell: quoted if it has `, " CR LF` or spaces at an end. A NUL, which common readers stop at, becomes `�`.
#[inline]
pub(crate) fn cell(out: &mut Vec<u8>, text: &str) {
    let bytes = text.as_bytes();
    let edge = |byte: Option<&u8>| matches!(byte, Some(b' ' | b'\t'));
    if !bytes.iter().any(|b| SPECIAL[*b as usize]) && !edge(bytes.first()) && !edge(bytes.last()) {
        out.extend_from_slice(bytes);
    } else {
        quoted(out, bytes);
    }
}

fn quoted(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    for byte in bytes {
        match byte {
            b'"' => out.extend_from_slice(b"\"\""),
            0 => out.extend_from_slice("\u{FFFD}".as_bytes()),
            other => out.push(*other),
        }
    }
    out.push(b'"');
}

/// Appends a whole line of cells.
pub(crate) fn line(out: &mut Vec<u8>, cells: &[&str]) {
    for (nth, text) in cells.iter().enumerate() {
        if nth > 0 {
            out.push(b',');
        }
        cell(out, text);
    }
    out.extend_from_slice(b"\r\n");
}

/// A table as CSV.
pub(crate) struct CsvFile<W> {
    file: TextFile<W>,
    clock: LocalTime,
    chinese: bool,
    /// The next cell is the first of its row.
    fresh: bool,
    /// The last business date seen, which nearly every row repeats.
    date: String,
}

impl<W: Write> CsvFile<W> {
    pub(crate) fn begin(to: W, columns: &[Column], clock: LocalTime, chinese: bool) -> CsvFile<W> {
        let mut file = TextFile::new(to);
        if chinese {
            // Excel takes a file without it for the system's old encoding.
            file.buffer.extend_from_slice("\u{FEFF}".as_bytes());
        }
        let headers: Vec<&str> = columns.iter().map(|c| if chinese { c.zh } else { c.key }).collect();
        line(&mut file.buffer, &headers);
        CsvFile { file, clock, chinese, fresh: true, date: String::new() }
    }

    pub(crate) fn close(self) -> Result<String, ExportError> {
        Ok(self.file.close()?)
    }

    #[inline]
    fn next(&mut self) -> &mut Vec<u8> {
        if !std::mem::take(&mut self.fresh) {
            self.file.buffer.push(b',');
        }
        &mut self.file.buffer
    }
}

impl<W: Write> Cells for CsvFile<W> {
    fn date(&mut self, date: &str) -> Result<(), ExportError> {
        if date != self.date {
            if !date.is_empty() && !is_date(date) {
                return Err(ExportError::BadDate { text: date.to_owned() });
            }
            date.clone_into(&mut self.date);
        }
        self.next().extend_from_slice(date.as_bytes());
        Ok(())
    }

    fn time(&mut self, at_ms: Option<i64>) -> Result<(), ExportError> {
        self.next();
        at_ms.map_or(Ok(()), |at| self.clock.write(&mut self.file.buffer, at))
    }

    fn offset(&mut self, at_ms: i64) -> Result<(), ExportError> {
        // Excel would take `+08:00` for a time of day, and a guard is for texts of strangers.
        let prefix: &[u8] = if self.chinese { b"UTC" } else { b"" };
        self.next().extend_from_slice(prefix);
        self.clock.write_offset(&mut self.file.buffer, at_ms)
    }

    fn count(&mut self, number: Option<i64>) -> Result<(), ExportError> {
        let out = self.next();
        if let Some(number) = number {
            whole(out, number);
        }
        Ok(())
    }

    fn money(&mut self, fen: Option<i64>) -> Result<(), ExportError> {
        let out = self.next();
        if let Some(fen) = fen {
            yuan(out, fen);
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), ExportError> {
        let out = self.next();
        if guards(text) {
            guarded(out, text);
        } else {
            cell(out, text);
        }
        Ok(())
    }

    fn word(&mut self, word: &str) -> Result<(), ExportError> {
        self.text(if self.chinese { words::zh(word) } else { word })
    }

    fn id(&mut self, id: Option<i64>) -> Result<(), ExportError> {
        self.count(id)
    }

    fn end_row(&mut self) -> Result<(), ExportError> {
        self.fresh = true;
        self.file.buffer.extend_from_slice(b"\r\n");
        Ok(self.file.pass()?)
    }
}

#[cold]
fn guarded(out: &mut Vec<u8>, text: &str) {
    cell(out, &format!("'{text}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_cells_that_need_quotes_have_them() {
        let mut out = Vec::new();
        line(&mut out, &["微信", "", "a b", " a", "a ", "\ta", "1,5", "say \"hi\"", "two\r\nlines", "nul\0", "-12.00"]);
        let text = String::from_utf8(out).unwrap();
        assert_eq!(
            text,
            "微信,,a b,\" a\",\"a \",\"\ta\",\"1,5\",\"say \"\"hi\"\"\",\"two\r\nlines\",\"nul\u{FFFD}\",-12.00\r\n"
        );
    }
}
