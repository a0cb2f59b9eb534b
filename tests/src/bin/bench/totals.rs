//! The owner's evening on three years of sales: figures, search and the sales table, beside the SQLite library doing
//! nothing but a bare sum over the same rows in the same run.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use qiantai_tests::till::{ALIPAY_CODE, WECHAT_CODE};
use qiantai_tests::{clock, now_ms, request_id, years};
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use till_engine::ports::Ports;
use till_engine::{Engine, OpenOptions};

use crate::report::{Report, percentile, time};

const ROUNDS: usize = 15;

/// Sets a shop up in `dir` and fills it with `many` tickets over three years, today included.
pub fn fill(dir: &Path, many: i64) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let options = OpenOptions { dir: dir.to_owned(), practice: false, ports: Ports::system() };
        let engine = Engine::open(options).await?;
        let mut settings = ask(&engine, json!({ "verb": "settings" })).await?;
        settings["time_zone"] = "Asia/Shanghai".into();
        settings["day_starts_at"] = 4.into();
        // A copy of a gigabyte beside the measurement would be measured too.
        settings["backup"]["daily_hour"] = Value::Null;
        ask(&engine, json!({ "verb": "save_settings", "request_id": request_id(), "settings": settings })).await?;
        for (channel, payload) in [("wechat", WECHAT_CODE), ("alipay", ALIPAY_CODE)] {
            let add = json!({
                "verb": "add_code", "request_id": request_id(), "payload": payload, "channel": channel,
                "account_id": null, "label": channel, "amount_fen": null,
            });
            ask(&engine, add).await?;
        }
        ask(&engine, json!({ "verb": "add_device", "request_id": request_id(), "name": "counter" })).await?;
        engine.close().await;
        anyhow::Ok(())
    })?;
    // A day ahead, so that there is a today, and a past that can be packed.
    years::write(&dir.join("till.db"), many, 3, now_ms() + 24 * 3_600_000)
}

pub async fn ask(engine: &Engine, request: Value) -> Result<Value> {
    Ok(engine.call("till", serde_json::from_value(request)?).await?)
}

/// The floor: counts and sums by day in the same range, with the same library, nothing else.
fn floor(db: &Connection, from: &str, to: &str) -> Result<Duration> {
    let mut statement =
        db.prepare_cached("SELECT count(*), sum(amount_fen) FROM settlement WHERE business_date BETWEEN ?1 AND ?2")?;
    let mut took = Vec::new();
    for _ in 0..3 {
        let began = clock();
        let (rows, _): (i64, i64) = statement.query_row([from, to], |r| Ok((r.get(0)?, r.get(1)?)))?;
        took.push(began.elapsed());
        ensure!(rows > 0, "the floor found no rows from {from} to {to}");
    }
    Ok(percentile(&took, 50))
}

/// p50 and p90 of requests in turns, after one to warm up.
async fn timed(engine: &Engine, requests: &[Value]) -> Result<(Duration, Duration, Value)> {
    let mut last = ask(engine, requests.first().context("nothing to ask")?.clone()).await?;
    let mut took = Vec::new();
    for request in requests.iter().cycle().take(ROUNDS.max(requests.len())) {
        let began = clock();
        last = ask(engine, request.clone()).await?;
        took.push(began.elapsed());
    }
    Ok((percentile(&took, 50), percentile(&took, 90), last))
}

/// Measures on a new book of `many` tickets, or on one made before.
pub fn totals(report: &mut Report, many: i64, made: Option<&Path>) -> Result<()> {
    let temporary = tempfile::tempdir()?;
    let dir = made.unwrap_or(temporary.path());
    if made.is_none() {
        let began = clock();
        fill(dir, many)?;
        println!("(wrote {many} tickets in {:.1} s)", began.elapsed().as_secs_f64());
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let options = OpenOptions { dir: dir.to_owned(), practice: false, ports: Ports::system() };
        let engine = Engine::open(options).await?;
        let db = Connection::open_with_flags(dir.join("till.db"), flags)?;
        db.pragma_update(None, "cache_size", -65_536)?;
        packed(report, &db).await?;
        rests().await?;
        figures(report, &engine, &db).await?;
        search(report, &engine).await?;
        scroll(report, &engine).await?;
        engine.close().await;
        Ok(())
    })
}

/// Seconds of work this process has had.
fn worked() -> Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let after_name = stat.rsplit_once(") ").context("a process")?.1;
    let field = |n: usize| after_name.split(' ').nth(n).and_then(|text| text.parse::<f64>().ok()).context("a time");
    Ok((field(11)? + field(12)?) / 100.0)
}

/// Waits until the till rests: after a start it looks through a large database and packs its past.
pub async fn rests() -> Result<()> {
    let (began, mut quiet) = (clock(), 0);
    while quiet < 8 {
        ensure!(began.elapsed() < Duration::from_secs(300), "the till does not come to rest");
        let before = worked()?;
        tokio::time::sleep(Duration::from_secs(1)).await;
        quiet = if worked()? - before < 0.1 { quiet + 1 } else { 0 };
    }
    Ok(())
}

/// Waits until the till has packed its past, which it does by itself after a start.
async fn packed(report: &mut Report, db: &Connection) -> Result<()> {
    let began = clock();
    let days: i64 = db.query_row("SELECT count(DISTINCT business_date) FROM settlement", [], |r| r.get(0))?;
    let sheets = || Ok::<i64, anyhow::Error>(db.query_row("SELECT count(*) FROM day_sheet", [], |r| r.get(0))?);
    let mut before = -1;
    // All days but today, which is yesterday's date in the small hours.
    while sheets()? < days - 2 {
        ensure!(sheets()? > before || began.elapsed() < Duration::from_secs(20), "packing stands still");
        before = sheets()?;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    report.tell("packing the past after the first start, 3 s of them waiting", time(began.elapsed()));
    let bytes: i64 = db.query_row(
        "SELECT coalesce(sum(length(figures) + length(words) + length(CAST(texts AS BLOB))), 0) FROM day_sheet",
        [],
        |r| r.get(0),
    )?;
    report.tell("packed past", format!("{} KB", bytes / 1024));
    Ok(())
}

async fn figures(report: &mut Report, engine: &Engine, db: &Connection) -> Result<()> {
    let totals = |span: Value, filter: Value| json!({ "verb": "totals", "span": span, "filter": filter });
    let all = json!({});
    let (_, _, today) = timed(engine, &[totals(json!({ "span": "today" }), all.clone())]).await?;
    let date = today["today"].as_str().context("today")?.to_owned();
    let (first, last): (String, String) =
        db.query_row("SELECT min(business_date), max(business_date) FROM settlement", [], |r| {
            Ok((r.get(0)?, r.get(1)?))
        })?;
    let month = |n: i64| -> Result<(String, String)> {
        let sql = "SELECT date(?1, 'start of month', ?2), date(?1, 'start of month', ?2, '+1 month', '-1 day')";
        Ok(db.query_row(sql, (&date, format!("-{n} months")), |r| Ok((r.get(0)?, r.get(1)?)))?)
    };
    let custom = |from: &str, to: &str| json!({ "span": "custom", "from": from, "to": to });
    let mut measure =
        async |what: &str, span: Value, filter: Value, (from, to): (&str, &str), most: u64| -> Result<Value> {
            let (p50, p90, found) = timed(engine, &[totals(span, filter)]).await?;
            report.within(&format!("{what}, p90"), p90, Duration::from_millis(most));
            let floor = floor(db, from, to)?;
            report.beside(&format!("{what}, p50, beside a bare sum"), p50, floor);
            Ok(found)
        };
    let found = measure("totals of today", json!({ "span": "today" }), all.clone(), (&date, &date), 20).await?;
    ensure!(found["figures"]["rows"].as_i64() > Some(0), "an empty today: {found}");
    for back in [1, 13, 30] {
        let (from, to) = month(back)?;
        measure(&format!("totals of the month {back} months ago"), custom(&from, &to), all.clone(), (&from, &to), 100)
            .await?;
    }
    let years = custom(&first, &last);
    let found = measure("totals of three years", years.clone(), all, (&first, &last), 300).await?;
    let rows: i64 =
        db.query_row("SELECT (SELECT count(*) FROM settlement) + (SELECT count(*) FROM refund)", [], |r| r.get(0))?;
    ensure!(found["figures"]["rows"] == rows, "{} rows of {rows}", found["figures"]["rows"]);
    for filter in [json!({ "channel": "alipay" }), json!({ "item": "豆浆" }), json!({ "hour": 12, "staff_id": 3 })] {
        let what = format!("totals of three years, {filter}");
        measure(&what, years.clone(), filter, (&first, &last), 300).await?;
    }
    Ok(())
}

async fn search(report: &mut Report, engine: &Engine) -> Result<()> {
    let words =
        ["豆", "豆浆", "#41", "41", "14.98", "23.45", "桌12", "谢谢老板", "王芳王芳", "豆浆 油条 打包", "4200", "zzz"];
    for word in words {
        let request = json!({ "verb": "search_sales", "text": word, "limit": 50 });
        let (_, p90, found) = timed(engine, &[request]).await?;
        let many = found.as_array().map_or(0, Vec::len);
        report.within(&format!("search {word} ({many} found), p90"), p90, Duration::from_millis(100));
    }
    Ok(())
}

async fn scroll(report: &mut Report, engine: &Engine) -> Result<()> {
    let span = json!({ "span": "custom", "from": "2015-01-01", "to": "2015-01-02" });
    ensure!(
        ask(engine, json!({ "verb": "sales_index", "span": span, "filter": {} })).await?["rows"] == 0,
        "rows in 2015"
    );
    let today = ask(engine, json!({ "verb": "totals", "span": { "span": "today" }, "filter": {} })).await?;
    let to = today["today"].as_str().context("today")?.to_owned();
    let year: i64 = to.get(..4).context("a year")?.parse()?;
    let span = json!({ "span": "custom", "from": format!("{}-01-01", year - 4), "to": to });
    let index = json!({ "verb": "sales_index", "span": span, "filter": {} });
    let (_, p90, index) = timed(engine, &[index]).await?;
    report.within("index of the sales table over all years, p90", p90, Duration::from_millis(300));
    let days = index["days"].as_array().context("days")?;
    // Jumps all over: every so many days, another place in the day.
    let jump = |n: usize| {
        let day = &days[n * 7_919 % days.len()];
        let rows = day["rows"].as_u64().unwrap_or(1).max(1);
        json!({ "verb": "sales_rows", "date": day["date"], "filter": {}, "offset": (n as u64 * 331) % rows, "limit": 100 })
    };
    let jumps: Vec<Value> = (0..200).map(jump).collect();
    let (p50, p90, _) = timed(engine, &jumps).await?;
    report.within("a page of 100 rows at a random place, p50 of 200", p50, Duration::from_millis(10));
    report.within("p90 of them", p90, Duration::from_millis(50));
    Ok(())
}
