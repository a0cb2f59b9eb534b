//! People who work the till. They leave, they are never deleted: the journal names them.

use serde_json::json;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use crate::Store;
use crate::error::{Result, StoreError};
use crate::journal::{self, Entry};
use crate::request::{self, Act};

/// A person as stored. The hash of the PIN stays in the store until a PIN is tried.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of the table, documented in the migration")]
pub struct StaffRow {
    pub id: i64,
    pub name: String,
    /// `owner`, `manager` or `cashier`.
    pub role: String,
    pub has_pin: bool,
    pub failures: i64,
    pub locked_until: Option<i64>,
    pub added_at: i64,
    pub left_at: Option<i64>,
}

/// A person about to be added.
#[derive(Clone)]
#[allow(missing_docs, reason = "named as the columns they fill")]
pub struct NewStaff {
    pub request_id: String,
    pub actor: String,
    pub at: i64,
    pub name: String,
    pub role: &'static str,
    /// PHC text.
    pub pin_hash: Option<String>,
}

/// What changes about a person; null leaves as it is.
#[derive(Clone)]
#[allow(missing_docs, reason = "named as the columns they fill")]
pub struct ChangeStaff {
    pub request_id: String,
    pub actor: String,
    pub at: i64,
    pub staff_id: i64,
    pub name: Option<String>,
    pub role: Option<&'static str>,
    pub pin_hash: Option<String>,
    pub left: Option<bool>,
}

const COLUMNS: &str =
    "SELECT id, name, role, pin_hash IS NOT NULL AS has_pin, failures, locked_until, added_at, left_at
FROM staff ";

pub(crate) fn read(row: &SqliteRow) -> StaffRow {
    StaffRow {
        id: row.get("id"),
        name: row.get("name"),
        role: row.get("role"),
        has_pin: row.get("has_pin"),
        failures: row.get("failures"),
        locked_until: row.get("locked_until"),
        added_at: row.get("added_at"),
        left_at: row.get("left_at"),
    }
}

fn shown(row: &StaffRow) -> serde_json::Value {
    json!({ "name": row.name, "role": row.role, "has_pin": row.has_pin, "left": row.left_at.is_some() })
}

async fn one(c: &mut SqliteConnection, id: i64) -> Result<StaffRow> {
    let sql = format!("{COLUMNS}WHERE id = ?1");
    // The text is put together from constants.
    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(c).await?;
    Ok(read(&row.ok_or(StoreError::NotFound)?))
}

/// An owner with a PIN works here: the till is guarded, and must stay so.
async fn guarded(c: &mut SqliteConnection) -> Result<bool> {
    let row = sqlx::query(
        "SELECT EXISTS (SELECT 1 FROM staff WHERE role = 'owner' AND pin_hash IS NOT NULL AND left_at IS NULL)",
    );
    Ok(row.fetch_one(c).await?.get(0))
}

/// Names are unique among those who work here.
async fn check_name(c: &mut SqliteConnection, name: &str, id: i64) -> Result<()> {
    let taken = sqlx::query("SELECT 1 FROM staff WHERE name = ?1 AND left_at IS NULL AND id <> ?2")
        .bind(name)
        .bind(id)
        .fetch_optional(c)
        .await?;
    if taken.is_some() { Err(StoreError::Conflict("name_taken")) } else { Ok(()) }
}

async fn add(c: &mut SqliteConnection, new: NewStaff) -> Result<Act<i64>> {
    if let Some(id) = request::seen(c, &new.request_id, "add_staff").await? {
        return Ok(Act::Repeat(id));
    }
    if !(guarded(c).await? || new.role == "owner" && new.pin_hash.is_some()) {
        return Err(StoreError::Conflict("first_is_owner"));
    }
    check_name(c, &new.name, 0).await?;
    let row = sqlx::query("INSERT INTO staff (name, role, pin_hash, added_at) VALUES (?1, ?2, ?3, ?4) RETURNING id")
        .bind(&new.name)
        .bind(new.role)
        .bind(&new.pin_hash)
        .bind(new.at)
        .fetch_one(&mut *c)
        .await?;
    let id: i64 = row.get(0);
    let entry = Entry {
        at: new.at,
        actor: &new.actor,
        act: "staff.added",
        subject: format!("staff:{id}"),
        before: serde_json::Value::Null,
        after: shown(&one(c, id).await?),
    };
    journal::append(c, entry).await?;
    request::note(c, &new.request_id, "add_staff", id, new.at).await?;
    Ok(Act::New(id))
}

async fn change(c: &mut SqliteConnection, new: ChangeStaff) -> Result<Act<i64>> {
    if let Some(id) = request::seen(c, &new.request_id, "update_staff").await? {
        return Ok(Act::Repeat(id));
    }
    let before = one(c, new.staff_id).await?;
    let left_at = match new.left {
        None => before.left_at,
        Some(false) => None,
        Some(true) => before.left_at.or(Some(new.at)),
    };
    let name = new.name.as_ref().unwrap_or(&before.name);
    if left_at.is_none() {
        check_name(c, name, before.id).await?;
    }
    // A new PIN starts anew: its person may try at once.
    sqlx::query(
        "UPDATE staff SET name = ?2, role = ?3, left_at = ?4, pin_hash = coalesce(?5, pin_hash),
           failures = iif(?5 IS NULL, failures, 0), locked_until = iif(?5 IS NULL, locked_until, NULL) WHERE id = ?1",
    )
    .bind(before.id)
    .bind(name)
    .bind(new.role.unwrap_or(&before.role))
    .bind(left_at)
    .bind(&new.pin_hash)
    .execute(&mut *c)
    .await?;
    if !guarded(c).await? {
        return Err(StoreError::Conflict("last_owner"));
    }
    let mut after = shown(&one(c, before.id).await?);
    after["new_pin"] = json!(new.pin_hash.is_some());
    let entry = Entry {
        at: new.at,
        actor: &new.actor,
        act: "staff.changed",
        subject: format!("staff:{}", before.id),
        before: shown(&before),
        after,
    };
    journal::append(c, entry).await?;
    request::note(c, &new.request_id, "update_staff", before.id, new.at).await?;
    Ok(Act::New(before.id))
}

impl Store {
    /// All people: those who work here in the order added, then those who left.
    pub async fn staff(&self) -> Result<Vec<StaffRow>> {
        let sql = format!("{COLUMNS}ORDER BY left_at IS NOT NULL, id");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(&self.read).await?;
        Ok(rows.iter().map(read).collect())
    }

    /// Adds a person. The first must be an owner with a PIN.
    pub async fn add_staff(&self, new: NewStaff) -> Result<Act<i64>> {
        self.writer.write(move |c| Box::pin(add(c, new))).await
    }

    /// Changes a person. An owner with a PIN must remain.
    pub async fn change_staff(&self, new: ChangeStaff) -> Result<Act<i64>> {
        self.writer.write(move |c| Box::pin(change(c, new))).await
    }
}
