//! Lyn.Pay (seed 002): products with preset amounts, no signatures. The place or the program's token decides.
//!
//! The seed shows `Result` and `ResultCode` but not their shape, and nothing public has it. Here it is
//! `{"code":…,"message":…,"data":…}` with code 0 for `Success`, 1 for `Fail`, 2 for `AlreadyBuy`; `data` has the names
//! that the seed's code gives them.

use serde::Serialize;
use serde_json::value::RawValue;
use till_core::Fen;

use super::sign::digest;
use super::vmq::bare;
use super::{
    Ask, Asked, Call, Done, Fields, Guard, Money, Name, Number, Open, Proof, Repeat, Reply, Said, Stand, Why, fits,
    price,
};

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// `AddOrder`.
    Add,
    /// `QueryOrder`.
    Query,
    /// `DiscardOrder`.
    Discard,
    /// `QueryAlreadyBuy`.
    Bought,
    /// `/PayQRCode/{fen}.jpg`.
    Picture,
}

impl Verb {
    /// The verb at the end of a path.
    pub fn of(path: &str) -> Option<Verb> {
        let named = |name: &str| path.rsplit('/').next().is_some_and(|last| last.eq_ignore_ascii_case(name));
        let verbs = [
            ("AddOrder", Verb::Add),
            ("QueryOrder", Verb::Query),
            ("DiscardOrder", Verb::Discard),
            ("QueryAlreadyBuy", Verb::Bought),
        ];
        verbs.into_iter().find(|(name, _)| named(name)).map(|(_, verb)| verb)
    }
}

const LONGEST: usize = 100;
/// The original lets an order wait for two minutes.
const TTL_MS: i64 = 120_000;

pub(super) fn read(verb: Verb, call: &Call<'_>) -> Result<Said, Why> {
    if verb == Verb::Picture {
        let name = call.path.rsplit('/').next().and_then(|file| file.strip_suffix(".jpg"));
        let fen = name.filter(|n| n.len() <= 10 && n.bytes().all(|b| b.is_ascii_digit()));
        let fen = fen.and_then(|n| n.parse().ok()).and_then(|n| Fen::new(n).ok());
        let ask = Ask::Picture(fen.ok_or(Why::NotFound)?);
        return Ok(Said { proof: Proof::Nobody, ask, once: None });
    }
    let fields = Fields::read(call)?;
    // .NET reads names in any case.
    let get = |name: &str| fields.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map_or("", |(_, v)| v);
    let product = || match get("ProductName") {
        "" => Err(Why::Field("ProductName")),
        name if fits(name, LONGEST, false) => Ok(name.to_owned()),
        _ => Err(Why::Field("ProductName")),
    };
    let trade_no = || match get("TradeNo") {
        no if !no.is_empty() && no.len() <= 16 && no.bytes().all(|b| b.is_ascii_digit()) => {
            Ok(Name::OrderNo(no.to_owned()))
        }
        _ => Err(Why::Field("TradeNo")),
    };
    let buyer = get("IP");
    if !fits(buyer, LONGEST, false) {
        return Err(Why::Field("IP"));
    }
    let ask = match verb {
        Verb::Add => Ask::Open(Box::new(add(product()?, buyer, get("City"))?)),
        Verb::Query => Ask::Show(trade_no()?),
        Verb::Discard => Ask::Close { name: trade_no()?, again: false },
        Verb::Bought | Verb::Picture => Ask::Bought { product: product()?, buyer: buyer.to_owned() },
    };
    Ok(Said { proof: Proof::Place, ask, once: None })
}

fn add(product: String, buyer: &str, city: &str) -> Result<Open, Why> {
    if !fits(city, LONGEST, false) {
        return Err(Why::Field("City"));
    }
    Ok(Open {
        out_no: None,
        channel: None,
        channels: Vec::new(),
        notify_url: String::new(),
        return_url: String::new(),
        silent: true,
        buyer: Some(buyer.to_owned()),
        asked: Asked::keep(&[("ProductName", &product), ("City", city)]),
        counter: false,
        page: false,
        ttl_ms: Some(TTL_MS),
        idem_key: None,
        digest: digest(&[&product, buyer, city]),
        repeat: Repeat::Refuse,
        guard: Guard::Place,
        number: Number::Small,
        title: product.clone(),
        money: Money::Product(product),
    })
}

/// The amounts to try for a product, in order: its own, then those that stand in for any.
pub fn amounts<'a>(products: impl Iterator<Item = (&'a str, &'a [Fen], bool)> + Clone, wanted: &str) -> Vec<Fen> {
    let own = products.clone().filter(|(name, ..)| *name == wanted);
    let others = products.filter(|(name, _, global)| *global && *name != wanted);
    let mut found = Vec::new();
    for amount in own.chain(others).flat_map(|(_, amounts, _)| amounts) {
        if amount.is_positive() && !found.contains(amount) {
            found.push(*amount);
        }
    }
    found
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Added {
    trade_no: Box<RawValue>,
    money: i64,
    money_yuan: Box<RawValue>,
    #[serde(rename = "PayQRCode")]
    picture: String,
}

fn result(code: u8, message: &str, data: Option<Added>) -> Reply {
    #[derive(Serialize)]
    struct Result<'a> {
        code: u8,
        message: &'a str,
        data: Option<Added>,
    }
    Reply::json(200, &Result { code, message, data })
}

const SUCCESS: (u8, &str) = (0, "Success");
const FAIL: (u8, &str) = (1, "Fail");
const BOUGHT: (u8, &str) = (2, "AlreadyBuy");

pub(super) fn answer(done: &Done<'_>) -> Reply {
    let ((code, message), data) = match done {
        Done::Opened { order, .. } => {
            let yuan = price::trimmed(order.due);
            let yuan = if yuan.contains('.') { yuan } else { format!("{yuan}.0") };
            let fen = order.due.get();
            let picture = format!("/PayQRCode/{fen}.jpg");
            let added = Added { trade_no: bare(&order.order_no), money: fen, money_yuan: bare(&yuan), picture };
            (SUCCESS, Some(added))
        }
        Done::Shown(order, _) if order.stand == Stand::Paid => (SUCCESS, None),
        Done::Closed(_) => (SUCCESS, None),
        Done::Bought(true) => (BOUGHT, None),
        Done::Picture(jpeg) => {
            return Reply { status: 200, content_type: "image/jpeg", location: None, body: jpeg.clone() };
        }
        _ => (FAIL, None),
    };
    result(code, message, data)
}

pub(super) fn refuse(verb: Verb, why: Why, message: &str) -> Reply {
    match (verb, why) {
        (Verb::Picture, _) => Reply::text(404, message),
        (_, Why::Bought) => result(BOUGHT.0, BOUGHT.1, None),
        _ => result(FAIL.0, message, None),
    }
}
