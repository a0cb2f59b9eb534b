//! Opening an order: one act for every protocol.

use std::time::Duration;

use till_channels::merchant::{Guard, Money, Number, Open, Repeat, Stand, Why, lyn};
use till_core::due::{PickError, TailDirection};
use till_core::price::{self, Line, Rounding, Sale};
use till_core::trade::Stage;
use till_core::{Channel, Fen};
use till_store::{NewOrder, NewTicket, Opened, OrderKey, OrderRow, StoreError, TicketFull};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::timeout;

use super::{MerchantRequest, show, trust};
use crate::api::Event;
use crate::display;
use crate::gateways;
use crate::programs::Program;
use crate::state::State;
use crate::view;

/// Merchants' clients wait a few seconds for an answer; a provider mostly takes less than one.
const CODES_WITHIN: Duration = Duration::from_millis(2_500);
/// Bytes of randomness in the token of a checkout page.
const TOKEN_BYTES: usize = 32;

/// Opens an order for a program, or finds the one that the same request opened before.
pub(super) async fn open(
    state: &State,
    program: &Program,
    request: &MerchantRequest,
    asked: Open,
) -> Result<OrderRow, Why> {
    let trusted = asked.guard == Guard::Signature || may_open(state, program, request);
    match asked.guard {
        Guard::Place if !trusted => return Err(Why::NeedsToken),
        Guard::Split if !trusted => return Err(Why::Shifted),
        _ => {}
    }
    let order = order(state, program, request, &asked)?;
    if !order.buyer.is_empty() {
        let bought = state.store.bought(program.id, &order.title, &order.buyer).await;
        if bought.map_err(|e| store(state, e))? {
            return Err(Why::Bought);
        }
    }
    let settings = state.shop().settings.clone();
    let (amounts, tail_max) = match &asked.money {
        Money::Asked(amount) => (vec![*amount], settings.tail_max_fen),
        Money::Product(name) => {
            let products = program.settings.products.iter();
            let amounts = lyn::amounts(products.map(|p| (p.name.as_str(), p.amounts_fen.as_slice(), p.global)), name);
            (amounts, Fen::ZERO)
        }
    };
    let mut last = Why::NoProduct;
    for amount in amounts {
        let ticket = ticket(state, program, &asked, &order, amount, (settings.tail_direction, tail_max))?;
        match state.store.open_order(ticket, order.clone()).await {
            Ok(Opened::New(full, row)) => {
                let codes = full.trades.len() + full.offers.len();
                // From before the providers are asked, so that no answer of theirs is missed.
                let events = state.bus.subscribe();
                tell(state, *full);
                return with_codes(state, *row, codes, events).await;
            }
            Ok(Opened::Exists(row)) => return again(state, &asked, &order, *row),
            Err(StoreError::Pick(PickError::Exhausted)) => last = Why::Exhausted,
            Err(StoreError::Pick(PickError::NoCode)) if last != Why::Exhausted => last = Why::NoCode,
            Err(StoreError::Pick(PickError::NoCode)) => {}
            Err(cause) => return Err(store(state, cause)),
        }
    }
    Err(last)
}

/// The order with the codes that providers make for it: many programs show what the first answer holds, and no more.
/// Without them if they take too long: the checkout page shows them when they come.
async fn with_codes(state: &State, row: OrderRow, codes: usize, mut events: Receiver<Event>) -> Result<OrderRow, Why> {
    if row.offers.len() >= codes {
        return Ok(row);
    }
    let id = row.id;
    let all = async {
        loop {
            match events.recv().await {
                Ok(Event::TicketChanged { ticket }) if ticket.id == id => {
                    let pending =
                        |trade: &crate::api::TradeView| trade.stage == Stage::Planned && trade.trouble.is_none();
                    if !ticket.trades.iter().any(pending) {
                        return;
                    }
                }
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            }
        }
    };
    if timeout(CODES_WITHIN, all).await.is_err() {
        tracing::warn!(order_id = id, "an order is answered before its providers have made their codes");
    }
    state.store.order(OrderKey::Id(id)).await.map_err(|e| store(state, e))
}

/// Whether the place a request comes from, or its token, stands in for a signature.
pub(super) fn may_open(state: &State, program: &Program, request: &MerchantRequest) -> bool {
    trust::may_open(program, request, trust::is_in_the_open(&state.shop().settings.public_url))
}

pub(super) fn store(state: &State, cause: StoreError) -> Why {
    match cause {
        StoreError::NotFound => Why::NotFound,
        StoreError::Conflict("program_revoked") => Why::Revoked,
        StoreError::Conflict(_) => Why::Over,
        cause => {
            tracing::error!(message = state.store_error(cause).message, "a program's request was not stored");
            Why::Unavailable
        }
    }
}

/// The order with everything that the program, or else its settings, say.
fn order(state: &State, program: &Program, request: &MerchantRequest, asked: &Open) -> Result<NewOrder, Why> {
    let settings = &program.settings;
    let channels = offered(&settings.channels, asked)?;
    let address = |said: &String, ours: &String, why: Why| match said.as_str() {
        "" if asked.silent => Ok(String::new()),
        "" => Ok(ours.clone()),
        said if show::may_name(program, said) => Ok(said.to_owned()),
        _ => Err(why),
    };
    let notify_url = address(&asked.notify_url, &settings.notify_url, Why::NotifyUrl)?;
    let return_url = address(&asked.return_url, &settings.return_url, Why::ReturnUrl)?;
    let order_no = number(state, asked.number)?;
    let buyer = match asked.buyer.as_deref() {
        None => String::new(),
        Some("") => trust::peer_text(request),
        Some(named) => named.to_owned(),
    };
    Ok(NewOrder {
        program_id: program.id,
        token: random(state, TOKEN_BYTES)?,
        out_no: asked.out_no.clone().unwrap_or_else(|| order_no.clone()),
        order_no,
        idem_key: asked.idem_key.clone(),
        digest: asked.digest.clone(),
        channels,
        channel: asked.channel,
        asked: asked.asked.clone(),
        title: asked.title.clone(),
        notify_url,
        return_url,
        buyer,
        counter: asked.counter,
    })
}

/// The channels to offer: those wanted that the program may use. Empty: every one there is.
fn offered(allowed: &[Channel], asked: &Open) -> Result<Vec<Channel>, Why> {
    let may = |c: &Channel| allowed.is_empty() || allowed.contains(c);
    if asked.channels.is_empty() {
        return Ok(allowed.to_vec());
    }
    let offered: Vec<Channel> = asked.channels.iter().copied().filter(may).collect();
    if offered.is_empty() { Err(Why::Channel) } else { Ok(offered) }
}

fn random(state: &State, bytes: usize) -> Result<String, Why> {
    state.random_hex(bytes).map_err(|_| Why::Unavailable)
}

/// Our number for an order, which nobody can guess.
fn number(state: &State, shape: Number) -> Result<String, Why> {
    let bits = |hex: &str| u128::from_str_radix(hex, 16).map_err(|_| Why::Unavailable);
    Ok(match shape {
        Number::Hex => format!("t_{}", random(state, 16)?),
        // 26 digits, above 83 bits of which are random; the first is 1, so that none is lost as a leading zero.
        Number::Digits => (10_u128.pow(25) + bits(&random(state, 16)?)? % 10_u128.pow(25)).to_string(),
        // 2^52 to 2^53: 16 digits that every JSON number carries.
        Number::Small => ((1_u128 << 52) + bits(&random(state, 8)?)? % (1_u128 << 52)).to_string(),
    })
}

/// The ticket of an order. Its price is charged as asked: no rounding.
fn ticket(
    state: &State,
    program: &Program,
    asked: &Open,
    order: &NewOrder,
    amount: Fen,
    (direction, tail_max): (TailDirection, Fen),
) -> Result<NewTicket, Why> {
    let line = Line { name: order.title.clone(), price_fen: amount, count: 1 };
    let sale = Sale { lines: vec![line], discount: None, note: String::new() };
    let priced = price::price(&sale, Rounding::None).map_err(|_| Why::Field("price"))?;
    let at = state.now();
    let expires_at = at.saturating_add(asked.ttl_ms.unwrap_or(program.settings.ttl_ms));
    let (trades, served) = gateways::plan(state, &order.channels, at, expires_at, &order.title);
    Ok(NewTicket {
        request_id: order.order_no.clone(),
        actor: actor(program),
        at,
        expires_at,
        business_date: state.business_date(at),
        sale,
        priced,
        direction,
        tail_max,
        trades,
        served,
    })
}

/// A program in the journal; no person can have this name.
pub(super) fn actor(program: &Program) -> String {
    format!("api:{}", program.settings.name)
}

fn tell(state: &State, full: TicketFull) {
    state.flow.wake();
    let counter = full.ticket.counter;
    let mut ticket = view::ticket(state, full);
    if counter {
        ticket.shown = true;
        display::opened(state, &ticket);
    }
    state.emit(Event::TicketOpened { ticket });
}

/// What a number or a key that was used before is answered with.
fn again(state: &State, asked: &Open, order: &NewOrder, before: OrderRow) -> Result<OrderRow, Why> {
    let same_money = matches!(&asked.money, Money::Asked(amount) if *amount == before.price);
    match (asked.repeat, show::stand(&before, state.now())) {
        (Repeat::SameMoney, Stand::Waiting) if same_money => Ok(before),
        (Repeat::SameMoney, Stand::Paid) => Err(Why::Paid),
        (Repeat::SameWords, _) if before.idem_key == order.idem_key => {
            if before.digest == order.digest {
                Ok(before)
            } else {
                Err(Why::OtherWords)
            }
        }
        _ => Err(Why::Exists),
    }
}
