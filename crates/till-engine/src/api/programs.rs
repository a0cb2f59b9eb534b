#![allow(missing_docs, reason = "plain records; every field is named in the words of the house and its unit")]

use serde::{Deserialize, Serialize};
use till_core::{Channel, Fen};

use super::{Drawing, Lang, Status};

/// The protocols a program may speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Protocol {
    /// V免签: `/createOrder` and its family.
    Vmq,
    /// GOGO支付 (seed 000).
    Gogo,
    /// 易支付: `/submit.php`, `/mapi.php`, `/api.php`.
    Epay,
    /// Lyn.Pay (seed 002): products with preset amounts, no signature.
    Lyn,
    /// Our own: `/api/v1/tickets`.
    V1,
}

/// A product with preset amounts (Lyn.Pay).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Product {
    pub name: String,
    /// Tried in this order; the first that nobody else is asked to pay is taken.
    pub amounts_fen: Vec<Fen>,
    /// Stands in for any product that has no free amount of its own.
    pub global: bool,
}

/// What the owner says about a program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ProgramSettings {
    /// 1–40 characters.
    pub name: String,
    /// Channels it may charge on; empty: all.
    pub channels: Vec<Channel>,
    /// Callbacks and return addresses must begin with one of these (`https://shop.example.com/`): same scheme, host and
    /// port, and a path below. Empty: it cannot be called back.
    pub callback_prefixes: Vec<String>,
    /// Where callbacks go when an order names no address; empty: nowhere.
    pub notify_url: String,
    /// Where customers return to when an order names no address; empty: nowhere.
    pub return_url: String,
    /// Callbacks may lead into this shop's own network although the prefix names a host by name. A prefix that spells out
    /// a private address (or `localhost`) allows that one address without this.
    pub private_callbacks: bool,
    /// Addresses (`192.168.1.20`, `192.168.1.0/24`) that may create orders without the token.
    pub trusted_addresses: Vec<String>,
    /// Anybody with a right signature may create orders, token or not. V免签's and GOGO's signatures can be shifted
    /// between fields; leave this off.
    pub open_creation: bool,
    /// How long its orders wait, in ms.
    pub ttl_ms: i64,
    /// Requests a minute.
    pub per_minute: u32,
    /// Lyn.Pay only.
    pub products: Vec<Product>,
}

impl Default for ProgramSettings {
    fn default() -> ProgramSettings {
        ProgramSettings {
            name: String::new(),
            channels: Vec::new(),
            callback_prefixes: Vec::new(),
            notify_url: String::new(),
            return_url: String::new(),
            private_callbacks: false,
            trusted_addresses: Vec::new(),
            open_creation: false,
            ttl_ms: 300_000,
            per_minute: 600,
            products: Vec::new(),
        }
    }
}

/// How a program stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum ProgramState {
    /// Never heard.
    New,
    /// Heard, and every callback is delivered or on its first tries.
    Fine,
    /// Callbacks fail.
    Trouble,
    /// Its secret is not on this computer (another computer's backup was restored): make a new one.
    NoSecret,
    /// Its key has ended.
    Revoked,
}

/// A program as the owner sees it. Never its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ProgramView {
    pub id: i64,
    pub protocol: Protocol,
    /// Its public name: App-Id, pid, key id.
    pub key_id: String,
    pub settings: ProgramSettings,
    pub state: ProgramState,
    pub created_at: i64,
    pub revoked_at: Option<i64>,
    pub last_used_at: Option<i64>,
    pub last_address: String,
    /// Orders of this business day.
    pub today: u32,
    /// Callbacks that wait or were given up.
    pub undelivered: u32,
}

/// Where secrets are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum SecretPlace {
    /// The operating system's keychain.
    Keychain,
    /// An encrypted file in the data directory, its key in another file beside it: whoever copies both can read them.
    File,
}

/// The programs page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Programs {
    /// Oldest first; revoked ones last.
    pub programs: Vec<ProgramView>,
    pub secrets: SecretPlace,
    /// `http://host:port` a program may call, best first; the public address of the settings before all.
    pub addresses: Vec<String>,
    /// Callbacks of all programs that wait or were given up.
    pub undelivered: u32,
}

/// A program's secret: the one time it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ProgramSecret {
    pub program: ProgramView,
    /// What signs: V免签's 通讯密钥, GOGO's App-Secret, epay's key, the HMAC key. Empty for Lyn.Pay, which signs nothing.
    pub secret: String,
    /// The API token that lets it create orders from another computer: as `Authorization: Bearer`, `X-Api-Token`, or in
    /// the path, `/t/{token}/createOrder`.
    pub token: String,
    /// The address to give to the program, with the token in it.
    pub address: String,
}

/// How a callback stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum DeliveryState {
    /// The next attempt has its time.
    Waiting,
    /// `success` came back.
    Delivered,
    /// All attempts failed.
    GivenUp,
}

/// How an attempt went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum AttemptOutcome {
    /// The answer was `success`.
    Delivered,
    /// Another answer.
    Answer,
    /// A redirect, which is never followed.
    Redirect,
    /// No answer in time.
    Timeout,
    /// No connection.
    Unreachable,
    /// The certificate is not to be trusted.
    Tls,
    /// The address is not allowed: outside the prefixes, or inside a network it may not reach.
    Forbidden,
    /// The address does not read as one.
    BadUrl,
    /// The secret to sign with is not on this computer.
    NoSecret,
}

/// One attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct AttemptView {
    pub nth: u32,
    pub at: i64,
    /// `till`, or who pressed "send again".
    pub actor: String,
    pub outcome: AttemptOutcome,
    /// HTTP status, if there was an answer.
    pub status: Option<u16>,
    pub duration_ms: u32,
    /// The first 1024 bytes of the answer, as text.
    pub answer: String,
    /// Why there was none.
    pub cause: String,
}

/// A callback and its attempts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct DeliveryView {
    pub state: DeliveryState,
    pub created_at: i64,
    pub next_at: Option<i64>,
    pub delivered_at: Option<i64>,
    /// Oldest first.
    pub attempts: Vec<AttemptView>,
}

/// A program's order as the owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct OrderView {
    /// Of the order and of its ticket.
    pub ticket_id: i64,
    pub number: u32,
    pub business_date: String,
    pub program_id: i64,
    pub program: String,
    pub order_no: String,
    /// The program's own number.
    pub out_no: String,
    pub title: String,
    pub price_fen: Fen,
    pub due_fen: Fen,
    pub status: Status,
    pub created_at: i64,
    pub shown_at: Option<i64>,
    pub paid_at: Option<i64>,
    /// `/pay/{token}`.
    pub checkout_path: String,
    pub notify_url: String,
    /// Null until it is paid, or when it has no address to be told at.
    pub delivery: Option<DeliveryView>,
}

/// Orders of programs, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct OrderPage {
    pub orders: Vec<OrderView>,
    /// Pass as `before_id` for the next page; null: there is none.
    pub next_before_id: Option<i64>,
}

/// What came of a test call: a signed sample callback, sent once, that is about no order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TestCall {
    pub url: String,
    pub attempt: AttemptView,
}

/// Where an order stands for its customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum CheckoutStatus {
    Waiting,
    Paid,
    /// Its time has run out.
    Expired,
    /// The shop or the program took it back.
    Closed,
}

/// A code on the checkout page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CheckoutCode {
    pub channel: Channel,
    /// The wallet fills in the amount itself.
    pub fixed_amount: bool,
    pub drawing: Drawing,
    /// Path of a PNG of it, to be saved.
    pub picture: String,
}

/// All that the checkout page knows. No secrets: whoever has the link may read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CheckoutState {
    pub shop_name: String,
    pub lang: Lang,
    pub practice: bool,
    /// The till's clock, so that the page can count down without its own being right.
    pub now: i64,
    /// What the customer may name to the shop: `20261120-041`.
    pub order: String,
    pub title: String,
    pub status: CheckoutStatus,
    pub price_fen: Fen,
    pub due_fen: Fen,
    /// Price less due.
    pub tail_fen: Fen,
    pub opened_at: i64,
    pub expires_at: i64,
    pub paid_at: Option<i64>,
    pub paid_channel: Option<Channel>,
    /// Empty unless it waits.
    pub codes: Vec<CheckoutCode>,
    /// Where the customer goes on: once paid with the protocol's signed fields, before that without. Null: nowhere.
    pub return_url: Option<String>,
}

/// What an order of a program says about its ticket, in lists of tickets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TicketProgram {
    pub program_id: i64,
    pub name: String,
    /// The counter screen shows it, and its payment may flood the till. Otherwise its customer is somewhere else: no
    /// flood, no chime, only a line.
    pub counter: bool,
}
