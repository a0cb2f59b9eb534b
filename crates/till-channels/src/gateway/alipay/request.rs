//! Requests: common parameters, the signature over them, the form they are sent as.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::super::{Ask, CannotAsk, Order, Seed, moment, sign};
use super::{Alipay, envelope};
use crate::merchant::address;

/// Parameters of a call about one thing, as JSON of texts.
pub(super) struct Biz(serde_json::Map<String, serde_json::Value>);

impl Biz {
    pub(super) fn new() -> Biz {
        Biz(serde_json::Map::new())
    }

    pub(super) fn with(mut self, name: &str, value: impl Into<String>) -> Biz {
        self.0.insert(name.to_owned(), serde_json::Value::String(value.into()));
        self
    }

    fn into_text(self) -> String {
        serde_json::Value::Object(self.0).to_string()
    }
}

/// A call, before it is signed.
pub(super) struct Request<'a> {
    pub(super) method: &'static str,
    pub(super) biz: Biz,
    pub(super) notify_url: Option<&'a str>,
    pub(super) return_url: Option<&'a str>,
}

impl Request<'_> {
    /// A call that nobody is to be told about.
    pub(super) fn plain(method: &'static str, biz: Biz) -> Request<'static> {
        Request { method, biz, notify_url: None, return_url: None }
    }
}

/// The names and values of a request, signature included.
pub(super) type Signed = Vec<(&'static str, String)>;

/// `k=v&…`, each value percent-encoded once, a space as `%20`.
pub(super) fn encoded(pairs: &Signed) -> String {
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
    address::query(&pairs)
}

/// Signs parameters: all that are not empty, `sign_type` among them.
pub(super) fn signed(
    mut pairs: Signed,
    sign_with: impl FnOnce(&[u8]) -> Result<Vec<u8>, CannotAsk>,
) -> Result<Signed, CannotAsk> {
    pairs.retain(|(_, value)| !value.is_empty());
    let text = sign::sorted_pairs(pairs.iter().map(|(name, value)| (*name, value.as_str())));
    pairs.push(("sign", STANDARD.encode(sign_with(text.as_bytes())?)));
    Ok(pairs)
}

impl Alipay {
    /// Adds what every request carries, and the signature.
    pub(super) fn sign(&self, request: Request<'_>, now_ms: i64, seed: &mut Seed) -> Result<Signed, CannotAsk> {
        let mut pairs: Signed = vec![
            ("app_id", self.app_id.clone()),
            ("method", request.method.to_owned()),
            ("format", "JSON".to_owned()),
            ("charset", "utf-8".to_owned()),
            ("sign_type", "RSA2".to_owned()),
            ("timestamp", moment::spaced(now_ms)),
            ("version", "1.0".to_owned()),
            ("notify_url", request.notify_url.unwrap_or_default().to_owned()),
            ("return_url", request.return_url.unwrap_or_default().to_owned()),
            ("app_auth_token", self.app_auth_token.as_ref().map(|t| t.to_string()).unwrap_or_default()),
            ("biz_content", request.biz.into_text()),
        ];
        if let Some(certificates) = &self.certificates {
            pairs.push(("app_cert_sn", certificates.numbers.app.clone()));
            pairs.push(("alipay_root_cert_sn", certificates.numbers.root.clone()));
        }
        signed(pairs, |text| sign::rsa_sha256(&self.key, text, seed))
    }

    /// The address forms are posted to: the charset stands there, too, or the form is read as GBK.
    pub(super) fn post_url(&self) -> String {
        format!("{}?charset=utf-8", self.door())
    }

    /// The request as it is sent.
    pub(super) fn post(&self, request: Request<'_>, now_ms: i64, seed: &mut Seed) -> Result<Ask, CannotAsk> {
        let pairs = self.sign(request, now_ms, seed)?;
        Ok(Ask {
            method: "POST",
            url: self.post_url(),
            headers: vec![("content-type".into(), "application/x-www-form-urlencoded;charset=utf-8".into())],
            body: encoded(&pairs).into_bytes(),
            client_certificate: false,
            longest: envelope::LONGEST,
        })
    }
}

/// What every way of beginning a trade says of the order.
pub(super) fn begin(order: &Order) -> Result<Biz, CannotAsk> {
    let biz = named(order)?;
    if !order.amount.is_positive() {
        return Err(CannotAsk::DoesNotFit("amount", "nothing to pay"));
    }
    let biz = biz.with("total_amount", order.amount.to_string()).with("subject", subject(&order.subject)?);
    let terminal = order.terminal.trim();
    Ok(if (1..=32).contains(&terminal.len()) { biz.with("terminal_id", terminal) } else { biz })
}

/// An order by our number for it.
pub(super) fn named(order: &Order) -> Result<Biz, CannotAsk> {
    let no = &order.out_no;
    if !(8..=32).contains(&no.len()) || !no.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(CannotAsk::DoesNotFit("out_no", "8 to 32 letters and digits"));
    }
    Ok(Biz::new().with("out_trade_no", no))
}

/// Alipay refuses subjects with `/`, `=` or `&`. Its limit of 256 may mean bytes: 64 characters never have more.
fn subject(text: &str) -> Result<String, CannotAsk> {
    let allowed = |c: char| if c.is_control() || matches!(c, '/' | '=' | '&') { ' ' } else { c };
    let clean: String = text.chars().map(allowed).take(64).collect();
    let clean = clean.trim();
    if clean.is_empty() { Err(CannotAsk::DoesNotFit("subject", "empty")) } else { Ok(clean.to_owned()) }
}
