//! Programs that may open tickets.

use serde_json::{Value, json};
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use crate::Store;
use crate::error::{Result, StoreError};
use crate::journal::{self, Entry};
use crate::request::{self, Act};

/// A program as stored. `settings` is the engine's JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of the table, documented in the migration")]
pub struct ProgramRow {
    pub id: i64,
    pub protocol: String,
    pub key_id: String,
    pub settings: String,
    pub created_at: i64,
    pub revoked_at: Option<i64>,
    pub last_used_at: Option<i64>,
    pub last_address: String,
}

/// How busy a program is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProgramLoad {
    /// Which program.
    pub program_id: i64,
    /// Orders since the given instant.
    pub orders: i64,
    /// Callbacks that wait or were given up.
    pub undelivered: i64,
}

fn read(row: &SqliteRow) -> ProgramRow {
    ProgramRow {
        id: row.get("id"),
        protocol: row.get("protocol"),
        key_id: row.get("key_id"),
        settings: row.get("settings"),
        created_at: row.get("created_at"),
        revoked_at: row.get("revoked_at"),
        last_used_at: row.get("last_used_at"),
        last_address: row.get("last_address"),
    }
}

async fn one(c: &mut SqliteConnection, id: i64) -> Result<ProgramRow> {
    let row = sqlx::query("SELECT * FROM program WHERE id = ?1").bind(id).fetch_optional(c).await?;
    Ok(read(&row.ok_or(StoreError::NotFound)?))
}

/// A program whose key has not ended.
async fn live(c: &mut SqliteConnection, id: i64) -> Result<ProgramRow> {
    let program = one(c, id).await?;
    if program.revoked_at.is_some() { Err(StoreError::Conflict("program_revoked")) } else { Ok(program) }
}

async fn add(
    c: &mut SqliteConnection,
    request_id: &str,
    (protocol, key_id, settings): (&str, &str, &str),
    at: i64,
    actor: &str,
) -> Result<Act<ProgramRow>> {
    if let Some(id) = request::seen(c, request_id, "add_program").await? {
        return Ok(Act::Repeat(id));
    }
    let said: Value = serde_json::from_str(settings)?;
    let taken = sqlx::query("SELECT 1 FROM program WHERE key_id = ?1").bind(key_id).fetch_optional(&mut *c).await?;
    if taken.is_some() {
        return Err(StoreError::Conflict("key_id_taken"));
    }
    let row =
        sqlx::query("INSERT INTO program (protocol, key_id, settings, created_at) VALUES (?1, ?2, ?3, ?4) RETURNING *")
            .bind(protocol)
            .bind(key_id)
            .bind(settings)
            .bind(at)
            .fetch_one(&mut *c)
            .await?;
    let program = read(&row);
    request::note(c, request_id, "add_program", program.id, at).await?;
    let entry = Entry {
        at,
        actor,
        act: "program.added",
        subject: format!("program:{}", program.id),
        before: Value::Null,
        after: json!({ "protocol": protocol, "key_id": key_id, "settings": said }),
    };
    journal::append(c, entry).await?;
    Ok(Act::New(program))
}

async fn update(
    c: &mut SqliteConnection,
    request_id: &str,
    (id, settings): (i64, &str),
    at: i64,
    actor: &str,
) -> Result<()> {
    if request::seen(c, request_id, "update_program").await?.is_some() {
        return Ok(());
    }
    let after: Value = serde_json::from_str(settings)?;
    let before: Value = serde_json::from_str(&live(c, id).await?.settings)?;
    sqlx::query("UPDATE program SET settings = ?2 WHERE id = ?1").bind(id).bind(settings).execute(&mut *c).await?;
    request::note(c, request_id, "update_program", id, at).await?;
    let subject = format!("program:{id}");
    journal::append(c, Entry { at, actor, act: "program.changed", subject, before, after }).await
}

async fn end_key(
    c: &mut SqliteConnection,
    request_id: &str,
    (id, revoke): (i64, bool),
    at: i64,
    actor: &str,
) -> Result<()> {
    let verb = if revoke { "revoke_program" } else { "renew_program" };
    if request::seen(c, request_id, verb).await?.is_some() {
        return Ok(());
    }
    let key_id = live(c, id).await?.key_id;
    if revoke {
        sqlx::query("UPDATE program SET revoked_at = ?2 WHERE id = ?1").bind(id).bind(at).execute(&mut *c).await?;
    }
    request::note(c, request_id, verb, id, at).await?;
    let entry = Entry {
        at,
        actor,
        act: if revoke { "program.revoked" } else { "program.renewed" },
        subject: format!("program:{id}"),
        before: Value::Null,
        after: json!({ "key_id": key_id }),
    };
    journal::append(c, entry).await
}

impl Store {
    /// All programs, oldest first.
    pub async fn programs(&self) -> Result<Vec<ProgramRow>> {
        let rows = sqlx::query("SELECT * FROM program ORDER BY id").fetch_all(&self.read).await?;
        Ok(rows.iter().map(read).collect())
    }

    /// How busy each program is; `since` as Unix ms.
    pub async fn program_loads(&self, since: i64) -> Result<Vec<ProgramLoad>> {
        let rows = sqlx::query(
            "SELECT p.id, coalesce(o.orders, 0) AS orders,
                    (SELECT count(*) FROM callback k WHERE k.program_id = p.id AND k.delivered_at IS NULL) AS undelivered
             FROM program p LEFT JOIN (SELECT program_id, count(*) AS orders FROM ticket INDEXED BY ticket_opened
                                       WHERE opened_at >= ?1 AND program_id IS NOT NULL GROUP BY program_id) o
               ON o.program_id = p.id
             ORDER BY p.id",
        )
        .bind(since)
        .fetch_all(&self.read)
        .await?;
        let load = |row: &SqliteRow| ProgramLoad {
            program_id: row.get("id"),
            orders: row.get("orders"),
            undelivered: row.get("undelivered"),
        };
        Ok(rows.iter().map(load).collect())
    }

    /// Adds a program; journals it (`program.added`; subject `program:ID`). The journal has the settings, never a
    /// secret. `Conflict("key_id_taken")` if another has this name.
    pub async fn add_program(
        &self,
        request_id: &str,
        protocol: &str,
        key_id: &str,
        settings: String,
        at: i64,
        actor: &str,
    ) -> Result<Act<ProgramRow>> {
        let [request_id, protocol, key_id, actor] = [request_id, protocol, key_id, actor].map(str::to_owned);
        self.writer
            .write(move |c| {
                Box::pin(async move { add(c, &request_id, (&protocol, &key_id, &settings), at, &actor).await })
            })
            .await
    }

    /// Replaces a program's settings (`program.changed`). `Conflict("program_revoked")` once its key has ended.
    pub async fn update_program(
        &self,
        request_id: &str,
        id: i64,
        settings: String,
        at: i64,
        actor: &str,
    ) -> Result<()> {
        let [request_id, actor] = [request_id, actor].map(str::to_owned);
        self.writer
            .write(move |c| Box::pin(async move { update(c, &request_id, (id, &settings), at, &actor).await }))
            .await
    }

    /// Ends a program's key (`program.revoked`), or only notes that its secret was made anew (`program.renewed`).
    /// `Conflict("program_revoked")` once its key has ended.
    pub async fn end_program_key(&self, request_id: &str, id: i64, revoke: bool, at: i64, actor: &str) -> Result<()> {
        let [request_id, actor] = [request_id, actor].map(str::to_owned);
        self.writer
            .write(move |c| Box::pin(async move { end_key(c, &request_id, (id, revoke), at, &actor).await }))
            .await
    }

    /// Notes that a program was heard, at most once a second. Not journalled.
    pub async fn program_used(&self, id: i64, at: i64, address: &str) -> Result<()> {
        let address = address.to_owned();
        self.writer
            .write(move |c| {
                Box::pin(async move {
                    sqlx::query(
                        "UPDATE program SET last_used_at = ?2, last_address = ?3
                         WHERE id = ?1 AND (last_used_at IS NULL OR last_used_at <= ?2 - 1000)",
                    )
                    .bind(id)
                    .bind(at)
                    .bind(address)
                    .execute(c)
                    .await?;
                    Ok(())
                })
            })
            .await
    }
}
