//! Rows of the books: payments, refunds and voids, each on its own business day, lent one by one.

use std::borrow::Cow;
use std::ops::ControlFlow;

use serde::Deserialize;
use till_core::Channel;
use till_core::day::{self, TimeZone};
use till_core::sales::{Booked, Day, Filter, Kind, Row};
use till_core::ticket::How;

use crate::bulk::Bulk;
use crate::error::{Result, StoreError};

/// A payment, a refund or a void with its ticket. Amounts in fen, times in Unix ms; texts are lent.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "named as the columns of the tables, documented in the migrations")]
pub struct BulkSale<'a> {
    /// What sums need: kind, time, channel, how it was booked, amounts. The ticket's gross, discount, rounding and tail
    /// stand on the row of its first payment and are zero on others, so that columns may be summed.
    pub row: Row,
    /// Its own: a refund books on the day it is made.
    pub business_date: &'a str,
    pub ticket_id: i64,
    /// Which payment of its ticket; of a refund its id.
    pub nth: i64,
    /// The ticket's number on the day it was opened.
    pub number: i64,
    pub status: &'a str,
    /// `refunded` and `part_refunded` included.
    pub exception: &'a str,
    pub opened_at: i64,
    /// Name of the receiving account; empty for cash and refunds.
    pub account: &'a str,
    /// Cash given by the customer, on the row of the first payment.
    pub tendered: Option<i64>,
    pub change: Option<i64>,
    pub payer_note: &'a str,
    /// Note of the ticket.
    pub note: &'a str,
    /// Reason of a confirmation by hand, a refund or a void.
    pub reason: &'a str,
    /// The wallet's own number of a payment back.
    pub provider_ref: &'a str,
    /// Who rang the ticket up; empty when nobody was signed in.
    pub staff: &'a str,
    /// Who wrote this row: `phone`, a door, or `name#id`.
    pub actor: &'a str,
    pub receipt_id: Option<i64>,
    /// `auto`, `accepted`, `by_hand`, `cash`, `refund`, `void`.
    pub matched_by: &'a str,
    pub late: bool,
    /// Given back of the ticket so far.
    pub refunded: i64,
    /// Written after the Z report of its day.
    pub after_close: bool,
    /// Lines of the ticket, JSON.
    pub lines: &'a str,
}

/// One line of a ticket, lent.
#[derive(Clone, Debug, Deserialize)]
pub struct Item<'a> {
    /// Empty for an amount typed without a name.
    #[serde(borrow, default)]
    pub name: Cow<'a, str>,
    /// Of one piece.
    pub price_fen: i64,
    /// Pieces.
    #[serde(default = "one")]
    pub count: i64,
}

const fn one() -> i64 {
    1
}

impl<'a> BulkSale<'a> {
    /// What was sold.
    pub fn items(&self) -> Result<Vec<Item<'a>>> {
        Ok(serde_json::from_str(self.lines)?)
    }

    /// Signed: money back is negative.
    pub fn net(&self) -> i64 {
        self.row.net()
    }
}

/// Names one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "as in [`BulkSale`]")]
pub struct RowKey {
    pub kind: Kind,
    pub ticket_id: i64,
    pub nth: i64,
}

// Both halves give the same columns, read by place below.
macro_rules! payments {
    ($where:literal) => {
        concat!(
            "SELECT 0, s.at, s.ticket_id, s.nth, s.channel, s.how, s.amount_fen, s.late, s.reason, '', s.actor, s.receipt_id,
                    coalesce(r.payer_note, ''), coalesce(a.label, ''), s.business_date,
                    t.number, t.status, CASE WHEN t.refunded_fen = 0 THEN t.exception
                      WHEN t.refunded_fen >= (SELECT sum(amount_fen) FROM settlement p WHERE p.ticket_id = t.id) THEN 'refunded'
                      ELSE 'part_refunded' END,
                    t.lines, t.note, t.gross_fen, t.discount_fen, t.rounding_fen, t.tail_fen, t.due_fen, t.opened_at,
                    t.tendered_fen, coalesce(t.staff_id, 0), t.refunded_fen
             FROM settlement s JOIN ticket t ON t.id = s.ticket_id LEFT JOIN receipt r ON r.id = s.receipt_id
             LEFT JOIN account a ON a.id = s.account_id ",
            $where
        )
    };
}
macro_rules! refunds {
    ($where:literal) => {
        concat!(
            "SELECT iif(f.kind = 'void', 2, 1), f.at, f.ticket_id, f.id, f.channel, f.kind, f.amount_fen, 0, f.reason,
                    f.reference, f.actor, NULL, '', '', f.business_date,
                    t.number, t.status,
                    iif(t.refunded_fen >= (SELECT sum(amount_fen) FROM settlement p WHERE p.ticket_id = t.id), 'refunded', 'part_refunded'),
                    t.lines, t.note, 0, 0, 0, 0, 0, t.opened_at,
                    NULL, coalesce(t.staff_id, 0), t.refunded_fen
             FROM refund f JOIN ticket t ON t.id = f.ticket_id ",
            $where
        )
    };
}

const PAYMENT: &str = payments!("WHERE s.ticket_id = ?1 AND s.nth = ?2");
const REFUND: &str = refunds!("WHERE f.ticket_id = ?1 AND f.id = ?2");
const OF_DAY: &str = concat!(
    payments!("WHERE s.business_date = ?1"),
    " UNION ALL ",
    refunds!("WHERE f.business_date = ?1"),
    " ORDER BY 2, 3, 1, 4"
);

impl Bulk {
    fn sale<'a>(&'a self, r: &'a rusqlite::Row<'_>, closed_at: Option<i64>, zone: &TimeZone) -> Result<BulkSale<'a>> {
        let text = |i: usize| -> Result<&'a str> { r.get_ref(i)?.as_str().map_err(StoreError::corrupt) };
        let kind = match r.get::<_, i64>(0)? {
            0 => Kind::Sale,
            1 => Kind::Refund,
            _ => Kind::Void,
        };
        let (at, nth): (i64, i64) = (r.get(1)?, r.get(3)?);
        let channel: Channel = text(4)?.parse().map_err(StoreError::corrupt)?;
        let how = text(5)?;
        let first = kind == Kind::Sale && nth == 1;
        let own = |i: usize| -> Result<i64> { if first { Ok(r.get(i)?) } else { Ok(0) } };
        let booked = match kind {
            Kind::Sale => Booked::payment(How::from_text(how).ok_or_else(|| StoreError::corrupt(how))?),
            Kind::Refund | Kind::Void => Booked::back(channel),
        };
        let staff_id: i64 = r.get(27)?;
        let row = Row {
            at,
            kind,
            channel,
            booked,
            hour: day::hour(at, zone),
            staff_id,
            first,
            amount: r.get(6)?,
            gross: own(20)?,
            discount: own(21)?,
            rounding: own(22)?,
            tail: own(23)?,
        };
        let tendered: Option<i64> = if first { r.get(26)? } else { None };
        let due: i64 = r.get(24)?;
        Ok(BulkSale {
            row,
            business_date: text(14)?,
            ticket_id: r.get(2)?,
            nth,
            number: r.get(15)?,
            status: text(16)?,
            exception: text(17)?,
            opened_at: r.get(25)?,
            account: text(13)?,
            tendered,
            change: tendered.map(|given| given - due),
            payer_note: text(12)?,
            note: text(19)?,
            reason: text(8)?,
            provider_ref: text(9)?,
            staff: self.names.get(&staff_id).map_or("", String::as_str),
            actor: text(10)?,
            receipt_id: r.get(11)?,
            matched_by: how,
            late: r.get(7)?,
            refunded: r.get(28)?,
            after_close: closed_at.is_some_and(|closed| at > closed),
            lines: text(18)?,
        })
    }

    /// The rows of one business day, oldest first, straight from the tables.
    pub(crate) fn sales_of(
        &self,
        date: &str,
        zone: &TimeZone,
        mut each: impl FnMut(&BulkSale<'_>) -> Result<ControlFlow<()>>,
    ) -> Result<ControlFlow<()>> {
        let closed_at = self.closed_at(date)?;
        let mut statement = self.c()?.prepare_cached(OF_DAY)?;
        let mut rows = statement.query([date])?;
        while let Some(row) = rows.next()? {
            if each(&self.sale(row, closed_at, zone)?)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// One row.
    pub fn sale_by_key<T>(
        &self,
        key: RowKey,
        zone: &TimeZone,
        read: impl FnOnce(&BulkSale<'_>) -> Result<T>,
    ) -> Result<T> {
        let sql = if key.kind == Kind::Sale { PAYMENT } else { REFUND };
        let mut statement = self.c()?.prepare_cached(sql)?;
        let mut rows = statement.query([key.ticket_id, key.nth])?;
        let row = rows.next()?.ok_or(StoreError::NotFound)?;
        let date: String = row.get(14)?;
        read(&self.sale(row, self.closed_at(&date)?, zone)?)
    }

    /// All rows of business days `from`–`to` (both included) that fit, by day and time. `each` may stop with `Break`.
    /// The zone is the shop's: it gives the hours that a filter asks for. Request ids are not among the columns:
    /// they are kept for a week only.
    pub fn sales(
        &self,
        from: &str,
        to: &str,
        filter: &Filter,
        zone: &TimeZone,
        mut each: impl FnMut(&BulkSale<'_>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>> {
        let mut next = self.first_date(from)?;
        while let Some(date) = next.filter(|date| date.as_str() <= to) {
            let day = Day::new(&date, self.closed_at(&date)?);
            if !filter.skips(&day) {
                let flow = self.sales_of(&date, zone, |sale| {
                    let fits = filter.takes(&sale.row, &day)
                        && match &filter.item {
                            Some(name) => sale.items()?.iter().any(|item| item.name == name.as_str()),
                            None => true,
                        };
                    Ok(if fits { each(sale) } else { ControlFlow::Continue(()) })
                })?;
                if flow.is_break() {
                    return Ok(flow);
                }
            }
            next = self.date_after(&date)?;
        }
        Ok(ControlFlow::Continue(()))
    }

    /// When the newest Z report of a day was made.
    pub(crate) fn closed_at(&self, date: &str) -> Result<Option<i64>> {
        let mut statement = self.c()?.prepare_cached("SELECT max(closed_at) FROM z_report WHERE business_date = ?1")?;
        Ok(statement.query_row([date], |r| r.get(0))?)
    }

    /// The first business day with rows on or after a date.
    pub(crate) fn first_date(&self, from: &str) -> Result<Option<String>> {
        let mut statement = self.c()?.prepare_cached(
            "SELECT min(d) FROM (SELECT min(business_date) AS d FROM settlement WHERE business_date >= ?1
             UNION ALL SELECT min(business_date) FROM refund WHERE business_date >= ?1)",
        )?;
        Ok(statement.query_row([from], |r| r.get(0))?)
    }

    /// The next business day with rows.
    pub(crate) fn date_after(&self, date: &str) -> Result<Option<String>> {
        let mut statement = self.c()?.prepare_cached(
            "SELECT min(d) FROM (SELECT min(business_date) AS d FROM settlement WHERE business_date > ?1
             UNION ALL SELECT min(business_date) FROM refund WHERE business_date > ?1)",
        )?;
        Ok(statement.query_row([date], |r| r.get(0))?)
    }

    /// The last business day with rows before a date.
    pub(crate) fn date_before(&self, date: &str) -> Result<Option<String>> {
        let mut statement = self.c()?.prepare_cached(
            "SELECT max(d) FROM (SELECT max(business_date) AS d FROM settlement WHERE business_date < ?1
             UNION ALL SELECT max(business_date) FROM refund WHERE business_date < ?1)",
        )?;
        Ok(statement.query_row([date], |r| r.get(0))?)
    }
}
