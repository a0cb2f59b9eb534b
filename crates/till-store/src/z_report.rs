//! Closed days (Z). Each seals the rows of its business day that no earlier one sealed, and is bound to the Z before it.
//!
//! The figures and channels of a Z are its day's. Its drawer is that of the shift it closes, else of the day's last shift
//! closed since the Z before; only a day without shifts shows the day's own cash, over a float of nothing. So what was
//! counted is always compared with the drawer it was counted in, also when a shift crosses midnight or cash left
//! between two shifts.

use sha2::{Digest, Sha256};
use sqlx::{Connection, Row as _, SqliteConnection, sqlite::SqliteRow};
use till_core::Fen;
use till_core::report::{self, Denomination, Report, Row};

use crate::error::{Result, StoreError};
use crate::journal::{self, Entry};
use crate::request::{self, Act};
use crate::shift::{self, Turn};
use crate::ticket::fen;
use crate::{Store, books};

/// A closed day as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of the table, documented in the migration")]
pub struct ZRow {
    pub number: i64,
    pub business_date: String,
    pub nth: i64,
    pub after_at: i64,
    pub closed_at: i64,
    pub closed_by: String,
    pub row_count: i64,
    pub sum: Fen,
    pub rows_hash: Vec<u8>,
    /// JSON of [`Report`].
    pub report: String,
    pub note: String,
    pub prev_hash: Vec<u8>,
    pub hash: Vec<u8>,
}

/// A closed day, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZChecked {
    /// As stored.
    pub z: ZRow,
    /// The report in it.
    pub report: Report,
    /// Its rows and its place in the chain are as they were.
    pub intact: bool,
    /// Rows of its business day that no Z seals yet.
    pub later: i64,
    /// Received less refunded among them.
    pub later_sum: Fen,
}

/// What closing a day would seal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayPreview {
    /// The number its Z would get.
    pub number: i64,
    /// 1: the day; more: corrections after it.
    pub nth: i64,
    /// Its report so far.
    pub report: Report,
    /// Closing it closes a shift.
    pub shift_open: bool,
    /// Earlier business days with rows that no Z seals, oldest first; of the last 60 with any.
    pub unclosed: Vec<String>,
}

/// A day to be closed.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "named as the columns they fill")]
pub struct CloseDay {
    pub request_id: String,
    pub actor: String,
    pub at: i64,
    /// The business day of now: later ones cannot be closed.
    pub today: String,
    pub business_date: String,
    /// None: nobody counted.
    pub counted: Option<Vec<Denomination>>,
    pub note: String,
}

impl ZRow {
    fn read(row: &SqliteRow) -> Result<ZRow> {
        Ok(ZRow {
            number: row.get("number"),
            business_date: row.get("business_date"),
            nth: row.get("nth"),
            after_at: row.get("after_at"),
            closed_at: row.get("closed_at"),
            closed_by: row.get("closed_by"),
            row_count: row.get("row_count"),
            sum: fen(row, "sum_fen")?,
            rows_hash: row.get("rows_hash"),
            report: row.get("report"),
            note: row.get("note"),
            prev_hash: row.get("prev_hash"),
            hash: row.get("hash"),
        })
    }

    /// SHA-256 over the hash of the Z before (nothing for the first) and every column: numbers as eight bytes, big end
    /// first; texts and hashes as their length, then themselves.
    fn sealed(&self) -> Vec<u8> {
        let mut sha = Sha256::new();
        for bytes in [&self.prev_hash, &self.rows_hash] {
            sha.update((bytes.len() as u64).to_be_bytes());
            sha.update(bytes);
        }
        for number in [self.number, self.nth, self.after_at, self.closed_at, self.row_count, self.sum.get()] {
            sha.update(number.to_be_bytes());
        }
        for text in [&self.business_date, &self.closed_by, &self.report, &self.note] {
            sha.update((text.len() as u64).to_be_bytes());
            sha.update(text.as_bytes());
        }
        sha.finalize().to_vec()
    }
}

/// A day as it stands before a closing.
struct Day {
    number: i64,
    nth: i64,
    after_at: i64,
    /// The open shift that this closing closes: of this business day, or one that was left open before it.
    shift: Option<Turn>,
    /// A shift of a later business day is open: what lies in the drawer is not this day's alone.
    later_shift: bool,
}

async fn day(c: &mut SqliteConnection, business_date: &str) -> Result<Day> {
    let row = sqlx::query(
        "SELECT (SELECT coalesce(max(number), 0) + 1 FROM z_report),
                coalesce(max(nth), 0) + 1, coalesce(max(closed_at), 0) FROM z_report WHERE business_date = ?1",
    );
    let row = row.bind(business_date).fetch_one(&mut *c).await?;
    let open = shift::open_turn(c).await?;
    let later_shift = open.as_ref().is_some_and(|turn| turn.business_date.as_str() > business_date);
    Ok(Day {
        number: row.get(0),
        nth: row.get(1),
        after_at: row.get(2),
        shift: open.filter(|_| !later_shift),
        later_shift,
    })
}

impl Day {
    /// The report of its rows. The drawer is still to be told.
    async fn report(&self, c: &mut SqliteConnection, rows: &[Row], at: i64) -> Result<Report> {
        // Nothing of the day lies before its first row.
        let from = if self.nth > 1 { self.after_at } else { rows.first().map_or(at, |row| row.at() - 1) };
        let beside = books::beside(c).await?;
        report::report(from, at, Fen::ZERO, rows, beside).map_err(StoreError::TooLarge)
    }

    /// The drawer of the last shift of this day that was closed since the last closing, if there was one.
    async fn last_drawer(&self, c: &mut SqliteConnection, business_date: &str) -> Result<Option<Report>> {
        let row = sqlx::query(
            "SELECT report FROM shift WHERE business_date = ?1 AND opened_at > ?2 AND report IS NOT NULL
             ORDER BY id DESC LIMIT 1",
        );
        let row = row.bind(business_date).bind(self.after_at).fetch_optional(c).await?;
        row.map(|row| shift::stored(row.get(0))).transpose()
    }
}

async fn close(c: &mut SqliteConnection, what: CloseDay) -> Result<Act<i64>> {
    if let Some(number) = request::seen(c, &what.request_id, "close_day").await? {
        return Ok(Act::Repeat(number));
    }
    if what.business_date > what.today {
        return Err(StoreError::Conflict("day_ahead"));
    }
    let day = day(c, &what.business_date).await?;
    let at = match day.shift {
        Some(_) => books::boundary(c, what.at).await?,
        None => books::day_boundary(c, &what.business_date, what.at).await?,
    };
    let rows = books::of_day(c, &what.business_date, day.after_at, at).await?;
    // A day on which nothing was sold may be closed, once and on that day.
    if rows.is_empty() && (day.nth > 1 || what.business_date != what.today) {
        return Err(StoreError::Conflict("nothing_to_close"));
    }
    if what.counted.is_some() && day.later_shift {
        return Err(StoreError::Conflict("count_of_later_shift"));
    }
    let mut report = day.report(c, &rows, at).await?;
    match &day.shift {
        Some(turn) => {
            report.take_drawer(&shift::close_turn(c, turn, at, &what.actor, what.counted, &what.note).await?);
        }
        None => {
            let drawer = day.last_drawer(c, &what.business_date).await?;
            if let Some(drawer) = &drawer {
                report.take_drawer(drawer);
            }
            if drawer.is_none() || what.counted.is_some() {
                report.count(what.counted).map_err(StoreError::TooLarge)?;
            }
        }
    }
    let prev = sqlx::query("SELECT hash FROM z_report WHERE number = ?1").bind(day.number - 1);
    let prev = prev.fetch_optional(&mut *c).await?;
    let mut z = ZRow {
        number: day.number,
        business_date: what.business_date,
        nth: day.nth,
        after_at: day.after_at,
        closed_at: at,
        closed_by: what.actor,
        row_count: i64::try_from(rows.len()).unwrap_or(i64::MAX),
        sum: report.figures.net_fen,
        rows_hash: books::hash(&rows),
        report: serde_json::to_string(&report)?,
        note: what.note,
        prev_hash: prev.map_or_else(Vec::new, |row| row.get(0)),
        hash: Vec::new(),
    };
    z.hash = z.sealed();
    insert(c, &z).await?;
    books::seal(c, at).await?;
    let entry = Entry {
        at,
        actor: &z.closed_by,
        act: "day.closed",
        subject: format!("day:{}", z.business_date),
        before: serde_json::Value::Null,
        after: serde_json::json!({
            "z": z.number, "nth": z.nth, "rows": z.row_count, "sum_fen": z.sum, "rows_hash": hex::encode(&z.rows_hash),
            "expected_fen": report.expected_cash_fen, "counted_fen": report.counted_fen,
        }),
    };
    journal::append(c, entry).await?;
    request::note(c, &what.request_id, "close_day", z.number, what.at).await?;
    Ok(Act::New(z.number))
}

async fn insert(c: &mut SqliteConnection, z: &ZRow) -> Result<()> {
    sqlx::query(
        "INSERT INTO z_report (number, business_date, nth, after_at, closed_at, closed_by, row_count, sum_fen, rows_hash,
                               report, note, prev_hash, hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    )
    .bind(z.number)
    .bind(&z.business_date)
    .bind(z.nth)
    .bind(z.after_at)
    .bind(z.closed_at)
    .bind(&z.closed_by)
    .bind(z.row_count)
    .bind(z.sum.get())
    .bind(&z.rows_hash)
    .bind(&z.report)
    .bind(&z.note)
    .bind(&z.prev_hash)
    .bind(&z.hash)
    .execute(c)
    .await?;
    Ok(())
}

/// Received less refunded.
fn net(rows: &[Row]) -> Result<Fen> {
    Ok(report::figures(rows).map_err(StoreError::TooLarge)?.net_fen)
}

/// Whether what a Z says is what the books still say.
async fn is_intact(c: &mut SqliteConnection, z: &ZRow) -> Result<bool> {
    let before = sqlx::query("SELECT hash FROM z_report WHERE number = ?1").bind(z.number - 1);
    let before: Vec<u8> = before.fetch_optional(&mut *c).await?.map_or_else(Vec::new, |row| row.get(0));
    if z.hash != z.sealed() || z.prev_hash != before || (z.number > 1) == before.is_empty() {
        return Ok(false);
    }
    match books::of_day(c, &z.business_date, z.after_at, z.closed_at).await {
        Ok(rows) => Ok(books::hash(&rows) == z.rows_hash && rows.len() as i64 == z.row_count && net(&rows)? == z.sum),
        // Somebody wrote what no till writes.
        Err(StoreError::Corrupt(_)) => Ok(false),
        Err(cause) => Err(cause),
    }
}

async fn unclosed(c: &mut SqliteConnection, before: &str) -> Result<Vec<String>> {
    macro_rules! day_before {
        ($date:literal) => {
            concat!(
                "nullif(max(coalesce((SELECT max(business_date) FROM settlement WHERE business_date < ",
                $date,
                "), ''), coalesce((SELECT max(business_date) FROM refund WHERE business_date < ",
                $date,
                "), ''), coalesce((SELECT max(business_date) FROM cash_move WHERE business_date < ",
                $date,
                "), '')), '')"
            )
        };
    }
    // A step in the indexes for each day: their number counts, not the rows'.
    const UNCLOSED: &str = concat!(
        "WITH RECURSIVE d (day, n) AS (SELECT ",
        day_before!("?1"),
        ", 1 UNION ALL SELECT ",
        day_before!("d.day"),
        ", n + 1 FROM d WHERE d.day IS NOT NULL AND n < 60),
         closed (day, at) AS MATERIALIZED (
           SELECT day, coalesce((SELECT max(closed_at) FROM z_report WHERE business_date = day), 0)
           FROM d WHERE day IS NOT NULL)
         SELECT day FROM closed d
         WHERE EXISTS (SELECT 1 FROM settlement s WHERE s.business_date = d.day AND s.at > d.at)
            OR EXISTS (SELECT 1 FROM refund r WHERE r.business_date = d.day AND r.at > d.at)
            OR EXISTS (SELECT 1 FROM cash_move m WHERE m.business_date = d.day AND m.at > d.at)
         ORDER BY day"
    );
    let rows = sqlx::query(UNCLOSED).bind(before).fetch_all(c).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

async fn preview(c: &mut SqliteConnection, business_date: &str, now: i64) -> Result<DayPreview> {
    let day = day(c, business_date).await?;
    let rows = books::of_day(c, business_date, day.after_at, i64::MAX).await?;
    let mut report = day.report(c, &rows, now).await?;
    let drawer = match &day.shift {
        Some(turn) => Some(shift::report_so_far(c, turn, now).await?),
        None => day.last_drawer(c, business_date).await?,
    };
    if let Some(drawer) = &drawer {
        report.take_drawer(drawer);
    }
    Ok(DayPreview {
        number: day.number,
        nth: day.nth,
        report,
        shift_open: day.shift.is_some(),
        unclosed: unclosed(c, business_date).await?,
    })
}

impl Store {
    /// Closes a business day and answers with the number of its Z.
    pub async fn close_day(&self, what: CloseDay) -> Result<Act<i64>> {
        self.writer.write(move |c| Box::pin(close(c, what))).await
    }

    /// What closing a day would seal now.
    pub async fn day_preview(&self, business_date: &str, now: i64) -> Result<DayPreview> {
        // One snapshot: the report's parts must be of the same moment.
        let mut read = self.read.acquire().await?;
        let mut snapshot = read.begin().await?;
        preview(&mut snapshot, business_date, now).await
    }

    /// Closed days, newest first.
    pub async fn z_reports(&self, limit: u32) -> Result<Vec<ZRow>> {
        let rows = sqlx::query("SELECT * FROM z_report ORDER BY number DESC LIMIT ?1").bind(limit);
        rows.fetch_all(&self.read).await?.iter().map(ZRow::read).collect()
    }

    /// One closed day, checked against the books.
    pub async fn z_report(&self, number: i64) -> Result<ZChecked> {
        let mut read = self.read.acquire().await?;
        let mut snapshot = read.begin().await?;
        let row = sqlx::query("SELECT * FROM z_report WHERE number = ?1").bind(number);
        let row = row.fetch_optional(&mut *snapshot).await?.ok_or(StoreError::NotFound)?;
        let z = ZRow::read(&row)?;
        let intact = is_intact(&mut snapshot, &z).await?;
        let last = day(&mut snapshot, &z.business_date).await?.after_at;
        let later = books::of_day(&mut snapshot, &z.business_date, last, i64::MAX).await?;
        Ok(ZChecked {
            report: shift::stored(&z.report)?,
            intact,
            later: i64::try_from(later.len()).unwrap_or(i64::MAX),
            later_sum: net(&later)?,
            z,
        })
    }
}
