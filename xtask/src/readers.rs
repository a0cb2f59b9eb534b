//! Other people's readers of our files: pandas, openpyxl and beancount in a Python of their own, so that a golden file is
//! opened by somebody who did not write it. hledger, ledger and LibreOffice come from the system's packages.

use std::path::PathBuf;
use std::process::Command;

use crate::steps::{Steps, root, run};

/// Pinned: a new reader is a change of ours, not a surprise.
const PACKAGES: [&str; 3] = ["pandas==3.1.1", "openpyxl==3.1.5", "beancount==3.2.3"];

fn folder() -> PathBuf {
    root().join(".tools/readers")
}

fn python() -> PathBuf {
    folder().join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" })
}

/// True once all of them are there, in these versions.
fn whole() -> bool {
    let checks = PACKAGES.map(|package| {
        let (name, version) = package.split_once("==").unwrap_or((package, ""));
        format!("assert v('{name}') == '{version}'")
    });
    let script = format!("from importlib.metadata import version as v; {}", checks.join("; "));
    let mut check = Command::new(python());
    check.args(["-c", &script]).stderr(std::process::Stdio::null());
    run(&mut check).is_ok()
}

/// Makes them once.
pub fn install(steps: &mut Steps) {
    if whole() {
        return;
    }
    steps.step("readers of our files (pandas, openpyxl, beancount)", |_| {
        let _ = std::fs::remove_dir_all(folder());
        run(Command::new(if cfg!(windows) { "python" } else { "python3" }).args(["-m", "venv"]).arg(folder()))?;
        run(Command::new(python())
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .args(PACKAGES))
    });
}

/// Tells the tests where they are, and that they are not to be left out.
pub fn use_them(command: &mut Command) -> &mut Command {
    if cfg!(target_os = "linux") {
        command.env("QIANTAI_FOREIGN_READERS", "1");
    }
    command.env("QIANTAI_PYTHON", python())
}
