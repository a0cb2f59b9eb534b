//! The port with the real engine in a temporary directory: real signatures, the present time, a payment from the
//! phone's request to the counter screen.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use hmac::{Hmac, Mac};
use md5::{Digest, Md5};
use serde_json::{Value, json};
use sha2::Sha256;
use till_engine::ports::{Clock, Ports, SystemClock};
use till_engine::{Engine, OpenOptions};
use till_listener::{Assets, Limits, Listener, ListenerOptions, start};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const CONTROL_TOKEN: &str = "0123456789abcdef0123456789abcdef";

struct Bundle;

impl Assets for Bundle {
    fn get(&self, path: &str) -> Option<(Vec<u8>, String)> {
        (path == "index.html").then(|| (b"<!doctype html>the counter".to_vec(), "text/html".into()))
    }
}

struct Shop {
    _dir: tempfile::TempDir,
    engine: Engine,
    listener: Listener,
    address: SocketAddr,
}

impl Shop {
    async fn open() -> Shop {
        let dir = tempfile::tempdir().unwrap();
        let options = OpenOptions { dir: dir.path().into(), practice: false, ports: Ports::system() };
        let engine = Engine::open(options).await.unwrap();
        let listener = start(ListenerOptions {
            engine: engine.clone(),
            assets: Arc::new(Bundle),
            bind: Some("127.0.0.1:0".parse().unwrap()),
            control_token: CONTROL_TOKEN.into(),
            limits: Limits::default(),
        })
        .await
        .unwrap();
        let address = listener.local_addr().unwrap();
        Shop { _dir: dir, engine, listener, address }
    }

    async fn close(self) {
        self.listener.stop().await;
        timeout(Duration::from_secs(10), self.engine.close()).await.expect("the engine must close after the port");
    }

    /// A reply's status and body.
    async fn ask(&self, line: &str, headers: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let length = if body.is_empty() { String::new() } else { format!("content-length: {}\r\n", body.len()) };
        let host = self.address;
        let request = format!("{line} HTTP/1.1\r\nhost: {host}\r\n{headers}{length}connection: close\r\n\r\n{body}");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut reply = String::new();
        timeout(Duration::from_secs(10), stream.read_to_string(&mut reply)).await.unwrap().unwrap();
        let (head, body) = reply.split_once("\r\n\r\n").unwrap();
        (head[9..12].parse().unwrap(), body.to_owned())
    }

    async fn call(&self, request: Value) -> Value {
        let headers = format!("authorization: Bearer {CONTROL_TOKEN}\r\n");
        let (status, body) = self.ask("POST /control/call", &headers, &request.to_string()).await;
        let answer: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((status, &answer["ok"]), (200, &json!(true)), "{request} {body}");
        answer["value"].clone()
    }

    /// A new phone: its key and token.
    async fn phone(&self, name: &str) -> (String, String) {
        let pairing = self.call(json!({"verb": "add_device", "request_id": name, "name": name})).await;
        (pairing["key"].as_str().unwrap().into(), pairing["token"].as_str().unwrap().into())
    }

    async fn refusals(&self) -> Vec<(String, String)> {
        let refused = self.call(json!({"verb": "refused", "limit": 50})).await;
        let text = |row: &Value, field: &str| row[field].as_str().unwrap().to_owned();
        refused.as_array().unwrap().iter().map(|row| (text(row, "path"), text(row, "cause"))).collect()
    }
}

fn md5(parts: &[&str]) -> String {
    hex::encode(Md5::digest(parts.concat()))
}

fn hmac(key: &str, text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// The headers of the HMAC variant.
fn signed(path: &str, body: &str, nonce: &str, key: &str) -> String {
    let ts = SystemClock.now_ms() / 1000;
    let digest = hex::encode(Sha256::digest(body));
    let canonical = format!("VMQ-HMAC-SHA256-V1\nPOST\n{path}\n{ts}\n{nonce}\n{digest}");
    let signature = hex::encode(hmac(key, &canonical));
    format!("x-vmq-timestamp: {ts}\r\nx-vmq-nonce: {nonce}\r\nx-vmq-signature: v1={signature}\r\n")
}

const VMQ_OK: &str = r#"{"code":1,"msg":"成功","data":null}"#;
const OK: &str = r#"{"ok":true}"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vmq_phone_beats_and_pushes_and_a_forger_does_not() {
    let shop = Shop::open().await;
    let (key, _) = shop.phone("a").await;
    let t = SystemClock.now_ms().to_string();
    let heart = format!("GET /appHeart?t={t}&sign={}", md5(&[&t, &key]));
    assert_eq!(shop.ask(&heart, "", "").await, (200, VMQ_OK.into()));
    let sign = md5(&["1", "5.5", &t, &key]);
    let push = format!("GET /appPush?t={t}&type=1&price=5.5&sign={sign}");
    for _ in 0..2 {
        assert_eq!(shop.ask(&push, "", "").await, (200, VMQ_OK.into()));
    }
    let form = "content-type: application/x-www-form-urlencoded\r\n";
    let body = format!("t={t}&type=2&price=5.50&sign={}", md5(&["2", "5.50", &t, &key]));
    assert_eq!(shop.ask("POST /appPush", form, &body).await, (200, VMQ_OK.into()));

    let forged = format!("GET /appPush?t={t}&type=1&price=5.51&sign={sign}");
    let (status, body) = shop.ask(&forged, "", "").await;
    assert_eq!(status, 200);
    assert!(body.starts_with(r#"{"code":-1,"msg":""#), "{body}");
    // Two payments, not three: the repeat changed nothing and the forgery came to nothing.
    let inbox = shop.call(json!({"verb": "inbox", "filter": "all", "limit": 10})).await;
    assert_eq!(inbox["items"].as_array().unwrap().len(), 2, "{inbox}");
    let refusals = shop.refusals().await;
    assert!(refusals.iter().any(|(path, _)| path == "/appPush"), "{refusals:?}");
    assert!(refusals.iter().all(|(path, _)| !path.contains(&sign)));
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn phones_of_the_other_protocols() {
    let shop = Shop::open().await;
    let (key, token) = shop.phone("b").await;
    let nonce = "123e4567-e89b-42d3-a456-426614174000";
    let (path, body) = ("/api/v1/system/heartbeat", r#"{"client":"android"}"#);
    assert_eq!(shop.ask(&format!("POST {path}"), &signed(path, body, nonce, &key), body).await, (200, VMQ_OK.into()));
    let (path, body) = ("/api/v1/payments/notify", r#"{"channel":2,"price":12.34}"#);
    let nonce = "123e4567-e89b-42d3-a456-426614174001";
    let headers = signed(path, body, nonce, &key);
    for _ in 0..2 {
        assert_eq!(shop.ask(&format!("POST {path}"), &headers, body).await, (200, VMQ_OK.into()));
    }
    let (status, body) = shop.ask(&format!("POST {path}"), &headers, r#"{"channel":2,"price":99.34}"#).await;
    assert!(matches!(status, 401 | 409) && body.starts_with(r#"{"code":-1"#), "{status} {body}");

    let bearer = format!("authorization: Bearer {token}\r\ncontent-type: application/json\r\n");
    let ts = SystemClock.now_ms().to_string();
    let sign = base64::engine::general_purpose::STANDARD.encode(hmac(&key, &format!("{ts}\n{key}")));
    let sign = sign.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    let message = json!({
        "v": 1, "from": "com.tencent.mm", "title": "微信支付", "text": "个人收款码到账¥0.01",
        "received": "2026-11-20 15:10:02", "ts": ts, "sign": sign, "device": "counter", "battery": "81%",
    });
    let forwarded = shop.ask("POST /api/v1/phones/smsforwarder", &bearer, &message.to_string()).await;
    assert_eq!(forwarded, (200, OK.into()));
    let (status, body) = shop.ask("POST /api/v1/phones/smsforwarder", "", &message.to_string()).await;
    assert_eq!(status, 401, "{body}");
    assert!(!body.contains(r#""ok":true"#));

    let seed = json!({
        "title": "微信支付", "time": "2020-05-08 23:34:11", "money": "0.80", "deviceid": "mydevice",
        "content": "[2条]微信支付: 微信支付收款0.80元(朋友到店)",
    })
    .to_string();
    assert_eq!(shop.ask(&format!("POST /api/v1/phones/json/{token}"), "", &seed).await, (200, OK.into()));
    assert_eq!(shop.ask(&format!("POST /v1/Pay/PayNotify?token={token}"), "", &seed).await, (200, OK.into()));
    let notice = r#"{"package":"com.tencent.mm","title":"微信支付","text":"微信支付收款0.81元(朋友到店)"}"#;
    assert_eq!(shop.ask("POST /api/v1/phones/push", &bearer, notice).await, (200, OK.into()));
    assert_eq!(shop.ask(&format!("POST /api/v1/phones/push/{token}"), "", notice).await.0, 200);
    let (status, _) = shop.ask("POST /api/v1/phones/push/0000000000000000ffff", "", notice).await;
    assert_eq!(status, 401);
    let refusals = shop.refusals().await;
    assert!(
        refusals.iter().all(|(path, _)| !path.contains(&token) && !path.contains("0000000000000000ffff")),
        "{refusals:?}"
    );
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_the_phone_to_the_counter_screen() {
    let shop = Shop::open().await;
    let (key, _) = shop.phone("c").await;
    let payload = "wxp://f2f0abcdefghijklmnopqrstuvwxyz0123456789";
    let code = json!({
        "verb": "add_code", "request_id": "code", "payload": payload, "channel": "wechat",
        "account_id": null, "label": "老板", "amount_fen": null,
    });
    shop.call(code).await;
    let link = shop.call(json!({"verb": "display_link"})).await;
    let token = link["url"].as_str().unwrap().split_once("token=").unwrap().1.to_owned();
    let (status, page) = shop.ask(&format!("GET /display?token={token}"), "", "").await;
    assert_eq!((status, page.as_str()), (200, "<!doctype html>the counter"));
    let mut screen = TcpStream::connect(shop.address).await.unwrap();
    let watch = format!("GET /display/events?token={token} HTTP/1.1\r\nhost: x\r\n\r\n");
    screen.write_all(watch.as_bytes()).await.unwrap();
    shows(&mut screen, r#""phase":"idle""#).await;

    let sale = json!({"lines": [{"price_fen": 1500}]});
    let ticket = shop.call(json!({"verb": "ring_up", "request_id": "sale", "sale": sale})).await;
    shows(&mut screen, r#""phase":"pay""#).await;
    let due = ticket["due_fen"].as_i64().unwrap();
    let price = format!("{}.{:02}", due / 100, due % 100);
    let t = SystemClock.now_ms().to_string();
    let push = format!("GET /appPush?t={t}&type=1&price={price}&sign={}", md5(&["1", &price, &t, &key]));
    assert_eq!(shop.ask(&push, "", "").await, (200, VMQ_OK.into()));
    shows(&mut screen, r#""phase":"paid""#).await;
    let paid = shop.call(json!({"verb": "ticket", "ticket_id": ticket["id"]})).await;
    assert_eq!(paid["status"], "paid");

    shop.call(json!({"verb": "renew_display_link", "request_id": "renew"})).await;
    let mut rest = Vec::new();
    let ended = async {
        // The last chunk of the body; the connection itself may live on.
        while !rest.ends_with(b"0\r\n\r\n") {
            let mut bytes = [0; 4096];
            let n = screen.read(&mut bytes).await.unwrap();
            assert!(n > 0);
            rest.extend_from_slice(&bytes[..n]);
        }
    };
    timeout(Duration::from_secs(3), ended).await.expect("a screen with the old link must go dark at once");
    assert_eq!(shop.ask(&format!("GET /display?token={token}"), "", "").await.0, 403);
    drop(screen);
    shop.close().await;
}

async fn shows(screen: &mut TcpStream, wanted: &str) {
    let mut seen = Vec::new();
    let showing = async {
        loop {
            let mut bytes = [0; 16 * 1024];
            let n = screen.read(&mut bytes).await.unwrap();
            assert!(n > 0, "the stream ended before {wanted}");
            seen.extend_from_slice(&bytes[..n]);
            if String::from_utf8_lossy(&seen).contains(wanted) {
                return;
            }
        }
    };
    timeout(Duration::from_secs(5), showing).await.unwrap_or_else(|_| panic!("never shown: {wanted}"));
}
