//! What phones say, from the bytes on the wire to a durable push. The listener hands over the request as it came
//! and turns the [`PhoneAnswer`] into the reply its protocol expects; every decision is made here.

mod beats;
mod protocols;
mod take;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use subtle::ConstantTimeEq;

use crate::refusals;
use crate::state::{Paired, State, get, lock};

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

impl RefusalCause {
    /// The stable id under which the owner sees it.
    pub const fn as_str(self) -> &'static str {
        match self {
            RefusalCause::UnknownDevice => "unknown_device",
            RefusalCause::BadSignature => "bad_signature",
            RefusalCause::Malformed => "malformed",
            RefusalCause::Reused => "reused",
            RefusalCause::Clock => "clock",
            RefusalCause::TooFast => "too_fast",
            RefusalCause::Revoked => "revoked",
        }
    }
}

impl Door {
    /// The protocol's name, as stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Door::VmqHeart | Door::VmqPush => "vmq",
            Door::HmacHeartbeat | Door::HmacNotify => "hmac",
            Door::SmsForwarder => "smsforwarder",
            Door::SeedJson => "json",
            Door::Push => "push",
        }
    }
}

/// Requests a device may make in a burst, and per second after that.
const BURST: i64 = 240;
/// More than the port lets one address through, so that an honest phone emptying its queue is slowed, never refused.
const PER_SECOND: i64 = 60;
/// A phone's clock may be off by this much; beyond it money waits for a person.
pub(crate) const WINDOW_MS: i64 = 300_000;
/// The window of SmsForwarder's signature, which covers nothing but the time.
pub(crate) const NARROW_WINDOW_MS: i64 = 120_000;

/// What the doors remember between requests.
#[derive(Default)]
pub(crate) struct Rates {
    buckets: HashMap<i64, (i64, i64)>,
    beats: HashMap<(i64, String), i64>,
}

impl Rates {
    /// Takes one request from a device's bucket (counted in thousandths).
    fn allow(&mut self, device_id: i64, now: i64) -> bool {
        let (tokens, at) = self.buckets.get(&device_id).copied().unwrap_or((BURST * 1_000, now));
        let tokens = (tokens + (now - at).clamp(0, 60_000) * PER_SECOND).min(BURST * 1_000);
        let allowed = tokens >= 1_000;
        self.buckets.insert(device_id, (if allowed { tokens - 1_000 } else { tokens }, now));
        allowed
    }

    /// Notes a heartbeat's one-use mark; false if it came before within its window.
    fn first_beat(&mut self, device_id: i64, mark: &str, now: i64) -> bool {
        self.beats.retain(|_, at| now - *at < 2 * WINDOW_MS);
        self.beats.insert((device_id, mark.to_owned()), now).is_none()
    }
}

/// A refusal on its way out.
#[derive(Debug)]
pub(crate) struct No {
    cause: RefusalCause,
    /// In the protocol's own words.
    message: String,
    device_id: Option<i64>,
}

impl No {
    fn new(cause: RefusalCause, message: impl Into<String>) -> No {
        No { cause, message: message.into(), device_id: None }
    }

    fn of(mut self, device: &Paired) -> No {
        self.device_id = Some(device.id);
        self
    }
}

/// A device that proved itself, and what it said.
enum Said {
    Beat(beats::Beat),
    Push(Box<take::Spoken>),
}

/// Answers a phone. Every refusal is noted for the owner; nothing is answered as accepted before it is durable.
pub(crate) async fn answer(state: &Arc<State>, door: Door, request: PhoneRequest) -> PhoneAnswer {
    let devices = get(&state.devices);
    let result = async {
        let (device, said) = protocols::read(state, door, &request, &devices)?;
        let now = state.now();
        let ours = request.address.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        if !ours && !lock(&state.rates).allow(device.id, now) {
            return Err(No::new(RefusalCause::TooFast, "请求太频繁").of(device));
        }
        match said {
            Said::Beat(beat) => beats::note(state, door, &request, device, beat).await,
            Said::Push(spoken) => take::take(state, door, &request, device, *spoken).await,
        }
    };
    match result.await {
        Ok(answer) => answer,
        Err(No { cause, message, device_id }) => {
            // The path of a door with its token in it is noted without the token.
            let path = request.path_token.as_deref().map_or(request.path.clone(), |t| request.path.replace(t, "…"));
            let detail = if cause == RefusalCause::Malformed { message.as_str() } else { "" };
            refusals::note(state, &request.address, &path, device_id, cause.as_str(), detail).await;
            PhoneAnswer::Refused { cause, message }
        }
    }
}

/// The device with this bearer token.
fn by_token<'a>(devices: &'a [Paired], token: &str) -> Result<&'a Paired, No> {
    let same = |d: &&Paired| bool::from(d.token.as_bytes().ct_eq(token.as_bytes()));
    match devices.iter().find(same) {
        Some(device) if device.revoked => Err(No::new(RefusalCause::Revoked, "这台手机已停用").of(device)),
        Some(device) => Ok(device),
        None => Err(No::new(RefusalCause::UnknownDevice, "口令不对，或这台手机还没有配对")),
    }
}
