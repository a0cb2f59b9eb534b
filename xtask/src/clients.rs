//! Other people's clients of the protocols that programs speak to the till, and of the providers' that the till speaks,
//! from PyPI and npm, pinned with hashes in `tests/clients`: the till is asked, and the simulated providers are judged, by
//! somebody who did not write them.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::steps::{Steps, root, run};

fn folder() -> PathBuf {
    root().join(".tools/clients")
}

/// Where Python packages go, and which. Two of Alipay's clients have one name, so one of them lives apart.
const PYTHONS: [(&str, &str); 2] = [("python", "requirements.txt"), ("official", "requirements-official.txt")];

fn python(place: &str) -> PathBuf {
    folder().join(place).join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" })
}

fn source(name: &str) -> PathBuf {
    root().join("tests/clients").join(name)
}

/// What is to be installed, as one text.
fn pinned() -> String {
    ["requirements.txt", "requirements-official.txt", "package.json", "package-lock.json"]
        .map(|name| fs::read_to_string(source(name)).unwrap_or_default())
        .concat()
}

/// Installs them once, and again when what is pinned has changed.
pub fn install(steps: &mut Steps) {
    let stamp = folder().join("installed");
    if fs::read_to_string(&stamp).is_ok_and(|before| before == pinned()) {
        return;
    }
    steps.step("foreign clients (from PyPI and npm)", |_| {
        let _ = fs::remove_dir_all(folder());
        let node = folder().join("node");
        fs::create_dir_all(&node).map_err(|e| e.to_string())?;
        for (place, packages) in PYTHONS {
            run(Command::new(if cfg!(windows) { "python" } else { "python3" })
                .args(["-m", "venv"])
                .arg(folder().join(place)))?;
            run(Command::new(python(place))
                .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r"])
                .arg(source(packages)))?;
        }
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
