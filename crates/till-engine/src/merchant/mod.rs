//! Programs on the LAN port: who asks, whether it may, and one set of acts for every protocol. What a request and an
//! answer look like is each protocol's own business (`till_channels::merchant`).

mod acts;
mod memory;
mod open;
mod show;
mod trust;
mod who;
mod words;

use std::sync::Arc;

/// The types of our own protocol, with what its document says of them.
pub use till_channels::merchant::v1;
use till_channels::merchant::{Call, Reply, Tongue, Why, epay, lyn, vmq};

use crate::api::Protocol;
use crate::refusals;
use crate::state::State;

pub(crate) use memory::Memory;
pub(crate) use show::{callback, may_name, return_url, sample_callback, stand, v1_ticket};

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
    /// `POST /api/v1/tickets/{id}/pay`.
    V1Pay,
    /// `POST /api/v1/returned`.
    V1Returned,
    /// `POST /api/v1/historic/{function}`.
    V1Historic,
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

impl From<Reply> for MerchantAnswer {
    fn from(reply: Reply) -> MerchantAnswer {
        let Reply { status, content_type, location, body } = reply;
        MerchantAnswer { status, content_type, location, body }
    }
}

/// The adapter that speaks at a door. V免签's doors are GOGO's as well: its requests carry an App-Id.
fn tongue(door: MerchantDoor, request: &MerchantRequest) -> Tongue {
    let gogo = request.headers.iter().any(|(name, _)| name == "app-id");
    let family = |verb| if gogo { Tongue::Gogo(verb) } else { Tongue::Vmq(verb) };
    match door {
        MerchantDoor::CreateOrder => family(vmq::Verb::Create),
        MerchantDoor::GetOrder => family(vmq::Verb::Get),
        MerchantDoor::CheckOrder => family(vmq::Verb::Check),
        MerchantDoor::CloseOrder => family(vmq::Verb::Close),
        MerchantDoor::GetState => family(vmq::Verb::State),
        MerchantDoor::Gogo => Tongue::Gogo(match request.path.rsplit('/').next() {
            Some("createOrder") => vmq::Verb::Create,
            Some("checkOrder") => vmq::Verb::Check,
            Some("closeOrder") => vmq::Verb::Close,
            Some("getState") => vmq::Verb::State,
            _ => vmq::Verb::Get,
        }),
        MerchantDoor::EpaySubmit => Tongue::Epay(epay::Verb::Submit),
        MerchantDoor::EpayMapi => Tongue::Epay(epay::Verb::Mapi),
        MerchantDoor::EpayApi => Tongue::Epay(epay::Verb::Api),
        // What names no verb asks for an order, and finds none.
        MerchantDoor::Lyn => Tongue::Lyn(lyn::Verb::of(&request.path).unwrap_or(lyn::Verb::Query)),
        MerchantDoor::LynPicture => Tongue::Lyn(lyn::Verb::Picture),
        MerchantDoor::V1Create => Tongue::V1(v1::Verb::Create),
        MerchantDoor::V1List => Tongue::V1(v1::Verb::List),
        MerchantDoor::V1Get => Tongue::V1(v1::Verb::Get),
        MerchantDoor::V1Cancel => Tongue::V1(v1::Verb::Cancel),
        MerchantDoor::V1Pay => Tongue::V1(v1::Verb::Pay),
        MerchantDoor::V1Returned => Tongue::V1(v1::Verb::Returned),
        MerchantDoor::V1Historic => Tongue::V1(v1::Verb::Historic),
    }
}

fn protocol(tongue: Tongue) -> Protocol {
    match tongue {
        Tongue::Vmq(_) => Protocol::Vmq,
        Tongue::Gogo(_) => Protocol::Gogo,
        Tongue::Epay(_) => Protocol::Epay,
        Tongue::Lyn(_) => Protocol::Lyn,
        Tongue::V1(_) => Protocol::V1,
    }
}

/// The adapter that speaks to this program, of the two that share their doors.
fn in_the_tongue_of(tongue: Tongue, program: Protocol) -> Option<Tongue> {
    match (tongue, program) {
        (Tongue::Vmq(verb) | Tongue::Gogo(verb), Protocol::Vmq) => Some(Tongue::Vmq(verb)),
        (Tongue::Vmq(verb) | Tongue::Gogo(verb), Protocol::Gogo) => Some(Tongue::Gogo(verb)),
        _ if protocol(tongue) == program => Some(tongue),
        _ => None,
    }
}

fn call(request: &MerchantRequest) -> Call<'_> {
    let MerchantRequest { method, path, query, headers, body, .. } = request;
    Call { method, path, query, headers, body }
}

/// Refuses, and tells the owner where it matters. The path has no token in it, the note neither query nor body.
async fn refuse(state: &State, request: &MerchantRequest, tongue: Tongue, why: Why) -> MerchantAnswer {
    if let Some(cause) = why.noted() {
        refusals::note(state, &request.address, &request.path, None, cause, "").await;
    }
    tongue.refuse(why, &words::sentence(state.shop().settings.lang, why)).into()
}

pub(crate) async fn answer(state: &Arc<State>, door: MerchantDoor, request: MerchantRequest) -> MerchantAnswer {
    let tongue = tongue(door, &request);
    match acts::act(state, tongue, &request).await {
        Ok(reply) => reply.into(),
        Err(why) => refuse(state, &request, tongue, why).await,
    }
}

/// The id of the program that signed this `GET /api/v1/events`; the answer to send if none did.
pub(crate) async fn prove(state: &Arc<State>, request: MerchantRequest) -> Result<i64, MerchantAnswer> {
    let tongue = Tongue::V1(v1::Verb::Listen);
    match acts::prove(state, tongue, &request).await {
        Ok((program, _)) => Ok(program.id),
        Err(why) => Err(refuse(state, &request, tongue, why).await),
    }
}
