//! Without HTTP: reading a notice, and ringing up through the engine.

use std::hint::black_box;

use anyhow::{Result, ensure};
use qiantai_tests::till::{ALIPAY_CODE, WECHAT_CODE};
use qiantai_tests::{clock, request_id};
use serde_json::{Value, json};
use till_channels::rules::{Notice, Rules};
use till_engine::api::Request;
use till_engine::ports::Ports;
use till_engine::{Engine, OpenOptions};

use crate::floor;
use crate::report::{Report, percentile, time};

const NOTICES: &str = include_str!("../../../data/notifications.jsonl");

/// Each real notice, many times; the slowest notice counts too.
pub fn reading(report: &mut Report) -> Result<()> {
    let notices: Vec<Value> = NOTICES.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let rules = Rules::builtin();
    let mut means = Vec::new();
    for notice in &notices {
        let text = |name: &str| notice[name].as_str().unwrap_or_default();
        let notice = Notice { package: text("package"), title: text("title"), text: text("text") };
        black_box(rules.read(&notice));
        let began = clock();
        for _ in 0..200 {
            black_box(rules.read(black_box(&notice)));
        }
        means.push(began.elapsed() / 200);
    }
    report.within(
        "reading one notice, p50 of real notices",
        percentile(&means, 50),
        std::time::Duration::from_micros(50),
    );
    report.tell("the slowest of them", time(percentile(&means, 100)));
    Ok(())
}

/// `ring_up` as a library beside a bare insert without HTTP, in alternating blocks.
pub fn ringing_up(report: &mut Report, many: i64) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let dir = tempfile::tempdir()?;
        let bare = floor::open(dir.path().join("floor.db")).await?;
        let options = OpenOptions { dir: dir.path().join("shop"), practice: false, ports: Ports::system() };
        let engine = Engine::open(options).await?;
        for (channel, payload) in [("wechat", WECHAT_CODE), ("alipay", ALIPAY_CODE)] {
            let add = json!({
                "verb": "add_code", "request_id": request_id(), "payload": payload, "channel": channel,
                "account_id": null, "label": channel, "amount_fen": null,
            });
            engine.call("till", serde_json::from_value(add)?).await?;
        }
        // As in the load test: a log that has stopped growing.
        for n in 0..1200 {
            floor::insert(&bare, &format!("warm {n}")).await?;
        }
        let (mut ours, mut floors) = (Vec::new(), Vec::new());
        for block in 0..many / 20 + 1 {
            for n in 0..20 {
                let began = clock();
                floor::insert(&bare, &format!("{block} {n}")).await?;
                floors.push(began.elapsed());
            }
            for n in 0..20 {
                let sale = json!({ "lines": [{ "price_fen": 1000 + (block * 20 + n) * 100 }] });
                let ring_up: Request =
                    serde_json::from_value(json!({ "verb": "ring_up", "request_id": request_id(), "sale": sale }))?;
                let began = clock();
                let ticket = engine.call("till", ring_up).await?;
                ours.push(began.elapsed());
                ensure!(ticket["status"] == "open", "{ticket}");
            }
        }
        engine.close().await;
        // The first block warms both up.
        let (p50, floor50) = (percentile(&ours[20..], 50), percentile(&floors[20..], 50));
        report.at_most_times("ring_up through the engine, p50, beside one insert", p50, floor50, 3.0);
        Ok(())
    })
}
