//! The UI's packages and its built pages.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::steps::{Steps, root, target};

/// npm in the UI's directory.
pub fn npm() -> Command {
    let mut command = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.current_dir(root().join("ui"));
    if !std::io::stdout().is_terminal() {
        command.env("NO_COLOR", "1");
    }
    // Nothing of ours needs a browser or a question answered.
    command.env("CI", "true").env("npm_config_fund", "false").env("npm_config_audit", "false");
    command
}

fn modified(path: &Path) -> Option<std::time::SystemTime> {
    fs::metadata(path).and_then(|m| m.modified()).ok()
}

/// `npm ci` when the lock file is newer than what is installed.
pub fn packages(steps: &mut Steps) {
    let ui = root().join("ui");
    let installed = modified(&ui.join("node_modules/.package-lock.json"));
    let stale = match (installed, modified(&ui.join("package-lock.json"))) {
        (Some(installed), Some(lock)) => lock > installed,
        _ => true,
    };
    if stale {
        steps.command("UI packages (npm ci)", npm().arg("ci"));
        // A checkout may date the lock file later than npm dates its own copy.
        if let Ok(file) = fs::File::options().append(true).open(ui.join("node_modules/.package-lock.json")) {
            let _ = file.set_modified(std::time::SystemTime::UNIX_EPOCH + since_epoch(&ui.join("package-lock.json")));
        }
    }
}

fn since_epoch(path: &Path) -> std::time::Duration {
    modified(path).and_then(|m| m.duration_since(std::time::UNIX_EPOCH).ok()).unwrap_or_default()
}

/// `vite build` when something it reads has changed.
pub fn pages(steps: &mut Steps) {
    let dist = root().join("ui/dist");
    build(steps, "UI pages (vite build)", &dist, &target().join("ui.stamp"), &[]);
}

/// Where the pages with the fake till are.
pub fn mock_dir() -> PathBuf {
    target().join("ui-mock")
}

/// The same pages with the fake till in them, for the tests that look at every screen. Never what a shop gets.
pub fn mock_pages(steps: &mut Steps) {
    let dir = mock_dir();
    let out = dir.display().to_string();
    let args = ["--", "--mode", "mock", "--emptyOutDir", "--outDir", &out];
    build(steps, "UI pages with the fake till", &dir, &target().join("ui-mock.stamp"), &args);
}

fn build(steps: &mut Steps, name: &str, dir: &Path, stamp: &Path, args: &[&str]) {
    packages(steps);
    if steps.stopped() {
        return;
    }
    let now = fingerprint();
    let built = dir.join("index.html").is_file();
    if built && fs::read_to_string(stamp).is_ok_and(|before| before == now) {
        return;
    }
    steps.step(name, |_| {
        crate::steps::run(npm().args(["run", "--silent", "build"]).args(args))?;
        fs::create_dir_all(target()).map_err(|e| e.to_string())?;
        fs::write(stamp, now).map_err(|e| e.to_string())
    });
}

/// A hash over everything the pages are made of.
fn fingerprint() -> String {
    let mut files = Vec::new();
    collect(&root().join("ui"), &mut files);
    files.sort();
    let mut hash = DefaultHasher::new();
    for file in files {
        file.strip_prefix(root()).unwrap_or(&file).hash(&mut hash);
        fs::read(&file).unwrap_or_default().hash(&mut hash);
    }
    format!("{:016x}", hash.finish())
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() {
            if name != "node_modules" && name != "dist" {
                collect(&path, files);
            }
        } else {
            files.push(path);
        }
    }
}
