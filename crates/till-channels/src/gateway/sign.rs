//! Signatures and digests that the providers' protocols share.
//!
//! RSA comes from the `rsa` crate: it alone still reads 1024-bit keys and SHA-1, which the historic protocols need, and
//! wipes private keys when they are dropped. Signing is blinded with fresh randomness, and nothing that others send is
//! ever decrypted with a private key.
//!
//! Measured (`./dev bench gateways`, release build, 2048 bits): one signature takes 1.3 to 1.8 ms, OpenSSL's 0.24 ms and
//! that of `ring`, which TLS brings along, 0.47 ms; one check takes 0.13 ms, OpenSSL's 0.02 ms. A till that waits for
//! hundreds of payments signs some 20 requests a second, and each then travels for 50 ms and more: a second signer beside
//! this one, which would keep copies of the keys that nobody wipes, gains too little.

use hmac::{Hmac, Mac};
use md5::{Digest, Md5};
use rsa::pkcs1v15::Pkcs1v15Sign;
use sha1::Sha1;
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::keys::{PrivateKey, PublicKey};
use super::{CannotAsk, Seed};

/// SHA256withRSA, PKCS#1 v1.5.
pub fn rsa_sha256(key: &PrivateKey, message: &[u8], seed: &mut Seed) -> Result<Vec<u8>, CannotAsk> {
    let made = key.rsa().sign_with_rng(seed.rng(), Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(message));
    made.map_err(|e| CannotAsk::Key(e.to_string()))
}

/// SHA1withRSA, PKCS#1 v1.5: the historic protocols only.
pub fn rsa_sha1(key: &PrivateKey, message: &[u8], seed: &mut Seed) -> Result<Vec<u8>, CannotAsk> {
    let made = key.rsa().sign_with_rng(seed.rng(), Pkcs1v15Sign::new::<Sha1>(), &Sha1::digest(message));
    made.map_err(|e| CannotAsk::Key(e.to_string()))
}

/// Whether a SHA256withRSA signature fits.
pub fn fits_sha256(key: &PublicKey, message: &[u8], signature: &[u8]) -> bool {
    key.rsa().verify(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(message), signature).is_ok()
}

/// Whether a SHA1withRSA signature fits: the historic protocols only.
pub fn fits_sha1(key: &PublicKey, message: &[u8], signature: &[u8]) -> bool {
    key.rsa().verify(Pkcs1v15Sign::new::<Sha1>(), &Sha1::digest(message), signature).is_ok()
}

/// MD5 as lower-case hex.
pub fn md5_hex(message: &[u8]) -> String {
    hex::encode(Md5::digest(message))
}

/// SHA-1 as lower-case hex.
pub fn sha1_hex(message: &[u8]) -> String {
    hex::encode(Sha1::digest(message))
}

/// SHA-256 as lower-case hex.
pub fn sha256_hex(message: &[u8]) -> String {
    hex::encode(Sha256::digest(message))
}

/// HMAC-SHA256 as lower-case hex.
pub fn hmac_sha256_hex(key: &[u8], message: &[u8]) -> String {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
    let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(key).expect("HMAC takes any key");
    mac.update(message);
    hex::encode(mac.finalize().into_bytes())
}

/// Compares secrets without telling by the time it takes where they differ.
pub fn same(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}

/// The order string of most protocols: `k=v` joined by `&`, names sorted by their bytes, raw values. Which pairs take
/// part is the caller's rule.
pub fn sorted_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut pairs: Vec<(&str, &str)> = pairs.into_iter().collect();
    pairs.sort_unstable();
    let parts: Vec<String> = pairs.into_iter().map(|(k, v)| format!("{k}={v}")).collect();
    parts.join("&")
}
