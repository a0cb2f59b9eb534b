//! A wallet's statement against the till, both ways. Pure: lines and rows in, findings out.
//!
//! Keys, in order: the ticket's own order number with the amount, the channel's id, then amount and time. For the last
//! a payment of a ticket is an interval of time and a line of the statement is an instant. Equal amounts close together
//! are solved together: where every line and every payment finds a partner, they are paired in the order of time; where
//! some are left over and it cannot be told which, all that could be are shown as "one of these" and none is assigned.

mod pairing;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::Fen;
use pairing::{Pairing, Point, Stretch};

/// The wallet's clock may be this far before ours.
const BEFORE_MS: i64 = 60_000;
/// A payment may be this much later than the ticket's own time, or its notice this much later than the payment.
const AFTER_MS: i64 = 600_000;
/// The edges of a file prove nothing within this time.
const EDGE_MS: i64 = 60_000;
/// A file made sooner than this after a payment need not hold it yet.
const FRESH_MS: i64 = 600_000;
/// A notice and its payment are seldom further apart, once the clocks are set against each other.
const AT_ONCE_MS: i64 = 30_000;
/// Fewer than this say nothing about the clocks.
const SKEW_SAMPLES: usize = 5;
/// Candidates named where one of several is meant.
const MOST_NAMED: usize = 8;
const DAY_MS: i64 = 86_400_000;
/// Amounts further apart than this are two payments, not one with another amount.
const NEAR_FEN: i64 = 100;

/// What a line of a statement is to a till.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// Money through the shop's code.
    Receipt,
    /// Money that came another way (transfer, red packet): counts only when it fits a ticket.
    Maybe,
    /// Money that the statement itself calls a refund given by the shop.
    Refund,
    /// Money out: may be a refund that the owner paid back by hand.
    Out,
    /// A fee.
    Fee,
    /// Closed, neutral, the shop's own purchases…: says nothing.
    Nothing,
}

/// A line of a statement.
#[derive(Clone, Debug)]
pub struct Line {
    /// The wallet's time, Unix ms.
    pub at: i64,
    /// What moved, positive.
    pub amount: Fen,
    /// What it is.
    pub kind: LineKind,
    /// The merchant's order number, or empty.
    pub order_no: String,
    /// The channel's own number, or empty.
    pub channel_id: String,
}

/// What a row of the till is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// A payment that a notice proves.
    Noticed {
        /// When the notice arrived.
        received_at: i64,
    },
    /// A payment that only a person saw.
    ByHand,
    /// Money given back.
    Refund,
}

/// A payment or refund of the till on the statement's channel.
#[derive(Clone, Debug)]
pub struct Row {
    /// What it is.
    pub kind: RowKind,
    /// What moved, positive.
    pub amount: Fen,
    /// When its ticket was opened.
    pub opened_at: i64,
    /// When it was booked.
    pub at: i64,
    /// Business date of the booking.
    pub business_date: String,
    /// The order number that the ticket had at the channel, or empty.
    pub order_no: String,
    /// The channel's number of it, if known, or empty.
    pub channel_id: String,
    /// The receiving account, if known.
    pub account: Option<i64>,
}

/// What the file can prove.
#[derive(Clone, Copy, Debug)]
pub struct Cover {
    /// First instant covered.
    pub from: i64,
    /// Last instant covered.
    pub to: i64,
    /// It holds all receipts of that time (not an export of payments only).
    pub receipts: bool,
    /// It holds refunds as such.
    pub refunds: bool,
    /// When the file was made, if it says.
    pub made_at: Option<i64>,
}

/// What a line and a row are to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Outcome {
    /// Paid in the till, nothing in the statement although it covers that time: alarm.
    MissingInStatement,
    /// In the statement, not in the till: a payment was missed.
    MissingInTill,
    /// The same payment with two amounts.
    AmountDiffers,
    /// One of several; a person says which.
    Ambiguous,
    /// Refunded in the statement, not in the till.
    RefundMissingInTill,
    /// Refunded in the till, not in the statement.
    RefundMissingInStatement,
    /// Income of another kind that fits a payment.
    Maybe,
    /// The same.
    Matched,
    /// A fee.
    Fee,
    /// Says nothing.
    Neither,
}

/// One finding. `line` and `row` are places in the slices given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it is.
    pub outcome: Outcome,
    /// The line.
    pub line: Option<usize>,
    /// The row.
    pub row: Option<usize>,
    /// Where it is one of several: the nearest of the rows (for a line) or lines (for a row) it could be.
    pub candidates: Vec<usize>,
}

struct Work<'a> {
    lines: &'a [Line],
    rows: &'a [Row],
    line_done: Vec<bool>,
    row_done: Vec<bool>,
    found: Vec<Finding>,
}

/// Compares. `linked` are pairs (line, row) that a person has tied together before.
pub fn reconcile(lines: &[Line], rows: &[Row], cover: Cover, linked: &[(usize, usize)]) -> Vec<Finding> {
    let mut work = Work {
        lines,
        rows,
        line_done: vec![false; lines.len()],
        row_done: vec![false; rows.len()],
        found: Vec::with_capacity(lines.len() + rows.len()),
    };
    for &(line, row) in linked {
        if !work.line_done[line] && !work.row_done[row] {
            work.pair(Outcome::Matched, line, row);
        }
    }
    work.by_number();
    let skew = work.skew();
    work.at_once(skew);
    work.by_time(LineKind::Receipt, Outcome::Matched, skew);
    work.by_day();
    work.other_amount();
    work.by_time(LineKind::Maybe, Outcome::Maybe, skew);
    work.refunds();
    work.left(cover);
    work.found
}

/// The time in which a line may be this payment.
fn window(row: &Row) -> (i64, i64) {
    match row.kind {
        // A notice is seldom sooner than the payment, and follows within minutes.
        RowKind::Noticed { received_at } => (received_at - AFTER_MS, received_at + BEFORE_MS),
        RowKind::ByHand => (row.opened_at - BEFORE_MS, row.at + AFTER_MS),
        RowKind::Refund => (row.at - DAY_MS, row.at + DAY_MS),
    }
}

/// The places nearest to an instant, in order; `in_time` is sorted.
fn nearest(in_time: &[(i64, usize)], at: i64) -> Vec<usize> {
    let here = in_time.partition_point(|(t, _)| *t < at);
    let around = here.saturating_sub(MOST_NAMED)..(here + MOST_NAMED).min(in_time.len());
    let mut near = in_time[around].to_vec();
    near.sort_by_key(|(t, place)| ((t - at).abs(), *place));
    near.truncate(MOST_NAMED);
    let mut places: Vec<usize> = near.into_iter().map(|(_, place)| place).collect();
    places.sort_unstable();
    places
}

impl Work<'_> {
    fn pair(&mut self, outcome: Outcome, line: usize, row: usize) {
        debug_assert!(!self.line_done[line] && !self.row_done[row], "one to one");
        (self.line_done[line], self.row_done[row]) = (true, true);
        self.found.push(Finding { outcome, line: Some(line), row: Some(row), candidates: Vec::new() });
    }

    fn is_income(&self, line: usize) -> bool {
        matches!(self.lines[line].kind, LineKind::Receipt | LineKind::Maybe)
    }

    fn fits_kind(&self, line: usize, row: usize) -> bool {
        let refund = self.rows[row].kind == RowKind::Refund;
        match self.lines[line].kind {
            LineKind::Receipt | LineKind::Maybe => !refund,
            LineKind::Refund | LineKind::Out => refund,
            LineKind::Fee | LineKind::Nothing => false,
        }
    }

    /// Order numbers and the channel's numbers. A number that stands twice decides nothing.
    fn by_number(&mut self) {
        for number in
            [(|r: &Row| &r.order_no, |l: &Line| &l.order_no), (|r: &Row| &r.channel_id, |l: &Line| &l.channel_id)]
                as [(fn(&Row) -> &String, fn(&Line) -> &String); 2]
        {
            let (of_row, of_line) = number;
            let mut rows: HashMap<&str, Vec<usize>> = HashMap::new();
            for (place, row) in self.rows.iter().enumerate() {
                if !self.row_done[place] && !of_row(row).is_empty() {
                    rows.entry(of_row(row)).or_default().push(place);
                }
            }
            if rows.is_empty() {
                continue;
            }
            let mut pairs = Vec::new();
            for (place, line) in self.lines.iter().enumerate() {
                if self.line_done[place] {
                    continue;
                }
                let Some(same) = rows.get(of_line(line).as_str()) else { continue };
                let fit: Vec<usize> = same.iter().copied().filter(|row| self.fits_kind(place, *row)).collect();
                if let [row] = fit[..] {
                    pairs.push((place, row));
                }
            }
            for (line, row) in pairs {
                if self.line_done[line] || self.row_done[row] {
                    continue;
                }
                let same = self.lines[line].amount == self.rows[row].amount;
                self.pair(if same { Outcome::Matched } else { Outcome::AmountDiffers }, line, row);
            }
        }
    }

    /// How far our clock is ahead of the wallet's: the median over amounts that stand once on both sides.
    fn skew(&self) -> i64 {
        let mut once: HashMap<Fen, (u32, i64, u32, i64)> = HashMap::new();
        for (place, line) in self.lines.iter().enumerate() {
            if !self.line_done[place] && line.kind == LineKind::Receipt {
                let entry = once.entry(line.amount).or_default();
                (entry.0, entry.1) = (entry.0 + 1, line.at);
            }
        }
        for (place, row) in self.rows.iter().enumerate() {
            if let RowKind::Noticed { received_at } = row.kind
                && !self.row_done[place]
            {
                let entry = once.entry(row.amount).or_default();
                (entry.2, entry.3) = (entry.2 + 1, received_at);
            }
        }
        let ahead =
            once.into_values().filter(|(lines, _, rows, _)| (*lines, *rows) == (1, 1)).map(|(_, l, _, r)| r - l);
        let mut ahead: Vec<i64> = ahead.filter(|ms| ms.abs() <= AFTER_MS).collect();
        if ahead.len() < SKEW_SAMPLES {
            return 0;
        }
        ahead.sort_unstable();
        ahead[ahead.len() / 2]
    }

    /// A line and a notice within seconds of each other, with no other of their amount beside them.
    fn at_once(&mut self, skew: i64) {
        let mut amounts: HashMap<Fen, Vec<(i64, usize)>> = HashMap::new();
        for (place, line) in self.lines.iter().enumerate() {
            if !self.line_done[place] && line.kind == LineKind::Receipt {
                amounts.entry(line.amount).or_default().push((line.at + skew, place));
            }
        }
        amounts.values_mut().for_each(|lines| lines.sort_unstable());
        let mut one: HashMap<usize, Option<usize>> = HashMap::new();
        for (place, row) in self.rows.iter().enumerate() {
            let RowKind::Noticed { received_at } = row.kind else { continue };
            let Some(lines) = amounts.get(&row.amount).filter(|_| !self.row_done[place]) else { continue };
            let first = lines.partition_point(|(at, _)| *at < received_at - AT_ONCE_MS);
            let near = lines[first..].iter().take_while(|(at, _)| *at <= received_at + AT_ONCE_MS);
            let near: Vec<usize> = near.map(|(_, line)| *line).collect();
            for line in &near {
                // Wanted by a second one, or one of several: nobody's for now.
                one.entry(*line).and_modify(|row| *row = None).or_insert((near.len() == 1).then_some(place));
            }
        }
        let mut pairs: Vec<(usize, usize)> =
            one.into_iter().filter_map(|(line, row)| row.map(|row| (line, row))).collect();
        pairs.sort_unstable();
        for (line, row) in pairs {
            self.pair(Outcome::Matched, line, row);
        }
    }

    /// Amount and time, each amount by itself.
    fn by_time(&mut self, kind: LineKind, outcome: Outcome, skew: i64) {
        let mut amounts: HashMap<Fen, (Vec<Point>, Vec<Stretch>)> = HashMap::new();
        for (place, line) in self.lines.iter().enumerate() {
            if !self.line_done[place] && line.kind == kind {
                amounts.entry(line.amount).or_default().0.push(Point { place, at: line.at + skew });
            }
        }
        for (place, row) in self.rows.iter().enumerate() {
            if self.row_done[place] || row.kind == RowKind::Refund {
                continue;
            }
            if let Some((_, stretches)) = amounts.get_mut(&row.amount) {
                let (from, to) = window(row);
                stretches.push(Stretch { place, from, to });
            }
        }
        let mut amounts: Vec<_> = amounts.into_values().filter(|(_, stretches)| !stretches.is_empty()).collect();
        // A map has no order; the findings have one.
        amounts.sort_by_key(|(points, _)| points.first().map(|p| p.place));
        for (points, stretches) in amounts {
            let pairing = Pairing::solve(points, stretches);
            for (line, row) in pairing.certain {
                self.pair(outcome, line, row);
            }
            if kind == LineKind::Maybe {
                continue;
            }
            for group in pairing.open {
                self.ambiguous(&group.points, &group.stretches);
            }
        }
    }

    /// Each could be one of the others: those nearest in time are named.
    fn ambiguous(&mut self, lines: &[usize], rows: &[usize]) {
        let in_time = |places: &[usize], at: &dyn Fn(usize) -> i64| {
            let mut all: Vec<(i64, usize)> = places.iter().map(|p| (at(*p), *p)).collect();
            all.sort_unstable();
            all
        };
        let lines_in_time = in_time(lines, &|l| self.lines[l].at);
        let rows_in_time = in_time(rows, &|r| self.rows[r].at);
        for &(at, line) in &lines_in_time {
            self.line_done[line] = true;
            let candidates = nearest(&rows_in_time, at);
            self.found.push(Finding { outcome: Outcome::Ambiguous, line: Some(line), row: None, candidates });
        }
        for &(at, row) in &rows_in_time {
            self.row_done[row] = true;
            let candidates = nearest(&lines_in_time, at);
            self.found.push(Finding { outcome: Outcome::Ambiguous, line: None, row: Some(row), candidates });
        }
    }

    /// A notice that came hours late still proves its payment, if no other of that amount was on that day; what only a
    /// person saw is shown beside the line instead.
    fn by_day(&mut self) {
        let mut lines: HashMap<(Fen, i64), Vec<usize>> = HashMap::new();
        for (place, line) in self.lines.iter().enumerate() {
            if !self.line_done[place] && line.kind == LineKind::Receipt {
                lines.entry((line.amount, line.at.div_euclid(DAY_MS))).or_default().push(place);
            }
        }
        let mut wanted: HashMap<usize, Vec<usize>> = HashMap::new();
        let mut offers = Vec::new();
        for (place, row) in self.rows.iter().enumerate() {
            if self.row_done[place] || row.kind == RowKind::Refund {
                continue;
            }
            let day = row.at.div_euclid(DAY_MS);
            let mut near: Vec<usize> = Vec::new();
            for day in [day - 1, day, day + 1] {
                let same = lines.get(&(row.amount, day)).into_iter().flatten().copied();
                // Money comes before its booking, at most a day.
                near.extend(same.filter(|l| (row.at - DAY_MS..=row.at + AFTER_MS).contains(&self.lines[*l].at)));
            }
            for line in &near {
                wanted.entry(*line).or_default().push(place);
            }
            offers.push((place, near));
        }
        for (row, near) in offers {
            if let [line] = near[..]
                && wanted.get(&line).is_some_and(|rows| rows.len() == 1)
                && matches!(self.rows[row].kind, RowKind::Noticed { .. })
            {
                self.pair(Outcome::Matched, line, row);
            }
        }
        let mut groups: Vec<(Vec<usize>, Vec<usize>)> = wanted
            .into_iter()
            .filter(|(line, _)| !self.line_done[*line])
            .map(|(line, rows)| (vec![line], rows))
            .collect();
        groups.sort();
        for (lines, rows) in groups {
            let rows: Vec<usize> = rows.into_iter().filter(|row| !self.row_done[*row]).collect();
            if !rows.is_empty() && lines.iter().all(|line| !self.line_done[*line]) {
                self.ambiguous(&lines, &rows);
            }
        }
    }

    /// A line and a payment left alone with each other at one time, with amounts close together.
    fn other_amount(&mut self) {
        let free_lines: Vec<usize> = {
            let mut free: Vec<usize> = (0..self.lines.len())
                .filter(|l| !self.line_done[*l] && self.lines[*l].kind == LineKind::Receipt)
                .collect();
            free.sort_by_key(|l| self.lines[*l].at);
            free
        };
        let near = |line: &Line, row: &Row| (line.amount.get() - row.amount.get()).abs() <= NEAR_FEN;
        let mut of_line: HashMap<usize, Vec<usize>> = HashMap::new();
        let mut of_row = Vec::new();
        for (place, row) in self.rows.iter().enumerate() {
            if self.row_done[place] || row.kind == RowKind::Refund {
                continue;
            }
            let (from, to) = window(row);
            let first = free_lines.partition_point(|l| self.lines[*l].at < from);
            let fit: Vec<usize> = free_lines[first..]
                .iter()
                .copied()
                .take_while(|l| self.lines[*l].at <= to)
                .filter(|l| near(&self.lines[*l], row))
                .take(8)
                .collect();
            for line in &fit {
                of_line.entry(*line).or_default().push(place);
            }
            of_row.push((place, fit));
        }
        for (row, fit) in of_row {
            if let [line] = fit[..]
                && of_line.get(&line).is_some_and(|rows| rows.len() == 1)
            {
                self.pair(Outcome::AmountDiffers, line, row);
            }
        }
    }

    /// Refunds of the till against what went out. A refund that the statement names must be in the till as well.
    fn refunds(&mut self) {
        let mut rows: HashMap<Fen, Vec<usize>> = HashMap::new();
        for (place, row) in self.rows.iter().enumerate() {
            if !self.row_done[place] && row.kind == RowKind::Refund {
                rows.entry(row.amount).or_default().push(place);
            }
        }
        for kind in [LineKind::Refund, LineKind::Out] {
            let mut free: Vec<usize> =
                (0..self.lines.len()).filter(|l| !self.line_done[*l] && self.lines[*l].kind == kind).collect();
            free.sort_by_key(|l| self.lines[*l].at);
            for line in free {
                let at = self.lines[line].at;
                let Some(same) = rows.get(&self.lines[line].amount) else { continue };
                let fits = |row: &&usize| {
                    let (from, to) = window(&self.rows[**row]);
                    !self.row_done[**row] && (from..=to).contains(&at)
                };
                let nearest = same.iter().filter(fits).min_by_key(|row| (self.rows[**row].at - at).abs()).copied();
                if let Some(row) = nearest {
                    self.pair(Outcome::Matched, line, row);
                }
            }
        }
    }

    fn left(&mut self, cover: Cover) {
        for line in 0..self.lines.len() {
            if self.line_done[line] {
                continue;
            }
            let outcome = match self.lines[line].kind {
                LineKind::Receipt => Outcome::MissingInTill,
                LineKind::Refund => Outcome::RefundMissingInTill,
                LineKind::Fee => Outcome::Fee,
                LineKind::Maybe | LineKind::Out | LineKind::Nothing => Outcome::Neither,
            };
            self.found.push(Finding { outcome, line: Some(line), row: None, candidates: Vec::new() });
        }
        // Where an account has not one line here, the file is another account's.
        let mut seen: HashSet<Option<i64>> = HashSet::new();
        for finding in &self.found {
            if let (Some(line), Some(row)) = (finding.line, finding.row)
                && self.is_income(line)
            {
                seen.insert(self.rows[row].account);
            }
        }
        let accounts: HashSet<i64> = self.rows.iter().filter_map(|r| r.account).collect();
        for place in 0..self.rows.len() {
            if self.row_done[place] {
                continue;
            }
            let row = &self.rows[place];
            let inside = |at: i64| (cover.from + EDGE_MS..=cover.to - EDGE_MS).contains(&at);
            let old_enough = cover.made_at.is_none_or(|made| row.at + FRESH_MS <= made);
            let ours = accounts.len() < 2 || row.account.is_none() || seen.contains(&row.account);
            let proves = inside(row.at) && inside(row.opened_at.max(row.at - DAY_MS)) && old_enough && ours;
            let outcome = match row.kind {
                RowKind::Refund if proves && cover.refunds => Outcome::RefundMissingInStatement,
                RowKind::Noticed { .. } | RowKind::ByHand if proves && cover.receipts => Outcome::MissingInStatement,
                _ => Outcome::Neither,
            };
            self.found.push(Finding { outcome, line: None, row: Some(place), candidates: Vec::new() });
        }
    }
}
