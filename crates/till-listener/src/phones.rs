//! The phones' doors. A request is handed over as it came; what it means is the engine's to say.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, Method, Request, header};
use axum::response::Response;
use axum::routing::{MethodFilter, MethodRouter, on};
use till_engine::phone::{Door, PhoneAnswer, PhoneRequest};

use crate::room::{Peer, Room, query_token};
use crate::{body, reply};

/// All paths phones post to.
pub(crate) fn router() -> Router<Arc<Room>> {
    let get_or_post = MethodFilter::GET.or(MethodFilter::POST);
    let post = MethodFilter::POST;
    Router::new()
        .route("/appHeart", door(get_or_post, Door::VmqHeart, Token::Header))
        .route("/appPush", door(get_or_post, Door::VmqPush, Token::Header))
        .route("/api/v1/system/heartbeat", door(post, Door::HmacHeartbeat, Token::Header))
        .route("/api/v1/payments/notify", door(post, Door::HmacNotify, Token::Header))
        .route("/api/v1/phones/smsforwarder", door(get_or_post, Door::SmsForwarder, Token::Header))
        .route("/api/v1/phones/json", door(post, Door::SeedJson, Token::Header))
        .route("/api/v1/phones/json/{token}", door(post, Door::SeedJson, Token::Path))
        .route("/v1/Pay/PayNotify", door(post, Door::SeedJson, Token::Query))
        .route("/api/v1/phones/push", door(get_or_post, Door::Push, Token::Header))
        .route("/api/v1/phones/push/{token}", door(get_or_post, Door::Push, Token::Path))
}

/// Where a door's address carries the token, if anywhere. Headers are the engine's to read.
#[derive(Clone, Copy)]
enum Token {
    Header,
    Path,
    /// Or in the headers: the seed's own path has no place for one.
    Query,
}

fn door(methods: MethodFilter, door: Door, token: Token) -> MethodRouter<Arc<Room>> {
    on(methods, async move |State(room): State<Arc<Room>>, request: Request<Body>| {
        take(room, door, token, request).await
    })
}

async fn take(room: Arc<Room>, door: Door, token: Token, request: Request<Body>) -> Response {
    let (parts, content) = request.into_parts();
    let path = parts.uri.path();
    // axum serves HEAD with the GET handler; a push by HEAD would be a push nobody meant.
    if parts.method == Method::HEAD {
        return reply::TurnedAway::WrongMethod.reply(path);
    }
    let Some(peer) = parts.extensions.get::<Peer>() else {
        return reply::TurnedAway::Malformed.reply(path);
    };
    let body = match body::read(&parts.headers, content, room.limits.body, room.limits.body_time).await {
        Ok(body) => body,
        Err(turned_away) => {
            room.refusals.note(peer.ip, path, turned_away.cause());
            return turned_away.reply(path);
        }
    };
    let request = PhoneRequest {
        address: peer.text.as_ref().to_owned(),
        method: parts.method.as_str().to_owned(),
        path: path.to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        content_type: text(&parts.headers, header::CONTENT_TYPE),
        authorization: text(&parts.headers, header::AUTHORIZATION),
        x_headers: x_headers(&parts.headers),
        path_token: match token {
            Token::Header => None,
            Token::Path => path.rsplit('/').next().map(str::to_owned),
            Token::Query => query_token(&parts.uri),
        },
        body,
    };
    // In its own task: a phone that hangs up without waiting for the answer has still told of a payment.
    let answer = tokio::spawn(async move { room.till.phone(door, request).await }).await;
    reply::phone(door, answer.unwrap_or(PhoneAnswer::NotStored))
}

fn text(headers: &HeaderMap, name: HeaderName) -> String {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).unwrap_or_default()
}

fn x_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .filter(|(name, _)| name.as_str().starts_with("x-"))
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect()
}
