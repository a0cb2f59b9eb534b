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

pub(crate) async fn totals(state: &Arc<State>, _who: &Who, _span: Span, _filter: SaleFilter) -> Result<Totals> {
    Err(missing(state))
}

pub(crate) async fn sales_index(
    state: &Arc<State>,
    _who: &Who,
    _span: Span,
    _filter: SaleFilter,
) -> Result<SalesIndex> {
    Err(missing(state))
}

pub(crate) async fn sales_rows(
    state: &Arc<State>,
    _who: &Who,
    _date: String,
    _filter: SaleFilter,
    _offset: u32,
    _limit: u32,
) -> Result<Vec<SaleRow>> {
    Err(missing(state))
}

pub(crate) async fn search_sales(state: &Arc<State>, _who: &Who, _text: String, _limit: u32) -> Result<Vec<SaleRow>> {
    Err(missing(state))
}

pub(crate) async fn timeline(state: &Arc<State>, _who: &Who, _ticket_id: i64) -> Result<Timeline> {
    Err(missing(state))
}
