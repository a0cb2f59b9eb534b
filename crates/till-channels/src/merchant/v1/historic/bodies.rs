//! What is asked with: a body for each function, and what must be in it.

use std::fmt;

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use till_core::Fen;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::super::super::{Why, price};

const LONGEST_TEXT: usize = 2_000;
const MOST_PARAMETERS: usize = 64;

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
pub struct PassingKey(pub(super) Zeroizing<String>);

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
    pub(super) fn pairs(&self) -> Vec<(&str, &str)> {
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

impl HistoricCall {
    /// What must be there is, and is of a length that somebody could mean.
    pub(super) fn check(&self) -> Result<(), Why> {
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

/// Yuan, as a body writes them.
pub(super) fn amount(text: &str) -> Result<Fen, Why> {
    price::price(text).ok_or(Why::Field("total_fee"))
}
