//! The till in a real window: a display, a session bus, WebKit's driver and the program under it.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Result, bail};
use fantoccini::Client;
use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use serde_json::{Map, json};
use tempfile::TempDir;

use crate::alerts::{Alerts, Bus};
use crate::till::{Control, at_home};
use crate::{Group, PATIENCE, binary, clock, web};

/// A virtual screen of a test's own.
pub struct Screen {
    _server: Group,
    /// For `DISPLAY`.
    pub name: String,
}

impl Screen {
    /// Starts one on a free number.
    pub fn start() -> Result<Screen> {
        let mut server = Group::spawn(
            Command::new("Xvfb")
                .args(["-displayfd", "1", "-screen", "0", "2400x1200x24", "-nolisten", "tcp", "-noreset"])
                .stdout(Stdio::piped())
                .stderr(Stdio::null()),
        )?;
        let number = server.first_line()?;
        Ok(Screen { _server: server, name: format!(":{}", number.trim()) })
    }
}

/// Which of the two windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// The cashier's.
    Till,
    /// The customer's.
    Counter,
}

/// A desk: screen, bus, both windows, and the control door of the till inside.
pub struct Desk {
    /// The WebDriver session of both windows.
    pub client: Client,
    /// Alerts that reached the desktop.
    pub alerts: Alerts,
    /// The till inside.
    pub till: Control,
    // Dropped in this order: the program before its bus and screen.
    driver: Group,
    _bus: Bus,
    _screen: Screen,
    home: TempDir,
}

/// Starts the desk's program by hand or by a driver: everything it needs around it.
pub struct Around {
    /// The session bus.
    pub bus: Bus,
    /// The screen.
    pub screen: Screen,
    /// Home and data.
    pub home: TempDir,
}

impl Around {
    /// A screen, a bus, an empty home.
    pub fn start() -> Result<Around> {
        let home = tempfile::Builder::new().prefix("qiantai-desk-").tempdir()?;
        // GTK and dconf want a private runtime directory.
        std::fs::create_dir_all(home.path().join("run"))?;
        Ok(Around { bus: Bus::start()?, screen: Screen::start()?, home })
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        self.home.path().join("shop")
    }

    /// A command that sees this screen and bus.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        at_home(&mut command, self.home.path())
            .env("DISPLAY", &self.screen.name)
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("RUST_LOG")
            .env("GDK_BACKEND", "x11")
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus.address)
            .env("XDG_RUNTIME_DIR", self.home.path().join("run"))
            .env("NO_AT_BRIDGE", "1")
            // No sound card here: ALSA's complaints would bury what matters.
            .stderr(if std::env::var_os("QIANTAI_TEST_LOUD").is_some() { Stdio::inherit() } else { Stdio::null() });
        command
    }
}

impl Desk {
    /// Opens the windows of a new shop, with arguments after `--data DIR --bind 127.0.0.1:0`.
    pub async fn open(args: &[&str]) -> Result<Desk> {
        Desk::open_in(Around::start()?, args).await
    }

    /// Opens the windows on a prepared desk.
    pub async fn open_in(around: Around, args: &[&str]) -> Result<Desk> {
        let alerts = Alerts::on(&around.bus).await?;
        let port = web::free_port()?;
        let mut driver = around.command("WebKitWebDriver");
        // What tauri-driver would set: puts the window's web context into automation mode.
        driver.env("TAURI_AUTOMATION", "true").env("TAURI_WEBVIEW_AUTOMATION", "true").arg(format!("--port={port}"));
        let data = around.data();
        let mut program_args =
            vec!["--data".to_owned(), data.display().to_string(), "--bind".into(), "127.0.0.1:0".into()];
        program_args.extend(args.iter().map(|a| (*a).to_owned()));
        let mut capabilities = Map::new();
        capabilities.insert("webkitgtk:browserOptions".into(), json!({ "binary": binary()?, "args": program_args }));
        let (driver, client) = web::session(&mut driver, port, capabilities).await?;
        let till = crate::until("control.json of the till in the window", || Control::find(&data))?;
        Ok(Desk { client, alerts, till, driver, _bus: around.bus, _screen: around.screen, home: around.home })
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        self.home.path().join("shop")
    }

    /// The driver's process id; the program and its web processes are in its group.
    pub fn group_id(&self) -> u32 {
        self.driver.id()
    }

    /// Turns the session to one window. Handles come in no order, so it is known by its address.
    pub async fn to(&self, window: Window) -> Result<()> {
        let began = clock();
        loop {
            for handle in self.client.windows().await? {
                self.client.switch_to_window(handle).await?;
                let address = self.client.current_url().await?;
                let is_counter = address.as_str().contains("view=counter");
                if address.scheme() != "about" && is_counter == (window == Window::Counter) {
                    return Ok(());
                }
            }
            if began.elapsed() > PATIENCE {
                bail!("there is no {window:?} window");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Leaves the first-run wizard, which a shop without a name has, and waits for the till.
    pub async fn past_wizard(&self) -> Result<()> {
        self.to(Window::Till).await?;
        let settings = self.till.call(&json!({ "verb": "settings" }))?;
        if settings["shop_name"] == "" {
            web::element(&self.client, "wizard-skip").await?.click().await?;
        }
        let script = "return !!document.querySelector('[data-testid=\"amount-entry\"]') && !document.querySelector('[data-testid=\"wizard\"]')";
        web::until(&self.client, "the till", script).await
    }

    /// Presses keys one after the other, each down and up, as a hand does.
    pub async fn press(&self, keys: &[char]) -> Result<()> {
        let mut actions = KeyActions::new("keyboard".to_owned());
        for key in keys {
            actions = actions.then(KeyAction::Down { value: *key }).then(KeyAction::Up { value: *key });
        }
        self.client.perform_actions(actions).await?;
        self.client.release_actions().await?;
        Ok(())
    }
}

/// The Enter key.
pub const ENTER: char = '\u{e007}';
