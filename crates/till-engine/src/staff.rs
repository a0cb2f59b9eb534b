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

pub(crate) async fn session(state: &Arc<State>, _who: &Who) -> Result<SessionView> {
    Err(missing(state))
}

pub(crate) async fn sign_in(state: &Arc<State>, _who: &Who, _staff_id: i64, _pin: Secret) -> Result<SessionView> {
    Err(missing(state))
}

pub(crate) async fn lock(state: &Arc<State>, _who: &Who) -> Result<SessionView> {
    Err(missing(state))
}

pub(crate) async fn approve(
    state: &Arc<State>,
    _who: &Who,
    _for_request_id: String,
    _staff_id: i64,
    _pin: Secret,
) -> Result<Approved> {
    Err(missing(state))
}

pub(crate) async fn reveal(state: &Arc<State>, _who: &Who, _pin: Secret) -> Result<SessionView> {
    Err(missing(state))
}

pub(crate) async fn cover(state: &Arc<State>, _who: &Who) -> Result<SessionView> {
    Err(missing(state))
}

pub(crate) async fn people(state: &Arc<State>, _who: &Who) -> Result<Vec<StaffView>> {
    Err(missing(state))
}

pub(crate) async fn add_staff(
    state: &Arc<State>,
    _who: &Who,
    _request_id: String,
    _name: String,
    _role: Role,
    _pin: Option<Secret>,
) -> Result<Vec<StaffView>> {
    Err(missing(state))
}

pub(crate) async fn update_staff(
    state: &Arc<State>,
    _who: &Who,
    _request_id: String,
    _staff_id: i64,
    _name: Option<String>,
    _role: Option<Role>,
    _pin: Option<Secret>,
    _left: Option<bool>,
) -> Result<Vec<StaffView>> {
    Err(missing(state))
}
