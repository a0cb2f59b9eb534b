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

pub(crate) async fn refund(
    state: &Arc<State>,
    _who: &Who,
    _request_id: String,
    _ticket_id: i64,
    _kind: RefundKind,
    _channel: Channel,
    _amount_fen: Fen,
    _reference: String,
    _reason: String,
) -> Result<TicketView> {
    Err(missing(state))
}
