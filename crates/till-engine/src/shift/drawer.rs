//! A person's turn at the drawer.

use std::sync::Arc;

use till_core::Fen;
use till_core::report::CashMove as CashMoveRow;
use till_store::{Act, CloseShift, MoveCash, OpenShift, ShiftRow};

use super::{MOST_LISTED, Result, check_count, check_note};
use crate::access::Who;
use crate::api::{ApiError, CashKind, CashMove, Code, Denomination, Event, Role, ShiftView};
use crate::state::State;
use crate::words;

/// One million yuan: nobody keeps more in a drawer, and a slip of the finger does not end up in the books.
const MOST_CASH: i64 = 100_000_000;

fn view(row: ShiftRow) -> ShiftView {
    let show = |m: CashMoveRow| CashMove {
        id: m.id,
        kind: m.kind,
        amount_fen: m.amount,
        reason: m.reason,
        at: m.at,
        actor: m.actor,
    };
    ShiftView {
        id: row.id,
        business_date: row.business_date,
        opened_at: row.opened_at,
        opened_by: row.opened_by,
        closed_at: row.closed_at,
        closed_by: row.closed_by.unwrap_or_default(),
        note: row.note,
        report: row.report,
        moves: row.moves.into_iter().map(show).collect(),
    }
}

async fn one(state: &State, id: i64) -> Result<ShiftView> {
    Ok(view(state.store.shift(id, state.now()).await.map_err(|e| state.store_error(e))?))
}

/// The view of a shift after an act, told to everybody if the act happened now.
async fn acted(state: &State, act: Act<ShiftRow>) -> Result<ShiftView> {
    match act {
        Act::Repeat(id) => one(state, id).await,
        Act::New(row) => {
            state.emit(Event::ShiftChanged {});
            Ok(view(row))
        }
    }
}

fn too_much(state: &State) -> ApiError {
    words::error(
        state.shop().settings.lang,
        Code::Invalid,
        "钱箱里的现金要在零到一百万元之间",
        "Cash in the drawer is between zero and one million yuan",
    )
}

/// Whose shifts `who` may see: a cashier's own, or everybody's.
fn sees(who: &Who) -> Option<i64> {
    who.staff_id.filter(|_| who.role == Role::Cashier)
}

pub(crate) async fn current(state: &Arc<State>, _who: &Who) -> Result<Option<ShiftView>> {
    let row = state.store.shift_now(state.now()).await.map_err(|e| state.store_error(e))?;
    Ok(row.map(view))
}

pub(crate) async fn open(state: &Arc<State>, who: &Who, request_id: String, float_fen: Fen) -> Result<ShiftView> {
    if !(0..=MOST_CASH).contains(&float_fen.get()) {
        return Err(too_much(state));
    }
    let at = state.now();
    let what = OpenShift {
        request_id,
        actor: who.actor.clone(),
        at,
        business_date: state.business_date(at),
        float: float_fen,
    };
    acted(state, state.store.open_shift(what).await.map_err(|e| state.store_error(e))?).await
}

pub(crate) async fn move_cash(
    state: &Arc<State>,
    who: &Who,
    request_id: String,
    kind: CashKind,
    amount_fen: Fen,
    reason: String,
) -> Result<ShiftView> {
    if !(1..=MOST_CASH).contains(&amount_fen.get()) {
        return Err(words::error(
            state.shop().settings.lang,
            Code::Invalid,
            "存取的现金要大于零，最多一百万元",
            "Cash put in or taken out is above zero and at most one million yuan",
        ));
    }
    let at = state.now();
    let what = MoveCash {
        request_id,
        actor: who.actor.clone(),
        at,
        business_date: state.business_date(at),
        kind,
        amount: amount_fen,
        reason: state.reason(&reason)?,
    };
    let id = match state.store.move_cash(what).await.map_err(|e| state.store_error(e))? {
        Act::Repeat(id) => id,
        Act::New(id) => {
            state.emit(Event::ShiftChanged {});
            id
        }
    };
    one(state, id).await
}

pub(crate) async fn close(
    state: &Arc<State>,
    who: &Who,
    request_id: String,
    counted: Option<Vec<Denomination>>,
    note: String,
) -> Result<ShiftView> {
    check_count(state, &counted)?;
    let note = check_note(state, &note)?;
    let what = CloseShift { request_id, actor: who.actor.clone(), at: state.now(), counted, note };
    acted(state, state.store.close_shift(what).await.map_err(|e| state.store_error(e))?).await
}

pub(crate) async fn list(state: &Arc<State>, who: &Who, limit: u32) -> Result<Vec<ShiftView>> {
    let rows = state.store.shifts(sees(who), limit.clamp(1, MOST_LISTED), state.now()).await;
    Ok(rows.map_err(|e| state.store_error(e))?.into_iter().map(view).collect())
}
