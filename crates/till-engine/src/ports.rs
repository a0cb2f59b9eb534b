//! What the engine is given from outside: time and randomness.

use std::sync::Arc;

/// A source of the current time.
pub trait Clock: Send + Sync {
    /// Unix milliseconds, UTC.
    fn now_ms(&self) -> i64;
}

/// A source of unpredictable bytes, for keys and tokens.
pub trait Random: Send + Sync {
    /// Fills `bytes`; an error means the system has no randomness to give.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), String>;
}

/// The computer's own clock.
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the computer's clock")]
    fn now_ms(&self) -> i64 {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }
}

/// The operating system's randomness.
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), String> {
        getrandom::fill(bytes).map_err(|e| e.to_string())
    }
}

/// The outside world of an engine.
#[derive(Clone)]
pub struct Ports {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
}

impl Ports {
    /// The real clock and real randomness.
    pub fn system() -> Ports {
        Ports { clock: Arc::new(SystemClock), random: Arc::new(SystemRandom) }
    }
}
