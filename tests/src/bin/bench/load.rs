//! Pushes that settle tickets: one client after the other, and 32 at once.

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use anyhow::{Result, ensure};
use qiantai_tests::http::{Call, Http};
use qiantai_tests::phone::WECHAT;
use qiantai_tests::till::due;
use qiantai_tests::{Phone, Till, clock};

use crate::floor::Floor;
use crate::history;
use crate::report::{Report, percentile};

/// A shop where nothing expires while we measure.
fn shop(history: i64) -> Result<(Till, Phone)> {
    let (mut till, phone) = Till::with_phone()?;
    till.change_settings(|s| s["ticket_ttl_ms"] = 3_600_000.into())?;
    if history > 0 {
        till.stop()?;
        let began = clock();
        history::write(&till.data().join("till.db"), history)?;
        println!("(wrote {history} sales in {:.1} s)", began.elapsed().as_secs_f64());
    }
    let till = till.restart()?;
    let phone = Phone { address: till.address, ..phone };
    Ok((till, phone))
}

/// Opens tickets a yuan apart and gives the pushes that pay them.
fn tickets(till: &Till, phone: &Phone, first: i64, many: i64) -> Result<Vec<Call>> {
    (first..first + many).map(|n| Ok(phone.push(WECHAT, due(&till.ring_up(1000 + n * 100)?)))).collect()
}

fn timed(http: &mut Http, call: &Call) -> Result<Duration> {
    let began = clock();
    let reply = http.send(call)?;
    let took = began.elapsed();
    ensure!(reply.status == 200, "{reply:?}");
    Ok(took)
}

/// Fills the floor's write-ahead log once: a log that still grows costs more for each flush than one that is used
/// again, and a shop's has long since stopped growing.
fn warm(floor: &Floor) -> Result<()> {
    let mut http = Http::new(floor.address);
    (0..1200).try_for_each(|n| timed(&mut http, &Call::get(format!("/appPush?warm={n}"))).map(|_| ()))
}

/// A shop under measurement.
struct Bench {
    history: i64,
    till: Till,
    calls: Vec<Call>,
    http: Http,
    took: Vec<Duration>,
}

/// p50 of a push that settles, with more and more sales in the book, all beside the floor: in small blocks one after
/// the other, so that whatever else the disk does meets all of them alike.
pub fn pushes(report: &mut Report, histories: &[i64], many: usize) -> Result<()> {
    const BLOCK: usize = 10;
    let floor = Floor::start()?;
    warm(&floor)?;
    let mut shops = Vec::new();
    for history in histories {
        let (till, phone) = shop(*history)?;
        let calls = tickets(&till, &phone, 0, i64::try_from(many)? + 40)?;
        let http = Http::new(till.address);
        shops.push(Bench { history: *history, till, calls, http, took: Vec::new() });
    }
    let mut floor_http = Http::new(floor.address);
    let mut floors = Vec::new();
    for block in 0..many / BLOCK + 4 {
        for n in 0..BLOCK {
            floors.push(timed(&mut floor_http, &Call::get(format!("/appPush?t={block}&n={n}&sign=0123456789abcdef")))?);
        }
        for shop in &mut shops {
            for call in &shop.calls[block * BLOCK..(block + 1) * BLOCK] {
                shop.took.push(timed(&mut shop.http, call)?);
            }
        }
    }
    // The first four blocks warm everything up.
    let floor50 = percentile(&floors[4 * BLOCK..], 50);
    let mut empty50 = None;
    for shop in &shops {
        ensure!(shop.till.inbox()?.is_empty(), "a push settled nothing");
        let took = &shop.took[4 * BLOCK..];
        let p50 = percentile(took, 50);
        let history = shop.history;
        report.at_most_times(&format!("a push that settles, p50, {history} sales in the book"), p50, floor50, 2.0);
        report.tell(&format!("the same, p95 ({history} sales)"), crate::report::time(percentile(took, 95)));
        match empty50 {
            None => empty50 = Some(p50),
            Some(empty50) => {
                report.at_most_times(&format!("the same beside an empty book ({history} sales)"), p50, empty50, 1.15);
            }
        }
    }
    Ok(())
}

fn rush_once(address: std::net::SocketAddr, calls: &[Vec<Call>]) -> Result<f64> {
    let gate = Barrier::new(calls.len() + 1);
    let (took, all) = thread::scope(|scope| {
        let clients: Vec<_> = calls
            .iter()
            .map(|calls| {
                scope.spawn(|| {
                    let mut http = Http::new(address);
                    gate.wait();
                    calls.iter().try_for_each(|call| timed(&mut http, call).map(|_| ()))
                })
            })
            .collect();
        gate.wait();
        let began = clock();
        let all: Vec<_> = clients.into_iter().map(|c| c.join()).collect();
        (began.elapsed(), all)
    });
    for one in all {
        one.map_err(|_| anyhow::anyhow!("a client panicked"))??;
    }
    let done: usize = calls.iter().map(Vec::len).sum();
    Ok(done as f64 / took.as_secs_f64())
}

/// 32 clients, each with its own connection and its own payments.
pub fn rush(report: &mut Report, each: i64) -> Result<()> {
    const CLIENTS: i64 = 32;
    let floor = Floor::start()?;
    warm(&floor)?;
    let (till, phone) = shop(0)?;
    let (mut ours, mut floors) = (Vec::new(), Vec::new());
    for round in 0..4 {
        let all = tickets(&till, &phone, round * CLIENTS * each, CLIENTS * each)?;
        let calls: Vec<Vec<Call>> = all.chunks(usize::try_from(each)?).map(<[Call]>::to_vec).collect();
        floors.push(rush_once(floor.address, &calls)?);
        ours.push(rush_once(till.address, &calls)?);
    }
    // The first round warms both up.
    (ours, floors) = (ours.split_off(1), floors.split_off(1));
    ensure!(till.inbox()?.is_empty(), "a push settled nothing");
    ours.sort_by(f64::total_cmp);
    floors.sort_by(f64::total_cmp);
    report.at_least("pushes that settle, 32 clients at once", ours[1], floors[1]);
    Ok(())
}
