use std::time::Duration;

use till_engine::phone::{Door, PhoneAnswer, RefusalCause};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::fake::{Fake, ask, open, read_until, until};
use crate::Limits;

#[tokio::test]
async fn each_door_gets_the_request_as_it_came() {
    let fake = Fake::new();
    let (listener, address) = open(&fake, Limits::default()).await;
    let expected = [
        ("GET /appHeart?t=1&sign=a", Door::VmqHeart, None),
        ("POST /appHeart", Door::VmqHeart, None),
        ("GET /appPush?type=1&price=5.5&t=1&sign=%E4%B8%AD", Door::VmqPush, None),
        ("POST /appPush", Door::VmqPush, None),
        ("POST /api/v1/system/heartbeat", Door::HmacHeartbeat, None),
        ("POST /api/v1/payments/notify", Door::HmacNotify, None),
        ("POST /api/v1/phones/smsforwarder", Door::SmsForwarder, None),
        ("POST /api/v1/phones/json", Door::SeedJson, None),
        ("POST /api/v1/phones/json/tok", Door::SeedJson, Some("tok")),
        ("POST /v1/Pay/PayNotify?token=tok", Door::SeedJson, Some("tok")),
        ("POST /v1/Pay/PayNotify?token=", Door::SeedJson, None),
        ("GET /api/v1/phones/push?token=tok", Door::Push, None),
        ("POST /api/v1/phones/push", Door::Push, None),
        ("GET /api/v1/phones/push/tok?text=a", Door::Push, Some("tok")),
        ("POST /api/v1/phones/push/tok", Door::Push, Some("tok")),
    ];
    for (line, door, token) in expected {
        let body: &[u8] = if line.starts_with("POST") { "金额=1".as_bytes() } else { b"" };
        let head = format!("{line}\r\ncontent-type: text/x\r\nauthorization: Bearer b\r\nX-VMQ-Nonce: n");
        let reply = ask(address, &head, body).await;
        assert_eq!(reply.status, 200, "{line}");
        let (seen_door, seen) = fake.seen.lock().unwrap().pop().unwrap();
        let (method, target) = line.split_once(' ').unwrap();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        assert_eq!(seen_door, door, "{line}");
        assert_eq!(seen.method, method);
        assert_eq!((seen.path.as_str(), seen.query.as_str()), (path, query));
        assert_eq!(seen.path_token.as_deref(), token);
        assert_eq!((seen.content_type.as_str(), seen.authorization.as_str()), ("text/x", "Bearer b"));
        assert_eq!(seen.x_headers, [("x-vmq-nonce".to_owned(), "n".to_owned())]);
        assert_eq!(seen.address, "127.0.0.1");
        assert_eq!(seen.body, body);
    }
    listener.stop().await;
}

#[tokio::test]
async fn other_methods_and_paths() {
    let fake = Fake::new();
    let (_listener, address) = open(&fake, Limits::default()).await;
    for line in
        ["HEAD /appPush?t=1", "PUT /appPush", "DELETE /appHeart", "GET /api/v1/payments/notify", "OPTIONS /appPush"]
    {
        let reply = ask(address, line, b"").await;
        assert_eq!(reply.status, 405, "{line}");
        assert!(!reply.head.contains("access-control"), "{}", reply.head);
    }
    assert!(fake.seen.lock().unwrap().is_empty());
    let reply = ask(address, "OPTIONS /appPush", b"").await;
    assert!(reply.header("allow").unwrap().contains("post"), "{}", reply.head);
    assert_eq!(reply.json()["code"], -1);

    let health = ask(address, "GET /healthz", b"").await;
    assert_eq!((health.status, health.body.as_str()), (200, r#"{"ok":true}"#));

    let lost = ask(address, "GET /nothing", b"").await;
    assert_eq!((lost.status, lost.json()["error"]["code"].as_str()), (404, Some("not_found")));
    assert_eq!(ask(address, "POST /AppPush", b"x").await.status, 404);
    fake.told("/AppPush", "not_found").await;
    assert_eq!(ask(address, "POST /createOrder/", b"payId=1").await.status, 404);
    fake.told("/createOrder/", "not_found").await;
    assert!(fake.causes().iter().all(|(path, _)| path != "/nothing"));
}

#[tokio::test]
async fn a_reply_and_its_status_reach_the_phone() {
    let fake = Fake::new();
    let (_listener, address) = open(&fake, Limits::default()).await;
    *fake.answer.lock().unwrap() =
        PhoneAnswer::Refused { cause: RefusalCause::BadSignature, message: "签名错误".into() };
    let vmq = ask(address, "GET /appPush?t=1", b"").await;
    assert_eq!((vmq.status, vmq.body.as_str()), (200, r#"{"code":-1,"msg":"签名错误","data":null}"#));
    assert_eq!(vmq.header("content-type"), Some("application/json; charset=utf-8"));
    let ours = ask(address, "POST /api/v1/phones/push", b"x").await;
    assert_eq!(ours.status, 401);
    assert_eq!(ours.body, r#"{"ok":false,"error":{"code":"bad_signature","message":"签名错误"}}"#);
}

#[tokio::test]
async fn one_connection_carries_many_pushes() {
    let fake = Fake::new();
    let (_listener, address) = open(&fake, Limits::default()).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    for _ in 0..100 {
        stream.write_all(b"GET /appPush?t=1 HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        read_until(&mut stream, r#""data":null}"#).await;
    }
    assert_eq!(fake.seen.lock().unwrap().len(), 100);
}

#[tokio::test]
async fn a_phone_that_hangs_up_does_not_undo_its_push() {
    let fake = Fake::new();
    *fake.answer_after.lock().unwrap() = Duration::from_millis(200);
    let (_listener, address) = open(&fake, Limits::default()).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /appPush?t=1 HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    drop(stream);
    until(|| fake.seen.lock().unwrap().len() == 1, || "the push was dropped".into()).await;
}

#[tokio::test]
async fn an_engine_that_hangs_is_a_push_that_is_not_stored() {
    let fake = Fake::new();
    *fake.answer_after.lock().unwrap() = Duration::from_secs(3);
    let limits = Limits { request_time: Duration::from_millis(200), ..Limits::default() };
    let (_listener, address) = open(&fake, limits).await;
    let reply = ask(address, "GET /appPush?t=1", b"").await;
    assert_eq!((reply.status, reply.json()["code"].as_i64()), (503, Some(-1)));
}

/// What the port costs besides the engine: a push over a kept-alive connection against a bare echo.
/// `cargo test --release -p till-listener -- --ignored --nocapture port_costs`
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement, not a test"]
async fn what_the_port_costs() {
    const REQUEST: &[u8] = b"GET /appPush?t=1700000000000&type=1&price=5.5&sign=6549b6dd668c44f6abd34535181e7e65 \
        HTTP/1.1\r\nhost: 192.168.1.5:5921\r\nuser-agent: okhttp/3.12\r\naccept-encoding: gzip\r\n\r\n";
    let fake = Fake::new();
    let (_listener, address) = open(&fake, Limits::default()).await;
    let echo = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let echo_address = echo.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = echo.accept().await.unwrap();
        let mut bytes = [0; 4096];
        while let Ok(n @ 1..) = stream.read(&mut bytes).await {
            stream.write_all(&bytes[..n]).await.unwrap();
        }
    });
    for (name, address) in [("echo", echo_address), ("push", address)] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let mut took = Vec::new();
        let mut bytes = [0; 4096];
        for _ in 0..20_000 {
            let started = tokio::time::Instant::now();
            stream.write_all(REQUEST).await.unwrap();
            assert!(stream.read(&mut bytes).await.unwrap() > 100);
            took.push(started.elapsed());
        }
        took.sort();
        println!("{name}: median {:?}, 99 % {:?}", took[10_000], took[19_800]);
    }
}
