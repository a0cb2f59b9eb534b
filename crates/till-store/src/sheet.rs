//! A business day's rows packed into columns: what a day's sums and a search need, in a few bytes per row. Days that
//! are past are kept packed ([`crate::rollup`]); today is packed when it is asked for. One way to read both.

use std::collections::HashMap;

use till_core::Channel;
use till_core::sales::{Booked, Day, Filter, Kind, Row, Tally};

use crate::error::{Result, StoreError};
use crate::sales::{BulkSale, RowKey};

/// Sheets of another format are written anew.
pub(crate) const FORMAT: i64 = 1;

/// Columns of numbers, in this order in `figures`.
const AT: usize = 0;
const TICKET: usize = 1;
const NTH: usize = 2;
const NUMBER: usize = 3;
const FLAGS: usize = 4;
const HOUR: usize = 5;
const STAFF: usize = 6;
const AMOUNT: usize = 7;
const GROSS: usize = 8;
const DISCOUNT: usize = 9;
const ROUNDING: usize = 10;
const TAIL: usize = 11;
const COLUMNS: usize = 12;

/// A packed day.
#[derive(Debug, Default)]
pub(crate) struct Packed {
    pub(crate) rows: i64,
    pub(crate) figures: Vec<u8>,
    pub(crate) words: Vec<u8>,
    pub(crate) texts: String,
}

/// Writes a number in seven bits a byte, low ones first.
fn put(to: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        to.push((n as u8) | 0x80);
        n >>= 7;
    }
    to.push(n as u8);
}

/// Small numbers of either sign become small numbers.
fn put_signed(to: &mut Vec<u8>, n: i64) {
    put(to, ((n << 1) ^ (n >> 63)) as u64);
}

/// Reads numbers. After the end there are only zeros: lengths are checked when a sheet is opened.
#[derive(Clone, Copy, Debug)]
struct Numbers<'a>(&'a [u8]);

impl Numbers<'_> {
    fn next(&mut self) -> u64 {
        let (mut n, mut shift) = (0_u64, 0);
        while let Some((byte, rest)) = self.0.split_first() {
            self.0 = rest;
            n |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 || shift >= 63 {
                break;
            }
            shift += 7;
        }
        n
    }

    fn signed(&mut self) -> i64 {
        let n = self.next();
        ((n >> 1) as i64) ^ -((n & 1) as i64)
    }
}

/// Packs rows, oldest first.
#[derive(Default)]
pub(crate) struct Packing {
    rows: i64,
    columns: [Vec<u8>; COLUMNS],
    words: Vec<u8>,
    /// Lengths of the texts, in bytes.
    lengths: Vec<u8>,
    texts: String,
    places: HashMap<String, u64>,
    last: (i64, i64),
}

impl Packing {
    fn place(&mut self, text: &str) -> u64 {
        if let Some(place) = self.places.get(text) {
            return *place;
        }
        let place = self.places.len() as u64;
        self.places.insert(text.to_owned(), place);
        put(&mut self.lengths, text.len() as u64);
        self.texts.push_str(text);
        place
    }

    pub(crate) fn push(&mut self, sale: &BulkSale<'_>) -> Result<()> {
        let row = &sale.row;
        self.rows += 1;
        let mut signed = |column: usize, n: i64| put_signed(&mut self.columns[column], n);
        signed(AT, row.at - self.last.0);
        signed(TICKET, sale.ticket_id - self.last.1);
        signed(NTH, sale.nth);
        signed(NUMBER, sale.number);
        signed(STAFF, row.staff_id);
        signed(AMOUNT, row.amount);
        signed(GROSS, row.gross);
        signed(DISCOUNT, row.discount);
        signed(ROUNDING, row.rounding);
        signed(TAIL, row.tail);
        self.last = (row.at, sale.ticket_id);
        let flags = row.kind as u8 | (row.booked as u8) << 2 | u8::from(row.first) << 4 | (row.channel as u8) << 5;
        self.columns[FLAGS].push(flags);
        self.columns[HOUR].push(row.hour);
        let items = sale.items()?;
        put(&mut self.words, items.len() as u64);
        for item in &items {
            let place = self.place(&item.name);
            put(&mut self.words, place);
            put_signed(&mut self.words, item.count);
            put_signed(&mut self.words, item.price_fen);
        }
        let texts = [sale.note, sale.payer_note, sale.reason, sale.provider_ref];
        put(&mut self.words, texts.iter().filter(|text| !text.is_empty()).count() as u64);
        for text in texts.into_iter().filter(|text| !text.is_empty()) {
            let place = self.place(text);
            put(&mut self.words, place);
        }
        Ok(())
    }

    pub(crate) fn done(self) -> Packed {
        let mut figures = Vec::new();
        put(&mut figures, self.rows as u64);
        for column in &self.columns {
            put(&mut figures, column.len() as u64);
            figures.extend_from_slice(column);
        }
        let mut words = Vec::new();
        put(&mut words, self.places.len() as u64);
        put(&mut words, self.lengths.len() as u64);
        words.extend_from_slice(&self.lengths);
        words.extend_from_slice(&self.words);
        Packed { rows: self.rows, figures, words, texts: self.texts }
    }
}

/// A packed day, open for reading.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sheet<'a> {
    rows: usize,
    columns: [&'a [u8]; COLUMNS],
    lengths: Numbers<'a>,
    many_texts: usize,
    words: Numbers<'a>,
    texts: &'a str,
}

/// Which rows of a sheet hold an item.
struct Holding<'a> {
    words: Numbers<'a>,
    place: Option<u64>,
}

impl Holding<'_> {
    fn next(&mut self) -> bool {
        let Some(wanted) = self.place else { return false };
        let mut found = false;
        for _ in 0..self.words.next() {
            found |= self.words.next() == wanted;
            self.words.next();
            self.words.next();
        }
        for _ in 0..self.words.next() {
            self.words.next();
        }
        found
    }
}

/// Pieces and list price of each item, by its place in the day's texts.
pub(crate) type Items = HashMap<String, (i64, i64)>;

fn kind(flags: u8) -> Kind {
    Kind::ALL[usize::from(flags & 3).min(2)]
}

impl<'a> Sheet<'a> {
    /// Opens a packed day; fails if it is not whole.
    pub(crate) fn open(figures: &'a [u8], words: &'a [u8], texts: &'a str) -> Result<Sheet<'a>> {
        let broken = || StoreError::corrupt("a day sheet is not whole");
        let size = |n: u64| usize::try_from(n).map_err(|_| broken());
        let mut numbers = Numbers(figures);
        let rows = size(numbers.next())?;
        let mut columns: [&[u8]; COLUMNS] = [&[]; COLUMNS];
        for (i, column) in columns.iter_mut().enumerate() {
            let long = size(numbers.next())?;
            (*column, numbers.0) = numbers.0.split_at_checked(long).ok_or_else(broken)?;
            let many = if matches!(i, FLAGS | HOUR) { long } else { column.iter().filter(|b| **b < 0x80).count() };
            if many != rows {
                return Err(broken());
            }
        }
        let mut numbers = Numbers(words);
        let (many_texts, long) = (size(numbers.next())?, size(numbers.next())?);
        let (lengths, words) = numbers.0.split_at_checked(long).ok_or_else(broken)?;
        let sheet = Sheet { rows, columns, lengths: Numbers(lengths), many_texts, words: Numbers(words), texts };
        let mut sum = 0_u64;
        let mut lengths = sheet.lengths;
        for _ in 0..many_texts {
            sum = sum.saturating_add(lengths.next());
            if !usize::try_from(sum).is_ok_and(|at| texts.is_char_boundary(at)) {
                return Err(broken());
            }
        }
        if sum == texts.len() as u64 { Ok(sheet) } else { Err(broken()) }
    }

    fn numbers(&self, column: usize) -> Numbers<'a> {
        Numbers(self.columns[column])
    }

    pub(crate) fn texts(&self) -> impl Iterator<Item = &'a str> {
        let (mut lengths, mut rest) = (self.lengths, self.texts);
        (0..self.many_texts).map(move |_| {
            let (text, after) = rest.split_at(usize::try_from(lengths.next()).unwrap_or(0));
            rest = after;
            text
        })
    }

    /// All texts in one, for a first look.
    pub(crate) fn all_texts(&self) -> &'a str {
        self.texts
    }

    /// The rows, oldest first.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Row> + use<'a> {
        let [mut at, mut staff, mut amount] = [AT, STAFF, AMOUNT].map(|c| self.numbers(c));
        let [mut gross, mut discount, mut rounding, mut tail] =
            [GROSS, DISCOUNT, ROUNDING, TAIL].map(|c| self.numbers(c));
        let mut now = 0;
        self.columns[FLAGS].iter().zip(self.columns[HOUR]).map(move |(flags, hour)| {
            now += at.signed();
            Row {
                at: now,
                kind: kind(*flags),
                channel: Channel::ALL[usize::from(flags >> 5).min(5)],
                booked: Booked::ALL[usize::from(flags >> 2 & 3).min(2)],
                hour: *hour,
                staff_id: staff.signed(),
                first: flags & 16 != 0,
                amount: amount.signed(),
                gross: gross.signed(),
                discount: discount.signed(),
                rounding: rounding.signed(),
                tail: tail.signed(),
            }
        })
    }

    /// Names of the rows, in the same order.
    pub(crate) fn keys(&self) -> impl Iterator<Item = RowKey> + use<'a> {
        let [mut ticket, mut nth] = [TICKET, NTH].map(|c| self.numbers(c));
        let mut id = 0;
        self.columns[FLAGS].iter().map(move |flags| {
            id += ticket.signed();
            RowKey { kind: kind(*flags), ticket_id: id, nth: nth.signed() }
        })
    }

    /// Number of the ticket, amount and gross of each row, in the same order.
    pub(crate) fn numbers_and_amounts(&self) -> impl Iterator<Item = (i64, i64, i64)> + use<'a> {
        let [mut number, mut amount, mut gross] = [NUMBER, AMOUNT, GROSS].map(|c| self.numbers(c));
        (0..self.rows).map(move |_| (number.signed(), amount.signed(), gross.signed()))
    }

    /// For each row, in the same order, whether one of its texts or items is at a place where `hits` says true.
    pub(crate) fn rows_with_texts(&self, hits: &[bool]) -> Vec<bool> {
        let mut words = self.words;
        let hit = |place: u64| usize::try_from(place).ok().and_then(|p| hits.get(p).copied()).unwrap_or(false);
        let row = |_| {
            let mut found = false;
            for _ in 0..words.next() {
                found |= hit(words.next());
                words.next();
                words.next();
            }
            for _ in 0..words.next() {
                found |= hit(words.next());
            }
            found
        };
        (0..self.rows).map(row).collect()
    }

    /// For each row whether it fits a filter.
    pub(crate) fn fits(&self, day: &Day, filter: &Filter, until: Option<i64>) -> impl Iterator<Item = (Row, bool)> {
        let mut holding = filter.item.as_deref().map(|name| Holding {
            words: self.words,
            place: self.texts().position(|text| text == name).map(|place| place as u64),
        });
        self.rows().map(move |row| {
            let holds = holding.as_mut().is_none_or(Holding::next);
            (row, holds && filter.takes(&row, day) && until.is_none_or(|until| row.at <= until))
        })
    }

    /// Counts the rows that fit, and the items on those of them that are first payments.
    pub(crate) fn tally(
        &self,
        day: &Day,
        filter: &Filter,
        until: Option<i64>,
        tally: &mut Tally,
        items: Option<&mut Items>,
    ) {
        if filter.skips(day) || (filter.item.is_some() && !self.texts().any(|t| Some(t) == filter.item.as_deref())) {
            return;
        }
        let Some(items) = items else {
            let fitting = self.fits(day, filter, until).filter_map(|(row, fits)| fits.then_some(row));
            return tally.add_day(day, fitting);
        };
        let mut sold: Vec<(i64, i64)> = vec![(0, 0); self.many_texts];
        let mut words = self.words;
        let counted = self.fits(day, filter, until).filter_map(|(row, fits)| {
            let counts = fits && row.first;
            for _ in 0..words.next() {
                let (place, pieces, price) = (words.next(), words.signed(), words.signed());
                if counts && let Some(sum) = usize::try_from(place).ok().and_then(|p| sold.get_mut(p)) {
                    *sum = (sum.0 + pieces, sum.1 + pieces * price);
                }
            }
            for _ in 0..words.next() {
                words.next();
            }
            fits.then_some(row)
        });
        tally.add_day(day, counted);
        for (name, (pieces, gross)) in self.texts().zip(&sold).filter(|(_, (pieces, _))| *pieces != 0) {
            match items.get_mut(name) {
                Some(sum) => *sum = (sum.0 + pieces, sum.1 + gross),
                None => drop(items.insert(name.to_owned(), (*pieces, *gross))),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_round_trip(numbers in prop::collection::vec(any::<i64>(), 0..50)) {
            let mut bytes = Vec::new();
            numbers.iter().for_each(|n| put_signed(&mut bytes, *n));
            let mut back = Numbers(&bytes);
            prop_assert!(numbers.iter().all(|n| back.signed() == *n));
            prop_assert!(back.0.is_empty());
        }

        #[test]
        fn whatever_bytes_a_sheet_holds_reading_it_ends(figures in prop::collection::vec(any::<u8>(), 0..200),
                                                       words in prop::collection::vec(any::<u8>(), 0..200), texts in ".{0,20}") {
            if let Ok(sheet) = Sheet::open(&figures, &words, &texts) {
                let many = sheet.texts().count();
                prop_assert!(many <= 200 && sheet.rows().count() <= 200);
            }
        }
    }
}
