use till_engine::api::Request;

use super::fake::{CONTROL_TOKEN, Fake, ask, open, open_lan};
use crate::Limits;

fn head(headers: &[&str]) -> String {
    let mut head = "POST /control/call\r\ncontent-type: application/json".to_owned();
    for header in headers {
        head.push_str("\r\n");
        head.push_str(header);
    }
    head
}

#[tokio::test]
async fn the_command_line_calls_the_engine() {
    let fake = Fake::new();
    let (_listener, address) = open(&fake, Limits::default()).await;
    let key = format!("authorization: Bearer {CONTROL_TOKEN}");
    let reply = ask(address, &head(&[&key]), br#"{"verb":"health"}"#).await;
    assert_eq!((reply.status, reply.body.as_str()), (200, r#"{"ok":true,"value":{"version":"0.1.0"}}"#));
    let (actor, call) = fake.calls.lock().unwrap().pop().unwrap();
    assert_eq!(actor, "cli");
    assert!(matches!(call, Request::Health {}));

    let reply = ask(address, &head(&[&key, "x-qiantai-actor: bench"]), br#"{"verb":"ticket","ticket_id":7}"#).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.body, r#"{"ok":false,"error":{"code":"not_found","message":"没有这张单"}}"#);
    assert_eq!(fake.calls.lock().unwrap().pop().unwrap().0, "bench");

    let reply = ask(address, &head(&[&key, "x-qiantai-actor: Robert'); --"]), br#"{"verb":"health"}"#).await;
    assert_eq!((reply.status, reply.json()["error"]["code"].as_str()), (400, Some("invalid")));
    let reply = ask(address, &head(&[&key]), br#"{"verb":"give_me_money"}"#).await;
    assert_eq!((reply.status, reply.json()["error"]["code"].as_str()), (400, Some("invalid")));
    let picture = format!(r#"{{"verb":"inspect_picture","picture_base64":"{}"}}"#, "A".repeat(5_000_000));
    assert_eq!(ask(address, &head(&[&key]), picture.as_bytes()).await.status, 200);
}

#[tokio::test]
async fn nobody_else_does() {
    let fake = Fake::new();
    let (_listener, address) = open(&fake, Limits::default()).await;
    let key = format!("authorization: Bearer {CONTROL_TOKEN}");
    let body = br#"{"verb":"health"}"#;
    for headers in [
        vec![],
        vec!["authorization: Bearer control-0123456788"],
        vec!["authorization: Bearer "],
        vec![key.as_str(), "origin: http://127.0.0.1"],
        vec![key.as_str(), "origin: null"],
        vec![key.as_str(), "host: evil.example"],
        vec![key.as_str(), "host: 127.0.0.1\r\nhost: evil.example"],
    ] {
        let reply = ask(address, &head(&headers), body).await;
        assert_eq!((reply.status, reply.json()["ok"].as_bool()), (403, Some(false)), "{headers:?}");
        assert!(!reply.head.contains("access-control"));
    }
    fake.told("/control/call", "bad_token").await;
    assert_eq!(ask(address, "GET /control/call", b"").await.status, 405);
    assert_eq!(ask(address, "OPTIONS /control/call\r\norigin: http://evil.example", b"").await.status, 405);
    assert!(fake.calls.lock().unwrap().is_empty());
}

#[tokio::test]
async fn nor_another_address_of_this_computer() {
    let fake = Fake::new();
    let Some((_listener, address)) = open_lan(&fake, Limits::default()).await else { return };
    let key = format!("authorization: Bearer {CONTROL_TOKEN}\r\nhost: 127.0.0.1");
    assert_eq!(ask(address, &head(&[&key]), br#"{"verb":"health"}"#).await.status, 403);
    // Beside a specific address the loopback door is open on the same port.
    let local = (std::net::Ipv4Addr::LOCALHOST, address.port()).into();
    assert_eq!(ask(local, &head(&[&key]), br#"{"verb":"health"}"#).await.status, 200);
    assert!(!fake.last_listening().loopback_only);
}
