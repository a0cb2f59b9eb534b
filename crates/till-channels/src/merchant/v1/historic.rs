//! `POST /api/v1/historic/{function}`: what providers spoke before, for programs whose old contracts still run. Texts in,
//! texts out: nothing here settles a ticket.

use std::fmt;

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use till_core::Fen;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::super::{Why, price};
use crate::gateway::alipay::historic::{mapi, wap};
use crate::gateway::wechat::app17;
use crate::gateway::{CannotAsk, Doubt, DoubtKind, Seed};

const LONGEST_TEXT: usize = 2_000;
const MOST_PARAMETERS: usize = 64;

/// What can be asked for; each has its own body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HistoricFunction {
    /// Alipay MAPI: the address of the payment page. Body: `DirectPay`; answer: `HistoricAddress`.
    CreateDirectPayByUser,
    /// Alipay MAPI: checks a notice, at both levels. Body: `HistoricMessage`; answer: `HistoricNotice`.
    DirectPayNotify,
    /// Alipay WAP 1.0: the form that asks for a token. Body: `WapPay`; answer: `HistoricForm`.
    WapTradeCreateDirect,
    /// Alipay WAP 1.0: the token in the answer to that form. Body: `HistoricMessage`; answer: `HistoricToken`.
    WapRequestToken,
    /// Alipay WAP 1.0: the address of the payment page. Body: `HistoricToken`; answer: `HistoricAddress`.
    WapAuthAndExecute,
    /// Alipay WAP 1.0: checks a notice, at both levels. Body: `HistoricMessage`; answer: `HistoricNotice`.
    WapNotify,
    /// Alipay WAP 1.0: checks the query a browser came back with. Body: `HistoricMessage`; answer: `HistoricReturn`.
    WapCallBack,
    /// WeChat APP V1.7: the package. Body: `AppPackage`; answer: `HistoricPackage`.
    WechatPackage,
    /// WeChat APP V1.7 and the old pages: `app_signature`, `paySign`. Body: `AppSignature`; answer: `HistoricSignature`.
    WechatAppSignature,
    /// WeChat APP V1.7: the sign with which the app hands the prepay number over. Body: `AppSign`; answer:
    /// `HistoricSignature`.
    WechatAppSign,
}

impl HistoricFunction {
    /// All of them.
    pub const ALL: [HistoricFunction; 10] = [
        HistoricFunction::CreateDirectPayByUser,
        HistoricFunction::DirectPayNotify,
        HistoricFunction::WapTradeCreateDirect,
        HistoricFunction::WapRequestToken,
        HistoricFunction::WapAuthAndExecute,
        HistoricFunction::WapNotify,
        HistoricFunction::WapCallBack,
        HistoricFunction::WechatPackage,
        HistoricFunction::WechatAppSignature,
        HistoricFunction::WechatAppSign,
    ];
}

/// `create_direct_pay_by_user`. Partner and MD5 key are those of the shop's Alipay contract.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DirectPay {
    /// Your number for it.
    pub out_trade_no: String,
    /// What the customer reads.
    pub subject: String,
    /// Yuan, at most two decimals.
    #[schema(example = "19.90")]
    pub total_fee: String,
    /// Where Alipay tells of it: a server of yours, within the program's prefixes. May be empty.
    #[serde(default)]
    pub notify_url: String,
    /// Where the browser returns to, within the program's prefixes. May be empty.
    #[serde(default)]
    pub return_url: String,
}

/// `alipay.wap.trade.create.direct`. Partner and MD5 key are those of the shop's Alipay contract.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WapPay {
    /// Your number for it.
    pub out_trade_no: String,
    /// What the customer reads.
    pub subject: String,
    /// Yuan, at most two decimals.
    #[schema(example = "19.90")]
    pub total_fee: String,
    /// The name of the shop's account: an address or a phone number.
    pub seller_account_name: String,
    /// Never used twice.
    pub req_id: String,
    /// Where the browser returns to, within the program's prefixes. May be empty.
    #[serde(default)]
    pub call_back_url: String,
    /// Where Alipay tells of it: a server of yours, within the program's prefixes. May be empty.
    #[serde(default)]
    pub notify_url: String,
    /// Where the customer who gives up goes, within the program's prefixes. May be empty.
    #[serde(default)]
    pub merchant_url: String,
}

/// Something of Alipay's, exactly as it came: the body of a notice or an answer, or the query of an address.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HistoricMessage {
    /// Not decoded, not re-encoded.
    pub message: String,
}

/// A WAP token.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HistoricToken {
    /// As Alipay gave it.
    pub request_token: String,
}

/// A key that came with its request: used for the answer, kept nowhere.
#[derive(Clone, ToSchema)]
#[schema(value_type = String, format = Password)]
pub struct PassingKey(Zeroizing<String>);

impl<'de> Deserialize<'de> for PassingKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<PassingKey, D::Error> {
        String::deserialize(deserializer).map(|text| PassingKey(Zeroizing::new(text)))
    }
}

impl fmt::Debug for PassingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PassingKey")
    }
}

/// Names and texts, each name once.
#[derive(Clone, Debug)]
pub struct Parameters(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Parameters {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Parameters, D::Error> {
        struct Each;
        impl<'de> Visitor<'de> for Each {
            type Value = Parameters;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of texts")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Parameters, A::Error> {
                let mut named: Vec<(String, String)> = Vec::new();
                while let Some((name, text)) = map.next_entry::<String, String>()? {
                    let odd = name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
                    if odd || named.len() == MOST_PARAMETERS || named.iter().any(|(n, _)| *n == name) {
                        return Err(A::Error::custom("a name that is none, that stands twice, or one too many"));
                    }
                    named.push((name, text));
                }
                Ok(Parameters(named))
            }
        }
        deserializer.deserialize_map(Each)
    }
}

impl Parameters {
    fn pairs(&self) -> Vec<(&str, &str)> {
        self.0.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect()
    }

    /// GBK is not spoken here: a signature over other bytes than the provider's would only look like one.
    fn is_in_another_charset(&self) -> bool {
        let other = |(name, text): &(String, String)| name == "input_charset" && !text.eq_ignore_ascii_case("utf-8");
        self.0.iter().any(other) && !self.0.iter().all(|(_, text)| text.is_ascii())
    }
}

/// The package of WeChat APP V1.7.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AppPackage {
    /// Used and forgotten.
    pub partner_key: PassingKey,
    /// `bank_type`, `body`, `partner`, `out_trade_no`, …, as texts.
    #[schema(value_type = std::collections::HashMap<String, String>)]
    pub parameters: Parameters,
}

/// What `app_signature` covers; without `traceid`, what the `paySign` of the old pages covers.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AppSignature {
    /// The app's id.
    pub appid: String,
    /// Used and forgotten.
    pub appkey: PassingKey,
    /// Random text.
    pub noncestr: String,
    /// The package.
    pub package: String,
    /// Unix seconds.
    pub timestamp: String,
    /// The customer's trace.
    #[serde(default)]
    pub traceid: String,
}

/// What the app's last sign covers.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AppSign {
    /// The app's id.
    pub appid: String,
    /// Used and forgotten.
    pub appkey: PassingKey,
    /// The shop's number.
    pub partnerid: String,
    /// What `genprepay` answered.
    pub prepayid: String,
    /// Random text.
    pub noncestr: String,
    /// Unix seconds.
    pub timestamp: String,
}

/// The body of a request; which, the function says.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum HistoricCall {
    /// `create_direct_pay_by_user`.
    DirectPay(DirectPay),
    /// `wap_trade_create_direct`.
    WapPay(WapPay),
    /// `direct_pay_notify`, `wap_request_token`, `wap_notify`, `wap_call_back`.
    Message(HistoricMessage),
    /// `wap_auth_and_execute`.
    Token(HistoricToken),
    /// `wechat_package`.
    Package(AppPackage),
    /// `wechat_app_signature`.
    Signature(AppSignature),
    /// `wechat_app_sign`.
    Sign(AppSign),
}

/// An address to open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HistoricAddress {
    /// With its signature.
    pub url: String,
}

/// A form to post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HistoricForm {
    /// Where to.
    pub url: String,
    /// `application/x-www-form-urlencoded`, with its signature.
    pub body: String,
}

/// A notice whose digest fits and which Alipay, asked just now, says it sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HistoricNotice {
    /// Alipay's id of it.
    pub notify_id: String,
    /// Your number.
    pub out_trade_no: String,
    /// Alipay's.
    pub trade_no: String,
    /// `TRADE_SUCCESS` and `TRADE_FINISHED` are money.
    pub trade_status: String,
    /// Yuan.
    pub total_fee: String,
}

/// Where a browser came back from. Shown to people, never money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HistoricReturn {
    /// Your number.
    pub out_trade_no: String,
}

/// A package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HistoricPackage {
    /// Sorted, URL-encoded, with its sign.
    pub package: String,
}

/// A signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HistoricSignature {
    /// Lower-case hex of SHA-1.
    pub signature: String,
}

/// The answer; which, the function says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
#[allow(missing_docs, reason = "each is documented where it is declared")]
pub enum HistoricAnswer {
    Address(HistoricAddress),
    Form(HistoricForm),
    Token { request_token: String },
    Notice(HistoricNotice),
    Return(HistoricReturn),
    Package(HistoricPackage),
    Signature(HistoricSignature),
}

/// A historic request, read.
#[derive(Clone, Debug)]
pub struct Historic {
    /// What is asked for.
    pub function: HistoricFunction,
    /// With what.
    pub call: HistoricCall,
}

/// The shop's side of an old contract with Alipay.
#[derive(Clone, Copy)]
pub struct OldContract<'a> {
    /// 2088 and 12 digits.
    pub partner: &'a str,
    /// The MD5 key.
    pub key: &'a str,
}

/// What came of a historic request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HistoricMade {
    /// The answer.
    Answer(HistoricAnswer),
    /// Its digest fits. The answer only if Alipay, asked at this address, says so ([`mapi::is_verified`]).
    AskAlipay {
        /// Where.
        url: String,
        /// The answer then.
        notice: HistoricNotice,
    },
}

/// Reads the body of a function.
pub(super) fn read(name: Option<&str>, body: &[u8]) -> Result<Historic, Why> {
    use HistoricFunction as F;
    fn of<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Why> {
        serde_json::from_slice(body).map_err(|_| Why::NotFields)
    }
    let name = serde_json::Value::from(name.ok_or(Why::NotFound)?);
    let function: F = serde_json::from_value(name).map_err(|_| Why::NotFound)?;
    let call = match function {
        F::CreateDirectPayByUser => HistoricCall::DirectPay(of(body)?),
        F::WapTradeCreateDirect => HistoricCall::WapPay(of(body)?),
        F::DirectPayNotify | F::WapRequestToken | F::WapNotify | F::WapCallBack => HistoricCall::Message(of(body)?),
        F::WapAuthAndExecute => HistoricCall::Token(of(body)?),
        F::WechatPackage => HistoricCall::Package(of(body)?),
        F::WechatAppSignature => HistoricCall::Signature(of(body)?),
        F::WechatAppSign => HistoricCall::Sign(of(body)?),
    };
    call.check()?;
    Ok(Historic { function, call })
}

impl HistoricCall {
    /// What must be there is, and is of a length that somebody could mean.
    fn check(&self) -> Result<(), Why> {
        let filled = |pairs: &[(&'static str, &str)]| {
            let odd = |text: &str| text.is_empty() || text.len() > LONGEST_TEXT;
            pairs.iter().find(|(_, text)| odd(text)).map_or(Ok(()), |(name, _)| Err(Why::Field(name)))
        };
        match self {
            HistoricCall::DirectPay(p) => {
                amount(&p.total_fee)?;
                filled(&[("out_trade_no", &p.out_trade_no), ("subject", &p.subject)])
            }
            HistoricCall::WapPay(p) => {
                amount(&p.total_fee)?;
                let of = [("out_trade_no", p.out_trade_no.as_str()), ("subject", &p.subject)];
                filled(&of)?;
                filled(&[("seller_account_name", &p.seller_account_name), ("req_id", &p.req_id)])
            }
            HistoricCall::Message(_) => Ok(()),
            HistoricCall::Token(t) => filled(&[("request_token", &t.request_token)]),
            HistoricCall::Package(p) if p.parameters.is_in_another_charset() => Err(Why::Field("input_charset")),
            HistoricCall::Package(p) => filled(&[("partner_key", &p.partner_key.0)]),
            HistoricCall::Signature(s) => {
                filled(&[("appid", s.appid.as_str()), ("appkey", &s.appkey.0), ("noncestr", &s.noncestr)])?;
                filled(&[("package", s.package.as_str()), ("timestamp", &s.timestamp)])
            }
            HistoricCall::Sign(s) => {
                filled(&[("appid", s.appid.as_str()), ("appkey", &s.appkey.0), ("partnerid", &s.partnerid)])?;
                filled(&[("prepayid", s.prepayid.as_str()), ("noncestr", &s.noncestr), ("timestamp", &s.timestamp)])
            }
        }
    }

    /// The addresses it names, each with what to say if the program may not name it. Empty ones are none.
    pub fn addresses(&self) -> impl Iterator<Item = (&str, Why)> {
        let named = match self {
            HistoricCall::DirectPay(p) => {
                vec![(p.notify_url.as_str(), Why::NotifyUrl), (p.return_url.as_str(), Why::ReturnUrl)]
            }
            HistoricCall::WapPay(p) => vec![
                (p.notify_url.as_str(), Why::NotifyUrl),
                (p.call_back_url.as_str(), Why::ReturnUrl),
                (p.merchant_url.as_str(), Why::ReturnUrl),
            ],
            _ => Vec::new(),
        };
        named.into_iter().filter(|(address, _)| !address.is_empty())
    }
}

fn amount(text: &str) -> Result<Fen, Why> {
    price::price(text).ok_or(Why::Field("total_fee"))
}

impl Historic {
    /// Answers what needs no contract.
    pub fn with_its_own_keys(&self) -> Option<HistoricAnswer> {
        match &self.call {
            HistoricCall::Package(p) => {
                let package = app17::package(&p.parameters.pairs(), &p.partner_key.0);
                Some(HistoricAnswer::Package(HistoricPackage { package }))
            }
            HistoricCall::Signature(s) => {
                let signature = app17::app_signature(&[
                    ("appid", &s.appid),
                    ("appkey", &s.appkey.0),
                    ("noncestr", &s.noncestr),
                    ("package", &s.package),
                    ("timestamp", &s.timestamp),
                    ("traceid", &s.traceid),
                ]);
                Some(HistoricAnswer::Signature(HistoricSignature { signature }))
            }
            HistoricCall::Sign(s) => {
                let signature =
                    app17::client_sign(&s.appid, &s.appkey.0, &s.partnerid, &s.prepayid, &s.noncestr, &s.timestamp);
                Some(HistoricAnswer::Signature(HistoricSignature { signature }))
            }
            _ => None,
        }
    }

    /// Answers what is made with the shop's old contract with Alipay.
    pub fn with(&self, contract: OldContract<'_>, seed: &mut Seed) -> Result<HistoricMade, Why> {
        use HistoricFunction as F;
        let OldContract { partner, key } = contract;
        let shop = |seller_account_name| wap::Shop { partner, seller_account_name, key };
        let address = |url| HistoricAnswer::Address(HistoricAddress { url });
        let answer = match (&self.call, self.function) {
            (HistoricCall::DirectPay(p), _) => {
                let payment = mapi::Payment {
                    partner,
                    out_trade_no: &p.out_trade_no,
                    subject: &p.subject,
                    total_fee: amount(&p.total_fee)?,
                    notify_url: &p.notify_url,
                    return_url: &p.return_url,
                };
                address(mapi::create_url(&payment, &mapi::Seal::Md5(key), seed).map_err(unfit)?)
            }
            (HistoricCall::WapPay(p), _) => {
                let payment = wap::Payment {
                    out_trade_no: &p.out_trade_no,
                    subject: &p.subject,
                    total_fee: amount(&p.total_fee)?,
                    call_back_url: &p.call_back_url,
                    notify_url: &p.notify_url,
                    merchant_url: &p.merchant_url,
                };
                let body = wap::create_body(&shop(&p.seller_account_name), &payment, &p.req_id);
                HistoricAnswer::Form(HistoricForm { url: wap::DOOR.to_owned(), body })
            }
            (HistoricCall::Token(t), _) => address(wap::pay_url(&shop(""), &t.request_token)),
            (HistoricCall::Message(m), F::WapRequestToken) => {
                let request_token = believed(wap::token(&shop(""), m.message.as_bytes()))?;
                HistoricAnswer::Token { request_token }
            }
            (HistoricCall::Message(m), F::WapCallBack) => {
                let out_trade_no = believed(wap::call_back(&shop(""), &m.message))?;
                HistoricAnswer::Return(HistoricReturn { out_trade_no })
            }
            (HistoricCall::Message(m), F::WapNotify) => {
                return Ok(ask_alipay(partner, believed(wap::notice(&shop(""), m.message.as_bytes()))?.into()));
            }
            (HistoricCall::Message(m), F::DirectPayNotify) => {
                let notified = believed(mapi::notice(m.message.as_bytes(), key))?;
                if notified.seller_id.as_ref().is_some_and(|seller| seller != partner) {
                    return Err(Why::NotAuthentic(DoubtKind::NotOurs));
                }
                return Ok(ask_alipay(partner, notified.into()));
            }
            _ => return Err(Why::NotFound),
        };
        Ok(HistoricMade::Answer(answer))
    }
}

fn unfit(why: CannotAsk) -> Why {
    match why {
        CannotAsk::DoesNotFit(what, _) | CannotAsk::Missing(what) => Why::Field(what),
        CannotAsk::NoSuchCall | CannotAsk::Key(_) => Why::NoContract,
    }
}

fn believed<T>(read: Result<T, Doubt>) -> Result<T, Why> {
    read.map_err(|doubt| Why::NotAuthentic(doubt.kind))
}

/// Level 2: Alipay's own word.
fn ask_alipay(partner: &str, notice: HistoricNotice) -> HistoricMade {
    HistoricMade::AskAlipay { url: mapi::verify_url(partner, &notice.notify_id), notice }
}

impl From<mapi::Notified> for HistoricNotice {
    fn from(n: mapi::Notified) -> HistoricNotice {
        let mapi::Notified { notify_id, out_trade_no, trade_no, trade_status, total_fee, .. } = n;
        HistoricNotice { notify_id, out_trade_no, trade_no, trade_status, total_fee: total_fee.to_string() }
    }
}

impl From<wap::Notified> for HistoricNotice {
    fn from(n: wap::Notified) -> HistoricNotice {
        let wap::Notified { notify_id, out_trade_no, trade_no, trade_status, total_fee } = n;
        HistoricNotice { notify_id, out_trade_no, trade_no, trade_status, total_fee: total_fee.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_comes_along_is_printed_nowhere() {
        let body =
            br#"{"appid":"wx1","appkey":"s3cr3t","partnerid":"1","prepayid":"2","noncestr":"n","timestamp":"3"}"#;
        let asked = read(Some("wechat_app_sign"), body).unwrap();
        assert!(!format!("{asked:?}").contains("s3cr3t"));
        let package = br#"{"partner_key":"s3cr3t","parameters":{"a":"1"}}"#;
        assert!(!format!("{:?}", read(Some("wechat_package"), package)).contains("s3cr3t"));
        assert!(asked.with_its_own_keys().is_some());
    }

    #[test]
    fn each_function_has_a_body_of_its_own_and_a_name() {
        for function in HistoricFunction::ALL {
            let name = serde_json::to_value(function).unwrap();
            assert_eq!(read(name.as_str(), b"{}").unwrap_err(), Why::NotFields, "{name}");
        }
        assert_eq!(read(Some("pay"), b"{}").unwrap_err(), Why::NotFound);
        assert_eq!(read(None, b"{}").unwrap_err(), Why::NotFound);
    }
}
