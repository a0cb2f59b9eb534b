//! The outbox at work: each callback is sent on its schedule until `success` comes back.
//!
//! What is due is claimed in the book and sent by a task of its own, few at a time for each program, so that a slow
//! merchant keeps nobody but itself waiting. An attempt counts once the book has it: whatever is lost before that is
//! sent again, and programs are told to expect repeats.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use till_store::{DueCallback, OrderKey, OrderRow, StoreError};
use tokio::sync::Semaphore;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::{Id, JoinSet};
use tokio::time::sleep;

use super::orders::delivery_state;
use super::{attempt, program, reload};
use crate::api::{ApiError, AttemptOutcome, Event};
use crate::merchant::{self, NoCallback};
use crate::state::State;
use crate::view::count;

/// Who sends what nobody asked for, in the list of attempts.
pub(super) const ACTOR: &str = "till";
/// From one attempt to the next: together 0 s, 15 s, 1 m, 5 m, 30 m, 1 h, 2 h, 6 h and 12 h after the payment. Gaps, not
/// times: a till that was off for a night does not send all that is left at once.
const GAPS_MS: [i64; 8] = [15_000, 45_000, 240_000, 1_500_000, 1_800_000, 3_600_000, 14_400_000, 21_600_000];
const MOST_OF_ONE: u32 = 4;
const MOST: usize = 64;
/// Far longer than an attempt takes: a claim that runs out belongs to nobody.
const CLAIM_MS: i64 = 120_000;
/// What the movable clock of another thread may bring is seen this soon.
const LONGEST_WAIT_MS: i64 = 900;
/// When something is due that nobody may send yet.
const BUSY_WAIT_MS: i64 = 250;
/// After a failure of the store: a full disk is not helped by haste.
const AFTER_FAILURE: Duration = Duration::from_secs(2);
const LONGEST_RETRY: Duration = Duration::from_secs(30);
/// Secrets that could not be read are asked for again, soon at first.
pub(crate) const READ_AGAIN: Duration = Duration::from_secs(2);
pub(crate) const LONGEST_READ_AGAIN: Duration = Duration::from_secs(60);

/// Sends what is due, until the till closes.
pub(crate) async fn run(state: Arc<State>) {
    let paid = state.bus.subscribe();
    while let Err(cause) = state.store.drop_claims().await {
        tracing::error!(%cause, "could not take up the outbox");
        state.store_error(cause);
        sleep(AFTER_FAILURE).await;
    }
    tokio::join!(send(&state, paid), read_again(&state));
}

async fn read_again(state: &State) {
    let mut pause = READ_AGAIN;
    loop {
        sleep(pause).await;
        if !state.vault.is_doubtful() {
            pause = READ_AGAIN;
            continue;
        }
        pause = (pause * 2).min(LONGEST_READ_AGAIN);
        match reload(state).await {
            Err(cause) => drop(state.store_error(cause)),
            Ok(()) if state.vault.is_doubtful() => {}
            Ok(()) => state.emit(Event::ProgramsChanged {}),
        }
    }
}

/// What is being sent, by task.
struct Flights {
    tasks: JoinSet<()>,
    callbacks: HashMap<Id, DueCallback>,
    room: Arc<Semaphore>,
}

impl Flights {
    fn none() -> Flights {
        Flights { tasks: JoinSet::new(), callbacks: HashMap::new(), room: Arc::new(Semaphore::new(MOST)) }
    }

    fn of_each_program(&self) -> Vec<(i64, u32)> {
        let mut busy: HashMap<i64, u32> = HashMap::new();
        for callback in self.callbacks.values() {
            *busy.entry(callback.program_id).or_default() += 1;
        }
        busy.into_iter().collect()
    }

    fn begin(&mut self, state: &Arc<State>, due: DueCallback) {
        let (state, room) = (state.clone(), self.room.clone());
        let flight = async move {
            // Never closed; an error would mean one more at a time.
            let _room = room.acquire().await;
            deliver(&state, due).await;
        };
        let id = self.tasks.spawn(flight).id();
        self.callbacks.insert(id, due);
    }

    /// Waits for one to end; for ever if there is none.
    async fn one_ended(&mut self) {
        let id = match self.tasks.join_next_with_id().await {
            Some(Ok((id, ()))) => id,
            Some(Err(broken)) => {
                tracing::error!(cause = %broken, "an attempt broke off");
                broken.id()
            }
            None => std::future::pending().await,
        };
        self.callbacks.remove(&id);
    }
}

async fn send(state: &Arc<State>, mut paid: Receiver<Event>) {
    let mut flights = Flights::none();
    loop {
        let wait = match begin_due(state, &mut flights).await {
            Ok(wait) => wait,
            Err(cause) => {
                tracing::error!(%cause, "could not look into the outbox");
                state.store_error(cause);
                AFTER_FAILURE
            }
        };
        tokio::select! {
            () = sleep(wait) => {}
            () = flights.one_ended() => {}
            () = payment(&mut paid) => {}
        }
    }
}

/// Waits for a payment; its callback is in the book already.
async fn payment(events: &mut Receiver<Event>) {
    loop {
        match events.recv().await {
            Ok(Event::TicketPaid { .. }) | Err(RecvError::Lagged(_)) => return,
            Ok(_) => {}
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// Sends what is due, as far as there is room, and says how long to wait.
async fn begin_due(state: &Arc<State>, flights: &mut Flights) -> Result<Duration, StoreError> {
    let ms = |ms: i64| Duration::from_millis(u64::try_from(ms).unwrap_or(1));
    let next = state.store.next_callback().await?;
    let now = state.now();
    let wait = match next {
        Some(at) if at <= now => BUSY_WAIT_MS,
        Some(at) => return Ok(ms((at - now).min(LONGEST_WAIT_MS))),
        None => return Ok(ms(LONGEST_WAIT_MS)),
    };
    let due = state.store.claim_callbacks(now, now + CLAIM_MS, MOST_OF_ONE, flights.of_each_program()).await?;
    for callback in due {
        // A clock that jumped makes claims run out while they are in use.
        if flights.callbacks.values().all(|flying| flying.order_id != callback.order_id) {
            flights.begin(state, callback);
        }
    }
    Ok(ms(wait))
}

async fn deliver(state: &State, due: DueCallback) {
    match attempt_once(state, due.order_id, ACTOR).await {
        Ok(()) => {}
        Err(cause) => {
            tracing::error!(%cause, order = due.order_id, "a callback was not sent");
            state.store_error(cause);
        }
    }
}

/// Sends one claimed callback and notes how it went.
async fn attempt_once(state: &State, order_id: i64, actor: &str) -> Result<(), StoreError> {
    let order = state.store.order(OrderKey::Id(order_id)).await?;
    let at = state.now();
    let signed = match program(state, order.program_id) {
        Some(program) => merchant::callback(&program, &order, at),
        None => Err(NoCallback::NoSecret),
    };
    if actor == ACTOR && matches!(signed, Err(NoCallback::NoSecret)) && state.vault.is_doubtful() {
        // The keychain may yet answer. Nothing was tried, so nothing is counted; the claim runs out by itself.
        tracing::warn!(order = order_id, "a callback waits for its secret to be read");
        return Ok(());
    }
    let tried = attempt::send(state, signed).await;
    let next_at = match tried.outcome {
        AttemptOutcome::Delivered => None,
        _ if actor == ACTOR => gap_after(state, order_id).await?.map(|gap| at + gap),
        // A person's try leaves the schedule alone.
        _ => order.callback.as_ref().and_then(|c| c.next_at),
    };
    let row = tried.row(&order, at, actor);
    let mut pause = Duration::from_secs(1);
    loop {
        match state.store.note_attempt(row.clone(), next_at).await {
            Ok(()) => break,
            Err(cause @ (StoreError::NotFound | StoreError::Conflict(_))) => return Err(cause),
            // Said as well of a write whose transaction could not begin, while the book is open.
            Err(cause @ StoreError::Closed) if *state.closing.borrow() => return Err(cause),
            Err(cause) => {
                // The program may have understood: that must not be forgotten because of a full disk.
                tracing::error!(%cause, order = order_id, outcome = %row.outcome, "an attempt is not in the book yet");
                state.store_error(cause);
                sleep(pause).await;
                pause = (pause * 2).min(LONGEST_RETRY);
            }
        }
    }
    tell(state, order).await;
    Ok(())
}

/// How long after this attempt the next one comes; none: it was the last. Attempts that people asked for do not count.
async fn gap_after(state: &State, order_id: i64) -> Result<Option<i64>, StoreError> {
    let before = state.store.attempts(vec![order_id]).await?;
    let by_itself = before.iter().filter(|a| a.actor == ACTOR).count();
    Ok(GAPS_MS.get(by_itself).copied())
}

async fn tell(state: &State, before: OrderRow) {
    let now = state.store.order(OrderKey::Id(before.id)).await;
    let (Ok(order), Ok(undelivered)) = (now, state.store.undelivered().await) else { return };
    let Some(callback) = &order.callback else { return };
    state.emit(Event::CallbackChanged {
        ticket_id: order.id,
        number: count(order.number),
        program: program(state, order.program_id).map(|p| p.settings.name.clone()).unwrap_or_default(),
        state: delivery_state(callback),
        undelivered: count(undelivered),
    });
}

/// Sends a callback now because a person wants it.
pub(super) async fn send_again(state: &Arc<State>, actor: &str, order_id: i64) -> Result<(), ApiError> {
    let now = state.now();
    let claimed = state.store.claim_callback(order_id, now, now + CLAIM_MS).await;
    let due = claimed.map_err(|e| state.store_error(e))?;
    // A task of its own: whoever asked may hang up, the attempt is noted all the same.
    let (state_then, actor) = (state.clone(), actor.to_owned());
    let sent = tokio::spawn(async move { attempt_once(&state_then, due.order_id, &actor).await }).await;
    let broken = |e: tokio::task::JoinError| {
        tracing::error!(cause = %e, "an attempt broke off");
        super::missing(state)
    };
    sent.map_err(broken)?.map_err(|e| state.store_error(e))
}
