//! The notification rules in use: built in, or the shop's own `rules.toml` in the data directory.

use std::path::Path;

use till_channels::rules::{Notice, Rules, Verdict};

use crate::api::{ApiError, NoticeVerdict, ReplayChange, ReplayReport, RulesInfo};
use crate::state::{State, get};

/// The file a shop may put beside its database to replace the built-in rules.
pub const FILE_NAME: &str = "rules.toml";
const LARGEST_FILE: u64 = 2 * 1024 * 1024;
const PAGE: u32 = 500;
const MOST_CHANGES: usize = 1_000;

/// Rules and where they come from.
pub struct RuleBook {
    own: Option<Rules>,
    origin: String,
    error: String,
}

impl RuleBook {
    /// The shop's rules from `dir`, else the built-in ones. A broken file is said in `error` and not used.
    pub fn load(dir: Option<&Path>) -> RuleBook {
        let built_in = |error: String| RuleBook { own: None, origin: "built-in".into(), error };
        let Some(path) = dir.map(|d| d.join(FILE_NAME)).filter(|p| p.exists()) else { return built_in(String::new()) };
        match RuleBook::from_file(&path) {
            Ok(book) => book,
            Err(cause) => built_in(format!("{}: {cause}", path.display())),
        }
    }

    /// The rules of one file, checked against their own samples.
    pub fn from_file(path: &Path) -> Result<RuleBook, String> {
        let size = std::fs::metadata(path).map_err(|e| e.to_string())?.len();
        if size > LARGEST_FILE {
            return Err("larger than 2 MiB".into());
        }
        let text = std::fs::read_to_string(path).map_err(|e| e.to_string())?;
        let rules = Rules::parse(&text).map_err(|e| e.to_string())?;
        match rules.self_check().as_slice() {
            [] => Ok(RuleBook { own: Some(rules), origin: path.display().to_string(), error: String::new() }),
            [first, rest @ ..] => Err(format!("{first} (+{})", rest.len())),
        }
    }

    /// The rules.
    pub fn rules(&self) -> &Rules {
        self.own.as_ref().unwrap_or_else(|| Rules::builtin())
    }

    /// Reads one notice.
    pub fn read(&self, package: &str, title: &str, text: &str) -> NoticeVerdict {
        verdict(self.rules().read(&Notice { package, title, text }))
    }

    /// Version, origin, error.
    pub fn info(&self) -> RulesInfo {
        RulesInfo { version: self.rules().version(), origin: self.origin.clone(), error: self.error.clone() }
    }
}

fn verdict(verdict: Verdict) -> NoticeVerdict {
    match verdict {
        Verdict::Receipt { channel, amount, rule, .. } => {
            NoticeVerdict { verdict: "receipt".into(), channel: Some(channel), amount_fen: Some(amount), rule }
        }
        Verdict::NotAReceipt { rule } => {
            NoticeVerdict { verdict: "not_receipt".into(), channel: None, amount_fen: None, rule }
        }
        Verdict::Unrecognised { reason, .. } => {
            NoticeVerdict { verdict: "unrecognised".into(), channel: None, amount_fen: None, rule: reason }
        }
    }
}

/// Reads every kept text with the rules in use. `apply` files newly understood money in the inbox; money that was
/// booked before stays as it is and is only shown.
pub(crate) async fn replay(state: &State, apply: bool, actor: &str) -> Result<ReplayReport, ApiError> {
    let book = get(&state.rules);
    let mut report = ReplayReport { read: 0, applied: apply, changes: Vec::new() };
    let mut after = 0;
    loop {
        let page = state.store.old_pushes(after, PAGE).await.map_err(|e| state.store_error(e))?;
        let Some(last) = page.last() else { return Ok(report) };
        after = last.id;
        for old in page {
            report.read += 1;
            let now = book.read(&old.package, &old.title, &old.text);
            let same = now.verdict == old.verdict && now.channel == old.channel && now.amount_fen == old.amount;
            if same {
                continue;
            }
            let money = now.channel.zip(now.amount_fen);
            let applies = money.is_some() && old.amount.is_none() && !old.resolved;
            if let (true, true, Some((channel, amount))) = (apply, applies, money) {
                let likeness = book.rules().normalise(&format!("{}\n{}", old.title, old.text));
                let filed = state
                    .store
                    .file_late_reading(
                        old.id,
                        channel,
                        amount,
                        likeness,
                        state.business_date(old.received_at),
                        state.now(),
                        actor,
                    )
                    .await;
                filed.map_err(|e| state.store_error(e))?;
            }
            if report.changes.len() < MOST_CHANGES {
                report.changes.push(ReplayChange {
                    push_id: old.id,
                    received_at: old.received_at,
                    title: old.title,
                    text: old.text,
                    before: NoticeVerdict {
                        verdict: old.verdict,
                        channel: old.channel,
                        amount_fen: old.amount,
                        rule: old.rule,
                    },
                    after: now,
                    applies,
                });
            }
        }
    }
}
