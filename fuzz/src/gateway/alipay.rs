//! Alipay: JSON whose raw text is signed, and forms whose sorted pairs are.

use std::sync::LazyLock;

use till_channels::gateway::alipay::historic::{mapi, wap};
use till_channels::gateway::keys::PrivateKey;
use till_channels::gateway::{
    About, Answer, Call, Doubt, Gateway, Heard, Office, Provider, RawNotice, Reply, Source, sign,
};
use till_core::Fen;

use super::{Input, NOW, answered, claimed, contract, cut_again, form, object, order, signature, value};
use crate::{KEY, money};

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../crates/till-channels/src/gateway/alipay/fixtures/", $name))
    };
}

/// The contract's app.
pub const APP_ID: &str = "2021000000000001";
/// The contract's seller.
pub const SELLER: &str = "2088000000000001";

static GATEWAY: LazyLock<Box<dyn Gateway>> = LazyLock::new(|| {
    let fields = [
        ("app_id", APP_ID),
        ("app_private_key", fixture!("app-key.pem")),
        ("alipay_public_key", fixture!("alipay-certificate.pem")),
        ("seller_id", SELLER),
    ];
    contract(Provider::Alipay, &fields)
});
static KEY_OF_ALIPAY: LazyLock<PrivateKey> =
    LazyLock::new(|| PrivateKey::parse(fixture!("alipay-key.pem")).expect("a test key"));

/// A message of Alipay's.
pub fn alipay(data: &[u8]) {
    let Some(input) = Input::of(data) else { return };
    input.proves_nothing(GATEWAY.as_ref());
    let name = |method: &str| format!("alipay_{method}_response");
    if let Some(call) = input.call() {
        let method = match call {
            Call::Create => "trade_precreate",
            Call::Scan { .. } => "trade_pay",
            Call::Query => "trade_query",
            Call::End => "trade_cancel",
            Call::Refund(_) => "trade_refund",
            Call::RefundQuery(_) => "trade_fastpay_refund_query",
        };
        answer(&input, &call, &name(method));
    }
    match (input.what, input.office()) {
        (_, Some(office @ Office::Bill { .. })) => {
            about_no_order(&input, &office, &name("data_dataservice_bill_downloadurl_query"));
        }
        (_, Some(office @ Office::Test)) => about_no_order(&input, &office, &name("trade_query")),
        ("notice" | "return", _) => pairs(&input),
        ("historic", _) => historic(&input),
        _ => {}
    }
}

/// The answer whose object is the body, under a name, with the signature of `signed`.
fn wrapped(name: &str, body: &str, signed: &str) -> Reply {
    let body = format!(r#"{{"{name}":{body},"sign":"{signed}"}}"#);
    Reply { status: 200, headers: Vec::new(), body: body.into_bytes() }
}

fn answer(input: &Input<'_>, call: &Call, name: &str) {
    let Some((text, said)) = input.text().and_then(|text| Some((text, object(text)?))) else { return };
    let signed = signature(&KEY_OF_ALIPAY, text.trim().as_bytes());
    let order = order(false);
    let read = |reply: &Reply| GATEWAY.read(&order, call, reply, NOW);
    let reply = wrapped(name, text, &signed);
    let answer = read(&reply);
    answered(call, &answer);
    let get = |name: &str| said.get(name).and_then(|v| v.as_str());
    if let Answer::Paid(claim) = &answer {
        let amount = get("total_amount").and_then(yuan);
        claimed(claim, Source::Answer, [get("out_trade_no"), get("trade_no")], amount);
        assert_eq!(get("code"), Some("10000"));
    }
    let nothing = |reply: &Reply| assert!(matches!(read(reply), Answer::Unknown(_)));
    nothing(&Reply { status: 500, ..reply });
    if let Some(changed) = changed(text) {
        nothing(&wrapped(name, &changed, &signed));
    }
    // An error says that the call failed: never that something happened.
    let error = read(&wrapped("error_response", text, &signed));
    let failed = matches!(error, Answer::Unknown(_) | Answer::Refused(_) | Answer::NotThere | Answer::Waiting);
    assert!(failed, "{error:?}");
}

fn about_no_order(input: &Input<'_>, office: &Office, name: &str) {
    let Some(text) = input.text().filter(|text| object(text).is_some()) else { return };
    let signed = signature(&KEY_OF_ALIPAY, text.trim().as_bytes());
    let _ = GATEWAY.read_office(office, &wrapped(name, text, &signed), NOW);
}

/// The text with one of its letters or digits changed.
fn changed(text: &str) -> Option<String> {
    let places: Vec<usize> =
        text.bytes().enumerate().filter(|(_, b)| b.is_ascii_alphanumeric()).map(|(n, _)| n).collect();
    let at = *places.get(text.len() % places.len().max(1))?;
    let other = if &text[at..=at] == "1" { "2" } else { "1" };
    Some([&text[..at], other, &text[at + 1..]].concat())
}

/// Yuan as Alipay writes them, in fen.
fn yuan(text: &str) -> Option<i64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let part = format!("{part:0<2}");
    (part.len() == 2).then_some(())?;
    whole.parse::<i64>().ok()?.checked_mul(100)?.checked_add(part.parse().ok()?)
}

/// What the signed text leaves out.
const OUTSIDE: [&str; 3] = ["sign", "sign_type", "alipay_cert_sn"];

/// A notice, or what a browser brought back: whatever is read was signed, and in one reading only.
fn pairs(input: &Input<'_>) {
    let Some(mut pairs) = input.pairs() else { return };
    pairs.retain(|(name, value)| *name != "sign" && !value.is_empty());
    let (outside, inside): (Vec<_>, Vec<_>) = pairs.iter().partition(|(name, _)| OUTSIDE.contains(name));
    let text = sign::sorted_pairs(inside.iter().copied());
    let signed = signature(&KEY_OF_ALIPAY, text.as_bytes());
    let with = |inside: &[(&str, &str)]| form(&[inside, &outside, &[("sign", signed.as_str())]].concat());
    let is_notice = input.what == "notice";
    let is_read = |form: &str| if is_notice { hear(form).is_ok() } else { GATEWAY.came_back(form, NOW).is_ok() };
    if !is_read(&with(&inside)) {
        return;
    }
    if is_notice {
        notice(&with(&inside), &pairs)
    } else {
        came_back(&with(&inside), &pairs)
    }
    assert!(!is_read(&with(&inside[1..])), "{} was not signed", inside[0].0);
    if let Some(again) = cut_again(&text, &inside) {
        assert!(!is_read(&with(&again)), "a signature that fits two readings: {text}");
    }
}

fn hear(form: &str) -> Result<Heard, Doubt> {
    GATEWAY.notice(&RawNotice { headers: Vec::new(), query: String::new(), body: form.into() }, NOW)
}

fn notice(form: &str, pairs: &[(&str, &str)]) {
    let Ok(heard) = hear(form) else { return };
    let get = |name: &str| value(pairs, name);
    assert_eq!(get("notify_id"), Some(heard.id.as_str()));
    match heard.about {
        About::Paid(claim) => {
            let amount = get("total_amount").and_then(yuan);
            claimed(&claim, Source::Notice, [get("out_trade_no"), get("trade_no")], amount);
            assert!(matches!(get("trade_status"), Some("TRADE_SUCCESS" | "TRADE_FINISHED")));
            assert!(["refund_fee", "gmt_refund", "out_biz_no"].iter().all(|name| get(name).is_none()));
            assert_eq!((claim.app.as_deref(), claim.seller.as_deref()), (get("app_id"), get("seller_id")));
        }
        About::Ended { out_no } => assert_eq!(Some(out_no.as_str()), get("out_trade_no")),
        About::Refund { out_no, .. } | About::Other { out_no, .. } => {
            assert_eq!(out_no.as_deref(), get("out_trade_no"));
            assert_eq!(get("app_id"), Some(APP_ID));
        }
    }
}

fn came_back(query: &str, pairs: &[(&str, &str)]) {
    let Ok(back) = GATEWAY.came_back(query, NOW) else { return };
    assert_eq!(Some(back.out_no.as_str()), value(pairs, "out_trade_no"));
    assert_eq!(back.amount.map(Fen::get), value(pairs, "total_amount").and_then(yuan));
}

/// What was spoken before the open platform, under the shop's key.
fn historic(input: &Input<'_>) {
    let Some(mut pairs) = input.pairs() else { return };
    pairs.retain(|(name, value)| *name != "sign" && !value.is_empty());
    let shop = wap::Shop { partner: SELLER, seller_account_name: "shop@example.com", key: KEY };
    let digested = |text: &str| {
        let signed = sign::md5_hex(format!("{text}{KEY}").as_bytes());
        form(&[pairs.as_slice(), &[("sign", signed.as_str())]].concat())
    };
    let all = sign::sorted_pairs(pairs.iter().copied());
    let no_type = sign::sorted_pairs(pairs.iter().copied().filter(|(name, _)| *name != "sign_type"));
    if let Ok(said) = mapi::notice(digested(&no_type).as_bytes(), KEY) {
        money(said.total_fee);
        assert_eq!(Some(said.total_fee.get()), value(&pairs, "total_fee").and_then(yuan));
        assert_eq!(Some(said.out_trade_no.as_str()), value(&pairs, "out_trade_no"));
    }
    if let Ok(out_no) = wap::call_back(&shop, &digested(&no_type)) {
        assert_eq!(Some(out_no.as_str()), value(&pairs, "out_trade_no"));
    }
    if let Ok(token) = wap::token(&shop, digested(&all).as_bytes()) {
        assert!(!token.is_empty());
    }
    let [service, v, data] = ["service", "v", "notify_data"].map(|name| value(&pairs, name).unwrap_or_default());
    let ordered = digested(&format!("service={service}&v={v}&sec_id=MD5&notify_data={data}"));
    if let Ok(said) = wap::notice(&shop, ordered.as_bytes()) {
        money(said.total_fee);
        assert!(!said.out_trade_no.is_empty() && !said.notify_id.is_empty());
    }
    let no_key = wap::Shop { key: "", ..shop };
    for forged in [digested("").as_bytes(), input.body] {
        assert!(mapi::notice(forged, KEY).is_err() && wap::notice(&shop, forged).is_err());
        assert!(mapi::notice(forged, "").is_err() && wap::notice(&no_key, forged).is_err());
    }
}
