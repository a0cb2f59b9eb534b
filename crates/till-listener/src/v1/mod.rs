//! `/api/v1/…` for programs, and the document that describes it: both come from the handlers below, so neither can have
//! what the other lacks.

mod document;

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, Request, StatusCode, header};
use axum::response::Response;
use till_engine::merchant::MerchantDoor;
use till_engine::merchant::v1::{NewTicket, Problem, Ticket, TicketList, TicketState};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::document::{Common, Signed};
use crate::reply::{json, set};
use crate::room::Room;
use crate::{merchants, programs};

fn described() -> OpenApiRouter<Arc<Room>> {
    OpenApiRouter::with_openapi(document::head())
        .routes(routes!(create, list))
        .routes(routes!(show))
        .routes(routes!(cancel))
        .routes(routes!(events))
        .routes(routes!(openapi))
}

/// The routes.
pub(crate) fn router() -> Router<Arc<Room>> {
    described().split_for_parts().0
}

/// Open a ticket
///
/// The price is charged as asked, less the tail that tells this ticket from others that wait. The same
/// `Idempotency-Key` with the same body gets the same answer; with another body it is refused.
#[utoipa::path(
    post, path = "/api/v1/tickets", tag = "tickets", operation_id = "openTicket",
    params(
        Signed,
        ("Idempotency-Key" = String, Header, min_length = 1, max_length = 128, description = "Visible ASCII; makes a repeat harmless"),
    ),
    request_body = NewTicket,
    responses(
        (status = 201, description = "It waits for its customer; or it was opened before, with this key and this body", body = Ticket),
        (status = 409, description = "The key or the number was used before, or no amount is free", body = Problem),
        Common,
    ),
    security(("signature" = [])),
)]
async fn create(State(room): State<Arc<Room>>, request: Request<Body>) -> Response {
    merchants::take(room, MerchantDoor::V1Create, request).await
}

/// List tickets
///
/// The program's own tickets, newest first.
#[utoipa::path(
    get, path = "/api/v1/tickets", tag = "tickets", operation_id = "listTickets",
    params(
        Signed,
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Tickets on a page; 50 unless told"),
        ("status" = Option<TicketState>, Query, description = "Only tickets that stand so"),
    ),
    responses((status = 200, description = "One page", body = TicketList), Common),
    security(("signature" = [])),
)]
async fn list(State(room): State<Arc<Room>>, request: Request<Body>) -> Response {
    merchants::take(room, MerchantDoor::V1List, request).await
}

/// Show a ticket
#[utoipa::path(
    get, path = "/api/v1/tickets/{id}", tag = "tickets", operation_id = "showTicket",
    params(Signed, ("id" = String, Path, description = "`t_` and 32 hex digits")),
    responses(
        (status = 200, description = "How it stands", body = Ticket),
        (status = 404, description = "The program has no such ticket", body = Problem),
        Common,
    ),
    security(("signature" = [])),
)]
async fn show(State(room): State<Arc<Room>>, request: Request<Body>) -> Response {
    merchants::take(room, MerchantDoor::V1Get, request).await
}

/// Cancel a ticket
///
/// A ticket that is cancelled already stays so; a paid one is refused.
#[utoipa::path(
    post, path = "/api/v1/tickets/{id}/cancel", tag = "tickets", operation_id = "cancelTicket",
    params(Signed, ("id" = String, Path, description = "`t_` and 32 hex digits")),
    responses(
        (status = 200, description = "It is cancelled", body = Ticket),
        (status = 404, description = "The program has no such ticket", body = Problem),
        (status = 409, description = "It is paid or has expired", body = Problem),
        Common,
    ),
    security(("signature" = [])),
)]
async fn cancel(State(room): State<Arc<Room>>, request: Request<Body>) -> Response {
    merchants::take(room, MerchantDoor::V1Cancel, request).await
}

/// Listen to events
///
/// Server-sent events of the program's own tickets: `ticket.opened`, `ticket.paid`, `ticket.expired`,
/// `ticket.cancelled`, `ticket.delivered` (the callback was taken). `data` is the ticket as JSON; `id` names the event,
/// so that a client can drop one it has seen. A comment line comes when nothing else does. What happens while nobody
/// listens is not sent later (`Last-Event-ID` is not looked at): ask for the list after each connect. The till ends the
/// stream when it stops, when its programs were changed, or when the client was too slow to hear everything.
#[utoipa::path(
    get, path = "/api/v1/events", tag = "events", operation_id = "listen",
    params(Signed),
    responses(
        (status = 200, description = "The stream; the schema is that of `data`", body = Ticket, content_type = "text/event-stream"),
        Common,
    ),
    security(("signature" = [])),
)]
async fn events(State(room): State<Arc<Room>>, request: Request<Body>) -> Response {
    programs::stream(room, request).await
}

/// This document
#[utoipa::path(
    get, path = "/api/v1/openapi.json", tag = "document", operation_id = "openapi",
    responses((status = 200, description = "OpenAPI 3.1", body = serde_json::Value)),
    security(()),
)]
async fn openapi() -> Response {
    static DOCUMENT: OnceLock<Bytes> = OnceLock::new();
    let document = DOCUMENT.get_or_init(|| described().into_openapi().to_json().unwrap_or_default().into());
    let mut response = json(StatusCode::OK, document.clone());
    set(&mut response, header::CACHE_CONTROL, "no-cache");
    // Editors of such documents run in a browser. There is no secret in it.
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

#[cfg(test)]
pub(crate) fn document() -> utoipa::openapi::OpenApi {
    described().into_openapi()
}
