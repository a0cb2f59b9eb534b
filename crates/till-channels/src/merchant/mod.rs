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

mod fields;
#[cfg(test)]
mod tests;

use till_core::{Channel, Fen};

pub use fields::Fields;
pub use sign::{Proof, Signature};

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

/// What a program said: who it is, and what it wants.
#[derive(Debug)]
pub struct Said {
    /// How it proves itself.
    pub proof: Proof,
    /// What it asks.
    pub ask: Ask,
    /// v1: when it was signed and its one-use mark. The caller refuses what is too old and what comes again.
    pub once: Option<Once>,
}

/// The time and the one-use mark of a signed request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    /// Unix seconds, the program's clock.
    pub at_s: i64,
    /// Never again from the same program within the window.
    pub nonce: String,
}

/// What is asked, whatever the protocol.
#[derive(Debug)]
pub enum Ask {
    /// Open an order.
    Open(Box<Open>),
    /// Show an order.
    Show(Name),
    /// V免签's `checkOrder`: where to go on, once it is paid.
    Check(Name),
    /// Take an order back.
    Close(Name),
    /// How the phones do.
    Health,
    /// Which program this is.
    Account,
    /// Has this buyer bought this product?
    Bought {
        /// The product's name.
        product: String,
        /// The buyer's address; empty: the peer's.
        buyer: String,
    },
    /// The picture of the code that waits for this amount.
    Picture(Fen),
    /// Orders, newest first.
    List(Page),
    /// The event stream.
    Listen,
    /// Something that cannot be done, said only to whoever has proved itself.
    Bad(Why),
}

/// How an order is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name {
    /// By our number.
    OrderNo(String),
    /// By the program's.
    OutNo(String),
}

/// Which orders to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Only these.
    pub status: Option<till_core::ticket::Status>,
    /// Only older than this one.
    pub before_id: Option<i64>,
    /// At most so many.
    pub limit: u32,
}

/// How much is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Money {
    /// As said.
    Asked(Fen),
    /// One of the preset amounts of a product.
    Product(String),
}

/// What happens when a program's number comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Refused, whatever it says.
    Refuse,
    /// The same order again, while it waits for the same money.
    SameMoney,
    /// The same order again if the whole request is the same.
    SameWords,
}

/// What a signature is worth for opening orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// It covers the request; nothing can be moved under it.
    Signature,
    /// Fields may be moved under it, or there is none: the place or the token decides.
    Place,
}

/// The shape of our number for an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// Decimal digits.
    Digits,
    /// Decimal digits below 2^53, which JSON numbers carry everywhere.
    Small,
    /// `t_` and hex.
    Hex,
}

/// An order to be opened.
#[derive(Clone, Debug)]
pub struct Open {
    /// The program's number; none: it has none, and ours stands in.
    pub out_no: Option<String>,
    /// How much.
    pub money: Money,
    /// The one channel asked for.
    pub channel: Option<Channel>,
    /// Channels to choose from; empty: all the program may use.
    pub channels: Vec<Channel>,
    /// What it is for.
    pub title: String,
    /// Where to tell; empty: where the program's settings say.
    pub notify_url: String,
    /// Where the customer goes on; empty: where the program's settings say.
    pub return_url: String,
    /// This protocol has no callbacks.
    pub silent: bool,
    /// lyn: who buys; empty: the peer's address. None elsewhere.
    pub buyer: Option<String>,
    /// JSON: what the protocol needs to answer and to call back.
    pub asked: String,
    /// The counter screen shows it.
    pub counter: bool,
    /// The caller is a browser: answer with the checkout page.
    pub page: bool,
    /// How long it waits, in ms; none: as the program's settings say.
    pub ttl_ms: Option<i64>,
    /// v1.
    pub idem_key: Option<String>,
    /// Of everything said.
    pub digest: Vec<u8>,
    /// When its number comes again.
    pub repeat: Repeat,
    /// What its signature is worth.
    pub guard: Guard,
    /// The shape of our number.
    pub number: Number,
}

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stand {
    /// Waits for its money.
    Waiting,
    /// Paid.
    Paid,
    /// Its time has run out.
    Expired,
    /// Taken back.
    Closed,
}

/// A code of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// Its channel.
    pub channel: Channel,
    /// What it says.
    pub payload: String,
    /// It carries the amount itself.
    pub fixed: bool,
}

/// An order, as every protocol shows it in its own way.
#[derive(Clone, Debug)]
pub struct Order {
    /// Of the order and of its ticket.
    pub id: i64,
    /// The ticket's number on its day.
    pub number: i64,
    /// The ticket's day.
    pub business_date: String,
    /// Our number.
    pub order_no: String,
    /// The program's.
    pub out_no: String,
    /// The one channel asked for.
    pub channel: Option<Channel>,
    /// What it is for.
    pub title: String,
    /// JSON: the fields as they came.
    pub asked: String,
    /// As asked.
    pub price: Fen,
    /// What the customer pays.
    pub due: Fen,
    /// Where it stands.
    pub stand: Stand,
    /// Its callback has arrived; none: there is nobody to tell.
    pub told: Option<bool>,
    /// Unix ms.
    pub created_at: i64,
    /// Unix ms.
    pub expires_at: i64,
    /// When its first money was settled (Unix ms), and on which channel.
    pub paid: Option<(i64, Channel)>,
    /// `created_at` and the payment as the shop's clock shows them, `2026-11-20 14:00:00`; empty: not yet.
    pub created_local: String,
    /// As above.
    pub paid_local: String,
    /// Given back.
    pub refunded: Fen,
    /// Codes offered, in order.
    pub codes: Vec<Code>,
    /// Path of its checkout page.
    pub checkout_path: String,
    /// Its checkout page as seen from outside.
    pub checkout_url: String,
    /// Where the customer goes on; may be empty.
    pub return_url: String,
}

impl Order {
    /// −1 over, 0 waits, 1 paid and told (or nobody to tell), 2 paid and not told.
    pub fn state(&self) -> i8 {
        match (self.stand, self.told) {
            (Stand::Waiting, _) => 0,
            (Stand::Expired | Stand::Closed, _) => -1,
            (Stand::Paid, Some(false)) => 2,
            (Stand::Paid, _) => 1,
        }
    }

    /// How long it waits, in whole minutes, at least one.
    fn minutes(&self) -> i64 {
        ((self.expires_at - self.created_at) / 60_000).max(1)
    }

    /// The first code of a channel; any code, if none was asked for.
    fn code(&self) -> Option<&Code> {
        self.codes.iter().find(|c| self.channel.is_none_or(|wanted| wanted == c.channel))
    }

    /// A field of `asked`.
    fn asked(&self) -> Asked {
        Asked(serde_json::from_str(&self.asked).unwrap_or_default())
    }
}

/// The fields of a request as they were kept with the order.
struct Asked(std::collections::BTreeMap<String, String>);

impl Asked {
    fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    fn keep(pairs: &[(&str, &str)]) -> String {
        let map: std::collections::BTreeMap<_, _> = pairs.iter().filter(|(_, v)| !v.is_empty()).copied().collect();
        serde_json::to_string(&map).unwrap_or_default()
    }
}

/// How the shop's phones do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Phones {
    /// Last heard, Unix seconds; 0: never.
    pub heard_s: i64,
    /// Last money, Unix seconds; 0: never.
    pub money_s: i64,
    /// 1 heard lately, 0 silent, −1 no phone.
    pub state: i8,
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

/// Why it was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// A field is missing or wrong; the protocol has its own sentence for it.
    #[error("{0}")]
    Own(&'static str),
    /// This field is missing or wrong.
    #[error("a field is missing or wrong: {0}")]
    Field(&'static str),
    /// A field stands twice.
    #[error("a field stands twice")]
    Twice,
    /// Neither a form nor a flat JSON object.
    #[error("no readable fields")]
    NotFields,
    /// Signed by nobody here.
    #[error("the signature fits no key")]
    BadSignature,
    /// The signed text can be read as other fields.
    #[error("the signature fits other fields as well")]
    Shifted,
    /// The program's clock is too far off.
    #[error("the clock is too far off")]
    Clock,
    /// The one-use mark came before.
    #[error("the nonce was used before")]
    Replayed,
    /// Its key has ended.
    #[error("the key was revoked")]
    Revoked,
    /// Its secret is not on this computer.
    #[error("the secret is not on this computer")]
    NoSecret,
    /// From elsewhere, without the token.
    #[error("the token is missing or wrong")]
    NeedsToken,
    /// Too many requests.
    #[error("too many requests")]
    TooFast,
    /// Not a channel of this program.
    #[error("this channel is not allowed")]
    Channel,
    /// Outside the program's prefixes.
    #[error("the address for callbacks is not allowed")]
    NotifyUrl,
    /// Outside the program's prefixes.
    #[error("the return address is not allowed")]
    ReturnUrl,
    /// The program used this number before.
    #[error("the number was used before")]
    Exists,
    /// The key for repeats came with another request before.
    #[error("the idempotency key came with another request")]
    OtherWords,
    /// The order with this number is paid.
    #[error("the order is paid")]
    Paid,
    /// Every amount near it is taken.
    #[error("every amount is taken")]
    Exhausted,
    /// No code takes it.
    #[error("no code takes this amount")]
    NoCode,
    /// No such product.
    #[error("no such product")]
    NoProduct,
    /// This buyer has bought it.
    #[error("bought already")]
    Bought,
    /// No such order of this program.
    #[error("no such order")]
    NotFound,
    /// It does not wait any more.
    #[error("the order is over")]
    Over,
    /// Could not be stored or read.
    #[error("the till cannot store it")]
    Unavailable,
}

impl Why {
    /// A stable id, for the owner's list of refusals; none: nothing that the owner needs to see.
    pub const fn noted(self) -> Option<&'static str> {
        match self {
            Why::BadSignature => Some("bad_signature"),
            Why::Shifted => Some("shifted"),
            Why::Clock => Some("program_clock"),
            Why::Replayed => Some("reused"),
            Why::Revoked => Some("program_revoked"),
            Why::NoSecret => Some("no_secret"),
            Why::NeedsToken => Some("needs_token"),
            Why::TooFast => Some("too_fast"),
            Why::NotifyUrl | Why::ReturnUrl => Some("bad_address"),
            Why::Twice | Why::NotFields => Some("malformed"),
            _ => None,
        }
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
