//! Certificate mode: requests name the certificates by their numbers, which are Alipay's own: the MD5 of the issuer's
//! name (RFC 4514 text, as Java prints it) followed by the serial number in decimal.
//!
//! The certificates are not checked against a root: the shop pasted them, and the one of Alipay is pinned by its key.

use rsa::BigUint;
use x509_cert::Certificate;
use x509_cert::der::{Decode, Encode};

use super::super::keys::{KeyError, PublicKey, bytes_of};
use super::super::sign;

/// The numbers that go along, and the one answers must name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SerialNumbers {
    pub(super) app: String,
    pub(super) root: String,
    pub(super) alipay: String,
}

/// A certificate that speaks for a key.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) number: String,
    pub(super) key: PublicKey,
}

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
/// `rsaEncryption` and the RSA signatures: all of PKCS #1.
const RSA_SIGNATURES: &str = "1.2.840.113549.1.1.";

/// The certificate of a text; of several, the first: Alipay's file goes on with its issuer's.
pub(super) fn one(text: &str) -> Result<Named, KeyError> {
    let certificate = all(text)?.into_iter().next().ok_or(KeyError::Empty)?;
    let der = certificate.to_der().map_err(|_| KeyError::NoKey)?;
    Ok(Named { number: number(&certificate), key: PublicKey::from_der(&der)? })
}

/// The number of the file of root certificates: those signed with RSA (not those for SM2), joined by `_`.
pub(super) fn root_number(text: &str) -> Result<String, KeyError> {
    let all = all(text)?;
    let rsa = all.iter().filter(|c| c.signature_algorithm.oid.to_string().starts_with(RSA_SIGNATURES));
    let numbers: Vec<String> = rsa.map(number).collect();
    if numbers.is_empty() { Err(KeyError::NoKey) } else { Ok(numbers.join("_")) }
}

fn all(text: &str) -> Result<Vec<Certificate>, KeyError> {
    let blocks: Vec<&str> = match text.split_once(BEGIN) {
        Some((_, rest)) => rest.split(BEGIN).collect(),
        None => vec![text],
    };
    let read = |block: &str| {
        let inner = block.split("-----END").next().unwrap_or_default();
        Certificate::from_der(&bytes_of(inner)?).map_err(|_| KeyError::NoKey)
    };
    blocks.into_iter().map(read).collect()
}

fn number(certificate: &Certificate) -> String {
    let inner = &certificate.tbs_certificate;
    let serial = BigUint::from_bytes_be(inner.serial_number.as_bytes());
    sign::md5_hex(format!("{}{serial}", inner.issuer).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_what_openssl_and_md5_make_of_them() {
        let app = include_str!("fixtures/app-certificate.pem");
        let alipay = include_str!("fixtures/alipay-certificate.pem");
        let root = include_str!("fixtures/root-certificates.pem");
        // printf '%s%s' "$(openssl x509 -noout -issuer -nameopt RFC2253)" "<decimal serial>" | md5sum
        assert_eq!(one(app).unwrap().number, "e6acaf933a823b2f3d5532fe9d95ce6f");
        assert_eq!(one(alipay).unwrap().number, "662e7731e068038202a043a1e854570b");
        assert_eq!(root_number(root).unwrap(), "9cfa333c21dc818a8bf9dfb5bd7e6efe_71c5a3d98e6d31a83d73847014c612ef");
    }

    #[test]
    fn the_root_file_may_hold_others_and_a_chain_begins_with_its_own() {
        let (app, root) =
            (include_str!("fixtures/app-certificate.pem"), include_str!("fixtures/root-certificates.pem"));
        assert_eq!(all(root).unwrap().len(), 3, "two with RSA, one with an elliptic curve");
        assert_eq!(root_number(root).unwrap().split('_').count(), 2);
        assert_eq!(one(&format!("{app}{root}")).unwrap().number, one(app).unwrap().number);
        let bare: String = app.lines().filter(|l| !l.starts_with("--")).collect();
        assert_eq!(one(&bare).unwrap().number, one(app).unwrap().number);
        assert_eq!(one(""), Err(KeyError::Empty));
        assert_eq!(one("AAAA"), Err(KeyError::NoKey));
        assert_eq!(one(&format!("{BEGIN}\n!\n-----END CERTIFICATE-----")), Err(KeyError::NotBase64));
        assert_eq!(root_number(&root.replace("MII", "NII")), Err(KeyError::NoKey));
    }
}
