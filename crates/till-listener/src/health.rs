use std::sync::Arc;

use axum::Router;
use axum::response::Response;
use axum::routing::get;

use crate::reply;
use crate::room::Room;

/// `GET /healthz`: that somebody is here, and nothing else.
pub(crate) fn router() -> Router<Arc<Room>> {
    Router::new().route("/healthz", get(async || -> Response { reply::ok() }))
}
