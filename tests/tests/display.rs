//! The counter page in a browser, as a tablet beside the till would show it.

use anyhow::Result;
use qiantai_tests::browser::Browser;
use qiantai_tests::http::Call;
use qiantai_tests::phone::WECHAT;
use qiantai_tests::till::{ALIPAY_CODE, WECHAT_CODE, due, id};
use qiantai_tests::{Phone, Till, web};

async fn phase(browser: &Browser, phase: &str) -> Result<()> {
    web::attribute(&browser.client, "counter-phase", "data-phase", phase).await
}

#[tokio::test(flavor = "multi_thread")]
async fn waits_asks_thanks_and_comes_back_after_a_restart() -> Result<()> {
    let (till, phone) = Till::with_phone()?;
    let browser = Browser::open(1280, 800).await?;
    browser.client.goto(&till.display).await?;
    phase(&browser, "idle").await?;
    web::shot(&browser.client, "display-idle").await?;

    let ticket = till.ring_up(1500)?;
    phase(&browser, "pay").await?;
    assert!(web::text(&browser.client, "counter-amount").await?.contains("15.00"));
    web::shows_codes(&browser.client, "display-pay", &[WECHAT_CODE, ALIPAY_CODE]).await?;

    assert_eq!(phone.send(&phone.push(WECHAT, due(&ticket)))?.status, 200);
    phase(&browser, "paid").await?;
    assert!(web::text(&browser.client, "counter-paid").await?.contains("15.00"));
    web::painted(&browser.client).await?;
    web::shot(&browser.client, "display-paid").await?;
    phase(&browser, "idle").await?;

    // The till goes away in the middle of a sale and comes back; the page finds it by itself.
    let second = till.ring_up(2600)?;
    phase(&browser, "pay").await?;
    let till = till.restart_on_its_port()?;
    let third = till.ring_up(3700)?;
    web::until(
        &browser.client,
        "the page to show the sale that was opened after the restart",
        "const e = document.querySelector('[data-testid=\"counter-amount\"]'); return !!e && e.textContent.replace(/\\s/g, '').includes('37.00')",
    )
    .await?;
    let phone = Phone { address: till.address, ..phone };
    assert_eq!(phone.send(&phone.push(WECHAT, due(&third)))?.status, 200);
    phase(&browser, "paid").await?;
    assert_eq!(till.ticket(id(&second))?["status"], "open");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn says_so_when_the_till_is_gone() -> Result<()> {
    let (mut till, _phone) = Till::with_phone()?;
    let browser = Browser::open(800, 1280).await?;
    browser.client.goto(&till.display).await?;
    phase(&browser, "idle").await?;
    till.ring_up(1800)?;
    phase(&browser, "pay").await?;
    web::shows_codes(&browser.client, "display-portrait", &[WECHAT_CODE, ALIPAY_CODE]).await?;
    till.stop()?;
    // No code stays on a screen that cannot learn that it was paid.
    web::until(
        &browser.client,
        "the page to take the codes away",
        "return !document.querySelector('[data-testid^=\"counter-qr-\"]')",
    )
    .await?;
    web::shot(&browser.client, "display-disconnected").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_looks_without_the_token() -> Result<()> {
    let till = Till::start()?;
    let path = &till.display[till.display.find("/display").unwrap_or_default()..];
    let get = |target: String| qiantai_tests::http::once(till.address, &Call::get(target));
    assert_eq!(get(path.to_owned())?.status, 200);
    let (before, token) = path.split_at(path.len() - 6);
    for wrong in [
        "/display".to_owned(),
        format!("{before}{}", token.chars().rev().collect::<String>()),
        format!("{before}000000"),
    ] {
        if wrong != path {
            assert_eq!(get(wrong.clone())?.status, 403, "{wrong}");
        }
    }
    // Renewing the link makes the old one dark.
    till.act(serde_json::json!({ "verb": "renew_display_link" }))?;
    assert_eq!(get(path.to_owned())?.status, 403);
    Ok(())
}
