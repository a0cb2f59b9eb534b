//! Merchant protocols: what programs ask, and how they are answered. Bytes in, bytes out; one file for each protocol, one
//! meaning for all of them ([`Ask`], [`Done`], [`Why`]).

pub mod address;
pub mod epay;
pub mod gogo;
pub mod lyn;
pub mod price;
pub mod sign;
pub mod v1;
pub mod vmq;

mod ask;
mod fields;
mod order;
#[cfg(test)]
mod tests;
mod why;

pub use ask::{Ask, Guard, Money, Name, Number, Once, Open, Page, Repeat, Said};
pub use fields::Fields;
use order::Asked;
pub use order::{Code, Order, Phones, Stand};
pub use sign::{Proof, Signature};
pub use why::Why;

/// A request as it came.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// Upper-case method.
    pub method: &'a str,
    /// Path as it came, without query.
    pub path: &'a str,
    /// Query as it came, without `?`.
    pub query: &'a str,
    /// Lower-case names.
    pub headers: &'a [(String, String)],
    /// The body.
    pub body: &'a [u8],
}

impl<'a> Call<'a> {
    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// What was done.
#[derive(Debug)]
pub enum Done<'a> {
    /// Opened, or found as it was opened before.
    Opened {
        /// The order.
        order: &'a Order,
        /// The caller is a browser.
        page: bool,
    },
    /// Here it is.
    Shown(&'a Order, Signer<'a>),
    /// Here it is, with the program's key to sign where to go on.
    Checked(&'a Order, Signer<'a>),
    /// Taken back.
    Closed(&'a Order),
    /// How the phones do.
    Health(Phones),
    /// Which program this is: its public name.
    Account(&'a str),
    /// Whether it was bought.
    Bought(bool),
    /// A JPEG.
    Picture(Vec<u8>),
    /// Orders, and the id to go on from.
    Listed(&'a [Order], Option<i64>),
    /// v1: what the app, page or mini program needs.
    Paying(&'a v1::Paying),
    /// v1: where a browser came back from.
    Back(&'a v1::Back),
    /// v1: what providers spoke before.
    Historic(&'a v1::HistoricAnswer),
}

/// What a program's callbacks are signed with.
#[derive(Clone, Copy)]
pub struct Signer<'a> {
    /// App-Id, pid, key id.
    pub key_id: &'a str,
    /// The secret.
    pub key: &'a str,
}

impl std::fmt::Debug for Signer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.key_id)
    }
}

/// An answer on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Media type of the body.
    pub content_type: &'static str,
    /// Where to go, with a 3xx status.
    pub location: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

impl Reply {
    fn json(status: u16, body: &impl serde::Serialize) -> Reply {
        // Only maps with keys that are no texts fail to serialise; there are none.
        let body = serde_json::to_vec(body).unwrap_or_default();
        Reply { status, content_type: "application/json; charset=utf-8", location: None, body }
    }

    fn text(status: u16, text: &str) -> Reply {
        let body = text.as_bytes().to_vec();
        Reply { status, content_type: "text/plain; charset=utf-8", location: None, body }
    }

    fn to_page(path: &str) -> Reply {
        let content_type = "text/plain; charset=utf-8";
        Reply { status: 302, content_type, location: Some(path.to_owned()), body: Vec::new() }
    }
}

/// A notice to a program, signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The whole address.
    pub url: String,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Which adapter speaks, and what is asked of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tongue {
    /// V免签.
    Vmq(vmq::Verb),
    /// GOGO支付.
    Gogo(vmq::Verb),
    /// 易支付.
    Epay(epay::Verb),
    /// Lyn.Pay.
    Lyn(lyn::Verb),
    /// Our own.
    V1(v1::Verb),
}

impl Tongue {
    /// What was said.
    pub fn read(self, call: &Call<'_>) -> Result<Said, Why> {
        match self {
            Tongue::Vmq(verb) => vmq::read(verb, call),
            Tongue::Gogo(verb) => gogo::read(verb, call),
            Tongue::Epay(verb) => epay::read(verb, call),
            Tongue::Lyn(verb) => lyn::read(verb, call),
            Tongue::V1(verb) => v1::read(verb, call),
        }
    }

    /// The answer to what was done.
    pub fn answer(self, done: &Done<'_>) -> Reply {
        match self {
            Tongue::Vmq(_) => vmq::answer(done),
            Tongue::Gogo(_) => gogo::answer(done),
            Tongue::Epay(verb) => epay::answer(verb, done),
            Tongue::Lyn(_) => lyn::answer(done),
            Tongue::V1(verb) => v1::answer(verb, done),
        }
    }

    /// The answer to what was not done. `message` is the cause in the shop's language, for protocols without a
    /// sentence of their own.
    pub fn refuse(self, why: Why, message: &str) -> Reply {
        match self {
            Tongue::Vmq(verb) => vmq::refuse(verb, why, message),
            Tongue::Gogo(_) => gogo::refuse(why, message),
            Tongue::Epay(verb) => epay::refuse(verb, why, message),
            Tongue::Lyn(verb) => lyn::refuse(verb, why, message),
            Tongue::V1(_) => v1::refuse(why, message),
        }
    }
}

/// A text of a program: at most so many characters, no control characters (line breaks may be allowed).
fn fits(text: &str, most: usize, lines: bool) -> bool {
    let odd = |c: char| c.is_control() && !(lines && matches!(c, '\n' | '\r' | '\t'));
    text.chars().count() <= most && !text.chars().any(odd)
}
