//! Stored orders as the protocols see them, and what they are told when money came.

use till_channels::merchant::{Code, Notice, Order, Signer, Stand, address, epay, gogo, v1, vmq};
use till_core::ticket::Status;
use till_core::{Channel, Fen};
use till_store::OrderRow;

use super::{MerchantRequest, NoCallback};
use crate::api::Protocol;
use crate::checkout;
use crate::ports::Outgoing;
use crate::programs::{self, Program};
use crate::state::State;

/// Where an order stands at a moment: its time may be over before anybody has swept.
pub(crate) fn stand(order: &OrderRow, now: i64) -> Stand {
    match order.status {
        Status::Open if now < order.expires_at => Stand::Waiting,
        Status::Open | Status::Expired => Stand::Expired,
        Status::Paid => Stand::Paid,
        Status::Cancelled => Stand::Closed,
    }
}

/// An order without what depends on the running till: places and local time.
fn bare(order: &OrderRow, now: i64) -> Order {
    let codes = order.offers.iter();
    Order {
        id: order.id,
        number: order.number,
        business_date: order.business_date.clone(),
        order_no: order.order_no.clone(),
        out_no: order.out_no.clone(),
        channel: order.channel,
        title: order.title.clone(),
        asked: order.asked.clone(),
        price: order.price,
        due: order.due,
        stand: stand(order, now),
        told: order.callback.as_ref().map(|c| c.delivered_at.is_some()),
        created_at: order.created_at,
        expires_at: order.expires_at,
        paid: order.paid,
        created_local: String::new(),
        paid_local: String::new(),
        refunded: order.refunded,
        codes: codes.map(|o| Code { channel: o.channel, payload: o.payload.clone(), fixed: o.fixed }).collect(),
        checkout_path: checkout::path(&order.token),
        checkout_url: String::new(),
        return_url: order.return_url.clone(),
    }
}

/// An order as a protocol answers with it. `base` is how this till is reached.
pub(super) fn order(state: &State, base: &str, row: &OrderRow) -> Order {
    let shop = state.shop();
    let local = |at: i64| {
        let at = jiff::Timestamp::from_millisecond(at).ok();
        at.map(|at| at.to_zoned(shop.zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()).unwrap_or_default()
    };
    let mut order = bare(row, state.now());
    order.created_local = local(row.created_at);
    order.paid_local = row.paid.map(|(at, _)| local(at)).unwrap_or_default();
    if !base.is_empty() {
        order.checkout_url = format!("{base}{}", order.checkout_path);
    }
    order
}

/// How customers reach this till: the settings' address; the one the program itself called; the first we listen on.
pub(super) fn base(state: &State, request: Option<&MerchantRequest>) -> String {
    let public = &state.shop().settings.public_url;
    if !public.is_empty() {
        return public.trim_end_matches('/').to_owned();
    }
    let plain = |host: &&str| {
        let ours = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']');
        !host.is_empty() && host.len() <= 255 && host.bytes().all(ours)
    };
    let host = request.and_then(|r| r.headers.iter().find(|(name, _)| name == "host"));
    match host.map(|(_, value)| value.as_str()).filter(plain) {
        Some(host) => format!("http://{host}"),
        None => programs::addresses(state).first().map(|a| a.trim_end_matches('/').to_owned()).unwrap_or_default(),
    }
}

/// What this program signs with.
pub(super) fn signer(program: &Program) -> Option<Signer<'_>> {
    let secret = program.secret.as_ref()?;
    Some(Signer { key_id: &program.key_id, key: &secret.key })
}

/// The program's own ticket as the v1 API shows it, as JSON text; none if it is another's.
pub(crate) async fn v1_ticket(state: &State, program_id: i64, ticket_id: i64) -> Option<String> {
    let row = state.store.order(till_store::OrderKey::Id(ticket_id)).await.ok()?;
    if row.program_id != program_id {
        return None;
    }
    serde_json::to_string(&v1::ticket(&order(state, &base(state, None), &row))).ok()
}

/// True if a program may name this address for callbacks or returns: it begins with one of its prefixes.
pub(crate) fn may_name(program: &Program, url: &str) -> bool {
    program.settings.callback_prefixes.iter().any(|prefix| address::is_inside(prefix, url))
}

/// A program's own network is open to it where the owner says so, or where a prefix spells the very place out.
fn private_ok(program: &Program, url: &str) -> bool {
    let spelt = |prefix: &&String| address::is_private(prefix) && address::is_inside(prefix, url);
    program.settings.private_callbacks || program.settings.callback_prefixes.iter().any(|p| spelt(&p))
}

fn send(
    program: &Program,
    url: &str,
    write: impl FnOnce(Signer<'_>) -> Option<Notice>,
) -> Result<Outgoing, NoCallback> {
    if address::parse(url).is_none() {
        return Err(NoCallback::BadUrl);
    }
    if !may_name(program, url) {
        return Err(NoCallback::Forbidden);
    }
    let notice = write(signer(program).ok_or(NoCallback::NoSecret)?).ok_or(NoCallback::BadUrl)?;
    let Notice { method, url: whole, headers, body } = notice;
    Ok(Outgoing { method, url: whole, headers, body, private_ok: private_ok(program, url) })
}

fn write(protocol: Protocol, order: &Order, signer: Signer<'_>, url: &str, at: i64) -> Option<Notice> {
    match protocol {
        Protocol::Vmq => vmq::callback(order, signer, url),
        Protocol::Gogo => gogo::callback(order, signer, url),
        Protocol::Epay => epay::callback(order, signer, url),
        Protocol::V1 => v1::callback(Some(order), signer, url, at),
        // It has none.
        Protocol::Lyn => None,
    }
}

/// The signed callback that tells a program of its paid order. `at` is the time of signing, as Unix ms.
pub(crate) fn callback(program: &Program, row: &OrderRow, at: i64) -> Result<Outgoing, NoCallback> {
    let order = bare(row, at);
    send(program, &row.notify_url, |signer| write(program.protocol, &order, signer, &row.notify_url, at))
}

/// A signed callback of the same shape about no order, to try an address with. Its number is no number that a merchant
/// gave: a merchant's program knows no such order.
pub(crate) fn sample_callback(program: &Program, url: &str, at: i64) -> Result<Outgoing, NoCallback> {
    let amount = Fen::new(1).unwrap_or_default();
    let sample = Order {
        id: 0,
        number: 0,
        business_date: String::new(),
        order_no: format!("test-{at}"),
        out_no: format!("qiantai-test-{at}"),
        channel: Some(Channel::Wechat),
        title: "test".into(),
        asked: r#"{"type":"1","name":"test"}"#.into(),
        price: amount,
        due: amount,
        stand: Stand::Paid,
        told: Some(false),
        created_at: at,
        expires_at: at,
        paid: Some((at, Channel::Wechat)),
        created_local: String::new(),
        paid_local: String::new(),
        refunded: Fen::ZERO,
        codes: Vec::new(),
        checkout_path: String::new(),
        checkout_url: String::new(),
        return_url: String::new(),
    };
    send(program, url, |signer| match program.protocol {
        Protocol::V1 => v1::callback(None, signer, url, at),
        other => write(other, &sample, signer, url, at),
    })
}

/// Where an order's customer goes on: once paid with the protocol's signed fields, before that as the program gave it.
pub(crate) fn return_url(program: &Program, row: &OrderRow, at: i64) -> Option<String> {
    if row.return_url.is_empty() || !may_name(program, &row.return_url) {
        return None;
    }
    let order = bare(row, at);
    let signer = signer(program).filter(|_| order.stand == Stand::Paid);
    Some(match (signer, program.protocol) {
        (Some(signer), Protocol::Vmq) => vmq::return_url(&order, signer),
        (Some(signer), Protocol::Gogo) => gogo::return_url(&order, signer),
        (Some(signer), Protocol::Epay) => epay::return_url(&order, signer),
        (Some(signer), Protocol::V1) => v1::return_url(&order, signer, at),
        _ => row.return_url.clone(),
    })
}
