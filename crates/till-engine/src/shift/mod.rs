//! Shifts and days: what should be in the drawer, what was counted, and the closing that seals a day.

mod day;
mod drawer;

use till_core::report::{Denomination, counted_sum};

use crate::api::{ApiError, Code};
use crate::state::State;
use crate::words;

pub(crate) use day::{close_day, day_report, z_report, z_reports};
pub(crate) use drawer::{close, current, list, move_cash, open};

type Result<T> = std::result::Result<T, ApiError>;

const MOST_LISTED: u32 = 500;
const MOST_FACES: usize = 50;
const LONGEST_NOTE: usize = 200;

/// A count is a list of positive face values that adds up to an amount.
fn check_count(state: &State, counted: &Option<Vec<Denomination>>) -> Result<()> {
    let fine = counted.as_ref().is_none_or(|faces| {
        faces.len() <= MOST_FACES && faces.iter().all(|d| d.face_fen.is_positive()) && counted_sum(faces).is_ok()
    });
    if fine {
        return Ok(());
    }
    Err(words::error(
        state.shop().settings.lang,
        Code::Invalid,
        "清点不对：面值要大于零，最多 50 种，总数不能过大",
        "The count is wrong: face values above zero, at most 50 of them, and a sum that fits",
    ))
}

fn check_note(state: &State, note: &str) -> Result<String> {
    let note = note.trim();
    if note.chars().count() > LONGEST_NOTE {
        return Err(words::error(
            state.shop().settings.lang,
            Code::Invalid,
            "备注最多 200 字",
            "Notes have up to 200 characters",
        ));
    }
    Ok(note.to_owned())
}
