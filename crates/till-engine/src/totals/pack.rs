//! Packs past business days in the background, so that years are summed and searched in a blink. Figures are right
//! without it, only slower.

use std::sync::Arc;
use std::time::Duration;

use till_store::StoreError;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, sleep, timeout_at};

use crate::api::Event;
use crate::state::State;

/// The till's windows come first.
const AFTER_START: Duration = Duration::from_secs(3);
/// Days written in one transaction: a payment waits for no more than these.
const AT_ONCE: usize = 4;
const BETWEEN: Duration = Duration::from_millis(10);
/// A day ends, or a row is written into a day that was packed.
const AGAIN: Duration = Duration::from_secs(600);

pub(crate) async fn keep_packed(state: Arc<State>) {
    let mut events = state.bus.subscribe();
    sleep(AFTER_START).await;
    loop {
        if let Err(cause) = pack(&state).await {
            tracing::error!(%cause, "could not pack past days");
        }
        // Hours are of the shop's zone: with another zone the days are packed anew.
        let (zone, again) = (state.shop().settings.time_zone.clone(), Instant::now() + AGAIN);
        loop {
            match timeout_at(again, events.recv()).await {
                Ok(Ok(Event::SettingsChanged {})) if state.shop().settings.time_zone != zone => break,
                Ok(Ok(_) | Err(RecvError::Lagged(_))) => {}
                Ok(Err(RecvError::Closed)) => return,
                Err(_) => break,
            }
        }
    }
}

async fn pack(state: &State) -> Result<(), StoreError> {
    let zone = state.shop().zone.clone();
    let mut before = state.business_date(state.now());
    while let Some(oldest) = state.store.pack_days(&before, &zone, AT_ONCE).await? {
        before = oldest;
        sleep(BETWEEN).await;
    }
    Ok(())
}
