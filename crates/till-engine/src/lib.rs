//! The use cases of the till: ring up, take a push, settle, expire. Owns the event bus and the background work.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use till_engine::{Engine, OpenOptions, api::Request, ports::Ports};
//! let options = OpenOptions { dir: "shop".into(), practice: false, ports: Ports::system() };
//! let engine = Engine::open(options).await?;
//! let waiting = engine.call("till", Request::Waiting {}).await?;
//! println!("{waiting}");
//! # Ok(()) }
//! ```

mod access;
pub mod api;
mod background;
mod backup;
mod call;
mod checkout;
mod codes;
mod devices;
mod display;
mod export;
mod gateways;
pub mod http;
mod inbox;
mod inbox_acts;
mod journal;
pub mod merchant;
mod not_received;
pub mod phone;
mod pins;
pub mod ports;
mod practice;
mod programs;
pub mod recovery;
mod refund;
mod refusals;
pub mod rules;
mod secrets;
mod sell;
mod shift;
mod shop;
mod staff;
mod state;
mod statement;
mod totals;
mod view;
mod words;

use std::collections::HashMap;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, RwLock};

use api::{ApiError, CheckoutState, DisplayState, Event, Request};
use merchant::{MerchantAnswer, MerchantDoor, MerchantRequest};
use phone::{Door, PhoneAnswer, PhoneRequest};
use ports::Ports;
use state::{State, get, lock};
use subtle::ConstantTimeEq;
use till_core::Channel;
use till_store::Store;
use tokio::sync::{broadcast, watch};

pub use gateways::NoticeAnswer;
/// A notice as it came: nothing decoded, nothing re-encoded.
pub use till_channels::gateway::RawNotice;

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
    /// The database is gone although the directory has been in use: [`recovery::look`] knows the ways out.
    #[error("the database is gone although this directory has been in use")]
    Missing,
    /// The database ends before what was noted of it; so many rows of its journal are known to be lost.
    #[error("the database ends before what was noted of it: {0} rows of the journal are missing")]
    Behind(i64),
    /// The database is damaged or unreadable.
    #[error("the database cannot be opened: {0}")]
    Broken(String),
    /// The directory cannot be used.
    #[error("the data directory cannot be used: {0}")]
    Dir(String),
}

impl From<recovery::Wrong> for OpenError {
    fn from(wrong: recovery::Wrong) -> OpenError {
        match wrong {
            recovery::Wrong::Missing => OpenError::Missing,
            recovery::Wrong::Behind { rows, .. } => OpenError::Behind(rows),
            recovery::Wrong::Newer => OpenError::Newer,
            recovery::Wrong::Dir(cause) => OpenError::Dir(cause),
            wrong @ recovery::Wrong::Broken { .. } => OpenError::Broken(wrong.to_string()),
        }
    }
}

impl From<till_store::OpenError> for OpenError {
    fn from(error: till_store::OpenError) -> OpenError {
        match error {
            till_store::OpenError::Newer => OpenError::Newer,
            till_store::OpenError::Backup(cause) => OpenError::Backup(cause),
            till_store::OpenError::Broken(cause) => OpenError::Broken(cause),
        }
    }
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
pub struct Engine {
    state: Arc<State>,
}

const BUS: usize = 1_024;
const LOCK_FILE: &str = "till.lock";

pub(crate) fn take_lock(dir: &Path) -> Result<File, OpenError> {
    let broken = |e: std::io::Error| OpenError::Dir(e.to_string());
    std::fs::create_dir_all(dir).map_err(broken)?;
    let file = File::options().create(true).truncate(false).write(true).open(dir.join(LOCK_FILE)).map_err(broken)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse),
        Err(TryLockError::Error(e)) => Err(broken(e)),
    }
}

async fn look_first(dir: &Path, now: i64) -> Result<recovery::Opening, OpenError> {
    let dir = dir.to_owned();
    let looked = tokio::task::spawn_blocking(move || recovery::guard(&dir, now)).await;
    Ok(looked.map_err(|e| OpenError::Dir(e.to_string()))??)
}

impl Engine {
    /// Opens the database (copying it before a migration), takes the directory's lock, starts the background work.
    pub async fn open(options: OpenOptions) -> Result<Engine, OpenError> {
        let OpenOptions { dir, practice, ports } = options;
        let lock = take_lock(&dir)?;
        // The practice book is nobody's past: it is looked at by SQLite alone.
        let opening =
            if practice { recovery::Opening::default() } else { look_first(&dir, ports.clock.now_ms()).await? };
        let store = Store::open(&dir.join(if practice { "practice.db" } else { recovery::DATABASE })).await?;
        let mut head = recovery::head::Note::default();
        if !practice {
            head = recovery::opened(&store, &dir, &opening, ports.clock.now_ms()).await.map_err(OpenError::Broken)?;
        }
        let settings = shop::load(&store).await.map_err(|e| OpenError::Broken(e.to_string()))?;
        let rules = rules::RuleBook::load(Some(&dir));
        let state = Arc::new(State {
            store,
            vault: secrets::Vault::new(&ports, &dir, practice),
            ports,
            bus: broadcast::channel(BUS).0,
            practice,
            lock: Mutex::new(Some(lock)),
            shop: RwLock::new(Arc::new(shop::derive(settings))),
            rules: RwLock::new(Arc::new(rules)),
            devices: RwLock::default(),
            programs: RwLock::default(),
            gateways: RwLock::default(),
            safe: gateways::Safe::new(&dir, practice),
            provider_lines: tokio::sync::Semaphore::new(gateways::MOST_CALLS),
            flow: gateways::Flow::default(),
            pages_seen: Mutex::default(),
            people: RwLock::default(),
            desk: Mutex::default(),
            announced: Mutex::default(),
            heard_at: Mutex::default(),
            drawings: Mutex::default(),
            counter: Mutex::default(),
            listening: Mutex::default(),
            refused_lately: Mutex::default(),
            rates: Mutex::default(),
            merchants: Mutex::default(),
            exports: Mutex::default(),
            practice_orders: Mutex::default(),
            practice_pays: Mutex::new(HashMap::new()),
            closing: watch::channel(false).0,
            backup: backup::Keeper::default(),
            head: Mutex::new(head),
            dir,
        });
        let broken = |e: ApiError| OpenError::Broken(e.message);
        state.reload_devices().await.map_err(|e| OpenError::Broken(e.to_string()))?;
        state.reload_people().await.map_err(|e| OpenError::Broken(e.to_string()))?;
        programs::reload(&state).await.map_err(|e| OpenError::Broken(e.to_string()))?;
        gateways::passphrase::from_file(&state).await;
        gateways::reload(&state).await.map_err(|e| OpenError::Broken(e.to_string()))?;
        if practice {
            practice::furnish(&state).await.map_err(broken)?;
        }
        state.display_token().await.map_err(broken)?;
        display::show(&state, None).await.map_err(broken)?;
        backup::remember(&state, &opening).await.map_err(|e| OpenError::Broken(e.to_string()))?;
        background::start(&state, opening.look_soon);
        if practice {
            practice::start(&state);
        }
        Ok(Engine { state })
    }

    /// Does what is asked through `door`, and answers as JSON of the type that [`api::Replies`] names for the verb.
    /// `till` is the window, where people sign in; any other door (`cli`, `api`…) acts as a cashier once the till is
    /// guarded, and needs `approve` or `reveal` for more.
    pub async fn call(&self, door: &str, request: Request) -> Result<serde_json::Value, ApiError> {
        call::dispatch(&self.state, door, request).await
    }

    /// Everything that happens from now on. A slow reader gets `Lagged` and should ask for its lists again.
    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.state.bus.subscribe()
    }

    /// What the counter screen shows now.
    pub async fn display(&self) -> Result<DisplayState, ApiError> {
        Ok(display::current(&self.state))
    }

    /// True if `token` opens `/display`.
    pub async fn display_token_is(&self, token: &str) -> bool {
        match self.state.display_token().await {
            Ok(ours) => ours.as_bytes().ct_eq(token.as_bytes()).into(),
            Err(_) => false,
        }
    }

    /// A phone spoke on the LAN port.
    pub async fn phone(&self, door: Door, request: PhoneRequest) -> PhoneAnswer {
        phone::answer(&self.state, door, request).await
    }

    /// A program spoke on the LAN port.
    pub async fn merchant(&self, door: MerchantDoor, request: MerchantRequest) -> MerchantAnswer {
        merchant::answer(&self.state, door, request).await
    }

    /// A payment provider spoke on the LAN port (`POST /notify/{provider}`). Calls nobody: the provider waits for the answer.
    pub async fn notice(&self, provider: Channel, notice: RawNotice, address: String) -> NoticeAnswer {
        gateways::notice(&self.state, provider, notice, address).await
    }

    /// A program asks for its event stream (`GET /api/v1/events`, signed): its id, or the refusal.
    pub async fn merchant_listens(&self, request: MerchantRequest) -> Result<i64, MerchantAnswer> {
        merchant::prove(&self.state, request).await
    }

    /// A ticket as the v1 API shows it to this program, as JSON text; none if it is not the program's.
    pub async fn merchant_ticket(&self, program_id: i64, ticket_id: i64) -> Option<String> {
        merchant::v1_ticket(&self.state, program_id, ticket_id).await
    }

    /// The checkout page behind a token, with its ticket's id; none: no such token.
    pub async fn checkout(&self, token: &str) -> Option<(i64, CheckoutState)> {
        checkout::state(&self.state, token).await
    }

    /// The path of the checkout page of the order with this number.
    pub async fn checkout_path(&self, order_no: &str) -> Option<String> {
        checkout::path_of(&self.state, order_no).await
    }

    /// A PNG of one of a checkout page's codes, by place from 0.
    pub async fn checkout_picture(&self, token: &str, place: usize) -> Option<Vec<u8>> {
        checkout::picture(&self.state, token, place).await
    }

    /// The listener refused a request before it reached a door (too large, too fast, unknown path with a method of
    /// ours, bad display token…). `cause` is a stable id as in [`api::Refusal`].
    pub async fn refused(&self, address: &str, path: &str, cause: &str) {
        refusals::note(&self.state, address, path, None, cause, "").await;
    }

    /// True once a device or a program exists: only then may the port be open beyond this computer. Practice stays at home.
    pub async fn may_listen_wide(&self) -> bool {
        let someone = || {
            get(&self.state.devices).iter().any(|d| !d.revoked) || get(&self.state.programs).iter().any(|p| !p.revoked)
        };
        !self.state.practice && someone()
    }

    /// The settings now.
    pub async fn settings(&self) -> api::Settings {
        self.state.shop().settings.clone()
    }

    /// The listener says how the port stands.
    pub async fn set_listening(&self, listening: Listening) {
        let before = std::mem::replace(&mut *lock(&self.state.listening), listening.clone());
        if before != listening {
            self.state.emit(Event::SettingsChanged {});
        }
    }

    /// The shell could not show a desktop alert; the till says so once.
    pub fn announce_alert_failed(&self, cause: &str) {
        self.state.emit(Event::AlertFailed { cause: cause.to_owned() });
    }

    /// Gives somebody who works here a new PIN without asking for the old one. Not a verb that a running till answers:
    /// only whoever holds the data directory can, while no till runs. The journal says so.
    pub async fn reset_pin(&self, name: &str, pin: api::Secret) -> Result<(), ApiError> {
        staff::reset_pin(&self.state, name, pin).await
    }

    /// True in practice mode.
    pub fn is_practice(&self) -> bool {
        self.state.practice
    }

    /// The data directory.
    pub fn dir(&self) -> &Path {
        &self.state.dir
    }

    /// Ends the background work, closes the database and gives the directory free, whatever clones are left.
    pub async fn close(self) {
        self.state.closing.send_replace(true);
        backup::stop(&self.state).await;
        recovery::head::note_closing(&self.state).await;
        self.state.store.clone().close().await;
        drop(lock(&self.state.lock).take());
    }
}
