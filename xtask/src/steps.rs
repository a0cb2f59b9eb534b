//! Steps with a name, a time and a count of tests. The first failed step stops the run.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The project's directory.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the project").to_owned()
}

/// Cargo's output directory.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

#[expect(clippy::disallowed_methods, reason = "steps are timed with the computer's own clock")]
fn clock() -> Instant {
    Instant::now()
}

/// The cargo that runs us.
pub fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// `cargo TASK` over every package that this system can build: the end to end tests need Linux. Always the same
/// selection, so that no dependency is built twice with other features.
pub fn workspace(task: &str) -> Command {
    let mut command = cargo();
    command.args([task, "--locked", "--workspace"]);
    if !cfg!(target_os = "linux") {
        command.args(["--exclude", "qiantai-tests"]);
    }
    command
}

/// True if `program` can be started.
pub fn have(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path)
            .any(|dir| dir.join(program).is_file() || dir.join(format!("{program}.exe")).is_file())
    })
}

/// What ran so far.
pub struct Steps {
    started: Instant,
    passed: u32,
    failed: u32,
    stopped: Option<String>,
    notes: Vec<String>,
    counts: bool,
}

impl Steps {
    /// Nothing ran yet.
    pub fn new() -> Steps {
        Steps { started: clock(), passed: 0, failed: 0, stopped: None, notes: Vec::new(), counts: false }
    }

    /// Prints `N passed, N failed` as the very last line.
    pub fn with_counts(mut self) -> Steps {
        self.counts = true;
        self
    }

    /// Something to be said again at the end.
    pub fn note(&mut self, text: impl Into<String>) {
        let text = text.into();
        println!("    note: {text}");
        self.notes.push(text);
    }

    /// True once a step failed; later steps are skipped.
    pub fn stopped(&self) -> bool {
        self.stopped.is_some()
    }

    /// Runs `work` as a step, unless an earlier one failed.
    pub fn step(&mut self, name: &str, work: impl FnOnce(&mut Steps) -> Result<(), String>) {
        if self.stopped() {
            return;
        }
        println!("==> {name}");
        let began = clock();
        let before = self.failed;
        match work(self) {
            Ok(()) => println!("    {name}: ok, {}", seconds(began.elapsed())),
            Err(cause) => {
                println!("    {name}: FAILED after {}: {cause}", seconds(began.elapsed()));
                if self.failed == before {
                    self.failed += 1;
                }
                self.stopped = Some(name.to_owned());
            }
        }
    }

    /// Runs a command as a step.
    pub fn command(&mut self, name: &str, command: &mut Command) {
        self.step(name, |_| run(command));
    }

    /// Runs a command as a step and counts the tests its output reports (cargo's and Vitest's words).
    pub fn tests(&mut self, name: &str, command: &mut Command) {
        self.step(name, |steps| {
            let mut count = Count::default();
            let done = stream(command, |line| count.line(line));
            steps.passed += count.passed;
            steps.failed += count.failed;
            for (binary, failed) in &count.failures {
                println!("    failed in {binary}: {failed}");
            }
            done
        });
    }

    /// The notes, the time and the counts.
    pub fn finish(self) -> Result<(), String> {
        println!();
        for note in &self.notes {
            println!("note: {note}");
        }
        let took = seconds(self.started.elapsed());
        match &self.stopped {
            None => println!("all steps done in {took}"),
            Some(name) => println!("stopped at \"{name}\" after {took}"),
        }
        let last = if self.counts { format!("{} passed, {} failed", self.passed, self.failed) } else { String::new() };
        match self.stopped {
            None => {
                if self.counts {
                    println!("{last}");
                }
                Ok(())
            }
            Some(name) => Err(if self.counts { last } else { format!("failed: {name}") }),
        }
    }
}

fn seconds(time: Duration) -> String {
    let ms = time.as_millis();
    if ms < 60_000 {
        format!("{}.{} s", ms / 1000, ms % 1000 / 100)
    } else {
        format!("{} min {:02} s", ms / 60_000, ms % 60_000 / 1000)
    }
}

/// Runs a command to its end; an error names it.
pub fn run(command: &mut Command) -> Result<(), String> {
    let status = command.stdin(Stdio::null()).status().map_err(|e| format!("{}: {e}", shown(command)))?;
    if status.success() { Ok(()) } else { Err(format!("{} ({status})", shown(command))) }
}

/// Runs a command and returns what it printed.
pub fn output(command: &mut Command) -> Result<String, String> {
    let out = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|e| format!("{}: {e}", shown(command)))?;
    if !out.status.success() {
        return Err(format!("{} ({})", shown(command), out.status));
    }
    Ok(String::from_utf8_lossy(&out.stdout).into_owned())
}

/// Runs a command, printing its standard output line by line and showing each line to `see`.
fn stream(command: &mut Command, mut see: impl FnMut(&str)) -> Result<(), String> {
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(|e| format!("{}: {e}", shown(command)))?;
    let pipe = child.stdout.take().ok_or("no pipe")?;
    for line in BufReader::new(pipe).split(b'\n') {
        let line = String::from_utf8_lossy(&line.map_err(|e| e.to_string())?).into_owned();
        println!("{line}");
        see(&line);
    }
    let status = child.wait().map_err(|e| e.to_string())?;
    if status.success() { Ok(()) } else { Err(format!("{} ({status})", shown(command))) }
}

fn shown(command: &Command) -> String {
    let mut text = Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned();
    for arg in command.get_args() {
        text.push(' ');
        text.push_str(&arg.to_string_lossy());
    }
    text
}

/// Reads the counts out of test output.
#[derive(Default)]
struct Count {
    passed: u32,
    failed: u32,
    failures: BTreeMap<String, String>,
}

impl Count {
    fn line(&mut self, line: &str) {
        let plain = without_colour(line);
        let plain = plain.trim();
        if let Some(rest) = plain.strip_prefix("test result:") {
            // test result: ok. 12 passed; 0 failed; 0 ignored; …
            self.passed += number_before(rest, "passed").unwrap_or(0);
            self.failed += number_before(rest, "failed").unwrap_or(0);
        } else if let Some(rest) = plain.strip_prefix("Tests ") {
            // Tests  1 failed | 12 passed (13)
            self.passed += number_before(rest, "passed").unwrap_or(0);
            self.failed += number_before(rest, "failed").unwrap_or(0);
        } else if let Some(name) = plain.strip_prefix("test ").and_then(|t| t.strip_suffix(" ... FAILED")) {
            self.failures.insert(name.to_owned(), "FAILED".to_owned());
        }
    }
}

fn number_before(text: &str, word: &str) -> Option<u32> {
    let words: Vec<&str> = text.split([' ', ';', '|', ',']).filter(|w| !w.is_empty()).collect();
    let at = words.iter().position(|w| *w == word)?;
    words.get(at.checked_sub(1)?)?.parse().ok()
}

fn without_colour(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            for end in chars.by_ref() {
                if end.is_ascii_alphabetic() {
                    break;
                }
            }
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::Count;

    #[test]
    fn counts_cargo_and_vitest_output() {
        let mut count = Count::default();
        count.line("test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s");
        count.line("test result: FAILED. 3 passed; 2 failed; 0 ignored");
        count.line("\u{1b}[2m      Tests \u{1b}[22m \u{1b}[1m\u{1b}[31m1 failed\u{1b}[39m\u{1b}[22m\u{1b}[2m | \u{1b}[22m\u{1b}[1m\u{1b}[32m12 passed\u{1b}[39m\u{1b}[22m\u{1b}[90m (13)\u{1b}[39m");
        count.line(" Test Files  1 passed (1)");
        assert_eq!((count.passed, count.failed), (27, 3));
    }
}
