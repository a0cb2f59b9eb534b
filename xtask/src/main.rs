//! Run, check, test and bench. `./dev` calls this after installing what cargo cannot; on Windows and macOS it may be
//! called directly: `cargo xtask run`.

mod bench;
mod check;
mod clients;
mod doctor;
mod fuzz;
mod readers;
mod run;
mod steps;
mod supply;
mod test;
mod ui;

use std::process::ExitCode;

const HELP: &str = "\
./dev TASK   (or: cargo xtask TASK)

  run [--release] [-- ARGS]   build what changed and start the till; without a display, a practice till
  check                       formatting, lints, types, unit tests of the UI, bindings, licences: the fast part
  test                        check, then every test of the workspace, in real windows and browsers too
  e2e [NAME [FILTER]]         only the end to end tests (window, display, alerts, phones, races, kill9, cli…)
  fuzz [TARGET] [SECONDS]     one target, or each in turn, for 120 seconds or so many; FILE for SECONDS: that input again;
                              fuzz short: a few seconds with each
  fuzz-seeds                  write fuzz/corpus anew from the data of the tests
  bench [ARGS]                speed and memory beside a floor; writes target/bench/report.md
  fmt                         format Rust and the UI
  bindings                    write ui/src/lib/bindings.ts anew from the engine's types
  doctor                      say what is here and what is missing
  help                        this text
";

fn main() -> ExitCode {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let task = if args.is_empty() { "help".to_owned() } else { args.remove(0) };
    std::env::set_current_dir(steps::root()).expect("the project's directory is where this was compiled");
    let done = match task.as_str() {
        "run" => run::run(&args),
        "check" => check::check().finish(),
        "test" => test::test().finish(),
        "e2e" => test::end_to_end(&args).finish(),
        "fuzz" => fuzz::fuzz(&args).finish(),
        "fuzz-seeds" => fuzz::seeds().finish(),
        "bench" => bench::bench(&args).finish(),
        "fmt" => check::format().finish(),
        "bindings" => check::write_bindings().finish(),
        "doctor" => doctor::doctor(),
        "help" | "-h" | "--help" => {
            print!("{HELP}");
            Ok(())
        }
        other => Err(format!("no task is called {other}\n\n{HELP}")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => {
            println!("{cause}");
            ExitCode::FAILURE
        }
    }
}
