//! WeChat Pay: JSON under a signature in the headers, and XML under a key that both sides share.

use std::sync::LazyLock;

use aes::Aes256;
use aes::cipher::{BlockEncrypt, KeyInit};
use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use till_channels::gateway::keys::PrivateKey;
use till_channels::gateway::{
    About, Answer, Claim, Doubt, Gateway, Heard, Office, OfficeAnswer, Provider, RawNotice, Reply, Source, Surface,
    sign,
};

use super::{Input, NOW, answered, claimed, contract, cut_again, object, order, seed, signature, value};

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../crates/till-channels/src/gateway/wechat/fixtures/", $name))
    };
}

/// The contract's app.
pub const APPID: &str = "wxd678efh567hg6787";
/// The contract's shop.
pub const MCHID: &str = "1900000109";
/// The key of v2.
const API_KEY: &str = "192006250b4c09247ec02edce69f6a2d";
/// The key of secrets inside messages of v3.
const APIV3_KEY: &str = "a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb";
const KEY_ID: &str = "PUB_KEY_ID_0114232134912410000000000000";
const SERIAL: &str = "28CE328E04DE179C3201DF6F722A60C30500593A";

fn made(scan_api: &str) -> Box<dyn Gateway> {
    let fields = [
        ("appid", APPID),
        ("mchid", MCHID),
        ("merchant_private_key", fixture!("merchant.key.pem")),
        ("merchant_certificate", fixture!("merchant.pem")),
        ("apiv3_key", APIV3_KEY),
        ("wechatpay_public_key", fixture!("platform.pem")),
        ("wechatpay_public_key_id", KEY_ID),
        ("api_key", API_KEY),
        ("scan_api", scan_api),
    ];
    contract(Provider::Wechat, &fields)
}

/// Scanned orders go through v2, all others through v3.
static BOTH: LazyLock<Box<dyn Gateway>> = LazyLock::new(|| made("v2"));
/// All orders go through v3.
static NEW: LazyLock<Box<dyn Gateway>> = LazyLock::new(|| made("v3"));
static PLATFORM: LazyLock<PrivateKey> =
    LazyLock::new(|| PrivateKey::parse(fixture!("platform.key.pem")).expect("a test key"));

/// A message of WeChat Pay's.
pub fn wechat(data: &[u8]) {
    let Some(input) = Input::of(data) else { return };
    input.proves_nothing(BOTH.as_ref());
    match (input.what.split_once(':'), input.body.first()) {
        (Some(("sealed", event)), _) => sealed(event, &input),
        (Some(("v2", what)), Some(b'<')) => xml(&Input { what, ..input }),
        (Some(("v2", what)), _) => v2(&Input { what, ..input }),
        _ => v3(&input),
    }
}

/// The message with the headers that WeChat Pay signs.
fn signed(input: &Input<'_>, body: &[u8]) -> Reply {
    let seconds = (NOW / 1000).to_string();
    let text = [seconds.as_bytes(), b"\nnonce\n", body, b"\n"].concat();
    let made = signature(&PLATFORM, &text);
    let ours = [("timestamp", seconds.as_str()), ("nonce", "nonce"), ("signature", &made), ("serial", KEY_ID)];
    let ours = ours.map(|(name, value)| (format!("wechatpay-{name}"), value.to_owned()));
    Reply { status: input.status, headers: [input.headers.as_slice(), &ours].concat(), body: body.to_vec() }
}

fn hear(reply: &Reply) -> Result<Heard, Doubt> {
    BOTH.notice(&RawNotice { headers: reply.headers.clone(), query: String::new(), body: reply.body.clone() }, NOW)
}

fn v3(input: &Input<'_>) {
    // Signing takes time: what is no object is refused before.
    let Some(said) = input.text().and_then(object) else { return };
    let reply = signed(input, input.body);
    if let Some(call) = input.call() {
        for scanned in [false, true] {
            let order = order(scanned);
            let read = |reply: &Reply| NEW.read(&order, &call, reply, NOW);
            let answer = read(&reply);
            answered(&call, &answer);
            if let Answer::Paid(claim) = &answer {
                paid_v3(claim, Source::Answer, &said);
                assert!((200..300).contains(&reply.status));
            }
            let later = NEW.read(&order, &call, &reply, NOW + 301_000);
            assert!(matches!(later, Answer::Unknown(_)), "{later:?}");
            for trouble in [Reply { status: 500, ..reply.clone() }, other_body(&reply), twice_signed(&reply)] {
                let answer = read(&trouble);
                assert!(matches!(answer, Answer::Unknown(_)), "{answer:?}");
            }
        }
    }
    if let Some(office) = input.office().filter(|office| !matches!(office, Office::File { .. })) {
        let _ = BOTH.read_office(&office, &reply, NOW);
    }
    if let Some(surface) = surface(input.what, false) {
        let _ = BOTH.hand_over(&order(false), &surface, &reply, NOW, &mut seed());
    }
    if input.what == "notice" && hear(&reply).is_ok() {
        assert!(hear(&other_body(&reply)).is_err());
    }
}

/// The same headers above another body.
fn other_body(reply: &Reply) -> Reply {
    let mut other = reply.clone();
    other.body.push(b' ');
    other
}

/// One of its headers stands twice.
fn twice_signed(reply: &Reply) -> Reply {
    let mut other = reply.clone();
    other.headers.push(("Wechatpay-Nonce".to_owned(), "nonce".to_owned()));
    other
}

fn paid_v3(claim: &Claim, source: Source, said: &serde_json::Map<String, serde_json::Value>) {
    let get = |name: &str| said.get(name).and_then(|value| value.as_str());
    let total = said.get("amount").and_then(|amount| amount["total"].as_i64());
    claimed(claim, source, [get("out_trade_no"), get("transaction_id")], total);
    assert_eq!((get("trade_state"), claim.seller.as_deref()), (Some("SUCCESS"), Some(MCHID)));
    assert!(claim.app.as_deref().is_none_or(|app| app == APPID));
}

fn surface(what: &str, v2: bool) -> Option<Surface> {
    Some(match what {
        "jsapi" => Surface::WechatJsapi { openid: "o1".to_owned(), appid: None, v2 },
        "app" => Surface::WechatApp { appid: None, v2 },
        "h5" => Surface::WechatH5 { wap_url: "https://shop.example.com".to_owned(), wap_name: "shop".to_owned(), v2 },
        _ => return None,
    })
}

/// The body as a secret inside a signed message: a notice's resource, a certificate, or v2's news of a refund.
fn sealed(event: &str, input: &Input<'_>) {
    if event == "v2" {
        return sealed_v2(input);
    }
    let cipher = <Aes256Gcm as aes_gcm::KeyInit>::new_from_slice(APIV3_KEY.as_bytes()).expect("32 bytes");
    let payload = Payload { msg: input.body, aad: b"aad" };
    let ciphertext = cipher.encrypt(Nonce::from_slice(b"nonce 12 big"), payload).expect("a short text");
    let secret = json!({
        "algorithm": "AEAD_AES_256_GCM",
        "nonce": "nonce 12 big",
        "associated_data": "aad",
        "ciphertext": STANDARD.encode(ciphertext),
    });
    if event == "certificate" {
        let body = json!({ "data": [{ "serial_no": SERIAL, "encrypt_certificate": secret }] }).to_string();
        let answer = BOTH.read_office(&Office::Certificates, &signed(input, body.as_bytes()), NOW);
        if let OfficeAnswer::Certificates(found) = answer {
            assert_eq!(found, [input.text().unwrap_or_default()]);
        }
        return;
    }
    let Some(said) = input.text().and_then(object) else { return };
    let body = json!({ "id": "EV-1", "event_type": event, "resource": secret }).to_string();
    let Ok(heard) = hear(&signed(input, body.as_bytes())) else { return };
    assert_eq!(heard.id, "EV-1");
    let get = |name: &str| said.get(name).and_then(|value| value.as_str()).filter(|text| !text.is_empty());
    match heard.about {
        About::Paid(claim) => {
            assert_eq!(event, "TRANSACTION.SUCCESS");
            paid_v3(&claim, Source::Notice, &said);
        }
        About::Refund { out_no, refund_no, ask } => {
            assert_eq!([out_no.as_deref(), refund_no.as_deref()], [get("out_trade_no"), get("out_refund_no")]);
            assert!(ask || event == "REFUND.SUCCESS" && get("refund_status") == Some("SUCCESS"));
        }
        About::Other { out_no, .. } => assert_eq!(out_no.as_deref(), get("out_trade_no")),
        About::Ended { .. } => panic!("no notice ends an order"),
    }
}

fn sealed_v2(input: &Input<'_>) {
    let key = sign::md5_hex(API_KEY.as_bytes());
    let cipher = Aes256::new_from_slice(key.as_bytes()).expect("32 bytes");
    let padding = 16 - input.body.len() % 16;
    let mut bytes = [input.body, &[padding as u8; 16][..padding]].concat();
    for block in bytes.chunks_exact_mut(16) {
        cipher.encrypt_block(block.into());
    }
    let pairs =
        [("return_code", "SUCCESS"), ("appid", APPID), ("mch_id", MCHID), ("req_info", &STANDARD.encode(bytes))];
    if let Ok(heard) = hear(&plain(input, written(&pairs))) {
        assert!(matches!(heard.about, About::Refund { ask: true, .. }), "its cipher proves nothing: {:?}", heard.about);
    }
}

fn plain(input: &Input<'_>, body: String) -> Reply {
    Reply { status: input.status, headers: input.headers.clone(), body: body.into_bytes() }
}

fn written(pairs: &[(&str, &str)]) -> String {
    let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let parts: String = pairs.iter().map(|(name, value)| format!("<{name}>{}</{name}>", escaped(value))).collect();
    format!("<xml>{parts}</xml>")
}

/// The sign of v2: HMAC-SHA256 over the sorted pairs.
fn sign_v2(text: &str) -> String {
    sign::hmac_sha256_hex(API_KEY.as_bytes(), format!("{text}&key={API_KEY}").as_bytes()).to_uppercase()
}

/// A message of v2 out of its pairs: whatever is read was signed, and in one reading only.
fn v2(input: &Input<'_>) {
    let Some(mut pairs) = input.pairs() else { return };
    pairs.retain(|(name, value)| *name != "sign" && !value.is_empty());
    let text = sign::sorted_pairs(pairs.iter().copied());
    let made = sign_v2(&text);
    let with = |pairs: &[(&str, &str)]| plain(input, written(&[pairs, &[("sign", made.as_str())]].concat()));
    if !is_read_v2(input, &with(&pairs), &pairs) {
        return;
    }
    assert!(!is_read_v2(input, &with(&pairs[1..]), &[]), "{} was not signed", pairs[0].0);
    if let Some(again) = cut_again(&text, &pairs) {
        assert!(!is_read_v2(input, &with(&again), &again), "a signature that fits two readings: {text}");
    }
}

/// A message of v2 as it stands, signed as the simplest reader takes it.
fn xml(input: &Input<'_>) {
    let Some((text, end)) = input.text().and_then(|text| Some((text, text.rfind("</xml>")?))) else { return };
    let Some(pairs) = simply_read(text) else { return };
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let inside: Vec<_> = pairs.iter().copied().filter(|(_, value)| !value.is_empty()).collect();
    let made = sign_v2(&sign::sorted_pairs(inside.iter().copied()));
    let body = format!("{}<sign>{made}</sign>{}", &text[..end], &text[end..]);
    is_read_v2(input, &plain(input, body), &inside);
}

/// Names and texts of elements without attributes, and nothing else.
fn simply_read(text: &str) -> Option<Vec<(&str, String)>> {
    let (_, mut rest) = text.split_once("<xml>")?;
    let mut pairs = Vec::new();
    loop {
        rest = rest.trim_start().strip_prefix('<')?;
        let (name, from) = rest.split_once('>')?;
        if name == "/xml" {
            return Some(pairs);
        }
        let (value, next) = from.split_once(&format!("</{name}>"))?;
        let data = value.strip_prefix("<![CDATA[").and_then(|data| data.strip_suffix("]]>"));
        let unescaped = || value.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
        pairs.push((name, data.map_or_else(unescaped, str::to_owned)));
        rest = next;
    }
}

/// Whether a message of v2 proves anything; if so, that it is what was signed.
fn is_read_v2(input: &Input<'_>, reply: &Reply, pairs: &[(&str, &str)]) -> bool {
    let get = |name: &str| value(pairs, name);
    let paid = |claim: &Claim, source| {
        let fen = get("total_fee").and_then(|text| text.parse().ok());
        claimed(claim, source, [get("out_trade_no"), get("transaction_id")], fen);
        assert_eq!([claim.app.as_deref(), claim.seller.as_deref()], [Some(APPID), Some(MCHID)]);
        assert_eq!([get("return_code"), get("result_code")], [Some("SUCCESS"); 2]);
    };
    if let Some(surface) = surface(input.what, true) {
        return BOTH.hand_over(&order(false), &surface, reply, NOW, &mut seed()).is_ok();
    }
    let Some(call) = input.call() else {
        let Ok(heard) = hear(reply) else { return false };
        if let About::Paid(claim) = &heard.about {
            paid(claim, Source::Notice);
        }
        return true;
    };
    let answer = BOTH.read(&order(true), &call, reply, NOW);
    answered(&call, &answer);
    if let Answer::Paid(claim) = &answer {
        paid(claim, Source::Answer);
        assert_eq!(reply.status, 200);
    }
    !matches!(answer, Answer::Unknown(_))
}
