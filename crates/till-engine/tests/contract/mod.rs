//! A shop with a contract with Alipay, and an Alipay that answers as a test wants.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

use std::pin::Pin;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use till_channels::gateway::keys::PrivateKey;
use till_channels::gateway::{Reply, Seed, sign};
use till_engine::api::ApiError;
use till_engine::ports::{ProviderCall, ProviderReply, Providers};

use crate::shop::Shop;

/// The shop's own key.
pub const APP_KEY: &str = include_str!("../../../till-channels/src/gateway/alipay/fixtures/app-key.pem");
/// Alipay's, which only Alipay has.
pub const ALIPAY_KEY: &str = include_str!("../../../till-channels/src/gateway/alipay/fixtures/alipay-key.pem");
/// Of 1024 bits.
pub const SHORT_KEY: &str = include_str!("../../../till-channels/src/gateway/alipay/fixtures/short-key.pem");
pub const APP_CERTIFICATE: &str =
    include_str!("../../../till-channels/src/gateway/alipay/fixtures/app-certificate.pem");

/// The public half, in one line, as Alipay's console shows it.
pub fn public(key: &str) -> String {
    STANDARD.encode(PrivateKey::parse(key).unwrap().public().to_spki_der().unwrap())
}

type Says = Box<dyn Fn(&ProviderCall) -> ProviderReply + Send>;

/// The provider's servers: what they answer, and what was sent to them.
pub struct Fake {
    says: Mutex<Says>,
    pub heard: Mutex<Vec<String>>,
}

impl Fake {
    pub fn new() -> Arc<Fake> {
        Arc::new(Fake { says: Mutex::new(Box::new(|_| unknown_order(ALIPAY_KEY))), heard: Mutex::default() })
    }

    pub fn say(&self, says: impl Fn(&ProviderCall) -> ProviderReply + Send + 'static) {
        *self.says.lock().unwrap() = Box::new(says);
    }
}

impl Providers for Fake {
    fn call(&self, call: ProviderCall) -> Pin<Box<dyn Future<Output = ProviderReply> + Send + '_>> {
        self.heard.lock().unwrap().push(call.ask.url.clone());
        let said = (self.says.lock().unwrap())(&call);
        Box::pin(async move { said })
    }
}

/// An answer of Alipay's to a query, signed with `key`.
pub fn answer(key: &str, said: &str) -> ProviderReply {
    let signature =
        sign::rsa_sha256(&PrivateKey::parse(key).unwrap(), said.as_bytes(), &mut Seed::new([1; 32])).unwrap();
    let body = format!(r#"{{"alipay_trade_query_response":{said},"sign":"{}"}}"#, STANDARD.encode(signature));
    plain(&body)
}

pub fn plain(body: &str) -> ProviderReply {
    ProviderReply::Answer(Reply { status: 200, headers: Vec::new(), body: body.as_bytes().to_vec() })
}

/// What Alipay says to the harmless question.
pub fn unknown_order(key: &str) -> ProviderReply {
    answer(key, r#"{"code":"40004","msg":"Business Failed","sub_code":"ACQ.TRADE_NOT_EXIST","sub_msg":"交易不存在"}"#)
}

/// The same with the time of its clock.
pub fn dated(reply: ProviderReply, date: &str) -> ProviderReply {
    match reply {
        ProviderReply::Answer(mut reply) => {
            reply.headers.push(("date".into(), date.into()));
            ProviderReply::Answer(reply)
        }
        failed => failed,
    }
}

pub fn values(pairs: &[(&str, &str)]) -> Value {
    pairs.iter().map(|(field, text)| json!({"field": field, "text": text})).collect()
}

/// All that a contract with Alipay needs.
pub fn whole() -> Value {
    values(&[("app_id", "2021000000000001"), ("app_private_key", APP_KEY), ("alipay_public_key", &public(ALIPAY_KEY))])
}

pub fn add(name: &str, values: Value) -> Value {
    json!({"verb": "add_gateway", "provider": "alipay", "settings": {"name": name}, "values": values})
}

impl Shop {
    /// A whole contract with Alipay.
    pub async fn contract(&self, name: &str) -> Value {
        self.act(add(name, whole())).await.unwrap()
    }

    pub async fn change(&self, contract: &Value, settings: Value, values: Value) -> Result<Value, ApiError> {
        let mut all = contract["settings"].clone();
        for (name, value) in settings.as_object().unwrap() {
            all[name] = value.clone();
        }
        let id = &contract["id"];
        self.act(json!({"verb": "update_gateway", "gateway_id": id, "settings": all, "values": values})).await
    }

    pub async fn contracts(&self) -> Value {
        self.ask(json!({"verb": "gateways"})).await.unwrap()
    }

    /// How a contract stands now.
    pub async fn standing(&self, id: &Value) -> Value {
        let page = self.contracts().await;
        let all = page["gateways"].as_array().unwrap();
        all.iter().find(|g| g["id"] == *id).expect("the contract is listed").clone()
    }

    pub async fn try_contract(&self, id: &Value) -> Value {
        self.ask(json!({"verb": "test_gateway", "gateway_id": id})).await.unwrap()
    }
}

pub fn field<'v>(contract: &'v Value, name: &str) -> &'v Value {
    contract["fields"].as_array().unwrap().iter().find(|f| f["name"] == name).expect("the field is listed")
}
