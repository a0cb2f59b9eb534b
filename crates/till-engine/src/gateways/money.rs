//! Money that a provider told of, authenticated: into the book, in one transaction with what it settles.

use std::sync::Arc;

use sha2::{Digest, Sha256};
use till_channels::gateway::{Claim, Doubt, DoubtKind};
use till_store::{PaidThrough, StoreError, TakeTrade, TradeRow, Word};

use super::book::{self, Contract};
use super::{flow, trade_words};
use crate::api::Event;
use crate::state::State;
use crate::view;

/// Takes a claim that agrees with its order. A doubt: the book knows better, and nothing was taken.
pub(super) async fn take(
    state: &Arc<State>,
    contract: &Contract,
    row: &TradeRow,
    claim: Claim,
    said: Word,
) -> Result<Option<Doubt>, StoreError> {
    let (shop, now) = (state.shop(), state.now());
    let text = trade_words::receipt(shop.settings.lang, &claim);
    let taken = TakeTrade {
        trade_id: row.id,
        trade_no: claim.trade_no,
        amount: claim.amount,
        buyer: claim.buyer,
        paid_at: claim.paid_at,
        at: now,
        business_date: state.business_date(now),
        cooldown_paid: shop.settings.cooldown_paid_ms,
        cooldown_expired: shop.settings.cooldown_expired_ms,
        title: contract.settings.name.clone(),
        digest: Sha256::digest(text.as_bytes()).to_vec(),
        text,
        // Nothing else is like it: the provider's number is in it.
        likeness: row.out_no.clone(),
        said,
        rules_version: 0,
    };
    match state.store.take_trade(taken).await {
        Ok((row, through)) => {
            tell(state, &row, through).await;
            // What else waits for the same ticket is to be stopped.
            state.flow.wake();
            Ok(None)
        }
        // One payment of the provider's under two numbers of ours.
        Err(StoreError::Conflict(why)) => {
            let doubt = Doubt::new(DoubtKind::NotOurs, why);
            alarm(state, contract, row, &doubt);
            Ok(Some(doubt))
        }
        Err(cause) => Err(cause),
    }
}

async fn tell(state: &State, row: &TradeRow, through: PaidThrough) {
    match through {
        PaidThrough::Repeat => {}
        PaidThrough::Ticket(full) => {
            // Read anew, with its trades; the money is told of in any case.
            let ticket = match state.ticket(full.ticket.id).await {
                Ok(ticket) => ticket,
                Err(_) => view::ticket(state, *full),
            };
            state.tell_ended(&ticket).await;
        }
        PaidThrough::Inbox { item_id, reason, money, .. } => {
            state.tell_inbox(Some(item_id), Some(reason), money, true).await;
            flow::tell(state, row.ticket_id).await;
        }
    }
}

/// An authentic message contradicts its order: somebody else's money, or somebody's game. People must hear of it.
pub(super) fn alarm(state: &State, contract: &Contract, row: &TradeRow, doubt: &Doubt) {
    tracing::error!(out_no = row.out_no, why = doubt.detail, "a payment that is not this order's");
    if book::note(contract, state.now(), None, Err(doubt)) {
        state.emit(Event::GatewaysChanged {});
    }
}
