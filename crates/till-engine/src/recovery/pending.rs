//! What was chosen and waits for the next start: `recovery.json`, and the staged database of a restore.
//!
//! Between any two steps the program may end. What is in the directory then says how far it got: a staged file that is
//! still there has not taken its place yet. So a start either finishes the change or undoes it; the database is the old
//! one or the new one, whole.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use till_store::Stop;

use super::{DATABASE, LOG, MEMORY, PENDING, STAGED};
use crate::api::RestorePlan;
use crate::backup::folder::{self, remove, sync_dir, write_whole};

/// A restore that nobody came back for in this time is not wanted any more: the shop has gone on.
const WAITS_MS: i64 = 86_400_000;

/// A change of the database that the next start makes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pending {
    /// The request that asked for it: the journal names it once.
    pub(crate) id: String,
    pub(crate) actor: String,
    pub(crate) at: i64,
    pub(crate) change: Change,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub(crate) enum Change {
    /// The staged file takes the place of the database.
    Restore {
        sha256: String,
        plan: RestorePlan,
        /// There is a database to be put aside.
        replaces: bool,
        /// Damage in it that a person had chosen to go on with when it was made.
        tolerated: String,
    },
    /// The database goes aside; the till starts empty. An empty staged file marks that it has not gone yet.
    StartEmpty { kept_as: String },
    /// The database stays although it is behind its note or damaged.
    KeepGoing { wrong: String, tolerated: String },
}

/// Called before each step; an error ends the work there, as a power cut would.
pub(crate) type Step<'a> = &'a mut dyn FnMut(&'static str) -> io::Result<()>;

/// How a start found the change.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Carried {
    /// Nothing was pending.
    Nothing,
    /// It is made; the journal is to say so, then [`forget`] it.
    Done(Box<Pending>),
    /// It could not be made and was undone.
    Undone(String),
}

impl Pending {
    pub(crate) fn read(dir: &Path) -> Option<Pending> {
        let bytes = fs::read(dir.join(PENDING)).ok()?;
        serde_json::from_slice(&bytes).inspect_err(|cause| tracing::error!(%cause, "recovery.json does not read")).ok()
    }

    pub(crate) fn write(&self, dir: &Path) -> io::Result<()> {
        write_whole(&dir.join(PENDING), &serde_json::to_vec_pretty(self)?, true)
    }
}

/// Forgets a change that is made and journalled.
pub(crate) fn forget(dir: &Path) -> io::Result<()> {
    remove(&dir.join(PENDING))?;
    sync_dir(dir);
    Ok(())
}

/// The restore that waits for the next start.
pub(crate) fn restore_of(dir: &Path) -> Option<RestorePlan> {
    match Pending::read(dir)?.change {
        Change::Restore { plan, .. } => Some(plan),
        Change::StartEmpty { .. } | Change::KeepGoing { .. } => None,
    }
}

/// Takes a prepared restore back. The order goes first: a staged file without one is thrown away at the next start.
pub(crate) fn take_back(dir: &Path) -> io::Result<()> {
    if restore_of(dir).is_some() {
        forget(dir)?;
        remove(&dir.join(STAGED))?;
    }
    Ok(())
}

/// Makes the pending change of the files, or finishes or undoes one that was cut short.
pub(crate) fn carry_out(dir: &Path, now: i64, step: Step<'_>) -> io::Result<Carried> {
    let Some(pending) = Pending::read(dir) else {
        // Staged without an order: the order was not written, or is forgotten.
        remove(&dir.join(STAGED))?;
        return Ok(Carried::Nothing);
    };
    match &pending.change {
        Change::KeepGoing { .. } => {}
        Change::StartEmpty { kept_as } => {
            let staged = dir.join(STAGED);
            if staged.exists() {
                move_aside(dir, Path::new(kept_as), step)?;
                step("take the mark away")?;
                remove(&staged)?;
                sync_dir(dir);
                step("after the mark is away")?;
            }
        }
        Change::Restore { sha256, plan, replaces, .. } => {
            let (staged, kept) = (dir.join(STAGED), PathBuf::from(&plan.kept_as));
            if staged.exists() {
                let begun = kept.exists() || log_beside(&kept).exists();
                let late = !begun && now - pending.at > WAITS_MS;
                let found = folder::hash(&staged, &Stop::default())?;
                if found != *sha256 || late {
                    undo(dir, &kept)?;
                    let why = if late { "it was prepared more than a day ago" } else { "the staged file changed" };
                    return Ok(Carried::Undone(why.into()));
                }
                move_aside(dir, &kept, step)?;
                step("put the staged file in its place")?;
                fs::rename(&staged, dir.join(DATABASE))?;
                sync_dir(dir);
                step("after the staged file took its place")?;
            } else if !dir.join(DATABASE).exists() || (*replaces && !kept.exists()) {
                // Not renamed but removed, by somebody else.
                undo(dir, &kept)?;
                return Ok(Carried::Undone("the staged file is gone".into()));
            }
        }
    }
    Ok(Carried::Done(Box::new(pending)))
}

fn log_beside(path: &Path) -> PathBuf {
    till_store::log_of(path)
}

/// Moves the database and its log to another name. The log first: a new database must never find the log of another.
fn move_aside(dir: &Path, kept: &Path, step: Step<'_>) -> io::Result<()> {
    for (from, to) in [(dir.join(LOG), log_beside(kept)), (dir.join(DATABASE), kept.to_owned())] {
        step("move a file aside")?;
        match fs::rename(&from, &to) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
    }
    // Only what SQLite keeps in common memory while it runs; it makes it anew.
    remove(&dir.join(MEMORY))?;
    sync_dir(dir);
    step("after all is aside")
}

/// Puts back what was moved aside, and drops the change.
fn undo(dir: &Path, kept: &Path) -> io::Result<()> {
    if !dir.join(DATABASE).exists() {
        for (from, to) in [(kept.to_owned(), dir.join(DATABASE)), (log_beside(kept), dir.join(LOG))] {
            match fs::rename(&from, &to) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
                _ => {}
            }
        }
        sync_dir(dir);
    } else if log_beside(kept).exists() && !dir.join(LOG).exists() {
        fs::rename(log_beside(kept), dir.join(LOG))?;
        sync_dir(dir);
    }
    remove(&dir.join(STAGED))?;
    forget(dir)
}

#[cfg(test)]
#[path = "pending_tests.rs"]
mod tests;
