//! Addresses of programs. Input: a prefix, then an address.
#![no_main]

use libfuzzer_sys::fuzz_target;
use till_channels::merchant::address::{callback, is_inside, is_private, join, parse};
use till_fuzz::fields;

fuzz_target!(|data: &[u8]| {
    let Some([prefix, text]) = fields(data) else { return };
    let Some(url) = parse(text) else {
        assert!(!is_inside(prefix, text) && !is_private(text) && callback(text, "a=1").is_none());
        return;
    };
    assert!(url.as_str().bytes().all(|b| b.is_ascii_graphic()), "{url}");
    let sent = callback(text, "a=1").expect("an address that reads");
    let sent_url = parse(&sent).expect("a callback's address reads again");
    assert!(sent_url.fragment().is_none() && sent.ends_with("a=1"), "{sent}");
    assert_eq!((sent_url.host(), sent_url.path()), (url.host(), url.path()));
    assert!(join(text, "a=1").len() > text.len());
    if is_inside(prefix, text) {
        let prefix_url = parse(prefix).expect("a prefix that reads");
        assert_eq!(url.host(), prefix_url.host());
        assert!(url.path().starts_with(prefix_url.path()) && !url.path().contains("/../"));
        // Written out, and with fields added, it is still inside.
        assert!(is_inside(prefix, url.as_str()) && is_inside(prefix, &sent), "{prefix} {sent}");
    }
});
