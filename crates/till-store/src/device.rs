//! Paired phones. A contract with a provider has a row among them, which is no phone: nothing here sees it.

use std::collections::HashMap;

use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use crate::error::{Result, StoreError};
use crate::journal::{self, Entry};
use crate::request::{self, Act};
use crate::{Store, push};

/// A phone.
#[derive(Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of the table, documented in the migration")]
pub struct DeviceRow {
    pub id: i64,
    pub name: String,
    pub key: String,
    pub token: String,
    pub added_at: i64,
    pub revoked_at: Option<i64>,
    pub last_seen_at: Option<i64>,
    pub last_address: String,
    pub protocol: String,
    pub battery: Option<u8>,
    pub skew_ms: Option<i64>,
    pub heartbeat_at: Option<i64>,
    pub pushed_at: Option<i64>,
    pub receipt_at: Option<i64>,
    pub account_ids: Vec<i64>,
    /// Pushes received on the business day asked for.
    pub today: i64,
}

impl std::fmt::Debug for DeviceRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeviceRow").field("id", &self.id).field("name", &self.name).finish_non_exhaustive()
    }
}

/// A phone to be paired.
#[derive(Clone)]
#[allow(missing_docs, reason = "named as the columns they fill")]
pub struct NewDevice {
    pub request_id: String,
    pub actor: String,
    pub at: i64,
    pub name: String,
    pub key: String,
    pub token: String,
}

/// A sign of life.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "named as the columns they fill")]
pub struct DeviceSeen {
    pub device_id: i64,
    pub at: i64,
    pub address: String,
    pub protocol: &'static str,
    pub phone_at: Option<i64>,
    pub battery: Option<u8>,
}

fn read(row: &SqliteRow, accounts: &mut HashMap<i64, Vec<i64>>) -> DeviceRow {
    let id = row.get("id");
    DeviceRow {
        id,
        name: row.get("name"),
        key: row.get("key"),
        token: row.get("token"),
        added_at: row.get("added_at"),
        revoked_at: row.get("revoked_at"),
        last_seen_at: row.get("last_seen_at"),
        last_address: row.get("last_address"),
        protocol: row.get("protocol"),
        battery: row.get("battery"),
        skew_ms: row.get("skew_ms"),
        heartbeat_at: row.get("heartbeat_at"),
        pushed_at: row.get("pushed_at"),
        receipt_at: row.get("receipt_at"),
        account_ids: accounts.remove(&id).unwrap_or_default(),
        today: row.get("today"),
    }
}

async fn add(c: &mut SqliteConnection, new: NewDevice) -> Result<Act<i64>> {
    if let Some(id) = request::seen(c, &new.request_id, "add_device").await? {
        return Ok(Act::Repeat(id));
    }
    let row = sqlx::query("INSERT INTO device (name, key, token, added_at) VALUES (?1, ?2, ?3, ?4) RETURNING id")
        .bind(&new.name)
        .bind(&new.key)
        .bind(&new.token)
        .bind(new.at)
        .fetch_one(&mut *c)
        .await?;
    let id: i64 = row.get(0);
    request::note(c, &new.request_id, "add_device", id, new.at).await?;
    let entry = Entry {
        at: new.at,
        actor: &new.actor,
        act: "device.added",
        subject: format!("device:{id}"),
        before: serde_json::Value::Null,
        after: serde_json::json!({ "name": new.name }),
    };
    journal::append(c, entry).await?;
    Ok(Act::New(id))
}

impl Store {
    /// All phones, newest first. `since` is the start of today, for the day's count.
    pub async fn devices(&self, since: i64) -> Result<Vec<DeviceRow>> {
        let links = sqlx::query("SELECT device_id, account_id FROM device_account").fetch_all(&self.read).await?;
        let mut accounts: HashMap<i64, Vec<i64>> = HashMap::new();
        for link in &links {
            accounts.entry(link.get(0)).or_default().push(link.get(1));
        }
        let rows = sqlx::query(
            "SELECT d.*, (SELECT count(*) FROM receipt r WHERE r.device_id = d.id AND r.id IN
                          (SELECT id FROM receipt WHERE received_at >= ?1 ORDER BY id DESC LIMIT 5000)) AS today
             FROM device d WHERE d.gateway_id IS NULL ORDER BY d.id DESC",
        )
        .bind(since)
        .fetch_all(&self.read)
        .await?;
        Ok(rows.iter().map(|row| read(row, &mut accounts)).collect())
    }

    /// Pairs a phone.
    pub async fn add_device(&self, new: NewDevice) -> Result<Act<i64>> {
        self.writer.write(move |c| Box::pin(add(c, new))).await
    }

    /// Notes a sign of life. False if the device is unknown or revoked.
    pub async fn device_seen(&self, seen: DeviceSeen) -> Result<bool> {
        self.writer
            .write(move |c| {
                Box::pin(async move {
                    let row = sqlx::query(
                        "SELECT skew_ms FROM device WHERE id = ?1 AND revoked_at IS NULL AND gateway_id IS NULL",
                    ).bind(seen.device_id);
                    let Some(row) = row.fetch_optional(&mut *c).await? else { return Ok(false) };
                    let (skew, _) = push::clock(row.get(0), seen.phone_at, seen.at);
                    sqlx::query(
                        "UPDATE device SET last_seen_at = ?2, heartbeat_at = ?2, last_address = ?3, protocol = ?4, skew_ms = ?5,
                                           battery = coalesce(?6, battery) WHERE id = ?1",
                    )
                    .bind(seen.device_id)
                    .bind(seen.at)
                    .bind(seen.address)
                    .bind(seen.protocol)
                    .bind(skew)
                    .bind(seen.battery)
                    .execute(c)
                    .await?;
                    Ok(true)
                })
            })
            .await
    }

    /// Notes how far a refused phone's clock is off, so that the owner can see it.
    pub async fn device_skew(&self, device_id: i64, skew_ms: i64) -> Result<()> {
        self.writer
            .write(move |c| {
                Box::pin(async move {
                    let update = sqlx::query(
                        "UPDATE device SET skew_ms = ?2 WHERE id = ?1 AND last_seen_at IS NULL AND gateway_id IS NULL",
                    );
                    update.bind(device_id).bind(skew_ms).execute(c).await?;
                    Ok(())
                })
            })
            .await
    }

    /// Ends a device's key.
    pub async fn revoke_device(&self, request_id: &str, device_id: i64, at: i64, actor: &str) -> Result<()> {
        let (request_id, actor) = (request_id.to_owned(), actor.to_owned());
        self.writer
            .write(move |c| {
                Box::pin(async move {
                    if request::seen(c, &request_id, "revoke_device").await?.is_some() {
                        return Ok(());
                    }
                    let row = sqlx::query("SELECT revoked_at FROM device WHERE id = ?1 AND gateway_id IS NULL")
                        .bind(device_id);
                    let row = row.fetch_optional(&mut *c).await?.ok_or(StoreError::NotFound)?;
                    if row.get::<Option<i64>, _>(0).is_some() {
                        return Ok(());
                    }
                    let update = sqlx::query("UPDATE device SET revoked_at = ?2 WHERE id = ?1");
                    update.bind(device_id).bind(at).execute(&mut *c).await?;
                    request::note(c, &request_id, "revoke_device", device_id, at).await?;
                    let entry = Entry {
                        at,
                        actor: &actor,
                        act: "device.revoked",
                        subject: format!("device:{device_id}"),
                        before: serde_json::json!({ "revoked": false }),
                        after: serde_json::json!({ "revoked": true }),
                    };
                    journal::append(c, entry).await
                })
            })
            .await
    }

    /// Renames a device or limits it to accounts.
    pub async fn update_device(
        &self,
        request_id: &str,
        device_id: i64,
        name: Option<String>,
        account_ids: Option<Vec<i64>>,
        at: i64,
        actor: &str,
    ) -> Result<()> {
        let (request_id, actor) = (request_id.to_owned(), actor.to_owned());
        self.writer
            .write(move |c| {
                Box::pin(async move {
                    if request::seen(c, &request_id, "update_device").await?.is_some() {
                        return Ok(());
                    }
                    let row =
                        sqlx::query("SELECT name FROM device WHERE id = ?1 AND gateway_id IS NULL").bind(device_id);
                    let old: String = row.fetch_optional(&mut *c).await?.ok_or(StoreError::NotFound)?.get(0);
                    let update = sqlx::query("UPDATE device SET name = coalesce(?2, name) WHERE id = ?1");
                    update.bind(device_id).bind(&name).execute(&mut *c).await?;
                    if let Some(ids) = &account_ids {
                        let clear = sqlx::query("DELETE FROM device_account WHERE device_id = ?1");
                        clear.bind(device_id).execute(&mut *c).await?;
                        for id in ids {
                            let known = sqlx::query("SELECT 1 FROM account WHERE id = ?1").bind(id);
                            known.fetch_optional(&mut *c).await?.ok_or(StoreError::NotFound)?;
                            let link = sqlx::query("INSERT OR IGNORE INTO device_account VALUES (?1, ?2)");
                            link.bind(device_id).bind(id).execute(&mut *c).await?;
                        }
                    }
                    request::note(c, &request_id, "update_device", device_id, at).await?;
                    let entry = Entry {
                        at,
                        actor: &actor,
                        act: "device.changed",
                        subject: format!("device:{device_id}"),
                        before: serde_json::json!({ "name": old }),
                        after: serde_json::json!({ "name": name, "accounts": account_ids }),
                    };
                    journal::append(c, entry).await
                })
            })
            .await
    }

    /// Delays (received − phone's time − skew) of today's pushes, for the median.
    pub async fn delays(&self, since: i64) -> Result<Vec<(i64, i64)>> {
        let rows = sqlx::query(
            "SELECT p.device_id, p.received_at - p.phone_at - d.skew_ms AS delay
             FROM (SELECT * FROM push ORDER BY id DESC LIMIT 500) p JOIN device d ON d.id = p.device_id AND d.gateway_id IS NULL
             WHERE p.received_at >= ?1 AND p.phone_at IS NOT NULL AND d.skew_ms IS NOT NULL",
        )
        .bind(since)
        .fetch_all(&self.read)
        .await?;
        Ok(rows.iter().map(|r| (r.get(0), r.get(1))).collect())
    }
}
