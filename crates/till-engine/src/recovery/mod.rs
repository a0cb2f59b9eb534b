//! Before the engine opens: is the database there, whole, and where it was left? And the ways out if it is not. Nothing
//! here makes a new database where one was, unless a person chose that.

pub(crate) mod head;
pub(crate) mod pending;
mod start;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use till_store::{Depth, Stop};

use crate::api::{ApiError, BackupView, Code, Lang, RecoveryCause, RecoveryChoice, RecoveryView, RestorePlan};
use crate::backup::make::{self, Trouble};
use crate::backup::{self, folder, sentences};
use crate::ports::Ports;
use crate::words;
use pending::{Change, Pending};
pub(crate) use start::{Opening, Wrong, guard, opened};

pub(crate) const DATABASE: &str = "till.db";
pub(crate) const LOG: &str = "till.db-wal";
const MEMORY: &str = "till.db-shm";
const STAGED: &str = "restore.db";
const PENDING: &str = "recovery.json";
const KEPT: &str = "till.db.replaced-";
const BEFORE_UPDATE: &str = "till.db.before-";
/// Backups that are looked at before they are offered; the others are looked at when they are chosen.
const LOOKED_AT: usize = 3;

type Result<T> = std::result::Result<T, ApiError>;

/// True for a database that a restore or a new start put aside.
pub(crate) fn is_kept_aside(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(KEPT))
}

/// Copies made before updates and databases put aside, in a data directory.
pub(crate) fn kept_beside(dir: &Path) -> Vec<PathBuf> {
    let ours = |name: &str| {
        let kept = name.strip_prefix(KEPT).or(name.strip_prefix(BEFORE_UPDATE));
        kept.is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit() || b == b'-'))
    };
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries.filter(|e| e.file_name().to_str().is_some_and(ours)).map(|e| e.path()).collect()
}

/// True if two paths are one file, by whatever name.
pub(crate) fn same_file(a: &Path, b: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        if let (Ok(a), Ok(b)) = (fs::metadata(a), fs::metadata(b)) {
            return (a.dev(), a.ino()) == (b.dev(), b.ino());
        }
    }
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    real(a) == real(b)
}

/// A free name for what is put aside.
fn kept_name(dir: &Path, at: i64, zone: &TimeZone) -> PathBuf {
    let stamp = folder::stamp(at, zone);
    let free = |path: &PathBuf| !path.exists() && !till_store::log_of(path).exists();
    let first = dir.join(format!("{KEPT}{stamp}"));
    if free(&first) {
        return first;
    }
    (2..1_000).map(|n| dir.join(format!("{KEPT}{stamp}-{n}"))).find(free).unwrap_or(first)
}

/// A restore that was asked for.
pub(crate) struct Order {
    pub(crate) dir: PathBuf,
    pub(crate) path: PathBuf,
    pub(crate) id: String,
    pub(crate) actor: String,
    pub(crate) at: i64,
    pub(crate) zone: TimeZone,
    pub(crate) lang: Lang,
}

/// Takes a backup into the data directory, looks at what was taken thoroughly, and notes the restore for the next
/// start: the stick may be gone by then. Blocks.
pub(crate) fn prepare_restore(order: Order, stop: &Stop) -> Result<RestorePlan> {
    let Order { dir, path, id, actor, at, zone, lang } = order;
    let refused = |cause: Trouble| {
        tracing::warn!(%cause, path = %path.display(), "not restored from");
        let code = match &cause {
            Trouble::Damage(till_store::Damage::Missing) => Code::NotFound,
            Trouble::Damage(till_store::Damage::Unreadable(_) | till_store::Damage::Unwritable(_))
            | Trouble::Folder { .. } => Code::Unavailable,
            _ => Code::Invalid,
        };
        ApiError::new(code, sentences::trouble(lang, &cause))
    };
    let staged = dir.join(STAGED);
    let part = folder::part_of(&staged);
    let tolerated = folder::Manifest::read(&path).map(|noted| noted.tolerated).unwrap_or_default();
    let (sha256, facts) =
        stage(&path, &part, &tolerated, stop).inspect_err(|_| drop(folder::remove(&part))).map_err(refused)?;

    let mut from = make::glance(&path);
    let database = dir.join(DATABASE);
    let now = till_store::examine(&database, Depth::Glance, stop).ok();
    let common = now.as_ref().filter(|now| now.head.seq >= facts.head.seq).and_then(|_| {
        let hash = till_store::journal_hash(&database, facts.head.seq).ok()?;
        (hash.unwrap_or_default() == facts.head.hash).then_some((facts.tickets, facts.head.seq))
    });
    // Another till's backup has nothing in common with this one: everything here goes.
    let (tickets, rows) = common.unwrap_or_default();
    from.facts = Some(Ok(facts));
    let plan = RestorePlan {
        from: backup::plain_view(lang, &from),
        kept_as: kept_name(&dir, at, &zone).display().to_string(),
        tickets_lost: now.as_ref().map_or(0, |now| now.tickets - tickets),
        journal_lost: now.as_ref().map_or(0, |now| now.head.seq - rows),
    };
    let order = Pending {
        id,
        actor,
        at,
        change: Change::Restore { sha256, plan: plan.clone(), replaces: database.exists(), tolerated },
    };
    let written = (|| {
        // An order that was there before is not for this staged file.
        folder::remove(&dir.join(PENDING))?;
        fs::rename(&part, &staged)?;
        folder::sync_dir(&dir);
        order.write(&dir)
    })();
    written.map_err(make::at(&staged)).map_err(refused)?;
    Ok(plan)
}

/// Copies a backup byte for byte and looks at the copy. One with a log beside it (a database put aside, or copied by
/// hand) is folded into one file.
fn stage(
    path: &Path,
    part: &Path,
    tolerated: &str,
    stop: &Stop,
) -> std::result::Result<(String, till_store::Facts), Trouble> {
    folder::remove(part).map_err(make::at(part))?;
    // Says it plainly when there is nothing, or nothing of ours, before anything is copied.
    make::pass(path, Depth::Glance, tolerated, stop)?;
    let log = till_store::log_of(path);
    let sha256 = if fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
        till_store::copy(path, part, stop)?;
        folder::hash(part, stop).map_err(make::at(part))?
    } else {
        let found = folder::copy_bytes(path, part, stop).map_err(make::at(path))?;
        if folder::Manifest::read(path).is_some_and(|noted| noted.sha256 != found) {
            return Err(Trouble::OtherHash { found });
        }
        found
    };
    let facts = make::pass(part, Depth::Full, tolerated, stop)?;
    Ok((sha256, facts))
}

/// What is wrong with the database of a data directory that no till runs on, and the ways out; none if it opens as it
/// is. Blocks: it reads the newest backups through.
pub fn look(dir: &Path, lang: Lang, ports: &Ports) -> Option<RecoveryView> {
    let wrong = start::judge(dir).err()?;
    let cause = match &wrong {
        Wrong::Missing => RecoveryCause::Missing,
        Wrong::Broken { .. } => RecoveryCause::Broken,
        Wrong::Behind { .. } => RecoveryCause::Behind,
        Wrong::Newer => RecoveryCause::Newer,
        // Not the database's fault: nothing here would help.
        Wrong::Dir(_) => return None,
    };
    let mut all = backup::all(lang, dir);
    let second = head::Note::read(dir).map(|note| PathBuf::from(note.second_folder)).unwrap_or_default();
    let usual = dir.join(folder::FOLDER);
    if second.is_dir() && !same_file(&second, &usual) {
        let there = folder::names(&second).into_iter().filter(|name| !usual.join(name).exists());
        all.extend(there.map(|name| make::glance(&second.join(name))));
    }
    // What is known to be broken (the file an earlier restore put aside, say) is nobody's first choice.
    let best_first = |looked: &make::Looked| (matches!(looked.facts, Some(Err(_))), std::cmp::Reverse(looked.made_at));
    all.sort_by_key(best_first);
    let mut left = LOOKED_AT;
    let mut views: Vec<BackupView> = Vec::with_capacity(all.len());
    for mut looked in all {
        let thoroughly = left > 0 && !matches!(looked.facts, Some(Err(_)));
        if thoroughly {
            match make::look(&looked.path, Depth::Quick, &Stop::default()) {
                Ok((found, _)) => {
                    left -= 1;
                    looked = make::Looked { made_at: looked.made_at, ..found };
                }
                Err(cause) => looked.facts = Some(Err(sentences::trouble(lang, &cause))),
            }
        }
        let view = backup::plain_view(lang, &looked);
        // A glance finds much wrong, but nothing sound.
        let sound = view.sound.filter(|sound| thoroughly || !sound);
        views.push(BackupView { sound, ..view });
    }
    views.sort_by_key(|view| view.sound == Some(false));
    let now = ports.clock.now_ms();
    Some(RecoveryView {
        cause,
        path: dir.join(DATABASE).display().to_string(),
        message: start::sentence(lang, &wrong),
        rows_lost: match wrong {
            Wrong::Behind { rows, .. } => Some(rows),
            _ => None,
        },
        backups: views,
        can_keep_going: match &wrong {
            Wrong::Behind { .. } => true,
            Wrong::Broken { opens, .. } => *opens,
            _ => false,
        },
        can_start_empty: !matches!(wrong, Wrong::Newer),
        kept_as: kept_name(dir, now, &TimeZone::system()).display().to_string(),
    })
}

/// Does what a person chose, up to where the next opening of the engine finishes it. Takes the directory's lock, so no
/// till may run on it. `id` names the act in the journal. Answers what a restore replaces. Blocks.
pub fn choose(
    dir: &Path,
    choice: RecoveryChoice,
    id: &str,
    actor: &str,
    lang: Lang,
    ports: &Ports,
) -> Result<Option<RestorePlan>> {
    let lock = crate::take_lock(dir).map_err(|cause| match cause {
        crate::OpenError::InUse => words::error(
            lang,
            Code::Unavailable,
            "数据目录正被另一个钱台使用",
            "The data directory is in use by another till",
        ),
        other => ApiError::new(Code::Unavailable, other.to_string()),
    })?;
    let (at, zone) = (ports.clock.now_ms(), TimeZone::system());
    let (id, actor) = (id.to_owned(), actor.to_owned());
    let unwritable = |cause: io::Error| {
        ApiError::new(Code::Unavailable, sentences::trouble(lang, &Trouble::Folder { path: dir.join(PENDING), cause }))
    };
    let change = match choice {
        RecoveryChoice::Restore { path } => {
            let path = PathBuf::from(path.trim());
            if same_file(&path, &dir.join(DATABASE)) {
                let (zh, en) = ("这就是正在使用的数据文件", "This is the database in use");
                return Err(words::error(lang, Code::Invalid, zh, en));
            }
            let order = Order { dir: dir.to_owned(), path, id, actor, at, zone, lang };
            let plan = prepare_restore(order, &Stop::default())?;
            drop(lock);
            return Ok(Some(plan));
        }
        RecoveryChoice::StartEmpty {} => match start::judge(dir) {
            Err(Wrong::Missing | Wrong::Broken { .. } | Wrong::Behind { .. }) => {
                Change::StartEmpty { kept_as: kept_name(dir, at, &zone).display().to_string() }
            }
            _ => return Err(not_now(lang)),
        },
        RecoveryChoice::KeepGoing {} => match start::judge(dir) {
            Err(wrong @ Wrong::Behind { .. }) => {
                Change::KeepGoing { wrong: wrong.to_string(), tolerated: String::new() }
            }
            Err(Wrong::Broken { cause, opens: true, .. }) => {
                Change::KeepGoing { wrong: cause.clone(), tolerated: cause }
            }
            _ => return Err(not_now(lang)),
        },
    };
    let mark = matches!(change, Change::StartEmpty { .. });
    let written = folder::remove(&dir.join(PENDING)).and_then(|()| folder::remove(&dir.join(STAGED)));
    let marked = written.and_then(|()| if mark { till_store::private(&dir.join(STAGED)).map(drop) } else { Ok(()) });
    marked.and_then(|()| Pending { id, actor, at, change }.write(dir)).map_err(unwritable)?;
    drop(lock);
    Ok(None)
}

fn not_now(lang: Lang) -> ApiError {
    words::error(
        lang,
        Code::Conflict,
        "现在的数据文件不需要或不能这样处理",
        "The database as it is does not need this, or does not allow it",
    )
}

/// Looks at a backup file thoroughly, whether or not a till runs. Blocks.
pub fn check_file(path: &Path, lang: Lang) -> Result<BackupView> {
    Ok(backup::plain_view(lang, &backup::look_through(lang, path, &Stop::default())?))
}

/// Looks at the whole database of a data directory, also while a till runs on it. Blocks.
pub fn check_database(dir: &Path, lang: Lang) -> BackupView {
    let path = dir.join(DATABASE);
    let found = till_store::examine(&path, Depth::Full, &Stop::default());
    let found = found.map_err(|cause| {
        tracing::warn!(%cause, "the look at the database");
        sentences::damage(lang, &cause)
    });
    backup::plain_view(lang, &make::Looked { facts: Some(found), ..make::glance(&path) })
}
