//! Searching the books as one types: every day's texts and numbers, newest day first, until enough is found.

use std::ops::ControlFlow;

use till_core::Fen;
use till_core::day::TimeZone;

use crate::bulk::Bulk;
use crate::error::Result;
use crate::sales::RowKey;
use crate::sheet::Sheet;

/// One word of a query, and what it may mean.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Word {
    /// In any text, unless it can only be a number.
    text: Option<String>,
    /// A ticket's number.
    number: Option<i64>,
    /// An amount in fen.
    amount: Option<i64>,
}

/// What is searched for. Each word of it must be found in a row: as a ticket's number (`#41`, `41`), as an amount
/// (`14.98`, `¥41`), or in the ticket's note, its items, a payer's note, a reason or a reference. Any text is a good
/// query: nothing in it has a meaning beyond this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query(Vec<Word>);

const MOST_WORDS: usize = 8;

/// Lower case, and full-width letters and digits as their narrow twins.
fn fold(text: &str) -> String {
    let narrow = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3000}' => ' ',
        '￥' => '¥',
        _ => c,
    };
    text.chars().map(narrow).flat_map(char::to_lowercase).collect()
}

impl Query {
    /// Reads a query; none if it holds no word.
    pub fn read(text: &str) -> Option<Query> {
        let folded = fold(text);
        let words: Vec<Word> = folded.split_whitespace().take(MOST_WORDS).map(Word::read).collect();
        (!words.is_empty()).then_some(Query(words))
    }
}

impl Word {
    fn read(word: &str) -> Word {
        let digits = |text: &str| if text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None };
        if let Some(number) = word.strip_prefix('#').and_then(digits) {
            return Word { text: None, number: Some(number), amount: None };
        }
        let plain = word.strip_prefix('¥').unwrap_or(word);
        let amount = Fen::from_plain(plain).ok().filter(|fen| fen.is_positive()).map(Fen::get);
        Word { text: Some(word.to_owned()), number: digits(word), amount }
    }

    /// For each row of a sheet whether this word is in it; none if it is in no row.
    fn found(&self, sheet: &Sheet<'_>, folded: &str) -> Option<Vec<bool>> {
        let mut rows = match self.text.as_deref() {
            Some(text) if folded.contains(text) => {
                let hits: Vec<bool> = sheet.texts().map(|t| fold(t).contains(text)).collect();
                Some(sheet.rows_with_texts(&hits))
            }
            _ => None,
        };
        if self.number.is_some() || self.amount.is_some() {
            let hit = |(number, amount, gross)| {
                self.number == Some(number) || self.amount.is_some_and(|a| a == amount || a == gross)
            };
            let places = sheet.numbers_and_amounts().enumerate().filter(|(_, row)| hit(*row)).map(|(place, _)| place);
            for place in places {
                let rows = rows.get_or_insert_with(|| vec![false; sheet.keys().count()]);
                if let Some(row) = rows.get_mut(place) {
                    *row = true;
                }
            }
        }
        rows
    }
}

impl Bulk {
    /// Names of the newest rows that hold all words, newest day first.
    pub fn search(&self, query: &Query, zone: &TimeZone, limit: usize) -> Result<Vec<RowKey>> {
        let mut found = Vec::new();
        // Business dates are text: this is after all of them.
        let mut next = self.date_before("~")?;
        while let Some(date) = next.filter(|_| found.len() < limit) {
            let _ = self.sheet(&date, zone, |_, sheet| {
                let folded = fold(sheet.all_texts());
                let mut all: Option<Vec<bool>> = None;
                for word in &query.0 {
                    let Some(rows) = word.found(&sheet, &folded) else { return Ok(ControlFlow::Continue(())) };
                    match &mut all {
                        Some(all) => all.iter_mut().zip(&rows).for_each(|(a, b)| *a &= b),
                        None => all = Some(rows),
                    }
                }
                let all = all.unwrap_or_default();
                let keys: Vec<RowKey> = sheet.keys().zip(all).filter_map(|(key, hit)| hit.then_some(key)).collect();
                found.extend(keys.into_iter().rev().take(limit - found.len()));
                Ok(ControlFlow::Continue::<()>(()))
            })?;
            next = self.date_before(&date)?;
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_means_what_it_can_mean() {
        let word = |text| Query::read(text).unwrap().0.remove(0);
        assert_eq!(word("#41"), Word { text: None, number: Some(41), amount: None });
        assert_eq!(word("＃４１"), word("#41"));
        assert_eq!(word("41"), Word { text: Some("41".into()), number: Some(41), amount: Some(4100) });
        assert_eq!(word("￥14.98"), Word { text: Some("¥14.98".into()), number: None, amount: Some(1498) });
        assert_eq!(word("Tea").text.as_deref(), Some("tea"));
        assert_eq!(word("#a").text.as_deref(), Some("#a"));
        assert_eq!(word("99999999999999999999").number, None);
        assert_eq!(Query::read(" \u{3000}\n"), None);
    }
}
