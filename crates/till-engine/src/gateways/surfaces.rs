//! Payments in the shop's own app, site or mini program: the till makes what the provider's SDK or page wants, then looks
//! after the trade as after every other.
//!
//! The trade is written down as sent before anything leaves, be it a question to the provider or an order string to the
//! program. From then on the flow asks about it; what was handed out is never made again without being asked for.

use std::sync::Arc;

use sha2::{Digest, Sha256};
use till_channels::gateway::{Answer, CannotAsk, Doubt, DoubtKind, Order, Prepared, Provider, Refusal, Surface};
use till_channels::merchant::Why;
use till_channels::merchant::v1::{Pay, Paying, WechatVersion};
use till_core::Channel;
use till_core::trade::{ARRIVES_WITHIN_MS, Pace, Stage, Trade, What};
use till_store::{Act, NewTrade, OrderRow, PlanTrade, StoreError, TradeRow};

use super::book::{self, Contract};
use super::speak::{self, Silence};
use super::{flow, open};
use crate::state::State;

/// Payments elsewhere that one ticket may have: a customer changes their mind, a loop does not.
const MOST_OF_TICKET: usize = 20;

/// What came of it.
pub(crate) enum Handed {
    /// For the app, the page or the mini program.
    Over(Box<Paying>),
    /// The provider refuses.
    Declined(Refusal),
}

/// Has an order that waits paid elsewhere. `actor`: who asks. The same again is the same trade while it waits.
pub(crate) async fn pay(state: &Arc<State>, actor: String, order: &OrderRow, pay: &Pay) -> Result<Handed, Why> {
    let contract = book::for_channel(state, pay.provider().channel()).ok_or_else(|| none_of(state, pay.provider()))?;
    let contract = contract.as_ref();
    let (row, is_new) = trade(state, contract, actor, order, pay).await?;
    let asked = flow::order(state, Some(contract), &row);
    let (surface, prepared) = prepare(state, contract, &asked, pay)?;
    state.flow.wake();
    let made = match prepared {
        Prepared::Ready(made) => Ok(made),
        Prepared::Ask(ask) => {
            let left = state.now();
            let made = speak::hand_over(state, contract, &asked, &surface, ask).await;
            // One that came again answers nothing that the trade still waits for; the flow asks about it.
            if is_new {
                let answer = made.as_ref().map_or_else(said, |_| Answer::Waiting);
                let late = state.now().saturating_sub(left) > ARRIVES_WITHIN_MS;
                let kept = flow::keep(state, contract, &row, &asked, What::Begin, answer, late).await;
                kept.unwrap_or_else(|cause| not_kept(state, cause));
            }
            made
        }
    };
    match made {
        Ok(made) => Ok(Handed::Over(Box::new(Paying::new(pay.surface, row.out_no, asked.expires_at, made)))),
        Err(Answer::Refused(refusal)) => Ok(Handed::Declined(refusal)),
        Err(_) => Err(Why::Silent),
    }
}

/// The flow does not ask the same again for a program that has perhaps gone: to it that is no answer.
fn said(answer: &Answer) -> Answer {
    match answer {
        Answer::Again => Answer::Unknown(Doubt::new(DoubtKind::Trouble, "the provider wants to be asked again")),
        answer => answer.clone(),
    }
}

/// The trade stands in the book as sent: it is asked about in any case.
fn not_kept(state: &State, cause: StoreError) {
    tracing::error!(%cause, "an answer about a payment elsewhere was not kept");
    state.store_error(cause);
}

/// The trade of this surface that waits; or a new one. True: it is new, and what it begins with has not left yet.
async fn trade(
    state: &State,
    contract: &Contract,
    actor: String,
    order: &OrderRow,
    pay: &Pay,
) -> Result<(TradeRow, bool), Why> {
    let kept = pay.kept();
    let elsewhere = state.store.trades_of(order.id).await.map_err(|e| unavailable(state, e))?;
    let elsewhere: Vec<TradeRow> = elsewhere.into_iter().filter(|t| !t.surface.is_empty()).collect();
    let same = || elsewhere.iter().filter(|t| t.gateway_id == contract.id && t.surface == kept);
    if let Some(row) = same().find(|t| waits(t)) {
        return Ok((row.clone(), false));
    }
    if elsewhere.len() >= MOST_OF_TICKET {
        return Err(Why::TooFast);
    }
    let at = state.now();
    let new = new_trade(state, contract, order, pay, at)?;
    // What cannot be asked for is no trade.
    prepare(state, contract, &draft(state, contract, order, &new, at), pay)?;
    // The order's number is random: nobody else plans under this request id, and two at once plan one trade.
    let mark = hex::encode(&Sha256::digest(format!("{} {kept}", contract.id))[..8]);
    let request_id = format!("{}-{mark}-{}", order.order_no, same().count());
    let plan = PlanTrade { request_id, actor, at, ticket_id: order.id, trade: new };
    match state.store.plan_trade(plan).await {
        Ok(Act::New(row)) => Ok((row, true)),
        Ok(Act::Repeat(id)) => {
            let row = state.store.trade(id).await.map_err(|e| unavailable(state, e))?;
            if waits(&row) { Ok((row, false)) } else { Err(Why::Silent) }
        }
        Err(StoreError::Conflict(_)) => Err(Why::Over),
        Err(cause) => Err(unavailable(state, cause)),
    }
}

fn waits(row: &TradeRow) -> bool {
    matches!(row.state.stage, Stage::Planned | Stage::Waiting)
}

/// Written down as sent: nothing comes between the plan and what it begins with.
fn new_trade(state: &State, contract: &Contract, order: &OrderRow, pay: &Pay, at: i64) -> Result<NewTrade, Why> {
    let pace = Pace { begin_again: false, ..flow::pace(Some(contract), false) };
    let mut planned = Trade::plan(false, at, order.expires_at, &pace);
    planned.send(What::Begin, at, &pace);
    let trade = open::trade(state, contract, &order.title, at, planned).map_err(|_| Why::Unavailable)?;
    let ip = pay.payer_ip.map_or_else(|| trade.ip.clone(), |ip| ip.to_canonical().to_string());
    Ok(NewTrade { surface: pay.kept(), ip, ..trade })
}

/// The order as it will be, once the trade stands in the book.
fn draft(state: &State, contract: &Contract, order: &OrderRow, trade: &NewTrade, at: i64) -> Order {
    Order {
        out_no: trade.out_no.clone(),
        trade_no: None,
        amount: order.due,
        subject: trade.subject.clone(),
        created_at: at,
        expires_at: order.expires_at,
        scanned: false,
        notify_url: contract.notify_url(),
        ip: trade.ip.clone(),
        terminal: flow::terminal(state),
    }
}

/// What it begins with. Where the program does not say which version, WeChat's v3 if its keys are there, else v2.
fn prepare(state: &State, contract: &Contract, order: &Order, pay: &Pay) -> Result<(Surface, Prepared), Why> {
    let with = |version| {
        let surface = pay.surface(version);
        speak::prepare(state, contract, order, &surface).map(|prepared| (surface, prepared))
    };
    let prepared = match pay.version {
        Some(version) => with(version),
        None => match with(WechatVersion::V3) {
            // The key without which there is no v3.
            Err(Silence::CannotAsk(CannotAsk::Missing("apiv3_key"))) => with(WechatVersion::V2),
            prepared => prepared,
        },
    };
    prepared.map_err(|silence| match silence {
        Silence::CannotAsk(CannotAsk::Missing(field)) => Why::NoKeys(field),
        Silence::CannotAsk(CannotAsk::DoesNotFit(what, _)) => Why::Field(what),
        Silence::NotReady | Silence::CannotAsk(CannotAsk::NoSuchCall | CannotAsk::Key(_)) => Why::NoContract,
        Silence::NoRandomness | Silence::Failed(_) => Why::Unavailable,
    })
}

/// The trade that a returning browser speaks of, if Alipay signed what it says.
pub(crate) async fn came_back(state: &State, query: &str) -> Result<TradeRow, Why> {
    let (mut doubt, mut signed) = (None, false);
    for contract in book::of_provider(state, Provider::Alipay) {
        let Some(gateway) = contract.gateway() else { continue };
        let returned = match gateway.came_back(query, state.now()) {
            Ok(returned) => returned,
            Err(why) => {
                doubt = doubt.or(Some(why.kind));
                continue;
            }
        };
        let row = state.store.trade_by_number(Channel::Alipay, &returned.out_no).await;
        let row = row.map_err(|e| unavailable(state, e))?.filter(|row| row.gateway_id == contract.id);
        signed = true;
        let Some(row) = row else { continue };
        if returned.amount.is_some_and(|amount| amount != row.amount) {
            return Err(Why::NotAuthentic(DoubtKind::NotOurs));
        }
        return Ok(row);
    }
    Err(if signed { Why::NotFound } else { doubt.map_or_else(|| none_of(state, Provider::Alipay), Why::NotAuthentic) })
}

/// No contract can speak: there is none, or its keys wait for the passphrase.
pub(super) fn none_of(state: &State, provider: Provider) -> Why {
    let locked = book::any_locked(state, |c| c.provider == provider && c.in_use());
    if locked { Why::Unavailable } else { Why::NoContract }
}

/// Has the provider asked now: whoever came back has probably paid.
pub(crate) async fn hurry(state: &State, ticket_id: i64) {
    match state.store.hurry_trades(ticket_id, state.now()).await {
        Ok(()) => state.flow.wake(),
        Err(cause) => not_kept(state, cause),
    }
}

fn unavailable(state: &State, cause: StoreError) -> Why {
    tracing::error!(message = state.store_error(cause).message, "a payment elsewhere was not stored");
    Why::Unavailable
}
