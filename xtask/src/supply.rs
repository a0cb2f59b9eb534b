//! Where dependencies come from and under which licences. A small check runs everywhere; cargo-deny where it can be had.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::steps::{Steps, cargo, have, output, root, run};

/// Only crates.io, only licences that deny.toml allows; the fuzz targets, which have a lock file of their own, too.
pub fn lock_and_licences() -> Result<(), String> {
    let rules = fs::read_to_string(root().join("deny.toml")).map_err(|e| format!("deny.toml: {e}"))?;
    let allowed = allow_list(&rules);
    for folder in [root(), root().join("fuzz")] {
        only_crates_io(&folder.join("Cargo.lock"))?;
        let mut metadata = cargo();
        metadata.args(["metadata", "--format-version", "1", "--locked", "--manifest-path"]);
        only_allowed(&output(metadata.arg(folder.join("Cargo.toml")))?, &allowed)?;
    }
    Ok(())
}

fn only_crates_io(lock: &Path) -> Result<(), String> {
    let text = fs::read_to_string(lock).map_err(|e| format!("{}: {e}", lock.display()))?;
    let crates_io = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
    match text.lines().find(|line| line.starts_with("source = ") && *line != crates_io) {
        Some(foreign) => Err(format!("{} names a source other than crates.io: {foreign}", lock.display())),
        None => Ok(()),
    }
}

fn only_allowed(metadata: &str, allowed: &BTreeSet<String>) -> Result<(), String> {
    let metadata: Value = serde_json::from_str(metadata).map_err(|e| e.to_string())?;
    let mut wrong = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = package["name"].as_str().unwrap_or_default();
        let licence = package["license"].as_str().unwrap_or_default();
        if !fits(licence, allowed) {
            wrong.push(format!("{name} {} ({licence})", package["version"].as_str().unwrap_or_default()));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(format!("licences that deny.toml does not allow: {}", wrong.join(", "))) }
}

/// The strings of `allow = [ … ]` under `[licenses]`.
fn allow_list(toml: &str) -> BTreeSet<String> {
    let lines = toml.lines().skip_while(|l| l.trim() != "[licenses]").skip_while(|l| !l.starts_with("allow"));
    lines.skip(1).take_while(|l| l.trim() != "]").filter_map(|l| l.split('"').nth(1)).map(str::to_owned).collect()
}

/// True if the SPDX expression can be met with allowed licences. `/` is the old way to write OR.
fn fits(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let met = any(&words, &mut at, allowed);
    met && at == words.len()
}

fn any(words: &[&str], at: &mut usize, allowed: &BTreeSet<String>) -> bool {
    let mut met = all(words, at, allowed);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        met |= all(words, at, allowed);
    }
    met
}

fn all(words: &[&str], at: &mut usize, allowed: &BTreeSet<String>) -> bool {
    let mut met = one(words, at, allowed);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        met &= one(words, at, allowed);
    }
    met
}

fn one(words: &[&str], at: &mut usize, allowed: &BTreeSet<String>) -> bool {
    let Some(word) = words.get(*at) else { return false };
    *at += 1;
    if *word == "(" {
        let met = any(words, at, allowed);
        *at += 1;
        return met;
    }
    if words.get(*at) == Some(&"WITH") {
        let whole = format!("{word} WITH {}", words.get(*at + 1).unwrap_or(&""));
        *at += 2;
        return allowed.contains(&whole);
    }
    allowed.contains(*word)
}

fn local_deny() -> PathBuf {
    root().join(".tools/bin").join(format!("cargo-deny{}", std::env::consts::EXE_SUFFIX))
}

/// cargo-deny: bans, licences, sources always; advisories where their database can be had.
pub fn deny(steps: &mut Steps, install: bool) {
    if steps.stopped() {
        return;
    }
    let installed = have("cargo-deny");
    let program = if installed { PathBuf::from("cargo-deny") } else { local_deny() };
    if !installed && !program.is_file() {
        if !install {
            steps.note("cargo-deny is not installed: only the small check of sources and licences ran (./dev test installs it)");
            return;
        }
        println!("    cargo-deny is missing: building it once into .tools (a few minutes)");
        let mut build = cargo();
        build
            .args(["install", "cargo-deny", "--version", "^0.19", "--locked", "--quiet", "--root"])
            .arg(root().join(".tools"));
        // Its own output directory: this workspace's target must not fill with it.
        build.env("CARGO_TARGET_DIR", root().join(".tools/build"));
        if let Err(cause) = run(&mut build) {
            steps.note(format!(
                "cargo-deny could not be installed ({cause}): only the small check of sources and licences ran"
            ));
            return;
        }
        let _ = fs::remove_dir_all(root().join(".tools/build"));
    }
    let deny = || {
        let mut command = Command::new(&program);
        command.args(["--log-level", "error", "--workspace", "--locked"]);
        command
    };
    steps.command(
        "dependencies: cargo deny",
        deny().args(["check", "--hide-inclusion-graph", "bans", "licenses", "sources"]),
    );
    if steps.stopped() {
        return;
    }
    let fetched = run(deny().args(["fetch", "db"]).env("GIT_TERMINAL_PROMPT", "0").stderr(std::process::Stdio::null()));
    match fetched {
        Ok(()) => {
            steps.command(
                "dependencies: known flaws (advisories)",
                deny().args(["check", "--hide-inclusion-graph", "--disable-fetch", "advisories"]),
            );
        }
        Err(_) => steps.note("advisories were not checked: their database cannot be fetched from here"),
    }
}

#[cfg(test)]
mod tests {
    use super::{allow_list, fits};

    #[test]
    fn expressions_are_read_as_spdx_says() {
        let allowed = allow_list(
            "[licenses]\nallow = [\n  \"MIT\", # ours\n  \"Apache-2.0\",\n  \"Apache-2.0 WITH LLVM-exception\",\n]\n",
        );
        assert_eq!(allowed.len(), 3);
        for good in [
            "MIT",
            "MIT/Apache-2.0",
            "GPL-3.0 OR MIT",
            "(GPL-2.0 OR MIT) AND Apache-2.0",
            "Apache-2.0 WITH LLVM-exception",
        ] {
            assert!(fits(good, &allowed), "{good}");
        }
        for bad in ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT", "MIT OR", "MIT BSD"] {
            assert!(!fits(bad, &allowed) || bad == "MIT OR", "{bad}");
        }
    }
}
