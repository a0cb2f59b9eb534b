//! A running till: started headless, or found through its data directory when a window runs it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::http::{Call, Http};
use crate::{Group, Phone, binary, now_ms, request_id};

/// A WeChat receiving code without an amount.
pub const WECHAT_CODE: &str = "wxp://f2f0QiantaiTestCodeOfTheShop0123456789";
/// An Alipay receiving code without an amount.
pub const ALIPAY_CODE: &str = "https://qr.alipay.com/fkx12345qiantaitest678901";

/// The till said no: its own error, as it crosses every border.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// `invalid`, `not_found`, `conflict`, `pool_exhausted`…
    pub code: String,
    /// The human cause.
    pub message: String,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Refused {}

/// How the command line answered.
#[derive(Clone, Debug)]
pub struct Cli {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Cli {
    /// Standard output as JSON.
    pub fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.out).with_context(|| format!("not JSON: {self:?}"))
    }
}

/// No session bus, so no desktop alerts and no keychain of whoever runs the tests.
pub const NO_BUS: &str = "disabled:";

/// Where a test's program finds the passphrase of the contracts' keys, once one is chosen.
const PASSPHRASE_FILE: &str = "passphrase";

/// The program with an environment of its own: no desktop, no home of the person who runs the tests.
pub fn program(dir: &Path) -> Result<Command> {
    let mut command = Command::new(binary()?);
    for name in ["DISPLAY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR", "RUST_LOG", "QIANTAI_DATA"] {
        command.env_remove(name);
    }
    at_home(&mut command, dir).env("DBUS_SESSION_BUS_ADDRESS", "disabled:");
    command.env("QIANTAI_PASSPHRASE_FILE", dir.join(PASSPHRASE_FILE));
    Ok(command)
}

/// Gives a command a home inside the test's own directory.
pub fn at_home<'a>(command: &'a mut Command, dir: &Path) -> &'a mut Command {
    command
        .env("HOME", dir.join("home"))
        .env("XDG_DATA_HOME", dir.join("home/share"))
        .env("XDG_CONFIG_HOME", dir.join("home/config"))
        .env("XDG_CACHE_HOME", dir.join("home/cache"))
        .env("LC_ALL", "C.UTF-8")
        .env("TZ", "Asia/Shanghai")
}

/// Runs `qiantai --data DIR ARGS…`.
pub fn cli(dir: &Path, args: &[&str]) -> Result<Cli> {
    let out = program(dir)?.arg("--data").arg(dir.join("shop")).args(args).stdin(Stdio::null()).output()?;
    Ok(Cli {
        code: out.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&out.stdout).into_owned(),
        err: String::from_utf8_lossy(&out.stderr).into_owned(),
    })
}

/// The control door of a running till, as its data directory tells it.
pub struct Control {
    /// The LAN port.
    pub address: SocketAddr,
    token: String,
    http: Mutex<Http>,
}

impl Control {
    /// Reads `control.json`; `None` while there is none (or half of one).
    pub fn find(data: &Path) -> Result<Option<Control>> {
        let Ok(text) = std::fs::read_to_string(data.join("control.json")) else { return Ok(None) };
        let Ok(file) = serde_json::from_str::<Value>(&text) else { return Ok(None) };
        let address = host_port(file["address"].as_str().context("control.json has no address")?)?;
        let token = file["token"].as_str().context("control.json has no token")?.to_owned();
        Ok(Some(Control { address, token, http: Mutex::new(Http::new(address)) }))
    }

    /// What the command line shows at the control door.
    pub fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }

    /// Asks for one act over a connection that is kept.
    pub fn call(&self, request: &Value) -> Result<Value> {
        let mut http = self.http.lock().map_err(|_| anyhow::anyhow!("a test thread panicked"))?;
        self.call_over(&mut http, request)
    }

    /// Asks over the caller's own connection, for tests that ask many things at once.
    pub fn call_over(&self, http: &mut Http, request: &Value) -> Result<Value> {
        let call = Call::json("/control/call", request).header("authorization", self.bearer());
        let mut body = http.send(&call)?.json()?;
        if body["ok"] == true {
            return Ok(body["value"].take());
        }
        match (body["error"]["code"].as_str(), body["error"]["message"].as_str()) {
            (Some(code), Some(message)) => Err(Refused { code: code.into(), message: message.into() }.into()),
            _ => bail!("the control door answered {body}"),
        }
    }

    /// An act with a request id of its own.
    pub fn act(&self, mut request: Value) -> Result<Value> {
        request["request_id"] = request_id().into();
        self.call(&request)
    }

    /// Opens a ticket for a price.
    pub fn ring_up(&self, fen: i64) -> Result<Value> {
        self.act(json!({ "verb": "ring_up", "sale": { "lines": [{ "price_fen": fen }] } }))
    }

    /// One ticket.
    pub fn ticket(&self, id: i64) -> Result<Value> {
        self.call(&json!({ "verb": "ticket", "ticket_id": id }))
    }

    /// The inbox's open items, newest first.
    pub fn inbox(&self) -> Result<Vec<Value>> {
        let page = self.call(&json!({ "verb": "inbox", "filter": "open", "limit": 1000 }))?;
        Ok(page["items"].as_array().cloned().unwrap_or_default())
    }

    /// Adds a receiving code as a new account and gives the account's id.
    pub fn add_code(&self, channel: &str, payload: &str) -> Result<i64> {
        let accounts = self.act(json!({
            "verb": "add_code", "payload": payload, "channel": channel, "account_id": null, "label": channel, "amount_fen": null,
        }))?;
        let list = accounts.as_array().context("accounts")?;
        let with =
            list.iter().find(|a| a["codes"].as_array().is_some_and(|c| c.iter().any(|c| c["payload"] == payload)));
        with.and_then(|a| a["id"].as_i64()).with_context(|| format!("the new account is not in {accounts}"))
    }

    /// The codes of a small shop: one WeChat, one Alipay.
    pub fn add_codes(&self) -> Result<()> {
        self.add_code("wechat", WECHAT_CODE)?;
        self.add_code("alipay", ALIPAY_CODE)?;
        Ok(())
    }

    /// Pairs a phone.
    pub fn pair(&self, name: &str) -> Result<Phone> {
        let pairing = self.act(json!({ "verb": "add_device", "name": name }))?;
        let text =
            |field: &str| pairing[field].as_str().map(str::to_owned).with_context(|| format!("no {field}: {pairing}"));
        Ok(Phone {
            address: self.address,
            device_id: pairing["device"]["id"].as_i64().context("device id")?,
            key: text("key")?,
            token: text("token")?,
            secret: text("smsforwarder_secret")?,
        })
    }

    /// All settings, changed by `change`, saved.
    pub fn change_settings(&self, change: impl FnOnce(&mut Value)) -> Result<()> {
        let mut settings = self.call(&json!({ "verb": "settings" }))?;
        change(&mut settings);
        self.act(json!({ "verb": "save_settings", "settings": settings }))?;
        Ok(())
    }

    /// The till's health.
    pub fn health(&self) -> Result<Value> {
        self.call(&json!({ "verb": "health" }))
    }

    /// The newest refusals on the port.
    pub fn refused(&self) -> Result<Vec<Value>> {
        let list = self.call(&json!({ "verb": "refused", "limit": 100 }))?;
        Ok(list.as_array().cloned().unwrap_or_default())
    }
}

/// A till without windows, ended when dropped.
pub struct Till {
    process: Option<Group>,
    home: TempDir,
    args: Vec<String>,
    bus: String,
    control: Control,
    /// The counter page's address with its token.
    pub display: String,
}

impl std::ops::Deref for Till {
    type Target = Control;
    fn deref(&self) -> &Control {
        &self.control
    }
}

impl Till {
    /// A till of a new shop without codes.
    pub fn start() -> Result<Till> {
        Till::start_with(&["--bind", "127.0.0.1:0"])
    }

    /// A till of a shop with two codes, and its paired phone.
    pub fn with_phone() -> Result<(Till, Phone)> {
        let till = Till::start()?;
        till.add_codes()?;
        let phone = till.pair("counter phone")?;
        Ok((till, phone))
    }

    /// A till with arguments of its own (after `--headless --no-alerts --data DIR`).
    pub fn start_with(args: &[&str]) -> Result<Till> {
        Till::start_new(args, NO_BUS)
    }

    /// A till of a new shop on a session bus, where its keychain may be.
    pub fn start_on_bus(bus: &str) -> Result<Till> {
        Till::start_new(&["--bind", "127.0.0.1:0"], bus)
    }

    fn start_new(args: &[&str], bus: &str) -> Result<Till> {
        let home = tempfile::Builder::new().prefix("qiantai-").tempdir()?;
        Till::start_in(home, args.iter().map(|a| (*a).to_owned()).collect(), bus.to_owned())
    }

    fn start_in(home: TempDir, args: Vec<String>, bus: String) -> Result<Till> {
        let mut command = program(home.path())?;
        command.env("DBUS_SESSION_BUS_ADDRESS", &bus);
        // Without a sound card every chime would fill the test's output with ALSA's complaints.
        command
            .args(["--headless", "--no-alerts", "--data"])
            .arg(home.path().join("shop"))
            .args(&args)
            .stdout(Stdio::piped());
        let mut process = Group::spawn(&mut command)?;
        let line = process.first_line()?;
        let ready: Value = serde_json::from_str(&line).with_context(|| format!("the ready line is no JSON: {line}"))?;
        let display = ready["display"].as_str().context("the ready line has no display")?.to_owned();
        host_port(ready["address"].as_str().context("the ready line has no address")?)?;
        let control = Control::find(&home.path().join("shop"))?.context("a ready till has a control.json")?;
        Ok(Till { process: Some(process), home, args, bus, control, display })
    }

    /// Chooses the passphrase that contracts need where there is no keychain, and writes it down for later starts.
    pub fn choose_passphrase(&self) -> Result<()> {
        let passphrase = request_id();
        let path = self.home.path().join(PASSPHRASE_FILE);
        std::fs::write(&path, &passphrase)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
        }
        let safe = self.act(json!({ "verb": "set_passphrase", "old": null, "passphrase": passphrase }))?;
        anyhow::ensure!(safe == "open", "{safe}");
        Ok(())
    }

    /// The directory given to the program.
    pub fn data(&self) -> PathBuf {
        self.home.path().join("shop")
    }

    /// Everything that it may have written: its data directory and its home.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// The process, to be watched.
    pub fn process(&mut self) -> Option<&mut Group> {
        self.process.as_mut()
    }

    /// Ends it in the middle of whatever it does.
    pub fn kill9(&mut self) {
        if let Some(process) = self.process.take() {
            process.kill9();
        }
    }

    /// Ends it as a system does at shutdown and waits until it is gone.
    pub fn stop(&mut self) -> Result<()> {
        if let Some(mut process) = self.process.take() {
            process.terminate();
            process.ended()?;
        }
        Ok(())
    }

    /// Starts it again on the same directory (stopping it first if it still runs).
    pub fn restart(mut self) -> Result<Till> {
        self.stop()?;
        Till::start_in(self.home, self.args, self.bus)
    }

    /// The same on another session bus.
    pub fn restart_on_bus(mut self, bus: &str) -> Result<Till> {
        self.stop()?;
        Till::start_in(self.home, self.args, bus.to_owned())
    }

    /// The same with other arguments.
    pub fn restart_with(mut self, args: &[&str]) -> Result<Till> {
        self.stop()?;
        Till::start_in(self.home, args.iter().map(|a| (*a).to_owned()).collect(), self.bus)
    }

    /// The same on the same port, so that pages find it again.
    pub fn restart_on_its_port(mut self) -> Result<Till> {
        self.stop()?;
        let address = self.control.address.to_string();
        let args = self.args.iter().map(|a| if a.ends_with(":0") { address.clone() } else { a.clone() }).collect();
        Till::start_in(self.home, args, self.bus)
    }

    /// Runs `qiantai --data DIR ARGS…` on this till's directory.
    pub fn cli(&self, args: &[&str]) -> Result<Cli> {
        cli(self.home.path(), args)
    }

    /// Waits until a ticket has a status.
    pub fn until_status(&self, id: i64, status: &str) -> Result<Value> {
        crate::until(&format!("ticket {id} to be {status}"), || {
            let ticket = self.ticket(id)?;
            Ok((ticket["status"] == status).then_some(ticket))
        })
    }
}

/// `http://host:port/…` or `host:port` as a socket address; a wildcard host means this computer.
pub fn host_port(text: &str) -> Result<SocketAddr> {
    let text = text.trim_start_matches("http://").split('/').next().unwrap_or_default();
    let mut address: SocketAddr = text.parse().with_context(|| format!("no address: {text}"))?;
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    Ok(address)
}

/// The ticket's id.
pub fn id(ticket: &Value) -> i64 {
    ticket["id"].as_i64().unwrap_or_default()
}

/// What the customer must pay.
pub fn due(ticket: &Value) -> i64 {
    ticket["due_fen"].as_i64().unwrap_or_default()
}

/// The error code of a refused call.
pub fn refusal<T: std::fmt::Debug>(answer: Result<T>) -> Result<String> {
    match answer {
        Ok(value) => bail!("it should have been refused, and answered {value:?}"),
        Err(error) => match error.downcast::<Refused>() {
            Ok(refused) => Ok(refused.code),
            Err(other) => Err(other),
        },
    }
}

/// A 13-digit time, `ago` milliseconds before now.
pub fn t_ago(ago: i64) -> String {
    (now_ms() - ago).to_string()
}
