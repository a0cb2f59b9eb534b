//! Reads a till's SQLite file from outside, to see what is really on the disk.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection, Row};

/// Gives the phone of a stopped till a key that others have published signatures for.
pub fn give_key(data: &Path, device_id: i64, key: &str) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let options = SqliteConnectOptions::new().filename(data.join("till.db"));
        let mut connection = SqliteConnection::connect_with(&options).await?;
        let update = sqlx::query("UPDATE device SET key = ?1 WHERE id = ?2").bind(key).bind(device_id);
        anyhow::ensure!(update.execute(&mut connection).await?.rows_affected() == 1, "no device {device_id}");
        Ok(connection.close().await?)
    })
}

/// Lets a ticket of a stopped till run out at an instant: nobody waits a minute for the shortest order there is.
pub fn set_expiry(data: &Path, ticket_id: i64, at: i64) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let options = SqliteConnectOptions::new().filename(data.join("till.db"));
        let mut connection = SqliteConnection::connect_with(&options).await?;
        let update = sqlx::query("UPDATE ticket SET expires_at = ?1 WHERE id = ?2").bind(at).bind(ticket_id);
        anyhow::ensure!(update.execute(&mut connection).await?.rows_affected() == 1, "no ticket {ticket_id}");
        Ok(connection.close().await?)
    })
}

/// An open book, read only.
pub struct Book {
    runtime: tokio::runtime::Runtime,
    connection: SqliteConnection,
}

impl Book {
    /// Opens `till.db` in a data directory.
    pub fn open(data: &Path) -> Result<Book> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let options = SqliteConnectOptions::new()
            .filename(data.join("till.db"))
            .read_only(true)
            .busy_timeout(Duration::from_secs(10));
        let connection = runtime.block_on(SqliteConnection::connect_with(&options)).context("opening till.db")?;
        Ok(Book { runtime, connection })
    }

    /// The first column of the first row, as a number.
    pub fn number(&mut self, sql: &'static str) -> Result<i64> {
        let row = self.runtime.block_on(sqlx::query(sql).fetch_one(&mut self.connection)).context(sql)?;
        Ok(row.try_get(0)?)
    }

    /// The first column of every row, as numbers.
    pub fn numbers(&mut self, sql: &'static str) -> Result<Vec<i64>> {
        let rows = self.runtime.block_on(sqlx::query(sql).fetch_all(&mut self.connection)).context(sql)?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// Fails unless SQLite finds the file whole and every reference in it kept.
    pub fn is_whole(&mut self) -> Result<()> {
        let check = "PRAGMA integrity_check";
        let row = self.runtime.block_on(sqlx::query(check).fetch_one(&mut self.connection))?;
        let verdict: String = row.try_get(0)?;
        anyhow::ensure!(verdict == "ok", "integrity_check: {verdict}");
        let broken = self.runtime.block_on(sqlx::query("PRAGMA foreign_key_check").fetch_all(&mut self.connection))?;
        anyhow::ensure!(broken.is_empty(), "{} broken references", broken.len());
        Ok(())
    }

    /// Fails if any ticket was settled by itself more than once, any money was told of and is in no place where a
    /// person or a ticket has it, or the books of a ticket do not add up.
    pub fn adds_up(&mut self) -> Result<()> {
        self.is_whole()?;
        for (what, sql) in [
            (
                "tickets with two automatic settlements",
                "SELECT count(*) FROM (SELECT 1 FROM settlement WHERE how = 'auto' GROUP BY ticket_id HAVING count(*) > 1)",
            ),
            (
                "receipts in no settlement and not in the inbox",
                "SELECT count(*) FROM receipt r WHERE NOT EXISTS (SELECT 1 FROM settlement s WHERE s.receipt_id = r.id)
                 AND NOT EXISTS (SELECT 1 FROM inbox i WHERE i.receipt_id = r.id)",
            ),
            (
                "pushes read as money without a receipt",
                "SELECT count(*) FROM push p WHERE p.verdict = 'receipt'
                 AND NOT EXISTS (SELECT 1 FROM receipt r WHERE r.id = p.id)",
            ),
            (
                "paid tickets without a settlement",
                "SELECT count(*) FROM ticket t WHERE t.status = 'paid'
                 AND NOT EXISTS (SELECT 1 FROM settlement s WHERE s.ticket_id = t.id)",
            ),
            (
                "settled tickets that are not paid",
                "SELECT count(*) FROM settlement s JOIN ticket t ON t.id = s.ticket_id WHERE t.status <> 'paid'",
            ),
            (
                "automatic settlements of another amount than was due",
                "SELECT count(*) FROM settlement s JOIN ticket t ON t.id = s.ticket_id
                 WHERE s.how = 'auto' AND s.amount_fen <> t.due_fen",
            ),
        ] {
            let found = self.number(sql)?;
            anyhow::ensure!(found == 0, "{found} {what}");
        }
        Ok(())
    }
}
