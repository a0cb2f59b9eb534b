//! A damaged database in a real window: the recovery window instead of the till, a choice, and the till after it; and a
//! restore that the running window makes without being closed.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use anyhow::{Context, Result};
use fantoccini::Client;
use qiantai_tests::desk::Around;
use qiantai_tests::till::{Control, cli};
use qiantai_tests::{PATIENCE, binary, clock, until, web};
use serde_json::{Map, Value, json};

/// Calls a command of the shell from the page, as the user interface does. An error comes back under `error`.
async fn invoke(client: &Client, command: &str, args: Value) -> Result<Value> {
    let script = "const done = arguments[arguments.length - 1];
        window.__TAURI_INTERNALS__.invoke(arguments[0], arguments[1]).then((ok) => done({ ok }), (error) => done({ error }))";
    Ok(client.execute_async(script, vec![command.into(), args]).await?)
}

/// Turns the session to the window whose address has (or has not) `view=recovery`.
async fn turn(client: &Client, to_recovery: bool) -> Result<()> {
    let began = clock();
    loop {
        for handle in client.windows().await? {
            client.switch_to_window(handle).await?;
            let address = client.current_url().await.map(|a| a.to_string()).unwrap_or_default();
            let is_till = !address.contains("view=") && !address.starts_with("about");
            if if to_recovery { address.contains("view=recovery") } else { is_till } {
                return Ok(());
            }
        }
        anyhow::ensure!(began.elapsed() < PATIENCE, "no such window (recovery: {to_recovery})");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_choice_in_the_window_opens_the_till() -> Result<()> {
    let around = Around::start()?;
    let (home, data) = (around.home.path().to_owned(), around.data());
    let set = cli(&home, &["settings", "set", "shop_name", "南门馄饨"])?;
    assert_eq!(set.code, 0, "{set:?}");
    let backup = cli(&home, &["backup", "--json"])?.json()?;
    let db = data.join("till.db");
    let mut bytes = std::fs::read(&db)?;
    bytes[..16].fill(0);
    std::fs::write(&db, &bytes)?;

    let port = web::free_port()?;
    let mut driver = around.command("WebKitWebDriver");
    driver.env("TAURI_AUTOMATION", "true").env("TAURI_WEBVIEW_AUTOMATION", "true").arg(format!("--port={port}"));
    let mut capabilities = Map::new();
    let args = ["--data", data.to_str().context("path")?, "--bind", "127.0.0.1:0", "--no-alerts"];
    capabilities.insert("webkitgtk:browserOptions".into(), json!({ "binary": binary()?, "args": args }));
    let (_driver, client) = web::session(&mut driver, port, capabilities).await?;

    turn(&client, true).await?;
    let view = invoke(&client, "recovery_view", json!({})).await?["ok"].take();
    assert_eq!((&view["cause"], &view["path"]), (&json!("broken"), &json!(db)), "{view}");
    assert_eq!(view["backups"][0]["path"], backup["path"]);
    // Nothing else can be asked from here, and nothing has changed yet.
    for (command, args) in [("call", json!({ "request": { "verb": "health" } })), ("restart", json!({}))] {
        assert!(invoke(&client, command, args).await?["error"].is_string(), "{command}");
    }
    assert!(std::fs::read(&db)? == bytes && Control::find(&data)?.is_none());
    let wrong = json!({ "choice": { "choice": "restore", "path": "/no/such/backup.db" } });
    assert_eq!(invoke(&client, "recovery_choose", wrong).await?["error"]["code"], "not_found");

    let choice = json!({ "choice": { "choice": "restore", "path": backup["path"] } });
    // The window is gone before it hears the answer, or right after.
    let _ = invoke(&client, "recovery_choose", choice).await;
    let till = until("the till", || Control::find(&data))?;
    assert_eq!(till.call(&json!({ "verb": "settings" }))?["shop_name"], "南门馄饨");
    turn(&client, false).await?;

    // And a restore while the window is open: prepared, then made by opening the till again in its place.
    till.change_settings(|s| s["shop_name"] = "另一个名字".into())?;
    till.act(json!({ "verb": "restore", "path": backup["path"] }))?;
    let _ = invoke(&client, "restart", json!({})).await;
    until("the restored shop", || {
        let Some(till) = Control::find(&data)? else { return Ok(None) };
        let Ok(settings) = till.call(&json!({ "verb": "settings" })) else { return Ok(None) };
        Ok((settings["shop_name"] == "南门馄饨").then_some(()))
    })?;
    turn(&client, false).await?;
    web::until(&client, "the page", "return !!document.querySelector('#root')?.children.length").await?;
    assert!(invoke(&client, "recovery_view", json!({})).await?["error"].is_string(), "not from the till's window");
    Ok(())
}
