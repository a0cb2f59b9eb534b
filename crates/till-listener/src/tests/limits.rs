use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::fake::{Fake, Reply, ask, open, open_lan, read_all, read_until};
use crate::{Limits, Rate};

#[tokio::test]
async fn a_body_of_64_kib_and_not_a_byte_more() {
    let fake = Fake::new();
    let (_listener, address) = open(&fake, Limits::default()).await;
    let reply = ask(address, "POST /api/v1/phones/push", &vec![b'a'; 64 * 1024]).await;
    assert_eq!((reply.status, reply.body.as_str()), (200, r#"{"ok":true}"#));
    assert_eq!(fake.seen.lock().unwrap().pop().unwrap().1.body.len(), 64 * 1024);
    for size in [64 * 1024 + 1, 500_000] {
        let reply = ask(address, "POST /api/v1/phones/push", &vec![b'a'; size]).await;
        assert_eq!((reply.status, reply.json()["error"]["code"].as_str()), (413, Some("too_large")), "{size}");
    }
    // Without a length the bytes are counted.
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"POST /appPush HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n").await.unwrap();
    for _ in 0..17 {
        stream.write_all(format!("1000\r\n{}\r\n", "a".repeat(0x1000)).as_bytes()).await.unwrap();
    }
    stream.write_all(b"0\r\n\r\n").await.unwrap();
    let reply = Reply::parse(&read_all(&mut stream).await);
    assert_eq!((reply.status, reply.json()["code"].as_i64()), (413, Some(-1)));
    fake.told("/api/v1/phones/push", "too_large").await;
    fake.told("/appPush", "too_large").await;
    assert!(fake.seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn headers_that_trickle_are_cut_off() {
    let fake = Fake::new();
    let limits = Limits { header_time: Duration::from_millis(300), ..Limits::default() };
    let (_listener, address) = open(&fake, limits).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let started = tokio::time::Instant::now();
    let drip = async {
        let mut left = b"GET /appPush HTTP/1.1\r\nx-a: ".to_vec();
        left.extend(std::iter::repeat_n(b'a', 10_000));
        for byte in left {
            if stream.write_all(&[byte]).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), drip).await.expect("the port must hang up");
    assert!(started.elapsed() < Duration::from_secs(2));
    fake.told("", "slow").await;
}

#[tokio::test]
async fn silence_between_requests_is_longer_than_silence_within_one() {
    let fake = Fake::new();
    let limits =
        Limits { header_time: Duration::from_millis(200), idle_time: Duration::from_millis(1200), ..Limits::default() };
    let (_listener, address) = open(&fake, limits).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    for _ in 0..2 {
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        read_until(&mut stream, r#"{"ok":true}"#).await;
        tokio::time::sleep(Duration::from_millis(600)).await;
    }
    // Idle for too long: closed, and nobody is blamed.
    assert!(read_all(&mut stream).await.is_empty());
    assert!(fake.causes().is_empty(), "{:?}", fake.causes());
    // The second request trickles: cut off after the short time.
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    read_until(&mut stream, r#"{"ok":true}"#).await;
    stream.write_all(b"GET /heal").await.unwrap();
    let started = tokio::time::Instant::now();
    assert!(read_all(&mut stream).await.is_empty());
    assert!(started.elapsed() < Duration::from_millis(900), "{:?}", started.elapsed());
    fake.told("", "slow").await;
}

#[tokio::test]
async fn a_body_that_trickles_is_cut_off() {
    let fake = Fake::new();
    let limits = Limits { body_time: Duration::from_millis(300), ..Limits::default() };
    let (_listener, address) = open(&fake, limits).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = "POST /api/v1/phones/push HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nabc";
    stream.write_all(head.as_bytes()).await.unwrap();
    let reply = Reply::parse(&read_all(&mut stream).await);
    assert_eq!((reply.status, reply.json()["error"]["code"].as_str()), (408, Some("slow")));
    fake.told("/api/v1/phones/push", "slow").await;
}

#[tokio::test]
async fn a_client_that_does_not_read_is_let_go() {
    let fake = Fake::new();
    let limits = Limits { stall_time: Duration::from_millis(300), ..Limits::default() };
    let (_listener, address) = open(&fake, limits).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n".repeat(1000);
    let flood = async { while stream.write_all(&request).await.is_ok() {} };
    tokio::time::timeout(Duration::from_secs(20), flood).await.expect("the port must hang up");
    fake.told("", "slow").await;
}

#[tokio::test]
async fn there_are_only_so_many_places() {
    let fake = Fake::new();
    let (_listener, address) = open(&fake, Limits { connections: 3, ..Limits::default() }).await;
    let mut seated = Vec::new();
    for _ in 0..3 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        read_until(&mut stream, r#"{"ok":true}"#).await;
        seated.push(stream);
    }
    // It may be a customer until it says what it wants.
    let reply = ask(address, "GET /healthz", b"").await;
    assert_eq!((reply.status, reply.json()["error"]["code"].as_str()), (503, Some("too_many")));
    fake.told("/healthz", "too_many").await;
    drop(seated.pop());
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(ask(address, "GET /healthz", b"").await.status, 200);
}

#[tokio::test]
async fn without_any_place_a_connection_is_sent_away_unheard() {
    let fake = Fake::new();
    let (_listener, address) = open(&fake, Limits { connections: 0, customers: 0, ..Limits::default() }).await;
    let mut extra = TcpStream::connect(address).await.unwrap();
    let reply = Reply::parse(&read_all(&mut extra).await);
    assert_eq!((reply.status, reply.json()["error"]["code"].as_str()), (503, Some("too_many")));
    fake.told("", "too_many").await;
}

#[tokio::test]
async fn who_asks_too_fast_is_refused_and_the_refusals_are_counted_not_listed() {
    let fake = Fake::new();
    let rate = Rate { burst: 10, per_second: 1, patience: Duration::ZERO };
    let (listener, address) = open(&fake, Limits { loopback_rate: Some(rate), ..Limits::default() }).await;
    let mut statuses = Vec::new();
    for _ in 0..100 {
        statuses.push(ask(address, "GET /appPush?t=1&sign=secret", b"").await.status);
    }
    assert!(statuses[..10].iter().all(|status| *status == 200));
    let refused = statuses.iter().filter(|status| **status == 429).count();
    assert!(refused >= 85, "{refused}");
    // Phones of the HMAC variant try again on 5xx only.
    let reply = ask(address, "POST /api/v1/payments/notify", b"{}").await;
    assert_eq!((reply.status, reply.json()["code"].as_i64()), (503, Some(-1)));
    assert_eq!(ask(address, "POST /api/v1/phones/push", b"{}").await.header("retry-after"), Some("1"));
    listener.stop().await;
    let told = fake.refused.lock().unwrap().clone();
    assert!(told.len() < 20, "{}", told.len());
    assert_eq!(told[0], ("127.0.0.1".into(), "/appPush".into(), "too_fast".into()));
    let counted: usize =
        told.iter().map(|(_, path, _)| path.split_once('×').map_or(1, |(_, n)| n.parse().unwrap())).sum();
    assert_eq!(counted, refused + 2);
    assert!(told.iter().all(|(_, path, _)| !path.contains("secret") && !path.contains('?')));
}

#[tokio::test]
async fn a_serial_sender_above_the_rate_only_waits() {
    let fake = Fake::new();
    let rate = Rate { burst: 2, per_second: 20, patience: Duration::from_millis(500) };
    let (_listener, address) = open(&fake, Limits { loopback_rate: Some(rate), ..Limits::default() }).await;
    let started = tokio::time::Instant::now();
    for _ in 0..12 {
        assert_eq!(ask(address, "GET /appPush?t=1", b"").await.status, 200);
    }
    assert!(started.elapsed() >= Duration::from_millis(400), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_phone_that_empties_its_queue_is_never_refused() {
    let fake = Fake::new();
    let Some((_listener, address)) = open_lan(&fake, Limits::default()).await else { return };
    for n in 0..120 {
        assert_eq!(ask(address, "GET /appPush?t=1", b"").await.status, 200, "push {n}");
    }
    assert!(fake.causes().is_empty());
    // All at once is no phone: more than the burst and what may wait.
    let asking: Vec<_> = (0..250).map(|_| tokio::spawn(ask(address, "GET /appPush?t=1", b""))).collect();
    let mut refused = 0;
    for reply in asking {
        // One address has 64 places; who finds none may see its connection reset.
        refused += usize::from(reply.await.is_ok_and(|reply| matches!(reply.status, 429 | 503)));
    }
    assert!(refused > 50, "{refused}");
}

#[tokio::test]
async fn nonsense_is_told_once_understood_as_such() {
    let fake = Fake::new();
    let (_listener, address) = open(&fake, Limits::default()).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"\x16\x03\x01\x02\x00\x01\x00 this is TLS\r\n\r\n").await.unwrap();
    let _ = read_all(&mut stream).await;
    fake.told("", "malformed").await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let long = format!("GET /appPush?text={} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(200_000));
    let _ = stream.write_all(long.as_bytes()).await;
    fake.told("", "too_large").await;
    // A long text in a query is no nonsense.
    let line = format!("GET /api/v1/phones/push?text={}", "%E4%B8%AD".repeat(3000));
    assert_eq!(ask(address, &line, b"").await.status, 200);
}
