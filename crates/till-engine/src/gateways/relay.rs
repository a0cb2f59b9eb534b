//! Notices for a till that nobody can reach from outside: kept where the owner says, fetched by us, checked here as if
//! they had come to our own door. The relay is believed in nothing.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use till_channels::gateway::{Ask, Provider, RawNotice, Reply};
use till_store::StoreError;
use tokio::time::sleep;

use super::book::{self, Contract};
use super::notice;
use crate::api::GatewayPlace;
use crate::ports::{ProviderCall, ProviderReply};
use crate::state::State;

/// Where the ids stand up to which notices were taken, by address.
const TAKEN: &str = "relays";
const LOOK_EVERY: Duration = Duration::from_millis(900);
/// While somebody may pay.
const OFTEN_MS: i64 = 5_000;
const SELDOM_MS: i64 = 60_000;
const LONGEST_ANSWER: usize = 4 << 20;
const LONGEST_BODY: usize = 64 * 1024;

/// What a relay answers.
#[derive(Deserialize)]
struct Kept {
    notices: Vec<KeptNotice>,
}

/// A notice as it came there.
#[derive(Deserialize)]
struct KeptNotice {
    id: i64,
    provider: String,
    headers: Vec<(String, String)>,
    query: String,
    /// Base64.
    body: String,
}

impl KeptNotice {
    fn read(self) -> Option<(Provider, RawNotice)> {
        let body = STANDARD.decode(self.body).ok().filter(|body| body.len() <= LONGEST_BODY)?;
        let headers = self.headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
        Some((Provider::from_text(&self.provider)?, RawNotice { headers, query: self.query, body }))
    }
}

/// Fetches, until the till closes.
pub(crate) async fn run(state: Arc<State>) {
    let mut asked: HashMap<String, i64> = HashMap::new();
    loop {
        sleep(LOOK_EVERY).await;
        let contracts = relayed(&state);
        if contracts.is_empty() {
            continue;
        }
        let now = state.now();
        let busy = matches!(state.store.next_trade_at().await, Ok(Some(_)));
        let gap = if busy { OFTEN_MS } else { SELDOM_MS };
        for (address, contract) in contracts {
            if asked.get(&address).is_some_and(|at| (now - at).abs() < gap) {
                continue;
            }
            asked.insert(address.clone(), now);
            if let Err(cause) = fetch(&state, &contract, &address).await {
                tracing::error!(%cause, "notices from a relay were not taken");
                state.store_error(cause);
            }
        }
    }
}

/// Each relay once, with a contract that names it. Not while the contract has no keys: what is fetched is not offered
/// again, and nobody could read it.
fn relayed(state: &State) -> BTreeMap<String, Arc<Contract>> {
    let named = |c: &&Arc<Contract>| !c.ended() && c.built.is_some() && !c.settings.relay_url.is_empty();
    book::all(state).iter().filter(named).map(|c| (c.settings.relay_url.clone(), c.clone())).collect()
}

async fn taken(state: &State) -> Result<BTreeMap<String, i64>, StoreError> {
    let stored = state.store.setting(TAKEN).await?;
    Ok(stored.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

async fn fetch(state: &Arc<State>, contract: &Contract, address: &str) -> Result<(), StoreError> {
    let mut taken = taken(state).await?;
    let after = taken.get(address).copied().unwrap_or(0);
    let Some(reply) = ask(state, contract, address, after).await else { return Ok(()) };
    let kept: Kept = match serde_json::from_slice(&reply.body) {
        Ok(kept) if reply.status == 200 => kept,
        _ => {
            tracing::warn!(status = reply.status, "a relay answered with something else than notices");
            return Ok(());
        }
    };
    let mut last = after;
    let mut failed = None;
    for kept in kept.notices {
        let id = kept.id;
        if let Some((provider, raw)) = kept.read()
            && let Err(cause) = notice::from_relay(state, provider, raw).await
        {
            failed = Some(cause);
            break;
        }
        last = last.max(id);
    }
    if last > after {
        taken.insert(address.to_owned(), last);
        let text = serde_json::to_string(&taken).unwrap_or_default();
        state.store.set_setting(None, TAKEN, text, true, state.now(), "till").await?;
    }
    failed.map_or(Ok(()), Err)
}

async fn ask(state: &State, contract: &Contract, address: &str, after: i64) -> Option<Reply> {
    let mut url = url::Url::parse(address).ok()?;
    url.query_pairs_mut().append_pair("after", &after.to_string());
    let ask = Ask {
        method: "GET",
        url: url.into(),
        headers: Vec::new(),
        body: Vec::new(),
        client_certificate: false,
        longest: LONGEST_ANSWER,
    };
    let simulator = matches!(contract.settings.place, GatewayPlace::Simulator { .. });
    match state.ports.providers.call(ProviderCall { ask, certificate: None, simulator }).await {
        ProviderReply::Answer(reply) => Some(reply),
        ProviderReply::Failed(cause) => {
            tracing::warn!(?cause, "a relay cannot be reached");
            None
        }
    }
}
