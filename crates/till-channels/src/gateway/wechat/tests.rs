//! Everything through the contract as it is built from its fields. Keys under `fixtures/` were made for these tests, but for
//! those in `published.json`, which others published as test keys.

mod answers;
mod contract;
mod notices;
mod office;
mod renewal;
mod requests;
mod rows;
mod surfaces;
mod vectors;

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use till_core::Fen;

use super::*;
use crate::gateway::fields::{Place, Values};
use crate::gateway::keys::PrivateKey;
use crate::gateway::keys::certificate::Certificate;
use crate::gateway::sign::{hmac_sha256_hex, rsa_sha256, sorted_pairs};
use crate::gateway::{RefundOrder, Refusal};

const NOW: i64 = 1_795_156_200_000;
const MCHID: &str = "1900000109";
const APPID: &str = "wxd678efh567hg6787";
const API_KEY: &str = "192006250b4c09247ec02edce69f6a2d";
const APIV3_KEY: &str = "a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb";
const KEY_ID: &str = "PUB_KEY_ID_0114232134912410000000000000";
const MERCHANT: &str = include_str!("fixtures/merchant.pem");
const MERCHANT_KEY: &str = include_str!("fixtures/merchant.key.pem");
const MERCHANT_PFX: &str = include_str!("fixtures/merchant.p12.b64");
const PLATFORM: &str = include_str!("fixtures/platform.pem");
const PLATFORM_KEY: &str = include_str!("fixtures/platform.key.pem");
const PLATFORM_SERIAL: &str = "28CE328E04DE179C3201DF6F722A60C30500593A";

/// A contract with everything, changed; an empty value takes a field away.
fn values(changes: &[(&str, &str)]) -> Values {
    let mut values = Values::default();
    let all = [
        ("appid", APPID),
        ("mchid", MCHID),
        ("merchant_private_key", MERCHANT_KEY),
        ("merchant_certificate", MERCHANT),
        ("apiv3_key", APIV3_KEY),
        ("wechatpay_public_key", PLATFORM),
        ("wechatpay_public_key_id", KEY_ID),
        ("platform_certificates", PLATFORM),
        ("api_key", API_KEY),
        ("extra_appids", "wxmini0000000001, wxapp00000000001"),
        ("notify_url", "https://pay.example.com/notify/wechat"),
    ];
    for (name, value) in all.iter().chain(changes) {
        values.set(name, value);
    }
    values
}

fn gateway(changes: &[(&str, &str)]) -> Box<dyn Gateway> {
    build(&values(changes), &Place::Live).map(|built| built.gateway).unwrap()
}

/// The whole contract, for tests that ask it often.
static WHOLE: LazyLock<Box<dyn Gateway>> = LazyLock::new(|| gateway(&[]));

/// v2 alone.
fn old() -> Box<dyn Gateway> {
    let none = ["apiv3_key", "wechatpay_public_key", "wechatpay_public_key_id", "platform_certificates"];
    gateway(&none.map(|name| (name, "")))
}

fn seed() -> Seed {
    Seed::new([7; 32])
}

fn order(scanned: bool) -> Order {
    Order {
        out_no: "QT20261120000001".into(),
        trade_no: None,
        amount: Fen::new(1500).unwrap(),
        subject: "钱台 & 茶".into(),
        created_at: NOW,
        expires_at: NOW + 300_000,
        scanned,
        notify_url: None,
        ip: String::new(),
        terminal: "1".into(),
    }
}

fn refund() -> RefundOrder {
    RefundOrder {
        refund_no: "RF20261120000001".into(),
        amount: Fen::new(500).unwrap(),
        reason: "错了".into(),
        created_at: NOW,
        trade_no: None,
    }
}

fn scan() -> Call {
    Call::Scan { auth_code: "134567890123456789".into() }
}

/// The headers WeChat Pay would sign this body with.
fn headers_at(body: &[u8], serial: &str, at_s: i64) -> Vec<(String, String)> {
    let key = PrivateKey::parse(PLATFORM_KEY).unwrap();
    let text = [format!("{at_s}\nnonce\n").as_bytes(), body, b"\n"].concat();
    let signature = STANDARD.encode(rsa_sha256(&key, &text, &mut seed()).unwrap());
    [
        ("wechatpay-timestamp", at_s.to_string()),
        ("wechatpay-nonce", "nonce".to_owned()),
        ("wechatpay-signature", signature),
        ("wechatpay-serial", serial.to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

fn signed(status: u16, body: &str) -> Reply {
    Reply { status, headers: headers_at(body.as_bytes(), KEY_ID, NOW / 1000), body: body.into() }
}

/// A v2 message of this shop's, signed with HMAC-SHA256.
fn message(pairs: &[(&str, &str)]) -> String {
    let mut all = vec![("return_code", "SUCCESS"), ("appid", APPID), ("mch_id", MCHID), ("nonce_str", "n")];
    for pair in pairs {
        all.retain(|(name, _)| name != &pair.0);
        all.push(*pair);
    }
    let text = format!("{}&key={API_KEY}", sorted_pairs(all.iter().copied().filter(|(_, value)| !value.is_empty())));
    let sign = hmac_sha256_hex(API_KEY.as_bytes(), text.as_bytes()).to_uppercase();
    all.push(("sign", &sign));
    xml::write(all)
}

fn plain(body: &str) -> Reply {
    Reply { status: 200, headers: Vec::new(), body: body.into() }
}

/// An answer of v2.
fn said(pairs: &[(&str, &str)]) -> Reply {
    plain(&message(pairs))
}

const V2_PAID: [(&str, &str); 9] = [
    ("result_code", "SUCCESS"),
    ("trade_type", "MICROPAY"),
    ("trade_state", "SUCCESS"),
    ("out_trade_no", "QT20261120000001"),
    ("transaction_id", "4200001"),
    ("total_fee", "1500"),
    ("fee_type", "CNY"),
    ("time_end", "20261120143000"),
    ("openid", "oUpF8uMuAJO"),
];

fn v3_trade(state: &str) -> String {
    format!(
        r#"{{"appid":"{APPID}","mchid":"{MCHID}","out_trade_no":"QT20261120000001","transaction_id":"4200001",
        "trade_state":"{state}","success_time":"2026-11-20T14:30:00+08:00","bank_type":"",
        "amount":{{"total":1500,"payer_total":1000,"currency":"CNY"}},"payer":{{"openid":"oUpF8uMuAJO"}}}}"#
    )
}

fn doubt(answer: &Answer) -> Option<DoubtKind> {
    match answer {
        Answer::Unknown(doubt) => Some(doubt.kind),
        _ => None,
    }
}
