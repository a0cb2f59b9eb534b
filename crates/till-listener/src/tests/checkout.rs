use std::net::SocketAddr;
use std::time::Duration;

use till_engine::api::Event;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::fake::{Fake, ask, open, read_all, read_until, ticket};
use crate::Limits;

pub async fn watch(address: SocketAddr, token: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET /pay/{token}/events HTTP/1.1\r\nhost: x\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn the_page_opens_with_its_token_and_is_kept_to_itself() {
    let fake = Fake::new();
    let token = fake.page(1);
    let (_listener, address) = open(&fake, Limits::default()).await;
    let page = ask(address, &format!("GET /pay/{token}"), b"").await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("/assets/pay-1a2b.js"));
    let policy = page.header("content-security-policy").unwrap();
    for rule in [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "font-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'none'",
    ] {
        assert!(policy.contains(rule), "{rule}");
    }
    assert!(!policy.contains("unsafe"));
    let long = "a".repeat(60_000);
    let unknown = ["f".repeat(32), "..".into(), "%2e%2e".into(), "%ff".into(), "a'%20OR%201=1".into(), long];
    for wrong in &unknown {
        let reply = ask(address, &format!("GET /pay/{wrong}"), b"").await;
        assert_eq!(reply.status, 404, "{wrong:.40}");
        assert!(reply.body.contains("没有这张单") && reply.body.contains("no such order"));
        assert!(!reply.body.contains("<script") && !reply.body.contains(wrong.as_str()));
        for (path, kind) in [("state", "json"), ("events", "json"), ("code/0.png", "json")] {
            let reply = ask(address, &format!("GET /pay/{wrong}/{path}"), b"").await;
            assert_eq!(reply.status, 404, "{path}");
            assert!(reply.header("content-type").unwrap().contains(kind));
        }
    }
    for path in ["", "/state", "/events", "/code/0.png", "/code/9.png"] {
        for token in [&token, &unknown[0]] {
            let line = format!("GET /pay/{token}{path}");
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(format!("{line} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes()).await.unwrap();
            let head = read_until(&mut stream, "\r\n\r\n").await.to_ascii_lowercase();
            for header in [
                "referrer-policy: no-referrer",
                "x-content-type-options: nosniff",
                "x-robots-tag: noindex, nofollow",
                "cache-control: no-store",
            ] {
                assert!(head.contains(header), "{line}: {header} not in {head}");
            }
            assert!(!head.contains("access-control"));
        }
    }
    for line in
        [format!("POST /pay/{token}"), format!("DELETE /pay/{token}/state"), format!("HEAD /pay/{token}/events")]
    {
        assert_eq!(ask(address, &line, b"").await.status, 405, "{line}");
    }
}

#[tokio::test]
async fn state_pictures_and_the_address_that_clients_make_up() {
    let fake = Fake::new();
    let token = fake.page(1);
    let (_listener, address) = open(&fake, Limits::default()).await;
    let state = ask(address, &format!("GET /pay/{token}/state"), b"").await;
    assert_eq!((state.status, state.json()["status"].as_str()), (200, Some("waiting")));
    assert_eq!(state.json()["due_fen"], 99);
    let picture = ask(address, &format!("GET /pay/{token}/code/1.png"), b"").await;
    assert_eq!((picture.status, picture.header("content-type")), (200, Some("image/png")));
    for place in ["2.png", "1", "-1.png", "999.png", "99999999999999999999.png", "x.png", "1.png.exe"] {
        assert_eq!(ask(address, &format!("GET /pay/{token}/code/{place}"), b"").await.status, 404, "{place}");
    }
    for start in ["", "/t/tok"] {
        let reply = ask(address, &format!("GET {start}/payPage/pay.html?orderId=20261120001"), b"").await;
        assert_eq!((reply.status, reply.header("location")), (302, Some(format!("/pay/{token}").as_str())));
        for query in ["?orderId=2", "?orderId=", "", "?orderId=%ff", "?orderId=1&orderId=2"] {
            let reply = ask(address, &format!("GET {start}/payPage/pay.html{query}"), b"").await;
            assert_eq!(reply.status, 404, "{query}");
            assert!(reply.body.contains("没有这张单"));
        }
    }
}

#[tokio::test]
async fn a_page_gets_its_state_at_once_and_hears_of_its_own_ticket_only() {
    let fake = Fake::new();
    let [mine, other] = [fake.page(1), fake.page(2)];
    let limits = Limits { heartbeat: Duration::from_millis(300), ..Limits::default() };
    let (listener, address) = open(&fake, limits).await;
    let mut page = watch(address, &mine).await;
    let first = read_until(&mut page, "\n\n\r\n").await;
    assert!(first.contains("text/event-stream") && first.contains("connection: close"), "{first:.400}");
    assert!(first.contains("data: {") && first.contains("\"waiting\"") && first.contains("20261120-001"));
    read_until(&mut page, ":\n\n").await;

    let asked = fake.pages_asked.load(std::sync::atomic::Ordering::SeqCst);
    fake.pay(&other);
    read_until(&mut page, ":\n\n").await;
    assert_eq!(fake.pages_asked.load(std::sync::atomic::Ordering::SeqCst), asked, "nobody watches that ticket");
    fake.pay(&mine);
    let paid = read_until(&mut page, "\"paid\"").await;
    assert!(paid.contains("20261120-001") && !paid.contains("20261120-002"), "{paid}");

    // More events than the bus holds: the present state is sent again.
    fake.pages.lock().unwrap().get_mut(&mine).unwrap().1.shop_name = "最后".into();
    for _ in 0..50 {
        fake.events.send(Event::AlertFailed { cause: String::new() }).unwrap();
    }
    read_until(&mut page, "最后").await;
    listener.stop().await;
    let _ = read_all(&mut page).await;
}

#[tokio::test]
async fn where_no_place_is_left_a_page_asks_again_and_again() {
    let fake = Fake::new();
    let token = fake.page(1);
    let (_listener, address) = open(&fake, Limits { checkout_streams: 1, ..Limits::default() }).await;
    let mut first = watch(address, &token).await;
    read_until(&mut first, "data: ").await;
    let full = ask(address, &format!("GET /pay/{token}/events"), b"").await;
    assert_eq!((full.status, full.header("retry-after")), (503, Some("1")));
    assert_eq!(ask(address, &format!("GET /pay/{token}/state"), b"").await.status, 200);
    fake.told("/pay/…/events", "too_many").await;
    drop(first);
    // The place is free again once the port has seen that the page is gone.
    let deadline = tokio::time::Instant::now() + Duration::from_secs(5);
    while ask_events(address, &token).await != 200 {
        assert!(tokio::time::Instant::now() < deadline, "the place was not given back");
    }
    // Nobody watches: nobody asks.
    let gone = fake.page(9);
    let asked = fake.pages_asked.load(std::sync::atomic::Ordering::SeqCst);
    fake.events.send(Event::TicketChanged { ticket: ticket(9, "expired", None) }).unwrap();
    let mut probe = watch(address, &gone).await;
    read_until(&mut probe, "\r\n\r\n").await;
    assert!(fake.pages_asked.load(std::sync::atomic::Ordering::SeqCst) <= asked + 2);
}

async fn ask_events(address: SocketAddr, token: &str) -> u16 {
    let mut stream = watch(address, token).await;
    read_until(&mut stream, "\r\n\r\n").await[9..12].parse().unwrap()
}
