//! One call to a provider: made by the contract's codec, sent through the ports, read by the codec.

use jiff::Timestamp;
use till_channels::gateway::{
    Answer, Ask, Call, CannotAsk, Doubt, DoubtKind, Gateway, Handover, Office, OfficeAnswer, Order, Prepared, Refusal,
    Reply, Seed, Surface,
};

use super::book::{self, Contract};
use crate::api::{Event, GatewayPlace};
use crate::ports::{ProviderCall, ProviderReply, SendError};
use crate::state::State;

/// Calls to providers that are under way at once.
pub(crate) const MOST_CALLS: usize = 64;

/// Why nothing came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Silence {
    /// The contract has no keys, or wrong ones.
    NotReady,
    /// The request cannot be made.
    CannotAsk(CannotAsk),
    /// The system gave no randomness.
    NoRandomness,
    /// The request may or may not have arrived.
    Failed(SendError),
}

impl Silence {
    /// As what it is to a trade: nothing known.
    pub(super) fn doubt(&self) -> Doubt {
        let detail = match self {
            Silence::NotReady => "the contract is not complete".to_owned(),
            Silence::CannotAsk(cause) => cause.to_string(),
            Silence::NoRandomness => "no randomness".to_owned(),
            Silence::Failed(SendError::Timeout) => "no answer in time".to_owned(),
            Silence::Failed(SendError::Unreachable(cause)) => format!("unreachable: {cause}"),
            Silence::Failed(SendError::Tls(cause)) => format!("certificate: {cause}"),
            Silence::Failed(SendError::Forbidden(cause)) => format!("forbidden address: {cause}"),
            Silence::Failed(SendError::BadUrl(cause)) => format!("address: {cause}"),
        };
        Doubt::new(DoubtKind::Trouble, detail)
    }
}

/// Asks about an order. Whatever is not explicit and authenticated comes back as unknown.
pub(crate) async fn ask(state: &State, contract: &Contract, order: &Order, call: &Call) -> Answer {
    let make = |gateway: &dyn Gateway, now, seed: &mut Seed| gateway.ask(order, call, now, seed);
    let read = |gateway: &dyn Gateway, reply: &Reply, now| gateway.read(order, call, reply, now);
    match exchange(state, contract, make, read).await {
        Ok(answer) => answer,
        Err(silence) => Answer::Unknown(silence.doubt()),
    }
}

/// What begins a payment on another surface than the counter. Nothing is sent yet.
pub(super) fn prepare(
    state: &State,
    contract: &Contract,
    order: &Order,
    surface: &Surface,
) -> Result<Prepared, Silence> {
    let gateway = contract.gateway().ok_or(Silence::NotReady)?;
    gateway.prepare(order, surface, state.now(), &mut seed(state)?).map_err(Silence::CannotAsk)
}

/// Sends what [`prepare`] made, for what the surface needs; or what the answer means instead.
#[expect(clippy::result_large_err, reason = "once in a payment, and every answer is of that size")]
pub(super) async fn hand_over(
    state: &State,
    contract: &Contract,
    order: &Order,
    surface: &Surface,
    ask: Ask,
) -> Result<Handover, Answer> {
    let unknown = |silence: Silence| Answer::Unknown(silence.doubt());
    let mut fresh = seed(state).map_err(unknown)?;
    let make = |_: &dyn Gateway, _, _: &mut Seed| Ok(ask);
    let read = |gateway: &dyn Gateway, reply: &Reply, now| gateway.hand_over(order, surface, reply, now, &mut fresh);
    exchange(state, contract, make, read).await.unwrap_or_else(|silence| Err(unknown(silence)))
}

/// Asks about no order.
pub(crate) async fn ask_office(state: &State, contract: &Contract, office: &Office) -> OfficeAnswer {
    match try_office(state, contract, office).await {
        Ok(answer) => answer,
        Err(silence) => OfficeAnswer::Unknown(silence.doubt()),
    }
}

/// The same for whoever must tell silence from doubt.
pub(super) async fn try_office(state: &State, contract: &Contract, office: &Office) -> Result<OfficeAnswer, Silence> {
    let make = |gateway: &dyn Gateway, now, seed: &mut Seed| gateway.ask_office(office, now, seed);
    let read = |gateway: &dyn Gateway, reply: &Reply, now| gateway.read_office(office, reply, now);
    exchange(state, contract, make, read).await
}

/// What an answer says about the contract itself.
trait Heard {
    fn heard(&self) -> Result<Option<&Refusal>, &Doubt>;
}

impl Heard for Answer {
    fn heard(&self) -> Result<Option<&Refusal>, &Doubt> {
        match self {
            Answer::Unknown(doubt) => Err(doubt),
            Answer::Refused(refusal) => Ok(Some(refusal)),
            _ => Ok(None),
        }
    }
}

impl Heard for Result<Handover, Answer> {
    fn heard(&self) -> Result<Option<&Refusal>, &Doubt> {
        self.as_ref().map_or_else(Heard::heard, |_| Ok(None))
    }
}

impl Heard for OfficeAnswer {
    fn heard(&self) -> Result<Option<&Refusal>, &Doubt> {
        match self {
            OfficeAnswer::Unknown(doubt) => Err(doubt),
            OfficeAnswer::Refused(refusal) => Ok(Some(refusal)),
            _ => Ok(None),
        }
    }
}

async fn exchange<A: Heard>(
    state: &State,
    contract: &Contract,
    make: impl FnOnce(&dyn Gateway, i64, &mut Seed) -> Result<Ask, CannotAsk>,
    read: impl FnOnce(&dyn Gateway, &Reply, i64) -> A,
) -> Result<A, Silence> {
    let built = contract.built.as_ref().ok_or(Silence::NotReady)?;
    // Fails only if it was closed, and nobody closes it.
    let _line = state.provider_lines.acquire().await;
    let ask = make(built.gateway.as_ref(), state.now(), &mut seed(state)?).map_err(|cause| {
        tracing::warn!(gateway = contract.id, %cause, "a request cannot be made");
        Silence::CannotAsk(cause)
    })?;
    let certificate = built.certificate.clone().filter(|_| ask.client_certificate);
    let simulator = matches!(contract.settings.place, GatewayPlace::Simulator { .. });
    let call = ProviderCall { ask, certificate, simulator };
    let replied = state.ports.providers.call(call).await;
    let now = state.now();
    let (skew, heard) = match replied {
        ProviderReply::Answer(reply) => (skew(&reply, now), Ok(read(built.gateway.as_ref(), &reply, now))),
        ProviderReply::Failed(cause) => (None, Err(Silence::Failed(cause))),
    };
    let silent;
    let said = match &heard {
        Ok(answer) => answer.heard(),
        Err(silence) => {
            silent = silence.doubt();
            Err(&silent)
        }
    };
    let seen = book::note(contract, now, skew, said);
    if let Err(doubt) = said {
        tell(contract, doubt, seen);
    }
    if seen {
        state.emit(Event::GatewaysChanged {});
    }
    heard
}

/// For whoever looks for the cause in the log: what is new as a warning, its repeats for those who ask for them.
fn tell(contract: &Contract, doubt: &Doubt, new: bool) {
    let (gateway, kind, detail) = (contract.id, doubt.kind, &doubt.detail);
    if new {
        tracing::warn!(gateway, ?kind, detail, "a provider's answer proves nothing");
    } else {
        tracing::debug!(gateway, ?kind, detail, "a provider's answer proves nothing");
    }
}

/// Fresh randomness for one request.
pub(super) fn seed(state: &State) -> Result<Seed, Silence> {
    let mut bytes = [0; 32];
    state.ports.random.fill(&mut bytes).map_err(|cause| {
        tracing::error!(%cause, "no randomness");
        Silence::NoRandomness
    })?;
    Ok(Seed::new(bytes))
}

/// Our clock minus the provider's, from the `Date` header. The header has whole seconds.
fn skew(reply: &Reply, now: i64) -> Option<i64> {
    let theirs: Timestamp = jiff::fmt::rfc2822::parse(reply.header("date")?).ok()?.timestamp();
    Some(now - theirs.as_millisecond())
}
