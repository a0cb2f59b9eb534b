//! GOGO支付 (seed 000): V免签's family with the App-Id in the signed text, two-decimal amounts, and a POST callback.
//!
//! The seed signs creation and callback; it only mentions the other verbs. They are as V免签 has them, with the App-Id
//! before what is signed: `closeOrder` is `md5(APPID + orderId + APPSECRET)`. The `App-Secret` header that the seed's
//! client sends is not looked at: the signature decides.

use super::sign::{Signature, digest, md5_hex};
use super::vmq::{Verb, about, asking, bare, envelope, health, quoted, sentence, shown};
use super::{
    Ask, Asked, Call, Done, Fields, Guard, Money, Notice, Number, Open, Order, Proof, Repeat, Reply, Said, Signer, Why,
    address, fits,
};

const LONGEST_TITLE: usize = 10;
const LONGEST_CONTENT: usize = 500;

pub(super) fn read(verb: Verb, call: &Call<'_>) -> Result<Said, Why> {
    let fields = Fields::read(call)?;
    let named = |text: &str, sign: &str| Signature::NamedMd5 { text: text.to_owned(), sign: sign.to_owned() };
    let key_id = call.header("app-id").map(str::to_owned);
    if verb != Verb::Create {
        let mut said = about(verb, &fields, named)?;
        if let Proof::Signed { key_id: unnamed, .. } = &mut said.proof {
            *unnamed = key_id;
        }
        return Ok(said);
    }
    let a = asking(&fields)?;
    let [title, content, back] = ["title", "content", "returnParam"].map(|n| fields.get(n));
    if !fits(title, LONGEST_TITLE, false) {
        return Err(Why::Own("订单主题最多10个字符"));
    }
    if !fits(content, LONGEST_CONTENT, true) {
        return Err(Why::Own("订单内容太长，或含有控制字符"));
    }
    if !matches!(back, "" | "0" | "1") {
        return Err(Why::Own("returnParam 只能是 0 或 1"));
    }
    let how = named(&[a.pay_id, a.param, a.kind, a.price_text].concat(), a.sign);
    let (notify_url, return_url) = (fields.get("notifyUrl"), fields.get("returnUrl"));
    let open = Open {
        out_no: Some(a.pay_id.to_owned()),
        money: Money::Asked(a.price),
        channel: Some(a.channel),
        channels: vec![a.channel],
        title: title.to_owned(),
        notify_url: notify_url.to_owned(),
        return_url: return_url.to_owned(),
        silent: false,
        buyer: None,
        asked: Asked::keep(&[
            ("param", a.param),
            ("type", a.kind),
            ("title", title),
            ("content", content),
            ("returnParam", back),
        ]),
        counter: false,
        page: fields.get("isHtml") == "1",
        ttl_ms: None,
        idem_key: None,
        digest: digest(&[a.pay_id, a.param, a.kind, a.price_text, notify_url, return_url, title, content, back]),
        repeat: Repeat::Refuse,
        guard: Guard::Place,
        number: Number::Digits,
    };
    Ok(Said { proof: Proof::Signed { key_id, how }, ask: Ask::Open(Box::new(open)), once: None })
}

pub(super) fn answer(done: &Done<'_>) -> Reply {
    match done {
        Done::Opened { order, page: true } => Reply::to_page(&order.checkout_path),
        Done::Opened { order, .. } | Done::Shown(order, _) => {
            let asked = order.asked();
            let amounts = [order.price, order.due].map(|amount| quoted(&amount.to_string()));
            let [price, really] = amounts;
            envelope(1, "成功", Some(shown(order, [bare(asked.get("type")), price, really])))
        }
        Done::Checked(order, signer) => match order.state() {
            0 => envelope::<()>(0, "订单未支付", None),
            -1 => envelope::<()>(0, "订单已过期", None),
            _ => envelope(
                1,
                "成功",
                Some(address::join(&order.return_url, &address::query(&signed(order, *signer).pairs()))),
            ),
        },
        Done::Health(phones) => health(1, *phones),
        _ => envelope::<()>(1, "成功", None),
    }
}

pub(super) fn refuse(why: Why, message: &str) -> Reply {
    let own = if why == Why::BadSignature { Some("签名错误") } else { sentence(why) };
    envelope::<()>(0, own.unwrap_or(message), None)
}

/// The fields of a callback, with their signature:
/// `md5(APPID + payId + param + type + price + reallyPrice + APPSECRET)`.
struct Signed(Vec<(&'static str, String)>);

impl Signed {
    fn pairs(&self) -> Vec<(&str, &str)> {
        self.0.iter().map(|(n, v)| (*n, v.as_str())).collect()
    }
}

fn signed(order: &Order, signer: Signer<'_>) -> Signed {
    let asked = order.asked();
    let (param, kind) = (asked.get("param"), asked.get("type"));
    let (price, really) = (order.price.to_string(), order.due.to_string());
    let sign = md5_hex(&[signer.key_id, &order.out_no, param, kind, &price, &really, signer.key]);
    Signed(vec![
        ("payId", order.out_no.clone()),
        ("param", param.to_owned()),
        ("type", kind.to_owned()),
        ("price", price),
        ("reallyPrice", really),
        ("sign", sign),
    ])
}

/// Where the customer goes on once it is paid: with the callback's fields only if `returnParam` was 1.
pub fn return_url(order: &Order, signer: Signer<'_>) -> String {
    match order.asked().get("returnParam") {
        "1" => address::join(&order.return_url, &address::query(&signed(order, signer).pairs())),
        _ => order.return_url.clone(),
    }
}

/// The callback: a POST. The seed's own example answers only a POST and yet reads the fields from the query
/// (`request.GET`), while a form is what its text speaks of: so they are in both places.
pub fn callback(order: &Order, signer: Signer<'_>, url: &str) -> Option<Notice> {
    let signed = signed(order, signer);
    let mut form = signed.pairs();
    let asked = order.asked();
    for extra in ["title", "content", "returnParam"] {
        if !asked.get(extra).is_empty() {
            form.push((extra, asked.get(extra)));
        }
    }
    let url = address::callback(url, &address::query(&signed.pairs()))?;
    let headers = vec![("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned())];
    Some(Notice { method: "POST", url, headers, body: address::query(&form).into_bytes() })
}
