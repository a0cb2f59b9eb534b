//! What a person feels: from Enter to the codes, from the push to green, from the start to the first key; and memory.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::{Context, Result};
use qiantai_tests::desk::{Around, Desk, ENTER, Window};
use qiantai_tests::phone::WECHAT;
use qiantai_tests::till::{cli, due, id};
use qiantai_tests::{Till, clock, now_ms, web};
use serde_json::{Value, json};

use crate::report::{Report, percentile};

/// Notes when Enter is struck, on the page's own clock, before the page sees it.
const WATCH_ENTER: &str = "window.__enter = []; window.addEventListener('keydown', e => { \
    if (e.code === 'Enter' || e.code === 'NumpadEnter' || e.key === 'Enter') window.__enter.push(performance.timeOrigin + performance.now()) }, true); return true";

/// Times of `many` sales in the release build's window.
pub fn window(report: &mut Report, many: i64) -> Result<()> {
    starts(report)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(sales(report, many))
}

/// From the process's start to the ready line, without windows.
fn starts(report: &mut Report) -> Result<()> {
    let mut took = Vec::new();
    for _ in 0..5 {
        let began = clock();
        let _till = Till::start()?;
        took.push(began.elapsed());
    }
    report.within("start to ready, without windows, p50 of 5", percentile(&took, 50), Duration::from_millis(1500));
    Ok(())
}

async fn sales(report: &mut Report, many: i64) -> Result<()> {
    let mut started = Vec::new();
    for _ in 0..4 {
        let desk = named_shop().await?;
        started.push(first_key(&desk).await?);
        desk.client.close().await?;
    }
    let desk = named_shop().await?;
    started.push(first_key(&desk).await?);
    report.within("start to a till that takes keys, p50", percentile(&started, 50), Duration::from_millis(1500));

    desk.till.add_codes()?;
    desk.past_wizard().await?;
    let phone = desk.till.pair("counter phone")?;
    desk.client.execute(WATCH_ENTER, Vec::new()).await?;
    let (mut to_codes, mut to_green) = (Vec::new(), Vec::new());
    for n in 0..many {
        desk.to(Window::Till).await?;
        let keys: Vec<char> = (20 + n).to_string().chars().chain([ENTER]).collect();
        desk.press(&keys).await?;
        let ticket = newest(&desk)?;
        let entered = last_enter(&desk).await?;
        let mut painted = mark(&desk, "qr", id(&ticket)).await?;
        let number = ticket["number"].as_i64().context("number")?;
        desk.to(Window::Counter).await?;
        painted = painted.max(mark(&desk, "counter-qr", id(&ticket)).await?);
        to_codes.push(millis(painted - entered));

        let push = phone.push(WECHAT, due(&ticket));
        let sent = wall();
        phone.send(&push)?;
        // The customer's screen knows a ticket by its number only.
        let mut green = mark(&desk, "counter-paid", number).await?;
        desk.to(Window::Till).await?;
        green = green.max(mark(&desk, "paid", id(&ticket)).await?);
        to_green.push(millis(green - sent));
    }
    report.within("Enter to codes painted on both windows, p95", percentile(&to_codes, 95), Duration::from_millis(100));
    report.within("push to green painted on both windows, p95", percentile(&to_green, 95), Duration::from_millis(120));
    report.tell("Enter to codes painted, p50", crate::report::time(percentile(&to_codes, 50)));
    report.tell("push to green painted, p50", crate::report::time(percentile(&to_green, 50)));
    report.tell("memory of all its processes (PSS)", format!("{} MB", pss(desk.group_id())? / 1024));
    Ok(())
}

/// A shop that has done its first set-up, so that its window opens on the till.
async fn named_shop() -> Result<Desk> {
    let around = Around::start()?;
    let named = cli(around.home.path(), &["settings", "set", "shop_name", "Corner Tea"])?;
    anyhow::ensure!(named.code == 0, "{named:?}");
    Desk::open_in(around, &["--no-alerts"]).await
}

/// The till's newest ticket, once it has one that waits.
fn newest(desk: &Desk) -> Result<Value> {
    qiantai_tests::until("the ticket", || {
        let list = desk.till.call(&json!({ "verb": "waiting" }))?;
        Ok(list.as_array().and_then(|all| all.last().cloned()))
    })
}

fn wall() -> f64 {
    now_ms() as f64
}

fn millis(ms: f64) -> Duration {
    Duration::from_secs_f64(ms.max(0.0) / 1000.0)
}

async fn last_enter(desk: &Desk) -> Result<f64> {
    let at = desk.client.execute("return window.__enter[window.__enter.length - 1]", Vec::new()).await?;
    at.as_f64().context("Enter was not seen")
}

/// When this window painted something of a ticket: its first mark of that name.
async fn mark(desk: &Desk, name: &str, ticket: i64) -> Result<f64> {
    let find = format!("(window.__marks ?? []).find(m => m.name === '{name}' && m.ticket === {ticket})");
    web::until(&desk.client, &format!("the mark {name} of ticket {ticket}"), &format!("return !!{find}")).await?;
    desk.client.execute(&format!("return {find}.at"), Vec::new()).await?.as_f64().context("a mark has a time")
}

/// From the program's start until its window shows the till of this shop, painted.
async fn first_key(desk: &Desk) -> Result<Duration> {
    desk.to(Window::Till).await?;
    // The shop's name comes with its settings: from then on a key does what it should.
    let script = "return !!document.querySelector('[data-testid=\"amount-entry\"]') && document.body.innerText.includes('Corner Tea')";
    web::until(&desk.client, "the till", script).await?;
    web::painted(&desk.client).await?;
    let painted = wall();
    let program =
        descendants(desk.group_id())?.into_iter().find(|pid| name_of(*pid) == "qiantai").context("its process")?;
    Ok(millis(painted - started_at(program)?))
}

/// A process's start, in Unix milliseconds (to the hundredth of a second, as the kernel keeps it).
fn started_at(pid: u32) -> Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let ticks: f64 = stat.rsplit(')').next().and_then(|s| s.split_whitespace().nth(19)).context("stat")?.parse()?;
    let uptime: f64 = std::fs::read_to_string("/proc/uptime")?.split(' ').next().context("uptime")?.parse()?;
    Ok(wall() - (uptime - ticks / 100.0) * 1000.0)
}

fn name_of(pid: u32) -> String {
    std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default().trim().to_owned()
}

/// A process and everything below it.
fn descendants(top: u32) -> Result<BTreeSet<u32>> {
    let mut parents = BTreeMap::new();
    for entry in std::fs::read_dir("/proc")? {
        let Ok(pid) = entry?.file_name().to_string_lossy().parse::<u32>() else { continue };
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let parent = stat.rsplit(')').next().and_then(|s| s.split_whitespace().nth(1)).and_then(|p| p.parse().ok());
        parents.insert(pid, parent.unwrap_or(0));
    }
    let mut found = BTreeSet::from([top]);
    loop {
        let more: Vec<u32> = parents
            .iter()
            .filter(|(pid, parent)| found.contains(parent) && !found.contains(pid))
            .map(|(p, _)| *p)
            .collect();
        if more.is_empty() {
            return Ok(found);
        }
        found.extend(more);
    }
}

/// Proportional memory in kB of the program with its web processes; the driver itself is not counted.
fn pss(driver: u32) -> Result<u64> {
    let mut sum = 0;
    for pid in descendants(driver)?.into_iter().filter(|pid| *pid != driver) {
        let rollup = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
        let line = rollup.lines().find_map(|l| l.strip_prefix("Pss:"));
        sum += line.and_then(|l| l.split_whitespace().next()).and_then(|n| n.parse::<u64>().ok()).unwrap_or(0);
    }
    Ok(sum)
}
