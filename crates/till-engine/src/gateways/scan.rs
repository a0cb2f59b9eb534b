//! Charging the code on the customer's phone.

use std::collections::HashMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use till_channels::gateway::{AUTH_CODES, AuthCodes, Can};
use till_core::trade::{Stage, Trade};
use till_store::{Act, PlanTrade};

use super::book::{self, Contract};
use super::{Result, flow, open, safe_words, trade_words};
use crate::api::{PaymentCode, Secret, TicketView};
use crate::state::{State, lock};

/// Longer than any payment code lives.
const WORN_MS: i64 = 300_000;

/// Payment codes that were sent lately, as digests: each is good for one payment.
#[derive(Default)]
pub(crate) struct Worn(HashMap<[u8; 32], i64>);

impl Worn {
    fn is_worn(&mut self, code: &str, now: i64) -> bool {
        self.0.retain(|_, at| (now - *at).abs() < WORN_MS);
        self.0.contains_key(&digest(code))
    }

    fn wear(&mut self, code: &str, now: i64) {
        self.0.insert(digest(code), now);
    }
}

fn digest(code: &str) -> [u8; 32] {
    Sha256::digest(code.as_bytes()).into()
}

/// The contract whose customers' codes look like this.
fn contract_of(state: &State, code: &str) -> Result<Arc<Contract>> {
    let lang = state.shop().settings.lang;
    let can_scan = |c: &&Arc<Contract>| c.usable() && c.gateway().is_some_and(|g| g.can(Can::Scan));
    let all = book::all(state);
    let mut scanning = all.iter().filter(can_scan).peekable();
    if scanning.peek().is_none() {
        if book::any_locked(state, Contract::in_use) {
            return Err(safe_words::is_locked(lang));
        }
        return Err(trade_words::cannot_scan(lang));
    }
    let fits = |c: &&Arc<Contract>| c.gateway().is_some_and(|g| g.is_auth_code(code));
    scanning.find(fits).cloned().ok_or_else(|| trade_words::no_auth_code(lang))
}

/// What customers' codes look like, so that a screen knows one before it asks.
pub(crate) fn payment_codes() -> Vec<PaymentCode> {
    let code = |codes: &AuthCodes| PaymentCode {
        channel: codes.provider.channel(),
        prefixes: codes.prefixes.iter().map(|&prefix| prefix.to_owned()).collect(),
        min_len: codes.shortest,
        max_len: codes.longest,
    };
    AUTH_CODES.iter().map(code).collect()
}

/// Charges the customer's code for a waiting ticket. Answers at once; what the provider says comes with events.
pub(crate) async fn scan(
    state: &Arc<State>,
    actor: &str,
    request_id: String,
    ticket_id: i64,
    auth_code: &Secret,
) -> Result<TicketView> {
    if state.store.request_done(&request_id).await.map_err(|e| state.store_error(e))? {
        return state.ticket(ticket_id).await;
    }
    // Scanners end with a line break; people type in groups.
    let code: String = auth_code.0.chars().filter(|c| !c.is_whitespace()).collect();
    let contract = contract_of(state, &code)?;
    let at = state.now();
    if lock(&state.flow.worn).is_worn(&code, at) {
        return Err(trade_words::worn_code(state.shop().settings.lang));
    }
    let pace = flow::pace(Some(&contract), true);
    let trade = open::trade(state, &contract, "", at, Trade::plan(true, at, at, &pace))?;
    let out_no = trade.out_no.clone();
    // Before the trade is in the book: whoever finds it there without its code takes it for lost.
    state.flow.keep_code(&out_no, &code);
    let plan = PlanTrade { request_id, actor: actor.to_owned(), at, ticket_id, trade };
    match state.store.plan_trade(plan).await {
        Ok(Act::New(row)) => {
            lock(&state.flow.worn).wear(&code, at);
            flow::take_up(state, row);
        }
        Ok(Act::Repeat(_)) => drop(state.flow.take_code(&out_no)),
        Err(cause) => {
            drop(state.flow.take_code(&out_no));
            return Err(state.store_error(cause));
        }
    }
    let ticket = state.ticket(ticket_id).await?;
    flow::show(state, &ticket);
    Ok(ticket)
}

/// Stops what waits for the customer's phone. The codes that the ticket shows stay.
pub(crate) async fn stop_scan(
    state: &Arc<State>,
    _actor: &str,
    request_id: &str,
    ticket_id: i64,
) -> Result<TicketView> {
    let store = |e| state.store_error(e);
    if !state.store.request_done(request_id).await.map_err(store)? {
        for row in state.store.trades_of(ticket_id).await.map_err(store)? {
            if row.state.scanned && matches!(row.state.stage, Stage::Planned | Stage::Waiting) {
                state.store.stop_trade(row.id, state.now()).await.map_err(store)?;
            }
        }
        state.store.request_noted(request_id, "stop_scan", state.now()).await.map_err(store)?;
        state.flow.wake();
    }
    let ticket = state.ticket(ticket_id).await?;
    flow::show(state, &ticket);
    Ok(ticket)
}

/// Asks the provider now how a ticket's trades stand.
pub(crate) async fn ask_trade(state: &Arc<State>, ticket_id: i64) -> Result<TicketView> {
    state.store.hurry_trades(ticket_id, state.now()).await.map_err(|e| state.store_error(e))?;
    state.flow.wake();
    state.ticket(ticket_id).await
}
