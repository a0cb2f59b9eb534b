//! Programs come, change, get new keys and go. A secret is kept before the book says that it is in force: a row without
//! its secret would be a program that nobody can be.

use till_store::Act;

use super::{Program, addresses, keys, missing, program, protocol_text, refresh, settings, vault_name, view};
use crate::api::{ApiError, Code, Event, ProgramSecret, ProgramSettings, ProgramView, Protocol};
use crate::secrets::{self, Kept, Trouble, shop_id};
use crate::state::{State, get};
use crate::words;

type Result<T> = std::result::Result<T, ApiError>;

/// What is said of a file with programs' secrets that does not open.
const DAMAGED: (&str, &str) = (
    "密钥文件打不开，可能损坏或被改动。请为每个程序重新生成密钥",
    "The file of secrets does not open; it is damaged or was changed. Make new keys for the programs",
);

/// Revoked ones too: their orders need them.
const MOST_PROGRAMS: usize = 500;

/// A repeat cannot show the secret again, and must not pretend that there is none.
fn shown_before(state: &State, program_id: i64) -> ApiError {
    let mut error = words::error(
        state.shop().settings.lang,
        Code::Conflict,
        "这一步已经做过，密钥只显示一次。如果没有记下，请重新生成密钥",
        "This was done already, and a secret is shown once. If nobody wrote it down, make a new one",
    );
    error.details = Some(serde_json::json!({ "program_id": program_id }));
    error
}

fn settings_text(settings: &ProgramSettings) -> String {
    serde_json::to_string(settings).unwrap_or_default()
}

async fn shown(state: &State, program_id: i64, kept: Kept) -> Result<ProgramSecret> {
    let best = addresses(state).into_iter().next().unwrap_or_default();
    let program = view(state, program_id).await?;
    state.emit(Event::ProgramsChanged {});
    let address = format!("{best}/t/{}", kept.token);
    Ok(ProgramSecret { program, secret: kept.key.clone(), token: kept.token.clone(), address })
}

pub(crate) async fn add(
    state: &State,
    actor: &str,
    request_id: &str,
    protocol: Protocol,
    new: ProgramSettings,
) -> Result<ProgramSecret> {
    let lang = state.shop().settings.lang;
    let new = settings::check(lang, protocol, new)?;
    let _changing = state.vault.changing().await;
    if get(&state.programs).len() >= MOST_PROGRAMS {
        return Err(words::error(lang, Code::Invalid, "程序最多 500 个", "At most 500 programs"));
    }
    let (key_id, kept, shop) = (keys::key_id(state, protocol)?, keys::secrets(state, protocol)?, shop_id(state).await?);
    let set = state.vault.set(shop.clone(), vault_name(&key_id), kept.clone()).await;
    set.map_err(|trouble| secrets::explain(lang, &trouble, DAMAGED))?;
    let text = settings_text(&new);
    let added = state.store.add_program(request_id, protocol_text(protocol), &key_id, text, state.now(), actor).await;
    let row = match added {
        Ok(Act::New(row)) => row,
        other => {
            // Nobody will ask for it; if it stays, it opens nothing.
            if let Err(cause) = state.vault.remove(shop, vault_name(&key_id)).await {
                tracing::warn!(%cause, "a secret that nobody uses stays behind");
            }
            return match other {
                Ok(Act::Repeat(id)) => Err(shown_before(state, id)),
                Err(cause) => Err(state.store_error(cause)),
                Ok(Act::New(row)) => Err(shown_before(state, row.id)),
            };
        }
    };
    refresh(state, Some((&key_id, &kept))).await.map_err(|e| state.store_error(e))?;
    shown(state, row.id, kept).await
}

fn known(state: &State, program_id: i64) -> Result<Program> {
    program(state, program_id).ok_or_else(|| missing(state))
}

pub(crate) async fn update(
    state: &State,
    actor: &str,
    request_id: &str,
    program_id: i64,
    new: ProgramSettings,
) -> Result<ProgramView> {
    let _changing = state.vault.changing().await;
    let program = known(state, program_id)?;
    let new = settings::check(state.shop().settings.lang, program.protocol, new)?;
    let text = settings_text(&new);
    let saved = state.store.update_program(request_id, program_id, text, state.now(), actor).await;
    saved.map_err(|e| state.store_error(e))?;
    changed(state, program_id).await
}

async fn changed(state: &State, program_id: i64) -> Result<ProgramView> {
    refresh(state, None).await.map_err(|e| state.store_error(e))?;
    state.emit(Event::ProgramsChanged {});
    view(state, program_id).await
}

pub(crate) async fn renew(state: &State, actor: &str, request_id: &str, program_id: i64) -> Result<ProgramSecret> {
    let lang = state.shop().settings.lang;
    let _changing = state.vault.changing().await;
    let program = known(state, program_id)?;
    if program.revoked {
        return Err(words::error(
            lang,
            Code::Conflict,
            "这个程序已经停用，请新建一个",
            "This program was revoked; add a new one",
        ));
    }
    let note = async || state.store.end_program_key(request_id, program_id, false, state.now(), actor).await;
    if state.store.request_done(request_id).await.map_err(|e| state.store_error(e))? {
        // Says if the id was another act's.
        note().await.map_err(|e| state.store_error(e))?;
        return Err(shown_before(state, program_id));
    }
    let (kept, shop) = (keys::secrets(state, program.protocol)?, shop_id(state).await?);
    if let Err(trouble) = state.vault.set(shop.clone(), vault_name(&program.key_id), kept.clone()).await {
        // It may still be written: what is kept is looked at again until it is known.
        state.vault.doubt(state.vault.is_doubtful() || trouble == Trouble::Slow);
        return Err(secrets::explain(lang, &trouble, DAMAGED));
    }
    if let Err(cause) = note().await {
        put_back(state, &program, shop).await;
        return Err(state.store_error(cause));
    }
    refresh(state, Some((&program.key_id, &kept))).await.map_err(|e| state.store_error(e))?;
    shown(state, program_id, kept).await
}

/// The book did not take the new key: the old one stays in force.
async fn put_back(state: &State, program: &Program, shop: Option<String>) {
    let put = match &program.secret {
        Some(old) => {
            let old = Kept { key: old.key.clone(), token: old.token.clone(), at: state.now() };
            state.vault.set(shop, vault_name(&program.key_id), old).await
        }
        None => state.vault.remove(shop, vault_name(&program.key_id)).await,
    };
    if let Err(cause) = put {
        tracing::error!(%cause, program = program.id, "the program's old key could not be put back; make a new one");
    }
}

pub(crate) async fn revoke(state: &State, actor: &str, request_id: &str, program_id: i64) -> Result<ProgramView> {
    let _changing = state.vault.changing().await;
    known(state, program_id)?;
    // Its secret stays: what was paid is still told, and what is told is signed.
    let ended = state.store.end_program_key(request_id, program_id, true, state.now(), actor).await;
    ended.map_err(|e| state.store_error(e))?;
    changed(state, program_id).await
}
