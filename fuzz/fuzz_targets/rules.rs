//! The notification rules. Input: package, title, then the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use till_channels::rules::{Notice, Rules, Verdict};
use till_fuzz::{fields, verdict};

fuzz_target!(|data: &[u8]| {
    let Some([package, title, text]) = fields(data) else { return };
    let rules = Rules::builtin();
    let said = verdict(rules, &Notice { package, title, text });
    // Characters nobody sees change nothing.
    if text.len() < 4000 && !text.is_empty() {
        let unseen = format!("{text}\u{200b}");
        assert_eq!(rules.read(&Notice { package, title, text: &unseen }), said);
    }
    if !package.is_empty() && matches!(said, Verdict::Receipt { .. }) {
        // Money comes from an app the rules list, or from the text messages of a bank.
        let foreign = Notice { package: "com.example.unknown", title, text };
        assert!(!matches!(rules.read(&foreign), Verdict::Receipt { .. }), "any package may say so: {foreign:?}");
    }
});
