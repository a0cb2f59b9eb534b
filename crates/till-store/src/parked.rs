//! Drafts set aside (挂单).

use sqlx::Row;
use till_core::price::Sale;

use crate::error::{Result, StoreError};
use crate::{Store, request};

/// A draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParkedRow {
    /// Its id.
    pub id: i64,
    /// When it was set aside.
    pub at: i64,
    /// What was rung up.
    pub sale: Sale,
}

impl Store {
    /// Drafts, oldest first.
    pub async fn parked(&self) -> Result<Vec<ParkedRow>> {
        let rows = sqlx::query("SELECT id, at, sale FROM parked WHERE taken_by IS NULL ORDER BY id")
            .fetch_all(&self.read)
            .await?;
        let read = |r: &sqlx::sqlite::SqliteRow| {
            Ok(ParkedRow { id: r.get(0), at: r.get(1), sale: serde_json::from_str(&r.get::<String, _>(2))? })
        };
        rows.iter().map(read).collect()
    }

    /// Sets a draft aside.
    pub async fn park(&self, request_id: &str, sale: &Sale, at: i64) -> Result<()> {
        let (id, sale) = (request_id.to_owned(), serde_json::to_string(sale)?);
        self.writer
            .write(move |c| {
                Box::pin(async move {
                    if request::seen(c, &id, "park").await?.is_some() {
                        return Ok(());
                    }
                    request::note(c, &id, "park", 0, at).await?;
                    sqlx::query("INSERT INTO parked (at, sale) VALUES (?1, ?2)").bind(at).bind(sale).execute(c).await?;
                    Ok(())
                })
            })
            .await
    }

    /// Takes a draft back; the same request id gets it again.
    pub async fn unpark(&self, request_id: &str, parked_id: i64) -> Result<Sale> {
        let taken_by = request_id.to_owned();
        self.writer
            .write(move |c| {
                Box::pin(async move {
                    let row = sqlx::query(
                        "UPDATE parked SET taken_by = ?2 WHERE id = ?1 AND coalesce(taken_by, ?2) = ?2 RETURNING sale",
                    )
                    .bind(parked_id)
                    .bind(taken_by);
                    let row = row.fetch_optional(c).await?.ok_or(StoreError::NotFound)?;
                    Ok(serde_json::from_str(&row.get::<String, _>(0))?)
                })
            })
            .await
    }
}
