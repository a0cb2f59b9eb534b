//! Everything.

use std::process::Command;

use crate::steps::{Steps, have, root, target, workspace};
use crate::{check, clients, fuzz, readers, supply, ui};

/// The product's debug binary, shared by all end to end tests.
fn with_binary(command: &mut Command) -> &mut Command {
    let binary = target().join("debug").join(format!("qiantai{}", std::env::consts::EXE_SUFFIX));
    command.env("QIANTAI_BIN", binary).env("QIANTAI_MOCK_PAGES", ui::mock_dir()).env("RUST_BACKTRACE", "1");
    // The property tests draw the same cases on every machine, so that a run says something about the commit. For new
    // cases: PROPTEST_RNG_SEED=1 ./dev test, or cargo test without a seed.
    if std::env::var_os("PROPTEST_RNG_SEED").is_none() {
        command.env("PROPTEST_RNG_SEED", "20261120");
    }
    command
}

/// The program, once. Not ourselves: on Windows a running program cannot be replaced.
fn program(steps: &mut Steps) {
    steps.command("the program (debug)", workspace("build").args(["--quiet", "--exclude", "xtask"]));
}

fn says_what_is_left_out(steps: &mut Steps) {
    if !cfg!(target_os = "linux") {
        steps.note("the window, browser and alert tests need Linux and were left out");
    }
}

/// The checks, the documentation, every Rust test and the end to end tests.
pub fn test() -> Steps {
    let mut steps = Steps::new().with_counts();
    check::checks(&mut steps);
    supply::deny(&mut steps, true);
    steps.command(
        "documentation (rustdoc)",
        workspace("doc").env("RUSTDOCFLAGS", "-D warnings").args(["--quiet", "--no-deps", "--document-private-items"]),
    );
    readers::install(&mut steps);
    clients::install(&mut steps);
    program(&mut steps);
    ui::mock_pages(&mut steps);
    let mut rooms = workspace("test");
    rooms.arg("--no-fail-fast");
    steps.tests("Rust tests and end to end", clients::use_them(readers::use_them(with_binary(&mut rooms))));
    fuzz::replay(&mut steps);
    says_what_is_left_out(&mut steps);
    steps
}

/// Only the end to end tests, or one file of them.
pub fn end_to_end(args: &[String]) -> Steps {
    let mut steps = Steps::new().with_counts();
    ui::pages(&mut steps);
    ui::mock_pages(&mut steps);
    readers::install(&mut steps);
    clients::install(&mut steps);
    for tool in ["Xvfb", "dbus-daemon", "gnome-keyring-daemon", "WebKitWebDriver", "chromedriver", "dunst"] {
        if !have(tool) {
            steps.note(format!("{tool} is missing: tests that need it will fail (./dev installs it where apt is)"));
        }
    }
    program(&mut steps);
    let mut tests = workspace("test");
    tests.arg("--no-fail-fast");
    match args.first() {
        Some(name) => {
            tests.args(["--test", name]);
        }
        None => {
            for name in files() {
                tests.args(["--test", &name]);
            }
        }
    }
    if let Some(filter) = args.get(1) {
        tests.args(["--", filter]);
    }
    steps.tests("end to end", clients::use_them(readers::use_them(with_binary(&mut tests))));
    steps
}

/// The names of the end to end test files.
fn files() -> Vec<String> {
    let dir = std::fs::read_dir(root().join("tests/tests")).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        dir.filter_map(|f| f.file_name().to_str().and_then(|n| n.strip_suffix(".rs")).map(str::to_owned)).collect();
    names.sort();
    names
}
