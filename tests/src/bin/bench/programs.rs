//! Programs: createOrder, getOrder and appPush from 1, 8 and 32 clients with more and more orders in the book; a crowd
//! of checkout pages; a soak at half the top rate.

use std::net::SocketAddr;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use qiantai_tests::http::{Call, Http};
use qiantai_tests::phone::{WECHAT, yuan};
use qiantai_tests::{Phone, Till, clock, sign};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::floor::Floor;
use crate::history;
use crate::report::{Report, percentile};

const CLIENTS: [usize; 3] = [1, 8, 32];
const PAGES: usize = 1000;

/// A shop with a V免签 program and a past full of that program's orders.
struct Shop {
    history: i64,
    till: Till,
    phone: Phone,
    key: String,
    next: AtomicI64,
}

impl Shop {
    fn start(history: i64) -> Result<Shop> {
        let (mut till, phone) = Till::with_phone()?;
        let settings = json!({ "name": "bench", "per_minute": 1_000_000, "ttl_ms": 3_600_000 });
        let added = till.act(json!({ "verb": "add_program", "protocol": "vmq", "settings": settings }))?;
        let key = added["secret"].as_str().context("a secret")?.to_owned();
        if history > 0 {
            till.stop()?;
            history::write(&till.data().join("till.db"), history)?;
        }
        let till = till.restart()?;
        let phone = Phone { address: till.address, ..phone };
        Ok(Shop { history, till, phone, key, next: AtomicI64::new(0) })
    }

    /// A new order: a number and a price nobody else has for long.
    fn order(&self) -> (Call, i64) {
        let n = self.next.fetch_add(1, Ordering::Relaxed);
        let (pay_id, fen) = (format!("B{n}"), 1000 + (n % 90_000) * 100);
        let price = yuan(fen);
        let sign = sign::vmq(&[&pay_id, "", WECHAT, &price, &self.key]);
        (Call::get(format!("/createOrder?payId={pay_id}&type={WECHAT}&price={price}&sign={sign}")), fen)
    }
}

/// What a client did: the call, how long it took, the reply's order number where there is one.
type Done = (Duration, Option<String>);

fn ask(http: &mut Http, call: &Call) -> Result<Done> {
    let began = clock();
    let reply = http.send(call)?;
    let took = began.elapsed();
    ensure!(reply.status == 200, "{reply:?}");
    let json = if reply.body.is_empty() { json!({ "code": 1 }) } else { reply.json()? };
    ensure!(json["code"] == 1, "{json}");
    Ok((took, json["data"]["orderId"].as_str().map(str::to_owned)))
}

/// All clients at once, each with its own connection and its own calls; their times, and the whole time.
fn round(address: SocketAddr, calls: &[Vec<Call>]) -> Result<(Vec<Done>, Duration)> {
    let gate = Barrier::new(calls.len() + 1);
    let (all, took) = thread::scope(|scope| {
        let clients: Vec<_> = calls
            .iter()
            .map(|calls| {
                scope.spawn(|| {
                    let mut http = Http::new(address);
                    gate.wait();
                    calls.iter().map(|call| ask(&mut http, call)).collect::<Result<Vec<Done>>>()
                })
            })
            .collect();
        gate.wait();
        let began = clock();
        let all: Vec<_> = clients.into_iter().map(thread::ScopedJoinHandle::join).collect();
        (all, began.elapsed())
    });
    let mut done = Vec::new();
    for one in all {
        done.extend(one.map_err(|_| anyhow::anyhow!("a client panicked"))??);
    }
    Ok((done, took))
}

fn split(calls: Vec<Call>, clients: usize) -> Vec<Vec<Call>> {
    let each = calls.len().div_ceil(clients).max(1);
    calls.chunks(each).map(<[Call]>::to_vec).collect()
}

#[derive(Default)]
struct Times {
    create: Vec<Duration>,
    get: Vec<Duration>,
    push: Vec<Duration>,
    got: usize,
    getting: Duration,
}

fn times(done: Vec<Done>) -> Vec<Duration> {
    done.into_iter().map(|(took, _)| took).collect()
}

/// One block at a shop: orders are opened, asked for, and paid.
fn block(shop: &Shop, clients: usize, each: usize, times_of: &mut Times) -> Result<()> {
    const ASKED: usize = 8;
    let many = clients * each;
    let (calls, amounts): (Vec<Call>, Vec<i64>) = (0..many).map(|_| shop.order()).unzip();
    let (created, _) = round(shop.till.address, &split(calls, clients))?;
    let numbers: Vec<String> = created.iter().filter_map(|(_, number)| number.clone()).collect();
    ensure!(numbers.len() == many, "an order without a number");
    times_of.create.extend(times(created));
    let gets = numbers.iter().cycle().take(many * ASKED).map(|no| Call::get(format!("/getOrder?orderId={no}")));
    let (got, took) = round(shop.till.address, &split(gets.collect(), clients))?;
    times_of.got += got.len();
    times_of.getting += took;
    times_of.get.extend(times(got));
    let pushes = amounts.iter().map(|fen| shop.phone.push(WECHAT, *fen)).collect();
    let (pushed, _) = round(shop.till.address, &split(pushes, clients))?;
    times_of.push.extend(times(pushed));
    Ok(())
}

/// createOrder, getOrder and appPush beside the floor, in small blocks one after the other, so that whatever else the
/// disk does meets all of them alike.
pub fn orders(report: &mut Report, histories: &[i64], blocks: usize) -> Result<()> {
    const EACH: usize = 4;
    const WARM: usize = 3;
    let floor = Floor::start()?;
    let shops: Vec<Shop> = histories.iter().map(|history| Shop::start(*history)).collect::<Result<_>>()?;
    for clients in CLIENTS {
        let mut floors = Vec::new();
        let mut all: Vec<Times> = shops.iter().map(|_| Times::default()).collect();
        for n in 0..blocks + WARM {
            let plain = |i: usize| Call::get(format!("/appPush?t={n}&n={i}&sign=0123456789abcdef"));
            let (done, _) = round(floor.address, &split((0..clients * EACH * 2).map(plain).collect(), clients))?;
            floors.extend(times(done));
            for (shop, times_of) in shops.iter().zip(&mut all) {
                block(shop, clients, EACH, times_of)?;
            }
            if n + 1 == WARM {
                floors.clear();
                all.iter_mut().for_each(|t| *t = Times::default());
            }
        }
        let floor50 = percentile(&floors, 50);
        for (shop, t) in shops.iter().zip(&all) {
            let about = format!("{clients} clients, {} orders in the book", shop.history);
            report.at_most_times(&format!("createOrder, p50, {about}"), percentile(&t.create, 50), floor50, 2.5);
            report.beside(&format!("appPush that settles, p50, {about}"), percentile(&t.push, 50), floor50);
            report.tell(&format!("getOrder, p50, {about}"), crate::report::time(percentile(&t.get, 50)));
            if clients > 1 {
                let rate = t.got as f64 / t.getting.as_secs_f64();
                report.rate(&format!("getOrder, {about}"), rate, 5_000.0);
            }
        }
    }
    for shop in &shops {
        ensure!(shop.till.inbox()?.is_empty(), "a push settled nothing");
    }
    Ok(())
}

/// As many files as the system lets one have: a thousand pages are a thousand sockets on either side.
fn many_sockets() {
    let most = getrlimit(Resource::Nofile).maximum;
    let _ = setrlimit(Resource::Nofile, Rlimit { current: most, maximum: most });
}

/// Memory of the till's process in KiB.
fn resident(till: &mut Till) -> Result<i64> {
    let id = till.process().context("a running till")?.id();
    let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).context("VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

/// A checkout page that listens; answers once its first state has come.
async fn page(address: SocketAddr, path: &str) -> Result<BufReader<TcpStream>> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(format!("GET {path}/events HTTP/1.1\r\nhost: {address}\r\n\r\n").as_bytes()).await?;
    let mut page = BufReader::with_capacity(1024, stream);
    until(&mut page, "waiting").await?;
    Ok(page)
}

/// Reads on until a state with this status.
async fn until(page: &mut BufReader<TcpStream>, status: &str) -> Result<()> {
    let wanted = format!("\"status\":\"{status}\"");
    let mut line = Vec::new();
    loop {
        line.clear();
        ensure!(page.read_until(b'\n', &mut line).await? > 0, "the stream ended");
        if String::from_utf8_lossy(&line).contains(&wanted) {
            return Ok(());
        }
    }
}

/// A thousand pages that watch one order: what they cost, and when the last one knows that it is paid.
pub fn pages(report: &mut Report) -> Result<()> {
    many_sockets();
    let mut shop = Shop::start(0)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut last = Vec::new();
    let mut cost = 0;
    for _ in 0..3 {
        let (call, fen) = shop.order();
        let (_, number) = ask(&mut Http::new(shop.till.address), &call)?;
        let number = number.context("an order number")?;
        let orders = shop.till.call(&json!({
            "verb": "program_orders", "program_id": null, "undelivered": false, "before_id": null, "limit": 10,
        }))?;
        let order = orders["orders"].as_array().and_then(|all| all.iter().find(|o| o["order_no"] == *number));
        let path = order.and_then(|o| o["checkout_path"].as_str()).context("a checkout page")?.to_owned();
        let address = shop.till.address;
        let before = resident(&mut shop.till)?;
        let mut watching = Vec::with_capacity(PAGES);
        for _ in 0..PAGES {
            watching.push(runtime.block_on(page(address, &path))?);
        }
        cost = cost.max(resident(&mut shop.till)? - before);
        let push = shop.phone.push(WECHAT, fen);
        let began = clock();
        let heard: Vec<_> = watching
            .into_iter()
            .map(|mut page| {
                runtime.spawn(async move {
                    until(&mut page, "paid").await?;
                    Ok::<_, anyhow::Error>(began.elapsed())
                })
            })
            .collect();
        ask(&mut Http::new(address), &push)?;
        let mut slowest = Duration::ZERO;
        for one in heard {
            slowest = slowest.max(runtime.block_on(one)??);
        }
        last.push(slowest);
    }
    let most = 64 * 1024;
    report.at_most(&format!("memory of {PAGES} checkout pages that watch, KiB"), cost, most);
    report.within(
        &format!("push sent to \"paid\" on the last of {PAGES} pages"),
        percentile(&last, 100),
        Duration::from_millis(300),
    );
    Ok(())
}

/// Orders opened, asked for twice and paid, by eight clients, `rate` a second in all (0: as fast as they can).
fn traffic(shop: &Shop, time: Duration, rate: f64) -> Result<(usize, Duration)> {
    const WORKERS: usize = 8;
    let stop = AtomicBool::new(false);
    let began = clock();
    let all = thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS)
            .map(|_| {
                scope.spawn(|| -> Result<(usize, Duration)> {
                    let mut http = Http::new(shop.till.address);
                    let (mut done, mut slowest) = (0, Duration::ZERO);
                    while began.elapsed() < time && !stop.load(Ordering::Relaxed) {
                        let (create, fen) = shop.order();
                        let (took, number) = ask(&mut http, &create)?;
                        let get = Call::get(format!("/getOrder?orderId={}", number.context("an order number")?));
                        let times = [took, ask(&mut http, &get)?.0, ask(&mut http, &shop.phone.push(WECHAT, fen))?.0];
                        let last = ask(&mut http, &get)?.0;
                        slowest = times.into_iter().fold(slowest.max(last), Duration::max);
                        done += 1;
                        if rate > 0.0 {
                            let due = Duration::from_secs_f64(done as f64 * WORKERS as f64 / rate);
                            thread::sleep(due.saturating_sub(began.elapsed()));
                        }
                    }
                    Ok((done, slowest))
                })
            })
            .collect();
        workers.into_iter().map(thread::ScopedJoinHandle::join).collect::<Vec<_>>()
    });
    let (mut done, mut slowest) = (0, Duration::ZERO);
    for one in all {
        let (n, slow) = one.map_err(|_| anyhow::anyhow!("a client panicked"))??;
        (done, slowest) = (done + n, slowest.max(slow));
    }
    Ok((done, slowest))
}

/// Half the top rate for a long time: nothing may become slow, and nothing may grow.
pub fn soak(report: &mut Report, time: Duration) -> Result<()> {
    let mut shop = Shop::start(0)?;
    let trial = Duration::from_secs(10);
    let (done, _) = traffic(&shop, trial, 0.0)?;
    let top = done as f64 / trial.as_secs_f64();
    report.tell("top rate: sales a second (one createOrder, two getOrder, one push)", format!("{top:.0}/s"));
    let fifth = time / 5;
    let mut slowest = Duration::ZERO;
    let mut sizes = Vec::new();
    for _ in 0..5 {
        let (_, slow) = traffic(&shop, fifth, top / 2.0)?;
        slowest = slowest.max(slow);
        sizes.push(resident(&mut shop.till)?);
    }
    report.within(
        &format!("slowest request of {} s at half that rate", time.as_secs()),
        slowest,
        Duration::from_secs(1),
    );
    let (early, late) = (sizes[0], sizes[sizes.len() - 1]);
    let all: Vec<String> = sizes.iter().map(|kib| format!("{}", kib / 1024)).collect();
    report.tell("memory after each fifth, MiB", all.join(", "));
    report.at_most("memory at the end, KiB; at most a tenth above the first fifth", late, early + early / 10);
    ensure!(shop.till.inbox()?.is_empty(), "a push settled nothing");
    Ok(())
}
