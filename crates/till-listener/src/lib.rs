//! The LAN port: phones, programs, payment providers, the customers' checkout page, the counter page, and the control door of the running
//! till.
//!
//! It decides nothing. It takes requests, enforces limits, hands the bytes to the engine and turns the engine's
//! answer into the reply each protocol expects.
//!
//! ```no_run
//! # use std::sync::Arc;
//! # struct Bundle;
//! # impl till_listener::Assets for Bundle {
//! #     fn get(&self, _path: &str) -> Option<(Vec<u8>, String)> { None }
//! # }
//! # async fn example(engine: till_engine::Engine) -> Result<(), till_listener::StartError> {
//! use till_listener::{Limits, ListenerOptions, start};
//! let listener = start(ListenerOptions {
//!     engine,
//!     assets: Arc::new(Bundle),
//!     bind: None, // this computer only until a phone is paired, then as the settings say
//!     control_token: "at least sixteen random characters".into(),
//!     limits: Limits::default(),
//! })
//! .await?;
//! println!("{:?}", listener.local_addr());
//! listener.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! The way of a request: `port` opens the sockets where `plan` says; `connection` takes a seat for the peer (`seats`),
//! lets its requests wait their turn (`rates`) and drives HTTP/1.1 with time-outs (`patient`); then one file per
//! resource: `phones`; `notices`; `merchants` with `v1` and its stream in `programs`; `checkout` with its `watchers`; `display` with
//! `events`; `assets`, `control`, `health`. `reply` knows how each protocol answers, `refusals` tells the engine what was
//! turned away, `paths` what of a path may be told.

mod addresses;
mod assets;
mod body;
mod checkout;
mod connection;
mod control;
mod display;
mod events;
mod files;
mod health;
mod limits;
mod merchants;
mod notices;
mod paths;
mod patient;
mod phones;
mod plan;
mod port;
mod programs;
mod rates;
mod refusals;
mod reply;
mod room;
mod seats;
mod socket;
mod till;
mod v1;
mod watchers;

#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use till_engine::Engine;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

pub use limits::{Limits, Rate};
use room::Room;
use till::Till;

/// The files of the user interface.
pub trait Assets: Send + Sync {
    /// The bytes and the media type of a file. `path` has no leading slash: `index.html`, `assets/app-1a2b.js`.
    fn get(&self, path: &str) -> Option<(Vec<u8>, String)>;
}

/// How to open the port.
pub struct ListenerOptions {
    /// The running till.
    pub engine: Engine,
    /// The files of the user interface.
    pub assets: Arc<dyn Assets>,
    /// A fixed address (`--bind`). `None`: 127.0.0.1 until a device exists, then host and port of the settings.
    pub bind: Option<SocketAddr>,
    /// What the command line shows at the control door; at least 16 characters.
    pub control_token: String,
    /// What a client may do.
    pub limits: Limits,
}

/// Why the port was not started. A taken port is no such reason: it is reported to the engine and tried again.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The control token could be guessed.
    #[error("the control token is shorter than 16 characters")]
    ControlToken,
}

/// The running port. Dropping it closes the port without waiting; [`Listener::stop`] lets requests finish.
pub struct Listener {
    local: watch::Receiver<Option<SocketAddr>>,
    shutdown: watch::Sender<bool>,
    port: JoinHandle<()>,
    reporter: JoinHandle<()>,
    alive: mpsc::Receiver<()>,
    stop_time: Duration,
}

/// Opens the port and keeps it as the settings and the devices want it. When this returns, the first attempt to
/// bind has been made and told to the engine.
pub async fn start(options: ListenerOptions) -> Result<Listener, StartError> {
    let ListenerOptions { engine, assets, bind, control_token, limits } = options;
    start_with(Arc::new(engine), assets, bind, control_token, limits).await
}

pub(crate) async fn start_with(
    till: Arc<dyn Till>,
    assets: Arc<dyn Assets>,
    bind: Option<SocketAddr>,
    control_token: String,
    limits: Limits,
) -> Result<Listener, StartError> {
    if control_token.len() < 16 {
        return Err(StartError::ControlToken);
    }
    let (shutdown, stopping) = watch::channel(false);
    let (alive_sender, alive) = mpsc::channel(1);
    let (refusals, reporter) = refusals::start(till.clone(), limits.refusals_per_window);
    let stop_time = limits.stop_time;
    files::ask_for_enough();
    let room = Room::new(till.clone(), assets, control_token, limits, refusals, stopping.clone(), alive_sender);
    watchers::start(till, room.watchers.clone(), stopping);
    let (port, local) = port::start(Arc::new(room), bind).await;
    Ok(Listener { local, shutdown, port, reporter, alive, stop_time })
}

impl Listener {
    /// Where the port is open now; `None` while it is closed. An unspecified host (`0.0.0.0`) is reached on this
    /// computer through 127.0.0.1; so is a specific one, which is opened beside 127.0.0.1 on the same port.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        *self.local.borrow()
    }

    /// Closes the port, lets running requests finish for a few seconds, ends the counter screens' streams.
    pub async fn stop(mut self) {
        self.shutdown.send_replace(true);
        let patience = self.stop_time + Duration::from_secs(1);
        let ended = async {
            let _ = (&mut self.port).await;
            // Closed when the last task that holds the room has let go of it.
            let _ = self.alive.recv().await;
            let _ = (&mut self.reporter).await;
        };
        if tokio::time::timeout(patience, ended).await.is_err() {
            tracing::warn!("requests on the port were still running when it stopped");
        }
    }
}
