//! V免签: `/appHeart` and `/appPush` of the vmqApk family. `md5` over the raw texts, joined with nothing between.
//!
//! Sources: szvone/vmqphp `public/api.html`, szvone/vmqApk `NeNotificationService2.java`.

use md5::{Digest, Md5};
use till_core::channel::Channel;
use till_core::money::Fen;

use super::same_hex;

/// A payment a phone reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Push {
    /// WeChat (`type=1`) or Alipay (`type=2`).
    pub channel: Channel,
    /// Above zero.
    pub amount: Fen,
    /// The phone's clock, Unix milliseconds.
    pub t: i64,
}

/// Why a request of a phone is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VmqError {
    /// The signature is not ours. Nothing else was looked at.
    #[error("the signature does not fit the key")]
    BadSignature,
    /// Signed, but a field is not what the protocol allows.
    #[error("malformed: {0}")]
    Malformed(&'static str),
}

fn digest(parts: &[&str]) -> [u8; 16] {
    let mut md5 = Md5::new();
    for part in parts {
        md5.update(part.as_bytes());
    }
    md5.finalize().into()
}

fn check(parts: &[&str], sign: &str, key: &str) -> Result<(), VmqError> {
    // With an empty key anyone can sign.
    if !key.is_empty() && same_hex(&digest(parts), sign) { Ok(()) } else { Err(VmqError::BadSignature) }
}

/// Signature of `/appHeart` and `/getState`: `md5(t + key)`.
pub fn heart_sign(t: &str, key: &str) -> String {
    hex::encode(digest(&[t, key]))
}

/// Signature of `/appPush`: `md5(type + price + t + key)`.
pub fn push_sign(type_: &str, price: &str, t: &str, key: &str) -> String {
    hex::encode(digest(&[type_, price, t, key]))
}

/// Signature of the notice to the merchant and of the return address:
/// `md5(payId + param + type + price + reallyPrice + key)`.
pub fn callback_sign(pay_id: &str, param: &str, type_: &str, price: &str, really_price: &str, key: &str) -> String {
    hex::encode(digest(&[pay_id, param, type_, price, really_price, key]))
}

/// Verifies, then parses a push. The strict shapes make the signed text unambiguous: one character, a price, thirteen
/// digits; so a digit cannot be moved from one field to the next under the same signature.
pub fn parse_push(type_: &str, price: &str, t: &str, sign: &str, key: &str) -> Result<Push, VmqError> {
    check(&[type_, price, t, key], sign, key)?;
    let channel = channel(type_).ok_or(VmqError::Malformed("type is 1 or 2"))?;
    let t = moment(t)?;
    let amount =
        self::price(price).ok_or(VmqError::Malformed("price is an amount above zero with at most two decimals"))?;
    Ok(Push { channel, amount, t })
}

/// Verifies, then parses a heartbeat: the phone's clock in Unix milliseconds.
pub fn parse_heart(t: &str, sign: &str, key: &str) -> Result<i64, VmqError> {
    check(&[t, key], sign, key)?;
    moment(t)
}

pub(super) fn channel(type_: &str) -> Option<Channel> {
    match type_ {
        "1" => Some(Channel::Wechat),
        "2" => Some(Channel::Alipay),
        _ => None,
    }
}

fn moment(t: &str) -> Result<i64, VmqError> {
    let wrong = VmqError::Malformed("t is thirteen digits");
    if t.len() == 13 && t.bytes().all(|b| b.is_ascii_digit()) { t.parse().map_err(|_| wrong) } else { Err(wrong) }
}

/// `12`, `12.3`, `12.34`, and what Java's `Double.toString` writes from ten million up: `1.23456789E7`.
pub(super) fn price(text: &str) -> Option<Fen> {
    let amount = match text.strip_suffix("E7") {
        None => Fen::from_plain(text).ok()?,
        Some(mantissa) => {
            let (one, decimals) = mantissa.split_once('.')?;
            let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
            if !matches!(one.as_bytes(), [b'1'..=b'9']) || !(1..=9).contains(&decimals.len()) || !digits(decimals) {
                return None;
            }
            // Seven of the decimals are yuan, two are fen.
            Fen::new(format!("{one}{decimals:0<9}").parse().ok()?).ok()?
        }
    };
    amount.is_positive().then_some(amount)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KEY: &str = "a7cc8678193ee9c70ae3d75fd04ae6a9";

    #[derive(serde::Deserialize)]
    struct Vector {
        id: String,
        #[serde(default)]
        parts: Option<Vec<String>>,
        expected: String,
    }

    fn vectors() -> Vec<Vector> {
        serde_json::from_str(include_str!("../../tests/data/vmq-vectors.json")).unwrap()
    }

    #[test]
    fn published_vectors() {
        let mut seen = 0;
        for v in vectors() {
            let Some(p) = v.parts.filter(|_| v.id.starts_with("vmq-")) else { continue };
            let ours = match p.as_slice() {
                [t, key] => heart_sign(t, key),
                [a, b, c, key] => push_sign(a, b, c, key),
                [a, b, c, d, key] => hex::encode(digest(&[a, b, c, d, key])),
                [a, b, c, d, e, key] => callback_sign(a, b, c, d, e, key),
                _ => panic!("{}", v.id),
            };
            assert_eq!(ours, v.expected, "{}", v.id);
            seen += 1;
            if v.id.starts_with("vmq-push") {
                let parsed = parse_push(&p[0], &p[1], &p[2], &v.expected, &p[3]);
                assert_eq!(parsed.is_ok(), v.id != "vmq-push-collide-b", "{}: {parsed:?}", v.id);
            }
        }
        assert!(seen >= 16, "{seen}");
    }

    #[test]
    fn the_moved_digit_is_refused() {
        let sign = push_sign("1", "5.5", "1700000000000", KEY);
        assert_eq!(sign, push_sign("1", "5.51", "700000000000", KEY));
        assert_eq!(
            parse_push("1", "5.51", "700000000000", &sign, KEY),
            Err(VmqError::Malformed("t is thirteen digits"))
        );
    }

    #[test]
    fn upper_case_signatures_and_java_numbers() {
        let sign = push_sign("1", "1.0E7", "1700000000000", KEY).to_uppercase();
        assert_eq!(parse_push("1", "1.0E7", "1700000000000", &sign, KEY).unwrap().amount.get(), 1_000_000_000);
        assert_eq!(price("1.23456789E7").unwrap().get(), 1_234_567_890);
        assert_eq!(price("1.234567891E7").unwrap().get(), 1_234_567_891);
        for no in [
            "0",
            "0.00",
            "1.2345678912E7",
            "0.1E7",
            "10.0E7",
            "1E7",
            "1.0E8",
            "1.0E-7",
            "-1",
            "1,000",
            "1.005",
            "",
            "NaN",
        ] {
            assert_eq!(price(no), None, "{no}");
        }
    }

    #[test]
    fn an_empty_key_never_verifies() {
        assert_eq!(parse_heart("1700000000000", &heart_sign("1700000000000", ""), ""), Err(VmqError::BadSignature));
    }

    proptest! {
        #[test]
        fn what_a_phone_signs_is_read(fen in 1..1_000_000_000i64, wx: bool, t in 1_000_000_000_000i64..9_999_999_999_999) {
            let (type_, price, t) = (if wx { "1" } else { "2" }, Fen::new(fen).unwrap().to_string(), t.to_string());
            let push = parse_push(type_, &price, &t, &push_sign(type_, &price, &t, KEY), KEY).unwrap();
            prop_assert_eq!(push.amount.get(), fen);
        }

        #[test]
        fn a_changed_field_never_passes(fen in 1..1_000_000_000i64, t in 1_000_000_000_000i64..9_999_999_999_999,
                                        type2 in "[0-9]{0,2}", price2 in "[0-9.E]{0,8}", t2 in "[0-9]{10,14}", which in 0..3) {
            let (price, t) = (Fen::new(fen).unwrap().to_string(), t.to_string());
            let sign = push_sign("1", &price, &t, KEY);
            let (a, b, c) = match which { 0 => (type2.as_str(), price.as_str(), t.as_str()), 1 => ("1", &*price2, &*t), _ => ("1", &*price, &*t2) };
            prop_assume!((a, b, c) != ("1", price.as_str(), t.as_str()));
            prop_assert!(parse_push(a, b, c, &sign, KEY).is_err());
        }

        #[test]
        fn digits_moved_across_a_border_never_pass(fen in 1..1_000_000_000i64, t in 1_000_000_000_000i64..9_999_999_999_999, cut in 1usize..20) {
            let (price, t) = (Fen::new(fen).unwrap().to_string(), t.to_string());
            let sign = push_sign("1", &price, &t, KEY);
            let whole = format!("{price}{t}");
            prop_assume!(cut < whole.len() && cut != price.len());
            prop_assert!(parse_push("1", &whole[..cut], &whole[cut..], &sign, KEY).is_err());
        }
    }
}
