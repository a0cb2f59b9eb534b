//! A headless Chromium under chromedriver: the counter page as another screen in the shop would open it.

use std::process::{Command, Stdio};

use anyhow::Result;
use fantoccini::Client;
use serde_json::{Map, json};
use tempfile::TempDir;

use crate::{Group, web};

/// A browser window of a test's own.
pub struct Browser {
    /// The session.
    pub client: Client,
    _driver: Group,
    _profile: TempDir,
}

impl Browser {
    /// Opens a browser with a window of a size.
    pub async fn open(width: u32, height: u32) -> Result<Browser> {
        // A port that was free may be taken before the driver has it, when several start at once: another port then.
        for _ in 0..2 {
            if let Ok(browser) = Browser::try_open(width, height).await {
                return Ok(browser);
            }
        }
        Browser::try_open(width, height).await
    }

    async fn try_open(width: u32, height: u32) -> Result<Browser> {
        let profile = tempfile::Builder::new().prefix("qiantai-chromium-").tempdir()?;
        let port = web::free_port()?;
        let mut args: Vec<String> = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            "--lang=zh-CN",
        ]
        .map(str::to_owned)
        .to_vec();
        args.push(format!("--window-size={width},{height}"));
        args.push(format!("--user-data-dir={}", profile.path().join("profile").display()));
        let mut capabilities = Map::new();
        capabilities.insert("goog:chromeOptions".into(), json!({ "args": args }));
        let mut driver = Command::new("chromedriver");
        driver.arg(format!("--port={port}")).stdout(Stdio::null()).stderr(Stdio::null());
        crate::till::at_home(&mut driver, profile.path());
        let (driver, client) = web::session(&mut driver, port, capabilities).await?;
        Ok(Browser { client, _driver: driver, _profile: profile })
    }
}
