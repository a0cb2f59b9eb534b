//! The end to end harness: the real program as a process, phones that sign for themselves, a real window and a real
//! browser under WebDriver. Nothing here knows the program from inside: it speaks HTTP, the command line, D-Bus and
//! WebDriver, so that a fault in the program cannot hide in its own test.

pub mod alerts;
pub mod book;
pub mod browser;
pub mod desk;
pub mod foreign;
pub mod gateway;
pub mod group;
pub mod http;
pub mod keyring;
pub mod merchant;
pub mod pages;
pub mod phone;
pub mod picture;
pub mod program;
pub mod replies;
pub mod sign;
pub mod till;
pub mod web;
pub mod years;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

pub use group::Group;
pub use phone::Phone;
pub use till::{Refused, Till};

/// How long a test waits for something that should take a blink. Long, so that a busy machine fails no test.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// The program under test: `QIANTAI_BIN`, or the debug build beside this test.
pub fn binary() -> Result<PathBuf> {
    let path = match std::env::var_os("QIANTAI_BIN") {
        Some(path) => PathBuf::from(path),
        None => {
            // target/debug/deps/<test> → target/debug/qiantai
            let here = std::env::current_exe()?;
            let dir = here.parent().and_then(|deps| deps.parent()).context("a test lies in target/debug/deps")?;
            dir.join("qiantai")
        }
    };
    path.canonicalize().with_context(|| format!("{}: build it first (cargo build -p qiantai)", path.display()))
}

/// Where pictures of windows are kept for a person to look at.
pub fn shots() -> Result<PathBuf> {
    let target =
        binary()?.parent().and_then(|debug| debug.parent()).context("the program lies in target/debug")?.to_owned();
    let dir = target.join("shots");
    std::fs::create_dir_all(&dir)?;
    Ok(dir)
}

/// The computer's monotonic clock, for deadlines and measurements.
#[expect(clippy::disallowed_methods, reason = "tests and benchmarks measure real time")]
pub fn clock() -> Instant {
    Instant::now()
}

/// Unix milliseconds now, as a phone would send them.
#[expect(clippy::disallowed_methods, reason = "a test's phone has a clock of its own")]
pub fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// An address of this computer that is not 127.0.0.1. Nothing is sent.
pub fn own_address() -> Option<std::net::IpAddr> {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    Some(socket.local_addr().ok()?.ip()).filter(|ip| !ip.is_loopback() && !ip.is_unspecified())
}

/// A new request id.
pub fn request_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// Asks again and again until `look` finds something; an error of `look` ends it at once.
pub fn until<T>(what: &str, look: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    until_within(PATIENCE, Duration::from_millis(15), what, look)
}

/// The same for what takes its time: asks every so often, and waits so long.
pub fn until_within<T>(
    patience: Duration,
    every: Duration,
    what: &str,
    mut look: impl FnMut() -> Result<Option<T>>,
) -> Result<T> {
    let began = clock();
    loop {
        if let Some(found) = look()? {
            return Ok(found);
        }
        if began.elapsed() > patience {
            bail!("waited {patience:?} in vain: {what}");
        }
        std::thread::sleep(every);
    }
}

/// Does `work(n)` on `many` threads at the same moment.
pub fn together<T: Send>(many: usize, work: impl Fn(usize) -> Result<T> + Sync) -> Result<Vec<T>> {
    let gate = std::sync::Barrier::new(many);
    let (gate, work) = (&gate, &work);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..many)
            .map(|n| {
                scope.spawn(move || {
                    gate.wait();
                    work(n)
                })
            })
            .collect();
        threads.into_iter().map(|t| t.join().map_err(|_| anyhow::anyhow!("a thread panicked"))?).collect()
    })
}
