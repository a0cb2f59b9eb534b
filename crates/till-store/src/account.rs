//! Receiving accounts and their codes.

use std::collections::HashSet;

use sqlx::{Row, SqliteConnection};
use till_core::due::Payable;
use till_core::{Channel, Fen};

use crate::error::{Result, StoreError};
use crate::journal::{self, Entry};
use crate::ticket::{OfferRow, channel, fen_or_none};
use crate::{Store, request};

/// A code in use.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of the table, documented in the migration")]
pub struct CodeRow {
    pub id: i64,
    pub payload: String,
    pub kind: String,
    pub amount: Option<Fen>,
    pub added_at: i64,
}

/// An account with its codes in use.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of the table, documented in the migration")]
pub struct AccountRow {
    pub id: i64,
    pub channel: Channel,
    pub label: String,
    pub enabled: bool,
    pub codes: Vec<CodeRow>,
}

/// A code to be added.
#[derive(Clone, Debug)]
pub struct NewCode {
    /// Doing it twice does it once.
    pub request_id: String,
    /// Who.
    pub actor: String,
    /// When.
    pub at: i64,
    /// To this account, or to a new one.
    pub account_id: Option<i64>,
    /// Channel of a new account; must agree with an old one's.
    pub channel: Channel,
    /// Name of a new account.
    pub label: String,
    /// What the code says.
    pub payload: String,
    /// Its kind, for the screen.
    pub kind: String,
    /// The amount of a fixed-amount code.
    pub amount: Option<Fen>,
}

/// An enabled account as the choice of a due amount sees it.
pub(crate) struct PayableAccount {
    pub(crate) payable: Payable,
    label: String,
    codes: Vec<(i64, String, Option<Fen>)>,
}

impl PayableAccount {
    /// The code to show for an amount: the fixed one if there is one.
    pub(crate) fn offer(&self, amount: Fen) -> Option<(i64, OfferRow)> {
        let find = |wanted: Option<Fen>| self.codes.iter().find(|(_, _, a)| *a == wanted);
        let (id, payload, fixed) = find(Some(amount)).or_else(|| find(None))?;
        let offer = OfferRow {
            account_id: self.payable.account_id,
            channel: self.payable.channel,
            label: self.label.clone(),
            payload: payload.clone(),
            fixed: fixed.is_some(),
        };
        Some((*id, offer))
    }
}

/// Enabled accounts in order, with their open codes and the fixed ones between two amounts.
pub(crate) async fn payable(c: &mut SqliteConnection, low: i64, high: i64) -> Result<Vec<PayableAccount>> {
    let rows = sqlx::query(
        "SELECT a.id, a.channel, a.label, c.id AS code_id, c.payload, c.amount_fen
         FROM account a JOIN code c ON c.account_id = a.id AND c.retired_at IS NULL
         WHERE a.enabled = 1 AND (c.amount_fen IS NULL OR c.amount_fen BETWEEN ?1 AND ?2)
         ORDER BY a.position, a.id, c.id",
    )
    .bind(low)
    .bind(high)
    .fetch_all(c)
    .await?;
    let mut accounts: Vec<PayableAccount> = Vec::new();
    for row in &rows {
        let id: i64 = row.get("id");
        if accounts.last().is_none_or(|a| a.payable.account_id != id) {
            let payable =
                Payable { account_id: id, channel: channel(row, "channel")?, any_amount: false, fixed: HashSet::new() };
            accounts.push(PayableAccount { payable, label: row.get("label"), codes: Vec::new() });
        }
        let Some(account) = accounts.last_mut() else { continue };
        let amount = fen_or_none(row, "amount_fen")?;
        match amount {
            None => account.payable.any_amount = true,
            Some(amount) => drop(account.payable.fixed.insert(amount)),
        }
        account.codes.push((row.get("code_id"), row.get("payload"), amount));
    }
    Ok(accounts)
}

async fn add(c: &mut SqliteConnection, new: NewCode) -> Result<()> {
    if request::seen(c, &new.request_id, "add_code").await?.is_some() {
        return Ok(());
    }
    let account_id = match new.account_id {
        Some(id) => {
            let row = sqlx::query("SELECT channel FROM account WHERE id = ?1").bind(id).fetch_optional(&mut *c).await?;
            if channel(&row.ok_or(StoreError::NotFound)?, "channel")? != new.channel {
                return Err(StoreError::Conflict("account_of_other_channel"));
            }
            id
        }
        None => {
            let row = sqlx::query(
                "INSERT INTO account (channel, label, position, created_at)
                 VALUES (?1, ?2, (SELECT coalesce(max(position), 0) + 1 FROM account), ?3) RETURNING id",
            )
            .bind(new.channel.as_str())
            .bind(&new.label)
            .bind(new.at)
            .fetch_one(&mut *c)
            .await?;
            row.get(0)
        }
    };
    let old = sqlx::query(
        "UPDATE code SET retired_at = ?3
         WHERE account_id = ?1 AND coalesce(amount_fen, 0) = coalesce(?2, 0) AND retired_at IS NULL RETURNING payload",
    )
    .bind(account_id)
    .bind(new.amount.map(Fen::get))
    .bind(new.at)
    .fetch_optional(&mut *c)
    .await?;
    let old: Option<String> = old.map(|r| r.get(0));
    sqlx::query("INSERT INTO code (account_id, payload, kind, amount_fen, added_at) VALUES (?1, ?2, ?3, ?4, ?5)")
        .bind(account_id)
        .bind(&new.payload)
        .bind(&new.kind)
        .bind(new.amount.map(Fen::get))
        .bind(new.at)
        .execute(&mut *c)
        .await?;
    request::note(c, &new.request_id, "add_code", account_id, new.at).await?;
    let entry = Entry {
        at: new.at,
        actor: &new.actor,
        act: if old.is_some() { "code.changed" } else { "code.added" },
        subject: format!("account:{account_id}"),
        before: serde_json::json!({ "payload": old }),
        after: serde_json::json!({ "payload": new.payload, "channel": new.channel, "amount_fen": new.amount }),
    };
    journal::append(c, entry).await
}

impl Store {
    /// All accounts in the order they are offered.
    pub async fn accounts(&self) -> Result<Vec<AccountRow>> {
        let rows = sqlx::query(
            "SELECT a.id, a.channel, a.label, a.enabled, c.id AS code_id, c.payload, c.kind, c.amount_fen, c.added_at
             FROM account a LEFT JOIN code c ON c.account_id = a.id AND c.retired_at IS NULL
             ORDER BY a.position, a.id, c.amount_fen, c.id",
        )
        .fetch_all(&self.read)
        .await?;
        let mut accounts: Vec<AccountRow> = Vec::new();
        for row in &rows {
            let id: i64 = row.get("id");
            if accounts.last().is_none_or(|a| a.id != id) {
                let (label, enabled) = (row.get("label"), row.get("enabled"));
                accounts.push(AccountRow { id, channel: channel(row, "channel")?, label, enabled, codes: Vec::new() });
            }
            if let (Some(account), Some(code_id)) = (accounts.last_mut(), row.get::<Option<i64>, _>("code_id")) {
                account.codes.push(CodeRow {
                    id: code_id,
                    payload: row.get("payload"),
                    kind: row.get("kind"),
                    amount: fen_or_none(row, "amount_fen")?,
                    added_at: row.get("added_at"),
                });
            }
        }
        Ok(accounts)
    }

    /// Adds a code; one for the same account and amount is retired.
    pub async fn add_code(&self, new: NewCode) -> Result<()> {
        self.writer.write(move |c| Box::pin(add(c, new))).await
    }

    /// Takes a code out of use.
    pub async fn retire_code(&self, request_id: &str, code_id: i64, at: i64, actor: &str) -> Result<()> {
        let (request_id, actor) = (request_id.to_owned(), actor.to_owned());
        self.writer
            .write(move |c| {
                Box::pin(async move {
                    if request::seen(c, &request_id, "remove_code").await?.is_some() {
                        return Ok(());
                    }
                    let row = sqlx::query(
                        "UPDATE code SET retired_at = ?2 WHERE id = ?1 AND retired_at IS NULL RETURNING account_id, payload",
                    )
                    .bind(code_id)
                    .bind(at);
                    let row = row.fetch_optional(&mut *c).await?.ok_or(StoreError::NotFound)?;
                    request::note(c, &request_id, "remove_code", code_id, at).await?;
                    let entry = Entry {
                        at,
                        actor: &actor,
                        act: "code.removed",
                        subject: format!("account:{}", row.get::<i64, _>(0)),
                        before: serde_json::json!({ "payload": row.get::<String, _>(1) }),
                        after: serde_json::Value::Null,
                    };
                    journal::append(c, entry).await
                })
            })
            .await
    }

    /// Renames, enables, disables or moves an account (`position` from 0).
    #[expect(clippy::too_many_arguments, reason = "three optional changes and the four facts every change carries")]
    pub async fn update_account(
        &self,
        request_id: &str,
        account_id: i64,
        label: Option<String>,
        enabled: Option<bool>,
        position: Option<i64>,
        at: i64,
        actor: &str,
    ) -> Result<()> {
        let (request_id, actor) = (request_id.to_owned(), actor.to_owned());
        self.writer
            .write(move |c| {
                Box::pin(async move {
                    if request::seen(c, &request_id, "update_account").await?.is_some() {
                        return Ok(());
                    }
                    let old = sqlx::query("SELECT label, enabled FROM account WHERE id = ?1").bind(account_id);
                    let old = old.fetch_optional(&mut *c).await?.ok_or(StoreError::NotFound)?;
                    sqlx::query("UPDATE account SET label = coalesce(?2, label), enabled = coalesce(?3, enabled) WHERE id = ?1")
                        .bind(account_id)
                        .bind(&label)
                        .bind(enabled)
                        .execute(&mut *c)
                        .await?;
                    if let Some(place) = position {
                        let rows = sqlx::query("SELECT id FROM account ORDER BY position, id").fetch_all(&mut *c).await?;
                        let mut ids: Vec<i64> = rows.iter().map(|r| r.get(0)).filter(|&id| id != account_id).collect();
                        ids.insert(usize::try_from(place).unwrap_or(0).min(ids.len()), account_id);
                        for (place, id) in (1_i64..).zip(&ids) {
                            let update = sqlx::query("UPDATE account SET position = ?2 WHERE id = ?1");
                            update.bind(id).bind(place).execute(&mut *c).await?;
                        }
                    }
                    request::note(c, &request_id, "update_account", account_id, at).await?;
                    let entry = Entry {
                        at,
                        actor: &actor,
                        act: "account.changed",
                        subject: format!("account:{account_id}"),
                        before: serde_json::json!({ "label": old.get::<String, _>(0), "enabled": old.get::<bool, _>(1) }),
                        after: serde_json::json!({ "label": label, "enabled": enabled, "position": position }),
                    };
                    journal::append(c, entry).await
                })
            })
            .await
    }
}
