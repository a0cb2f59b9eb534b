//! UnionPay's messages: `name=value` joined by `&`, raw in most answers, percent-encoded in notices.

use percent_encoding::percent_decode;

use super::super::{Doubt, DoubtKind};
use super::signature;

/// A message, every name once. Nothing in it is believed yet.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Message(Vec<(String, String)>);

impl Message {
    /// Reads an answer or a notice.
    ///
    /// A signature is base64 and ends in `=`: one with a percent sign in it tells that the message is percent-encoded.
    pub(super) fn read(body: &[u8]) -> Result<Message, Doubt> {
        let text = std::str::from_utf8(body).map_err(|_| unreadable("not UTF-8"))?;
        let raw = split(text.trim_ascii())?;
        let encoded = raw.iter().any(|(name, value)| *name == "signature" && value.contains('%'));
        let mut pairs = Vec::with_capacity(raw.len());
        for (name, value) in raw {
            let (name, value) =
                if encoded { (decoded(name)?, decoded(value)?) } else { (name.to_owned(), value.to_owned()) };
            if name.is_empty() {
                return Err(unreadable("a value without a name"));
            }
            if pairs.iter().any(|(n, _)| *n == name) {
                return Err(unreadable("a name stands twice"));
            }
            pairs.push((name, value));
        }
        let message = Message(pairs);
        message.has_one_reading()?;
        Ok(message)
    }

    /// The signature covers the joined text, not where one pair ends: `a=1&b=2` is also `a` with the value `1&b=2`.
    /// Only a message whose text falls apart into the very same pairs is accepted.
    fn has_one_reading(&self) -> Result<(), Doubt> {
        let text = self.text();
        let mut read = split(&text)?;
        let mut mine: Vec<(&str, &str)> = self.signed().collect();
        read.sort_unstable();
        mine.sort_unstable();
        if read == mine { Ok(()) } else { Err(unreadable("more than one reading")) }
    }

    fn signed(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(n, v)| (n.as_str(), v.as_str())).filter(|(n, v)| *n != "signature" && !v.is_empty())
    }

    /// What its signature covers.
    pub(super) fn text(&self) -> String {
        signature::text(self.signed())
    }

    /// A value; none if it is missing or empty, which is the same to the signature.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str()).filter(|v| !v.is_empty())
    }

    /// A value that must be there.
    pub(super) fn need(&self, name: &str) -> Result<&str, Doubt> {
        self.get(name).ok_or_else(|| unreadable(format!("{name} is missing")))
    }
}

/// A message that cannot be read.
pub(super) fn unreadable(detail: impl Into<String>) -> Doubt {
    Doubt::new(DoubtKind::Unreadable, detail)
}

/// The longest message of UnionPay's has some forty pairs. Names are compared each with each, so there must be an end.
const MOST_PAIRS: usize = 256;

/// Takes a text apart. A value that begins with `{` goes on to its closing brace, whatever stands between: such values
/// are lists of pairs themselves. Base64 brings `=` along, so a name ends at the first.
fn split(text: &str) -> Result<Vec<(&str, &str)>, Doubt> {
    let mut pairs = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if pairs.len() == MOST_PAIRS {
            return Err(unreadable("more pairs than a message has"));
        }
        let (name, from) = rest.split_once('=').ok_or_else(|| unreadable("a name without a value"))?;
        if name.contains('&') {
            return Err(unreadable("a name without a value"));
        }
        let end = if from.starts_with('{') { closing(from)? } else { from.find('&').unwrap_or(from.len()) };
        let (value, tail) = from.split_at(end);
        pairs.push((name, value));
        rest = match tail.strip_prefix('&') {
            Some("") => return Err(unreadable("ends in &")),
            Some(next) => next,
            None if tail.is_empty() => tail,
            None => return Err(unreadable("something behind a closing brace")),
        };
    }
    Ok(pairs)
}

/// Where a text in braces ends.
fn closing(text: &str) -> Result<usize, Doubt> {
    let mut depth = 0_u32;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth = depth.saturating_add(1),
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return Ok(at.saturating_add(1));
        }
    }
    Err(unreadable("a brace that nobody closes"))
}

/// Form decoding: `+` is a space, escapes are whole and UTF-8.
fn decoded(text: &str) -> Result<String, Doubt> {
    let mut escapes = text.split('%').skip(1);
    if !escapes.all(|rest| rest.len() >= 2 && rest.bytes().take(2).all(|b| b.is_ascii_hexdigit())) {
        return Err(unreadable("a broken escape"));
    }
    let spaced = text.replace('+', " ");
    let bytes: Vec<u8> = percent_decode(spaced.as_bytes()).collect();
    String::from_utf8(bytes).map_err(|_| unreadable("not UTF-8"))
}
