//! Signing and believing, version 5.1.0 with certificates (signMethod 01).
//!
//! The text is all pairs but `signature`, empty values left out, sorted, joined raw. Its SHA-256, written as lower-case
//! hex, is the message that is signed with SHA256withRSA: hashed twice.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::super::keys::PrivateKey;
use super::super::keys::certificate::Certificate;
use super::super::{CannotAsk, Doubt, DoubtKind, Seed, sign};
use super::message::Message;

/// The only version that is spoken and believed.
pub const VERSION: &str = "5.1.0";
/// Signed with a certificate.
pub const BY_CERTIFICATE: &str = "01";

/// What is signed of these pairs.
pub fn text<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    sign::sorted_pairs(pairs.into_iter().filter(|(name, value)| *name != "signature" && !value.is_empty()))
}

/// The message under the signature of 5.1.0: the text's SHA-256 in lower-case hex.
pub fn digest(text: &str) -> String {
    sign::sha256_hex(text.as_bytes())
}

/// The signature of a text, base64.
pub fn made(key: &PrivateKey, text: &str, seed: &mut Seed) -> Result<String, CannotAsk> {
    Ok(STANDARD.encode(sign::rsa_sha256(key, digest(text).as_bytes(), seed)?))
}

/// Whose messages are believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signer {
    /// UnionPay itself.
    Live,
    /// Its test system, and simulators.
    Test,
}

impl Signer {
    /// What stands third in the common name, `041@Z…@<this>@…`.
    const fn name(self) -> &'static str {
        match self {
            Signer::Live => "中国银联股份有限公司",
            Signer::Test => "00040000:SIGN",
        }
    }
}

/// The pinned certificates, and whose name must stand below them. The root signs for others than UnionPay too.
#[derive(Debug)]
pub struct Trust {
    roots: Vec<Certificate>,
    middles: Vec<Certificate>,
    signer: Signer,
}

impl Trust {
    /// Believes messages of this signer below these roots.
    pub fn new(roots: Vec<Certificate>, middles: Vec<Certificate>, signer: Signer) -> Trust {
        Trust { roots, middles, signer }
    }

    /// Whether a message is UnionPay's: its version and method are the agreed ones, its certificate hangs from the
    /// pinned root, is valid now and is UnionPay's, and its signature fits.
    pub(super) fn believe(&self, message: &Message, now_ms: i64) -> Result<(), Doubt> {
        let bad = |detail: String| Doubt::new(DoubtKind::BadSignature, detail);
        let signature = message.get("signature").ok_or_else(|| Doubt::new(DoubtKind::Unsigned, "signature"))?;
        if message.get("version") != Some(VERSION) {
            return Err(bad("another version than 5.1.0".to_owned()));
        }
        if message.get("signMethod") != Some(BY_CERTIFICATE) {
            return Err(bad("another signMethod than 01".to_owned()));
        }
        let given = message.get("signPubKeyCert").ok_or_else(|| Doubt::new(DoubtKind::Unsigned, "signPubKeyCert"))?;
        let certificate = Certificate::parse(given).map_err(|e| bad(format!("signPubKeyCert: {e}")))?;
        certificate.hangs_from(&self.roots, &self.middles, now_ms).map_err(|e| bad(format!("signPubKeyCert: {e}")))?;
        if certificate.common_name().as_deref().and_then(owner) != Some(self.signer.name()) {
            return Err(bad("signPubKeyCert belongs to somebody else".to_owned()));
        }
        let bytes = STANDARD.decode(signature).map_err(|_| bad("signature is not base64".to_owned()))?;
        if !sign::fits_sha256(certificate.key(), digest(&message.text()).as_bytes(), &bytes) {
            return Err(bad("the signature does not fit".to_owned()));
        }
        Ok(())
    }
}

/// The owner in a common name `041@Z12@00040000:SIGN@00000001`.
fn owner(common_name: &str) -> Option<&str> {
    common_name.split('@').nth(2)
}
