//! Programs that may charge: added at the till, and their requests as each protocol's rules build them.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::http::{Call, Reply, encoded, once};
use crate::till::Control;
use crate::{now_ms, request_id, sign};

/// A program with its secrets, as its owner was shown them once.
#[derive(Clone, Debug)]
pub struct Program {
    /// The LAN port.
    pub address: SocketAddr,
    /// At the till.
    pub id: i64,
    /// App-Id, pid, key id.
    pub key_id: String,
    /// What signs.
    pub secret: String,
    /// What lets it create orders from elsewhere.
    pub token: String,
}

impl Control {
    /// Adds a program; `settings` besides a name.
    pub fn add_program(&self, protocol: &str, mut settings: Value) -> Result<Program> {
        if settings["name"].is_null() {
            settings["name"] = format!("{protocol} shop").into();
        }
        let added = self.act(json!({ "verb": "add_program", "protocol": protocol, "settings": settings }))?;
        self.program_in(&added)
    }

    /// A program out of an answer that shows its secret.
    pub fn program_in(&self, shown: &Value) -> Result<Program> {
        let text = |value: &Value| value.as_str().map(str::to_owned).with_context(|| format!("a text in {shown}"));
        Ok(Program {
            address: self.address,
            id: shown["program"]["id"].as_i64().with_context(|| format!("an id in {shown}"))?,
            key_id: text(&shown["program"]["key_id"])?,
            secret: text(&shown["secret"])?,
            token: text(&shown["token"])?,
        })
    }

    /// Orders of programs, newest first.
    pub fn orders(&self) -> Result<Vec<Value>> {
        let asked = json!({ "verb": "program_orders", "program_id": null, "undelivered": false, "before_id": null, "limit": 100 });
        Ok(self.call(&asked)?["orders"].as_array().cloned().unwrap_or_default())
    }

    /// The order with a program's own number.
    pub fn order(&self, out_no: &str) -> Result<Value> {
        let orders = self.orders()?;
        orders.into_iter().find(|order| order["out_no"] == out_no).with_context(|| format!("no order {out_no}"))
    }

    /// Waits until an order's delivery has a state.
    pub fn until_delivery(&self, out_no: &str, state: &str) -> Result<Value> {
        crate::until(&format!("the delivery of {out_no} to be {state}"), || {
            let order = self.order(out_no)?;
            Ok((order["delivery"]["state"] == state).then_some(order))
        })
    }
}

/// A form or a query out of fields, in their order.
pub fn joined(fields: &[(&str, &str)]) -> String {
    fields.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect::<Vec<_>>().join("&")
}

/// What V免签 and GOGO ask for.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// The shop's number.
    pub pay_id: &'a str,
    /// Handed through.
    pub param: &'a str,
    /// `1` WeChat, `2` Alipay.
    pub kind: &'a str,
    /// As written.
    pub price: &'a str,
    /// Fields that nobody signs.
    pub more: Vec<(&'a str, &'a str)>,
}

impl<'a> Asked<'a> {
    /// WeChat, without param and addresses.
    pub fn new(pay_id: &'a str, price: &'a str) -> Asked<'a> {
        Asked { pay_id, param: "", kind: "1", price, more: Vec::new() }
    }

    /// With one more field.
    pub fn with(mut self, name: &'a str, value: &'a str) -> Asked<'a> {
        self.more.push((name, value));
        self
    }

    /// With a param.
    pub fn param(mut self, param: &'a str) -> Asked<'a> {
        self.param = param;
        self
    }

    /// All fields with a signature.
    pub fn signed(&self, sign: &'a str) -> Vec<(&'a str, &'a str)> {
        let mut fields = vec![("payId", self.pay_id), ("type", self.kind), ("price", self.price)];
        if !self.param.is_empty() {
            fields.push(("param", self.param));
        }
        fields.extend(self.more.iter().copied());
        fields.push(("sign", sign));
        fields
    }
}

impl Program {
    /// Sends over a connection of its own.
    pub fn send(&self, call: &Call) -> Result<Reply> {
        once(self.address, call)
    }

    /// The same program, seen from another address of this computer.
    pub fn from(&self, ip: std::net::IpAddr) -> Program {
        Program { address: SocketAddr::new(ip, self.address.port()), ..self.clone() }
    }

    /// V免签 `GET /createOrder`.
    pub fn vmq_create(&self, asked: &Asked<'_>) -> Call {
        let sign = sign::vmq(&[asked.pay_id, asked.param, asked.kind, asked.price, &self.secret]);
        Call::get(format!("/createOrder?{}", joined(&asked.signed(&sign))))
    }

    /// GOGO `POST /createOrder` as JSON, with its headers.
    pub fn gogo_create(&self, asked: &Asked<'_>) -> Call {
        let sign = sign::vmq(&[&self.key_id, asked.pay_id, asked.param, asked.kind, asked.price, &self.secret]);
        let body: serde_json::Map<String, Value> =
            asked.signed(&sign).into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
        Call::json("/createOrder", &body.into())
            .header("App-Id", self.key_id.clone())
            .header("App-Secret", self.secret.clone())
    }

    /// epay's fields with `pid`, `sign` and `sign_type`.
    pub fn epay_signed(&self, fields: &[(&str, &str)]) -> String {
        let mut all = fields.to_vec();
        all.push(("pid", &self.key_id));
        let sign = sign::epay(&all, &self.secret);
        all.push(("sign", &sign));
        all.push(("sign_type", "MD5"));
        joined(&all)
    }

    /// epay `POST /mapi.php`.
    pub fn epay_create(&self, fields: &[(&str, &str)]) -> Call {
        Call::post("/mapi.php", "application/x-www-form-urlencoded", self.epay_signed(fields))
    }

    /// The own protocol, signed now with a new nonce.
    pub fn v1(&self, method: &str, target: &str, body: &str) -> Call {
        self.v1_at(method, target, body, now_ms(), &request_id())
    }

    /// [`Program::v1`] at a time, with a nonce.
    pub fn v1_at(&self, method: &str, target: &str, body: &str, at_ms: i64, nonce: &str) -> Call {
        let time = (at_ms / 1000).to_string();
        let signature = sign::v1(&self.secret, method, target, &time, nonce, body.as_bytes());
        let mut call = Call::new(method, target)
            .header("X-Qiantai-Key", self.key_id.clone())
            .header("X-Qiantai-Timestamp", time)
            .header("X-Qiantai-Nonce", nonce)
            .header("X-Qiantai-Signature", signature);
        if !body.is_empty() {
            call = call.header("content-type", "application/json");
            call.body = body.into();
        }
        call
    }
}
