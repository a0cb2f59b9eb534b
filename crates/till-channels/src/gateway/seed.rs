//! Randomness of one request: given from outside, spent on nonces and on blinding private-key operations.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// Unpredictable bytes for one request. The same seed makes the same request.
#[derive(Clone)]
pub struct Seed(ChaCha20Rng);

impl Seed {
    /// From 32 fresh bytes of the system's randomness.
    pub fn new(bytes: [u8; 32]) -> Seed {
        Seed(ChaCha20Rng::from_seed(bytes))
    }

    /// 32 lower-case hex digits.
    pub fn nonce(&mut self) -> String {
        let mut bytes = [0; 16];
        self.0.fill_bytes(&mut bytes);
        hex::encode(bytes)
    }

    /// For libraries that draw themselves.
    pub(crate) fn rng(&mut self) -> &mut ChaCha20Rng {
        &mut self.0
    }
}
