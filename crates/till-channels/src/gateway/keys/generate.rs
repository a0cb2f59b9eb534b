//! A fresh RSA pair, in every form that consoles and tools of providers ask for.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rsa::RsaPrivateKey;
use rsa::pkcs1::EncodeRsaPrivateKey;
use rsa::pkcs8::{EncodePrivateKey, LineEnding};
use zeroize::Zeroizing;

use super::{KeyError, PrivateKey};
use crate::gateway::Seed;

/// What Alipay's RSA2 asks for.
const BITS: usize = 2048;

/// A fresh pair as texts. The private ones are wiped when dropped.
pub struct Generated {
    /// The key.
    pub key: PrivateKey,
    /// PKCS#8, one line of base64: what this program keeps, and what Java programs read.
    pub private_pkcs8: Zeroizing<String>,
    /// PKCS#8, PEM.
    pub private_pem: Zeroizing<String>,
    /// PKCS#1, one line of base64: what tools without Java read.
    pub private_pkcs1: Zeroizing<String>,
    /// SubjectPublicKeyInfo, one line of base64: what goes into the provider's console.
    pub public: String,
}

impl std::fmt::Debug for Generated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Generated").field("key", &self.key).field("public", &self.public).finish_non_exhaustive()
    }
}

/// Makes an RSA pair of 2048 bits. Takes up to a second or so.
pub fn generate(seed: &mut Seed) -> Result<Generated, KeyError> {
    let rsa = RsaPrivateKey::new(seed.rng(), BITS).map_err(|_| KeyError::NoKey)?;
    let pkcs8 = rsa.to_pkcs8_der().map_err(|_| KeyError::NoKey)?;
    let pkcs1 = rsa.to_pkcs1_der().map_err(|_| KeyError::NoKey)?;
    let private_pem = rsa.to_pkcs8_pem(LineEnding::LF).map_err(|_| KeyError::NoKey)?;
    let key = PrivateKey(rsa);
    Ok(Generated {
        private_pkcs8: Zeroizing::new(STANDARD.encode(pkcs8.as_bytes())),
        private_pem,
        private_pkcs1: Zeroizing::new(STANDARD.encode(pkcs1.as_bytes())),
        public: STANDARD.encode(key.public().to_spki_der()?),
        key,
    })
}
