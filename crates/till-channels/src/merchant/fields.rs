//! Flat fields of a request: query, form, multipart form or JSON object. Values keep their text, so that signatures are
//! of what was sent and no amount becomes a float.

use percent_encoding::percent_decode;
use serde_json::value::RawValue;

use super::{Call, Why};
use crate::pairs::Pairs;

const MOST_FIELDS: usize = 64;

/// The fields of a request, in order.
#[derive(Debug, Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Query and, unless it is a GET, body. A name that stands twice is refused: which counts would be a guess. So is a
    /// name with `=` or `&` in it: written out for a signature it reads as other fields.
    pub fn read(call: &Call<'_>) -> Result<Fields, Why> {
        let mut pairs = form(call.query.as_bytes())?;
        if call.method != "GET" {
            pairs.extend(body(call)?);
        }
        if pairs.len() > MOST_FIELDS {
            return Err(Why::NotFields);
        }
        if pairs.iter().any(|(name, _)| name.contains(['=', '&'])) {
            return Err(Why::NotFields);
        }
        for (i, (name, _)) in pairs.iter().enumerate() {
            if pairs[..i].iter().any(|(n, _)| n == name) {
                return Err(Why::Twice);
            }
        }
        Ok(Fields(pairs))
    }

    /// A field's text; empty if it is missing.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v)
    }

    /// Names and texts, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(n, v)| (n.as_str(), v.as_str()))
    }
}

fn body(call: &Call<'_>) -> Result<Vec<(String, String)>, Why> {
    let kind = call.header("content-type").unwrap_or_default();
    let (media, rest) = kind.split_once(';').unwrap_or((kind, ""));
    let media = media.trim().to_ascii_lowercase();
    if media == "multipart/form-data" {
        let boundary = rest.split(';').find_map(|p| p.trim().strip_prefix("boundary="));
        return multipart(call.body, boundary.ok_or(Why::NotFields)?.trim_matches('"'));
    }
    let bare = call.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(call.body).trim_ascii();
    if bare.first() == Some(&b'{') { json(bare) } else { form(bare) }
}

fn form(text: &[u8]) -> Result<Vec<(String, String)>, Why> {
    let plain = |s: &[u8]| {
        let spaced: Vec<u8> = s.iter().map(|b| if *b == b'+' { b' ' } else { *b }).collect();
        percent_decode(&spaced).decode_utf8().map(|s| s.into_owned()).map_err(|_| Why::NotFields)
    };
    let pair = |part: &[u8]| {
        let cut = part.iter().position(|b| *b == b'=').unwrap_or(part.len());
        Ok((plain(&part[..cut])?, plain(part.get(cut + 1..).unwrap_or_default())?))
    };
    text.split(|b| *b == b'&').filter(|p| !p.is_empty()).map(pair).collect()
}

/// `multipart/form-data`, as PHP's curl sends an array. Files are refused.
fn multipart(body: &[u8], boundary: &str) -> Result<Vec<(String, String)>, Why> {
    if boundary.is_empty() || boundary.len() > 70 {
        return Err(Why::NotFields);
    }
    let text = std::str::from_utf8(body).map_err(|_| Why::NotFields)?;
    let between = format!("--{boundary}");
    let mut parts = text.split(&between);
    parts.next();
    let mut pairs = Vec::new();
    for part in parts {
        if part.starts_with("--") {
            return Ok(pairs);
        }
        let part = part.strip_prefix("\r\n").ok_or(Why::NotFields)?;
        let (heads, value) = part.split_once("\r\n\r\n").ok_or(Why::NotFields)?;
        let value = value.strip_suffix("\r\n").ok_or(Why::NotFields)?;
        let mut heads = heads.lines().filter_map(|l| l.split_once(':'));
        let shape = heads.find(|(n, _)| n.eq_ignore_ascii_case("content-disposition")).ok_or(Why::NotFields)?.1;
        let mut shape = shape.split(';').map(str::trim);
        if shape.clone().any(|p| p.starts_with("filename")) {
            return Err(Why::NotFields);
        }
        let name = shape.find_map(|p| p.strip_prefix("name=")).ok_or(Why::NotFields)?;
        pairs.push((name.trim_matches('"').to_owned(), value.to_owned()));
    }
    Err(Why::NotFields)
}

/// Strings and numbers, numbers with the text they were sent as; null is an empty text.
fn json(text: &[u8]) -> Result<Vec<(String, String)>, Why> {
    let pairs: Pairs = serde_json::from_slice(text).map_err(|_| Why::NotFields)?;
    let value = |raw: &RawValue| match raw.get().as_bytes().first() {
        Some(b'"') => serde_json::from_str::<String>(raw.get()).map_err(|_| Why::NotFields),
        Some(b'0'..=b'9' | b'-') => Ok(raw.get().to_owned()),
        _ if raw.get() == "null" => Ok(String::new()),
        _ => Err(Why::NotFields),
    };
    pairs.0.into_iter().map(|(name, raw)| Ok((name, value(&raw)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(query: &str, kind: &str, body: &[u8]) -> Result<Vec<(String, String)>, Why> {
        let headers = [("content-type".to_owned(), kind.to_owned())];
        let call = Call { method: "POST", path: "/", query, headers: &headers, body };
        Fields::read(&call).map(|f| f.0)
    }

    fn pairs(list: &[(&str, &str)]) -> Result<Vec<(String, String)>, Why> {
        Ok(list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect())
    }

    #[test]
    fn query_form_json_and_multipart_say_the_same() {
        let said = pairs(&[("payId", "订单 7"), ("type", "1"), ("price", "1.00")]);
        assert_eq!(read("payId=%E8%AE%A2%E5%8D%95+7&type=1&price=1.00", "", b""), said);
        assert_eq!(
            read("", "application/x-www-form-urlencoded", b"payId=%E8%AE%A2%E5%8D%95+7&type=1&price=1.00"),
            said
        );
        assert_eq!(read("", "application/json", r#"{"payId":"订单 7","type":1,"price":1.00}"#.as_bytes()), said);
        let body = "--X\r\nContent-Disposition: form-data; name=\"payId\"\r\n\r\n订单 7\r\n--X\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\n1\r\n--X\r\nContent-Disposition: form-data; name=\"price\"\r\n\r\n1.00\r\n--X--\r\n";
        assert_eq!(read("", "multipart/form-data; boundary=X", body.as_bytes()), said);
    }

    #[test]
    fn what_is_said_twice_is_refused() {
        assert_eq!(read("a=1&a=1", "", b""), Err(Why::Twice));
        assert_eq!(read("a=1", "", b"a=2"), Err(Why::Twice));
        assert_eq!(read("", "application/json", br#"{"a":1,"a":2}"#), Err(Why::Twice));
    }

    #[test]
    fn what_is_not_flat_or_not_text_is_refused() {
        let bad: [&[u8]; 5] = [br#"{"a":{}}"#, br#"{"a":[1]}"#, br#"{"a":true}"#, b"{", b"a=%ff"];
        for body in bad {
            assert_eq!(read("", "", body), Err(Why::NotFields), "{}", String::from_utf8_lossy(body));
        }
        assert_eq!(read("", "multipart/form-data; boundary=X", b"--X\r\n"), Err(Why::NotFields));
        assert_eq!(read("a%3D1%26b=2", "", b""), Err(Why::NotFields), "a name that reads as two fields");
        assert_eq!(read("", "application/json", br#"{"a&b":"1"}"#), Err(Why::NotFields));
        assert_eq!(read(&"a=1&".repeat(10), "", b""), Err(Why::Twice));
        let many: String = (0..100).map(|n| format!("a{n}=1&")).collect();
        assert_eq!(read(&many, "", b""), Err(Why::NotFields));
    }

    proptest! {
        #[test]
        fn nothing_breaks_it(query in ".{0,60}", kind in "(multipart/form-data; boundary=X|application/json|)", body in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&query, &kind, &body);
        }

        #[test]
        fn nothing_in_parts_breaks_it(body in "(--X|\r\n|Content-Disposition: form-data; name=|\"|a|:|;|--){0,30}") {
            let _ = read("", "multipart/form-data; boundary=X", body.as_bytes());
        }
    }
}
