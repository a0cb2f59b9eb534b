use serde::{Deserialize, Serialize};

/// What a caller can act on. Everything else is `Internal`, with its detail in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Code {
    /// A field is missing, malformed or out of range.
    Invalid,
    /// No such ticket, device, code or inbox item.
    NotFound,
    /// The thing is no longer in the state this act needs (already paid, cancelled, revoked…).
    Conflict,
    /// No due amount near this price is free; cancel a waiting ticket or widen the range.
    PoolExhausted,
    /// No enabled receiving code can take this amount.
    NoCode,
    /// The picture holds no readable receiving code.
    NoQr,
    /// Nobody is signed in; only signing in helps.
    Locked,
    /// Somebody of higher rank must approve: `details.role` says who (`manager`, `owner`), then `approve` the same
    /// `request_id` and ask again; for the owner's figures, `reveal` them.
    NeedsApproval,
    /// Wrong PIN; `details.tries_left`, or `details.locked_until` (Unix ms) after too many.
    WrongPin,
    /// The file is encrypted: ask again with its password. `details.wrong` is true when the one given does not open it.
    NeedsPassword,
    /// The shop's data directory or port is in use, or the disk refuses to write.
    Unavailable,
    /// A fault of ours; the log knows.
    Internal,
}

/// An error as it crosses every border: `{code, message, details?}`. `message` is the human cause, in the language
/// of the shop's settings; `details` are named values a screen may place in its own words.
#[derive(Clone, Debug, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ApiError {
    /// What a caller can act on.
    pub code: Code,
    /// The human cause.
    pub message: String,
    /// Named values, for instance `{"waiting": 12}`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(test, ts(type = "Record<string, unknown> | undefined", optional))]
    pub details: Option<serde_json::Value>,
}

impl ApiError {
    /// An error without details.
    pub fn new(code: Code, message: impl Into<String>) -> ApiError {
        ApiError { code, message: message.into(), details: None }
    }
}
