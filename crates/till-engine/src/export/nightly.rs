//! Every night the files of the day that ended, without anybody asking. A night that the computer slept through is made
//! up for after the next start.

use std::sync::Arc;
use std::time::Duration;

use till_core::day::Range;
use till_core::sales::Filter;
use tokio::time::sleep;

use super::{Order, Result, begin, folder, job, options, preset, table};
use crate::api::{JobState, NightlyFile, NightlySettings};
use crate::state::{State, lock};

const LOOK_EVERY: Duration = Duration::from_secs(2);
/// After a failure: the folder may be on a stick that comes back.
const AGAIN_MS: i64 = 600_000;
/// Nights that are made up for.
const MOST_NIGHTS: i64 = 31;
const ACTOR: &str = "nightly";

/// Looks, for as long as the till runs.
pub(crate) async fn keep_nightly(state: Arc<State>) {
    let mut not_before = 0;
    let mut done_for = None;
    loop {
        sleep(LOOK_EVERY).await;
        let (now, nightly) = (state.now(), state.shop().settings.nightly.clone());
        let wanted = (state.business_date(now), nightly.clone());
        let due = now >= state.day_start(now) + i64::from(nightly.after_minutes) * 60_000;
        if !nightly.enabled || !due || now < not_before || done_for.as_ref() == Some(&wanted) {
            continue;
        }
        match night(&state, &nightly).await {
            Ok(()) => done_for = Some(wanted),
            Err(cause) => {
                tracing::error!(%cause, "the nightly export failed; it is tried again");
                not_before = now + AGAIN_MS;
            }
        }
    }
}

fn request_id(date: &str, file: NightlyFile) -> String {
    format!("nightly/{date}/{}/{}", table(file.table).as_str(), preset(file.preset).as_str())
}

/// Writes what is missing, oldest night first.
async fn night(state: &Arc<State>, nightly: &NightlySettings) -> Result<()> {
    let today = state.business_date(state.now());
    let Ok(today) = Range::day(&today) else { return Ok(()) };
    let last = state.store.last_nightly(today.earlier(1).to().as_str()).await.map_err(|e| state.store_error(e))?;
    let nights = match last.and_then(|last| Range::new(&last, &today.earlier(1).to()).ok()) {
        Some(since) => i64::from(since.days()).min(MOST_NIGHTS),
        // The first night, or nothing for ten years: no older files that nobody asked for.
        None => 1,
    };
    for back in (1..=nights).rev() {
        let date = today.earlier(back).from();
        for file in &nightly.files {
            one(state, nightly, &date, *file).await?;
        }
    }
    Ok(())
}

async fn one(state: &Arc<State>, nightly: &NightlySettings, date: &str, file: NightlyFile) -> Result<()> {
    let request_id = request_id(date, file);
    if state.store.export_of(&request_id).await.map_err(|e| state.store_error(e))?.is_some() {
        return Ok(());
    }
    // A failed try is on the list of this run; its id is free again.
    lock(&state.exports).all.retain(|_, job| job.request_id != request_id || job.view.state == JobState::Running);
    let order = Order {
        id: 0,
        request_id,
        actor: ACTOR.into(),
        table: file.table,
        preset: file.preset,
        from: date.to_owned(),
        to: date.to_owned(),
        filter: Filter::default(),
        filter_text: "{}".into(),
        folder: folder(state, &nightly.folder)?,
        options: options(state),
        stop: Arc::default(),
        from_at: 0,
        to_at: 0,
    };
    let view = begin(state, order)?;
    job::ended(state, view.id).await
}
