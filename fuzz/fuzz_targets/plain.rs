//! Our own push: a body, JSON or form.
#![no_main]

use libfuzzer_sys::fuzz_target;
use till_channels::phones::{BodyError, LARGEST_BODY, plain};
use till_fuzz::{announced, as_form, as_json};

fuzz_target!(|data: &[u8]| {
    let Ok(said) = plain::parse(data) else { return };
    announced(&said);
    // Said again, as a form and as JSON, it is the same.
    let battery = said.battery.map(|percent| percent.to_string()).unwrap_or_default();
    let hint = said.amount_hint.map(|amount| amount.to_string()).unwrap_or_default();
    let pairs = [
        ("package", said.package.as_str()),
        ("title", said.title.as_str()),
        ("text", said.text.as_str()),
        ("time", said.phone_time_text.as_deref().unwrap_or_default()),
        ("device", said.device_name.as_deref().unwrap_or_default()),
        ("id", said.id.as_deref().unwrap_or_default()),
        ("battery", &battery),
        ("amount", &hint),
    ];
    for again in [as_form(&pairs), as_json(&pairs)] {
        match plain::parse(&again) {
            Ok(mut other) => {
                other.phone_time_ms = said.phone_time_ms;
                assert_eq!(other, said);
            }
            Err(error) => assert!(error == BodyError::TooLarge && again.len() > LARGEST_BODY, "{error}"),
        }
    }
});
