//! What a contract with Alipay consists of, and whether its values belong together.

use zeroize::Zeroizing;

use super::super::fields::{Built, Fault, Field, FieldKind, Place, Values, Why};
use super::super::keys::certificate::Certificate;
use super::super::keys::{KeyError, PrivateKey, PublicKey};
use super::Alipay;
use super::certificate::{self, Certificates};
use super::historic::mapi;

const WAP_PRODUCTS: &[&str] = &["QUICK_WAP_WAY", "QUICK_WAP_PAY"];

/// The values of a contract. Alipay's key comes as `alipay_public_key`, or in certificate mode with the three
/// certificates. `partner` and `mapi_md5_key` are those of an old MAPI contract ([`mapi`]).
pub const FIELDS: &[Field] = &[
    Field::open("app_id", FieldKind::Text, true),
    Field::sealed("app_private_key", FieldKind::PrivateKey, true),
    Field::open("alipay_public_key", FieldKind::PublicKey, false),
    Field::open("app_certificate", FieldKind::Certificate, false),
    Field::open("alipay_certificate", FieldKind::Certificate, false),
    Field::open("alipay_root_certificate", FieldKind::Certificate, false),
    Field::open("seller_id", FieldKind::Text, false),
    Field::sealed("app_auth_token", FieldKind::Secret, false),
    Field::open("wap_product_code", FieldKind::Choice(WAP_PRODUCTS), false),
    Field::open("partner", FieldKind::Text, false),
    Field::sealed("mapi_md5_key", FieldKind::Secret, false),
];

/// RSA2 wants 2048 bits.
const LEAST_BITS: usize = 2_048;

/// Builds the contract, or says everything that is wrong with its values.
pub fn build(values: &Values, place: &Place) -> Result<Built, Vec<Fault>> {
    let mut check = Check { values, faults: Vec::new() };
    let app_id = check.app_id();
    let key = check.private_key();
    let theirs = check.theirs(key.as_ref());
    let seller_id = check.account("seller_id");
    let app_auth_token = check.token();
    let wap_product_code = check.wap_product();
    check.mapi();
    match (app_id, key, theirs) {
        (Some(app_id), Some(key), Some((theirs, certificates))) if check.faults.is_empty() => {
            let place = place.clone();
            let alipay =
                Alipay { app_id, key, theirs, certificates, seller_id, app_auth_token, wap_product_code, place };
            Ok(Built { gateway: Box::new(alipay), certificate: None })
        }
        _ => Err(check.faults),
    }
}

/// Looks at all values, so that all faults are told at once.
struct Check<'a> {
    values: &'a Values,
    faults: Vec<Fault>,
}

impl<'a> Check<'a> {
    fn fault(&mut self, field: &'static str, why: Why) {
        self.faults.push(Fault { field, why });
    }

    fn need(&mut self, field: &'static str) -> Option<&'a str> {
        let value = self.values.get(field);
        if value.is_none() {
            self.fault(field, Why::Missing);
        }
        value
    }

    fn fitting(&mut self, field: &'static str, shape: &'static str, fits: impl Fn(&str) -> bool) -> Option<&'a str> {
        let value = self.values.get(field)?;
        if fits(value) {
            return Some(value);
        }
        self.fault(field, Why::Form(shape));
        None
    }

    fn app_id(&mut self) -> Option<String> {
        self.need("app_id")?;
        let digits = |text: &str| (8..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        self.fitting("app_id", "16 digits", digits).map(str::to_owned)
    }

    /// The number of an account of Alipay's.
    fn account(&mut self, field: &'static str) -> Option<String> {
        self.fitting(field, "16 digits that begin with 2088", is_account).map(str::to_owned)
    }

    fn token(&mut self) -> Option<Zeroizing<String>> {
        let fits = |text: &str| text.len() <= 128 && text.bytes().all(|b| b.is_ascii_graphic());
        self.fitting("app_auth_token", "letters and digits", fits).map(|text| Zeroizing::new(text.to_owned()))
    }

    fn wap_product(&mut self) -> &'static str {
        let chosen = self.fitting("wap_product_code", "one of the two", |text| WAP_PRODUCTS.contains(&text));
        let [first, ..] = WAP_PRODUCTS else { return "" };
        WAP_PRODUCTS.iter().find(|known| Some(**known) == chosen).unwrap_or(first)
    }

    /// Both of an old contract, or neither.
    fn mapi(&mut self) {
        match (self.values.get("partner"), self.values.get("mapi_md5_key")) {
            (None, None) => {}
            (None, Some(_)) => self.fault("partner", Why::Missing),
            (Some(_), None) => self.fault("mapi_md5_key", Why::Missing),
            (Some(_), Some(_)) => {}
        }
        self.account("partner");
        self.fitting("mapi_md5_key", "32 letters and digits", mapi::is_key);
    }

    fn private_key(&mut self) -> Option<PrivateKey> {
        let text = self.need("app_private_key")?;
        let key = self.read("app_private_key", PrivateKey::parse(text))?;
        self.strong("app_private_key", key.bits());
        Some(key)
    }

    fn read<T>(&mut self, field: &'static str, read: Result<T, KeyError>) -> Option<T> {
        read.map_err(|e| self.fault(field, Why::Key(e))).ok()
    }

    fn strong(&mut self, field: &'static str, bits: usize) {
        if bits < LEAST_BITS {
            self.fault(field, Why::Weak(bits));
        }
    }

    /// Alipay's key, and the certificates in certificate mode.
    fn theirs(&mut self, ours: Option<&PrivateKey>) -> Option<(PublicKey, Option<Certificates>)> {
        let any = ["app_certificate", "alipay_certificate", "alipay_root_certificate"];
        if any.into_iter().any(|field| self.values.get(field).is_some()) {
            return self.certificates(ours).map(|(key, certificates)| (key, Some(certificates)));
        }
        let text = self.need("alipay_public_key")?;
        let key = self.read("alipay_public_key", PublicKey::parse(text))?;
        self.judge("alipay_public_key", &key, ours);
        Some((key, None))
    }

    fn certificates(&mut self, ours: Option<&PrivateKey>) -> Option<(PublicKey, Certificates)> {
        let app = self.chain("app_certificate");
        let alipay = self.chain("alipay_certificate");
        let roots = self.need("alipay_root_certificate");
        let roots = roots.and_then(|text| self.read("alipay_root_certificate", certificate::roots(text)));
        if let (Some([app, ..]), Some(ours)) = (app.as_deref(), ours)
            && *app.key() != ours.public()
        {
            self.fault("app_certificate", Why::Mismatch("app_private_key"));
        }
        let told = self.faults.len();
        if let Some([alipay, ..]) = alipay.as_deref() {
            self.judge("alipay_certificate", alipay.key(), ours);
            self.same_as_pasted(alipay.key());
        }
        let (app, alipay, roots) = (app?, alipay?, roots?);
        let key = alipay.first()?.key().clone();
        let certificates = Certificates::new(&app, &alipay, roots)?;
        // A certificate that is not Alipay's at all has been told of, and is under another root for that reason.
        if self.faults.len() == told && !certificates.belong_together() {
            self.fault("alipay_certificate", Why::Mismatch("alipay_root_certificate"));
        }
        Some((key, certificates))
    }

    fn chain(&mut self, field: &'static str) -> Option<Vec<Certificate>> {
        let text = self.need(field)?;
        self.read(field, Certificate::parse_all(text))
    }

    /// The key that is to vouch for money. The commonest mistake is to paste the app's own public key here: then
    /// whoever makes requests in the shop's name could also answer them.
    fn judge(&mut self, field: &'static str, key: &PublicKey, ours: Option<&PrivateKey>) {
        self.strong(field, key.bits());
        if ours.is_some_and(|ours| *key == ours.public()) {
            self.fault(field, Why::Mismatch("app_private_key"));
        }
    }

    /// A public key that stands beside the certificates must be the same one: which counts would be a guess.
    fn same_as_pasted(&mut self, key: &PublicKey) {
        let Some(text) = self.values.get("alipay_public_key") else { return };
        if self.read("alipay_public_key", PublicKey::parse(text)).is_some_and(|pasted| pasted != *key) {
            self.fault("alipay_public_key", Why::Mismatch("alipay_certificate"));
        }
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 16 && text.starts_with("2088") && text.bytes().all(|b| b.is_ascii_digit())
}
