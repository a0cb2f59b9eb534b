//! Clients that nobody here wrote, and shops that use them (`tests/clients`): started as processes of their own, told what
//! to do over their control paths, heard through what they tell of it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use crate::http::{Call, once};
use crate::program::Program;
use crate::till::host_port;
use crate::{Group, until};

/// A running shop; ended when dropped.
pub struct ForeignShop {
    /// `http://127.0.0.1:port`.
    pub url: String,
    address: SocketAddr,
    _process: Group,
}

/// Where the clients were installed: `QIANTAI_CLIENTS`, or `.tools/clients` in the project.
fn installed() -> Result<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("tests lie in the project")?;
    let dir = std::env::var_os("QIANTAI_CLIENTS").map_or_else(|| root.join(".tools/clients"), PathBuf::from);
    ensure!(dir.join("installed").is_file(), "{}: ./dev e2e installs the foreign clients", dir.display());
    Ok(dir)
}

/// The script whose client has a name that another client has too: installed apart.
const APART: &str = "official_alipay.py";

impl ForeignShop {
    /// Starts one of the scripts in `tests/clients`.
    pub fn open(script: &str) -> Result<ForeignShop> {
        let clients = installed()?;
        let mut command = match script.ends_with(".mjs") {
            true => Command::new("node"),
            false if script.ends_with(APART) => Command::new(clients.join("official/bin/python")),
            false => Command::new(clients.join("python/bin/python")),
        };
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients");
        command
            .arg(scripts.join(script))
            .env("QIANTAI_NODE_CLIENTS", clients.join("node"))
            .env("PYTHONPATH", &scripts)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            // The till is on this computer, whatever proxy the computer has.
            .env("NO_PROXY", "*")
            .env("no_proxy", "*")
            .stdout(Stdio::piped());
        let mut process = Group::spawn(&mut command)?;
        let url = process.first_line()?.trim().to_owned();
        Ok(ForeignShop { address: host_port(&url)?, url, _process: process })
    }

    fn ask(&self, path: &str, body: &Value) -> Result<Value> {
        let mut answer = once(self.address, &Call::json(path, body))?.json()?;
        match answer["error"].as_str() {
            Some(error) => bail!("{error}"),
            None => Ok(answer["ok"].take()),
        }
    }

    /// Gives its client the till's address and the program's keys.
    pub fn configure(&self, program: &Program) -> Result<()> {
        let till = format!("http://{}", program.address);
        self.tell(&json!({ "till": till, "id": program.key_id, "key": program.secret }))
    }

    /// Gives its client whatever it needs to begin.
    pub fn tell(&self, contract: &Value) -> Result<()> {
        self.ask("/_/configure", contract)?;
        Ok(())
    }

    /// Makes its client do something.
    pub fn act(&self, act: &str, mut fields: Value) -> Result<Value> {
        fields["act"] = act.into();
        self.ask("/_/do", &fields)
    }

    /// What came at its doors, and what its client thought of it.
    pub fn told(&self) -> Result<Vec<Value>> {
        let told = once(self.address, &Call::get("/_/told"))?.json()?;
        Ok(told.as_array().cloned().unwrap_or_default())
    }

    /// Waits for the first callback.
    pub fn first_notice(&self) -> Result<Value> {
        until("a callback at the shop", || Ok(self.told()?.into_iter().find(|told| told["door"] == "notify")))
    }
}
