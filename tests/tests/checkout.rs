//! The page where a customer of a web shop pays, in a browser: on a phone and on a desk, in each of its states.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use anyhow::{Context, Result, ensure};
use qiantai_tests::browser::Browser;
use qiantai_tests::foreign::ForeignShop;
use qiantai_tests::http::{self, Call};
use qiantai_tests::merchant::{Manner, Merchant};
use qiantai_tests::pages::{AUDIT, SETTLE};
use qiantai_tests::phone::{ALIPAY, WECHAT};
use qiantai_tests::program::{Asked, Program};
use qiantai_tests::replies::is_accepted;
use qiantai_tests::till::{ALIPAY_CODE, WECHAT_CODE, due};
use qiantai_tests::{Phone, Till, book, now_ms, sign, web};
use serde_json::{Value, json};

const PHONE: (u32, u32) = (390, 844);
const DESK: (u32, u32) = (1280, 800);
const WAITING: &str = "main.wrap .due[data-fen]";
const PAID: &str = "main.full .seal.done";
const OVER: &str = "main.full .already";

/// A browser of a size that hears what pages complain about.
async fn browser(size: (u32, u32), lang: &str) -> Result<Browser> {
    let browser = Browser::open(1280, 900).await?;
    browser.be(size, size == PHONE, lang).await?;
    browser.listen().await?;
    Ok(browser)
}

/// Waits for a state, keeps a picture of it, and fails on whatever a program can see to be wrong with it.
async fn look(browser: &Browser, expected: &str, name: &str, lang: &str) -> Result<()> {
    let late = browser.client.execute_async(SETTLE, vec![json!(expected), json!(false), json!(15_000)]).await?;
    let page = browser.client.execute("return document.body.innerText", Vec::new()).await?;
    ensure!(late.is_null(), "{name}: {late}; the page says: {page}");
    let known = json!(["巷口茶铺", "中文", "微", "支"]);
    let wrong = browser.client.execute(AUDIT, vec![json!(lang), json!([]), known]).await?;
    web::shot(&browser.client, name).await?;
    ensure!(wrong == json!([]), "{name}: {wrong}");
    Ok(())
}

async fn open(browser: &Browser, till: &Till, order: &Value) -> Result<()> {
    let path = order["checkout_path"].as_str().context("checkout_path")?;
    browser.client.goto(&format!("http://{}{path}", till.address)).await?;
    Ok(())
}

fn shop_till() -> Result<(Till, Phone)> {
    let (till, phone) = Till::with_phone()?;
    till.change_settings(|s| s["shop_name"] = "巷口茶铺".into())?;
    Ok((till, phone))
}

fn order(till: &Till, program: &Program, out_no: &str, price: &str) -> Result<Value> {
    let program = Program { address: till.address, ..program.clone() };
    is_accepted(&program.send(&program.vmq_create(&Asked::new(out_no, price)))?);
    till.order(out_no)
}

/// Fails if anything that signs or opens doors is in what the page has: its text, its storage, its addresses.
async fn keeps_no_secret(browser: &Browser, till: &Till, order: &Value, secrets: &[&str]) -> Result<()> {
    let script = "return JSON.stringify([document.documentElement.outerHTML, location.href, document.cookie, \
                  Object.entries(localStorage), Object.entries(sessionStorage), \
                  performance.getEntriesByType('resource').map((r) => r.name), window.name, history.state])";
    let has = browser.client.execute(script, Vec::new()).await?;
    let has = has.as_str().context("a text")?;
    let path = order["checkout_path"].as_str().context("checkout_path")?;
    let page = http::once(till.address, &Call::get(path))?;
    let state = http::once(till.address, &Call::get(format!("{path}/state")))?;
    for secret in secrets {
        ensure!(!has.contains(secret), "the page has {secret}");
        ensure!(!format!("{page:?}{}{state:?}{}", page.text(), state.text()).contains(secret), "the wire has {secret}");
    }
    let stores = browser.client.execute("return localStorage.length + sessionStorage.length", Vec::new()).await?;
    ensure!(stores == json!(0), "the page keeps something");
    Ok(())
}

/// From the shop's link to the shop's thanks, with a client that somebody else wrote at both ends.
#[tokio::test(flavor = "multi_thread")]
async fn on_a_phone_from_the_link_to_the_thanks() -> Result<()> {
    let (till, phone) = shop_till()?;
    let shop = ForeignShop::open("epay_shop.py")?;
    let program = till.add_program("epay", json!({ "callback_prefixes": [format!("{}/", shop.url)] }))?;
    shop.configure(&program)?;
    let buy = |number: &str| {
        shop.act(
            "buy",
            json!({
                "number": number, "amount": "15.00", "subject": "一年会员<img src=x onerror=hacked=1>", "pay_type": "wxpay",
                "notify_url": format!("{}/notify", shop.url), "return_url": format!("{}/back", shop.url),
            }),
        )
    };
    // Somebody else waits with the same price, so this one has a tail to explain.
    let first = http::visit(buy("first")?.as_str().unwrap())?;
    assert_eq!(first.status, 302);
    assert!(till.order("first")?["shown_at"].is_null(), "nobody has seen its page");
    let link = buy("second")?;
    let browser = browser(PHONE, "zh-CN").await?;
    browser.client.goto(link.as_str().unwrap()).await?;
    look(&browser, WAITING, "checkout-phone-waiting", "zh-CN").await?;
    let order = till.order("second")?;
    assert_eq!((&order["price_fen"], due(&order)), (&json!(1500), 1499));
    let text = browser.client.execute("return document.body.innerText", Vec::new()).await?;
    let text = text.as_str().unwrap();
    for said in ["14.99", "15.00", "0.01", "巷口茶铺"] {
        assert!(text.contains(said), "it does not say {said}: {text}");
    }
    assert_eq!(browser.client.execute("return typeof window.hacked", Vec::new()).await?, "undefined");
    web::shows_codes(&browser.client, "checkout-phone-waiting", &[WECHAT_CODE]).await?;
    keeps_no_secret(&browser, &till, &order, &[&program.secret, &program.token, &phone.key, &phone.token]).await?;
    assert!(order["shown_at"].is_i64(), "{order}");

    // Only the stream can tell it now.
    browser.block(&["*/state"]).await?;
    ensure!(phone.send(&phone.push(WECHAT, 1499))?.status == 200);
    look(&browser, PAID, "checkout-phone-paid", "zh-CN").await?;
    till.until_delivery("second", "delivered")?;
    // It goes on by itself, to an address that the shop's client finds signed.
    let back = format!("return location.href.startsWith('{}/back')", shop.url);
    web::until(&browser.client, "the way back to the shop", &back).await?;
    assert_eq!(web::css(&browser.client, "body").await?.text().await?, "paid");
    assert!(shop.told()?.iter().any(|told| told["door"] == "back" && told["said"] == "paid"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn at_a_desk_without_the_event_stream() -> Result<()> {
    let (till, phone) = shop_till()?;
    let shop = Merchant::open(Manner::text("success"))?;
    let program =
        till.add_program("v1", json!({ "callback_prefixes": [shop.url("/")], "notify_url": shop.url("/n") }))?;
    let body = r#"{"order_no":"desk","price_fen":2600,"title":"两杯茶"}"#;
    let made = program.send(&program.v1("POST", "/api/v1/tickets", body).header("idempotency-key", "desk"))?;
    ensure!(made.status / 100 == 2, "{}", made.text());
    let order = till.order("desk")?;
    let browser = browser(DESK, "zh-CN").await?;
    browser.block(&["*/events"]).await?;
    open(&browser, &till, &order).await?;
    look_past_the_blocked(&browser, WAITING, "checkout-desk-waiting").await?;
    web::shows_codes(&browser.client, "checkout-desk-waiting", &[WECHAT_CODE]).await?;
    let tabs = "document.querySelectorAll('[role=tab]')";
    assert_eq!(browser.client.execute(&format!("return {tabs}.length"), Vec::new()).await?, 2);
    browser.client.execute(&format!("{tabs}[1].click()"), Vec::new()).await?;
    web::shows_codes(&browser.client, "checkout-desk-alipay", &[ALIPAY_CODE]).await?;
    ensure!(phone.send(&phone.push(ALIPAY, 2600))?.status == 200);
    look_past_the_blocked(&browser, PAID, "checkout-desk-paid").await?;
    // There is no address to go back to: it stays, and says that it may be closed.
    let text = browser.client.execute("return document.body.innerText", Vec::new()).await?;
    assert!(text.as_str().unwrap().contains("可以关掉这个页面了"), "{text}");
    keeps_no_secret(&browser, &till, &order, &[&program.secret, &program.token]).await
}

/// [`look`], where the browser itself complains of what the test took away.
async fn look_past_the_blocked(browser: &Browser, expected: &str, name: &str) -> Result<()> {
    web::css(&browser.client, expected).await?;
    let forget =
        "window.qiantaiSaid = window.qiantaiSaid.filter((said) => !/ERR_BLOCKED|did not load|\\/events/.test(said))";
    browser.client.execute(forget, Vec::new()).await?;
    look(browser, expected, name, "zh-CN").await
}

#[tokio::test(flavor = "multi_thread")]
async fn time_runs_out_and_the_shop_takes_it_back() -> Result<()> {
    let (mut till, phone) = shop_till()?;
    let shop = Merchant::open(Manner::text("success"))?;
    let told =
        json!({ "callback_prefixes": [shop.url("/")], "notify_url": shop.url("/n"), "return_url": shop.url("/back") });
    let program = till.add_program("vmq", told)?;
    let expiring = order(&till, &program, "expiring", "7.00")?;
    let closing = order(&till, &program, "closing", "8.00")?;
    till.stop()?;
    let (data, ticket) = (till.data(), expiring["ticket_id"].as_i64().unwrap());
    tokio::task::spawn_blocking(move || book::set_expiry(&data, ticket, now_ms() + 12_000)).await??;
    let till = till.restart()?;
    let (small, large) = (browser(PHONE, "zh-CN").await?, browser(DESK, "zh-CN").await?);
    open(&small, &till, &expiring).await?;
    look(&small, WAITING, "checkout-phone-last-seconds", "zh-CN").await?;
    look(&small, OVER, "checkout-phone-expired", "zh-CN").await?;
    assert_eq!(till.order("expiring")?["status"], "expired");
    let says = |text: &'static str| format!("return document.body.innerText.includes('{text}')");
    web::until(&small.client, "not to pay again", &says("不用再付")).await?;
    let codes = "return document.querySelectorAll('img, .qr').length";
    assert_eq!(small.client.execute(codes, Vec::new()).await?, 0, "a void code stays on the screen");

    open(&large, &till, &closing).await?;
    look(&large, WAITING, "checkout-desk-before-closing", "zh-CN").await?;
    let number = closing["order_no"].as_str().unwrap();
    let sign = sign::vmq(&[number, &program.secret]);
    let program = Program { address: till.address, ..program };
    is_accepted(&program.send(&Call::get(format!("/closeOrder?orderId={number}&sign={sign}")))?);
    look(&large, OVER, "checkout-desk-closed", "zh-CN").await?;
    web::until(&large.client, "closed", &says("订单已关闭")).await?;
    // Before it is paid the way back says nothing signed.
    let back = large.client.execute("return document.querySelector('#back')?.href ?? ''", Vec::new()).await?;
    assert_eq!(back, json!(shop.url("/back")));
    // A picture of its code is no longer given.
    let path = closing["checkout_path"].as_str().unwrap();
    assert_eq!(http::once(till.address, &Call::get(format!("{path}/code/0.png")))?.status, 404);
    let phone = Phone { address: till.address, ..phone };
    ensure!(phone.send(&phone.push(WECHAT, 800))?.status == 200);
    shop.was_left_alone()
}

#[tokio::test(flavor = "multi_thread")]
async fn in_english_and_through_an_outage() -> Result<()> {
    let (till, phone) = shop_till()?;
    till.change_settings(|s| s["lang"] = "en".into())?;
    let program = till.add_program("vmq", json!({}))?;
    let made = order(&till, &program, "english", "9.90")?;
    let browser = browser(PHONE, "en-GB").await?;
    let dark = json!({ "features": [{ "name": "prefers-color-scheme", "value": "dark" }] });
    browser.devtools("Emulation.setEmulatedMedia", dark).await?;
    open(&browser, &till, &made).await?;
    look(&browser, WAITING, "checkout-phone-en-dark", "en").await?;
    // The till goes and comes back: what was paid meanwhile is seen.
    let till = till.restart_on_its_port()?;
    let phone = Phone { address: till.address, ..phone };
    ensure!(phone.send(&phone.push(WECHAT, due(&made)))?.status == 200);
    web::css(&browser.client, PAID).await?;
    browser.client.execute("window.qiantaiSaid.length = 0", Vec::new()).await?;
    look(&browser, PAID, "checkout-phone-en-paid", "en").await
}

/// What is on the wire around the page: its policy, its size, nothing from elsewhere.
#[test]
fn the_page_is_small_and_strict() -> Result<()> {
    let (till, _) = shop_till()?;
    let program = till.add_program("vmq", json!({}))?;
    let made = order(&till, &program, "strict", "1.00")?;
    let path = made["checkout_path"].as_str().unwrap();
    let page = http::once(till.address, &Call::get(path))?;
    let policy = page.header("content-security-policy").context("a policy")?;
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains('*') && !policy.contains("http"), "{policy}");
    for (name, value) in [("x-content-type-options", "nosniff"), ("referrer-policy", "no-referrer")] {
        assert_eq!(page.header(name), Some(value), "{name}");
    }
    assert!(page.header("cache-control").is_some_and(|c| c.contains("no-store") || c.contains("no-cache")));
    let html = page.text();
    assert!(!html.contains("<style") && !html.contains("<script>"), "something is inline: {html}");
    let files: Vec<&str> = html.split(['"', '\'']).filter(|part| part.starts_with("/assets/")).collect();
    assert!(!files.is_empty(), "{html}");
    assert!(!html.contains("src=\"http") && !html.contains("href=\"http"), "something comes from elsewhere");
    let mut bytes = html.len();
    for file in files {
        let file = http::once(till.address, &Call::get(file))?;
        assert_eq!(file.status, 200);
        bytes += file.body.len();
    }
    // 60 KB gzipped is what it may have; nothing that is 200 KB plain can be more.
    assert!(bytes < 200_000, "{bytes} bytes");
    for wrong in ["/pay/", "/pay/x", "/pay/x/events", "/pay/x/state", "/pay/x/code/0.png"] {
        let reply = http::once(till.address, &Call::get(wrong))?;
        assert_eq!(reply.status, 404, "{wrong}");
    }
    // Nobody can do anything here.
    assert_eq!(http::once(till.address, &Call::new("POST", path))?.status, 405);
    Ok(())
}
