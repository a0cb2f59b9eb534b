//! `GET /display?token=…`: the counter screen in a browser. Its token lets it look and do nothing else.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Request, StatusCode, Uri, header};
use axum::response::Response;
use axum::routing::get;

use crate::events;
use crate::reply::{TurnedAway, set};
use crate::room::{Peer, Room, query_token};

/// Scripts, fonts and requests from here only; nothing may frame the page or take its forms elsewhere.
const POLICY: &str = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'";

const CLOSED: &str = r#"<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>钱台</title>
<style>body{margin:0;min-height:100vh;display:grid;place-content:center;text-align:center;
font:20px/1.6 system-ui,sans-serif;background:#0f1b33;color:#e8edf7}p{margin:.4em 1em}</style>
<p>这个顾客屏链接已失效。</p>
<p>请在收银台的“设置 → 顾客屏”里重新复制链接或扫码打开。</p>
<p lang="en">This counter screen link is no longer valid.</p>
<p lang="en">Copy or scan it again on the till: Settings → Counter screen.</p>
</html>
"#;

/// The page and its stream of events.
pub(crate) fn router() -> Router<Arc<Room>> {
    Router::new().route("/display", get(page)).route("/display/events", get(events::stream))
}

/// The token of the query, if it opens the counter screen.
pub(crate) async fn token(room: &Room, uri: &Uri) -> Option<String> {
    let token = query_token(uri)?;
    room.till.display_token_is(&token).await.then_some(token)
}

async fn page(State(room): State<Arc<Room>>, request: Request<Body>) -> Response {
    if token(&room, request.uri()).await.is_none() {
        refuse(&room, &request);
        return html(StatusCode::FORBIDDEN, CLOSED);
    }
    match room.assets.get("index.html") {
        Some((bytes, _)) => html(StatusCode::OK, bytes),
        None => TurnedAway::NotFound.reply(request.uri().path()),
    }
}

/// Tells the engine of a wrong token.
pub(crate) fn refuse(room: &Room, request: &Request<Body>) {
    if let Some(peer) = request.extensions().get::<Peer>() {
        room.refusals.note(peer.ip, request.uri().path(), TurnedAway::BadToken.cause());
    }
}

fn html(status: StatusCode, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    set(&mut response, header::CONTENT_TYPE, "text/html; charset=utf-8");
    set(&mut response, header::CACHE_CONTROL, "no-store");
    set(&mut response, header::CONTENT_SECURITY_POLICY, POLICY);
    set(&mut response, header::REFERRER_POLICY, "no-referrer");
    set(&mut response, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(&mut response, header::X_FRAME_OPTIONS, "DENY");
    response
}
