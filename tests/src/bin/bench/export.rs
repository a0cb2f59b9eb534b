//! Files on three years of sales: CSV of all rows beside the `sqlite3` program writing the same rows, what it takes of
//! memory, and a workbook of a hundred thousand rows.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use qiantai_tests::{clock, request_id};
use serde_json::{Value, json};
use till_engine::ports::Ports;
use till_engine::{Engine, OpenOptions};

use crate::report::{Report, percentile, time};
use crate::totals::{ask, fill, rests};

/// The rows and columns of our file, as far as SQL has them without more ado, in our order.
const SAME_ROWS: &str = "
SELECT s.business_date, datetime(t.opened_at / 1000, 'unixepoch'), datetime(s.at / 1000, 'unixepoch'), t.number, t.status,
       t.exception, s.channel, a.label, t.gross_fen / 100.0, t.discount_fen / 100.0, t.rounding_fen / 100.0,
       t.tail_fen / 100.0, s.amount_fen / 100.0, t.tendered_fen, t.refunded_fen, r.payer_note, t.note, p.name, s.receipt_id,
       s.reason, s.how
FROM settlement s JOIN ticket t ON t.id = s.ticket_id LEFT JOIN account a ON a.id = s.account_id
LEFT JOIN receipt r ON r.id = s.receipt_id LEFT JOIN staff p ON p.id = t.staff_id
ORDER BY s.business_date, s.at, s.ticket_id";
const ROUNDS: usize = 3;
const BOOK_ROWS: i64 = 100_000;

/// Runs an export to its end: how long, how many rows, where.
async fn written(engine: &Engine, preset: &str, (from, to): (&str, &str), folder: &Path) -> Result<(Duration, Value)> {
    let order = json!({
        "verb": "export", "request_id": request_id(), "table": "sales", "preset": preset, "filter": {},
        "span": { "span": "custom", "from": from, "to": to }, "folder": folder,
    });
    let began = clock();
    let mut job = ask(engine, order).await?;
    while job["state"] == "running" {
        tokio::time::sleep(Duration::from_millis(5)).await;
        job = ask(engine, json!({ "verb": "export_job", "job_id": job["id"] })).await?;
    }
    let took = began.elapsed();
    ensure!(job["state"] == "done", "{job}");
    Ok((took, job))
}

/// A line of `/proc/self/status` in KiB.
fn memory(line: &str) -> Result<i64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let value = status.lines().find_map(|l| l.strip_prefix(line)).context("no such line")?;
    Ok(value.trim_start_matches(':').trim().trim_end_matches(" kB").parse()?)
}

/// The `sqlite3` program writes the same rows.
fn floor(db: &Path, out: &Path) -> Result<Duration> {
    let began = clock();
    let mut command = Command::new("sqlite3");
    command.arg("-readonly").arg("-csv").arg(db).arg(SAME_ROWS).stdout(File::create(out)?);
    ensure!(command.status()?.success(), "sqlite3 failed");
    Ok(began.elapsed())
}

/// Measures on a new book of `many` tickets, or on one made before.
pub fn exports(report: &mut Report, many: i64, made: Option<&Path>) -> Result<()> {
    let temporary = tempfile::tempdir()?;
    let dir = made.unwrap_or(temporary.path());
    if made.is_none() {
        fill(dir, many)?;
    }
    let folder = tempfile::tempdir()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let options = OpenOptions { dir: dir.to_owned(), practice: false, ports: Ports::system() };
        let engine = Engine::open(options).await?;
        let all = ("2019-01-01", "2028-12-31");
        rests().await?;
        // Once for its memory: what a first export takes, later ones have. Then both read from the system's cache.
        let idle = memory("VmRSS")?;
        // The highest mark starts anew.
        fs::write("/proc/self/clear_refs", "5")?;
        written(&engine, "csv", all, folder.path()).await?;
        let above = memory("VmHWM")? - idle;
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            let (took, job) = written(&engine, "csv", all, folder.path()).await?;
            ours.push(took);
            theirs.push(floor(&dir.join("till.db"), &folder.path().join(format!("floor{round}.csv")))?);
            ensure!(job["rows"].as_i64() >= Some(many * 9 / 10), "{job}");
            fs::remove_file(job["path"].as_str().context("path")?)?;
        }
        let what = "CSV of all rows, p50, beside sqlite3 -csv of the same";
        report.at_most_times(what, percentile(&ours, 50), percentile(&theirs, 50), 1.5);
        report.tell("memory above idle while it runs, at most 64 MiB", format!("{} KiB", above));
        ensure!(above <= 64 * 1024, "{above} KiB above idle");
        workbook(report, &engine, many, folder.path()).await?;
        engine.close().await;
        Ok(())
    })
}

/// The newest days that hold a hundred thousand rows together.
async fn workbook(report: &mut Report, engine: &Engine, many: i64, folder: &Path) -> Result<()> {
    let span = json!({ "span": "custom", "from": "2019-06-01", "to": "2028-12-31" });
    let index = ask(engine, json!({ "verb": "sales_index", "span": span, "filter": {} })).await?;
    let days = index["days"].as_array().context("days")?;
    let (mut rows, mut from) = (0, String::new());
    for day in days {
        if rows >= BOOK_ROWS {
            break;
        }
        rows += day["rows"].as_i64().unwrap_or(0);
        from = day["date"].as_str().unwrap_or_default().to_owned();
    }
    let to = days.first().and_then(|d| d["date"].as_str()).context("no days")?.to_owned();
    let mut took = Vec::new();
    for _ in 0..ROUNDS {
        took.push(written(engine, "xlsx", (&from, &to), folder).await?.0);
    }
    let what = format!("workbook of {rows} rows, p50");
    if many >= BOOK_ROWS {
        report.within(&what, percentile(&took, 50), Duration::from_secs(3));
    } else {
        report.tell(&what, time(percentile(&took, 50)));
    }
    Ok(())
}
