//! The outbox: notices to programs, and how each attempt went.

use std::collections::HashMap;

use serde_json::{Value, json};
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use crate::Store;
use crate::batch::Batch;
use crate::error::{Result, StoreError};
use crate::journal::{Entry, Head};

/// A callback as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of the table, documented in the migration")]
pub struct CallbackRow {
    pub created_at: i64,
    pub attempts: i64,
    pub next_at: Option<i64>,
    pub delivered_at: Option<i64>,
}

/// An attempt as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of the table, documented in the migration")]
pub struct AttemptRow {
    pub order_id: i64,
    pub nth: i64,
    pub at: i64,
    pub actor: String,
    pub outcome: String,
    pub status: Option<i64>,
    pub duration_ms: i64,
    pub answer: Vec<u8>,
    pub cause: String,
}

/// A callback that is to be sent now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of the table, documented in the migration")]
pub struct DueCallback {
    pub order_id: i64,
    pub program_id: i64,
    pub attempts: i64,
}

/// So much of an answer is kept.
const ANSWER_BYTES: usize = 1024;

/// The actor of attempts that nobody asked for.
const TILL: &str = "till";

/// Adds to a batch that a program is to be told of its order's money. One row per order, whatever happens, and none
/// where there is nobody to tell.
pub(crate) fn owe(batch: &mut Batch, order_id: i64, at: i64) {
    batch
        .add(
            "INSERT INTO callback (order_id, program_id, created_at, next_at)
             SELECT id, program_id, ?, ? FROM program_order WHERE id = ? AND notify_url <> ''
             ON CONFLICT (order_id) DO NOTHING",
        )
        .bind(at)
        .bind(at)
        .bind(order_id);
}

fn due(row: &SqliteRow) -> DueCallback {
    DueCallback { order_id: row.get("order_id"), program_id: row.get("program_id"), attempts: row.get("attempts") }
}

/// Claims what is due, so many of each program.
async fn claim_due(
    c: &mut SqliteConnection,
    now: i64,
    claim_until: i64,
    programs: Vec<(i64, u32)>,
) -> Result<Vec<DueCallback>> {
    let mut claimed = Vec::new();
    for (program_id, most) in programs {
        let rows = sqlx::query(
            "UPDATE callback SET claimed_until = ?3
             WHERE order_id IN (SELECT order_id FROM callback INDEXED BY callback_due
                                WHERE program_id = ?1 AND next_at <= ?2 AND claimed_until <= ?2
                                ORDER BY next_at LIMIT ?4)
             RETURNING order_id, program_id, attempts, next_at",
        )
        .bind(program_id)
        .bind(now)
        .bind(claim_until)
        .bind(most)
        .fetch_all(&mut *c)
        .await?;
        claimed.extend(rows.iter().map(|row| (row.get::<i64, _>("next_at"), due(row))));
    }
    claimed.sort_by_key(|(next_at, callback)| (*next_at, callback.order_id));
    Ok(claimed.into_iter().map(|(_, callback)| callback).collect())
}

async fn claim_one(c: &mut SqliteConnection, order_id: i64, now: i64, claim_until: i64) -> Result<DueCallback> {
    let row = sqlx::query("SELECT * FROM callback WHERE order_id = ?1").bind(order_id).fetch_optional(&mut *c).await?;
    let row = row.ok_or(StoreError::NotFound)?;
    if row.get::<Option<i64>, _>("delivered_at").is_some() {
        return Err(StoreError::Conflict("callback_delivered"));
    }
    if row.get::<i64, _>("claimed_until") > now {
        return Err(StoreError::Conflict("callback_busy"));
    }
    sqlx::query("UPDATE callback SET claimed_until = ?2 WHERE order_id = ?1")
        .bind(order_id)
        .bind(claim_until)
        .execute(c)
        .await?;
    Ok(due(&row))
}

macro_rules! known {
    ($before:literal) => {
        concat!(
            $before,
            "SELECT attempts, next_at, delivered_at, (SELECT seq FROM journal ORDER BY seq DESC LIMIT 1) AS seq,
                    (SELECT hash FROM journal ORDER BY seq DESC LIMIT 1) AS hash
             FROM callback WHERE order_id = ?1"
        )
    };
}

async fn note(
    c: &mut SqliteConnection,
    alone: bool,
    mut attempt: AttemptRow,
    next_at: Option<i64>,
) -> Result<((), Batch)> {
    let row = sqlx::query(if alone { known!("BEGIN IMMEDIATE;\n") } else { known!("") })
        .bind(attempt.order_id)
        .fetch_optional(c)
        .await?
        .ok_or(StoreError::NotFound)?;
    attempt.nth = row.get::<i64, _>("attempts") + 1;
    attempt.answer.truncate(ANSWER_BYTES);
    let waited = row.get::<Option<i64>, _>("next_at").is_some();
    let before: Option<i64> = row.get("delivered_at");
    let delivered_at = before.or((attempt.outcome == "delivered").then_some(attempt.at));
    let next_at = if delivered_at.is_some() { None } else { next_at };
    let mut batch = Batch::default();
    let mut head = Head::from_parts(row.get("seq"), row.get("hash"));
    let mut journal = |batch: &mut Batch, act| {
        let entry = Entry {
            at: attempt.at,
            actor: &attempt.actor,
            act,
            subject: format!("ticket:{}", attempt.order_id),
            before: Value::Null,
            after: json!({ "nth": attempt.nth, "outcome": attempt.outcome, "status": attempt.status }),
        };
        head.append(batch, &entry);
    };
    if attempt.actor != TILL {
        journal(&mut batch, "callback.sent_again");
    }
    if delivered_at != before {
        journal(&mut batch, "callback.delivered");
    } else if waited && delivered_at.is_none() && next_at.is_none() {
        journal(&mut batch, "callback.given_up");
    }
    write_attempt(&mut batch, attempt, next_at, delivered_at);
    Ok(((), batch))
}

fn write_attempt(batch: &mut Batch, attempt: AttemptRow, next_at: Option<i64>, delivered_at: Option<i64>) {
    let AttemptRow { order_id, nth, at, actor, outcome, status, duration_ms, answer, cause } = attempt;
    batch
        .add(
            "INSERT INTO callback_attempt (order_id, nth, at, actor, outcome, status, duration_ms, answer, cause)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(order_id)
        .bind(nth)
        .bind(at)
        .bind(actor)
        .bind(outcome)
        .bind(status)
        .bind(duration_ms)
        .bind(answer)
        .bind(cause)
        .add("UPDATE callback SET attempts = ?, next_at = ?, claimed_until = 0, delivered_at = ? WHERE order_id = ?")
        .bind(nth)
        .bind(next_at)
        .bind(delivered_at)
        .bind(order_id);
}

impl Store {
    /// Callbacks whose time has come and that nobody is sending, oldest first; at most `per_program` of each program,
    /// less what `in_flight` says of it. Each is claimed until `claim_until`, so that nobody else sends it.
    pub async fn claim_callbacks(
        &self,
        now: i64,
        claim_until: i64,
        per_program: u32,
        in_flight: Vec<(i64, u32)>,
    ) -> Result<Vec<DueCallback>> {
        let waiting = sqlx::query(
            "SELECT id FROM program p WHERE EXISTS (SELECT 1 FROM callback k INDEXED BY callback_due
               WHERE k.program_id = p.id AND k.next_at <= ?1 AND k.claimed_until <= ?1)",
        )
        .bind(now)
        .fetch_all(&self.read)
        .await?;
        let in_flight: HashMap<i64, u32> = in_flight.into_iter().collect();
        let room = |id: i64| per_program.saturating_sub(in_flight.get(&id).copied().unwrap_or(0));
        let programs: Vec<(i64, u32)> =
            waiting.iter().map(|row| row.get(0)).map(|id| (id, room(id))).filter(|(_, most)| *most > 0).collect();
        if programs.is_empty() {
            return Ok(Vec::new());
        }
        self.writer.write(move |c| Box::pin(claim_due(c, now, claim_until, programs))).await
    }

    /// When the next callback is to be sent, or when a claim ends without a word of its attempt; none if none waits.
    /// It is in the past while a program has more due than it may have in flight: wait for one of them to end.
    pub async fn next_callback(&self) -> Result<Option<i64>> {
        let row = sqlx::query(
            "SELECT min(at) FROM (
               SELECT (SELECT next_at FROM callback k INDEXED BY callback_due
                       WHERE k.program_id = p.id AND k.next_at IS NOT NULL AND k.claimed_until = 0
                       ORDER BY k.next_at LIMIT 1) AS at FROM program p
               UNION ALL
               SELECT min(max(next_at, claimed_until)) FROM callback INDEXED BY callback_claimed
               WHERE claimed_until > 0 AND next_at IS NOT NULL)",
        )
        .fetch_one(&self.read)
        .await?;
        Ok(row.get(0))
    }

    /// At the start: claims of a till that is gone are void.
    pub async fn drop_claims(&self) -> Result<()> {
        self.writer
            .write(move |c| {
                Box::pin(async move {
                    sqlx::query("UPDATE callback SET claimed_until = 0 WHERE claimed_until > 0").execute(c).await?;
                    Ok(())
                })
            })
            .await
    }

    /// Claims one callback that a person wants sent again; `NotFound` if nothing is owed,
    /// `Conflict("callback_busy")` while it is being sent, `Conflict("callback_delivered")` once it was delivered.
    pub async fn claim_callback(&self, order_id: i64, now: i64, claim_until: i64) -> Result<DueCallback> {
        self.writer.write(move |c| Box::pin(claim_one(c, order_id, now, claim_until))).await
    }

    /// Stores an attempt (its `nth` is given here), ends the claim, and says when the next one is due (`next_at`, null:
    /// delivered or given up). Once delivered it stays so, whatever a later attempt heard. Journals delivery
    /// (`callback.delivered`), giving up (`callback.given_up`) and every attempt that a person asked for
    /// (`callback.sent_again`), subject `ticket:ID`.
    pub async fn note_attempt(&self, attempt: AttemptRow, next_at: Option<i64>) -> Result<()> {
        self.writer.write_batch(move |c, alone| Box::pin(note(c, alone, attempt, next_at)), |()| {}).await
    }

    /// The attempts of some orders, oldest first.
    pub async fn attempts(&self, order_ids: Vec<i64>) -> Result<Vec<AttemptRow>> {
        let rows = sqlx::query(
            "SELECT * FROM callback_attempt WHERE order_id IN (SELECT value FROM json_each(?1)) ORDER BY order_id, nth",
        )
        .bind(serde_json::to_string(&order_ids)?)
        .fetch_all(&self.read)
        .await?;
        let attempt = |row: &SqliteRow| AttemptRow {
            order_id: row.get("order_id"),
            nth: row.get("nth"),
            at: row.get("at"),
            actor: row.get("actor"),
            outcome: row.get("outcome"),
            status: row.get("status"),
            duration_ms: row.get("duration_ms"),
            answer: row.get("answer"),
            cause: row.get("cause"),
        };
        Ok(rows.iter().map(attempt).collect())
    }

    /// Callbacks that are not delivered.
    pub async fn undelivered(&self) -> Result<i64> {
        let row = sqlx::query("SELECT count(*) FROM callback WHERE delivered_at IS NULL").fetch_one(&self.read).await?;
        Ok(row.get(0))
    }
}
