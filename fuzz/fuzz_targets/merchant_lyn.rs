//! Lyn.Pay, what programs ask. Input: a request.
#![no_main]

use libfuzzer_sys::fuzz_target;
use till_channels::merchant::lyn::Verb;
use till_channels::merchant::{Ask, Guard, Name, Proof, Tongue};
use till_fuzz::{Request, exchange};

fuzz_target!(|data: &[u8]| {
    let Some(request) = Request::of(data) else { return };
    for verb in [Verb::Add, Verb::Query, Verb::Discard, Verb::Bought, Verb::Picture] {
        let Some(said) = exchange(Tongue::Lyn(verb), &request.call()) else { continue };
        assert!(matches!(said.proof, Proof::Place | Proof::Nobody));
        match said.ask {
            Ask::Open(open) => assert!(open.guard == Guard::Place && open.silent),
            Ask::Show(Name::OrderNo(no)) | Ask::Close { name: Name::OrderNo(no), .. } => {
                assert!((1..=16).contains(&no.len()) && no.bytes().all(|b| b.is_ascii_digit()));
            }
            Ask::Picture(amount) => assert!(amount.get() >= 0),
            _ => {}
        }
    }
});
