//! The database file itself: what it refuses, whoever asks; what an update does to it; what a newer one meets.

#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

use sqlx::{ConnectOptions, Connection, Row, SqliteConnection, sqlite::SqliteConnectOptions};
use till_core::due::TailDirection;
use till_core::price::{Line, Rounding, Sale, price};
use till_core::{Channel, Fen};
use till_store::{Act, Chain, NewCode, NewDevice, NewTicket, OpenError, Outcome, Reading, Store, TakePush};

fn fen(n: i64) -> Fen {
    Fen::new(n).unwrap()
}

fn sale(n: i64) -> Sale {
    Sale { lines: vec![Line { name: String::new(), price_fen: fen(n), count: 1 }], discount: None, note: String::new() }
}

fn ticket(request: &str, n: i64) -> NewTicket {
    NewTicket {
        request_id: request.into(),
        actor: "test".into(),
        at: 1_000,
        expires_at: 181_000,
        business_date: "2026-11-20".into(),
        priced: price(&sale(n), Rounding::None).unwrap(),
        sale: sale(n),
        direction: TailDirection::Down,
        tail_max: fen(50),
        trades: Vec::new(),
        served: Vec::new(),
    }
}

fn push(key: &str, n: i64) -> TakePush {
    TakePush {
        device_id: 1,
        address: "192.168.1.2".into(),
        door: "vmq",
        replay_key: key.into(),
        digest: vec![1],
        received_at: 2_000,
        phone_at: None,
        battery: None,
        package: String::new(),
        title: String::new(),
        text: "x".into(),
        hint: None,
        fresh: true,
        contradicted: false,
        reading: Reading::Receipt { channel: Channel::Wechat, amount: fen(n), payer_note: None },
        rule: "vmq".into(),
        rules_version: 1,
        likeness: String::new(),
        business_date: "2026-11-20".into(),
        cooldown_paid: 60_000,
        cooldown_expired: 600_000,
    }
}

/// A store with one code, one phone, one waiting ticket of 15.00 and one paid of 8.00.
async fn shop(dir: &tempfile::TempDir) -> Store {
    let store = Store::open(&dir.path().join("till.db")).await.unwrap();
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
    let (key, token) = ("k".repeat(32), "t".repeat(32));
    let device = NewDevice { request_id: "phone".into(), actor: "test".into(), at: 1, name: "p".into(), key, token };
    store.add_device(device).await.unwrap();
    store.open_ticket(ticket("a", 1500)).await.unwrap();
    store.open_ticket(ticket("b", 800)).await.unwrap();
    assert!(matches!(store.take_push(push("one", 800), |_| {}).await.unwrap(), Outcome::Stored { .. }));
    store
}

async fn raw(dir: &tempfile::TempDir) -> SqliteConnection {
    SqliteConnectOptions::new().filename(dir.path().join("till.db")).foreign_keys(true).connect().await.unwrap()
}

#[tokio::test]
async fn the_file_refuses_what_must_never_be() {
    let dir = tempfile::tempdir().unwrap();
    let store = shop(&dir).await;
    let mut db = raw(&dir).await;
    for (sql, cause) in [
        ("UPDATE push SET text = 'y'", "append-only"),
        ("DELETE FROM push", "append-only"),
        ("UPDATE receipt SET amount_fen = 1", "append-only"),
        ("DELETE FROM settlement", "append-only"),
        ("UPDATE settlement SET amount_fen = 1", "append-only"),
        ("DELETE FROM journal", "append-only"),
        ("UPDATE journal SET actor = 'nobody'", "append-only"),
        ("DELETE FROM ticket", "never deleted"),
        ("UPDATE ticket SET status = 'open', ended_at = NULL WHERE id = 2", "keeps its sale"),
        ("UPDATE ticket SET gross_fen = 1 WHERE id = 1", "keeps its sale"),
        ("UPDATE ticket SET tail_fen = 1 WHERE id = 1", "CHECK"),
        ("INSERT INTO hold (ticket_id, account_id, code_id, amount_fen) VALUES (2, 1, 1, 1500)", "UNIQUE"),
        (
            "INSERT INTO settlement (ticket_id, nth, receipt_id, how, channel, amount_fen, late, at, business_date, actor)
             VALUES (1, 1, 1, 'accepted', 'wechat', 800, 0, 1, '2026-11-20', 'x')",
            "UNIQUE",
        ),
        (
            "INSERT INTO settlement (ticket_id, nth, how, channel, amount_fen, late, at, business_date, actor)
             VALUES (1, 1, 'auto', 'wechat', 800, 0, 1, '2026-11-20', 'x')",
            "CHECK",
        ),
        ("UPDATE ticket SET cool_until = NULL WHERE id = 2", "CHECK"),
        (
            "INSERT INTO settlement (ticket_id, nth, receipt_id, how, channel, amount_fen, late, at, business_date, actor)
             VALUES (2, 2, 1, 'auto', 'wechat', 800, 0, 1, '2026-11-20', 'x')",
            "CHECK",
        ),
    ] {
        let refused = sqlx::query(sql).execute(&mut db).await.expect_err(sql).to_string();
        assert!(refused.contains(cause), "{sql}: {refused}");
    }
    let chain = store.check_journal().await.unwrap();
    assert!(matches!(chain, Chain::Intact { rows } if rows >= 5), "{chain:?}");
}

#[tokio::test]
async fn a_changed_journal_row_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let store = shop(&dir).await;
    let mut db = raw(&dir).await;
    sqlx::query("DROP TRIGGER journal_is_fixed").execute(&mut db).await.unwrap();
    sqlx::query("UPDATE journal SET after = '{}' WHERE seq = 3").execute(&mut db).await.unwrap();
    assert_eq!(store.check_journal().await.unwrap(), Chain::Broken { seq: 3 });
}

#[tokio::test]
async fn a_failed_act_takes_no_other_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let store = shop(&dir).await;
    let mut acts = tokio::task::JoinSet::new();
    for n in 0..60 {
        let store = store.clone();
        // Every third asks under a request id that was used for something else.
        let request = if n % 3 == 0 { "code".to_owned() } else { format!("r{n}") };
        acts.spawn(async move { store.open_ticket(ticket(&request, 100_000 + n * 1_000)).await });
    }
    let results = acts.join_all().await;
    assert_eq!(results.iter().filter(|r| matches!(r, Ok(Act::New(_)))).count(), 40);
    assert_eq!(store.waiting().await.unwrap().len(), 41);
    assert!(matches!(store.check_journal().await.unwrap(), Chain::Intact { .. }));
}

#[tokio::test]
async fn a_newer_file_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    shop(&dir).await.close().await;
    let mut db = raw(&dir).await;
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'later', 1, x'00', 1)",
    )
    .execute(&mut db)
    .await
    .unwrap();
    db.close().await.unwrap();
    assert!(matches!(Store::open(&dir.path().join("till.db")).await, Err(OpenError::Newer)));
}

#[tokio::test]
async fn something_else_is_not_taken_for_a_till() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("till.db");
    std::fs::write(&path, "this is no database, but it is long enough to look like a file of one".repeat(20)).unwrap();
    assert!(matches!(Store::open(&path).await, Err(OpenError::Broken(_))));
    assert!(std::fs::read_to_string(&path).unwrap().starts_with("this is no database"), "the file is left as it was");
}

#[tokio::test]
async fn what_was_answered_is_on_disk() {
    let dir = tempfile::tempdir().unwrap();
    let store = shop(&dir).await;
    // Another connection sees it without the store being closed: it was committed, not just queued.
    let mut db = raw(&dir).await;
    let row = sqlx::query("SELECT status, (SELECT count(*) FROM settlement) FROM ticket WHERE id = 2");
    let row = row.fetch_one(&mut db).await.unwrap();
    assert_eq!((row.get::<String, _>(0).as_str(), row.get::<i64, _>(1)), ("paid", 1));
    let mode = sqlx::query("PRAGMA journal_mode").fetch_one(&mut db).await.unwrap();
    assert_eq!(mode.get::<String, _>(0), "wal");
    drop(store);
}

#[tokio::test]
async fn closing_folds_the_log_into_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let store = shop(&dir).await;
    let clone = store.clone();
    store.close().await;
    assert!(!dir.path().join("till.db-wal").exists(), "one file, ready to be copied");
    assert!(clone.open_ticket(ticket("later", 900)).await.is_err(), "a closed store does nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_goes_away_leaves_nothing_half_done() {
    let dir = tempfile::tempdir().unwrap();
    let store = shop(&dir).await;
    for round in 0..40_i64 {
        let acts: Vec<_> = (0..8_i64)
            .map(|n| {
                let store = store.clone();
                let new = ticket(&format!("{round}-{n}"), 10_000 + (round * 8 + n) * 100);
                tokio::spawn(async move { store.open_ticket(new).await })
            })
            .collect();
        // At whatever point each of them is: queued, writing for itself, or writing for the others.
        tokio::time::sleep(std::time::Duration::from_micros(150 * (round as u64 % 7))).await;
        for act in acts.iter().skip(round as usize % 3).step_by(2) {
            act.abort();
        }
        for act in acts {
            // Answered as done: it is there. Otherwise it was undone with the act of the one that went away.
            if let Ok(Ok(Act::New(full))) = act.await {
                assert_eq!(store.ticket(full.ticket.id).await.unwrap().offers.len(), 1);
            }
        }
        store.open_ticket(ticket(&format!("after-{round}"), 500_000 + round * 100)).await.unwrap();
    }
    assert!(matches!(store.check_journal().await.unwrap(), Chain::Intact { .. }));
    let mut db = raw(&dir).await;
    let alone = "SELECT count(*) FROM ticket t WHERE t.status = 'open' AND NOT EXISTS (SELECT 1 FROM hold WHERE ticket_id = t.id)";
    let row = sqlx::query(alone).fetch_one(&mut db).await.unwrap();
    assert_eq!(row.get::<i64, _>(0), 0, "a ticket never stands without its hold");
}

/// The fourth of five acts leads the next transaction or stands in it; whenever it goes away, the others are answered.
#[tokio::test]
async fn who_goes_away_takes_no_other_act_along() {
    let room = tempfile::tempdir().unwrap();
    let store = shop(&room).await;
    for round in 0..120 {
        let open = |act: i64| {
            let (store, new) = (store.clone(), ticket(&format!("{round}-{act}"), 100_000 * act + 100 * round + 10_000));
            tokio::spawn(async move { store.open_ticket(new).await })
        };
        let acts: Vec<_> = (0..5).map(open).collect();
        let (first, rest) = acts.split_first().unwrap();
        while !first.is_finished() {
            tokio::task::yield_now().await;
        }
        for _ in 0..round {
            tokio::task::yield_now().await;
        }
        rest[0].abort();
        for (place, act) in acts.into_iter().enumerate() {
            match act.await {
                Ok(opened) => drop(opened.unwrap_or_else(|cause| panic!("round {round}, act {place}: {cause}"))),
                Err(gone) => assert!(place == 1 && gone.is_cancelled(), "round {round}, act {place}: {gone}"),
            }
        }
    }
}
