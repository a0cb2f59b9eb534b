//! 易支付. Input: a request. Where the signature decides alone, its text has one meaning.
#![no_main]

use libfuzzer_sys::fuzz_target;
use till_channels::merchant::epay::Verb;
use till_channels::merchant::{Ask, Call, Guard, Open, Proof, Said, Signature, Tongue};
use till_fuzz::{Request, as_form, exchange};

/// What an order means to the shop and to the program.
fn meaning(open: &Open) -> [String; 6] {
    let Open { out_no, money, channels, title, notify_url, return_url, .. } = open;
    [
        format!("{out_no:?}"),
        format!("{money:?}"),
        format!("{channels:?}"),
        title.clone(),
        notify_url.clone(),
        return_url.clone(),
    ]
}

fn signed_text(said: &Said) -> Option<&str> {
    match &said.proof {
        Proof::Signed { how: Signature::Md5 { text, .. }, .. } => Some(text),
        _ => None,
    }
}

fuzz_target!(|data: &[u8]| {
    let Some(request) = Request::of(data) else { return };
    for verb in [Verb::Submit, Verb::Mapi, Verb::Api] {
        let Some(said) = exchange(Tongue::Epay(verb), &request.call()) else { continue };
        let (Ask::Open(open), Some(text)) = (&said.ask, signed_text(&said)) else { continue };
        if open.guard != Guard::Signature {
            continue;
        }
        // The signed text, read as a program writes it, is the same order.
        let mut pairs: Vec<(&str, &str)> = text.split('&').filter_map(|pair| pair.split_once('=')).collect();
        pairs.push(("sign", "00"));
        let query = String::from_utf8(as_form(&pairs)).expect("a form is ASCII");
        let plain = Call { method: "GET", path: "/submit.php", query: &query, headers: &[], body: &[] };
        let Ok(other) = Tongue::Epay(verb).read(&plain) else { continue };
        if let (Ask::Open(other_open), Some(other_text)) = (&other.ask, signed_text(&other))
            && other_text == text
        {
            assert_eq!(meaning(other_open), meaning(open), "one signed text, two orders: {text}");
        }
    }
});
