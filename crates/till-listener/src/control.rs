//! `POST /control/call`: the command line of the same machine asks the running till. Not for the network, and not
//! for a web page on this machine either.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Request, StatusCode, header};
use axum::response::Response;
use axum::routing::post;
use serde::Serialize;
use serde_json::Value;
use subtle::ConstantTimeEq;
use till_engine::api::{ApiError, Code, Request as Call};

use crate::body;
use crate::reply::{TurnedAway, json, serialized};
use crate::room::{Peer, Room};

/// The one path.
pub(crate) const PATH: &str = "/control/call";

const ACTOR: &str = "x-qiantai-actor";

pub(crate) fn router() -> Router<Arc<Room>> {
    Router::new().route(PATH, post(call))
}

/// `{"ok":true,"value":…}` or `{"ok":false,"error":…}`; 200 whatever the engine says.
#[derive(Serialize)]
struct Answer {
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ApiError>,
}

async fn call(State(room): State<Arc<Room>>, request: Request<Body>) -> Response {
    let (parts, content) = request.into_parts();
    let Some(peer) = parts.extensions.get::<Peer>() else {
        return TurnedAway::Malformed.reply(PATH);
    };
    if let Err(turned_away) = may_enter(&parts, peer, &room.control_token) {
        room.refusals.note(peer.ip, PATH, turned_away.cause());
        return turned_away.reply(PATH);
    }
    let Some(actor) = actor(&parts.headers) else {
        return failure(StatusCode::BAD_REQUEST, "x-qiantai-actor must be 1 to 12 letters a to z");
    };
    let limits = &room.limits;
    let bytes = match body::read(&parts.headers, content, limits.control_body, limits.control_body_time).await {
        Ok(bytes) => bytes,
        Err(turned_away) => {
            room.refusals.note(peer.ip, PATH, turned_away.cause());
            return turned_away.reply(PATH);
        }
    };
    let call: Call = match serde_json::from_slice(&bytes) {
        Ok(call) => call,
        Err(error) => return failure(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    drop(bytes);
    // In its own task: an interrupted command line must not stop the engine between the commit and the event.
    let answer = tokio::spawn(async move { room.till.call(&actor, call).await }).await;
    match answer {
        Ok(Ok(value)) => serialized(StatusCode::OK, &Answer { ok: true, value: Some(value), error: None }),
        Ok(Err(error)) => serialized(StatusCode::OK, &Answer { ok: false, value: None, error: Some(error) }),
        Err(panic) => {
            tracing::error!(%panic, "a call did not end");
            json(
                StatusCode::INTERNAL_SERVER_ERROR,
                r#"{"ok":false,"error":{"code":"internal","message":"内部错误 / internal error"}}"#,
            )
        }
    }
}

fn failure(status: StatusCode, message: &str) -> Response {
    let error = ApiError::new(Code::Invalid, message);
    serialized(status, &Answer { ok: false, value: None, error: Some(error) })
}

/// Lets in who is on this computer, speaks to this computer by its own name (else a web page that renamed itself
/// could), is not a web page, and knows the token.
fn may_enter(parts: &Parts, peer: &Peer, token: &str) -> Result<(), TurnedAway> {
    let here = peer.ip.is_loopback() && host_is_here(parts);
    let page = parts.headers.contains_key(header::ORIGIN) || parts.headers.contains_key("sec-fetch-site");
    let known = bearer(&parts.headers).is_some_and(|given| bool::from(given.as_bytes().ct_eq(token.as_bytes())));
    if here && !page && known && !token.is_empty() { Ok(()) } else { Err(TurnedAway::BadToken) }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn host_is_here(parts: &Parts) -> bool {
    let mut hosts = parts.headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    let named = |authority: &str| {
        let name = match authority.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
            _ => authority,
        };
        matches!(name, "127.0.0.1" | "[::1]") || name.eq_ignore_ascii_case("localhost")
    };
    host.to_str().is_ok_and(named) && parts.uri.authority().is_none_or(|authority| named(authority.as_str()))
}

/// In whose name: `cli` unless the header says otherwise; `None` if it says nonsense. `till` is the window's own door,
/// where somebody may be signed in.
fn actor(headers: &HeaderMap) -> Option<String> {
    let Some(actor) = headers.get(ACTOR) else { return Some("cli".into()) };
    let actor = actor.to_str().ok().filter(|actor| *actor != "till")?;
    ((1..=12).contains(&actor.len()) && actor.bytes().all(|b| b.is_ascii_lowercase())).then(|| actor.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enters(peer: &str, headers: &[(&str, &str)]) -> bool {
        let mut request = Request::post(PATH);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        may_enter(&parts, &Peer::new(peer.parse().unwrap()), "0123456789abcdef").is_ok()
    }

    #[test]
    fn only_the_command_line_of_this_computer_enters() {
        let token = ("authorization", "Bearer 0123456789abcdef");
        let host = ("host", "127.0.0.1:5921");
        assert!(enters("127.0.0.1", &[token, host]));
        assert!(enters("::ffff:127.0.0.1", &[token, ("host", "localhost")]));
        assert!(enters("::1", &[token, ("host", "[::1]:5921")]));
        assert!(!enters("192.168.1.9", &[token, host]));
        assert!(!enters("127.0.0.1", &[host]));
        assert!(!enters("127.0.0.1", &[("authorization", "Bearer 0123456789abcdeX"), host]));
        assert!(!enters("127.0.0.1", &[("authorization", "Basic 0123456789abcdef"), host]));
        assert!(!enters("127.0.0.1", &[token]));
        assert!(!enters("127.0.0.1", &[token, host, host]));
        for evil in ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:5921", "127.0.0.1@evil", ""] {
            assert!(!enters("127.0.0.1", &[token, ("host", evil)]), "{evil}");
        }
        assert!(!enters("127.0.0.1", &[token, host, ("origin", "http://127.0.0.1:5921")]));
        assert!(!enters("127.0.0.1", &[token, host, ("origin", "null")]));
    }

    #[test]
    fn an_actor_is_a_short_word() {
        let actor = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACTOR, value.parse().unwrap());
            actor(&headers)
        };
        assert_eq!(actor("api").as_deref(), Some("api"));
        for nonsense in ["", "Till", "till", "a b", "abcdefghijklm", "a1"] {
            assert_eq!(actor(nonsense), None, "{nonsense}");
        }
        assert_eq!(super::actor(&HeaderMap::new()).as_deref(), Some("cli"));
    }
}
