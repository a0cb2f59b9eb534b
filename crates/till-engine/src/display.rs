//! The counter screen: one phase at a time, and only what a customer may see.

use till_core::price::Sale;
use till_core::ticket::Status;
use till_core::trade::Stage;

use crate::api::{ApiError, DisplayPhase, DisplayState, Event, TicketView, TradeView};
use crate::gateways::surfaces;
use crate::state::{State, lock};
use crate::view;

/// How long the green state stays.
const PAID_MS: i64 = 5_000;
/// How long the expired state stays.
const EXPIRED_MS: i64 = 20_000;

/// What the counter screen is about.
#[derive(Default)]
pub(crate) struct Counter {
    /// The waiting ticket it shows.
    pay: Option<TicketView>,
    cart: Option<Sale>,
    /// A phase that ends by itself.
    flash: Option<(DisplayPhase, i64)>,
}

impl Counter {
    pub(crate) fn focus(&self) -> Option<i64> {
        self.pay.as_ref().map(|t| t.id)
    }

    /// What it shows would be paid on a provider's test system or a simulator.
    fn is_sandbox(&self) -> bool {
        let live = |trade: &&TradeView| trade.stage != Stage::Over;
        self.pay.iter().flat_map(|t| &t.trades).filter(live).any(|trade| trade.sandbox)
    }

    fn phase(&self, now: i64, price: impl Fn(&Sale) -> Option<till_core::Fen>) -> DisplayPhase {
        if let Some((phase, until)) = &self.flash
            && *until > now
        {
            return phase.clone();
        }
        if let Some(t) = &self.pay {
            if let Some(trade) = t.trades.iter().find(|trade| is_processing(trade)) {
                return DisplayPhase::Processing {
                    number: t.number,
                    tag: t.tag,
                    due_fen: t.due_fen,
                    channel: trade.channel,
                    until: trade.until,
                };
            }
            return DisplayPhase::Pay {
                ticket_id: t.id,
                number: t.number,
                tag: t.tag,
                gross_fen: t.gross_fen,
                discount_fen: t.discount_fen,
                rounding_fen: t.rounding_fen,
                tail_fen: t.tail_fen,
                due_fen: t.due_fen,
                opened_at: t.opened_at,
                expires_at: t.expires_at.unwrap_or(t.opened_at),
                codes: view::display_codes(t),
            };
        }
        match self.cart.as_ref().and_then(|sale| price(sale).map(|p| (sale, p))) {
            Some((sale, price_fen)) => DisplayPhase::Cart { lines: sale.lines.clone(), price_fen },
            None => DisplayPhase::Idle {},
        }
    }
}

/// The customer's code was scanned, and nobody knows yet what comes of it.
fn is_processing(trade: &TradeView) -> bool {
    trade.scanned && matches!(trade.stage, Stage::Planned | Stage::Waiting | Stage::Ending)
}

/// What the counter screen shows now.
pub(crate) fn current(state: &State) -> DisplayState {
    let (shop, now) = (state.shop(), state.now());
    let settings = &shop.settings;
    let price = |sale: &Sale| till_core::price::price(sale, settings.rounding).ok().map(|p| p.price_fen);
    let counter = lock(&state.counter);
    DisplayState {
        shop_name: settings.shop_name.clone(),
        lang: settings.lang,
        light: settings.display_light,
        practice: state.practice,
        sandbox: counter.is_sandbox(),
        now,
        phase: counter.phase(now, price),
    }
}

/// Says that the counter screen changed.
pub(crate) fn announce(state: &State) {
    state.emit(Event::DisplayChanged { display: current(state) });
}

/// A ticket was opened: it takes the screen.
pub(crate) fn opened(state: &State, ticket: &TicketView) {
    *lock(&state.counter) = Counter { pay: Some(ticket.clone()), cart: None, flash: None };
    announce(state);
}

/// Something about a ticket changed that the screen may show: a code came, the customer is asked to confirm.
pub(crate) fn changed(state: &State, ticket: &TicketView) {
    {
        let mut counter = lock(&state.counter);
        if counter.focus() != Some(ticket.id) || ticket.status != Status::Open {
            return;
        }
        counter.pay = Some(ticket.clone());
    }
    announce(state);
}

/// A ticket was paid, expired or cancelled.
pub(crate) async fn ended(state: &State, ticket: &TicketView) {
    let now = state.now();
    // Unless somebody had put it on the screen by hand.
    if ticket.is_elsewhere() && lock(&state.counter).focus() != Some(ticket.id) {
        return;
    }
    let flash = match (ticket.status, ticket.payments.last()) {
        (Status::Paid, Some(payment)) => {
            let until = now + PAID_MS;
            let phase = DisplayPhase::Paid {
                number: ticket.number,
                tag: ticket.tag,
                paid_fen: payment.amount_fen,
                channel: payment.channel,
                change_fen: ticket.change_fen,
                until,
            };
            Some((phase, until))
        }
        (Status::Expired, _) if lock(&state.counter).focus() == Some(ticket.id) => {
            Some((DisplayPhase::Expired { number: ticket.number, tag: ticket.tag }, now + EXPIRED_MS))
        }
        _ => None,
    };
    let had_focus = {
        let mut counter = lock(&state.counter);
        let had_focus = counter.focus() == Some(ticket.id);
        if had_focus {
            counter.pay = None;
        }
        if flash.is_some() {
            counter.flash = flash;
        }
        had_focus
    };
    announce(state);
    if had_focus && let Err(cause) = show(state, None).await {
        tracing::warn!(%cause, "could not choose the next ticket for the counter screen");
    }
}

/// Shows one waiting ticket, or the newest of them.
pub(crate) async fn show(state: &State, wanted: Option<i64>) -> Result<DisplayState, ApiError> {
    let waiting = state.store.waiting().await.map_err(|e| state.store_error(e))?;
    let chosen = match wanted {
        Some(id) => Some(
            waiting
                .into_iter()
                .find(|t| t.ticket.id == id)
                .ok_or(till_store::StoreError::Conflict("ticket_not_open"))
                .map_err(|e| state.store_error(e))?,
        ),
        None => waiting.into_iter().rfind(|t| t.ticket.program_id.is_none() || t.ticket.counter),
    };
    let chosen = chosen.map(|full| view::ticket(state, full));
    {
        let mut counter = lock(&state.counter);
        counter.pay = chosen;
        if wanted.is_some() {
            (counter.flash, counter.cart) = (None, None);
        }
    }
    announce(state);
    if let Some(ticket_id) = wanted {
        // The customer may have paid while it was out of sight.
        surfaces::hurry(state, ticket_id).await;
    }
    Ok(current(state))
}

/// Shows the running entry before payment.
pub(crate) fn cart(state: &State, sale: Option<Sale>) -> DisplayState {
    lock(&state.counter).cart = sale.filter(|s| !s.lines.is_empty());
    announce(state);
    current(state)
}

/// The end of the phase that ends by itself, if it has come: true if the screen changed.
pub(crate) fn end_flash(state: &State) -> Option<i64> {
    let now = state.now();
    let until = lock(&state.counter).flash.as_ref().map(|(_, until)| *until)?;
    if until > now {
        return Some(until);
    }
    lock(&state.counter).flash = None;
    announce(state);
    None
}
