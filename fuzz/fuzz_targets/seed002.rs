//! Lyn.Pay's phone: a JSON body without package and signature, read on to the verdict of the rules.
#![no_main]

use libfuzzer_sys::fuzz_target;
use till_channels::phones::seed002;
use till_channels::rules::{Notice, Rules, Verdict};
use till_fuzz::{announced, verdict};

fuzz_target!(|data: &[u8]| {
    let rules = Rules::builtin();
    let Ok(said) = seed002::parse(data, rules) else { return };
    announced(&said);
    let known = rules.package_of_title(&said.title).unwrap_or_default();
    assert_eq!(said.package, known, "the package comes from the title");
    let found = verdict(rules, &Notice { package: &said.package, title: &said.title, text: &said.text });
    assert!(!said.package.is_empty() || said.text.contains("com.") || !matches!(found, Verdict::Receipt { .. }));
});
