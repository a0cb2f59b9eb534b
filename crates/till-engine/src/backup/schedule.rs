//! The daily copy, the stick that was plugged in again, and the look at the whole database soon after start.

use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use till_store::{Damage, Depth};
use tokio::time::sleep;

use super::folder::{self, FOLDER, Manifest};
use super::make::{self, Made};
use crate::state::State;

const LOOK: Duration = Duration::from_secs(1);
/// A till that starts has other things to do first.
const AFTER_START_MS: i64 = 20_000;
/// After a failure, and between looks for the second folder.
const AGAIN_MS: i64 = 600_000;
const STICK_MS: i64 = 30_000;

/// The newest moment at or before `now`, and the next one after it, at which the shop's clock shows `hour`.
fn daily(now: i64, hour: u8, zone: &TimeZone) -> Option<(i64, i64)> {
    let at = Timestamp::from_millisecond(now).ok()?.to_zoned(zone.clone());
    let hour = jiff::civil::Time::new(i8::try_from(hour).ok()?, 0, 0, 0).ok()?;
    // Where the clocks skip this hour, jiff takes the moment right after the gap.
    let on = |date: jiff::civil::Date| date.to_datetime(hour).to_zoned(zone.clone()).ok();
    let today = on(at.date())?;
    let ms = |z: jiff::Zoned| z.timestamp().as_millisecond();
    if today.timestamp() <= at.timestamp() {
        Some((ms(today), ms(on(at.date().checked_add(1.day()).ok()?)?)))
    } else {
        Some((ms(on(at.date().checked_sub(1.day()).ok()?)?), ms(today)))
    }
}

/// When the next daily copy is made; none where none is wanted.
pub(crate) fn next(state: &State, last_at: Option<i64>) -> Option<i64> {
    let shop = state.shop();
    let hour = shop.settings.backup.daily_hour.filter(|_| !state.practice)?;
    let now = state.now();
    let (missed, next) = daily(now, hour, &shop.zone)?;
    Some(if last_at.is_none_or(|last| last < missed) { now } else { next })
}

/// Makes the daily copy when its hour has come, or has passed while the till was off. `opened`: when the till was.
pub(crate) async fn run(state: Arc<State>, opened: i64) {
    let (mut not_before, mut stick_at) = (opened + AFTER_START_MS, opened + AFTER_START_MS);
    loop {
        sleep(LOOK).await;
        let now = state.now();
        if now >= not_before && is_due(&state, now).await {
            if let Err(cause) = super::make_scheduled(&state, "till").await {
                tracing::error!(%cause, "no daily backup");
            }
            not_before = now + AGAIN_MS;
        }
        if now >= stick_at {
            stick_at = now + STICK_MS;
            carry_newest(&state).await;
        }
    }
}

async fn is_due(state: &State, now: i64) -> bool {
    let shop = state.shop();
    let Some(hour) = shop.settings.backup.daily_hour else { return false };
    let Some((missed, _)) = daily(now, hour, &shop.zone) else { return false };
    let (usual, database) = (state.dir.join(FOLDER), state.store.path().to_owned());
    let newest = super::beside(state, move || {
        let newest = folder::names(&usual).iter().find_map(|name| Manifest::read(&usual.join(name)))?;
        let hash = till_store::journal_hash(&database, newest.journal_rows).ok().flatten();
        let same_past = hash.is_some_and(|hash| hex::encode(hash) == newest.journal_head);
        Some((newest, same_past))
    });
    let Ok(newest) = newest.await else { return false };
    let copied_rows = match newest {
        // One from the future is of a clock that was wrong; it does not count.
        Some((newest, _)) if (missed..=now).contains(&newest.made_at) => return false,
        // Beside the row about itself: a shop that was shut has nothing new to copy. After a restore it has, although
        // its journal is shorter.
        Some((newest, true)) if newest.made_at <= now => newest.journal_rows + 1,
        _ => 0,
    };
    match state.store.journal_head().await {
        Ok(head) => head.seq > copied_rows,
        Err(cause) => {
            state.store_error(cause);
            false
        }
    }
}

/// Carries the newest backup to the second folder once that is there again.
async fn carry_newest(state: &Arc<State>) {
    let keep = state.shop().settings.backup.clone();
    let usual = state.dir.join(FOLDER);
    let Some(second) = super::second_folder(&keep, &usual) else { return };
    let Ok(_one) = state.backup.one.try_lock() else { return };
    let stop = state.backup.stop.clone();
    let carried = super::beside(state, move || {
        let name = folder::names(&usual).into_iter().next()?;
        let path = usual.join(&name);
        if !second.is_dir() || make::is_carried(&path, &second) {
            return None;
        }
        let made = Made { manifest: Manifest::read(&path)?, path };
        let carried = make::carry(&made, &second, &stop);
        if carried.is_ok() {
            folder::retire(&second, &keep, &name);
        }
        Some(carried)
    });
    match carried.await {
        Ok(Some(Ok(()))) => {
            tracing::info!("the newest backup is in the second folder now");
            super::tell(state, String::new());
        }
        Ok(Some(Err(cause))) => {
            let text = super::sentences::second_failed(state.shop().settings.lang, &cause);
            if state.backup.trouble() != text {
                tracing::warn!(%cause, "the backup is not in the second folder");
                super::tell(state, text);
            }
        }
        Ok(None) | Err(_) => {}
    }
}

/// Looks at the whole database once, where the start had no time to or the last run ended badly.
pub(crate) async fn look_once(state: Arc<State>) {
    sleep(Duration::from_secs(5)).await;
    let _one = state.backup.one.lock().await;
    let (path, stop) = (state.store.path().to_owned(), state.backup.stop.clone());
    let found = super::beside(&state, move || till_store::examine(&path, Depth::Full, &stop)).await;
    match found {
        Ok(Ok(facts)) => tracing::info!(rows = facts.head.seq, "the database is sound"),
        Ok(Err(Damage::Stopped)) | Err(_) => {}
        Ok(Err(cause)) => {
            let text = super::sentences::damage(state.shop().settings.lang, &cause);
            tracing::error!(%cause, "the look at the whole database");
            super::damaged(&state, &text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    #[test]
    fn the_daily_hour_is_the_shops_own() {
        let zone = till_core::day::zone("Asia/Shanghai").unwrap();
        let found = daily(ms("2026-11-20T06:00:00Z"), 3, &zone).unwrap();
        assert_eq!(found, (ms("2026-11-19T19:00:00Z"), ms("2026-11-20T19:00:00Z")));
        let found = daily(ms("2026-11-19T18:59:59Z"), 3, &zone).unwrap();
        assert_eq!(found, (ms("2026-11-18T19:00:00Z"), ms("2026-11-19T19:00:00Z")));
        let found = daily(ms("2026-11-19T19:00:00Z"), 3, &zone).unwrap();
        assert_eq!(found.0, ms("2026-11-19T19:00:00Z"), "on the hour it is due");
    }

    #[test]
    fn an_hour_that_the_clocks_skip_is_made_up_for() {
        let zone = till_core::day::zone("Europe/Berlin").unwrap();
        // On 29 March 2026 there is no 02:00.
        let (missed, next) = daily(ms("2026-03-29T10:00:00Z"), 2, &zone).unwrap();
        assert_eq!((missed, next), (ms("2026-03-29T01:00:00Z"), ms("2026-03-30T00:00:00Z")));
        assert_eq!(daily(ms("2026-03-29T10:00:00Z"), 24, &zone), None);
    }
}
