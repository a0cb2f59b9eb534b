//! Notices of both versions.

use aes::Aes256;
use aes::cipher::{BlockEncrypt, KeyInit};
use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use proptest::prelude::*;

use super::*;
use crate::gateway::sign::md5_hex;
use crate::gateway::{About, Source};

fn sealed(plain: &str) -> String {
    let cipher = <Aes256Gcm as KeyInit>::new_from_slice(APIV3_KEY.as_bytes()).unwrap();
    let payload = Payload { msg: plain.as_bytes(), aad: b"transaction" };
    STANDARD.encode(cipher.encrypt(Nonce::from_slice(b"fdasflkja484"), payload).unwrap())
}

fn notice_body(event: &str, plain: &str) -> String {
    format!(
        r#"{{"id":"EV-2018022511223320873","create_time":"2026-11-20T14:30:00+08:00","event_type":"{event}",
        "resource_type":"encrypt-resource","resource":{{"algorithm":"AEAD_AES_256_GCM","nonce":"fdasflkja484",
        "associated_data":"transaction","original_type":"transaction","ciphertext":"{}"}}}}"#,
        sealed(plain)
    )
}

fn raw(body: &str) -> RawNotice {
    RawNotice {
        headers: headers_at(body.as_bytes(), PLATFORM_SERIAL, NOW / 1000),
        query: String::new(),
        body: body.into(),
    }
}

fn v3_notice(event: &str, plain: &str) -> RawNotice {
    raw(&notice_body(event, plain))
}

fn v2_notice(body: &str) -> RawNotice {
    RawNotice { headers: vec![], query: String::new(), body: body.into() }
}

fn hear(raw: &RawNotice) -> Result<Heard, Doubt> {
    WHOLE.notice(raw, NOW)
}

static PAID: LazyLock<RawNotice> = LazyLock::new(|| v3_notice("TRANSACTION.SUCCESS", &v3_trade("SUCCESS")));

#[test]
fn a_paid_notice_of_either_version_agrees_with_its_order() {
    let notices = [
        (v3_notice("TRANSACTION.SUCCESS", &v3_trade("SUCCESS")), "EV-2018022511223320873"),
        (v2_notice(&message(&V2_PAID)), "4200001"),
    ];
    for (raw, id) in notices {
        let heard = hear(&raw).unwrap();
        let About::Paid(claim) = heard.about else { panic!("{:?}", heard.about) };
        assert_eq!((heard.id.as_str(), claim.source), (id, Source::Notice));
        assert_eq!(claim.agrees(&order(false), &gateway(&[]).identity()), Ok(()));
    }
}

#[test]
fn a_notice_needs_a_signature_before_it_is_opened() {
    let good = v3_notice("TRANSACTION.SUCCESS", &v3_trade("SUCCESS"));
    let kind = |raw: &RawNotice| hear(raw).err().map(|doubt| doubt.kind);
    assert_eq!(kind(&RawNotice { headers: vec![], ..good.clone() }), Some(DoubtKind::Unsigned));
    let mut probe = good.clone();
    probe.headers[2].1 = "WECHATPAY/SIGNTEST/abc".into();
    assert_eq!(kind(&probe), Some(DoubtKind::BadSignature));
    assert_eq!(gateway(&[]).notice(&good, NOW + 301_000).map_err(|doubt| doubt.kind), Err(DoubtKind::Stale));
    let none = gateway(&[("api_key", "")]);
    assert_eq!(none.notice(&v2_notice(&message(&V2_PAID)), NOW).map_err(|d| d.kind), Err(DoubtKind::BadSignature));
    assert_eq!(old().notice(&good, NOW).map_err(|doubt| doubt.kind), Err(DoubtKind::BadSignature));
    assert_eq!(kind(&v2_notice("")), Some(DoubtKind::Unsigned));
}

#[test]
fn a_resource_under_another_key_or_algorithm_is_refused() {
    let body = notice_body("TRANSACTION.SUCCESS", &v3_trade("SUCCESS"));
    for (from, to) in [
        ("AEAD_AES_256_GCM", "AEAD_SM4_GCM"),
        ("\"associated_data\":\"transaction\"", "\"associated_data\":\"refund\""),
        ("fdasflkja484", "fdasflkja485"),
        ("fdasflkja484", "fdasflkja"),
    ] {
        let found = hear(&raw(&body.replace(from, to))).map_err(|doubt| doubt.kind);
        assert_eq!(found, Err(DoubtKind::BadSignature), "{to}");
    }
    let twice = body.replace("\"id\"", "\"event_type\":\"TRANSACTION.SUCCESS\",\"id\"");
    assert_eq!(hear(&raw(&twice)).map_err(|doubt| doubt.kind), Err(DoubtKind::Unreadable));
}

#[test]
fn events_that_are_no_payment() {
    let about = |event: &str, plain: &str| hear(&v3_notice(event, plain)).unwrap().about;
    let refund = |status: &str| {
        format!(
            r#"{{"mchid":"{MCHID}","out_trade_no":"QT20261120000001","out_refund_no":"RF1","refund_status":"{status}"}}"#
        )
    };
    let expected = |ask| About::Refund { out_no: Some("QT20261120000001".into()), refund_no: Some("RF1".into()), ask };
    assert_eq!(about("REFUND.SUCCESS", &refund("SUCCESS")), expected(false));
    assert_eq!(about("REFUND.SUCCESS", &refund("ABNORMAL")), expected(true));
    assert_eq!(about("REFUND.CLOSED", &refund("CLOSED")), expected(true));
    let other = |status: &str| About::Other { out_no: Some("QT20261120000001".into()), status: status.into() };
    assert_eq!(about("TRANSACTION.SUCCESS", &v3_trade("NOTPAY")), other("NOTPAY"));
    assert_eq!(about("SOMETHING.NEW", &v3_trade("SUCCESS")), other("SOMETHING.NEW"));
    let theirs = v3_trade("SUCCESS").replace(MCHID, "1900000108");
    let found = hear(&v3_notice("TRANSACTION.SUCCESS", &theirs)).map_err(|doubt| doubt.kind);
    assert_eq!(found, Err(DoubtKind::NotOurs));
}

#[test]
fn a_doubtful_v2_notice_names_the_order_to_ask_about() {
    let forged = message(&V2_PAID).replace(">1500<", ">1<");
    let doubt = hear(&v2_notice(&forged)).unwrap_err();
    assert_eq!((doubt.kind, doubt.out_no.as_deref()), (DoubtKind::BadSignature, Some("QT20261120000001")));
    let failed = message(&[("result_code", "FAIL"), ("err_code", "BANKERROR"), ("out_trade_no", "QT20261120000001")]);
    let about = hear(&v2_notice(&failed)).unwrap().about;
    assert_eq!(about, About::Other { out_no: Some("QT20261120000001".into()), status: "BANKERROR".into() });
    let declared = format!("<!DOCTYPE x [<!ENTITY e \"SUCCESS\">]>{}", message(&V2_PAID));
    assert_eq!(hear(&v2_notice(&declared)).map_err(|doubt| doubt.kind), Err(DoubtKind::Unreadable));
}

fn refund_notice(plain: &str, key: &str) -> RawNotice {
    let cipher = Aes256::new_from_slice(md5_hex(key.as_bytes()).as_bytes()).unwrap();
    let padding = 16 - plain.len() % 16;
    let mut bytes = [plain.as_bytes(), &vec![u8::try_from(padding).unwrap(); padding]].concat();
    for block in bytes.chunks_exact_mut(16) {
        cipher.encrypt_block(block.into());
    }
    let req_info = STANDARD.encode(bytes);
    let pairs = [("return_code", "SUCCESS"), ("appid", APPID), ("mch_id", MCHID), ("req_info", req_info.as_str())];
    v2_notice(&xml::write(pairs))
}

#[test]
fn a_v2_refund_notice_only_makes_the_till_ask() {
    let plain = "<root><out_refund_no>RF1</out_refund_no><out_trade_no>QT20261120000001</out_trade_no>\
                 <refund_id>50001</refund_id><refund_status>SUCCESS</refund_status></root>";
    let heard = hear(&refund_notice(plain, API_KEY)).unwrap();
    assert_eq!(heard.id, "50001:SUCCESS");
    let expected = About::Refund { out_no: Some("QT20261120000001".into()), refund_no: Some("RF1".into()), ask: true };
    assert_eq!(heard.about, expected);
    let other_key = hear(&refund_notice(plain, "another key")).map_err(|doubt| doubt.kind);
    assert_eq!(other_key, Err(DoubtKind::BadSignature));
    for sealed in ["QUJD", "!", "QUJDQUJDQUJDQUJDQUJDQQ=="] {
        let pairs = [("return_code", "SUCCESS"), ("appid", APPID), ("mch_id", MCHID), ("req_info", sealed)];
        assert_eq!(hear(&v2_notice(&xml::write(pairs))).map_err(|d| d.kind), Err(DoubtKind::BadSignature), "{sealed}");
    }
}

#[test]
fn notices_are_answered_to_the_letter() {
    let answer = |raw: &RawNotice, taken| {
        let ack = WHOLE.acknowledge(raw, taken);
        (ack.status, String::from_utf8(ack.body).unwrap())
    };
    let (old, new) = (v2_notice("<xml></xml>"), v2_notice("{}"));
    let ok = "<xml><return_code><![CDATA[SUCCESS]]></return_code><return_msg><![CDATA[OK]]></return_msg></xml>";
    assert_eq!(answer(&old, true), (200, ok.to_owned()));
    assert!(answer(&old, false).1.starts_with("<xml><return_code><![CDATA[FAIL]]>"));
    assert_eq!(answer(&new, true), (200, String::new()));
    assert_eq!(answer(&new, false), (400, r#"{"code":"FAIL","message":"not taken"}"#.to_owned()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_changed_byte_of_a_v3_notice_is_money(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut raw = PAID.clone();
        let at = at.index(raw.body.len());
        prop_assume!(raw.body[at] != byte);
        raw.body[at] = byte;
        prop_assert!(hear(&raw).is_err());
    }

    #[test]
    fn no_changed_byte_of_a_v2_notice_is_other_money(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let good = v2_notice(&message(&V2_PAID));
        let about = hear(&good).unwrap().about;
        let mut raw = good;
        let at = at.index(raw.body.len());
        raw.body[at] = byte;
        if let Ok(Heard { about: other @ About::Paid(_), .. }) = hear(&raw) {
            prop_assert_eq!(other, about);
        }
    }
}
