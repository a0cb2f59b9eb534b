//! PINs: argon2id, slow on purpose, and never on a thread that carries payments.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{CustomizedPasswordHasher, PasswordVerifier};
use argon2::{Argon2, Params};
use serde_json::json;
use till_store::{FREE_TRIES, PinTry};
use tokio::sync::Semaphore;

use crate::api::{ApiError, Code, Event, Secret};
use crate::state::State;
use crate::words;

/// 32 MiB, three passes: 50 to 100 ms on a shop's computer. A stored PIN carries its own parameters.
const MEMORY_KIB: u32 = 32 * 1024;
const PASSES: u32 = 3;
const SALT_BYTES: usize = 16;
/// What is longer is no PIN, and not worth the work.
const LONGEST: usize = 64;
/// Hashes at once; each takes its memory.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

fn internal(state: &State, cause: &dyn std::fmt::Display) -> ApiError {
    tracing::error!(%cause, "a PIN could not be worked with");
    words::error(state.shop().settings.lang, Code::Internal, "PIN 处理失败", "The PIN could not be worked with")
}

async fn apart<T: Send + 'static>(state: &State, work: impl FnOnce() -> T + Send + 'static) -> Result<T, ApiError> {
    let _turn = AT_ONCE.acquire().await.map_err(|e| internal(state, &e))?;
    tokio::task::spawn_blocking(work).await.map_err(|e| internal(state, &e))
}

/// A new PIN as it is stored: PHC text.
pub(crate) async fn hash(state: &State, pin: Secret) -> Result<String, ApiError> {
    let fine = (4..=12).contains(&pin.0.len()) && pin.0.bytes().all(|b| b.is_ascii_digit());
    if !fine {
        let lang = state.shop().settings.lang;
        let mut error = words::error(lang, Code::Invalid, "PIN 要是 4 到 12 位数字", "A PIN has 4 to 12 digits");
        error.details = Some(json!({ "field": "pin" }));
        return Err(error);
    }
    let mut salt = [0_u8; SALT_BYTES];
    state.ports.random.fill(&mut salt).map_err(|cause| internal(state, &cause))?;
    let work = move || {
        let params = Params::new(MEMORY_KIB, PASSES, 1, None)?;
        Argon2::default().hash_password_with_params(pin.0.as_bytes(), &salt, params).map(|phc| phc.to_string())
    };
    apart(state, work).await?.map_err(|cause| internal(state, &cause))
}

fn fits(pin: &str, phc: &str) -> bool {
    // The comparison takes the same time wherever the difference is.
    pin.len() <= LONGEST
        && PasswordHash::new(phc).is_ok_and(|hash| Argon2::default().verify_password(pin.as_bytes(), &hash).is_ok())
}

/// Does the same work as a real comparison: an unknown person is no quicker to answer for.
fn fits_nobody(pin: &str) {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None);
    let mut out = [0_u8; 32];
    let Ok(params) = params else { return };
    let argon = Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    // What comes out is nobody's.
    let _ = argon.hash_password_into(&pin.as_bytes()[..pin.len().min(LONGEST)], &[0; SALT_BYTES], &mut out);
}

/// Finds out whose PIN it is among these people, and answers that try and those of the others. Every try is counted
/// before it is looked at. `actor` is who stands there.
pub(crate) async fn check(
    state: &Arc<State>,
    actor: &str,
    staff_ids: Vec<i64>,
    pin: Secret,
) -> Result<(PinTry, Vec<PinTry>), ApiError> {
    let tries = state.store.try_pins(staff_ids, state.now()).await.map_err(|e| state.store_error(e))?;
    if tries.admitted.is_empty() {
        let Some(until) = tries.locked_until else {
            apart(state, move || fits_nobody(&pin.0)).await?;
            return Err(wrong(state, FREE_TRIES - 1, None));
        };
        return Err(wrong(state, 0, Some(until)));
    }
    let hashes: Vec<String> = tries.admitted.iter().map(|t| t.pin_hash.clone()).collect();
    let found = apart(state, move || hashes.iter().position(|phc| fits(&pin.0, phc))).await?;
    let mut admitted = tries.admitted;
    if let Some(place) = found {
        return Ok((admitted.swap_remove(place), admitted));
    }
    let left = admitted.iter().map(|t| FREE_TRIES - t.failures).max().unwrap_or(0);
    let until = admitted.iter().map(|t| t.locked_until).min().flatten();
    state.store.pin_wrong(admitted, state.now(), actor).await.map_err(|e| state.store_error(e))?;
    if until.is_some() {
        state.emit(Event::SessionChanged {});
    }
    Err(wrong(state, left, until))
}

fn wrong(state: &State, tries_left: i64, locked_until: Option<i64>) -> ApiError {
    let lang = state.shop().settings.lang;
    let (zh, en) = match locked_until {
        None => ("PIN 不对", "Wrong PIN"),
        Some(_) => ("PIN 错误次数太多，请稍后再试", "Too many wrong PINs; try again later"),
    };
    let mut error = words::error(lang, Code::WrongPin, zh, en);
    error.details = Some(match locked_until {
        None => json!({ "tries_left": tries_left.max(0) }),
        Some(until) => json!({ "locked_until": until }),
    });
    error
}
