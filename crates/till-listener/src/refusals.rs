//! Tells the engine what the port turned away, without letting a flood of refusals become a flood of rows.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use crate::paths::without_secrets;
use crate::till::Till;

const FIRST_WINDOW: Duration = Duration::from_secs(1);
const LONGEST_WINDOW: Duration = Duration::from_secs(60);
/// Windows for one address and cause; beyond that many, all addresses share one for each cause.
const WINDOWS: usize = 64;
const QUEUE: usize = 256;

/// A refusal on its way to the engine.
struct Refusal {
    ip: IpAddr,
    path: String,
    cause: &'static str,
}

/// Where refusals are told.
#[derive(Clone)]
pub(crate) struct Refusals(mpsc::Sender<Refusal>);

impl Refusals {
    /// Notes a refusal; never waits. `path` may hold a secret: it is taken out here.
    pub fn note(&self, ip: IpAddr, path: &str, cause: &'static str) {
        tracing::debug!(%ip, cause, "turned away");
        let _ = self.0.try_send(Refusal { ip, path: without_secrets(path), cause });
    }
}

/// What one address may still have told one by one for one cause, and what is kept back.
struct Window {
    until: Instant,
    length: Duration,
    left: u32,
    kept_back: u64,
    last_path: String,
}

/// Starts the teller. It ends when every [`Refusals`] is gone.
pub(crate) fn start(till: Arc<dyn Till>, per_window: u32) -> (Refusals, JoinHandle<()>) {
    let (sender, receiver) = mpsc::channel(QUEUE);
    let teller = Teller { till, per_window: per_window.max(1), windows: HashMap::new() };
    (Refusals(sender), tokio::spawn(teller.run(receiver)))
}

struct Teller {
    till: Arc<dyn Till>,
    per_window: u32,
    /// By address and cause; the address `None` stands for all that have no window of their own.
    windows: HashMap<(Option<IpAddr>, &'static str), Window>,
}

impl Teller {
    async fn run(mut self, mut receiver: mpsc::Receiver<Refusal>) {
        loop {
            let next_end = self.windows.values().map(|window| window.until).min();
            tokio::select! {
                refusal = receiver.recv() => match refusal {
                    Some(refusal) => self.take(refusal).await,
                    None => break,
                },
                () = sleep_until(next_end.unwrap_or_else(Instant::now)), if next_end.is_some() => {
                    self.close_windows(Instant::now()).await;
                }
            }
        }
        self.close_windows(Instant::now() + LONGEST_WINDOW).await;
    }

    async fn take(&mut self, refusal: Refusal) {
        let own = (Some(refusal.ip), refusal.cause);
        let room = self.windows.contains_key(&own) || self.windows.len() < WINDOWS;
        let key = if room { own } else { (None, refusal.cause) };
        let window = self.windows.entry(key).or_insert_with(|| Window {
            until: Instant::now() + FIRST_WINDOW,
            length: FIRST_WINDOW,
            left: self.per_window,
            kept_back: 0,
            last_path: String::new(),
        });
        if window.left > 0 {
            window.left -= 1;
            self.till.refused(&refusal.ip.to_string(), &refusal.path, refusal.cause).await;
        } else {
            window.kept_back += 1;
            window.last_path = refusal.path;
        }
    }

    /// Tells what was kept back as one refusal, `/appPush ×123`. While an address goes on, its windows grow.
    async fn close_windows(&mut self, now: Instant) {
        let ended: Vec<_> = self.windows.iter().filter(|(_, w)| w.until <= now).map(|(key, _)| *key).collect();
        for key in ended {
            let Some(window) = self.windows.remove(&key).filter(|window| window.kept_back > 0) else { continue };
            let path = format!("{} ×{}", window.last_path, window.kept_back);
            let address = key.0.map_or_else(|| "*".to_owned(), |ip| ip.to_string());
            self.till.refused(&address, &path, key.1).await;
            let length = (window.length * 2).min(LONGEST_WINDOW);
            let next =
                Window { until: now + length, length, left: self.per_window, kept_back: 0, last_path: String::new() };
            self.windows.insert(key, next);
        }
    }
}
