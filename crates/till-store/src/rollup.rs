//! Packing past business days, so that three years are read like a week. Off the payment path: rows are read beside
//! the writer, and the writer only puts the packed day down.

use std::ops::ControlFlow;

use rusqlite::OptionalExtension;
use sqlx::{Row as _, SqliteConnection};
use till_core::day::{TimeZone, zone_name};
use till_core::sales::Day;

use crate::Store;
use crate::bulk::Bulk;
use crate::error::Result;
use crate::sheet::{FORMAT, Packed, Packing, Sheet};

const HAS_SHEET: &str = "SELECT 1 FROM day_sheet WHERE business_date = ?1 AND format = ?2 AND zone = ?3";

impl Bulk {
    /// Packs a day from its rows.
    pub(crate) fn pack(&self, date: &str, zone: &TimeZone) -> Result<Packed> {
        let mut packing = Packing::default();
        let _ = self.sales_of(date, zone, |sale| packing.push(sale).map(ControlFlow::Continue))?;
        Ok(packing.done())
    }

    /// One business day, from its sheet or packed now.
    pub(crate) fn sheet<T>(
        &self,
        date: &str,
        zone: &TimeZone,
        read: impl FnOnce(&Day, Sheet<'_>) -> Result<T>,
    ) -> Result<T> {
        let day = Day::new(date, self.closed_at(date)?);
        let mut statement = self.c()?.prepare_cached(
            "SELECT figures, words, texts FROM day_sheet WHERE business_date = ?1 AND format = ?2 AND zone = ?3",
        )?;
        let mut rows = statement.query((date, FORMAT, zone_name(zone)))?;
        if let Some(row) = rows.next()? {
            let texts = row.get_ref(2)?.as_str().unwrap_or_default();
            let (figures, words) = (row.get_ref(0)?.as_blob().unwrap_or_default(), row.get_ref(1)?.as_blob());
            match Sheet::open(figures, words.unwrap_or_default(), texts) {
                Ok(sheet) => return read(&day, sheet),
                // Only a copy: the rows themselves are still there.
                Err(cause) => tracing::error!(%cause, date, "a day sheet is damaged"),
            }
        }
        let packed = self.pack(date, zone)?;
        read(&day, Sheet::open(&packed.figures, &packed.words, &packed.texts)?)
    }

    /// Business days with rows in `from`–`to`, oldest first.
    pub(crate) fn sheets(
        &self,
        from: &str,
        to: &str,
        zone: &TimeZone,
        mut each: impl FnMut(&Day, Sheet<'_>) -> Result<ControlFlow<()>>,
    ) -> Result<ControlFlow<()>> {
        let mut next = self.first_date(from)?;
        while let Some(date) = next.filter(|date| date.as_str() <= to) {
            if self.sheet(&date, zone, &mut each)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
            next = self.date_after(&date)?;
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Up to `most` days before a date that have rows and no sheet, newest first, packed.
    fn unpacked(&self, before: &str, zone: &TimeZone, most: usize) -> Result<Vec<(String, Packed)>> {
        let mut found = Vec::new();
        let mut next = self.date_before(before)?;
        while let Some(date) = next.filter(|_| found.len() < most) {
            let mut has = self.c()?.prepare_cached(HAS_SHEET)?;
            if has.query_row((&date, FORMAT, zone_name(zone)), |_| Ok(())).optional()?.is_none() {
                let packed = self.pack(&date, zone)?;
                found.push((date.clone(), packed));
            }
            next = self.date_before(&date)?;
        }
        Ok(found)
    }
}

async fn put(c: &mut SqliteConnection, date: &str, zone: &str, packed: Packed) -> Result<()> {
    let rows = sqlx::query(
        "SELECT (SELECT count(*) FROM settlement WHERE business_date = ?1) + (SELECT count(*) FROM refund WHERE business_date = ?1)",
    )
    .bind(date)
    .fetch_one(&mut *c)
    .await?;
    // Rows are only ever added: as many as were packed are the ones that were packed.
    if rows.get::<i64, _>(0) != packed.rows {
        return Ok(());
    }
    sqlx::query(
        "INSERT OR REPLACE INTO day_sheet (business_date, format, zone, row_count, figures, words, texts)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )
    .bind(date)
    .bind(FORMAT)
    .bind(zone)
    .bind(packed.rows)
    .bind(packed.figures)
    .bind(packed.words)
    .bind(packed.texts)
    .execute(c)
    .await?;
    Ok(())
}

impl Store {
    /// Packs up to `most` of the newest business days before `before` (today) that are not packed yet, and answers the
    /// oldest of them: go on before it. None when nothing is left.
    pub async fn pack_days(&self, before: &str, zone: &TimeZone, most: usize) -> Result<Option<String>> {
        let (before, name) = (before.to_owned(), zone_name(zone).to_owned());
        let zone = zone.clone();
        let packed = self.reading(move |bulk| bulk.unpacked(&before, &zone, most)).await?;
        let Some((oldest, _)) = packed.last() else { return Ok(None) };
        let oldest = oldest.clone();
        self.writer
            .write(move |c| {
                Box::pin(async move {
                    for (date, packed) in packed {
                        put(c, &date, &name, packed).await?;
                    }
                    Ok(())
                })
            })
            .await?;
        Ok(Some(oldest))
    }
}
