use std::sync::Arc;

#[allow(unused_imports)]
use till_core::{Channel, Fen};

use crate::access::Who;
use crate::api::*;
use crate::state::State;

type Result<T> = std::result::Result<T, ApiError>;

fn missing(state: &State) -> ApiError {
    crate::words::error(state.shop().settings.lang, Code::Internal, "还没有做", "Not built yet")
}

pub(crate) async fn list(
    state: &Arc<State>,
    _who: &Who,
    _filter: JournalFilter,
    _limit: u32,
) -> Result<Vec<JournalEntry>> {
    Err(missing(state))
}

pub(crate) async fn check(state: &Arc<State>, _who: &Who) -> Result<JournalCheck> {
    Err(missing(state))
}
