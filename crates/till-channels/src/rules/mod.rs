//! Notification rules: is this text money that arrived, and how much?
//!
//! The engine is here, the knowledge is data: `rules/notifications.toml`, which a user may replace. A wrong amount or
//! a false receipt is worse than a miss, so every step can only refuse: the package chooses the channel, the title must
//! be one of a list to the letter, the words are anchored at the start, and what follows the amount must not take it back.

mod amount;
mod file;
mod forwarded;
mod read;
mod text;

use std::collections::HashMap;
use std::sync::OnceLock;

use regex::Regex;
use serde::Deserialize;
use till_core::channel::Channel;
use till_core::money::Fen;

pub use file::RulesError;

/// A notification as the phone showed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notice<'a> {
    /// Android package of the app that posted it; empty when the phone did not say.
    pub package: &'a str,
    /// Title, untrimmed; empty when the phone did not say.
    pub title: &'a str,
    /// Text, untrimmed.
    pub text: &'a str,
}

/// What the rules make of a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Money arrived.
    Receipt {
        /// How it arrived. Comes from the package, never from the words.
        channel: Channel,
        /// How much, above zero.
        amount: Fen,
        /// The payer's own words, if the notice carries them. Never to be trusted.
        payer_note: Option<String>,
        /// 今日第N笔, if present.
        ordinal: Option<u32>,
        /// 交易单号, if present: the best key against counting twice.
        transaction: Option<String>,
        /// Id of the rule that spoke.
        rule: String,
    },
    /// Known not to be money arriving: outgoing, refund, chat, advertisement, foreign package.
    NotAReceipt {
        /// Id of the rule that spoke; `…:veto` and `…:amount` when a receipt rule refused.
        rule: String,
    },
    /// No rule knows it.
    Unrecognised {
        /// Why, for the inbox.
        reason: String,
        /// It names an amount, or speaks of money from a wallet: a person should look.
        smells_of_money: bool,
    },
}

/// A compiled rules file.
pub struct Rules {
    version: u32,
    facts: Facts,
    apps: Vec<App>,
    by_package: HashMap<String, usize>,
    rules: Vec<Rule>,
    title_package: HashMap<String, String>,
    bank_numbers: HashMap<String, String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Says {
    Receipt,
    NotReceipt,
    Hold,
}

struct Facts {
    ordinal: Regex,
    transaction: Regex,
    note: Regex,
    harmless: Regex,
    veto: Regex,
    tail: Regex,
    money: Regex,
    signature: Regex,
}

struct App {
    id: String,
    channel: Option<Channel>,
    senders: Vec<String>,
    rules: Vec<usize>,
}

struct Rule {
    id: String,
    says: Says,
    channel: Option<Channel>,
    titles: Option<Vec<String>>,
    titles_not: Option<Vec<String>>,
    title: Option<Regex>,
    text: Option<Regex>,
    any: Option<Regex>,
    unless: Option<Regex>,
    hold: Option<Regex>,
    hold_tail: Option<Regex>,
    agree: Option<Regex>,
    veto: Option<Regex>,
    tail: Option<Regex>,
    signed: bool,
    balanced: bool,
    samples: Vec<Sample>,
}

struct Sample {
    package: String,
    title: String,
    text: String,
    expect: String,
}

impl std::fmt::Debug for Rules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rules")
            .field("version", &self.version)
            .field("rules", &self.rules.len())
            .finish_non_exhaustive()
    }
}

/// The rules this program ships with, as text: a starting point for a user's own file.
pub const BUILTIN: &str = include_str!("../../rules/notifications.toml");

impl Rules {
    /// The rules this program ships with, compiled once.
    pub fn builtin() -> &'static Rules {
        static BUILTIN_RULES: OnceLock<Rules> = OnceLock::new();
        BUILTIN_RULES.get_or_init(|| match Rules::parse(BUILTIN) {
            Ok(rules) => rules,
            Err(wrong) => panic!("the rules file of this build is broken, and its tests did not run: {wrong}"),
        })
    }

    /// Compiles a rules file. See the comments in `rules/notifications.toml` for the format.
    pub fn parse(toml: &str) -> Result<Rules, RulesError> {
        file::parse(toml)
    }

    /// The file's `version`.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Channel of an app's own money, when the rules list its package.
    pub fn channel_of_package(&self, package: &str) -> Option<Channel> {
        self.by_package.get(package).and_then(|i| self.apps[*i].channel)
    }

    /// The package that owns a title, for phones that send no package. A documented table in the rules file.
    pub fn package_of_title(&self, title: &str) -> Option<&str> {
        if let Some(package) = self.title_package.get(title) {
            return Some(package);
        }
        let folded = text::fold(title);
        let rule = self.rules.iter().find(|r| {
            r.says == Says::Receipt && r.amount_in_title() && r.title.as_ref().is_some_and(|t| t.is_match(&folded))
        })?;
        let app = self.apps.iter().position(|a| rule_of(a, &self.rules, rule))?;
        self.by_package.iter().filter(|(_, i)| **i == app).map(|(p, _)| p.as_str()).min()
    }

    /// The announcement itself, for comparing two: NFKC, nothing invisible, no counter, no official inner sender.
    pub fn normalise(&self, text: &str) -> String {
        let folded = text::fold(text);
        let mut rest = folded.trim();
        for _ in 0..3 {
            rest = text::strip_counter(rest);
            let senders = self.apps.iter().flat_map(|a| a.senders.iter());
            if let Some(after) = senders.filter_map(|s| text::strip_sender(rest, s)).next() {
                rest = after;
            }
        }
        rest.to_owned()
    }

    /// Reads every sample the file carries against its own rules. Empty means all as expected.
    pub fn self_check(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for rule in &self.rules {
            for sample in &rule.samples {
                let verdict = self.read(&Notice { package: &sample.package, title: &sample.title, text: &sample.text });
                let said = match &verdict {
                    Verdict::Receipt { channel, amount, rule, .. } => format!("receipt {channel} {amount} {rule}"),
                    Verdict::NotAReceipt { rule } => format!("not_receipt {rule}"),
                    Verdict::Unrecognised { reason, .. } => format!("hold ({reason})"),
                };
                let named = sample.expect == "hold" && said.starts_with("hold")
                    || said == format!("{} {}", sample.expect, rule.id);
                if !named {
                    wrong.push(format!(
                        "rule `{}`, sample `{}`: expected `{}`, got `{said}`",
                        rule.id, sample.text, sample.expect
                    ));
                }
            }
        }
        wrong
    }
}

fn rule_of(app: &App, rules: &[Rule], rule: &Rule) -> bool {
    app.rules.iter().any(|i| std::ptr::eq(&raw const rules[*i], rule))
}

impl Rule {
    fn amount_in_title(&self) -> bool {
        self.title.as_ref().is_some_and(captures_amount)
    }

    fn amount_in_text(&self) -> bool {
        self.text.as_ref().is_some_and(captures_amount)
    }
}

fn captures_amount(regex: &Regex) -> bool {
    regex.capture_names().flatten().any(|n| n.starts_with("amount"))
}

#[cfg(test)]
mod tests;
