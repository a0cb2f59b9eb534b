//! What comes of a historic request.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::gateway::alipay::historic::{mapi, wap};

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
