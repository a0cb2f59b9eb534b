//! The journal: who did what, each row bound to the one before by its hash.

use sha2::{Digest, Sha256};
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use crate::Store;
use crate::batch::Batch;
use crate::error::{Result, StoreError};

/// The newest row's place in the chain.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) seq: i64,
    pub(crate) hash: Vec<u8>,
}

/// What is about to be written.
pub(crate) struct Entry<'a> {
    pub(crate) at: i64,
    pub(crate) actor: &'a str,
    pub(crate) act: &'a str,
    pub(crate) subject: String,
    pub(crate) before: serde_json::Value,
    pub(crate) after: serde_json::Value,
}

/// A row ready to be inserted.
struct Sealed {
    seq: i64,
    before: String,
    after: String,
    prev_hash: Vec<u8>,
    hash: Vec<u8>,
}

/// A journal row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalRow {
    /// Place in the chain, from 1.
    pub seq: i64,
    /// When.
    pub at: i64,
    /// Who.
    pub actor: String,
    /// What, as `noun.verb`.
    pub act: String,
    /// On what, as `ticket:41`.
    pub subject: String,
    /// State before, JSON.
    pub before: String,
    /// State after, JSON.
    pub after: String,
    /// Binds this row to the one before.
    pub hash: Vec<u8>,
}

/// Which rows of the journal; empty fields mean all.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs, reason = "the fields of the journal")]
pub struct JournalQuery {
    /// Rows before this one.
    pub before_seq: Option<i64>,
    /// Beginning of the act.
    pub act: String,
    pub actor: String,
    pub subject: String,
    pub from_at: Option<i64>,
    pub to_at: Option<i64>,
}

/// How the chain stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chain {
    /// Every row fits the one before.
    Intact {
        /// Rows checked.
        rows: i64,
    },
    /// The first row that does not.
    Broken {
        /// Its place.
        seq: i64,
    },
}

impl Head {
    /// Binds an entry to the chain and moves the head.
    fn seal(&mut self, entry: &Entry<'_>) -> Sealed {
        let (before, after) = (entry.before.to_string(), entry.after.to_string());
        let seq = self.seq + 1;
        let fields = Fields {
            seq,
            at: entry.at,
            actor: entry.actor,
            act: entry.act,
            subject: &entry.subject,
            before: &before,
            after: &after,
        };
        let hash = fields.hash(&self.hash);
        let prev_hash = std::mem::replace(&mut self.hash, hash.clone());
        self.seq = seq;
        Sealed { seq, before, after, prev_hash, hash }
    }

    /// Adds an entry's row to a batch, bound to the chain.
    pub(crate) fn append(&mut self, batch: &mut Batch, entry: &Entry<'_>) {
        let sealed = self.seal(entry);
        batch
            .add(
                "INSERT INTO journal (seq, at, actor, act, subject, before, after, prev_hash, hash)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )
            .bind(sealed.seq)
            .bind(entry.at)
            .bind(entry.actor)
            .bind(entry.act)
            .bind(entry.subject.clone())
            .bind(sealed.before)
            .bind(sealed.after)
            .bind(sealed.prev_hash)
            .bind(sealed.hash);
    }

    pub(crate) fn from_parts(seq: Option<i64>, hash: Option<Vec<u8>>) -> Head {
        Head { seq: seq.unwrap_or(0), hash: hash.unwrap_or_default() }
    }
}

pub(crate) struct Fields<'a> {
    pub(crate) seq: i64,
    pub(crate) at: i64,
    pub(crate) actor: &'a str,
    pub(crate) act: &'a str,
    pub(crate) subject: &'a str,
    pub(crate) before: &'a str,
    pub(crate) after: &'a str,
}

impl Fields<'_> {
    pub(crate) fn hash(&self, prev: &[u8]) -> Vec<u8> {
        let mut sha = Sha256::new();
        sha.update(prev);
        sha.update(self.seq.to_be_bytes());
        sha.update(self.at.to_be_bytes());
        for text in [self.actor, self.act, self.subject, self.before, self.after] {
            // Length first, so that no two different rows read as the same bytes.
            sha.update((text.len() as u64).to_be_bytes());
            sha.update(text.as_bytes());
        }
        sha.finalize().to_vec()
    }
}

pub(crate) async fn head(connection: &mut SqliteConnection) -> Result<Head> {
    let row = sqlx::query("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1").fetch_optional(connection).await?;
    Ok(row.map_or(Head { seq: 0, hash: Vec::new() }, |r| Head { seq: r.get(0), hash: r.get(1) }))
}

pub(crate) async fn append(connection: &mut SqliteConnection, entry: Entry<'_>) -> Result<()> {
    let mut head = head(connection).await?;
    let mut batch = Batch::default();
    head.append(&mut batch, &entry);
    batch.run(connection).await
}

/// A row's fields where they are, without another copy, and its place in the chain.
fn linked(row: &SqliteRow) -> std::result::Result<(Fields<'_>, &[u8], &[u8]), sqlx::Error> {
    let fields = Fields {
        seq: row.try_get("seq")?,
        at: row.try_get("at")?,
        actor: row.try_get("actor")?,
        act: row.try_get("act")?,
        subject: row.try_get("subject")?,
        before: row.try_get("before")?,
        after: row.try_get("after")?,
    };
    Ok((fields, row.try_get("prev_hash")?, row.try_get("hash")?))
}

/// A text, readable even where somebody damaged it: the owner who looks for the damage must see its row.
fn text(row: &SqliteRow, column: &str) -> String {
    let bytes = || row.try_get_unchecked::<Vec<u8>, _>(column).unwrap_or_default();
    row.try_get(column).unwrap_or_else(|_| String::from_utf8_lossy(&bytes()).into_owned())
}

pub(crate) fn read(row: &SqliteRow) -> JournalRow {
    JournalRow {
        seq: row.get("seq"),
        at: row.get("at"),
        actor: text(row, "actor"),
        act: text(row, "act"),
        subject: text(row, "subject"),
        before: text(row, "before"),
        after: text(row, "after"),
        hash: row.try_get("hash").unwrap_or_default(),
    }
}

impl Store {
    /// Rows of the journal, newest first. A subject is found through its index; anything else is looked for backwards
    /// from the newest row, in one read that holds nobody up: the payment path pays for every index there is.
    pub async fn journal(&self, query: JournalQuery, limit: u32) -> Result<Vec<JournalRow>> {
        const ALL: &str =
            "SELECT * FROM journal NOT INDEXED WHERE seq < ?1 AND (?2 = '' OR substr(act, 1, length(?2)) = ?2)
            AND (?3 = '' OR actor = ?3) AND at >= ?4 AND at <= ?5 ORDER BY seq DESC LIMIT ?6";
        const OF_SUBJECT: &str = "SELECT * FROM journal WHERE seq < ?1 AND (?2 = '' OR substr(act, 1, length(?2)) = ?2)
            AND (?3 = '' OR actor = ?3) AND at >= ?4 AND at <= ?5 AND subject = ?7 ORDER BY seq DESC LIMIT ?6";
        let sql = if query.subject.is_empty() { ALL } else { OF_SUBJECT };
        let found = sqlx::query(sql)
            .bind(query.before_seq.unwrap_or(i64::MAX))
            .bind(query.act)
            .bind(query.actor)
            .bind(query.from_at.unwrap_or(i64::MIN))
            .bind(query.to_at.unwrap_or(i64::MAX))
            .bind(limit);
        let found = if query.subject.is_empty() { found } else { found.bind(query.subject) };
        Ok(found.fetch_all(&self.read).await?.iter().map(read).collect())
    }

    /// The history of one subject, oldest first.
    pub async fn history(&self, subject: &str) -> Result<Vec<JournalRow>> {
        let rows = sqlx::query("SELECT * FROM journal WHERE subject = ?1 ORDER BY seq LIMIT 200")
            .bind(subject)
            .fetch_all(&self.read)
            .await?;
        Ok(rows.iter().map(read).collect())
    }

    /// Checks the whole chain, a page at a time.
    pub async fn check_journal(&self) -> Result<Chain> {
        let (mut seq, mut hash) = (0_i64, Vec::<u8>::new());
        loop {
            let rows = sqlx::query("SELECT * FROM journal WHERE seq > ?1 ORDER BY seq LIMIT 1000")
                .bind(seq)
                .fetch_all(&self.read)
                .await?;
            if rows.is_empty() {
                return Ok(Chain::Intact { rows: seq });
            }
            for row in &rows {
                // What does not even read as text fits nothing.
                let Ok((fields, prev, own)) = linked(row) else {
                    return Ok(Chain::Broken { seq: row.try_get("seq").unwrap_or(seq + 1) });
                };
                if fields.seq != seq + 1 || prev != hash || own != fields.hash(&hash) {
                    return Ok(Chain::Broken { seq: fields.seq });
                }
                (seq, hash) = (fields.seq, own.to_vec());
            }
        }
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> StoreError {
        StoreError::corrupt(error)
    }
}
