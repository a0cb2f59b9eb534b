//! Historic: payments on phones, WAP 1.0 with MD5: a token first ([`create_body`], [`token`]), then the address of the
//! page ([`pay_url`]); later a notice ([`notice`]) and the browser ([`call_back`]).
//!
//! The RSA variant encrypts answers and notices with the shop's key. Nothing that others send is decrypted here, so that
//! variant is left out: `sec_id` is always `MD5`.

use quick_xml::Reader;
use quick_xml::escape::escape;
use quick_xml::events::Event;
use till_core::Fen;

use super::super::super::{CannotAsk, Doubt, DoubtKind, Place};
use super::super::form::{Form, unreadable};
use super::super::request::{Signed, encoded};
use super::mapi::digested;
use super::{authentic, fits, total_fee};

/// Where [`create_body`] is posted and [`pay_url`] leads. It had no test system of its own.
pub fn door(place: &Place) -> Result<String, CannotAsk> {
    match place {
        Place::Live => Ok("https://wappaygw.alipay.com/service/rest.htm".to_owned()),
        Place::Sandbox => Err(CannotAsk::NoSuchCall),
        Place::Simulator(base) => Ok(format!("{base}/service/rest.htm")),
    }
}

const LONGEST_XML: usize = 64 * 1024;
const DEEPEST: usize = 8;

/// The shop's side of the contract.
#[derive(Clone, Copy)]
pub struct Shop<'a> {
    /// The account, 2088 and 12 digits.
    pub partner: &'a str,
    /// The account's name (an address or a phone number).
    pub seller_account_name: &'a str,
    /// The MD5 key.
    pub key: &'a str,
}

impl std::fmt::Debug for Shop<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shop").field("partner", &self.partner).finish_non_exhaustive()
    }
}

/// A payment, as its parameters are called there. Empty addresses are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment<'a> {
    /// Our number.
    pub out_trade_no: &'a str,
    /// What the customer reads.
    pub subject: &'a str,
    /// What is to be paid.
    pub total_fee: Fen,
    /// Where the browser returns to.
    pub call_back_url: &'a str,
    /// Where notices go.
    pub notify_url: &'a str,
    /// Where it goes if the customer gives up.
    pub merchant_url: &'a str,
}

/// The form that asks for a token. `req_id`: never used twice.
pub fn create_body(shop: &Shop<'_>, payment: &Payment<'_>, req_id: &str) -> String {
    let fee = payment.total_fee.to_string();
    let elements = [
        ("subject", payment.subject),
        ("out_trade_no", payment.out_trade_no),
        ("total_fee", &fee),
        ("seller_account_name", shop.seller_account_name),
        ("call_back_url", payment.call_back_url),
        ("notify_url", payment.notify_url),
        ("merchant_url", payment.merchant_url),
    ];
    let data = written("direct_trade_create_req", &elements);
    encoded(&request(shop, "alipay.wap.trade.create.direct", data, req_id))
}

/// The token out of the answer to that.
pub fn token(shop: &Shop<'_>, body: &[u8]) -> Result<String, Doubt> {
    let form = authentic(body, shop.key, &["sign"])?;
    is_md5(&form)?;
    if form.get("partner") != Some(shop.partner) {
        return Err(Doubt::new(DoubtKind::NotOurs, "another partner"));
    }
    let read = elements("direct_trade_create_res", form.need("res_data")?)?;
    need(&read, "request_token").map(str::to_owned)
}

/// The address of the page on which the customer pays.
pub fn pay_url(place: &Place, shop: &Shop<'_>, token: &str) -> Result<String, CannotAsk> {
    let data = written("auth_and_execute_req", &[("request_token", token)]);
    Ok(format!("{}?{}", door(place)?, encoded(&request(shop, "alipay.wap.auth.authAndExecute", data, ""))))
}

/// All parameters but `sign` are signed, `sec_id` with them.
fn request(shop: &Shop<'_>, service: &str, req_data: String, req_id: &str) -> Signed {
    let pairs: Signed = vec![
        ("service", service.to_owned()),
        ("req_data", req_data),
        ("partner", shop.partner.to_owned()),
        ("req_id", req_id.to_owned()),
        ("format", "xml".to_owned()),
        ("v", "2.0".to_owned()),
        ("sec_id", "MD5".to_owned()),
    ];
    digested(pairs, shop.key)
}

/// What a notice says once its digest fits. As with [`super::mapi`], Alipay's own word is still missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notified {
    /// Alipay's id of the notice.
    pub notify_id: String,
    /// Our number.
    pub out_trade_no: String,
    /// Alipay's.
    pub trade_no: String,
    /// `TRADE_SUCCESS`, `TRADE_FINISHED`, …
    pub trade_status: String,
    /// What was to be paid.
    pub total_fee: Fen,
}

/// Reads a notice. What is signed stands in a fixed order: `service`, `v`, `sec_id`, `notify_data`.
pub fn notice(shop: &Shop<'_>, body: &[u8]) -> Result<Notified, Doubt> {
    let form = Form::read(body)?;
    let theirs = form.get("sign").ok_or_else(|| Doubt::new(DoubtKind::Unsigned, ""))?;
    is_md5(&form)?;
    let (service, v, data) = (form.need("service")?, form.need("v")?, form.need("notify_data")?);
    if service.contains('&') || v.contains('&') {
        return Err(unreadable("a parameter that reads as several"));
    }
    let text = format!("service={service}&v={v}&sec_id=MD5&notify_data={data}");
    if !fits(&text, shop.key, theirs) {
        return Err(Doubt::new(DoubtKind::BadSignature, ""));
    }
    let read = elements("notify", data)?;
    let text = |name| need(&read, name).map(str::to_owned);
    Ok(Notified {
        notify_id: text("notify_id")?,
        out_trade_no: text("out_trade_no")?,
        trade_no: text("trade_no")?,
        trade_status: text("trade_status")?,
        total_fee: total_fee(need(&read, "total_fee")?)?,
    })
}

/// Our number, out of the query a browser came back with. Shown to people, never money.
pub fn call_back(shop: &Shop<'_>, query: &str) -> Result<String, Doubt> {
    let form = authentic(query.as_bytes(), shop.key, &["sign", "sign_type"])?;
    form.need("out_trade_no").map(str::to_owned)
}

fn is_md5(form: &Form) -> Result<(), Doubt> {
    if form.get("sec_id") == Some("MD5") { Ok(()) } else { Err(Doubt::new(DoubtKind::BadSignature, "sec_id")) }
}

fn written(root: &str, elements: &[(&str, &str)]) -> String {
    let filled = elements.iter().filter(|(_, text)| !text.is_empty());
    let inner: String = filled.map(|(name, text)| format!("<{name}>{}</{name}>", escape(*text))).collect();
    format!("<{root}>{inner}</{root}>")
}

fn need<'a>(elements: &'a [(String, String)], name: &'static str) -> Result<&'a str, Doubt> {
    elements.iter().find(|(n, _)| n == name).map(|(_, text)| text.as_str()).ok_or_else(|| unreadable(name))
}

/// The texts of the elements inside the root, by name. Refused: a DOCTYPE, entities other than the five of XML, a name
/// that stands twice at the top, depth, length. What lies deeper is passed over.
fn elements(root: &str, xml: &str) -> Result<Vec<(String, String)>, Doubt> {
    let broken = || unreadable("malformed XML");
    if xml.len() > LONGEST_XML {
        return Err(unreadable("XML that is too long"));
    }
    let mut reader = Reader::from_str(xml);
    let mut path: Vec<String> = Vec::new();
    let mut found: Vec<(String, String)> = Vec::new();
    let mut is_over = false;
    loop {
        match reader.read_event().map_err(|_| broken())? {
            Event::Start(start) => {
                let name = start.name().as_ref().to_owned();
                if is_over || path.len() == DEEPEST || (path.is_empty() && name != root) {
                    return Err(broken());
                }
                if path.len() == 1 {
                    if found.iter().any(|(n, _)| *n == name) {
                        return Err(unreadable("an element that stands twice"));
                    }
                    found.push((name.clone(), String::new()));
                }
                path.push(name);
            }
            Event::End(_) => {
                path.pop();
                is_over = path.is_empty();
            }
            Event::Text(text) => add(&path, &mut found, &text)?,
            Event::CData(data) => add(&path, &mut found, &data)?,
            Event::GeneralRef(entity) => {
                add(&path, &mut found, of_five(&entity).ok_or_else(|| unreadable("an entity"))?)?;
            }
            Event::Decl(_) if path.is_empty() && !is_over => {}
            Event::Empty(_) if !path.is_empty() => {}
            Event::Eof if is_over => break,
            _ => return Err(broken()),
        }
    }
    found.retain(|(_, text)| !text.is_empty());
    Ok(found)
}

fn add(path: &[String], found: &mut [(String, String)], text: &str) -> Result<(), Doubt> {
    match (path.len(), found.last_mut()) {
        (2, Some((_, sofar))) => sofar.push_str(text),
        (0 | 1, _) if !text.trim().is_empty() => return Err(unreadable("text between elements")),
        _ => {}
    }
    Ok(())
}

fn of_five(name: &str) -> Option<&'static str> {
    match name {
        "lt" => Some("<"),
        "gt" => Some(">"),
        "amp" => Some("&"),
        "quot" => Some("\""),
        "apos" => Some("'"),
        _ => None,
    }
}
