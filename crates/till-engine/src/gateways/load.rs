//! From a stored row and the safe to a contract that speaks.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use till_channels::gateway::keys::{Inspected, inspect};
use till_channels::gateway::{FieldKind, Provider, Values, build, fields_of};
use till_store::{GatewayRow, StoreError};

use super::book::{self, Contract, Trouble, place};
use super::safe::{self, Everyones, Secrets};
use crate::api::{Event, GatewaySettings};
use crate::state::{State, set};

/// What the store keeps of a contract, as JSON. Whoever reads the books or the journal reads it.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Stored {
    pub(super) settings: GatewaySettings,
    /// The values that are no secrets.
    pub(super) values: BTreeMap<String, String>,
    pub(super) sealed: Sealed,
}

/// What a contract has in the safe.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sealed {
    /// Under which name.
    pub(super) name: String,
    /// Which fields, and when each was last set: so the journal shows that a key was replaced.
    pub(super) set_at: BTreeMap<String, i64>,
}

/// Reads the contracts anew, after one was added or changed and at the start. Where secrets cannot be read, the till
/// runs with those in memory and tries again.
pub(super) async fn reload_held(state: &State) -> Result<(), StoreError> {
    let rows = state.store.gateways().await?;
    let secrets = if rows.is_empty() { Ok(Some(Everyones::new())) } else { safe::everyones(state).await };
    state.safe.doubt(secrets.is_err());
    let secrets = secrets.unwrap_or_else(|cause| {
        tracing::error!(%cause, "secrets of contracts cannot be read");
        Some(book::in_memory(state))
    });
    let before = book::all(state);
    // Reading keys is arithmetic with large numbers.
    let read = tokio::task::spawn_blocking(move || {
        let read = |row| contract(row, secrets.as_ref(), &before).map(Arc::new);
        rows.into_iter().filter_map(read).collect()
    });
    match read.await {
        Ok(contracts) => set(&state.gateways, contracts),
        Err(cause) => tracing::error!(%cause, "contracts cannot be read; they stay as they were"),
    }
    Ok(())
}

/// The same for whoever does not hold the safe.
pub(crate) async fn reload(state: &State) -> Result<(), StoreError> {
    let _changing = state.safe.changing().await;
    reload_held(state).await
}

/// `everyones`: none while they wait for the passphrase.
fn contract(row: GatewayRow, everyones: Option<&Everyones>, before: &[Arc<Contract>]) -> Option<Contract> {
    let (provider, stored) = (Provider::from_text(row.provider.as_str()), serde_json::from_str(&row.settings));
    let (Some(provider), Ok(Stored { settings, values: open, sealed })) = (provider, stored) else {
        // One bad row must not keep the till from opening; nothing goes through it.
        tracing::error!(gateway = row.id, "a contract's row does not read; it is left out");
        return None;
    };
    let none = Secrets::new();
    let secrets = everyones.and_then(|all| all.get(&sealed.name)).unwrap_or(&none);
    let mut values = Values::default();
    open.iter().for_each(|(field, text)| values.set(field, text));
    secrets.iter().for_each(|(field, text)| values.set(field, text));
    let whole = sealed.set_at.keys().all(|field| secrets.contains_key(field));
    let built = if whole {
        build(provider, &values, &place(&settings)).map_err(Trouble::Incomplete)
    } else if everyones.is_none() {
        Err(Trouble::Locked)
    } else {
        Err(Trouble::NoSecret)
    };
    let (built, trouble) = match built {
        Ok(built) => (Some(built), None),
        Err(trouble) => (None, Some(trouble)),
    };
    let as_before = |old: &&Arc<Contract>| {
        old.id == row.id && old.settings.place == settings.place && old.values.iter().eq(values.iter())
    };
    let health = before.iter().find(as_before).map(|old| old.health.clone()).unwrap_or_default();
    Some(Contract {
        id: row.id,
        provider,
        settings,
        created_at: row.created_at,
        ended_at: row.ended_at,
        built,
        trouble,
        facts: facts(provider, &values),
        values,
        sealed,
        health,
    })
}

/// What the keys and certificates in its fields are.
fn facts(provider: Provider, values: &Values) -> Vec<(&'static str, Vec<Inspected>)> {
    let found = fields_of(provider).iter().filter_map(|field| {
        let text = values.get(field.name)?;
        let password = match field.kind {
            FieldKind::PrivateKey | FieldKind::PublicKey | FieldKind::Certificate => None,
            FieldKind::Pfx(password) => values.get(password),
            FieldKind::Text | FieldKind::Secret | FieldKind::Choice(_) => return None,
        };
        Some((field.name, inspect(text, password)))
    });
    found.collect()
}

/// Asks again for secrets that could not be read: a keychain may be locked at the start. Until the till closes.
pub(crate) async fn read_again(state: Arc<State>) {
    let mut pause = crate::programs::READ_AGAIN;
    loop {
        tokio::time::sleep(pause).await;
        if !state.safe.is_doubtful() {
            pause = crate::programs::READ_AGAIN;
            continue;
        }
        pause = (pause * 2).min(crate::programs::LONGEST_READ_AGAIN);
        match reload(&state).await {
            Err(cause) => drop(state.store_error(cause)),
            Ok(()) if state.safe.is_doubtful() => {}
            Ok(()) => state.emit(Event::GatewaysChanged {}),
        }
    }
}
