//! What a payload is, and drawing it. Input: the payload.
#![no_main]

use libfuzzer_sys::fuzz_target;
use till_channels::codes::{DrawError, Warning, classify, draw};
use till_fuzz::money;

fuzz_target!(|data: &[u8]| {
    let Ok(payload) = std::str::from_utf8(data) else { return };
    let found = classify(payload);
    assert_eq!(classify(&format!(" {payload}\n")), found, "blanks around");
    if let Some(amount) = found.amount_in_code {
        money(amount);
    }
    assert_eq!(found.kind == "payment_code", found.warning == Some(Warning::PayersCode));
    assert_eq!(
        found.kind == "unknown",
        found.channel.is_none() && found.warning == Some(Warning::Unknown) && found.kind != "emv"
    );
    // A code that nothing warns of belongs to a wallet of ours, at an address that says so.
    if found.warning.is_none() {
        assert!(found.channel.is_some());
        let lower = payload.trim().to_ascii_lowercase();
        let bare = lower.trim_start_matches("https://").trim_start_matches("http://");
        let ours = ["payapp.weixin.qq.com", "qr.alipay.com", "qr.95516.com"];
        let at_home = ours.iter().any(|host| {
            bare.strip_prefix(host).is_some_and(|rest| rest.starts_with(['/', ':', '?', '#']) || rest.is_empty())
        });
        assert!(at_home || lower.starts_with("wxp://"), "{payload}");
    }
    // Drawing is slow: short ones, and those near the limit.
    if (300..2000).contains(&payload.len()) {
        return;
    }
    match draw(payload) {
        Ok(drawn) => assert!((29..=185).contains(&drawn.size) && drawn.path.starts_with('M'), "{}", drawn.size),
        Err(DrawError::Empty) => assert!(payload.is_empty()),
        Err(DrawError::TooLong) => assert!(payload.len() > 2000),
        Err(DrawError::Picture(cause)) => unreachable!("a path needs no picture: {cause}"),
    }
});
