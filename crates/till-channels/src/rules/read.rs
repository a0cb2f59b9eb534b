//! Reading one notice: unwrap, choose the app by package, first rule that fits speaks.

use std::borrow::Cow;

use regex::Captures;
use till_core::money::Fen;

use super::amount::{self, Refused};
use super::forwarded::{self, Unwrapped};
use super::{App, Notice, Rule, Rules, Says, Verdict, text};

/// No wallet writes longer notices. Refused rather than cut: a cut text could lose the words that matter.
const LONGEST_TEXT: usize = 4 * 1024;
const LONGEST_TITLE: usize = 1024;

/// A notice made ready for the rules.
struct Ready<'a> {
    /// As it stood on the phone, for the lists: a look-alike with a space or an invisible character is not in a list.
    title: Cow<'a, str>,
    folded_title: String,
    body: String,
}

impl Rules {
    /// What this notice says.
    pub fn read(&self, notice: &Notice<'_>) -> Verdict {
        if notice.text.len() > LONGEST_TEXT || notice.title.len() > LONGEST_TITLE || notice.package.len() > 256 {
            return Verdict::Unrecognised {
                reason: "longer than any notice of a wallet".into(),
                smells_of_money: true,
            };
        }
        let mut package = Cow::Borrowed(notice.package);
        let mut title = Cow::Borrowed(notice.title);
        let mut folded_title = text::fold(notice.title);
        let mut folded = text::fold(notice.text);
        let knows = |p: &str| self.by_package.contains_key(p);
        let is_title = |p: &str, t: &str| self.is_title(p, t);
        match forwarded::unwrap(notice.package, &folded_title, &folded, knows, is_title) {
            Unwrapped::Plain => {}
            Unwrapped::Inner { package: p, title: t, text: inner } => {
                if notice.title.is_empty() && stands_alone(notice.text, &t) {
                    title = Cow::Owned(t.clone());
                }
                package = Cow::Owned(p);
                folded_title = t;
                folded = inner;
            }
            Unwrapped::Doubtful(why) => return self.unknown(why, &folded_title, &folded),
        }
        let Some(app) =
            self.by_package.get(package.as_ref()).or_else(|| self.by_package.get("*")).map(|i| &self.apps[*i])
        else {
            return Verdict::NotAReceipt { rule: "package".into() };
        };
        let mut body = text::body(&folded, &folded_title);
        if folded_title.is_empty() {
            let stripped = text::strip_counter(folded.trim());
            for sender in &app.senders {
                if text::strip_sender(stripped, sender).is_some() {
                    title = Cow::Owned(sender.clone());
                    folded_title.clone_from(sender);
                    body = text::body(&folded, sender);
                    break;
                }
            }
        }
        let body = body.to_owned();
        let ready = Ready { title, folded_title, body };
        for index in &app.rules {
            if let Some(verdict) = self.try_rule(&self.rules[*index], app, &ready) {
                return verdict;
            }
        }
        self.unknown("no rule knows these words", &ready.folded_title, &ready.body)
    }

    fn is_title(&self, package: &str, title: &str) -> bool {
        let Some(app) = self.by_package.get(package).map(|i| &self.apps[*i]) else { return false };
        app.senders.iter().any(|s| s == title)
            || app.rules.iter().map(|i| &self.rules[*i]).any(|r| {
                r.says == Says::Receipt && r.amount_in_title() && r.title.as_ref().is_some_and(|t| t.is_match(title))
            })
    }

    fn unknown(&self, reason: &str, title: &str, body: &str) -> Verdict {
        let smells_of_money = self.facts.money.is_match(body) || self.facts.money.is_match(title);
        Verdict::Unrecognised { reason: reason.to_owned(), smells_of_money }
    }

    /// `None` when the rule has nothing to say about this notice.
    fn try_rule(&self, rule: &Rule, app: &App, ready: &Ready<'_>) -> Option<Verdict> {
        if rule.titles.as_ref().is_some_and(|list| !list.iter().any(|t| *t == ready.title)) {
            return None;
        }
        if rule.titles_not.as_ref().is_some_and(|list| list.iter().any(|t| *t == ready.title)) {
            return None;
        }
        if rule.says != Says::Receipt {
            return self.try_plain(rule, ready);
        }
        // A conjunction: whichever of `title` and `text` does not carry the amount must still match.
        let in_title = rule.amount_in_title();
        let (amount_in, other, source, beside) = if in_title {
            (rule.title.as_ref()?, rule.text.as_ref(), &ready.folded_title, &ready.body)
        } else {
            (rule.text.as_ref()?, rule.title.as_ref(), &ready.body, &ready.folded_title)
        };
        if other.is_some_and(|r| !r.is_match(beside)) {
            return None;
        }
        let found = amount_in.captures(source)?;
        let both = || format!("{}\n{}", ready.folded_title, ready.body);
        if rule.any.as_ref().is_some_and(|r| !r.is_match(&both()))
            || rule.unless.as_ref().is_some_and(|r| r.is_match(&both()))
        {
            return None;
        }
        let tail = &source[found.get(0)?.end()..];
        if !rule.tail.as_ref().unwrap_or(&self.facts.tail).is_match(tail) {
            return None;
        }
        Some(self.judge(rule, app, ready, &found, tail, in_title))
    }

    fn try_plain(&self, rule: &Rule, ready: &Ready<'_>) -> Option<Verdict> {
        let fits = |regex: &Option<regex::Regex>, text: &str| regex.as_ref().is_none_or(|r| r.is_match(text));
        if !fits(&rule.title, &ready.folded_title) || !fits(&rule.text, &ready.body) {
            return None;
        }
        if rule.any.is_some() || rule.unless.is_some() {
            let both = format!("{}\n{}", ready.folded_title, ready.body);
            if !fits(&rule.any, &both) || rule.unless.as_ref().is_some_and(|r| r.is_match(&both)) {
                return None;
            }
        }
        Some(match rule.says {
            Says::NotReceipt => Verdict::NotAReceipt { rule: rule.id.clone() },
            _ => self.unknown(&format!("looks like money, but not enough to book it ({})", rule.id), "", &ready.body),
        })
    }

    /// The words fit. Now everything that may still take the amount back.
    fn judge(
        &self,
        rule: &Rule,
        app: &App,
        ready: &Ready<'_>,
        found: &Captures<'_>,
        tail: &str,
        in_title: bool,
    ) -> Verdict {
        let hold = |why: &str| Verdict::Unrecognised { reason: format!("{why} ({})", rule.id), smells_of_money: true };
        let refuse = |what: &str| Verdict::NotAReceipt { rule: format!("{}:{what}", rule.id) };
        if rule.hold.as_ref().is_some_and(|r| r.is_match(&ready.body)) {
            return hold("two readings are possible");
        }
        let head = found.get(0).map_or("", |m| &source_of(ready, in_title)[..m.start()]);
        if rule.balanced && !(balanced(head) && balanced(tail)) {
            return hold("the amount stands inside a remark");
        }
        let after = if in_title { format!("{tail}\n{}", ready.body) } else { tail.to_owned() };
        let note_at = self.facts.note.captures(&after);
        let before_note = note_at.as_ref().and_then(|c| c.get(0)).map_or(after.as_str(), |m| &after[..m.start()]);
        if rule.hold_tail.as_ref().is_some_and(|r| r.is_match(tail)) {
            return hold("another amount follows the amount");
        }
        let own_words = self.facts.harmless.replace_all(before_note, "");
        if rule.veto.as_ref().unwrap_or(&self.facts.veto).is_match(&own_words) {
            return refuse("veto");
        }
        if rule.signed && !self.signature_agrees(&ready.folded_title, &ready.body) {
            return hold("the bank's name and its number disagree");
        }
        if amount_group(found).is_some_and(|group| goes_on(&source_of(ready, in_title)[group.end()..])) {
            return hold("the amount is damaged");
        }
        let amount = match named_amount(found) {
            Ok(amount) => amount,
            Err(_) => return refuse("amount"),
        };
        if let Some(agree) = &rule.agree
            && agree.captures_iter(&own_words).any(|c| named_amount(&c) != Ok(amount))
        {
            return hold("title and text name different amounts");
        }
        let Some(channel) = rule.channel.or(app.channel) else { return hold("no channel") };
        let first =
            |regex: &regex::Regex| regex.captures(before_note).and_then(|c| c.get(1)).map(|m| m.as_str().to_owned());
        Verdict::Receipt {
            channel,
            amount,
            payer_note: note_at.and_then(|c| c.get(1)).map(|m| m.as_str().trim().to_owned()).filter(|n| !n.is_empty()),
            ordinal: first(&self.facts.ordinal).and_then(|n| n.parse().ok()),
            transaction: first(&self.facts.transaction),
            rule: rule.id.clone(),
        }
    }

    /// A text message from a bank's number must be signed, if signed at all, by that bank.
    fn signature_agrees(&self, sender: &str, body: &str) -> bool {
        let Some(name) = self.bank_numbers.get(sender.trim_start_matches("+86")) else { return true };
        let mut signatures = self.facts.signature.captures_iter(body).filter_map(|c| c.get(1)).peekable();
        signatures.peek().is_none() || signatures.any(|s| s.as_str().contains(name.as_str()))
    }
}

fn source_of<'r>(ready: &'r Ready<'_>, in_title: bool) -> &'r str {
    if in_title { &ready.folded_title } else { &ready.body }
}

/// Every bracket opened is closed, and none is closed that was not opened.
fn balanced(text: &str) -> bool {
    let depth = text.chars().try_fold(0u32, |depth, c| match c {
        '(' | '[' => Some(depth + 1),
        ')' | ']' => depth.checked_sub(1),
        _ => Some(depth),
    });
    depth == Some(0)
}

fn amount_group<'t>(found: &Captures<'t>) -> Option<regex::Match<'t>> {
    ["amount", "amount2", "amount3"].iter().find_map(|n| found.name(n))
}

/// True if a number goes on here: `1` of `1..00` is no amount.
fn goes_on(rest: &str) -> bool {
    let mut chars = rest.chars();
    match chars.next() {
        Some('.' | ',') => chars.next().is_some_and(|c| c.is_ascii_digit() || matches!(c, '.' | ',')),
        next => next.is_some_and(|c| c.is_ascii_digit()),
    }
}

fn named_amount(found: &Captures<'_>) -> Result<Fen, Refused> {
    amount::yuan(amount_group(found).ok_or(Refused::Shape)?.as_str())
}

/// The title inside a forwarded text counts for the exact lists only if nothing invisible touches it there.
fn stands_alone(raw: &str, title: &str) -> bool {
    ["\n{}\n", "\n{}\r\n", " {} "].iter().any(|around| raw.contains(&around.replace("{}", title)))
}
