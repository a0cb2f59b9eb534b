//! Starts the till. Without a display it starts a practice till and says how to make a first sale with it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::steps::{Steps, have, output, root, target, workspace};
use crate::ui;

/// `run [--release] [-- ARGS]`.
pub fn run(args: &[String]) -> Result<(), String> {
    let split = args.iter().position(|a| a == "--").unwrap_or(args.len());
    let (ours, theirs) = (&args[..split], args.get(split + 1..).unwrap_or_default());
    let release = match ours {
        [] => false,
        [one] if one == "--release" => true,
        other => return Err(format!("run does not know {}; the till's own arguments come after --", other.join(" "))),
    };
    let mut steps = Steps::new();
    ui::pages(&mut steps);
    let mut build = workspace("build");
    // With the features that the tests need too, so that running and testing share what they build.
    build.args(["--bin", "qiantai"]);
    if release {
        build.arg("--release");
    }
    steps.command("the program", &mut build);
    steps.finish()?;
    let binary = target()
        .join(if release { "release" } else { "debug" })
        .join(format!("qiantai{}", std::env::consts::EXE_SUFFIX));
    // The till's own relative paths mean the directory `./dev` was called from.
    let from = std::env::var_os("DEV_CWD").map_or_else(root, PathBuf::from);
    let display = ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|v| std::env::var_os(v).is_some_and(|d| !d.is_empty()));
    if cfg!(target_os = "linux") && !display && theirs.is_empty() {
        return practice(&binary, &target().join("practice"));
    }
    replace(Command::new(binary).args(theirs).current_dir(from))
}

/// Becomes the till, so that a signal reaches it and its exit code is ours.
#[cfg(unix)]
fn replace(command: &mut Command) -> Result<(), String> {
    use std::os::unix::process::CommandExt;
    let cause = command.exec();
    Err(format!("{}: {cause}", command.get_program().display()))
}

#[cfg(not(unix))]
fn replace(command: &mut Command) -> Result<(), String> {
    crate::steps::run(command)
}

/// A till without windows, in practice mode, until Ctrl-C.
fn practice(binary: &Path, dir: &Path) -> Result<(), String> {
    println!("There is no display here, so no window can open. Starting a practice till without windows.");
    // Ends with us even when we are killed, where util-linux can arrange that.
    let mut command = if have("setpriv") {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "TERM"]).arg(binary);
        command
    } else {
        Command::new(binary)
    };
    command.args(["--headless", "--practice", "--data"]).arg(dir);
    let mut till = command.stdout(Stdio::piped()).spawn().map_err(|e| format!("{}: {e}", binary.display()))?;
    let mut lines = BufReader::new(till.stdout.take().ok_or("no pipe")?);
    let mut ready = String::new();
    lines.read_line(&mut ready).map_err(|e| e.to_string())?;
    match serde_json::from_str::<Value>(&ready) {
        Ok(ready) => {
            let (program, data) = (quoted(binary), quoted(dir));
            let next = next_ticket(binary, dir);
            println!();
            println!("The till is ready. Its counter page, for any browser:");
            println!("    {}", ready["display"].as_str().unwrap_or("(see above)"));
            println!();
            println!("A first sale, from another terminal:");
            println!("    {program} --data {data} --practice ticket open 15.00");
            println!("    {program} --data {data} --practice practice pay {next}");
            println!("    {program} --data {data} --practice ticket show {next}");
            println!();
            println!("Ctrl-C ends it.");
        }
        Err(_) => print!("{ready}"),
    }
    std::io::copy(&mut lines, &mut std::io::stdout()).map_err(|e| e.to_string())?;
    let status = till.wait().map_err(|e| e.to_string())?;
    if status.success() { Ok(()) } else { Err(format!("the till ended: {status}")) }
}

/// The id that the next ticket will have: 1, unless this practice till was used before.
fn next_ticket(binary: &Path, dir: &Path) -> i64 {
    let newest = r#"{"verb":"tickets","status":null,"limit":1}"#;
    let said = output(Command::new(binary).arg("--data").arg(dir).args(["--practice", "--json", "call", newest]))
        .unwrap_or_default();
    let list: Value = serde_json::from_str(&said).unwrap_or_default();
    list[0]["id"].as_i64().unwrap_or(0) + 1
}

fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    if text.contains([' ', '\'', '"', '$']) { format!("'{}'", text.replace('\'', "'\\''")) } else { text }
}
