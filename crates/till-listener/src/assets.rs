//! The files of the counter page.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Method, Request, StatusCode, header};
use axum::response::Response;
use axum::routing::get;

use crate::reply::{Shape, TurnedAway, set};
use crate::room::{Peer, Room};

/// `GET /assets/*`: files whose names change with their content.
pub(crate) fn router() -> Router<Arc<Room>> {
    Router::new().route("/assets/{*path}", get(hashed))
}

async fn hashed(State(room): State<Arc<Room>>, request: Request<Body>) -> Response {
    let path = request.uri().path();
    file(&room, path, "public, max-age=31536000, immutable").unwrap_or_else(|| TurnedAway::NotFound.reply(path))
}

/// Every path nobody else answers: a file beside `index.html` (an icon), or 404.
pub(crate) async fn anything_else(State(room): State<Arc<Room>>, request: Request<Body>) -> Response {
    let path = request.uri().path();
    let reading = matches!(*request.method(), Method::GET | Method::HEAD);
    if reading && let Some(response) = file(&room, path, "no-cache") {
        return response;
    }
    if (request.method() == Method::POST || looks_like_ours(path))
        && let Some(peer) = request.extensions().get::<Peer>()
    {
        room.refusals.note(peer.ip, path, TurnedAway::NotFound.cause());
    }
    TurnedAway::NotFound.reply_as(Shape::asked(&request))
}

/// A mistyped address of a phone or a program, or somebody who looks for another such server.
fn looks_like_ours(path: &str) -> bool {
    const OURS: [&str; 16] = [
        "/api/",
        "/api.",
        "/app",
        "/v1/",
        "/control",
        "/display/",
        "/t/",
        "/createOrder",
        "/checkOrder",
        "/closeOrder",
        "/getOrder",
        "/getState",
        "/gogo/",
        "/submit",
        "/mapi",
        "/index.php",
    ];
    OURS.iter().any(|ours| path.get(..ours.len()).is_some_and(|start| start.eq_ignore_ascii_case(ours)))
}

fn file(room: &Room, path: &str, caching: &'static str) -> Option<Response> {
    let path = safe(path)?;
    let kind = media_type(path)?;
    let (bytes, _) = room.assets.get(path)?;
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = StatusCode::OK;
    set(&mut response, header::CONTENT_TYPE, kind);
    set(&mut response, header::CACHE_CONTROL, caching);
    set(&mut response, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    Some(response)
}

/// The path of a file without its leading slash, if it can be nothing else: letters, digits, `.`, `-`, `_`, and no
/// part that is empty or begins with a dot. Percent signs are not decoded, so nothing can hide behind them.
fn safe(path: &str) -> Option<&str> {
    let path = path.strip_prefix('/')?;
    let fine = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
    };
    (path.len() <= 200 && path.split('/').all(fine)).then_some(path)
}

/// The media type of a file a page may reference; pages themselves are not among them.
fn media_type(path: &str) -> Option<&'static str> {
    let (_, extension) = path.rsplit_once('.')?;
    Some(match extension {
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json; charset=utf-8",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "gif" => "image/gif",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "woff" => "font/woff",
        "ttf" => "font/ttf",
        "wasm" => "application/wasm",
        "wav" => "audio/wav",
        "mp3" => "audio/mpeg",
        "ogg" => "audio/ogg",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_paths_are_files() {
        assert_eq!(safe("/assets/app-1a2b.js"), Some("assets/app-1a2b.js"));
        for path in [
            "/assets/../index.html",
            "/assets/%2e%2e/secret.txt",
            "/assets/..%2fsecret.txt",
            "/assets//etc/passwd",
            "/assets/.env",
            "/assets/a\\b.js",
            "/assets/C:/x.js",
            "/assets/",
            "//assets/app.js",
            "assets/app.js",
        ] {
            assert_eq!(safe(path), None, "{path}");
        }
        assert_eq!(media_type("index.html"), None);
        assert_eq!(media_type("assets/inter.woff2"), Some("font/woff2"));
    }

    #[test]
    fn noise_is_not_told() {
        assert!(looks_like_ours("/apppush"));
        assert!(looks_like_ours("/createOrder"));
        assert!(!looks_like_ours("/favicon.ico"));
        assert!(!looks_like_ours("/订"));
    }
}
