//! What phones say, from the bytes on the wire to a durable push. The listener hands over the request as it came
//! and turns the [`PhoneAnswer`] into the reply its protocol expects; every decision is made here.

/// Which door of the LAN port the request came through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// `GET|POST /appHeart` (V免签).
    VmqHeart,
    /// `GET|POST /appPush` (V免签).
    VmqPush,
    /// `POST /api/v1/system/heartbeat` (HMAC variant with nonce).
    HmacHeartbeat,
    /// `POST /api/v1/payments/notify` (HMAC variant with nonce).
    HmacNotify,
    /// `POST /api/v1/phones/smsforwarder` (SmsForwarder webhook).
    SmsForwarder,
    /// `POST /api/v1/phones/json[/{token}]` (seed 002's JSON).
    SeedJson,
    /// `POST|GET /api/v1/phones/push[/{token}]` (MacroDroid, Tasker, anything else).
    Push,
}

/// A request as it came.
#[derive(Clone, Debug, Default)]
pub struct PhoneRequest {
    /// Address of the peer, without port.
    pub address: String,
    /// Upper-case method.
    pub method: String,
    /// Path, percent-encoded as it came, without query.
    pub path: String,
    /// Query, percent-encoded as it came, without `?`.
    pub query: String,
    /// `content-type` header.
    pub content_type: String,
    /// `authorization` header.
    pub authorization: String,
    /// Headers whose name begins with `x-`, lower-case names.
    pub x_headers: Vec<(String, String)>,
    /// Token from the path, if the route has one.
    pub path_token: Option<String>,
    /// The body (at most 64 KiB).
    pub body: Vec<u8>,
}

/// Why a request was refused. The listener chooses the reply; the engine has logged it already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalCause {
    /// No device has this key or token.
    UnknownDevice,
    /// The signature is wrong (and no device matches it).
    BadSignature,
    /// A field is missing or malformed.
    Malformed,
    /// The one-use signature or nonce came with another content before.
    Reused,
    /// A heartbeat whose clock is too far off.
    Clock,
    /// Too many requests from this device.
    TooFast,
    /// The device was revoked.
    Revoked,
}

/// What to answer a phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PhoneAnswer {
    /// Durable (or a heartbeat noted). `repeat` is true for an exact repeat, which changed nothing.
    Accepted {
        /// True for an exact repeat.
        repeat: bool,
    },
    /// Not believed. `message` is human, in the protocol's own words where it has them, and holds no secret.
    Refused {
        /// Why.
        cause: RefusalCause,
        /// In the protocol's own words.
        message: String,
    },
    /// Could not be stored: answer 5xx so that the phone tries again.
    NotStored,
}
