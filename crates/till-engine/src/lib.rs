//! The use cases of the till: ring up, take a push, settle, expire. Owns the event bus and the background work.

pub mod api;
pub mod phone;
pub mod ports;

use std::path::{Path, PathBuf};

use api::{ApiError, DisplayState, Event, Request};
use phone::{Door, PhoneAnswer, PhoneRequest};
use ports::Ports;
use tokio::sync::broadcast;

/// How to open an engine.
pub struct OpenOptions {
    /// The data directory; created if missing. One running till owns it (a lock file says so).
    pub dir: PathBuf,
    /// Practice mode: its own database (`practice.db`), a practice phone, a stripe on both screens.
    pub practice: bool,
    /// Time and randomness.
    pub ports: Ports,
}

/// Why an engine did not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process works on this directory.
    #[error("the data directory is in use by another till")]
    InUse,
    /// The database is newer than this program.
    #[error("the database was written by a newer version of this program")]
    Newer,
    /// The copy before a migration failed; nothing was changed.
    #[error("could not copy the database before updating it: {0}")]
    Backup(String),
    /// The database is damaged or unreadable.
    #[error("the database cannot be opened: {0}")]
    Broken(String),
    /// The directory cannot be used.
    #[error("the data directory cannot be used: {0}")]
    Dir(String),
}

/// How the LAN port stands; told by the listener.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listening {
    /// `host:port` in use, empty if closed.
    pub bound: String,
    /// Why it is closed.
    pub error: String,
    /// Only this computer can reach it.
    pub loopback_only: bool,
    /// `host:port` a phone may try, best first.
    pub addresses: Vec<String>,
}

/// The running till. Cheap to clone.
#[derive(Clone)]
pub struct Engine {}

impl Engine {
    /// Opens the database (copying it before a migration), takes the directory's lock, starts the background work.
    pub async fn open(_options: OpenOptions) -> Result<Engine, OpenError> {
        Err(OpenError::InUse)
    }

    /// Does what is asked, in the name of `actor` (`till`, `cli`, `api`…), and answers as JSON of the type that
    /// [`api::Replies`] names for the verb.
    pub async fn call(&self, _actor: &str, _request: Request) -> Result<serde_json::Value, ApiError> {
        Err(ApiError::new(api::Code::Internal, "not built yet"))
    }

    /// Everything that happens from now on. A slow reader gets `Lagged` and should ask for its lists again.
    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        broadcast::channel(1).1
    }

    /// What the counter screen shows now.
    pub async fn display(&self) -> Result<DisplayState, ApiError> {
        Err(ApiError::new(api::Code::Internal, "not built yet"))
    }

    /// True if `token` opens `/display`.
    pub async fn display_token_is(&self, _token: &str) -> bool {
        false
    }

    /// A phone spoke on the LAN port.
    pub async fn phone(&self, _door: Door, _request: PhoneRequest) -> PhoneAnswer {
        PhoneAnswer::NotStored
    }

    /// The listener refused a request before it reached a door (too large, too fast, unknown path with a method of
    /// ours, bad display token…). `cause` is a stable id as in [`api::Refusal`].
    pub async fn refused(&self, _address: &str, _path: &str, _cause: &str) {}

    /// True once a device exists: only then may the port be open beyond this computer.
    pub async fn may_listen_wide(&self) -> bool {
        false
    }

    /// The settings now.
    pub async fn settings(&self) -> api::Settings {
        api::Settings::default()
    }

    /// The listener says how the port stands.
    pub async fn set_listening(&self, _state: Listening) {}

    /// True in practice mode.
    pub fn is_practice(&self) -> bool {
        false
    }

    /// The data directory.
    pub fn dir(&self) -> &Path {
        Path::new("")
    }

    /// Ends the background work and closes the database.
    pub async fn close(self) {}
}
