//! Keys and certificates as people paste them: PEM, one line of base64, PKCS#1 or PKCS#8, a certificate, a PFX file.

pub mod certificate;
mod generate;
mod inspect;
pub mod pfx;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rsa::pkcs1::{DecodeRsaPrivateKey, DecodeRsaPublicKey};
use rsa::pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey};
use rsa::traits::PublicKeyParts;
use rsa::{RsaPrivateKey, RsaPublicKey};
use zeroize::Zeroizing;

use super::sign;

pub use generate::{Generated, generate};
pub use inspect::{Form, Inspected, Lock, inspect, inspect_bytes};

/// A text is no such key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Nothing there.
    #[error("empty")]
    Empty,
    /// Neither PEM nor base64.
    #[error("neither PEM nor base64")]
    NotBase64,
    /// Bytes, but no key of the expected kind.
    #[error("no key of the expected kind")]
    NoKey,
    /// A key, but too weak or too large to be used.
    #[error("a key of {0} bits")]
    Bits(usize),
    /// A PFX that this password does not open.
    #[error("the password does not open the file")]
    Password,
}

/// An RSA private key. Wiped when dropped, never printed.
#[derive(Clone)]
pub struct PrivateKey(RsaPrivateKey);

/// An RSA public key.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey(RsaPublicKey);

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PrivateKey({} bits)", self.bits())
    }
}

impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PublicKey({} bits)", self.bits())
    }
}

/// The bytes of a PEM text, or of bare base64 with any line breaks.
pub(crate) fn bytes_of(text: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let inner: Zeroizing<String> =
        Zeroizing::new(text.lines().map(str::trim).filter(|line| !line.starts_with("-----")).collect());
    let inner: Zeroizing<String> = Zeroizing::new(inner.chars().filter(|c| !c.is_whitespace()).collect());
    if inner.is_empty() {
        return Err(KeyError::Empty);
    }
    STANDARD.decode(inner.as_bytes()).map(Zeroizing::new).map_err(|_| KeyError::NotBase64)
}

impl PrivateKey {
    /// Reads PEM or one-line base64, PKCS#8 or PKCS#1.
    pub fn parse(text: &str) -> Result<PrivateKey, KeyError> {
        PrivateKey::from_der(&bytes_of(text)?)
    }

    /// Reads PKCS#8 or PKCS#1 DER.
    pub fn from_der(der: &[u8]) -> Result<PrivateKey, KeyError> {
        let key = RsaPrivateKey::from_pkcs8_der(der).or_else(|_| RsaPrivateKey::from_pkcs1_der(der).map_err(|_| ()));
        let key = key.map_err(|()| KeyError::NoKey)?;
        fitting(key.size() * 8)?;
        Ok(PrivateKey(key))
    }

    /// PKCS#8 DER.
    pub fn to_pkcs8_der(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        self.0.to_pkcs8_der().map(|der| der.to_bytes()).map_err(|_| KeyError::NoKey)
    }

    /// Its public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.to_public_key())
    }

    /// Length of the modulus.
    pub fn bits(&self) -> usize {
        self.0.size() * 8
    }

    pub(crate) fn rsa(&self) -> &RsaPrivateKey {
        &self.0
    }
}

impl PublicKey {
    /// Reads PEM or one-line base64: SubjectPublicKeyInfo, PKCS#1, or a certificate.
    pub fn parse(text: &str) -> Result<PublicKey, KeyError> {
        PublicKey::from_der(&bytes_of(text)?)
    }

    /// Reads SubjectPublicKeyInfo, PKCS#1 or a certificate, DER.
    pub fn from_der(der: &[u8]) -> Result<PublicKey, KeyError> {
        let key = RsaPublicKey::from_public_key_der(der)
            .map_err(|_| ())
            .or_else(|()| RsaPublicKey::from_pkcs1_der(der).map_err(|_| ()))
            .or_else(|()| certificate::rsa_key_of(der).ok_or(()));
        let key = key.map_err(|()| KeyError::NoKey)?;
        fitting(key.size() * 8)?;
        Ok(PublicKey(key))
    }

    /// Length of the modulus.
    pub fn bits(&self) -> usize {
        self.0.size() * 8
    }

    /// SubjectPublicKeyInfo DER.
    pub fn to_spki_der(&self) -> Result<Vec<u8>, KeyError> {
        self.0.to_public_key_der().map(|der| der.as_bytes().to_vec()).map_err(|_| KeyError::NoKey)
    }

    /// The first 16 hex digits of the SHA-256 of its SubjectPublicKeyInfo: the same for a private key, its public half
    /// and a certificate of it, so that people can see what belongs together.
    pub fn fingerprint(&self) -> String {
        let digest = self.to_spki_der().map(|der| sign::sha256_hex(&der)).unwrap_or_default();
        digest.chars().take(16).collect()
    }

    pub(crate) fn rsa(&self) -> &RsaPublicKey {
        &self.0
    }
}

/// 1024 bits are for the historic protocols; whoever builds a contract asks for 2048.
fn fitting(bits: usize) -> Result<(), KeyError> {
    if (1024..=8192).contains(&bits) { Ok(()) } else { Err(KeyError::Bits(bits)) }
}

#[cfg(test)]
mod tests;
