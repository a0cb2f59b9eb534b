//! One connection: a seat for the peer, HTTP/1.1 with time-outs, and for each request its turn.

use std::convert::Infallible;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use crate::patient::{Patient, Phase};
use crate::reply::{Shape, TurnedAway, set};
use crate::room::{Peer, Room};
use crate::seats::{Crowd, Seat};
use crate::{control, paths, socket};

/// A push sent by GET may carry a long text, nine bytes for each Chinese character.
const LONGEST_HEAD: usize = 64 * 1024;

const NO_SEAT: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 1\r\n\
    content-type: application/json; charset=utf-8\r\ncontent-length: 73\r\n\r\n\
    {\"ok\":false,\"error\":{\"code\":\"too_many\",\"message\":\"too many connections\"}}";

/// Takes a connection that was accepted: seats it and serves it in its own task, or sends it away.
pub(crate) fn welcome(stream: TcpStream, address: SocketAddr, room: &Arc<Room>, router: &Router) {
    let peer = Peer::new(address.ip());
    match room.seats.take(peer.ip) {
        Some(seat) => {
            socket::tune(&stream, room.limits.stall_time);
            tokio::spawn(serve(stream, peer, seat, room.clone(), router.clone()));
        }
        None => {
            room.refusals.note(peer.ip, "", TurnedAway::TooMany.cause());
            // A courtesy, not a promise: whatever does not fit into the socket's buffer is dropped.
            if let Ok(mut stream) = stream.into_std() {
                let _ = stream.write(NO_SEAT);
                let _ = stream.shutdown(std::net::Shutdown::Write);
            }
        }
    }
}

async fn serve(stream: TcpStream, peer: Peer, seat: Seat, room: Arc<Room>, router: Router) {
    let limits = &room.limits;
    let phase = Phase::new();
    let io = TokioIo::new(Patient::new(stream, phase.clone(), limits.header_time, limits.stall_time));
    let router = TowerToHyperService::new(router);
    // Held by the connection, whatever becomes of its requests.
    let seat = Arc::new(seat);
    let service = service_fn(|request: Request<Incoming>| {
        let (phase, room, peer, router) = (phase.clone(), room.clone(), peer.clone(), router.clone());
        let seat = seat.clone();
        async move {
            phase.busy();
            let response = take_turn(request, peer, seat, &room, &router).await;
            phase.idle();
            Ok::<_, Infallible>(response)
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.idle_time)
        .max_buf_size(LONGEST_HEAD)
        .serve_connection(io, service);
    tokio::pin!(connection);
    let mut stopping = room.stopping.clone();
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        _ = stopping.wait_for(|stopping| *stopping) => None,
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                ended = connection.as_mut() => ended,
                () = sleep(limits.stop_time) => return,
            }
        }
    };
    if phase.was_slow() {
        room.refusals.note(peer.ip, "", TurnedAway::Slow.cause());
    } else if let Err(error) = ended {
        if error.is_parse_too_large() {
            room.refusals.note(peer.ip, "", TurnedAway::TooLarge.cause());
        } else if error.is_parse() {
            room.refusals.note(peer.ip, "", TurnedAway::Malformed.cause());
        }
        tracing::debug!(%error, "a connection ended with an error");
    }
    drop(seat);
}

/// Lets a request in when its address may ask again, and bounds the time it takes.
async fn take_turn(
    request: Request<Incoming>,
    peer: Peer,
    seat: Arc<Seat>,
    room: &Room,
    router: &TowerToHyperService<Router>,
) -> Response {
    let mut request = request.map(Body::new);
    let customer = paths::is_customers(request.uri().path());
    let rates = if customer { &room.customer_rates } else { &room.rates };
    let admitted = match rates.admit(peer.ip, Instant::now()) {
        None => Err(TurnedAway::TooFast),
        Some(_) if !seat.move_to(if customer { Crowd::Customers } else { Crowd::General }) => Err(TurnedAway::TooMany),
        Some(wait) => Ok(wait),
    };
    match admitted {
        Ok(wait) if wait.is_zero() => {}
        Ok(wait) => sleep(wait).await,
        Err(turned_away) => {
            room.refusals.note(peer.ip, request.uri().path(), turned_away.cause());
            let mut response = turned_away.reply_as(Shape::asked(&request));
            if turned_away == TurnedAway::TooMany {
                set(&mut response, header::CONNECTION, "close");
            }
            return response;
        }
    }
    request.extensions_mut().insert(peer);
    request.extensions_mut().insert(seat);
    // A control call may read a picture for as long as it takes; its door is open to this computer only.
    if request.uri().path() == control::PATH {
        return serve_with(router, request).await;
    }
    let (path, shape) = (paths::without_secrets(request.uri().path()), Shape::asked(&request));
    let mut response = match timeout(room.limits.request_time, serve_with(router, request)).await {
        Ok(response) => response,
        Err(_) => {
            tracing::warn!(path, "a request was not answered in time");
            TurnedAway::Late.reply_as(shape)
        }
    };
    // A browser keeps several connections for the next minute; while there is a crowd others need the places.
    if customer && room.seats.customers_are_many() {
        set(&mut response, header::CONNECTION, "close");
    }
    response
}

async fn serve_with(router: &TowerToHyperService<Router>, request: Request<Body>) -> Response {
    let Ok(response) = router.call(request).await;
    response
}
