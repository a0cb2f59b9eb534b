//! Flat fields out of a JSON object or a form. Numbers keep their text: no amount becomes a float.

use percent_encoding::percent_decode_str;
use till_core::money::Fen;

use super::{Announced, BodyError, LARGEST_BODY};
use crate::pairs::Pairs;

/// The fields of a message, in order, empty and null ones left out.
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// JSON when the body starts with `{`, else a form (or a query string).
    pub(super) fn read(body: &[u8]) -> Result<Fields, BodyError> {
        if body.len() > LARGEST_BODY {
            return Err(BodyError::TooLarge);
        }
        let text = std::str::from_utf8(body).map_err(|_| BodyError::NotFields)?;
        let text = text.trim_start_matches('\u{feff}').trim();
        let pairs = if text.starts_with('{') { json(text)? } else { form(text)? };
        for (i, (name, _)) in pairs.iter().enumerate() {
            if pairs[..i].iter().any(|(n, _)| n == name) {
                return Err(BodyError::Repeated);
            }
        }
        Ok(Fields(pairs))
    }

    /// The first of these names that is there with something in it.
    pub(super) fn get(&self, names: &[&str]) -> Option<&str> {
        names
            .iter()
            .find_map(|n| self.0.iter().find(|(k, v)| k == n && !v.is_empty() && !placeholder(v)))
            .map(|(_, v)| v.as_str())
    }

    fn owned(&self, names: &[&str]) -> Option<String> {
        self.get(names).map(str::to_owned)
    }

    /// A plain positive amount, or nothing: `null`, `"null"`, `-0.00`, `1e3` are nothing.
    pub(super) fn amount(&self, names: &[&str]) -> Option<Fen> {
        self.get(names).and_then(|t| Fen::from_plain(t).ok()).filter(|a| a.is_positive())
    }

    /// Everything but title, text and package, under the names phones use.
    pub(super) fn announced(&self, package: &[&str], title: &[&str], text: &[&str], time: &[&str]) -> Announced {
        let mut said = Announced {
            package: self.owned(package).unwrap_or_default(),
            title: self.owned(title).unwrap_or_default(),
            text: self.owned(text).unwrap_or_default(),
            device_name: self.owned(&["device", "deviceid", "device_name", "device_mark"]),
            battery: self.get(&["battery", "battery_pct"]).and_then(percent),
            id: self.owned(&["id", "push_id", "idempotency_key"]).filter(|id| id.len() <= 128),
            ..Announced::default()
        };
        for name in time {
            let Some(value) = self.get(&[name]) else { continue };
            match unix_ms(value) {
                Some(ms) => said.phone_time_ms = said.phone_time_ms.or(Some(ms)),
                None => said.phone_time_text = said.phone_time_text.or(Some(value.to_owned())),
            }
        }
        said
    }
}

fn json(text: &str) -> Result<Vec<(String, String)>, BodyError> {
    let pairs: Pairs = serde_json::from_str(text).map_err(|_| BodyError::NotFields)?;
    let mut out = Vec::new();
    for (name, raw) in pairs.0 {
        let value = match raw.get().as_bytes().first() {
            Some(b'"') => serde_json::from_str::<String>(raw.get()).map_err(|_| BodyError::NotFields)?,
            Some(b'0'..=b'9' | b'-') => raw.get().to_owned(),
            _ => String::new(), // null, true, lists and objects carry nothing we read
        };
        out.push((name, value));
    }
    Ok(out)
}

fn form(text: &str) -> Result<Vec<(String, String)>, BodyError> {
    if !text.contains('=') {
        return Err(BodyError::NotFields);
    }
    let plain = |s: &str| {
        let spaced = s.replace('+', " ");
        percent_decode_str(&spaced).decode_utf8().map(|s| s.into_owned()).map_err(|_| BodyError::NotFields)
    };
    let parts = text.split('&').filter(|p| !p.is_empty());
    parts.map(|part| part.split_once('=').unwrap_or((part, ""))).map(|(k, v)| Ok((plain(k)?, plain(v)?))).collect()
}

/// A tag the phone did not replace: `%antitle`, `{not_title}`, `[msg]`, `{{BATTERY_PCT}}`.
fn placeholder(value: &str) -> bool {
    let name = |s: &str| !s.is_empty() && s.len() <= 32 && s.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let between =
        |open: &str, close: &str| value.strip_prefix(open).and_then(|v| v.strip_suffix(close)).is_some_and(name);
    between("{{", "}}") || between("{", "}") || between("[", "]") || value.strip_prefix('%').is_some_and(name)
}

fn percent(text: &str) -> Option<u8> {
    let whole = text.trim().trim_end_matches('%').trim();
    let whole = whole.split_once('.').map_or(whole, |(w, _)| w);
    whole.parse().ok().filter(|p| *p <= 100)
}

/// Ten digits are seconds, thirteen are milliseconds. Nothing else is a moment without a time zone.
pub(super) fn unix_ms(text: &str) -> Option<i64> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    match (digits, text.len()) {
        (true, 13) => text.parse().ok(),
        (true, 10) => text.parse::<i64>().ok().map(|s| s * 1000),
        _ => None,
    }
}
