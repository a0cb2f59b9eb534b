//! Requests the port refused, for the owner to see.

use sqlx::Row;

use crate::Store;
use crate::error::Result;

/// A refused request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusalRow {
    /// When.
    pub at: i64,
    /// From which address.
    pub address: String,
    /// On which path, without query.
    pub path: String,
    /// The device, if one was recognised.
    pub device_id: Option<i64>,
    /// Stable id of the cause.
    pub cause: String,
    /// More, without secrets.
    pub message: String,
}

impl Store {
    /// Notes a refusal.
    pub async fn refuse(&self, row: RefusalRow) -> Result<()> {
        self.writer
            .write(move |c| {
                Box::pin(async move {
                    sqlx::query(
                        "INSERT INTO refusal (at, address, path, device_id, cause, message) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                    )
                    .bind(row.at)
                    .bind(row.address)
                    .bind(row.path)
                    .bind(row.device_id)
                    .bind(row.cause)
                    .bind(row.message)
                    .execute(c)
                    .await?;
                    Ok(())
                })
            })
            .await
    }

    /// The newest refusals.
    pub async fn refusals(&self, limit: u32) -> Result<Vec<RefusalRow>> {
        let rows =
            sqlx::query("SELECT * FROM refusal ORDER BY id DESC LIMIT ?1").bind(limit).fetch_all(&self.read).await?;
        let read = |r: &sqlx::sqlite::SqliteRow| RefusalRow {
            at: r.get("at"),
            address: r.get("address"),
            path: r.get("path"),
            device_id: r.get("device_id"),
            cause: r.get("cause"),
            message: r.get("message"),
        };
        Ok(rows.iter().map(read).collect())
    }

    /// How many since `at`.
    pub async fn refused_since(&self, at: i64) -> Result<i64> {
        let row = sqlx::query("SELECT count(*) FROM refusal WHERE at >= ?1").bind(at).fetch_one(&self.read).await?;
        Ok(row.get(0))
    }
}
