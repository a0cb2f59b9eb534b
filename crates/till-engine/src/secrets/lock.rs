//! A key locked up with a passphrase: what the owner remembers, instead of a keychain, keeps it from whoever copies the
//! files.
//!
//! `magic ‖ memory KiB ‖ passes ‖ lanes ‖ salt ‖ nonce ‖ sealed key`, numbers as 4 bytes, the greatest first. Argon2id
//! makes a key of the passphrase, and XChaCha20-Poly1305 seals with it; all that stands before the sealed key is
//! authenticated with it.

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::XNonce;
use chacha20poly1305::aead::{Aead, Payload};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::Trouble;
use super::sealed::{NONCE_BYTES, SealKey, cipher};
use crate::ports::Random;

const MAGIC: &[u8] = b"qiantai lock 1\n";
const NUMBER: usize = 4;
const SALT_BYTES: usize = 16;
const HEAD: usize = MAGIC.len() + 3 * NUMBER + SALT_BYTES + NONCE_BYTES;
/// The key and the tag of its seal.
const SEALED: usize = 32 + 16;
/// Characters a new passphrase has at least. A shop's till is no server that strangers may ask as often as they like,
/// but its files can be stolen.
pub(crate) const SHORTEST: usize = 8;
/// What is longer was not typed by anybody.
pub(crate) const LONGEST: usize = 256;

/// How much work it is to try a passphrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Work {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// RFC 9106, the second choice, in one lane: 100 to 300 ms on a shop's computer.
const WORK: Work = Work { memory_kib: 64 * 1024, passes: 3, lanes: 1 };

impl Work {
    /// Less would be no protection, and nobody but an attacker writes it; more would hang a small computer.
    fn is_sane(self) -> bool {
        (19 * 1024..=512 * 1024).contains(&self.memory_kib)
            && (1..=16).contains(&self.passes)
            && (1..=4).contains(&self.lanes)
    }
}

/// What a person typed, as it counts. No `Debug`: what cannot be printed is not printed by mistake.
pub(crate) struct Passphrase(Zeroizing<String>);

/// What a passphrase cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// Below [`SHORTEST`] characters.
    Short,
    /// Above [`LONGEST`].
    Long,
    /// With a line break, a tab or the like: not to be typed into a field.
    Control,
}

impl Passphrase {
    /// Takes what was typed: without the spaces around it, and in the composed form (NFC), so that every keyboard and
    /// system says the same of the same characters.
    pub(crate) fn typed(text: &str) -> Passphrase {
        // Composing never makes it longer than this: a buffer that grows would leave a copy behind.
        let mut composed = Zeroizing::new(String::with_capacity(text.len().saturating_mul(3)));
        composed.extend(text.trim().nfc());
        Passphrase(composed)
    }

    /// Whether it can be chosen.
    pub(crate) fn fit(&self) -> Result<(), Unfit> {
        let length = self.0.chars().count();
        match length {
            _ if self.0.chars().any(char::is_control) => Err(Unfit::Control),
            ..SHORTEST => Err(Unfit::Short),
            _ if length > LONGEST => Err(Unfit::Long),
            _ => Ok(()),
        }
    }

    fn key(&self, work: Work, salt: &[u8]) -> Result<SealKey, Trouble> {
        let failed = |cause: argon2::Error| Trouble::File(format!("no key from a passphrase: {cause}"));
        let params = Params::new(work.memory_kib, work.passes, work.lanes, Some(32)).map_err(failed)?;
        let mut key = Zeroizing::new([0; 32]);
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        argon.hash_password_into(self.0.as_bytes(), salt, key.as_mut()).map_err(failed)?;
        Ok(key)
    }
}

/// Locks a key up. Slow on purpose.
pub(crate) fn lock_up(passphrase: &Passphrase, key: &SealKey, random: &dyn Random) -> Result<Vec<u8>, Trouble> {
    let (mut salt, mut nonce) = ([0; SALT_BYTES], [0; NONCE_BYTES]);
    random.fill(&mut salt).map_err(Trouble::File)?;
    random.fill(&mut nonce).map_err(Trouble::File)?;
    let Work { memory_kib, passes, lanes } = WORK;
    let numbers = [memory_kib, passes, lanes].map(u32::to_be_bytes);
    let head = [MAGIC, numbers.as_flattened(), &salt, &nonce].concat();
    let payload = Payload { msg: key.as_slice(), aad: &head };
    let sealed = cipher(&passphrase.key(WORK, &salt)?).encrypt(&XNonce::from(nonce), payload);
    let sealed = sealed.map_err(|_| Trouble::File("it could not be encrypted".into()))?;
    Ok([head, sealed].concat())
}

/// The key that was locked up; none: the passphrase is another, or the file was changed. Slow on purpose.
pub(crate) fn open_up(passphrase: &Passphrase, bytes: &[u8]) -> Result<Option<SealKey>, Trouble> {
    let damaged = |cause: &str| Trouble::Damaged(cause.to_owned());
    let rest = bytes.strip_prefix(MAGIC).ok_or_else(|| damaged("it begins with other words"))?;
    if bytes.len() != HEAD + SEALED {
        return Err(damaged("it has another length"));
    }
    let cut = || damaged("it is cut off");
    let (memory, rest) = rest.split_first_chunk::<NUMBER>().ok_or_else(cut)?;
    let (passes, rest) = rest.split_first_chunk::<NUMBER>().ok_or_else(cut)?;
    let (lanes, rest) = rest.split_first_chunk::<NUMBER>().ok_or_else(cut)?;
    let (salt, rest) = rest.split_first_chunk::<SALT_BYTES>().ok_or_else(cut)?;
    let (nonce, sealed) = rest.split_first_chunk::<NONCE_BYTES>().ok_or_else(cut)?;
    let [memory_kib, passes, lanes] = [memory, passes, lanes].map(|number| u32::from_be_bytes(*number));
    let work = Work { memory_kib, passes, lanes };
    if !work.is_sane() {
        return Err(damaged("it asks for too much work, or too little"));
    }
    if passphrase.0.chars().nth(LONGEST).is_some() {
        return Ok(None);
    }
    let payload = Payload { msg: sealed, aad: &bytes[..HEAD] };
    let opened = cipher(&passphrase.key(work, salt)?).decrypt(&XNonce::from(*nonce), payload).map(Zeroizing::new);
    let key = opened.ok().and_then(|opened| <[u8; 32]>::try_from(opened.as_slice()).ok());
    Ok(key.map(Zeroizing::new))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::SystemRandom;

    fn typed(text: &str) -> Passphrase {
        Passphrase::typed(text)
    }

    fn locked(text: &str) -> (SealKey, Vec<u8>) {
        let key = Zeroizing::new([7; 32]);
        let bytes = lock_up(&typed(text), &key, &SystemRandom).ok().unwrap();
        (key, bytes)
    }

    #[test]
    fn the_passphrase_opens_it_however_it_is_typed() {
        let (key, bytes) = locked("caf\u{e9} 钱台的口令");
        assert_eq!(bytes.len(), HEAD + SEALED);
        assert!(!bytes.windows(32).any(|window| window == key.as_slice()));
        for same in ["caf\u{e9} 钱台的口令", "  cafe\u{301} 钱台的口令\n"] {
            assert_eq!(open_up(&typed(same), &bytes).ok().unwrap().as_ref(), Some(&key), "{same}");
        }
        for other in ["", "Caf\u{e9} 钱台的口令", "café  钱台的口令", &"x".repeat(LONGEST + 1)] {
            assert!(open_up(&typed(other), &bytes).ok().unwrap().is_none(), "{other}");
        }
        let (_, again) = locked("caf\u{e9} 钱台的口令");
        assert_ne!(bytes[MAGIC.len() + 12..], again[MAGIC.len() + 12..], "a salt and a nonce of its own");
    }

    #[test]
    fn what_can_be_chosen() {
        for (text, fit) in [
            ("12345678", Ok(())),
            ("一二三四五六七八", Ok(())),
            ("correct horse battery", Ok(())),
            ("  1234567  ", Err(Unfit::Short)),
            ("e\u{301}e\u{301}e\u{301}e\u{301}", Err(Unfit::Short)),
            ("", Err(Unfit::Short)),
            ("1234\n56789", Err(Unfit::Control)),
            (&"长".repeat(LONGEST), Ok(())),
            (&"长".repeat(LONGEST + 1), Err(Unfit::Long)),
        ] {
            assert_eq!(typed(text).fit(), fit, "{text}");
        }
    }

    #[test]
    fn a_changed_byte_opens_nothing_whichever_it_is() {
        let (_, good) = locked("一二三四五六七八");
        let numbers = MAGIC.len()..MAGIC.len() + 3 * NUMBER;
        // One of each part; every byte would take minutes of work.
        let places = [0, MAGIC.len() - 1, numbers.end, HEAD - NONCE_BYTES - 1, HEAD - 1, HEAD, good.len() - 1];
        for place in numbers.chain(places) {
            let mut bad = good.clone();
            bad[place] ^= 1;
            assert!(!matches!(open_up(&typed("一二三四五六七八"), &bad), Ok(Some(_))), "byte {place}");
        }
        for length in [0, 5, MAGIC.len(), HEAD, good.len() - 1] {
            assert!(matches!(open_up(&typed("一二三四五六七八"), &good[..length]), Err(Trouble::Damaged(_))));
        }
        let longer = [good.as_slice(), b"x"].concat();
        assert!(matches!(open_up(&typed("一二三四五六七八"), &longer), Err(Trouble::Damaged(_))));
    }

    #[test]
    fn absurd_work_is_refused_before_it_is_done() {
        let (_, good) = locked("一二三四五六七八");
        for (place, number) in [(0, 0), (0, 8), (0, u32::MAX), (1, 0), (1, u32::MAX), (2, 0), (2, 64)] {
            let mut bad = good.clone();
            let at = MAGIC.len() + place * NUMBER;
            bad[at..at + NUMBER].copy_from_slice(&u32::to_be_bytes(number));
            assert!(matches!(open_up(&typed("一二三四五六七八"), &bad), Err(Trouble::Damaged(_))), "{place} {number}");
        }
    }
}
