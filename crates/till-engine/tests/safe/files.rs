//! The files as they stand, and as an earlier version left them.

use std::path::{Path, PathBuf};

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{Key, KeyInit, XChaCha20Poly1305, XNonce};
use serde_json::{Value, json};
use till_engine::api::ApiError;

use crate::contract::{APP_KEY, add, whole};
use crate::shop::{PASSPHRASE, Shop};

pub const OTHER: &str = "另一个口令 2027";

pub fn lock_file(shop: &Shop) -> PathBuf {
    shop.dir.path().join("contracts.lock")
}

pub fn sealed_file(shop: &Shop) -> PathBuf {
    shop.dir.path().join("contracts.bin")
}

/// A line out of the middle of the contract's private key.
pub fn secret_line() -> &'static str {
    &APP_KEY.lines().nth(9).unwrap()[..20]
}

/// Every file of the shop, with its name.
pub fn files(shop: &Shop) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(shop.dir.path()).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.filter(|path| path.is_file());
    files.map(|path| (path.file_name().unwrap().to_str().unwrap().into(), std::fs::read(&path).unwrap())).collect()
}

pub fn holds(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

/// The key that an earlier version kept beside the sealed file.
pub const EARLIER_KEY: [u8; 32] = [9; 32];

/// Puts the key where an earlier version kept it, in the form in which it did.
pub fn as_earlier(dir: &Path) {
    let file_key = [3_u8; 32];
    let kept = json!({"contracts": {"key": hex::encode(EARLIER_KEY), "token": "", "at": 1}}).to_string();
    let magic = b"qiantai secrets 1\n";
    let nonce = [5_u8; 24];
    let cipher = XChaCha20Poly1305::new(&Key::from(file_key));
    let payload = Payload { msg: kept.as_bytes(), aad: magic };
    let sealed = cipher.encrypt(&XNonce::from(nonce), payload).unwrap();
    std::fs::write(dir.join("secrets.key"), hex::encode(file_key)).unwrap();
    std::fs::write(dir.join("secrets.bin"), [magic.as_slice(), &nonce, &sealed].concat()).unwrap();
}

/// Whether the key still lies where an earlier version kept it.
pub fn lies_open(dir: &Path) -> bool {
    let Ok(bytes) = std::fs::read(dir.join("secrets.bin")) else { return false };
    let magic = b"qiantai secrets 1\n";
    let (nonce, sealed) = bytes[magic.len()..].split_first_chunk::<24>().unwrap();
    let mut key = [0; 32];
    hex::decode_to_slice(std::fs::read(dir.join("secrets.key")).unwrap(), &mut key).unwrap();
    let payload = Payload { msg: sealed, aad: magic };
    let opened = XChaCha20Poly1305::new(&Key::from(key)).decrypt(&XNonce::from(*nonce), payload).unwrap();
    holds(&opened, b"contracts")
}

impl Shop {
    /// Restarts without anybody there who knows the passphrase.
    pub async fn restart(mut self) -> Shop {
        self.ports.passphrase_file = None;
        self.reopen().await
    }

    pub async fn safe(&self) -> String {
        self.contracts().await["safe"].as_str().unwrap().to_owned()
    }

    pub async fn choose(&self, old: Option<&str>, passphrase: &str) -> Result<Value, ApiError> {
        self.act(json!({"verb": "set_passphrase", "old": old, "passphrase": passphrase})).await
    }

    pub async fn unlock(&self, passphrase: &str) -> Result<Value, ApiError> {
        self.ask(json!({"verb": "unlock_contracts", "passphrase": passphrase})).await
    }

    /// How the only contract stands.
    pub async fn state(&self) -> String {
        self.contracts().await["gateways"][0]["state"].as_str().unwrap().to_owned()
    }
}

/// A shop as an earlier version left it: a contract, and its key beside it.
pub async fn earlier() -> Shop {
    let shop = Shop::new().await;
    as_earlier(shop.dir.path());
    shop.choose(None, PASSPHRASE).await.unwrap();
    shop.act(add("支付宝", whole())).await.unwrap();
    std::fs::remove_file(lock_file(&shop)).unwrap();
    as_earlier(shop.dir.path());
    shop.restart().await
}
