use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use till_core::Channel;
use till_engine::api::{
    ApiError, CheckoutState, CheckoutStatus, Code, DisplayPhase, DisplayState, Event, Lang, Request, Settings,
    TicketView,
};
use till_engine::merchant::{MerchantAnswer, MerchantDoor, MerchantRequest};
use till_engine::phone::{Door, PhoneAnswer, PhoneRequest};
use till_engine::{Listening, NoticeAnswer, RawNotice};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::broadcast;
use tokio::time::timeout;

use crate::till::{Soon, Till};
use crate::{Assets, Limits, Listener, start_with};

pub const CONTROL_TOKEN: &str = "control-0123456789";
pub const DISPLAY_TOKEN: &str = "display-0123456789";

pub struct Fake {
    pub answer: Mutex<PhoneAnswer>,
    pub answer_after: Mutex<Duration>,
    pub seen: Mutex<Vec<(Door, PhoneRequest)>>,
    /// What programs are answered.
    pub merchant_answer: Mutex<MerchantAnswer>,
    pub merchants_seen: Mutex<Vec<(MerchantDoor, MerchantRequest)>>,
    /// Who listens; nobody: the stream is refused with `merchant_answer`.
    pub listens: Mutex<Option<i64>>,
    /// What providers are answered.
    pub notice_answer: Mutex<NoticeAnswer>,
    pub notices_seen: Mutex<Vec<(Channel, RawNotice, String)>>,
    /// Checkout pages, by token.
    pub pages: Mutex<HashMap<String, (i64, CheckoutState)>>,
    /// How many times a page was asked for.
    pub pages_asked: AtomicUsize,
    pub calls: Mutex<Vec<(String, Request)>>,
    pub refused: Mutex<Vec<(String, String, String)>>,
    pub display_token: Mutex<String>,
    pub shop_name: Mutex<String>,
    pub settings: Mutex<Settings>,
    pub wide: AtomicBool,
    pub listening: Mutex<Vec<Listening>>,
    pub events: broadcast::Sender<Event>,
}

impl Fake {
    pub fn new() -> Arc<Fake> {
        Arc::new(Fake {
            answer: Mutex::new(PhoneAnswer::Accepted { repeat: false }),
            answer_after: Mutex::default(),
            seen: Mutex::default(),
            merchant_answer: Mutex::new(json_answer(200, r#"{"code":1,"msg":"成功","data":null}"#)),
            merchants_seen: Mutex::default(),
            listens: Mutex::default(),
            notice_answer: Mutex::new(NoticeAnswer {
                status: 200,
                content_type: "text/plain",
                body: b"success".to_vec(),
            }),
            notices_seen: Mutex::default(),
            pages: Mutex::default(),
            pages_asked: AtomicUsize::new(0),
            calls: Mutex::default(),
            refused: Mutex::default(),
            display_token: Mutex::new(DISPLAY_TOKEN.into()),
            shop_name: Mutex::new("小卖部".into()),
            settings: Mutex::default(),
            wide: AtomicBool::new(false),
            listening: Mutex::default(),
            events: broadcast::channel(4).0,
        })
    }

    pub fn state(&self) -> DisplayState {
        DisplayState {
            shop_name: self.shop_name.lock().unwrap().clone(),
            lang: Lang::Zh,
            light: false,
            practice: false,
            sandbox: false,
            now: 0,
            phase: DisplayPhase::Idle {},
        }
    }

    /// A page whose order waits; its token.
    pub fn page(&self, ticket_id: i64) -> String {
        let token = format!("{ticket_id:032x}");
        self.pages.lock().unwrap().insert(token.clone(), (ticket_id, page(ticket_id)));
        token
    }

    /// The order behind a token is paid; the event says so.
    pub fn pay(&self, token: &str) {
        let id = {
            let mut pages = self.pages.lock().unwrap();
            let (id, state) = pages.get_mut(token).unwrap();
            state.status = CheckoutStatus::Paid;
            state.codes.clear();
            *id
        };
        self.events.send(Event::TicketPaid { ticket: ticket(id, "paid", None) }).unwrap();
    }

    pub fn causes(&self) -> Vec<(String, String)> {
        self.refused.lock().unwrap().iter().map(|(_, path, cause)| (path.clone(), cause.clone())).collect()
    }

    pub fn last_listening(&self) -> Listening {
        self.listening.lock().unwrap().last().cloned().unwrap_or_default()
    }

    /// Waits until the engine has been told of this cause.
    pub async fn told(&self, path: &str, cause: &str) {
        let wanted = (path.to_owned(), cause.to_owned());
        until(|| self.causes().contains(&wanted), || format!("{wanted:?} not in {:?}", self.causes())).await;
    }
}

pub fn json_answer(status: u16, body: &str) -> MerchantAnswer {
    MerchantAnswer { status, content_type: "application/json; charset=utf-8", location: None, body: body.into() }
}

fn page(ticket_id: i64) -> CheckoutState {
    // As large as a page with two codes: what is sent a thousand times must be.
    let drawing = json!({"size": 37, "path": "M4 4h7v1h-7z".repeat(600)});
    let code = json!({"channel": "wechat", "fixed_amount": false, "drawing": drawing, "picture": "/pay/x/code/0.png"});
    serde_json::from_value(json!({
        "shop_name": "小卖部", "lang": "zh-CN", "practice": false, "now": 1, "order": format!("20261120-{ticket_id:03}"),
        "title": "", "status": "waiting", "price_fen": 100, "due_fen": 99, "tail_fen": 1, "opened_at": 0,
        "expires_at": 300_000, "paid_at": null, "paid_channel": null, "codes": [code, code], "return_url": null,
    }))
    .unwrap()
}

/// A ticket as events carry it.
pub fn ticket(id: i64, status: &str, program_id: Option<i64>) -> TicketView {
    let program = program_id.map(|id| json!({"program_id": id, "name": "网店", "counter": false}));
    serde_json::from_value(json!({
        "id": id, "number": 1, "business_date": "2026-11-20", "tag": "fox", "status": status, "exception": "none",
        "lines": [], "note": "", "gross_fen": 100, "discount_fen": 0, "rounding_fen": 0, "tail_fen": 1, "due_fen": 99,
        "opened_at": 0, "expires_at": 300_000, "now": 1, "paid_at": null, "payments": [], "refunds": [],
        "refunded_fen": 0, "tendered_fen": null, "change_fen": null, "codes": [], "shown": false,
        "proposed_item_id": null, "moves": [], "trades": [], "program": program,
    }))
    .unwrap()
}

/// Waits for a condition, at most five seconds.
pub async fn until(condition: impl Fn() -> bool, otherwise: impl Fn() -> String) {
    for _ in 0..500 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{}", otherwise());
}

impl Till for Fake {
    fn phone(&self, door: Door, request: PhoneRequest) -> Soon<'_, PhoneAnswer> {
        Box::pin(async move {
            let wait = *self.answer_after.lock().unwrap();
            if !wait.is_zero() {
                tokio::time::sleep(wait).await;
            }
            self.seen.lock().unwrap().push((door, request));
            self.answer.lock().unwrap().clone()
        })
    }

    fn call<'a>(&'a self, actor: &'a str, request: Request) -> Soon<'a, Result<Value, ApiError>> {
        Box::pin(async move {
            let answer = match request {
                Request::Ticket { .. } => Err(ApiError::new(Code::NotFound, "没有这张单")),
                _ => Ok(json!({"version": "0.1.0"})),
            };
            self.calls.lock().unwrap().push((actor.into(), request));
            answer
        })
    }

    fn merchant(&self, door: MerchantDoor, request: MerchantRequest) -> Soon<'_, MerchantAnswer> {
        Box::pin(async move {
            let wait = *self.answer_after.lock().unwrap();
            if !wait.is_zero() {
                tokio::time::sleep(wait).await;
            }
            self.merchants_seen.lock().unwrap().push((door, request));
            self.merchant_answer.lock().unwrap().clone()
        })
    }

    fn merchant_listens(&self, request: MerchantRequest) -> Soon<'_, Result<i64, MerchantAnswer>> {
        Box::pin(async move {
            let after = *self.answer_after.lock().unwrap();
            tokio::time::sleep(after).await;
            self.merchants_seen.lock().unwrap().push((MerchantDoor::V1List, request));
            match *self.listens.lock().unwrap() {
                Some(program_id) => Ok(program_id),
                None => Err(self.merchant_answer.lock().unwrap().clone()),
            }
        })
    }

    fn merchant_ticket(&self, program_id: i64, ticket_id: i64) -> Soon<'_, Option<String>> {
        // Odd tickets are program 1's, even ones program 2's.
        Box::pin(async move { (ticket_id % 2 == program_id % 2).then(|| format!(r#"{{"id":"{ticket_id}"}}"#)) })
    }

    fn notice(&self, provider: Channel, notice: RawNotice, address: String) -> Soon<'_, NoticeAnswer> {
        Box::pin(async move {
            let wait = *self.answer_after.lock().unwrap();
            if !wait.is_zero() {
                tokio::time::sleep(wait).await;
            }
            self.notices_seen.lock().unwrap().push((provider, notice, address));
            self.notice_answer.lock().unwrap().clone()
        })
    }

    fn checkout<'a>(&'a self, token: &'a str) -> Soon<'a, Option<(i64, CheckoutState)>> {
        self.pages_asked.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move { self.pages.lock().unwrap().get(token).cloned() })
    }

    fn checkout_path<'a>(&'a self, order_no: &'a str) -> Soon<'a, Option<String>> {
        Box::pin(async move { (order_no == "20261120001").then(|| format!("/pay/{:032x}", 1)) })
    }

    fn checkout_picture<'a>(&'a self, token: &'a str, place: usize) -> Soon<'a, Option<Vec<u8>>> {
        let known = self.pages.lock().unwrap().contains_key(token) && place < 2;
        Box::pin(async move { known.then(|| b"\x89PNG".to_vec()) })
    }

    fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    fn display(&self) -> Soon<'_, Result<DisplayState, ApiError>> {
        Box::pin(async { Ok(self.state()) })
    }

    fn display_token_is<'a>(&'a self, token: &'a str) -> Soon<'a, bool> {
        Box::pin(async move { *self.display_token.lock().unwrap() == token })
    }

    fn refused<'a>(&'a self, address: &'a str, path: &'a str, cause: &'a str) -> Soon<'a, ()> {
        Box::pin(async move { self.refused.lock().unwrap().push((address.into(), path.into(), cause.into())) })
    }

    fn may_listen_wide(&self) -> Soon<'_, bool> {
        Box::pin(async { self.wide.load(Ordering::SeqCst) })
    }

    fn settings(&self) -> Soon<'_, Settings> {
        Box::pin(async { self.settings.lock().unwrap().clone() })
    }

    fn set_listening(&self, state: Listening) -> Soon<'_, ()> {
        Box::pin(async move { self.listening.lock().unwrap().push(state) })
    }
}

pub struct Bundle;

impl Assets for Bundle {
    fn get(&self, path: &str) -> Option<(Vec<u8>, String)> {
        let text = match path {
            "index.html" => "<!doctype html><script type=module src=/assets/app-1a2b.js></script>",
            "checkout.html" => "<!doctype html><script type=module src=/assets/pay-1a2b.js></script>",
            "assets/app-1a2b.js" => "console.log('till')",
            "favicon.svg" => "<svg/>",
            // What a careless reader of the file system might give away.
            "assets/../secret.txt" | "secret" | "../secret.txt" => "SECRET",
            _ => return None,
        };
        Some((text.into(), "application/octet-stream".into()))
    }
}

/// A port on 127.0.0.1 with a free number.
pub async fn open(fake: &Arc<Fake>, limits: Limits) -> (Listener, SocketAddr) {
    let bind = Some("127.0.0.1:0".parse().unwrap());
    let listener = start_with(fake.clone(), Arc::new(Bundle), bind, CONTROL_TOKEN.into(), limits).await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// A port on this computer's own LAN address, if it has one. A connection to it comes from that address, not from
/// loopback.
pub async fn open_lan(fake: &Arc<Fake>, limits: Limits) -> Option<(Listener, SocketAddr)> {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").unwrap();
    socket.connect("192.0.2.1:9").ok()?;
    let bind = Some((socket.local_addr().unwrap().ip(), 0).into());
    let listener = start_with(fake.clone(), Arc::new(Bundle), bind, CONTROL_TOKEN.into(), limits).await.unwrap();
    let address = listener.local_addr()?;
    Some((listener, address))
}

/// A reply, taken apart.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Reply {
    pub fn parse(bytes: &[u8]) -> Reply {
        let text = String::from_utf8_lossy(bytes);
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no reply: {text:?}"));
        let status = head.get(9..12).and_then(|code| code.parse().ok()).unwrap_or_else(|| panic!("no status: {head}"));
        Reply { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.body))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

/// Sends one request and reads to the end of the connection. `head` is the request line and headers without the
/// last empty line; Host, Connection and Content-Length are added.
pub async fn ask(address: SocketAddr, head: &str, body: &[u8]) -> Reply {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let (line, headers) = head.split_once("\r\n").unwrap_or((head, ""));
    let host = if headers.contains("host:") { String::new() } else { format!("host: {address}\r\n") };
    let headers = if headers.is_empty() { String::new() } else { format!("{headers}\r\n") };
    let length = if body.is_empty() { String::new() } else { format!("content-length: {}\r\n", body.len()) };
    let request = format!("{line} HTTP/1.1\r\n{host}{headers}{length}connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    // The port may answer and close before it has read a body it refuses.
    let _ = stream.write_all(body).await;
    Reply::parse(&read_all(&mut stream).await)
}

pub async fn read_all(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        match timeout(Duration::from_secs(10), stream.read(&mut chunk)).await.expect("the port is silent") {
            Ok(0) => return bytes,
            Ok(n) => bytes.extend_from_slice(&chunk[..n]),
            Err(error) if bytes.is_empty() => panic!("{error}"),
            Err(_) => return bytes,
        }
    }
}

/// Reads until the text contains `wanted`.
pub async fn read_until(stream: &mut TcpStream, wanted: &str) -> String {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let n = timeout(Duration::from_secs(5), stream.read(&mut chunk)).await.expect("the port is silent").unwrap();
        bytes.extend_from_slice(&chunk[..n]);
        let text = String::from_utf8_lossy(&bytes);
        if text.contains(wanted) {
            return text.into_owned();
        }
        assert!(n > 0, "the connection ended with {text:?}, without {wanted:?}");
    }
}
