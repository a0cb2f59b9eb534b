//! V免签: `/createOrder`, `/getOrder`, `/checkOrder`, `/closeOrder`, `/getState`, the callback and the return address.
//! `md5` over the raw texts, joined with nothing between.
//!
//! Sources: szvone/vmqphp `public/api.html`, `application/index/controller/Index.php`; szvone/Vmq `WebService.java`.
//!
//! `payId` and `param` are free texts that stand side by side in the signed text, so a character can be moved from one
//! field to the next under the same signature: it is no proof of *which* order was asked for ([`Guard::Place`]).

use serde::Serialize;
use serde_json::value::RawValue;
use till_core::Channel;

use super::sign::{Signature, digest, md5_hex};
use super::{
    Ask, Asked, Call, Done, Fields, Guard, Money, Name, Notice, Number, Open, Order, Proof, Repeat, Reply, Said,
    Signer, Why, address, fits, price,
};

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// `/createOrder`.
    Create,
    /// `/getOrder`.
    Get,
    /// `/checkOrder`.
    Check,
    /// `/closeOrder`.
    Close,
    /// `/getState`.
    State,
}

pub(super) const LONGEST_NUMBER: usize = 100;
pub(super) const LONGEST_PARAM: usize = 1_000;

pub(super) fn channel(kind: &str) -> Result<Channel, Why> {
    match kind {
        "" => Err(Why::Own("请传入支付方式=>1|微信 2|支付宝")),
        "1" => Ok(Channel::Wechat),
        "2" => Ok(Channel::Alipay),
        _ => Err(Why::Own("支付方式错误=>1|微信 2|支付宝")),
    }
}

/// The fields that every order of this family has, checked in the order in which the original checks them.
pub(super) struct Asking<'a> {
    pub(super) pay_id: &'a str,
    pub(super) param: &'a str,
    pub(super) kind: &'a str,
    pub(super) price_text: &'a str,
    pub(super) sign: &'a str,
    pub(super) channel: Channel,
    pub(super) price: till_core::Fen,
}

pub(super) fn asking(fields: &Fields) -> Result<Asking<'_>, Why> {
    let [pay_id, param, kind, price_text, sign] = ["payId", "param", "type", "price", "sign"].map(|n| fields.get(n));
    if pay_id.is_empty() {
        return Err(Why::Own("请传入商户订单号"));
    }
    if !fits(pay_id, LONGEST_NUMBER, false) {
        return Err(Why::Own("商户订单号太长，或含有控制字符"));
    }
    let channel = channel(kind)?;
    if price_text.is_empty() {
        return Err(Why::Own("请传入订单金额"));
    }
    let price = match price::price(price_text) {
        Some(price) => price,
        None if till_core::Fen::from_plain(price_text).is_ok() => return Err(Why::Own("订单金额必须大于0")),
        None => return Err(Why::Own("订单金额格式错误")),
    };
    if sign.is_empty() {
        return Err(Why::Own("请传入签名"));
    }
    if !fits(param, LONGEST_PARAM, true) {
        return Err(Why::Own("传输参数太长，或含有控制字符"));
    }
    Ok(Asking { pay_id, param, kind, price_text, sign, channel, price })
}

/// What is asked of one order by its number, signed or not.
pub(super) fn about(verb: Verb, fields: &Fields, signed: impl Fn(&str, &str) -> Signature) -> Result<Said, Why> {
    let order_no = fields.get("orderId");
    let sign = fields.get("sign");
    if verb != Verb::State && order_no.is_empty() {
        return Err(Why::Own("请传入订单编号"));
    }
    let name = Name::OrderNo(order_no.to_owned());
    let by = |text: &str| match sign {
        "" => Err(Why::Own("请传入签名")),
        sign => Ok(Proof::Signed { key_id: None, how: signed(text, sign) }),
    };
    let (proof, ask) = match verb {
        Verb::Get | Verb::Create => (Proof::OrderNo, Ask::Show(name)),
        Verb::Check => (Proof::OrderNo, Ask::Check(name)),
        Verb::Close => (by(order_no)?, Ask::Close { name, again: false }),
        Verb::State => match fields.get("t") {
            "" => return Err(Why::Own("请传入t")),
            t => (by(t)?, Ask::Health),
        },
    };
    Ok(Said { proof, ask, once: None })
}

pub(super) fn read(verb: Verb, call: &Call<'_>) -> Result<Said, Why> {
    let fields = Fields::read(call)?;
    let md5 = |text: &str, sign: &str| Signature::Md5 { text: text.to_owned(), sign: sign.to_owned() };
    if verb != Verb::Create {
        return about(verb, &fields, md5);
    }
    let a = asking(&fields)?;
    let how = md5(&[a.pay_id, a.param, a.kind, a.price_text].concat(), a.sign);
    let (notify_url, return_url) = (fields.get("notifyUrl"), fields.get("returnUrl"));
    let open = Open {
        out_no: Some(a.pay_id.to_owned()),
        money: Money::Asked(a.price),
        channel: Some(a.channel),
        channels: vec![a.channel],
        title: String::new(),
        notify_url: notify_url.to_owned(),
        return_url: return_url.to_owned(),
        silent: false,
        buyer: None,
        asked: Asked::keep(&[("param", a.param), ("type", a.kind), ("price", a.price_text)]),
        counter: false,
        page: fields.get("isHtml") == "1",
        ttl_ms: None,
        idem_key: None,
        digest: digest(&[a.pay_id, a.param, a.kind, a.price_text, notify_url, return_url]),
        repeat: Repeat::Refuse,
        guard: Guard::Place,
        number: Number::Digits,
    };
    Ok(Said { proof: Proof::Signed { key_id: None, how }, ask: Ask::Open(Box::new(open)), once: None })
}

#[derive(Serialize)]
struct Envelope<T> {
    code: i8,
    msg: String,
    data: Option<T>,
}

pub(super) fn envelope<T: Serialize>(code: i8, msg: &str, data: Option<T>) -> Reply {
    Reply::json(200, &Envelope { code, msg: msg.to_owned(), data })
}

const WELL: &str = "成功";

/// An order in the words of this family.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Shown<'a> {
    pay_id: &'a str,
    order_id: &'a str,
    pay_type: Box<RawValue>,
    price: Box<RawValue>,
    really_price: Box<RawValue>,
    pay_url: &'a str,
    /// 1: the customer types the amount. 0: the code carries it.
    is_auto: u8,
    state: i8,
    /// Minutes.
    time_out: i64,
    /// Unix seconds, ten digits.
    date: i64,
}

/// Text that is JSON already.
fn raw(text: String) -> Box<RawValue> {
    RawValue::from_string(text).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

/// A text as JSON.
pub(super) fn quoted(text: &str) -> Box<RawValue> {
    raw(serde_json::to_string(text).unwrap_or_default())
}

/// A number as JSON, with the text it has.
pub(super) fn bare(text: &str) -> Box<RawValue> {
    raw(text.to_owned())
}

pub(super) fn shown(order: &Order, [pay_type, price, really_price]: [Box<RawValue>; 3]) -> Shown<'_> {
    let code = order.code();
    Shown {
        pay_id: &order.out_no,
        order_id: &order.order_no,
        pay_type,
        price,
        really_price,
        pay_url: code.map_or("", |c| &c.payload),
        is_auto: u8::from(!code.is_some_and(|c| c.fixed)),
        state: order.state(),
        time_out: order.minutes(),
        date: order.created_at / 1_000,
    }
}

pub(super) fn answer(done: &Done<'_>) -> Reply {
    match done {
        Done::Opened { order, page: true } => Reply::to_page(&order.checkout_path),
        // PHP repeats what came in as text; from its database it answers numbers.
        Done::Opened { order, .. } => {
            let asked = order.asked();
            let texts = [asked.get("type"), asked.get("price"), &order.due.to_string()].map(quoted);
            envelope(1, WELL, Some(shown(order, texts)))
        }
        Done::Shown(order, _) => {
            let numbers =
                [order.asked().get("type").to_owned(), price::trimmed(order.price), price::trimmed(order.due)];
            envelope(1, WELL, Some(shown(order, numbers.map(|n| bare(&n)))))
        }
        Done::Checked(order, signer) => match order.state() {
            0 => envelope::<()>(-1, "订单未支付", None),
            -1 => envelope::<()>(-1, "订单已过期", None),
            _ => envelope(1, WELL, Some(return_url(order, *signer))),
        },
        Done::Health(phones) => health(1, *phones),
        _ => envelope::<()>(1, WELL, None),
    }
}

/// PHP says `jkstate`, Java and the documentation say `state`: both are there. All are texts, as in the original.
pub(super) fn health(code: i8, phones: super::Phones) -> Reply {
    let (heard, money, state) = (phones.heard_s.to_string(), phones.money_s.to_string(), phones.state.to_string());
    let data = serde_json::json!({ "lastheart": heard, "lastpay": money, "jkstate": state, "state": state });
    envelope(code, WELL, Some(data))
}

pub(super) fn sentence(why: Why) -> Option<&'static str> {
    Some(match why {
        Why::Own(sentence) => sentence,
        Why::Exists => "商户订单号已存在",
        Why::Exhausted => "订单超出负荷，请稍后重试",
        Why::NoCode => "请您先进入后台配置程序",
        Why::NotFound => "云端订单编号不存在",
        Why::Over | Why::Paid => "订单状态不允许关闭",
        _ => return None,
    })
}

pub(super) fn refuse(verb: Verb, why: Why, message: &str) -> Reply {
    let signed = if verb == Verb::Create { "签名错误" } else { "签名校验不通过" };
    let own = if why == Why::BadSignature { Some(signed) } else { sentence(why) };
    envelope::<()>(-1, own.unwrap_or(message), None)
}

/// The fields of a callback or a return address, signed: `md5(payId + param + type + price + reallyPrice + key)`.
fn signed(order: &Order, signer: Signer<'_>, price: &str, really: &str) -> String {
    let asked = order.asked();
    let (param, kind) = (asked.get("param"), asked.get("type"));
    let sign = md5_hex(&[&order.out_no, param, kind, price, really, signer.key]);
    address::query(&[
        ("payId", &order.out_no),
        ("param", param),
        ("type", kind),
        ("price", price),
        ("reallyPrice", really),
        ("sign", &sign),
    ])
}

/// Where the customer goes on once it is paid: amounts with two decimals.
pub fn return_url(order: &Order, signer: Signer<'_>) -> String {
    address::join(&order.return_url, &signed(order, signer, &order.price.to_string(), &order.due.to_string()))
}

/// The callback: a GET, amounts as PHP prints numbers (`5.5`). None: the address does not read as one.
pub fn callback(order: &Order, signer: Signer<'_>, url: &str) -> Option<Notice> {
    let query = signed(order, signer, &price::trimmed(order.price), &price::trimmed(order.due));
    let url = address::callback(url, &query)?;
    Some(Notice { method: "GET", url, headers: Vec::new(), body: Vec::new() })
}
