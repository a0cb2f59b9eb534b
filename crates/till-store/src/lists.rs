//! Receipts, days and the journal, lent one by one, for files that leave the shop.

use std::ops::ControlFlow;

use till_core::Channel;
use till_core::day::TimeZone;
use till_core::sales::{Filter, Part, Sums, Tally};

use crate::bulk::Bulk;
use crate::error::{Result, StoreError};

/// Money that a phone told of.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "named as the columns of the tables, documented in the migrations")]
pub struct BulkReceipt<'a> {
    pub id: i64,
    pub business_date: &'a str,
    pub received_at: i64,
    pub phone_at: Option<i64>,
    pub device: &'a str,
    pub channel: Channel,
    pub amount: i64,
    pub payer_note: &'a str,
    /// Told by a second phone.
    pub echo: bool,
    pub package: &'a str,
    pub title: &'a str,
    pub text: &'a str,
    pub rule: &'a str,
    /// The ticket it paid, and how it came to it.
    pub ticket_id: Option<i64>,
    pub ticket_date: &'a str,
    pub number: Option<i64>,
    pub matched_by: &'a str,
    /// Why and how it stands in the inbox; empty if it never was there.
    pub inbox_reason: &'a str,
    pub inbox_state: &'a str,
}

/// A row of the journal, lent.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "named as the columns of the table, documented in the migration")]
pub struct BulkEntry<'a> {
    pub seq: i64,
    pub at: i64,
    pub actor: &'a str,
    pub act: &'a str,
    pub subject: &'a str,
    pub before: &'a str,
    pub after: &'a str,
    pub hash: &'a [u8],
}

/// A business day's sums.
#[derive(Clone, Debug)]
pub struct BulkDay {
    /// `YYYY-MM-DD`.
    pub date: String,
    /// All of it.
    pub sums: Sums,
    /// In the order of [`Channel::ALL`].
    pub channels: [Part; 6],
    /// When its newest Z report was made.
    pub closed_at: Option<i64>,
}

impl Bulk {
    /// Sums of each business day with rows in `from`–`to`, oldest first, of the rows that fit.
    pub fn days(
        &self,
        from: &str,
        to: &str,
        filter: &Filter,
        zone: &TimeZone,
        mut each: impl FnMut(BulkDay) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>> {
        self.sheets(from, to, zone, |day, sheet| {
            let mut tally = Tally::default();
            sheet.tally(day, filter, None, &mut tally, None);
            if tally.all.rows == 0 {
                return Ok(ControlFlow::Continue(()));
            }
            let (date, closed_at) = (day.date.clone(), day.closed_at);
            Ok(each(BulkDay { date, sums: tally.all, channels: tally.channels, closed_at }))
        })
    }

    /// Receipts of business days `from`–`to`, echoes included, in the order they came.
    pub fn receipts(
        &self,
        from: &str,
        to: &str,
        mut each: impl FnMut(&BulkReceipt<'_>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>> {
        // Receipts have no index by day: they are read in the order of their ids, which is the order they came in.
        let mut statement = self.c()?.prepare_cached(
            "SELECT r.id, r.business_date, r.received_at, p.phone_at, d.name, r.channel, r.amount_fen,
                    coalesce(r.payer_note, ''), r.echo, p.title, p.text, p.rule, s.ticket_id, coalesce(t.business_date, ''),
                    t.number, coalesce(s.how, ''), coalesce(i.reason, ''), coalesce(i.state, ''), p.package
             FROM receipt r JOIN push p ON p.id = r.id JOIN device d ON d.id = r.device_id
             LEFT JOIN settlement s ON s.receipt_id = r.id LEFT JOIN ticket t ON t.id = s.ticket_id
             LEFT JOIN inbox i ON i.receipt_id = r.id
             WHERE r.business_date BETWEEN ?1 AND ?2 ORDER BY r.id",
        )?;
        let mut rows = statement.query([from, to])?;
        while let Some(r) = rows.next()? {
            let text = |i: usize| -> Result<&str> { r.get_ref(i)?.as_str().map_err(StoreError::corrupt) };
            let receipt = BulkReceipt {
                id: r.get(0)?,
                business_date: text(1)?,
                received_at: r.get(2)?,
                phone_at: r.get(3)?,
                device: text(4)?,
                channel: text(5)?.parse().map_err(StoreError::corrupt)?,
                amount: r.get(6)?,
                payer_note: text(7)?,
                echo: r.get(8)?,
                title: text(9)?,
                text: text(10)?,
                rule: text(11)?,
                ticket_id: r.get(12)?,
                ticket_date: text(13)?,
                number: r.get(14)?,
                matched_by: text(15)?,
                inbox_reason: text(16)?,
                inbox_state: text(17)?,
                package: text(18)?,
            };
            if each(&receipt).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Journal rows written from `from_at` to before `to_at` (Unix ms), in the chain's order.
    pub fn journal(
        &self,
        from_at: i64,
        to_at: i64,
        mut each: impl FnMut(&BulkEntry<'_>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>> {
        let mut statement = self.c()?.prepare_cached(
            "SELECT seq, at, actor, act, subject, before, after, hash FROM journal WHERE at >= ?1 AND at < ?2 ORDER BY seq",
        )?;
        let mut rows = statement.query([from_at, to_at])?;
        while let Some(r) = rows.next()? {
            let text = |i: usize| -> Result<&str> { r.get_ref(i)?.as_str().map_err(StoreError::corrupt) };
            let entry = BulkEntry {
                seq: r.get(0)?,
                at: r.get(1)?,
                actor: text(2)?,
                act: text(3)?,
                subject: text(4)?,
                before: text(5)?,
                after: text(6)?,
                hash: r.get_ref(7)?.as_blob().map_err(StoreError::corrupt)?,
            };
            if each(&entry).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}
