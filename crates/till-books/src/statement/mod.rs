//! Readers of the wallets', merchants' and banks' own statements.
//!
//! Pure: bytes in, a [`Statement`] out. A file is known by its content, its header by column names; money is read as
//! decimal digits. Nothing is dropped without a [`Note`], and a row that can be understood only in part refuses the
//! whole file: half a statement would accuse a cashier.

mod alipay_merchant;
mod alipay_personal;
mod amount;
mod bank;
mod body;
mod container;
mod error;
mod frame;
mod key;
mod model;
mod moment;
mod notes;
mod recognise;
mod table;
mod text;
mod totals;
mod unionpay;
mod wechat_merchant;
mod wechat_personal;
mod workbook;

pub use error::ReadError;
pub use model::{Bucket, Coverage, Covers, Direction, Format, Kind, Line, Precision, Statement};
pub use notes::{Declared, Note};
pub use totals::{Sum, Totals};

use alipay_merchant::Summary;
use body::Body;
use container::{Document, DocumentKind};
use recognise::{Known, Recognised, recognise};
use table::Table;
use workbook::Workbook;

/// Reads a file, whatever it is called; `file_name` matters to UnionPay only, whose rows have no year.
///
/// # Errors
/// Every way in which the bytes are no statement, or not all of one: see [`ReadError`].
pub fn read(bytes: &[u8], file_name: &str, password: Option<&str>) -> Result<Statement, ReadError> {
    if bytes.is_empty() {
        return Err(ReadError::Empty);
    }
    let mut found: Vec<(String, Statement)> = Vec::new();
    let (mut notes, mut summaries) = (Vec::new(), Vec::new());
    let mut refused = None;
    let documents = container::open(bytes, file_name, password)?;
    let alone = documents.len() == 1;
    for document in documents {
        match read_document(&document) {
            Ok(Found::Statement(statement)) => found.push((document.name, *statement)),
            Ok(Found::Summary(summary)) => {
                notes.push(Note::SummarySkipped { name: document.name });
                summaries.push(summary);
            }
            Ok(Found::Differences(rows)) => notes.push(Note::DifferencesSkipped { name: document.name, rows }),
            Err(error) if error.is_something_else() && !alone => {
                notes.push(Note::MemberSkipped { name: document.name });
                refused = refused.or(Some(error));
            }
            Err(error) => return Err(error),
        }
    }
    if found.len() > 1 {
        return Err(ReadError::SeveralStatements { names: found.into_iter().map(|(name, _)| name).collect() });
    }
    match found.pop() {
        Some((_, mut statement)) => {
            statement.notes.extend(notes);
            for summary in summaries {
                summary.declare(&mut statement);
            }
            let differing = statement.declared.iter().filter(|declared| !declared.agrees);
            let differing: Vec<_> =
                differing.map(|declared| Note::TotalsDisagree { what: declared.what.clone() }).collect();
            statement.notes.extend(differing);
            Ok(statement)
        }
        None if notes.iter().any(|note| matches!(note, Note::SummarySkipped { .. })) => Err(ReadError::SummaryOnly),
        None => Err(refused.unwrap_or(ReadError::NotAStatement)),
    }
}

enum Found {
    Statement(Box<Statement>),
    Summary(Summary),
    Differences(u32),
}

fn read_document(document: &Document) -> Result<Found, ReadError> {
    match document.kind {
        DocumentKind::Workbook => read_workbook(document),
        DocumentKind::Text => read_text(document),
    }
}

fn read_text(document: &Document) -> Result<Found, ReadError> {
    match unionpay::member(&document.bytes, &document.name) {
        Some(unionpay::Member::Differences(rows)) => return Ok(Found::Differences(rows)),
        Some(unionpay::Member::Settlement) => {
            let mut out = blank(Format::UnionpayZm, document, "GBK");
            unionpay::read_settlement(&document.bytes, &document.name, &mut out)?;
            return Ok(Found::Statement(Box::new(finished(out, None, &[]))));
        }
        None => {}
    }
    let (text, encoding) = text::decode(&document.bytes)?;
    if text.trim().is_empty() {
        return Err(ReadError::Empty);
    }
    let head = text::head(&text, recognise::HEAD_ROWS);
    if text::is_backticked(head)
        && let Some(Recognised::Statement(_)) = recognise(&text::split_backticked(head)?)
    {
        return read_table(&text::split_backticked(&text)?, document, encoding, &[]);
    }
    // Spreadsheets save "Unicode text" with TABs, and some countries' CSV with semicolons.
    let mut delimiter = ',';
    for candidate in [',', '\t', ';'] {
        if let Some(Recognised::Statement(_)) = recognise(&text::split(head, candidate)?) {
            delimiter = candidate;
            break;
        }
    }
    if recognise(&text::split(head, delimiter)?).is_none() {
        return Err(ReadError::NotAStatement);
    }
    read_table(&text::split(&text, delimiter)?, document, encoding, &[])
}

/// Takes one sheet. Workbooks hold second copies of the rows, made by a spreadsheet's query: reading both would
/// double every total. The statement is the sheet whose first row is the title.
fn read_workbook(document: &Document) -> Result<Found, ReadError> {
    let mut book = Workbook::open(&document.bytes)?;
    let mut ranks = Vec::new();
    for name in book.sheet_names() {
        let rank = match recognise(&book.rows(&name, recognise::HEAD_ROWS)?) {
            Some(Recognised::Statement(Known { title: Some(0), .. })) => 5,
            Some(Recognised::Statement(Known { title: Some(_), .. })) => 4,
            Some(Recognised::Statement(_)) => 3,
            Some(Recognised::NoHeader) => 2,
            Some(Recognised::Summary) => 1,
            None => continue,
        };
        ranks.push((rank, name));
    }
    let best = ranks.iter().map(|(rank, _)| *rank).max();
    let Some(chosen) = ranks.iter().position(|(rank, _)| Some(*rank) == best) else {
        return Err(ReadError::NotAStatement);
    };
    let (_, chosen) = ranks.remove(chosen);
    let table = book.rows(&chosen, usize::MAX)?;
    let others = ranks.into_iter().filter(|(rank, _)| *rank >= 3);
    let ignored: Vec<Note> = others.map(|(_, name)| Note::OtherSheetIgnored { name }).collect();
    read_table(&table, document, "xlsx", &ignored)
}

fn read_table(table: &Table, document: &Document, encoding: &str, notes: &[Note]) -> Result<Found, ReadError> {
    let known = match recognise(table) {
        Some(Recognised::Statement(known)) => known,
        Some(Recognised::Summary) => return Ok(Found::Summary(alipay_merchant::summary(table))),
        Some(Recognised::NoHeader) => return Err(ReadError::NoHeader),
        None => return Err(ReadError::NotAStatement),
    };
    let body = Body::new(table, &known);
    let mut out = blank(known.format, document, encoding);
    out.lines.reserve_exact(body.len());
    known.read(&body, &mut out)?;
    body.frame.range_into(&mut out, body.offset);
    out.notes = body.notes();
    Ok(Found::Statement(Box::new(finished(out, Some(&known), notes))))
}

fn blank(format: Format, document: &Document, encoding: &str) -> Statement {
    let encoding = match document.wrapping {
        "" => encoding.to_owned(),
        wrapping @ ("zip" | "gzip") => format!("{wrapping} {encoding}"),
        wrapping => wrapping.to_owned(),
    };
    Statement {
        format,
        encoding,
        channel: format.channel(),
        account: String::new(),
        from_ms: None,
        to_ms: None,
        exported_at_ms: None,
        covers: Covers::all(Coverage::Unknown),
        lines: Vec::new(),
        declared: Vec::new(),
        notes: Vec::new(),
        fee_e5: None,
    }
}

/// Keys, and the notes that follow from the whole.
fn finished(mut out: Statement, known: Option<&Known>, notes: &[Note]) -> Statement {
    out.notes.extend_from_slice(notes);
    if known.is_some_and(|known| known.has_titles() && known.title.is_none()) {
        out.notes.push(Note::TitleMissing);
        if out.from_ms.is_none() {
            let filter = std::mem::take(&mut out.covers.filter);
            out.covers = Covers { filter, ..Covers::all(Coverage::Unknown) };
        }
    }
    let covers = &out.covers;
    if [covers.receipts, covers.outgoing, covers.refunds].contains(&Coverage::Left) {
        out.notes.push(Note::Filtered { filter: covers.filter.clone() });
    }
    let cut = out.lines.iter().filter(|line| line.precision == Precision::Minute).count();
    if cut > 0 {
        out.notes.push(Note::SecondsLost { count: cut as u32 });
    }
    key::assign(&mut out);
    out
}
