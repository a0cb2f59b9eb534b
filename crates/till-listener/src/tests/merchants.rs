use std::time::Duration;

use till_engine::merchant::{MerchantAnswer, MerchantDoor};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::fake::{Fake, Reply, ask, json_answer, open, read_all, until};
use crate::{Limits, Rate};

/// Each door, how it is asked, and what a failure looks like there: V免签, GOGO, epay, Lyn.Pay, v1.
const DOORS: [(&str, MerchantDoor, &str); 25] = [
    ("GET /createOrder?payId=1&sign=%E4%B8%AD", MerchantDoor::CreateOrder, "vmq"),
    ("POST /createOrder", MerchantDoor::CreateOrder, "vmq"),
    ("GET /getOrder?orderId=1", MerchantDoor::GetOrder, "vmq"),
    ("POST /checkOrder", MerchantDoor::CheckOrder, "vmq"),
    ("GET /closeOrder?orderId=1", MerchantDoor::CloseOrder, "vmq"),
    ("GET /getState?t=1", MerchantDoor::GetState, "vmq"),
    ("POST /gogo/createOrder", MerchantDoor::Gogo, "gogo"),
    ("GET /gogo/getOrder?orderId=1", MerchantDoor::Gogo, "gogo"),
    ("POST /gogo/checkOrder", MerchantDoor::Gogo, "gogo"),
    ("POST /gogo/closeOrder", MerchantDoor::Gogo, "gogo"),
    ("GET /submit.php?pid=1", MerchantDoor::EpaySubmit, "epay"),
    ("POST /mapi.php", MerchantDoor::EpayMapi, "epay"),
    ("GET /api.php?act=order&pid=1", MerchantDoor::EpayApi, "epay"),
    ("POST /v1/Pay/AddOrder", MerchantDoor::Lyn, "lyn"),
    ("POST /v1/Pay/QueryOrder", MerchantDoor::Lyn, "lyn"),
    ("POST /v1/Pay/DiscardOrder", MerchantDoor::Lyn, "lyn"),
    ("POST /v1/Pay/QueryAlreadyBuy", MerchantDoor::Lyn, "lyn"),
    ("GET /PayQRCode/120.jpg", MerchantDoor::LynPicture, "lyn"),
    ("POST /api/v1/tickets", MerchantDoor::V1Create, "v1"),
    ("GET /api/v1/tickets?limit=5", MerchantDoor::V1List, "v1"),
    ("GET /api/v1/tickets/17", MerchantDoor::V1Get, "v1"),
    ("POST /api/v1/tickets/17/cancel", MerchantDoor::V1Cancel, "v1"),
    ("POST /api/v1/tickets/17/pay", MerchantDoor::V1Pay, "v1"),
    ("POST /api/v1/returned", MerchantDoor::V1Returned, "v1"),
    ("POST /api/v1/historic/wechat_package", MerchantDoor::V1Historic, "v1"),
];

/// Short on purpose: nothing about it looks like a secret.
const TOKEN: &str = "s3cr3t";

fn below_token(line: &str) -> String {
    line.replacen(" /", &format!(" /t/{TOKEN}/"), 1)
}

fn speaks(reply: &Reply, shape: &str) -> bool {
    let body = reply.json();
    let names: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
    let code = body["code"].as_i64();
    match shape {
        "vmq" => names == ["code", "data", "msg"] && code == Some(-1),
        "gogo" => names == ["code", "data", "msg"] && code == Some(0),
        "epay" => names == ["code", "msg"] && code == Some(-1),
        "lyn" => names == ["code", "data", "message"] && code == Some(1),
        _ => names == ["code", "message"] && body["code"].is_string(),
    }
}

#[tokio::test]
async fn each_door_gets_the_request_as_it_came_with_and_without_a_token_in_its_path() {
    let fake = Fake::new();
    let (listener, address) = open(&fake, Limits::default()).await;
    for (line, door, _) in DOORS {
        for (asked, token) in [(line.to_owned(), None), (below_token(line), Some(TOKEN))] {
            let body: &[u8] = if line.starts_with("POST") { "金额=1".as_bytes() } else { b"" };
            let head = format!("{asked}\r\nX-Forwarded-For: 127.0.0.1\r\nApp-Id: a\r\nCookie: 一");
            assert_eq!(ask(address, &head, body).await.status, 200, "{asked}");
            let (seen_door, seen) = fake.merchants_seen.lock().unwrap().pop().unwrap();
            let (method, target) = line.split_once(' ').unwrap();
            let (path, query) = target.split_once('?').unwrap_or((target, ""));
            assert_eq!((seen_door, seen.method.as_str()), (door, method), "{asked}");
            assert_eq!((seen.path.as_str(), seen.query.as_str()), (path, query), "{asked}");
            assert_eq!(seen.path_token.as_deref(), token, "{asked}");
            assert_eq!((seen.address.as_str(), seen.body.as_slice()), ("127.0.0.1", body), "{asked}");
            let header = |name: &str| seen.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
            assert_eq!(header("host"), Some(address.to_string().as_str()));
            assert_eq!(header("x-forwarded-for"), Some("127.0.0.1"));
            assert_eq!((header("app-id"), header("cookie")), (Some("a"), Some("一")));
        }
    }
    listener.stop().await;
}

#[tokio::test]
async fn an_answer_is_written_as_told() {
    let fake = Fake::new();
    let (_listener, address) = open(&fake, Limits::default()).await;
    let html = MerchantAnswer {
        status: 302,
        content_type: "text/html; charset=utf-8",
        location: Some("/pay/0123".into()),
        body: b"<a href=/pay/0123>".to_vec(),
    };
    *fake.merchant_answer.lock().unwrap() = html;
    let reply = ask(address, "GET /submit.php?pid=1", b"").await;
    assert_eq!((reply.status, reply.header("location")), (302, Some("/pay/0123")));
    assert!(reply.header("content-security-policy").unwrap().starts_with("default-src 'none'"));
    for name in ["x-content-type-options: nosniff", "cache-control: no-store", "referrer-policy: no-referrer"] {
        assert!(reply.head.contains(name), "{name}");
    }
    // A line break would be another header.
    fake.merchant_answer.lock().unwrap().location = Some("/pay\r\nset-cookie: a=b".into());
    let reply = ask(address, "GET /submit.php?pid=1", b"").await;
    assert_eq!(reply.status, 503);
    assert!(speaks(&reply, "epay") && !reply.head.contains("set-cookie"));
    *fake.merchant_answer.lock().unwrap() = json_answer(429, "{}");
    assert_eq!(ask(address, "POST /api/v1/tickets", b"{}").await.header("retry-after"), Some("1"));
}

#[tokio::test]
async fn a_page_of_another_site_may_read_two_answers_and_no_other() {
    let fake = Fake::new();
    let (_listener, address) = open(&fake, Limits::default()).await;
    for (line, door, _) in DOORS {
        let open = matches!(door, MerchantDoor::GetOrder | MerchantDoor::CheckOrder);
        let reply = ask(address, &format!("{line}\r\norigin: https://shop.example"), b"").await;
        assert_eq!(reply.header("access-control-allow-origin"), open.then_some("*"), "{line}");
        assert!(!reply.head.contains("allow-credentials"));
        let (_, target) = line.split_once(' ').unwrap();
        let asked = ask(address, &format!("OPTIONS {target}\r\norigin: https://shop.example"), b"").await;
        assert_eq!(asked.status, 405, "{line}");
        assert!(!asked.head.contains("access-control"), "{line}");
    }
}

#[tokio::test]
async fn refusals_of_the_port_speak_the_protocol_and_never_tell_the_token() {
    let fake = Fake::new();
    let (listener, address) = open(&fake, Limits::default()).await;
    for (line, _, shape) in DOORS {
        let (method, target) = line.split_once(' ').unwrap();
        for asked in [target.to_owned(), format!("/t/{TOKEN}{target}")] {
            for wrong in ["HEAD", "PUT", "DELETE"] {
                let reply = ask(address, &format!("{wrong} {asked}"), b"").await;
                assert_eq!(reply.status, 405, "{wrong} {asked}");
                assert!(wrong == "HEAD" || speaks(&reply, shape), "{wrong} {asked} {}", reply.body);
            }
            let large = ask(address, &format!("{method} {asked}"), &vec![b'a'; 64 * 1024 + 1]).await;
            assert_eq!(large.status, 413, "{asked}");
            assert!(speaks(&large, shape), "{asked} {}", large.body);
            assert!(!large.body.contains(TOKEN));
            // A chunk that is none.
            let mut stream = TcpStream::connect(address).await.unwrap();
            let broken = format!("{method} {asked} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzzz\r\n");
            stream.write_all(broken.as_bytes()).await.unwrap();
            let reply = Reply::parse(&read_all(&mut stream).await);
            assert!(reply.status == 400 && speaks(&reply, shape), "{asked} {}", reply.body);
        }
    }
    // GOGO's clients say who they are.
    let reply = ask(address, "POST /createOrder\r\nApp-Id: a", &vec![b'a'; 70_000]).await;
    assert!(speaks(&reply, "gogo"), "{}", reply.body);
    for (line, shape) in [("POST /t/s3cr3t/api/v1/nothing", "v1"), ("GET /t/s3cr3t/gogo/nothing", "gogo")] {
        let reply = ask(address, line, b"").await;
        assert!(reply.status == 404 && speaks(&reply, shape), "{line} {}", reply.body);
    }
    // What is told is the door; the token was cut off before.
    fake.told("/createOrder", "too_large").await;
    fake.told("/t/…/api/v1/nothing", "not_found").await;
    listener.stop().await;
    assert!(fake.causes().iter().all(|(path, _)| !path.contains(TOKEN)), "{:?}", fake.causes());
    assert!(fake.merchants_seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn who_is_slow_or_too_fast_is_told_in_the_protocol() {
    let fake = Fake::new();
    let (_listener, address) = open(&fake, Limits { body_time: Duration::from_millis(100), ..Limits::default() }).await;
    for (line, _, shape) in DOORS {
        let (method, target) = line.split_once(' ').unwrap();
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = format!("{method} {target} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nabc");
        stream.write_all(head.as_bytes()).await.unwrap();
        let reply = Reply::parse(&read_all(&mut stream).await);
        assert!(reply.status == 408 && speaks(&reply, shape), "{line} {}", reply.body);
    }
    let rate = Rate { burst: 1, per_second: 1, patience: Duration::ZERO };
    let (_listener, address) = open(&fake, Limits { loopback_rate: Some(rate), ..Limits::default() }).await;
    ask(address, "GET /getState", b"").await;
    for (line, _, shape) in DOORS {
        let reply = ask(address, &below_token(line), b"").await;
        assert!(reply.status == 429 && speaks(&reply, shape), "{line} {}", reply.body);
        assert_eq!(reply.header("retry-after"), Some("1"));
    }
    let limits = Limits { request_time: Duration::from_millis(50), ..Limits::default() };
    let (_listener, address) = open(&fake, limits).await;
    *fake.answer_after.lock().unwrap() = Duration::from_secs(5);
    let reply = ask(address, "POST /mapi.php", b"a=b").await;
    assert!(reply.status == 503 && speaks(&reply, "epay"), "{}", reply.body);
}

#[tokio::test]
async fn an_order_is_opened_although_its_program_hangs_up() {
    let fake = Fake::new();
    let (_listener, address) = open(&fake, Limits::default()).await;
    *fake.answer_after.lock().unwrap() = Duration::from_millis(300);
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /createOrder?payId=1 HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    drop(stream);
    until(|| fake.merchants_seen.lock().unwrap().len() == 1, || "the request was lost".into()).await;
}
