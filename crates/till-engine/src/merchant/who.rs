//! Which program asks.

use std::sync::Arc;

use till_channels::merchant::{Once, Proof, Why, v1::WINDOW_S};

use super::memory::Asker;
use super::{MerchantRequest, open, trust};
use crate::api::Protocol;
use crate::programs::Program;
use crate::state::{State, get, lock};

/// The program that this request is from, which may speak now.
pub(super) fn proved(
    state: &State,
    request: &MerchantRequest,
    protocol: Protocol,
    proof: &Proof,
    once: Option<&Once>,
) -> Result<Program, Why> {
    let programs = get(&state.programs);
    let program = match proof {
        Proof::Place => placed(state, &programs, request, protocol)?,
        _ => signed(&programs, protocol, proof)?,
    };
    let now = state.now();
    if let Some(once) = once
        && (now / 1_000 - once.at_s).abs() > WINDOW_S
    {
        return Err(Why::Clock);
    }
    admit(state, &program, Asker::Program(program.id))?;
    match once {
        Some(once) if !lock(&state.merchants).first(program.id, &once.nonce, now) => Err(Why::Replayed),
        _ => Ok(program),
    }
}

fn signed(programs: &Arc<Vec<Program>>, protocol: Protocol, proof: &Proof) -> Result<Program, Why> {
    let mut of_protocol = programs.iter().filter(|p| p.protocol == protocol);
    let by = |p: &&Program| p.secret.as_ref().is_some_and(|s| proof.is_by(&p.key_id, &s.key));
    if let Some(program) = of_protocol.clone().find(by) {
        return Ok(program.clone());
    }
    // Only a program that is named can be told that its secret is not here.
    let named = match proof {
        Proof::Signed { key_id: Some(named), .. } => of_protocol.find(|p| p.key_id == *named),
        _ => None,
    };
    match named {
        Some(program) if program.revoked => Err(Why::Revoked),
        Some(program) if program.secret.is_none() => Err(Why::NoSecret),
        _ => Err(Why::BadSignature),
    }
}

/// A protocol without signatures: the token names the program; without one, the only program that may be spoken for from
/// there.
fn placed(
    state: &State,
    programs: &Arc<Vec<Program>>,
    request: &MerchantRequest,
    protocol: Protocol,
) -> Result<Program, Why> {
    let of_protocol = || programs.iter().filter(|p| p.protocol == protocol);
    if let Some(program) = of_protocol().find(|p| trust::has_token(p, request)) {
        return Ok(program.clone());
    }
    let mut may = of_protocol().filter(|p| !p.revoked && open::may_open(state, p, request));
    match (may.next(), may.next()) {
        (Some(only), None) => Ok(only.clone()),
        _ => Err(Why::NeedsToken),
    }
}

/// Whether a program may speak, or be asked after, at all; and whether whoever asks may ask so often.
pub(super) fn admit(state: &State, program: &Program, asker: Asker) -> Result<(), Why> {
    if program.revoked {
        return Err(Why::Revoked);
    }
    if program.secret.is_none() {
        return Err(Why::NoSecret);
    }
    let allowed = lock(&state.merchants).allow(asker, program.settings.per_minute, state.now());
    if allowed { Ok(()) } else { Err(Why::TooFast) }
}

/// Notes that a program was heard, at most once a minute.
pub(super) async fn heard(state: &State, program: &Program, request: &MerchantRequest) {
    let now = state.now();
    if lock(&state.merchants).note(program.id, now)
        && let Err(cause) = state.store.program_used(program.id, now, &request.address).await
    {
        tracing::error!(%cause, "could not note that a program was heard");
    }
}
