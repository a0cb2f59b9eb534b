//! A shop whose program takes money through contracts, and the providers it has them with.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use till_channels::gateway::Reply;
use till_engine::merchant::{MerchantAnswer, MerchantDoor as Door};
use till_engine::ports::{Clock, ProviderCall, ProviderReply, Providers, SendError};

use crate::alipay::{self, Alipay, Fate};
use crate::ask::{Program, body, nonce, program, with};
use crate::shop::Shop;
use crate::web::Merchants;
use crate::wechat::Wechat;

/// Longer than anything here takes on a busy machine.
const DEADLINE: Duration = Duration::from_secs(60);
pub const TICKETS: &str = "/api/v1/tickets";

/// The providers, each at its own address.
pub struct World {
    pub alipay: Arc<Alipay>,
    pub wechat: Wechat,
    /// What old Alipay answers to `notify_verify`, and what it was asked.
    pub word: Mutex<Option<(u16, &'static str)>>,
    pub verified: Mutex<Vec<String>>,
}

impl World {
    fn new(clock: Arc<dyn Clock>) -> World {
        let (word, verified) = (Mutex::new(Some((200, "true"))), Mutex::default());
        World { alipay: Alipay::new(), wechat: Wechat::new(clock), word, verified }
    }
}

impl Providers for World {
    fn call(&self, call: ProviderCall) -> Pin<Box<dyn Future<Output = ProviderReply> + Send + '_>> {
        if call.ask.url.starts_with("https://mapi.alipay.com/") {
            assert_eq!((call.ask.method, call.simulator), ("GET", false));
            self.verified.lock().unwrap().push(call.ask.url);
            let said = *self.word.lock().unwrap();
            let answer = |(status, text): (u16, &str)| {
                ProviderReply::Answer(Reply { status, headers: Vec::new(), body: text.into() })
            };
            let said = said.map_or(ProviderReply::Failed(SendError::Timeout), answer);
            return Box::pin(std::future::ready(said));
        }
        if call.ask.url.starts_with("https://api.mch.weixin.qq.com/") {
            return Box::pin(std::future::ready(self.wechat.call(&call.ask)));
        }
        self.alipay.call(call)
    }
}

pub struct Cashier {
    pub shop: Shop,
    pub world: Arc<World>,
    pub merchants: Arc<Merchants>,
    pub web: Program,
}

impl Cashier {
    /// With no contract.
    pub async fn new() -> Cashier {
        Cashier::with(json!({})).await
    }

    /// With these settings of the program.
    pub async fn with(mut settings: Value) -> Cashier {
        // Tests look more often than programs do.
        settings["per_minute"] = json!(1_000_000);
        let merchants = Merchants::new();
        let mut world = None;
        let shop = Shop::with(|ports| {
            ports.http = merchants.clone();
            let made = Arc::new(World::new(ports.clock.clone()));
            ports.providers = made.clone();
            world = Some(made);
        })
        .await
        .with_passphrase()
        .await;
        let web = program(&shop, "v1", settings).await;
        Cashier { shop, world: world.unwrap(), merchants, web }
    }

    /// With contracts with Alipay, and WeChat's v3.
    pub async fn contracted() -> Cashier {
        let cashier = Cashier::new().await;
        cashier.contract("alipay", alipay::values()).await;
        cashier.contract("wechat", crate::wechat::v3()).await;
        cashier
    }

    /// Its codes are not shown: what is paid here is paid elsewhere.
    pub async fn contract(&self, provider: &str, values: Value) -> Value {
        let settings = json!({"name": provider, "place": {"place": "live"}, "shows_code": false,
                              "notify_url": format!("https://pay.example.com/notify/{provider}")});
        let add = json!({"verb": "add_gateway", "provider": provider, "settings": settings, "values": values});
        self.shop.act(add).await.unwrap()
    }

    pub async fn says(&self, door: Door, method: &str, path: &str, sent: &Value) -> MerchantAnswer {
        self.shop.engine.merchant(door, self.web.v1(&self.shop, method, path, sent)).await
    }

    /// Opens a ticket.
    pub async fn opens(&self, order_no: &str, fen: i64) -> Value {
        let new = json!({"price_fen": fen, "order_no": order_no, "title": "会员", "notify_url": "https://shop.example.com/hook"});
        let request = with(self.web.v1(&self.shop, "POST", TICKETS, &new), &[("idempotency-key", order_no)]);
        let made = self.shop.engine.merchant(Door::V1Create, request).await;
        assert_eq!(made.status, 201, "{}", String::from_utf8_lossy(&made.body));
        body(&made)
    }

    /// Has it paid elsewhere: status and body.
    pub async fn pays(&self, ticket: &Value, sent: Value) -> (u16, Value) {
        let path = format!("{TICKETS}/{}/pay", ticket["id"].as_str().unwrap());
        let answer = self.says(Door::V1Pay, "POST", &path, &sent).await;
        (answer.status, body(&answer))
    }

    pub async fn looks(&self, ticket: &Value) -> Value {
        let path = format!("{TICKETS}/{}", ticket["id"].as_str().unwrap());
        body(&self.says(Door::V1Get, "GET", &path, &Value::Null).await)
    }

    pub async fn returned(&self, query: &str) -> (u16, Value) {
        let answer = self.says(Door::V1Returned, "POST", "/api/v1/returned", &json!({"query": query})).await;
        (answer.status, body(&answer))
    }

    pub async fn historic(&self, function: &str, sent: Value) -> (u16, Value) {
        let path = format!("/api/v1/historic/{function}");
        let answer = self.says(Door::V1Historic, "POST", &path, &sent).await;
        (answer.status, body(&answer))
    }

    /// What the same says of bytes that no JSON value would keep.
    pub async fn says_bytes(&self, path: &str, sent: &[u8]) -> Value {
        let at = self.shop.now() / 1_000;
        let request = self.web.v1_bytes(at, &nonce(), "POST", path, sent.to_vec());
        body(&self.shop.engine.merchant(Door::V1Historic, request).await)
    }

    /// Waits until it is so, while the clock runs on.
    pub async fn until(&self, what: &str, so: impl AsyncFn(&Cashier) -> bool) {
        let waiting = async {
            while !so(self).await {
                self.shop.pass(200);
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        if tokio::time::timeout(DEADLINE, waiting).await.is_err() {
            panic!("never happened: {what}");
        }
    }

    /// The customer has paid this at Alipay: says the next answer to a question about it.
    pub fn alipay_says_paid(&self, paying: &Value, ticket: &Value) {
        let due = ticket["due_fen"].as_i64().unwrap();
        let said = json!({"code": "10000", "msg": "Success", "out_trade_no": paying["out_trade_no"],
                          "trade_no": "2026112022001400000001", "trade_status": "TRADE_SUCCESS",
                          "total_amount": format!("{}.{:02}", due / 100, due % 100)});
        self.world.alipay.next("alipay.trade.query", Fate::Says(said));
    }

    /// Runs the clock until the ticket is paid and its program has been told.
    pub async fn is_told(&self, ticket: &Value) -> Value {
        self.until("the program is told", async |c| c.looks(ticket).await["delivered"] == true).await;
        self.looks(ticket).await
    }

    /// The power goes, and comes back.
    pub async fn reopen(self) -> Cashier {
        Cashier { shop: self.shop.reopen().await, ..self }
    }

    /// The trades of a ticket, as its people see them.
    pub async fn trades(&self, ticket: &Value) -> Vec<Value> {
        let orders = self.shop.orders().await;
        let order = orders.iter().find(|o| o["out_no"] == ticket["order_no"]).unwrap_or_else(|| panic!("{orders:?}"));
        self.shop.ticket(&order["ticket_id"]).await["trades"].as_array().unwrap().clone()
    }
}

/// What an address or an order string says.
pub fn fields(text: &str) -> std::collections::BTreeMap<String, String> {
    let query = text.split_once('?').map_or(text, |(_, query)| query);
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}
