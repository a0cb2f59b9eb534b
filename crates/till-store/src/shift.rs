//! Shifts: a person's turn at the drawer, and the cash that moves in it.

use sqlx::{Connection, Row, SqliteConnection, sqlite::SqliteRow};
use till_core::Fen;
use till_core::report::{self, CashKind, CashMove, Denomination, Report};

use crate::error::{Result, StoreError};
use crate::journal::{self, Entry};
use crate::request::{self, Act};
use crate::ticket::fen;
use crate::{Store, books};

/// A shift with its report: live while it is open, as it was written when closed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of the table, documented in the migration")]
pub struct ShiftRow {
    pub id: i64,
    pub business_date: String,
    pub opened_at: i64,
    pub opened_by: String,
    pub closed_at: Option<i64>,
    pub closed_by: Option<String>,
    pub note: String,
    pub report: Report,
    /// Oldest first.
    pub moves: Vec<CashMove>,
}

/// A shift to be opened.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "named as the columns they fill")]
pub struct OpenShift {
    pub request_id: String,
    pub actor: String,
    pub at: i64,
    pub business_date: String,
    pub float: Fen,
}

/// Cash to be put into the drawer or taken out.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "named as the columns they fill")]
pub struct MoveCash {
    pub request_id: String,
    pub actor: String,
    pub at: i64,
    pub business_date: String,
    pub kind: CashKind,
    pub amount: Fen,
    pub reason: String,
}

/// A shift to be closed.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "named as the columns they fill")]
pub struct CloseShift {
    pub request_id: String,
    pub actor: String,
    pub at: i64,
    /// None: nobody counted.
    pub counted: Option<Vec<Denomination>>,
    pub note: String,
}

/// A shift without its rows.
pub(crate) struct Turn {
    pub(crate) id: i64,
    pub(crate) business_date: String,
    pub(crate) opened_at: i64,
    float: Fen,
    closed_at: Option<i64>,
    opened_by: String,
    closed_by: Option<String>,
    note: String,
    report: Option<String>,
}

fn turn(row: &SqliteRow) -> Result<Turn> {
    Ok(Turn {
        id: row.get("id"),
        business_date: row.get("business_date"),
        opened_at: row.get("opened_at"),
        float: fen(row, "float_fen")?,
        closed_at: row.get("closed_at"),
        opened_by: row.get("opened_by"),
        closed_by: row.get("closed_by"),
        note: row.get("note"),
        report: row.get("report"),
    })
}

/// The shift that is open.
pub(crate) async fn open_turn(c: &mut SqliteConnection) -> Result<Option<Turn>> {
    let row = sqlx::query("SELECT * FROM shift WHERE closed_at IS NULL").fetch_optional(c).await?;
    row.as_ref().map(turn).transpose()
}

/// The report of a shift from its rows so far.
pub(crate) async fn report_so_far(c: &mut SqliteConnection, turn: &Turn, upto: i64) -> Result<Report> {
    // Rows that were written under a clock since set back are in the drawer all the same.
    let rows = books::of_span(c, turn.opened_at, i64::MAX).await?;
    let beside = books::beside(c).await?;
    report::report(turn.opened_at, upto.max(turn.opened_at), turn.float, &rows, beside).map_err(StoreError::TooLarge)
}

/// The report that a shift or a closed day was written with.
pub(crate) fn stored(report: &str) -> Result<Report> {
    Ok(serde_json::from_str(report)?)
}

async fn full(c: &mut SqliteConnection, turn: Turn, now: i64) -> Result<ShiftRow> {
    let report = match &turn.report {
        Some(report) => stored(report)?,
        None => report_so_far(c, &turn, now).await?,
    };
    let moves = sqlx::query("SELECT * FROM cash_move WHERE shift_id = ?1 ORDER BY id").bind(turn.id);
    let moves = moves.fetch_all(c).await?.iter().map(books::cash_move).collect::<Result<_>>()?;
    Ok(ShiftRow {
        id: turn.id,
        business_date: turn.business_date,
        opened_at: turn.opened_at,
        opened_by: turn.opened_by,
        closed_at: turn.closed_at,
        closed_by: turn.closed_by,
        note: turn.note,
        report,
        moves,
    })
}

async fn one(c: &mut SqliteConnection, id: i64, now: i64) -> Result<ShiftRow> {
    let row = sqlx::query("SELECT * FROM shift WHERE id = ?1").bind(id).fetch_optional(&mut *c).await?;
    full(c, turn(&row.ok_or(StoreError::NotFound)?)?, now).await
}

async fn open(c: &mut SqliteConnection, what: OpenShift) -> Result<Act<ShiftRow>> {
    if let Some(id) = request::seen(c, &what.request_id, "open_shift").await? {
        return Ok(Act::Repeat(id));
    }
    if open_turn(c).await?.is_some() {
        return Err(StoreError::Conflict("shift_open"));
    }
    let at = books::boundary(c, what.at).await?;
    let row = sqlx::query(
        "INSERT INTO shift (business_date, opened_at, opened_by, float_fen) VALUES (?1, ?2, ?3, ?4) RETURNING id",
    );
    let row = row.bind(&what.business_date).bind(at).bind(&what.actor).bind(what.float.get());
    let id: i64 = row.fetch_one(&mut *c).await?.get(0);
    books::seal(c, at).await?;
    let entry = Entry {
        at,
        actor: &what.actor,
        act: "shift.opened",
        subject: format!("shift:{id}"),
        before: serde_json::Value::Null,
        after: serde_json::json!({ "business_date": what.business_date, "float_fen": what.float }),
    };
    journal::append(c, entry).await?;
    request::note(c, &what.request_id, "open_shift", id, what.at).await?;
    Ok(Act::New(one(c, id, at).await?))
}

async fn move_cash(c: &mut SqliteConnection, what: MoveCash) -> Result<Act<i64>> {
    if let Some(id) = request::seen(c, &what.request_id, "move_cash").await? {
        return Ok(Act::Repeat(id));
    }
    let turn = open_turn(c).await?.ok_or(StoreError::Conflict("no_shift"))?;
    let at = books::after_seal(c, what.at).await?;
    let before = report_so_far(c, &turn, at).await?.expected_cash_fen;
    // More than should be there cannot be taken out: then the float or an earlier movement is missing.
    if what.kind == CashKind::Out && what.amount > before {
        return Err(StoreError::Conflict("drawer_holds_less"));
    }
    let row = sqlx::query(
        "INSERT INTO cash_move (shift_id, kind, amount_fen, reason, at, business_date, actor)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING id",
    );
    let row = row.bind(turn.id).bind(what.kind.as_str()).bind(what.amount.get()).bind(&what.reason).bind(at);
    let row = row.bind(&what.business_date).bind(&what.actor).fetch_one(&mut *c).await?;
    let signed = if what.kind == CashKind::In { before.plus(what.amount) } else { before.minus(what.amount) };
    let after = signed.map_err(StoreError::TooLarge)?;
    let entry = Entry {
        at,
        actor: &what.actor,
        act: if what.kind == CashKind::In { "cash.in" } else { "cash.out" },
        subject: format!("shift:{}", turn.id),
        before: serde_json::json!({ "expected_cash_fen": before }),
        after: serde_json::json!({
            "move": row.get::<i64, _>(0), "amount_fen": what.amount, "reason": what.reason,
            "expected_cash_fen": after,
        }),
    };
    journal::append(c, entry).await?;
    request::note(c, &what.request_id, "move_cash", turn.id, what.at).await?;
    Ok(Act::New(turn.id))
}

/// Closes a shift at `at`, in the transaction of whoever closes it; `at` is a boundary of all its rows.
pub(crate) async fn close_turn(
    c: &mut SqliteConnection,
    turn: &Turn,
    at: i64,
    actor: &str,
    counted: Option<Vec<Denomination>>,
    note: &str,
) -> Result<Report> {
    let mut report = report_so_far(c, turn, at).await?;
    report.count(counted).map_err(StoreError::TooLarge)?;
    sqlx::query(
        "UPDATE shift SET closed_at = ?2, closed_by = ?3, expected_fen = ?4, counted_fen = ?5, counted = ?6, note = ?7,
                          report = ?8 WHERE id = ?1",
    )
    .bind(turn.id)
    .bind(at)
    .bind(actor)
    .bind(report.expected_cash_fen.get())
    .bind(report.counted_fen.map(Fen::get))
    .bind(serde_json::to_string(&report.counted)?)
    .bind(note)
    .bind(serde_json::to_string(&report)?)
    .execute(&mut *c)
    .await?;
    books::seal(c, at).await?;
    let entry = Entry {
        at,
        actor,
        act: "shift.closed",
        subject: format!("shift:{}", turn.id),
        before: serde_json::json!({ "opened_at": turn.opened_at, "opened_by": turn.opened_by }),
        after: serde_json::json!({
            "expected_fen": report.expected_cash_fen, "counted_fen": report.counted_fen,
            "difference_fen": report.difference_fen, "net_fen": report.figures.net_fen, "rows": report.figures.rows,
        }),
    };
    journal::append(c, entry).await?;
    Ok(report)
}

async fn close(c: &mut SqliteConnection, what: CloseShift) -> Result<Act<ShiftRow>> {
    if let Some(id) = request::seen(c, &what.request_id, "close_shift").await? {
        return Ok(Act::Repeat(id));
    }
    let turn = open_turn(c).await?.ok_or(StoreError::Conflict("no_shift"))?;
    let at = books::boundary(c, what.at).await?;
    close_turn(c, &turn, at, &what.actor, what.counted, &what.note).await?;
    request::note(c, &what.request_id, "close_shift", turn.id, what.at).await?;
    Ok(Act::New(one(c, turn.id, at).await?))
}

impl Store {
    /// Opens a shift. One is open at a time.
    pub async fn open_shift(&self, what: OpenShift) -> Result<Act<ShiftRow>> {
        self.writer.write(move |c| Box::pin(open(c, what))).await
    }

    /// Puts cash into the open shift's drawer or takes it out; answers with the shift.
    pub async fn move_cash(&self, what: MoveCash) -> Result<Act<i64>> {
        self.writer.write(move |c| Box::pin(move_cash(c, what))).await
    }

    /// Closes the open shift.
    pub async fn close_shift(&self, what: CloseShift) -> Result<Act<ShiftRow>> {
        self.writer.write(move |c| Box::pin(close(c, what))).await
    }

    /// The open shift with its report so far.
    pub async fn shift_now(&self, now: i64) -> Result<Option<ShiftRow>> {
        // One snapshot: the report's parts must be of the same moment.
        let mut read = self.read.acquire().await?;
        let mut snapshot = read.begin().await?;
        match open_turn(&mut snapshot).await? {
            Some(turn) => Ok(Some(full(&mut snapshot, turn, now).await?)),
            None => Ok(None),
        }
    }

    /// One shift.
    pub async fn shift(&self, id: i64, now: i64) -> Result<ShiftRow> {
        let mut read = self.read.acquire().await?;
        let mut snapshot = read.begin().await?;
        one(&mut snapshot, id, now).await
    }

    /// Shifts, newest first; those that one person opened, or all.
    pub async fn shifts(&self, staff_id: Option<i64>, limit: u32, now: i64) -> Result<Vec<ShiftRow>> {
        let mut read = self.read.acquire().await?;
        let mut snapshot = read.begin().await?;
        let rows = sqlx::query(
            // `name#id`: people change their names, and no name holds a `#`.
            "SELECT * FROM shift WHERE ?1 IS NULL OR opened_by LIKE '%#' || ?1 ORDER BY id DESC LIMIT ?2",
        );
        let rows = rows.bind(staff_id).bind(limit).fetch_all(&mut *snapshot).await?;
        let mut shifts = Vec::with_capacity(rows.len());
        for row in &rows {
            shifts.push(full(&mut snapshot, turn(row)?, now).await?);
        }
        Ok(shifts)
    }
}
