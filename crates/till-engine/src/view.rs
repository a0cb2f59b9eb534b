//! From stored rows to what screens show.

use till_core::Fen;
use till_core::ticket::{Exception, Status, moves};
use till_store::{OfferRow, RefundRow, TicketFull};

use crate::api::{DisplayCode, OfferedCode, PaymentView, RefundKind, RefundView, Tag, TicketProgram, TicketView};
use crate::gateways;
use crate::state::{State, lock};

/// The mark of a ticket, by its number.
pub(crate) fn tag(number: i64) -> Tag {
    match number.rem_euclid(4) {
        1 => Tag::Fox,
        2 => Tag::Panda,
        3 => Tag::Rabbit,
        _ => Tag::Whale,
    }
}

pub(crate) fn number(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

pub(crate) fn count(count: i64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn offered(state: &State, offer: OfferRow) -> OfferedCode {
    OfferedCode {
        account_id: Some(offer.account_id),
        channel: offer.channel,
        label: offer.label,
        fixed_amount: offer.fixed,
        drawing: state.draw(&offer.payload),
        payload: offer.payload,
    }
}

pub(crate) fn display_codes(ticket: &TicketView) -> Vec<DisplayCode> {
    let show = |code: &OfferedCode| DisplayCode {
        channel: code.channel,
        label: code.label.clone(),
        fixed_amount: code.fixed_amount,
        drawing: code.drawing.clone(),
    };
    ticket.codes.iter().map(show).collect()
}

fn refund(row: RefundRow) -> RefundView {
    RefundView {
        id: row.id,
        kind: if row.kind == "void" { RefundKind::Void } else { RefundKind::Refund },
        channel: row.channel,
        amount_fen: row.amount,
        reference: row.reference,
        reason: row.reason,
        at: row.at,
        business_date: row.business_date,
        actor: row.actor,
        approved_by: row.approved_by,
    }
}

/// A ticket as screens show it.
pub(crate) fn ticket(state: &State, full: TicketFull) -> TicketView {
    let TicketFull { ticket: t, offers, payments, refunds, trades, proposed } = full;
    let left = payments.iter().fold(Fen::ZERO, |sum, p| sum.plus(p.amount).unwrap_or(sum)).minus(t.refunded);
    let left = left.unwrap_or(Fen::ZERO);
    let change = t.tendered.and_then(|given| given.minus(t.due).ok());
    let payments: Vec<PaymentView> = payments
        .into_iter()
        .map(|p| PaymentView {
            channel: p.channel,
            amount_fen: p.amount,
            how: p.how.as_str().into(),
            at: p.at,
            reason: p.reason,
        })
        .collect();
    let mut codes: Vec<OfferedCode> = offers.into_iter().map(|o| offered(state, o)).collect();
    codes.extend(gateways::codes(state, t.status, &trades));
    let shown = t.status == Status::Open && lock(&state.counter).focus() == Some(t.id);
    TicketView {
        id: t.id,
        number: number(t.number),
        business_date: t.business_date,
        tag: tag(t.number),
        status: t.status,
        exception: match t.refunded {
            Fen::ZERO => t.exception,
            _ if left == Fen::ZERO => Exception::Refunded,
            _ => Exception::PartRefunded,
        },
        lines: t.lines,
        note: t.note,
        gross_fen: t.gross,
        discount_fen: t.discount,
        rounding_fen: t.rounding,
        tail_fen: t.tail,
        due_fen: t.due,
        opened_at: t.opened_at,
        expires_at: t.expires_at,
        now: state.now(),
        refunds: refunds.into_iter().map(refund).collect(),
        refunded_fen: t.refunded,
        paid_at: payments.first().map(|p| p.at),
        payments,
        tendered_fen: t.tendered,
        change_fen: change,
        codes,
        shown,
        proposed_item_id: proposed,
        moves: moves(t.status, left).to_vec(),
        trades: trades.into_iter().map(|row| gateways::trade_view(state, row)).collect(),
        program: t.program_id.map(|id| TicketProgram {
            program_id: id,
            name: crate::state::get(&state.programs)
                .iter()
                .find(|p| p.id == id)
                .map(|p| p.settings.name.clone())
                .unwrap_or_default(),
            counter: t.counter,
        }),
    }
}
