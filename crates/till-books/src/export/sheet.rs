//! XLSX (ECMA-376), as much of it as these files need, written front to back: cells go through the compressor as they
//! come, so memory does not grow with rows, no temporary file is needed, a full disk is an error and not a panic, and
//! money is decimal text that was never a float. Strings are inline and can not become formulas.

use std::io::Write;

use jiff::{Timestamp, tz::TimeZone};
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::error::ExportError;
use super::figures::{unsigned, whole, yuan};
use super::sink::{Sink, Tap};
use super::text::{cut, guards};

/// How a cell looks; the numbers are places in `STYLES`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Header = 1,
    Money = 2,
    /// Text that stays text when it is edited.
    Text = 3,
    /// The same for a text that would be a formula if it were typed: Excel's own mark for it, the hidden `'`.
    Guarded = 4,
    Date = 5,
    Time = 6,
    Count = 7,
}

/// The format's limit of UTF-16 units in a cell.
const MOST_UNITS: usize = 32_767;
/// Seconds are kept to a ten-thousand-millionth of a day, well below a millisecond.
const DAY_PARTS: u64 = 10_000_000_000;
/// 1970-01-01 as a date number.
const UNIX_DAY: i64 = 25_569;
const FULL: usize = 64 * 1024;
/// Fast rather than small: a month of sales is a few hundred kilobytes either way.
const LEVEL: i64 = 2;

/// What the workbook says about itself.
pub(crate) struct Properties<'a> {
    pub(crate) title: &'a str,
    pub(crate) made_by: &'a str,
    pub(crate) made_at_ms: i64,
}

struct Sheet {
    name: String,
    /// The last row of the filter, and its last column.
    filter: Option<(u64, usize)>,
}

/// A workbook under way.
pub(crate) struct Workbook<W: Write> {
    /// Before `zip`: fields are dropped in this order.
    tap: Tap,
    zip: ZipWriter<StreamWriter<Sink<W>>>,
    options: SimpleFileOptions,
    sheets: Vec<Sheet>,
    letters: Vec<String>,
    out: Vec<u8>,
    row: u64,
    column: usize,
    /// Bytes of the current sheet before compression.
    bytes: u64,
}

impl<W: Write> Workbook<W> {
    pub(crate) fn begin(to: W, properties: &Properties<'_>) -> Result<Workbook<W>, ExportError> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(LEVEL))
            .last_modified_time(DateTime::default());
        let sink = Sink::new(to);
        let mut book = Workbook {
            tap: sink.tap(),
            zip: ZipWriter::new_stream(sink),
            options,
            sheets: Vec::new(),
            letters: (0..64).map(letters).collect(),
            out: Vec::with_capacity(FULL + 4096),
            row: 0,
            column: 0,
            bytes: 0,
        };
        book.part("_rels/.rels", ROOT_RELS)?;
        let made_at = Timestamp::from_millisecond(properties.made_at_ms)
            .map_err(|_| ExportError::BadTime { at_ms: properties.made_at_ms })?;
        let made_at = made_at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%SZ");
        book.part("docProps/core.xml", &core(&escaped(properties.title), &escaped(properties.made_by), &made_at))?;
        book.part("xl/styles.xml", STYLES)?;
        Ok(book)
    }

    fn part(&mut self, name: &str, content: &str) -> Result<(), ExportError> {
        self.start(name)?;
        self.zip.write_all(content.as_bytes())?;
        Ok(())
    }

    fn start(&mut self, name: &str) -> Result<(), ExportError> {
        Ok(self.zip.start_file(name, self.options).map_err(std::io::Error::from)?)
    }

    /// Begins a sheet whose first `frozen` rows stay in view.
    pub(crate) fn open_sheet(&mut self, name: &str, widths: &[u32], frozen: u32) -> Result<(), ExportError> {
        let nth = self.sheets.len() + 1;
        self.start(&format!("xl/worksheets/sheet{nth}.xml"))?;
        self.sheets.push(Sheet { name: name.to_owned(), filter: None });
        (self.row, self.bytes) = (0, 0);
        let mut head = format!(
            "{XML}<worksheet xmlns=\"{MAIN}\"><sheetViews><sheetView{} workbookViewId=\"0\">",
            if nth == 1 { " tabSelected=\"1\"" } else { "" }
        );
        if frozen > 0 {
            head.push_str(&format!(
                "<pane ySplit=\"{frozen}\" topLeftCell=\"A{}\" activePane=\"bottomLeft\" state=\"frozen\"/>",
                frozen + 1
            ));
        }
        head.push_str("</sheetView></sheetViews><sheetFormatPr defaultRowHeight=\"15\"/><cols>");
        for (nth, width) in widths.iter().enumerate() {
            let nth = nth + 1;
            head.push_str(&format!("<col min=\"{nth}\" max=\"{nth}\" width=\"{width}\" customWidth=\"1\"/>"));
        }
        head.push_str("</cols><sheetData>");
        self.out.extend_from_slice(head.as_bytes());
        Ok(())
    }

    /// Ends the sheet; with a filter on its first row over so many columns.
    pub(crate) fn close_sheet(&mut self, filter_columns: Option<usize>) -> Result<(), ExportError> {
        self.out.extend_from_slice(b"</sheetData>");
        if let (Some(columns @ 1..), Some(sheet)) = (filter_columns, self.sheets.last_mut()) {
            sheet.filter = Some((self.row.max(1), columns));
            let last = letters(columns - 1);
            self.out.extend_from_slice(format!("<autoFilter ref=\"A1:{last}{}\"/>", self.row.max(1)).as_bytes());
        }
        self.out.extend_from_slice(b"</worksheet>");
        self.pass_all()
    }

    /// Rows of the current sheet so far.
    pub(crate) fn rows(&self) -> u64 {
        self.row
    }

    /// Bytes of the current sheet so far, before compression.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    fn pass_all(&mut self) -> Result<(), ExportError> {
        self.zip.write_all(&self.out)?;
        self.bytes += self.out.len() as u64;
        self.out.clear();
        Ok(())
    }

    pub(crate) fn start_row(&mut self) {
        self.row += 1;
        self.column = 0;
        self.out.extend_from_slice(b"<row r=\"");
        unsigned(&mut self.out, self.row);
        self.out.extend_from_slice(b"\">");
    }

    pub(crate) fn end_row(&mut self) -> Result<(), ExportError> {
        self.out.extend_from_slice(b"</row>");
        if self.out.len() >= FULL { self.pass_all() } else { Ok(()) }
    }

    /// An empty cell.
    pub(crate) fn skip(&mut self) {
        self.column += 1;
    }

    fn open_cell(&mut self, style: Style, rest: &[u8]) {
        match self.letters.get(self.column) {
            Some(letters) => {
                self.out.extend_from_slice(b"<c r=\"");
                self.out.extend_from_slice(letters.as_bytes());
            }
            None => self.out.extend_from_slice(format!("<c r=\"{}", letters(self.column)).as_bytes()),
        }
        self.column += 1;
        unsigned(&mut self.out, self.row);
        self.out.extend_from_slice(b"\" s=\"");
        self.out.push(b'0' + style as u8);
        self.out.extend_from_slice(rest);
    }

    fn close_number(&mut self) {
        self.out.extend_from_slice(b"</v></c>");
    }

    /// A text; cut at the format's limit.
    pub(crate) fn text(&mut self, text: &str, style: Style) {
        if text.is_empty() {
            return self.skip();
        }
        let style = if style == Style::Text && guards(text) { Style::Guarded } else { style };
        let text = cut(text, MOST_UNITS);
        let bytes = text.as_bytes();
        let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_whitespace);
        if edge(bytes.first()) || edge(bytes.last()) {
            self.open_cell(style, b"\" t=\"inlineStr\"><is><t xml:space=\"preserve\">");
        } else {
            self.open_cell(style, b"\" t=\"inlineStr\"><is><t>");
        }
        escape(&mut self.out, &text);
        self.out.extend_from_slice(b"</t></is></c>");
    }

    pub(crate) fn money(&mut self, fen: i64) {
        self.open_cell(Style::Money, b"\"><v>");
        yuan(&mut self.out, fen);
        self.close_number();
    }

    pub(crate) fn count(&mut self, number: i64) {
        self.open_cell(Style::Count, b"\"><v>");
        whole(&mut self.out, number);
        self.close_number();
    }

    /// A day, as a real date: spreadsheets filter and group by it.
    pub(crate) fn date(&mut self, unix_day: i64) {
        self.open_cell(Style::Date, b"\"><v>");
        whole(&mut self.out, unix_day + UNIX_DAY);
        self.close_number();
    }

    /// A time of a wall clock.
    pub(crate) fn time(&mut self, unix_day: i64, second: u64) {
        self.open_cell(Style::Time, b"\"><v>");
        whole(&mut self.out, unix_day + UNIX_DAY);
        let parts = (second * DAY_PARTS + 43_200) / 86_400;
        if parts > 0 {
            self.out.push(b'.');
            self.out.extend_from_slice(format!("{parts:010}").as_bytes());
        }
        self.close_number();
    }

    /// Writes the rest of the package; the hash of the whole file.
    pub(crate) fn close(mut self) -> Result<String, ExportError> {
        let (mut sheets, mut names, mut rels, mut types) = (String::new(), String::new(), String::new(), String::new());
        for (at, sheet) in self.sheets.iter().enumerate() {
            let (nth, name) = (at + 1, escaped(&sheet.name));
            sheets.push_str(&format!("<sheet name=\"{name}\" sheetId=\"{nth}\" r:id=\"rId{nth}\"/>"));
            rels.push_str(&format!(
                "<Relationship Id=\"rId{nth}\" Type=\"{RELS}/worksheet\" Target=\"worksheets/sheet{nth}.xml\"/>"
            ));
            types.push_str(&format!(
                "<Override PartName=\"/xl/worksheets/sheet{nth}.xml\" ContentType=\"{TYPES}.worksheet+xml\"/>"
            ));
            if let Some((row, columns)) = sheet.filter {
                let quoted = name.replace('\'', "''");
                names.push_str(&format!(
                    "<definedName name=\"_xlnm._FilterDatabase\" localSheetId=\"{at}\" hidden=\"1\">'{quoted}'!$A$1:${}${row}</definedName>",
                    letters(columns - 1)
                ));
            }
        }
        if !names.is_empty() {
            names = format!("<definedNames>{names}</definedNames>");
        }
        let last = self.sheets.len() + 1;
        self.part(
            "xl/workbook.xml",
            &format!("{XML}<workbook xmlns=\"{MAIN}\" xmlns:r=\"{RELS}\"><bookViews><workbookView/></bookViews><sheets>{sheets}</sheets>{names}</workbook>"),
        )?;
        self.part(
            "xl/_rels/workbook.xml.rels",
            &format!("{XML}<Relationships xmlns=\"{PACKAGE}\">{rels}<Relationship Id=\"rId{last}\" Type=\"{RELS}/styles\" Target=\"styles.xml\"/></Relationships>"),
        )?;
        self.part("[Content_Types].xml", &format!("{XML}{TYPES_HEAD}{types}</Types>"))?;
        let stream = self.zip.finish().map_err(std::io::Error::from)?;
        let hash = stream.into_inner().close()?;
        drop(self.tap);
        Ok(hash)
    }
}

/// A, B, … Z, AA, …
fn letters(mut column: usize) -> String {
    let mut name = String::new();
    loop {
        name.insert(0, char::from(b'A' + (column % 26) as u8));
        if column < 26 {
            return name;
        }
        column = column / 26 - 1;
    }
}

fn escaped(text: &str) -> String {
    let mut out = Vec::new();
    escape(&mut out, text);
    String::from_utf8(out).unwrap_or_default()
}

/// XML text. What XML cannot hold, and what looks like its escape, is written `_xHHHH_` (ST_Xstring).
fn escape(out: &mut Vec<u8>, text: &str) {
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            b'"' => out.extend_from_slice(b"&quot;"),
            b'\t' | b'\n' => out.push(*byte),
            0..0x20 => out.extend_from_slice(format!("_x{byte:04X}_").as_bytes()),
            b'_' if is_escape(&bytes[at..]) => out.extend_from_slice(b"_x005F_"),
            // U+FFFE and U+FFFF are no XML characters either.
            0xEF if matches!(&bytes[at..], [_, 0xBF, 0xBE | 0xBF, ..]) => out.push(0xEF),
            0xBE | 0xBF if at >= 2 && bytes[at - 2..at] == [0xEF, 0xBF] => out.push(0xBD),
            other => out.push(*other),
        }
    }
}

fn is_escape(bytes: &[u8]) -> bool {
    matches!(bytes, [b'_', b'x', hex @ .., ] if hex.len() >= 5 && hex[..4].iter().all(u8::is_ascii_hexdigit) && hex[4] == b'_')
}

const XML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
const TYPES: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml";
const TYPES_HEAD: &str = "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
<Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
<Default Extension=\"xml\" ContentType=\"application/xml\"/>\
<Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/>\
<Override PartName=\"/xl/styles.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml\"/>\
<Override PartName=\"/docProps/core.xml\" ContentType=\"application/vnd.openxmlformats-package.core-properties+xml\"/>";
const ROOT_RELS: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
<Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/>\
<Relationship Id=\"rId2\" Type=\"http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties\" Target=\"docProps/core.xml\"/>\
</Relationships>";
const STYLES: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
<styleSheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">\
<numFmts count=\"2\"><numFmt numFmtId=\"164\" formatCode=\"yyyy\\-mm\\-dd\"/><numFmt numFmtId=\"165\" formatCode=\"yyyy\\-mm\\-dd\\ hh:mm:ss\"/></numFmts>\
<fonts count=\"2\"><font><sz val=\"11\"/><name val=\"Calibri\"/></font><font><b/><sz val=\"11\"/><name val=\"Calibri\"/></font></fonts>\
<fills count=\"3\"><fill><patternFill patternType=\"none\"/></fill><fill><patternFill patternType=\"gray125\"/></fill>\
<fill><patternFill patternType=\"solid\"><fgColor rgb=\"FFE5E9F0\"/><bgColor indexed=\"64\"/></patternFill></fill></fills>\
<borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders>\
<cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/></cellStyleXfs>\
<cellXfs count=\"8\">\
<xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\"/>\
<xf numFmtId=\"49\" fontId=\"1\" fillId=\"2\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\" applyFont=\"1\" applyFill=\"1\"/>\
<xf numFmtId=\"2\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\"/>\
<xf numFmtId=\"49\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\"/>\
<xf numFmtId=\"49\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" quotePrefix=\"1\" applyNumberFormat=\"1\"/>\
<xf numFmtId=\"164\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\"/>\
<xf numFmtId=\"165\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\"/>\
<xf numFmtId=\"1\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\"/>\
</cellXfs>\
<cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles>\
</styleSheet>";

fn core(title: &str, made_by: &str, made_at: &dyn std::fmt::Display) -> String {
    format!(
        "{XML}<cp:coreProperties xmlns:cp=\"http://schemas.openxmlformats.org/package/2006/metadata/core-properties\" \
xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:dcterms=\"http://purl.org/dc/terms/\" \
xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><dc:title>{title}</dc:title><dc:creator>{made_by}</dc:creator>\
<dcterms:created xsi:type=\"dcterms:W3CDTF\">{made_at}</dcterms:created>\
<dcterms:modified xsi:type=\"dcterms:W3CDTF\">{made_at}</dcterms:modified></cp:coreProperties>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_lettered_as_spreadsheets_do() {
        for (column, name) in [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA")] {
            assert_eq!(letters(column), name);
        }
    }

    #[test]
    fn what_xml_cannot_hold_is_escaped() {
        assert_eq!(escaped("<a & \"b\">"), "&lt;a &amp; &quot;b&quot;&gt;");
        assert_eq!(escaped("bell\u{7} cr\r nul\0"), "bell_x0007_ cr_x000D_ nul_x0000_");
        assert_eq!(escaped("_x0041_ _x_ _"), "_x005F_x0041_ _x_ _");
        assert_eq!(escaped("\u{FFFF}微\u{FFFE}\u{FFFD}"), "\u{FFFD}微\u{FFFD}\u{FFFD}");
    }
}
