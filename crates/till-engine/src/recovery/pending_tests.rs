//! The power goes at every step of a restore and of a new start: the next start finds the old database or the new one,
//! whole, with its own log or with none.

use super::*;
use crate::api::{BackupView, RestorePlan};

const NEW: &[u8] = b"the new database";
const OLD: &[u8] = b"the old database";
const OLD_LOG: &[u8] = b"the log of the old database";

fn kept(dir: &Path) -> PathBuf {
    dir.join("till.db.replaced-20261120-140000")
}

fn pending(dir: &Path, sha256: &str) -> Pending {
    let from = BackupView {
        path: "/stick/backup.db".into(),
        made_at: 1,
        bytes: 1,
        tickets: 1,
        journal_rows: 1,
        schema: 1,
        sha256: sha256.into(),
        sound: Some(true),
        message: String::new(),
        copied: false,
    };
    let kept_as = kept(dir).display().to_string();
    let plan = RestorePlan { from, kept_as, tickets_lost: 0, journal_lost: 0 };
    let change = Change::Restore { sha256: sha256.into(), plan, replaces: true, tolerated: String::new() };
    Pending { id: "x".into(), actor: "cli".into(), at: 1_000, change }
}

fn prepare(dir: &Path) -> Pending {
    fs::write(dir.join(DATABASE), OLD).unwrap();
    fs::write(dir.join(LOG), OLD_LOG).unwrap();
    fs::write(dir.join(MEMORY), "memory").unwrap();
    fs::write(dir.join(STAGED), NEW).unwrap();
    let sha256 = folder::hash(&dir.join(STAGED), &Stop::default()).unwrap();
    let pending = pending(dir, &sha256);
    pending.write(dir).unwrap();
    pending
}

/// A step that ends the program at the `n`th call.
fn cut(n: usize) -> impl FnMut(&'static str) -> io::Result<()> {
    let mut left = n;
    move |step| {
        if left == 0 {
            return Err(io::Error::other(step));
        }
        left -= 1;
        Ok(())
    }
}

fn read(path: PathBuf) -> Option<Vec<u8>> {
    fs::read(path).ok()
}

#[test]
fn a_restore_cut_short_anywhere_is_finished_by_the_next_start() {
    let mut cuts = 0;
    for n in 0.. {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path();
        let order = prepare(dir);
        let first = carry_out(dir, 2_000, &mut cut(n));
        // Never a database with the log of another, and never neither of the two.
        let (database, log) = (read(dir.join(DATABASE)), read(dir.join(LOG)));
        match database.as_deref() {
            Some(NEW) => assert_eq!(log, None, "cut {n}"),
            Some(OLD) => assert!(log.is_some() || read(log_beside(&kept(dir))).is_some(), "cut {n}"),
            Some(other) => panic!("cut {n}: {other:?}"),
            None => assert!(read(kept(dir)).as_deref() == Some(OLD) && dir.join(STAGED).exists(), "cut {n}"),
        }
        let done = first.is_ok();
        cuts += usize::from(!done);
        // Twice: a start that ends before the journal has it finds it made.
        for _ in 0..2 {
            let again = carry_out(dir, 3_000, &mut cut(usize::MAX)).unwrap();
            assert_eq!(again, Carried::Done(Box::new(order.clone())), "cut {n}");
            assert_eq!(read(dir.join(DATABASE)).as_deref(), Some(NEW), "cut {n}");
            assert_eq!((read(dir.join(LOG)), read(dir.join(MEMORY))), (None, None), "cut {n}");
            assert_eq!(read(kept(dir)).as_deref(), Some(OLD), "cut {n}");
            assert_eq!(read(log_beside(&kept(dir))).as_deref(), Some(OLD_LOG), "cut {n}");
        }
        forget(dir).unwrap();
        assert_eq!(carry_out(dir, 4_000, &mut cut(usize::MAX)).unwrap(), Carried::Nothing);
        if done {
            break;
        }
    }
    assert!(cuts >= 4, "{cuts} steps to be cut at");
}

#[test]
fn a_restore_whose_staged_file_went_bad_is_undone_wherever_it_was_cut() {
    for n in 0..4 {
        for gone in [false, true] {
            let dir = tempfile::tempdir().unwrap();
            let dir = dir.path();
            prepare(dir);
            assert!(carry_out(dir, 2_000, &mut cut(n)).is_err(), "cut {n}");
            if gone {
                fs::remove_file(dir.join(STAGED)).unwrap();
            } else {
                fs::write(dir.join(STAGED), "something else").unwrap();
            }
            let found = carry_out(dir, 3_000, &mut cut(usize::MAX)).unwrap();
            assert!(matches!(found, Carried::Undone(_)), "cut {n}");
            assert_eq!(read(dir.join(DATABASE)).as_deref(), Some(OLD), "cut {n}");
            assert_eq!(read(dir.join(LOG)).as_deref(), Some(OLD_LOG), "cut {n}");
            assert!(Pending::read(dir).is_none() && !dir.join(STAGED).exists());
        }
    }
}

#[test]
fn an_old_order_is_dropped_unless_it_was_begun() {
    let dir = tempfile::tempdir().unwrap();
    prepare(dir.path());
    assert!(matches!(carry_out(dir.path(), 1_001 + WAITS_MS, &mut cut(9)).unwrap(), Carried::Undone(_)));
    assert_eq!(read(dir.path().join(DATABASE)).as_deref(), Some(OLD));
    prepare(dir.path());
    assert!(carry_out(dir.path(), 2_000, &mut cut(1)).is_err());
    assert!(matches!(carry_out(dir.path(), 1_001 + WAITS_MS, &mut cut(9)).unwrap(), Carried::Done(_)));
}

#[test]
fn a_new_start_cut_short_anywhere_puts_the_old_database_aside_once() {
    for n in 0..6 {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path();
        prepare(dir);
        fs::write(dir.join(STAGED), "").unwrap();
        let change = Change::StartEmpty { kept_as: kept(dir).display().to_string() };
        let order = Pending { id: "x".into(), actor: "cli".into(), at: 1_000, change };
        order.write(dir).unwrap();
        let _ = carry_out(dir, 2_000, &mut cut(n));
        assert_eq!(carry_out(dir, 2_000, &mut cut(usize::MAX)).unwrap(), Carried::Done(Box::new(order.clone())));
        assert_eq!((read(dir.join(DATABASE)), read(dir.join(LOG))), (None, None));
        // The new database is there now; a start that was cut short before the journal had it leaves it alone.
        fs::write(dir.join(DATABASE), NEW).unwrap();
        assert_eq!(carry_out(dir, 2_000, &mut cut(usize::MAX)).unwrap(), Carried::Done(Box::new(order)));
        assert_eq!(read(dir.join(DATABASE)).as_deref(), Some(NEW), "cut {n}");
        assert_eq!(read(kept(dir)).as_deref(), Some(OLD), "cut {n}");
        assert_eq!(read(log_beside(&kept(dir))).as_deref(), Some(OLD_LOG), "cut {n}");
    }
}

#[test]
fn an_order_that_does_not_read_and_a_staged_file_without_one_change_nothing() {
    let dir = tempfile::tempdir().unwrap();
    prepare(dir.path());
    fs::write(dir.path().join(PENDING), "{").unwrap();
    assert_eq!(carry_out(dir.path(), 2_000, &mut cut(9)).unwrap(), Carried::Nothing);
    assert_eq!(read(dir.path().join(DATABASE)).as_deref(), Some(OLD));
    assert!(!dir.path().join(STAGED).exists());
}
