//! Bytes to text, text to rows.

use std::borrow::Cow;

use encoding_rs::{GB18030, UTF_8, UTF_16BE, UTF_16LE};

use super::error::ReadError;
use super::table::{Table, trimmed};

/// A quoted cell may run over so many lines; past that its quote was just a character.
const MAX_JOINED: usize = 5;
/// How often a file may try; a hostile file of quotes would read every line over and over.
const MAX_TRIES: u32 = 20_000;

/// Decodes by BOM, else strict UTF-8, else GB18030. UTF-16 is what spreadsheets save as "Unicode text".
pub(super) fn decode(bytes: &[u8]) -> Result<(Cow<'_, str>, &'static str), ReadError> {
    let (encoding, name, body) = match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => (UTF_8, "UTF-8 BOM", rest),
        [0xFF, 0xFE, rest @ ..] => (UTF_16LE, "UTF-16LE", rest),
        [0xFE, 0xFF, rest @ ..] => (UTF_16BE, "UTF-16BE", rest),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) if !text.contains('\0') => return Ok((Cow::Borrowed(text), "UTF-8")),
            _ => match wide(bytes) {
                Some(encoding) => (encoding, encoding.name(), bytes),
                None => (GB18030, "GB18030", bytes),
            },
        },
    };
    match encoding.decode_without_bom_handling_and_without_replacement(body) {
        Some(text) if !text.contains('\0') => Ok((text, name)),
        _ => Err(ReadError::UnknownText),
    }
}

/// UTF-16 without a BOM: its commas, digits and line ends leave a zero in every other byte.
fn wide(bytes: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    let head = &bytes[..bytes.len().min(4096)];
    let zeros = |from: usize| head.iter().skip(from).step_by(2).filter(|b| **b == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    match (even * 10 > head.len(), odd * 10 > head.len()) {
        (false, true) => Some(UTF_16LE),
        (true, false) => Some(UTF_16BE),
        _ => None,
    }
}

/// Line by line with numbers from 1; CRLF, LF and lone CR, mixed as some wallets do.
struct Lines<'a> {
    rest: &'a str,
    number: u32,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Self {
        Self { rest: text, number: 0 }
    }

    fn next(&mut self) -> Option<(&'a str, u32)> {
        if self.rest.is_empty() {
            return None;
        }
        let bytes = self.rest.as_bytes();
        let end = bytes.iter().position(|b| matches!(b, b'\n' | b'\r')).unwrap_or(bytes.len());
        let skip = match bytes.get(end..) {
            Some([b'\r', b'\n', ..]) => 2,
            Some([_, ..]) => 1,
            _ => 0,
        };
        let line = &self.rest[..end];
        self.rest = &self.rest[end + skip..];
        self.number = self.number.saturating_add(1);
        Some((line, self.number))
    }
}

/// The first lines of a text, for a look at its kind.
pub(super) fn head(text: &str, lines: usize) -> &str {
    let mut walk = Lines::new(text);
    for _ in 0..lines {
        if walk.next().is_none() {
            break;
        }
    }
    &text[..text.len() - walk.rest.len()]
}

/// True when data cells begin with a backtick, as in WeChat's merchant bills.
pub(super) fn is_backticked(head: &str) -> bool {
    head.lines().any(|line| line.starts_with('`'))
}

/// Splits into rows at the delimiter, quotes as spreadsheets write them and as WeChat writes them.
pub(super) fn split(text: &str, delimiter: char) -> Result<Table, ReadError> {
    let mut table = Table::default();
    let mut lines = Lines::new(text);
    let mut splitter = Splitter { delimiter, width: 0, tries: 0 };
    while let Some((line, number)) = lines.next() {
        if !line.contains('"') {
            if trimmed(line).is_empty() {
                continue;
            }
            table.row(number)?;
            for cell in line.split(delimiter) {
                table.text(cell)?;
            }
            splitter.width = table.width();
            continue;
        }
        let cells = splitter.quoted(line, &mut lines);
        table.row(number)?;
        for cell in cells {
            table.text(&cell)?;
        }
    }
    Ok(table)
}

struct Splitter {
    delimiter: char,
    /// Cells of the last row without doubt.
    width: usize,
    tries: u32,
}

struct Cut<'a> {
    cells: Vec<Cow<'a, str>>,
    /// Text stood after a closing quote.
    odd: bool,
    /// A quote was not closed.
    open: bool,
}

impl Splitter {
    fn quoted<'a>(&mut self, line: &'a str, lines: &mut Lines<'a>) -> Vec<Cow<'a, str>> {
        let cut = cut(line, self.delimiter, false);
        if !cut.open && !cut.odd {
            self.width = cut.cells.len();
            return cut.cells;
        }
        if cut.open && self.tries < MAX_TRIES {
            self.tries += 1;
            if let Some(cells) = self.joined(line, lines) {
                return cells;
            }
        }
        // A name that merely begins with a quote must not swallow its neighbours.
        let literal = self::cut(line, self.delimiter, true);
        if cut.open || (cut.cells.len() != self.width && literal.cells.len() == self.width) {
            return literal.cells;
        }
        cut.cells
    }

    /// A quoted cell with line breaks in it.
    fn joined<'a>(&self, line: &'a str, lines: &mut Lines<'a>) -> Option<Vec<Cow<'a, str>>> {
        let mut ahead = Lines { rest: lines.rest, number: lines.number };
        let mut whole = line.to_owned();
        for _ in 1..MAX_JOINED {
            let (next, _) = ahead.next()?;
            whole.push('\n');
            whole.push_str(next);
            let cut = cut(&whole, self.delimiter, false);
            if !cut.open {
                if cut.odd || (self.width > 0 && cut.cells.len() != self.width) {
                    return None;
                }
                let cells = cut.cells.into_iter().map(|cell| Cow::Owned(cell.into_owned())).collect();
                *lines = ahead;
                return Some(cells);
            }
        }
        None
    }
}

/// Cuts one line. `literal`: a quote opens a cell only when its closing quote stands before a delimiter or the end.
fn cut(line: &str, delimiter: char, literal: bool) -> Cut<'_> {
    let mut out = Cut { cells: Vec::new(), odd: false, open: false };
    let mut rest = line;
    loop {
        let until = |text: &str| text.find(delimiter).unwrap_or(text.len());
        let mut end = until(rest);
        let mut cell = Cow::Borrowed(&rest[..end]);
        if let Some(inner) = rest.strip_prefix('"') {
            match close(inner) {
                None if literal => {}
                None => {
                    out.open = true;
                    return out;
                }
                Some(at) => {
                    let after = &inner[at + 1..];
                    let tail = &after[..until(after)];
                    let clean = tail.trim().is_empty();
                    out.odd |= !clean;
                    if clean || !literal {
                        let text = &inner[..at];
                        cell = if text.contains('"') { text.replace("\"\"", "\"").into() } else { text.into() };
                        if !clean {
                            cell.to_mut().push_str(tail);
                        }
                        end = 1 + at + 1 + tail.len();
                    }
                }
            }
        }
        out.cells.push(cell);
        match rest[end..].strip_prefix(delimiter) {
            Some(next) => rest = next,
            None => return out,
        }
    }
}

/// Where a quoted cell ends: the first quote that is not doubled.
fn close(inner: &str) -> Option<usize> {
    let bytes = inner.as_bytes();
    let mut at = 0;
    while let Some(step) = bytes.get(at..)?.iter().position(|b| *b == b'"') {
        at += step;
        if bytes.get(at + 1) != Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
    None
}

/// First cells of the summary headers that end the rows of a WeChat merchant bill.
const SUMMARIES: [&str; 2] = ["总交易单数", "资金流水总笔数"];

/// WeChat's merchant bills: every data cell begins with a backtick and commas inside are not quoted.
pub(super) fn split_backticked(text: &str) -> Result<Table, ReadError> {
    let mut table = Table::default();
    let mut width = 0;
    let mut lines = Lines::new(text);
    let mut next = lines.next();
    while let Some((line, number)) = next {
        next = lines.next();
        let Some(cells) = line.strip_prefix('`') else {
            if !trimmed(line).is_empty() {
                table.row(number)?;
                for cell in cut(line, ',', false).cells {
                    table.text(&cell)?;
                }
                width = table.width();
            }
            continue;
        };
        // A product name with a line break runs on in lines without a backtick.
        let mut whole = Cow::Borrowed(cells);
        for _ in 1..MAX_JOINED {
            match next {
                Some((more, _))
                    if !more.starts_with('`')
                        && !trimmed(more).is_empty()
                        && !SUMMARIES.iter().any(|summary| more.starts_with(summary)) =>
                {
                    let whole = whole.to_mut();
                    whole.push('\n');
                    whole.push_str(more);
                    next = lines.next();
                }
                _ => break,
            }
        }
        table.row(number)?;
        // A spreadsheet that saved the bill put quotes around cells with commas, backtick inside.
        if whole.contains("\"`") && whole.split(",`").count() != width {
            let quoted = cut(&whole, ',', false);
            if !quoted.open && quoted.cells.len() == width {
                for cell in quoted.cells {
                    table.text(&cell)?;
                }
                continue;
            }
        }
        for cell in whole.split(",`") {
            table.text(cell)?;
        }
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<Vec<String>> {
        let table = split(text, ',').unwrap();
        table.rows().map(|row| (0..row.len()).map(|c| row.raw(c).into_owned()).collect()).collect()
    }

    #[test]
    fn quotes_good_and_bad() {
        assert_eq!(rows("a,\"b,c\",\"d\"\"e\"\n"), [["a", "b,c", "d\"e"]]);
        assert_eq!(rows("1,\"39\"\t,\"/\"\r\n2,x,y"), [vec!["1", "39", "/"], vec!["2", "x", "y"]]);
        assert_eq!(rows("h,h,h\n1,\"ab\"cd,y\n"), [["h", "h", "h"], ["1", "abcd", "y"]]);
        assert_eq!(rows("h,h,h\n1,\"杯子,收入\n2,x,y\n"), [["h", "h", "h"], ["1", "\"杯子", "收入"], ["2", "x", "y"]]);
        assert_eq!(rows("h,h,h\n1,\"杯\"子,\"/\"\n"), [["h", "h", "h"], ["1", "杯子", "/"]]);
        assert_eq!(
            rows("h,h,h\n1,\"杯子,收入\n2,\"少辣\",y\n"),
            [["h", "h", "h"], ["1", "\"杯子", "收入"], ["2", "少辣", "y"]]
        );
        assert_eq!(rows("h,h,h\n1,\"two\nlines\",y\n"), [["h", "h", "h"], ["1", "two\nlines", "y"]]);
        assert_eq!(rows("\n\n a\rb\n"), [[" a"], ["b"]]);
    }

    #[test]
    fn backticks_keep_their_commas() {
        let table = split_backticked("h,h\n`1,`外带,加辣\n续行,`3\n总交易单数,x\n`1,`2\n").unwrap();
        let rows: Vec<_> = table.rows().map(Row::joined).collect();
        assert_eq!(rows, ["h,h", "1,外带,加辣\n续行,3", "总交易单数,x", "1,2"]);
        assert_eq!(table.get(1).len(), 3);
    }

    #[test]
    fn encodings_by_content() {
        let text = "微信支付账单明细,2026\n";
        let (gbk, ..) = GB18030.encode(text);
        let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = [0xFE, 0xFF].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect();
        for (bytes, name) in [
            (text.as_bytes(), "UTF-8"),
            (gbk.as_ref(), "GB18030"),
            (le.as_slice(), "UTF-16LE"),
            (be.as_slice(), "UTF-16BE"),
        ] {
            assert_eq!(decode(bytes).unwrap(), (text.into(), name));
        }
        assert_eq!(decode(&[0x81, 0x20, 0xFF]).unwrap_err(), ReadError::UnknownText);
        assert_eq!(decode(b"a\0b").unwrap_err(), ReadError::UnknownText);
    }

    use super::super::table::Row;
}
