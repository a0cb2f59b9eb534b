//! Settlement files as they come: a zip, deflated, base64, inside a signed answer. What is in the zip is for whoever
//! reads statements.

use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::ZlibDecoder;

use super::super::{Doubt, OfficeAnswer};
use super::message::{Message, unreadable};

/// The most a day's file may inflate to.
pub(super) const LARGEST: usize = 32 * 1024 * 1024;

/// The zip in an answer, under the name it brings if that is a harmless one.
pub(super) fn unpacked(message: &Message, mer_id: &str, date: &str) -> Result<OfficeAnswer, Doubt> {
    let bytes = inflated(message.need("fileContent")?)?;
    if !bytes.starts_with(b"PK") {
        return Err(unreadable("fileContent is no zip"));
    }
    let name = message.get("fileName").filter(|name| is_harmless(name));
    let name = name.map_or_else(|| format!("unionpay-{mer_id}-{date}.zip"), str::to_owned);
    Ok(OfficeAnswer::File { name, bytes })
}

fn inflated(content: &str) -> Result<Vec<u8>, Doubt> {
    let deflated = STANDARD.decode(content).map_err(|_| unreadable("fileContent is not base64"))?;
    let mut bytes = Vec::new();
    let most = LARGEST as u64 + 1; // one more than fits shows that there is more
    ZlibDecoder::new(deflated.as_slice())
        .take(most)
        .read_to_end(&mut bytes)
        .map_err(|_| unreadable("fileContent does not inflate"))?;
    if bytes.len() > LARGEST { Err(unreadable("fileContent is too long")) } else { Ok(bytes) }
}

fn is_harmless(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    name.len() <= 64 && name.ends_with(".zip") && !name.starts_with('.') && name.bytes().all(plain)
}
