//! Small facts by key, as JSON.

use sqlx::Row;

use crate::error::Result;
use crate::journal::{self, Entry};
use crate::{Store, request};

impl Store {
    /// The value of a key, if set.
    pub async fn setting(&self, key: &str) -> Result<Option<String>> {
        let row = sqlx::query("SELECT value FROM setting WHERE key = ?1").bind(key).fetch_optional(&self.read).await?;
        Ok(row.map(|r| r.get(0)))
    }

    /// Sets a key and journals the change. A repeated request id changes nothing. `secret` keeps the values out of
    /// the journal.
    pub async fn set_setting(
        &self,
        request_id: Option<&str>,
        key: &'static str,
        value: String,
        secret: bool,
        at: i64,
        actor: &str,
    ) -> Result<()> {
        let (request_id, actor) = (request_id.map(str::to_owned), actor.to_owned());
        self.writer
            .write(move |c| {
                Box::pin(async move {
                    if let Some(id) = &request_id {
                        if request::seen(c, id, key).await?.is_some() {
                            return Ok(());
                        }
                        request::note(c, id, key, 0, at).await?;
                    }
                    let row = sqlx::query("SELECT value FROM setting WHERE key = ?1")
                        .bind(key)
                        .fetch_optional(&mut *c)
                        .await?;
                    let before: Option<String> = row.map(|r| r.get(0));
                    sqlx::query(
                        "INSERT INTO setting (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2",
                    )
                    .bind(key)
                    .bind(&value)
                    .execute(&mut *c)
                    .await?;
                    let show = |text: Option<&str>| match text {
                        Some(_) if secret => serde_json::Value::String("(secret)".into()),
                        Some(text) => serde_json::from_str(text).unwrap_or(serde_json::Value::Null),
                        None => serde_json::Value::Null,
                    };
                    let entry = Entry {
                        at,
                        actor: &actor,
                        act: "setting.saved",
                        subject: format!("setting:{key}"),
                        before: show(before.as_deref()),
                        after: show(Some(&value)),
                    };
                    journal::append(c, entry).await
                })
            })
            .await
    }
}
