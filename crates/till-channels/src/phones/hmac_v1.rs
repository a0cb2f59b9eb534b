//! The signed JSON of ifmein/vmq-apk 2.2.7: HMAC-SHA256 over six lines, among them the hash of the body.

use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use till_core::channel::Channel;
use till_core::money::Fen;

use super::{LARGEST_BODY, hmac_sha256, same_hex, vmq};

/// Path of a payment, as the phone signs it.
pub const NOTIFY_PATH: &str = "/api/v1/payments/notify";
/// Path of a heartbeat, as the phone signs it.
pub const HEARTBEAT_PATH: &str = "/api/v1/system/heartbeat";

/// Why a request of a phone is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HmacError {
    /// The signature is not ours. Nothing else was looked at.
    #[error("the signature does not fit the key")]
    BadSignature,
    /// Signed, but a field is not what the protocol allows.
    #[error("malformed: {0}")]
    Malformed(&'static str),
}

/// A payment a phone reports. The caller keeps the nonce against replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Push {
    /// WeChat (`1`) or Alipay (`2`).
    pub channel: Channel,
    /// Above zero.
    pub amount: Fen,
}

/// The text that is signed.
pub fn canonical(method: &str, path: &str, ts: &str, nonce: &str, body: &[u8]) -> String {
    let hash = hex::encode(Sha256::digest(body));
    format!("VMQ-HMAC-SHA256-V1\n{method}\n{path}\n{ts}\n{nonce}\n{hash}")
}

/// The header `X-VMQ-Signature`: `v1=` and lower-case hex.
pub fn sign(method: &str, path: &str, ts: &str, nonce: &str, body: &[u8], key: &str) -> String {
    format!("v1={}", hex::encode(hmac_sha256(key.as_bytes(), canonical(method, path, ts, nonce, body).as_bytes())))
}

/// Verifies the signature, then the shape of time and nonce. Answers the phone's time in Unix **seconds**.
pub fn verify(
    method: &str,
    path: &str,
    ts: &str,
    nonce: &str,
    body: &[u8],
    signature_header: &str,
    key: &str,
) -> Result<i64, HmacError> {
    let theirs = signature_header.strip_prefix("v1=").ok_or(HmacError::BadSignature)?;
    let ours = hmac_sha256(key.as_bytes(), canonical(method, path, ts, nonce, body).as_bytes());
    if key.is_empty() || !same_hex(&ours, theirs) {
        return Err(HmacError::BadSignature);
    }
    let digits = ts.len() == 10 && ts.bytes().all(|b| b.is_ascii_digit());
    let ts = ts.parse().ok().filter(|_| digits).ok_or(HmacError::Malformed("the timestamp is ten digits"))?;
    if !(8..=64).contains(&nonce.len()) || !nonce.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Err(HmacError::Malformed("the nonce is 8 to 64 letters, digits and -"));
    }
    Ok(ts)
}

#[derive(Deserialize)]
struct Wire {
    channel: Box<RawValue>,
    price: Box<RawValue>,
}

/// The body of a payment, `{"channel":1,"price":12.34}`; both may be strings. Verify first.
pub fn parse_push(body: &[u8]) -> Result<Push, HmacError> {
    if body.len() > LARGEST_BODY {
        return Err(HmacError::Malformed("the body is larger than 64 KiB"));
    }
    let wire: Wire =
        serde_json::from_slice(body).map_err(|_| HmacError::Malformed("the body carries channel and price"))?;
    let bare = |raw: &RawValue| {
        let text = raw.get();
        text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(text).to_owned()
    };
    let channel = vmq::channel(&bare(&wire.channel)).ok_or(HmacError::Malformed("channel is 1 or 2"))?;
    let amount = vmq::price(&bare(&wire.price))
        .ok_or(HmacError::Malformed("price is an amount above zero with at most two decimals"))?;
    Ok(Push { channel, amount })
}

/// The body of a heartbeat, `{"client":"android"}`: the client's name, if it says so. Verify first.
pub fn parse_heart(body: &[u8]) -> Result<Option<String>, HmacError> {
    #[derive(Deserialize)]
    struct Heart {
        #[serde(default)]
        client: Option<String>,
    }
    if body.len() > LARGEST_BODY {
        return Err(HmacError::Malformed("the body is larger than 64 KiB"));
    }
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(None);
    }
    let heart: Heart = serde_json::from_slice(body).map_err(|_| HmacError::Malformed("the body is a JSON object"))?;
    Ok(heart.client.filter(|c| c.len() <= 64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KEY: &str = "test_secret_key_123";
    const TS: &str = "1784194689";
    const NONCE: &str = "123e4567-e89b-42d3-a456-426614174000";

    #[test]
    fn the_app_s_own_vectors() {
        let heart = sign("POST", HEARTBEAT_PATH, TS, NONCE, br#"{"client":"android"}"#, KEY);
        assert_eq!(heart, "v1=7b6ba572f9c836e36bac9aaa30af001eb3053c5db2bd2b0128128a9c0cc4f247");
        let push = sign("POST", NOTIFY_PATH, TS, NONCE, br#"{"channel":2,"price":12.34}"#, KEY);
        assert_eq!(push, "v1=e9052997ef9481e05946bc06bbeb8bdd6391ed835c46c4e24385b77ff08a8548");
        assert_eq!(
            verify("POST", NOTIFY_PATH, TS, NONCE, br#"{"channel":2,"price":12.34}"#, &push, KEY),
            Ok(1_784_194_689)
        );
    }

    #[test]
    fn bodies() {
        for (body, fen) in [
            (r#"{"channel":2,"price":12.34}"#, 1234),
            (r#"{"price":"5","channel":"1","x":{}}"#, 500),
            (r#"{"channel":1,"price":1.0E7}"#, 1_000_000_000),
        ] {
            assert_eq!(parse_push(body.as_bytes()).unwrap().amount.get(), fen, "{body}");
        }
        for body in [
            r#"{"channel":2,"price":12.345}"#,
            r#"{"channel":3,"price":1}"#,
            r#"{"channel":1,"price":-1}"#,
            r#"{"channel":1,"price":null}"#,
            r#"{"channel":1}"#,
            "[]",
            "",
            r#"{"channel":1,"price":0}"#,
            r#"{"channel":1,"price":1e3}"#,
            r#"{"channel":1.0,"price":1}"#,
        ] {
            assert!(parse_push(body.as_bytes()).is_err(), "{body}");
        }
        assert_eq!(parse_heart(br#"{"client":"android"}"#).unwrap().as_deref(), Some("android"));
        assert_eq!(parse_heart(b"").unwrap(), None);
    }

    #[test]
    fn shapes_are_checked_after_the_signature() {
        for (ts, nonce) in [("178419468", NONCE), ("17841946890", NONCE), (TS, "short"), (TS, "has space in it")] {
            let header = sign("POST", NOTIFY_PATH, ts, nonce, b"{}", KEY);
            assert!(matches!(
                verify("POST", NOTIFY_PATH, ts, nonce, b"{}", &header, KEY),
                Err(HmacError::Malformed(_))
            ));
        }
    }

    proptest! {
        #[test]
        fn a_changed_field_never_passes(body in prop::collection::vec(any::<u8>(), 0..40), flip in 0usize..5, with in "[a-z0-9]{1,12}") {
            let header = sign("POST", NOTIFY_PATH, TS, NONCE, &body, KEY);
            let mut other = body.clone();
            other.extend_from_slice(with.as_bytes());
            let (m, p, t, n, b): (&str, &str, &str, &str, &[u8]) = match flip {
                0 => (&with, NOTIFY_PATH, TS, NONCE, &body), 1 => ("POST", &with, TS, NONCE, &body), 2 => ("POST", NOTIFY_PATH, &with, NONCE, &body),
                3 => ("POST", NOTIFY_PATH, TS, &with, &body), _ => ("POST", NOTIFY_PATH, TS, NONCE, &other),
            };
            prop_assert_eq!(verify(m, p, t, n, b, &header, KEY), Err(HmacError::BadSignature));
        }
    }
}
