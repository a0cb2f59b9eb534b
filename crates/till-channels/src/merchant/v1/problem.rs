//! Why something was not done, in this protocol's words.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::{Reply, Why};
use crate::gateway::Refusal;

/// What a caller can act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProblemCode {
    /// 400: a field is missing or wrong; `details.field` names it where one is to blame.
    Invalid,
    /// 401: key, signature, time or nonce.
    Unauthorized,
    /// 403: not for this key (channel, address).
    Forbidden,
    /// 404.
    NotFound,
    /// 409: used before, paid, or over.
    Conflict,
    /// 409: every amount near the price is taken; try again in a minute.
    PoolExhausted,
    /// 409: no receiving code takes this amount.
    NoCode,
    /// 409: no contract with this provider that has the keys for it.
    NoContract,
    /// 409: the provider was asked and refused; `details` has its `provider_code` and `provider_message`.
    Refused,
    /// 400: not signed by the provider it should be from. It proves nothing.
    NotAuthentic,
    /// 429.
    TooFast,
    /// 503: nothing was changed; try again.
    Unavailable,
}

/// Why something was not done.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// What to act on.
    pub code: ProblemCode,
    /// For people, in the shop's language.
    pub message: String,
    /// Named values.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub details: Option<serde_json::Value>,
}

/// The answer to a request that is not carried out.
pub(in super::super) fn refuse(why: Why, message: &str) -> Reply {
    let (status, code) = match why {
        Why::Own(_) | Why::Field(_) | Why::Twice | Why::NotFields | Why::NoProduct => (400, ProblemCode::Invalid),
        Why::BadSignature | Why::Clock | Why::Replayed | Why::Revoked | Why::NoSecret => {
            (401, ProblemCode::Unauthorized)
        }
        Why::Shifted | Why::NeedsToken | Why::Channel | Why::NotifyUrl | Why::ReturnUrl => {
            (403, ProblemCode::Forbidden)
        }
        Why::NotFound => (404, ProblemCode::NotFound),
        Why::Exists | Why::OtherWords | Why::Paid | Why::Over | Why::Bought => (409, ProblemCode::Conflict),
        Why::Exhausted => (409, ProblemCode::PoolExhausted),
        Why::NoCode => (409, ProblemCode::NoCode),
        Why::NoContract | Why::NoKeys(_) => (409, ProblemCode::NoContract),
        Why::NotAuthentic(_) => (400, ProblemCode::NotAuthentic),
        Why::TooFast => (429, ProblemCode::TooFast),
        Why::Silent | Why::Unavailable => (503, ProblemCode::Unavailable),
    };
    let field = match why {
        Why::Field(field) | Why::NoKeys(field) => Some(field),
        Why::Channel => Some("channels"),
        Why::NotifyUrl => Some("notify_url"),
        Why::ReturnUrl => Some("return_url"),
        _ => None,
    };
    let details = field.map(|field| serde_json::json!({ "field": field }));
    Reply::json(status, &Problem { code, message: message.to_owned(), details })
}

/// The provider was asked, and refused.
pub fn declined(refusal: &Refusal, message: &str) -> Reply {
    let details = serde_json::json!({ "provider_code": refusal.code, "provider_message": refusal.message });
    let problem = Problem { code: ProblemCode::Refused, message: message.to_owned(), details: Some(details) };
    Reply::json(409, &problem)
}
