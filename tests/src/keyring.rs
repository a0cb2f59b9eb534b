//! A real keychain of a test's own: GNOME's, on a private session bus, looked into over the Secret Service's own protocol.

use std::collections::HashMap;
use std::process::{Command, Stdio};

use anyhow::{Result, ensure};
use tempfile::TempDir;
use zbus::{OwnedObjectPath, OwnedVariant, Variant};

use crate::alerts::Bus;
use crate::till::at_home;
use crate::{Group, PATIENCE, clock};

const SERVICE: &str = "org.freedesktop.secrets";
const ROOT: &str = "/org/freedesktop/secrets";
/// Of nothing but a keyring that lives for one test.
const PASSWORD: &str = "till";

/// A secret as the service hands it out: session, parameters, value, content type.
type Secret = (OwnedObjectPath, Vec<u8>, Vec<u8>, String);

/// The keychain and its bus.
pub struct Keyring {
    // Dropped in this order: the daemon before its bus and files.
    daemon: Option<Group>,
    ask: zbus::Connection,
    /// The session bus it is on.
    pub bus: Bus,
    home: TempDir,
}

impl Keyring {
    /// A new keychain, unlocked, as after signing in.
    pub async fn start() -> Result<Keyring> {
        let home = tempfile::Builder::new().prefix("qiantai-keyring-").tempdir()?;
        std::fs::create_dir_all(home.path().join("run"))?;
        let bus = Bus::start()?;
        let ask = zbus::connection::Builder::address(bus.address.as_str()).build().await?;
        let mut keyring = Keyring { daemon: None, ask, bus, home };
        // The password comes from its standard input, without the end of a line.
        keyring.serve(&format!("printf {PASSWORD} | exec gnome-keyring-daemon --unlock \"$@\"")).await?;
        Ok(keyring)
    }

    /// The same keychain, locked, as where nobody has signed in. There is nobody to type its password either.
    pub async fn lock(&mut self) -> Result<()> {
        self.daemon = None;
        self.named(false).await?;
        self.serve("exec gnome-keyring-daemon \"$@\"").await
    }

    async fn serve(&mut self, script: &str) -> Result<()> {
        let run = self.home.path().join("run");
        let mut command = Command::new("sh");
        command.args(["-c", script, "sh", "--foreground", "--components=secrets", "--control-directory"]);
        at_home(&mut command, self.home.path())
            .arg(run.join("keyring"))
            .env("XDG_RUNTIME_DIR", &run)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus.address)
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        self.daemon = Some(Group::spawn(&mut command)?);
        self.named(true).await
    }

    /// Waits until the service is on the bus, or gone from it.
    async fn named(&self, there: bool) -> Result<()> {
        let began = clock();
        loop {
            let bus = "org.freedesktop.DBus";
            let asked = self.ask.call_method(Some(bus), "/", Some(bus), "NameHasOwner", &SERVICE).await?;
            if asked.body().deserialize::<bool>()? == there {
                return Ok(());
            }
            ensure!(began.elapsed() < PATIENCE, "the keychain does not come or go: is gnome-keyring-daemon there?");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    /// Everything it holds, as text.
    pub async fn secrets(&self) -> Result<Vec<String>> {
        let (to, face) = (Some(SERVICE), Some("org.freedesktop.Secret.Service"));
        let plainly = ("plain", Variant::from(""));
        let opened = self.ask.call_method(to, ROOT, face, "OpenSession", &plainly).await?;
        let (_, session): (OwnedVariant, OwnedObjectPath) = opened.body().deserialize()?;
        let all = HashMap::<&str, &str>::new();
        let found = self.ask.call_method(to, ROOT, face, "SearchItems", &all).await?;
        let (open, locked): (Vec<OwnedObjectPath>, Vec<OwnedObjectPath>) = found.body().deserialize()?;
        ensure!(locked.is_empty(), "{} secrets are locked", locked.len());
        let read = self.ask.call_method(to, ROOT, face, "GetSecrets", &(open, session)).await?;
        let secrets: HashMap<OwnedObjectPath, Secret> = read.body().deserialize()?;
        Ok(secrets.into_values().map(|(_, _, value, _)| String::from_utf8_lossy(&value).into_owned()).collect())
    }
}
