//! A shop for tests: a real database file, a clock that the test moves, phones that sign for themselves.
#![allow(dead_code, reason = "each test file uses its part of the harness")]
#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

pub mod figures;
pub mod guard;

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use serde_json::{Value, json};
use till_channels::phones::{smsforwarder, vmq};
use till_engine::api::{ApiError, Event, Request};
use till_engine::phone::{Door, PhoneAnswer, PhoneRequest};
use till_engine::ports::{Clock, Ports, ProviderCall, ProviderReply, Providers, SendError};
use till_engine::{Engine, OpenOptions};

/// 20 November 2026, 14:00 in Shanghai.
pub const START: i64 = 1_795_154_400_000;

/// Of the contracts' keys.
pub const PASSPHRASE: &str = "钱台 口令 2026";

pub struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// No provider is to be reached.
pub struct NoProviders;

impl Providers for NoProviders {
    fn call(&self, _: ProviderCall) -> Pin<Box<dyn Future<Output = ProviderReply> + Send + '_>> {
        Box::pin(async { ProviderReply::Failed(SendError::Unreachable("no network in tests".into())) })
    }
}

pub struct Shop {
    pub engine: Engine,
    pub clock: Arc<TestClock>,
    /// The outside world, the same over a restart.
    pub ports: Ports,
    pub dir: tempfile::TempDir,
    /// Not the shop's: what its owner has elsewhere.
    pub elsewhere: tempfile::TempDir,
    pub events: tokio::sync::broadcast::Receiver<Event>,
    requests: AtomicU64,
}

pub struct Phone {
    pub id: i64,
    pub key: String,
    pub token: String,
}

impl Shop {
    /// A shop with a WeChat and an Alipay code.
    pub async fn new() -> Shop {
        Shop::with(|_| {}).await
    }

    /// The same with parts of the outside world replaced.
    pub async fn with(change: impl FnOnce(&mut Ports)) -> Shop {
        let shop = Shop::bare_with(change).await;
        for (channel, payload) in
            [("wechat", "wxp://f2f0TEST-qiantai-1"), ("alipay", "https://qr.alipay.com/TEST0QIANTAI")]
        {
            shop.act(json!({"verb": "add_code", "payload": payload, "channel": channel, "account_id": null, "label": channel, "amount_fen": null}))
                .await
                .unwrap();
        }
        shop
    }

    pub async fn bare() -> Shop {
        Shop::bare_with(|_| {}).await
    }

    pub async fn bare_with(change: impl FnOnce(&mut Ports)) -> Shop {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(TestClock(AtomicI64::new(START)));
        let elsewhere = tempfile::tempdir().unwrap();
        let passphrase_file = Some(written_down(elsewhere.path()));
        let mut ports =
            Ports { clock: clock.clone(), providers: Arc::new(NoProviders), passphrase_file, ..Ports::system() };
        change(&mut ports);
        let engine = open(&dir, &ports).await;
        let events = engine.subscribe();
        Shop { engine, clock, ports, dir, elsewhere, events, requests: AtomicU64::new(0) }
    }

    /// Closes the till and opens it again on the same file.
    pub async fn reopen(self) -> Shop {
        let Shop { engine, clock, ports, dir, elsewhere, requests, .. } = self;
        engine.close().await;
        let engine = open(&dir, &ports).await;
        let events = engine.subscribe();
        Shop { engine, clock, ports, dir, elsewhere, events, requests }
    }

    /// Its owner has chosen the passphrase of the contracts' keys; it is written down where later starts find it.
    pub async fn with_passphrase(self) -> Shop {
        let choose = json!({"verb": "set_passphrase", "old": null, "passphrase": PASSPHRASE});
        assert_eq!(self.act(choose).await.unwrap(), "open");
        self
    }

    pub fn pass(&self, ms: i64) {
        self.clock.0.fetch_add(ms, Ordering::SeqCst);
    }

    pub fn now(&self) -> i64 {
        self.clock.now_ms()
    }

    pub async fn ask(&self, request: Value) -> Result<Value, ApiError> {
        let request: Request = serde_json::from_value(request).unwrap();
        self.engine.call("test", request).await
    }

    /// Asks for something that changes something, under a request id of its own.
    pub async fn act(&self, mut request: Value) -> Result<Value, ApiError> {
        let n = self.requests.fetch_add(1, Ordering::SeqCst);
        request["request_id"] = json!(format!("test-{n}"));
        self.ask(request).await
    }

    pub async fn ring_up(&self, fen: i64) -> Value {
        self.act(json!({"verb": "ring_up", "sale": {"lines": [{"price_fen": fen}]}})).await.unwrap()
    }

    pub async fn set(&self, key: &str, value: Value) {
        let mut settings = self.ask(json!({"verb": "settings"})).await.unwrap();
        settings[key] = value;
        self.act(json!({"verb": "save_settings", "settings": settings})).await.unwrap();
    }

    pub async fn phone(&self, name: &str) -> Phone {
        let p = self.act(json!({"verb": "add_device", "name": name})).await.unwrap();
        Phone {
            id: p["device"]["id"].as_i64().unwrap(),
            key: p["key"].as_str().unwrap().into(),
            token: p["token"].as_str().unwrap().into(),
        }
    }

    pub async fn vmq(&self, phone: &Phone, kind: &str, price: &str, t: i64) -> PhoneAnswer {
        let t = t.to_string();
        let sign = vmq::push_sign(kind, price, &t, &phone.key);
        let query = format!("t={t}&type={kind}&price={price}&sign={sign}");
        self.get(Door::VmqPush, "/appPush", query).await
    }

    pub async fn heart(&self, phone: &Phone, t: i64) -> PhoneAnswer {
        let t = t.to_string();
        let sign = vmq::heart_sign(&t, &phone.key);
        self.get(Door::VmqHeart, "/appHeart", format!("t={t}&sign={sign}")).await
    }

    pub async fn get(&self, door: Door, path: &str, query: String) -> PhoneAnswer {
        let request = PhoneRequest {
            address: "192.168.1.37".into(),
            method: "GET".into(),
            path: path.into(),
            query,
            ..PhoneRequest::default()
        };
        self.engine.phone(door, request).await
    }

    /// A notification through SmsForwarder, stamped `ts`.
    pub async fn notice(&self, phone: &Phone, title: &str, text: &str, ts: i64) -> PhoneAnswer {
        let sign = smsforwarder::sign(&ts.to_string(), &phone.key);
        let body = json!({"v": 1, "from": "com.tencent.mm", "title": title, "text": text, "ts": ts.to_string(), "sign": sign, "battery": "81%"});
        self.post(Door::SmsForwarder, &phone.token, body.to_string()).await
    }

    pub async fn post(&self, door: Door, token: &str, body: String) -> PhoneAnswer {
        let request = PhoneRequest {
            address: "192.168.1.37".into(),
            method: "POST".into(),
            authorization: format!("Bearer {token}"),
            content_type: "application/json".into(),
            body: body.into_bytes(),
            ..PhoneRequest::default()
        };
        self.engine.phone(door, request).await
    }

    pub async fn ticket(&self, id: &Value) -> Value {
        self.ask(json!({"verb": "ticket", "ticket_id": id})).await.unwrap()
    }

    pub async fn inbox(&self) -> Vec<Value> {
        let page = self.ask(json!({"verb": "inbox", "filter": "open", "limit": 50})).await.unwrap();
        page["items"].as_array().unwrap().clone()
    }
}

/// The passphrase in a file that nobody else may read.
fn written_down(dir: &std::path::Path) -> std::path::PathBuf {
    let path = dir.join("passphrase");
    std::fs::write(&path, format!("{PASSPHRASE}\n")).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    path
}

async fn open(dir: &tempfile::TempDir, ports: &Ports) -> Engine {
    Engine::open(OpenOptions { dir: dir.path().to_owned(), practice: false, ports: ports.clone() }).await.unwrap()
}

/// Fen as the phone writes it.
pub fn yuan(fen: &Value) -> String {
    let fen = fen.as_i64().unwrap();
    format!("{}.{:02}", fen / 100, fen % 100)
}

pub const OK: PhoneAnswer = PhoneAnswer::Accepted { repeat: false };
pub const REPEAT: PhoneAnswer = PhoneAnswer::Accepted { repeat: true };

/// The database file itself, behind the till's back.
pub async fn raw(shop: &Shop) -> sqlx::SqliteConnection {
    use sqlx::ConnectOptions;
    sqlx::sqlite::SqliteConnectOptions::new().filename(shop.dir.path().join("till.db")).connect().await.unwrap()
}

/// One number out of the file.
pub async fn number(shop: &Shop, sql: &'static str) -> i64 {
    use sqlx::Row;
    sqlx::query(sql).fetch_one(&mut raw(shop).await).await.unwrap().get(0)
}

impl Shop {
    pub async fn sell_cash(&self, fen: i64) -> Value {
        self.act(json!({"verb": "sell_cash", "sale": {"lines": [{"price_fen": fen}]}, "tendered_fen": null}))
            .await
            .unwrap()
    }

    /// A ticket that a person confirmed as paid.
    pub async fn sell(&self, fen: i64, channel: &str) -> Value {
        let ticket = self.ring_up(fen).await;
        let seen =
            json!({"verb": "confirm_by_hand", "ticket_id": ticket["id"], "channel": channel, "reason": "看到到账"});
        self.act(seen).await.unwrap()
    }

    pub async fn give_back(&self, ticket: &Value, kind: &str, channel: &str, fen: i64) -> Result<Value, ApiError> {
        self.act(json!({"verb": "refund", "ticket_id": ticket["id"], "kind": kind, "channel": channel,
                        "amount_fen": fen, "reference": "", "reason": "退货"}))
            .await
    }
}

impl Shop {
    pub async fn open_shift(&self, float: i64) -> Value {
        self.act(json!({"verb": "open_shift", "float_fen": float})).await.unwrap()
    }

    pub async fn shift(&self) -> Value {
        self.ask(json!({"verb": "shift"})).await.unwrap()
    }

    pub async fn move_cash(&self, kind: &str, fen: i64) -> Result<Value, ApiError> {
        self.act(json!({"verb": "move_cash", "kind": kind, "amount_fen": fen, "reason": "找零"})).await
    }

    pub async fn close_shift(&self, counted: Value) -> Result<Value, ApiError> {
        self.act(json!({"verb": "close_shift", "counted": counted, "note": ""})).await
    }

    /// Closes a business day; null: the present one.
    pub async fn close_day(&self, date: Value, counted: Value) -> Result<Value, ApiError> {
        self.act(json!({"verb": "close_day", "business_date": date, "counted": counted, "note": ""})).await
    }

    pub async fn day_report(&self, date: Value) -> Value {
        self.ask(json!({"verb": "day_report", "business_date": date})).await.unwrap()
    }

    pub async fn z_report(&self, number: u32) -> Value {
        self.ask(json!({"verb": "z_report", "number": number})).await.unwrap()
    }
}

/// A count of pieces by face value in fen.
pub fn pieces(counted: &[(i64, u32)]) -> Value {
    counted.iter().map(|(face, pieces)| json!({"face_fen": face, "pieces": pieces})).collect()
}
