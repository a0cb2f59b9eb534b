//! Paired phones: each protocol's requests as its app builds them.

use std::net::SocketAddr;

use anyhow::Result;
use serde_json::{Value, json};

use crate::http::{Call, Reply, encoded, once};
use crate::{now_ms, sign};

/// A paired phone with its key (V免签, HMAC, SmsForwarder's secret) and its token (everything else).
#[derive(Clone, Debug)]
pub struct Phone {
    /// The LAN port.
    pub address: SocketAddr,
    /// Its id at the till.
    pub device_id: i64,
    /// Its own key.
    pub key: String,
    /// Its own bearer token.
    pub token: String,
    /// SmsForwarder's secret.
    pub secret: String,
}

/// WeChat in V免签.
pub const WECHAT: &str = "1";
/// Alipay in V免签.
pub const ALIPAY: &str = "2";

impl Phone {
    /// Sends a request over a connection of its own.
    pub fn send(&self, call: &Call) -> Result<Reply> {
        once(self.address, call)
    }

    /// `GET /appHeart`.
    pub fn heart(&self, t: &str) -> Call {
        let sign = sign::vmq(&[t, &self.key]);
        Call::get(format!("/appHeart?t={t}&sign={sign}"))
    }

    /// `GET /appPush`. `price` is signed and sent as it is written.
    pub fn push_at(&self, kind: &str, price: &str, t: &str) -> Call {
        let sign = sign::vmq(&[kind, price, t, &self.key]);
        Call::get(format!("/appPush?t={t}&type={kind}&price={price}&sign={sign}"))
    }

    /// [`Phone::push_at`] now.
    pub fn push(&self, kind: &str, fen: i64) -> Call {
        self.push_at(kind, &yuan(fen), &now_ms().to_string())
    }

    /// `POST /appPush` as a form, with the retry mark that some phones add.
    pub fn push_form(&self, kind: &str, price: &str, t: &str) -> Call {
        let sign = sign::vmq(&[kind, price, t, &self.key]);
        let form = format!("t={t}&type={kind}&price={price}&sign={sign}&force_push=true");
        Call::post("/appPush", "application/x-www-form-urlencoded", form)
    }

    /// The HMAC variant, with a nonce and a time in seconds.
    pub fn hmac_at(&self, path: &str, body: &str, seconds: &str, nonce: &str) -> Call {
        let text = sign::vmq_hmac_text("POST", path, seconds, nonce, body.as_bytes());
        Call::post(path, "application/json; charset=utf-8", body)
            .header("X-VMQ-Timestamp", seconds)
            .header("X-VMQ-Nonce", nonce)
            .header("X-VMQ-Signature", sign::vmq_hmac(&self.key, &text))
    }

    /// [`Phone::hmac_at`] now, with a new nonce.
    pub fn hmac(&self, path: &str, body: &str) -> Call {
        self.hmac_at(path, body, &(now_ms() / 1000).to_string(), &crate::request_id())
    }

    /// SmsForwarder's webhook with our template; `sign_as_sent` is the signature as its URL encoding left it.
    pub fn smsforwarder_at(&self, package: &str, title: &str, text: &str, t: &str, sign_as_sent: &str) -> Call {
        let body = json!({
            "v": 1, "from": package, "title": title, "text": text,
            "received": "2026-11-20 15:10:02", "ts": t, "sign": sign_as_sent, "device": "counter", "battery": "81%",
        });
        Call::json("/api/v1/phones/smsforwarder", &body).header("authorization", format!("Bearer {}", self.token))
    }

    /// [`Phone::smsforwarder_at`] now, encoded once as the app does in a JSON body.
    pub fn smsforwarder(&self, package: &str, title: &str, text: &str) -> Call {
        let t = now_ms().to_string();
        let sign = encoded(&sign::smsforwarder(&self.secret, &t));
        self.smsforwarder_at(package, title, text, &t, &sign)
    }

    /// Seed 002's phone: its JSON, with the token in the path.
    pub fn seed(&self, title: &str, content: &str, money: &str, time: &str) -> Call {
        Call::json(format!("/api/v1/phones/json/{}", self.token), &seed_body(title, content, money, time))
    }

    /// The same with the token in a header.
    pub fn seed_with_header(&self, title: &str, content: &str, money: &str, time: &str) -> Call {
        Call::json("/api/v1/phones/json", &seed_body(title, content, money, time))
            .header("authorization", format!("Bearer {}", self.token))
    }

    /// MacroDroid, Tasker: JSON with a bearer token.
    pub fn plain(&self, body: &Value) -> Call {
        Call::json("/api/v1/phones/push", body).header("authorization", format!("Bearer {}", self.token))
    }
}

fn seed_body(title: &str, content: &str, money: &str, time: &str) -> Value {
    json!({ "title": title, "time": time, "money": money, "deviceid": "mydevice", "content": content })
}

/// `1498` → `14.98`.
pub fn yuan(fen: i64) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}

/// Java's `Double.toString` of a sum: `1.0`, `0.1`, `5.5`, `12345.6`.
pub fn java_double(fen: i64) -> String {
    let text = yuan(fen);
    match text.strip_suffix('0') {
        Some(short) => short.to_owned(),
        None => text,
    }
}
