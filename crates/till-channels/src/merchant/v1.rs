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
mod problem;
mod tell;
mod ticket;

use sha2::{Digest, Sha256};
use till_core::ticket::Status;

use super::sign::Signature;
use super::{Ask, Call, Done, Name, Once, Page, Proof, Reply, Said, Why};

pub use historic::{
    AppPackage, AppSign, AppSignature, DirectPay, Historic, HistoricAddress, HistoricAnswer, HistoricCall,
    HistoricForm, HistoricFunction, HistoricMade, HistoricMessage, HistoricNotice, HistoricPackage, HistoricReturn,
    HistoricSignature, HistoricToken, OldContract, Parameters, PassingKey, WapPay,
};
pub use pay::{Back, CameBack, Pay, Paying, SurfaceName, WechatVersion};
pub use problem::{Problem, ProblemCode, declined};
pub use tell::{callback, return_url};
pub use ticket::{NewTicket, Ticket, TicketCode, TicketList, TicketNotice, TicketState, ticket};

pub(super) use problem::refuse;

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

/// A program's clock may be off by this much, in seconds.
pub const WINDOW_S: i64 = 300;
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
        Verb::Create => ticket::create(call).map(|open| Ask::Open(Box::new(open))),
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
