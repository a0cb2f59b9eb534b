//! Which device spoke, and what it said: one function for each protocol. Signatures first, over the raw texts.

use std::borrow::Cow;
use std::collections::HashMap;

use base64::Engine as _;
use till_channels::phones::{Announced, hmac_v1, plain, seed002, smsforwarder, vmq};

use super::beats::Beat;
use super::take::{Spoken, What};
use super::{Door, NARROW_WINDOW_MS, No, PhoneRequest, RefusalCause, Said, WINDOW_MS, by_token};
use crate::state::{Paired, State, get};

type Read<'a> = Result<(&'a Paired, Said), No>;

const BAD_SIGNATURE: &str = "签名校验不通过";

pub(super) fn read<'a>(state: &State, door: Door, request: &PhoneRequest, devices: &'a [Paired]) -> Read<'a> {
    match door {
        Door::VmqHeart | Door::VmqPush => vmq_door(state, door, request, devices),
        Door::HmacHeartbeat | Door::HmacNotify => hmac_door(state, door, request, devices),
        Door::SmsForwarder => smsforwarder_door(state, request, devices),
        Door::SeedJson => {
            let device = by_token(devices, &token(request)?)?;
            let said = seed002::parse(content(request), get(&state.rules).rules());
            Ok((device, unsigned(said.map_err(|e| malformed(&e).of(device))?)))
        }
        Door::Push => {
            let device = by_token(devices, &token(request)?)?;
            let said = plain::parse(content(request));
            Ok((device, unsigned(said.map_err(|e| malformed(&e).of(device))?)))
        }
    }
}

fn malformed(cause: &impl ToString) -> No {
    No::new(RefusalCause::Malformed, cause.to_string())
}

/// The first device whose key verifies. `Err(Some)` from `verify`: the signature is right, the content is not.
fn signed_by<T>(devices: &[Paired], verify: impl Fn(&Paired) -> Result<T, Option<String>>) -> Result<(&Paired, T), No> {
    for device in devices {
        match verify(device) {
            Err(None) => {}
            _ if device.revoked => return Err(No::new(RefusalCause::Revoked, BAD_SIGNATURE).of(device)),
            Ok(said) => return Ok((device, said)),
            Err(Some(cause)) => return Err(No::new(RefusalCause::Malformed, cause).of(device)),
        }
    }
    Err(No::new(RefusalCause::BadSignature, BAD_SIGNATURE))
}

/// Parameters of query and body. One that stands twice is refused: which counts would be a guess.
fn parameters(request: &PhoneRequest) -> Result<HashMap<Cow<'_, str>, Cow<'_, str>>, No> {
    let mut found = HashMap::new();
    let form = if request.method == "POST" { request.body.as_slice() } else { &[] };
    for (name, value) in form_urlencoded::parse(request.query.as_bytes()).chain(form_urlencoded::parse(form)) {
        if found.insert(name, value).is_some() {
            return Err(No::new(RefusalCause::Malformed, "参数重复"));
        }
    }
    Ok(found)
}

fn vmq_door<'a>(state: &State, door: Door, request: &PhoneRequest, devices: &'a [Paired]) -> Read<'a> {
    let fields = parameters(request)?;
    let field = |name: &str| {
        fields.get(name).map(|v| v.as_ref()).ok_or_else(|| No::new(RefusalCause::Malformed, format!("请传入{name}")))
    };
    let (t, sign) = (field("t")?, field("sign")?);
    let outcome = |e: vmq::VmqError| match e {
        vmq::VmqError::BadSignature => None,
        vmq::VmqError::Malformed(cause) => Some(cause.to_owned()),
    };
    if door == Door::VmqHeart {
        let (device, phone_at) = signed_by(devices, |d| vmq::parse_heart(t, sign, &d.key).map_err(outcome))?;
        return Ok((device, Said::Beat(Beat { phone_at, mark: t.to_owned() })));
    }
    let (kind, price) = (field("type")?, field("price")?);
    let (device, push) = signed_by(devices, |d| vmq::parse_push(kind, price, t, sign, &d.key).map_err(outcome))?;
    let spoken = Spoken {
        replay_key: format!("{t}:{kind}:{price}"),
        fresh: (state.now() - push.t).abs() <= WINDOW_MS,
        phone_at: Some(push.t),
        battery: None,
        what: What::Amount {
            channel: push.channel,
            amount: push.amount,
            text: format!("type={kind} price={price} t={t}"),
        },
    };
    Ok((device, Said::Push(Box::new(spoken))))
}

fn hmac_door<'a>(state: &State, door: Door, request: &PhoneRequest, devices: &'a [Paired]) -> Read<'a> {
    let header = |name: &str| {
        let found = request.x_headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
        found.ok_or_else(|| No::new(RefusalCause::Malformed, format!("missing header {name}")))
    };
    let (ts, nonce, sign) = (header("x-vmq-timestamp")?, header("x-vmq-nonce")?, header("x-vmq-signature")?);
    let (device, seconds) = signed_by(devices, |d| {
        hmac_v1::verify(&request.method, &request.path, ts, nonce, &request.body, sign, &d.key).map_err(|e| match e {
            hmac_v1::HmacError::BadSignature => None,
            hmac_v1::HmacError::Malformed(cause) => Some(cause.to_owned()),
        })
    })?;
    let phone_at = seconds.saturating_mul(1_000);
    if door == Door::HmacHeartbeat {
        return Ok((device, Said::Beat(Beat { phone_at, mark: nonce.to_owned() })));
    }
    let push = hmac_v1::parse_push(&request.body).map_err(|e| malformed(&e).of(device))?;
    let text = String::from_utf8_lossy(&request.body).into_owned();
    let spoken = Spoken {
        replay_key: format!("nonce:{nonce}"),
        fresh: (state.now() - phone_at).abs() <= WINDOW_MS,
        phone_at: Some(phone_at),
        battery: None,
        what: What::Amount { channel: push.channel, amount: push.amount, text },
    };
    Ok((device, Said::Push(Box::new(spoken))))
}

/// SmsForwarder: its bearer token names the device, its signature is a password for one use.
fn smsforwarder_door<'a>(state: &State, request: &PhoneRequest, devices: &'a [Paired]) -> Read<'a> {
    let device = by_token(devices, &token(request)?)?;
    let message = smsforwarder::parse(content(request)).map_err(|e| malformed(&e).of(device))?;
    let (Some(ts), Some(sign)) = (&message.ts, &message.sign) else {
        return Err(
            No::new(RefusalCause::BadSignature, "missing timestamp or sign: set the secret in SmsForwarder").of(device)
        );
    };
    if !smsforwarder::verify(ts, sign, &device.key) {
        return Err(No::new(RefusalCause::BadSignature, BAD_SIGNATURE).of(device));
    }
    let millis = ts.len() == 13 && ts.bytes().all(|b| b.is_ascii_digit());
    let phone_at: i64 =
        ts.parse().ok().filter(|_| millis).ok_or_else(|| malformed(&"timestamp is 13 digits").of(device))?;
    let mut said = message.said;
    let battery = said.battery.take();
    let spoken = Spoken {
        // The signature is a function of the time and the key: the time names it.
        replay_key: format!("sms:{ts}"),
        fresh: (state.now() - phone_at).abs() <= NARROW_WINDOW_MS,
        phone_at: Some(phone_at),
        battery,
        what: What::Notice(said),
    };
    Ok((device, Said::Push(Box::new(spoken))))
}

/// Texts that carry no signature: the token is all the proof there is. The same message is the same announcement;
/// one without an id or a time of its own is always new.
fn unsigned(mut said: Announced) -> Said {
    let time = said.phone_time_ms.map(|t| t.to_string()).or_else(|| said.phone_time_text.clone());
    let replay_key = match (&said.id, time) {
        (Some(id), _) => format!("id:{id}"),
        (None, Some(time)) => {
            let parts =
                [&time, &said.package, &said.title, &said.text, said.device_name.as_ref().unwrap_or(&String::new())]
                    .map(|p| format!("{}:{p}", p.len()));
            format!("said:{}", hex::encode(super::take::digest(&parts.concat())))
        }
        (None, None) => String::new(),
    };
    let battery = said.battery.take();
    Said::Push(Box::new(Spoken {
        replay_key,
        fresh: true,
        phone_at: said.phone_time_ms,
        battery,
        what: What::Notice(said),
    }))
}

/// The bearer token: from the path, the header, or HTTP basic authentication's password.
fn token(request: &PhoneRequest) -> Result<String, No> {
    if let Some(token) = &request.path_token {
        return Ok(token.clone());
    }
    let named = |scheme: &str| {
        let (name, rest) = request.authorization.split_once(' ')?;
        name.eq_ignore_ascii_case(scheme).then(|| rest.trim().to_owned())
    };
    let basic = || {
        let text = base64::engine::general_purpose::STANDARD.decode(named("basic")?).ok()?;
        String::from_utf8(text).ok()?.split_once(':').map(|(_, password)| password.to_owned())
    };
    let header = || request.x_headers.iter().find(|(n, _)| n == "x-device-token").map(|(_, v)| v.clone());
    let found = named("bearer").or_else(basic).or_else(header);
    found.ok_or_else(|| No::new(RefusalCause::UnknownDevice, "missing token: Authorization: Bearer …"))
}

/// What carries the message: the body, or the query of a GET.
fn content(request: &PhoneRequest) -> &[u8] {
    if request.method == "GET" { request.query.as_bytes() } else { &request.body }
}
