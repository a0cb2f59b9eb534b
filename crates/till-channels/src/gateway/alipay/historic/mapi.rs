//! Historic: MAPI, `create_direct_pay_by_user`, with MD5 or SHA1withRSA. New contracts are not offered.
//!
//! A notice has to pass two levels: its digest ([`notice`]), and Alipay's word that it sent it ([`verify_url`],
//! [`is_verified`]). The second must follow at once: a `notify_id` lives for about a minute.

use till_core::Fen;

use super::super::super::keys::PrivateKey;
use super::super::super::{CannotAsk, Doubt, DoubtKind, Place, Seed, sign};
use super::super::form::unreadable;
use super::super::request::{Signed, encoded, signed};
use super::{authentic, digest, total_fee};

/// Where requests go, without a query.
fn door(place: &Place) -> String {
    match place {
        Place::Live => "https://mapi.alipay.com/gateway.do".to_owned(),
        Place::Sandbox => "https://mapi.alipaydev.com/gateway.do".to_owned(),
        Place::Simulator(base) => format!("{base}/mapi/gateway.do"),
    }
}

/// Whether a text is the shape of an MD5 key.
pub(in super::super) fn is_key(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// How a request is signed.
pub enum Seal<'a> {
    /// MD5 with the key behind the text.
    Md5(&'a str),
    /// SHA1withRSA; keys of 1024 bits were usual.
    Rsa(&'a PrivateKey),
}

/// A payment on a page, as its parameters are called there. Empty ones are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment<'a> {
    /// The shop's account, 2088 and 12 digits. The seller, too.
    pub partner: &'a str,
    /// Our number.
    pub out_trade_no: &'a str,
    /// What the customer reads.
    pub subject: &'a str,
    /// What is to be paid.
    pub total_fee: Fen,
    /// Where notices go.
    pub notify_url: &'a str,
    /// Where the browser returns to.
    pub return_url: &'a str,
}

/// The address of the page on which the customer pays.
pub fn create_url(place: &Place, payment: &Payment<'_>, seal: &Seal<'_>, seed: &mut Seed) -> Result<String, CannotAsk> {
    let pairs: Signed = vec![
        ("service", "create_direct_pay_by_user".to_owned()),
        ("partner", payment.partner.to_owned()),
        ("seller_id", payment.partner.to_owned()),
        ("_input_charset", "utf-8".to_owned()),
        ("payment_type", "1".to_owned()),
        ("out_trade_no", payment.out_trade_no.to_owned()),
        ("subject", payment.subject.to_owned()),
        ("total_fee", payment.total_fee.to_string()),
        ("notify_url", payment.notify_url.to_owned()),
        ("return_url", payment.return_url.to_owned()),
    ];
    let (mut pairs, sign_type) = match seal {
        Seal::Md5(key) => (digested(pairs, key), "MD5"),
        Seal::Rsa(key) => (signed(pairs, |text| sign::rsa_sha1(key, text, seed))?, "RSA"),
    };
    pairs.push(("sign_type", sign_type.to_owned()));
    Ok(format!("{}?{}", door(place), encoded(&pairs)))
}

/// Adds the digest over all that are not empty.
pub(in super::super) fn digested(mut pairs: Signed, key: &str) -> Signed {
    pairs.retain(|(_, value)| !value.is_empty());
    let text = sign::sorted_pairs(pairs.iter().map(|(name, value)| (*name, value.as_str())));
    pairs.push(("sign", digest(&text, key)));
    pairs
}

/// What a notice says once its digest fits. Not yet to be believed: level 2 is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notified {
    /// To be verified with.
    pub notify_id: String,
    /// Our number.
    pub out_trade_no: String,
    /// Alipay's.
    pub trade_no: String,
    /// `TRADE_SUCCESS`, `TRADE_FINISHED`, …
    pub trade_status: String,
    /// What was to be paid.
    pub total_fee: Fen,
    /// The seller's account.
    pub seller_id: Option<String>,
}

/// Level 1: reads a notice whose digest fits.
pub fn notice(body: &[u8], key: &str) -> Result<Notified, Doubt> {
    let form = authentic(body, key, &["sign", "sign_type"])?;
    let text = |name| form.need(name).map(str::to_owned);
    Ok(Notified {
        notify_id: text("notify_id")?,
        out_trade_no: text("out_trade_no")?,
        trade_no: text("trade_no")?,
        trade_status: text("trade_status")?,
        total_fee: total_fee(form.need("total_fee")?)?,
        seller_id: form.get("seller_id").map(str::to_owned),
    })
}

/// Level 2: where to ask whether Alipay sent it.
pub fn verify_url(place: &Place, partner: &str, notify_id: &str) -> String {
    let pairs: Signed = vec![
        ("service", "notify_verify".to_owned()),
        ("partner", partner.to_owned()),
        ("notify_id", notify_id.to_owned()),
    ];
    format!("{}?{}", door(place), encoded(&pairs))
}

/// The answer to that. Only `true` means yes; `false` and silence leave it open.
pub fn is_verified(status: u16, body: &[u8]) -> Result<(), Doubt> {
    match (status, body.trim_ascii()) {
        (200, b"true") => Ok(()),
        (200, b"false") => Err(Doubt::new(DoubtKind::BadSignature, "Alipay does not know this notice")),
        (200, _) => Err(unreadable("neither true nor false")),
        (status, _) => Err(Doubt::new(DoubtKind::Trouble, format!("HTTP {status}"))),
    }
}
