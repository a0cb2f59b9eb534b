//! Copies of the database, and what the journal says about them.

use std::fs::{File, OpenOptions};
use std::path::Path;

use sqlx::Row;

use crate::error::Result;
use crate::health::{Damage, JournalHead, Stop, open_to_read};
use crate::journal::{self, Entry, JournalRow};
use crate::{Act, Store, request};

/// A note in the journal about a copy, a restore or a damage.
#[derive(Clone, Debug)]
pub struct FileNote {
    /// The request that asked for it; the schedule has none.
    pub request_id: Option<String>,
    /// When.
    pub at: i64,
    /// Who.
    pub actor: String,
    /// As `backup.made`.
    pub act: &'static str,
    /// `backup`, or `restore:<id>`.
    pub subject: String,
    /// What is known about it.
    pub facts: serde_json::Value,
}

/// Copies a database as it stands into a new file, without its free pages, and flushes it to the disk. Reads from one
/// moment: what is committed meanwhile is not in the copy, and nobody waits for it. Blocks.
pub fn copy(source: &Path, target: &Path, stop: &Stop) -> std::result::Result<(), Damage> {
    let unwritable = |e: std::io::Error| Damage::Unwritable(format!("{}: {e}", target.display()));
    let name = target.to_str().ok_or_else(|| Damage::Unreadable("the path is not text".into()))?;
    let c = open_to_read(source, stop)?;
    // The keys of the phones are in it: its owner's alone from its first byte. SQLite takes an empty file as none.
    private(target).map_err(unwritable)?;
    c.execute("VACUUM INTO ?", [name]).map_err(|e| match Damage::from(e) {
        // The source was readable a moment ago; what fails now is the target.
        Damage::Unreadable(cause) => Damage::Unwritable(cause),
        other => other,
    })?;
    OpenOptions::new().write(true).open(target).and_then(|file| file.sync_all()).map_err(unwritable)
}

/// Makes a new, empty file that only its owner may read.
pub fn private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

impl Store {
    /// The end of the journal as it is on disk.
    pub async fn journal_head(&self) -> Result<JournalHead> {
        let row =
            sqlx::query("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1").fetch_optional(&self.read).await?;
        Ok(row.map_or_else(JournalHead::default, |r| JournalHead { seq: r.get(0), hash: r.get(1) }))
    }

    /// The newest journal row on a subject.
    pub async fn last_on(&self, subject: &str) -> Result<Option<JournalRow>> {
        let row = sqlx::query("SELECT * FROM journal WHERE subject = ?1 ORDER BY seq DESC LIMIT 1")
            .bind(subject)
            .fetch_optional(&self.read)
            .await?;
        Ok(row.as_ref().map(journal::read))
    }

    /// The journal row that an act left, if its request id was seen before.
    pub async fn file_note(&self, request_id: &str, verb: &'static str) -> Result<Option<JournalRow>> {
        let mut c = self.read.acquire().await?;
        let Some(seq) = request::seen(&mut c, request_id, verb).await? else { return Ok(None) };
        let row = sqlx::query("SELECT * FROM journal WHERE seq = ?1").bind(seq).fetch_optional(&mut *c).await?;
        Ok(row.as_ref().map(journal::read))
    }

    /// Writes a note into the journal, and under its request id if it has one. Answers with the row's place.
    pub async fn note_file(&self, verb: &'static str, note: FileNote) -> Result<Act<i64>> {
        self.writer
            .write(move |c| {
                Box::pin(async move {
                    if let Some(id) = &note.request_id
                        && let Some(seq) = request::seen(c, id, verb).await?
                    {
                        return Ok(Act::Repeat(seq));
                    }
                    let seq = journal::head(c).await?.seq + 1;
                    if let Some(id) = &note.request_id {
                        request::note(c, id, verb, seq, note.at).await?;
                    }
                    let entry = Entry {
                        at: note.at,
                        actor: &note.actor,
                        act: note.act,
                        subject: note.subject,
                        before: serde_json::Value::Null,
                        after: note.facts,
                    };
                    journal::append(c, entry).await?;
                    Ok(Act::New(seq))
                })
            })
            .await
    }
}
