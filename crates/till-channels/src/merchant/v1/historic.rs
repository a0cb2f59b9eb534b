//! `POST /api/v1/historic/{function}`: what providers spoke before, for programs whose old contracts still run. Texts in,
//! texts out: nothing here settles a ticket.

mod answers;
mod bodies;
mod made;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::Why;
use crate::gateway::Place;

pub use answers::{
    HistoricAddress, HistoricAnswer, HistoricForm, HistoricMade, HistoricNotice, HistoricPackage, HistoricReturn,
    HistoricSignature,
};
pub use bodies::{
    AppPackage, AppSign, AppSignature, DirectPay, HistoricCall, HistoricMessage, HistoricToken, Parameters, PassingKey,
    WapPay,
};

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
    /// Where the contract's requests go.
    pub place: &'a Place,
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
