//! Certificate mode: requests name the certificates by their numbers, which are Alipay's own: the MD5 of the issuer's
//! name (RFC 4514 text, as Java prints it) followed by the serial number in decimal.
//!
//! Alipay's key is believed for as long as its certificate hangs from the file of roots and every certificate on the way
//! is valid. Whoever is given the key of a certificate that ran out can still sign with it.

use super::super::keys::KeyError;
use super::super::keys::certificate::{Broken, Certificate};
use super::super::{Doubt, DoubtKind, sign};

/// The numbers that go along, and the one answers must name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SerialNumbers {
    pub(super) app: String,
    pub(super) root: String,
    pub(super) alipay: String,
}

/// The certificates of a contract.
#[derive(Debug)]
pub(super) struct Certificates {
    pub(super) numbers: SerialNumbers,
    alipay: Certificate,
    /// What may stand between Alipay's certificate and a root. Not trusted for being here.
    middles: Vec<Certificate>,
    roots: Vec<Certificate>,
}

impl Certificates {
    /// Out of the three files: each begins with its own certificate and may go on with its issuers'. None if one is empty.
    pub(super) fn new(app: &[Certificate], alipay: &[Certificate], roots: Vec<Certificate>) -> Option<Certificates> {
        let (own, above_own) = app.split_first()?;
        let (alipay, above) = alipay.split_first()?;
        let numbers = SerialNumbers { app: number(own), root: root_number(&roots), alipay: number(alipay) };
        let middles = above.iter().chain(above_own).cloned().collect();
        Some(Certificates { numbers, alipay: alipay.clone(), middles, roots })
    }

    /// Whether Alipay's certificate belongs below these roots at all, whatever the time is.
    pub(super) fn belong_together(&self) -> bool {
        matches!(self.path_at(self.alipay.not_before()), Ok(()) | Err(Broken::Expired))
    }

    /// Whether Alipay's certificate vouches for its key now. `named`: the certificate that the message says it was signed
    /// with, not itself signed.
    pub(super) fn vouch(&self, named: Option<&str>, now_ms: i64) -> Result<(), Doubt> {
        if let Some(theirs) = named.filter(|theirs| *theirs != self.numbers.alipay) {
            let theirs: String = theirs.chars().filter(char::is_ascii_alphanumeric).take(64).collect();
            let why = format!(
                "alipay_cert_sn {theirs} is not the contract's {}: Alipay signs with another certificate now",
                self.numbers.alipay
            );
            return Err(Doubt::new(DoubtKind::UnknownKey, why));
        }
        let bad = |broken| Doubt::new(DoubtKind::BadSignature, format!("alipay_certificate: {broken}"));
        self.path_at(now_ms).map_err(bad)
    }

    fn path_at(&self, now_ms: i64) -> Result<(), Broken> {
        self.alipay.hangs_from(&self.roots, &self.middles, now_ms)
    }
}

/// The roots of Alipay's file: those signed with RSA (not those for SM2).
pub(super) fn roots(text: &str) -> Result<Vec<Certificate>, KeyError> {
    Certificate::parse_rsa(text)
}

/// The numbers of the roots, joined by `_`.
pub(super) fn root_number(roots: &[Certificate]) -> String {
    roots.iter().map(number).collect::<Vec<_>>().join("_")
}

/// Alipay's number of a certificate.
pub(super) fn number(certificate: &Certificate) -> String {
    sign::md5_hex(format!("{}{}", certificate.issuer(), certificate.serial_decimal()).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const APP: &str = include_str!("fixtures/app-certificate.pem");
    const ALIPAY: &str = include_str!("fixtures/alipay-certificate.pem");
    const ROOTS: &str = include_str!("fixtures/root-certificates.pem");

    #[test]
    fn numbers_are_what_openssl_and_md5_make_of_them() {
        // printf '%s%s' "$(openssl x509 -noout -issuer -nameopt RFC2253)" "<decimal serial>" | md5sum
        assert_eq!(number(&Certificate::parse(APP).unwrap()), "e6acaf933a823b2f3d5532fe9d95ce6f");
        assert_eq!(number(&Certificate::parse(ALIPAY).unwrap()), "662e7731e068038202a043a1e854570b");
        let roots = root_number(&roots(ROOTS).unwrap());
        assert_eq!(roots, "9cfa333c21dc818a8bf9dfb5bd7e6efe_71c5a3d98e6d31a83d73847014c612ef");
    }

    #[test]
    fn the_root_file_may_hold_others() {
        assert_eq!(ROOTS.matches("BEGIN").count(), 3, "two with RSA, one with an elliptic curve");
        assert_eq!(roots(ROOTS).unwrap().len(), 2);
        assert_eq!(roots(&ROOTS.replace("MII", "NII")).unwrap_err(), KeyError::NoKey);
        let curve = ROOTS.split_inclusive("-----END CERTIFICATE-----\n").nth(1).unwrap();
        assert_eq!(roots(curve).unwrap_err(), KeyError::NoKey);
    }
}
