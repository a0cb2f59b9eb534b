//! 易支付 (epay): `/submit.php` for browsers, `/mapi.php` for servers, `/api.php` for questions. `md5` of the fields that
//! are not empty, sorted by name, without `sign` and `sign_type`, as `a=b&c=d`, with the key right after them.
//!
//! Sources: the public epay documentation as its clients follow it; CVinit/Vmq-Go `internal/app/epay_adapter.go`.
//! `api.php` is asked with `key=` by nearly every client, with a signature by some.

use till_core::Channel;

use super::sign::{Signature, digest, md5_hex};
use super::{
    Ask, Asked, Call, Done, Fields, Guard, Money, Name, Notice, Number, Open, Order, Proof, Repeat, Reply, Said,
    Signer, Stand, Why, address, fits, price,
};

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// `/submit.php`: a customer's browser.
    Submit,
    /// `/mapi.php`: the merchant's server.
    Mapi,
    /// `/api.php?act=…`.
    Api,
}

const LONGEST_NUMBER: usize = 64;
const LONGEST_NAME: usize = 127;
const LONGEST_PARAM: usize = 1_000;

/// Fields that mean something to us: the ones worth moving text into.
const KNOWN: [&str; 9] =
    ["clientip", "device", "money", "name", "notify_url", "out_trade_no", "param", "return_url", "type"];

/// The fields that are signed, sorted.
fn signed_fields(fields: &Fields) -> Vec<(&str, &str)> {
    let mut pairs: Vec<_> =
        fields.iter().filter(|(n, v)| !v.is_empty() && !matches!(*n, "sign" | "sign_type")).collect();
    pairs.sort_unstable();
    pairs
}

fn text(sorted: &[(&str, &str)]) -> String {
    sorted.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("&")
}

/// True if the same signed text can be read as other fields: some value holds `&known=` where a field of that name
/// could stand in the sorted row. The other way round (a merchant signs a customer's text with `&param=` in it, and the
/// customer sends it cut in two) cannot be seen from here; what it could set is bounded: a field that the merchant sent
/// itself stands twice then, and addresses must be the program's own.
fn can_be_split(sorted: &[(&str, &str)]) -> bool {
    sorted.iter().enumerate().any(|(i, (name, value))| {
        let next = sorted.get(i + 1).map(|(n, _)| *n);
        value
            .split('&')
            .skip(1)
            .filter_map(|piece| piece.split_once('='))
            .any(|(inner, _)| KNOWN.contains(&inner) && inner > *name && next.is_none_or(|next| inner < next))
    })
}

fn channel(kind: &str) -> Result<Option<Channel>, Why> {
    match kind {
        "" => Ok(None),
        "alipay" => Ok(Some(Channel::Alipay)),
        "wxpay" => Ok(Some(Channel::Wechat)),
        _ => Err(Why::Own("不支持这种支付方式，请用 alipay 或 wxpay")),
    }
}

pub(super) fn read(verb: Verb, call: &Call<'_>) -> Result<Said, Why> {
    let fields = Fields::read(call)?;
    let [pid, sign, sign_type] = ["pid", "sign", "sign_type"].map(|n| fields.get(n));
    if pid.is_empty() {
        return Err(Why::Own("商户ID不能为空"));
    }
    if !sign_type.is_empty() && !sign_type.eq_ignore_ascii_case("MD5") {
        return Err(Why::Own("签名类型只支持 MD5"));
    }
    let sorted = signed_fields(&fields);
    let key = fields.get("key");
    let how = if verb == Verb::Api && !key.is_empty() {
        Signature::Key(key.to_owned())
    } else if sign.is_empty() {
        return Err(Why::Own("签名不能为空"));
    } else {
        Signature::Md5 { text: text(&sorted), sign: sign.to_owned() }
    };
    let proof = Proof::Signed { key_id: Some(pid.to_owned()), how };
    let ask = if verb == Verb::Api { question(&fields)? } else { Ask::Open(Box::new(open(verb, &fields, &sorted)?)) };
    Ok(Said { proof, ask, once: None })
}

fn question(fields: &Fields) -> Result<Ask, Why> {
    match (fields.get("act"), fields.get("trade_no"), fields.get("out_trade_no")) {
        ("query", ..) => Ok(Ask::Account),
        ("order", "", "") => Err(Why::Own("订单号不能为空")),
        ("order", "", out_no) => Ok(Ask::Show(Name::OutNo(out_no.to_owned()))),
        ("order", order_no, _) => Ok(Ask::Show(Name::OrderNo(order_no.to_owned()))),
        _ => Err(Why::Own("不支持这个操作，act 请用 order 或 query")),
    }
}

fn open(verb: Verb, fields: &Fields, sorted: &[(&str, &str)]) -> Result<Open, Why> {
    let [out_no, name, money, param, kind] = ["out_trade_no", "name", "money", "param", "type"].map(|n| fields.get(n));
    let channel = channel(kind)?;
    if out_no.is_empty() {
        return Err(Why::Own("商户订单号不能为空"));
    }
    if !fits(out_no, LONGEST_NUMBER, false) {
        return Err(Why::Own("商户订单号太长，或含有控制字符"));
    }
    if name.is_empty() {
        return Err(Why::Own("商品名称不能为空"));
    }
    if !fits(name, LONGEST_NAME, false) || !fits(param, LONGEST_PARAM, true) {
        return Err(Why::Own("商品名称或业务参数太长，或含有控制字符"));
    }
    let price = price::price(money).ok_or(Why::Own("金额不合法：要大于零，最多两位小数"))?;
    Ok(Open {
        out_no: Some(out_no.to_owned()),
        money: Money::Asked(price),
        channel,
        channels: channel.map_or_else(|| vec![Channel::Wechat, Channel::Alipay], |c| vec![c]),
        title: name.to_owned(),
        notify_url: fields.get("notify_url").to_owned(),
        return_url: fields.get("return_url").to_owned(),
        silent: false,
        buyer: None,
        asked: Asked::keep(&[("type", kind), ("name", name), ("param", param)]),
        counter: false,
        page: verb == Verb::Submit,
        ttl_ms: None,
        idem_key: None,
        digest: digest(&sorted.iter().flat_map(|(n, v)| [*n, *v]).collect::<Vec<_>>()),
        repeat: Repeat::SameMoney,
        guard: if can_be_split(sorted) { Guard::Split } else { Guard::Signature },
        number: Number::Digits,
    })
}

/// `pid` as a number where it is one: clients read it as either.
fn pid(key_id: &str) -> serde_json::Value {
    key_id.parse::<u64>().map_or_else(|_| key_id.into(), Into::into)
}

pub(super) fn answer(verb: Verb, done: &Done<'_>) -> Reply {
    match done {
        Done::Opened { order, .. } if verb == Verb::Submit => Reply::to_page(&order.checkout_path),
        Done::Opened { order, .. } => {
            // A client that draws the code itself shows its own amount beside it: only if that is what is due.
            let code = order.code().filter(|_| order.due == order.price).map_or("", |c| &c.payload);
            let reply = serde_json::json!({
                "code": 1, "msg": "success", "trade_no": order.order_no, "payurl": order.checkout_url, "qrcode": code,
                "urlscheme": "",
            });
            Reply::json(200, &reply)
        }
        Done::Checked(order, signer) | Done::Shown(order, signer) => shown(order, signer.key_id),
        Done::Account(key_id) => {
            let account = serde_json::json!({ "code": 1, "pid": pid(key_id), "active": 1, "money": "0.00" });
            Reply::json(200, &account)
        }
        _ => Reply::json(200, &serde_json::json!({ "code": 1, "msg": "success" })),
    }
}

fn shown(order: &Order, key_id: &str) -> Reply {
    let asked = order.asked();
    let reply = serde_json::json!({
        "code": 1, "msg": "查询订单号成功！", "trade_no": order.order_no, "out_trade_no": order.out_no,
        "api_trade_no": "", "type": kind(order), "pid": pid(key_id), "addtime": order.created_local,
        "endtime": order.paid_local, "name": asked.get("name"), "money": order.price.to_string(),
        // Some clients read the number, others the words of the callback.
        "status": u8::from(order.stand == Stand::Paid), "trade_status": trade_status(order),
        "param": asked.get("param"), "buyer": "",
    });
    Reply::json(200, &reply)
}

fn trade_status(order: &Order) -> &'static str {
    match order.stand {
        Stand::Paid => "TRADE_SUCCESS",
        Stand::Waiting => "WAIT_BUYER_PAY",
        _ => "TRADE_CLOSED",
    }
}

pub(super) fn refuse(verb: Verb, why: Why, message: &str) -> Reply {
    let own = match why {
        Why::Own(sentence) => sentence,
        Why::BadSignature => "签名校验失败",
        Why::Exists => "该商户订单号已经用过，请换一个再下单",
        Why::Paid => "该订单已经支付，请勿重复发起",
        Why::NotFound => "订单号不存在",
        Why::Exhausted => "当前下单人数过多，请稍后再试",
        _ => message,
    };
    match verb {
        // A customer reads it.
        Verb::Submit => Reply::text(400, own),
        _ => Reply::json(200, &serde_json::json!({ "code": -1, "msg": own })),
    }
}

/// The way it was asked for; if the customer chose, the way it was paid.
fn kind(order: &Order) -> &'static str {
    match order.channel.or(order.paid.map(|(_, channel)| channel)) {
        Some(Channel::Wechat) => "wxpay",
        Some(Channel::Alipay) => "alipay",
        Some(Channel::Unionpay | Channel::Bank) => "bank",
        _ => "",
    }
}

/// The fields of a callback or a return address, signed.
fn signed(order: &Order, signer: Signer<'_>) -> String {
    let asked = order.asked();
    let money = order.price.to_string();
    let mut pairs = vec![
        ("money", money.as_str()),
        ("name", asked.get("name")),
        ("out_trade_no", &order.out_no),
        ("param", asked.get("param")),
        ("pid", signer.key_id),
        ("trade_no", &order.order_no),
        ("trade_status", "TRADE_SUCCESS"),
        ("type", kind(order)),
    ];
    pairs.retain(|(_, value)| !value.is_empty());
    let sign = md5_hex(&[&text(&pairs), signer.key]);
    pairs.extend([("sign", sign.as_str()), ("sign_type", "MD5")]);
    address::query(&pairs)
}

/// Where the customer goes on once it is paid.
pub fn return_url(order: &Order, signer: Signer<'_>) -> String {
    address::join(&order.return_url, &signed(order, signer))
}

/// The callback: a GET.
pub fn callback(order: &Order, signer: Signer<'_>, url: &str) -> Option<Notice> {
    let url = address::callback(url, &signed(order, signer))?;
    Some(Notice { method: "GET", url, headers: Vec::new(), body: Vec::new() })
}
