//! What both drivers (WebKit's for the window, Chromium's for the browser) share.

use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, Value};

use crate::{Group, PATIENCE, clock};

/// A free port. Nobody else asks for ports so fast that it is gone a moment later.
pub fn free_port() -> Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Starts a driver and opens a session with it.
pub async fn session(
    driver: &mut std::process::Command,
    port: u16,
    capabilities: Map<String, Value>,
) -> Result<(Group, Client)> {
    let group = Group::spawn(driver)?;
    let began = clock();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        if began.elapsed() > PATIENCE {
            bail!("the driver does not listen: {driver:?}");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let client = ClientBuilder::new(HttpConnector::new())
        .capabilities(capabilities)
        .connect(&format!("http://127.0.0.1:{port}"))
        .await
        .context("no WebDriver session")?;
    Ok((group, client))
}

/// The element with a `data-testid`.
pub async fn element(client: &Client, testid: &str) -> Result<Element> {
    css(client, &format!("[data-testid=\"{testid}\"]")).await
}

/// The first element that fits a selector, once there is one.
pub async fn css(client: &Client, selector: &str) -> Result<Element> {
    match client.wait().at_most(PATIENCE).for_element(Locator::Css(selector)).await {
        Ok(found) => Ok(found),
        Err(error) => {
            let page = client.execute("return document.body ? document.body.innerText : ''", Vec::new()).await;
            bail!("no {selector} ({error}); the page says: {}", page.unwrap_or_default())
        }
    }
}

/// Waits until a script returns `true` and fails with `what` otherwise.
pub async fn until(client: &Client, what: &str, script: &str) -> Result<()> {
    let began = clock();
    loop {
        // A page that is just being loaded has no script context: ask again.
        if let Ok(Value::Bool(true)) = client.execute(script, Vec::new()).await {
            return Ok(());
        }
        if began.elapsed() > PATIENCE {
            let page = client.execute("return document.body ? document.body.innerText : ''", Vec::new()).await;
            bail!("waited in vain: {what}; the page says: {}", page.unwrap_or_default());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until the element with a `data-testid` has an attribute.
pub async fn attribute(client: &Client, testid: &str, name: &str, value: &str) -> Result<()> {
    let script = format!(
        "const e = document.querySelector('[data-testid=\"{testid}\"]'); return !!e && e.getAttribute('{name}') === '{value}'"
    );
    until(client, &format!("{testid} with {name}={value}"), &script).await
}

/// The visible text of the element with a `data-testid`, without spaces.
pub async fn text(client: &Client, testid: &str) -> Result<String> {
    Ok(element(client, testid).await?.text().await?.split_whitespace().collect())
}

/// Waits for two painted frames, so that a screenshot shows what the page holds.
pub async fn painted(client: &Client) -> Result<()> {
    let script = "const done = arguments[arguments.length - 1]; requestAnimationFrame(() => requestAnimationFrame(() => done(true)))";
    client.execute_async(script, Vec::new()).await?;
    Ok(())
}

/// A screenshot, also kept as `<target>/shots/NAME.png`.
pub async fn shot(client: &Client, name: &str) -> Result<Vec<u8>> {
    let png = client.screenshot().await?;
    std::fs::write(crate::shots()?.join(format!("{name}.png")), &png)?;
    Ok(png)
}

/// Fails unless the window's screenshot shows exactly these codes; looks until it does.
pub async fn shows_codes(client: &Client, name: &str, payloads: &[&str]) -> Result<()> {
    let began = clock();
    loop {
        let png = shot(client, name).await?;
        match crate::picture::shows(&png, payloads) {
            Ok(()) => return Ok(()),
            Err(error) if began.elapsed() > PATIENCE => return Err(error.context(format!("screenshot {name}"))),
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}
