//! PFX files (PKCS#12): a merchant's private key with its certificate, behind a password.

use p12_keystore::KeyStore;
use p12_keystore::error::Error;
use x509_cert::der::{Reader, SliceReader};

use super::certificate::Certificate;
use super::{KeyError, PrivateKey, bytes_of};
use rsa::pkcs8::ObjectIdentifier;

/// What such files hold is a few kilobytes; this is the most that is read.
const LARGEST: usize = 256 * 1024;

const PKCS7_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");

/// What a PFX file holds. Its key is wiped when dropped, never printed.
#[derive(Clone, Debug)]
pub struct Pfx {
    /// The private key.
    pub key: PrivateKey,
    /// Its certificate, then whatever stands above it in the file.
    pub chain: Vec<Certificate>,
}

impl Pfx {
    /// The certificate of the key.
    pub fn own(&self) -> Option<&Certificate> {
        self.chain.first()
    }
}

/// Opens a file. Old ones (3DES, RC2, SHA-1) as well as new ones (AES, SHA-256).
pub fn open(bytes: &[u8], password: &str) -> Result<Pfx, KeyError> {
    if bytes.is_empty() {
        return Err(KeyError::Empty);
    }
    if !is_pfx(bytes) {
        return Err(KeyError::NoKey);
    }
    let store = KeyStore::from_pkcs12(bytes, password).map_err(|e| match e {
        // The digest over the file, or the padding of what was decrypted: a wrong password, or bytes that were changed.
        Error::MacError(_) | Error::UnpadError | Error::Pkcs5Error(_) => KeyError::Password,
        _ => KeyError::NoKey,
    })?;
    let (_, found) = store.private_key_chain().ok_or(KeyError::NoKey)?;
    let key = PrivateKey::from_der(found.key())?;
    let chain = found.chain().iter().map(|c| Certificate::from_der(c.as_der())).collect::<Result<Vec<_>, _>>()?;
    if chain.first().is_none_or(|own| *own.key() != key.public()) {
        return Err(KeyError::NoKey);
    }
    Ok(Pfx { key, chain })
}

/// Opens a file that is kept as base64.
pub fn parse(text: &str, password: &str) -> Result<Pfx, KeyError> {
    open(&bytes_of(text)?, password)
}

/// Whether bytes look like such a file: version 3, then plain data. Says nothing about its password.
pub fn is_pfx(bytes: &[u8]) -> bool {
    if bytes.len() > LARGEST {
        return false;
    }
    let Ok(mut reader) = SliceReader::new(bytes) else { return false };
    let looks = reader.sequence(|inner| {
        let version: u8 = inner.decode()?;
        let content: ObjectIdentifier = inner.sequence(|safe| {
            let oid = safe.decode()?;
            safe.tlv_bytes()?;
            Ok(oid)
        })?;
        if !inner.is_finished() {
            inner.tlv_bytes()?;
        }
        Ok(version == 3 && content == PKCS7_DATA)
    });
    looks.unwrap_or(false)
}
