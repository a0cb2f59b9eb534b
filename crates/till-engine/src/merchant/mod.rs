//! Programs on the LAN port: who asks, whether it may, and one set of acts for every protocol. What a request and an
//! answer look like is each protocol's own business (`till_channels::merchant`).

use std::sync::Arc;

use till_store::OrderRow;

use crate::api::Protocol;
use crate::ports::Outgoing;
use crate::programs::Program;
use crate::state::State;

/// Which door of the LAN port the request came through. The method and the rest of the path say what is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MerchantDoor {
    /// `GET|POST /createOrder` (V免签; GOGO with an `App-Id` header).
    CreateOrder,
    /// `GET|POST /getOrder`.
    GetOrder,
    /// `GET|POST /checkOrder`.
    CheckOrder,
    /// `GET|POST /closeOrder`.
    CloseOrder,
    /// `GET|POST /getState`.
    GetState,
    /// `POST|GET /gogo/{createOrder,getOrder,checkOrder,closeOrder}`: GOGO where the headers are missing.
    Gogo,
    /// `GET|POST /submit.php`.
    EpaySubmit,
    /// `GET|POST /mapi.php`.
    EpayMapi,
    /// `GET|POST /api.php?act=order|query`.
    EpayApi,
    /// `POST /v1/Pay/{AddOrder,QueryOrder,DiscardOrder,QueryAlreadyBuy}`.
    Lyn,
    /// `GET /PayQRCode/{fen}.jpg`.
    LynPicture,
    /// `POST /api/v1/tickets`.
    V1Create,
    /// `GET /api/v1/tickets`.
    V1List,
    /// `GET /api/v1/tickets/{id}`.
    V1Get,
    /// `POST /api/v1/tickets/{id}/cancel`.
    V1Cancel,
}

/// A request as it came.
#[derive(Clone, Debug, Default)]
pub struct MerchantRequest {
    /// Address of the peer, without port; the socket's own, whatever headers say.
    pub address: String,
    /// Upper-case method.
    pub method: String,
    /// Path as it came, percent-encoded, without query and without `/t/{token}`.
    pub path: String,
    /// Query as it came, percent-encoded, without `?`.
    pub query: String,
    /// All headers, lower-case names, in order.
    pub headers: Vec<(String, String)>,
    /// Token from `/t/{token}/…`.
    pub path_token: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// What to answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MerchantAnswer {
    /// HTTP status.
    pub status: u16,
    /// Media type of the body.
    pub content_type: &'static str,
    /// Where to go, with a 3xx status.
    pub location: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// A program that proved itself for its event stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proved {
    /// Which program.
    pub program_id: i64,
    /// What it speaks.
    pub protocol: Protocol,
}

fn missing() -> MerchantAnswer {
    MerchantAnswer { status: 501, content_type: "application/json; charset=utf-8", location: None, body: Vec::new() }
}

pub(crate) async fn answer(_state: &Arc<State>, _door: MerchantDoor, _request: MerchantRequest) -> MerchantAnswer {
    missing()
}

/// Whether a signed `GET /api/v1/events` may listen; the answer to send if not.
pub(crate) async fn prove(_state: &Arc<State>, _request: MerchantRequest) -> Result<Proved, MerchantAnswer> {
    Err(missing())
}

/// A ticket of this program as the v1 API shows it, as JSON text; none if it is another's.
pub(crate) async fn v1_ticket(_state: &Arc<State>, _program_id: i64, _ticket_id: i64) -> Option<String> {
    None
}

/// Why there is no callback to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoCallback {
    /// The secret to sign with is not on this computer.
    NoSecret,
    /// The address is not one this program may name.
    Forbidden,
    /// The address does not read as one.
    BadUrl,
}

/// The signed callback that tells a program of its paid order. `at` is the time of signing, as Unix ms.
pub(crate) fn callback(_program: &Program, _order: &OrderRow, _at: i64) -> Result<Outgoing, NoCallback> {
    Err(NoCallback::NoSecret)
}

/// A signed callback of the same shape about no order, to try an address with.
pub(crate) fn sample_callback(_program: &Program, _url: &str, _at: i64) -> Result<Outgoing, NoCallback> {
    Err(NoCallback::NoSecret)
}

/// True if a program may name this address for callbacks or returns: it begins with one of its prefixes.
pub(crate) fn may_name(_program: &Program, _url: &str) -> bool {
    false
}

/// Where an order's customer goes on: once paid with the protocol's signed fields, before that as the program gave it.
pub(crate) fn return_url(_program: &Program, _order: &OrderRow, _at: i64) -> Option<String> {
    None
}
