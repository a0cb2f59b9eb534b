//! What providers said, and what came in their name.

use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};
use till_core::Channel;

use crate::Store;
use crate::batch::Batch;
use crate::error::Result;
use crate::ticket::channel;

/// Something that was said, to be kept.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "named as the columns they fill")]
pub struct Word {
    pub gateway_id: Option<i64>,
    pub provider: Channel,
    pub trade_id: Option<i64>,
    pub at: i64,
    /// `answer`, `notice`, `relay` or `bill`.
    pub source: &'static str,
    pub what: String,
    pub meaning: &'static str,
    pub detail: String,
    pub notice_id: Option<String>,
    pub digest: Vec<u8>,
    /// Of notices; at most 64 KiB of it are kept.
    pub body: Vec<u8>,
}

/// Something that was said, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of the table, documented in the migration")]
pub struct WordRow {
    pub id: i64,
    pub gateway_id: Option<i64>,
    pub provider: Channel,
    pub trade_id: Option<i64>,
    /// The ticket of its trade.
    pub ticket_id: Option<i64>,
    pub at: i64,
    pub source: String,
    pub what: String,
    pub meaning: String,
    pub detail: String,
    /// Bytes kept of the body.
    pub body_len: i64,
}

const LONGEST_BODY: usize = 65_536;

impl Word {
    /// The provider's id of a notice. One that failed its check has none: a forger would take the id of the real one.
    fn id(&self) -> Option<&str> {
        self.notice_id.as_deref().filter(|_| self.meaning != "unknown")
    }

    /// Adds it to a batch; a notice that was noted before adds nothing.
    pub(super) fn note(mut self, batch: &mut Batch) {
        self.body.truncate(LONGEST_BODY);
        let notice_id = self.id().map(str::to_owned);
        batch
            .add(
                "INSERT INTO gateway_word (gateway_id, provider, trade_id, at, source, what, meaning, detail, notice_id,
                                           digest, body)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                 ON CONFLICT (gateway_id, notice_id) WHERE notice_id IS NOT NULL DO NOTHING",
            )
            .bind(self.gateway_id)
            .bind(self.provider.as_str())
            .bind(self.trade_id)
            .bind(self.at)
            .bind(self.source)
            .bind(self.what)
            .bind(self.meaning)
            .bind(self.detail)
            .bind(notice_id)
            .bind(self.digest)
            .bind(self.body);
    }

    /// Whether it says something the newest word about its trade did not say. What was sent to us is always kept: a
    /// provider is asked again and again, and says the same each time.
    pub(super) async fn is_new(&self, c: &mut SqliteConnection) -> Result<bool> {
        if self.source != "answer" {
            return Ok(true);
        }
        let row = sqlx::query("SELECT meaning, detail FROM gateway_word WHERE trade_id = ?1 ORDER BY id DESC LIMIT 1")
            .bind(self.trade_id)
            .fetch_optional(c)
            .await?;
        let same = |row: SqliteRow| {
            row.get::<&str, _>("meaning") == self.meaning && row.get::<&str, _>("detail") == self.detail
        };
        Ok(!row.is_some_and(same))
    }
}

macro_rules! words {
    ($which:literal) => {
        concat!(
            "SELECT w.id, w.gateway_id, w.provider, w.trade_id, t.ticket_id, w.at, w.source, w.what, w.meaning, w.detail,
                    length(w.body) AS body_len
             FROM gateway_word w LEFT JOIN trade t ON t.id = w.trade_id ",
            $which
        )
    };
}

fn read(row: &SqliteRow) -> Result<WordRow> {
    Ok(WordRow {
        id: row.get("id"),
        gateway_id: row.get("gateway_id"),
        provider: channel(row, "provider")?,
        trade_id: row.get("trade_id"),
        ticket_id: row.get("ticket_id"),
        at: row.get("at"),
        source: row.get("source"),
        what: row.get("what"),
        meaning: row.get("meaning"),
        detail: row.get("detail"),
        body_len: row.get("body_len"),
    })
}

async fn seen(c: &mut SqliteConnection, gateway_id: i64, notice_id: &str) -> Result<bool> {
    let row = sqlx::query("SELECT EXISTS (SELECT 1 FROM gateway_word WHERE gateway_id = ?1 AND notice_id = ?2)")
        .bind(gateway_id)
        .bind(notice_id)
        .fetch_one(c)
        .await?;
    Ok(row.get(0))
}

impl Store {
    /// Notes something that changes no trade. False: this notice was noted before.
    pub async fn note_word(&self, word: Word) -> Result<bool> {
        self.writer
            .write(move |c| {
                Box::pin(async move {
                    if let (Some(gateway_id), Some(notice_id)) = (word.gateway_id, word.id())
                        && seen(c, gateway_id, notice_id).await?
                    {
                        return Ok(false);
                    }
                    let mut batch = Batch::default();
                    word.note(&mut batch);
                    batch.run(c).await?;
                    Ok(true)
                })
            })
            .await
    }

    /// Notices that failed their check, newest first.
    pub async fn doubts(&self, limit: u32) -> Result<Vec<WordRow>> {
        let rows = sqlx::query(words!(
            "WHERE w.source IN ('notice', 'relay') AND w.meaning = 'unknown' ORDER BY w.at DESC, w.id DESC LIMIT ?1"
        ))
        .bind(limit)
        .fetch_all(&self.read)
        .await?;
        rows.iter().map(read).collect()
    }

    /// What was said about the trades that were begun for a ticket, oldest first.
    pub async fn words_of(&self, ticket_id: i64) -> Result<Vec<WordRow>> {
        let rows = sqlx::query(words!("WHERE t.ticket_id = ?1 ORDER BY w.id")).bind(ticket_id);
        rows.fetch_all(&self.read).await?.iter().map(read).collect()
    }

    /// Whether a contract's notice was noted before.
    pub async fn word_seen(&self, gateway_id: i64, notice_id: &str) -> Result<bool> {
        seen(&mut *self.read.acquire().await?, gateway_id, notice_id).await
    }
}
