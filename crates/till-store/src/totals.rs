//! The owner's figures: sums of a range with all their slices, and which rows stand behind them.

use std::collections::HashMap;
use std::ops::ControlFlow;

use till_core::day::TimeZone;
use till_core::sales::{Filter, Sums, Tally};

use crate::bulk::Bulk;
use crate::error::{Result, StoreError};
use crate::sales::RowKey;
use crate::sheet::Items;

/// An item's share, before discounts of the whole ticket. Amounts in fen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemSum {
    /// Empty for amounts typed without a name.
    pub name: String,
    /// Pieces sold.
    pub pieces: i64,
    /// Their list prices.
    pub gross: i64,
}

/// Money without a ticket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unmatched {
    /// Receipts.
    pub count: i64,
    /// Their sum in fen.
    pub sum: i64,
}

/// A closed day, in short.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of the table, documented in the migration")]
pub struct ZHeadRow {
    pub number: i64,
    pub business_date: String,
    pub nth: i64,
    pub closed_at: i64,
    pub closed_by: String,
    pub rows: i64,
    pub sum: i64,
    pub hash: Vec<u8>,
}

/// The figures of a range, all from one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TotalsRow {
    /// Sums and slices.
    pub tally: Tally,
    /// Most gross first.
    pub items: Vec<ItemSum>,
    /// Sums of the range it is compared with.
    pub before: Sums,
    /// Money without a ticket.
    pub unmatched: Unmatched,
    /// Newest first.
    pub closed: Vec<ZHeadRow>,
    /// Names by id.
    pub people: HashMap<i64, String>,
}

/// Two dates, both included.
type Dates<'a> = (&'a str, &'a str);

impl Bulk {
    /// Sums of business days `from`–`to` of the rows that fit, up to an instant.
    pub fn tally(&self, (from, to): Dates<'_>, filter: &Filter, zone: &TimeZone, until: Option<i64>) -> Result<Tally> {
        let mut tally = Tally::default();
        let _ = self.sheets(from, to, zone, |day, sheet| {
            sheet.tally(day, filter, until, &mut tally, None);
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(tally)
    }

    /// The figures of a range beside those of the range before (its rows up to `until`).
    pub fn totals(
        &self,
        range: Dates<'_>,
        (before, until): (Dates<'_>, Option<i64>),
        filter: &Filter,
        zone: &TimeZone,
    ) -> Result<TotalsRow> {
        let (mut tally, mut items) = (Tally::default(), Items::new());
        let _ = self.sheets(range.0, range.1, zone, |day, sheet| {
            sheet.tally(day, filter, None, &mut tally, Some(&mut items));
            Ok(ControlFlow::Continue(()))
        })?;
        let item = |(name, (pieces, gross))| ItemSum { name, pieces, gross };
        let mut items: Vec<ItemSum> = items.into_iter().map(item).collect();
        items.sort_by(|a, b| (b.gross, &a.name).cmp(&(a.gross, &b.name)));
        Ok(TotalsRow {
            tally,
            items,
            before: self.tally(before, filter, zone, until)?.all,
            unmatched: self.unmatched(range)?,
            closed: self.closed(range)?,
            people: self.names.clone(),
        })
    }

    /// Open inbox items with money of these business days.
    pub fn unmatched(&self, (from, to): Dates<'_>) -> Result<Unmatched> {
        let mut statement = self.c()?.prepare_cached(
            "SELECT count(*), coalesce(sum(r.amount_fen), 0) FROM inbox i INDEXED BY inbox_open
             JOIN receipt r ON r.id = i.receipt_id WHERE i.state = 'open' AND r.business_date BETWEEN ?1 AND ?2",
        )?;
        Ok(statement.query_row([from, to], |r| Ok(Unmatched { count: r.get(0)?, sum: r.get(1)? }))?)
    }

    /// Z reports of these business days, newest first.
    pub fn closed(&self, (from, to): Dates<'_>) -> Result<Vec<ZHeadRow>> {
        let mut statement = self.c()?.prepare_cached(
            "SELECT number, business_date, nth, closed_at, closed_by, row_count, sum_fen, rows_hash FROM z_report
             WHERE business_date BETWEEN ?1 AND ?2 ORDER BY number DESC",
        )?;
        let read = |r: &rusqlite::Row<'_>| {
            Ok(ZHeadRow {
                number: r.get(0)?,
                business_date: r.get(1)?,
                nth: r.get(2)?,
                closed_at: r.get(3)?,
                closed_by: r.get(4)?,
                rows: r.get(5)?,
                sum: r.get(6)?,
                hash: r.get(7)?,
            })
        };
        Ok(statement.query_map([from, to], read)?.collect::<rusqlite::Result<_>>()?)
    }

    /// Names of the rows of one business day that fit, newest first, a page of them.
    pub fn page(
        &self,
        date: &str,
        filter: &Filter,
        zone: &TimeZone,
        offset: usize,
        limit: usize,
    ) -> Result<Vec<RowKey>> {
        if self.first_date(date)?.as_deref() != Some(date) {
            return Ok(Vec::new());
        }
        self.sheet(date, zone, |day, sheet| {
            if filter.skips(day) {
                return Ok(Vec::new());
            }
            let fits = sheet.fits(day, filter, None).zip(sheet.keys());
            let mut keys: Vec<RowKey> = fits.filter_map(|((_, fits), key)| fits.then_some(key)).collect();
            keys.reverse();
            Ok(keys.into_iter().skip(offset).take(limit).collect())
        })
    }

    /// The rows named, in their order; `read` makes what is wanted of each.
    pub fn rows_of<T>(
        &self,
        keys: &[RowKey],
        zone: &TimeZone,
        mut read: impl FnMut(&crate::BulkSale<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        keys.iter()
            .filter_map(|key| match self.sale_by_key(*key, zone, &mut read) {
                Err(StoreError::NotFound) => None,
                other => Some(other),
            })
            .collect()
    }
}
