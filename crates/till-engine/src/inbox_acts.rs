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

pub(crate) async fn mark_item(
    state: &Arc<State>,
    _who: &Who,
    _request_id: String,
    _item_id: i64,
    _mark: Mark,
    _note: String,
) -> Result<InboxItem> {
    Err(missing(state))
}

pub(crate) async fn bulk(
    state: &Arc<State>,
    _who: &Who,
    _request_id: String,
    _item_ids: Vec<i64>,
    _act: BulkAct,
) -> Result<Vec<BulkResult>> {
    Err(missing(state))
}

pub(crate) async fn not_received(state: &Arc<State>, _ticket_id: i64) -> Result<NotReceived> {
    Err(missing(state))
}
