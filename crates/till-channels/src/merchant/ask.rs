//! What is asked, whatever the protocol.

use till_core::{Channel, Fen};

use super::{Proof, Why, v1};

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
    Close {
        /// Which.
        name: Name,
        /// Doing it twice does it once; otherwise the second time is refused.
        again: bool,
    },
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
    /// v1: have an order paid in the program's own app, site or mini program.
    Pay {
        /// Which.
        name: Name,
        /// Where and how.
        pay: Box<v1::Pay>,
    },
    /// v1: the query with which a customer's browser came back from the provider.
    Returned(String),
    /// v1: what providers spoke before.
    Historic(Box<v1::Historic>),
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
    /// As `Place`, because this very request can be read as another one.
    Split,
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
