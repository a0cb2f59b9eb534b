//! What a contract with WeChat Pay consists of, and how its values become keys. All that is wrong is said at once.

use zeroize::Zeroizing;

use super::Wechat;
use super::shop::Shop;
use super::trust::{self, Trust};
use super::v2::{SignType, V2};
use super::v3::V3;
use crate::gateway::ClientCertificate;
use crate::gateway::fields::{Built, Fault, Field, FieldKind, Place, Values, Why};
use crate::gateway::keys::certificate::Certificate;
use crate::gateway::keys::pfx::{self, Pfx};
use crate::gateway::keys::{KeyError, PrivateKey, PublicKey};

const LIVE: &str = "https://api.mch.weixin.qq.com";

/// What a contract consists of. Always the first two; then v3, v2 or both. The merchant's private key and certificate may
/// come from `apiclient_p12` instead.
pub const FIELDS: &[Field] = &[
    Field::open("appid", FieldKind::Text, true),
    Field::open("mchid", FieldKind::Text, true),
    // v3
    Field::open("merchant_serial", FieldKind::Text, false),
    Field::sealed("merchant_private_key", FieldKind::PrivateKey, false),
    Field::sealed("apiv3_key", FieldKind::Secret, false),
    Field::open("wechatpay_public_key", FieldKind::PublicKey, false),
    Field::open("wechatpay_public_key_id", FieldKind::Text, false),
    Field::open("platform_certificates", FieldKind::Certificate, false),
    // v2
    Field::sealed("api_key", FieldKind::Secret, false),
    Field::sealed("apiclient_p12", FieldKind::Pfx("mchid"), false),
    Field::open("merchant_certificate", FieldKind::Certificate, false),
    Field::open("v2_sign_type", FieldKind::Choice(&["HMAC-SHA256", "MD5"]), false),
    // both
    Field::open("scan_api", FieldKind::Choice(&["v2", "v3"]), false),
    Field::open("extra_appids", FieldKind::Text, false),
    Field::open("notify_url", FieldKind::Text, false),
];

/// A contract from its values. WeChat Pay has no test system: [`Place::Sandbox`] is refused as the field `place`.
pub fn build(values: &Values, place: &Place) -> Result<Built, Vec<Fault>> {
    let mut draft = Draft { values, faults: Vec::new() };
    let base = match place {
        Place::Live => LIVE.to_owned(),
        Place::Simulator(base) => base.clone(),
        Place::Sandbox => {
            draft.fault("place", Why::Form("WeChat Pay has no test system"));
            String::new()
        }
    };
    let shop = draft.shop(base);
    let merchant = draft.merchant();
    let scans_v3 = draft.choice("scan_api", &["v2", "v3"]) == "v3";
    let wants_v3 = scans_v3 || values.get("api_key").is_none() || draft.is_any(&V3_ONLY);
    let v3 = if wants_v3 { draft.v3(&merchant) } else { None };
    let certificate = draft.certificate(&merchant);
    let v2 = draft.v2(certificate.is_some());
    if draft.faults.is_empty() {
        Ok(Built { gateway: Box::new(Wechat { shop, v2, v3, scans_v3 }), certificate })
    } else {
        Err(draft.faults)
    }
}

/// Who fills one of these wants v3.
const V3_ONLY: [&str; 5] =
    ["merchant_serial", "apiv3_key", "wechatpay_public_key", "wechatpay_public_key_id", "platform_certificates"];

struct Draft<'a> {
    values: &'a Values,
    faults: Vec<Fault>,
}

/// The merchant's own key, and the certificates that belong to it.
#[derive(Default)]
struct Own {
    key: Option<PrivateKey>,
    certified: Option<Pfx>,
}

impl Draft<'_> {
    fn fault(&mut self, field: &'static str, why: Why) {
        self.faults.push(Fault { field, why });
    }

    fn is_any(&self, fields: &[&str]) -> bool {
        fields.iter().any(|field| self.values.get(field).is_some())
    }

    /// A value that must be there, in a form.
    fn need(&mut self, field: &'static str, form: &'static str, fits: impl Fn(&str) -> bool) -> String {
        let Some(value) = self.values.get(field) else {
            self.fault(field, Why::Missing);
            return String::new();
        };
        if !fits(value) {
            self.fault(field, Why::Form(form));
        }
        value.to_owned()
    }

    /// One of a few words; the first, if nothing is said.
    fn choice(&mut self, field: &'static str, words: &[&'static str]) -> &'static str {
        let said = self.values.get(field);
        let chosen = words.iter().find(|word| said.is_none_or(|said| said == **word));
        if chosen.is_none() {
            self.fault(field, Why::Form("one of the words offered"));
        }
        chosen.copied().unwrap_or_default()
    }

    fn key<T>(&mut self, field: &'static str, read: Result<T, KeyError>, bits: impl Fn(&T) -> usize) -> Option<T> {
        match read {
            Ok(key) if bits(&key) < 2048 => {
                let bits = bits(&key);
                self.fault(field, Why::Weak(bits));
                None
            }
            Ok(key) => Some(key),
            Err(why) => {
                self.fault(field, Why::Key(why));
                None
            }
        }
    }

    fn shop(&mut self, base: String) -> Shop {
        let mut apps = vec![self.need("appid", "wx and letters and digits", is_appid)];
        let extra = self.values.get("extra_appids").unwrap_or_default();
        let extra: Vec<String> =
            extra.split(',').map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned).collect();
        if !extra.iter().all(|id| is_appid(id)) {
            self.fault("extra_appids", Why::Form("app ids, a comma between them"));
        }
        apps.extend(extra);
        let mchid = self.need("mchid", "8 to 10 digits", |text| {
            (8..=10).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
        });
        let notify_url = self.values.get("notify_url").map(str::to_owned);
        if notify_url.as_deref().is_some_and(|url| !is_notify_url(url)) {
            self.fault("notify_url", Why::Form("https://…, at most 255 characters, no question mark"));
        }
        Shop { base, apps, mchid, notify_url }
    }

    /// The private key: the field of its own, else the PFX file's. The certificates: the PFX file's, else the field's.
    fn merchant(&mut self) -> Own {
        let key = self.values.get("merchant_private_key").map(PrivateKey::parse);
        let key = key.and_then(|read| self.key("merchant_private_key", read, PrivateKey::bits));
        if let Some(pfx) = self.values.get("apiclient_p12") {
            let read = pfx::parse(pfx, self.values.get("mchid").unwrap_or_default());
            let certified = self.key("apiclient_p12", read, |merchant| merchant.key.bits());
            let same = match (&key, &certified) {
                (Some(key), Some(certified)) => key.public() == certified.key.public(),
                _ => true,
            };
            if !same {
                self.fault("apiclient_p12", Why::Mismatch("merchant_private_key"));
            }
            return Own { key: key.or_else(|| certified.as_ref().map(|one| one.key.clone())), certified };
        }
        let Some(text) = self.values.get("merchant_certificate") else { return Own { key, certified: None } };
        let chain = self.key("merchant_certificate", Certificate::parse_all(text), |chain| chain[0].key().bits());
        if self.values.get("merchant_private_key").is_none() {
            self.fault("merchant_private_key", Why::Missing);
        }
        let (Some(key), Some(chain)) = (key, chain) else { return Own::default() };
        let certified = Pfx { key: key.clone(), chain };
        if certified.own().is_none_or(|own| *own.key() != key.public()) {
            self.fault("merchant_certificate", Why::Mismatch("merchant_private_key"));
        }
        Own { key: Some(key), certified: Some(certified) }
    }

    fn certificate(&mut self, own: &Own) -> Option<ClientCertificate> {
        let Pfx { key, chain } = own.certified.as_ref()?;
        let chain = chain.iter().map(|one| one.der().to_vec()).collect();
        let made = key.to_pkcs8_der().map(|key| ClientCertificate { chain, key });
        self.key("merchant_private_key", made, |_| usize::MAX)
    }

    fn v2(&mut self, certificate: bool) -> Option<V2> {
        let sign_type = match self.choice("v2_sign_type", &["HMAC-SHA256", "MD5"]) {
            "MD5" => SignType::Md5,
            _ => SignType::Hmac,
        };
        let api_key = Zeroizing::new(self.values.get("api_key")?.to_owned());
        if api_key.len() != 32 || !api_key.bytes().all(|b| b.is_ascii_alphanumeric()) {
            self.fault("api_key", Why::Form("32 letters and digits"));
        }
        Some(V2 { api_key, sign_type, certificate })
    }

    fn v3(&mut self, own: &Own) -> Option<V3> {
        let serial = self.serial(own);
        let apiv3_key = self.apiv3_key();
        let trust = self.trust();
        // Where one of the others stands, what is wrong with it was said.
        if !self.is_any(&["merchant_private_key", "merchant_certificate", "apiclient_p12"]) {
            self.fault("merchant_private_key", Why::Missing);
        }
        Some(V3 { serial, key: own.key.clone()?, apiv3_key: apiv3_key?, trust })
    }

    /// The serial number of the merchant's certificate, as told or as it stands in the certificate.
    fn serial(&mut self, own: &Own) -> String {
        let certified = own.certified.as_ref().and_then(Pfx::own);
        match (self.values.get("merchant_serial"), certified) {
            (None, Some(certified)) => trust::serial(certified),
            (None, None) if self.is_any(&["merchant_certificate", "apiclient_p12"]) => String::new(),
            (told, certified) => {
                if told.zip(certified).is_some_and(|(told, certified)| !trust::is_serial(certified, told)) {
                    self.fault("merchant_serial", Why::Mismatch("merchant_certificate"));
                }
                self.need("merchant_serial", "a serial number in hex", |text| {
                    (16..=40).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit())
                })
            }
        }
    }

    fn apiv3_key(&mut self) -> Option<Zeroizing<[u8; 32]>> {
        let Some(text) = self.values.get("apiv3_key") else {
            self.fault("apiv3_key", Why::Missing);
            return None;
        };
        let key = <[u8; 32]>::try_from(text.as_bytes()).ok().map(Zeroizing::new);
        if key.is_none() {
            self.fault("apiv3_key", Why::Form("exactly 32 characters"));
        }
        key
    }

    /// WeChat Pay's keys: the public key with its id, certificates by their serial numbers, or both. Neither, where the
    /// certificates can be fetched.
    fn trust(&mut self) -> Trust {
        let (key, id) = (self.values.get("wechatpay_public_key"), self.values.get("wechatpay_public_key_id"));
        let pasted = self.values.get("platform_certificates");
        let mut trust = Trust::default();
        if key.is_some() || id.is_some() || (pasted.is_none() && !self.can_fetch()) {
            let id = self.need("wechatpay_public_key_id", "PUB_KEY_ID_ and digits", is_key_id);
            match key {
                Some(text) => {
                    let read = self.key("wechatpay_public_key", PublicKey::parse(text), PublicKey::bits);
                    trust.public_key = read.map(|key| (id, key));
                }
                None => self.fault("wechatpay_public_key", Why::Missing),
            }
        }
        if let Some(text) = pasted {
            let weakest = |all: &Vec<Certificate>| all.iter().map(|one| one.key().bits()).min().unwrap_or_default();
            let read = self.key("platform_certificates", Certificate::parse_all(text), weakest);
            trust.certificates = read.unwrap_or_default();
        }
        trust
    }

    /// Whether there is all that it takes to ask for the certificates and to decrypt them.
    fn can_fetch(&self) -> bool {
        let all = ["apiv3_key", "appid", "mchid"].iter().all(|field| self.values.get(field).is_some());
        let certified = self.is_any(&["merchant_certificate", "apiclient_p12"]);
        let keyed = self.is_any(&["merchant_private_key", "apiclient_p12"]);
        all && keyed && (certified || self.is_any(&["merchant_serial"]))
    }
}

fn is_appid(text: &str) -> bool {
    text.starts_with("wx") && (10..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn is_key_id(text: &str) -> bool {
    text.strip_prefix("PUB_KEY_ID_")
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// WeChat Pay calls public https addresses without a query only.
fn is_notify_url(text: &str) -> bool {
    let parsed = url::Url::parse(text);
    parsed.is_ok_and(|url| url.scheme() == "https" && url.host().is_some() && url.query().is_none())
        && text.len() <= 255
}
