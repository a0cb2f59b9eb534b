//! Every screen over the fake till, in both languages and both themes: a picture of each for a person to look at
//! (`target/shots`), and of each what a program can see: complaints of the page, texts cut off, left untranslated or too
//! faint, buttons without a name, dialogs that do not fit or leave the keyboard outside.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use fantoccini::Client;
use qiantai_tests::browser::Browser;
use qiantai_tests::pages::states::{SCREENS, TILL};
use qiantai_tests::pages::{self, AUDIT, Pages, SETTLE};
use qiantai_tests::{clock, shots, web};
use serde_json::{Value, json};

/// How long a screen may take until it is drawn.
const PATIENCE_MS: u32 = 8_000;
/// How long a browser may take to give its page another size.
const RESIZED_WITHIN: Duration = Duration::from_secs(20);
/// How many browsers look at once.
const BROWSERS: usize = 3;
/// The till's smallest window is `SMALL`; most shops have `USUAL`.
const USUAL: (u32, u32) = (1366, 768);
const SMALL: (u32, u32) = (1024, 640);

/// The first part of the texts' keys (`totals.chart.hour`): one on a screen is a text that is missing.
const NAMESPACES: &[&str] = &[
    "act", "action", "ago", "app", "approval", "backup", "books", "channel", "counter", "day", "error", "export",
    "files", "gateways", "health", "help", "inbox", "journal", "key", "nav", "nightly", "orders", "people", "pick",
    "practice", "programs", "recovery", "refund", "restore", "role", "settings", "shift", "sound", "span", "st",
    "strip", "tag", "till", "toast", "totals", "trade", "value", "wizard", "z",
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

/// Chinese that an English screen may show: what the fake shop wrote itself (names, notes, notices, statements), and what
/// the English texts quote (凭证字).
fn known_chinese() -> Result<Vec<String>> {
    let lib = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/src/lib");
    let mut folders = vec![lib.join("backend/mock"), lib.join("i18n/en")];
    let mut runs = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path)?;
            let is_chinese = |c: char| ('\u{3400}'..='\u{9fff}').contains(&c);
            runs.extend(text.split(|c| !is_chinese(c)).filter(|run| !run.is_empty()).map(str::to_owned));
        }
    }
    ensure!(!runs.is_empty(), "the fake shop is Chinese");
    // A language is named in itself; names in a sample of a Chinese notice are masked in Chinese.
    runs.extend(["中文", "某某某"].map(str::to_owned));
    Ok(runs.into_iter().collect())
}

/// Gives the page itself a size, whatever the browser's frame takes. A browser answers before its page has followed, so
/// what the page says is asked until it is right.
async fn resize(client: &Client, (width, height): (u32, u32)) -> Result<()> {
    const BOTH: &str = "return [innerWidth, innerHeight, outerWidth - innerWidth, outerHeight - innerHeight]";
    let mut frame = (0, 0);
    let mut page = Value::Null;
    let begun = clock();
    while begun.elapsed() < RESIZED_WITHIN {
        client.set_window_size(width + frame.0, height + frame.1).await?;
        page = client.execute(BOTH, Vec::new()).await?;
        if page[0] == width && page[1] == height {
            return Ok(());
        }
        let taken = |i: usize| page[i].as_u64().and_then(|px| u32::try_from(px).ok()).unwrap_or_default();
        frame = (taken(2), taken(3));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    anyhow::bail!("the page is {page}, not {width}×{height}")
}

/// Takes one picture and says what is wrong with it.
async fn look(client: &Client, pages: &Pages, known: &[String], view: &View) -> Result<Vec<String>> {
    client.goto(&format!("http://{}/{}", pages.address, view.query())).await?;
    let late = client
        .execute_async(SETTLE, vec![json!(view.expected), json!(view.plays()), json!(PATIENCE_MS)])
        .await
        .context("waiting for the screen")?;
    let audit = client
        .execute(AUDIT, vec![json!(view.lang), json!(NAMESPACES), json!(known)])
        .await
        .context("looking at it")?;
    let png = client.screenshot().await?;
    std::fs::write(shots()?.join(format!("{}.png", view.name())), &png)?;
    let wrong = audit.as_array().context("a list")?.iter();
    Ok(late.as_str().into_iter().chain(wrong.filter_map(Value::as_str)).map(str::to_owned).collect())
}

async fn work(
    pages: Arc<Pages>,
    known: Arc<Vec<String>>,
    left: Arc<Mutex<VecDeque<View>>>,
) -> Result<Vec<(String, String)>> {
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
        match look(&browser.client, &pages, &known, &view).await {
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
    let known = Arc::new(known_chinese()?);
    let left = Arc::new(Mutex::new(views));
    let browsers: Vec<_> =
        (0..BROWSERS).map(|_| tokio::spawn(work(pages.clone(), known.clone(), left.clone()))).collect();
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

/// The faults are seen where there are some: without this a broken look would find every screen fine.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_seen() -> Result<()> {
    let pages = Pages::serve(pages::built()?).await?;
    let browser = Browser::open(USUAL.0, USUAL.1).await?;
    let client = &browser.client;
    client.goto(&format!("http://{}/?mock=1&lang=en&state=", pages.address)).await?;
    let settled =
        client.execute_async(SETTLE, vec![json!("[data-testid=\"amount-entry\"]"), json!(true), json!(PATIENCE_MS)]);
    ensure!(settled.await?.is_null());
    let look = async |page: &str| -> Result<String> {
        let spoil = "document.body.innerHTML = arguments[0]; window.qiantaiSaid.length = 0";
        client.execute(spoil, vec![json!(page)]).await?;
        let audit = client.execute(AUDIT, vec![json!("en"), json!(NAMESPACES), json!(["巷口"])]).await?;
        Ok(audit.as_array().context("a list")?.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n"))
    };
    let fine =
        "<div style=\"color:#000;background:#fff\"><p>巷口: everything is fine here</p><button>Go on</button></div>";
    let said = look(fine).await?;
    ensure!(said.is_empty(), "nothing is wrong, and it says: {said}");
    let faults = [
        ("totals.chart.hour", "a key instead of a text"),
        ("Sum: NaN", "not for people"),
        ("{amount} was paid", "not for people"),
        ("合计", "Chinese"),
        ("<p style=\"color:#999\">too faint to read</p>", "contrast"),
        ("<p style=\"width:40px;overflow:hidden;white-space:nowrap\">much longer than that</p>", "cut off at the side"),
        ("<p style=\"height:9px;overflow:hidden\">one line<br>and another<br>and one</p>", "cut off above or below"),
        (
            "<p style=\"margin-left:1300px;white-space:nowrap\">this leaves the window on its right side</p>",
            "wider than",
        ),
        (
            "<button style=\"width:30px;white-space:nowrap;text-align:left;padding:0\">Refund everything</button>",
            "larger than its button",
        ),
        ("<button><svg></svg></button>", "without a name"),
        ("<input>", "without a name"),
        ("<div role=\"dialog\"><button>Done</button></div>", "focus is at"),
        (
            "<div role=\"dialog\" style=\"position:fixed;top:0;height:900px\">a tall dialog</div>",
            "larger than the window",
        ),
    ];
    let mut unseen = Vec::new();
    for (page, fault) in faults {
        let said = look(&format!("{fine}<div style=\"color:#000;background:#fff\">{page}</div>")).await?;
        if !said.contains(fault) {
            unseen.push(format!("{fault} in {page}: {said}"));
        }
    }
    ensure!(look("").await?.contains("blank"), "an empty page is blank");
    client
        .execute(
            "const s = document.createElement('script'); s.src = '/broken.js'; document.head.append(s)",
            Vec::new(),
        )
        .await?;
    for complaint in ["broken: said", "broken: rejected", "broken: thrown", "policy: script-src"] {
        let heard = format!("return window.qiantaiSaid.some((said) => said.includes('{complaint}'))");
        web::until(client, complaint, &heard).await?;
    }
    ensure!(unseen.is_empty(), "not seen:\n{}", unseen.join("\n"));
    Ok(())
}
