//! Files for the bookkeeper and PINs on the command line, through the real program.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use qiantai_tests::Till;
use qiantai_tests::till::{Cli, cli, due};
use serde_json::{Value, json};

/// A till with two payments that the phone told of, and one in cash.
fn three_sales() -> Result<Till> {
    let (till, phone) = Till::with_phone()?;
    for (fen, kind) in [(1500, "1"), (800, "2")] {
        let ticket = till.ring_up(fen)?;
        phone.send(&phone.push(kind, due(&ticket)))?;
        till.until_status(ticket["id"].as_i64().context("id")?, "paid")?;
    }
    let cash = json!({ "verb": "sell_cash", "sale": { "lines": [{ "name": "豆浆", "price_fen": 350, "count": 2 }] }, "tendered_fen": 1000 });
    till.act(cash)?;
    Ok(till)
}

fn works(said: Cli) -> Result<Value> {
    ensure!(said.code == 0, "{said:?}");
    said.json()
}

/// A program of others looks at a file. Left out, and said so, where the readers were not asked for.
fn foreign(program: &str, args: &[&str]) -> Result<()> {
    if std::env::var("QIANTAI_FOREIGN_READERS").is_ok_and(|asked| asked == "1") {
        let out = Command::new(program).args(args).output().with_context(|| format!("{program} does not start"))?;
        ensure!(out.status.success(), "{program}: {}", String::from_utf8_lossy(&out.stderr));
    } else {
        println!("SKIPPED: {program} was not asked to read this file");
    }
    Ok(())
}

#[test]
fn files_leave_through_the_running_till() -> Result<()> {
    let till = three_sales()?;
    let folder = tempfile::tempdir()?;
    let to = folder.path().to_str().context("a path")?;
    let job = works(till.cli(&["export", "sales", "--to-folder", to, "--json"])?)?;
    assert_eq!((&job["state"], &job["rows"], &job["sum_fen"]), (&json!("done"), &json!(3), &json!(3000)));
    let path = job["path"].as_str().context("path")?;
    let text = std::fs::read_to_string(path)?;
    assert_eq!(text.matches("\r\n").count(), 4, "{text}");
    let log = works(till.cli(&["exports", "--json"])?)?;
    assert_eq!(log[0]["sha256"], job["sha256"]);
    // Day totals as others read them.
    let beans = works(till.cli(&["export", "days", "--preset", "beancount", "--to-folder", to, "--json"])?)?;
    let python = std::env::var("QIANTAI_PYTHON").unwrap_or_else(|_| "python3".into());
    let check = "import sys; from beancount import loader; e, errors, o = loader.load_file(sys.argv[1]); assert e and not errors, errors";
    foreign(&python, &["-c", check, beans["path"].as_str().context("path")?])?;
    let ledger = works(till.cli(&["export", "days", "--preset", "ledger", "--to-folder", to, "--json"])?)?;
    foreign("hledger", &["-f", ledger["path"].as_str().context("path")?, "check", "-s"])?;
    // What does not fit says so, in words, and leaves nothing.
    let refused = till.cli(&["export", "sales", "--preset", "kingdee", "--to-folder", to])?;
    ensure!(refused.code == 2 && refused.err.contains("每日合计"), "{refused:?}");
    let refused = till.cli(&["export", "days", "--from", "2026-02-30", "--to-folder", to])?;
    ensure!(refused.code == 2, "{refused:?}");
    assert_eq!(std::fs::read_dir(folder.path())?.count(), 3);
    Ok(())
}

fn pin_file(folder: &Path, pin: &str) -> Result<String> {
    let file = folder.join(format!("pin-{pin}"));
    std::fs::write(&file, format!("{pin}\n"))?;
    Ok(file.display().to_string())
}

#[test]
fn on_a_guarded_till_the_command_line_is_a_cashier() -> Result<()> {
    let mut till = three_sales()?;
    let files = tempfile::tempdir()?;
    let (right, wrong, new) =
        (pin_file(files.path(), "4711")?, pin_file(files.path(), "0000")?, pin_file(files.path(), "2468")?);
    till.act(json!({ "verb": "add_staff", "name": "老板", "role": "owner", "pin": "4711" }))?;
    let to = files.path().join("out").display().to_string();
    let export = ["export", "sales", "--to-folder", &to, "--json"];
    let with = |more: &[&str]| -> Vec<String> { export.iter().chain(more).map(|s| (*s).to_owned()).collect() };
    let say = |till: &Till, more: &[&str]| -> Result<Cli> {
        let args = with(more);
        till.cli(&args.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let refused = say(&till, &[])?;
    ensure!(refused.code == 1 && refused.err.contains("needs_approval"), "{refused:?}");
    let refused = say(&till, &["--approved-by", "老板", "--pin-file", &wrong])?;
    ensure!(refused.code == 1 && refused.err.contains("wrong_pin"), "{refused:?}");
    let refused = say(&till, &["--approved-by", "张三", "--pin-file", &right])?;
    ensure!(refused.code == 4, "{refused:?}");
    assert_eq!(works(say(&till, &["--approved-by", "老板", "--pin-file", &right])?)?["rows"], 3);
    // Selling goes on without anybody's leave.
    assert_eq!(till.cli(&["ticket", "open", "15"])?.code, 0);

    // A forgotten PIN: not while the till runs.
    let refused = till.cli(&["reset-pin", "老板", "--pin-file", &new])?;
    ensure!(refused.code == 5, "{refused:?}");
    let home = till.data().parent().context("a home")?.to_owned();
    till.stop()?;
    let done = cli(&home, &["reset-pin", "老板", "--pin-file", &new])?;
    ensure!(done.code == 0, "{done:?}");
    let till = till.restart()?;
    let refused = say(&till, &["--approved-by", "老板", "--pin-file", &right])?;
    ensure!(refused.code == 1 && refused.err.contains("wrong_pin"), "{refused:?}");
    assert_eq!(works(say(&till, &["--approved-by", "老板", "--pin-file", &new])?)?["rows"], 3);
    let look = ["call", r#"{"verb":"journal","filter":{"actor":"reset-pin"},"limit":5}"#, "--pin-file", &new, "--json"];
    let journal = works(till.cli(&look)?)?;
    assert_eq!(journal.as_array().map(Vec::len), Some(1), "{journal}");
    Ok(())
}
