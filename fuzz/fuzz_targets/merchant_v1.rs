//! Our own protocol. Input: a request.
#![no_main]

use libfuzzer_sys::fuzz_target;
use till_channels::merchant::v1::Verb;
use till_channels::merchant::{Ask, Guard, Proof, Signature, Tongue};
use till_fuzz::{Request, exchange};

fuzz_target!(|data: &[u8]| {
    let Some(request) = Request::of(data) else { return };
    let call = request.call();
    let verbs =
        [Verb::Create, Verb::List, Verb::Get, Verb::Cancel, Verb::Pay, Verb::Returned, Verb::Historic, Verb::Listen];
    for verb in verbs {
        let Some(said) = exchange(Tongue::V1(verb), &call) else { continue };
        let once = said.once.expect("a signed request is used once");
        assert!((8..=64).contains(&once.nonce.len()) && (0..10_000_000_000).contains(&once.at_s));
        let Proof::Signed { key_id: Some(_), how: Signature::Hmac { text, .. } } = &said.proof else {
            panic!("every request is signed");
        };
        assert_eq!(text.split('\n').count(), 6, "six lines, one reading: {text}");
        match said.ask {
            Ask::Open(open) => assert!(open.guard == Guard::Signature && open.idem_key.is_some()),
            Ask::List(page) => assert!((1..=100).contains(&page.limit)),
            _ => {}
        }
    }
});
