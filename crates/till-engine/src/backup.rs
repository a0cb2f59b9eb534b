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

pub(crate) async fn back_up(
    state: &Arc<State>,
    _who: &Who,
    _request_id: String,
    _folder: String,
) -> Result<BackupView> {
    Err(missing(state))
}

pub(crate) async fn list(state: &Arc<State>) -> Result<BackupList> {
    Err(missing(state))
}

pub(crate) async fn check(state: &Arc<State>, _path: String) -> Result<BackupView> {
    Err(missing(state))
}

pub(crate) async fn restore(state: &Arc<State>, _who: &Who, _request_id: String, _path: String) -> Result<RestorePlan> {
    Err(missing(state))
}
