//! Backups, restores and damaged databases, through the engine's own door and on real files.

#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

mod shop;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use shop::{START, Shop};
use till_engine::api::{Code, Event, Lang, RecoveryCause, RecoveryChoice, Request};
use till_engine::ports::{Clock, Ports};
use till_engine::{Engine, OpenError, OpenOptions, recovery};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

struct Fixed(i64);

impl Clock for Fixed {
    fn now_ms(&self) -> i64 {
        self.0
    }
}

fn ports(at: i64) -> Ports {
    Ports { clock: Arc::new(Fixed(at)), ..Ports::system() }
}

async fn open(dir: &Path) -> Result<Engine, OpenError> {
    Engine::open(OpenOptions { dir: dir.to_owned(), practice: false, ports: ports(START + HOUR) }).await
}

async fn ask(engine: &Engine, request: Value) -> Value {
    let request: Request = serde_json::from_value(request).unwrap();
    engine.call("test", request).await.unwrap()
}

/// Waits for a condition with a deadline, not for a time.
async fn until<T>(what: &str, mut found: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..400 {
        if let Some(found) = found().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("waited in vain for {what}");
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort_unstable();
    names
}

async fn back_up(shop: &Shop) -> Value {
    shop.act(json!({"verb": "back_up", "folder": ""})).await.unwrap()
}

fn path(view: &Value) -> PathBuf {
    PathBuf::from(view["path"].as_str().unwrap())
}

async fn tickets(engine: &Engine) -> usize {
    ask(engine, json!({"verb": "tickets", "status": null, "limit": 1000})).await.as_array().unwrap().len()
}

/// Sells `n` things, closes the till as it should be, and gives its directory.
async fn closed_shop(n: i64) -> tempfile::TempDir {
    let shop = Shop::new().await;
    for i in 0..n {
        shop.ring_up(1_000 + i * 100).await;
    }
    back_up(&shop).await;
    let Shop { engine, dir, .. } = shop;
    engine.close().await;
    dir
}

/// The same, pulled out of the wall: the files as they are while the till runs.
async fn killed_shop(n: i64) -> tempfile::TempDir {
    let shop = Shop::new().await;
    back_up(&shop).await;
    for i in 0..n {
        shop.ring_up(1_000 + i * 100).await;
    }
    let rows = ask(&shop.engine, json!({"verb": "ticket", "ticket_id": n})).await;
    assert_eq!(rows["id"], n);
    until("the note of the journal's end", async || {
        let note: Value = serde_json::from_slice(&std::fs::read(shop.dir.path().join("till.head")).ok()?).ok()?;
        (note["seq"].as_i64()? >= n && note["wrote"] == true).then_some(())
    })
    .await;
    let copy = tempfile::tempdir().unwrap();
    copy_all(shop.dir.path(), copy.path());
    copy
}

fn copy_all(from: &Path, to: &Path) {
    // The note last, as it is written after what it notes.
    let mut entries: Vec<_> = std::fs::read_dir(from).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort_by_key(|p| p.ends_with("till.head"));
    for entry in entries {
        let target = to.join(entry.file_name().unwrap());
        if entry.is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            copy_all(&entry, &target);
        } else {
            std::fs::copy(&entry, &target).unwrap();
        }
    }
}

fn look(dir: &Path) -> Option<till_engine::api::RecoveryView> {
    recovery::look(dir, Lang::En, &ports(START + HOUR))
}

fn choose(dir: &Path, choice: RecoveryChoice) -> Result<(), till_engine::api::ApiError> {
    recovery::choose(dir, choice, "chosen", "cli", Lang::En, &ports(START + HOUR)).map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_whole_noted_and_listed_and_asking_twice_makes_one() {
    let mut shop = Shop::new().await;
    shop.set("time_zone", json!("Asia/Shanghai")).await;
    shop.ring_up(1500).await;
    let request = json!({"verb": "back_up", "folder": "", "request_id": "once"});
    let (a, b) = tokio::join!(shop.ask(request.clone()), shop.ask(request.clone()));
    let (first, again) = (a.unwrap(), b.unwrap());
    assert_eq!(first, again);
    assert_eq!((&first["tickets"], &first["sound"], &first["message"]), (&json!(1), &json!(true), &json!("")));
    let folder = shop.dir.path().join("backups");
    assert_eq!(names(&folder), ["qiantai-20261120-140000.db", "qiantai-20261120-140000.db.json"]);
    let list = shop.ask(json!({"verb": "backups"})).await.unwrap();
    assert_eq!(list["backups"].as_array().unwrap().len(), 1, "{list}");
    assert_eq!((&list["trouble"], &list["last_at"]), (&json!(""), &json!(START)));
    // Three in the morning in Shanghai.
    assert_eq!(list["next_at"], START + 13 * HOUR);
    let said = until("the event", async || match shop.events.try_recv() {
        Ok(Event::BackupChanged { trouble }) => Some(trouble),
        _ => None,
    });
    assert_eq!(said.await, "");
    // The same second again: another name.
    let second = back_up(&shop).await;
    assert!(path(&second).ends_with("qiantai-20261120-140000-2.db"), "{second}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_in_a_rush_is_of_one_moment_and_holds_nobody_up() {
    let shop = Arc::new(Shop::new().await);
    let selling = {
        let shop = shop.clone();
        tokio::spawn(async move {
            for n in 0..150 {
                shop.ring_up(10_000 + n * 100).await;
            }
        })
    };
    let mut made = Vec::new();
    while !selling.is_finished() || made.is_empty() {
        made.push(back_up(&shop).await);
    }
    selling.await.unwrap();
    // The newest day keeps its last ten.
    for view in made.iter().rev().take(9) {
        let checked = shop.ask(json!({"verb": "check_backup", "path": view["path"]})).await.unwrap();
        assert_eq!((&checked["sound"], &checked["tickets"]), (&json!(true), &view["tickets"]));
    }
    assert!(!names(&shop.dir.path().join("backups")).iter().any(|n| n.contains("part")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_folder_gets_every_copy_and_catches_up_when_it_is_plugged_in() {
    let shop = Shop::new().await;
    let stick = tempfile::tempdir().unwrap();
    let second = stick.path().join("stick");
    shop.set("backup", json!({"second_folder": second})).await;
    let view = back_up(&shop).await;
    assert_eq!(view["copied"], false);
    let list = shop.ask(json!({"verb": "backups"})).await.unwrap();
    assert!(list["trouble"].as_str().unwrap().contains("U 盘"), "{list}");
    assert!(!second.exists(), "a folder that is not there is not made");
    std::fs::create_dir(&second).unwrap();
    shop.pass(60_000);
    until("the copy", async || (names(&second).len() == 2).then_some(())).await;
    let list = until("the trouble to end", async || {
        let list = shop.ask(json!({"verb": "backups"})).await.unwrap();
        (list["trouble"] == "").then_some(list)
    });
    assert_eq!(list.await["backups"][0]["copied"], true);
    assert_eq!(std::fs::read(path(&view)).unwrap(), std::fs::read(second.join(&names(&second)[0])).unwrap());
    // After a restart the trouble is still known: it is in the journal.
    std::fs::rename(&second, stick.path().join("unplugged")).unwrap();
    shop.pass(1_000);
    back_up(&shop).await;
    let shop = shop.reopen().await;
    let list = shop.ask(json!({"verb": "backups"})).await.unwrap();
    assert!(list["trouble"].as_str().unwrap().contains("U 盘"), "{list}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_takes_nothing_is_a_clear_trouble_and_the_till_goes_on() {
    let shop = Shop::new().await;
    // A file where the folder should be: it cannot be made, whoever asks.
    std::fs::write(shop.dir.path().join("backups"), "x").unwrap();
    let refused = shop.act(json!({"verb": "back_up", "folder": ""})).await.unwrap_err();
    assert_eq!(refused.code, Code::Unavailable);
    let list = shop.ask(json!({"verb": "backups"})).await.unwrap();
    assert_eq!(list["trouble"], refused.message.as_str());
    shop.ring_up(1500).await;
    std::fs::remove_file(shop.dir.path().join("backups")).unwrap();
    back_up(&shop).await;
    let list = shop.ask(json!({"verb": "backups"})).await.unwrap();
    assert_eq!(list["trouble"], "");
    for (folder, code) in [("relative/folder", Code::Invalid), ("/no/such/stick", Code::Unavailable)] {
        let refused = shop.act(json!({"verb": "back_up", "folder": folder})).await.unwrap_err();
        assert_eq!(refused.code, code, "{folder}");
    }
    // Elsewhere on demand: there and nowhere else.
    let other = tempfile::tempdir().unwrap();
    let view = shop.act(json!({"verb": "back_up", "folder": other.path()})).await.unwrap();
    assert_eq!((names(other.path()).len(), &view["sound"]), (2, &json!(true)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_daily_copy_is_made_at_its_hour_and_old_ones_go() {
    let shop = Shop::new().await;
    let folder = shop.dir.path().join("backups");
    shop.set("backup", json!({"daily_hour": 3, "keep_days": 3, "keep_weeks": 0, "keep_months": 0})).await;
    let made = async |many: usize| {
        until("the daily copy", async || {
            (names(&folder).iter().filter(|n| n.ends_with(".db")).count() == many).then_some(())
        })
        .await;
    };
    // The hour passed before the till was opened: soon after start.
    shop.pass(30_000);
    made(1).await;
    for day in 1..=4 {
        shop.ring_up(1_000).await;
        shop.pass(DAY);
        let newest = format!("qiantai-202611{}-", 20 + day);
        until("the next day's copy", async || {
            names(&folder).iter().any(|n| n.starts_with(&newest) && n.ends_with(".db")).then_some(())
        })
        .await;
    }
    made(3).await;
    let kept: Vec<String> =
        names(&folder).into_iter().filter(|n| n.ends_with(".db")).map(|n| n[..16].to_owned()).collect();
    assert_eq!(kept, ["qiantai-20261122", "qiantai-20261123", "qiantai-20261124"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_brings_back_what_was_and_keeps_what_it_replaces() {
    let shop = Shop::new().await;
    let phone = shop.phone("counter").await;
    shop.ring_up(1500).await;
    let backup = back_up(&shop).await;
    shop.ring_up(2500).await;
    shop.ring_up(3500).await;
    let request = json!({"verb": "restore", "path": backup["path"], "request_id": "back"});
    let plan = shop.ask(request.clone()).await.unwrap();
    assert_eq!(plan["tickets_lost"], 2);
    assert_eq!(plan, shop.ask(request.clone()).await.unwrap(), "asked twice, prepared once");
    assert_eq!(tickets(&shop.engine).await, 3, "nothing is replaced while the till runs");
    // The stick is gone by the time the till starts again.
    std::fs::remove_file(path(&backup)).unwrap();
    let shop = shop.reopen().await;
    assert_eq!(tickets(&shop.engine).await, 1);
    let devices = shop.ask(json!({"verb": "devices"})).await.unwrap();
    assert_eq!(devices[0]["id"], phone.id);
    assert_eq!(shop.heart(&phone, shop.now()).await, shop::OK, "the phone's key is the same");
    let kept = PathBuf::from(plan["kept_as"].as_str().unwrap());
    let checked = shop.ask(json!({"verb": "check_backup", "path": kept})).await.unwrap();
    assert_eq!((&checked["sound"], &checked["tickets"]), (&json!(true), &json!(3)));
    assert_eq!(plan, shop.ask(request).await.unwrap(), "asked once more after the start: as it was answered");
    assert!(!shop.dir.path().join("recovery.json").exists() && !shop.dir.path().join("restore.db").exists());
    // And back again, from what was put aside.
    let list = shop.ask(json!({"verb": "backups"})).await.unwrap();
    assert!(list["backups"].as_array().unwrap().iter().any(|b| b["path"] == plan["kept_as"]), "{list}");
    shop.act(json!({"verb": "restore", "path": kept})).await.unwrap();
    let shop = shop.reopen().await;
    assert_eq!(tickets(&shop.engine).await, 3);
    let shop = shop.reopen().await;
    assert_eq!(tickets(&shop.engine).await, 3, "once only");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prepared_restore_is_seen_and_may_be_taken_back() {
    let shop = Shop::new().await;
    let backup = back_up(&shop).await;
    shop.ring_up(2500).await;
    let plan = shop.act(json!({"verb": "restore", "path": backup["path"]})).await.unwrap();
    assert_eq!(shop.ask(json!({"verb": "backups"})).await.unwrap()["prepared"], plan);
    for _ in 0..2 {
        let list = shop.act(json!({"verb": "cancel_restore"})).await.unwrap();
        assert_eq!(list["prepared"], Value::Null);
    }
    assert!(!shop.dir.path().join("recovery.json").exists() && !shop.dir.path().join("restore.db").exists());
    let shop = shop.reopen().await;
    assert_eq!(tickets(&shop.engine).await, 1);
    let journal = shop.ask(json!({"verb": "journal", "filter": {"act": "restore."}, "limit": 9})).await.unwrap();
    let acts: Vec<&str> = journal.as_array().unwrap().iter().filter_map(|row| row["act"].as_str()).collect();
    assert_eq!(acts, ["restore.cancelled", "restore.prepared"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_restore_of_a_shorter_past_the_daily_copies_go_on() {
    let shop = Shop::new().await;
    let early = back_up(&shop).await;
    for n in 0..30 {
        shop.ring_up(1_000 + n * 100).await;
    }
    shop.pass(1_000);
    back_up(&shop).await;
    shop.act(json!({"verb": "restore", "path": early["path"]})).await.unwrap();
    let shop = shop.reopen().await;
    assert_eq!(tickets(&shop.engine).await, 0);
    shop.pass(DAY);
    let folder = shop.dir.path().join("backups");
    let copied =
        async || names(&folder).iter().any(|n| n.starts_with("qiantai-20261121") && n.ends_with(".db")).then_some(());
    until("the next day's copy", copied).await;
    // And after a pause.
    let before = names(&folder);
    shop.pass(3 * DAY);
    shop.ring_up(1_500).await;
    until("the copy after the pause", async || (names(&folder).len() > before.len()).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_computer_gets_the_shop_whole() {
    let shop = Shop::new().await;
    let phone = shop.phone("counter").await;
    shop.act(json!({"verb": "sell_cash", "sale": {"lines": [{"price_fen": 1234}]}, "tendered_fen": 2000}))
        .await
        .unwrap();
    let ticket = shop.ring_up(1500).await;
    assert_eq!(shop.vmq(&phone, "1", &shop::yuan(&ticket["due_fen"]), shop.now()).await, shop::OK);
    let today = shop.ask(json!({"verb": "today"})).await.unwrap();
    let backup = back_up(&shop).await;

    let new = tempfile::tempdir().unwrap();
    let path = backup["path"].as_str().unwrap().to_owned();
    choose(new.path(), RecoveryChoice::Restore { path }).unwrap();
    let engine = open(new.path()).await.unwrap();
    assert_eq!(ask(&engine, json!({"verb": "today"})).await, today);
    let pairing = ask(&engine, json!({"verb": "pairing", "device_id": phone.id})).await;
    assert_eq!((pairing["key"].as_str(), pairing["token"].as_str()), (Some(&*phone.key), Some(&*phone.token)));
    engine.close().await;
    open(new.path()).await.unwrap().close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_but_a_sound_backup_of_ours_is_restored_from() {
    let shop = Shop::new().await;
    shop.ring_up(1500).await;
    let backup = path(&back_up(&shop).await);
    let whole = std::fs::read(&backup).unwrap();
    let other = tempfile::tempdir().unwrap();
    let file = other.path().join("file.db");
    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0x10;
    for (what, bytes) in [
        ("empty", Vec::new()),
        ("100 bytes", whole[..100].to_vec()),
        ("half", whole[..whole.len() / 2].to_vec()),
        ("all but a byte", whole[..whole.len() - 1].to_vec()),
        ("garbage", b"no database at all ".repeat(500)),
    ] {
        std::fs::write(&file, bytes).unwrap();
        let refused = shop.act(json!({"verb": "restore", "path": file})).await.unwrap_err();
        assert_eq!(refused.code, Code::Invalid, "{what}: {refused}");
        let checked = shop.ask(json!({"verb": "check_backup", "path": file})).await.unwrap();
        assert_eq!(checked["sound"], false, "{what}");
        assert_ne!(checked["message"], "", "{what}");
    }
    // Anything that is not what was noted, though SQLite may find nothing in it.
    std::fs::write(&backup, flipped).unwrap();
    let refused = shop.act(json!({"verb": "restore", "path": backup})).await.unwrap_err();
    assert_eq!(refused.code, Code::Invalid);
    let missing = shop.act(json!({"verb": "restore", "path": other.path().join("none.db")})).await.unwrap_err();
    assert_eq!(missing.code, Code::NotFound);
    for live in ["till.db", "./till.db"] {
        let live = shop.dir.path().join(live);
        let refused = shop.act(json!({"verb": "restore", "path": live})).await.unwrap_err();
        assert_eq!(refused.code, Code::Invalid);
        assert_eq!(shop.ask(json!({"verb": "check_backup", "path": live})).await.unwrap_err().code, Code::Invalid);
    }
    let shop = shop.reopen().await;
    assert_eq!(tickets(&shop.engine).await, 1, "nothing was replaced");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_staged_restore_that_changed_or_grew_old_is_not_made() {
    let shop = Shop::new().await;
    let backup = back_up(&shop).await;
    shop.ring_up(1500).await;
    shop.act(json!({"verb": "restore", "path": backup["path"]})).await.unwrap();
    std::fs::OpenOptions::new().append(true).open(shop.dir.path().join("restore.db")).unwrap().set_len(4_096).unwrap();
    let shop = shop.reopen().await;
    assert_eq!(tickets(&shop.engine).await, 1);
    let list = shop.ask(json!({"verb": "backups"})).await.unwrap();
    assert_ne!(list["trouble"], "");
    shop.act(json!({"verb": "restore", "path": backup["path"]})).await.unwrap();
    shop.pass(DAY + 1);
    let shop = shop.reopen().await;
    assert_eq!(tickets(&shop.engine).await, 1);
    assert!(!shop.dir.path().join("restore.db").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_gone_is_never_made_anew_in_silence() {
    let dir = closed_shop(3).await;
    std::fs::remove_file(dir.path().join("till.db")).unwrap();
    assert!(matches!(open(dir.path()).await, Err(OpenError::Missing)));
    assert!(!dir.path().join("till.db").exists());
    let view = look(dir.path()).unwrap();
    assert_eq!((view.cause, view.can_keep_going, view.can_start_empty), (RecoveryCause::Missing, false, true));
    assert_eq!((view.backups.len(), view.backups[0].sound, view.backups[0].tickets), (1, Some(true), 3));
    assert!(choose(dir.path(), RecoveryChoice::KeepGoing {}).is_err());
    choose(dir.path(), RecoveryChoice::Restore { path: view.backups[0].path.clone() }).unwrap();
    let engine = open(dir.path()).await.unwrap();
    assert_eq!(tickets(&engine).await, 3);
    engine.close().await;
    assert!(look(dir.path()).is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_database_stops_the_start_and_stays_as_it_is() {
    let dir = closed_shop(200).await;
    let db = dir.path().join("till.db");
    let whole = std::fs::read(&db).unwrap();
    let mut broken: Vec<(String, Vec<u8>)> = [0, 1, 100, 2_048, whole.len() / 2, whole.len() - 1]
        .map(|length| (format!("{length} bytes"), whole[..length].to_vec()))
        .into();
    for at in [0, 16, 2_048, whole.len() / 2 / 2_048 * 2_048] {
        let mut bytes = whole.clone();
        bytes[at..at + 8].fill(0xA5);
        broken.push((format!("at {at}"), bytes));
    }
    broken.push(("garbage".into(), b"no database at all ".repeat(5_000)));
    for (what, bytes) in broken {
        std::fs::write(&db, &bytes).unwrap();
        let opened = open(dir.path()).await;
        assert!(matches!(opened, Err(OpenError::Broken(_))), "{what}: {:?}", opened.err());
        assert!(std::fs::read(&db).unwrap() == bytes, "{what}: left as it was");
        let view = look(dir.path()).unwrap();
        assert_eq!(view.cause, RecoveryCause::Broken, "{what}");
        assert_eq!(view.backups[0].sound, Some(true));
        assert!(!view.message.is_empty());
    }
    let view = look(dir.path()).unwrap();
    choose(dir.path(), RecoveryChoice::Restore { path: view.backups[0].path.clone() }).unwrap();
    let engine = open(dir.path()).await.unwrap();
    assert_eq!(tickets(&engine).await, 200);
    let kept = names(dir.path()).into_iter().find(|n| n.starts_with("till.db.replaced-")).unwrap();
    assert!(std::fs::read(dir.path().join(kept)).unwrap().starts_with(b"no database at all "), "kept as it was");
    engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_till_pulled_out_of_the_wall_opens_again_with_everything() {
    let dir = killed_shop(20).await;
    assert!(look(dir.path()).is_none());
    let engine = open(dir.path()).await.unwrap();
    assert_eq!(tickets(&engine).await, 20);
    engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_gone_is_noticed_and_going_on_is_a_choice() {
    let dir = killed_shop(20).await;
    std::fs::remove_file(dir.path().join("till.db-wal")).unwrap();
    // Where a system keeps it, the shared memory of a log that is gone means nothing.
    let _ = std::fs::remove_file(dir.path().join("till.db-shm"));
    assert!(matches!(open(dir.path()).await, Err(OpenError::Behind(rows)) if rows >= 20));
    let view = look(dir.path()).unwrap();
    assert_eq!(view.cause, RecoveryCause::Behind);
    assert!(view.can_keep_going && view.rows_lost.unwrap() >= 20 && view.message.contains("till.db-wal"), "{view:?}");
    choose(dir.path(), RecoveryChoice::KeepGoing {}).unwrap();
    let engine = open(dir.path()).await.unwrap();
    assert_eq!(tickets(&engine).await, 0);
    engine.close().await;
    open(dir.path()).await.unwrap().close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_database_put_in_its_place_is_noticed() {
    let shop = Shop::new().await;
    let backup = path(&back_up(&shop).await);
    shop.ring_up(1500).await;
    let Shop { engine, dir, .. } = shop;
    engine.close().await;
    std::fs::copy(&backup, dir.path().join("till.db")).unwrap();
    assert!(matches!(open(dir.path()).await, Err(OpenError::Behind(rows)) if rows >= 1));
    // Another shop's, longer than this one's was: it has another past.
    let other = closed_shop(30).await;
    std::fs::copy(other.path().join("till.db"), dir.path().join("till.db")).unwrap();
    assert!(matches!(open(dir.path()).await, Err(OpenError::Behind(_))));
    assert_eq!(look(dir.path()).unwrap().cause, RecoveryCause::Behind);
}

#[tokio::test(flavor = "multi_thread")]
async fn starting_empty_keeps_the_old_file_and_says_so_in_the_journal() {
    let dir = closed_shop(3).await;
    let db = dir.path().join("till.db");
    assert!(choose(dir.path(), RecoveryChoice::StartEmpty {}).is_err(), "not where nothing is wrong");
    let mut bytes = std::fs::read(&db).unwrap();
    bytes[0] = 0;
    std::fs::write(&db, &bytes).unwrap();
    choose(dir.path(), RecoveryChoice::StartEmpty {}).unwrap();
    let engine = open(dir.path()).await.unwrap();
    assert_eq!(tickets(&engine).await, 0);
    engine.close().await;
    let kept = names(dir.path()).into_iter().find(|n| n.starts_with("till.db.replaced-")).unwrap();
    assert!(std::fs::read(dir.path().join(kept)).unwrap() == bytes);
    let engine = open(dir.path()).await.unwrap();
    assert_eq!(tickets(&engine).await, 0);
    engine.close().await;
}

/// Flips a letter in a journal row, the `nth` of all: SQLite finds nothing wrong with it.
fn flip_journal(db: &Path, nth: impl FnOnce(usize) -> usize) {
    let mut bytes = std::fs::read(db).unwrap();
    let word = b"ticket.opened";
    let all: Vec<usize> = bytes.windows(word.len()).enumerate().filter(|(_, w)| w == word).map(|(at, _)| at).collect();
    bytes[all[nth(all.len())]] ^= 1;
    std::fs::write(db, &bytes).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_farther_back_than_a_start_looks_is_found_by_the_next_backup() {
    let dir = closed_shop(400).await;
    flip_journal(&dir.path().join("till.db"), |rows| rows / 4);
    let engine = open(dir.path()).await.unwrap();
    let mut events = engine.subscribe();
    let request = json!({"verb": "back_up", "folder": "", "request_id": "x"});
    let refused = engine.call("test", serde_json::from_value(request).unwrap()).await.unwrap_err();
    assert_eq!(refused.code, Code::Unavailable);
    let told = until("the event", async || match events.try_recv() {
        Ok(Event::BackupChanged { trouble }) => Some(trouble),
        _ => None,
    });
    let told = told.await;
    assert_eq!(ask(&engine, json!({"verb": "backups"})).await["trouble"], told.as_str());
    assert_ne!(told, "");
    engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_met_while_selling_is_not_hidden() {
    use std::io::{Seek, SeekFrom, Write};
    let dir = closed_shop(200).await;
    let engine = open(dir.path()).await.unwrap();
    let mut events = engine.subscribe();
    let mut db = std::fs::OpenOptions::new().write(true).open(dir.path().join("till.db")).unwrap();
    let length = db.metadata().unwrap().len();
    db.seek(SeekFrom::Start(40 * 2_048)).unwrap();
    db.write_all(&vec![0xA5; usize::try_from(length).unwrap() - 40 * 2_048]).unwrap();
    // The journal: what the till has looked at since it opened, SQLite still remembers.
    let request = serde_json::from_value(json!({"verb": "journal", "filter": {}, "limit": 500})).unwrap();
    let error = engine.call("test", request).await.unwrap_err();
    assert_eq!((error.code, error.message.contains("损坏")), (Code::Unavailable, true), "{error}");
    let told = until("the event", async || match events.try_recv() {
        Ok(Event::BackupChanged { trouble }) => Some(trouble),
        _ => None,
    });
    assert!(told.await.contains("损坏"));
    assert_ne!(ask(&engine, json!({"verb": "backups"})).await["trouble"], "");
}

#[tokio::test(flavor = "multi_thread")]
async fn going_on_with_damage_is_said_for_as_long_as_it_lasts() {
    let dir = closed_shop(100).await;
    let db = dir.path().join("till.db");
    flip_journal(&db, |rows| rows - 20);
    assert!(matches!(open(dir.path()).await, Err(OpenError::Broken(_))));
    let sound = look(dir.path()).unwrap().backups[0].path.clone();
    let view = look(dir.path()).unwrap();
    assert!(view.can_keep_going, "{view:?}");
    choose(dir.path(), RecoveryChoice::KeepGoing {}).unwrap();
    for _ in 0..2 {
        let engine = open(dir.path()).await.unwrap();
        assert_ne!(ask(&engine, json!({"verb": "backups"})).await["trouble"], "");
        engine.close().await;
    }
    // Who goes on with it is not left without backups, nor unable to restore one of them.
    let engine = open(dir.path()).await.unwrap();
    let made = ask(&engine, json!({"verb": "back_up", "folder": "", "request_id": "with-damage"})).await;
    assert_ne!(made["message"], "", "{made}");
    assert_ne!(ask(&engine, json!({"verb": "backups"})).await["trouble"], "", "a backup does not mend it");
    ask(&engine, json!({"verb": "restore", "path": made["path"], "request_id": "again"})).await;
    engine.close().await;
    let engine = open(dir.path()).await.unwrap();
    assert_ne!(ask(&engine, json!({"verb": "backups"})).await["trouble"], "");
    assert_eq!(tickets(&engine).await, 100);
    // A sound one ends it.
    ask(&engine, json!({"verb": "restore", "path": sound, "request_id": "sound"})).await;
    engine.close().await;
    let engine = open(dir.path()).await.unwrap();
    assert_eq!(ask(&engine, json!({"verb": "backups"})).await["trouble"], "");
    engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn practice_is_neither_backed_up_nor_guarded() {
    let dir = tempfile::tempdir().unwrap();
    let options = OpenOptions { dir: dir.path().to_owned(), practice: true, ports: ports(START) };
    let engine = Engine::open(options).await.unwrap();
    let request = |value: Value| serde_json::from_value::<Request>(value).unwrap();
    let asked = request(json!({"verb": "back_up", "folder": "", "request_id": "x"}));
    assert_eq!(engine.call("test", asked).await.unwrap_err().code, Code::Conflict);
    engine.close().await;
    assert!(!dir.path().join("till.head").exists());
    // A practised shop is a new shop.
    open(dir.path()).await.unwrap().close().await;
}
