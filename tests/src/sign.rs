//! Signatures as the phones make them, written from their published rules and not from the program.

use base64::Engine as _;
use hmac::{Hmac, Mac};
use md5::Md5;
use sha2::{Digest, Sha256};

/// V免签: lower-case hex of the md5 of the parts joined without separator. The key is the last part.
pub fn vmq(parts: &[&str]) -> String {
    hex::encode(Md5::digest(parts.concat().as_bytes()))
}

fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

/// The text that the HMAC variant of V免签 signs.
pub fn vmq_hmac_text(method: &str, path: &str, seconds: &str, nonce: &str, body: &[u8]) -> String {
    let body = hex::encode(Sha256::digest(body));
    format!("VMQ-HMAC-SHA256-V1\n{method}\n{path}\n{seconds}\n{nonce}\n{body}")
}

/// `v1=` and the hex HMAC over [`vmq_hmac_text`].
pub fn vmq_hmac(key: &str, text: &str) -> String {
    format!("v1={}", hex::encode(hmac(key.as_bytes(), text.as_bytes())))
}

/// SmsForwarder: base64 of the HMAC over `timestamp\nsecret`, not yet percent-encoded.
pub fn smsforwarder(secret: &str, timestamp: &str) -> String {
    let mac = hmac(secret.as_bytes(), format!("{timestamp}\n{secret}").as_bytes());
    base64::engine::general_purpose::STANDARD.encode(mac)
}

/// Our own protocol: `v1=` and the hex HMAC over method, path with query, seconds, nonce and the body's hash.
pub fn v1(key: &str, method: &str, target: &str, seconds: &str, nonce: &str, body: &[u8]) -> String {
    let body = hex::encode(Sha256::digest(body));
    let text = format!("QIANTAI-HMAC-SHA256-V1\n{method}\n{target}\n{seconds}\n{nonce}\n{body}");
    vmq_hmac(key, &text)
}

/// epay: md5 over the sorted `k=v&…` of what is not empty, neither `sign` nor `sign_type`, with the key after it.
pub fn epay(fields: &[(&str, &str)], key: &str) -> String {
    let mut signed: Vec<_> =
        fields.iter().filter(|(name, value)| !value.is_empty() && !["sign", "sign_type"].contains(name)).collect();
    signed.sort();
    let text = signed.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
    vmq(&[&text, key])
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    /// The signer of the tests is right by the published vectors, before it judges anything.
    #[test]
    fn published_vectors() {
        let vectors: Vec<Value> = serde_json::from_str(include_str!("../data/vmq-vectors.json")).unwrap();
        let mut seen = 0;
        for v in &vectors {
            let text = |name: &str| v[name].as_str().unwrap_or_default();
            let protocol = text("protocol");
            if protocol.starts_with("V免签") {
                let parts: Vec<&str> = v["parts"].as_array().unwrap().iter().map(|p| p.as_str().unwrap()).collect();
                assert_eq!(super::vmq(&parts), text("expected"), "{}", text("id"));
            } else if protocol.starts_with("SmsForwarder") {
                let (timestamp, secret) = text("string_to_sign").split_once('\n').unwrap();
                let sign = super::smsforwarder(secret, timestamp);
                assert_eq!(sign, text("expected"), "{}", text("id"));
                let once = crate::http::encoded(&sign);
                assert_eq!(once, text("on_wire_json"), "{}", text("id"));
                assert_eq!(crate::http::encoded(&once), text("on_wire_get_template"), "{}", text("id"));
            } else if protocol.starts_with("ifmein") {
                let lines: Vec<&str> = text("string_to_sign").split('\n').collect();
                let made = super::vmq_hmac_text(lines[1], lines[2], lines[3], lines[4], text("body").as_bytes());
                assert_eq!(made, text("string_to_sign"), "{}", text("id"));
                assert_eq!(super::vmq_hmac(text("key"), &made), text("expected"), "{}", text("id"));
            } else {
                continue;
            }
            seen += 1;
        }
        assert!(seen >= 18, "only {seen} vectors were of our protocols");
    }
}
