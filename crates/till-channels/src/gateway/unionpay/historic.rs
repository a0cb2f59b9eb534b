//! What UnionPay's protocol was signed with before, and without certificates. Nothing that comes in is believed by these:
//! they exist for those who still have to talk to such a system, and hold still by their published vectors.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::super::keys::{PrivateKey, PublicKey};
use super::super::{CannotAsk, Seed, sign};

/// The message under the signature of 5.0.0: the text's SHA-1 in lower-case hex.
pub fn digest_5_0_0(text: &str) -> String {
    sign::sha1_hex(text.as_bytes())
}

/// The signature of 5.0.0, base64: SHA1withRSA over [`digest_5_0_0`].
pub fn made_5_0_0(key: &PrivateKey, text: &str, seed: &mut Seed) -> Result<String, CannotAsk> {
    Ok(STANDARD.encode(sign::rsa_sha1(key, digest_5_0_0(text).as_bytes(), seed)?))
}

/// Whether a signature of 5.0.0 fits.
pub fn fits_5_0_0(key: &PublicKey, text: &str, signature: &str) -> bool {
    STANDARD.decode(signature).is_ok_and(|bytes| sign::fits_sha1(key, digest_5_0_0(text).as_bytes(), &bytes))
}

/// The signature with a shared key (signMethod 11): SHA-256 of the text, `&`, and the key's own SHA-256 in hex.
pub fn made_with_secure_key(secure_key: &str, text: &str) -> String {
    let hidden = sign::sha256_hex(secure_key.as_bytes());
    sign::sha256_hex(format!("{text}&{hidden}").as_bytes())
}
