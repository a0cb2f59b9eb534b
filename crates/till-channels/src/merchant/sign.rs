//! Signatures of the merchant protocols, compared in constant time. Nothing here prints a key or a signed text.

use md5::{Digest, Md5};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// Lower-case hex of the MD5 of the parts, joined with nothing between.
pub fn md5_hex(parts: &[&str]) -> String {
    hex::encode(md5(parts))
}

fn md5(parts: &[&str]) -> [u8; 16] {
    let mut md5 = Md5::new();
    for part in parts {
        md5.update(part.as_bytes());
    }
    md5.finalize().into()
}

/// Lower-case hex of the HMAC-SHA256 of a text.
pub fn hmac_hex(key: &str, text: &str) -> String {
    hex::encode(hmac(key, text))
}

fn hmac(key: &str, text: &str) -> Vec<u8> {
    use hmac::{Hmac, Mac};
    // HMAC takes a key of any length; the empty vector never verifies.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else { return Vec::new() };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// SHA-256 of texts, each preceded by its length: no text can pass for the end of another.
pub(super) fn digest(parts: &[&str]) -> Vec<u8> {
    let mut sha = Sha256::new();
    for part in parts {
        sha.update((part.len() as u64).to_be_bytes());
        sha.update(part.as_bytes());
    }
    sha.finalize().to_vec()
}

fn same_hex(ours: &[u8], theirs: &str) -> bool {
    theirs.len() == ours.len() * 2 && hex::decode(theirs).is_ok_and(|theirs| ours.ct_eq(&theirs).into())
}

/// How a request shows which program sent it.
#[derive(Clone, PartialEq, Eq)]
pub enum Proof {
    /// Nothing is signed: whoever knows the order's number, which cannot be guessed, may ask after it.
    OrderNo,
    /// Nothing is signed: the place it comes from and the program's token decide.
    Place,
    /// Nothing is asked of anybody: what is shown is on the counter for all to see.
    Nobody,
    /// Signed by the program with this public name; by any, if it gives none.
    Signed {
        /// App-Id, pid, key id.
        key_id: Option<String>,
        /// How.
        how: Signature,
    },
}

/// A signature, and the text it should be of.
#[derive(Clone, PartialEq, Eq)]
pub enum Signature {
    /// `md5(text + key)`.
    Md5 {
        /// The signed text.
        text: String,
        /// Hex, either case.
        sign: String,
    },
    /// `md5(key id + text + key)`.
    NamedMd5 {
        /// The signed text, without the public name before it.
        text: String,
        /// Hex, either case.
        sign: String,
    },
    /// HMAC-SHA256 of the text.
    Hmac {
        /// The signed text.
        text: String,
        /// Hex.
        sign: String,
    },
    /// The key itself (epay's `key=`).
    Key(String),
}

impl Proof {
    /// True if the program with this public name and key signed. An empty key signs nothing: anybody has it.
    pub fn is_by(&self, key_id: &str, key: &str) -> bool {
        let Proof::Signed { key_id: named, how } = self else { return false };
        if key.is_empty() || named.as_deref().is_some_and(|named| named != key_id) {
            return false;
        }
        match how {
            Signature::Md5 { text, sign } => same_hex(&md5(&[text, key]), sign),
            Signature::NamedMd5 { text, sign } => same_hex(&md5(&[key_id, text, key]), sign),
            Signature::Hmac { text, sign } => same_hex(&hmac(key, text), sign),
            Signature::Key(theirs) => key.as_bytes().ct_eq(theirs.as_bytes()).into(),
        }
    }
}

impl std::fmt::Debug for Proof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Proof::OrderNo => "OrderNo",
            Proof::Place => "Place",
            Proof::Nobody => "Nobody",
            Proof::Signed { .. } => "Signed",
        })
    }
}
