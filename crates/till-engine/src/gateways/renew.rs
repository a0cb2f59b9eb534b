//! The provider's certificates: fetched before anything can be believed by them, twice a day after that, and when an
//! answer is signed with one nobody knows.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use till_channels::gateway::{Can, Doubt, DoubtKind, Office, OfficeAnswer};
use tokio::time::sleep;

use super::book::{self, Ail, Contract};
use super::{change, speak};
use crate::state::{State, lock};

const LOOK_EVERY: Duration = Duration::from_secs(1);
/// As WeChat Pay advises.
const EVERY_MS: i64 = 12 * 3_600_000;
/// After a failure, and between two fetches because of a number that nobody knows.
const AGAIN_MS: i64 = 600_000;

/// Keeps certificates as their providers have them, until the till closes.
pub(crate) async fn run(state: Arc<State>) {
    let mut tried: HashMap<i64, Tried> = HashMap::new();
    loop {
        sleep(LOOK_EVERY).await;
        let now = state.now();
        for contract in book::all(&state).iter().filter(|contract| has_certificates(contract)) {
            if !is_due(tried.get(&contract.id), is_puzzled(contract), now) {
                continue;
            }
            let done = fetch(&state, contract).await;
            if let Err(doubt) = &done {
                let (gateway, kind, detail) = (contract.id, doubt.kind, &doubt.detail);
                tracing::warn!(gateway, ?kind, detail, "the provider's certificates were not fetched; tried again");
            }
            tried.insert(contract.id, Tried { at: now, done: done.is_ok() });
        }
    }
}

/// How the last fetch went.
struct Tried {
    at: i64,
    done: bool,
}

fn has_certificates(contract: &Contract) -> bool {
    contract.usable() && contract.gateway().is_some_and(|gateway| gateway.can(Can::Certificates))
}

/// Its last answer was signed with a key nobody here knows.
fn is_puzzled(contract: &Contract) -> bool {
    matches!(lock(&contract.health).ail(), Some(Ail::Doubt(doubt)) if doubt.kind == DoubtKind::UnknownKey)
}

/// A clock that was put back counts as time that has passed.
fn is_due(tried: Option<&Tried>, puzzled: bool, now: i64) -> bool {
    let Some(tried) = tried else { return true };
    let wait = if tried.done && !puzzled { EVERY_MS } else { AGAIN_MS };
    (now - tried.at).abs() >= wait
}

/// Fetches the certificates and keeps what is new; whether anything was.
pub(super) async fn fetch(state: &Arc<State>, contract: &Contract) -> Result<bool, Doubt> {
    match speak::ask_office(state, contract, &Office::Certificates).await {
        OfficeAnswer::Certificates(certificates) => keep(state, contract, &certificates).await,
        OfficeAnswer::Unknown(doubt) => Err(doubt),
        OfficeAnswer::Refused(refusal) => {
            Err(Doubt::new(DoubtKind::Unlisted, format!("{} {}", refusal.code, refusal.message)))
        }
        _ => Err(Doubt::new(DoubtKind::Unreadable, "an answer to another question than for certificates")),
    }
}

/// Keeps those of these certificates that are new; whether any was.
pub(super) async fn keep(state: &Arc<State>, contract: &Contract, certificates: &[String]) -> Result<bool, Doubt> {
    let Some(gateway) = contract.gateway() else { return Ok(false) };
    let Some((field, text)) = gateway.renew(certificates, state.now())? else { return Ok(false) };
    let kept = change::learn(state, contract.id, field, text).await;
    kept.map_err(|cause| Doubt::new(DoubtKind::Trouble, format!("not kept: {}", cause.message)))?;
    tracing::info!(gateway = contract.id, "the provider's certificates are new");
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_are_fetched_at_once_then_twice_a_day_and_for_a_number_nobody_knows() {
        let at = 1_000_000_000;
        let tried = |done| Some(Tried { at, done });
        assert!(is_due(None, false, at));
        let due = |done, puzzled, later: i64| is_due(tried(done).as_ref(), puzzled, at + later);
        assert!(!due(true, false, EVERY_MS - 1) && due(true, false, EVERY_MS));
        assert!(!due(false, false, AGAIN_MS - 1) && due(false, false, AGAIN_MS), "after a failure");
        assert!(!due(true, true, AGAIN_MS - 1) && due(true, true, AGAIN_MS), "anybody may name a number");
        assert!(due(true, false, -EVERY_MS), "the clock was put back");
    }
}
