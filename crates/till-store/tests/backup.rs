//! Copies of the database file, and what a look from outside finds in every kind of damage.

#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

use std::path::{Path, PathBuf};

use sqlx::{ConnectOptions, Connection, Row, SqliteConnection, sqlite::SqliteConnectOptions};
use till_core::due::TailDirection;
use till_core::price::{Line, Rounding, Sale, price};
use till_core::{Channel, Fen};
use till_store::{Act, Damage, Depth, NewCode, NewTicket, Stop, Store, copy, examine, schema};

fn ticket(n: i64) -> NewTicket {
    let line = Line { name: "馄饨".into(), price_fen: Fen::new(100_000 + n * 1_000).unwrap(), count: 1 };
    let sale = Sale { lines: vec![line], discount: None, note: String::new() };
    NewTicket {
        request_id: format!("r{n}"),
        actor: "test".into(),
        at: 1_000 + n,
        expires_at: 181_000 + n,
        business_date: "2026-11-20".into(),
        priced: price(&sale, Rounding::None).unwrap(),
        sale,
        direction: TailDirection::Down,
        tail_max: Fen::new(50).unwrap(),
        trades: Vec::new(),
        served: Vec::new(),
    }
}

async fn shop(path: &Path, tickets: i64) -> Store {
    let store = Store::open(path).await.unwrap();
    let code = NewCode {
        request_id: "code".into(),
        actor: "test".into(),
        at: 1,
        account_id: None,
        channel: Channel::Wechat,
        label: "w".into(),
        payload: "wxp://test".into(),
        kind: "wechat_personal".into(),
        amount: None,
    };
    store.add_code(code).await.unwrap();
    for n in 0..tickets {
        assert!(matches!(store.open_ticket(ticket(n)).await.unwrap(), Act::New(_)));
    }
    store
}

async fn raw(path: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(path).connect().await.unwrap()
}

fn full(path: &Path) -> Result<till_store::Facts, Damage> {
    examine(path, Depth::Full, &Stop::default())
}

/// A closed database of 300 tickets, in one file.
async fn closed(dir: &tempfile::TempDir) -> PathBuf {
    let path = dir.path().join("till.db");
    shop(&path, 300).await.close().await;
    path
}

fn all(bytes: &[u8], text: &[u8]) -> Vec<usize> {
    bytes.windows(text.len()).enumerate().filter(|(_, w)| *w == text).map(|(at, _)| at).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_made_while_the_till_sells_is_whole_and_of_one_moment() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("till.db");
    let store = shop(&path, 20).await;
    let selling = {
        let store = store.clone();
        tokio::spawn(async move {
            for n in 20..400 {
                store.open_ticket(ticket(n)).await.unwrap();
            }
        })
    };
    let mut seen = Vec::new();
    for n in 0..6 {
        let target = dir.path().join(format!("copy-{n}.db"));
        let source = path.clone();
        let to = target.clone();
        tokio::task::spawn_blocking(move || copy(&source, &to, &Stop::default())).await.unwrap().unwrap();
        let facts = full(&target).unwrap();
        let mut db = raw(&target).await;
        // A ticket, its hold and its journal row are of one transaction: a copy from between them would show.
        let sums = "SELECT (SELECT count(*) FROM ticket), (SELECT count(DISTINCT ticket_id) FROM hold),
          (SELECT count(*) FROM journal WHERE act = 'ticket.opened'), (SELECT sum(due_fen) FROM ticket), (SELECT sum(amount_fen) FROM hold)";
        let row = sqlx::query(sums).fetch_one(&mut db).await.unwrap();
        let [tickets, holds, opened, due, held] = [0, 1, 2, 3, 4].map(|n| row.get::<i64, _>(n));
        assert_eq!((tickets, tickets, due), (holds, opened, held));
        assert_eq!(facts.tickets, tickets);
        seen.push(tickets);
    }
    selling.await.unwrap();
    assert!(seen.windows(2).all(|w| w[0] <= w[1]) && seen[0] >= 20, "{seen:?}");
    assert!(!PathBuf::from(format!("{}-wal", dir.path().join("copy-0.db").display())).exists(), "one file");
}

#[tokio::test]
async fn a_copy_never_writes_over_a_file_and_only_its_owner_reads_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = closed(&dir).await;
    let target = dir.path().join("copy.db");
    copy(&path, &target, &Stop::default()).unwrap();
    assert!(matches!(copy(&path, &target, &Stop::default()), Err(Damage::Unwritable(_))));
    let nowhere = dir.path().join("no/such/folder.db");
    assert!(matches!(copy(&path, &nowhere, &Stop::default()), Err(Damage::Unwritable(_))));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let (a, b) = (full(&path).unwrap(), full(&target).unwrap());
    assert_eq!((a.head, a.tickets, a.schema), (b.head, b.tickets, b.schema));
}

#[tokio::test]
async fn a_stopped_copy_stops() {
    let dir = tempfile::tempdir().unwrap();
    let path = closed(&dir).await;
    let stop = Stop::default();
    stop.stop();
    assert_eq!(copy(&path, &dir.path().join("copy.db"), &stop), Err(Damage::Stopped));
    assert_eq!(examine(&path, Depth::Full, &stop), Err(Damage::Stopped));
}

#[tokio::test]
async fn every_length_but_the_whole_is_found_short() {
    let dir = tempfile::tempdir().unwrap();
    let path = closed(&dir).await;
    let whole = std::fs::read(&path).unwrap();
    let cut = dir.path().join("cut.db");
    let some = [0, 1, 16, 99, 100, 512, 2_047, 2_048, 2_049, whole.len() / 2, whole.len() - 2_048, whole.len() - 1];
    for length in some {
        std::fs::write(&cut, &whole[..length]).unwrap();
        for depth in [Depth::Glance, Depth::Quick, Depth::Full] {
            let found = examine(&cut, depth, &Stop::default());
            assert!(matches!(found, Err(Damage::Damaged(_) | Damage::Foreign(_))), "{length} {depth:?}: {found:?}");
        }
    }
}

#[tokio::test]
async fn a_flipped_byte_in_the_header_the_schema_or_the_journal_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let path = closed(&dir).await;
    let whole = std::fs::read(&path).unwrap();
    let bad = dir.path().join("bad.db");
    let flip = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x01;
        std::fs::write(&bad, bytes).unwrap();
        full(&bad)
    };
    for (what, at) in [("magic", 3), ("page size", 16), ("schema format", 47)] {
        let found = flip(at);
        assert!(
            matches!(found, Err(Damage::Damaged(_) | Damage::Foreign(_) | Damage::Unreadable(_))),
            "{what}: {found:?}"
        );
    }
    let found = flip(all(&whole, b"'append-only'")[0] + 2);
    assert!(matches!(found, Err(Damage::Damaged(_) | Damage::Foreign(_))), "schema: {found:?}");
    // Inside a journal row SQLite sees nothing wrong: the chain does. It is any row, not only the newest.
    let rows = all(&whole, b"ticket.opened");
    assert!(rows.len() >= 300);
    let found = rows.iter().step_by(37).filter(|at| matches!(flip(**at), Err(Damage::Journal(_)))).count();
    assert!(found >= 5, "journal: {found}");
    // A page of a tree that only SQLite's own check reads.
    let mut zeroed = whole.clone();
    let page = whole.len() / 2 / 2_048 * 2_048;
    zeroed[page..page + 2_048].fill(0);
    std::fs::write(&bad, zeroed).unwrap();
    let found = examine(&bad, Depth::Quick, &Stop::default());
    assert!(matches!(found, Err(Damage::Damaged(_) | Damage::Journal(_))), "zeroed page: {found:?}");
}

#[tokio::test]
async fn no_flipped_byte_of_a_journal_row_goes_unseen() {
    let dir = tempfile::tempdir().unwrap();
    let path = closed(&dir).await;
    let mut db = raw(&path).await;
    sqlx::query("DROP TRIGGER journal_is_fixed").execute(&mut db).await.unwrap();
    db.close().await.unwrap();
    let pristine = std::fs::read(&path).unwrap();
    for column in ["at", "actor", "act", "subject", "before", "after", "prev_hash", "hash"] {
        std::fs::write(&path, &pristine).unwrap();
        let mut db = raw(&path).await;
        let value = match column {
            "at" => "at + 1".to_owned(),
            "prev_hash" | "hash" => format!("CAST('x' || substr({column}, 2) AS BLOB)"),
            _ => format!("{column} || ' '"),
        };
        let sql = format!("UPDATE journal SET {column} = {value} WHERE seq = 9");
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut db).await.unwrap();
        let made =
            "CREATE TRIGGER journal_is_fixed BEFORE UPDATE ON journal BEGIN SELECT raise(ABORT, 'append-only'); END";
        sqlx::query(made).execute(&mut db).await.unwrap();
        db.close().await.unwrap();
        assert_eq!(full(&path), Err(Damage::Journal(9)), "{column}");
        std::fs::write(&path, &pristine).unwrap();
    }
}

#[tokio::test]
async fn a_file_whose_rules_were_taken_out_is_not_ours() {
    let dir = tempfile::tempdir().unwrap();
    let path = closed(&dir).await;
    let pristine = std::fs::read(&path).unwrap();
    for sql in [
        "DROP TRIGGER settlement_is_fixed",
        "DROP INDEX hold_live",
        "CREATE TRIGGER extra AFTER INSERT ON ticket BEGIN DELETE FROM parked; END",
        "ALTER TABLE ticket ADD COLUMN more TEXT",
        "DROP TABLE _sqlx_migrations",
    ] {
        std::fs::write(&path, &pristine).unwrap();
        let mut db = raw(&path).await;
        sqlx::query(sql).execute(&mut db).await.unwrap();
        db.close().await.unwrap();
        assert!(matches!(full(&path), Err(Damage::Foreign(_))), "{sql}: {:?}", full(&path));
    }
    std::fs::write(&path, "a shopping list ".repeat(400)).unwrap();
    assert!(matches!(full(&path), Err(Damage::Damaged(_))));
    assert_eq!(full(&dir.path().join("none.db")), Err(Damage::Missing));
    assert!(matches!(full(dir.path()), Err(Damage::Unreadable(_))));
}

#[tokio::test]
async fn a_row_that_names_a_missing_row_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let path = closed(&dir).await;
    let mut db = raw(&path).await;
    sqlx::query("PRAGMA foreign_keys = off").execute(&mut db).await.unwrap();
    sqlx::query("INSERT INTO hold (ticket_id, account_id, code_id, amount_fen) VALUES (9999, 1, 1, 7)")
        .execute(&mut db)
        .await
        .unwrap();
    db.close().await.unwrap();
    assert!(matches!(full(&path), Err(Damage::Damaged(cause)) if cause.contains("hold")));
}

/// A database as the first version of the program left it.
async fn first_version(path: &Path) {
    let store = shop(path, 3).await;
    store.close().await;
    std::fs::remove_file(path).unwrap();
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let mut db = options.connect().await.unwrap();
    let all: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations");
    let first = all.iter().filter(|m| m.version == 1).cloned().collect::<Vec<_>>();
    let mut only = all;
    only.migrations = first.into();
    only.run_direct(None, &mut db, false).await.unwrap();
    sqlx::query("INSERT INTO setting (key, value) VALUES ('kept', '1')").execute(&mut db).await.unwrap();
    db.close().await.unwrap();
}

#[tokio::test]
async fn an_older_file_is_fine_and_a_newer_one_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("till.db");
    first_version(&path).await;
    let facts = full(&path).unwrap();
    assert_eq!((facts.schema, facts.tickets, facts.head.seq), (1, 0, 0));
    let store = Store::open(&path).await.unwrap();
    assert_eq!(store.setting("kept").await.unwrap().as_deref(), Some("1"));
    store.close().await;
    assert_eq!(full(&path).unwrap().schema, schema());
    let before = full(&dir.path().join("till.db.before-1")).unwrap();
    assert_eq!(before.schema, 1, "the copy before the update is there and sound");

    let mut db = raw(&path).await;
    let later = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'later', 1, x'00', 1)";
    sqlx::query(later).execute(&mut db).await.unwrap();
    db.close().await.unwrap();
    assert_eq!(full(&path), Err(Damage::Newer));
}

#[tokio::test]
async fn a_copy_before_an_update_that_was_cut_short_is_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("till.db");
    first_version(&path).await;
    std::fs::write(dir.path().join("till.db.before-1.part"), "half a copy").unwrap();
    Store::open(&path).await.unwrap().close().await;
    assert_eq!(full(&dir.path().join("till.db.before-1")).unwrap().schema, 1);
}

#[tokio::test]
async fn a_file_is_read_with_its_log_and_without_changing_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("till.db");
    let store = shop(&path, 5).await;
    let (db, log) = (dir.path().join("moved #1?.db"), dir.path().join("moved #1?.db-wal"));
    std::fs::copy(&path, &db).unwrap();
    std::fs::copy(dir.path().join("till.db-wal"), &log).unwrap();
    store.close().await;
    let bytes = (std::fs::read(&db).unwrap(), std::fs::read(&log).unwrap());
    assert_eq!(full(&db).unwrap().tickets, 5);
    assert_eq!(bytes, (std::fs::read(&db).unwrap(), std::fs::read(&log).unwrap()));
    let folded = dir.path().join("folded.db");
    copy(&db, &folded, &Stop::default()).unwrap();
    assert_eq!(full(&folded).unwrap().tickets, 5);
    // Without its log it ends earlier, and is sound all the same: only a note of its end can tell.
    std::fs::remove_file(&log).unwrap();
    assert!(full(&db).unwrap().tickets < 5);
}
