//! Heartbeats: a phone says it is alive.

use till_store::DeviceSeen;

use super::{Door, No, PhoneAnswer, PhoneRequest, RefusalCause, WINDOW_MS};
use crate::state::{Paired, State, lock};

/// A heartbeat that was proved.
pub(crate) struct Beat {
    /// The phone's clock.
    pub(crate) phone_at: i64,
    /// What makes this very heartbeat recognisable.
    pub(crate) mark: String,
}

pub(crate) async fn note(
    state: &State,
    door: Door,
    request: &PhoneRequest,
    device: &Paired,
    beat: Beat,
) -> Result<PhoneAnswer, No> {
    let now = state.now();
    let skew = now - beat.phone_at;
    if skew.abs() > WINDOW_MS {
        // An old heartbeat must not make a silent phone look alive; the owner sees how far its clock is off.
        if let Err(cause) = state.store.device_skew(device.id, skew).await {
            tracing::error!(%cause, "could not note a phone's clock");
        }
        return Err(No::new(RefusalCause::Clock, "客户端时间错误").of(device));
    }
    if !lock(&state.rates).first_beat(device.id, &beat.mark, now) {
        return Ok(PhoneAnswer::Accepted { repeat: true });
    }
    let seen = DeviceSeen {
        device_id: device.id,
        at: now,
        address: request.address.clone(),
        protocol: door.as_str(),
        phone_at: Some(beat.phone_at),
        battery: None,
    };
    match state.store.device_seen(seen).await {
        Ok(true) => {
            state.heard(device.id, &device.name);
            Ok(PhoneAnswer::Accepted { repeat: false })
        }
        Ok(false) => Err(No::new(RefusalCause::Revoked, "这台手机已停用").of(device)),
        Err(cause) => {
            tracing::error!(%cause, "a heartbeat could not be stored");
            Ok(PhoneAnswer::NotStored)
        }
    }
}
