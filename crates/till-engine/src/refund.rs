//! Refunds and voids: money of a paid ticket goes back, with who, why and by which way.

use std::sync::Arc;

use till_core::{Channel, Fen};
use till_store::{Act, GiveBack};

use crate::access::Who;
use crate::api::{ApiError, Code, Event, RefundKind, TicketView};
use crate::state::State;
use crate::{gateways, view, words};

type Result<T> = std::result::Result<T, ApiError>;

/// The longest number of a payment that a wallet gives has 64 characters.
const LONGEST_REFERENCE: usize = 64;

fn check_reference(state: &State, reference: &str) -> Result<String> {
    let reference = reference.trim();
    if reference.chars().count() > LONGEST_REFERENCE || reference.chars().any(char::is_control) {
        return Err(words::error(
            state.shop().settings.lang,
            Code::Invalid,
            "退款单号最多 64 个字符",
            "The number of the payment back has up to 64 characters",
        ));
    }
    Ok(reference.to_owned())
}

#[allow(clippy::too_many_arguments, reason = "the fields of the verb, one by one")]
pub(crate) async fn refund(
    state: &Arc<State>,
    who: &Who,
    request_id: String,
    ticket_id: i64,
    kind: RefundKind,
    channel: Channel,
    amount_fen: Fen,
    reference: String,
    reason: String,
) -> Result<TicketView> {
    if !amount_fen.is_positive() {
        return Err(words::error(
            state.shop().settings.lang,
            Code::Invalid,
            "退款金额要大于零",
            "The amount to give back must be above zero",
        ));
    }
    let (reference, reason) = (check_reference(state, &reference)?, state.reason(&reason)?);
    // Whoever names a number has given the money back already, in the provider's console.
    if reference.is_empty() {
        let back = gateways::Back {
            request_id: request_id.clone(),
            ticket_id,
            kind,
            channel,
            amount: amount_fen,
            reason: reason.clone(),
        };
        if let Some(ticket) = gateways::give_back(state, who, back).await? {
            return Ok(ticket);
        }
    }
    let at = state.now();
    let what = GiveBack {
        request_id,
        actor: who.actor.clone(),
        approved_by: who.approved_by.clone(),
        at,
        business_date: state.business_date(at),
        ticket_id,
        kind,
        channel,
        amount: amount_fen,
        reference,
        reason,
    };
    match state.store.give_back(what).await.map_err(|e| state.store_error(e))? {
        Act::Repeat(id) => state.ticket(id).await,
        Act::New(full) => {
            let ticket = view::ticket(state, full);
            state.emit(Event::TicketRefunded { ticket: ticket.clone() });
            if channel == Channel::Cash {
                state.emit(Event::ShiftChanged {});
            }
            Ok(ticket)
        }
    }
}
