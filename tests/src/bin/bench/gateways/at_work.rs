//! The till beside a simulated Alipay: notices that settle, and hundreds of codes nobody has paid yet.

use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use qiantai_tests::gateway::{Event, Gateway, Provider, alipay_contract};
use qiantai_tests::http::{Call, Http};
use qiantai_tests::{Till, clock, until_within};
use serde_json::json;
use tokio::runtime::Runtime;

use crate::floor::Floor;
use crate::report::{Report, percentile};

/// The longest a code takes to be made while hundreds are.
const PATIENCE: Duration = Duration::from_secs(300);
const LOOK: Duration = Duration::from_millis(100);
/// Ticks a second in `/proc/PID/stat`.
const TICKS: f64 = 100.0;
/// Questions to one provider at once, so also the connections to it.
const MOST_CONNECTIONS: i64 = 16;

/// A shop whose tickets show Alipay's codes, and nothing expires while we measure.
struct Shop {
    till: Till,
    gateway: Gateway,
    /// The provider lives in it: dropped last.
    _runtime: Runtime,
}

impl Shop {
    fn open() -> Result<Shop> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let gateway = runtime.block_on(Gateway::start())?;
        let till = Till::start()?;
        till.change_settings(|s| s["ticket_ttl_ms"] = 3_600_000.into())?;
        till.choose_passphrase()?;
        let values = alipay_contract(gateway.keys()).into_iter();
        let values: Vec<_> = values.map(|(field, text)| json!({ "field": field, "text": text })).collect();
        let place = json!({ "place": "simulator", "address": gateway.url });
        let settings = json!({ "name": "bench", "place": place });
        till.act(json!({ "verb": "add_gateway", "provider": "alipay", "settings": settings, "values": values }))?;
        Ok(Shop { till, gateway, _runtime: runtime })
    }

    /// Rings up a yuan apart, and waits for the codes: ids and our numbers.
    fn ring_up(&self, many: i64) -> Result<Vec<(i64, String)>> {
        let tickets: Vec<i64> = (0..many)
            .map(|n| self.till.ring_up(1_000 + n * 100)?["id"].as_i64().context("an id"))
            .collect::<Result<_>>()?;
        let with_code = |id: i64| {
            until_within(PATIENCE, LOOK, &format!("a code for ticket {id}"), || {
                let ticket = self.till.ticket(id)?;
                let has_code = ticket["codes"].as_array().is_some_and(|codes| !codes.is_empty());
                let out_no = ticket["trades"][0]["out_no"].as_str().context("a number")?;
                Ok(has_code.then(|| (id, out_no.to_owned())))
            })
        };
        tickets.into_iter().map(with_code).collect()
    }
}

/// From a notice's first byte to the answer, which comes when its money is in the book: beside one durable insert.
pub fn notices(report: &mut Report, many: usize, checking: Duration) -> Result<()> {
    const BLOCK: usize = 10;
    let floor = Floor::start()?;
    let mut floor_http = Http::new(floor.address);
    let timed = |http: &mut Http, call: &Call| {
        let began = clock();
        let reply = http.send(call)?;
        let took = began.elapsed();
        ensure!(reply.status == 200, "{reply:?}");
        Ok(took)
    };
    // A log that still grows costs more for each flush than one that is used again.
    for n in 0..1_200 {
        timed(&mut floor_http, &Call::get(format!("/appPush?warm={n}")))?;
    }
    let shop = Shop::open()?;
    let mut http = Http::new(shop.till.address);
    let (mut floors, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..many.div_ceil(BLOCK) + 2 {
        let sales = shop.ring_up(i64::try_from(BLOCK)?)?;
        for n in 0..BLOCK {
            floors.push(timed(&mut floor_http, &Call::get(format!("/appPush?n={n}&sign=0123456789abcdef")))?);
        }
        for (id, out_no) in sales {
            shop.gateway.customer().pays(&out_no)?;
            let notice = shop.gateway.notice(Provider::Alipay, &out_no, &Event::Paid)?;
            ours.push(timed(&mut http, &notice.call("/notify/alipay"))?);
            let ticket = shop.till.ticket(id)?;
            ensure!(ticket["status"] == "paid", "a notice settled nothing: {ticket}");
        }
    }
    // The first two blocks warm everything up.
    let (floor, ours) = (percentile(&floors[2 * BLOCK..], 50), percentile(&ours[2 * BLOCK..], 50));
    report.beside("a notice in the book, p50, beside a durable insert", ours, floor);
    report.within("the same, at most insert + check + 1 ms", ours, floor + checking + Duration::from_millis(1));
    Ok(())
}

/// Hundreds of codes that wait: the till asks on schedule, over few connections, and costs next to nothing.
pub fn waiting(report: &mut Report, many: i64, rest: Duration, look: Duration) -> Result<()> {
    let mut shop = Shop::open()?;
    let sales = shop.ring_up(many)?;
    sleep(rest);
    let id = shop.till.process().context("a running till")?.id();
    let (asked, used, began) = (shop.gateway.log().len(), cpu(id)?, clock());
    let mut connections = 0;
    while began.elapsed() < look {
        connections = connections.max(open_to(shop.gateway.address.port())?);
        sleep(Duration::from_secs(1));
    }
    let (share, seconds) = ((cpu(id)? - used) / began.elapsed().as_secs_f64(), began.elapsed().as_secs_f64());
    let log = shop.gateway.log();
    let questions = log.len() - asked;
    report.tell(&format!("questions a second, {many} codes waiting"), format!("{:.1}", questions as f64 / seconds));
    report.at_most("the same, per mille of a core", (share * 1000.0).round() as i64, 50);
    report.at_most("the same, connections to the provider", connections, MOST_CONNECTIONS);
    let silent = sales.iter().filter(|(_, out_no)| !log[asked..].iter().any(|a| a.out_no.as_ref() == Some(out_no)));
    report.at_most("the same, codes nobody asked about", i64::try_from(silent.count())?, 0);
    Ok(())
}

/// Processor time of a process so far, in seconds.
fn cpu(pid: u32) -> Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let fields: Vec<&str> = stat.rsplit(')').next().context("stat")?.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|t| t.parse::<f64>().ok()).context("stat");
    Ok((ticks(11)? + ticks(12)?) / TICKS)
}

/// Established connections to a port of this computer, seen from whoever called.
fn open_to(port: u16) -> Result<i64> {
    let table = std::fs::read_to_string("/proc/net/tcp")?;
    let to = format!(":{port:04X}");
    let open = table.lines().skip(1).filter(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        matches!(fields.as_slice(), [_, _, remote, "01", ..] if remote.ends_with(&to))
    });
    Ok(i64::try_from(open.count())?)
}
