//! `/pay/{token}`: the page where the customer of an order pays. Whoever has the link may look; nobody can do anything.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Request, StatusCode, Uri, header};
use axum::response::Response;
use axum::routing::get;
use futures_util::stream;
use serde::Deserialize;
use tokio::sync::watch;
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::reply::{TurnedAway, serialized, set};
use crate::room::{Peer, Room};
use crate::seats::{Crowd, Seat};
use crate::watchers::{Watching, message};

/// Nothing but what comes from here, and nothing inline. `data:` for what the page's own style sheets draw.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    img-src 'self' data:; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// The same for a page without files. The hash is that of its one style element.
const UNKNOWN_POLICY: &str = "default-src 'none'; \
    style-src 'sha256-rvB6ny8l2MMw394BvbB/FAFnBuybGBxeLI3Zkdj860g='; \
    frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const UNKNOWN: &str = r#"<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>没有这张单 · No such order</title>
<style>body{margin:0;min-height:100vh;display:grid;place-content:center;text-align:center;
font:18px/1.6 system-ui,sans-serif;color-scheme:light dark}p{margin:.4em 1.2em}</style>
<p>没有这张单。请回到商家的页面重新下单。</p>
<p lang="en">There is no such order. Please go back to the shop and order again.</p>
</html>
"#;

const HEARTBEAT: &[u8] = b":\n\n";

/// The page, its state, its stream, its pictures.
pub(crate) fn router() -> Router<Arc<Room>> {
    Router::new()
        .route("/pay/{token}", get(page))
        .route("/pay/{token}/state", get(state))
        .route("/pay/{token}/events", get(events))
        .route("/pay/{token}/code/{file}", get(picture))
}

/// The page by the order's number: V免签's clients make this address up by themselves. Also below `/t/{token}`.
pub(crate) fn by_number() -> Router<Arc<Room>> {
    Router::new().route("/payPage/pay.html", get(redirect))
}

/// The token as it stands in the path. Ours need no percent signs, so none are decoded.
fn token(uri: &Uri) -> &str {
    uri.path().split('/').nth(2).unwrap_or_default()
}

async fn page(State(room): State<Arc<Room>>, uri: Uri) -> Response {
    if room.till.checkout(token(&uri)).await.is_none() {
        return unknown();
    }
    match room.assets.get("checkout.html") {
        Some((bytes, _)) => html(StatusCode::OK, bytes, POLICY),
        None => {
            tracing::error!("this program was built without its checkout page");
            unknown()
        }
    }
}

async fn state(State(room): State<Arc<Room>>, uri: Uri) -> Response {
    let mut response = match room.till.checkout(token(&uri)).await {
        Some((_, state)) => serialized(StatusCode::OK, &state),
        None => TurnedAway::NotFound.reply("/pay/"),
    };
    private(&mut response);
    response
}

async fn picture(State(room): State<Arc<Room>>, uri: Uri) -> Response {
    let file = uri.path().rsplit('/').next().unwrap_or_default();
    let place = file.strip_suffix(".png").and_then(|place| place.parse::<u8>().ok());
    let picture = match place {
        Some(place) => room.till.checkout_picture(token(&uri), place.into()).await,
        None => None,
    };
    let Some(picture) = picture else {
        let mut response = TurnedAway::NotFound.reply("/pay/");
        private(&mut response);
        return response;
    };
    let mut response = Response::new(Body::from(picture));
    set(&mut response, header::CONTENT_TYPE, "image/png");
    set(&mut response, header::CACHE_CONTROL, "no-store");
    set(&mut response, header::CONTENT_DISPOSITION, "inline; filename=\"pay.png\"");
    private(&mut response);
    response
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default, rename = "orderId")]
    order_id: String,
}

async fn redirect(State(room): State<Arc<Room>>, request: Request<Body>) -> Response {
    let asked = Query::<Asked>::try_from_uri(request.uri()).map(|Query(asked)| asked.order_id).unwrap_or_default();
    let path = room.till.checkout_path(&asked).await;
    let Some(place) = path.and_then(|path| HeaderValue::from_str(&path).ok()) else { return unknown() };
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::FOUND;
    response.headers_mut().insert(header::LOCATION, place);
    set(&mut response, header::CACHE_CONTROL, "no-store");
    private(&mut response);
    response
}

fn unknown() -> Response {
    html(StatusCode::NOT_FOUND, UNKNOWN, UNKNOWN_POLICY)
}

fn html(status: StatusCode, body: impl Into<Body>, policy: &'static str) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    set(&mut response, header::CONTENT_TYPE, "text/html; charset=utf-8");
    set(&mut response, header::CACHE_CONTROL, "no-store");
    set(&mut response, header::CONTENT_SECURITY_POLICY, policy);
    set(&mut response, header::X_FRAME_OPTIONS, "DENY");
    private(&mut response);
    response
}

/// The address is the secret: it goes to no other site and into no index.
fn private(response: &mut Response) {
    set(response, header::REFERRER_POLICY, "no-referrer");
    set(response, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    response.headers_mut().insert("x-robots-tag", HeaderValue::from_static("noindex, nofollow"));
}

/// Whole states: one at once, then one for each change of the ticket.
async fn events(State(room): State<Arc<Room>>, request: Request<Body>) -> Response {
    let (parts, _) = request.into_parts();
    let mut response = match watch(&room, &parts).await {
        Ok(page) => {
            let body = stream::unfold(page, async |mut page| {
                let bytes = page.next().await?;
                Some((Ok::<_, std::convert::Infallible>(bytes), page))
            });
            let mut response = Response::new(Body::from_stream(body));
            set(&mut response, header::CONTENT_TYPE, "text/event-stream");
            set(&mut response, header::CACHE_CONTROL, "no-store");
            // The seat of a watcher is for watching: no other request comes in on it.
            set(&mut response, header::CONNECTION, "close");
            // A proxy in front of the till would keep the events to itself until they fill a page.
            response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
            response
        }
        Err(turned_away) => turned_away.reply("/pay/"),
    };
    private(&mut response);
    response
}

async fn watch(room: &Arc<Room>, request: &Parts) -> Result<Page, TurnedAway> {
    let token = token(&request.uri);
    if request.method == Method::HEAD {
        return Err(TurnedAway::WrongMethod);
    }
    let (ticket_id, _) = room.till.checkout(token).await.ok_or(TurnedAway::NotFound)?;
    let seat = request.extensions.get::<Arc<Seat>>().ok_or(TurnedAway::Malformed)?;
    if !seat.move_to(Crowd::Watchers) {
        if let Some(peer) = request.extensions.get::<Peer>() {
            room.refusals.note(peer.ip, request.uri.path(), TurnedAway::TooMany.cause());
        }
        return Err(TurnedAway::TooMany);
    }
    let watching = room.watchers.watch(ticket_id, token);
    // Read again: what was read before may have changed before anybody watched.
    let (_, state) = room.till.checkout(token).await.ok_or(TurnedAway::NotFound)?;
    let mut heartbeat = interval(room.limits.heartbeat);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    heartbeat.reset();
    Ok(Page { first: message(&state), watching, stopping: room.stopping.clone(), heartbeat })
}

/// A page that watches.
struct Page {
    first: Option<Bytes>,
    watching: Watching,
    stopping: watch::Receiver<bool>,
    heartbeat: Interval,
}

impl Page {
    /// The next bytes to send; `None` ends the stream.
    async fn next(&mut self) -> Option<Bytes> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        tokio::select! {
            biased;
            _ = self.stopping.wait_for(|stopping| *stopping) => None,
            state = self.watching.changed() => {
                self.heartbeat.reset();
                state
            }
            _ = self.heartbeat.tick() => Some(Bytes::from_static(HEARTBEAT)),
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn the_policy_allows_the_one_style_of_the_page_without_files() {
        let (_, style) = UNKNOWN.split_once("<style>").unwrap();
        let (style, _) = style.split_once("</style>").unwrap();
        let hash = format!("'sha256-{}'", STANDARD.encode(Sha256::digest(style)));
        assert!(UNKNOWN_POLICY.contains(&hash), "{hash}");
    }
}
