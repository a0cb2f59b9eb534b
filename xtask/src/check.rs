//! The fast part: formatting, lints, types, the UI's own tests, bindings, licences.

use std::process::Command;

use crate::steps::{Steps, cargo, have, root, workspace};
use crate::{supply, ui};

/// All checks, alone.
pub fn check() -> Steps {
    let mut steps = Steps::new().with_counts();
    checks(&mut steps);
    // The one test that compares the committed bindings; `test` runs it with all others.
    steps.tests("bindings are up to date", workspace("test").args(["--quiet", "--lib", "bindings_are_up_to_date"]));
    supply::deny(&mut steps, false);
    steps
}

/// The checks, as part of `test` too.
pub fn checks(steps: &mut Steps) {
    steps.command("Rust formatting", cargo().args(["fmt", "--all", "--check"]));
    steps.command(
        "formatting of the fuzz targets",
        cargo().args(["fmt", "--manifest-path", "fuzz/Cargo.toml", "--check"]),
    );
    steps.step("dependencies: sources and licences", |_| supply::lock_and_licences());
    ui::pages(steps);
    steps.command(
        "UI formatting (prettier)",
        ui::npm().args(["exec", "--", "prettier", "--check", "--log-level", "warn", "."]),
    );
    steps.command("UI types (svelte-check)", ui::npm().args(["run", "--silent", "check"]));
    steps.tests("UI tests (vitest)", ui::npm().args(["run", "--silent", "test"]));
    steps.command("lints (clippy)", workspace("clippy").args(["--quiet", "--all-targets", "--", "-D", "warnings"]));
    if have("shellcheck") {
        steps.command("shell scripts", Command::new("shellcheck").args(["dev", ".ci/run"]));
    }
}

/// Formats everything.
pub fn format() -> Steps {
    let mut steps = Steps::new();
    steps.command("Rust", cargo().args(["fmt", "--all"]));
    steps.command("fuzz targets", cargo().args(["fmt", "--manifest-path", "fuzz/Cargo.toml"]));
    if root().join("ui/node_modules").is_dir() {
        steps.command("UI", ui::npm().args(["exec", "--", "prettier", "--write", "--log-level", "warn", "."]));
    } else {
        steps.note("the UI was left alone: its packages are not installed (./dev check does that)");
    }
    steps
}

/// Writes the generated TypeScript anew.
pub fn write_bindings() -> Steps {
    let mut steps = Steps::new();
    steps.command(
        "bindings",
        workspace("test").env("UPDATE_BINDINGS", "1").args(["--quiet", "--lib", "bindings_are_up_to_date"]),
    );
    steps
}
