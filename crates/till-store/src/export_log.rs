//! The log of files written for somebody.

use sqlx::{Row, sqlite::SqliteRow};

use crate::Store;
use crate::error::Result;
use crate::journal::{self, Entry};

/// A file that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of the table, documented in the migration")]
pub struct ExportRow {
    pub id: i64,
    pub request_id: String,
    pub at: i64,
    pub actor: String,
    pub what: String,
    pub preset: String,
    pub columns_version: i64,
    pub from: String,
    pub to: String,
    pub filter: String,
    pub file: String,
    pub rows: i64,
    /// In fen.
    pub sum: i64,
    /// Hex.
    pub sha256: String,
}

fn read(row: &SqliteRow) -> ExportRow {
    ExportRow {
        id: row.get("id"),
        request_id: row.get("request_id"),
        at: row.get("at"),
        actor: row.get("actor"),
        what: row.get("what"),
        preset: row.get("preset"),
        columns_version: row.get("columns_version"),
        from: row.get("from_date"),
        to: row.get("to_date"),
        filter: row.get("filter"),
        file: row.get("file"),
        rows: row.get("row_count"),
        sum: row.get("sum_fen"),
        sha256: row.get("sha256"),
    }
}

impl Store {
    /// Notes a file; its `id` is given here. The same request again changes nothing.
    pub async fn note_export(&self, new: ExportRow) -> Result<()> {
        self.writer
            .write(move |c| {
                Box::pin(async move {
                    let added = sqlx::query(
                        "INSERT INTO export_log (request_id, at, actor, what, preset, columns_version, from_date, to_date,
                                                 filter, file, row_count, sum_fen, sha256)
                         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (request_id) DO NOTHING",
                    )
                    .bind(&new.request_id)
                    .bind(new.at)
                    .bind(&new.actor)
                    .bind(&new.what)
                    .bind(&new.preset)
                    .bind(new.columns_version)
                    .bind(&new.from)
                    .bind(&new.to)
                    .bind(&new.filter)
                    .bind(&new.file)
                    .bind(new.rows)
                    .bind(new.sum)
                    .bind(&new.sha256)
                    .execute(&mut *c)
                    .await?;
                    if added.rows_affected() == 0 {
                        return Ok(());
                    }
                    let entry = Entry {
                        at: new.at,
                        actor: &new.actor,
                        act: "export.made",
                        subject: format!("export:{}", added.last_insert_rowid()),
                        before: serde_json::Value::Null,
                        after: serde_json::json!({
                            "what": new.what, "preset": new.preset, "from": new.from, "to": new.to, "file": new.file,
                            "rows": new.rows, "sum_fen": new.sum, "sha256": new.sha256,
                        }),
                    };
                    journal::append(c, entry).await
                })
            })
            .await
    }

    /// The file of a request, if it was written.
    pub async fn export_of(&self, request_id: &str) -> Result<Option<ExportRow>> {
        let row = sqlx::query("SELECT * FROM export_log WHERE request_id = ?1");
        Ok(row.bind(request_id).fetch_optional(&self.read).await?.as_ref().map(read))
    }

    /// The newest business date that a night's files were written for, up to `to`.
    pub async fn last_nightly(&self, to: &str) -> Result<Option<String>> {
        let row = sqlx::query(
            "SELECT max(to_date) FROM export_log WHERE request_id >= 'nightly/' AND request_id < 'nightly0' AND to_date <= ?1",
        );
        Ok(row.bind(to).fetch_one(&self.read).await?.get(0))
    }

    /// Files, newest first.
    pub async fn exports(&self, limit: u32) -> Result<Vec<ExportRow>> {
        let rows = sqlx::query("SELECT * FROM export_log ORDER BY id DESC LIMIT ?1").bind(limit);
        Ok(rows.fetch_all(&self.read).await?.iter().map(read).collect())
    }

    /// Rows of the books on business days `from`–`to` that were written after an instant.
    pub async fn rows_since(&self, from: &str, to: &str, after: i64) -> Result<i64> {
        let row = sqlx::query(
            "SELECT (SELECT count(*) FROM settlement WHERE business_date BETWEEN ?1 AND ?2 AND at > ?3)
                  + (SELECT count(*) FROM refund WHERE business_date BETWEEN ?1 AND ?2 AND at > ?3)",
        );
        Ok(row.bind(from).bind(to).bind(after).fetch_one(&self.read).await?.get(0))
    }
}
