//! Our own protocol: JSON, signed with HMAC-SHA256 over six lines.
//!
//! ```text
//! QIANTAI-HMAC-SHA256-V1
//! POST
//! /api/v1/tickets?a=b          path and query as sent, without `?` where there is no query
//! 1795154400                   X-Qiantai-Timestamp, Unix seconds, at most 300 s off
//! 5f0c9d3e-7a41                X-Qiantai-Nonce, 8 to 64 of A-Z a-z 0-9 - _, once per key
//! e3b0c442…                    SHA-256 of the body, hex
//! ```
//!
//! `X-Qiantai-Key` names the program, `X-Qiantai-Signature` is `v1=` and the hex of the HMAC. Callbacks carry the same
//! headers, signed with the same key over their own method, path and body.

mod historic;
mod pay;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use till_core::Channel;
use till_core::ticket::Status;
use utoipa::ToSchema;

use super::sign::{Signature, digest, hmac_hex};
use super::{
    Ask, Asked, Call, Done, Guard, Money, Name, Notice, Number, Once, Open, Order, Page, Proof, Repeat, Reply, Said,
    Signer, Stand, Why, address, fits, price,
};
use crate::gateway::Refusal;

pub use historic::{
    AppPackage, AppSign, AppSignature, DirectPay, Historic, HistoricAddress, HistoricAnswer, HistoricCall,
    HistoricForm, HistoricFunction, HistoricMade, HistoricMessage, HistoricNotice, HistoricPackage, HistoricReturn,
    HistoricSignature, HistoricToken, OldContract, Parameters, PassingKey, WapPay,
};
pub use pay::{Back, CameBack, Pay, Paying, SurfaceName, WechatVersion};

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// `POST /api/v1/tickets`.
    Create,
    /// `GET /api/v1/tickets`.
    List,
    /// `GET /api/v1/tickets/{id}`.
    Get,
    /// `POST /api/v1/tickets/{id}/cancel`.
    Cancel,
    /// `POST /api/v1/tickets/{id}/pay`.
    Pay,
    /// `POST /api/v1/returned`.
    Returned,
    /// `POST /api/v1/historic/{function}`.
    Historic,
    /// `GET /api/v1/events`.
    Listen,
}

/// A ticket to be opened. Needs an `Idempotency-Key` header: the same key with the same body answers with the same
/// ticket again, with another body it is refused (409).
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTicket {
    /// What is asked, in fen; 1 to 9999999999. The due amount may differ by a few fen, see `due_fen`.
    #[schema(minimum = 1, maximum = 9_999_999_999_i64, example = 1990)]
    pub price_fen: i64,
    /// Your number for it, 1 to 64 characters; never used twice.
    #[schema(example = "A-20261120-7")]
    pub order_no: String,
    /// What it is for, up to 100 characters; the customer reads it.
    #[serde(default)]
    pub title: String,
    /// Channels to choose from (`wechat`, `alipay`, `unionpay`, `ecny`, `bank`); empty: all that the key may use.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub channels: Vec<Channel>,
    /// Where `ticket.paid` is sent; empty: where the program's settings say. Within its prefixes.
    #[serde(default)]
    pub notify_url: String,
    /// Where the customer goes on; empty: where the program's settings say. Within its prefixes.
    #[serde(default)]
    pub return_url: String,
    /// How long it waits, in seconds; 60 to 7200. Without it as the program's settings say.
    #[serde(default)]
    #[schema(minimum = 60, maximum = 7200)]
    pub expires_in_s: Option<i64>,
    /// Your own text, up to 500 characters; comes back with the ticket, shown to nobody.
    #[serde(default)]
    pub note: String,
    /// True: the counter screen shows its codes as well.
    #[serde(default)]
    pub counter: bool,
}

/// Where a ticket stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TicketState {
    /// Waits for its money.
    Open,
    /// Paid.
    Paid,
    /// Its time has run out.
    Expired,
    /// Taken back.
    Cancelled,
}

/// A code that takes the due amount.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TicketCode {
    /// `wechat`, `alipay`, `unionpay`, `ecny` or `bank`.
    #[schema(value_type = String)]
    pub channel: Channel,
    /// What the QR code says.
    pub payload: String,
    /// The wallet fills in the amount itself; otherwise the customer types `due_fen`.
    pub fixed_amount: bool,
}

/// A ticket.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Ticket {
    /// `t_` and 32 hex digits.
    pub id: String,
    /// Your number for it.
    pub order_no: String,
    /// Where it stands.
    pub state: TicketState,
    /// As asked, in fen.
    pub price_fen: i64,
    /// What the customer pays, in fen: the amount that tells this ticket from every other.
    pub due_fen: i64,
    /// `price_fen − due_fen`.
    pub tail_fen: i64,
    /// Given back, in fen.
    pub refunded_fen: i64,
    /// What it is for.
    pub title: String,
    /// Your own text.
    pub note: String,
    /// The shop's number for it: `20261120-041`.
    pub shop_no: String,
    /// Unix ms.
    pub created_at_ms: i64,
    /// Unix ms.
    pub expires_at_ms: i64,
    /// Unix ms; null until it is paid.
    pub paid_at_ms: Option<i64>,
    /// Null until it is paid.
    #[schema(value_type = Option<String>)]
    pub paid_channel: Option<Channel>,
    /// Whether `ticket.paid` has arrived; null until it is paid, or where there is nobody to tell.
    pub delivered: Option<bool>,
    /// Empty unless it is open.
    pub codes: Vec<TicketCode>,
    /// Path of its checkout page.
    pub checkout_path: String,
    /// Its checkout page; null in callbacks.
    pub checkout_url: Option<String>,
}

/// Tickets, newest first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TicketList {
    /// At most `limit`.
    pub tickets: Vec<Ticket>,
    /// Pass as `cursor` for the next page; null: there is none.
    pub next_cursor: Option<String>,
}

/// What is sent to `notify_url`. Answer `success`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TicketNotice {
    /// `ticket.paid`; `test` when the shop tries an address, with no ticket.
    #[schema(example = "ticket.paid")]
    pub event: String,
    /// The ticket.
    pub ticket: Option<Ticket>,
}

/// What a caller can act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProblemCode {
    /// 400: a field is missing or wrong; `details.field` names it where one is to blame.
    Invalid,
    /// 401: key, signature, time or nonce.
    Unauthorized,
    /// 403: not for this key (channel, address).
    Forbidden,
    /// 404.
    NotFound,
    /// 409: used before, paid, or over.
    Conflict,
    /// 409: every amount near the price is taken; try again in a minute.
    PoolExhausted,
    /// 409: no receiving code takes this amount.
    NoCode,
    /// 409: no contract with this provider that has the keys for it.
    NoContract,
    /// 409: the provider was asked and refused; `details` has its `provider_code` and `provider_message`.
    Refused,
    /// 400: not signed by the provider it should be from. It proves nothing.
    NotAuthentic,
    /// 429.
    TooFast,
    /// 503: nothing was changed; try again.
    Unavailable,
}

/// Why something was not done.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// What to act on.
    pub code: ProblemCode,
    /// For people, in the shop's language.
    pub message: String,
    /// Named values.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub details: Option<serde_json::Value>,
}

/// A program's clock may be off by this much, in seconds.
pub const WINDOW_S: i64 = 300;
const LONGEST_NUMBER: usize = 64;
const LONGEST_TITLE: usize = 100;
const LONGEST_NOTE: usize = 500;
const LONGEST_KEY: usize = 128;
const MOST_LISTED: u32 = 100;

/// The text that is signed.
pub fn canonical(method: &str, path: &str, query: &str, ts: &str, nonce: &str, body: &[u8]) -> String {
    let hash = hex::encode(Sha256::digest(body));
    let target = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
    format!("QIANTAI-HMAC-SHA256-V1\n{method}\n{target}\n{ts}\n{nonce}\n{hash}")
}

pub(super) fn read(verb: Verb, call: &Call<'_>) -> Result<Said, Why> {
    let header = |name: &str| call.header(name).ok_or(Why::BadSignature);
    let (key_id, ts) = (header("x-qiantai-key")?, header("x-qiantai-timestamp")?);
    let (nonce, sign) = (header("x-qiantai-nonce")?, header("x-qiantai-signature")?);
    let sign = sign.strip_prefix("v1=").ok_or(Why::BadSignature)?.to_owned();
    let digits = ts.len() == 10 && ts.bytes().all(|b| b.is_ascii_digit());
    let at_s = ts.parse().ok().filter(|_| digits).ok_or(Why::Clock)?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    if !(8..=64).contains(&nonce.len()) || !nonce.bytes().all(plain) {
        return Err(Why::Field("X-Qiantai-Nonce"));
    }
    let text = canonical(call.method, call.path, call.query, ts, nonce, call.body);
    let proof = Proof::Signed { key_id: Some(key_id.to_owned()), how: Signature::Hmac { text, sign } };
    let ask = ask(verb, call).unwrap_or_else(Ask::Bad);
    Ok(Said { proof, ask, once: Some(Once { at_s, nonce: nonce.to_owned() }) })
}

fn ask(verb: Verb, call: &Call<'_>) -> Result<Ask, Why> {
    match verb {
        Verb::Create => create(call).map(|open| Ask::Open(Box::new(open))),
        Verb::List => page(call.query).map(Ask::List),
        Verb::Get => Ok(Ask::Show(id(call.path.rsplit('/').next())?)),
        Verb::Cancel => Ok(Ask::Close { name: id(call.path.rsplit('/').nth(1))?, again: true }),
        Verb::Pay => {
            let name = id(call.path.rsplit('/').nth(1))?;
            Ok(Ask::Pay { name, pay: Box::new(pay::read(call.body)?) })
        }
        Verb::Returned => pay::came_back(call.body).map(Ask::Returned),
        Verb::Historic => {
            let asked = historic::read(call.path.rsplit('/').next(), call.body)?;
            Ok(Ask::Historic(Box::new(asked)))
        }
        Verb::Listen => Ok(Ask::Listen),
    }
}

fn id(text: Option<&str>) -> Result<Name, Why> {
    let hex =
        |id: &&str| id.strip_prefix("t_").is_some_and(|h| h.len() == 32 && h.bytes().all(|b| b.is_ascii_hexdigit()));
    text.filter(hex).map(|id| Name::OrderNo(id.to_owned())).ok_or(Why::NotFound)
}

fn page(query: &str) -> Result<Page, Why> {
    let mut page = Page { limit: 50, ..Page::default() };
    for pair in query.split('&').filter(|p| !p.is_empty()) {
        match pair.split_once('=').unwrap_or((pair, "")) {
            ("status", "open") => page.status = Some(Status::Open),
            ("status", "paid") => page.status = Some(Status::Paid),
            ("status", "expired") => page.status = Some(Status::Expired),
            ("status", "cancelled") => page.status = Some(Status::Cancelled),
            ("limit", n) => {
                page.limit = n.parse().ok().filter(|n| (1..=MOST_LISTED).contains(n)).ok_or(Why::Field("limit"))?;
            }
            ("cursor", id) => page.before_id = Some(id.parse().map_err(|_| Why::Field("cursor"))?),
            ("status", _) => return Err(Why::Field("status")),
            _ => return Err(Why::Field("query")),
        }
    }
    Ok(page)
}

fn create(call: &Call<'_>) -> Result<Open, Why> {
    let idem_key = call.header("idempotency-key").unwrap_or_default();
    if !(1..=LONGEST_KEY).contains(&idem_key.len()) || !idem_key.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Why::Field("Idempotency-Key"));
    }
    let new: NewTicket = serde_json::from_slice(call.body).map_err(|_| Why::NotFields)?;
    let bad = |wrong: bool, field: &'static str| if wrong { Err(Why::Field(field)) } else { Ok(()) };
    let price = price::fen(new.price_fen).ok_or(Why::Field("price_fen"))?;
    bad(new.order_no.is_empty() || !fits(&new.order_no, LONGEST_NUMBER, false), "order_no")?;
    bad(!fits(&new.title, LONGEST_TITLE, false), "title")?;
    bad(!fits(&new.note, LONGEST_NOTE, true), "note")?;
    bad(new.channels.contains(&Channel::Cash), "channels")?;
    bad(new.expires_in_s.is_some_and(|s| !(60..=7_200).contains(&s)), "expires_in_s")?;
    let text = String::from_utf8_lossy(call.body);
    Ok(Open {
        channel: if let [only] = new.channels[..] { Some(only) } else { None },
        out_no: Some(new.order_no),
        money: Money::Asked(price),
        channels: new.channels,
        title: new.title,
        notify_url: new.notify_url,
        return_url: new.return_url,
        silent: false,
        buyer: None,
        asked: Asked::keep(&[("note", &new.note)]),
        counter: new.counter,
        page: false,
        ttl_ms: new.expires_in_s.map(|s| s * 1_000),
        idem_key: Some(idem_key.to_owned()),
        digest: digest(&[&text]),
        repeat: Repeat::SameWords,
        guard: Guard::Signature,
        number: Number::Hex,
    })
}

/// A ticket in the words of this protocol.
pub fn ticket(order: &Order) -> Ticket {
    let open = order.stand == Stand::Waiting;
    let code = |c: &super::Code| TicketCode { channel: c.channel, payload: c.payload.clone(), fixed_amount: c.fixed };
    Ticket {
        id: order.order_no.clone(),
        order_no: order.out_no.clone(),
        state: match order.stand {
            Stand::Waiting => TicketState::Open,
            Stand::Paid => TicketState::Paid,
            Stand::Expired => TicketState::Expired,
            Stand::Closed => TicketState::Cancelled,
        },
        price_fen: order.price.get(),
        due_fen: order.due.get(),
        tail_fen: order.price.get() - order.due.get(),
        refunded_fen: order.refunded.get(),
        title: order.title.clone(),
        note: order.asked().get("note").to_owned(),
        shop_no: format!("{}-{:03}", order.business_date.replace('-', ""), order.number),
        created_at_ms: order.created_at,
        expires_at_ms: order.expires_at,
        paid_at_ms: order.paid.map(|(at, _)| at),
        paid_channel: order.paid.map(|(_, channel)| channel),
        delivered: order.told.filter(|_| order.stand == Stand::Paid),
        codes: if open { order.codes.iter().map(code).collect() } else { Vec::new() },
        checkout_path: order.checkout_path.clone(),
        checkout_url: Some(order.checkout_url.clone()).filter(|url| !url.is_empty()),
    }
}

pub(super) fn answer(verb: Verb, done: &Done<'_>) -> Reply {
    match done {
        Done::Opened { order, .. } => Reply::json(201, &ticket(order)),
        Done::Shown(order, _) | Done::Checked(order, _) | Done::Closed(order) => Reply::json(200, &ticket(order)),
        Done::Listed(orders, next) => {
            let tickets = orders.iter().map(ticket).collect();
            Reply::json(200, &TicketList { tickets, next_cursor: next.map(|id| id.to_string()) })
        }
        Done::Paying(paying) => Reply::json(200, paying),
        Done::Back(back) => Reply::json(200, back),
        Done::Historic(answer) => Reply::json(200, answer),
        // Nothing else is asked in this protocol.
        _ => Reply::json(200, &serde_json::json!({ "verb": format!("{verb:?}") })),
    }
}

pub(super) fn refuse(why: Why, message: &str) -> Reply {
    let (status, code) = match why {
        Why::Own(_) | Why::Field(_) | Why::Twice | Why::NotFields | Why::NoProduct => (400, ProblemCode::Invalid),
        Why::BadSignature | Why::Clock | Why::Replayed | Why::Revoked | Why::NoSecret => {
            (401, ProblemCode::Unauthorized)
        }
        Why::Shifted | Why::NeedsToken | Why::Channel | Why::NotifyUrl | Why::ReturnUrl => {
            (403, ProblemCode::Forbidden)
        }
        Why::NotFound => (404, ProblemCode::NotFound),
        Why::Exists | Why::OtherWords | Why::Paid | Why::Over | Why::Bought => (409, ProblemCode::Conflict),
        Why::Exhausted => (409, ProblemCode::PoolExhausted),
        Why::NoCode => (409, ProblemCode::NoCode),
        Why::NoContract | Why::NoKeys(_) => (409, ProblemCode::NoContract),
        Why::NotAuthentic(_) => (400, ProblemCode::NotAuthentic),
        Why::TooFast => (429, ProblemCode::TooFast),
        Why::Silent | Why::Unavailable => (503, ProblemCode::Unavailable),
    };
    let field = match why {
        Why::Field(field) | Why::NoKeys(field) => Some(field),
        Why::Channel => Some("channels"),
        Why::NotifyUrl => Some("notify_url"),
        Why::ReturnUrl => Some("return_url"),
        _ => None,
    };
    let details = field.map(|field| serde_json::json!({ "field": field }));
    Reply::json(status, &Problem { code, message: message.to_owned(), details })
}

/// The provider was asked, and refused.
pub fn declined(refusal: &Refusal, message: &str) -> Reply {
    let details = serde_json::json!({ "provider_code": refusal.code, "provider_message": refusal.message });
    let problem = Problem { code: ProblemCode::Refused, message: message.to_owned(), details: Some(details) };
    Reply::json(409, &problem)
}

/// Where the customer goes on once it is paid: `ticket`, `order_no`, `state`, `timestamp` (Unix s) and `signature`, the
/// HMAC of `QIANTAI-RETURN-V1` and those four, a line each.
pub fn return_url(order: &Order, signer: Signer<'_>, at: i64) -> String {
    let ts = (at / 1_000).to_string();
    let text = format!("QIANTAI-RETURN-V1\n{}\n{}\npaid\n{ts}", order.order_no, order.out_no);
    let query = address::query(&[
        ("ticket", &order.order_no),
        ("order_no", &order.out_no),
        ("state", "paid"),
        ("timestamp", &ts),
        ("signature", &hmac_hex(signer.key, &text)),
    ]);
    address::join(&order.return_url, &query)
}

/// The callback: a POST, signed as requests are.
pub fn callback(order: Option<&Order>, signer: Signer<'_>, url: &str, at: i64) -> Option<Notice> {
    let event = if order.is_some() { "ticket.paid" } else { "test" };
    let notice = TicketNotice { event: event.to_owned(), ticket: order.map(ticket) };
    let body = serde_json::to_vec(&notice).ok()?;
    let url = address::callback(url, "")?;
    let parsed = address::parse(&url)?;
    let ts = (at / 1_000).to_string();
    let mark = digest(&[order.map_or("test", |o| &o.order_no), &at.to_string()]);
    let nonce = hex::encode(mark.get(..16).unwrap_or_default());
    let text = canonical("POST", parsed.path(), parsed.query().unwrap_or_default(), &ts, &nonce, &body);
    let headers = [
        ("Content-Type", "application/json".to_owned()),
        ("X-Qiantai-Key", signer.key_id.to_owned()),
        ("X-Qiantai-Timestamp", ts),
        ("X-Qiantai-Nonce", nonce),
        ("X-Qiantai-Signature", format!("v1={}", hmac_hex(signer.key, &text))),
    ];
    let headers = headers.into_iter().map(|(n, v)| (n.to_owned(), v)).collect();
    Some(Notice { method: "POST", url, headers, body })
}
