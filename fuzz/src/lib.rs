//! What the targets share: taking an input apart, and what must hold of whatever a parser accepted.
//!
//! A target says more than "no panic": an amount prints back, a signature fits one key and one reading, a statement's
//! rows sum to its totals. Inputs are text where they can be, one field a line, so that a seed is read at a glance.

mod gateway;
mod merchant;
mod statement;
mod verdict;

use std::fmt::Write as _;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use till_channels::phones::Announced;
use till_core::money::Fen;

pub use gateway::{alipay, unionpay, wechat};
pub use merchant::{KEY_ID, Request, exchange, same_fields};
pub use statement::{read_statement, statement};
pub use verdict::verdict;

/// The key of every target that signs.
pub const KEY: &str = "a7cc8678193ee9c70ae3d75fd04ae6a9";
/// A key that fits nothing.
pub const OTHER: &str = "a7cc8678193ee9c70ae3d75fd04ae6a8";

/// Lets panics unwind. A panic of a foreign decoder is caught by the reader that calls it; any other one still ends the
/// run, where it reaches the target.
pub fn let_unwind() {
    std::panic::set_hook(Box::new(|panic| eprintln!("{panic}")));
}

/// The input as text, cut at line ends into so many fields; the last one keeps its own line ends.
pub fn fields<const N: usize>(data: &[u8]) -> Option<[&str; N]> {
    let mut parts = std::str::from_utf8(data).ok()?.splitn(N, '\n');
    let mut out = [""; N];
    for place in &mut out {
        *place = parts.next()?;
    }
    Some(out)
}

/// An amount that arrived: above zero, within the limit, and printed as it is read.
pub fn money(amount: Fen) {
    assert!(amount.is_positive() && amount.get() <= Fen::LIMIT, "{amount:?}");
    assert_eq!(Fen::from_plain(&amount.to_string()), Ok(amount));
}

/// What holds of every announcement, whichever app forwarded it.
pub fn announced(said: &Announced) {
    assert!(!(said.title.is_empty() && said.text.is_empty()), "neither title nor text: {said:?}");
    assert!(said.battery.is_none_or(|percent| percent <= 100));
    assert!(said.phone_time_ms.is_none_or(|ms| (0..10_000_000_000_000).contains(&ms)));
    assert!(said.id.as_ref().is_none_or(|id| (1..=128).contains(&id.len())));
    assert!(said.phone_time_text.as_ref().is_none_or(|text| !text.is_empty()));
    if let Some(hint) = said.amount_hint {
        money(hint);
    }
}

/// The pairs as a form, every odd byte encoded, in the names too.
pub fn as_form(pairs: &[(&str, &str)]) -> Vec<u8> {
    let mut out = String::new();
    for (name, value) in pairs {
        let [name, value] = [name, value].map(|text| utf8_percent_encode(text, NON_ALPHANUMERIC));
        let _ = write!(out, "{name}={value}&");
    }
    out.into_bytes()
}

/// The pairs as a JSON object of strings.
pub fn as_json(pairs: &[(&str, &str)]) -> Vec<u8> {
    let object: serde_json::Map<String, serde_json::Value> =
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
    serde_json::Value::Object(object).to_string().into_bytes()
}

/// Every way to cut a text into three fields.
pub fn in_three(text: &str) -> impl Iterator<Item = [&str; 3]> {
    let places = move || (0..=text.len()).filter(|at| text.is_char_boundary(*at));
    places().flat_map(move |a| places().filter(move |b| a <= *b).map(move |b| [&text[..a], &text[a..b], &text[b..]]))
}
