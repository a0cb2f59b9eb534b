//! Opening: pragmas, the copy before a migration, the refusal of a newer database.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Row, SqliteConnection};

use crate::{Depth, Stop, Store, bulk::Shelf, examine, writer::Writer};

pub(crate) static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations");

/// Why the database did not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Written by a newer version of the program.
    #[error("the database was written by a newer version of this program")]
    Newer,
    /// The copy before a migration failed; nothing was changed.
    #[error("could not copy the database before updating it: {0}")]
    Backup(String),
    /// Damaged, unreadable, or not a till's database.
    #[error("the database cannot be opened: {0}")]
    Broken(String),
}

impl From<sqlx::Error> for OpenError {
    fn from(error: sqlx::Error) -> OpenError {
        OpenError::Broken(error.to_string())
    }
}

impl Store {
    /// Opens or creates the database at `path`. An older one is copied to `<path>.before-<version>` first.
    pub async fn open(path: &Path) -> Result<Store, OpenError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            // A payment touches many small rows on as many pages: half the usual size is half the bytes to flush.
            .page_size(2048)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5))
            .pragma("cache_size", "-65536")
            // 4 MB of log: one that still grows costs each flush half as much again as one that is used anew.
            .pragma("wal_autocheckpoint", "2000")
            .pragma("journal_size_limit", "67108864")
            .disable_statement_logging();
        let mut connection = options.connect().await?;
        migrate(&mut connection, path).await?;
        connection.close().await?;
        let writer = Writer::start(&options).await?;
        let read = SqlitePoolOptions::new().max_connections(4).min_connections(1);
        // Readers look at little; what reads much has a connection of its own.
        let read = read.connect_with(options.pragma("query_only", "on").pragma("cache_size", "-16384")).await?;
        Ok(Store { read, writer, shelf: Shelf::default(), path: path.to_owned(), statements: Arc::default() })
    }
}

async fn migrate(connection: &mut SqliteConnection, path: &Path) -> Result<(), OpenError> {
    let known = crate::schema();
    let tables = sqlx::query("SELECT count(*) FROM sqlite_schema").fetch_one(&mut *connection).await?;
    if tables.get::<i64, _>(0) > 0 {
        let applied = sqlx::query("SELECT max(version) FROM _sqlx_migrations").fetch_one(&mut *connection).await?;
        let applied = applied.get::<Option<i64>, _>(0).unwrap_or(0);
        if applied > known {
            return Err(OpenError::Newer);
        }
        if applied < known {
            copy_aside(path, applied).await?;
        }
    }
    MIGRATIONS.run_direct(None, connection, false).await.map_err(|e| OpenError::Broken(e.to_string()))
}

async fn copy_aside(path: &Path, version: i64) -> Result<(), OpenError> {
    let copy = PathBuf::from(format!("{}.before-{version}", path.display()));
    if copy.exists() {
        // An earlier update got this far and failed later: its copy is the older, better one.
        return Ok(());
    }
    let source = path.to_owned();
    let copied = tokio::task::spawn_blocking(move || {
        // Under its name only once it is whole: a later try takes what bears the name for good.
        let part = PathBuf::from(format!("{}.part", copy.display()));
        let io = |e: std::io::Error| e.to_string();
        match std::fs::remove_file(&part) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(io(e)),
            _ => {}
        }
        let stop = Stop::default();
        crate::copy(&source, &part, &stop).map_err(|e| e.to_string())?;
        examine(&part, Depth::Quick, &stop).map_err(|e| e.to_string())?;
        std::fs::rename(&part, &copy).map_err(io)
    });
    copied.await.map_err(|e| e.to_string()).flatten().map_err(OpenError::Backup)
}
