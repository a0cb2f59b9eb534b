//! The owner's side of programs in the real window: a new program, its secret shown once, a test call, an order that is
//! delivered on the second try.

use anyhow::{Context, Result, ensure};
use qiantai_tests::desk::{Desk, Window};
use qiantai_tests::merchant::{Manner, Merchant};
use qiantai_tests::phone::{WECHAT, yuan};
use qiantai_tests::program::{Asked, Program};
use qiantai_tests::replies::is_accepted;
use qiantai_tests::till::due;
use qiantai_tests::{until, web};
use serde_json::{Value, json};

async fn click(desk: &Desk, testid: &str) -> Result<()> {
    web::element(&desk.client, testid).await?.click().await?;
    Ok(())
}

async fn fill(desk: &Desk, testid: &str, text: &str) -> Result<()> {
    let field = web::element(&desk.client, testid).await?;
    field.send_keys(text).await?;
    Ok(())
}

/// What a field or a text of the window says.
async fn says(desk: &Desk, testid: &str) -> Result<String> {
    web::element(&desk.client, testid).await?;
    let script = format!(
        "const e = document.querySelector('[data-testid=\"{testid}\"]'); \
         const f = e.matches('input, textarea') ? e : e.querySelector('input, textarea, code, output'); \
         return ((f && (f.value ?? f.textContent)) || e.textContent || '').trim()"
    );
    let said = desk.client.execute(&script, Vec::new()).await?;
    Ok(said.as_str().unwrap_or_default().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_program_from_its_secret_to_its_delivery() -> Result<()> {
    let shop = Merchant::open(Manner::text("success"))?;
    let desk = Desk::open(&[]).await?;
    desk.till.add_codes()?;
    desk.past_wizard().await?;
    let phone = desk.till.pair("counter phone")?;
    click(&desk, "nav-settings").await?;
    click(&desk, "settings-nav-programs").await?;
    web::element(&desk.client, "programs-empty").await?;
    web::shot(&desk.client, "window-programs-empty").await?;

    click(&desk, "program-add").await?;
    click(&desk, "protocol-vmq").await?;
    click(&desk, "program-next").await?;
    fill(&desk, "program-name", "茶铺网店").await?;
    fill(&desk, "program-prefixes", &shop.url("/")).await?;
    fill(&desk, "program-notify", &shop.url("/notify")).await?;
    web::shot(&desk.client, "window-programs-form").await?;
    click(&desk, "program-make").await?;
    web::element(&desk.client, "secret").await?;
    let (secret, token) = (says(&desk, "secret-secret").await?, says(&desk, "secret-token").await?);
    let key_id = says(&desk, "secret-key-id").await.unwrap_or_default();
    ensure!(secret.len() >= 32 && token.len() >= 32, "secret {} and token {} long", secret.len(), token.len());
    web::shot(&desk.client, "window-programs-secret").await?;
    click(&desk, "secret-stored").await?;
    let gone = "return !document.querySelector('[data-testid=\"secret\"]')";
    web::until(&desk.client, "the secret to be gone", gone).await?;

    // Nothing in the window, its memory or the till's answers has it any more.
    let holds = "return JSON.stringify([document.documentElement.outerHTML, Object.entries(localStorage), \
                 Object.entries(sessionStorage), [...document.querySelectorAll('input, textarea')].map((e) => e.value)])";
    let held = desk.client.execute(holds, Vec::new()).await?.to_string();
    let programs = desk.till.call(&json!({ "verb": "programs" }))?;
    let journal = desk.till.call(&json!({ "verb": "journal", "before_id": null, "limit": 50 })).map(|j| j.to_string());
    for kept in [&secret, &token] {
        ensure!(!held.contains(kept.as_str()), "the window still has a secret");
        ensure!(!programs.to_string().contains(kept.as_str()), "the till says a secret twice");
        ensure!(!journal.as_ref().is_ok_and(|journal| journal.contains(kept.as_str())), "the journal has a secret");
    }
    let id = programs["programs"][0]["id"].as_i64().context("a program")?;
    ensure!(programs["programs"][0]["settings"]["name"] == "茶铺网店", "{programs}");
    ensure!(key_id.is_empty() || programs["programs"][0]["key_id"] == key_id.as_str(), "{key_id}: {programs}");

    // A test call from the page.
    click(&desk, &format!("program-test-{id}")).await?;
    click(&desk, "test-go").await?;
    let result =
        "return (document.querySelector('[data-testid=\"test-result\"]')?.textContent ?? '').includes('success')";
    web::until(&desk.client, "the answer of the test call", result).await?;
    web::shot(&desk.client, "window-programs-test").await?;
    ensure!(shop.heard().len() == 1, "{:?}", shop.heard());

    // An order is paid while the shop is down; its owner sends again once it is up.
    shop.now(Manner::Says(502, b"bad gateway".to_vec()));
    let program = Program { address: desk.till.address, id, key_id, secret, token };
    is_accepted(&program.send(&program.vmq_create(&Asked::new("window-1", &yuan(1880))))?);
    let order = desk.till.order("window-1")?;
    ensure!(phone.send(&phone.push(WECHAT, due(&order)))?.status == 200);
    shop.nth(2)?;
    // Its payment does not turn the till green: the customer is somewhere else.
    let flood =
        desk.client.execute("return !!document.querySelector('[data-testid=\"paid-flood\"]')", Vec::new()).await?;
    ensure!(flood == Value::Bool(false), "a web shop's payment floods the till");
    let ticket = order["ticket_id"].as_i64().context("ticket_id")?;
    click(&desk, &format!("order-{ticket}")).await?;
    web::element(&desk.client, "order-drawer").await?;
    web::element(&desk.client, "order-again").await?;
    let rests = "return document.getAnimations().every((a) => a.playState !== 'running' || a.effect.getComputedTiming().endTime > 3000)";
    web::until(&desk.client, "the drawer to rest", rests).await?;
    web::shot(&desk.client, "window-programs-order").await?;
    shop.now(Manner::text("success"));
    click(&desk, "order-again").await?;
    let delivered = until("the delivery", || {
        let order = desk.till.order("window-1")?;
        Ok((order["delivery"]["state"] == "delivered").then_some(order))
    })?;
    ensure!(delivered["delivery"]["attempts"].as_array().is_some_and(|all| all.len() == 2), "{delivered}");
    let no_more = "return !document.querySelector('[data-testid=\"order-again\"]')";
    web::until(&desk.client, "no button to send again what was delivered", no_more).await?;
    web::shot(&desk.client, "window-programs-delivered").await?;
    desk.to(Window::Counter).await?;
    web::attribute(&desk.client, "counter-phase", "data-phase", "idle").await
}
