//! Certificates: WeChat Pay's own, by serial number, and the merchant's with its private key (`apiclient_cert.p12`, or
//! `apiclient_cert.pem` with `apiclient_key.pem`).

use p12_keystore::KeyStore;
use x509_cert::der::Decode;

use crate::gateway::ClientCertificate;
use crate::gateway::keys::{self, KeyError, PrivateKey, PublicKey};

/// A certificate.
#[derive(Clone)]
pub(super) struct Certificate {
    /// Its serial number, upper-case hex, as WeChat Pay writes it.
    pub(super) serial: String,
    /// The key it speaks for.
    pub(super) key: PublicKey,
    /// All of it.
    pub(super) der: Vec<u8>,
}

impl Certificate {
    /// Reads DER.
    pub(super) fn from_der(der: &[u8]) -> Result<Certificate, KeyError> {
        let parsed = x509_cert::Certificate::from_der(der).map_err(|_| KeyError::NoKey)?;
        let serial = hex::encode_upper(parsed.tbs_certificate.serial_number.as_bytes());
        let serial = serial.strip_prefix("00").unwrap_or(&serial).to_owned();
        Ok(Certificate { serial, key: PublicKey::from_der(der)?, der: der.to_vec() })
    }
}

/// Reads one or several certificates, PEM one after another, or one as bare base64.
pub(super) fn certificates(text: &str) -> Result<Vec<Certificate>, KeyError> {
    let blocks = text.split("-----END CERTIFICATE-----").filter(|block| !block.trim().is_empty());
    // Tools write the subject above each certificate.
    let blocks = blocks.map(|block| block.split_once("-----BEGIN CERTIFICATE-----").map_or(block, |(_, inner)| inner));
    let found: Vec<Certificate> =
        blocks.map(|block| Certificate::from_der(&keys::bytes_of(block)?)).collect::<Result<_, _>>()?;
    if found.is_empty() { Err(KeyError::Empty) } else { Ok(found) }
}

/// The merchant: its private key, and the certificates that vouch for it, own first.
pub(super) struct Merchant {
    pub(super) key: PrivateKey,
    pub(super) chain: Vec<Certificate>,
}

impl Merchant {
    /// Reads a PFX file, base64.
    pub(super) fn from_pfx(text: &str, password: &str) -> Result<Merchant, KeyError> {
        let bytes = keys::bytes_of(text)?;
        let store = KeyStore::from_pkcs12(&bytes, password).map_err(|why| match why {
            p12_keystore::error::Error::MacError(_) => KeyError::Password,
            _ => KeyError::NoKey,
        })?;
        let (_, held) = store.private_key_chain().ok_or(KeyError::NoKey)?;
        let key = PrivateKey::from_der(held.key())?;
        let chain =
            held.chain().iter().map(|one| Certificate::from_der(one.as_der())).collect::<Result<Vec<_>, _>>()?;
        let merchant = Merchant { key, chain };
        if merchant.fits() { Ok(merchant) } else { Err(KeyError::NoKey) }
    }

    /// The first certificate is about the private key.
    pub(super) fn fits(&self) -> bool {
        self.chain.first().is_some_and(|own| own.key == self.key.public())
    }

    /// For mutual TLS.
    pub(super) fn for_tls(&self) -> Result<ClientCertificate, KeyError> {
        let chain = self.chain.iter().map(|one| one.der.clone()).collect();
        Ok(ClientCertificate { chain, key: self.key.to_pkcs8_der()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PFX: &str = include_str!("fixtures/merchant.p12.b64");
    const OWN: &str = include_str!("fixtures/merchant.pem");
    const PLATFORM: &str = include_str!("fixtures/platform.pem");

    #[test]
    fn a_pfx_opens_with_its_password_only() {
        let merchant = Merchant::from_pfx(PFX, "1900000109").unwrap();
        let own = certificates(OWN).unwrap();
        assert_eq!(merchant.chain[0].serial, own[0].serial);
        let tls = merchant.for_tls().unwrap();
        assert_eq!(tls.chain, [own[0].der.clone()]);
        assert_eq!(PrivateKey::from_der(&tls.key).unwrap().public(), own[0].key);
        assert_eq!(Merchant::from_pfx(PFX, "1900000108").err(), Some(KeyError::Password));
        assert_eq!(Merchant::from_pfx("QUJD", "1900000109").err(), Some(KeyError::NoKey));
    }

    #[test]
    fn several_certificates_stand_in_one_text() {
        let both = certificates(&format!("subject=CN=a\n{OWN}\nsubject=CN=b\n{PLATFORM}\n")).unwrap();
        assert_eq!(both.len(), 2);
        assert_eq!(both[1].serial, "28CE328E04DE179C3201DF6F722A60C30500593A");
        assert_eq!(certificates("  ").err(), Some(KeyError::Empty));
        assert_eq!(certificates("nonsense!").err(), Some(KeyError::NotBase64));
        assert_eq!(certificates("QUJD").err(), Some(KeyError::NoKey));
    }
}
