//! A folder of backups: their names, what is noted beside each, and which ones are kept.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use till_store::Stop;

use crate::api::BackupSettings;

/// Backups in the data directory.
pub(crate) const FOLDER: &str = "backups";
const PREFIX: &str = "qiantai-";
const SUFFIX: &str = ".db";

/// What is noted beside a backup when it is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub(crate) made_at: i64,
    /// Hex, of the file.
    pub(crate) sha256: String,
    pub(crate) bytes: i64,
    pub(crate) tickets: i64,
    pub(crate) journal_rows: i64,
    /// Hex, of the newest journal row.
    pub(crate) journal_head: String,
    pub(crate) schema: i64,
    /// The program that made it.
    pub(crate) version: String,
    /// Damage that a person had chosen to go on with.
    #[serde(default)]
    pub(crate) tolerated: String,
}

/// An instant as it stands in file names, in a zone: `20261120-140000`.
pub(crate) fn stamp(at: i64, zone: &TimeZone) -> String {
    let at = Timestamp::from_millisecond(at).unwrap_or_default().to_zoned(zone.clone());
    at.strftime("%Y%m%d-%H%M%S").to_string()
}

/// A free name for a backup made at an instant: newer than all of its second, so that the order of names is the order
/// in which they were made.
pub(crate) fn new_name(folder: &Path, at: i64, zone: &TimeZone) -> String {
    let stamp = stamp(at, zone);
    let first = format!("{PREFIX}{stamp}{SUFFIX}");
    // An hour that comes twice in autumn, or two copies within a second.
    let same_second =
        |name: &String| parts(name).filter(|(day, time, _)| stamp == format!("{day}-{time}")).map(|p| p.2);
    let taken = names(folder).iter().filter_map(same_second).max();
    taken.map_or(first, |nth| format!("{PREFIX}{stamp}-{}{SUFFIX}", nth + 1))
}

/// The parts of a name of ours: `YYYYMMDD`, `HHMMSS`, and which one of that second. Everything else in a folder is not
/// ours to touch.
fn parts(name: &str) -> Option<(&str, &str, u32)> {
    let stem = name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?;
    let mut parts = stem.split('-');
    let (day, time, nth) = (parts.next()?, parts.next()?, parts.next());
    let digits = |text: &str, many: usize| text.len() == many && text.bytes().all(|b| b.is_ascii_digit());
    let nth = nth.map_or(Some(1), |nth| nth.parse().ok())?;
    (digits(day, 8) && digits(time, 6) && parts.next().is_none()).then_some((day, time, nth))
}

fn day_of(name: &str) -> Option<&str> {
    parts(name).map(|(day, ..)| day)
}

/// Backups of ours in a folder, newest first. A folder that is not there has none.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|e| e.file_name().into_string().ok()).collect();
    names.retain(|name| day_of(name).is_some());
    names.sort_unstable_by(|a, b| parts(b).cmp(&parts(a)));
    names
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// The name a file bears until it is whole.
pub(crate) fn part_of(path: &Path) -> PathBuf {
    beside(path, ".part")
}

impl Manifest {
    /// What is noted beside a backup, if it reads.
    pub(crate) fn read(backup: &Path) -> Option<Manifest> {
        serde_json::from_slice(&fs::read(beside(backup, ".json")).ok()?).ok()
    }

    /// Notes it beside a backup.
    pub(crate) fn write(&self, backup: &Path) -> io::Result<()> {
        write_whole(&beside(backup, ".json"), &serde_json::to_vec_pretty(self)?, true)
    }
}

/// Writes a small file so that it is there whole or not at all; `durable`: after a power cut too.
pub(crate) fn write_whole(path: &Path, bytes: &[u8], durable: bool) -> io::Result<()> {
    let part = part_of(path);
    remove(&part)?;
    let mut file = till_store::private(&part)?;
    file.write_all(bytes)?;
    if durable {
        file.sync_all()?;
    }
    drop(file);
    fs::rename(&part, path)?;
    if durable {
        sync_dir(path.parent().unwrap_or(Path::new(".")));
    }
    Ok(())
}

/// Removes a file if it is there.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

/// Makes renames in a directory last. Where a system has no such thing (Windows) its file system's journal does it.
pub(crate) fn sync_dir(dir: &Path) {
    #[cfg(unix)]
    if let Err(cause) = fs::File::open(dir).and_then(|dir| dir.sync_all()) {
        tracing::debug!(%cause, "directory not flushed");
    }
    #[cfg(not(unix))]
    let _ = dir;
}

/// The SHA-256 of a file, hex. Never of a live database: closing it would drop SQLite's locks.
pub(crate) fn hash(path: &Path, stop: &Stop) -> io::Result<String> {
    copy_hashed(path, &mut io::sink(), stop)
}

/// Copies a file byte for byte and flushes it; answers with the hash of what was read.
pub(crate) fn copy_bytes(from: &Path, to: &Path, stop: &Stop) -> io::Result<String> {
    let mut target = till_store::private(to)?;
    let hash = copy_hashed(from, &mut target, stop)?;
    target.sync_all()?;
    Ok(hash)
}

fn copy_hashed(from: &Path, to: &mut impl Write, stop: &Stop) -> io::Result<String> {
    let mut source = fs::File::open(from)?;
    let (mut sha, mut buffer) = (Sha256::new(), vec![0_u8; 1 << 18]);
    loop {
        if stop.is_stopped() {
            return Err(io::Error::new(io::ErrorKind::Interrupted, "stopped"));
        }
        let read = match io::Read::read(&mut source, &mut buffer) {
            Ok(0) => return Ok(hex::encode(sha.finalize())),
            Ok(read) => read,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        };
        let bytes = buffer.get(..read).unwrap_or_default();
        sha.update(bytes);
        to.write_all(bytes)?;
    }
}

/// Removes what is left of copies that never became whole.
pub(crate) fn sweep_parts(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().into_string().unwrap_or_default();
        let whole = name.strip_suffix(".part").map(|name| name.strip_suffix("-journal").unwrap_or(name));
        if whole.is_some_and(|name| day_of(name.strip_suffix(".json").unwrap_or(name)).is_some()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// On its newest day a folder keeps this many: somebody who makes a copy by hand in the evening finds it in the morning.
const OF_THE_NEWEST_DAY: usize = 10;

/// Which of these names (newest first) go: of each of the last days, weeks and months the newest one is kept, and the
/// last ones of the newest day. Days without a backup do not count: a shop that was shut for a month loses nothing.
pub(crate) fn outlived(names: &[String], keep: &BackupSettings) -> Vec<String> {
    let date = |name: &str| {
        let day = day_of(name)?;
        let part = |range: std::ops::Range<usize>| day.get(range)?.parse::<i16>().ok();
        let (year, month, day) = (part(0..4)?, part(4..6)?, part(6..8)?);
        jiff::civil::Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
    };
    let mut kept = vec![false; names.len()];
    let mut keep_newest_of = |many: u8, bucket: &dyn Fn(jiff::civil::Date) -> (i16, i8)| {
        let mut seen: Vec<(i16, i8)> = Vec::new();
        for (kept, name) in kept.iter_mut().zip(names) {
            let Some(bucket) = date(name).map(bucket) else {
                // Digits that are no date: not ours after all.
                *kept = true;
                continue;
            };
            if seen.contains(&bucket) || seen.len() >= usize::from(many) {
                continue;
            }
            seen.push(bucket);
            *kept = true;
        }
    };
    keep_newest_of(keep.keep_months, &|date| (date.year(), date.month()));
    keep_newest_of(keep.keep_weeks, &|date| (date.iso_week_date().year(), date.iso_week_date().week()));
    let newest = names.first().and_then(|name| day_of(name));
    let of_newest = kept.iter_mut().zip(names).take_while(|(_, name)| day_of(name) == newest);
    of_newest.take(OF_THE_NEWEST_DAY).for_each(|(kept, _)| *kept = true);
    let mut days: Vec<jiff::civil::Date> = Vec::new();
    for (kept, name) in kept.iter_mut().zip(names) {
        let Some(date) = date(name) else { continue };
        if !days.contains(&date) && days.len() < usize::from(keep.keep_days) {
            days.push(date);
            *kept = true;
        }
    }
    names.iter().zip(kept).filter(|(_, kept)| !kept).map(|(name, _)| name.clone()).collect()
}

/// Removes backups that have outlived their use, but never `newest`, which was just found sound.
pub(crate) fn retire(folder: &Path, keep: &BackupSettings, newest: &str) {
    for name in outlived(&names(folder), keep) {
        if name == newest {
            continue;
        }
        let path = folder.join(&name);
        if let Err(cause) = fs::remove_file(&path).and_then(|()| remove(&beside(&path, ".json"))) {
            tracing::warn!(%cause, name, "an old backup was not removed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(days: u8, weeks: u8, months: u8) -> BackupSettings {
        BackupSettings { keep_days: days, keep_weeks: weeks, keep_months: months, ..BackupSettings::default() }
    }

    #[test]
    fn only_names_of_ours_are_ours() {
        assert_eq!(day_of("qiantai-20261120-140000.db"), Some("20261120"));
        assert_eq!(day_of("qiantai-20261120-140000-2.db"), Some("20261120"));
        for other in [
            "qiantai-20261120-140000.db.json",
            "qiantai-20261120-140000.db.part",
            "qiantai-2026112-140000.db",
            "qiantai-20261120-140000-x.db",
            "qiantai-20261120-140000-2-3.db",
            "holiday-20261120-140000.db",
            "till.db",
        ] {
            assert_eq!(day_of(other), None, "{other}");
        }
    }

    #[test]
    fn the_second_of_a_second_is_newer_than_the_first() {
        let dir = tempfile::tempdir().unwrap();
        let newest_first = ["20261120-140001", "20261120-140000-10", "20261120-140000-2", "20261120-140000"];
        let newest_first = newest_first.map(|stamp| format!("qiantai-{stamp}.db"));
        for name in &newest_first {
            fs::write(dir.path().join(name), "x").unwrap();
        }
        assert_eq!(names(dir.path()), newest_first);
    }

    #[test]
    fn days_weeks_and_months_each_keep_their_newest() {
        let mut names: Vec<String> = Vec::new();
        let mut day = jiff::civil::date(2026, 1, 1);
        while day < jiff::civil::date(2026, 11, 21) {
            for hour in ["030000", "220000"] {
                names.push(format!("qiantai-{}-{hour}.db", day.strftime("%Y%m%d")));
            }
            day = day.tomorrow().unwrap();
        }
        names.sort_unstable_by(|a, b| b.cmp(a));
        let gone = outlived(&names, &settings(7, 4, 12));
        let kept: Vec<&String> = names.iter().filter(|name| !gone.contains(name)).collect();
        assert!(kept.iter().skip(2).all(|name| name.contains("-220000")), "the newest of a day: {kept:?}");
        assert!(kept[1].contains("1120-030000"), "all of the newest day: {kept:?}");
        let days: Vec<&str> = kept.iter().skip(1).map(|name| day_of(name).unwrap()).collect();
        // Seven days, the Sundays before them (this week's newest is one of the days), the ends of the months before.
        let expected = [
            "20261120", "20261119", "20261118", "20261117", "20261116", "20261115", "20261114", "20261108", "20261101",
            "20261031", "20260930", "20260831", "20260731", "20260630", "20260531", "20260430", "20260331", "20260228",
            "20260131",
        ];
        assert_eq!(days, expected);
    }

    #[test]
    fn the_newest_stays_whatever_is_set_and_a_pause_removes_nothing() {
        let names = ["qiantai-20261120-030000.db", "qiantai-20250101-030000.db"].map(String::from);
        assert_eq!(outlived(&names, &settings(0, 0, 0)), &names[1..]);
        assert!(outlived(&names, &settings(7, 4, 12)).is_empty());
        assert!(outlived(&["qiantai-20269999-030000.db".into()], &settings(0, 0, 0)).is_empty());
    }

    #[test]
    fn what_never_became_whole_is_swept_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let gone = [
            "qiantai-20261120-140000.db.part",
            "qiantai-20261120-140000.db.json.part",
            "qiantai-20261120-140000.db.part-journal",
        ];
        let stays = ["other.part", "qiantai-20261120-140000.db", "photo.jpg"];
        for name in gone.iter().chain(&stays) {
            fs::write(dir.path().join(name), "x").unwrap();
        }
        sweep_parts(dir.path());
        for name in stays {
            assert!(dir.path().join(name).exists(), "{name}");
        }
        assert!(!dir.path().join(gone[0]).exists() && !dir.path().join(gone[1]).exists());
    }
}
