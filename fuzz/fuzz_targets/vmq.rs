//! V免签 phones. Input: `type`, `price`, `t`, `sign`, one a line.
#![no_main]

use libfuzzer_sys::fuzz_target;
use till_channels::phones::vmq::{VmqError, heart_sign, parse_heart, parse_push, push_sign};
use till_core::money::Fen;
use till_fuzz::{KEY, OTHER, fields, in_three, money};

fuzz_target!(|data: &[u8]| {
    let Some([type_, price, t, theirs]) = fields(data) else { return };
    let sign = push_sign(type_, price, t, KEY);
    let heart = heart_sign(t, KEY);
    if !theirs.eq_ignore_ascii_case(&sign) {
        assert_eq!(parse_push(type_, price, t, theirs, KEY), Err(VmqError::BadSignature));
    }
    assert_eq!(parse_push(type_, price, t, &sign, OTHER), Err(VmqError::BadSignature));
    assert_eq!(parse_push(type_, price, t, &push_sign(type_, price, t, ""), ""), Err(VmqError::BadSignature));
    assert_eq!(parse_heart(t, &heart, OTHER), Err(VmqError::BadSignature));
    if let Ok(ms) = parse_heart(t, &heart, KEY) {
        assert_eq!(format!("{ms:013}"), t);
    }
    match parse_push(type_, price, t, &sign, KEY) {
        Ok(push) => {
            money(push.amount);
            assert_eq!(format!("{:013}", push.t), t);
            assert!(price.ends_with("E7") || Fen::from_plain(price) == Ok(push.amount));
            // One signed text, one meaning: no digit can move from one field to the next.
            let whole = format!("{type_}{price}{t}");
            assert!(parse_heart(&whole, &sign, KEY).is_err());
            let read = in_three(&whole).filter(|[a, b, c]| parse_push(a, b, c, &sign, KEY).is_ok());
            assert_eq!(read.count(), 1, "{whole}");
        }
        Err(VmqError::BadSignature) => panic!("our own signature"),
        Err(VmqError::Malformed(why)) => assert!(!why.is_empty()),
    }
});
