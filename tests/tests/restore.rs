//! Backup, restore and damage through the real program: what an owner would type, on files that are really broken.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use anyhow::{Context, Result, ensure};
use qiantai_tests::till::{Cli, cli, program};
use qiantai_tests::{Till, until};
use serde_json::{Value, json};

fn home(till: &Till) -> PathBuf {
    till.data().parent().unwrap().to_owned()
}

fn done(said: Cli) -> Result<Value> {
    ensure!(said.code == 0, "{said:?}");
    said.json()
}

/// A start that must not come up: how it ended.
fn start(home: &Path) -> Result<Output> {
    let mut command = program(home)?;
    command.args(["--headless", "--no-alerts", "--json", "--bind", "127.0.0.1:0", "--data"]).arg(home.join("shop"));
    Ok(command.stdin(Stdio::null()).output()?)
}

/// The choice that a failed start offers.
fn offered(out: &Output) -> Result<Value> {
    let text = String::from_utf8_lossy(&out.stderr);
    ensure!(out.status.code() == Some(6), "a start that needs a choice ends with 6: {out:?}");
    let line = text.lines().find(|l| l.starts_with('{')).context("no JSON on stderr")?;
    Ok(serde_json::from_str::<Value>(line)?["error"]["details"]["recovery"].clone())
}

fn sell(till: &Till, many: i64) -> Result<()> {
    for n in 0..many {
        let sale = json!({ "lines": [{ "price_fen": 1_000 + n }] });
        till.act(json!({ "verb": "sell_cash", "sale": sale, "tendered_fen": 10_000 }))?;
    }
    Ok(())
}

fn today(till: &Till) -> Result<Value> {
    till.call(&json!({ "verb": "today" }))
}

fn kept_aside(shop: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(shop).unwrap().map(|e| e.unwrap().path());
    entries.filter(|p| p.file_name().unwrap().to_string_lossy().starts_with("till.db.replaced-")).collect()
}

#[test]
fn a_damaged_till_says_what_to_type_and_typing_it_brings_the_day_back() -> Result<()> {
    let (mut till, _phone) = Till::with_phone()?;
    sell(&till, 5)?;
    let sold = today(&till)?;
    done(till.cli(&["backup", "--json"])?)?;
    assert_eq!(till.cli(&["doctor"])?.code, 0, "also while it runs");
    till.stop()?;
    assert_eq!(till.cli(&["doctor"])?.code, 0);

    let db = till.data().join("till.db");
    let whole = std::fs::read(&db)?;
    let damages: [(&str, Vec<u8>); 5] = [
        ("empty", Vec::new()),
        ("100 bytes", whole[..100].to_vec()),
        ("half", whole[..whole.len() / 2].to_vec()),
        ("header", [&[0; 16], &whole[16..]].concat()),
        ("another file", b"a photo of the shop ".repeat(2_000)),
    ];
    for (what, bytes) in damages {
        std::fs::write(&db, &bytes)?;
        let offer = offered(&start(&home(&till))?)?;
        assert_eq!((&offer["cause"], &offer["backups"][0]["sound"]), (&json!("broken"), &json!(true)), "{what}");
        assert!(std::fs::read(&db)? == bytes, "{what}: left as it was");
        // Any command meets the same choice, in words for people.
        for command in [&["ticket", "list"][..], &["backups"]] {
            let said = till.cli(command)?;
            assert_eq!(said.code, 6, "{said:?}");
            assert!(said.err.contains("qiantai restore \"") && said.err.contains("--start-empty"), "{said:?}");
        }
        assert_eq!(till.cli(&["doctor"])?.code, 6);
        let backup = offer["backups"][0]["path"].as_str().unwrap().to_owned();
        let unasked = till.cli(&["restore", &backup])?;
        assert_eq!(unasked.code, 2, "not without a yes: {unasked:?}");
        assert!(std::fs::read(&db)? == bytes);
        done(till.cli(&["restore", &backup, "--yes", "--json"])?)?;
        assert!(kept_aside(&till.data()).iter().any(|kept| std::fs::read(kept).unwrap() == bytes), "{what}: kept");
    }
    let till = till.restart()?;
    assert_eq!(today(&till)?, sold);
    Ok(())
}

#[test]
fn a_database_that_is_gone_is_asked_about() -> Result<()> {
    let mut till = Till::start()?;
    sell(&till, 2)?;
    till.stop()?;
    for name in ["till.db", "till.db-wal", "till.db-shm"] {
        let _ = std::fs::remove_file(till.data().join(name));
    }
    let offer = offered(&start(&home(&till))?)?;
    assert_eq!((&offer["cause"], &offer["can_keep_going"]), (&json!("missing"), &json!(false)));
    assert!(!till.data().join("till.db").exists());
    assert_eq!(till.cli(&["recover", "--keep-going"])?.code, 5);
    assert_eq!(till.cli(&["recover", "--start-empty"])?.code, 0);
    let till = till.restart()?;
    assert_eq!(till.call(&json!({ "verb": "tickets", "status": null, "limit": 10 }))?, json!([]));
    Ok(())
}

#[test]
fn pulled_out_of_the_wall_and_its_log_removed() -> Result<()> {
    let mut till = Till::start()?;
    // At once, before it has sold anything: nothing is missing then, and nothing is asked.
    till.kill9();
    let mut till = till.restart()?;
    sell(&till, 20)?;
    let noted = till.data().join("till.head");
    until("the note of the journal's end", || {
        let note: Value = serde_json::from_slice(&std::fs::read(&noted)?).unwrap_or_default();
        Ok((note["wrote"] == true && note["seq"].as_i64() > Some(20)).then_some(()))
    })?;
    till.kill9();
    std::fs::remove_file(till.data().join("till.db-wal"))?;
    let offer = offered(&start(&home(&till))?)?;
    assert_eq!((&offer["cause"], &offer["can_keep_going"]), (&json!("behind"), &json!(true)));
    assert!(offer["rows_lost"].as_i64() >= Some(20), "{offer}");
    assert_eq!(till.cli(&["recover", "--keep-going"])?.code, 0);
    let till = till.restart()?;
    sell(&till, 1)?;
    till.restart()?;
    Ok(())
}

#[test]
fn a_running_till_prepares_and_the_next_start_restores() -> Result<()> {
    let till = Till::start()?;
    sell(&till, 3)?;
    let sold = today(&till)?;
    let backup = done(till.cli(&["backup", "--json"])?)?;
    sell(&till, 4)?;
    let more = today(&till)?;
    let plan = done(till.cli(&["restore", backup["path"].as_str().unwrap(), "--yes", "--json"])?)?;
    assert_eq!(plan["tickets_lost"], 4);
    assert_eq!(today(&till)?, more, "nothing changes under a running till");
    let till = till.restart()?;
    assert_eq!(today(&till)?, sold);
    let plain = till.cli(&["backups"])?;
    assert!(plain.code == 0 && plain.out.contains("till.db.replaced-"), "{plain:?}");
    let kept = plan["kept_as"].as_str().unwrap();
    assert_eq!(done(till.cli(&["check-backup", kept, "--json"])?)?["tickets"], 7);
    Ok(())
}

#[test]
fn moving_to_a_new_computer() -> Result<()> {
    let (till, phone) = Till::with_phone()?;
    sell(&till, 3)?;
    let stick = tempfile::tempdir()?;
    let backup = done(till.cli(&["backup", "--json", "--to", stick.path().to_str().unwrap()])?)?;
    let file = backup["path"].as_str().unwrap();
    assert!(Path::new(file).starts_with(stick.path()));
    let sold = today(&till)?;

    let new = tempfile::tempdir()?;
    let said = cli(new.path(), &["restore", file, "--yes"])?;
    assert_eq!(said.code, 0, "{said:?}");
    let pairing = json!({ "verb": "pairing", "device_id": phone.device_id }).to_string();
    let there = cli(new.path(), &["call", &pairing])?.json()?;
    assert_eq!(there["key"], phone.key.as_str());
    let there = cli(new.path(), &["call", r#"{"verb":"today"}"#])?.json()?;
    assert_eq!(there, sold);

    // One byte of it wrong: neither checked nor restored.
    let mut bytes = std::fs::read(file)?;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(file, bytes)?;
    for args in [vec!["check-backup", file], vec!["restore", file, "--yes"]] {
        assert_eq!(cli(new.path(), &args)?.code, 2, "{args:?}");
    }
    assert_eq!(cli(new.path(), &["check-backup", "/no/such/file.db"])?.code, 4);
    Ok(())
}

#[test]
fn a_disk_that_fills_up_under_a_backup_leaves_no_half_copy_and_loses_nothing() -> Result<()> {
    let mut till = Till::start()?;
    sell(&till, 300)?;
    let sold = today(&till)?;
    till.stop()?;
    let size = std::fs::metadata(till.data().join("till.db"))?.len();
    // No file may grow past half the copy's size: what a full disk says, without filling one.
    let limited = format!("trap '' XFSZ; ulimit -f {}; exec \"$@\"", size / 2 / 512);
    let program = program(&home(&till))?;
    let mut shell = std::process::Command::new("sh");
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell.args(["-c", &limited, "sh"]).arg(program.get_program()).arg("--data").arg(till.data()).arg("backup");
    let out = shell.stdin(Stdio::null()).output()?;
    assert_eq!(out.status.code(), Some(3), "{out:?}");
    let left: Vec<_> = std::fs::read_dir(till.data().join("backups"))?.map(|e| e.unwrap().file_name()).collect();
    assert!(left.is_empty(), "{left:?}");
    let till = till.restart()?;
    assert_eq!(today(&till)?, sold);
    let trouble = till.call(&json!({ "verb": "backups" }))?["trouble"].take();
    assert_ne!(trouble, "", "the failed try is remembered");
    done(till.cli(&["backup", "--json"])?)?;
    assert_eq!(till.call(&json!({ "verb": "backups" }))?["trouble"], "");
    Ok(())
}
