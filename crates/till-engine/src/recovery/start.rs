//! The look at the database before the engine opens it, and the notes after.

use std::fs;
use std::path::Path;

use serde_json::json;
use till_store::{Damage, Depth, FileNote, Stop, Store};

use super::head::Note;
use super::pending::{self, Carried, Change, Pending};
use super::{DATABASE, LOG, kept_beside};
use crate::api::Lang;
use crate::backup::folder::{self, FOLDER};
use crate::backup::sentences;

/// A larger database is looked through in the background, soon after start: this much takes a tenth of a second.
const LOOKED_THROUGH: u64 = 16 << 20;

/// Why the database is not opened as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Wrong {
    #[error("the database is gone")]
    Missing,
    /// `opens`: it can be read well enough to go on with, should a person choose so.
    #[error("{cause}")]
    Broken { cause: String, damage: Damage, opens: bool },
    /// `rows` of the journal are known to be lost; 0: some may be.
    #[error("the database ends before what was noted of it: {rows} rows of the journal are missing")]
    Behind { rows: i64, log_gone: bool },
    #[error("the database was written by a newer version of this program")]
    Newer,
    #[error("{0}")]
    Dir(String),
}

/// What the start found, for when the database is open.
#[derive(Debug, Default)]
pub(crate) struct Opening {
    done: Option<Pending>,
    /// A restore was prepared and could not be made.
    pub(crate) undone: Option<String>,
    noted: Note,
    /// Damage that a person chose to go on with.
    pub(crate) tolerated: String,
    /// The whole database should be looked at soon.
    pub(crate) look_soon: bool,
}

/// Finishes what was chosen, then looks. Blocks.
pub(crate) fn guard(dir: &Path, now: i64) -> Result<Opening, Wrong> {
    let io = |e: std::io::Error| Wrong::Dir(e.to_string());
    let mut opening = Opening::default();
    match pending::carry_out(dir, now, &mut |_| Ok(())).map_err(io)? {
        Carried::Nothing => {}
        Carried::Undone(why) => {
            tracing::error!(why, "a prepared restore was not made");
            opening.undone = Some(why);
        }
        Carried::Done(done) => opening.done = Some(*done),
    }
    let noted = Note::read(dir).unwrap_or_default();
    let unclean = noted.open;
    let found = match &opening.done {
        Some(Pending { change: Change::KeepGoing { tolerated, .. }, .. }) => {
            opening.tolerated.clone_from(tolerated);
            judge_with(dir, &Note { tolerated: tolerated.clone(), ..Note::default() })
        }
        // What was noted was noted of the database that went aside.
        Some(Pending { change: Change::Restore { tolerated, .. }, .. }) => {
            opening.tolerated.clone_from(tolerated);
            judge_with(dir, &Note { tolerated: tolerated.clone(), ..Note::default() })
        }
        Some(Pending { change: Change::StartEmpty { .. }, .. }) => Ok(false),
        None => {
            opening.tolerated.clone_from(&noted.tolerated);
            judge(dir)
        }
    };
    let large = found?;
    opening.look_soon = large || unclean;
    opening.noted = noted;
    Ok(opening)
}

/// Looks at the database as the last run left it. True: it is too large to be looked through at start.
pub(super) fn judge(dir: &Path) -> Result<bool, Wrong> {
    judge_with(dir, &Note::read(dir).unwrap_or_default())
}

fn judge_with(dir: &Path, noted: &Note) -> Result<bool, Wrong> {
    let (path, log) = (dir.join(DATABASE), dir.join(LOG));
    let length = fs::metadata(&path).map(|m| m.len()).ok();
    if length.is_none() {
        return if was_used(dir) { Err(Wrong::Missing) } else { Ok(false) };
    }
    let length = length.unwrap_or(0);
    if length == 0 && !was_used(dir) {
        // A first start that ended before it wrote anything.
        return Ok(false);
    }
    let large = length > LOOKED_THROUGH;
    let depth = if large || !noted.tolerated.is_empty() { Depth::Glance } else { Depth::Quick };
    let facts = match till_store::examine(&path, depth, &Stop::default()) {
        Ok(facts) => facts,
        Err(Damage::Newer) => return Err(Wrong::Newer),
        Err(Damage::Unreadable(cause) | Damage::Unwritable(cause)) => return Err(Wrong::Dir(cause)),
        Err(_) if !noted.tolerated.is_empty() => return Ok(false),
        Err(damage) => {
            let opens = match &damage {
                // Its schema or its past is not as it was, or a page is not: whether a till can go on with it, the
                // schema's version and the end of the journal say.
                Damage::Damaged(_) | Damage::Journal(_) | Damage::Foreign(_) => {
                    till_store::examine(&path, Depth::Bare, &Stop::default()).is_ok()
                }
                _ => false,
            };
            return Err(Wrong::Broken { cause: damage.to_string(), damage, opens });
        }
    };
    let hash = match facts.head.seq >= noted.seq {
        true if noted.seq == 0 => String::new(),
        true => hex::encode(till_store::journal_hash(&path, noted.seq).ok().flatten().unwrap_or_default()),
        false => {
            return Err(Wrong::Behind { rows: noted.seq - facts.head.seq, log_gone: log_is_gone(dir, noted, &log) });
        }
    };
    if hash != noted.hash {
        // As long, but another past: nothing of what was noted is known to be in it.
        return Err(Wrong::Behind { rows: noted.seq, log_gone: false });
    }
    if log_is_gone(dir, noted, &log) {
        return Err(Wrong::Behind { rows: 0, log_gone: true });
    }
    Ok(large)
}

/// A till that ended without closing its database leaves a log. Where there is none, somebody removed it, and with it
/// whatever was not in the file yet; unless the file was changed since the last note: then another program that reads
/// databases has folded the log into it.
fn log_is_gone(dir: &Path, noted: &Note, log: &Path) -> bool {
    if !noted.open || !noted.wrote || log.exists() {
        return false;
    }
    let changed = fs::metadata(dir.join(DATABASE)).and_then(|m| m.modified()).ok();
    changed <= Note::changed_at(dir)
}

/// A till has worked in this directory.
fn was_used(dir: &Path) -> bool {
    Note::is_there(dir)
        || fs::metadata(dir.join(LOG)).is_ok_and(|log| log.len() > 0)
        || !kept_beside(dir).is_empty()
        || !folder::names(&dir.join(FOLDER)).is_empty()
}

/// What is wrong, for a person.
pub(super) fn sentence(lang: Lang, wrong: &Wrong) -> String {
    let both = |zh: String, en: String| match lang {
        Lang::Zh => zh,
        Lang::En => en,
    };
    match wrong {
        Wrong::Missing => both(
            "数据文件 till.db 不见了，但这里曾经有过账。可能被移动、删除，或被杀毒软件隔离".into(),
            "The database till.db is gone, although this till has been in use. It may have been moved, deleted or quarantined".into(),
        ),
        Wrong::Broken { damage, .. } => sentences::damage(lang, damage),
        Wrong::Behind { rows: 0, .. } => both(
            "上次没有正常关闭，而且日志文件 till.db-wal 不见了，最近的几笔可能丢失".into(),
            "The till was not closed well and its log till.db-wal is gone; the newest entries may be lost".into(),
        ),
        Wrong::Behind { rows, log_gone: true } => both(
            format!("日志文件 till.db-wal 不见了，流水账少了 {rows} 行"),
            format!("The log till.db-wal is gone; {rows} rows of the journal are missing"),
        ),
        Wrong::Behind { rows, log_gone: false } => both(
            format!("这个数据文件比上次用的旧，或者是别的店的：流水账少了 {rows} 行"),
            format!("This database is older than the one used last, or another shop's: {rows} rows of the journal are missing"),
        ),
        Wrong::Newer => sentences::damage(lang, &Damage::Newer),
        Wrong::Dir(cause) => both(format!("数据目录无法使用：{cause}"), format!("The data directory cannot be used: {cause}")),
    }
}

/// The database is open: journals what was done to it, notes where it stands, and forgets what was pending.
pub(crate) async fn opened(store: &Store, dir: &Path, opening: &Opening, now: i64) -> Result<Note, String> {
    let told = |e: till_store::StoreError| e.to_string();
    if let Some(done) = &opening.done {
        let (act, facts) = match &done.change {
            Change::Restore { sha256, plan, .. } => ("backup.restored", json!({ "plan": plan, "sha256": sha256 })),
            Change::StartEmpty { kept_as } => ("recovery.started_empty", json!({ "kept_as": kept_as })),
            Change::KeepGoing { wrong, .. } => ("recovery.kept_going", json!({ "wrong": wrong })),
        };
        let note = FileNote {
            request_id: Some(done.id.clone()),
            at: now,
            actor: done.actor.clone(),
            act,
            subject: "restore".into(),
            facts,
        };
        // Under its id: a start that was cut short after this line does not write it twice.
        let verb = if matches!(done.change, Change::Restore { .. }) { "restore" } else { "recover" };
        match store.note_file(verb, note.clone()).await {
            // An id of the backup's own past must not keep the till shut.
            Err(till_store::StoreError::RequestReused) => {
                store.note_file(verb, FileNote { request_id: None, ..note }).await.map_err(told)?
            }
            written => written.map_err(told)?,
        };
    }
    let head = store.journal_head().await.map_err(told)?;
    let note = Note {
        tolerated: opening.tolerated.clone(),
        second_folder: opening.noted.second_folder.clone(),
        ..Note::default()
    };
    let note = Note { open: true, ..note.stand(&head) };
    note.write(dir, opening.done.is_some()).map_err(|e| e.to_string())?;
    if opening.done.is_some() {
        pending::forget(dir).map_err(|e| e.to_string())?;
    }
    Ok(note)
}
