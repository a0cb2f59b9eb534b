//! Requests of programs, and what must hold of what was read and of every answer.

use till_channels::merchant::{
    Ask, Call, Code, Done, Fields, Money, Notice, Open, Order, Phones, Proof, Reply, Said, Signature, Signer, Stand,
    Tongue, Why, address, epay, gogo, sign, v1, vmq,
};
use till_core::{Channel, Fen};

use crate::{KEY, OTHER, as_form, as_json, money};

/// The public name of the program that all requests are held against.
pub const KEY_ID: &str = "1001";
/// A callback goes here.
const NOTIFY: &str = "https://shop.example.com/notify?from=till";
/// The moment of a callback, Unix ms.
const AT: i64 = 1_795_154_400_000;

/// A request as it came.
pub struct Request {
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    /// `POST /path?query`, headers as `name: value`, an empty line, the body; line ends are bare.
    /// None of it is the key: an answer that repeats a field would seem to give it away.
    pub fn of(data: &[u8]) -> Option<Request> {
        if has_key(data) {
            return None;
        }
        let cut = data.windows(2).position(|two| two == b"\n\n").unwrap_or(data.len());
        let head = std::str::from_utf8(&data[..cut]).ok()?;
        let mut lines = head.lines();
        let (method, target) = lines.next()?.split_once(' ')?;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let headers =
            lines.filter_map(|line| line.split_once(": ")).map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
        let body = data.get(cut + 2..).unwrap_or_default().to_vec();
        Some(Request { method: method.to_owned(), path: path.to_owned(), query: query.to_owned(), headers, body })
    }

    /// As the readers take it.
    pub fn call(&self) -> Call<'_> {
        let Request { method, path, query, headers, body } = self;
        Call { method, path, query, headers, body }
    }
}

/// The same fields in the query, as a form and as JSON are the same fields.
pub fn same_fields(call: &Call<'_>) -> Option<Fields> {
    let fields = Fields::read(call).ok()?;
    let pairs: Vec<(&str, &str)> = fields.iter().collect();
    let (form, json) = (as_form(&pairs), as_json(&pairs));
    let query = String::from_utf8(form.clone()).expect("a form is ASCII");
    for (method, query, body) in [("GET", query.as_str(), &[][..]), ("POST", "", &form), ("POST", "", &json)] {
        let again = Fields::read(&Call { method, path: "/", query, headers: &[], body });
        let again = again.expect("what was read once");
        let (mut ours, mut theirs): (Vec<_>, Vec<_>) = (fields.iter().collect(), again.iter().collect());
        // A JSON object of serde's has its own order.
        ours.sort_unstable();
        theirs.sort_unstable();
        assert_eq!(ours, theirs);
    }
    Some(fields)
}

/// Reads a request and checks what was read, and every answer it may get.
pub fn exchange(tongue: Tongue, call: &Call<'_>) -> Option<Said> {
    match tongue.read(call) {
        Ok(said) => {
            proof(&said.proof);
            if let Ask::Open(open) = &said.ask {
                opened(tongue, open);
            }
            Some(said)
        }
        Err(why) => {
            refused(tongue, why);
            None
        }
    }
}

/// A signature fits the one key, and nothing else.
fn proof(given: &Proof) {
    let Proof::Signed { key_id, how } = given else {
        assert!(!given.is_by(KEY_ID, KEY), "nothing was signed");
        return;
    };
    let named = key_id.clone().unwrap_or_else(|| KEY_ID.to_owned());
    let (theirs, ours, right) = match how {
        Signature::Md5 { text, sign } => {
            let ours = sign::md5_hex(&[text, KEY]);
            (sign, ours.clone(), Signature::Md5 { text: text.clone(), sign: ours })
        }
        Signature::NamedMd5 { text, sign } => {
            let ours = sign::md5_hex(&[&named, text, KEY]);
            (sign, ours.clone(), Signature::NamedMd5 { text: text.clone(), sign: ours })
        }
        Signature::Hmac { text, sign } => {
            let ours = sign::hmac_hex(KEY, text);
            (sign, ours.clone(), Signature::Hmac { text: text.clone(), sign: ours })
        }
        Signature::Key(key) => (key, KEY.to_owned(), Signature::Key(KEY.to_owned())),
    };
    assert_eq!(given.is_by(&named, KEY), theirs.eq_ignore_ascii_case(&ours));
    let right = Proof::Signed { key_id: key_id.clone(), how: right };
    assert!(right.is_by(&named, KEY));
    assert!(!right.is_by(&named, OTHER) && !right.is_by(&named, ""));
    assert!(key_id.is_none() || !right.is_by(&format!("{named}0"), KEY));
    assert!(!format!("{right:?}").contains(&ours));
}

/// What may be opened: an amount above zero, a number without control characters, fields that are JSON.
fn opened(tongue: Tongue, open: &Open) {
    let plain = |text: &str| !text.chars().any(char::is_control);
    let price = match &open.money {
        Money::Asked(price) => {
            money(*price);
            *price
        }
        Money::Product(product) => {
            assert!(!product.is_empty() && plain(product));
            Fen::new(990).expect("a price")
        }
    };
    assert!(open.out_no.as_ref().is_none_or(|no| !no.is_empty() && plain(no)));
    assert!(plain(&open.title));
    assert_eq!(open.digest.len(), 32);
    assert!(open.ttl_ms.is_none_or(|ms| (60_000..=7_200_000).contains(&ms)));
    let asked: serde_json::Value = serde_json::from_str(&open.asked).expect("the fields are kept as JSON");
    assert!(asked.is_object());
    for stand in [Stand::Waiting, Stand::Paid, Stand::Expired, Stand::Closed] {
        let order = order(open, price, stand);
        for done in [
            Done::Opened { order: &order, page: false },
            Done::Opened { order: &order, page: true },
            Done::Shown(&order, signer()),
            Done::Checked(&order, signer()),
            Done::Closed(&order),
            Done::Listed(std::slice::from_ref(&order), Some(7)),
            Done::Health(Phones::default()),
            Done::Account(KEY_ID),
            Done::Bought(true),
        ] {
            reply(&tongue.answer(&done));
        }
        callbacks(tongue, &order, &open.notify_url);
    }
}

fn signer() -> Signer<'static> {
    Signer { key_id: KEY_ID, key: KEY }
}

fn order(open: &Open, price: Fen, stand: Stand) -> Order {
    let channel = open.channel.or(open.channels.first().copied()).unwrap_or(Channel::Wechat);
    Order {
        id: 7,
        number: 41,
        business_date: "2026-11-20".to_owned(),
        order_no: "202611200001".to_owned(),
        out_no: open.out_no.clone().unwrap_or_else(|| "202611200001".to_owned()),
        channel: open.channel,
        title: open.title.clone(),
        asked: open.asked.clone(),
        price,
        due: price,
        stand,
        told: Some(false),
        created_at: AT,
        expires_at: AT + 300_000,
        paid: (stand == Stand::Paid).then_some((AT, channel)),
        created_local: "2026-11-20 14:00:00".to_owned(),
        paid_local: String::new(),
        refunded: Fen::ZERO,
        codes: vec![Code { channel, payload: "wxp://f2f0abc".to_owned(), fixed: false }],
        checkout_path: "/pay/abc".to_owned(),
        checkout_url: "http://192.168.1.5:8017/pay/abc".to_owned(),
        return_url: open.return_url.clone(),
    }
}

/// Every way to say no.
fn refused(tongue: Tongue, why: Why) {
    assert!(!why.to_string().is_empty());
    for why in [why, Why::BadSignature, Why::Exists, Why::Exhausted, Why::NeedsToken, Why::NotFound, Why::Unavailable] {
        reply(&tongue.refuse(why, "原因 \"cause\"\n"));
    }
}

/// An answer is JSON where it says so, cannot break a header, and carries no key.
fn reply(reply: &Reply) {
    assert!((200..600).contains(&reply.status));
    if reply.content_type.starts_with("application/json") {
        serde_json::from_slice::<serde_json::Value>(&reply.body).expect("the answer is JSON");
    }
    assert!(reply.location.as_ref().is_none_or(|to| !to.is_empty() && to.bytes().all(|b| b.is_ascii_graphic())));
    assert!(!has_key(&reply.body), "the key is in the answer");
}

fn has_key(bytes: &[u8]) -> bool {
    bytes.windows(KEY.len()).any(|part| part == KEY.as_bytes())
}

/// A callback carries a signature that its receiver works out from the fields it gets.
fn callbacks(tongue: Tongue, order: &Order, asked_for: &str) {
    let make = |url: &str| match tongue {
        Tongue::Vmq(_) => vmq::callback(order, signer(), url),
        Tongue::Gogo(_) => gogo::callback(order, signer(), url),
        Tongue::Epay(_) => epay::callback(order, signer(), url),
        Tongue::V1(_) => v1::callback(Some(order), signer(), url, AT),
        Tongue::Lyn(_) => None,
    };
    if let Some(notice) = make(asked_for) {
        let url = address::parse(&notice.url).expect("the address of a callback");
        assert!(url.fragment().is_none() && notice.url.bytes().all(|b| b.is_ascii_graphic()), "{}", notice.url);
    }
    let Some(notice) = make(NOTIFY) else {
        assert!(matches!(tongue, Tongue::Lyn(_)));
        return;
    };
    assert!(notice.url.starts_with(NOTIFY));
    match tongue {
        Tongue::V1(_) => signed_headers(&notice),
        _ => signed_fields(tongue, &notice),
    }
}

fn signed_fields(tongue: Tongue, notice: &Notice) {
    let query = notice.url.split_once('?').map_or("", |(_, query)| query);
    let fields = Fields::read(&Call { method: "GET", path: "/", query, headers: &[], body: &[] }).expect("a query");
    let get = |name: &str| fields.get(name);
    let numbers = ["payId", "param", "type", "price", "reallyPrice"].map(get);
    let expected = match tongue {
        Tongue::Epay(_) => {
            let mut pairs: Vec<(&str, &str)> = fields.iter().collect();
            pairs.retain(|(name, value)| !value.is_empty() && !["sign", "sign_type", "from"].contains(name));
            pairs.sort_unstable();
            let text: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
            sign::md5_hex(&[&text.join("&"), KEY])
        }
        Tongue::Gogo(_) => sign::md5_hex(&[&[KEY_ID][..], &numbers, &[KEY]].concat()),
        _ => sign::md5_hex(&[&numbers[..], &[KEY]].concat()),
    };
    assert_eq!(get("sign"), expected, "{}", notice.url);
}

fn signed_headers(notice: &Notice) {
    let header = |name: &str| notice.headers.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.as_str());
    let url = address::parse(&notice.url).expect("the address of a callback");
    let (ts, nonce) = (header("X-Qiantai-Timestamp"), header("X-Qiantai-Nonce"));
    let text = v1::canonical("POST", url.path(), url.query().unwrap_or_default(), ts, nonce, &notice.body);
    assert_eq!(header("X-Qiantai-Signature"), format!("v1={}", sign::hmac_hex(KEY, &text)));
    serde_json::from_slice::<serde_json::Value>(&notice.body).expect("a callback is JSON");
}
