//! The secret values of contracts: one sealed file beside the database. Its key is in the system's keychain; where there
//! is none, in a file of its own, locked up with the owner's passphrase. Not in the database, so not in its backups, and
//! never in a log.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::MutexGuard;
use zeroize::Zeroizing;

use super::{book, safe_words};
use crate::api::{ApiError, GatewaySafe, SecretPlace};
use crate::backup::folder::write_whole;
use crate::secrets::sealed::{SealKey, broken, new_key, open, put_aside, read, read_key, seal};
use crate::secrets::{Kept, Trouble, explain, known_shop_id, shop_id};
use crate::state::{State, lock};

/// Says what the file is; sealed with it.
const MAGIC: &[u8] = b"qiantai contracts 1\n";
/// What its key is called in the vault.
const KEY_NAME: &str = "contracts";

/// Secret values of one contract, by field.
pub(super) type Secrets = BTreeMap<String, Zeroizing<String>>;
/// All of them, by the name a contract has in the file: numbers of rows begin anew in a restored or another book.
pub(super) type Everyones = BTreeMap<String, Secrets>;

/// The sealed file.
pub(crate) struct Safe {
    pub(super) path: PathBuf,
    /// Where the key is locked up.
    pub(super) lock: PathBuf,
    has_lock: AtomicBool,
    /// Once known: a keychain may ask its user each time.
    key: Mutex<Option<SealKey>>,
    /// What is in memory may not be what is kept.
    doubtful: AtomicBool,
    changing: tokio::sync::Mutex<()>,
}

impl Safe {
    /// Practice keeps its own, as its programs do.
    pub(crate) fn new(dir: &Path, practice: bool) -> Safe {
        let name = if practice { "practice-contracts.bin" } else { "contracts.bin" };
        let lock = dir.join("contracts.lock");
        // What cannot be looked at is there: its key must not be made anew.
        let absent = matches!(std::fs::symlink_metadata(&lock), Err(e) if e.kind() == std::io::ErrorKind::NotFound);
        Safe {
            path: dir.join(name),
            lock,
            has_lock: AtomicBool::new(!practice && !absent),
            key: Mutex::default(),
            doubtful: AtomicBool::new(false),
            changing: tokio::sync::Mutex::default(),
        }
    }

    /// Held while contracts are changed or read anew: the file and the book go in step.
    pub(super) async fn changing(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().await
    }

    pub(super) fn is_doubtful(&self) -> bool {
        self.doubtful.load(Ordering::SeqCst)
    }

    pub(super) fn doubt(&self, doubtful: bool) {
        self.doubtful.store(doubtful, Ordering::SeqCst);
    }
}

/// How the key is locked up.
pub(super) fn standing(state: &State) -> GatewaySafe {
    if state.practice {
        GatewaySafe::Practice
    } else if state.safe.has_lock.load(Ordering::SeqCst) {
        if lock(&state.safe.key).is_some() { GatewaySafe::Open } else { GatewaySafe::Locked }
    } else if state.vault.place() == SecretPlace::Keychain {
        GatewaySafe::Keychain
    } else {
        GatewaySafe::NoPassphrase
    }
}

/// Whether secrets can be kept now; an error says what to do first.
pub(super) fn takes_secrets(state: &State) -> Result<(), ApiError> {
    let lang = state.shop().settings.lang;
    match standing(state) {
        GatewaySafe::NoPassphrase => Err(safe_words::no_passphrase(lang)),
        GatewaySafe::Locked => Err(safe_words::is_locked(lang)),
        GatewaySafe::Keychain | GatewaySafe::Practice | GatewaySafe::Open => Ok(()),
    }
}

/// All that is kept; nothing where there is no file. None: it waits for the passphrase.
pub(super) async fn everyones(state: &State) -> Result<Option<Everyones>, Trouble> {
    let path = state.safe.path.clone();
    let Some(bytes) = blocking(move || read(&path)).await? else { return Ok(Some(Everyones::new())) };
    if standing(state) == GatewaySafe::Locked {
        return Ok(None);
    }
    let key = key(state).await?.ok_or_else(|| Trouble::Damaged("its key is gone".into()))?;
    let opened = open(MAGIC, &key, &bytes)?;
    // The parser's own words would quote what it read.
    serde_json::from_slice(&opened).map(Some).map_err(|_| Trouble::Damaged("its contents do not read".into()))
}

/// Keeps a contract's secrets under its name, instead of those there were; none: forgets them. A file that does not
/// open any more is put aside first, not overwritten: its key may turn up. What is in memory of the others stays.
pub(super) async fn keep(state: &State, name: &str, secrets: Option<Secrets>) -> Result<(), ApiError> {
    takes_secrets(state)?;
    let explained = |trouble: Trouble| not_kept(state, &trouble);
    let mut all = match everyones(state).await {
        Err(Trouble::Damaged(cause)) => {
            tracing::error!(cause, "the file of contracts' secrets does not open; it is put aside");
            let path = state.safe.path.clone();
            blocking(move || put_aside(&[&path])).await.map_err(explained)?;
            book::in_memory(state)
        }
        read => read.map_err(explained)?.unwrap_or_default(),
    };
    match secrets {
        Some(secrets) => drop(all.insert(name.to_owned(), secrets)),
        None => drop(all.remove(name)),
    }
    let key = match key(state).await {
        Ok(Some(key)) => key,
        Ok(None) | Err(Trouble::Damaged(_)) => {
            let shop = shop_id(state).await?;
            make_key(state, shop).await.map_err(explained)?
        }
        Err(trouble) => return Err(explained(trouble)),
    };
    write(state, &key, &all).await.map_err(explained)
}

/// What the owner is told.
pub(super) fn not_kept(state: &State, trouble: &Trouble) -> ApiError {
    explain(state.shop().settings.lang, trouble, safe_words::DAMAGED)
}

async fn write(state: &State, key: &SealKey, all: &Everyones) -> Result<(), Trouble> {
    let plain = serde_json::to_vec(all).map(Zeroizing::new).map_err(|e| Trouble::File(e.to_string()))?;
    let sealed = seal(MAGIC, key, state.ports.random.as_ref(), &plain)?;
    let path = state.safe.path.clone();
    blocking(move || write_whole(&path, &sealed, true).map_err(broken)).await
}

/// The file's key, unless it is locked up; none: there has never been one.
pub(super) async fn key(state: &State) -> Result<Option<SealKey>, Trouble> {
    if let Some(key) = lock(&state.safe.key).clone() {
        return Ok(Some(key));
    }
    let shop = known_shop_id(state).await.map_err(|e| Trouble::File(e.to_string()))?;
    let elsewhere = shop.is_some() && state.vault.place() == SecretPlace::File;
    let mut found = state.vault.read(shop, vec![KEY_NAME.to_owned()]).await;
    match (found.kept.remove(KEY_NAME), found.trouble) {
        // Found in the file, while the keychain that cannot be asked may have a younger one.
        (Some(_), Some(trouble @ (Trouble::Keychain(_) | Trouble::Slow))) | (None, Some(trouble)) => Err(trouble),
        (Some(kept), _) => {
            let key = read_key(kept.key.as_bytes()).ok_or_else(|| Trouble::Damaged("its key does not read".into()))?;
            *lock(&state.safe.key) = Some(key.clone());
            Ok(Some(key))
        }
        // This shop has had a keychain: the key may be there, at the next start with it.
        (None, None) if elsewhere => Err(Trouble::Keychain("there is none at this start".into())),
        (None, None) => Ok(None),
    }
}

async fn make_key(state: &State, shop: Option<String>) -> Result<SealKey, Trouble> {
    let key = new_key(state.ports.random.as_ref())?;
    let kept = Kept { key: hex::encode(key.as_slice()), token: String::new(), at: state.now() };
    state.vault.set(shop, KEY_NAME.to_owned(), kept).await?;
    *lock(&state.safe.key) = Some(key.clone());
    Ok(key)
}

/// The key was locked up with a passphrase, or taken out of its lock.
pub(super) fn opened(state: &State, key: SealKey) {
    *lock(&state.safe.key) = Some(key);
    state.safe.has_lock.store(true, Ordering::SeqCst);
}

/// The lock was given up, and its key with it.
pub(super) fn given_up(state: &State) {
    *lock(&state.safe.key) = None;
    state.safe.has_lock.store(false, Ordering::SeqCst);
}

/// Removes the key from where it lay beside the sealed file before it was locked up. `key`: this one alone, now that it
/// lies under lock.
pub(super) async fn tidy(state: &State, key: &SealKey) {
    let mut found = state.vault.read(None, vec![KEY_NAME.to_owned()]).await;
    let same = |kept: &Kept| read_key(kept.key.as_bytes()).is_some_and(|old| old == *key);
    if !found.kept.remove(KEY_NAME).as_ref().is_some_and(same) {
        return;
    }
    match state.vault.remove(None, KEY_NAME.to_owned()).await {
        Ok(()) => tracing::info!("the key of contracts' secrets lies under its passphrase alone"),
        // The next start tries again.
        Err(cause) => tracing::error!(%cause, "a key of contracts' secrets still lies beside them"),
    }
}

pub(super) async fn blocking<T: Send + 'static>(
    act: impl FnOnce() -> Result<T, Trouble> + Send + 'static,
) -> Result<T, Trouble> {
    let done = tokio::task::spawn_blocking(act).await;
    done.unwrap_or_else(|_| Err(Trouble::File("its thread broke off".into())))
}
