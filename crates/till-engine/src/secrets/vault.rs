//! Where secrets are kept: the computer's keychain, or an encrypted file where there is none. Not in the
//! database, so not in its backups, and never in a log.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex, MutexGuard, Semaphore, oneshot};
use tokio::time::timeout;
use zeroize::Zeroize;

use super::sealed::SealedFile;
use crate::api::{ApiError, Code, Lang, SecretPlace};
use crate::ports::{Keychain, Ports};
use crate::words;

/// A keychain that asks its user a question may take minutes; whoever waits here for it does not.
const PATIENCE: Duration = Duration::from_secs(5);

/// A program's secrets as they are kept, or the key of a sealed file. No `Debug`: what cannot be printed is not printed by mistake.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// Signs, or opens.
    pub(crate) key: String,
    /// A program's API token.
    pub(crate) token: String,
    /// When they were made, as Unix ms. Where two places have them, the younger count: the others were replaced while
    /// that place could not be reached.
    pub(crate) at: i64,
}

/// Leaves no copy behind.
impl Drop for Kept {
    fn drop(&mut self) {
        self.key.zeroize();
        self.token.zeroize();
    }
}

/// Why secrets could not be read or kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Trouble {
    /// The keychain said no.
    #[error("the keychain: {0}")]
    Keychain(String),
    /// It has not answered yet, and may still do what was asked.
    #[error("the keychain does not answer")]
    Slow,
    /// The file cannot be read or written.
    #[error("the file of secrets: {0}")]
    File(String),
    /// The file does not open with its key.
    #[error("the file of secrets is damaged: {0}")]
    Damaged(String),
}

/// What was read: secrets by name, and what kept others from being read.
pub(crate) struct Read {
    pub(crate) kept: HashMap<String, Kept>,
    pub(crate) trouble: Option<Trouble>,
}

struct Places {
    keychain: Option<Arc<dyn Keychain>>,
    file: SealedFile,
}

/// The place of the secrets.
pub(crate) struct Vault {
    places: Arc<Places>,
    /// One call at a time. A call that hangs keeps its turn, so that hanging calls do not pile up.
    turn: Arc<Semaphore>,
    /// What is in memory may not be what is kept: something could not be read, or an answer is still out.
    doubtful: AtomicBool,
    changing: Mutex<()>,
}

impl Vault {
    /// Practice keeps its own secrets in its own file: its book is thrown away, and the keychain would not know.
    pub(crate) fn new(ports: &Ports, dir: &Path, practice: bool) -> Vault {
        let name = if practice { "practice-secrets" } else { "secrets" };
        let keychain = ports.keychain.clone().filter(|_| !practice);
        let places = Places { keychain, file: SealedFile::new(dir, name, ports.random.clone()) };
        Vault {
            places: Arc::new(places),
            turn: Arc::new(Semaphore::new(1)),
            doubtful: AtomicBool::new(false),
            changing: Mutex::default(),
        }
    }

    /// Where new secrets go.
    pub(crate) fn place(&self) -> SecretPlace {
        if self.places.keychain.is_some() { SecretPlace::Keychain } else { SecretPlace::File }
    }

    /// Held while a program's key is changed: the vault and the book go in step.
    pub(crate) async fn changing(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().await
    }

    pub(crate) fn doubt(&self, doubtful: bool) {
        self.doubtful.store(doubtful, Ordering::SeqCst);
    }

    pub(crate) fn is_doubtful(&self) -> bool {
        self.doubtful.load(Ordering::SeqCst)
    }

    async fn work<T: Send + 'static>(&self, act: impl FnOnce(&Places) -> T + Send + 'static) -> Result<T, Trouble> {
        let places = self.places.clone();
        let turn = timeout(PATIENCE, self.turn.clone().acquire_owned()).await.map_err(|_| Trouble::Slow)?;
        let (say, heard) = oneshot::channel();
        let working = move || {
            let done = act(&places);
            drop(turn);
            drop(say.send(done));
        };
        // A thread of its own: a runtime waits for its blocking threads when it ends, and this one may hang for ever.
        std::thread::Builder::new().name("vault".into()).spawn(working).map_err(|e| Trouble::File(e.to_string()))?;
        match timeout(PATIENCE, heard).await {
            Ok(done) => done.map_err(|_| Trouble::File("its thread broke off".into())),
            Err(_) => Err(Trouble::Slow),
        }
    }

    /// Secrets of these names. `shop` is the prefix of this shop's names in the keychain; none: it has none there.
    pub(crate) async fn read(&self, shop: Option<String>, names: Vec<String>) -> Read {
        let read = self.work(move |places| places.read(shop.as_deref(), &names)).await;
        read.unwrap_or_else(|trouble| Read { kept: HashMap::new(), trouble: Some(trouble) })
    }

    /// Keeps secrets under a name.
    pub(crate) async fn set(&self, shop: Option<String>, name: String, kept: Kept) -> Result<(), Trouble> {
        self.work(move |places| places.set(shop.as_deref(), &name, &kept)).await?
    }

    /// Forgets the secrets of a name.
    pub(crate) async fn remove(&self, shop: Option<String>, name: String) -> Result<(), Trouble> {
        self.work(move |places| places.remove(shop.as_deref(), &name)).await?
    }
}

fn in_keychain(shop: &str, name: &str) -> String {
    format!("{shop}/{name}")
}

impl Places {
    fn read(&self, shop: Option<&str>, names: &[String]) -> Read {
        let mut read = Read { kept: HashMap::new(), trouble: None };
        let mut file = match self.file.read() {
            Ok(file) => file,
            Err(trouble) => {
                read.trouble = Some(trouble);
                Default::default()
            }
        };
        let mut keychain = self.keychain.as_deref().zip(shop);
        for name in names {
            let mut found = file.remove(name);
            if let Some((chain, shop)) = keychain {
                match kept_in(chain, &in_keychain(shop, name)) {
                    Ok(other) => found = other.into_iter().chain(found).max_by_key(|kept| kept.at),
                    Err(trouble) => {
                        // It would fail, or ask its user, once for each of them.
                        keychain = None;
                        read.trouble = Some(trouble);
                    }
                }
            }
            if let Some(kept) = found {
                read.kept.insert(name.clone(), kept);
            }
        }
        read
    }

    fn set(&self, shop: Option<&str>, name: &str, kept: &Kept) -> Result<(), Trouble> {
        let Some((keychain, shop)) = self.keychain.as_deref().zip(shop) else {
            return self.file.set(name, kept);
        };
        let text = serde_json::to_string(kept).map_err(|e| Trouble::Keychain(e.to_string()))?;
        keychain.set(&in_keychain(shop, name), &text).map_err(Trouble::Keychain)?;
        // What an earlier start without the keychain left there; it is older, so it does not count either way.
        if let Err(cause) = self.file.remove(name) {
            tracing::warn!(%cause, "an older secret stays in the file");
        }
        Ok(())
    }

    fn remove(&self, shop: Option<&str>, name: &str) -> Result<(), Trouble> {
        if let Some((keychain, shop)) = self.keychain.as_deref().zip(shop) {
            keychain.remove(&in_keychain(shop, name)).map_err(Trouble::Keychain)?;
        }
        self.file.remove(name)
    }
}

fn kept_in(keychain: &dyn Keychain, name: &str) -> Result<Option<Kept>, Trouble> {
    let Some(text) = keychain.get(name).map_err(Trouble::Keychain)? else { return Ok(None) };
    // The parser's own words would quote what it read.
    serde_json::from_str(&text).map(Some).map_err(|_| Trouble::Keychain("a secret in it does not read".into()))
}

/// What the owner is told. Of a damaged file it is `damaged`, in Chinese and English: what helps depends on what is in it.
pub(crate) fn explain(lang: Lang, trouble: &Trouble, damaged: (&str, &str)) -> ApiError {
    tracing::error!(cause = %trouble, "secrets cannot be reached");
    let (zh, en) = match trouble {
        Trouble::Keychain(_) => (
            "系统钥匙串拒绝了，什么都没有改变。请解锁钥匙串后再试",
            "The system's keychain refused; nothing was changed. Unlock it and try again",
        ),
        Trouble::Slow => (
            "系统钥匙串没有应答，可能在等人确认。请看看有没有弹出窗口，然后再试",
            "The system's keychain does not answer; it may be waiting for somebody. Look for its window, then try again",
        ),
        Trouble::File(_) => (
            "密钥文件读写不了，什么都没有改变。请检查磁盘空间和权限",
            "The file of secrets cannot be read or written; nothing was changed. Check the disk and its rights",
        ),
        Trouble::Damaged(_) => damaged,
    };
    words::error(lang, Code::Unavailable, zh, en)
}
