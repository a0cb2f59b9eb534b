//! The owner's evening in the real window: people with PINs, a sale and a refund that needs the owner, covered figures,
//! a file for the books, the day sealed and copied, and the wallet's own statement with a payment missing.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use fantoccini::Client;
use qiantai_tests::desk::{Around, Desk, ENTER};
use qiantai_tests::phone::{ALIPAY, WECHAT, yuan};
use qiantai_tests::till::{ALIPAY_CODE, WECHAT_CODE, cli, due, id};
use qiantai_tests::{PATIENCE, Phone, clock, picture, until, web};
use serde_json::{Value, json};

/// Ctrl, F9, Escape as WebDriver presses them.
const CTRL: char = '\u{e009}';
const F9: char = '\u{e039}';

const OWNER: (&str, &str) = ("Lin", "2580");
const CASHIER: (&str, &str) = ("Chen", "1357");

async fn click(client: &Client, testid: &str) -> Result<()> {
    // A list that is drawn anew while we look at it: find it again.
    let began = clock();
    loop {
        let clicked = web::element(client, testid).await?.click().await;
        match clicked {
            Ok(()) => return Ok(()),
            Err(error) if began.elapsed() > PATIENCE => return Err(error).context(format!("clicking {testid}")),
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(30)).await,
        }
    }
}

async fn fill(client: &Client, testid: &str, text: &str) -> Result<()> {
    let field = web::element(client, testid).await?;
    field.clear().await?;
    field.send_keys(text).await?;
    let script = format!("return document.querySelector('[data-testid=\"{testid}\"]')?.value === {}", json!(text));
    web::until(client, &format!("{text} in {testid}"), &script).await
}

async fn gone(client: &Client, testid: &str) -> Result<()> {
    let script = format!("return !document.querySelector('[data-testid=\"{testid}\"]')");
    web::until(client, &format!("{testid} to go"), &script).await
}

/// Waits until an element's text, without spaces, contains all of `words`.
async fn says(client: &Client, testid: &str, words: &[&str]) -> Result<()> {
    let script = format!(
        "const e = document.querySelector('[data-testid=\"{testid}\"]'); const text = e ? e.textContent.replace(/\\s/g, '') : ''; return !!e && {}.every((w) => text.includes(w))",
        json!(words)
    );
    web::until(client, &format!("{testid} to say {words:?}"), &script).await
}

/// Types a PIN on the pad's keys, as a finger does.
async fn on_the_pad(client: &Client, pin: &str) -> Result<()> {
    for digit in pin.chars() {
        let key = format!("//form[contains(@class,'pin')]//button[normalize-space(.)='{digit}']");
        client.find(fantoccini::Locator::XPath(&key)).await?.click().await?;
    }
    click(client, "pin-go").await
}

/// The people by name, as the lock screen lists them.
async fn choose_person(client: &Client, name: &str) -> Result<()> {
    let script = format!(
        "const e = [...document.querySelectorAll('[role=\"radio\"][data-testid^=\"person-\"]')].find((e) => e.textContent.includes('{name}')); e?.click(); return e?.getAttribute('aria-checked') === 'true' || e?.ariaChecked === 'true'"
    );
    web::until(client, &format!("{name} to be chosen"), &script).await
}

async fn lock(desk: &Desk) -> Result<()> {
    use fantoccini::actions::{InputSource, KeyAction, KeyActions};
    let keys = KeyActions::new("keyboard".to_owned())
        .then(KeyAction::Down { value: CTRL })
        .then(KeyAction::Down { value: 'l' })
        .then(KeyAction::Up { value: 'l' })
        .then(KeyAction::Up { value: CTRL });
    desk.client.perform_actions(keys).await?;
    desk.client.release_actions().await?;
    web::element(&desk.client, "lock-screen").await?;
    Ok(())
}

async fn sign_in(client: &Client, (name, pin): (&str, &str)) -> Result<()> {
    web::element(client, "lock-screen").await?;
    choose_person(client, name).await?;
    on_the_pad(client, pin).await?;
    gone(client, "lock-screen").await?;
    says(client, "staff", &[name]).await
}

async fn settings(client: &Client, section: &str) -> Result<()> {
    click(client, "nav-settings").await?;
    click(client, &format!("settings-nav-{section}")).await
}

async fn add_person(client: &Client, (name, pin): (&str, &str)) -> Result<()> {
    click(client, "person-add").await?;
    web::element(client, "person-dialog").await?;
    fill(client, "person-name", name).await?;
    fill(client, "person-pin", pin).await?;
    fill(client, "person-pin-again", pin).await?;
    click(client, "person-save").await?;
    gone(client, "person-dialog").await
}

/// Keys an amount at the till and waits until it stands there.
async fn key_in(desk: &Desk, amount: &str) -> Result<()> {
    let stands = format!(
        "const e = document.querySelector('[data-testid=\"amount-entry\"]'); return !!e && e.textContent.replace(/[^0-9.]/g, '').startsWith('{amount}')"
    );
    let keys: Vec<char> = amount.chars().collect();
    desk.press(&keys).await?;
    web::until(&desk.client, &format!("{amount} at the till"), &stands).await
}

/// A sale from the keys to the money that a phone tells of. The ticket as it was paid.
async fn sell(desk: &Desk, phone: &Phone, kind: &str, amount: &str) -> Result<Value> {
    click(&desk.client, "nav-till").await?;
    key_in(desk, amount).await?;
    desk.press(&[ENTER]).await?;
    let ticket = until("the ticket", || {
        let open = desk.till.call(&json!({ "verb": "waiting" }))?;
        Ok(open.as_array().and_then(|list| list.first()).cloned())
    })?;
    ensure!(phone.send(&phone.push(kind, due(&ticket)))?.status == 200);
    web::element(&desk.client, "paid-flood").await?;
    desk.till.ticket(id(&ticket))
}

async fn sell_for_cash(desk: &Desk, amount: &str) -> Result<()> {
    click(&desk.client, "nav-till").await?;
    key_in(desk, amount).await?;
    desk.press(&[F9]).await?;
    web::element(&desk.client, "cash-dialog").await?;
    click(&desk.client, "cash-done").await?;
    gone(&desk.client, "cash-dialog").await?;
    web::element(&desk.client, "paid-flood").await?;
    Ok(())
}

/// Unix ms as the wallet writes it: Beijing time.
fn beijing(at: i64) -> Result<String> {
    let said = Command::new("date")
        .env("TZ", "Asia/Shanghai")
        .args(["-d", &format!("@{}", at / 1000), "+%Y-%m-%d %H:%M:%S"])
        .output()?;
    ensure!(said.status.success(), "{said:?}");
    Ok(String::from_utf8(said.stdout)?.trim().to_owned())
}

/// WeChat's own list of the day (§2 of the formats), with these receipts.
fn wechat_statement(from: i64, to: i64, receipts: &[(i64, i64)]) -> Result<String> {
    let sum: i64 = receipts.iter().map(|(_, fen)| fen).sum();
    let (from, to) = (beijing(from)?, beijing(to)?);
    let mut text = format!(
        "\u{feff}微信支付账单明细,,,,,,,,,,\r\n微信昵称：[南门馄饨],,,,,,,,,,\r\n起始时间：[{from}] 终止时间：[{to}],,,,,,,,,,\r\n\
         导出类型：[全部],,,,,,,,,,\r\n导出时间：[{to}],,,,,,,,,,\r\n,,,,,,,,,,\r\n共{n}笔记录,,,,,,,,,,\r\n\
         收入：{n}笔 {sum}元,,,,,,,,,,\r\n支出：0笔 0.00元,,,,,,,,,,\r\n中性交易：0笔 0.00元,,,,,,,,,,\r\n注：,,,,,,,,,,\r\n\
         1. 充值/提现/理财通购买/零钱通存取/信用卡还款等交易，将计入中性交易,,,,,,,,,,\r\n2. 本明细仅展示当前账单中的交易，不包括已删除的记录,,,,,,,,,,\r\n\
         3. 本明细仅供个人对账使用,,,,,,,,,,\r\n4. 本账单中所有时间均为UTC+08:00时间,,,,,,,,,,\r\n,,,,,,,,,,\r\n\
         ----------------------微信支付账单明细列表--------------------,,,,,,,,,,\r\n\
         交易时间,交易类型,交易对方,商品,收/支,金额(元),支付方式,当前状态,交易单号,商户单号,备注\r\n",
        n = receipts.len(),
        sum = yuan(sum),
    );
    for (n, (at, fen)) in receipts.iter().enumerate() {
        let row = format!(
            "{},二维码收款,客人,\"收款方备注:二维码收款\",收入,¥{},零钱,已收钱,\"10001071012026112000000000000{n:03}\t\",\"/\",\"/\"\r\n",
            beijing(*at)?,
            yuan(*fen),
        );
        text.push_str(&row);
    }
    Ok(text)
}

/// Drops a file onto an element, as a hand does from the desktop.
async fn drop_file(client: &Client, testid: &str, name: &str, text: &str) -> Result<()> {
    web::element(client, testid).await?;
    let script = "const [testid, name, text] = arguments;
        const data = new DataTransfer();
        data.items.add(new File([text], name, { type: 'text/csv' }));
        document.querySelector(`[data-testid=\"${testid}\"]`)
            .dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));";
    client.execute(script, vec![json!(testid), json!(name), json!(text)]).await?;
    Ok(())
}

/// The sum of a column of a CSV file without quoted commas, in fen.
fn column_sum(file: &Path, column: &str) -> Result<(usize, i64)> {
    let text = std::fs::read_to_string(file)?;
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    let head: Vec<&str> = lines.next().context("a header")?.split(',').collect();
    let at = head.iter().position(|name| *name == column).with_context(|| format!("no {column} in {head:?}"))?;
    let mut rows = 0;
    let mut sum = 0;
    for line in lines {
        ensure!(!line.contains('"'), "nothing here needs quotes: {line}");
        let cell = line.split(',').nth(at).context("a cell")?;
        let (sign, plain) = cell.strip_prefix('-').map_or((1, cell), |rest| (-1, rest));
        let (yuan, fen) = plain.split_once('.').with_context(|| format!("an amount: {cell}"))?;
        sum += sign * (yuan.parse::<i64>()? * 100 + fen.parse::<i64>()?);
        rows += 1;
    }
    Ok((rows, sum))
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_first_pin_to_the_statement() -> Result<()> {
    let around = Around::start()?;
    let home = around.home.path().to_owned();
    for (name, payload) in [("wechat", WECHAT_CODE), ("alipay", ALIPAY_CODE)] {
        let file = home.join(format!("{name}.png"));
        std::fs::write(&file, picture::of_code(payload)?)?;
        let said = cli(&home, &["code", "import", &file.display().to_string(), "--label", name])?;
        ensure!(said.code == 0, "{said:?}");
    }
    let desk = Desk::open_in(around, &["--no-alerts"]).await?;
    let done = evening(&desk, &home).await;
    if done.is_err() {
        web::shot(&desk.client, "evening-failed").await?;
    }
    done
}

async fn evening(desk: &Desk, home: &Path) -> Result<()> {
    desk.past_wizard().await?;
    let page = &desk.client;
    let phone = desk.till.pair("counter phone")?;
    let opened_at = qiantai_tests::now_ms();

    // The first owner with a PIN: from now on the till asks who is there.
    settings(page, "people").await?;
    web::element(page, "people-open").await?;
    add_person(page, OWNER).await?;
    web::until(
        page,
        "the till to know its owner",
        "return !!document.querySelector('[data-testid=\"staff\"], [data-testid=\"lock-screen\"]')",
    )
    .await?;
    if page.find(fantoccini::Locator::Css("[data-testid=\"lock-screen\"]")).await.is_err() {
        lock(desk).await?;
    }
    web::shot(page, "evening-lock").await?;
    // A wrong PIN says so and opens nothing.
    choose_person(page, OWNER.0).await?;
    on_the_pad(page, "9999").await?;
    web::until(
        page,
        "a word about the PIN",
        "return !!document.querySelector('[data-testid=\"pin-trouble\"]')?.textContent.trim()",
    )
    .await?;
    sign_in(page, OWNER).await?;
    settings(page, "people").await?;
    add_person(page, CASHIER).await?;
    says(page, "people-list", &[OWNER.0, CASHIER.0]).await?;

    // The cashier sells.
    lock(desk).await?;
    sign_in(page, CASHIER).await?;
    let first = sell(desk, &phone, WECHAT, "15").await?;
    let second = sell(desk, &phone, ALIPAY, "26").await?;
    let third = sell(desk, &phone, WECHAT, "18").await?;
    sell_for_cash(desk, "20").await?;
    for ticket in [&first, &second, &third] {
        ensure!(ticket["status"] == "paid", "{ticket}");
    }

    // A refund asks for the owner in place.
    click(page, "nav-inbox").await?;
    click(page, "nav-till").await?;
    click(page, &format!("refund-{}", id(&second))).await?;
    web::element(page, "refund-dialog").await?;
    fill(page, "refund-amount", "6").await?;
    fill(page, "refund-reason", "one bowl back").await?;
    click(page, "refund-go").await?;
    web::element(page, "approval-dialog").await?;
    ensure!(desk.till.ticket(id(&second))?["refunded_fen"] == 0, "nothing is given back before somebody approves");
    web::shot(page, "evening-approval").await?;
    choose_person(page, OWNER.0).await?;
    on_the_pad(page, OWNER.1).await?;
    gone(page, "approval-dialog").await?;
    gone(page, "refund-dialog").await?;
    let second = desk.till.ticket(id(&second))?;
    ensure!(second["refunded_fen"] == 600 && second["exception"] == "part_refunded", "{second}");
    let refund = &second["refunds"][0];
    ensure!(
        refund["actor"].as_str().unwrap().starts_with(CASHIER.0)
            && refund["approved_by"].as_str().unwrap().starts_with(OWNER.0),
        "both are named: {refund}"
    );

    // The figures: covered, then exactly what was sold.
    lock(desk).await?;
    sign_in(page, OWNER).await?;
    click(page, "nav-totals").await?;
    web::element(page, "covered").await?;
    let covered =
        page.execute("return document.querySelector('[data-testid=\"totals\"]').innerText", Vec::new()).await?;
    ensure!(!covered.as_str().unwrap().contains(".00"), "a covered page holds no figure: {covered}");
    on_the_pad(page, OWNER.1).await?;
    let dues: Vec<i64> = [&first, &second, &third].map(due).to_vec();
    let by_wechat = dues[0] + dues[2];
    let net = dues.iter().sum::<i64>() + 2_000 - 600;
    says(page, "sum-net", &[&yuan(net)]).await?;
    web::element(page, "agrees").await?;
    web::painted(page).await?;
    web::shot(page, "evening-totals").await?;
    click(page, "channel-wechat").await?;
    says(page, "sum-net", &[&yuan(by_wechat)]).await?;
    web::attribute(page, "sales-table", "aria-rowcount", "3").await?; // two sales and the head
    web::element(page, "agrees").await?;

    // These rows as a file; its sum is the figure on the screen.
    let out = home.join("books");
    std::fs::create_dir_all(&out)?;
    for (narrowed, expected) in [(true, by_wechat), (false, net)] {
        if !narrowed {
            click(page, "channel-wechat").await?;
            says(page, "sum-net", &[&yuan(net)]).await?;
        }
        click(page, "export").await?;
        click(page, "export-sales").await?;
        web::element(page, "export-dialog").await?;
        click(page, "export-preset-csv").await?;
        fill(page, "export-folder", out.to_str().unwrap()).await?;
        click(page, "export-go").await?;
        web::attribute(page, "export-progress", "data-state", "done").await?;
        let file = newest(&out, "csv")?;
        let (received, refunded) = (column_sum(&file, "net_received")?, column_sum(&file, "refund")?);
        ensure!(
            received.1 == expected || received.1 - refunded.1 == expected,
            "{}: received {received:?}, refunds {refunded:?}, on the screen {expected}",
            file.display()
        );
        says(page, "export-dialog", &[&yuan(expected)]).await?;
        web::shot(page, "evening-export").await?;
        desk.press(&['\u{e00c}']).await?;
        gone(page, "export-dialog").await?;
        std::fs::remove_file(file)?;
    }

    // The day is closed with the cash counted: one note of 20.
    click(page, "close-day").await?;
    web::element(page, "day-close").await?;
    says(page, "day-net", &[&yuan(net)]).await?;
    fill(page, "count-2000", "1").await?;
    click(page, "day-seal").await?;
    web::element(page, "day-sealed").await?;
    says(page, "day-sealed", &[&yuan(net)]).await?;
    web::shot(page, "evening-sealed").await?;
    click(page, "sealed-done").await?;

    // The copy that closing makes is there, and is sound.
    let copy = until("the backup of the closed day", || Ok(newest(&desk.data().join("backups"), "db").ok()))?;
    let said = until("the backup to be whole", || {
        let said = cli(home, &["check-backup", &copy.display().to_string(), "--json"])?;
        Ok((said.code == 0).then_some(said))
    })?;
    ensure!(said.json()?["sound"] == true, "{said:?}");

    // A sale after closing is a correction, and says so.
    sell_for_cash(desk, "9.9").await?;
    click(page, "nav-settings").await?;
    click(page, "staff").await?;
    click(page, "menu-z").await?;
    web::element(page, "z-reports").await?;
    web::element(page, "z-intact").await?;
    says(page, "z-later", &["9.90"]).await?;
    web::shot(page, "evening-z-later").await?;
    desk.press(&['\u{e00c}']).await?;
    gone(page, "z-reports").await?;

    // WeChat's own list has the first sale and lacks the other. It reaches an hour further, as if fetched later: what was
    // paid in its last minutes may not be in it yet, and raises no alarm.
    let (from, to) = (opened_at - 3_600_000, qiantai_tests::now_ms() + 3_600_000);
    let text = wechat_statement(from, to, &[(first["paid_at"].as_i64().unwrap(), dues[0])])?;
    settings(page, "files").await?;
    click(page, "to-statement").await?;
    drop_file(page, "statement-drop", "微信支付账单(20261120).csv", &text).await?;
    says(page, "sum-missing_in_statement", &["1", &yuan(dues[2])]).await?;
    says(page, "sum-matched", &["1", &yuan(dues[0])]).await?;
    says(page, &format!("line-t{}", id(&third)), &[&yuan(dues[2])]).await?;
    web::painted(page).await?;
    web::shot(page, "evening-statement").await?;
    // The same file once more adds nothing.
    drop_file(page, "statement-drop", "微信支付账单(20261120).csv", &text).await?;
    web::element(page, "statement-added").await?;
    says(page, "sum-missing_in_statement", &["1", &yuan(dues[2])]).await?;
    Ok(())
}

/// The newest file with an extension in a folder.
fn newest(dir: &Path, extension: &str) -> Result<std::path::PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(dir)?
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|path| path.extension().is_some_and(|e| e == extension))
        .collect();
    files.sort_by_key(|path| std::fs::metadata(path).and_then(|m| m.modified()).ok());
    files.pop().with_context(|| format!("no .{extension} in {}", dir.display()))
}
