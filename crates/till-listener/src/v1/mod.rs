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
use till_engine::merchant::v1::{
    Back, CameBack, HistoricAnswer, HistoricCall, HistoricFunction, NewTicket, Pay, Paying, Problem, Ticket,
    TicketList, TicketState,
};
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
        .routes(routes!(pay))
        .routes(routes!(returned))
        .routes(routes!(historic))
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

/// Pay a ticket elsewhere
///
/// In your own app, site or mini program, through the shop's contract with Alipay or WeChat Pay: the till makes what the
/// provider's SDK or page wants, watches the payment, settles the ticket and tells you, as with every other ticket. What
/// an app or a browser says of the payment proves nothing. The same body again while the ticket waits is the same
/// payment, with the same `out_trade_no`; another surface is another payment for the same ticket.
#[utoipa::path(
    post, path = "/api/v1/tickets/{id}/pay", tag = "pay", operation_id = "payTicket",
    params(Signed, ("id" = String, Path, description = "`t_` and 32 hex digits")),
    request_body = Pay,
    responses(
        (status = 200, description = "For the app, the page or the mini program", body = Paying),
        (status = 404, description = "The program has no such ticket", body = Problem),
        (status = 409, description = "No contract can do it, the provider refuses, or the ticket does not wait", body = Problem),
        Common,
    ),
    security(("signature" = [])),
)]
async fn pay(State(room): State<Arc<Room>>, request: Request<Body>) -> Response {
    merchants::take(room, MerchantDoor::V1Pay, request).await
}

/// Check a return
///
/// The query with which the customer's browser came back from Alipay: whether Alipay signed it, which ticket it is about,
/// and whether the till knows that ticket to be paid. Show it to the customer; deliver when the callback comes.
#[utoipa::path(
    post, path = "/api/v1/returned", tag = "pay", operation_id = "returned",
    params(Signed),
    request_body = CameBack,
    responses(
        (status = 200, description = "Signed by Alipay", body = Back),
        (status = 404, description = "Signed, and about no ticket of the program", body = Problem),
        Common,
    ),
    security(("signature" = [])),
)]
async fn returned(State(room): State<Arc<Room>>, request: Request<Body>) -> Response {
    merchants::take(room, MerchantDoor::V1Returned, request).await
}

/// Speak a historic protocol
///
/// What Alipay (MAPI, WAP 1.0) and WeChat (APP V1.7) spoke before their present APIs, for programs whose old contracts
/// still run. Alipay's functions use `partner` and `mapi_md5_key` of the shop's Alipay contract; WeChat's take their keys
/// in the body, use them for the answer and forget them. Nothing here settles a ticket.
#[utoipa::path(
    post, path = "/api/v1/historic/{function}", tag = "historic", operation_id = "historic",
    params(Signed, ("function" = HistoricFunction, Path, description = "What to make or check; each has a body and an answer of its own")),
    request_body = HistoricCall,
    responses(
        (status = 200, description = "Texts", body = HistoricAnswer),
        (status = 404, description = "There is no such function", body = Problem),
        (status = 409, description = "The shop's Alipay contract has no old keys", body = Problem),
        Common,
    ),
    security(("signature" = [])),
)]
async fn historic(State(room): State<Arc<Room>>, request: Request<Body>) -> Response {
    merchants::take(room, MerchantDoor::V1Historic, request).await
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
