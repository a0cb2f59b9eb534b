//! `GET /api/v1/events`: what happens to a program's own tickets, as server-sent events.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes};
use axum::http::{Request, header};
use axum::response::Response;
use futures_util::stream;
use serde::Deserialize;
use till_engine::api::{DeliveryState, Event, Status};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::merchants;
use crate::reply::{Shape, TurnedAway, set};
use crate::room::{Peer, Room};

const HEARTBEAT: &[u8] = b":\n\n";

/// The programs that listen, and how many times each.
pub(crate) struct Listening {
    most: usize,
    per_program: usize,
    live: Mutex<HashMap<i64, usize>>,
}

impl Listening {
    pub fn new(most: usize, per_program: usize) -> Listening {
        Listening { most, per_program, live: Mutex::default() }
    }

    fn enter(&self, program_id: i64) -> bool {
        let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        let mine = live.get(&program_id).copied().unwrap_or(0);
        if live.values().sum::<usize>() >= self.most || mine >= self.per_program {
            return false;
        }
        live.insert(program_id, mine + 1);
        true
    }

    fn leave(&self, program_id: i64) {
        let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mine) = live.get_mut(&program_id) {
            *mine -= 1;
            if *mine == 0 {
                live.remove(&program_id);
            }
        }
    }
}

/// Answers with a stream, once the program has proved itself.
pub(crate) async fn stream(room: Arc<Room>, request: Request<Body>) -> Response {
    let path = request.uri().path().to_owned();
    let peer = request.extensions().get::<Peer>().cloned();
    let request = match merchants::read(&room, request).await {
        Ok(request) => request,
        Err(turned_away) => return turned_away.reply_as(Shape::V1),
    };
    // Before the proof, so that nothing that happens after it is missed.
    let events = room.till.subscribe();
    // In its own task: whoever hangs up at once has still knocked, and a refusal is noted all the same.
    let asked = room.clone();
    let id = match tokio::spawn(async move { asked.till.merchant_listens(request).await }).await {
        Ok(Ok(id)) => id,
        Ok(Err(answer)) => return merchants::write(answer, Shape::V1),
        Err(panic) => {
            tracing::error!(%panic, "a program's request did not end");
            return TurnedAway::Late.reply_as(Shape::V1);
        }
    };
    if !room.listening.enter(id) {
        if let Some(peer) = peer {
            room.refusals.note(peer.ip, &path, TurnedAway::TooMany.cause());
        }
        return TurnedAway::TooMany.reply_as(Shape::V1);
    }
    let mut heartbeat = interval(room.limits.heartbeat);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let stopping = room.stopping.clone();
    let program = Program { room, id, events, stopping, heartbeat };
    let body = stream::unfold(program, async |mut program| {
        let bytes = program.next().await?;
        Some((Ok::<_, std::convert::Infallible>(bytes), program))
    });
    let mut response = Response::new(Body::from_stream(body));
    set(&mut response, header::CONTENT_TYPE, "text/event-stream");
    set(&mut response, header::CACHE_CONTROL, "no-store");
    set(&mut response, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    response
}

struct Program {
    room: Arc<Room>,
    id: i64,
    events: broadcast::Receiver<Event>,
    stopping: watch::Receiver<bool>,
    heartbeat: Interval,
}

impl Drop for Program {
    fn drop(&mut self) {
        self.room.listening.leave(self.id);
    }
}

impl Program {
    /// The next bytes to send; `None` ends the stream: the port stops, events were missed, or the program's key may have
    /// ended. The program then connects anew, signed anew, and asks for its list.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            let event = tokio::select! {
                biased;
                _ = self.stopping.wait_for(|stopping| *stopping) => return None,
                event = self.events.recv() => event,
                // The first one comes at once: the client sees that it is heard.
                _ = self.heartbeat.tick() => return Some(Bytes::from_static(HEARTBEAT)),
            };
            match event {
                Ok(Event::ProgramsChanged {}) | Err(RecvError::Lagged(_) | RecvError::Closed) => return None,
                Ok(event) => {
                    let Some((name, ticket_id)) = news(&event, self.id) else { continue };
                    let Some(ticket) = self.room.till.merchant_ticket(self.id, ticket_id).await else { continue };
                    self.heartbeat.reset();
                    return message(name, &ticket);
                }
            }
        }
    }
}

/// What an event is called here, and of which ticket it tells.
fn news(event: &Event, program_id: i64) -> Option<(&'static str, i64)> {
    let (name, ticket) = match event {
        Event::TicketOpened { ticket } => ("opened", ticket),
        Event::TicketPaid { ticket } => ("paid", ticket),
        Event::TicketChanged { ticket } if ticket.status == Status::Expired => ("expired", ticket),
        Event::TicketChanged { ticket } if ticket.status == Status::Cancelled => ("cancelled", ticket),
        Event::CallbackChanged { ticket_id, state: DeliveryState::Delivered, .. } => {
            return Some(("delivered", *ticket_id));
        }
        _ => return None,
    };
    let mine = ticket.program.as_ref().is_some_and(|program| program.program_id == program_id);
    mine.then_some((name, ticket.id))
}

/// How the program knows its ticket.
#[derive(Deserialize)]
struct Named {
    id: String,
}

/// The id names the event, not the message: whoever has seen it before may drop it.
fn message(name: &str, ticket: &str) -> Option<Bytes> {
    let Named { id } = serde_json::from_str(ticket).ok()?;
    Some(format!("id: {id}.{name}\nevent: ticket.{name}\ndata: {ticket}\n\n").into())
}
