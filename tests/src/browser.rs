//! A headless Chromium under chromedriver: the counter page as another screen in the shop would open it.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use fantoccini::Client;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::http::{Call, once};
use crate::{Group, pages, web};

/// A browser window of a test's own.
pub struct Browser {
    /// The session.
    pub client: Client,
    port: u16,
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
        Ok(Browser { client, port, _driver: driver, _profile: profile })
    }

    /// Asks Chromium itself, past WebDriver (the DevTools protocol).
    pub async fn devtools(&self, command: &str, params: Value) -> Result<Value> {
        let session = self.client.session_id().await?.context("a session")?;
        let call =
            Call::json(format!("/session/{session}/goog/cdp/execute"), &json!({ "cmd": command, "params": params }));
        let driver = std::net::SocketAddr::from(([127, 0, 0, 1], self.port));
        let reply = tokio::task::spawn_blocking(move || once(driver, &call)).await??;
        ensure!(reply.status == 200, "{command}: {}", reply.text());
        Ok(reply.json()?["value"].take())
    }

    /// Becomes a phone, or a window without frame, of this size, of somebody who reads this language.
    pub async fn be(&self, (width, height): (u32, u32), phone: bool, lang: &str) -> Result<()> {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": if phone { 2 } else { 1 }, "mobile": phone });
        self.devtools("Emulation.setDeviceMetricsOverride", size).await?;
        let machine = if phone { "Linux; Android 14; Pixel 8" } else { "X11; Linux x86_64" };
        let mobile = if phone { " Mobile" } else { "" };
        let agent = format!(
            "Mozilla/5.0 ({machine}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0{mobile} Safari/537.36"
        );
        let who = json!({ "userAgent": agent, "acceptLanguage": lang });
        self.devtools("Emulation.setUserAgentOverride", who).await?;
        self.devtools("Emulation.setTouchEmulationEnabled", json!({ "enabled": phone })).await.map(drop)
    }

    /// Writes down what every page complains about from now on, before the page's own scripts run.
    pub async fn listen(&self) -> Result<()> {
        let script = json!({ "source": pages::LISTENER });
        self.devtools("Page.addScriptToEvaluateOnNewDocument", script).await.map(drop)
    }

    /// Lets no request through whose address fits one of these (`*` stands for anything).
    pub async fn block(&self, addresses: &[&str]) -> Result<()> {
        self.devtools("Network.enable", json!({})).await?;
        self.devtools("Network.setBlockedURLs", json!({ "urls": addresses })).await.map(drop)
    }
}
