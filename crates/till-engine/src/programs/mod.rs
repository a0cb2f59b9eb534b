//! Programs that may open tickets: their keys, where their secrets are kept, and what they are told.

mod callbacks;

use std::sync::Arc;

use crate::api::{
    ApiError, Code, OrderPage, OrderView, ProgramSecret, ProgramSettings, ProgramView, Programs, Protocol, TestCall,
};
use crate::state::State;
use crate::words;

pub(crate) use callbacks::run;

/// A program whose requests may be believed, with its secrets in memory.
#[derive(Clone)]
pub(crate) struct Program {
    pub(crate) id: i64,
    pub(crate) protocol: Protocol,
    pub(crate) key_id: String,
    pub(crate) settings: Arc<ProgramSettings>,
    pub(crate) revoked: bool,
    /// None: not on this computer.
    pub(crate) secret: Option<Arc<Secrets>>,
}

/// What a program proves itself with.
pub(crate) struct Secrets {
    /// Signs. Empty: the protocol signs nothing.
    pub(crate) key: String,
    /// Lets it create orders from another computer.
    pub(crate) token: String,
}

fn missing(state: &State) -> ApiError {
    words::error(state.shop().settings.lang, Code::Internal, "尚未实现", "not there yet")
}

pub(crate) async fn reload(_state: &State) -> Result<(), till_store::StoreError> {
    Ok(())
}

pub(crate) async fn list(state: &State) -> Result<Programs, ApiError> {
    Err(missing(state))
}

pub(crate) async fn add(
    state: &State,
    _actor: &str,
    _request_id: &str,
    _protocol: Protocol,
    _settings: ProgramSettings,
) -> Result<ProgramSecret, ApiError> {
    Err(missing(state))
}

pub(crate) async fn update(
    state: &State,
    _actor: &str,
    _request_id: &str,
    _program_id: i64,
    _settings: ProgramSettings,
) -> Result<ProgramView, ApiError> {
    Err(missing(state))
}

pub(crate) async fn renew(
    state: &State,
    _actor: &str,
    _request_id: &str,
    _program_id: i64,
) -> Result<ProgramSecret, ApiError> {
    Err(missing(state))
}

pub(crate) async fn revoke(
    state: &State,
    _actor: &str,
    _request_id: &str,
    _program_id: i64,
) -> Result<ProgramView, ApiError> {
    Err(missing(state))
}

pub(crate) async fn test(
    state: &State,
    _actor: &str,
    _request_id: &str,
    _program_id: i64,
    _url: &str,
) -> Result<TestCall, ApiError> {
    Err(missing(state))
}

pub(crate) async fn orders(
    state: &State,
    _program_id: Option<i64>,
    _undelivered: bool,
    _before_id: Option<i64>,
    _limit: u32,
) -> Result<OrderPage, ApiError> {
    Err(missing(state))
}

pub(crate) async fn send_again(
    state: &Arc<State>,
    _actor: &str,
    _request_id: &str,
    _ticket_id: i64,
) -> Result<OrderView, ApiError> {
    Err(missing(state))
}
