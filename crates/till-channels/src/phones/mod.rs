//! Phone protocols: what each forwarding app sends, parsed and, where it signs, verified over the raw text.
//!
//! Signatures are compared in constant time. No error and no `Debug` output of this module carries a key, a secret or
//! a signature.

pub mod hmac_v1;
pub mod pairing;
pub mod plain;
pub mod seed002;
pub mod smsforwarder;
pub mod vmq;

mod fields;

use till_core::money::Fen;

/// A notification as a phone announced it. What it means is for [`crate::rules`] to say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Announced {
    /// Android package of the app; empty when the phone did not say.
    pub package: String,
    /// Notification title, untrimmed; empty when the phone did not say.
    pub title: String,
    /// Notification text, untrimmed.
    pub text: String,
    /// The amount the phone worked out by itself. Evidence only: hold the receipt when it disagrees with the rules.
    pub amount_hint: Option<Fen>,
    /// The phone's time in Unix milliseconds, when it sent one that needs no time zone.
    pub phone_time_ms: Option<i64>,
    /// The phone's time as text, when it is local (`yyyy-MM-dd HH:mm:ss`) or in a form we do not read.
    pub phone_time_text: Option<String>,
    /// The phone's own name.
    pub device_name: Option<String>,
    /// Battery in percent, 0 to 100.
    pub battery: Option<u8>,
    /// The phone's own id of this announcement: the same id is the same announcement.
    pub id: Option<String>,
}

/// Why a body is not an announcement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// More than 64 KiB.
    #[error("the message is larger than 64 KiB")]
    TooLarge,
    /// Neither a JSON object nor a form.
    #[error("the message is neither a JSON object nor a form")]
    NotFields,
    /// The same field twice: which one counts would be a guess.
    #[error("a field stands twice in the message")]
    Repeated,
    /// There is no title and no text in it.
    #[error("the message carries neither a title nor a text")]
    Empty,
}

/// The largest body any phone sends.
pub const LARGEST_BODY: usize = 64 * 1024;

/// Compares two signatures without telling, by time, where they differ.
fn same(ours: &[u8], theirs: &[u8]) -> bool {
    use subtle::ConstantTimeEq;
    ours.ct_eq(theirs).into()
}

/// Compares hex text in either case with the bytes it should spell.
fn same_hex(ours: &[u8], theirs: &str) -> bool {
    theirs.len() == ours.len() * 2 && hex::decode(theirs).is_ok_and(|theirs| same(ours, &theirs))
}

fn hmac_sha256(key: &[u8], message: &[u8]) -> Vec<u8> {
    use hmac::{Hmac, Mac};
    // HMAC takes a key of any length; the empty vector never verifies.
    let Ok(mut mac) = Hmac::<sha2::Sha256>::new_from_slice(key) else { return Vec::new() };
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}
