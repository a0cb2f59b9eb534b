//! Why something was not done, whatever the protocol.

use crate::gateway::DoubtKind;

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
    /// No contract with the provider that could do it.
    #[error("no contract does this")]
    NoContract,
    /// The contract lacks the keys for it; which field.
    #[error("the contract has no {0}")]
    NoKeys(&'static str),
    /// Not signed by the provider it should be from, or not readable as its own.
    #[error("not authentic: {0:?}")]
    NotAuthentic(DoubtKind),
    /// The provider did not answer, or not in a way that can be believed. Nothing is known.
    #[error("the provider gave no answer that can be believed")]
    Silent,
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
