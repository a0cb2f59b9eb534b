//! Money going back through the provider it came through. Written down first, sent under one number until there is an
//! answer, booked when the provider has done it.

use std::sync::Arc;

use till_channels::gateway::{Call, Can, RefundOrder};
use till_core::report::RefundKind as Kind;
use till_core::trade::{ARRIVES_WITHIN_MS, RefundStage, RefundWord, Stage};
use till_core::{Channel, Fen};
use till_store::{Act, GatewayRefundRow, HeardRefund, PlanRefund, StoreError, TradeRow};

use super::book::{self, Contract, Trouble};
use super::interpret::{self, RefundSaid};
use super::{Result, flow, open, safe_words, speak, trade_words, view};
use crate::access::Who;
use crate::api::{Event, RefundKind, TicketView, TradeView};
use crate::state::State;

/// What is to go back from a ticket.
pub(crate) struct Back {
    pub(crate) request_id: String,
    pub(crate) ticket_id: i64,
    pub(crate) kind: RefundKind,
    pub(crate) channel: Channel,
    pub(crate) amount: Fen,
    pub(crate) reason: String,
}

/// What of a trade's money has not gone back and is not on its way.
fn left(row: &TradeRow) -> Fen {
    let counts = |r: &&GatewayRefundRow| r.state.stage != RefundStage::Refused;
    let gone = row.refunds.iter().filter(counts).try_fold(Fen::ZERO, |sum, r| sum.plus(r.amount));
    gone.and_then(|gone| row.amount.minus(gone)).unwrap_or(Fen::ZERO)
}

/// Whether the contract can give money back now.
fn check(state: &State, gateway_id: i64) -> Result<()> {
    let lang = state.shop().settings.lang;
    let contract = book::by_id(state, gateway_id);
    match contract.as_deref() {
        Some(Contract { trouble: Some(Trouble::Locked), .. }) => Err(safe_words::is_locked(lang)),
        Some(contract) if contract.gateway().is_some_and(|gateway| gateway.can(Can::Refund)) => Ok(()),
        _ => Err(trade_words::cannot_refund(lang)),
    }
}

/// Gives money of a ticket back through the provider that brought it. None: none did, so it is booked as given back by
/// hand.
pub(crate) async fn give_back(state: &Arc<State>, who: &Who, back: Back) -> Result<Option<TicketView>> {
    let store = |e| state.store_error(e);
    if back.channel == Channel::Cash {
        return Ok(None);
    }
    let rows = state.store.trades_of(back.ticket_id).await.map_err(store)?;
    let brought = |row: &&TradeRow| {
        row.state.stage == Stage::Paid && row.channel == back.channel && row.paid_ticket_id == Some(back.ticket_id)
    };
    let brought: Vec<&TradeRow> = rows.iter().filter(brought).collect();
    if brought.is_empty() {
        return Ok(None);
    }
    if state.store.request_done(&back.request_id).await.map_err(store)? {
        return state.ticket(back.ticket_id).await.map(Some);
    }
    let lang = state.shop().settings.lang;
    // Of several the one that is just enough, so that the others stay whole.
    let enough = brought.iter().filter(|row| left(row) >= back.amount).min_by_key(|row| left(row));
    let row = enough.copied().unwrap_or(brought[0]);
    if enough.is_none() && brought.len() > 1 && brought.iter().any(|row| left(row).is_positive()) {
        return Err(trade_words::in_parts(lang, brought.iter().map(|row| left(row)).max().unwrap_or(Fen::ZERO)));
    }
    check(state, row.gateway_id)?;
    let at = state.now();
    let plan = PlanRefund {
        request_id: back.request_id,
        actor: who.actor.clone(),
        approved_by: who.approved_by.clone(),
        at,
        business_date: state.business_date(at),
        trade_id: row.id,
        refund_no: open::number(state, "QR", at)?,
        amount: back.amount,
        kind: match back.kind {
            RefundKind::Refund => Kind::Refund,
            RefundKind::Void => Kind::Void,
        },
        reason: back.reason,
        item_id: None,
    };
    if let Act::New(_) = state.store.plan_refund(plan).await.map_err(store)? {
        state.flow.wake();
    }
    let ticket = state.ticket(back.ticket_id).await?;
    flow::show(state, &ticket);
    Ok(Some(ticket))
}

/// The trade that brought an inbox item's money.
pub(crate) async fn trade_of_item(state: &Arc<State>, item_id: i64) -> Result<Option<TradeView>> {
    let row = state.store.trade_of_item(item_id).await.map_err(|e| state.store_error(e))?;
    Ok(row.map(|row| view::trade(state, row)))
}

/// Sends an inbox item's money back the way it came.
pub(crate) async fn return_item(
    state: &Arc<State>,
    who: &Who,
    request_id: String,
    item_id: i64,
    reason: &str,
) -> Result<TradeView> {
    let store = |e| state.store_error(e);
    let reason = state.reason(reason)?;
    let lang = state.shop().settings.lang;
    let row = state.store.trade_of_item(item_id).await.map_err(store)?;
    let row = row.ok_or_else(|| trade_words::no_trade(lang))?;
    check(state, row.gateway_id)?;
    let at = state.now();
    let plan = PlanRefund {
        request_id,
        actor: who.actor.clone(),
        approved_by: who.approved_by.clone(),
        at,
        business_date: state.business_date(at),
        trade_id: row.id,
        refund_no: open::number(state, "QR", at)?,
        amount: row.amount,
        kind: Kind::Refund,
        reason,
        item_id: Some(item_id),
    };
    if let Act::New(_) = state.store.plan_refund(plan).await.map_err(store)? {
        state.flow.wake();
        state.tell_inbox(Some(item_id), None, None, false).await;
    }
    let row = state.store.trade(row.id).await.map_err(store)?;
    Ok(view::trade(state, row))
}

/// A refund as its provider knows it: the same at every try.
fn order(row: &GatewayRefundRow) -> RefundOrder {
    RefundOrder {
        refund_no: row.refund_no.clone(),
        amount: row.amount,
        reason: row.reason.clone(),
        created_at: row.created_at,
        trade_no: row.trade_no.clone(),
    }
}

/// Takes one step of a refund.
pub(super) async fn step(state: Arc<State>, row: GatewayRefundRow) -> std::result::Result<(), StoreError> {
    let state = &state;
    let asked_at = state.now();
    // Its keys went in this moment: it stands as it is until they are back.
    let contract = book::by_id(state, row.gateway_id).filter(|contract| contract.gateway().is_some());
    let Some(contract) = contract else { return Ok(()) };
    let trade = state.store.trade(row.trade_id).await?;
    // The row as it stood: its `query` says which step this is.
    let Some(row) = state.store.send_refund(row.id, asked_at).await? else { return Ok(()) };
    let query = row.state.query;
    let refund = order(&row);
    let call = if query { Call::RefundQuery(refund.clone()) } else { Call::Refund(refund.clone()) };
    let answer = speak::ask(state, &contract, &flow::order(state, Some(&contract), &trade), &call).await;
    let now = state.now();
    let said = interpret::refund(&row, &refund, query, answer, now);
    let late = now.saturating_sub(asked_at) > ARRIVES_WITHIN_MS && said.word != RefundWord::Done;
    let said = if late { RefundSaid { word: RefundWord::Unknown, ..said } } else { said };
    let what = if query { "refund_query" } else { "refund" };
    let heard = HeardRefund {
        id: row.id,
        query,
        word: said.word,
        at: now,
        business_date: state.business_date(now),
        trade_no: said.trade_no,
        refusal: said.snag,
        said: interpret::word(&trade, what, interpret::refund_meaning(said.word), said.detail, now),
    };
    let (after, booked) = state.store.hear_refund(heard).await?;
    tell(state, &row, &after, booked.is_some()).await;
    Ok(())
}

/// Tells the screens what came of a step.
async fn tell(state: &State, before: &GatewayRefundRow, after: &GatewayRefundRow, booked: bool) {
    if booked && let Ok(ticket) = state.ticket(after.ticket_id).await {
        state.emit(Event::TicketRefunded { ticket });
        return;
    }
    let face = |row: &GatewayRefundRow| (row.state.stage, row.refusal.clone());
    if face(before) == face(after) {
        return;
    }
    if let Some(item_id) = after.item_id {
        state.tell_inbox(Some(item_id), None, None, false).await;
    }
    flow::tell(state, after.ticket_id).await;
}
