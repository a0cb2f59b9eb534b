//! What a program hears once a ticket is paid: the callback, and the customer who goes on.

use super::super::sign::{digest, hmac_hex};
use super::super::{Notice, Order, Signer, address};
use super::canonical;
use super::ticket::{TicketNotice, ticket};

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
