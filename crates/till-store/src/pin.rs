//! Tries of PINs: counted before they are looked at, so that many at once are still many; and what a right one opens.

use serde_json::{Value, json};
use sqlx::{Row, SqliteConnection};

use crate::Store;
use crate::error::{Result, StoreError};
use crate::journal::{self, Entry};

/// Wrong PINs in a row before a person has to wait.
pub const FREE_TRIES: i64 = 5;
const FIRST_LOCK_MS: i64 = 60_000;
const LONGEST_LOCK_MS: i64 = 3_600_000;

/// A try that was counted and may be looked at. Whoever has one says how it went: [`Store::pin_right`] or
/// [`Store::pin_wrong`]; a try that is never looked at stays a wrong one.
#[derive(Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of the table, documented in the migration")]
pub struct PinTry {
    pub staff_id: i64,
    pub name: String,
    pub role: String,
    /// PHC text.
    pub pin_hash: String,
    /// Wrong PINs in a row, this one taken for one.
    pub failures: i64,
    /// No further try before this instant.
    pub locked_until: Option<i64>,
    locked_before: Option<i64>,
}

/// Who may be tried now.
#[derive(Clone, Default)]
pub struct PinTries {
    /// Counted, to be looked at.
    pub admitted: Vec<PinTry>,
    /// The soonest end of a wait, when somebody was not admitted.
    pub locked_until: Option<i64>,
}

/// What a right PIN opens.
#[derive(Clone, Debug)]
pub enum Opens {
    /// The till, for its person.
    Till,
    /// The owner's figures.
    Figures {
        /// Until when.
        until: i64,
    },
    /// One request of somebody else.
    Request {
        /// Its id.
        request_id: String,
        /// Until when.
        until: i64,
    },
}

/// A wait after so many wrong PINs in a row: a minute after the fifth, twice that after each further one, an hour at most.
fn wait_ms(failures: i64) -> Option<i64> {
    let doublings = failures.checked_sub(FREE_TRIES).filter(|n| *n >= 0)?.min(6);
    Some((FIRST_LOCK_MS << doublings).min(LONGEST_LOCK_MS))
}

async fn try_pins(c: &mut SqliteConnection, ids: &[i64], at: i64) -> Result<PinTries> {
    let mut tries = PinTries::default();
    for id in ids {
        let row = sqlx::query(
            "SELECT name, role, pin_hash, failures, locked_until FROM staff
             WHERE id = ?1 AND left_at IS NULL AND pin_hash IS NOT NULL",
        )
        .bind(id)
        .fetch_optional(&mut *c)
        .await?;
        let Some(row) = row else { continue };
        let locked_before: Option<i64> = row.get("locked_until");
        if let Some(until) = locked_before.filter(|until| *until > at) {
            tries.locked_until = Some(tries.locked_until.map_or(until, |sooner: i64| sooner.min(until)));
            continue;
        }
        let failures = row.get::<i64, _>("failures") + 1;
        let locked_until = wait_ms(failures).map(|wait| at.saturating_add(wait));
        sqlx::query("UPDATE staff SET failures = ?2, locked_until = ?3 WHERE id = ?1")
            .bind(id)
            .bind(failures)
            .bind(locked_until)
            .execute(&mut *c)
            .await?;
        tries.admitted.push(PinTry {
            staff_id: *id,
            name: row.get("name"),
            role: row.get("role"),
            pin_hash: row.get("pin_hash"),
            failures,
            locked_until,
            locked_before,
        });
    }
    Ok(tries)
}

async fn wrong(c: &mut SqliteConnection, tries: Vec<PinTry>, at: i64, actor: &str) -> Result<()> {
    for tried in tries {
        let entry = Entry {
            at,
            actor,
            act: "staff.pin_wrong",
            subject: format!("staff:{}", tried.staff_id),
            before: json!({ "failures": tried.failures - 1 }),
            after: json!({ "failures": tried.failures, "locked_until": tried.locked_until }),
        };
        journal::append(c, entry).await?;
    }
    Ok(())
}

async fn right(
    c: &mut SqliteConnection,
    (tried, others): (PinTry, Vec<PinTry>),
    opens: Opens,
    at: i64,
    actor: &str,
) -> Result<()> {
    let cleared = sqlx::query(
        "UPDATE staff SET failures = 0, locked_until = NULL WHERE id = ?1 AND left_at IS NULL AND pin_hash = ?2",
    )
    .bind(tried.staff_id)
    .bind(&tried.pin_hash)
    .execute(&mut *c)
    .await?;
    if cleared.rows_affected() == 0 {
        // The PIN was changed, or its person left, while it was looked at.
        return Err(StoreError::Conflict("pin_changed"));
    }
    // It was not theirs, and it was nobody's wrong PIN either.
    for other in others {
        sqlx::query("UPDATE staff SET failures = max(failures - 1, 0), locked_until = iif(locked_until IS ?2, ?3, locked_until) WHERE id = ?1")
            .bind(other.staff_id)
            .bind(other.locked_until)
            .bind(other.locked_before)
            .execute(&mut *c)
            .await?;
    }
    let person = format!("{}#{}", tried.name, tried.staff_id);
    let (act, subject, after) = match &opens {
        Opens::Till => ("staff.signed_in", format!("staff:{}", tried.staff_id), json!({ "role": tried.role })),
        Opens::Figures { until } => {
            ("figures.revealed", format!("staff:{}", tried.staff_id), json!({ "for": actor, "until": until }))
        }
        Opens::Request { request_id, until } => {
            sqlx::query(
                "INSERT INTO approval (request_id, actor, approved_by, at, until) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (request_id) DO UPDATE
                 SET actor = ?2, approved_by = ?3, at = ?4, until = ?5, used_at = NULL",
            )
            .bind(request_id)
            .bind(actor)
            .bind(&person)
            .bind(at)
            .bind(until)
            .execute(&mut *c)
            .await?;
            ("approval.given", format!("request:{request_id}"), json!({ "for": actor, "until": until }))
        }
    };
    let entry = Entry { at, actor: &person, act, subject, before: Value::Null, after };
    journal::append(c, entry).await
}

/// Journals that an approved request was done, once. The subject is the thing the act was about, where the verb tells
/// what it is, so that its history shows who allowed it.
pub(crate) async fn use_approval(
    c: &mut SqliteConnection,
    request_id: &str,
    verb: &str,
    subject: i64,
    at: i64,
) -> Result<()> {
    let row = sqlx::query(
        "UPDATE approval SET used_at = ?2 WHERE request_id = ?1 AND used_at IS NULL AND until > ?2
         RETURNING actor, approved_by",
    )
    .bind(request_id)
    .bind(at)
    .fetch_optional(&mut *c)
    .await?;
    let Some(row) = row else { return Ok(()) };
    let subject = match verb {
        "refund" => format!("ticket:{subject}"),
        "ignore" | "mark_item" | "return_item" => format!("inbox:{subject}"),
        "add_staff" | "update_staff" => format!("staff:{subject}"),
        _ => format!("request:{request_id}"),
    };
    let (actor, by): (&str, &str) = (row.get("actor"), row.get("approved_by"));
    let entry = Entry {
        at,
        actor,
        act: "approval.used",
        subject,
        before: Value::Null,
        after: json!({ "approved_by": by, "request": request_id, "verb": verb }),
    };
    journal::append(c, entry).await
}

impl Store {
    /// Counts a try for each of these people and hands out what it is compared with. Unknown people, those who left
    /// and those without a PIN are left out.
    pub async fn try_pins(&self, staff_ids: Vec<i64>, at: i64) -> Result<PinTries> {
        self.writer.write(move |c| Box::pin(async move { try_pins(c, &staff_ids, at).await })).await
    }

    /// The PIN was wrong: the count stands. `actor` is who stood there.
    pub async fn pin_wrong(&self, tries: Vec<PinTry>, at: i64, actor: &str) -> Result<()> {
        let actor = actor.to_owned();
        self.writer.write(move |c| Box::pin(async move { wrong(c, tries, at, &actor).await })).await
    }

    /// The PIN was that of `tried`: its count starts anew, that of the others is as before. `actor` is who stood there.
    pub async fn pin_right(
        &self,
        tried: PinTry,
        others: Vec<PinTry>,
        opens: Opens,
        at: i64,
        actor: &str,
    ) -> Result<()> {
        let actor = actor.to_owned();
        self.writer.write(move |c| Box::pin(async move { right(c, (tried, others), opens, at, &actor).await })).await
    }

    /// Journals that a request approved until after `at` was done, unless its act did.
    pub async fn approval_used(&self, request_id: &str, at: i64) -> Result<()> {
        let id = request_id.to_owned();
        self.writer.write(move |c| Box::pin(async move { use_approval(c, &id, "", 0, at).await })).await
    }

    /// Journals that somebody is no longer signed in.
    pub async fn signed_out(&self, staff_id: i64, idle: bool, at: i64, actor: &str) -> Result<()> {
        let actor = actor.to_owned();
        self.writer
            .write(move |c| {
                Box::pin(async move {
                    let entry = Entry {
                        at,
                        actor: &actor,
                        act: "staff.signed_out",
                        subject: format!("staff:{staff_id}"),
                        before: Value::Null,
                        after: json!({ "idle": idle }),
                    };
                    journal::append(c, entry).await
                })
            })
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::wait_ms;

    #[test]
    fn the_wait_doubles_up_to_an_hour() {
        let waits: Vec<_> = (3..14).map(wait_ms).collect();
        let minutes = |n: i64| Some(n * 60_000);
        let expected =
            [None, None, minutes(1), minutes(2), minutes(4), minutes(8), minutes(16), minutes(32), minutes(60)];
        assert_eq!(waits[..9], expected);
        assert_eq!((wait_ms(40), wait_ms(i64::MAX)), (minutes(60), minutes(60)));
    }
}
