//! The floor: a bare axum handler that does one durable insert. Nothing that takes money can be faster than this.

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::serve::ListenerExt;
use qiantai_tests::Group;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};

/// The floor's server as a process of its own, as the till is.
pub struct Floor {
    _process: Group,
    _dir: tempfile::TempDir,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Floor {
    /// Starts it on a new file.
    pub fn start() -> Result<Floor> {
        let dir = tempfile::tempdir()?;
        let mut command = Command::new(std::env::current_exe()?);
        let mut process = Group::spawn(command.arg("floor").arg(dir.path()).stdout(Stdio::piped()))?;
        let address = process.first_line()?.trim().parse().context("the floor's address")?;
        Ok(Floor { _process: process, _dir: dir, address })
    }
}

/// Opens a file as a till does: WAL, every commit flushed.
pub async fn open(file: PathBuf) -> Result<SqlitePool> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(10));
    // One writer: with more, the connections wait for each other's locks and the floor would lie lower than it is.
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
    sqlx::query(
        "CREATE TABLE IF NOT EXISTS said (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, words TEXT NOT NULL) STRICT",
    )
    .execute(&pool)
    .await?;
    Ok(pool)
}

/// One durable insert.
pub async fn insert(pool: &SqlitePool, words: &str) -> Result<(), sqlx::Error> {
    let mut connection = pool.acquire().await?;
    sqlx::query("BEGIN IMMEDIATE").execute(&mut *connection).await?;
    sqlx::query("INSERT INTO said (at, words) VALUES (?1, ?2)")
        .bind(1_i64)
        .bind(words)
        .execute(&mut *connection)
        .await?;
    sqlx::query("COMMIT").execute(&mut *connection).await?;
    Ok(())
}

async fn take(State(pool): State<SqlitePool>, uri: axum::http::Uri) -> StatusCode {
    match insert(&pool, uri.query().unwrap_or_default()).await {
        Ok(()) => StatusCode::OK,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The server; never returns.
pub fn serve(dir: &Path) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let pool = open(dir.join("floor.db")).await?;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        println!("{}", listener.local_addr()?);
        std::io::stdout().flush()?;
        let app = Router::new().route("/appPush", get(take)).with_state(pool);
        axum::serve(listener.tap_io(|stream| drop(stream.set_nodelay(true))), app).await?;
        Ok(())
    })
}
