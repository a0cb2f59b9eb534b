//! New keys, tokens and public names, each as its protocol's clients expect them.

use crate::api::{ApiError, Code, Protocol};
use crate::secrets::Kept;
use crate::state::{State, get};
use crate::words;

const DIGITS: &[u8] = b"0123456789";
const ALPHANUMERIC: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const TOKEN_BYTES: usize = 32;
/// With a million programs, three tries would do.
const TRIES: usize = 16;

/// So many characters of an alphabet, each as likely as any other.
fn picked(state: &State, alphabet: &[u8], length: usize) -> Result<String, ApiError> {
    // A remainder of all 256 bytes would prefer the first characters.
    let fair = 256 - 256 % alphabet.len();
    let mut text = String::new();
    while text.len() < length {
        let bytes = hex::decode(state.random_hex(64)?).unwrap_or_default();
        let fine = bytes.iter().map(|b| usize::from(*b)).filter(|b| *b < fair);
        text.extend(fine.take(length - text.len()).map(|b| char::from(alphabet[b % alphabet.len()])));
    }
    Ok(text)
}

/// New secrets of a program.
pub(super) fn secrets(state: &State, protocol: Protocol) -> Result<Kept, ApiError> {
    let key = match protocol {
        Protocol::Vmq | Protocol::Gogo => state.random_hex(16)?,
        Protocol::Epay => picked(state, ALPHANUMERIC, 32)?,
        Protocol::Lyn => String::new(),
        Protocol::V1 => format!("qt_{}", state.random_hex(32)?),
    };
    Ok(Kept { key, token: state.random_hex(TOKEN_BYTES)?, at: state.now() })
}

/// A public name that no program has.
pub(super) fn key_id(state: &State, protocol: Protocol) -> Result<String, ApiError> {
    for _ in 0..TRIES {
        let id = match protocol {
            Protocol::Vmq => format!("vmq_{}", state.random_hex(4)?),
            Protocol::Gogo => format!("gg{}", picked(state, DIGITS, 14)?),
            // Clients read it with `intval`: no leading zero, and within 31 bits.
            Protocol::Epay => format!("1{}", picked(state, DIGITS, 7)?),
            Protocol::Lyn => format!("lyn_{}", state.random_hex(6)?),
            Protocol::V1 => format!("qt_{}", state.random_hex(6)?),
        };
        if get(&state.programs).iter().all(|p| p.key_id != id) {
            return Ok(id);
        }
    }
    let lang = state.shop().settings.lang;
    Err(words::error(lang, Code::Internal, "没能生成新的编号", "No new name could be made"))
}
