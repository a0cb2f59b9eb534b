//! Every screen over the fake till, in both languages and both themes: a picture of each for a person to look at
//! (`target/shots`), and of each what a program can see: complaints of the page, texts cut off, left untranslated or too
//! faint, buttons without a name, dialogs that do not fit or leave the keyboard outside.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, ensure};
use fantoccini::Client;
use qiantai_tests::browser::Browser;
use qiantai_tests::pages::{self, AUDIT, Pages, SETTLE};
use qiantai_tests::shots;
use serde_json::{Value, json};

/// How many browsers look at once.
const BROWSERS: usize = 3;
/// The till's smallest window is `SMALL`; most shops have `USUAL`.
const USUAL: (u32, u32) = (1366, 768);
const SMALL: (u32, u32) = (1024, 640);

/// State of the fake till (`ui/src/lib/backend/mock/states.ts`) and what must be on the screen (a `data-testid`, or a
/// selector), by screen. A `*` marks the ones also looked at in the smallest window.
const TILL: &[(&str, &str)] = &[
    ("", "*amount-entry"),
    ("typing", "*amount-entry"),
    ("typing-items", "amount-entry"),
    ("waiting", "*ticket-card"),
    ("missing", "missing-dialog"),
    ("not-received", "*near-1"),
    ("offline", "strip-offline"),
    ("late-phone", "strip-late"),
    ("port", "strip-port"),
    ("paid", "*paid-flood"),
    ("two", "waiting-list"),
    ("expired", "ended"),
    ("late", "accept-late"),
    ("pool", "problem"),
    ("nocode", "no-code"),
    ("nophone", "amount-entry"),
    ("practice", "practice-stripe"),
    ("one", "ticket-card"),
    ("three", "ticket-card"),
    ("cash", "*cash-dialog"),
    ("discount", "*discount-dialog"),
    ("items", "*items-dialog"),
    ("parked", "parked-dialog"),
    ("paid-cash", "paid-flood"),
    ("help", "*key-help"),
    ("cart", "amount-entry"),
    ("wizard-1", "*wizard-step-1"),
    ("wizard-2", "wizard-step-2"),
    ("wizard-3", "wizard-step-3"),
    ("wizard-4", "wizard-step-4"),
    ("wizard-5", "wizard-step-5"),
];
const COUNTER: &[(&str, &str)] = &[
    ("counter-idle", "counter-phase"),
    ("cart", "counter-phase"),
    ("pay", "counter-phase"),
    ("pay-light", "counter-phase"),
    ("pay-fixed", "counter-phase"),
    ("counter-paid", "counter-paid"),
    ("counter-change", "counter-paid"),
    ("counter-expired", "counter-phase"),
    ("disconnected", "#root > *"),
];
const INBOX: &[(&str, &str)] = &[
    ("inbox", "*inbox-detail"),
    ("inbox-empty", "inbox"),
    ("inbox-unmatched", "inbox-detail"),
    ("inbox-unrecognised", "*inbox-sample"),
    ("inbox-done", "inbox-detail"),
    ("inbox-ignore", "*ignore-dialog"),
    ("inbox-sale", "*sale-dialog"),
    ("inbox-bulk", "inbox-bulk"),
    ("inbox-bulkdone", "bulk-results"),
    ("inbox-mark", "mark-dialog"),
    ("inbox-attach", "*ticket-picker"),
];
const TOTALS: &[(&str, &str)] = &[
    ("totals", "*sales-table"),
    ("totals-covered", "*covered"),
    ("totals-pin", "covered"),
    ("totals-week", "sales-table"),
    ("totals-month", "chart"),
    ("totals-million", "sales-table"),
    ("totals-table", "chart-table"),
    ("totals-narrowed", "*chips"),
    ("totals-tall", "sales-table"),
    ("totals-search", "sales-table"),
    ("totals-drawer", "*sale-drawer"),
    ("totals-empty", "totals"),
    ("totals-closed", "totals"),
    ("totals-close", "*day-close"),
    ("totals-export", "*export-dialog"),
    ("totals-exported", "export-hash"),
    ("totals-exports", "export-log-1"),
];
const EVENING: &[(&str, &str)] = &[
    ("locked", "*lock-screen"),
    ("locked-until", "lock-screen"),
    ("locked-wrong", "pin-trouble"),
    ("staff", "staff"),
    ("staff-menu", "*staff-menu"),
    ("people", "*people-list"),
    ("people-open", "people-open"),
    ("people-first", "person-dialog"),
    ("people-add", "*person-dialog"),
    ("people-edit", "person-dialog"),
    ("people-owner", "person-dialog"),
    ("refund", "*refund-dialog"),
    ("refund-part", "refund-dialog"),
    ("refund-over", "refund-error"),
    ("refund-void", "refund-dialog"),
    ("approve", "*approval-dialog"),
    ("shift", "*shift-dialog"),
    ("shift-open", "open-shift"),
    ("shift-alone", "open-shift"),
    ("shift-line", "shift-line"),
    ("shift-in", "*move-cash"),
    ("shift-close", "*close-shift"),
    ("shift-closed", "shift-closed"),
    ("shift-list", "*shifts-dialog"),
    ("day-close", "*day-close"),
    ("day-close-warn", "*day-close"),
    ("day-sealed", "*day-sealed"),
    ("z-report", "*z-reports"),
    ("z-report-broken", "z-broken"),
    ("z-report-later", "z-later"),
];
const NIGHT: &[(&str, &str)] = &[
    ("statement", "*statement-list"),
    ("statement-empty", "*statement-empty"),
    ("statement-clean", "statement-clean"),
    ("statement-missed", "statement-list"),
    ("statement-attach", "ticket-picker"),
    ("statement-settle", "*settle-dialog"),
    ("statement-password", "*statement-password"),
    ("statement-wrong", "statement-password"),
    ("statement-pdf", "statement-fault"),
    ("statement-again", "statement"),
    ("journal", "*journal-rows"),
    ("journal-checked", "journal-chain"),
    ("journal-broken", "journal-chain"),
    ("journal-diff", "journal-rows"),
    ("backup", "*backup-now"),
    ("backup-empty", "backup-now"),
    ("backup-trouble", "backup-trouble"),
    ("books", "*voucher-word"),
    ("restore-1", "*restore-wizard"),
    ("restore-2", "restore-lose"),
    ("restore", "*restore-word"),
    ("restore-ready", "restore-ready"),
    ("recovery", "*recovery"),
    ("recovery-missing", "recovery"),
    ("recovery-behind", "recovery"),
    ("recovery-newer", "recovery"),
    ("recovery-none", "recovery"),
];
const SETTINGS: &[(&str, &str)] = &[
    ("settings-shop", "*set-shop_name"),
    ("settings-codes", "*codes-drop"),
    ("settings-drop", "code-found"),
    ("settings-change", "*code-change"),
    ("settings-pool", "settings"),
    ("settings-phones", "*device-add"),
    ("settings-nophones", "device-add"),
    ("settings-pair", "*pairing"),
    ("settings-pair-1", "pairing"),
    ("settings-pair-2", "pairing"),
    ("settings-display", "display-url"),
    ("settings-alerts", "set-volume"),
    ("settings-port", "*refused"),
    ("settings-rules", "*replay-found"),
    ("settings-about", "about-version"),
];
const SCREENS: &[(&[(&str, &str)], bool)] = &[
    (TILL, false),
    (COUNTER, true),
    (INBOX, false),
    (TOTALS, false),
    (EVENING, false),
    (NIGHT, false),
    (SETTINGS, false),
];

/// The first part of the texts' keys (`totals.chart.hour`): one on a screen is a text that is missing.
const NAMESPACES: &[&str] = &[
    "act", "action", "ago", "app", "approval", "backup", "books", "channel", "counter", "day", "error", "export",
    "files", "health", "help", "inbox", "journal", "key", "nav", "nightly", "people", "pick", "practice", "recovery",
    "refund", "restore", "role", "settings", "shift", "sound", "span", "st", "strip", "tag", "till", "toast", "totals",
    "value", "wizard", "z",
];

/// One picture to be taken.
#[derive(Clone, Debug)]
struct View {
    state: &'static str,
    counter: bool,
    expected: String,
    lang: &'static str,
    theme: &'static str,
    size: (u32, u32),
}

impl View {
    fn name(&self) -> String {
        let screen = match (self.state, self.counter) {
            ("", _) => "till-empty".to_owned(),
            (state, true) if !state.starts_with("counter") => format!("counter-{state}"),
            (state, false) if TILL.iter().any(|(s, _)| *s == state) => format!("till-{state}"),
            (state, _) => state.to_owned(),
        };
        let size = if self.size == USUAL { String::new() } else { format!("-{}", self.size.0) };
        format!("{screen}-{}-{}{size}", self.lang, self.theme)
    }

    fn query(&self) -> String {
        let view = if self.counter { "&view=counter" } else { "" };
        format!("?mock=1&state={}&lang={}&theme={}{view}", self.state, self.lang, self.theme)
    }

    /// The recovery window and the counter screen play no script.
    fn plays(&self) -> bool {
        !self.counter && !self.state.starts_with("recovery")
    }
}

/// All of them, one size after the other.
fn views() -> VecDeque<View> {
    let only = std::env::var("QIANTAI_SCREEN").unwrap_or_default();
    let mut views = VecDeque::new();
    for size in [USUAL, SMALL] {
        for (states, counter) in SCREENS {
            for (state, expected) in states.iter().filter(|(state, _)| state.starts_with(&only)) {
                let (small, expected) = (expected.starts_with('*'), expected.trim_start_matches('*'));
                if size == SMALL && !small {
                    continue;
                }
                let expected = match expected.contains(['#', '[']) {
                    true => expected.to_owned(),
                    false => format!("[data-testid=\"{expected}\"]"),
                };
                for lang in ["zh-CN", "en"] {
                    for theme in ["light", "dark"] {
                        // Smaller is only about room: one theme shows it.
                        if size == USUAL || theme == "light" {
                            let expected = expected.clone();
                            views.push_back(View { state, counter: *counter, expected, lang, theme, size });
                        }
                    }
                }
            }
        }
    }
    views
}

/// Gives the page itself a size, whatever the browser's frame takes.
async fn resize(client: &Client, (width, height): (u32, u32)) -> Result<()> {
    client.set_window_size(width, height).await?;
    let inner = client.execute("return [innerWidth, innerHeight]", Vec::new()).await?;
    let lacks =
        |want: u32, i: usize| want - u32::try_from(inner[i].as_u64().unwrap_or_default()).unwrap_or(want).min(want);
    client.set_window_size(width + lacks(width, 0), height + lacks(height, 1)).await?;
    let inner = client.execute("return [innerWidth, innerHeight]", Vec::new()).await?;
    ensure!(inner == json!([width, height]), "the page is {inner}, not {width}×{height}");
    Ok(())
}

/// Takes one picture and says what is wrong with it.
async fn look(client: &Client, pages: &Pages, view: &View) -> Result<Vec<String>> {
    client.goto(&format!("http://{}/{}", pages.address, view.query())).await?;
    let late = client
        .execute_async(SETTLE, vec![json!(view.expected), json!(view.plays()), json!(15_000)])
        .await
        .context("waiting for the screen")?;
    let audit = client.execute(AUDIT, vec![json!(view.lang), json!(NAMESPACES)]).await.context("looking at it")?;
    let png = client.screenshot().await?;
    std::fs::write(shots()?.join(format!("{}.png", view.name())), &png)?;
    let wrong = audit.as_array().context("a list")?.iter();
    Ok(late.as_str().into_iter().chain(wrong.filter_map(Value::as_str)).map(str::to_owned).collect())
}

async fn work(pages: Arc<Pages>, left: Arc<Mutex<VecDeque<View>>>) -> Result<Vec<(String, String)>> {
    let browser = Browser::open(USUAL.0, USUAL.1).await?;
    let mut size = (0, 0);
    let mut found = Vec::new();
    loop {
        let next = left.lock().map_err(|_| anyhow::anyhow!("another browser's thread panicked"))?.pop_front();
        let Some(view) = next else { return Ok(found) };
        if size != view.size {
            size = view.size;
            browser.client.goto(&format!("http://{}/{}", pages.address, view.query())).await?;
            resize(&browser.client, size).await?;
        }
        match look(&browser.client, &pages, &view).await {
            Ok(wrong) => found.extend(wrong.into_iter().map(|w| (w, view.name()))),
            Err(error) => found.push((format!("no picture: {error:#}"), view.name())),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_screen_in_both_languages_and_themes() -> Result<()> {
    let views = views();
    let many = views.len();
    ensure!(many > 0, "no such screen");
    let pages = Arc::new(Pages::serve(pages::built()?).await?);
    let left = Arc::new(Mutex::new(views));
    let browsers: Vec<_> = (0..BROWSERS).map(|_| tokio::spawn(work(pages.clone(), left.clone()))).collect();
    // What is wrong, and on which pictures: the same fault on forty of them is one fault.
    let mut wrong: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for browser in browsers {
        for (fault, picture) in browser.await?? {
            wrong.entry(fault).or_default().push(picture);
        }
    }
    let list: Vec<String> = wrong
        .into_iter()
        .map(|(fault, mut on)| {
            on.sort();
            let more = if on.len() > 3 { format!(" and {} more", on.len() - 3) } else { String::new() };
            on.truncate(3);
            format!("- {fault}\n    on {}{more}", on.join(", "))
        })
        .collect();
    ensure!(list.is_empty(), "{} faults on {many} pictures:\n{}", list.len(), list.join("\n"));
    Ok(())
}
