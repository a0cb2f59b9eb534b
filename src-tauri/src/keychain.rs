//! The computer's own keychain: Credential Manager on Windows, the login keychain on macOS, the Secret Service on
//! Linux. Used only where it has just shown that it works; a server without anybody signed in has none, and the engine
//! keeps secrets in a file there. `QIANTAI_KEYCHAIN=off` does so everywhere.

use std::sync::Arc;
use std::time::Duration;

use keyring_core::{CredentialStore, Entry, Error};
use till_engine::ports::Keychain;
use tokio::sync::{OnceCell, oneshot};

const SERVICE: &str = "qiantai";
const OFF: &str = "QIANTAI_KEYCHAIN";
/// A locked keychain asks for its password and waits: then it is none for this start.
const PATIENCE: Duration = Duration::from_secs(4);

struct SystemKeychain {
    store: Arc<CredentialStore>,
}

impl SystemKeychain {
    fn entry(&self, name: &str) -> Result<Entry, String> {
        self.store.build(SERVICE, name, None).map_err(|e| words(&e))
    }
}

/// An error without what it may carry of a secret.
fn words(error: &Error) -> String {
    match error {
        Error::BadEncoding(_) | Error::BadDataFormat(..) => "what it holds does not read".into(),
        error => error.to_string(),
    }
}

impl Keychain for SystemKeychain {
    fn get(&self, name: &str) -> Result<Option<String>, String> {
        match self.entry(name)?.get_password() {
            Ok(secret) => Ok(Some(secret)),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(words(&error)),
        }
    }

    fn set(&self, name: &str, secret: &str) -> Result<(), String> {
        self.entry(name)?.set_password(secret).map_err(|e| words(&e))
    }

    fn remove(&self, name: &str) -> Result<(), String> {
        match self.entry(name)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(words(&error)),
        }
    }
}

#[cfg(target_os = "linux")]
fn open() -> Result<Arc<CredentialStore>, Error> {
    Ok(zbus_secret_service_keyring_store::Store::new()?)
}

#[cfg(target_os = "macos")]
fn open() -> Result<Arc<CredentialStore>, Error> {
    Ok(apple_native_keyring_store::keychain::Store::new()?)
}

#[cfg(windows)]
fn open() -> Result<Arc<CredentialStore>, Error> {
    Ok(windows_native_keyring_store::Store::new()?)
}

/// Writes, reads and removes something of no value. A keychain that can be read but not written is of no use.
fn proved(keychain: &dyn Keychain) -> Result<(), String> {
    let (name, word) = (format!("probe/{}", uuid::Uuid::new_v4()), uuid::Uuid::new_v4().to_string());
    keychain.set(&name, &word)?;
    let read = keychain.get(&name);
    keychain.remove(&name)?;
    if read? == Some(word) { Ok(()) } else { Err("it gives back something else than it was given".into()) }
}

async fn look() -> Option<Arc<dyn Keychain>> {
    if std::env::var_os(OFF).is_some_and(|value| value == "off") {
        return None;
    }
    let (say, heard) = oneshot::channel();
    // A thread of its own: one that hangs must not keep the program from ending.
    let thread = std::thread::Builder::new().name("keychain".into()).spawn(move || {
        let found = open().map_err(|e| words(&e)).and_then(|store| {
            let keychain = SystemKeychain { store };
            proved(&keychain).map(|()| keychain)
        });
        let _ = say.send(found);
    });
    let found = match (thread, tokio::time::timeout(PATIENCE, heard).await) {
        (Ok(_), Ok(Ok(found))) => found,
        (Err(error), _) => Err(error.to_string()),
        (_, Ok(Err(_))) => Err("it broke off".into()),
        (_, Err(_)) => Err("it did not answer in time".into()),
    };
    match found {
        Ok(keychain) => Some(Arc::new(keychain)),
        Err(cause) => {
            tracing::info!(cause, "no keychain: secrets of programs are kept in a file");
            None
        }
    }
}

/// The keychain, if there is one that works; looked for once in a process.
pub async fn system() -> Option<Arc<dyn Keychain>> {
    static FOUND: OnceCell<Option<Arc<dyn Keychain>>> = OnceCell::const_new();
    FOUND.get_or_init(look).await.clone()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::Mutex;

    use super::*;

    /// Does what a keychain does, or not.
    #[derive(Default)]
    struct Fake {
        kept: Mutex<HashMap<String, String>>,
        locked: bool,
        forgetful: bool,
    }

    impl Keychain for Fake {
        fn get(&self, name: &str) -> Result<Option<String>, String> {
            Ok(self.kept.lock().unwrap().get(name).cloned())
        }

        fn set(&self, name: &str, secret: &str) -> Result<(), String> {
            if self.locked {
                return Err("locked".into());
            }
            if !self.forgetful {
                self.kept.lock().unwrap().insert(name.into(), secret.into());
            }
            Ok(())
        }

        fn remove(&self, name: &str) -> Result<(), String> {
            self.kept.lock().unwrap().remove(name);
            Ok(())
        }
    }

    #[test]
    fn a_keychain_must_give_back_what_it_was_given() {
        let fine = Fake::default();
        assert_eq!(proved(&fine), Ok(()));
        assert!(fine.kept.lock().unwrap().is_empty(), "the probe stays behind");
        assert!(proved(&Fake { locked: true, ..Fake::default() }).is_err());
        assert!(proved(&Fake { forgetful: true, ..Fake::default() }).is_err());
    }

    #[test]
    fn names_and_absence_are_as_the_engine_expects() {
        let keychain = SystemKeychain { store: keyring_core::mock::Store::new().unwrap() };
        assert_eq!(keychain.get("shop/program/a"), Ok(None));
        keychain.set("shop/program/a", "one").unwrap();
        assert_eq!(keychain.get("shop/program/a"), Ok(Some("one".into())));
        keychain.remove("shop/program/a").unwrap();
        keychain.remove("shop/program/a").unwrap();
        assert_eq!(keychain.get("shop/program/a"), Ok(None));
    }

    #[test]
    fn an_error_does_not_carry_what_was_read() {
        assert!(!words(&Error::BadEncoding(b"SECRET".to_vec())).contains("SECRET"));
        assert!(!words(&Error::BadEncoding(b"SECRET".to_vec())).contains("83"));
    }
}
