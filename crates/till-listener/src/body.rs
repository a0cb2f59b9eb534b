use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, header};
use http_body_util::BodyExt;
use hyper::body::Body as _;
use tokio::time::timeout;

use crate::reply::TurnedAway;

/// What is read and thrown away of a body that is too large, so that the client is still there for the refusal.
const DISCARD: usize = 1 << 20;
const DISCARD_TIME: Duration = Duration::from_secs(1);

/// Reads a body of at most `limit` bytes within `time`.
pub(crate) async fn read(headers: &HeaderMap, body: Body, limit: usize, time: Duration) -> Result<Vec<u8>, TurnedAway> {
    let announced = body.size_hint().exact();
    if announced == Some(0) {
        return Ok(Vec::new());
    }
    if announced.is_some_and(|length| length > limit as u64) {
        // A client that waits for "100 Continue" sends nothing more unless the body is asked for.
        if !headers.contains_key(header::EXPECT) {
            discard(body, 0).await;
        }
        return Err(TurnedAway::TooLarge);
    }
    match timeout(time, collect(body, limit)).await {
        Err(_) => Err(TurnedAway::Slow),
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(None)) => Err(TurnedAway::Malformed),
        Ok(Err(Some((rest, seen)))) => {
            discard(rest, seen).await;
            Err(TurnedAway::TooLarge)
        }
    }
}

/// The bytes; or the rest of a body that is too large and what was seen of it; or nothing if the body broke off.
async fn collect(mut body: Body, limit: usize) -> Result<Vec<u8>, Option<(Body, usize)>> {
    let expected = usize::try_from(body.size_hint().exact().unwrap_or(0)).unwrap_or(0);
    let mut bytes = Vec::with_capacity(expected.min(64 * 1024));
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| None)?.into_data() else { continue };
        if bytes.len() + data.len() > limit {
            return Err(Some((body, bytes.len() + data.len())));
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}

async fn discard(mut body: Body, mut seen: usize) {
    let reading = async {
        while seen < DISCARD {
            match body.frame().await {
                Some(Ok(frame)) => seen += frame.data_ref().map_or(0, |data| data.len()),
                _ => return,
            }
        }
    };
    let _ = timeout(DISCARD_TIME, reading).await;
}
