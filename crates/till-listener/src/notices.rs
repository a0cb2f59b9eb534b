//! The providers' doors: `POST /notify/{provider}`. A notice is handed over as it came, for its signature covers the very
//! bytes; the answer is written to the letter, for providers compare it.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Request, StatusCode, header};
use axum::response::Response;
use axum::routing::post;
use till_core::Channel;
use till_engine::{NoticeAnswer, RawNotice};

use crate::body;
use crate::merchants::headers;
use crate::reply::{TurnedAway, set};
use crate::room::{Peer, Room};

/// All paths providers post to.
pub(crate) fn router() -> Router<Arc<Room>> {
    let mut router = Router::new();
    for provider in [Channel::Alipay, Channel::Wechat, Channel::Unionpay] {
        let take =
            async move |State(room): State<Arc<Room>>, request: Request<Body>| take(room, provider, request).await;
        router = router.route(&format!("/notify/{}", provider.as_str()), post(take));
    }
    router
}

async fn take(room: Arc<Room>, provider: Channel, request: Request<Body>) -> Response {
    let (parts, content) = request.into_parts();
    let path = parts.uri.path();
    let Some(peer) = parts.extensions.get::<Peer>() else {
        return TurnedAway::Malformed.reply(path);
    };
    let body = match body::read(&parts.headers, content, room.limits.body, room.limits.body_time).await {
        Ok(body) => body,
        Err(turned_away) => {
            room.refusals.note(peer.ip, path, turned_away.cause());
            return turned_away.reply(path);
        }
    };
    let address = peer.text.as_ref().to_owned();
    let notice = RawNotice { headers: headers(&parts), query: parts.uri.query().unwrap_or_default().to_owned(), body };
    // In its own task: a provider that hangs up without waiting for the answer has still told of a payment.
    let answer = tokio::spawn(async move { room.till.notice(provider, notice, address).await }).await;
    match answer {
        Ok(answer) => write(answer),
        Err(panic) => {
            tracing::error!(%panic, "a provider's notice was not taken to its end");
            TurnedAway::Late.reply(parts.uri.path())
        }
    }
}

fn write(answer: NoticeAnswer) -> Response {
    let Ok(status) = StatusCode::from_u16(answer.status) else {
        tracing::error!(status = answer.status, "an answer that cannot be written");
        return TurnedAway::Late.reply("");
    };
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = status;
    set(&mut response, header::CONTENT_TYPE, answer.content_type);
    set(&mut response, header::CACHE_CONTROL, "no-store");
    set(&mut response, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    response
}
