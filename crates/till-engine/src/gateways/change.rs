//! Contracts come, change and end. Secrets are kept before the book says that they are in force.

use std::sync::Arc;

use till_channels::gateway::{FieldKind, Provider};
use till_core::Channel;
use till_store::{Act, AddGateway};

use super::book::{self, Contract};
use super::check::{self, Given};
use super::load::{Stored, reload_held};
use super::safe::{self, Secrets};
use super::{list, missing};
use crate::api::{ApiError, Code, Event, GatewaySettings, GatewayValue, GatewayView};
use crate::state::State;
use crate::words;

type Result<T> = std::result::Result<T, ApiError>;

/// Who changes a contract by what its provider says.
const LEARNS: &str = "gateway";
/// Ended ones too: old trades need them.
const MOST_CONTRACTS: usize = 100;
/// More than ever wait at once.
const MOST_UNDER_WAY: u32 = 10_000;

pub(crate) async fn add(
    state: &Arc<State>,
    actor: &str,
    request_id: &str,
    provider: Channel,
    settings: GatewaySettings,
    values: Vec<GatewayValue>,
) -> Result<GatewayView> {
    let _changing = state.safe.changing().await;
    let mut stored = Stored { settings, ..Stored::default() };
    let repeat = state.store.request_done(request_id).await.map_err(|e| state.store_error(e))?;
    if !repeat {
        stored.sealed.name = state.random_hex(16)?;
        let secrets = begin(state, provider, &mut stored, values)?;
        if !secrets.is_empty() {
            safe::keep(state, &stored.sealed.name, Some(secrets)).await?;
        }
    }
    let new = AddGateway {
        request_id: request_id.to_owned(),
        actor: actor.to_owned(),
        at: state.now(),
        provider,
        settings: text(&stored),
        name: stored.settings.name.clone(),
        key: state.random_hex(32)?,
        token: state.random_hex(32)?,
    };
    let id = match state.store.add_gateway(new).await {
        Ok(Act::New(row)) => row.id,
        Ok(Act::Repeat(id)) => id,
        Err(cause) => {
            if !stored.sealed.set_at.is_empty() && safe::keep(state, &stored.sealed.name, None).await.is_err() {
                tracing::warn!("secrets that nobody uses stay behind");
            }
            return Err(state.store_error(cause));
        }
    };
    changed(state, id).await
}

/// Checks a new contract; its secrets, apart.
fn begin(state: &State, provider: Channel, stored: &mut Stored, values: Vec<GatewayValue>) -> Result<Secrets> {
    let lang = state.shop().settings.lang;
    let provider = Provider::from_text(provider.as_str()).ok_or_else(|| {
        words::error(lang, Code::Invalid, "这个渠道没有官方接口", "There is no provider's API for this channel")
    })?;
    stored.settings = check::settings(lang, provider, state.practice, stored.settings.clone())?;
    let given = check::values(lang, provider, values)?;
    if book::all(state).len() >= MOST_CONTRACTS {
        return Err(words::error(lang, Code::Invalid, "合约最多 100 份", "At most 100 contracts"));
    }
    one_at_a_time(state, None, provider, &stored.settings)?;
    check_safe(state, &given)?;
    let mut secrets = Secrets::new();
    put(stored, &mut secrets, given, state.now());
    Ok(secrets)
}

pub(crate) async fn update(
    state: &Arc<State>,
    actor: &str,
    request_id: &str,
    gateway_id: i64,
    settings: GatewaySettings,
    values: Vec<GatewayValue>,
) -> Result<GatewayView> {
    let _changing = state.safe.changing().await;
    if state.safe.is_doubtful() {
        // What replaces some of its secrets must know the others.
        reload_held(state).await.map_err(|e| state.store_error(e))?;
    }
    let contract = known(state, gateway_id)?;
    let mut stored = contract.stored();
    let mut put_back = None;
    if !state.store.request_done(request_id).await.map_err(|e| state.store_error(e))? {
        let lang = state.shop().settings.lang;
        if contract.ended() {
            return Err(state.store_error(till_store::StoreError::Conflict("gateway_ended")));
        }
        stored.settings = check::settings(lang, contract.provider, state.practice, settings)?;
        one_at_a_time(state, Some(gateway_id), contract.provider, &stored.settings)?;
        let given = check::values(lang, contract.provider, values)?;
        check_safe(state, &given)?;
        if turns(&contract, &stored.settings, &given) && is_busy(state, gateway_id).await? {
            return Err(words::error(
                lang,
                Code::Conflict,
                "还有没结束的收款或退款。等它们结束后再换商户号、应用或环境",
                "Payments or refunds are under way. Change the merchant, the app or the place when they have ended",
            ));
        }
        let before = contract.secrets();
        let mut secrets = before.clone();
        put(&mut stored, &mut secrets, given, state.now());
        if secrets != before {
            safe::keep(state, &stored.sealed.name, Some(secrets)).await?;
            put_back = Some(before);
        }
    }
    let saved = state.store.update_gateway(request_id, gateway_id, text(&stored), state.now(), actor).await;
    if let Err(cause) = saved {
        // The book did not take it: the old secrets stay in force.
        if let Some(before) = put_back
            && safe::keep(state, &stored.sealed.name, Some(before)).await.is_err()
        {
            tracing::error!(gateway = gateway_id, "old secrets could not be put back; enter the contract's keys again");
        }
        return Err(state.store_error(cause));
    }
    changed(state, gateway_id).await
}

/// Keeps what the provider itself says about a value that is no secret.
pub(super) async fn learn(state: &Arc<State>, gateway_id: i64, field: &str, text: String) -> Result<()> {
    let _changing = state.safe.changing().await;
    let mut stored = known(state, gateway_id)?.stored();
    stored.values.insert(field.to_owned(), text);
    let request_id = format!("learn/{gateway_id}/{}", state.random_hex(8)?);
    let saved = state.store.update_gateway(&request_id, gateway_id, self::text(&stored), state.now(), LEARNS).await;
    saved.map_err(|e| state.store_error(e))?;
    changed(state, gateway_id).await.map(drop)
}

pub(crate) async fn end(state: &Arc<State>, actor: &str, request_id: &str, gateway_id: i64) -> Result<GatewayView> {
    let _changing = state.safe.changing().await;
    known(state, gateway_id)?;
    // Its secrets stay: late notices are still read, and money may still go back.
    let ended = state.store.end_gateway(request_id, gateway_id, state.now(), actor).await;
    ended.map_err(|e| state.store_error(e))?;
    changed(state, gateway_id).await
}

/// Secrets are taken only where they can be locked up; taking one away changes what is locked up, too.
fn check_safe(state: &State, given: &[Given]) -> Result<()> {
    if given.iter().any(|g| g.field.secret) { safe::takes_secrets(state) } else { Ok(()) }
}

fn known(state: &State, id: i64) -> Result<Arc<Contract>> {
    book::by_id(state, id).ok_or_else(|| missing(state))
}

fn text(stored: &Stored) -> String {
    serde_json::to_string(stored).unwrap_or_default()
}

async fn changed(state: &Arc<State>, id: i64) -> Result<GatewayView> {
    reload_held(state).await.map_err(|e| state.store_error(e))?;
    state.emit(Event::GatewaysChanged {});
    list::one(state, id).await
}

/// Puts values where they belong: into the book, or among the secrets. An empty one takes the value away.
fn put(stored: &mut Stored, secrets: &mut Secrets, given: Vec<Given>, at: i64) {
    for Given { field, text } in given {
        let name = field.name.to_owned();
        match (field.secret, text.is_empty()) {
            (true, true) => {
                secrets.remove(&name);
                stored.sealed.set_at.remove(&name);
            }
            (true, false) => {
                stored.sealed.set_at.insert(name.clone(), at);
                secrets.insert(name, text);
            }
            (false, true) => drop(stored.values.remove(&name)),
            (false, false) => drop(stored.values.insert(name, text.to_string())),
        }
    }
}

/// A customer pays through one contract of a provider: which of two would be a guess.
fn one_at_a_time(state: &State, except: Option<i64>, provider: Provider, settings: &GatewaySettings) -> Result<()> {
    let enabled =
        |c: &&Arc<Contract>| Some(c.id) != except && c.provider == provider && c.settings.enabled && !c.ended();
    match book::all(state).iter().find(enabled) {
        Some(other) if settings.enabled => {
            let name = &other.settings.name;
            Err(words::error(
                state.shop().settings.lang,
                Code::Conflict,
                &format!("“{name}”已经在用：同一个平台同时只能启用一份合约。请先停用它"),
                &format!("“{name}” is in use: of one provider, one contract is enabled at a time. Switch it off first"),
            ))
        }
        _ => Ok(()),
    }
}

/// Whether a change leads to another merchant or another place, where nobody knows of what was begun before.
fn turns(contract: &Contract, settings: &GatewaySettings, given: &[Given]) -> bool {
    let other = |g: &Given| {
        g.field.required
            && g.field.kind == FieldKind::Text
            && contract.values.get(g.field.name).is_some_and(|now| now != g.text.as_str())
    };
    contract.settings.place != settings.place || given.iter().any(other)
}

/// The contracts of trades, and of refunds, that have a next step: once for each.
pub(super) async fn under_way(state: &State) -> Result<(Vec<i64>, Vec<i64>)> {
    let trades = state.store.due_trades(i64::MAX, MOST_UNDER_WAY).await.map_err(|e| state.store_error(e))?;
    let refunds = state.store.due_refunds(i64::MAX, MOST_UNDER_WAY).await.map_err(|e| state.store_error(e))?;
    let trades = trades.into_iter().filter(|trade| trade.state.next.is_some());
    Ok((trades.map(|t| t.gateway_id).collect(), refunds.into_iter().map(|r| r.gateway_id).collect()))
}

async fn is_busy(state: &State, gateway_id: i64) -> Result<bool> {
    let (trades, refunds) = under_way(state).await?;
    Ok(trades.contains(&gateway_id) || refunds.contains(&gateway_id))
}
