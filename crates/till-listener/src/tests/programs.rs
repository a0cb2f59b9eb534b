use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use till_engine::api::{DeliveryState, Event};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::fake::{Fake, ask, json_answer, open, read_all, read_until, ticket, until};
use crate::{Limits, v1};

async fn listen(address: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /api/v1/events HTTP/1.1\r\nhost: x\r\nx-qiantai-key: k\r\n\r\n").await.unwrap();
    stream
}

#[tokio::test]
async fn what_a_proof_writes_is_written_although_the_program_hangs_up() {
    let fake = Fake::new();
    let (_listener, address) = open(&fake, Limits::default()).await;
    *fake.answer_after.lock().unwrap() = Duration::from_millis(300);
    let stream = listen(address).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    drop(stream);
    until(|| fake.merchants_seen.lock().unwrap().len() == 1, || "the proof was cut off".into()).await;
}

#[tokio::test]
async fn a_program_hears_of_its_own_tickets() {
    let fake = Fake::new();
    *fake.listens.lock().unwrap() = Some(1);
    let limits = Limits { heartbeat: Duration::from_millis(300), ..Limits::default() };
    let (listener, address) = open(&fake, limits).await;
    let mut stream = listen(address).await;
    let head = read_until(&mut stream, ":\n\n").await;
    assert!(head.contains("text/event-stream") && !head.contains("access-control"), "{head}");
    let (_, seen) = fake.merchants_seen.lock().unwrap().pop().unwrap();
    assert_eq!((seen.path.as_str(), seen.method.as_str()), ("/api/v1/events", "GET"));
    assert!(seen.headers.contains(&("x-qiantai-key".into(), "k".into())));
    let delivered = |ticket_id, state| Event::CallbackChanged {
        ticket_id,
        number: 1,
        program: String::new(),
        state,
        undelivered: 0,
    };
    let steps = [
        (Event::TicketOpened { ticket: ticket(1, "open", Some(1)) }, "opened"),
        (Event::TicketPaid { ticket: ticket(1, "paid", Some(1)) }, "paid"),
        (delivered(1, DeliveryState::Delivered), "delivered"),
        (Event::TicketChanged { ticket: ticket(1, "expired", Some(1)) }, "expired"),
        (Event::TicketChanged { ticket: ticket(1, "cancelled", Some(1)) }, "cancelled"),
    ];
    for (event, name) in steps {
        // What is another's, or nobody's, or no news.
        for quiet in [
            Event::TicketPaid { ticket: ticket(2, "paid", Some(2)) },
            Event::TicketPaid { ticket: ticket(3, "paid", None) },
        ] {
            fake.events.send(quiet).unwrap();
        }
        fake.events.send(event).unwrap();
        let text = read_until(&mut stream, "{\"id\":\"1\"}\n\n").await;
        assert!(text.contains(&format!("id: 1.{name}\nevent: ticket.{name}\ndata: {{\"id\":\"1\"}}\n\n")), "{text}");
        assert_eq!(text.matches("event: ").count(), 1, "{text}");
    }
    fake.events.send(Event::TicketChanged { ticket: ticket(1, "open", Some(1)) }).unwrap();
    fake.events.send(delivered(1, DeliveryState::GivenUp)).unwrap();
    fake.events.send(delivered(2, DeliveryState::Delivered)).unwrap();
    let quiet = read_until(&mut stream, ":\n\n").await;
    assert!(!quiet.contains("event:"), "{quiet}");
    // A key may have ended: prove it again.
    fake.events.send(Event::ProgramsChanged {}).unwrap();
    read_until(&mut stream, "0\r\n\r\n").await;
    // Too much to hear: ask for the list instead of believing that nothing happened.
    let mut stream = listen(address).await;
    read_until(&mut stream, ":\n\n").await;
    for _ in 0..50 {
        fake.events.send(Event::AlertFailed { cause: String::new() }).unwrap();
    }
    read_until(&mut stream, "0\r\n\r\n").await;
    let mut stream = listen(address).await;
    read_until(&mut stream, ":\n\n").await;
    listener.stop().await;
    let _ = read_all(&mut stream).await;
}

#[tokio::test]
async fn who_is_not_proved_does_not_listen_and_nobody_listens_too_often() {
    let fake = Fake::new();
    *fake.merchant_answer.lock().unwrap() = json_answer(401, r#"{"code":"unauthorized","message":"签名错误"}"#);
    let (_listener, address) = open(&fake, Limits { streams_per_program: 2, ..Limits::default() }).await;
    let refused = ask(address, "GET /api/v1/events", b"").await;
    assert_eq!((refused.status, refused.json()), (401, json!({"code": "unauthorized", "message": "签名错误"})));
    for line in ["HEAD /api/v1/events", "POST /api/v1/events"] {
        assert_eq!(ask(address, line, b"").await.status, 405);
    }
    *fake.listens.lock().unwrap() = Some(1);
    let mut streams = Vec::new();
    for _ in 0..2 {
        let mut stream = listen(address).await;
        read_until(&mut stream, ":\n\n").await;
        streams.push(stream);
    }
    let full = ask(address, "GET /api/v1/events", b"").await;
    assert_eq!((full.status, full.json()["code"].as_str()), (503, Some("unavailable")));
    assert_eq!(full.header("retry-after"), Some("1"));
    drop(streams.pop());
    let deadline = tokio::time::Instant::now() + Duration::from_secs(5);
    loop {
        let mut stream = listen(address).await;
        if read_until(&mut stream, "\r\n\r\n").await.starts_with("HTTP/1.1 200") {
            break;
        }
        assert!(tokio::time::Instant::now() < deadline, "the place was not given back");
    }
}

/// Every route of the document is answered, every other method is not, and every door is in it.
#[tokio::test]
async fn the_document_is_what_is_served() {
    let fake = Fake::new();
    *fake.merchant_answer.lock().unwrap() = json_answer(200, "{}");
    let (_listener, address) = open(&fake, Limits::default()).await;
    let served = ask(address, "GET /api/v1/openapi.json", b"").await;
    assert_eq!((served.status, served.header("content-type")), (200, Some("application/json; charset=utf-8")));
    let document = served.json();
    assert_eq!(document, serde_json::to_value(v1::document()).unwrap());
    let mut routes = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in ["get", "post", "put", "delete", "patch"] {
            let asked = path.replace("{id}", "17").replace("{function}", "wap_notify");
            let reply = ask(address, &format!("{} {asked}", method.to_uppercase()), b"").await;
            let described = item.get(method).is_some();
            assert_eq!(reply.status != 405 && reply.status != 404, described, "{method} {path} {}", reply.status);
            if described {
                routes.insert(format!("{method} {path}"));
            }
        }
    }
    // The doors of `MerchantDoor` and the two that are no doors.
    let expected = [
        "get /api/v1/events",
        "get /api/v1/openapi.json",
        "get /api/v1/tickets",
        "get /api/v1/tickets/{id}",
        "post /api/v1/historic/{function}",
        "post /api/v1/returned",
        "post /api/v1/tickets",
        "post /api/v1/tickets/{id}/cancel",
        "post /api/v1/tickets/{id}/pay",
    ];
    assert_eq!(routes, expected.map(str::to_owned).into());
    assert_eq!(ask(address, "GET /t/tok/api/v1/openapi.json", b"").await.status, 200);
}

#[test]
fn the_document_holds_together() {
    let document = serde_json::to_value(v1::document()).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1."), "{}", document["openapi"]);
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1) {
        let pointer = reference.split('"').next().unwrap();
        assert!(document.pointer(pointer).is_some(), "{pointer} leads nowhere");
    }
    let mut names = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(names.insert(operation["operationId"].as_str().unwrap().to_owned()), "{method} {path}");
            let signed = path != "/api/v1/openapi.json";
            assert_eq!(operation["security"] == json!([{"signature": []}]), signed, "{path}");
            let refusals = ["400", "401", "429", "503"].iter().filter(|s| operation["responses"].get(**s).is_some());
            assert_eq!(refusals.count(), if signed { 4 } else { 0 }, "{path}");
            let named = |name: &str| {
                let all = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
                all.iter().any(|parameter: &Value| parameter["name"] == name)
            };
            assert_eq!(named("X-Qiantai-Nonce"), signed, "{path}");
            assert_eq!(named("id"), path.contains("{id}"), "{path}");
        }
    }
}
