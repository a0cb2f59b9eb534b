//! Form parameters as they come in, read in one way only.

use percent_encoding::percent_decode_str;

use super::super::{Doubt, DoubtKind, sign};

const LONGEST: usize = 64 * 1024;
const MOST_FIELDS: usize = 128;

/// The parameters of a notice, a form-encoded answer, or an address a browser came back with: each name once, empty
/// ones gone (an empty value says nothing, and the signed text leaves it out).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    /// Decodes once. Refused: a name that stands twice or is none, half an escape, bytes that are no UTF-8.
    pub(super) fn read(raw: &[u8]) -> Result<Form, Doubt> {
        if raw.len() > LONGEST {
            return Err(unreadable("a form that is too long"));
        }
        let text = std::str::from_utf8(raw).map_err(|_| unreadable("a form that is not text"))?;
        let mut pairs: Vec<(String, String)> = Vec::new();
        for part in text.split('&') {
            let (name, value) = part.split_once('=').ok_or_else(|| unreadable("a parameter without a value"))?;
            let (name, value) = (plain(name)?, plain(value)?);
            if name.is_empty() || name.contains(['=', '&']) {
                return Err(unreadable("a name that is none"));
            }
            if pairs.iter().any(|(n, _)| *n == name) {
                return Err(unreadable("a parameter that stands twice"));
            }
            if pairs.len() == MOST_FIELDS {
                return Err(unreadable("too many parameters"));
            }
            pairs.push((name, value));
        }
        pairs.retain(|(_, value)| !value.is_empty());
        Ok(Form(pairs))
    }

    /// A parameter's text, never empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// One that must be there.
    pub(super) fn need(&self, name: &'static str) -> Result<&str, Doubt> {
        self.get(name).ok_or_else(|| unreadable(name))
    }

    /// The signed text: all but these, sorted. A value with `&…=` in it is refused: that text could be cut into parameters
    /// in another way, and its signature would fit those, too. A `&` without a `=` behind it begins no parameter (a shop
    /// may well be called so).
    pub(super) fn signed_text(&self, but: &[&str]) -> Result<String, Doubt> {
        let taken = || self.0.iter().filter(|(n, _)| !but.contains(&n.as_str()));
        let reads_as_several = |value: &str| value.split('&').skip(1).any(|part| part.contains('='));
        if taken().any(|(_, value)| reads_as_several(value)) {
            return Err(unreadable("a value that reads as several"));
        }
        Ok(sign::sorted_pairs(taken().map(|(n, v)| (n.as_str(), v.as_str()))))
    }
}

pub(super) fn unreadable(detail: &str) -> Doubt {
    Doubt::new(DoubtKind::Unreadable, detail)
}

fn plain(text: &str) -> Result<String, Doubt> {
    let mut escapes = text.split('%').skip(1);
    if !escapes.all(|after| matches!(after.as_bytes(), [a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit())) {
        return Err(unreadable("half an escape"));
    }
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().map_err(|_| unreadable("bytes that are no UTF-8"))?;
    Ok(decoded.into_owned())
}
