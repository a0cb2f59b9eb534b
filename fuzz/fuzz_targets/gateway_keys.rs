//! Keys and certificates as people paste or pick them. Input: a file.
//!
//! PFX files are left out: the library that opens them follows their certificates upwards, and never comes to an end
//! where these go round in a circle. Whoever picks such a file stops only the own till; a search would stop at the first.
#![no_main]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use libfuzzer_sys::fuzz_target;
use till_channels::gateway::keys::certificate::Certificate;
use till_channels::gateway::keys::{Inspected, PrivateKey, PublicKey, inspect, inspect_bytes, pfx};
use till_channels::gateway::{Seed, sign};

/// Longer files than this hold no single key; larger numbers only cost time.
const LONGEST: usize = 8 * 1024;

/// Any block of a text, or all of it, is a PFX file.
fn holds_pfx(text: &str) -> bool {
    let decoded = |block: &str| {
        let body = block.split_once("-----").map_or(block, |(_, rest)| rest.split("-----END").next().unwrap_or(rest));
        let lines: String = body.lines().filter(|line| !line.trim().starts_with("-----")).collect();
        STANDARD.decode(lines.split_whitespace().collect::<String>()).is_ok_and(|der| pfx::is_pfx(&der))
    };
    decoded(text) || text.split("-----BEGIN ").any(decoded)
}

fn looked_at(found: &[Inspected]) {
    assert!(!found.is_empty());
    for one in found {
        match one {
            Inspected::PrivateKey { bits, fingerprint, .. }
            | Inspected::PublicKey { bits, fingerprint, .. }
            | Inspected::Certificate { bits, fingerprint, .. } => {
                assert!((1024..=8192).contains(bits), "{bits}");
                assert!(fingerprint.len() == 16 && fingerprint.bytes().all(|b| b.is_ascii_hexdigit()));
            }
            Inspected::Pfx { .. } => panic!("a PFX file that was not left out"),
            Inspected::Secret | Inspected::Nothing { .. } => {}
        }
    }
}

/// A key that reads goes out and comes back, and what it signs fits no other text.
fn used(key: &PrivateKey) {
    let again = PrivateKey::from_der(&key.to_pkcs8_der().expect("what was read"));
    assert_eq!(again.map(|key| key.public()), Ok(key.public()));
    if let Ok(signature) = sign::rsa_sha256(key, b"text", &mut Seed::new([7; 32])) {
        assert!(!sign::fits_sha256(&key.public(), b"another", &signature));
    }
}

fuzz_target!(|data: &[u8]| {
    if data.len() > LONGEST || pfx::is_pfx(data) {
        return;
    }
    let mut keys = vec![(PrivateKey::from_der(data), PublicKey::from_der(data))];
    let mut certificates = Certificate::from_der(data).map(|one| vec![one]).unwrap_or_default();
    match std::str::from_utf8(data) {
        Ok(text) if holds_pfx(text) => return,
        Ok(text) => {
            looked_at(&inspect(text, None));
            keys.push((PrivateKey::parse(text), PublicKey::parse(text)));
            certificates.extend(Certificate::parse_all(text).unwrap_or_default());
        }
        Err(_) => {}
    }
    looked_at(&inspect_bytes(data, Some("000000")));
    for (private, public) in &keys {
        if let Ok(key) = private {
            used(key);
        }
        if let Ok(key) = public {
            let der = key.to_spki_der().expect("what was read");
            assert_eq!(PublicKey::from_der(&der).as_ref(), Ok(key));
            assert!(!sign::fits_sha256(key, data, &[]) && !sign::fits_sha1(key, data, data));
        }
    }
    for one in &certificates {
        assert!(one.serial_decimal().bytes().all(|b| b.is_ascii_digit()) && !one.serial_hex().is_empty());
        let _ = (one.common_name(), one.issuer_common_name(), one.subject(), one.issuer(), one.is_ca());
        assert!(one.hangs_from(&[], &certificates, one.not_before()).is_err(), "no root, no path");
    }
});
