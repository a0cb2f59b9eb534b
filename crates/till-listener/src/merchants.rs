//! The programs' doors. A request is handed over as it came; what it means, and whether it may, is the engine's to say.
//! Every door is there twice: a program whose client can only be given an address has its token in it, `/t/{token}/…`.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{OriginalUri, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Request, StatusCode, header};
use axum::response::Response;
use axum::routing::{MethodFilter, MethodRouter, on};
use till_engine::merchant::{MerchantAnswer, MerchantDoor, MerchantRequest};

use crate::reply::{Shape, TurnedAway, set};
use crate::room::{Peer, Room};
use crate::{body, checkout, paths, v1};

/// All paths programs ask at.
pub(crate) fn router() -> Router<Arc<Room>> {
    doors().nest("/t/{token}", doors())
}

fn doors() -> Router<Arc<Room>> {
    let both = MethodFilter::GET.or(MethodFilter::POST);
    let (get, post) = (MethodFilter::GET, MethodFilter::POST);
    let mut router = Router::new()
        .route("/createOrder", door(both, MerchantDoor::CreateOrder))
        .route("/getOrder", door(both, MerchantDoor::GetOrder))
        .route("/checkOrder", door(both, MerchantDoor::CheckOrder))
        .route("/closeOrder", door(both, MerchantDoor::CloseOrder))
        .route("/getState", door(both, MerchantDoor::GetState))
        .route("/submit.php", door(both, MerchantDoor::EpaySubmit))
        .route("/mapi.php", door(both, MerchantDoor::EpayMapi))
        .route("/api.php", door(both, MerchantDoor::EpayApi))
        .route("/PayQRCode/{file}", door(get, MerchantDoor::LynPicture));
    for verb in ["createOrder", "getOrder", "checkOrder", "closeOrder"] {
        router = router.route(&format!("/gogo/{verb}"), door(both, MerchantDoor::Gogo));
    }
    for verb in ["AddOrder", "QueryOrder", "DiscardOrder", "QueryAlreadyBuy"] {
        router = router.route(&format!("/v1/Pay/{verb}"), door(post, MerchantDoor::Lyn));
    }
    router.merge(v1::router()).merge(checkout::by_number())
}

fn door(methods: MethodFilter, door: MerchantDoor) -> MethodRouter<Arc<Room>> {
    on(methods, async move |State(room): State<Arc<Room>>, request: Request<Body>| take(room, door, request).await)
}

/// Hands a request over and writes the answer as told.
pub(crate) async fn take(room: Arc<Room>, door: MerchantDoor, request: Request<Body>) -> Response {
    let shape = Shape::asked(&request);
    let request = match read(&room, request).await {
        Ok(request) => request,
        Err(turned_away) => return turned_away.reply_as(shape),
    };
    // In its own task: a program that hangs up without waiting for the answer has still opened its order.
    let answer = tokio::spawn(async move { room.till.merchant(door, request).await }).await;
    let mut response = match answer {
        Ok(answer) => write(answer, shape),
        Err(panic) => {
            tracing::error!(%panic, "a program's request did not end");
            TurnedAway::Late.reply_as(shape)
        }
    };
    if is_polled_by_pages(door) {
        set(&mut response, header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    }
    response
}

/// True for what a shop's own page asks from the customer's browser, again and again, while the customer pays: V免签's
/// two unsigned queries, which tell nothing to who has not the order's number. Every other door wants a secret, which has
/// no business in a page. They are asked without headers of their own, so no browser asks for leave (`OPTIONS`) first.
const fn is_polled_by_pages(door: MerchantDoor) -> bool {
    matches!(door, MerchantDoor::GetOrder | MerchantDoor::CheckOrder)
}

/// The request as the engine wants it; or why not, already told.
pub(crate) async fn read(room: &Room, request: Request<Body>) -> Result<MerchantRequest, TurnedAway> {
    // axum serves HEAD with the GET handler; an order by HEAD would be an order nobody meant.
    if request.method() == Method::HEAD {
        return Err(TurnedAway::WrongMethod);
    }
    let (parts, content) = request.into_parts();
    let peer = parts.extensions.get::<Peer>().ok_or(TurnedAway::Malformed)?;
    let body = body::read(&parts.headers, content, room.limits.body, room.limits.body_time).await;
    let body = body.inspect_err(|turned_away| room.refusals.note(peer.ip, parts.uri.path(), turned_away.cause()))?;
    Ok(MerchantRequest {
        address: peer.text.as_ref().to_owned(),
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        path_token: path_token(&parts),
        headers: headers(&parts),
        body,
    })
}

/// The token of `/t/{token}/…`, which is no longer in the path by now.
fn path_token(parts: &Parts) -> Option<String> {
    let OriginalUri(whole) = parts.extensions.get::<OriginalUri>()?;
    paths::split_token(whole.path()).0.map(str::to_owned)
}

/// All headers, their names in lower case as hyper has them.
pub(crate) fn headers(parts: &Parts) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    parts.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect()
}

/// The answer as told. Nothing of it may be kept, guessed at, or run: what a program wrote into an order is shown as text.
pub(crate) fn write(answer: MerchantAnswer, shape: Shape) -> Response {
    let location = answer.location.as_deref().map(HeaderValue::from_str).transpose();
    let (Ok(status), Ok(location)) = (StatusCode::from_u16(answer.status), location) else {
        tracing::error!(status = answer.status, "an answer that cannot be written");
        return TurnedAway::Late.reply_as(shape);
    };
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = status;
    set(&mut response, header::CONTENT_TYPE, answer.content_type);
    set(&mut response, header::CACHE_CONTROL, "no-store");
    set(&mut response, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(&mut response, header::REFERRER_POLICY, "no-referrer");
    if answer.content_type.starts_with("text/html") {
        set(&mut response, header::CONTENT_SECURITY_POLICY, HTML_POLICY);
    }
    if status == StatusCode::TOO_MANY_REQUESTS {
        set(&mut response, header::RETRY_AFTER, "1");
    }
    if let Some(location) = location {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

const HTML_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; \
    frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
