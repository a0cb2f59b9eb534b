//! What the engine is given from outside: time, randomness, a keychain, and HTTP.

use std::path::PathBuf;
use std::pin::Pin;
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

/// The operating system's keychain. Calls may take long (the system may ask its user): never on the async threads.
pub trait Keychain: Send + Sync {
    /// The secret of this name; `None` if there is none; an error if the keychain cannot be read.
    fn get(&self, name: &str) -> Result<Option<String>, String>;
    /// Keeps a secret, replacing the one of that name.
    fn set(&self, name: &str, secret: &str) -> Result<(), String>;
    /// Forgets a secret; fine if there is none.
    fn remove(&self, name: &str) -> Result<(), String>;
}

/// A request to a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The whole address.
    pub url: String,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// May lead to addresses of private networks and of this computer. Checked against the address that is really
    /// connected to, not against the name.
    pub private_ok: bool,
}

/// What came of a request to a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// An answer; redirects are answers.
    Answer {
        /// HTTP status.
        status: u16,
        /// Its first 1024 bytes.
        body: Vec<u8>,
        /// There was more.
        cut: bool,
    },
    /// No answer.
    Failed(SendError),
}

/// Why there was no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendError {
    /// Not in time, from the name to the last byte.
    Timeout,
    /// No connection, or it broke.
    Unreachable(String),
    /// The certificate is not to be trusted.
    Tls(String),
    /// The name leads to an address that may not be called.
    Forbidden(String),
    /// The address does not read as one.
    BadUrl(String),
}

/// Calls programs. Follows no redirects, verifies certificates, gives up after ten seconds.
pub trait Http: Send + Sync {
    /// Sends one request.
    fn send(&self, request: Outgoing) -> Pin<Box<dyn Future<Output = Sent> + Send + '_>>;
}

/// A request to a payment provider.
#[derive(Debug)]
pub struct ProviderCall {
    /// What to send.
    pub ask: till_channels::gateway::Ask,
    /// Sent with it, where the provider wants one.
    pub certificate: Option<till_channels::gateway::ClientCertificate>,
    /// A simulator: plain HTTP, and only to this computer. Everything else: HTTPS, verified.
    pub simulator: bool,
}

/// What came of a request to a payment provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProviderReply {
    /// An answer, whole; redirects are answers.
    Answer(till_channels::gateway::Reply),
    /// No answer, or one longer than was asked for. Whether the request arrived, nobody knows.
    Failed(SendError),
}

/// Calls payment providers. Follows no redirects, verifies certificates, keeps one pool of connections, gives up after
/// thirty seconds.
pub trait Providers: Send + Sync {
    /// Sends one request.
    fn call(&self, call: ProviderCall) -> Pin<Box<dyn Future<Output = ProviderReply> + Send + '_>>;
}

/// The outside world of an engine.
#[derive(Clone)]
pub struct Ports {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// Where secrets are kept; `None`: in an encrypted file of the data directory.
    pub keychain: Option<Arc<dyn Keychain>>,
    /// A file that holds the passphrase of the contracts' keys, for a start with nobody there; nobody else may be able
    /// to read it. `None`: somebody types it in.
    pub passphrase_file: Option<PathBuf>,
    /// Calls to programs.
    pub http: Arc<dyn Http>,
    /// Calls to payment providers.
    pub providers: Arc<dyn Providers>,
}

impl Ports {
    /// The real clock, real randomness, real HTTP; secrets in a file.
    pub fn system() -> Ports {
        Ports {
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            keychain: None,
            passphrase_file: None,
            http: Arc::new(crate::http::SystemHttp::new()),
            providers: Arc::new(crate::http::SystemProviders::new()),
        }
    }
}
