//! WeChat's first payment for apps (APP 支付 V1.7, 2013 and 2014) and its sibling for pages. Historic: who enrolled after the
//! autumn of 2014 speaks v2 or v3. Pure functions, for those who must still check or make such signatures.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::gateway::sign::{md5_hex, sha1_hex, sorted_pairs};

const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The sign of a package: MD5 in upper-case hex over the sorted raw values and `key=` the partner key.
pub fn package_sign(pairs: &[(&str, &str)], partner_key: &str) -> String {
    md5_hex(format!("{}&key={partner_key}", sorted_pairs(filled(pairs))).as_bytes()).to_uppercase()
}

/// A package: sorted values, URL-encoded, and the sign.
pub fn package(pairs: &[(&str, &str)], partner_key: &str) -> String {
    let encoded: Vec<(&str, String)> =
        filled(pairs).map(|(name, value)| (name, utf8_percent_encode(value, KEPT).to_string())).collect();
    let order = sorted_pairs(encoded.iter().map(|(name, value)| (*name, value.as_str())));
    format!("{order}&sign={}", package_sign(pairs, partner_key))
}

/// `app_signature` of a genprepay request and `paySign` of the old pages: SHA-1 in lower-case hex over sorted pairs with
/// lower-case names, among them `appkey`. The document prints another value in its example, the MD5 of the package in
/// lower case; this is the one that its rule makes.
pub fn app_signature(pairs: &[(&str, &str)]) -> String {
    let lower: Vec<(String, &str)> = filled(pairs).map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
    sha1_hex(sorted_pairs(lower.iter().map(|(name, value)| (name.as_str(), *value))).as_bytes())
}

/// The sign with which an app hands a prepay number to WeChat.
pub fn client_sign(
    appid: &str,
    appkey: &str,
    partnerid: &str,
    prepayid: &str,
    noncestr: &str,
    timestamp: &str,
) -> String {
    app_signature(&[
        ("appid", appid),
        ("appkey", appkey),
        ("noncestr", noncestr),
        ("package", "Sign=WXPay"),
        ("partnerid", partnerid),
        ("prepayid", prepayid),
        ("timestamp", timestamp),
    ])
}

fn filled<'a>(pairs: &'a [(&'a str, &'a str)]) -> impl Iterator<Item = (&'a str, &'a str)> {
    pairs.iter().copied().filter(|(_, value)| !value.is_empty())
}
