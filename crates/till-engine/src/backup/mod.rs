//! Backups: a verified copy on closing the day, on a schedule and on demand; what there is to restore from.

pub(crate) mod folder;
pub(crate) mod make;
pub(crate) mod schedule;
pub(crate) mod sentences;
mod show;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use serde_json::json;
use till_store::{Act, FileNote, Stop};

use crate::access::Who;
use crate::api::*;
use crate::recovery;
use crate::state::{State, lock};
use crate::words;
use folder::FOLDER;
use make::{Made, Trouble};
pub(crate) use show::{all, check, list, look_through, plain_view};
use show::{refuse_live, view};

type Result<T> = std::result::Result<T, ApiError>;

/// The journal's subject of all backups: the newest row on it says how the last one went.
const SUBJECT: &str = "backup";

/// What the running till knows about its backups.
#[derive(Default)]
pub(crate) struct Keeper {
    /// One at a time: two copies at once would sweep away each other's parts.
    pub(crate) one: tokio::sync::Mutex<()>,
    pub(crate) stop: Stop,
    /// Why the last try failed, or what is wrong with the database.
    trouble: Mutex<String>,
    /// Damage was met: nothing that goes well later makes up for it.
    damaged: Mutex<bool>,
    /// Backups that were looked at through and through, by path.
    looked: Mutex<HashMap<PathBuf, Seen>>,
}

/// A backup as it was when it was looked at; a file of another size or time is another file.
#[derive(Clone)]
struct Seen {
    bytes: i64,
    made_at: i64,
    wrong: Option<String>,
}

impl Keeper {
    pub(crate) fn trouble(&self) -> String {
        lock(&self.trouble).clone()
    }
}

fn refuse_practice(state: &State) -> Result<()> {
    if !state.practice {
        return Ok(());
    }
    let lang = state.shop().settings.lang;
    Err(words::error(lang, Code::Conflict, "练习模式不备份也不恢复", "Practice is neither backed up nor restored"))
}

/// Runs what blocks beside the till.
pub(crate) async fn beside<T: Send + 'static>(state: &State, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|cause| {
        tracing::error!(%cause, "work beside the till ended early");
        let lang = state.shop().settings.lang;
        words::error(lang, Code::Internal, "这件事没有做完", "This was not finished")
    })
}

pub(crate) async fn back_up(state: &Arc<State>, who: &Who, request_id: String, folder: String) -> Result<BackupView> {
    refuse_practice(state)?;
    let lang = state.shop().settings.lang;
    let folder = match folder.trim() {
        "" => None,
        asked if Path::new(asked).is_absolute() => Some(PathBuf::from(asked)),
        _ => {
            let (zh, en) = ("文件夹要写完整路径", "A folder needs its whole path");
            return Err(words::error(lang, Code::Invalid, zh, en));
        }
    };
    // On its own: a caller that goes away leaves no half-made copy behind.
    let (state, actor) = (state.clone(), who.actor.clone());
    let made = tokio::spawn(async move { make_one(&state, actor, Some(request_id), folder).await });
    made.await.map_err(|cause| ApiError::new(Code::Internal, cause.to_string()))?
}

/// Makes a backup now, for the schedule.
pub(crate) async fn make_scheduled(state: &Arc<State>, actor: &str) -> Result<BackupView> {
    make_one(state, actor.to_owned(), None, None).await
}

/// The day was closed: its figures go into a backup, without holding up whoever closed it.
pub(crate) async fn after_close(state: &Arc<State>) {
    let state = state.clone();
    tokio::spawn(async move {
        recovery::head::note_now(&state, true).await;
        if state.practice || !state.shop().settings.backup.on_close {
            return;
        }
        if let Err(cause) = make_scheduled(&state, "till").await {
            tracing::error!(%cause, "no backup after closing the day");
        }
    });
}

async fn make_one(
    state: &Arc<State>,
    actor: String,
    request_id: Option<String>,
    asked: Option<PathBuf>,
) -> Result<BackupView> {
    let _one = state.backup.one.lock().await;
    if let Some(id) = &request_id {
        let row = state.store.file_note(id, "back_up").await.map_err(|e| state.store_error(e))?;
        if let Some(row) = row {
            let facts: serde_json::Value = serde_json::from_str(&row.after).unwrap_or_default();
            let path = PathBuf::from(facts["path"].as_str().unwrap_or_default());
            return Ok(view(state, make::glance(&path)));
        }
    }
    let shop = state.shop();
    let (lang, keep) = (shop.settings.lang, shop.settings.backup.clone());
    let now = state.now();
    let usual = state.dir.join(FOLDER);
    let into = asked.clone().unwrap_or_else(|| usual.clone());
    let name = folder::new_name(&into, now, &shop.zone);
    let (stop, elsewhere) = (state.backup.stop.clone(), asked.is_some());
    let tolerated = lock(&state.head).tolerated.clone();
    let source = make::Source { database: state.store.path().to_owned(), made_at: now, tolerated };
    let work = move || {
        if !elsewhere {
            make::make_folder(&into)?;
        } else if !into.is_dir() {
            return Err(Trouble::Unplugged(into));
        }
        let made = make::copy_into(&source, &into, &name, &stop)?;
        let mut second_trouble = None;
        if !elsewhere {
            second_trouble = second_folder(&keep, &usual).and_then(|second| {
                let carried = make::carry(&made, &second, &stop);
                if carried.is_ok() {
                    folder::retire(&second, &keep, &name);
                }
                carried.err()
            });
            folder::retire(&usual, &keep, &name);
        }
        Ok((made, second_trouble))
    };
    match beside(state, work).await? {
        Ok((made, second)) => {
            let trouble = second.as_ref().map(|cause| sentences::second_failed(lang, cause)).unwrap_or_default();
            if let Some(cause) = &second {
                tracing::warn!(%cause, "the backup is not in the second folder");
            }
            made_well(state, actor, request_id, made, trouble).await
        }
        Err(Trouble::Damage(till_store::Damage::Stopped)) => {
            let (zh, en) = ("钱台正在关闭，没有备份", "The till is closing; no backup was made");
            Err(words::error(lang, Code::Unavailable, zh, en))
        }
        Err(cause) => Err(failed(state, actor, &cause).await),
    }
}

/// The second folder, unless it is the first one again.
pub(crate) fn second_folder(keep: &BackupSettings, usual: &Path) -> Option<PathBuf> {
    let second = PathBuf::from(&keep.second_folder);
    let same = |a: &Path, b: &Path| a.canonicalize().ok().is_some_and(|a| b.canonicalize().is_ok_and(|b| a == b));
    (!keep.second_folder.is_empty() && !same(&second, usual)).then_some(second)
}

async fn made_well(
    state: &Arc<State>,
    actor: String,
    request_id: Option<String>,
    made: Made,
    trouble: String,
) -> Result<BackupView> {
    let noted = &made.manifest;
    let facts = json!({
        "path": made.path, "sha256": noted.sha256, "bytes": noted.bytes, "tickets": noted.tickets,
        "journal_rows": noted.journal_rows, "trouble": trouble,
    });
    tracing::info!(path = %made.path.display(), bytes = noted.bytes, "backup made");
    let (at, subject) = (state.now(), SUBJECT.to_owned());
    let note = FileNote { request_id, at, actor, act: "backup.made", subject, facts };
    state.store.note_file("back_up", note).await.map_err(|e| state.store_error(e))?;
    let looked = make::glance(&made.path);
    let seen = Seen { bytes: looked.bytes, made_at: looked.made_at, wrong: None };
    lock(&state.backup.looked).insert(made.path.clone(), seen);
    tell(state, trouble);
    Ok(view(state, looked))
}

async fn failed(state: &Arc<State>, actor: String, cause: &Trouble) -> ApiError {
    let lang = state.shop().settings.lang;
    tracing::error!(%cause, "no backup was made");
    let text = sentences::trouble(lang, cause);
    let facts = json!({ "trouble": text, "cause": cause.to_string() });
    let (at, subject) = (state.now(), SUBJECT.to_owned());
    let note = FileNote { request_id: None, at, actor, act: "backup.failed", subject, facts };
    // A full disk takes no note either; the log and the event have it.
    if let Err(cause) = state.store.note_file("back_up", note).await {
        tracing::error!(%cause, "the failed backup is not in the journal");
    }
    if let Trouble::Damage(till_store::Damage::Damaged(_) | till_store::Damage::Journal(_)) = cause {
        damaged(state, &text);
    } else {
        tell(state, text.clone());
    }
    ApiError::new(Code::Unavailable, text)
}

/// Keeps how it went and tells the screens.
fn tell(state: &State, trouble: String) {
    if *lock(&state.backup.damaged) {
        return;
    }
    lock(&state.backup.trouble).clone_from(&trouble);
    state.emit(Event::BackupChanged { trouble });
}

/// The database was found damaged while the till runs. Said until the next start, whatever goes well in between.
pub(crate) fn damaged(state: &State, cause: &str) {
    tracing::error!(cause, "the database is damaged");
    if std::mem::replace(&mut *lock(&state.backup.damaged), true) {
        return;
    }
    let trouble = sentences::met_damage(state.shop().settings.lang, cause);
    lock(&state.backup.trouble).clone_from(&trouble);
    state.emit(Event::BackupChanged { trouble });
}

/// At start: how the last try went, as the journal has it.
pub(crate) async fn remember(
    state: &Arc<State>,
    opening: &recovery::Opening,
) -> std::result::Result<(), till_store::StoreError> {
    if let Some(row) = state.store.last_on(SUBJECT).await? {
        let facts: serde_json::Value = serde_json::from_str(&row.after)?;
        *lock(&state.backup.trouble) = facts["trouble"].as_str().unwrap_or_default().to_owned();
    }
    let lang = state.shop().settings.lang;
    if opening.undone.is_some() {
        *lock(&state.backup.trouble) = sentences::restore_undone(lang);
    }
    if !opening.tolerated.is_empty() {
        damaged(state, &opening.tolerated);
    }
    Ok(())
}

/// Ends a copy under way and waits until it has let go of the database.
pub(crate) async fn stop(state: &State) {
    state.backup.stop.stop();
    drop(state.backup.one.lock().await);
}

/// Takes a prepared restore back: the next start changes nothing.
pub(crate) async fn cancel_restore(state: &Arc<State>, who: &Who, request_id: String) -> Result<BackupList> {
    refuse_practice(state)?;
    {
        let _one = state.backup.one.lock().await;
        let dir = state.dir.clone();
        let Some(plan) = recovery::pending::restore_of(&dir) else { return list(state).await };
        let note = FileNote {
            request_id: Some(request_id),
            at: state.now(),
            actor: who.actor.clone(),
            act: "restore.cancelled",
            subject: "restore".to_owned(),
            facts: json!({ "from": plan.from.path }),
        };
        state.store.note_file("cancel_restore", note).await.map_err(|e| state.store_error(e))?;
        beside(state, move || recovery::pending::take_back(&dir)).await?.map_err(|cause| {
            let lang = state.shop().settings.lang;
            tracing::error!(%cause, "a prepared restore could not be taken back");
            let (zh, en) = ("没能取消，请检查磁盘", "It could not be taken back; please check the disk");
            words::error(lang, Code::Unavailable, zh, en)
        })?;
    }
    state.emit(Event::BackupChanged { trouble: state.backup.trouble() });
    list(state).await
}

pub(crate) async fn restore(state: &Arc<State>, who: &Who, request_id: String, path: String) -> Result<RestorePlan> {
    refuse_practice(state)?;
    let path = PathBuf::from(path.trim());
    refuse_live(state, &path)?;
    let _one = state.backup.one.lock().await;
    if let Some(row) = state.store.file_note(&request_id, "restore").await.map_err(|e| state.store_error(e))? {
        let facts: serde_json::Value = serde_json::from_str(&row.after).unwrap_or_default();
        return serde_json::from_value(facts["plan"].clone())
            .map_err(|cause| ApiError::new(Code::Internal, cause.to_string()));
    }
    let (lang, zone) = (state.shop().settings.lang, state.shop().zone.clone());
    let order = recovery::Order {
        dir: state.dir.clone(),
        path,
        id: request_id.clone(),
        actor: who.actor.clone(),
        at: state.now(),
        zone,
        lang,
    };
    let stop = state.backup.stop.clone();
    let plan = beside(state, move || recovery::prepare_restore(order, &stop)).await??;
    let facts = json!({ "plan": plan });
    let (at, actor, subject) = (state.now(), who.actor.clone(), "restore".to_owned());
    let note = FileNote { request_id: Some(request_id), at, actor, act: "restore.prepared", subject, facts };
    match state.store.note_file("restore", note).await.map_err(|e| state.store_error(e))? {
        Act::New(_) | Act::Repeat(_) => Ok(plan),
    }
}
