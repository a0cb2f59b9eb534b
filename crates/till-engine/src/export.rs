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

pub(crate) async fn start(
    state: &Arc<State>,
    _who: &Who,
    _request_id: String,
    _table: ExportTable,
    _preset: ExportPreset,
    _span: Span,
    _filter: SaleFilter,
    _folder: String,
) -> Result<ExportJob> {
    Err(missing(state))
}

pub(crate) async fn job(state: &Arc<State>, _who: &Who, _job_id: i64) -> Result<ExportJob> {
    Err(missing(state))
}

pub(crate) async fn cancel(state: &Arc<State>, _who: &Who, _job_id: i64) -> Result<ExportJob> {
    Err(missing(state))
}

pub(crate) async fn log(state: &Arc<State>, _who: &Who, _limit: u32) -> Result<Vec<ExportLog>> {
    Err(missing(state))
}
