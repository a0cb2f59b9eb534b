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

pub(crate) fn read(row: &SqliteRow) -> JournalRow {
    JournalRow {
        seq: row.get("seq"),
        at: row.get("at"),
        actor: row.get("actor"),
        act: row.get("act"),
        subject: row.get("subject"),
        before: row.get("before"),
        after: row.get("after"),
    }
}

impl Store {
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
                let r = read(row);
                let fields = Fields {
                    seq: r.seq,
                    at: r.at,
                    actor: &r.actor,
                    act: &r.act,
                    subject: &r.subject,
                    before: &r.before,
                    after: &r.after,
                };
                let (prev, own): (Vec<u8>, Vec<u8>) = (row.get("prev_hash"), row.get("hash"));
                if r.seq != seq + 1 || prev != hash || own != fields.hash(&hash) {
                    return Ok(Chain::Broken { seq: r.seq });
                }
                (seq, hash) = (r.seq, own);
            }
        }
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> StoreError {
        StoreError::corrupt(error)
    }
}
