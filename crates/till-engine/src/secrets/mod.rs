//! Where secrets are kept: programs' keys, and the key of the file with the keys of contracts.

pub(crate) mod lock;
pub(crate) mod sealed;
mod vault;

use crate::api::{ApiError, SecretPlace};
use crate::state::State;

pub(crate) use vault::{Kept, Trouble, Vault, explain};

const SHOP_ID: &str = "shop_id";

/// The name of this shop in the computer's keychain, as far as it has one.
pub(crate) async fn known_shop_id(state: &State) -> Result<Option<String>, till_store::StoreError> {
    Ok(state.store.setting(SHOP_ID).await?.and_then(|text| serde_json::from_str(&text).ok()))
}

/// The name of this shop in the computer's keychain, so that two shops on one computer keep apart; none without one.
pub(crate) async fn shop_id(state: &State) -> Result<Option<String>, ApiError> {
    if state.vault.place() == SecretPlace::File {
        return Ok(None);
    }
    if let Some(id) = known_shop_id(state).await.map_err(|e| state.store_error(e))? {
        return Ok(Some(id));
    }
    let id = state.random_hex(8)?;
    let text = serde_json::to_string(&id).unwrap_or_default();
    let saved = state.store.set_setting(None, SHOP_ID, text, false, state.now(), "till").await;
    saved.map_err(|e| state.store_error(e))?;
    Ok(Some(id))
}
