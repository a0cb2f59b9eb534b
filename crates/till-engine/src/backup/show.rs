//! Backups as a screen shows them: what there is, and what a close look finds.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use till_store::{Depth, Stop};

use super::folder::{self, FOLDER};
use super::make::{self, Looked, Trouble};
use super::{Result, Seen, beside, schedule, second_folder, sentences};
use crate::api::*;
use crate::recovery;
use crate::state::{State, lock};
use crate::words;

pub(super) fn view(state: &State, looked: Looked) -> BackupView {
    let shop = state.shop();
    let seen = lock(&state.backup.looked).get(&looked.path).cloned();
    let seen = seen.filter(|seen| (seen.bytes, seen.made_at) == (looked.bytes, looked.made_at));
    let second = second_folder(&shop.settings.backup, &state.dir.join(FOLDER));
    let copied = second.is_some_and(|second| make::is_carried(&looked.path, &second));
    let mut view = plain_view(shop.settings.lang, &looked);
    if let Some(Seen { wrong, .. }) = seen {
        view.sound = Some(wrong.is_none());
        view.message = wrong.unwrap_or(view.message);
    }
    BackupView { copied, ..view }
}

/// A backup as a screen shows it, as far as it was looked at.
pub(crate) fn plain_view(lang: Lang, looked: &Looked) -> BackupView {
    let noted = looked.noted.as_ref();
    let facts = looked.facts.as_ref();
    let found = facts.and_then(|facts| facts.as_ref().ok());
    let schema = found.map(|f| f.schema).or(noted.map(|n| n.schema)).unwrap_or(0);
    let kept_aside = recovery::is_kept_aside(&looked.path);
    let message = match facts {
        Some(Err(wrong)) => wrong.clone(),
        _ if noted.is_some_and(|n| !n.tolerated.is_empty()) => sentences::tolerated(lang),
        _ if kept_aside => sentences::kept_aside(lang),
        _ if schema > 0 && schema < till_store::schema() => sentences::older_schema(lang),
        _ => String::new(),
    };
    BackupView {
        path: looked.path.display().to_string(),
        made_at: looked.made_at,
        bytes: looked.bytes,
        tickets: found.map(|f| f.tickets).or(noted.map(|n| n.tickets)).unwrap_or(0),
        journal_rows: found.map(|f| f.head.seq).or(noted.map(|n| n.journal_rows)).unwrap_or(0),
        schema,
        sha256: looked.sha256.clone(),
        sound: facts.map(std::result::Result::is_ok),
        message,
        copied: false,
    }
}

/// Everything in a data directory that a restore may start from: backups, copies made before an update, and what earlier
/// restores replaced. Not opened, except where nothing is noted beside a file.
pub(crate) fn all(lang: Lang, dir: &Path) -> Vec<Looked> {
    let usual = dir.join(FOLDER);
    let mut files: Vec<PathBuf> = folder::names(&usual).iter().map(|name| usual.join(name)).collect();
    files.extend(recovery::kept_beside(dir));
    let mut all: Vec<Looked> = files.iter().map(|path| make::glance(path)).collect();
    for looked in all.iter_mut().filter(|looked| looked.noted.is_none()) {
        let found = till_store::examine(&looked.path, Depth::Glance, &Stop::default());
        if let Ok(facts) = &found
            && facts.last_at > 0
        {
            looked.made_at = facts.last_at;
        }
        looked.facts = Some(found.map_err(|cause| sentences::damage(lang, &cause)));
    }
    all.sort_by_key(|looked| std::cmp::Reverse(looked.made_at));
    all
}

pub(crate) async fn list(state: &Arc<State>) -> Result<BackupList> {
    let lang = state.shop().settings.lang;
    let dir = state.dir.clone();
    let all = if state.practice { Vec::new() } else { beside(state, move || all(lang, &dir)).await? };
    let folder = state.dir.join(FOLDER);
    let last_at = all.iter().filter(|b| b.path.starts_with(&folder)).map(|b| b.made_at).max();
    Ok(BackupList {
        folder: folder.display().to_string(),
        trouble: state.backup.trouble(),
        prepared: recovery::pending::restore_of(&state.dir),
        last_at,
        next_at: schedule::next(state, last_at),
        backups: all
            .into_iter()
            .map(|looked| {
                let mut view = view(state, looked);
                // A glance finds much wrong, but nothing sound.
                if view.sound == Some(true) && !lock(&state.backup.looked).contains_key(Path::new(&view.path)) {
                    view.sound = None;
                }
                view
            })
            .collect(),
    })
}

/// The live database must not be read as a plain file, nor restored from itself.
pub(super) fn refuse_live(state: &State, path: &Path) -> Result<()> {
    if !recovery::same_file(path, state.store.path()) {
        return Ok(());
    }
    let lang = state.shop().settings.lang;
    Err(words::error(lang, Code::Invalid, "这就是正在使用的数据文件", "This is the database in use"))
}

pub(crate) async fn check(state: &Arc<State>, path: String) -> Result<BackupView> {
    let path = PathBuf::from(path.trim());
    refuse_live(state, &path)?;
    let lang = state.shop().settings.lang;
    let stop = state.backup.stop.clone();
    let looked = beside(state, move || look_through(lang, &path, &stop)).await??;
    let wrong = looked.facts.as_ref().and_then(|facts| facts.as_ref().err().cloned());
    let seen = Seen { bytes: looked.bytes, made_at: looked.made_at, wrong };
    lock(&state.backup.looked).insert(looked.path.clone(), seen);
    Ok(view(state, looked))
}

/// Looks at a file thoroughly. A file that cannot be relied on is an answer; one that is not there is an error.
pub(crate) fn look_through(lang: Lang, path: &Path, stop: &Stop) -> Result<Looked> {
    match make::look(path, Depth::Full, stop) {
        Ok((looked, _)) => Ok(looked),
        Err(Trouble::Damage(cause @ till_store::Damage::Missing)) => {
            Err(ApiError::new(Code::NotFound, sentences::damage(lang, &cause)))
        }
        Err(cause) => {
            tracing::warn!(%cause, path = %path.display(), "a backup is not sound");
            let facts = Some(Err(sentences::trouble(lang, &cause)));
            Ok(Looked { facts, ..make::glance(path) })
        }
    }
}
