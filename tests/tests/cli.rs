//! The command line: every command, through a running till and on a shop where none runs, and never both.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::thread;

use anyhow::{Context, Result, ensure};
use qiantai_tests::book::Book;
use qiantai_tests::picture;
use qiantai_tests::till::{ALIPAY_CODE, Cli, WECHAT_CODE, cli, due, id};
use qiantai_tests::{Till, until};
use serde_json::{Value, json};

/// A way to say commands: a function from arguments to an answer.
type Say<'a> = &'a dyn Fn(&[&str]) -> Result<Cli>;

/// A command that works; its reply as JSON.
fn done(say: Say<'_>, args: &[&str]) -> Result<Value> {
    let with_json: Vec<&str> = args.iter().copied().chain(["--json"]).collect();
    let said = say(&with_json)?;
    ensure!(said.code == 0, "{args:?}: {said:?}");
    ensure!(said.out.trim_end().lines().count() == 1, "one line of JSON: {said:?}");
    // The same for people, where doing it again changes nothing.
    if matches!(args[1], "list" | "show" | "get" | "link") {
        let plain = say(args)?;
        ensure!(plain.code == 0 && !plain.out.trim().is_empty(), "{args:?}: {plain:?}");
    }
    said.json()
}

/// A command that must end with an exit code and say why, as JSON on standard error.
fn fails(say: Say<'_>, args: &[&str], exit: i32, code: &str) -> Result<()> {
    let with_json: Vec<&str> = args.iter().copied().chain(["--json"]).collect();
    let said = say(&with_json)?;
    ensure!(said.code == exit && said.out.is_empty(), "{args:?} should end with {exit}: {said:?}");
    let line = said.err.lines().find(|l| l.starts_with('{')).with_context(|| format!("no JSON on stderr: {said:?}"))?;
    let error: Value = serde_json::from_str(line)?;
    let error = if error["error"].is_object() { &error["error"] } else { &error };
    ensure!(error["code"] == code && error["message"].as_str().is_some_and(|m| !m.is_empty()), "{args:?}: {said:?}");
    // For people: the cause on standard error.
    let plain = say(args)?;
    ensure!(plain.code == exit && !plain.err.trim().is_empty(), "{args:?}: {plain:?}");
    Ok(())
}

/// Everything a shop may ask, in the order of a day.
fn a_day(say: Say<'_>, files: &Path) -> Result<()> {
    let write = |name: &str, bytes: &[u8]| -> Result<String> {
        let path = files.join(name);
        std::fs::write(&path, bytes)?;
        Ok(path.display().to_string())
    };
    // codes
    let wechat = write("wechat.png", &picture::of_code(WECHAT_CODE)?)?;
    let alipay = write("alipay.png", &picture::of_code(ALIPAY_CODE)?)?;
    fails(say, &["ticket", "open", "15.00"], 1, "no_code")?;
    done(say, &["code", "import", &wechat, "--label", "front"])?;
    let accounts = done(say, &["code", "import", &alipay])?;
    assert_eq!(accounts.as_array().unwrap().len(), 2);
    assert_eq!(done(say, &["code", "list"])?[0]["codes"][0]["payload"], WECHAT_CODE);
    let empty = write("empty.png", &picture_without_code()?)?;
    fails(say, &["code", "import", &empty], 1, "no_qr")?;
    fails(say, &["code", "import", &files.join("absent.png").display().to_string()], 4, "not_found")?;
    // Another code for the same channel is a change somebody must want.
    let other = write("other.png", &picture::of_code(&WECHAT_CODE.replace("Shop", "Thief"))?)?;
    fails(say, &["code", "import", &other, "--account", &accounts[0]["id"].to_string()], 5, "conflict")?;

    // settings
    assert_eq!(done(say, &["settings", "get"])?["lang"], "zh-CN");
    done(say, &["settings", "set", "shop_name", "街角奶茶"])?;
    assert_eq!(done(say, &["settings", "get", "shop_name"])?, "街角奶茶");
    fails(say, &["settings", "get", "loudness"], 4, "not_found")?;
    fails(say, &["settings", "set", "volume", "300"], 2, "invalid")?;
    fails(say, &["settings", "set", "tail_max_fen", "1.5"], 2, "invalid")?;

    // items
    let list = write("items.json", r#"[{"name":"珍珠奶茶","price_fen":1500,"category":"茶"}]"#.as_bytes())?;
    done(say, &["item", "set", &list])?;
    assert_eq!(done(say, &["item", "list"])?[0]["name"], "珍珠奶茶");
    fails(say, &["item", "set", &wechat], 2, "invalid")?;

    // phones
    let paired = done(say, &["device", "add", "front phone"])?;
    let device = paired["device"]["id"].to_string();
    assert_eq!(done(say, &["device", "list"])?[0]["name"], "front phone");
    done(say, &["device", "revoke", &device])?;
    assert_eq!(done(say, &["device", "list"])?[0]["state"], "revoked");
    fails(say, &["device", "revoke", "999"], 4, "not_found")?;

    // tickets
    let first = done(say, &["ticket", "open", "15", "--note", "少糖"])?;
    assert_eq!((due(&first), first["note"].as_str()), (1500, Some("少糖")));
    let second = done(say, &["ticket", "open", "15.00"])?;
    assert_eq!(due(&second), 1499);
    let (first_id, second_id) = (id(&first).to_string(), id(&second).to_string());
    assert_eq!(done(say, &["ticket", "show", &first_id])?["status"], "open");
    assert_eq!(done(say, &["ticket", "list", "--status", "open"])?.as_array().unwrap().len(), 2);
    assert_eq!(done(say, &["ticket", "list", "--limit", "1"])?.as_array().unwrap().len(), 1);
    assert_eq!(done(say, &["ticket", "cancel", &second_id])?["status"], "cancelled");
    fails(say, &["ticket", "cancel", &second_id], 5, "conflict")?;
    let cash = done(say, &["ticket", "cash", &first_id, "--tendered", "20"])?;
    assert_eq!((&cash["status"], &cash["change_fen"]), (&json!("paid"), &json!(500)));
    fails(say, &["ticket", "cash", &first_id], 5, "conflict")?;
    let third = done(say, &["ticket", "open", "8.80"])?;
    let by_hand =
        done(say, &["ticket", "settle", &id(&third).to_string(), "--channel", "wechat", "--reason", "看到到账"])?;
    assert_eq!((&by_hand["status"], &by_hand["exception"]), (&json!("paid"), &json!("by_hand")));
    fails(say, &["ticket", "show", "999"], 4, "not_found")?;
    for wrong in [
        &["ticket", "open", "0"][..],
        &["ticket", "open", "-5"],
        &["ticket", "open", "1.234"],
        &["ticket", "open", "abc"],
        &["ticket"],
        &["nonsense"],
    ] {
        let said = say(wrong)?;
        ensure!(said.code == 2 && said.out.is_empty() && !said.err.is_empty(), "{wrong:?}: {said:?}");
    }

    // an act with an id is done once
    let once = ["--request-id", "the-same", "ticket", "open", "33"];
    let (a, b) = (done(say, &once)?, done(say, &once)?);
    assert_eq!(id(&a), id(&b));

    // the rest
    assert_eq!(done(say, &["inbox", "list"])?["open"], 0);
    fails(say, &["inbox", "accept", "999"], 4, "not_found")?;
    fails(say, &["inbox", "attach", "999", &first_id], 4, "not_found")?;
    fails(say, &["inbox", "ignore", "999", "--reason", "x"], 4, "not_found")?;
    assert_eq!(done(say, &["rules", "replay"])?["applied"], false);
    let link = done(say, &["display", "link"])?;
    assert!(link["url"].as_str().unwrap().contains("/display?token="), "{link}");
    assert_eq!(
        done(say, &["call", r#"{"verb":"price_sale","sale":{"lines":[{"price_fen":700,"count":3}]}}"#])?["price_fen"],
        2100
    );
    fails(say, &["call", r#"{"verb":"sing"}"#], 2, "invalid")?;
    let script = say(&["completions", "bash"])?;
    ensure!(script.code == 0 && script.out.contains("qiantai"));
    Ok(())
}

fn picture_without_code() -> Result<Vec<u8>> {
    // A code with its finder marks painted over is no code.
    let mut picture = image::load_from_memory(&picture::of_code("x")?)?.into_luma8();
    for pixel in picture.pixels_mut() {
        pixel.0 = [200];
    }
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png)?;
    Ok(bytes.into_inner())
}

#[test]
fn a_day_through_the_running_till() -> Result<()> {
    let till = Till::start()?;
    let files = tempfile::tempdir()?;
    a_day(&|args| till.cli(args), files.path())?;
    // The till itself did it: it knows without having been told.
    let newest = till.call(&json!({ "verb": "tickets", "status": null, "limit": 1 }))?;
    assert_eq!(newest[0]["gross_fen"], 3300);
    Book::open(&till.data())?.adds_up()
}

#[test]
fn a_day_on_the_store_alone() -> Result<()> {
    let home = tempfile::tempdir()?;
    a_day(&|args| cli(home.path(), args), home.path())?;
    Book::open(&home.path().join("shop"))?.adds_up()
}

#[test]
fn commands_at_once_on_the_store_take_turns() -> Result<()> {
    let home = tempfile::tempdir()?;
    let wechat = home.path().join("wechat.png");
    std::fs::write(&wechat, picture::of_code(WECHAT_CODE)?)?;
    assert_eq!(cli(home.path(), &["code", "import", &wechat.display().to_string()])?.code, 0);
    let said: Vec<Cli> = thread::scope(|scope| {
        let threads: Vec<_> =
            (0..6).map(|_| scope.spawn(|| cli(home.path(), &["ticket", "open", "15", "--json"]))).collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect::<Result<_>>()
    })?;
    let mut amounts: Vec<i64> = Vec::new();
    for said in &said {
        // Its turn may not come in time; then it says so and has done nothing.
        ensure!(said.code == 0 || said.code == 3, "{said:?}");
        if said.code == 0 {
            amounts.push(due(&said.json()?));
        }
    }
    amounts.sort_unstable();
    let many = i64::try_from(amounts.len())?;
    assert_eq!(amounts, (1501 - many..=1500).collect::<Vec<_>>());
    let mut book = Book::open(&home.path().join("shop"))?;
    assert_eq!(book.number("SELECT count(*) FROM ticket")?, many);
    Ok(())
}

#[test]
fn a_second_till_on_one_shop_is_refused() -> Result<()> {
    let till = Till::start()?;
    let said = till.cli(&["--headless", "--bind", "127.0.0.1:0"])?;
    assert_eq!(said.code, 3, "{said:?}");
    assert_eq!(till.health()?["practice"], false);
    Ok(())
}

#[test]
fn a_crashed_till_leaves_the_shop_open_to_commands() -> Result<()> {
    let (mut till, _phone) = Till::with_phone()?;
    till.ring_up(1500)?;
    till.kill9();
    assert!(till.data().join("control.json").exists(), "a killed till cannot tidy up");
    let said = till.cli(&["ticket", "open", "15", "--json"])?;
    assert_eq!(due(&said.json()?), 1499, "{said:?}");
    Ok(())
}

#[test]
fn a_practice_till_takes_practice_commands_only() -> Result<()> {
    let till = Till::start_with(&["--practice", "--bind", "127.0.0.1:0"])?;
    assert_eq!(till.cli(&["ticket", "open", "15"])?.code, 3);
    // What `./dev run` tells somebody without a display to type.
    let ticket = till.cli(&["--practice", "ticket", "open", "15.00", "--json"])?.json()?;
    assert_eq!(till.cli(&["--practice", "practice", "pay", &id(&ticket).to_string()])?.code, 0);
    until("the practice payment", || {
        let shown = till.cli(&["--practice", "ticket", "show", &id(&ticket).to_string(), "--json"])?.json()?;
        Ok((shown["status"] == "paid").then_some(()))
    })
}

#[test]
fn it_ends_when_asked_and_tidies_up() -> Result<()> {
    let (mut till, _phone) = Till::with_phone()?;
    let process = till.process().context("it runs")?;
    process.terminate();
    let status = process.ended()?;
    assert!(status.success(), "{status}");
    assert!(!till.data().join("control.json").exists());
    Ok(())
}
