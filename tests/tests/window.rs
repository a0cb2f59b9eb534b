//! The whole way in a real window: keys in, codes on both screens, money told by a phone, green on both, one alert.

use std::time::Duration;

use anyhow::{Context, Result};
use qiantai_tests::desk::{Around, Desk, ENTER, Window};
use qiantai_tests::phone::{ALIPAY, WECHAT};
use qiantai_tests::till::{ALIPAY_CODE, WECHAT_CODE, due, id};
use qiantai_tests::{picture, till, web};
use serde_json::{Value, json};

/// The one ticket that waits.
fn waiting(desk: &Desk) -> Result<Vec<Value>> {
    Ok(desk.till.call(&json!({ "verb": "waiting" }))?.as_array().cloned().unwrap_or_default())
}

async fn one_waits(desk: &Desk) -> Result<Value> {
    web::until(
        &desk.client,
        "a ticket card",
        "return !!document.querySelector('[data-testid=\"ticket-card\"][data-status=\"open\"]')",
    )
    .await?;
    let list = waiting(desk)?;
    anyhow::ensure!(list.len() == 1, "{} tickets wait", list.len());
    list.into_iter().next().context("a ticket")
}

#[tokio::test(flavor = "multi_thread")]
async fn from_one_five_enter_to_paid() -> Result<()> {
    // The owner's two pictures, imported before the first start.
    let around = Around::start()?;
    for (name, payload) in [("wechat", WECHAT_CODE), ("alipay", ALIPAY_CODE)] {
        let file = around.home.path().join(format!("{name}.png"));
        std::fs::write(&file, picture::of_code(payload)?)?;
        let said = till::cli(around.home.path(), &["code", "import", &file.display().to_string(), "--label", name])?;
        assert_eq!(said.code, 0, "{said:?}");
    }
    let mut desk = Desk::open_in(around, &[]).await?;
    desk.past_wizard().await?;
    let phone = desk.till.pair("counter phone")?;

    desk.press(&['1', '5']).await?;
    web::until(
        &desk.client,
        "the typed amount",
        "const e = document.querySelector('[data-testid=\"amount-entry\"]'); return !!e && (e.value || e.textContent).includes('15')",
    )
    .await?;
    web::shot(&desk.client, "till-typed").await?;
    desk.press(&[ENTER]).await?;
    let ticket = one_waits(&desk).await?;
    assert_eq!(due(&ticket), 1500);
    assert!(web::text(&desk.client, "ticket-due").await?.contains("15.00"));
    web::shows_codes(&desk.client, "till-pay", &[WECHAT_CODE, ALIPAY_CODE]).await?;

    desk.to(Window::Counter).await?;
    web::attribute(&desk.client, "counter-phase", "data-phase", "pay").await?;
    assert!(web::text(&desk.client, "counter-amount").await?.contains("15.00"));
    web::shows_codes(&desk.client, "counter-pay", &[WECHAT_CODE, ALIPAY_CODE]).await?;

    let push = phone.push(WECHAT, due(&ticket));
    assert_eq!(phone.send(&push)?.status, 200);
    web::attribute(&desk.client, "counter-phase", "data-phase", "paid").await?;
    assert!(web::text(&desk.client, "counter-paid").await?.contains("15.00"));
    web::painted(&desk.client).await?;
    web::shot(&desk.client, "counter-paid").await?;
    desk.to(Window::Till).await?;
    web::element(&desk.client, "paid-flood").await?;
    web::painted(&desk.client).await?;
    web::shot(&desk.client, "till-paid").await?;
    assert_eq!(desk.till.ticket(id(&ticket))?["status"], "paid");

    let alert = desk.alerts.next().await?;
    let said = format!("{} {}", alert.summary, alert.body);
    let number = ticket["number"].as_u64().context("number")?;
    for word in ["15.00", "微信", &format!("{number:03}")] {
        assert!(said.contains(word), "the alert does not say {word}: {said}");
    }
    // The same push again raises none; another payment raises the next.
    assert_eq!(phone.send(&push)?.status, 200);
    let second = desk.till.ring_up(2600)?;
    assert_eq!(phone.send(&phone.push(ALIPAY, due(&second)))?.status, 200);
    let next = desk.alerts.next().await?;
    let said = format!("{} {}", next.summary, next.body);
    assert!(said.contains("26.00") && said.contains("支付宝"), "{said}");
    assert_eq!(desk.alerts.within(Duration::from_millis(300)).await, Vec::new());
    Ok(())
}

/// A key event as the web engine would deliver it, for what WebDriver cannot press: an input method, a held key.
fn key_event(fields: &str) -> String {
    format!(
        "(document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent('keydown', {{bubbles: true, cancelable: true, {fields}}})); return true"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn hands_that_slip() -> Result<()> {
    let desk = Desk::open(&[]).await?;
    desk.till.add_codes()?;
    desk.past_wizard().await?;
    let press = async |fields: &str| desk.client.execute(&key_event(fields), Vec::new()).await;

    // A Chinese input method takes the digits and tells the page only which key it was.
    press("key: 'Process', code: 'Digit2', keyCode: 229").await?;
    press("key: 'Process', code: 'Numpad7', keyCode: 229").await?;
    // A finger that rests on a key.
    for _ in 0..20 {
        press("key: '7', code: 'Digit7', repeat: true").await?;
    }
    web::until(
        &desk.client,
        "27 from the input method, nothing from the held key",
        "const e = document.querySelector('[data-testid=\"amount-entry\"]'); return !!e && /(^|[^0-9])27($|[^0-9])/.test(e.value || e.textContent)",
    )
    .await?;
    // Enter, held and struck again.
    desk.press(&[ENTER, ENTER]).await?;
    press("key: 'Enter', code: 'Enter', repeat: true").await?;
    let ticket = one_waits(&desk).await?;
    assert_eq!(ticket["gross_fen"], 2700);
    // With the codes on screen the next digits begin the next sale, and the first one keeps waiting.
    tokio::time::sleep(Duration::from_millis(450)).await; // the till ignores keys for 400 ms after it opened a ticket
    desk.press(&['8', ENTER]).await?;
    let began = qiantai_tests::clock();
    while waiting(&desk)?.len() < 2 {
        anyhow::ensure!(began.elapsed() < qiantai_tests::PATIENCE, "the second sale did not open");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(waiting(&desk)?[1]["gross_fen"], 800);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn english_and_dark() -> Result<()> {
    let desk = Desk::open(&[]).await?;
    desk.till.add_codes()?;
    desk.till.change_settings(|s| {
        s["lang"] = "en".into();
        s["theme"] = "dark".into();
        s["shop_name"] = "Corner Tea".into();
    })?;
    desk.past_wizard().await?;
    let dark = "const c = getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number); \
                return document.documentElement.lang.startsWith('en') && c[0] + c[1] + c[2] < 200";
    web::until(&desk.client, "an English page on a dark ground", dark).await?;
    web::shot(&desk.client, "till-en-dark").await?;
    desk.press(&['9', '.', '9', ENTER]).await?;
    let ticket = one_waits(&desk).await?;
    assert_eq!(due(&ticket), 990);
    web::shows_codes(&desk.client, "till-en-dark-pay", &[WECHAT_CODE, ALIPAY_CODE]).await?;
    desk.to(Window::Counter).await?;
    web::attribute(&desk.client, "counter-phase", "data-phase", "pay").await?;
    let says = "return document.body.innerText.includes('Please pay')";
    web::until(&desk.client, "Please pay", says).await?;
    web::shows_codes(&desk.client, "counter-en-pay", &[WECHAT_CODE, ALIPAY_CODE]).await?;
    Ok(())
}
