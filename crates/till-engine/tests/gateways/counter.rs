//! A shop with a contract with Alipay, and what people do at its counter.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use till_core::Channel;
use till_engine::api::{ApiError, DisplayPhase, Event};
use till_engine::{NoticeAnswer, RawNotice};

use crate::alipay::{self, Alipay};
use crate::shop::Shop;

/// Longer than anything here takes on a busy machine.
const DEADLINE: Duration = Duration::from_secs(60);
pub const CODE: &str = "283456789012345678";

pub struct Counter {
    pub shop: Shop,
    pub alipay: Arc<Alipay>,
    pub gateway_id: i64,
}

pub fn settings() -> Value {
    json!({"name": "支付宝当面付", "place": {"place": "live"}})
}

impl Counter {
    pub async fn new() -> Counter {
        Counter::with(settings()).await
    }

    pub async fn with(settings: Value) -> Counter {
        let alipay = Alipay::new();
        let theirs = alipay.clone();
        let shop = Shop::with(move |ports| ports.providers = theirs).await.with_passphrase().await;
        let mut counter = Counter { shop, alipay, gateway_id: 0 };
        counter.add(settings).await;
        counter
    }

    pub async fn add(&mut self, settings: Value) {
        let add =
            json!({"verb": "add_gateway", "provider": "alipay", "settings": settings, "values": alipay::values()});
        let added = self.shop.act(add).await.unwrap();
        assert_eq!(added["trouble"], "", "{added:#}");
        self.gateway_id = added["id"].as_i64().unwrap();
    }

    /// The power goes, and comes back.
    pub async fn reopen(self) -> Counter {
        Counter { shop: self.shop.reopen().await, ..self }
    }

    /// Waits until it is so; the clock runs on if `tick` says so.
    pub async fn until(&self, what: &str, tick: i64, so: impl AsyncFn(&Counter) -> bool) {
        let waiting = async {
            // What needs no time comes first, also where the disk is slow.
            let mut looks = 0;
            while !so(self).await {
                looks += 1;
                self.shop.pass(if looks > 10 { tick } else { 0 });
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        if tokio::time::timeout(DEADLINE, waiting).await.is_err() {
            panic!("never happened: {what}");
        }
    }

    pub async fn ticket(&self, ticket: &Value) -> Value {
        self.shop.ticket(&ticket["id"]).await
    }

    /// A ticket whose provider has made its code.
    pub async fn ring_up(&self, fen: i64) -> Value {
        let opened = self.shop.ring_up(fen).await;
        self.until("a code is made", 0, async |c| !code(&c.ticket(&opened).await).is_null()).await;
        self.ticket(&opened).await
    }

    pub async fn scan(&self, ticket: &Value, code: &str) -> Result<Value, ApiError> {
        self.shop.act(json!({"verb": "scan", "ticket_id": ticket["id"], "auth_code": code})).await
    }

    pub async fn is_paid(&self, ticket: &Value) -> bool {
        self.ticket(ticket).await["status"] == "paid"
    }

    /// Runs the clock until the ticket is paid.
    pub async fn gets_paid(&self, ticket: &Value) -> Value {
        self.until("the ticket is paid", 200, async |c| c.is_paid(ticket).await).await;
        self.ticket(ticket).await
    }

    /// Runs the clock until the trade at this place stands so.
    pub async fn stage(&self, ticket: &Value, place: usize, stage: &str) -> Value {
        self.until(stage, 200, async |c| c.ticket(ticket).await["trades"][place]["stage"] == stage).await;
        self.ticket(ticket).await["trades"][place].clone()
    }

    pub async fn notify(&self, body: Vec<u8>) -> NoticeAnswer {
        let raw = RawNotice { headers: Vec::new(), query: String::new(), body };
        self.shop.engine.notice(Channel::Alipay, raw, "203.0.113.7".into()).await
    }

    /// Forgets what was said on the bus.
    pub fn listen_anew(&mut self) {
        while self.shop.events.try_recv().is_ok() {}
    }

    /// Waits until it is said.
    pub async fn hears(&mut self, what: &str, so: impl Fn(&Event) -> bool) {
        let hearing = async { while !so(&self.shop.events.recv().await.unwrap()) {} };
        tokio::time::timeout(DEADLINE, hearing).await.unwrap_or_else(|_| panic!("never said: {what}"));
    }

    /// How often it was said since.
    pub fn heard_again(&mut self, so: impl Fn(&Event) -> bool) -> usize {
        std::iter::from_fn(|| self.shop.events.try_recv().ok()).filter(so).count()
    }

    pub async fn phase(&self) -> DisplayPhase {
        self.shop.engine.display().await.unwrap().phase
    }

    pub async fn gateways(&self) -> Value {
        self.shop.ask(json!({"verb": "gateways"})).await.unwrap()
    }
}

/// The provider's code that a ticket shows; null: none.
pub fn code(ticket: &Value) -> Value {
    let mut codes = ticket["codes"].as_array().unwrap().iter();
    codes.find(|c| c["account_id"].is_null()).map_or(Value::Null, |c| c["payload"].clone())
}

pub fn out_no(ticket: &Value, place: usize) -> String {
    ticket["trades"][place]["out_no"].as_str().unwrap().to_owned()
}

pub fn says(answer: &NoticeAnswer) -> &str {
    std::str::from_utf8(&answer.body).unwrap()
}
