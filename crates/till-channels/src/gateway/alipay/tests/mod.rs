//! A peer that signs as Alipay does, with a key of its own, and a contract that trusts it.

mod answers;
mod certificates;
mod contract;
mod historic;
mod notices;
mod office;
mod requests;
mod surfaces;
mod vectors;

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use till_core::Fen;

use super::super::fields::Values;
use super::super::keys::PrivateKey;
use super::super::keys::certificate::Certificate;
use super::super::{RefundOrder, sign};
use super::*;

const APP_KEY: &str = include_str!("../fixtures/app-key.pem");
const APP_CERTIFICATE: &str = include_str!("../fixtures/app-certificate.pem");
const ALIPAY_KEY: &str = include_str!("../fixtures/alipay-key.pem");
const ALIPAY_CERTIFICATE: &str = include_str!("../fixtures/alipay-certificate.pem");
const ROOT_CERTIFICATES: &str = include_str!("../fixtures/root-certificates.pem");
const APP_ID: &str = "2021000000000001";
const SELLER: &str = "2088000000000001";
const OUT_NO: &str = "QT20261120000001";
const TRADE_NO: &str = "2026112022001400000000000001";
/// 2026-11-20 14:30:00 in Beijing.
const NOW: i64 = 1_795_156_200_000;

fn seed() -> Seed {
    Seed::new([7; 32])
}

fn values(pairs: &[(&str, &str)]) -> Values {
    let mut values = Values::default();
    for (name, value) in pairs {
        values.set(name, value);
    }
    values
}

/// Public key mode. A certificate is one of the forms a public key may be pasted in.
fn good() -> Values {
    values(&[
        ("app_id", APP_ID),
        ("app_private_key", APP_KEY),
        ("alipay_public_key", ALIPAY_CERTIFICATE),
        ("seller_id", SELLER),
    ])
}

fn certificate_mode() -> Values {
    values(&[
        ("app_id", APP_ID),
        ("app_private_key", APP_KEY),
        ("app_certificate", APP_CERTIFICATE),
        ("alipay_certificate", ALIPAY_CERTIFICATE),
        ("alipay_root_certificate", ROOT_CERTIFICATES),
    ])
}

fn gateway(values: &Values) -> Box<dyn Gateway> {
    build(values, &Place::Live).map_err(|faults| format!("{faults:?}")).unwrap().gateway
}

/// Read once: keys take their time where nothing is optimised.
fn alipay() -> &'static dyn Gateway {
    static ALIPAY: LazyLock<Box<dyn Gateway>> = LazyLock::new(|| gateway(&good()));
    ALIPAY.as_ref()
}

fn fen(fen: i64) -> Fen {
    Fen::new(fen).unwrap()
}

fn order() -> Order {
    Order {
        out_no: OUT_NO.into(),
        trade_no: None,
        amount: fen(1550),
        subject: "茶 2 杯".into(),
        created_at: NOW - 1_000,
        expires_at: NOW - 1_000 + 299_500,
        scanned: true,
        notify_url: Some("https://relay.example.com/notify/alipay".into()),
        ip: String::new(),
        terminal: "till-1".into(),
    }
}

fn scan() -> Call {
    Call::Scan { auth_code: "283456789012345678".into() }
}

fn refund() -> RefundOrder {
    RefundOrder {
        refund_no: "QTR0001".into(),
        amount: fen(550),
        reason: "少一杯".into(),
        created_at: NOW,
        trade_no: None,
    }
}

fn every_call() -> [Call; 6] {
    [Call::Create, scan(), Call::Query, Call::End, Call::Refund(refund()), Call::RefundQuery(refund())]
}

/// Alipay's signature over a text.
fn their_signature(text: &str) -> String {
    static KEY: LazyLock<PrivateKey> = LazyLock::new(|| PrivateKey::parse(ALIPAY_KEY).unwrap());
    STANDARD.encode(sign::rsa_sha256(&KEY, text.as_bytes(), &mut seed()).unwrap())
}

fn reply(body: impl Into<Vec<u8>>) -> Reply {
    Reply { status: 200, headers: Vec::new(), body: body.into() }
}

fn answer_named(name: &str, inner: &str) -> String {
    format!(r#"{{"{name}":{inner},"sign":"{}"}}"#, their_signature(inner))
}

/// An answer as Alipay sends it.
fn answer(call: &Call, inner: &str) -> String {
    answer_named(&format!("{}_response", call::method(call).replace('.', "_")), inner)
}

fn read(call: &Call, body: impl Into<Vec<u8>>) -> Answer {
    alipay().read(&order(), call, &reply(body), NOW)
}

/// What an authentic answer means.
fn meaning(call: &Call, inner: &str) -> Answer {
    read(call, answer(call, inner))
}

fn doubt(answer: &Answer) -> DoubtKind {
    match answer {
        Answer::Unknown(doubt) => doubt.kind,
        other => panic!("not in doubt: {other:?}"),
    }
}

fn form(pairs: &[(&str, &str)]) -> String {
    crate::merchant::address::query(pairs)
}

/// Signs parameters as Alipay signs notices.
fn signed_form(pairs: &[(&str, &str)]) -> String {
    let taken = pairs.iter().filter(|(n, v)| !v.is_empty() && !["sign", "sign_type", "alipay_cert_sn"].contains(n));
    let signature = their_signature(&sign::sorted_pairs(taken.map(|(n, v)| (*n, *v))));
    format!("{}&{}", form(pairs), form(&[("sign", &signature)]))
}

const PAID: &[(&str, &str)] = &[
    ("notify_id", "2026112000222143005000000000000001"),
    ("notify_type", "trade_status_sync"),
    ("notify_time", "2026-11-20 14:30:06"),
    ("charset", "utf-8"),
    ("version", "1.0"),
    ("sign_type", "RSA2"),
    ("app_id", APP_ID),
    ("seller_id", SELLER),
    ("out_trade_no", OUT_NO),
    ("trade_no", TRADE_NO),
    ("trade_status", "TRADE_SUCCESS"),
    ("total_amount", "15.50"),
    ("receipt_amount", "15.50"),
    ("gmt_payment", "2026-11-20 14:30:05"),
    ("buyer_logon_id", "139****0001"),
    ("subject", "茶 2 杯"),
    ("fund_bill_list", r#"[{"amount":"15.50","fundChannel":"ALIPAYACCOUNT"}]"#),
];

/// The same parameters with some changed (or added).
fn changed<'a>(pairs: &[(&'a str, &'a str)], changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = pairs.iter().filter(|(n, _)| !changes.iter().any(|(c, _)| c == n));
    kept.chain(changes).copied().collect()
}

fn notice(body: impl Into<Vec<u8>>) -> Result<Heard, Doubt> {
    alipay().notice(&RawNotice { headers: Vec::new(), query: String::new(), body: body.into() }, NOW)
}
