//! Programs that may open tickets: their keys, where their secrets are kept, and what they are told.

mod attempt;
mod callbacks;
mod change;
mod keys;
mod orders;
mod settings;
mod test_call;

use std::collections::HashMap;
use std::sync::Arc;

use till_store::{OrderQuery, ProgramLoad, ProgramRow};

use crate::api::{ApiError, ProgramSettings, ProgramState, ProgramView, Programs, Protocol, SecretPlace};
use crate::secrets::{self, Kept};
use crate::state::{State, get, lock, set};
use crate::view::count;

pub(crate) use callbacks::{LONGEST_READ_AGAIN, READ_AGAIN, run};
pub(crate) use change::{add, renew, revoke, update};
pub(crate) use orders::{orders, send_again};
pub(crate) use settings::public_address;
pub(crate) use test_call::test;

/// A callback may fail so often before the owner is told that something is wrong: a merchant restarts its server.
const FIRST_TRIES: i64 = 2;
/// Undelivered callbacks that are looked at to judge a program.
const JUDGED: u32 = 50;

/// A program whose requests may be believed, with its secrets in memory.
#[derive(Clone)]
pub(crate) struct Program {
    pub(crate) id: i64,
    pub(crate) protocol: Protocol,
    pub(crate) key_id: String,
    pub(crate) settings: Arc<ProgramSettings>,
    pub(crate) revoked: bool,
    /// None: not on this computer.
    pub(crate) secret: Option<Arc<Secrets>>,
}

/// What a program proves itself with.
pub(crate) struct Secrets {
    /// Signs. Empty: the protocol signs nothing.
    pub(crate) key: String,
    /// Lets it create orders from another computer.
    pub(crate) token: String,
}

impl From<Kept> for Secrets {
    fn from(mut kept: Kept) -> Secrets {
        Secrets { key: std::mem::take(&mut kept.key), token: std::mem::take(&mut kept.token) }
    }
}

/// What a program's secrets are called where they are kept.
fn vault_name(key_id: &str) -> String {
    format!("program/{key_id}")
}

/// A stored protocol; none if this program does not know it.
fn protocol(text: &str) -> Option<Protocol> {
    serde_json::from_value(text.into()).ok()
}

fn protocol_text(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Vmq => "vmq",
        Protocol::Gogo => "gogo",
        Protocol::Epay => "epay",
        Protocol::Lyn => "lyn",
        Protocol::V1 => "v1",
    }
}

/// A program of the running till, revoked ones too.
pub(crate) fn program(state: &State, id: i64) -> Option<Program> {
    get(&state.programs).iter().find(|p| p.id == id).cloned()
}

/// Reads the programs anew, after one was added or changed. Secrets that are in memory stay as they are; `fresh` are
/// those just made.
async fn refresh(state: &State, fresh: Option<(&str, &Kept)>) -> Result<(), till_store::StoreError> {
    let mut known: HashMap<String, Arc<Secrets>> =
        get(&state.programs).iter().filter_map(|p| Some((p.key_id.clone(), p.secret.clone()?))).collect();
    if let Some((key_id, kept)) = fresh {
        known.insert(key_id.to_owned(), Arc::new(kept.clone().into()));
    }
    let rows = state.store.programs().await?;
    let programs = rows.into_iter().filter_map(|row| {
        let secret = known.remove(&row.key_id);
        read_row(row, secret)
    });
    set(&state.programs, programs.collect());
    Ok(())
}

fn read_row(row: ProgramRow, secret: Option<Arc<Secrets>>) -> Option<Program> {
    let (protocol, settings) = (protocol(&row.protocol), serde_json::from_str(&row.settings));
    let (Some(protocol), Ok(settings)) = (protocol, settings) else {
        // One bad row must not keep the till from opening; whoever it is, it is not believed.
        tracing::error!(program = row.id, "a program's row does not read; it is left out");
        return None;
    };
    let revoked = row.revoked_at.is_some();
    Some(Program { id: row.id, protocol, key_id: row.key_id, settings: Arc::new(settings), revoked, secret })
}

/// Reads the programs and their secrets. Where secrets cannot be read, the till runs without them and tries again.
pub(crate) async fn reload(state: &State) -> Result<(), till_store::StoreError> {
    let _changing = state.vault.changing().await;
    refresh(state, None).await?;
    let names: Vec<String> = get(&state.programs).iter().map(|p| vault_name(&p.key_id)).collect();
    if names.is_empty() {
        state.vault.doubt(false);
        return Ok(());
    }
    let shop = secrets::known_shop_id(state).await?;
    let elsewhere = shop.is_some() && state.vault.place() == SecretPlace::File;
    let all = names.len();
    let mut read = state.vault.read(shop, names).await;
    if elsewhere && read.kept.len() < all && read.trouble.is_none() {
        // This shop has had a keychain: what is missing may be there, at the next start with it.
        read.trouble = Some(secrets::Trouble::Keychain("there is none at this start".into()));
    }
    state.vault.doubt(read.trouble.is_some());
    if let Some(cause) = &read.trouble {
        tracing::error!(%cause, "secrets of programs cannot be read");
    }
    let mut programs = get(&state.programs).to_vec();
    for program in &mut programs {
        match read.kept.remove(&vault_name(&program.key_id)) {
            Some(kept) => program.secret = Some(Arc::new(kept.into())),
            // What could not be asked for is not gone.
            None if read.trouble.is_some() => {}
            None => program.secret = None,
        }
    }
    set(&state.programs, programs);
    Ok(())
}

/// `http://host:port` that a program may call, best first.
pub(crate) fn addresses(state: &State) -> Vec<String> {
    let settings = state.shop().settings.clone();
    let listening = lock(&state.listening).clone();
    let mut all: Vec<String> = Some(settings.public_url).filter(|url| !url.is_empty()).into_iter().collect();
    if !listening.loopback_only {
        all.extend(listening.addresses.iter().map(|address| format!("http://{address}")));
    }
    if all.is_empty() {
        let port = listening.bound.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
        all.push(format!("http://127.0.0.1:{}", port.unwrap_or(settings.listen_port)));
    }
    all
}

pub(crate) async fn list(state: &State) -> Result<Programs, ApiError> {
    let (mut programs, loads) = views(state).await?;
    // Sorting keeps the order of age among the equal.
    programs.sort_by_key(|p| p.revoked_at.is_some());
    let undelivered = loads.values().map(|load| load.undelivered).sum();
    Ok(Programs {
        programs,
        secrets: state.vault.place(),
        addresses: addresses(state),
        undelivered: count(undelivered),
    })
}

async fn views(state: &State) -> Result<(Vec<ProgramView>, HashMap<i64, ProgramLoad>), ApiError> {
    let rows = state.store.programs().await.map_err(|e| state.store_error(e))?;
    let since = state.day_start(state.now());
    let loads = state.store.program_loads(since).await.map_err(|e| state.store_error(e))?;
    let loads: HashMap<i64, ProgramLoad> = loads.into_iter().map(|load| (load.program_id, load)).collect();
    let mut views = Vec::new();
    for row in rows {
        let load = loads.get(&row.id).copied().unwrap_or_default();
        let Some(program) = program(state, row.id) else { continue };
        let standing = standing(state, &row, &program, load).await?;
        views.push(ProgramView {
            id: row.id,
            protocol: program.protocol,
            key_id: row.key_id,
            settings: ProgramSettings::clone(&program.settings),
            state: standing,
            created_at: row.created_at,
            revoked_at: row.revoked_at,
            last_used_at: row.last_used_at,
            last_address: row.last_address,
            today: count(load.orders),
            undelivered: count(load.undelivered),
        });
    }
    Ok((views, loads))
}

async fn standing(
    state: &State,
    row: &ProgramRow,
    program: &Program,
    load: ProgramLoad,
) -> Result<ProgramState, ApiError> {
    if row.revoked_at.is_some() {
        return Ok(ProgramState::Revoked);
    }
    if program.secret.is_none() {
        return Ok(ProgramState::NoSecret);
    }
    if load.undelivered > 0 {
        let query = OrderQuery { program_id: Some(row.id), undelivered: true, ..OrderQuery::default() };
        let orders = state.store.orders(query, JUDGED).await.map_err(|e| state.store_error(e))?;
        let fails = |c: &till_store::CallbackRow| c.next_at.is_none() || c.attempts > FIRST_TRIES;
        if orders.iter().filter_map(|o| o.callback.as_ref()).any(fails) {
            return Ok(ProgramState::Trouble);
        }
    }
    Ok(if row.last_used_at.is_none() { ProgramState::New } else { ProgramState::Fine })
}

/// One program as the owner sees it.
async fn view(state: &State, id: i64) -> Result<ProgramView, ApiError> {
    let (views, _) = views(state).await?;
    views.into_iter().find(|p| p.id == id).ok_or_else(|| missing(state))
}

fn missing(state: &State) -> ApiError {
    state.store_error(till_store::StoreError::NotFound)
}
