//! SmsForwarder: a body, JSON or form, with its signature.
#![no_main]

use libfuzzer_sys::fuzz_target;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use till_channels::phones::smsforwarder::{Message, parse, sign, verify};
use till_fuzz::{KEY, OTHER, announced, as_form, as_json};

fuzz_target!(|data: &[u8]| {
    let Ok(Message { said, ts, sign: theirs }) = parse(data) else { return };
    announced(&said);
    assert_eq!(said.amount_hint, None, "this app names no amount of its own");
    let ts = ts.unwrap_or_default();
    let ours = sign(&ts, KEY);
    if let Some(theirs) = &theirs {
        assert!(!verify(&ts, theirs, KEY) || !verify(&ts, theirs, OTHER));
    }
    let once = utf8_percent_encode(&ours, NON_ALPHANUMERIC).to_string();
    let twice = utf8_percent_encode(&once, NON_ALPHANUMERIC).to_string();
    for wire in [&ours, &once, &twice] {
        assert!(verify(&ts, wire, KEY));
        assert!(!verify(&ts, wire, OTHER) && !verify(&format!("{ts}0"), wire, KEY) && !verify(&ts, wire, ""));
    }
    let pairs = [("from", said.package.as_str()), ("title", &said.title), ("text", &said.text), ("ts", &ts)];
    for again in [as_form(&pairs), as_json(&pairs)] {
        let Ok(other) = parse(&again) else { continue };
        assert_eq!(
            (&other.said.package, &other.said.title, &other.said.text),
            (&said.package, &said.title, &said.text)
        );
        assert_eq!(other.ts.unwrap_or_default(), ts);
    }
});
