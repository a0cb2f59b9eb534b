//! WeChat Pay changes its certificates: what is fetched, what is taken in, what counts when.

use super::*;
use crate::gateway::fields::{Fault, Why};

/// Another certificate with a key of its own, valid from 2020 to 2060.
const NEXT: &str = include_str!("../../testdata/pki/signer.pem");
const NEXT_KEY: &str = include_str!("../../testdata/pki/signer.key.pem");
const NEXT_SERIAL: &str = "1002640144";
/// One that ran out in 2024.
const OVER: &str = include_str!("../../testdata/pki/signer-expired.pem");
const WEAK: &str = include_str!("../fixtures/platform-weak.pem");
const FROM: i64 = 1_577_836_800_000;
const UNTIL: i64 = 2_840_140_800_000 + 999;

const NO_PUBLIC_KEY: [(&str, &str); 2] = [("wechatpay_public_key", ""), ("wechatpay_public_key_id", "")];

/// A contract without the public key, and with these platform certificates.
fn with(certificates: &str) -> Box<dyn Gateway> {
    gateway(&[&NO_PUBLIC_KEY[..], &[("platform_certificates", certificates)]].concat())
}

/// An answer under a certificate of this serial number.
fn signed_by(key: &str, serial: &str, body: &str, now_ms: i64) -> Reply {
    let at_s = now_ms / 1000;
    let text = format!("{at_s}\nnonce\n{body}\n");
    let made = rsa_sha256(&PrivateKey::parse(key).unwrap(), text.as_bytes(), &mut seed()).unwrap();
    let headers = [
        ("wechatpay-timestamp", at_s.to_string()),
        ("wechatpay-nonce", "nonce".to_owned()),
        ("wechatpay-signature", STANDARD.encode(made)),
        ("wechatpay-serial", serial.to_owned()),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value)).into();
    Reply { status: 200, headers, body: body.into() }
}

fn paid(gateway: &dyn Gateway, key: &str, serial: &str, now_ms: i64) -> Answer {
    gateway.read(&order(false), &Call::Query, &signed_by(key, serial, &v3_trade("SUCCESS"), now_ms), now_ms)
}

fn pems(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn a_certificate_counts_while_it_is_valid() {
    let gateway = with(PLATFORM);
    for now_ms in [FROM, NOW, UNTIL] {
        assert!(matches!(paid(&*gateway, PLATFORM_KEY, PLATFORM_SERIAL, now_ms), Answer::Paid(_)), "{now_ms}");
    }
    for now_ms in [FROM - 1_000, UNTIL + 1] {
        let answer = paid(&*gateway, PLATFORM_KEY, PLATFORM_SERIAL, now_ms);
        assert_eq!(doubt(&answer), Some(DoubtKind::BadSignature), "{now_ms}");
    }
}

#[test]
fn a_serial_number_is_a_number() {
    let gateway = with(PLATFORM);
    for serial in [PLATFORM_SERIAL.to_lowercase(), format!("00{PLATFORM_SERIAL}")] {
        assert!(matches!(paid(&*gateway, PLATFORM_KEY, &serial, NOW), Answer::Paid(_)), "{serial}");
    }
    assert_eq!(trust::serial(&Certificate::parse(PLATFORM).unwrap()), PLATFORM_SERIAL);
    let weak = Certificate::parse(WEAK).unwrap();
    assert_eq!(trust::serial(&weak), "0BCE328E04DE179C3201DF6F722A60C30500593B", "whole bytes are sent");
    for serial in ["0", "00", "28CE", KEY_ID] {
        assert_eq!(doubt(&paid(&*gateway, PLATFORM_KEY, serial, NOW)), Some(DoubtKind::UnknownKey), "{serial}");
    }
}

#[test]
fn what_is_fetched_is_believed_once_it_is_taken_in() {
    let before = with(PLATFORM);
    assert_eq!(doubt(&paid(&*before, NEXT_KEY, NEXT_SERIAL, NOW)), Some(DoubtKind::UnknownKey));
    let (field, value) = before.renew(&pems(&[NEXT]), NOW).unwrap().unwrap();
    assert_eq!(field, "platform_certificates");
    let after = with(&value);
    for (key, serial) in [(NEXT_KEY, NEXT_SERIAL), (PLATFORM_KEY, PLATFORM_SERIAL)] {
        assert!(matches!(paid(&*after, key, serial, NOW), Answer::Paid(_)), "both count: {serial}");
    }
    let crossed = paid(&*after, PLATFORM_KEY, NEXT_SERIAL, NOW);
    assert_eq!(doubt(&crossed), Some(DoubtKind::BadSignature), "each under its own number");
    assert_eq!(after.renew(&pems(&[NEXT, PLATFORM]), NOW), Ok(None), "held already, in whatever order");
    assert_eq!(after.renew(&pems(&[PLATFORM]), NOW), Ok(None), "what is not named any more may still sign");
}

#[test]
fn what_ran_out_is_left_away() {
    let bundle = format!("{OVER}{PLATFORM}");
    let (_, value) = with(&bundle).renew(&pems(&[PLATFORM]), NOW).unwrap().unwrap();
    let kept = Certificate::parse_all(&value).unwrap();
    assert_eq!(kept.iter().map(Certificate::serial_hex).collect::<Vec<_>>(), [PLATFORM_SERIAL]);
    let (_, value) = with(PLATFORM).renew(&pems(&[OVER, NEXT]), NOW).unwrap().unwrap();
    assert_eq!(Certificate::parse_all(&value).unwrap().len(), 2);
}

#[test]
fn nothing_useless_is_taken_in() {
    let gateway = with(PLATFORM);
    let kind = |texts: &[&str]| gateway.renew(&pems(texts), NOW).unwrap_err().kind;
    assert_eq!(kind(&[]), DoubtKind::Stale);
    assert_eq!(kind(&[OVER]), DoubtKind::Stale);
    assert_eq!(gateway.renew(&pems(&[NEXT]), FROM - 1).unwrap_err().kind, DoubtKind::Stale, "not yet");
    assert_eq!(kind(&["nonsense"]), DoubtKind::Unreadable);
    assert_eq!(kind(&[NEXT, PLATFORM_KEY]), DoubtKind::Unreadable);
    assert_eq!(kind(&[&format!("{NEXT}{PLATFORM}")]), DoubtKind::Unreadable, "each is one");
    assert_eq!(kind(&[NEXT, WEAK]), DoubtKind::Unreadable, "a weak key");
    assert_eq!(kind(&[NEXT; 9]), DoubtKind::Unreadable, "more than there can be");
    assert!(old().renew(&pems(&[NEXT]), NOW).is_err(), "v2 has none");
}

#[test]
fn a_contract_without_any_key_of_wechat_s_fetches_first() {
    let new = with("");
    assert!(new.can(Can::Certificates));
    assert!(![Can::Code, Can::Refund, Can::Bill].into_iter().any(|what| new.can(what)));
    assert_eq!(new.tests(), [Office::Certificates, Office::TestOlder]);
    let missing = Some(CannotAsk::Missing("platform_certificates"));
    assert_eq!(new.ask(&order(false), &Call::Create, NOW, &mut seed()).err(), missing);
    assert_eq!(new.ask_office(&Office::Test, NOW, &mut seed()).err(), missing);
    assert!(matches!(paid(&*new, PLATFORM_KEY, PLATFORM_SERIAL, NOW), Answer::Unknown(_)));
    let ask = new.ask_office(&Office::Certificates, NOW, &mut seed()).unwrap();
    assert_eq!(ask.url, "https://api.mch.weixin.qq.com/v3/certificates");

    let body = office::certificates_body(PLATFORM, PLATFORM_SERIAL, APIV3_KEY);
    let reply = signed_by(PLATFORM_KEY, PLATFORM_SERIAL, &body, NOW);
    let OfficeAnswer::Certificates(fetched) = new.read_office(&Office::Certificates, &reply, NOW) else { panic!() };
    let (_, value) = new.renew(&fetched, NOW).unwrap().unwrap();
    let grown = with(&value);
    assert!(matches!(paid(&*grown, PLATFORM_KEY, PLATFORM_SERIAL, NOW), Answer::Paid(_)));
    assert_eq!(grown.tests(), [Office::Test, Office::TestOlder]);
    assert!(grown.can(Can::Code) && grown.can(Can::Certificates));
}

#[test]
fn a_fetched_certificate_of_its_own_authority_must_be_valid_and_strong() {
    let new = with("");
    let read = |pem: &str, serial: &str, key: &str, now_ms: i64| {
        let body = office::certificates_body(pem, serial, APIV3_KEY);
        match new.read_office(&Office::Certificates, &signed_by(key, serial, &body, now_ms), now_ms) {
            OfficeAnswer::Unknown(doubt) => Some(doubt.kind),
            _ => None,
        }
    };
    assert_eq!(read(PLATFORM, PLATFORM_SERIAL, PLATFORM_KEY, NOW), None);
    assert_eq!(read(PLATFORM, PLATFORM_SERIAL, PLATFORM_KEY, UNTIL + 1), Some(DoubtKind::BadSignature));
    assert_eq!(read(PLATFORM, PLATFORM_SERIAL, NEXT_KEY, NOW), Some(DoubtKind::BadSignature));
    let weak = Certificate::parse(WEAK).unwrap().serial_hex();
    let weak_key = include_str!("../fixtures/weak.key.pem");
    assert_eq!(read(WEAK, &weak, weak_key, NOW), Some(DoubtKind::Unreadable));
    let body = office::certificates_body(PLATFORM, PLATFORM_SERIAL, APIV3_KEY);
    let entry = body.trim_start_matches(r#"{"data":["#).trim_end_matches("]}");
    let many = format!(r#"{{"data":[{}]}}"#, [entry; 9].join(","));
    let reply = signed_by(PLATFORM_KEY, PLATFORM_SERIAL, &many, NOW);
    let answer = new.read_office(&Office::Certificates, &reply, NOW);
    assert!(matches!(answer, OfficeAnswer::Unknown(doubt) if doubt.kind == DoubtKind::Unreadable));
}

#[test]
fn nothing_can_be_fetched_without_the_keys_for_it() {
    let all = [&NO_PUBLIC_KEY[..], &[("platform_certificates", "")]].concat();
    for lacking in ["merchant_private_key", "apiv3_key"] {
        let changes = [&all[..], &[(lacking, ""), ("scan_api", "v3")]].concat();
        let faults = build(&values(&changes), &Place::Live).err().unwrap();
        let told = Fault { field: "wechatpay_public_key", why: Why::Missing };
        assert!(faults.contains(&told), "{lacking}: {faults:?}");
    }
}

#[test]
fn the_public_key_alone_has_no_certificates_to_fetch() {
    let alone = gateway(&[("platform_certificates", "")]);
    assert!(!alone.can(Can::Certificates) && alone.can(Can::Code));
    assert!(gateway(&[]).can(Can::Certificates), "both, while shops change over");
}
