//! `GET /display/events?token=…`: what the counter screen shows, as server-sent events. Each message is a whole
//! `DisplayState` as JSON; the first comes at once.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Method, Request, header};
use axum::response::Response;
use futures_util::stream;
use till_engine::api::{DisplayState, Event};
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::{broadcast, oneshot, watch};
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::display;
use crate::reply::{TurnedAway, set};
use crate::room::{Peer, Room};

const HEARTBEAT: &[u8] = b":\n\n";

/// The counter screens that are connected.
pub(crate) struct Screens {
    most: usize,
    next: AtomicU64,
    live: Mutex<Vec<Live>>,
}

struct Live {
    id: u64,
    ip: IpAddr,
    /// Dropped with this entry, which ends the stream.
    _end: oneshot::Sender<()>,
}

impl Screens {
    pub fn new(most: usize) -> Screens {
        Screens { most, next: AtomicU64::new(0), live: Mutex::default() }
    }

    /// A place for a screen. If all are taken, the oldest of the same address makes room: most likely it is the same
    /// tablet, which lost its Wi-Fi without saying so.
    fn enter(&self, ip: IpAddr) -> Option<(u64, oneshot::Receiver<()>)> {
        let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        if live.len() >= self.most {
            let oldest = live.iter().position(|screen| screen.ip == ip)?;
            live.remove(oldest);
        }
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (end, ended) = oneshot::channel();
        live.push(Live { id, ip, _end: end });
        Some((id, ended))
    }

    fn leave(&self, id: u64) {
        self.live.lock().unwrap_or_else(PoisonError::into_inner).retain(|screen| screen.id != id);
    }
}

/// The handler.
pub(crate) async fn stream(State(room): State<Arc<Room>>, request: Request<Body>) -> Response {
    let path = request.uri().path();
    if request.method() == Method::HEAD {
        return TurnedAway::WrongMethod.reply(path);
    }
    let Some(token) = display::token(&room, request.uri()).await else {
        display::refuse(&room, &request);
        return TurnedAway::BadToken.reply(path);
    };
    let Some(peer) = request.extensions().get::<Peer>() else {
        return TurnedAway::Malformed.reply(path);
    };
    let Some((id, ended)) = room.screens.enter(peer.ip) else {
        room.refusals.note(peer.ip, path, TurnedAway::TooMany.cause());
        return TurnedAway::TooMany.reply(path);
    };
    let mut heartbeat = interval(room.limits.heartbeat);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    heartbeat.reset();
    let screen = Screen {
        events: room.till.subscribe(),
        stopping: room.stopping.clone(),
        room,
        id,
        token,
        ended,
        heartbeat,
        first: true,
    };
    let body = stream::unfold(screen, async |mut screen| {
        let bytes = screen.next().await?;
        Some((Ok::<_, std::convert::Infallible>(bytes), screen))
    });
    let mut response = Response::new(Body::from_stream(body));
    set(&mut response, header::CONTENT_TYPE, "text/event-stream");
    set(&mut response, header::CACHE_CONTROL, "no-store");
    set(&mut response, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    response
}

struct Screen {
    room: Arc<Room>,
    id: u64,
    token: String,
    events: broadcast::Receiver<Event>,
    stopping: watch::Receiver<bool>,
    ended: oneshot::Receiver<()>,
    heartbeat: Interval,
    first: bool,
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.room.screens.leave(self.id);
    }
}

/// What a screen is to be sent.
enum News {
    /// A new state.
    State(Box<DisplayState>),
    /// Some states were missed; ask.
    Missed,
    /// Nothing new.
    Quiet,
    /// Settings changed, and with them perhaps the token.
    Settings,
}

impl Screen {
    /// The next bytes to send; `None` ends the stream.
    async fn next(&mut self) -> Option<Bytes> {
        if std::mem::take(&mut self.first) {
            return self.current().await;
        }
        loop {
            let news = self.wait().await?;
            if !self.room.till.display_token_is(&self.token).await {
                return None;
            }
            match news {
                News::State(state) => return message(&state),
                News::Missed => return self.current().await,
                News::Quiet => return Some(Bytes::from_static(HEARTBEAT)),
                News::Settings => {}
            }
        }
    }

    async fn wait(&mut self) -> Option<News> {
        loop {
            let event = tokio::select! {
                biased;
                _ = self.stopping.wait_for(|stopping| *stopping) => return None,
                _ = &mut self.ended => return None,
                event = self.events.recv() => event,
                _ = self.heartbeat.tick() => return Some(News::Quiet),
            };
            match event {
                Ok(Event::DisplayChanged { display }) => {
                    self.heartbeat.reset();
                    return Some(self.newest(display));
                }
                Ok(Event::SettingsChanged {}) => return Some(News::Settings),
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => return Some(News::Missed),
                Err(RecvError::Closed) => return None,
            }
        }
    }

    /// Of several states that wait, only the last is worth showing.
    fn newest(&mut self, mut display: DisplayState) -> News {
        loop {
            match self.events.try_recv() {
                Ok(Event::DisplayChanged { display: newer }) => display = newer,
                Ok(_) => {}
                Err(TryRecvError::Lagged(_)) => return News::Missed,
                Err(TryRecvError::Empty | TryRecvError::Closed) => return News::State(Box::new(display)),
            }
        }
    }

    async fn current(&self) -> Option<Bytes> {
        match self.room.till.display().await {
            Ok(state) => message(&state),
            Err(error) => {
                tracing::warn!(%error, "the counter screen cannot be shown");
                None
            }
        }
    }
}

fn message(state: &DisplayState) -> Option<Bytes> {
    let mut bytes = Vec::with_capacity(8 * 1024);
    bytes.extend_from_slice(b"data: ");
    serde_json::to_writer(&mut bytes, state).ok()?;
    bytes.extend_from_slice(b"\n\n");
    Some(bytes.into())
}
