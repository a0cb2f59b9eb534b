//! The signed JSON of vmq-apk. Input: path, time, nonce, signature, then the body.
#![no_main]

use libfuzzer_sys::fuzz_target;
use till_channels::phones::hmac_v1::{HmacError, parse_heart, parse_push, sign, verify};
use till_fuzz::{KEY, OTHER, fields, money};

fuzz_target!(|data: &[u8]| {
    if let Ok(push) = parse_push(data) {
        money(push.amount);
    }
    let Some([path, ts, nonce, theirs, body]) = fields(data) else { return };
    let body = body.as_bytes();
    let ours = sign("POST", path, ts, nonce, body, KEY);
    if !theirs.eq_ignore_ascii_case(&ours) {
        assert_eq!(verify("POST", path, ts, nonce, body, theirs, KEY), Err(HmacError::BadSignature));
    }
    for (method, key) in [("POST", OTHER), ("GET", KEY), ("POST", "")] {
        assert_eq!(verify(method, path, ts, nonce, body, &ours, key), Err(HmacError::BadSignature));
    }
    match verify("POST", path, ts, nonce, body, &ours, KEY) {
        Ok(seconds) => {
            assert_eq!(format!("{seconds:010}"), ts);
            assert!((8..=64).contains(&nonce.len()));
        }
        Err(HmacError::BadSignature) => panic!("our own signature"),
        Err(HmacError::Malformed(why)) => assert!(!why.is_empty()),
    }
    if let Ok(push) = parse_push(body) {
        money(push.amount);
        let value: serde_json::Value = serde_json::from_slice(body).expect("a push is JSON");
        assert!(value.is_object() || value.is_array(), "{value}");
    }
    if let Ok(Some(client)) = parse_heart(body) {
        assert!(client.len() <= 64);
    }
});
