//! A real notification daemon gets the alert.

use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use qiantai_tests::desk::Around;
use qiantai_tests::phone::WECHAT;
use qiantai_tests::till::{Control, due};
use qiantai_tests::{Group, binary, until};
use serde_json::Value;

fn dunstctl(around: &Around, args: &[&str]) -> Result<Option<String>> {
    let out = around.command("dunstctl").args(args).stdin(Stdio::null()).output().context("dunstctl")?;
    Ok(out.status.success().then(|| String::from_utf8_lossy(&out.stdout).into_owned()))
}

/// Everything dunst has shown, as (app, summary, body).
fn shown(around: &Around) -> Result<Vec<(String, String, String)>> {
    dunstctl(around, &["close-all"])?;
    let Some(text) = dunstctl(around, &["history"])? else { return Ok(Vec::new()) };
    let history: Value = serde_json::from_str(&text).unwrap_or_default();
    let field = |alert: &Value, name: &str| alert[name]["data"].as_str().unwrap_or_default().to_owned();
    let lists = history["data"].as_array().cloned().unwrap_or_default();
    let alerts = lists.iter().flat_map(|list| list.as_array().cloned().unwrap_or_default());
    Ok(alerts.map(|a| (field(&a, "appname"), field(&a, "summary"), field(&a, "body"))).collect())
}

#[test]
fn dunst_shows_the_payment_once() -> Result<()> {
    let around = Around::start()?;
    let _dunst = Group::spawn(around.command("dunst").stdout(Stdio::null()))?;
    until("dunst to be on the bus", || Ok(dunstctl(&around, &["is-paused"])?.map(|_| ())))?;
    let mut program: Command = around.command(binary()?);
    program.arg("--data").arg(around.data()).args(["--bind", "127.0.0.1:0"]).stdout(Stdio::null());
    let _window = Group::spawn(&mut program)?;
    let till = until("control.json", || Control::find(&around.data()))?;
    till.add_codes()?;
    let phone = till.pair("counter phone")?;
    let ticket = till.ring_up(1500)?;
    let push = phone.push(WECHAT, due(&ticket));
    for _ in 0..2 {
        assert_eq!(phone.send(&push)?.status, 200);
    }
    let alerts = until("the alert in dunst", || Ok(Some(shown(&around)?).filter(|all| !all.is_empty())))?;
    let (_, summary, body) = &alerts[0];
    let said = format!("{summary} {body}");
    assert!(said.contains("15.00"), "{alerts:?}");
    // A second payment, and only then count: were the repeat going to raise another, it would have come before.
    let second = till.ring_up(2600)?;
    assert_eq!(phone.send(&phone.push(WECHAT, due(&second)))?.status, 200);
    let alerts = until("the second alert", || {
        Ok(Some(shown(&around)?).filter(|all| all.iter().any(|(_, s, b)| format!("{s}{b}").contains("26.00"))))
    })?;
    assert_eq!(alerts.len(), 2, "{alerts:?}");
    Ok(())
}
