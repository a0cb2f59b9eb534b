//! What a database file is worth, looked at from outside and read only: is it whole, is it ours, how far does it go.
//!
//! A live file is only ever opened through SQLite here. Opening and closing it as a plain file would drop the locks
//! that SQLite holds on it for this process.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension};

use crate::journal::Fields;
use crate::open::MIGRATIONS;

/// Ends a long look or copy early. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Ends whatever watches this.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// True once stopped.
    pub fn is_stopped(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// How closely to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// That it opens and can be written to: for a file with damage that a person chose to go on with.
    Bare,
    /// Header, schema and the end of the journal: a few pages.
    Glance,
    /// Every page as well: time grows with the file.
    Quick,
    /// Indexes against tables, foreign keys and the whole journal as well.
    Full,
}

/// The end of the journal: how far a file goes, and that it is this till's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JournalHead {
    /// The newest row, 0 if there is none.
    pub seq: i64,
    /// Its hash.
    pub hash: Vec<u8>,
}

/// What a sound file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Size of the file, without its log.
    pub bytes: i64,
    /// Its schema's version; older than [`schema`] is fine.
    pub schema: i64,
    /// Tickets in it.
    pub tickets: i64,
    /// The end of its journal.
    pub head: JournalHead,
    /// When its newest journal row was written, 0 if there is none.
    pub last_at: i64,
}

/// Why a file cannot be relied on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// No such file.
    #[error("there is no such file")]
    Missing,
    /// The disk or the rights say no; the file itself may be fine.
    #[error("the file cannot be read: {0}")]
    Unreadable(String),
    /// The copy cannot be written there: no room, no rights, no such place.
    #[error("the file cannot be written: {0}")]
    Unwritable(String),
    /// A database, but not a till's.
    #[error("this is not a database of this program: {0}")]
    Foreign(String),
    /// Written by a newer version of the program.
    #[error("the database was written by a newer version of this program")]
    Newer,
    /// SQLite finds it damaged, or takes it for no database at all.
    #[error("the database is damaged: {0}")]
    Damaged(String),
    /// The first journal row that does not fit the one before.
    #[error("the journal is broken at row {0}")]
    Journal(i64),
    /// Told to stop before it was done.
    #[error("stopped")]
    Stopped,
}

impl From<rusqlite::Error> for Damage {
    fn from(error: rusqlite::Error) -> Damage {
        const SHORT_READ: i32 = rusqlite::ffi::SQLITE_IOERR_SHORT_READ;
        match &error {
            rusqlite::Error::SqliteFailure(e, _) => match e.code {
                ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Damage::Damaged(error.to_string()),
                ErrorCode::OperationInterrupted => Damage::Stopped,
                _ if e.extended_code == SHORT_READ => Damage::Damaged(error.to_string()),
                _ => Damage::Unreadable(error.to_string()),
            },
            // A value of another kind than its column: the page holds what was never written there.
            _ => Damage::Damaged(error.to_string()),
        }
    }
}

/// The newest schema this program knows.
pub fn schema() -> i64 {
    MIGRATIONS.iter().map(|m| m.version).max().unwrap_or(0)
}

/// The log that belongs to a database file.
pub fn log_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    PathBuf::from(name)
}

/// Looks at a file without changing it. A log beside it is read with it.
pub fn examine(path: &Path, depth: Depth, stop: &Stop) -> Result<Facts, Damage> {
    let c = open_to_read(path, stop)?;
    let bytes = std::fs::metadata(path).map_err(|e| Damage::Unreadable(e.to_string()))?.len();
    let page: u64 = c.query_row("PRAGMA page_size", [], |r| r.get::<_, i64>(0))?.unsigned_abs();
    if !log_of(path).exists() && page > 0 && bytes % page != 0 {
        // SQLite would read the rest of the page as zeros and often find nothing wrong.
        return Err(Damage::Damaged("the file is cut off within a page".into()));
    }
    let schema = if depth == Depth::Bare { version(&c)? } else { known_schema(&c)? };
    let head = match depth {
        Depth::Bare => {
            // What a till asks first.
            c.query_row("SELECT value FROM setting WHERE key = 'settings'", [], |_| Ok(())).optional()?;
            let newest = "SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1";
            c.query_row(newest, [], |r| Ok(JournalHead { seq: r.get(0)?, hash: r.get(1)? }))
                .optional()?
                .unwrap_or_default()
        }
        Depth::Full => {
            check_pages(&c, "integrity_check")?;
            check_references(&c)?;
            chain(&c, 0, stop)?
        }
        Depth::Quick => {
            check_pages(&c, "quick_check")?;
            tail(&c, stop)?
        }
        Depth::Glance => tail(&c, stop)?,
    };
    // Tickets are numbered from 1 and never deleted: the last one's id is their count.
    let tickets = c.query_row("SELECT coalesce(max(id), 0) FROM ticket", [], |r| r.get(0))?;
    let last_at =
        c.query_row("SELECT coalesce((SELECT at FROM journal ORDER BY seq DESC LIMIT 1), 0)", [], |r| r.get(0))?;
    Ok(Facts { bytes: i64::try_from(bytes).unwrap_or(i64::MAX), schema, tickets, head, last_at })
}

/// The hash of one journal row; none if the file does not go that far.
pub fn journal_hash(path: &Path, seq: i64) -> Result<Option<Vec<u8>>, Damage> {
    let c = open_to_read(path, &Stop::default())?;
    Ok(c.query_row("SELECT hash FROM journal WHERE seq = ?", [seq], |r| r.get(0)).optional()?)
}

/// Opens a file to read. One without a log is opened as a file that nobody changes, which works on read-only disks too.
pub(crate) fn open_to_read(path: &Path, stop: &Stop) -> Result<Connection, Damage> {
    let length = match std::fs::metadata(path) {
        Ok(file) if file.is_file() => file.len(),
        Ok(_) => return Err(Damage::Unreadable("it is not a file".into())),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Err(Damage::Missing),
        Err(e) => return Err(Damage::Unreadable(e.to_string())),
    };
    if stop.is_stopped() {
        return Err(Damage::Stopped);
    }
    if length == 0 {
        return Err(Damage::Damaged("the file is empty".into()));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let c = Connection::open_with_flags(uri(path, !log_of(path).exists())?, flags)?;
    c.busy_timeout(std::time::Duration::from_secs(5))?;
    // A file from elsewhere may hold anything.
    c.execute_batch("PRAGMA trusted_schema = off; PRAGMA cell_size_check = on;")?;
    let watched = stop.clone();
    c.progress_handler(10_000, Some(move || watched.is_stopped()))?;
    Ok(c)
}

fn uri(path: &Path, immutable: bool) -> Result<String, Damage> {
    let text = path.to_str().ok_or_else(|| Damage::Unreadable("the path is not text".into()))?;
    let text = text.replace('\\', "/");
    let mut uri = String::from(if text.starts_with('/') { "file://" } else { "file:" });
    if cfg!(windows) && text.as_bytes().get(1) == Some(&b':') {
        uri = "file:///".into();
    }
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b':' => uri.push(byte.into()),
            // Writing to a String does not fail.
            _ => drop(write!(uri, "%{byte:02X}")),
        }
    }
    if immutable {
        uri.push_str("?immutable=1");
    }
    Ok(uri)
}

/// The schema's version, after a look whether the file was really made by our migrations up to it: the same tables with
/// the same columns, and the same triggers and indexes to the letter, which are what keeps the money history.
fn known_schema(c: &Connection) -> Result<i64, Damage> {
    let found = version(c)?;
    let model = Connection::open_in_memory()?;
    for migration in MIGRATIONS.iter().filter(|m| m.version <= found) {
        model.execute_batch(migration.sql.as_str())?;
    }
    let (expected, actual) = (objects(&model)?, objects(c)?);
    if let Some(name) = expected.keys().find(|name| expected.get(*name) != actual.get(*name)) {
        return Err(Damage::Foreign(format!("{name} is not as it was made")));
    }
    match actual.keys().find(|name| !expected.contains_key(*name)) {
        Some(name) => Err(Damage::Foreign(format!("{name} was added by something else"))),
        None => Ok(found),
    }
}

fn version(c: &Connection) -> Result<i64, Damage> {
    let ours: bool =
        c.query_row("SELECT count(*) FROM sqlite_schema WHERE name = '_sqlx_migrations'", [], |r| r.get(0))?;
    if !ours {
        return Err(Damage::Foreign("it has no table of migrations".into()));
    }
    let found: i64 =
        c.query_row("SELECT coalesce(max(version), 0) FROM _sqlx_migrations WHERE success", [], |r| r.get(0))?;
    if found > schema() { Err(Damage::Newer) } else { Ok(found) }
}

fn objects(c: &Connection) -> Result<BTreeMap<String, String>, Damage> {
    // A table's text changes with its columns, and how it is then written is SQLite's own business: columns say it.
    let mut all = c.prepare(
        "SELECT type || ' ' || name,
           iif(type = 'table', (SELECT group_concat(i.name || ' ' || i.type || ' ' || i.hidden, ', ') FROM pragma_table_xinfo(s.name) i), sql)
         FROM sqlite_schema s WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> '_sqlx_migrations'",
    )?;
    let rows = all.query_map([], |r| Ok((r.get(0)?, r.get::<_, Option<String>>(1)?.unwrap_or_default())))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn check_pages(c: &Connection, pragma: &str) -> Result<(), Damage> {
    let mut check = c.prepare(&format!("PRAGMA {pragma}(5)"))?;
    let lines = check.query_map([], |r| r.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    if lines.iter().all(|line| line == "ok") { Ok(()) } else { Err(Damage::Damaged(lines.join("; "))) }
}

fn check_references(c: &Connection) -> Result<(), Damage> {
    let row = c.query_row("PRAGMA foreign_key_check", [], |r| r.get::<_, String>(0)).optional()?;
    row.map_or(Ok(()), |table| Err(Damage::Damaged(format!("{table} names a row that is not there"))))
}

/// Rows of the journal that a start looks at.
const TAIL: i64 = 200;

fn tail(c: &Connection, stop: &Stop) -> Result<JournalHead, Damage> {
    let last: i64 = c.query_row("SELECT coalesce(max(seq), 0) FROM journal", [], |r| r.get(0))?;
    chain(c, (last - TAIL).max(0), stop)
}

/// Checks the journal's rows after `after` and gives the last one.
fn chain(c: &Connection, after: i64, stop: &Stop) -> Result<JournalHead, Damage> {
    let mut head = JournalHead::default();
    if after > 0 {
        let hash = c.query_row("SELECT hash FROM journal WHERE seq = ?", [after], |r| r.get(0)).optional()?;
        head = JournalHead { seq: after, hash: hash.ok_or(Damage::Journal(after))? };
    }
    let mut rows = c.prepare(
        "SELECT seq, at, actor, act, subject, before, after, prev_hash, hash FROM journal WHERE seq > ? ORDER BY seq",
    )?;
    let mut rows = rows.query([after])?;
    while let Some(row) = rows.next()? {
        if stop.is_stopped() {
            return Err(Damage::Stopped);
        }
        let seq = row.get(0)?;
        // Text that is no text any more is a broken row, not a broken file.
        let text = |n| row.get_ref(n)?.as_str().map_err(rusqlite::Error::from);
        let read = (|| -> rusqlite::Result<_> { Ok((text(2)?, text(3)?, text(4)?, text(5)?, text(6)?)) })();
        let Ok((actor, act, subject, before, after)) = read else { return Err(Damage::Journal(seq)) };
        let fields = Fields { seq, at: row.get(1)?, actor, act, subject, before, after };
        let (prev, own): (Vec<u8>, Vec<u8>) = (row.get(7)?, row.get(8)?);
        if seq != head.seq + 1 || prev != head.hash || own != fields.hash(&head.hash) {
            return Err(Damage::Journal(seq));
        }
        head = JournalHead { seq, hash: own };
    }
    Ok(head)
}
