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

pub(crate) async fn import(
    state: &Arc<State>,
    _who: &Who,
    _request_id: String,
    _file: String,
    _content_base64: Option<String>,
    _path: Option<String>,
    _password: Option<Secret>,
) -> Result<StatementCheck> {
    Err(missing(state))
}

pub(crate) async fn list(state: &Arc<State>, _limit: u32) -> Result<Vec<StatementHead>> {
    Err(missing(state))
}

pub(crate) async fn check(state: &Arc<State>, _statement_id: i64, _limit: u32) -> Result<StatementCheck> {
    Err(missing(state))
}

pub(crate) async fn attach(
    state: &Arc<State>,
    _who: &Who,
    _request_id: String,
    _line_id: i64,
    _ticket_id: i64,
) -> Result<StatementCheck> {
    Err(missing(state))
}

pub(crate) async fn open(
    state: &Arc<State>,
    _who: &Who,
    _request_id: String,
    _line_id: i64,
    _note: String,
) -> Result<StatementCheck> {
    Err(missing(state))
}

pub(crate) async fn settle(
    state: &Arc<State>,
    _who: &Who,
    _request_id: String,
    _statement_id: i64,
    _line_id: Option<i64>,
    _ticket_id: Option<i64>,
    _reason: String,
) -> Result<StatementCheck> {
    Err(missing(state))
}
