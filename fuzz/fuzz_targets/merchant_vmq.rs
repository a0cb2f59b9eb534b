//! V免签 and GOGO支付, what programs ask. Input: a request.
#![no_main]

use libfuzzer_sys::fuzz_target;
use till_channels::merchant::vmq::Verb;
use till_channels::merchant::{Ask, Guard, Repeat, Tongue};
use till_fuzz::{Request, exchange};

fuzz_target!(|data: &[u8]| {
    let Some(request) = Request::of(data) else { return };
    for verb in [Verb::Create, Verb::Get, Verb::Check, Verb::Close, Verb::State] {
        for tongue in [Tongue::Vmq(verb), Tongue::Gogo(verb)] {
            let Some(said) = exchange(tongue, &request.call()) else { continue };
            if let Ask::Open(open) = said.ask {
                // The number and the free text stand side by side under the signature: it can never decide alone.
                assert_eq!((open.guard, open.repeat), (Guard::Place, Repeat::Refuse));
            }
        }
    }
});
