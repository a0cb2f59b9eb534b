//! Fuzzing: every parser of outside bytes, with coverage, through cargo-fuzz. `./dev test` runs the kept inputs, which are
//! the same everywhere; `./dev fuzz` looks for new ones, for as long as one likes.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;

use crate::steps::{Steps, cargo, have, output, root, run, target};

/// Pinned: another version may pass other flags to the compiler.
const CARGO_FUZZ: &str = "0.13.1";
/// Built only when asked for by name: its decoders take minutes to build and seconds to run.
const SLOW: &str = "picture";
/// Inputs a target tries in the short run, and the seconds after which it stops on a slow machine.
const SHORT_RUNS: u32 = 30_000;
const SHORT_SECONDS: u32 = 9;
/// Seconds of the long run where none are given.
const LONG_SECONDS: &str = "120";

/// The directory of the targets.
fn folder() -> PathBuf {
    root().join("fuzz")
}

/// Where cargo-fuzz builds: apart from the program, whose build has no coverage.
fn build_folder() -> PathBuf {
    target().join("fuzz")
}

/// True where libFuzzer is at home.
fn at_home() -> bool {
    cfg!(unix)
}

/// The targets, as `fuzz/Cargo.toml` lists them.
fn targets() -> Result<Vec<String>, String> {
    let text = fs::read_to_string(folder().join("Cargo.toml")).map_err(|e| format!("fuzz/Cargo.toml: {e}"))?;
    let bins = text.split("[[bin]]").skip(1);
    Ok(bins.filter_map(|bin| bin.split('"').nth(1)).map(str::to_owned).collect())
}

fn cargo_fuzz() -> PathBuf {
    root().join(".tools/bin").join(format!("cargo-fuzz{}", std::env::consts::EXE_SUFFIX))
}

/// Puts cargo-fuzz into `.tools`, once.
fn install() -> Result<(), String> {
    let has = |program: PathBuf| {
        program.is_file()
            && output(Command::new(program).arg("--version")).is_ok_and(|v| v.trim().ends_with(CARGO_FUZZ))
    };
    if has(cargo_fuzz()) {
        return Ok(());
    }
    println!("    cargo-fuzz {CARGO_FUZZ} is missing: building it once into .tools (about a minute)");
    let tools = root().join(".tools");
    run(cargo()
        .args(["install", "cargo-fuzz", "--version", CARGO_FUZZ, "--locked", "--force", "--quiet", "--root"])
        .arg(&tools)
        // Its own output directory: this workspace's target must not fill with it.
        .env("CARGO_TARGET_DIR", tools.join("build-fuzz")))?;
    let _ = fs::remove_dir_all(tools.join("build-fuzz"));
    Ok(())
}

/// Builds one target, or all but the slow one. The sanitizers need a nightly compiler; coverage and the debug assertions
/// do not, and the code has no `unsafe` for an address sanitizer to watch.
fn build(name: Option<&str>) -> Result<(), String> {
    install()?;
    let mut command = Command::new(cargo_fuzz());
    command.args(["fuzz", "build", "--sanitizer", "none", "--target-dir"]).arg(build_folder());
    if name == Some(SLOW) {
        command.args(["--features", "pictures"]);
    }
    run(command.args(name))
}

/// The built program of a target.
fn program(name: &str) -> Result<PathBuf, String> {
    let host = output(Command::new("rustc").arg("-vV"))?;
    let triple = host.lines().find_map(|line| line.strip_prefix("host: ")).ok_or("rustc names no host")?;
    Ok(build_folder().join(triple).join("release").join(name))
}

/// A run of a target, up to the inputs: where it keeps what it finds, its words, its limits.
fn fuzzer(name: &str) -> Result<Command, String> {
    let mut command = Command::new(program(name)?);
    let artifacts = folder().join("artifacts").join(name);
    fs::create_dir_all(&artifacts).map_err(|e| e.to_string())?;
    command.arg(format!("-artifact_prefix={}/", artifacts.display()));
    command.args(["-timeout=20", "-rss_limit_mb=2048", "-print_final_stats=1"]);
    if let Ok(words) = fs::read_to_string(folder().join("words").join(format!("{name}.txt"))) {
        let file = build_folder().join(format!("{name}.dict"));
        fs::write(&file, dictionary(&words)).map_err(|e| e.to_string())?;
        command.arg(format!("-dict={}", file.display()));
    }
    Ok(command)
}

/// Words one a line, as libFuzzer takes them: everything but plain ASCII escaped.
fn dictionary(words: &str) -> String {
    let escaped = |word: &str| word.bytes().map(|b| format!("\\x{b:02X}")).collect::<String>();
    words.lines().filter(|word| !word.is_empty()).map(|word| format!("\"{}\"\n", escaped(word))).collect()
}

/// How to see a failure again.
fn again(name: &str) -> String {
    format!(
        "the input lies in fuzz/artifacts/{name}/ (and above, as Base64); see it again: ./dev fuzz {name} fuzz/artifacts/{name}/FILE"
    )
}

/// A run of one target; its output only when it fails. No runs: the kept inputs alone.
fn short(name: &str, runs: u32) -> Result<String, String> {
    let scratch = build_folder().join("short").join(name);
    let _ = fs::remove_dir_all(&scratch);
    fs::create_dir_all(&scratch).map_err(|e| e.to_string())?;
    let mut command = fuzzer(name)?;
    command.args(["-seed=1".to_owned(), format!("-runs={runs}"), format!("-max_total_time={SHORT_SECONDS}")]);
    // New inputs go to the first directory; the committed ones are only read.
    command.arg(&scratch).arg(folder().join("corpus").join(name));
    let out = command.stdin(Stdio::null()).output().map_err(|e| format!("{name}: {e}"))?;
    let said = String::from_utf8_lossy(&out.stderr);
    if !out.status.success() {
        let lines: Vec<&str> = said.lines().collect();
        let end = lines[lines.len().saturating_sub(60)..].join("\n");
        return Err(format!("{end}\n{name} failed ({}): {}", out.status, again(name)));
    }
    let ran = said.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:")).unwrap_or("?").trim();
    Ok(format!("{name}: {ran} inputs"))
}

/// Every target with its kept inputs. What a search finds depends on the machine and the hour: a red run here is about the
/// commit.
pub fn replay(steps: &mut Steps) {
    every_target(steps, "kept inputs", 0);
}

/// Every target, two at a time.
fn every_target(steps: &mut Steps, what: &str, runs: u32) {
    if steps.stopped() {
        return;
    }
    if !at_home() || !(have("c++") || have("g++") || have("clang++")) {
        steps.note("the fuzz targets were left out: they need libFuzzer, which needs a C++ compiler and no Windows");
        return;
    }
    steps.step("fuzz targets: build", |_| build(None));
    steps.step(&format!("fuzz targets: {what}"), |_| {
        let names: Vec<String> = targets()?.into_iter().filter(|name| name != SLOW).collect();
        let (waiting, failed) = (Mutex::new(names.iter()), Mutex::new(Vec::new()));
        let work = || {
            loop {
                let Some(name) = waiting.lock().ok().and_then(|mut names| names.next()) else { return };
                match short(name, runs) {
                    Ok(done) => println!("    {done}"),
                    Err(cause) => {
                        println!("{cause}");
                        failed.lock().expect("no panic while it is held").push(name.as_str());
                    }
                }
            }
        };
        thread::scope(|scope| {
            scope.spawn(work);
            scope.spawn(work);
        });
        let failed = failed.into_inner().map_err(|e| e.to_string())?;
        if failed.is_empty() { Ok(()) } else { Err(format!("failed: {}", failed.join(", "))) }
    });
}

/// `./dev fuzz [TARGET] [SECONDS | FILE]`: one target for long, or one input again; without a target each in turn.
/// `./dev fuzz short` searches a few seconds with each.
pub fn fuzz(args: &[String]) -> Steps {
    let mut steps = Steps::new();
    if args.first().is_some_and(|first| first == "short") {
        every_target(&mut steps, "short run", SHORT_RUNS);
        return steps;
    }
    let known = targets().unwrap_or_default();
    let (name, rest) = match args.first() {
        Some(first) if first.bytes().all(|b| b.is_ascii_digit()) => (None, Some(first)),
        Some(first) => (Some(first.clone()), args.get(1)),
        None => (None, None),
    };
    if let Some(wrong) = name.as_ref().filter(|name| !known.contains(name)) {
        steps.step("fuzz", |_| Err(format!("no target is called {wrong}: {}", known.join(", "))));
        return steps;
    }
    steps.step("build", |_| build(name.as_deref()));
    let chosen = name.map_or_else(|| known.into_iter().filter(|name| name != SLOW).collect(), |name| vec![name]);
    for name in chosen {
        let rest = rest.map_or(LONG_SECONDS, String::as_str);
        steps.step(&format!("fuzz {name}"), |_| long(&name, rest));
    }
    steps
}

/// Runs for so many seconds, or one file once. What is found is kept in `target/`, and grows from run to run.
fn long(name: &str, rest: &str) -> Result<(), String> {
    let mut command = fuzzer(name)?;
    if rest.bytes().all(|b| b.is_ascii_digit()) {
        let grown = build_folder().join("corpus").join(name);
        fs::create_dir_all(&grown).map_err(|e| e.to_string())?;
        command.arg(format!("-max_total_time={rest}")).arg(grown).arg(folder().join("corpus").join(name));
    } else {
        command.arg(rest);
    }
    run(&mut command).map_err(|cause| format!("{cause}\n    {}", again(name)))
}

/// Writes the committed inputs anew.
pub fn seeds() -> Steps {
    let mut steps = Steps::new();
    steps.command(
        "inputs out of the tests' data",
        cargo()
            .args(["run", "--quiet", "--locked", "--manifest-path"])
            .arg(folder().join("Cargo.toml"))
            .arg("--target-dir")
            .arg(build_folder())
            .args(["--example", "seeds"]),
    );
    steps
}

#[cfg(test)]
mod tests {
    use super::{dictionary, targets};

    #[test]
    fn words_become_bytes() {
        assert_eq!(dictionary("元\n\n\"\\\n"), "\"\\xE5\\x85\\x83\"\n\"\\x22\\x5C\"\n");
    }

    #[test]
    fn every_target_is_listed_and_has_its_inputs() {
        let mut listed = targets().unwrap();
        listed.sort();
        let names = |folder: &str| {
            let mut names: Vec<String> = std::fs::read_dir(super::folder().join(folder))
                .unwrap()
                .map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
                .collect();
            names.sort();
            names
        };
        assert_eq!(names("fuzz_targets"), listed);
        assert_eq!(names("corpus"), listed);
    }
}
