//! What the engine does by itself: expire tickets, end screen phases, see trades to their end, watch phones, lock an idle till, clear old request ids.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use crate::state::State;
use crate::{display, totals, view};

const WATCH: Duration = Duration::from_secs(2);
const CLEAR: Duration = Duration::from_secs(3_600);
const LONGEST_WAIT_MS: i64 = 900;
/// After a failed sweep: the disk may be full, and a full disk is not helped by haste.
const AFTER_FAILURE: Duration = Duration::from_secs(2);
const WEEK_MS: i64 = 7 * 86_400_000;

pub(crate) fn start(state: &Arc<State>, look_soon: bool) {
    tokio::spawn(until_closed(state.clone(), deadlines(state.clone())));
    tokio::spawn(until_closed(state.clone(), watch(state.clone())));
    tokio::spawn(until_closed(state.clone(), clear(state.clone())));
    tokio::spawn(until_closed(state.clone(), totals::keep_packed(state.clone())));
    tokio::spawn(until_closed(state.clone(), crate::programs::run(state.clone())));
    tokio::spawn(until_closed(state.clone(), crate::gateways::keep_trades(state.clone())));
    tokio::spawn(until_closed(state.clone(), crate::gateways::keep_relays(state.clone())));
    tokio::spawn(until_closed(state.clone(), crate::gateways::keep_certificates(state.clone())));
    tokio::spawn(until_closed(state.clone(), crate::gateways::read_again(state.clone())));
    if state.practice {
        return;
    }
    tokio::spawn(until_closed(state.clone(), crate::export::keep_nightly(state.clone())));
    tokio::spawn(until_closed(state.clone(), crate::gateways::keep_bills(state.clone())));
    tokio::spawn(until_closed(state.clone(), crate::recovery::head::follow(state.clone())));
    tokio::spawn(until_closed(state.clone(), crate::backup::schedule::run(state.clone(), state.now())));
    if look_soon {
        tokio::spawn(until_closed(state.clone(), crate::backup::schedule::look_once(state.clone())));
    }
}

pub(crate) async fn until_closed(state: Arc<State>, work: impl Future<Output = ()>) {
    let mut closing = state.closing.subscribe();
    tokio::select! {
        _ = closing.wait_for(|closed| *closed) => {}
        () = work => {}
    }
}

/// Sleeps until the next ticket runs out or the next phase of the counter screen ends, then acts.
async fn deadlines(state: Arc<State>) {
    loop {
        let flash = display::end_flash(&state);
        let swept = match state.store.next_deadline().await {
            Ok(Some(at)) if at <= state.now() => sweep(&state).await.map(|()| None),
            Ok(at) => Ok(at),
            Err(cause) => Err(cause),
        };
        let next = match swept {
            Ok(next) => next,
            Err(cause) => {
                tracing::error!(%cause, "could not expire tickets");
                state.store_error(cause);
                sleep(AFTER_FAILURE).await;
                continue;
            }
        };
        let now = state.now();
        let wait = [flash, next].into_iter().flatten().map(|at| at - now).min().unwrap_or(LONGEST_WAIT_MS);
        let wait = Duration::from_millis(u64::try_from(wait.clamp(1, LONGEST_WAIT_MS)).unwrap_or(1));
        // What begins in the meantime lasts longer than the longest wait.
        sleep(wait).await;
    }
}

async fn sweep(state: &State) -> Result<(), till_store::StoreError> {
    let cooldown = state.shop().settings.cooldown_expired_ms;
    for full in state.store.sweep(state.now(), cooldown).await? {
        let ticket = view::ticket(state, full);
        state.tell_ended(&ticket).await;
    }
    Ok(())
}

async fn watch(state: Arc<State>) {
    loop {
        if let Err(cause) = state.watch_devices().await {
            tracing::error!(%cause, "could not look after the phones");
        }
        state.end_idle_session().await;
        sleep(WATCH).await;
    }
}

async fn clear(state: Arc<State>) {
    loop {
        if let Err(cause) = state.store.clear_old(state.now() - WEEK_MS).await {
            tracing::error!(%cause, "could not clear old request ids");
            state.store_error(cause);
        }
        sleep(CLEAR).await;
    }
}
