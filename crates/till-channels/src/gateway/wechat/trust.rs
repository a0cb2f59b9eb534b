//! Whose signature counts as WeChat Pay's: its public key, known by an id, and its platform certificates, known by their
//! serial numbers.
//!
//! Certificates are changed every few years, and for some days answers come under the old and the new one. They are
//! fetched from WeChat Pay itself (`/v3/certificates`), each encrypted under the APIv3 key, which nobody knows but WeChat Pay
//! and the shop. That is also how the first one is believed, as WeChat Pay's documents want it: decrypting proves who sent
//! it, and the whole answer must then be signed by it or by one that was trusted before. They have no root to hang from:
//! who issues them is not published as a rule.

use super::super::keys::PublicKey;
use super::super::keys::certificate::Certificate;
use super::super::{Doubt, DoubtKind};
use super::shop::words;

/// More certificates than WeChat Pay ever has at a time.
pub(super) const MOST: usize = 8;
/// Shorter keys are no signature of WeChat Pay's.
pub(super) const LEAST_BITS: usize = 2_048;

/// The keys of WeChat Pay that a contract holds.
#[derive(Debug, Default)]
pub(super) struct Trust {
    /// The public key with its id.
    pub(super) public_key: Option<(String, PublicKey)>,
    /// Platform certificates: pasted, or fetched before.
    pub(super) certificates: Vec<Certificate>,
}

impl Trust {
    /// Nothing can be believed yet: the certificates must be fetched first.
    pub(super) fn is_empty(&self) -> bool {
        self.public_key.is_none() && self.certificates.is_empty()
    }

    /// The key of this number, if it counts now. `fresh`: certificates that came with the very answer, decrypted.
    pub(super) fn key<'a>(
        &'a self,
        number: &str,
        fresh: &'a [Certificate],
        now_ms: i64,
    ) -> Result<&'a PublicKey, Doubt> {
        if let Some((id, key)) = &self.public_key
            && id.eq_ignore_ascii_case(number)
        {
            return Ok(key);
        }
        let of_number = |one: &&Certificate| is_serial(one, number);
        let mut known = self.certificates.iter().chain(fresh).filter(of_number).peekable();
        if known.peek().is_none() {
            return Err(Doubt::new(DoubtKind::UnknownKey, format!("no key {}", words(number, 80))));
        }
        known.find(|one| one.is_valid_at(now_ms)).map(Certificate::key).ok_or_else(|| {
            let why = format!("certificate {}: outside its time of validity", words(number, 80));
            Doubt::new(DoubtKind::BadSignature, why)
        })
    }

    /// All certificates, as PEM, once fetched ones are taken in: what ran out is left away. None: nothing changes.
    pub(super) fn with(&self, fetched: &[String], now_ms: i64) -> Result<Option<String>, Doubt> {
        let unreadable = |what: &str| Doubt::new(DoubtKind::Unreadable, what);
        if fetched.len() > MOST {
            return Err(unreadable("more certificates than there can be"));
        }
        let fetched = fetched.iter().map(|pem| Certificate::parse(pem)).collect::<Result<Vec<_>, _>>();
        let fetched = fetched.map_err(|_| unreadable("a certificate"))?;
        if fetched.iter().any(|one| one.key().bits() < LEAST_BITS) {
            return Err(unreadable("a certificate with a weak key"));
        }
        if !fetched.iter().any(|one| one.is_valid_at(now_ms)) {
            return Err(Doubt::new(DoubtKind::Stale, "no certificate that is valid now"));
        }
        let mut kept: Vec<&Certificate> = Vec::new();
        for one in fetched.iter().chain(&self.certificates) {
            let lasts = one.is_valid_at(now_ms) || one.not_before() > now_ms;
            if lasts && kept.len() < MOST && !kept.iter().any(|other| other.der() == one.der()) {
                kept.push(one);
            }
        }
        let held = |one: &&Certificate| self.certificates.iter().any(|other| other.der() == one.der());
        let same = kept.len() == self.certificates.len() && kept.iter().all(held);
        Ok(if same { None } else { Some(kept.iter().map(|one| one.to_pem()).collect()) })
    }
}

/// Whether a certificate has this serial number. Some tools write leading zeros and some do not.
pub(super) fn is_serial(certificate: &Certificate, text: &str) -> bool {
    !text.is_empty()
        && text.trim_start_matches('0').eq_ignore_ascii_case(certificate.serial_hex().trim_start_matches('0'))
}

/// The serial number as `openssl x509 -serial` writes it, and WeChat Pay wants it: whole bytes.
pub(super) fn serial(certificate: &Certificate) -> String {
    let digits = certificate.serial_hex();
    if digits.len().is_multiple_of(2) { digits } else { format!("0{digits}") }
}
