//! A rules file of the owner's own: TOML.
#![no_main]

use libfuzzer_sys::fuzz_target;
use till_channels::rules::{Notice, Rules};
use till_fuzz::verdict;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Rules::parse(text) {
        Ok(rules) => {
            assert!(rules.self_check().iter().all(|wrong| !wrong.is_empty()));
            let _ = rules.version();
            for package in ["com.tencent.mm", "*", ""] {
                let _ = verdict(&rules, &Notice { package, title: "微信支付", text: "微信支付收款0.80元(朋友到店)" });
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
