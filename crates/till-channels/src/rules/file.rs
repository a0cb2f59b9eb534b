//! The rules file: TOML in, compiled rules out, with errors that name the rule.

use std::collections::{BTreeMap, HashMap};

use regex::Regex;
use serde::Deserialize;
use till_core::channel::Channel;

use super::{App, Facts, Rule, Rules, Sample, Says};

/// What is wrong with a rules file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RulesError {
    /// Not TOML, or a field is missing, misspelt or of the wrong type. The text carries line and column.
    #[error("the rules file cannot be read: {0}")]
    Syntax(String),
    /// A rule or an app of the file is wrong.
    #[error("rule `{rule}`: {reason}")]
    Rule {
        /// Id of the rule (or `app …`, `facts`, `fragments`).
        rule: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A rules file larger than anyone writes by hand.
    #[error("the rules file is larger than 1 MiB")]
    TooLarge,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    #[serde(default)]
    fragments: BTreeMap<String, String>,
    facts: FactsFile,
    #[serde(default)]
    titles: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    title_package: BTreeMap<String, String>,
    #[serde(default)]
    bank_numbers: BTreeMap<String, String>,
    #[serde(default)]
    app: Vec<AppFile>,
    #[serde(default)]
    rule: Vec<RuleFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FactsFile {
    ordinal: String,
    transaction: String,
    note: String,
    harmless: String,
    veto: String,
    tail: String,
    money: String,
    signature: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AppFile {
    id: String,
    packages: Vec<String>,
    #[serde(default)]
    channel: Option<Channel>,
    #[serde(default)]
    senders: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    id: String,
    apps: Vec<String>,
    says: Says,
    #[serde(default)]
    channel: Option<Channel>,
    #[serde(default)]
    titles: Option<Vec<String>>,
    #[serde(default)]
    titles_not: Option<Vec<String>>,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    any: Option<String>,
    #[serde(default)]
    unless: Option<String>,
    #[serde(default)]
    hold: Option<String>,
    #[serde(default)]
    hold_tail: Option<String>,
    #[serde(default)]
    agree: Option<String>,
    #[serde(default)]
    veto: Option<String>,
    #[serde(default)]
    tail: Option<String>,
    #[serde(default)]
    signed: bool,
    #[serde(default)]
    balanced: bool,
    #[serde(default)]
    samples: Vec<[String; 4]>,
}

struct Compiler {
    fragments: BTreeMap<String, String>,
    titles: BTreeMap<String, Vec<String>>,
}

impl Compiler {
    fn expand(&self, pattern: &str) -> Result<String, &'static str> {
        const TOO_LONG: &str = "longer than 64 KiB once its fragments are put in";
        const LONGEST: usize = 64 * 1024;
        let mut out = pattern.to_owned();
        for _ in 0..5 {
            for (name, fragment) in &self.fragments {
                let place = format!("{{{name}}}");
                // Counted first: a file of 1 MiB can ask for more than any computer has.
                let grown = out.matches(&place).count().saturating_mul(fragment.len());
                if out.len() > LONGEST || grown > LONGEST {
                    return Err(TOO_LONG);
                }
                out = out.replace(&place, fragment);
            }
        }
        if out.len() > LONGEST {
            return Err(TOO_LONG);
        }
        Ok(out)
    }

    fn regex(&self, rule: &str, field: &str, pattern: &str) -> Result<Regex, RulesError> {
        let expanded = self.expand(pattern).map_err(|why| wrong(rule, format!("`{field}` is {why}")))?;
        regex::RegexBuilder::new(&expanded)
            .size_limit(4 << 20)
            .build()
            .map_err(|e| wrong(rule, format!("`{field}`: {}", e.to_string().lines().last().unwrap_or_default().trim())))
    }

    fn maybe(&self, rule: &str, field: &str, pattern: &Option<String>) -> Result<Option<Regex>, RulesError> {
        pattern.as_deref().filter(|p| !p.is_empty()).map(|p| self.regex(rule, field, p)).transpose()
    }

    fn names(&self, rule: &str, given: &[String]) -> Result<Vec<String>, RulesError> {
        let mut out = Vec::new();
        for name in given {
            match name.strip_prefix('@') {
                None => out.push(name.clone()),
                Some(list) => out.extend_from_slice(self.titles.get(list).ok_or_else(|| RulesError::Rule {
                    rule: rule.to_owned(),
                    reason: format!("no list of titles is called `{list}`"),
                })?),
            }
        }
        Ok(out)
    }
}

/// Reads and compiles a rules file.
pub(super) fn parse(text: &str) -> Result<Rules, RulesError> {
    if text.len() > 1 << 20 {
        return Err(RulesError::TooLarge);
    }
    let file: File = toml::from_str(text).map_err(|e| RulesError::Syntax(e.to_string()))?;
    let compiler = Compiler { fragments: file.fragments, titles: file.titles };
    let facts = facts(&compiler, &file.facts)?;
    let mut apps: Vec<App> = Vec::new();
    let mut by_package = HashMap::new();
    for app in file.app {
        let place = format!("app {}", app.id);
        for package in &app.packages {
            if by_package.insert(package.clone(), apps.len()).is_some() {
                return Err(wrong(&place, format!("package `{package}` is listed twice")));
            }
        }
        let senders = compiler.names(&place, &app.senders)?;
        apps.push(App { id: app.id, channel: app.channel, senders, rules: Vec::new() });
    }
    let mut rules: Vec<Rule> = Vec::new();
    for given in file.rule {
        let place = given.id.clone();
        if rules.iter().any(|r| r.id == place) {
            return Err(wrong(&place, "the id is used twice"));
        }
        let rule = compile(&compiler, given, &mut apps, rules.len())?;
        rules.push(rule);
    }
    Ok(Rules {
        version: file.version,
        facts,
        apps,
        by_package,
        rules,
        title_package: file.title_package.into_iter().collect(),
        bank_numbers: file.bank_numbers.into_iter().collect(),
    })
}

fn wrong(rule: &str, reason: impl Into<String>) -> RulesError {
    RulesError::Rule { rule: rule.to_owned(), reason: reason.into() }
}

fn facts(compiler: &Compiler, file: &FactsFile) -> Result<Facts, RulesError> {
    let one = |field: &str, pattern: &str| compiler.regex("facts", field, pattern);
    Ok(Facts {
        ordinal: one("ordinal", &file.ordinal)?,
        transaction: one("transaction", &file.transaction)?,
        note: one("note", &file.note)?,
        harmless: one("harmless", &file.harmless)?,
        veto: one("veto", &file.veto)?,
        tail: one("tail", &file.tail)?,
        money: one("money", &file.money)?,
        signature: one("signature", &file.signature)?,
    })
}

fn compile(compiler: &Compiler, given: RuleFile, apps: &mut [App], index: usize) -> Result<Rule, RulesError> {
    let id = given.id.as_str();
    if id.is_empty() || !id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
        return Err(wrong(id, "an id is made of a-z, 0-9 and -"));
    }
    for name in &given.apps {
        let app = apps.iter_mut().find(|a| a.id == *name).ok_or_else(|| wrong(id, format!("no app `{name}`")))?;
        if given.says == Says::Receipt && given.channel.or(app.channel).is_none() {
            return Err(wrong(id, format!("neither the rule nor the app `{name}` names a channel")));
        }
        app.rules.push(index);
    }
    let list = |names: &Option<Vec<String>>| names.as_deref().map(|n| compiler.names(id, n)).transpose();
    let rule = Rule {
        says: given.says,
        channel: given.channel,
        titles: list(&given.titles)?,
        titles_not: list(&given.titles_not)?,
        title: compiler.maybe(id, "title", &given.title)?,
        text: compiler.maybe(id, "text", &given.text)?,
        any: compiler.maybe(id, "any", &given.any)?,
        unless: compiler.maybe(id, "unless", &given.unless)?,
        hold: compiler.maybe(id, "hold", &given.hold)?,
        hold_tail: compiler.maybe(id, "hold_tail", &given.hold_tail)?,
        agree: compiler.maybe(id, "agree", &given.agree)?,
        veto: compiler.maybe(id, "veto", &given.veto)?,
        tail: compiler.maybe(id, "tail", &given.tail)?,
        signed: given.signed,
        balanced: given.balanced,
        samples: given
            .samples
            .into_iter()
            .map(|[package, title, text, expect]| Sample { package, title, text, expect })
            .collect(),
        id: given.id.clone(),
    };
    if rule.says == Says::Receipt && rule.amount_in_title() == rule.amount_in_text() {
        return Err(wrong(id, "exactly one of `title` and `text` must capture {yuan} or a group `amount`"));
    }
    Ok(rule)
}
