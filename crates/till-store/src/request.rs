//! Acts by request id: doing one twice does it once.

use sqlx::{Row, SqliteConnection};

use crate::Store;
use crate::batch::Batch;
use crate::error::{Result, StoreError};
use crate::pin;

/// An act that was done now, or had been done under the same request id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act<T> {
    /// Done now.
    New(T),
    /// Done before, on this subject; nothing changed.
    Repeat(i64),
}

/// The subject of an earlier act with this id, if there was one.
pub(crate) async fn seen(connection: &mut SqliteConnection, id: &str, verb: &str) -> Result<Option<i64>> {
    let row =
        sqlx::query("SELECT verb, subject_id FROM request WHERE id = ?1").bind(id).fetch_optional(connection).await?;
    match row {
        None => Ok(None),
        Some(row) if row.get::<String, _>(0) == verb => Ok(Some(row.get(1))),
        Some(_) => Err(StoreError::RequestReused),
    }
}

pub(crate) async fn note(connection: &mut SqliteConnection, id: &str, verb: &str, subject: i64, at: i64) -> Result<()> {
    sqlx::query("INSERT INTO request (id, verb, subject_id, at) VALUES (?1, ?2, ?3, ?4)")
        .bind(id)
        .bind(verb)
        .bind(subject)
        .bind(at)
        .execute(&mut *connection)
        .await?;
    // Where somebody had to allow it, the journal says so with the act itself.
    pin::use_approval(connection, id, verb, subject, at).await
}

/// Adds the note to a batch.
pub(crate) fn note_in(batch: &mut Batch, id: &str, verb: &'static str, subject: i64, at: i64) {
    batch
        .add("INSERT INTO request (id, verb, subject_id, at) VALUES (?, ?, ?, ?)")
        .bind(id)
        .bind(verb)
        .bind(subject)
        .bind(at);
}

impl Store {
    /// True when an act was done under this request id.
    pub async fn request_done(&self, id: &str) -> Result<bool> {
        let row = sqlx::query("SELECT 1 FROM request WHERE id = ?1").bind(id).fetch_optional(&self.read).await?;
        Ok(row.is_some())
    }

    /// Notes that an act made of several acts was done.
    pub async fn request_noted(&self, id: &str, verb: &'static str, at: i64) -> Result<()> {
        let id = id.to_owned();
        self.writer
            .write(move |c| {
                Box::pin(async move {
                    match seen(c, &id, verb).await? {
                        Some(_) => Ok(()),
                        None => note(c, &id, verb, 0, at).await,
                    }
                })
            })
            .await
    }

    /// Clears request ids, approvals and refusals older than `before`.
    pub async fn clear_old(&self, before: i64) -> Result<()> {
        self.writer
            .write(move |c| {
                Box::pin(async move {
                    sqlx::query("DELETE FROM request WHERE at < ?; DELETE FROM refusal WHERE at < ?; DELETE FROM approval WHERE at < ?")
                        .bind(before)
                        .bind(before)
                        .bind(before)
                        .execute(c)
                        .await?;
                    Ok(())
                })
            })
            .await
    }
}
