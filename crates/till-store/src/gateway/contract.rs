//! Contracts with payment providers, and the pseudo-devices their money comes from.

use serde_json::{Value, json};
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};
use till_core::Channel;

use crate::Store;
use crate::error::{Result, StoreError};
use crate::journal::{self, Entry};
use crate::request::{self, Act};
use crate::ticket::channel;

/// A contract as stored. `settings` is the engine's JSON, without secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of the table, documented in the migration")]
pub struct GatewayRow {
    pub id: i64,
    pub provider: Channel,
    /// The device its money comes from. It is no phone, and listed with none.
    pub device_id: i64,
    pub settings: String,
    pub created_at: i64,
    pub ended_at: Option<i64>,
}

/// A contract to be added.
#[derive(Clone)]
#[allow(missing_docs, reason = "named as the columns they fill")]
pub struct AddGateway {
    pub request_id: String,
    pub actor: String,
    pub at: i64,
    pub provider: Channel,
    pub settings: String,
    pub name: String,
    /// Random, at least 32 characters: a device must have one, this one opens nothing.
    pub key: String,
    /// The same.
    pub token: String,
}

impl std::fmt::Debug for AddGateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AddGateway").field("provider", &self.provider).field("name", &self.name).finish_non_exhaustive()
    }
}

macro_rules! gateways {
    ($which:literal) => {
        concat!("SELECT g.*, d.id AS device_id FROM gateway g JOIN device d ON d.gateway_id = g.id ", $which)
    };
}

fn read(row: &SqliteRow) -> Result<GatewayRow> {
    Ok(GatewayRow {
        id: row.get("id"),
        provider: channel(row, "provider")?,
        device_id: row.get("device_id"),
        settings: row.get("settings"),
        created_at: row.get("created_at"),
        ended_at: row.get("ended_at"),
    })
}

/// A contract that has not ended.
pub(super) async fn live(c: &mut SqliteConnection, id: i64) -> Result<GatewayRow> {
    let row = sqlx::query(gateways!("WHERE g.id = ?1")).bind(id).fetch_optional(c).await?;
    let gateway = read(&row.ok_or(StoreError::NotFound)?)?;
    if gateway.ended_at.is_some() { Err(StoreError::Conflict("gateway_ended")) } else { Ok(gateway) }
}

async fn add(c: &mut SqliteConnection, new: AddGateway) -> Result<Act<GatewayRow>> {
    if let Some(id) = request::seen(c, &new.request_id, "add_gateway").await? {
        return Ok(Act::Repeat(id));
    }
    let settings: Value = serde_json::from_str(&new.settings)?;
    let row = sqlx::query("INSERT INTO gateway (provider, settings, created_at) VALUES (?1, ?2, ?3) RETURNING id")
        .bind(new.provider.as_str())
        .bind(&new.settings)
        .bind(new.at)
        .fetch_one(&mut *c)
        .await?;
    let id: i64 = row.get(0);
    sqlx::query("INSERT INTO device (name, key, token, added_at, gateway_id) VALUES (?1, ?2, ?3, ?4, ?5)")
        .bind(&new.name)
        .bind(&new.key)
        .bind(&new.token)
        .bind(new.at)
        .bind(id)
        .execute(&mut *c)
        .await?;
    request::note(c, &new.request_id, "add_gateway", id, new.at).await?;
    let entry = Entry {
        at: new.at,
        actor: &new.actor,
        act: "gateway.added",
        subject: format!("gateway:{id}"),
        before: Value::Null,
        after: json!({ "provider": new.provider, "settings": settings }),
    };
    journal::append(c, entry).await?;
    Ok(Act::New(live(c, id).await?))
}

async fn update(
    c: &mut SqliteConnection,
    request_id: &str,
    (id, settings): (i64, &str),
    at: i64,
    actor: &str,
) -> Result<()> {
    if request::seen(c, request_id, "update_gateway").await?.is_some() {
        return Ok(());
    }
    let after: Value = serde_json::from_str(settings)?;
    let before: Value = serde_json::from_str(&live(c, id).await?.settings)?;
    sqlx::query("UPDATE gateway SET settings = ?2 WHERE id = ?1").bind(id).bind(settings).execute(&mut *c).await?;
    sqlx::query(
        "UPDATE device SET name = coalesce(nullif(CAST(?2 ->> '$.settings.name' AS TEXT), ''), name) WHERE gateway_id = ?1",
    )
    .bind(id)
    .bind(settings)
    .execute(&mut *c)
    .await?;
    request::note(c, request_id, "update_gateway", id, at).await?;
    let subject = format!("gateway:{id}");
    journal::append(c, Entry { at, actor, act: "gateway.changed", subject, before, after }).await
}

async fn end(c: &mut SqliteConnection, request_id: &str, id: i64, at: i64, actor: &str) -> Result<()> {
    if request::seen(c, request_id, "end_gateway").await?.is_some() {
        return Ok(());
    }
    live(c, id).await?;
    let row = sqlx::query(
        "SELECT EXISTS (SELECT 1 FROM trade WHERE gateway_id = ?1 AND next_at IS NOT NULL)
             OR EXISTS (SELECT 1 FROM gateway_refund r JOIN trade t ON t.id = r.trade_id
                        WHERE t.gateway_id = ?1 AND r.next_at IS NOT NULL)",
    );
    if row.bind(id).fetch_one(&mut *c).await?.get(0) {
        return Err(StoreError::Conflict("gateway_busy"));
    }
    sqlx::query("UPDATE gateway SET ended_at = ?2 WHERE id = ?1").bind(id).bind(at).execute(&mut *c).await?;
    request::note(c, request_id, "end_gateway", id, at).await?;
    let entry = Entry {
        at,
        actor,
        act: "gateway.ended",
        subject: format!("gateway:{id}"),
        before: json!({ "ended": false }),
        after: json!({ "ended": true }),
    };
    journal::append(c, entry).await
}

/// What was done with the passphrase that locks the contracts' keys up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PassphraseAct {
    /// The first one.
    Chosen,
    /// Another one instead.
    Changed,
    /// It was given up, and what it locked up with it.
    Forgotten,
}

impl PassphraseAct {
    const fn as_str(self) -> &'static str {
        match self {
            PassphraseAct::Chosen => "passphrase.chosen",
            PassphraseAct::Changed => "passphrase.changed",
            PassphraseAct::Forgotten => "passphrase.forgotten",
        }
    }
}

async fn note_passphrase(
    c: &mut SqliteConnection,
    request_id: &str,
    act: PassphraseAct,
    at: i64,
    actor: &str,
) -> Result<()> {
    if request::seen(c, request_id, "passphrase").await?.is_some() {
        return Ok(());
    }
    request::note(c, request_id, "passphrase", 0, at).await?;
    let subject = "contracts".to_owned();
    let entry = Entry { at, actor, act: act.as_str(), subject, before: Value::Null, after: Value::Null };
    journal::append(c, entry).await
}

impl Store {
    /// Notes that the contracts' passphrase was chosen, changed or given up (`passphrase.…`; subject `contracts`). The
    /// passphrase itself is none of the book's business.
    pub async fn note_passphrase(&self, request_id: &str, act: PassphraseAct, at: i64, actor: &str) -> Result<()> {
        let [request_id, actor] = [request_id, actor].map(str::to_owned);
        self.writer
            .write(move |c| Box::pin(async move { note_passphrase(c, &request_id, act, at, &actor).await }))
            .await
    }

    /// Adds a contract with its pseudo-device (`gateway.added`; subject `gateway:ID`).
    pub async fn add_gateway(&self, new: AddGateway) -> Result<Act<GatewayRow>> {
        self.writer.write(move |c| Box::pin(add(c, new))).await
    }

    /// Replaces a contract's settings (`gateway.changed`); its device takes the name `settings.name` in them.
    /// `Conflict("gateway_ended")` once it has ended.
    pub async fn update_gateway(
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

    /// Ends a contract (`gateway.ended`). `Conflict("gateway_busy")` while one of its trades or refunds has a next step,
    /// `Conflict("gateway_ended")` once it has ended.
    pub async fn end_gateway(&self, request_id: &str, id: i64, at: i64, actor: &str) -> Result<()> {
        let [request_id, actor] = [request_id, actor].map(str::to_owned);
        self.writer.write(move |c| Box::pin(async move { end(c, &request_id, id, at, &actor).await })).await
    }

    /// All contracts, oldest first, ended ones too.
    pub async fn gateways(&self) -> Result<Vec<GatewayRow>> {
        let rows = sqlx::query(gateways!("ORDER BY g.id")).fetch_all(&self.read).await?;
        rows.iter().map(read).collect()
    }
}
