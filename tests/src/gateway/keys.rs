//! Keys and certificates of one run of the tests, made by the openssl command line: no private key is kept in the project.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rsa::pkcs1v15::{Signature, SigningKey, VerifyingKey};
use rsa::pkcs8::DecodePrivateKey;
use rsa::sha2::Sha256;
use rsa::signature::{SignatureEncoding, Signer, Verifier};
use rsa::{RsaPrivateKey, RsaPublicKey};

use super::wechat::WECHAT_MCHID;

/// The serial number of the merchant's certificate for WeChat Pay, as `Authorization` carries it.
pub const WECHAT_MERCHANT_SERIAL: &str = "5157F09EFDC096DE15EBE81A47057A7232F1B8E1";
/// The serial number of WeChat Pay's platform certificate.
pub const WECHAT_PLATFORM_SERIAL: &str = "7D3C1A5E09F8B24C6E1D7F3A5B9C8E2D4F6A1B3C";
/// `certId` of the merchant's certificate for UnionPay: its serial number, decimal.
pub const UNIONPAY_MERCHANT_SERIAL: &str = "69042905377";
/// `certId` of UnionPay's signing certificate.
pub const UNIONPAY_PLATFORM_SERIAL: &str = "69026276696";
/// The password of the merchant's PFX file.
pub const PFX_PASSWORD: &str = "000000";

/// An RSA key of 2048 bits.
pub struct Pair {
    private: RsaPrivateKey,
    /// PKCS#8.
    pub private_pem: String,
    /// SubjectPublicKeyInfo.
    pub public_pem: String,
}

impl Pair {
    fn make(dir: &Path, name: &str) -> Result<Pair> {
        let private_pem =
            openssl(dir, &format!("genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out {name}.pem"))
                .and_then(|_| read(dir, &format!("{name}.pem")))?;
        let public_pem = String::from_utf8(openssl(dir, &format!("pkey -in {name}.pem -pubout"))?)?;
        Ok(Pair { private: RsaPrivateKey::from_pkcs8_pem(&private_pem)?, private_pem, public_pem })
    }

    /// SHA256withRSA (PKCS#1 v1.5), base64.
    pub fn sign(&self, what: &[u8]) -> String {
        STANDARD.encode(SigningKey::<Sha256>::new(self.private.clone()).sign(what).to_bytes())
    }

    /// Whether a base64 signature was made with this key over exactly these bytes.
    pub fn has_signed(&self, what: &[u8], signature: &str) -> bool {
        let Ok(bytes) = STANDARD.decode(signature) else { return false };
        let Ok(signature) = Signature::try_from(bytes.as_slice()) else { return false };
        VerifyingKey::<Sha256>::new(RsaPublicKey::from(&self.private)).verify(what, &signature).is_ok()
    }
}

/// Everybody's keys.
pub struct Keys {
    /// Alipay's: signs answers and notices.
    pub alipay: Pair,
    /// WeChat Pay's, known by its public key's id: signs notices, and answers to who asks for it.
    pub wechat: Pair,
    /// WeChat Pay's, known by its platform certificate: signs answers to everybody else.
    pub wechat_platform: Pair,
    /// UnionPay's signing key, under its root and middle certificates.
    pub unionpay: Pair,
    /// Nobody's: what forgers sign with.
    pub stranger: Pair,
    /// The merchant's key for its Alipay app.
    pub alipay_app: Pair,
    /// The merchant's API key for WeChat Pay v3.
    pub wechat_merchant: Pair,
    /// The merchant's key for UnionPay.
    pub unionpay_merchant: Pair,
    /// The merchant's certificate from WeChat Pay, PEM.
    pub wechat_merchant_certificate: String,
    /// WeChat Pay's platform certificate, PEM.
    pub wechat_certificate: String,
    /// UnionPay's root certificate, PEM.
    pub unionpay_root: String,
    /// UnionPay's middle certificate, PEM.
    pub unionpay_middle: String,
    /// UnionPay's signing certificate, PEM: what `signPubKeyCert` carries.
    pub unionpay_certificate: String,
    /// A certificate with the very same names and serial number over the stranger's key, under a root of the stranger.
    pub stranger_certificate: String,
    /// The merchant's key and certificate for UnionPay, as the contract hands them out.
    pub unionpay_pfx: Vec<u8>,
}

/// The keys of this run, made when first asked for.
pub fn keys() -> Result<&'static Keys> {
    static KEYS: OnceLock<Result<Keys, String>> = OnceLock::new();
    KEYS.get_or_init(|| make().map_err(|error| format!("{error:#}")))
        .as_ref()
        .map_err(|error| anyhow::anyhow!("{error}"))
}

fn make() -> Result<Keys> {
    let dir = tempfile::tempdir()?;
    let dir = dir.path();
    let pair = |name| Pair::make(dir, name);
    for authority in ["root", "middle", "elsewhere"] {
        pair(authority)?;
    }
    let keys = Keys {
        alipay: pair("alipay")?,
        wechat: pair("wechat")?,
        wechat_platform: pair("wechat_platform")?,
        unionpay: pair("unionpay")?,
        stranger: pair("stranger")?,
        alipay_app: pair("alipay_app")?,
        wechat_merchant: pair("wechat_merchant")?,
        unionpay_merchant: pair("unionpay_merchant")?,
        wechat_merchant_certificate: own_certificate(
            dir,
            "wechat_merchant",
            &format!("/CN={WECHAT_MCHID}"),
            &format!("0x{WECHAT_MERCHANT_SERIAL}"),
        )?,
        wechat_certificate: own_certificate(
            dir,
            "wechat_platform",
            "/CN=Tenpay.com sign",
            &format!("0x{WECHAT_PLATFORM_SERIAL}"),
        )?,
        unionpay_root: own_certificate(dir, "root", ROOT, "1")?,
        unionpay_middle: certificate(dir, "middle", "root", MIDDLE, "2", true)?,
        unionpay_certificate: certificate(dir, "unionpay", "middle", SIGNER, UNIONPAY_PLATFORM_SERIAL, false)?,
        stranger_certificate: own_certificate(dir, "elsewhere", MIDDLE, "2")
            .and_then(|_| certificate(dir, "stranger", "elsewhere", SIGNER, UNIONPAY_PLATFORM_SERIAL, false))?,
        unionpay_pfx: {
            certificate(
                dir,
                "unionpay_merchant",
                "middle",
                "/CN=041@Z88@777290058110048",
                UNIONPAY_MERCHANT_SERIAL,
                false,
            )?;
            openssl(
                dir,
                &format!(
                    "pkcs12 -export -inkey unionpay_merchant.pem -in unionpay_merchant.crt -passout pass:{PFX_PASSWORD}"
                ),
            )?
        },
    };
    Ok(keys)
}

const ROOT: &str = "/C=CN/O=Test/CN=Test Root CA";
const MIDDLE: &str = "/C=CN/O=Test/CN=Test Middle CA";
/// The third part of the name says whose key it is; this is UnionPay's in its test environment.
const SIGNER: &str = "/C=CN/O=Test/CN=041@Z12@00040000:SIGN@00000001";

fn own_certificate(dir: &Path, name: &str, subject: &str, serial: &str) -> Result<String> {
    let what = format!("req -x509 -new -key {name}.pem -days 3650 -set_serial {serial} -out {name}.crt -subj");
    openssl_with(dir, &what, Some(subject))?;
    read(dir, &format!("{name}.crt"))
}

fn certificate(dir: &Path, name: &str, by: &str, subject: &str, serial: &str, authority: bool) -> Result<String> {
    openssl_with(dir, &format!("req -new -key {name}.pem -out {name}.csr -subj"), Some(subject))?;
    std::fs::write(dir.join("extensions"), if authority { "basicConstraints=critical,CA:TRUE" } else { "" })?;
    openssl(
        dir,
        &format!(
            "x509 -req -in {name}.csr -CA {by}.crt -CAkey {by}.pem -set_serial {serial} -days 3650 -extfile extensions -out {name}.crt"
        ),
    )?;
    read(dir, &format!("{name}.crt"))
}

fn read(dir: &Path, name: &str) -> Result<String> {
    std::fs::read_to_string(dir.join(name)).with_context(|| name.to_owned())
}

fn openssl(dir: &Path, words: &str) -> Result<Vec<u8>> {
    openssl_with(dir, words, None)
}

/// Runs openssl with words that hold no spaces, and one more that may.
fn openssl_with(dir: &Path, words: &str, last: Option<&str>) -> Result<Vec<u8>> {
    let done =
        Command::new("openssl").current_dir(dir).args(words.split(' ')).args(last).output().context("openssl")?;
    ensure!(done.status.success(), "openssl {words}: {}", String::from_utf8_lossy(&done.stderr));
    Ok(done.stdout)
}
