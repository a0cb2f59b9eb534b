//! A shop with web shops: programs, their orders, and servers that answer callbacks as a test wants.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use till_core::Fen;
use till_core::due::TailDirection;
use till_core::price::{Line, Rounding, Sale, price};
use till_engine::ports::{Http, Keychain, Outgoing, Sent};
use till_store::{NewOrder, NewTicket, Opened, Store};

use crate::shop::Shop;

/// Longer than anything here takes on a busy machine.
const DEADLINE: Duration = Duration::from_secs(60);

/// Waits until it is so.
pub async fn until<F: Future<Output = bool>>(what: &str, mut so: impl FnMut() -> F) {
    let waited = tokio::time::timeout(DEADLINE, async {
        while !so().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("never happened: {what}"));
}

pub fn answer(status: u16, body: &str) -> Option<Sent> {
    Some(Sent::Answer { status, body: body.as_bytes().to_vec(), cut: false })
}

type Says = Box<dyn Fn(&str) -> Option<Sent> + Send>;

/// The merchants' servers: what each address answers (none: nothing, ever), and what was sent to it.
pub struct Merchants {
    says: Mutex<Says>,
    heard: Mutex<Vec<Outgoing>>,
}

impl Merchants {
    pub fn new() -> Arc<Merchants> {
        let says: Says = Box::new(|_| answer(200, "success"));
        Arc::new(Merchants { says: Mutex::new(says), heard: Mutex::default() })
    }

    pub fn say(&self, says: impl Fn(&str) -> Option<Sent> + Send + 'static) {
        *self.says.lock().unwrap() = Box::new(says);
    }

    /// Callbacks to addresses with these words in them.
    pub fn heard(&self, words: &str) -> usize {
        self.heard.lock().unwrap().iter().filter(|o| o.url.contains(words)).count()
    }

    pub fn all(&self) -> Vec<Outgoing> {
        self.heard.lock().unwrap().clone()
    }
}

impl Http for Merchants {
    fn send(&self, request: Outgoing) -> Pin<Box<dyn Future<Output = Sent> + Send + '_>> {
        Box::pin(async move {
            let said = (self.says.lock().unwrap())(&request.url);
            self.heard.lock().unwrap().push(request);
            match said {
                Some(sent) => sent,
                None => std::future::pending().await,
            }
        })
    }
}

/// A keychain that can be locked, or keeps silent.
#[derive(Default)]
pub struct FakeKeychain {
    pub kept: Mutex<HashMap<String, String>>,
    pub locked: Mutex<bool>,
    /// Held by a test: every call waits.
    pub silent: Mutex<()>,
}

impl FakeKeychain {
    pub fn lock(&self, locked: bool) {
        *self.locked.lock().unwrap() = locked;
    }

    fn open(&self) -> Result<(), String> {
        drop(self.silent.lock());
        if *self.locked.lock().unwrap() { Err("locked".into()) } else { Ok(()) }
    }
}

impl Keychain for FakeKeychain {
    fn get(&self, name: &str) -> Result<Option<String>, String> {
        self.open()?;
        Ok(self.kept.lock().unwrap().get(name).cloned())
    }

    fn set(&self, name: &str, secret: &str) -> Result<(), String> {
        self.open()?;
        self.kept.lock().unwrap().insert(name.into(), secret.into());
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<(), String> {
        self.open()?;
        self.kept.lock().unwrap().remove(name);
        Ok(())
    }
}

static ORDERS: AtomicU64 = AtomicU64::new(1);

impl Shop {
    pub async fn program(&self, protocol: &str, name: &str) -> Value {
        let settings = json!({"name": name, "callback_prefixes": ["https://shop.example.com/"]});
        self.act(json!({"verb": "add_program", "protocol": protocol, "settings": settings})).await.unwrap()
    }

    /// An order, straight into the book: what programs say to get one is the protocols' business.
    pub async fn order(&self, program_id: i64, fen: i64, notify_url: &str) -> i64 {
        let store = Store::open(&self.dir.path().join("till.db")).await.unwrap();
        let n = ORDERS.fetch_add(1, Ordering::SeqCst);
        let line = Line { name: "会员".into(), price_fen: Fen::new(fen).unwrap(), count: 1 };
        let sale = Sale { lines: vec![line], discount: None, note: String::new() };
        let ticket = NewTicket {
            request_id: "not noted".into(),
            actor: "web".into(),
            at: self.now(),
            expires_at: self.now() + 300_000,
            business_date: "2026-11-20".into(),
            priced: price(&sale, Rounding::None).unwrap(),
            sale,
            direction: TailDirection::Down,
            tail_max: Fen::new(50).unwrap(),
            trades: Vec::new(),
            served: Vec::new(),
        };
        let order = NewOrder {
            program_id,
            order_no: format!("order-{n}"),
            token: format!("{n:->40}"),
            out_no: format!("out-{n}"),
            idem_key: None,
            digest: vec![1, 2, 3],
            channels: Vec::new(),
            channel: None,
            asked: "{}".into(),
            title: "会员".into(),
            notify_url: notify_url.into(),
            return_url: String::new(),
            buyer: String::new(),
            counter: false,
        };
        let opened = store.open_order(ticket, order).await.unwrap();
        store.close().await;
        match opened {
            Opened::New(_, order) => order.id,
            Opened::Exists(_) => panic!("the number was used"),
        }
    }

    pub async fn settle(&self, ticket_id: i64) -> Value {
        let seen =
            json!({"verb": "confirm_by_hand", "ticket_id": ticket_id, "channel": "wechat", "reason": "看到到账"});
        self.act(seen).await.unwrap()
    }

    /// The newest orders as the owner sees them.
    pub async fn orders(&self) -> Vec<Value> {
        let all = json!({"verb": "program_orders", "program_id": null, "undelivered": false, "before_id": null, "limit": 200});
        self.ask(all).await.unwrap()["orders"].as_array().unwrap().clone()
    }

    pub async fn delivery(&self, ticket_id: i64) -> Value {
        let orders = self.orders().await;
        let order = orders.into_iter().find(|o| o["ticket_id"] == ticket_id).expect("the order is listed");
        order["delivery"].clone()
    }

    pub async fn until_delivery(&self, ticket_id: i64, what: &str, so: impl Fn(&Value) -> bool) -> Value {
        until(what, async || so(&self.delivery(ticket_id).await)).await;
        self.delivery(ticket_id).await
    }

    pub async fn send_again(&self, ticket_id: i64) -> Result<Value, till_engine::api::ApiError> {
        self.act(json!({"verb": "send_again", "ticket_id": ticket_id})).await
    }
}
