//! Lines and the till's money side by side, given to the core's rules.

use std::collections::{HashMap, HashSet};

use till_core::reconcile::{self, Cover, Finding, LineKind, Outcome, RowKind};
use till_store::{MoneyKey, MoneyRow, StatementLine, StatementLink, StatementReader, StatementRow, StoreError};

use super::check::Frame;
use super::say::{Declared, Note};

const DAY_MS: i64 = 86_400_000;
/// Money may be booked this many days after its notice and still be looked for.
const BOOKED_WITHIN_DAYS: i64 = 45;
/// The middle of a minute whose seconds are lost.
const HALF_MINUTE_MS: i64 = 30_000;
/// With so many proven payments and none of them here, the file is another account's.
const STRANGERS: usize = 3;

/// A statement against the till.
pub(super) struct Compared {
    pub(super) lines: Vec<StatementLine>,
    pub(super) rows: Vec<MoneyRow>,
    pub(super) found: Vec<Finding>,
    /// By line.
    pub(super) links: HashMap<i64, StatementLink>,
    /// Nothing of it is ours although it should be.
    pub(super) strange: bool,
    /// Rows were cut out of it: what is not there proves nothing.
    pub(super) cut: bool,
}

impl Compared {
    /// What a line was found to be.
    pub(super) fn of_line(&self, line_id: i64) -> Option<(Outcome, &StatementLine)> {
        self.found.iter().find_map(|found| {
            let line = &self.lines[found.line?];
            (line.id == line_id).then_some((found.outcome, line))
        })
    }
}

/// Banks see sums of days: their lines are shown, and matched with nothing.
pub(super) fn is_bank(file: &StatementRow) -> bool {
    file.format.starts_with("bank_")
}

fn line_kind(line: &StatementLine, income: &HashSet<&str>) -> LineKind {
    match (line.kind, line.way) {
        ("receipt", _) => LineKind::Receipt,
        // Money of the till's own kind in a state that nobody has seen yet: no proof, and no accusation either.
        ("maybe_receipt" | "unsettled", _) => LineKind::Maybe,
        // The shop's own purchase came back.
        ("refund", "in") => LineKind::Nothing,
        ("refund", "out") => LineKind::Refund,
        ("refund", _) if income.contains(line.original_id.as_str()) => LineKind::Refund,
        // Wallets file these under neither way, whoever gave the money back; one on its way may yet come.
        ("refund" | "out" | "pending", _) => LineKind::Out,
        ("fee" | "fee_back", _) => LineKind::Fee,
        _ => LineKind::Nothing,
    }
}

fn core_lines(file: &StatementRow, lines: &[StatementLine]) -> Vec<reconcile::Line> {
    let neither = lines.iter().any(|line| line.kind == "refund" && line.way == "none");
    let income = lines.iter().filter(|line| neither && matches!(line.kind, "receipt" | "maybe_receipt"));
    let income: HashSet<&str> = income.map(|line| line.channel_id.as_str()).filter(|id| !id.is_empty()).collect();
    let core = |line: &StatementLine| reconcile::Line {
        at: line.at + if line.precise == "minute" { HALF_MINUTE_MS } else { 0 },
        amount: line.ticket_amount,
        kind: if is_bank(file) { LineKind::Nothing } else { line_kind(line, &income) },
        order_no: line.order_no.clone(),
        channel_id: line.channel_id.clone(),
    };
    lines.iter().map(core).collect()
}

fn core_row(row: &MoneyRow) -> reconcile::Row {
    // Money was here when its notice was, however much later somebody accepted it.
    let at = row.received_at.unwrap_or(row.at);
    reconcile::Row {
        kind: match (row.key, row.received_at) {
            (MoneyKey::Refund(_), _) => RowKind::Refund,
            (_, Some(received_at)) => RowKind::Noticed { received_at },
            _ => RowKind::ByHand,
        },
        amount: row.amount,
        opened_at: row.opened_at.min(at),
        at,
        business_date: row.date.clone(),
        order_no: String::new(),
        channel_id: row.reference.clone(),
        account: row.account,
    }
}

/// Rows that the file says it has and does not: cut by hand, or joined.
fn is_cut(file: &StatementRow) -> bool {
    let fewer = |d: &Declared| matches!((d.count, d.counted), (Some(declared), Some(counted)) if declared > counted);
    let skipped = |note: &Note| {
        matches!(note, Note::RowsSkipped { .. } | Note::RowsAfterFooter { .. } | Note::ForeignCurrency { .. })
    };
    Declared::of(file).iter().any(fewer) || Note::of(file).iter().any(skipped)
}

/// The till's money that the file may speak of, and who is tied to whom.
fn money(
    reader: &StatementReader,
    frame: &Frame,
    file: &StatementRow,
    (from, to): (i64, i64),
) -> Result<(Vec<MoneyRow>, HashMap<i64, StatementLink>), StoreError> {
    if is_bank(file) {
        return Ok((Vec::new(), HashMap::new()));
    }
    let dates = (frame.date(from - 2 * DAY_MS), frame.date(to + BOOKED_WITHIN_DAYS * DAY_MS));
    let mut rows = reader.money(file.channel, (from - DAY_MS, to + DAY_MS), (&dates.0, &dates.1))?;
    let links = reader.links()?;
    if links.is_empty() {
        return Ok((rows, HashMap::new()));
    }
    let (ours, others): (Vec<StatementLink>, Vec<StatementLink>) =
        links.into_iter().partition(|link| file.holds(link.line_id));
    // What another statement's line is has its proof there.
    let others: HashSet<MoneyKey> = others.into_iter().map(|link| link.key).collect();
    rows.retain(|row| !others.contains(&row.key));
    let here: HashSet<MoneyKey> = rows.iter().map(|row| row.key).collect();
    for link in &ours {
        if !here.contains(&link.key) {
            rows.push(reader.one_money(link.key)?);
        }
    }
    Ok((rows, ours.into_iter().map(|link| (link.line_id, link)).collect()))
}

/// Compares a statement with the till as both are now.
pub(super) fn compare(reader: &StatementReader, frame: &Frame, file: &StatementRow) -> Result<Compared, StoreError> {
    let lines = reader.lines(file)?;
    let first = lines.first().map(|line| line.at);
    let last = lines.last().map(|line| line.at);
    let (from, to) = (file.from_at.or(first).unwrap_or(0), file.to_at.or(last).unwrap_or(0));
    let around = (first.map_or(from, |at| at.min(from)), last.map_or(to, |at| at.max(to)));
    let (rows, links) = money(reader, frame, file, around)?;
    let linked: Vec<(usize, usize)> = if links.is_empty() {
        Vec::new()
    } else {
        let place: HashMap<MoneyKey, usize> = rows.iter().enumerate().map(|(place, row)| (row.key, place)).collect();
        let pair = |(at, line): (usize, &StatementLine)| Some((at, *place.get(&links.get(&line.id)?.key)?));
        lines.iter().enumerate().filter_map(pair).collect()
    };
    let cut = is_cut(file);
    let cover = Cover {
        from,
        to,
        receipts: file.receipts == "full" && !cut,
        refunds: file.refunds == "full" && !cut,
        made_at: file.exported_at,
    };
    let core_rows: Vec<reconcile::Row> = rows.iter().map(core_row).collect();
    let mut found = reconcile::reconcile(&core_lines(file, &lines), &core_rows, cover, &linked);
    let strange = is_strange(&found, &rows);
    if strange {
        let accusing = found.iter_mut().filter(|one| one.outcome == Outcome::MissingInStatement);
        accusing.for_each(|one| one.outcome = Outcome::Neither);
    }
    // Rows beside the range were looked at for their neighbours' sake only.
    found.retain(|one| match (one.line, one.row) {
        (None, Some(row)) if one.outcome == Outcome::Neither => (from..=to).contains(&core_rows[row].at),
        _ => true,
    });
    Ok(Compared { lines, rows, found, links, strange, cut })
}

/// Payments that notices prove, and not one of them in the file.
fn is_strange(found: &[Finding], rows: &[MoneyRow]) -> bool {
    let payment = |row: usize| matches!(rows[row].key, MoneyKey::Payment { .. });
    let met = found.iter().any(|one| one.line.is_some() && one.row.is_some_and(payment));
    let unsure = found.iter().any(|one| one.outcome == Outcome::Ambiguous);
    let missing = found.iter().filter(|one| one.outcome == Outcome::MissingInStatement);
    let proven = missing.filter(|one| one.row.is_some_and(|row| rows[row].received_at.is_some())).count();
    !met && !unsure && proven >= STRANGERS
}
