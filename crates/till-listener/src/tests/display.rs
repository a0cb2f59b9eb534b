use std::net::SocketAddr;
use std::time::Duration;

use till_engine::api::Event;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::fake::{DISPLAY_TOKEN, Fake, ask, open, read_all, read_until};
use crate::Limits;

async fn watch(address: SocketAddr, token: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET /display/events?token={token} HTTP/1.1\r\nhost: x\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn the_page_opens_with_its_token_only() {
    let fake = Fake::new();
    let (_listener, address) = open(&fake, Limits::default()).await;
    let page = ask(address, &format!("GET /display?token={DISPLAY_TOKEN}"), b"").await;
    assert_eq!(page.status, 200);
    assert!(page.body.starts_with("<!doctype html>"));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    for line in ["GET /display", "GET /display?token=", "GET /display?token=wrong", "GET /display?token=%ff"] {
        let closed = ask(address, line, b"").await;
        assert_eq!(closed.status, 403, "{line}");
        assert!(closed.body.contains("已失效") && closed.body.contains("no longer valid"));
        assert!(!closed.body.contains("<script"));
        assert_eq!(closed.header("referrer-policy"), Some("no-referrer"));
    }
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'"));
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(page.header("x-frame-options"), Some("deny"));
    assert!(!page.head.contains("access-control"));
    fake.told("/display", "bad_token").await;
}

#[tokio::test]
async fn files_are_served_and_nothing_beside_them() {
    let fake = Fake::new();
    let (_listener, address) = open(&fake, Limits::default()).await;
    let script = ask(address, "GET /assets/app-1a2b.js", b"").await;
    assert_eq!((script.status, script.body.as_str()), (200, "console.log('till')"));
    assert_eq!(script.header("content-type"), Some("text/javascript; charset=utf-8"));
    assert_eq!(script.header("cache-control"), Some("public, max-age=31536000, immutable"));
    assert_eq!(ask(address, "HEAD /assets/app-1a2b.js", b"").await.body, "");
    let icon = ask(address, "GET /favicon.svg", b"").await;
    assert_eq!((icon.status, icon.header("cache-control")), (200, Some("no-cache")));
    for path in [
        "/assets/../secret.txt",
        "/assets/%2e%2e/secret.txt",
        "/assets/..%2fsecret.txt",
        "/assets/..%5csecret.txt",
        "/assets/../../secret",
        "/../secret.txt",
        "/secret",
        "/assets/",
        "/index.html",
        "/",
    ] {
        let reply = ask(address, &format!("GET {path}"), b"").await;
        assert_eq!(reply.status, 404, "{path}");
        assert!(!reply.body.contains("SECRET"));
    }
}

#[tokio::test]
async fn a_screen_gets_the_state_at_once_and_then_each_change() {
    let fake = Fake::new();
    let limits = Limits { heartbeat: Duration::from_millis(300), ..Limits::default() };
    let (listener, address) = open(&fake, limits).await;
    let mut screen = watch(address, DISPLAY_TOKEN).await;
    let first = read_until(&mut screen, "\n\n\r\n").await;
    assert!(first.contains("content-type: text/event-stream"), "{first}");
    let expected = format!("data: {}\n\n", serde_json::to_string(&fake.state()).unwrap());
    assert!(first.contains(&expected), "{first}");

    *fake.shop_name.lock().unwrap() = "大卖场".into();
    fake.events.send(Event::DisplayChanged { display: fake.state() }).unwrap();
    assert!(read_until(&mut screen, "大卖场").await.contains("data: {"));
    read_until(&mut screen, ":\n\n").await;

    // More events than the bus holds: the present state is sent again.
    *fake.shop_name.lock().unwrap() = "最后".into();
    for _ in 0..50 {
        fake.events.send(Event::AlertFailed { cause: String::new() }).unwrap();
    }
    read_until(&mut screen, "最后").await;

    // A new token ends the stream with the old one.
    *fake.display_token.lock().unwrap() = "another-token".into();
    read_until(&mut screen, "0\r\n\r\n").await;
    let reply = ask(address, &format!("GET /display/events?token={DISPLAY_TOKEN}"), b"").await;
    assert_eq!((reply.status, reply.json()["error"]["code"].as_str()), (403, Some("bad_token")));

    // Stopping ends the others.
    let mut screen = watch(address, "another-token").await;
    read_until(&mut screen, "data: ").await;
    let started = tokio::time::Instant::now();
    listener.stop().await;
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    let _ = read_all(&mut screen).await;
}

#[tokio::test]
async fn the_oldest_screen_of_an_address_makes_room() {
    let fake = Fake::new();
    let (_listener, address) = open(&fake, Limits { display_streams: 2, ..Limits::default() }).await;
    let mut first = watch(address, DISPLAY_TOKEN).await;
    read_until(&mut first, "data: ").await;
    let mut others = Vec::new();
    for _ in 0..2 {
        let mut screen = watch(address, DISPLAY_TOKEN).await;
        read_until(&mut screen, "data: ").await;
        others.push(screen);
    }
    read_until(&mut first, "0\r\n\r\n").await;
    fake.events.send(Event::DisplayChanged { display: fake.state() }).unwrap();
    for screen in &mut others {
        read_until(screen, "data: ").await;
    }
}
