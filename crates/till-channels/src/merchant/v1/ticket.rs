//! A ticket: how a program asks for one, and how it is told of it.

use serde::{Deserialize, Serialize};
use till_core::Channel;
use utoipa::ToSchema;

use super::super::sign::digest;
use super::super::{Asked, Call, Code, Guard, Money, Number, Open, Order, Repeat, Stand, Why, fits, price};

const LONGEST_NUMBER: usize = 64;
const LONGEST_TITLE: usize = 100;
const LONGEST_NOTE: usize = 500;
const LONGEST_KEY: usize = 128;

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

/// The ticket that a body asks for.
pub(super) fn create(call: &Call<'_>) -> Result<Open, Why> {
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
    let code = |c: &Code| TicketCode { channel: c.channel, payload: c.payload.clone(), fixed_amount: c.fixed };
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
