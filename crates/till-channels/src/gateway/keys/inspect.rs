//! What is this that somebody pasted or picked? For the set-up screen: kinds, sizes, names. Never key material.

use rsa::pkcs1::{DecodeRsaPrivateKey, DecodeRsaPublicKey};
use rsa::pkcs8::{DecodePrivateKey, DecodePublicKey};
use rsa::{RsaPrivateKey, RsaPublicKey};

use super::certificate::Certificate;
use super::{KeyError, PrivateKey, PublicKey, bytes_of, pfx};

/// How a key is wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The bare RSA structure.
    Pkcs1,
    /// With the algorithm's name around it: PKCS#8, or SubjectPublicKeyInfo for a public key.
    Pkcs8,
}

/// Whether a PFX file opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// It does; what it holds follows.
    Open,
    /// It wants a password and none was given.
    NeedsPassword,
    /// The given password does not open it.
    WrongPassword,
}

/// One thing that was found. Fingerprints are [`PublicKey::fingerprint`]: equal for what belongs together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inspected {
    /// An RSA private key.
    PrivateKey {
        /// Length of the modulus.
        bits: usize,
        /// How it is wrapped.
        form: Form,
        /// PEM; otherwise bare base64 or DER.
        pem: bool,
        /// Of its public half.
        fingerprint: String,
    },
    /// An RSA public key.
    PublicKey {
        /// Length of the modulus.
        bits: usize,
        /// How it is wrapped.
        form: Form,
        /// PEM; otherwise bare base64 or DER.
        pem: bool,
        /// Of itself.
        fingerprint: String,
    },
    /// A certificate.
    Certificate {
        /// Its subject: the common name, or the whole name where there is none.
        subject: String,
        /// Its issuer, likewise.
        issuer: String,
        /// Serial number, upper-case hex.
        serial_hex: String,
        /// Serial number, decimal.
        serial_decimal: String,
        /// Valid from, Unix ms.
        not_before: i64,
        /// Valid until, Unix ms.
        not_after: i64,
        /// Length of its key's modulus.
        bits: usize,
        /// It may stand above others.
        is_ca: bool,
        /// Of its key.
        fingerprint: String,
    },
    /// A PFX file; what it holds follows if it opens.
    Pfx {
        /// Whether it opens.
        lock: Lock,
    },
    /// 32 letters and digits: the shape of WeChat's API keys.
    Secret,
    /// None of these.
    Nothing {
        /// Why.
        why: KeyError,
    },
}

/// Looks at a pasted text. Never empty.
pub fn inspect(text: &str, password: Option<&str>) -> Vec<Inspected> {
    let text = text.trim();
    if text.len() == 32 && text.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return vec![Inspected::Secret];
    }
    if !text.contains("-----BEGIN ") {
        return match bytes_of(text) {
            Ok(der) => of_der(&der, false, password),
            Err(why) => vec![Inspected::Nothing { why }],
        };
    }
    let blocks = text.split("-----BEGIN ").skip(1);
    blocks.flat_map(|block| of_block(block, password)).collect()
}

/// Looks at a picked file: DER, or a text.
pub fn inspect_bytes(bytes: &[u8], password: Option<&str>) -> Vec<Inspected> {
    // DER of everything here begins with SEQUENCE and a length of more than one byte.
    if bytes.starts_with(&[0x30, 0x82]) || bytes.starts_with(&[0x30, 0x81]) {
        return of_der(bytes, false, password);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => inspect(text.trim_start_matches('\u{feff}'), password),
        Err(_) => vec![Inspected::Nothing { why: KeyError::NoKey }],
    }
}

/// A PEM block from behind its `-----BEGIN `.
fn of_block(block: &str, password: Option<&str>) -> Vec<Inspected> {
    let body = block.split_once("-----").and_then(|(_, rest)| rest.split_once("-----END "));
    match body.map(|(body, _)| bytes_of(body)) {
        Some(Ok(der)) => of_der(&der, true, password),
        Some(Err(why)) => vec![Inspected::Nothing { why }],
        None => vec![Inspected::Nothing { why: KeyError::NotBase64 }],
    }
}

fn of_der(der: &[u8], pem: bool, password: Option<&str>) -> Vec<Inspected> {
    if pfx::is_pfx(der) {
        return of_pfx(der, password);
    }
    if let Ok(certificate) = Certificate::from_der(der) {
        return vec![of_certificate(&certificate)];
    }
    let found = match of_private(der, pem) {
        Err(KeyError::NoKey) => of_public(der, pem),
        found => found,
    };
    vec![found.unwrap_or_else(|why| Inspected::Nothing { why })]
}

fn of_pfx(der: &[u8], password: Option<&str>) -> Vec<Inspected> {
    match pfx::open(der, password.unwrap_or_default()) {
        Ok(opened) => {
            let key = Inspected::PrivateKey {
                bits: opened.key.bits(),
                form: Form::Pkcs8,
                pem: false,
                fingerprint: opened.key.public().fingerprint(),
            };
            [Inspected::Pfx { lock: Lock::Open }, key]
                .into_iter()
                .chain(opened.chain.iter().map(of_certificate))
                .collect()
        }
        Err(KeyError::Password) if password.is_none() => vec![Inspected::Pfx { lock: Lock::NeedsPassword }],
        Err(KeyError::Password) => vec![Inspected::Pfx { lock: Lock::WrongPassword }],
        Err(why) => vec![Inspected::Nothing { why }],
    }
}

fn of_private(der: &[u8], pem: bool) -> Result<Inspected, KeyError> {
    let form = if RsaPrivateKey::from_pkcs8_der(der).is_ok() {
        Form::Pkcs8
    } else if RsaPrivateKey::from_pkcs1_der(der).is_ok() {
        Form::Pkcs1
    } else {
        return Err(KeyError::NoKey);
    };
    let key = PrivateKey::from_der(der)?;
    Ok(Inspected::PrivateKey { bits: key.bits(), form, pem, fingerprint: key.public().fingerprint() })
}

fn of_public(der: &[u8], pem: bool) -> Result<Inspected, KeyError> {
    let form = if RsaPublicKey::from_public_key_der(der).is_ok() {
        Form::Pkcs8
    } else if RsaPublicKey::from_pkcs1_der(der).is_ok() {
        Form::Pkcs1
    } else {
        return Err(KeyError::NoKey);
    };
    let key = PublicKey::from_der(der)?;
    Ok(Inspected::PublicKey { bits: key.bits(), form, pem, fingerprint: key.fingerprint() })
}

fn of_certificate(certificate: &Certificate) -> Inspected {
    Inspected::Certificate {
        subject: certificate.common_name().unwrap_or_else(|| certificate.subject()),
        issuer: certificate.issuer_common_name().unwrap_or_else(|| certificate.issuer()),
        serial_hex: certificate.serial_hex(),
        serial_decimal: certificate.serial_decimal(),
        not_before: certificate.not_before(),
        not_after: certificate.not_after(),
        bits: certificate.key().bits(),
        is_ca: certificate.is_ca(),
        fingerprint: certificate.key().fingerprint(),
    }
}
