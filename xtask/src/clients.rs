//! Other people's clients of the protocols that programs speak, from PyPI and npm, pinned with hashes in `tests/clients`:
//! the till is asked by somebody who did not write it.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::steps::{Steps, root, run};

fn folder() -> PathBuf {
    root().join(".tools/clients")
}

fn python() -> PathBuf {
    folder().join(if cfg!(windows) { "python/Scripts/python.exe" } else { "python/bin/python" })
}

fn source(name: &str) -> PathBuf {
    root().join("tests/clients").join(name)
}

/// What is to be installed, as one text.
fn pinned() -> String {
    ["requirements.txt", "package.json", "package-lock.json"]
        .map(|name| fs::read_to_string(source(name)).unwrap_or_default())
        .concat()
}

/// Installs them once, and again when what is pinned has changed.
pub fn install(steps: &mut Steps) {
    let stamp = folder().join("installed");
    if fs::read_to_string(&stamp).is_ok_and(|before| before == pinned()) {
        return;
    }
    steps.step("foreign clients (epay-sdk, easypay-node-sdk)", |_| {
        let _ = fs::remove_dir_all(folder());
        let node = folder().join("node");
        fs::create_dir_all(&node).map_err(|e| e.to_string())?;
        run(Command::new(if cfg!(windows) { "python" } else { "python3" })
            .args(["-m", "venv"])
            .arg(folder().join("python")))?;
        run(Command::new(python())
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r"])
            .arg(source("requirements.txt")))?;
        for name in ["package.json", "package-lock.json"] {
            fs::copy(source(name), node.join(name)).map_err(|e| format!("{name}: {e}"))?;
        }
        run(crate::ui::npm().current_dir(&node).args(["ci", "--silent", "--ignore-scripts"]))?;
        fs::write(stamp, pinned()).map_err(|e| e.to_string())
    });
}

/// Tells the tests where they are.
pub fn use_them(command: &mut Command) -> &mut Command {
    command.env("QIANTAI_CLIENTS", folder())
}
