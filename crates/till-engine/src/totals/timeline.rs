//! A ticket and each step of its life.

use std::sync::Arc;

use till_core::Fen;
use till_store::StepRow;

use super::Result;
use crate::access::Who;
use crate::api::{Step, Timeline};
use crate::gateways;
use crate::state::State;

pub(crate) async fn timeline(state: &Arc<State>, _who: &Who, ticket_id: i64) -> Result<Timeline> {
    let ticket = state.ticket(ticket_id).await?;
    let steps = state.store.timeline(ticket_id).await.map_err(|e| state.store_error(e))?;
    let mut steps: Vec<Step> = steps.into_iter().map(show).collect();
    steps.extend(gateways::steps(state, ticket_id).await?);
    // Sorting keeps the order of what happened in the same millisecond.
    steps.sort_by_key(|step| step.at);
    Ok(Timeline { ticket, steps })
}

fn show(step: StepRow) -> Step {
    let amount = step.amount.and_then(|fen| Fen::sum(fen).ok()).map(|fen| format!("¥{fen}"));
    let detail: Vec<String> = amount.into_iter().chain(step.facts).collect();
    Step { what: step.what, at: step.at, actor: step.actor, detail: detail.join(" · ") }
}
