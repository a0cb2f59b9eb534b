//! What answers mean: money, a refusal, or nothing that is proved.

use till_core::Fen;

use super::Claim;

/// What the answer to such a request means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OfficeAnswer {
    /// A file.
    File {
        /// A name for it, with its ending.
        name: String,
        /// Its bytes.
        bytes: Vec<u8>,
    },
    /// The file is there; its address lives for seconds.
    Elsewhere {
        /// Where.
        url: String,
        /// Its hash, in the provider's own notation.
        hash: Option<String>,
    },
    /// There is none: no trades that day, or asked too early.
    NoFile,
    /// Certificates, as PEM.
    Certificates(Vec<String>),
    /// The test passed: the provider knows this contract and its answer is authentic.
    Works,
    /// Refused, with the provider's reason.
    Refused(Refusal),
    /// Anything else.
    Unknown(Doubt),
}

/// What an answer about an order means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Show this to the customer.
    Code(String),
    /// Paid, says an authenticated answer. Whether it agrees with the order is for [`Claim::agrees`] to say.
    Paid(Claim),
    /// Not paid yet.
    Waiting,
    /// The provider knows no such trade (or refund).
    NotThere,
    /// It can never be paid any more.
    Ended {
        /// Money had come and went back with it.
        gave_back: bool,
    },
    /// Failed for good: nothing was charged, or given back.
    Refused(Refusal),
    /// Ask the very same again.
    Again,
    /// The money went back.
    Refunded {
        /// The provider's number of the refund.
        trade_no: Option<String>,
        /// What went back, if it was said.
        amount: Option<Fen>,
    },
    /// The provider is giving it back.
    RefundPending {
        /// The provider's number of the refund.
        trade_no: Option<String>,
    },
    /// Anything else.
    Unknown(Doubt),
}

/// An explicit, authenticated refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What a person can do about it.
    pub kind: RefusalKind,
    /// The provider's code.
    pub code: String,
    /// The provider's words.
    pub message: String,
}

/// What a person can do about a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefusalKind {
    /// The code is worn out or mistyped: scan a fresh one.
    ScanAgain,
    /// Not enough money, a card that cannot: another way to pay.
    OtherMeans,
    /// The number is used up: begin anew.
    NewNumber,
    /// The contract does not include this.
    NotAllowed,
    /// A key, a certificate, a setting is wrong.
    Settings,
    /// Too many questions.
    TooOften,
    /// The shop's balance does not cover a refund.
    NoFunds,
    /// Too late for this.
    TooLate,
    /// Whatever the provider says.
    Other,
}

/// Why an answer or a notice proves nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// What kind of doubt.
    pub kind: DoubtKind,
    /// The provider's code, or what did not read. Technical; never a secret.
    pub detail: String,
    /// The order it says it is about. Unauthenticated: good for asking, for nothing else.
    pub out_no: Option<String>,
}

/// Kinds of doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DoubtKind {
    /// No signature where there must be one.
    Unsigned,
    /// The signature does not fit, or is made with another algorithm or key than agreed.
    BadSignature,
    /// Signed with a key that is not in the contract: the provider may have a new one ([`super::Gateway::renew`]).
    UnknownKey,
    /// Signed too long ago or ahead of our clock.
    Stale,
    /// Cannot be read: malformed, ambiguous, too long, an entity where none may be.
    Unreadable,
    /// Authentic, but about another shop, app, order, amount or currency.
    NotOurs,
    /// Authentic, but a code or status that is not listed here.
    Unlisted,
    /// The provider is in trouble.
    Trouble,
}

impl Doubt {
    /// A doubt without an order.
    pub fn new(kind: DoubtKind, detail: impl Into<String>) -> Doubt {
        Doubt { kind, detail: detail.into(), out_no: None }
    }

    /// The same, naming the order it says it is about.
    pub fn about(mut self, out_no: Option<String>) -> Doubt {
        self.out_no = out_no;
        self
    }
}

/// A request cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotAsk {
    /// A key or setting it needs is missing; which field.
    #[error("the setting {0} is missing")]
    Missing(&'static str),
    /// The provider has no such call.
    #[error("this provider has no such call")]
    NoSuchCall,
    /// A value does not fit; which, and why.
    #[error("{0} does not fit: {1}")]
    DoesNotFit(&'static str, &'static str),
    /// The key does not sign.
    #[error("the private key does not sign: {0}")]
    Key(String),
}
