//! Trades at work: what is to be asked next stands in the book, and one loop asks it.
//!
//! What changes something at the provider is written down before it leaves, and its answer when it came. Whatever is
//! lost between is asked again; a code that we scanned is never charged twice, for it is kept in memory alone and leaves
//! it with the first question. Each trade has a task of its own while it is asked about, so that a slow provider keeps
//! nobody but itself waiting.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use till_channels::gateway::{Answer, Call, Order};
use till_core::ticket::Status;
use till_core::trade::{ARRIVES_WITHIN_MS, Pace, Stage, What, Word};
use till_store::{HeardTrade, StoreError, TradeRow};
use tokio::sync::{Notify, Semaphore};
use tokio::time::sleep;
use zeroize::Zeroizing;

use super::book::{self, Contract};
use super::interpret::{self, Meaning, Said};
use super::notice::ToldOf;
use super::scan::Worn;
use super::{money, money_back, speak};
use crate::api::{Event, TicketView};
use crate::background::until_closed;
use crate::display;
use crate::state::{State, lock};

/// What the movable clock of another thread may bring is seen this soon.
const LONGEST_WAIT_MS: i64 = 900;
/// When something is due that is being asked about already.
const BUSY_WAIT_MS: i64 = 250;
/// After a failure of the store: a full disk is not helped by haste.
const AFTER_FAILURE: Duration = Duration::from_secs(2);
/// Read at once beyond those that are being asked about.
const MOST_AT_ONCE: u32 = 64;
/// Asked at once of one contract: less than there are lines, so that one that is silent leaves some to the others.
const MOST_OF_ONE: usize = 16;
/// A contract without its keys cannot say its pace. Nothing is asked meanwhile.
const WITHOUT_KEYS: Pace = Pace {
    first_ms: 5_000,
    every_ms: 5_000,
    doubt_ms: 5_000,
    patience_ms: 60_000,
    end_after_ms: 0,
    end_every_ms: 5_000,
    code_lives_ms: 30 * 86_400_000,
    begin_again: true,
    can_end: true,
};

/// What the flow of trades keeps in memory.
#[derive(Default)]
pub(crate) struct Flow {
    wake: Notify,
    /// Those that are due and were left as they stand, because nothing can be asked: see [`can_step`].
    mute: AtomicU32,
    /// What a task is at.
    hands: Mutex<HashSet<Item>>,
    /// How many of each contract may be asked about at once.
    crowds: Mutex<HashMap<i64, Arc<Semaphore>>>,
    /// Payment codes of customers by our number of the trade, until they are sent.
    codes: Mutex<HashMap<String, Zeroizing<String>>>,
    /// Those that were sent lately.
    pub(super) worn: Mutex<Worn>,
    /// Trades of which a notice spoke lately.
    pub(super) told_of: Mutex<ToldOf>,
}

/// A trade or a refund, by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Item {
    Trade(i64),
    Refund(i64),
}

/// Held by the one task that is at an item.
struct InHand {
    state: Arc<State>,
    item: Item,
}

impl Drop for InHand {
    fn drop(&mut self) {
        lock(&self.state.flow.hands).remove(&self.item);
        self.state.flow.wake();
    }
}

impl Flow {
    /// Something may be due now.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }

    /// Keeps the customer's code for the trade of this number.
    pub(super) fn keep_code(&self, out_no: &str, code: &str) {
        lock(&self.codes).insert(out_no.to_owned(), Zeroizing::new(code.to_owned()));
    }

    /// The customer's code, once.
    pub(super) fn take_code(&self, out_no: &str) -> Option<Zeroizing<String>> {
        lock(&self.codes).remove(out_no)
    }

    fn crowd(&self, gateway_id: i64) -> Arc<Semaphore> {
        let mut crowds = lock(&self.crowds);
        crowds.entry(gateway_id).or_insert_with(|| Arc::new(Semaphore::new(MOST_OF_ONE))).clone()
    }

    fn busy(&self) -> u32 {
        u32::try_from(lock(&self.hands).len()).unwrap_or(u32::MAX / 2)
    }
}

/// Asks what is due, until the till closes.
pub(crate) async fn run(state: Arc<State>) {
    loop {
        let wait = match begin_due(&state).await {
            Ok(wait) => wait,
            Err(cause) => {
                tracing::error!(%cause, "could not look after the trades");
                state.store_error(cause);
                AFTER_FAILURE
            }
        };
        tokio::select! {
            () = sleep(wait) => {}
            () = state.flow.wake.notified() => {}
        }
    }
}

/// Takes up what is due, and says how long to wait.
async fn begin_due(state: &Arc<State>) -> Result<Duration, StoreError> {
    let ms = |ms: i64| Duration::from_millis(u64::try_from(ms.max(1)).unwrap_or(1));
    let now = state.now();
    // Those in hand may be due again already, first of all, and so are those that wait for keys: there must be room
    // beyond them.
    let most = MOST_AT_ONCE.saturating_add(state.flow.busy()).saturating_add(state.flow.mute.load(Ordering::Relaxed));
    let (trades, mute) = apart(state.store.due_trades(now, most).await?, |row| can_step(state, row));
    for row in trades {
        take_up(state, row);
    }
    let (refunds, also_mute) = apart(state.store.due_refunds(now, most).await?, |row| can_ask(state, row.gateway_id));
    for row in refunds {
        let (item, gateway_id) = (Item::Refund(row.id), row.gateway_id);
        let work = money_back::step(state.clone(), row);
        begin(state, item, Some(gateway_id), work);
    }
    state.flow.mute.store(mute.saturating_add(also_mute), Ordering::Relaxed);
    Ok(match state.store.next_trade_at().await? {
        Some(at) if at > now => ms((at - now).min(LONGEST_WAIT_MS)),
        Some(_) => ms(BUSY_WAIT_MS),
        None => ms(LONGEST_WAIT_MS),
    })
}

/// Those of which it is so, and how many others there are.
fn apart<T>(rows: Vec<T>, so: impl Fn(&T) -> bool) -> (Vec<T>, u32) {
    let (these, others): (Vec<T>, Vec<T>) = rows.into_iter().partition(so);
    (these, u32::try_from(others.len()).unwrap_or(u32::MAX / 4))
}

fn can_ask(state: &State, gateway_id: i64) -> bool {
    book::by_id(state, gateway_id).is_some_and(|contract| contract.gateway().is_some())
}

/// Whether a trade can take its step. Without the contract's keys nothing can be asked, and silence of ours is no doubt
/// about the provider: a trade that moved on by it would come to be cancelled unasked, though it may have been paid. It
/// stands as it is until the keys are back. What needs no question goes on.
fn can_step(state: &State, row: &TradeRow) -> bool {
    let begins = matches!(row.state.next, Some((What::Begin, _)));
    can_ask(state, row.gateway_id) || is_left(row) || (row.state.scanned && begins)
}

/// Its ticket has ended without it.
fn is_left(row: &TradeRow) -> bool {
    row.ticket_status != Status::Open && matches!(row.state.stage, Stage::Planned | Stage::Waiting)
}

/// Takes one step of a trade in a task of its own, unless one is at it.
pub(super) fn take_up(state: &Arc<State>, row: TradeRow) {
    // Somebody stands at the counter with a phone in hand: that waits for nobody.
    let urgent = row.state.scanned && matches!(row.state.stage, Stage::Planned);
    let crowd = Some(row.gateway_id).filter(|_| !urgent);
    begin(state, Item::Trade(row.id), crowd, step(state.clone(), row));
}

fn begin(
    state: &Arc<State>,
    item: Item,
    crowd: Option<i64>,
    work: impl Future<Output = Result<(), StoreError>> + Send + 'static,
) {
    if !lock(&state.flow.hands).insert(item) {
        return;
    }
    let hand = InHand { state: state.clone(), item };
    let crowd = crowd.map(|gateway_id| state.flow.crowd(gateway_id));
    let task = async move {
        // Never closed; an error would mean one more at a time.
        let _place = match &crowd {
            Some(crowd) => crowd.acquire().await.ok(),
            None => None,
        };
        if let Err(cause) = work.await {
            tracing::error!(%cause, ?item, "a step was not taken");
            hand.state.store_error(cause);
            sleep(AFTER_FAILURE).await;
        }
        drop(hand);
    };
    tokio::spawn(until_closed(state.clone(), task));
}

/// The order as its provider knows it: the same at every question.
pub(super) fn order(state: &State, contract: Option<&Contract>, row: &TradeRow) -> Order {
    let patience = pace(contract, true).patience_ms;
    let expires_at = if row.state.scanned { None } else { row.ticket_expires_at };
    Order {
        out_no: row.out_no.clone(),
        trade_no: row.trade_no.clone(),
        amount: row.amount,
        subject: row.subject.clone(),
        created_at: row.created_at,
        expires_at: expires_at.unwrap_or(row.created_at.saturating_add(patience)),
        scanned: row.state.scanned,
        notify_url: contract.and_then(Contract::notify_url),
        ip: row.ip.clone(),
        terminal: terminal(state),
    }
}

/// Which till: providers want a name for the terminal.
pub(super) fn terminal(_: &State) -> String {
    "till-1".to_owned()
}

/// The provider's schedule.
pub(super) fn pace(contract: Option<&Contract>, scanned: bool) -> Pace {
    contract.and_then(Contract::gateway).map_or(WITHOUT_KEYS, |gateway| gateway.pace(scanned))
}

/// The schedule of one trade. What an app or a page was handed is made for whoever asked for it, never again by itself.
fn pace_of(state: &State, contract: Option<&Contract>, row: &TradeRow, now: i64) -> Pace {
    let pace = pace(contract, row.state.scanned);
    let pace = Pace { begin_again: pace.begin_again && row.surface.is_empty(), ..pace };
    let watched = row.state.scanned || lock(&state.counter).focus() == Some(row.ticket_id);
    if watched { pace } else { pace.unwatched(now.saturating_sub(row.created_at)) }
}

async fn step(state: Arc<State>, row: TradeRow) -> Result<(), StoreError> {
    let state = &state;
    let now = state.now();
    if is_left(&row) {
        return stop(state, &row).await;
    }
    let Some((what, _)) = row.state.next.filter(|(_, at)| *at <= now) else { return Ok(()) };
    let contract = book::by_id(state, row.gateway_id);
    let contract = contract.as_deref();
    let call = match (what, row.state.scanned) {
        (What::Begin, true) => match state.flow.take_code(&row.out_no) {
            Some(code) => Call::Scan { auth_code: code.to_string() },
            // It was never sent: a crash came between, and took the code along.
            None => return stop(state, &row).await,
        },
        (What::Begin, false) => Call::Create,
        (What::Query, _) => Call::Query,
        (What::End, _) => Call::End,
    };
    // Its keys went in this moment: see `can_step`.
    let Some(contract) = contract.filter(|contract| contract.gateway().is_some()) else { return Ok(()) };
    let pace = pace_of(state, Some(contract), &row, now);
    let row = match what {
        What::Query => row,
        What::Begin | What::End => match state.store.send_trade(row.id, what, now, pace).await? {
            Some(row) => row,
            None => return Ok(()),
        },
    };
    let order = order(state, Some(contract), &row);
    let answer = speak::ask(state, contract, &order, &call).await;
    let late = state.now().saturating_sub(now) > ARRIVES_WITHIN_MS;
    keep(state, contract, &row, &order, what, answer, late).await
}

/// Writes down what an answer amounts to.
pub(super) async fn keep(
    state: &Arc<State>,
    contract: &Contract,
    row: &TradeRow,
    order: &Order,
    what: What,
    answer: Answer,
    late: bool,
) -> Result<(), StoreError> {
    let Some(gateway) = contract.gateway() else { return Ok(()) };
    let now = state.now();
    let pace = pace_of(state, Some(contract), row, now);
    match interpret::answer(row, order, &gateway.identity(), what, answer, now) {
        Meaning::Paid(claim) => {
            let word = interpret::word(row, what.as_str(), "paid", claim.trade_no.clone(), now);
            match money::take(state, contract, row, claim, word).await? {
                None => Ok(()),
                Some(doubt) => {
                    let said = interpret::silence(row, &doubt, now);
                    hear(state, row, what, said, now, pace).await
                }
            }
        }
        Meaning::Said(said) => {
            if let Some(doubt) = &said.alarm {
                money::alarm(state, contract, row, doubt);
            }
            // The computer slept over it: old news, whatever it says.
            let said = if late { Said { word: Word::Unknown, ..said } } else { said };
            hear(state, row, what, said, now, pace).await
        }
    }
}

/// Writes down a word about a trade and tells the screens what changed.
async fn hear(
    state: &Arc<State>,
    row: &TradeRow,
    what: What,
    said: Said,
    now: i64,
    pace: Pace,
) -> Result<(), StoreError> {
    let heard = HeardTrade {
        trade_id: row.id,
        what,
        word: said.word,
        at: now,
        pace,
        code: said.code,
        trade_no: None,
        refusal: said.snag,
        said: interpret::word(row, what.as_str(), interpret::meaning(said.word), said.detail, now),
    };
    let after = state.store.hear_trade(heard).await?;
    changed(state, row, &after).await;
    Ok(())
}

async fn stop(state: &Arc<State>, row: &TradeRow) -> Result<(), StoreError> {
    state.store.stop_trade(row.id, state.now()).await?;
    drop(state.flow.take_code(&row.out_no));
    tell(state, row.ticket_id).await;
    Ok(())
}

/// Tells the screens, if there is something to see.
async fn changed(state: &State, before: &TradeRow, after: &TradeRow) {
    let face = |row: &TradeRow| (row.state.stage, row.code.clone(), row.refusal.clone());
    if face(before) != face(after) {
        tell(state, after.ticket_id).await;
    }
}

/// Tells the screens how a ticket and its trades stand.
pub(super) fn show(state: &State, ticket: &TicketView) {
    display::changed(state, ticket);
    state.emit(Event::TicketChanged { ticket: ticket.clone() });
}

/// The same, as it stands in the book.
pub(super) async fn tell(state: &State, ticket_id: i64) {
    match state.ticket(ticket_id).await {
        Ok(ticket) => show(state, &ticket),
        Err(cause) => tracing::warn!(%cause, ticket_id, "a ticket that changed cannot be shown"),
    }
}
