//! What programs say on the port, signed as their protocols sign.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};
use till_channels::merchant::sign::{hmac_hex, md5_hex};
use till_channels::merchant::{address, v1};
use till_engine::merchant::{MerchantAnswer, MerchantDoor, MerchantRequest};

use crate::shop::{Phone, Shop};
use crate::web::Merchants;

/// A program with what it was shown when it was made.
pub struct Program {
    pub id: i64,
    pub key_id: String,
    pub secret: String,
    pub token: String,
    pub settings: Value,
}

/// A shop with a phone, and servers of merchants that answer.
pub async fn shop() -> (Shop, Arc<Merchants>, Phone) {
    let merchants = Merchants::new();
    let shop = Shop::with(|ports| ports.http = merchants.clone()).await;
    let phone = shop.phone("柜台").await;
    (shop, merchants, phone)
}

pub fn settings(more: Value) -> Value {
    let mut settings = json!({"name": "网店", "callback_prefixes": ["https://shop.example.com/"], "ttl_ms": 300_000});
    for (name, value) in more.as_object().unwrap() {
        settings[name] = value.clone();
    }
    settings
}

pub async fn program(shop: &Shop, protocol: &str, more: Value) -> Program {
    let settings = settings(more);
    let made = shop.act(json!({"verb": "add_program", "protocol": protocol, "settings": settings})).await.unwrap();
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    Program {
        id: made["program"]["id"].as_i64().unwrap(),
        key_id: text(&made["program"]["key_id"]),
        secret: text(&made["secret"]),
        token: text(&made["token"]),
        settings: made["program"]["settings"].clone(),
    }
}

/// From a program on this computer.
pub fn here() -> MerchantRequest {
    let headers = vec![("host".to_owned(), "127.0.0.1:5921".to_owned())];
    MerchantRequest { address: "127.0.0.1".into(), method: "GET".into(), headers, ..MerchantRequest::default() }
}

/// From another computer.
pub fn elsewhere() -> MerchantRequest {
    let headers = vec![("host".to_owned(), "192.168.1.5:5921".to_owned())];
    MerchantRequest { address: "192.168.1.77".into(), method: "GET".into(), headers, ..MerchantRequest::default() }
}

pub fn with(mut request: MerchantRequest, headers: &[(&str, &str)]) -> MerchantRequest {
    request.headers.extend(headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())));
    request
}

pub fn say(mut request: MerchantRequest, path: &str, pairs: &[(&str, &str)]) -> MerchantRequest {
    (request.path, request.query) = (path.into(), address::query(pairs));
    request
}

pub fn body(answer: &MerchantAnswer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&answer.body)))
}

impl Program {
    /// V免签's createOrder.
    pub fn create(&self, from: MerchantRequest, fields: [&str; 4], more: &[(&str, &str)]) -> MerchantRequest {
        let [pay_id, param, kind, price] = fields;
        let sign = md5_hex(&[pay_id, param, kind, price, &self.secret]);
        let mut pairs =
            vec![("payId", pay_id), ("param", param), ("type", kind), ("price", price), ("sign", sign.as_str())];
        pairs.extend(more);
        say(from, "/createOrder", &pairs)
    }

    /// epay's fields, signed.
    pub fn epay(&self, from: MerchantRequest, path: &str, fields: &[(&str, &str)]) -> MerchantRequest {
        let mut pairs = vec![("pid", self.key_id.as_str())];
        pairs.extend(fields);
        pairs.sort_unstable();
        let text = pairs.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("&");
        let sign = md5_hex(&[&text, &self.secret]);
        pairs.extend([("sign", sign.as_str()), ("sign_type", "MD5")]);
        say(from, path, &pairs)
    }

    /// Our own protocol, signed now.
    pub fn v1(&self, shop: &Shop, method: &str, target: &str, body: &Value) -> MerchantRequest {
        self.v1_at(shop.now() / 1_000, &nonce(), method, target, body)
    }

    pub fn v1_at(&self, ts: i64, nonce: &str, method: &str, target: &str, body: &Value) -> MerchantRequest {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        self.v1_bytes(ts, nonce, method, target, body)
    }

    /// The same with a body that is sent to the letter.
    pub fn v1_bytes(&self, ts: i64, nonce: &str, method: &str, target: &str, body: Vec<u8>) -> MerchantRequest {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let ts = ts.to_string();
        let text = v1::canonical(method, path, query, &ts, nonce, &body);
        let sign = format!("v1={}", hmac_hex(&self.secret, &text));
        let mut request = with(
            elsewhere(),
            &[
                ("x-qiantai-key", &self.key_id),
                ("x-qiantai-timestamp", &ts),
                ("x-qiantai-nonce", nonce),
                ("x-qiantai-signature", &sign),
            ],
        );
        (request.method, request.path, request.query) = (method.into(), path.into(), query.into());
        request.body = body;
        request
    }
}

/// Never used before.
pub fn nonce() -> String {
    static NONCES: AtomicU64 = AtomicU64::new(0);
    format!("nonce-{:08}", NONCES.fetch_add(1, Ordering::SeqCst))
}

impl Shop {
    pub async fn says(&self, door: MerchantDoor, request: MerchantRequest) -> Value {
        body(&self.engine.merchant(door, request).await)
    }

    /// The customer pays so much by WeChat, and the phone says so.
    pub async fn pays(&self, phone: &Phone, yuan: &str) {
        self.pass(1_000);
        assert_eq!(self.vmq(phone, "1", yuan, self.now()).await, crate::shop::OK);
    }

    pub async fn refusals(&self) -> Vec<Value> {
        self.ask(json!({"verb": "refused", "limit": 200})).await.unwrap().as_array().unwrap().clone()
    }
}
