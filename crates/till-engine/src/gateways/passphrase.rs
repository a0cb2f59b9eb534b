//! The passphrase that locks the contracts' keys up where there is no keychain: chosen, changed, typed in, given up.
//!
//! The file with the locked key is written first, then the book, and only then the key is taken from where it lay open:
//! whatever comes between, one of the two places has it, and the same act done again ends what was begun.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use till_store::PassphraseAct;
use zeroize::Zeroizing;

use super::load::reload_held;
use super::safe::{self, blocking};
use super::{Result, safe_words};
use crate::api::{ApiError, Event, GatewaySafe, Secret};
use crate::backup::folder::write_whole;
use crate::secrets::Trouble;
use crate::secrets::lock::{Passphrase, lock_up, open_up};
use crate::secrets::sealed::{SealKey, broken, new_key, put_aside, read};
use crate::state::State;

/// A file with a passphrase is not larger.
const LARGEST: u64 = 4_096;

/// Chooses a passphrase, or another one instead of `old`.
pub(crate) async fn set(
    state: &Arc<State>,
    actor: &str,
    request_id: &str,
    old: Option<Secret>,
    new: Secret,
) -> Result<GatewaySafe> {
    let _changing = state.safe.changing().await;
    let lang = state.shop().settings.lang;
    let (old, new) = (old.map(|old| Passphrase::typed(&old.into_text())), Passphrase::typed(&new.into_text()));
    let act = if old.is_some() { PassphraseAct::Changed } else { PassphraseAct::Chosen };
    if !state.store.request_done(request_id).await.map_err(|e| state.store_error(e))? {
        new.fit().map_err(|why| safe_words::unfit_passphrase(lang, why))?;
        let key = match safe::standing(state) {
            GatewaySafe::Keychain => return Err(safe_words::keychain_keeps(lang)),
            GatewaySafe::Practice => return Err(safe_words::practice_keeps(lang)),
            GatewaySafe::NoPassphrase if old.is_some() => return Err(safe_words::no_passphrase(lang)),
            GatewaySafe::NoPassphrase => choose(state, new).await?,
            GatewaySafe::Locked | GatewaySafe::Open => change(state, old, new).await?,
        };
        safe::opened(state, key.clone());
        note(state, actor, request_id, act).await?;
        safe::tidy(state, &key).await;
    } else {
        note(state, actor, request_id, act).await?;
    }
    load(state).await
}

/// The first one: locks up the key that there is, or a new one.
async fn choose(state: &State, new: Passphrase) -> Result<SealKey> {
    let explained = |trouble: Trouble| safe::not_kept(state, &trouble);
    let key = match safe::key(state).await {
        Ok(Some(key)) => key,
        Ok(None) | Err(Trouble::Damaged(_)) => new_key(state.ports.random.as_ref()).map_err(explained)?,
        // Another start had a keychain. With nothing sealed, nothing is lost with its key.
        Err(Trouble::Keychain(_)) => {
            let path = state.safe.path.clone();
            if blocking(move || read(&path)).await.map_err(explained)?.is_some() {
                return Err(safe_words::keychain_elsewhere(state.shop().settings.lang));
            }
            new_key(state.ports.random.as_ref()).map_err(explained)?
        }
        Err(trouble) => return Err(explained(trouble)),
    };
    lock(state, new, key).await
}

/// Another one, for whoever knows the old one. Where the new one opens the lock already, the act was done before and
/// its end was lost.
async fn change(state: &State, old: Option<Passphrase>, new: Passphrase) -> Result<SealKey> {
    let asked = old.is_some();
    if let Some(old) = old
        && let Some(key) = unlocked(state, old).await?
    {
        return lock(state, new, key).await;
    }
    match unlocked(state, new).await? {
        Some(key) => Ok(key),
        None if asked => Err(safe_words::wrong_passphrase(state.shop().settings.lang, "old")),
        None => Err(safe_words::old_passphrase_missing(state.shop().settings.lang)),
    }
}

/// Types the passphrase in. Whoever knows it may: one attempt at a time.
pub(crate) async fn unlock(state: &Arc<State>, passphrase: Secret) -> Result<GatewaySafe> {
    let _changing = state.safe.changing().await;
    let lang = state.shop().settings.lang;
    let passphrase = Passphrase::typed(&passphrase.into_text());
    match safe::standing(state) {
        GatewaySafe::Locked => {}
        GatewaySafe::Open => return Ok(GatewaySafe::Open),
        GatewaySafe::NoPassphrase => return Err(safe_words::no_passphrase(lang)),
        GatewaySafe::Keychain => return Err(safe_words::keychain_keeps(lang)),
        GatewaySafe::Practice => return Err(safe_words::practice_keeps(lang)),
    }
    let key = unlocked(state, passphrase).await?.ok_or_else(|| safe_words::wrong_passphrase(lang, "passphrase"))?;
    safe::opened(state, key.clone());
    safe::tidy(state, &key).await;
    load(state).await
}

/// Gives up a passphrase that nobody remembers, and the keys with it: both files are put aside, for it may come back to
/// somebody.
pub(crate) async fn forget(state: &Arc<State>, actor: &str, request_id: &str) -> Result<GatewaySafe> {
    let _changing = state.safe.changing().await;
    if !state.store.request_done(request_id).await.map_err(|e| state.store_error(e))? {
        if safe::standing(state) != GatewaySafe::Locked {
            return Err(safe_words::nothing_to_forget(state.shop().settings.lang));
        }
        let (sealed, locked) = (state.safe.path.clone(), state.safe.lock.clone());
        let aside = blocking(move || put_aside(&[&sealed, &locked])).await;
        aside.map_err(|trouble| safe::not_kept(state, &trouble))?;
        safe::given_up(state);
    }
    note(state, actor, request_id, PassphraseAct::Forgotten).await?;
    load(state).await
}

/// At the start: takes the passphrase from the file that was named. Where that fails, the till opens, and asks.
pub(crate) async fn from_file(state: &State) {
    let file = state.ports.passphrase_file.clone().filter(|_| safe::standing(state) == GatewaySafe::Locked);
    let Some(file) = file else { return };
    let found = match tokio::task::spawn_blocking(move || read_file(&file)).await {
        Ok(Ok(passphrase)) => unlocked(state, passphrase).await,
        Ok(Err(cause)) => {
            tracing::error!(cause, "the file with the passphrase of contracts is not used");
            return;
        }
        Err(cause) => {
            tracing::error!(%cause, "the file with the passphrase of contracts was not read");
            return;
        }
    };
    match found {
        Ok(Some(key)) => {
            safe::opened(state, key.clone());
            safe::tidy(state, &key).await;
        }
        Ok(None) => tracing::error!("the passphrase in its file does not open the contracts' keys"),
        // It was said in the log.
        Err(_) => {}
    }
}

/// A passphrase in one line. A file that others may read is refused: then it would keep nothing secret.
fn read_file(path: &Path) -> std::result::Result<Passphrase, String> {
    let file = std::fs::File::open(path).map_err(|cause| cause.to_string())?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = file.metadata().map_err(|cause| cause.to_string())?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(format!("others may read it (mode {:03o}, 600 wanted)", mode & 0o777));
        }
    }
    let mut text = Zeroizing::new(String::with_capacity(LARGEST as usize + 1));
    file.take(LARGEST).read_to_string(&mut text).map_err(|cause| cause.to_string())?;
    // Some editors begin a file with a mark.
    Ok(Passphrase::typed(text.trim_start_matches('\u{feff}')))
}

/// Writes the locked key. Whole, or not at all.
async fn lock(state: &State, new: Passphrase, key: SealKey) -> Result<SealKey> {
    let (path, random) = (state.safe.lock.clone(), state.ports.random.clone());
    let locked = blocking(move || {
        let bytes = lock_up(&new, &key, random.as_ref())?;
        write_whole(&path, &bytes, true).map_err(broken)?;
        Ok(key)
    });
    locked.await.map_err(|trouble| safe::not_kept(state, &trouble))
}

/// The key out of its lock; none: the passphrase does not open it.
async fn unlocked(state: &State, passphrase: Passphrase) -> Result<Option<SealKey>> {
    let path = state.safe.lock.clone();
    let opened = blocking(move || {
        let bytes = read(&path)?.ok_or_else(|| Trouble::Damaged("it is gone".into()))?;
        open_up(&passphrase, &bytes)
    });
    opened.await.map_err(|trouble| {
        tracing::error!(cause = %trouble, "the lock of contracts' keys cannot be opened");
        safe_words::bad_lock(state.shop().settings.lang)
    })
}

async fn note(state: &State, actor: &str, request_id: &str, act: PassphraseAct) -> Result<()> {
    state.store.note_passphrase(request_id, act, state.now(), actor).await.map_err(|e| state.store_error(e))
}

/// Reads the contracts anew, and asks what waited.
async fn load(state: &Arc<State>) -> std::result::Result<GatewaySafe, ApiError> {
    reload_held(state).await.map_err(|e| state.store_error(e))?;
    state.flow.wake();
    state.emit(Event::GatewaysChanged {});
    Ok(safe::standing(state))
}
