//! Two thousand pages watch, and phones come in as on any other day.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use super::checkout::watch;
use super::fake::{Fake, ask, open, read_until};
use crate::{Limits, Rate};

const PAGES: usize = 2_000;
/// As many tickets as a busy web shop has open.
const TICKETS: usize = 100;

/// What this process keeps in memory, in KiB; nothing where the system does not say.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}

/// Reads one whole event, without keeping a buffer for each page.
async fn hears(stream: &mut TcpStream, wanted: &[u8]) {
    let mut bytes = Vec::new();
    let mut chunk = [0; 32 * 1024];
    while !bytes.windows(wanted.len()).any(|window| window == wanted) || !bytes.ends_with(b"\n\n\r\n") {
        let n = timeout(Duration::from_secs(20), stream.read(&mut chunk)).await.expect("the port is silent").unwrap();
        assert!(n > 0, "the stream ended");
        bytes.extend_from_slice(&chunk[..n]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_pages_leave_the_seats_to_the_phones() {
    crate::files::ask_for_enough();
    let fake = Fake::new();
    let tokens: Vec<String> = (0..TICKETS).map(|n| fake.page(n as i64)).collect();
    // Few general seats and none to spare: a watcher that kept one would lock a phone out.
    let limits = Limits { connections: 4, customers: 16, customers_per_address: PAGES, ..Limits::default() };
    let (_listener, address) = open(&fake, limits).await;
    let before = resident();
    let mut pages = Vec::with_capacity(PAGES);
    for n in 0..PAGES {
        let mut page = watch(address, &tokens[n % TICKETS]).await;
        hears(&mut page, b"\"waiting\"").await;
        pages.push(page);
    }
    let with_pages = resident();
    for n in 0..8 {
        assert_eq!(ask(address, "GET /appPush?t=1", b"").await.status, 200, "phone {n}");
    }
    let mut seated = Vec::new();
    for _ in 0..4 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        read_until(&mut stream, r#"{"ok":true}"#).await;
        seated.push(stream);
    }
    let started = Instant::now();
    for token in &tokens {
        fake.pay(token);
    }
    for page in &mut pages {
        hears(page, b"\"paid\"").await;
    }
    println!("{PAGES} pages: {before:?} to {with_pages:?} KiB, both ends; all heard in {:?}", started.elapsed());
    assert!(fake.causes().is_empty(), "{:?}", fake.causes());
    // One more than there are places.
    let full = ask(address, &format!("GET /pay/{}/events", tokens[0]), b"").await;
    assert_eq!(full.status, 503);
    drop(pages);
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let mut page = watch(address, &tokens[0]).await;
        if read_until(&mut page, "\r\n\r\n").await.starts_with("HTTP/1.1 200") {
            break;
        }
        assert!(Instant::now() < deadline, "the places were not given back");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn customers_neither_use_up_the_rate_of_phones_nor_their_seats() {
    let fake = Fake::new();
    let token = fake.page(1);
    let rate = Rate { burst: 5, per_second: 1, patience: Duration::ZERO };
    let limits = Limits { loopback_rate: Some(rate), connections: 2, customers: 3, ..Limits::default() };
    let (_listener, address) = open(&fake, limits).await;
    for _ in 0..50 {
        assert_eq!(ask(address, &format!("GET /pay/{token}/state"), b"").await.status, 200);
    }
    assert_eq!(ask(address, "GET /appPush?t=1", b"").await.status, 200);
    // Idle connections of browsers fill the customers' bench and leave the other one alone.
    let mut idle = Vec::new();
    for n in 0..3 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(format!("GET /pay/{token}/state HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes()).await.unwrap();
        let reply = read_until(&mut stream, "\"return_url\":null}").await;
        // When more than half of the places are taken, a connection is not kept.
        assert_eq!(reply.contains("connection: close"), n > 0, "{n} {reply:.300}");
        idle.push(stream);
    }
    assert_eq!(ask(address, "GET /appPush?t=1", b"").await.status, 200);
}
