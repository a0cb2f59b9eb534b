//! Closing a business day, and the Z reports that stay of it.

use std::sync::Arc;

use till_store::{Act, CloseDay, ZChecked, ZRow};

use super::{MOST_LISTED, Result, check_count, check_note};
use crate::access::Who;
use crate::api::{Code, DayReport, Denomination, Event, ZHead, ZReport};
use crate::state::State;
use crate::{view, words};

fn head(z: &ZRow) -> ZHead {
    ZHead {
        number: view::number(z.number),
        business_date: z.business_date.clone(),
        nth: view::number(z.nth),
        closed_at: z.closed_at,
        closed_by: z.closed_by.clone(),
        rows: view::count(z.row_count),
        sum_fen: z.sum,
        hash: hex::encode(&z.rows_hash),
    }
}

fn report(checked: ZChecked) -> ZReport {
    ZReport {
        head: head(&checked.z),
        note: checked.z.note,
        report: checked.report,
        intact: checked.intact,
        later: view::count(checked.later),
        later_fen: checked.later_sum,
    }
}

/// The business day that was named, as it is stored; the present one if none was.
fn named(state: &State, date: Option<String>) -> Result<String> {
    let Some(date) = date else { return Ok(state.business_date(state.now())) };
    // Written exactly as stored: days are compared as texts.
    if date.parse::<jiff::civil::Date>().is_ok_and(|parsed| parsed.to_string() == date) {
        return Ok(date);
    }
    Err(words::error(
        state.shop().settings.lang,
        Code::Invalid,
        "日期要写成 2026-11-20 这样",
        "A date is written like 2026-11-20",
    ))
}

pub(crate) async fn day_report(state: &Arc<State>, _who: &Who, business_date: Option<String>) -> Result<DayReport> {
    let business_date = named(state, business_date)?;
    let day = state.store.day_preview(&business_date, state.now()).await.map_err(|e| state.store_error(e))?;
    Ok(DayReport {
        business_date,
        z_number: view::number(day.number),
        nth: view::number(day.nth),
        report: day.report,
        shift_open: day.shift_open,
        unclosed: day.unclosed,
    })
}

pub(crate) async fn close_day(
    state: &Arc<State>,
    who: &Who,
    request_id: String,
    business_date: Option<String>,
    counted: Option<Vec<Denomination>>,
    note: String,
) -> Result<ZReport> {
    check_count(state, &counted)?;
    let at = state.now();
    let what = CloseDay {
        request_id,
        actor: who.actor.clone(),
        at,
        today: state.business_date(at),
        business_date: named(state, business_date)?,
        counted,
        note: check_note(state, &note)?,
    };
    let number = match state.store.close_day(what).await.map_err(|e| state.store_error(e))? {
        Act::Repeat(number) => number,
        Act::New(number) => {
            state.emit(Event::ShiftChanged {});
            crate::backup::after_close(state).await;
            number
        }
    };
    Ok(report(state.store.z_report(number).await.map_err(|e| state.store_error(e))?))
}

pub(crate) async fn z_reports(state: &Arc<State>, _who: &Who, limit: u32) -> Result<Vec<ZHead>> {
    let rows = state.store.z_reports(limit.clamp(1, MOST_LISTED)).await.map_err(|e| state.store_error(e))?;
    Ok(rows.iter().map(head).collect())
}

pub(crate) async fn z_report(state: &Arc<State>, _who: &Who, number: u32) -> Result<ZReport> {
    Ok(report(state.store.z_report(i64::from(number)).await.map_err(|e| state.store_error(e))?))
}
