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

pub(crate) async fn current(state: &Arc<State>, _who: &Who) -> Result<Option<ShiftView>> {
    Err(missing(state))
}

pub(crate) async fn open(state: &Arc<State>, _who: &Who, _request_id: String, _float_fen: Fen) -> Result<ShiftView> {
    Err(missing(state))
}

pub(crate) async fn move_cash(
    state: &Arc<State>,
    _who: &Who,
    _request_id: String,
    _kind: CashKind,
    _amount_fen: Fen,
    _reason: String,
) -> Result<ShiftView> {
    Err(missing(state))
}

pub(crate) async fn close(
    state: &Arc<State>,
    _who: &Who,
    _request_id: String,
    _counted: Option<Vec<Denomination>>,
    _note: String,
) -> Result<ShiftView> {
    Err(missing(state))
}

pub(crate) async fn list(state: &Arc<State>, _who: &Who, _limit: u32) -> Result<Vec<ShiftView>> {
    Err(missing(state))
}

pub(crate) async fn day_report(state: &Arc<State>, _who: &Who, _business_date: Option<String>) -> Result<DayReport> {
    Err(missing(state))
}

pub(crate) async fn close_day(
    state: &Arc<State>,
    _who: &Who,
    _request_id: String,
    _business_date: Option<String>,
    _counted: Option<Vec<Denomination>>,
    _note: String,
) -> Result<ZReport> {
    Err(missing(state))
}

pub(crate) async fn z_reports(state: &Arc<State>, _who: &Who, _limit: u32) -> Result<Vec<ZHead>> {
    Err(missing(state))
}

pub(crate) async fn z_report(state: &Arc<State>, _who: &Who, _number: u32) -> Result<ZReport> {
    Err(missing(state))
}
