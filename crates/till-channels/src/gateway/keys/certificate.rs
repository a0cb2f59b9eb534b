//! X.509 certificates of providers and merchants: what stands in them, and whether they hang from a pinned root.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rsa::RsaPublicKey;
use rsa::pkcs8::{DecodePublicKey, ObjectIdentifier};
use x509_cert::der::{Decode, Encode, Reader, SliceReader, Tag, Tagged};
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage, KeyUsages};
use x509_cert::name::Name;
use zeroize::Zeroizing;

use super::{KeyError, PublicKey, bytes_of};
use crate::gateway::sign;

const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const SHA256_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const SHA1_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.5");
/// Where the names of all of PKCS #1 begin: what issuers with an RSA key sign with.
const RSA_SIGNATURES: &str = "1.2.840.113549.1.1.";

/// Extensions that may be marked critical here: read below, or of no weight for a signature on a message (alternative
/// names, policies, extended usage). A critical extension nobody listed makes a path worthless, as RFC 5280 wants.
const UNDERSTOOD: [ObjectIdentifier; 5] = [
    ObjectIdentifier::new_unwrap("2.5.29.15"), // keyUsage
    ObjectIdentifier::new_unwrap("2.5.29.17"), // subjectAltName
    ObjectIdentifier::new_unwrap("2.5.29.19"), // basicConstraints
    ObjectIdentifier::new_unwrap("2.5.29.32"), // certificatePolicies
    ObjectIdentifier::new_unwrap("2.5.29.37"), // extKeyUsage
];

/// Longest path from a leaf to a root, both counted.
const LONGEST_PATH: usize = 5;

/// A certificate with an RSA key.
#[derive(Clone)]
pub struct Certificate {
    der: Vec<u8>,
    read: x509_cert::Certificate,
    key: PublicKey,
}

/// Why a certificate does not hang from a pinned root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// Nobody in the given set signed it, or the signer may not sign certificates.
    #[error("no path to a known root")]
    NoPath,
    /// Something on the path is not valid yet or not any more.
    #[error("outside its time of validity")]
    Expired,
    /// Its key may not sign messages.
    #[error("not made for signing")]
    Usage,
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Certificate")
            .field("subject", &self.subject())
            .field("serial", &self.serial_hex())
            .finish_non_exhaustive()
    }
}

impl Certificate {
    /// Reads DER.
    pub fn from_der(der: &[u8]) -> Result<Certificate, KeyError> {
        let read = x509_cert::Certificate::from_der(der).map_err(|_| KeyError::NoKey)?;
        let key = PublicKey::from_der(der)?;
        Ok(Certificate { der: der.to_vec(), read, key })
    }

    /// Reads one or several: PEM blocks with anything around them (their line breaks may be lost), or one as base64.
    pub fn parse_all(text: &str) -> Result<Vec<Certificate>, KeyError> {
        ders(text)?.iter().map(|der| Certificate::from_der(der)).collect()
    }

    /// The same of a file that may also hold certificates signed with another algorithm than RSA, which are left out.
    pub fn parse_rsa(text: &str) -> Result<Vec<Certificate>, KeyError> {
        let mut found = Vec::new();
        for der in ders(text)? {
            let read = x509_cert::Certificate::from_der(&der).map_err(|_| KeyError::NoKey)?;
            if read.signature_algorithm.oid.to_string().starts_with(RSA_SIGNATURES) {
                found.push(Certificate::from_der(&der)?);
            }
        }
        if found.is_empty() { Err(KeyError::NoKey) } else { Ok(found) }
    }

    /// Reads exactly one.
    pub fn parse(text: &str) -> Result<Certificate, KeyError> {
        let [only] = <[Certificate; 1]>::try_from(Certificate::parse_all(text)?).map_err(|_| KeyError::NoKey)?;
        Ok(only)
    }

    /// DER.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// PEM.
    pub fn to_pem(&self) -> String {
        let text = STANDARD.encode(&self.der);
        let lines: String =
            text.as_bytes().chunks(64).flat_map(|line| line.iter().chain(b"\n")).map(|b| char::from(*b)).collect();
        format!("-----BEGIN CERTIFICATE-----\n{lines}-----END CERTIFICATE-----\n")
    }

    /// Its key.
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// The serial number, decimal (UnionPay's `certId`).
    pub fn serial_decimal(&self) -> String {
        decimal(self.serial())
    }

    /// The serial number in upper-case hex without leading zeros (WeChat's form).
    pub fn serial_hex(&self) -> String {
        let text = hex::encode_upper(self.serial());
        match text.trim_start_matches('0') {
            "" => "0".to_owned(),
            digits => digits.to_owned(),
        }
    }

    /// The subject, as RFC 4514 writes it.
    pub fn subject(&self) -> String {
        self.read.tbs_certificate.subject.to_string()
    }

    /// The issuer, as RFC 4514 writes it.
    pub fn issuer(&self) -> String {
        self.read.tbs_certificate.issuer.to_string()
    }

    /// The subject's only common name; none if there is none or more than one.
    pub fn common_name(&self) -> Option<String> {
        common_name(&self.read.tbs_certificate.subject)
    }

    /// The issuer's only common name.
    pub fn issuer_common_name(&self) -> Option<String> {
        common_name(&self.read.tbs_certificate.issuer)
    }

    /// Valid from, Unix ms.
    pub fn not_before(&self) -> i64 {
        unix_ms(self.read.tbs_certificate.validity.not_before)
    }

    /// Valid until, Unix ms, that second included.
    pub fn not_after(&self) -> i64 {
        unix_ms(self.read.tbs_certificate.validity.not_after)
    }

    /// Whether it may stand above other certificates.
    pub fn is_ca(&self) -> bool {
        self.constraints().is_some_and(|c| c.ca)
    }

    fn serial(&self) -> &[u8] {
        self.read.tbs_certificate.serial_number.as_bytes()
    }

    fn constraints(&self) -> Option<BasicConstraints> {
        self.read.tbs_certificate.get::<BasicConstraints>().ok().flatten().map(|(_, found)| found)
    }

    /// Whether the key may be used so; a certificate that does not say allows everything.
    fn allows(&self, usage: KeyUsages) -> bool {
        match self.read.tbs_certificate.get::<KeyUsage>() {
            Ok(Some((_, found))) => found.0.contains(usage),
            Ok(None) => true,
            Err(_) => false,
        }
    }

    fn is_understood(&self) -> bool {
        let extensions = self.read.tbs_certificate.extensions.iter().flatten();
        extensions.filter(|e| e.critical).all(|e| UNDERSTOOD.contains(&e.extn_id))
    }

    /// Whether it counts at this time, Unix ms.
    pub fn is_valid_at(&self, now_ms: i64) -> bool {
        (self.not_before()..self.not_after().saturating_add(1000)).contains(&now_ms)
    }

    /// Whether that one signed this one, and may.
    pub fn is_signed_by(&self, issuer: &Certificate) -> bool {
        self.is_below(issuer, 0)
    }

    /// The same, where `below` CAs stand between this one and the leaf: not every CA may stand so high.
    fn is_below(&self, issuer: &Certificate, below: usize) -> bool {
        let high_enough =
            |c: BasicConstraints| c.ca && c.path_len_constraint.is_none_or(|most| usize::from(most) >= below);
        issuer.read.tbs_certificate.subject == self.read.tbs_certificate.issuer
            && issuer.constraints().is_some_and(high_enough)
            && issuer.allows(KeyUsages::KeyCertSign)
            && self.signature_fits(&issuer.key)
    }

    fn signature_fits(&self, key: &PublicKey) -> bool {
        let algorithm = self.read.signature_algorithm.oid;
        let (Some(signed), Some(signature)) = (signed_part(&self.der), self.read.signature.as_bytes()) else {
            return false;
        };
        if self.read.tbs_certificate.signature.oid != algorithm {
            return false;
        }
        match algorithm {
            SHA256_WITH_RSA => sign::fits_sha256(key, signed, signature),
            // Roots and CAs of the card world from before 2015 still stand.
            SHA1_WITH_RSA => sign::fits_sha1(key, signed, signature),
            _ => false,
        }
    }

    /// Whether it may sign messages now: an unbroken path through `middles` to one of `roots`, every certificate on it
    /// valid at `now_ms`. Roots are trusted because they are given, not because they sign themselves.
    pub fn hangs_from(&self, roots: &[Certificate], middles: &[Certificate], now_ms: i64) -> Result<(), Broken> {
        if !self.allows(KeyUsages::DigitalSignature) {
            return Err(Broken::Usage);
        }
        self.climb(roots, middles, now_ms, 0)
    }

    /// `below`: how many CAs stand under the issuer that is looked for.
    fn climb(&self, roots: &[Certificate], middles: &[Certificate], now_ms: i64, below: usize) -> Result<(), Broken> {
        if !self.is_understood() {
            return Err(Broken::NoPath);
        }
        if !self.is_valid_at(now_ms) {
            return Err(Broken::Expired);
        }
        let mut broken = Broken::NoPath;
        for root in roots.iter().filter(|root| self.is_below(root, below)) {
            if root.is_valid_at(now_ms) {
                return Ok(());
            }
            broken = Broken::Expired;
        }
        if below.saturating_add(2) >= LONGEST_PATH {
            return Err(broken);
        }
        for middle in middles.iter().filter(|middle| middle.der != self.der && self.is_below(middle, below)) {
            match middle.climb(roots, middles, now_ms, below.saturating_add(1)) {
                Ok(()) => return Ok(()),
                Err(Broken::NoPath) => {}
                Err(why) => broken = why,
            }
        }
        Err(broken)
    }
}

/// The RSA key of a certificate.
pub(super) fn rsa_key_of(der: &[u8]) -> Option<RsaPublicKey> {
    let certificate = x509_cert::Certificate::from_der(der).ok()?;
    let spki = certificate.tbs_certificate.subject_public_key_info.to_der().ok()?;
    RsaPublicKey::from_public_key_der(&spki).ok()
}

/// The bytes that are signed, as they stand: encoding what was read anew could make other bytes.
fn signed_part(der: &[u8]) -> Option<&[u8]> {
    let mut reader = SliceReader::new(der).ok()?;
    let signed = reader.sequence(|inner| {
        let signed = inner.tlv_bytes()?;
        inner.tlv_bytes()?;
        inner.tlv_bytes()?;
        Ok(signed)
    });
    signed.ok()
}

/// The certificates in a text, undone of PEM and base64. Never empty.
fn ders(text: &str) -> Result<Vec<Zeroizing<Vec<u8>>>, KeyError> {
    if !text.contains("-----BEGIN ") {
        return Ok(vec![bytes_of(text)?]);
    }
    let blocks = text.split("-----BEGIN CERTIFICATE-----").skip(1);
    let found: Vec<_> = blocks
        .map(|rest| {
            let (body, _) = rest.split_once("-----END CERTIFICATE-----").ok_or(KeyError::NotBase64)?;
            bytes_of(body)
        })
        .collect::<Result<_, _>>()?;
    if found.is_empty() { Err(KeyError::NoKey) } else { Ok(found) }
}

fn common_name(name: &Name) -> Option<String> {
    let mut found = name.0.iter().flat_map(|part| part.0.iter()).filter(|attribute| attribute.oid == COMMON_NAME);
    let value = &found.next()?.value;
    if found.next().is_some() {
        return None;
    }
    match value.tag() {
        Tag::Utf8String | Tag::PrintableString | Tag::Ia5String => String::from_utf8(value.value().to_vec()).ok(),
        Tag::BmpString => {
            let (pairs, []) = value.value().as_chunks::<2>() else { return None };
            String::from_utf16(&pairs.iter().map(|pair| u16::from_be_bytes(*pair)).collect::<Vec<_>>()).ok()
        }
        _ => None,
    }
}

fn unix_ms(time: x509_cert::time::Time) -> i64 {
    i64::try_from(time.to_unix_duration().as_millis()).unwrap_or(i64::MAX)
}

/// A big-endian number in decimal digits.
fn decimal(bytes: &[u8]) -> String {
    let mut digits: Vec<u8> = vec![0]; // least significant first
    for byte in bytes {
        let mut carry = u32::from(*byte);
        for digit in &mut digits {
            let value = u32::from(*digit) * 256 + carry;
            *digit = (value % 10) as u8;
            carry = value / 10;
        }
        while carry > 0 {
            digits.push((carry % 10) as u8);
            carry /= 10;
        }
    }
    digits.iter().rev().map(|digit| char::from(b'0' + digit)).collect()
}
