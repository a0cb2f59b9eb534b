//! One file: written beside its place by a thread of its own, then flushed, renamed and logged. Whatever goes wrong,
//! a file under its own name is a whole one.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use till_books::export::{Finished, file_name};
use till_core::Fen;
use till_store::{ExportRow, StoreError};

use super::rows::{self, Ended};
use super::{Order, failed, preset, table};
use crate::api::{ApiError, Code, Event, ExportJob, JobState};
use crate::state::{State, lock};
use crate::{view, words};

/// Screens are told this often at most.
const TELL_EVERY_MS: i64 = 200;
const MOST_NAMES: u32 = 1_000;

/// The file's name, before anything stands in its way.
pub(super) fn name(order: &Order) -> String {
    file_name(table(order.table), preset(order.preset), &order.from, &order.to, &order.options.till)
}

/// A half-written file, gone unless it becomes a whole one.
struct Draft {
    path: PathBuf,
    whole: bool,
}

impl Draft {
    fn new(order: &Order) -> std::io::Result<(Draft, File)> {
        let path = order.folder.join(format!(".{}.{}.part", name(order), order.id));
        // Left by a till that was switched off meanwhile.
        match fs::remove_file(&path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        let file = File::options().write(true).create_new(true).open(&path)?;
        Ok((Draft { path, whole: false }, file))
    }

    /// Gives it its name. A file that is there already stays: the new one gets a number.
    fn keep(mut self, folder: &Path, name: &str) -> std::io::Result<PathBuf> {
        let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
        for n in 1..=MOST_NAMES {
            let name = if n == 1 { name.to_owned() } else { format!("{stem}_{n}.{ending}") };
            let place = folder.join(name);
            // Taking the name first: two exports at once never get the same one.
            match File::options().write(true).create_new(true).open(&place) {
                Ok(_) => {
                    fs::rename(&self.path, &place)?;
                    self.whole = true;
                    if let Ok(folder) = File::open(folder) {
                        // So that the name survives a power cut; not every system can.
                        let _ = folder.sync_all();
                    }
                    return Ok(place);
                }
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err(e),
            }
        }
        Err(std::io::Error::other("too many files of this name"))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.whole
            && let Err(cause) = fs::remove_file(&self.path)
        {
            tracing::error!(%cause, path = %self.path.display(), "a half-written export could not be removed");
        }
    }
}

enum End {
    Whole(Finished, PathBuf),
    Stopped,
    Failed(ApiError),
}

/// Changes a job's view and tells screens.
fn tell(state: &State, id: i64, change: impl FnOnce(&mut ExportJob)) {
    let job = {
        let mut jobs = lock(&state.exports);
        let Some(job) = jobs.all.get_mut(&id) else { return };
        change(&mut job.view);
        job.view.clone()
    };
    state.emit(Event::ExportChanged { job });
}

/// Waits until a job has ended; a failure comes back as one.
pub(super) async fn ended(state: &Arc<State>, id: i64) -> Result<(), ApiError> {
    let mut bus = state.bus.subscribe();
    loop {
        let view = lock(&state.exports).all.get(&id).map(|job| job.view.clone());
        match view {
            Some(job) if job.state == JobState::Running => {}
            Some(job) if job.state == JobState::Failed => return Err(ApiError::new(Code::Unavailable, job.message)),
            _ => return Ok(()),
        }
        // Lagging behind is as good as an event: look again.
        if let Err(tokio::sync::broadcast::error::RecvError::Closed) = bus.recv().await {
            return Ok(());
        }
    }
}

pub(super) async fn run(state: Arc<State>, order: Order) {
    let id = order.id;
    let writing = {
        let (state, order) = (state.clone(), order.clone());
        tokio::task::spawn_blocking(move || write(&state, &order))
    };
    let end = match writing.await {
        Ok(End::Whole(finished, path)) => note(&state, &order, finished, path).await,
        Ok(end) => end,
        Err(panic) => {
            tracing::error!(%panic, "an export did not end");
            End::Failed(state.store_error(StoreError::Corrupt("an export did not end".into())))
        }
    };
    tell(&state, id, |job| match end {
        End::Whole(finished, path) => {
            job.state = JobState::Done;
            job.path = path.display().to_string();
            job.rows = u32::try_from(finished.rows).unwrap_or(u32::MAX);
            job.of_rows = Some(job.rows);
            job.sum_fen = Fen::sum(finished.sum).unwrap_or(Fen::ZERO);
            job.sha256 = finished.sha256;
        }
        End::Stopped => job.state = JobState::Cancelled,
        End::Failed(error) => {
            job.state = JobState::Failed;
            job.message = error.message;
        }
    });
}

/// Logs the file. One that cannot be logged goes away again: no file without its line in the log.
async fn note(state: &State, order: &Order, finished: Finished, path: PathBuf) -> End {
    let row = ExportRow {
        id: 0,
        request_id: order.request_id.clone(),
        at: order.options.generated_at,
        actor: order.actor.clone(),
        what: table(order.table).as_str().into(),
        preset: preset(order.preset).as_str().into(),
        columns_version: finished.columns_version.into(),
        from: order.from.clone(),
        to: order.to.clone(),
        filter: order.filter_text.clone(),
        file: path.display().to_string(),
        rows: i64::try_from(finished.rows).unwrap_or(i64::MAX),
        sum: finished.sum,
        sha256: finished.sha256.clone(),
    };
    match state.store.note_export(row).await {
        Ok(()) => End::Whole(finished, path),
        Err(cause) => {
            if let Err(cause) = fs::remove_file(&path) {
                tracing::error!(%cause, "an export that could not be logged could not be removed");
            }
            End::Failed(state.store_error(cause))
        }
    }
}

fn write(state: &State, order: &Order) -> End {
    let lang = state.shop().settings.lang;
    let io = |cause: std::io::Error| failed(lang, &cause.into());
    let (draft, file) = match Draft::new(order) {
        Ok(draft) => draft,
        Err(cause) => return End::Failed(io(cause)),
    };
    let mut told = state.now();
    let progress = |rows: u64, of_rows: Option<i64>| {
        let now = state.now();
        if now - told >= TELL_EVERY_MS {
            told = now;
            tell(state, order.id, |job| {
                job.rows = u32::try_from(rows).unwrap_or(u32::MAX);
                job.of_rows = of_rows.map(view::count);
            });
        }
        !order.stop.load(Ordering::Relaxed)
    };
    match rows::write(&state.store, order, &file, progress) {
        Ok(finished) => {
            let whole = file.sync_all().and_then(|()| {
                drop(file);
                draft.keep(&order.folder, &name(order))
            });
            match whole {
                Ok(path) => End::Whole(finished, path),
                Err(cause) => End::Failed(io(cause)),
            }
        }
        Err(Ended::Stopped) => End::Stopped,
        Err(Ended::File(cause)) => End::Failed(failed(lang, &cause)),
        Err(Ended::Store(cause)) => End::Failed(words::store(lang, cause)),
    }
}
