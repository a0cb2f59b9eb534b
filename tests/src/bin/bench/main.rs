//! The load driver: how fast the till is beside a floor that does nothing but one durable insert, on the same disk,
//! asked by the same client, in the same run. Called by `./dev bench`; `bench --quick` measures less, `bench totals` only
//! that part. `bench book DIR 1000000` writes a shop with three years of sales, `BENCH_BOOK=DIR` measures on one.
#![allow(clippy::float_arithmetic, reason = "measured times and ratios; no money here")]

mod export;
mod floor;
mod gateways;
mod history;
mod library;
mod load;
mod programs;
mod report;
mod statement;
mod totals;
mod window;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use report::Report;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => {
            println!("{cause:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [first, dir] = args.as_slice()
        && first == "floor"
    {
        return floor::serve(dir.as_ref());
    }
    if let [first, dir, many] = args.as_slice()
        && first == "book"
    {
        std::fs::create_dir_all(dir)?;
        return totals::fill(dir.as_ref(), many.parse().context("how many tickets")?);
    }
    let quick = args.iter().any(|a| a == "--quick");
    let only: Vec<&str> = args.iter().map(String::as_str).filter(|a| !a.starts_with("--")).collect();
    let wanted = |name: &str| only.is_empty() || only.contains(&name);
    let mut report = Report::new();
    if wanted("notices") {
        library::reading(&mut report)?;
    }
    if wanted("ring_up") {
        library::ringing_up(&mut report, if quick { 100 } else { 500 })?;
    }
    if wanted("gateways") {
        let checking = gateways::signatures(&mut report, if quick { 50 } else { 500 })?;
        gateways::notices(&mut report, if quick { 50 } else { 300 }, checking)?;
        let (many, rest) = if quick { (50, 5) } else { (500, 480) };
        gateways::waiting(&mut report, many, Duration::from_secs(rest), Duration::from_secs(60))?;
    }
    if wanted("push") {
        let histories: &[i64] = if quick { &[0, 10_000] } else { &[0, 100_000, 1_000_000] };
        load::pushes(&mut report, histories, if quick { 100 } else { 400 })?;
    }
    if wanted("rush") {
        load::rush(&mut report, if quick { 8 } else { 40 })?;
    }
    if wanted("totals") {
        let made = std::env::var_os("BENCH_BOOK").map(std::path::PathBuf::from);
        totals::totals(&mut report, if quick { 30_000 } else { 1_000_000 }, made.as_deref())?;
    }
    if wanted("export") {
        let made = std::env::var_os("BENCH_BOOK").map(std::path::PathBuf::from);
        export::exports(&mut report, if quick { 30_000 } else { 1_000_000 }, made.as_deref())?;
    }
    if wanted("statement") {
        statement::statements(&mut report, if quick { 5_000 } else { 100_000 })?;
    }
    if wanted("programs") {
        let histories: &[i64] = if quick { &[0, 10_000] } else { &[0, 100_000, 1_000_000] };
        programs::orders(&mut report, histories, if quick { 10 } else { 40 })?;
        programs::pages(&mut report)?;
    }
    if wanted("soak") {
        programs::soak(&mut report, Duration::from_secs(if quick { 20 } else { 600 }))?;
    }
    if wanted("window") {
        window::window(&mut report, if quick { 8 } else { 40 })?;
    }
    let dir = std::env::var_os("BENCH_OUT").map_or_else(|| std::env::temp_dir().join("qiantai-bench"), Into::into);
    report.finish(&dir).context("writing the report")
}
