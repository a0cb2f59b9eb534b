//! Trades as screens show them.

use std::sync::Arc;

use till_channels::gateway::Can;
use till_core::Channel;
use till_core::ticket::Status;
use till_core::trade::{RefundStage, Stage};
use till_store::{GatewayRefundRow, TradeRow, WordRow};

use super::Result;
use super::book::{self, Contract};
use super::interpret::Snag;
use super::trade_words::{self, Standing};
use crate::api::{OfferedCode, RefundKind, Step, TradeRefund, TradeView};
use crate::state::State;

/// A trade as screens show it.
pub(crate) fn trade(state: &State, row: TradeRow) -> TradeView {
    let lang = state.shop().settings.lang;
    let contract = book::by_id(state, row.gateway_id);
    let mute = contract.as_ref().and_then(|c| c.trouble.as_ref()).map(Snag::mute);
    let snag = mute.clone().filter(|_| row.state.next.is_some());
    let snag = snag.or_else(|| Snag::read(&row.refusal)).filter(|_| row.state.stage != Stage::Paid);
    let standing = Standing {
        lang,
        channel: row.channel,
        scanned: row.state.scanned,
        stage: row.state.stage,
        snag: snag.as_ref(),
        since: snag.as_ref().map(|snag| clock(state, snag.since)).unwrap_or_default(),
    };
    let message = trade_words::standing(&standing);
    TradeView {
        id: row.id,
        gateway_id: row.gateway_id,
        gateway: contract.as_ref().map(|c| c.settings.name.clone()).unwrap_or_default(),
        channel: row.channel,
        sandbox: contract.is_some_and(|c| !c.is_live()),
        out_no: row.out_no,
        trade_no: row.trade_no,
        amount_fen: row.amount,
        scanned: row.state.scanned,
        stage: row.state.stage,
        created_at: row.created_at,
        until: row.state.until,
        next_at: row.state.next.map(|(_, at)| at),
        trouble: snag.map(|snag| snag.kind),
        message,
        refunds: row.refunds.into_iter().map(|r| refund(state, row.channel, mute.as_ref(), r)).collect(),
    }
}

/// `mute`: what keeps the contract from asking.
fn refund(state: &State, channel: Channel, mute: Option<&Snag>, row: GatewayRefundRow) -> TradeRefund {
    let snag = mute.cloned().filter(|_| row.state.next_at.is_some());
    let snag = snag.or_else(|| Snag::read(&row.refusal)).filter(|_| row.state.stage != RefundStage::Done);
    let since = snag.as_ref().map(|snag| clock(state, snag.since)).unwrap_or_default();
    let lang = state.shop().settings.lang;
    TradeRefund {
        id: row.id,
        amount_fen: row.amount,
        kind: match row.kind {
            RefundKind::Refund => RefundKind::Refund,
            RefundKind::Void => RefundKind::Void,
        },
        stage: row.state.stage,
        message: trade_words::refund(lang, channel, row.state.stage, snag.as_ref(), &since),
        reason: row.reason,
        refund_no: row.refund_no,
        actor: row.actor,
        at: row.created_at,
    }
}

/// What providers said about a ticket's trades, oldest first.
pub(crate) async fn steps(state: &State, ticket_id: i64) -> Result<Vec<Step>> {
    let lang = state.shop().settings.lang;
    let words = state.store.words_of(ticket_id).await.map_err(|e| state.store_error(e))?;
    let step = |word: WordRow| Step {
        what: "provider".to_owned(),
        at: word.at,
        actor: trade_words::provider(lang, word.provider).to_owned(),
        detail: trade_words::said(lang, &word),
    };
    Ok(words.into_iter().map(step).collect())
}

/// Channels whose payment codes can be scanned from the customer's phone.
pub(crate) fn scans(state: &State) -> Vec<Channel> {
    let can = |c: &&Arc<Contract>| c.usable() && c.gateway().is_some_and(|gateway| gateway.can(Can::Scan));
    let all = book::all(state);
    let mut channels: Vec<Channel> = all.iter().filter(can).map(|c| c.provider.channel()).collect();
    channels.sort_unstable_by_key(|c| c.as_str());
    channels.dedup();
    channels
}

/// A contract in use is not for real money.
pub(crate) fn is_sandbox(state: &State) -> bool {
    book::all(state).iter().any(|c| c.usable() && !c.is_live())
}

/// Contracts that have not ended wait for the passphrase of their keys.
pub(crate) fn are_locked(state: &State) -> bool {
    book::any_locked(state, |contract| !contract.ended())
}

fn clock(state: &State, at: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(at).unwrap_or_default().to_zoned(state.shop().zone.clone());
    at.strftime("%H:%M").to_string()
}

/// The codes that providers made for a waiting ticket, to be shown beside the shop's own.
pub(crate) fn codes(state: &State, status: Status, trades: &[TradeRow]) -> Vec<OfferedCode> {
    if status != Status::Open {
        return Vec::new();
    }
    let shown = |row: &&TradeRow| {
        let live = row.state.stage == Stage::Waiting && !row.state.scanned;
        live && !row.code.is_empty() && row.surface.is_empty()
    };
    let offer = |row: &TradeRow| OfferedCode {
        account_id: None,
        channel: row.channel,
        label: book::by_id(state, row.gateway_id).map(|c| c.settings.name.clone()).unwrap_or_default(),
        drawing: state.draw(&row.code),
        payload: row.code.clone(),
        fixed_amount: true,
    };
    trades.iter().filter(shown).map(offer).collect()
}
