//! What goes over the wire, and who signs it.

use anyhow::{Result, bail};

/// A request as it came.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub method: String,
    pub path: String,
    /// Undecoded.
    pub query: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// One value of the query.
    pub fn asked(&self, name: &str) -> Option<String> {
        pairs(self.query.as_bytes()).into_iter().find(|(n, _)| n == name).map(|(_, value)| value)
    }

    /// Path and query as they are signed.
    pub fn target(&self) -> String {
        if self.query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, self.query) }
    }
}

/// An answer as it goes out.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Reply {
        Reply { status, headers: vec![("content-type", content_type.to_owned())], body: body.into() }
    }
}

/// Who signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hand {
    Own,
    Stranger,
    Nobody,
}

/// The fields of a form or a query, decoded.
pub(super) fn pairs(bytes: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(bytes).into_owned().collect()
}

/// A form as it is posted.
pub(super) fn form(fields: &[(String, String)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// `k=v&…` of what is not empty, in the order of the names, without those that are not signed.
pub(super) fn sorted(fields: &[(String, String)], without: &[&str]) -> String {
    let mut signed: Vec<_> =
        fields.iter().filter(|(name, value)| !value.is_empty() && !without.contains(&name.as_str())).collect();
    signed.sort();
    signed.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

/// A field of a list.
pub(super) fn field<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
    fields.iter().find(|(n, value)| n == name && !value.is_empty()).map(|(_, value)| value.as_str())
}

/// Names and values, owned.
pub(super) fn fields<const N: usize>(pairs: [(&str, &str); N]) -> Vec<(String, String)> {
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
}

/// Fen as yuan with two decimals.
pub(super) fn yuan(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", fen.abs() / 100, fen.abs() % 100)
}

/// Yuan with at most two decimals as fen.
pub(super) fn fen(yuan: &str) -> Result<i64> {
    let (whole, part) = yuan.split_once('.').unwrap_or((yuan, "00"));
    let digits = |text: &str| !text.is_empty() && text.len() < 12 && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(part) || part.len() > 2 {
        bail!("no amount: {yuan}");
    }
    Ok(whole.parse::<i64>()? * 100 + format!("{part:0<2}").parse::<i64>()?)
}

/// A moment in China's time.
pub(super) fn china(at_ms: i64, format: &str) -> String {
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(8));
    jiff::Timestamp::from_millisecond(at_ms).unwrap_or_default().to_zoned(zone).strftime(format).to_string()
}

/// Nobody lives at this address.
pub(super) fn nowhere() -> Reply {
    Reply::new(404, "application/json", "{\"message\":\"no such door\"}")
}
