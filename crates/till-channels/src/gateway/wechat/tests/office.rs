//! Bills, certificates, the test of a contract.

use super::*;
use crate::gateway::sign::sha1_hex;

fn read(office: &Office, reply: &Reply) -> OfficeAnswer {
    gateway(&[]).read_office(office, reply, NOW)
}

fn kind(answer: &OfficeAnswer) -> Option<DoubtKind> {
    match answer {
        OfficeAnswer::Unknown(doubt) => Some(doubt.kind),
        _ => None,
    }
}

#[test]
fn a_bill_is_fetched_from_wechat_and_checked_by_its_hash() {
    let bill = Office::Bill { date: "2026-11-19".into() };
    let ask = gateway(&[]).ask_office(&bill, NOW, &mut seed()).unwrap();
    assert_eq!(ask.url, "https://api.mch.weixin.qq.com/v3/bill/tradebill?bill_date=2026-11-19&bill_type=ALL");
    let url = "https://api.mch.weixin.qq.com/v3/billdownload/file?token=x";
    let hash = sha1_hex(b"the bill");
    let told = format!(r#"{{"hash_type":"SHA1","hash_value":"{hash}","download_url":"{url}"}}"#);
    let elsewhere = OfficeAnswer::Elsewhere { url: url.into(), hash: Some(hash.clone()) };
    assert_eq!(read(&bill, &signed(200, &told)), elsewhere);
    assert_eq!(kind(&read(&bill, &signed(200, &told.replace("SHA1", "CRC")))), Some(DoubtKind::Unlisted));
    for code in ["NO_STATEMENT_EXIST", "STATEMENT_CREATING"] {
        assert_eq!(read(&bill, &signed(400, &format!(r#"{{"code":"{code}"}}"#))), OfficeAnswer::NoFile);
    }
    let file = Office::File { url: url.into(), hash: Some(hash) };
    let ask = gateway(&[]).ask_office(&file, NOW, &mut seed()).unwrap();
    assert_eq!((ask.url.as_str(), ask.method), (url, "GET"));
    assert!(ask.headers.iter().any(|(name, _)| name == "Authorization"));
    let OfficeAnswer::File { bytes, .. } = read(&file, &plain("the bill")) else { panic!() };
    assert_eq!(bytes, b"the bill");
    assert_eq!(kind(&read(&file, &plain("another bill"))), Some(DoubtKind::BadSignature));
    let bare = Office::File { url: url.into(), hash: None };
    assert_eq!(kind(&read(&bare, &plain("the bill"))), Some(DoubtKind::Unsigned));
}

#[test]
fn our_signature_goes_to_wechat_only() {
    let refused = |url: &str| {
        let file = Office::File { url: url.into(), hash: None };
        gateway(&[]).ask_office(&file, NOW, &mut seed()).is_err()
    };
    assert!(refused("https://evil.example/v3/billdownload/file"));
    assert!(refused("https://api.mch.weixin.qq.com.evil.example/file"));
    assert!(refused("https://api.mch.weixin.qq.com@evil.example/file"));
    assert!(refused("http://api.mch.weixin.qq.com/file"));
    let bill = Office::Bill { date: "2026-11-19&tar_type=GZIP".into() };
    assert!(gateway(&[]).ask_office(&bill, NOW, &mut seed()).is_err());
    let bill = Office::Bill { date: "2026-11-19".into() };
    assert_eq!(old().ask_office(&bill, NOW, &mut seed()).err(), Some(CannotAsk::Missing("apiv3_key")));
}

#[test]
fn the_test_passes_only_on_an_authentic_no() {
    let works = |gateway: &dyn Gateway, reply: &Reply| gateway.read_office(&Office::Test, reply, NOW);
    let new = gateway(&[]);
    assert_eq!(works(&*new, &signed(404, r#"{"code":"ORDER_NOT_EXIST"}"#)), OfficeAnswer::Works);
    let bare = Reply { headers: vec![], ..signed(404, r#"{"code":"ORDER_NOT_EXIST"}"#) };
    assert_eq!(kind(&works(&*new, &bare)), Some(DoubtKind::Unsigned));
    assert_eq!(kind(&works(&*new, &signed(200, &v3_trade("SUCCESS")))), Some(DoubtKind::NotOurs));
    assert!(matches!(works(&*new, &signed(403, r#"{"code":"NO_AUTH"}"#)), OfficeAnswer::Refused(_)));
    let absent = said(&[("result_code", "FAIL"), ("err_code", "ORDERNOTEXIST")]);
    assert_eq!(works(&*old(), &absent), OfficeAnswer::Works);
    let unknown = said(&[("result_code", "FAIL"), ("err_code", "SOMETHING")]);
    assert_eq!(kind(&works(&*old(), &unknown)), Some(DoubtKind::Unlisted));
}

#[test]
fn each_version_is_tried_with_its_own_keys() {
    let both = gateway(&[]);
    assert_eq!(both.tests(), [Office::Test, Office::TestOlder]);
    assert_eq!(old().tests(), [Office::Test]);
    assert_eq!(gateway(&[("api_key", "")]).tests(), [Office::Test]);
    let url = |gateway: &dyn Gateway, office| gateway.ask_office(&office, NOW, &mut seed()).map(|ask| ask.url);
    let v2 = "https://api.mch.weixin.qq.com/pay/orderquery";
    assert_eq!(url(&*both, Office::TestOlder).as_deref(), Ok(v2));
    assert_eq!(url(&*old(), Office::Test).as_deref(), Ok(v2));
    assert!(url(&*both, Office::Test).unwrap().contains("/v3/pay/transactions/"));
    assert_eq!(url(&*gateway(&[("api_key", "")]), Office::TestOlder), Err(CannotAsk::Missing("api_key")));

    let absent = said(&[("result_code", "FAIL"), ("err_code", "ORDERNOTEXIST")]);
    assert_eq!(both.read_office(&Office::TestOlder, &absent, NOW), OfficeAnswer::Works);
    let other_key = gateway(&[("api_key", "00000000000000000000000000000000")]);
    let answer = other_key.read_office(&Office::TestOlder, &absent, NOW);
    assert_eq!(kind(&answer), Some(DoubtKind::BadSignature), "a wrong v2 key is found at set-up");
    let refused = plain("<xml><return_code>FAIL</return_code><return_msg>签名错误</return_msg></xml>");
    assert_eq!(kind(&both.read_office(&Office::TestOlder, &refused, NOW)), Some(DoubtKind::Unsigned));
    // What v3 says proves nothing about v2, and the other way round.
    let of_v3 = signed(404, r#"{"code":"ORDER_NOT_EXIST"}"#);
    assert!(kind(&both.read_office(&Office::TestOlder, &of_v3, NOW)).is_some());
    assert!(kind(&both.read_office(&Office::Test, &absent, NOW)).is_some());
}

pub(super) fn certificates_body(pem: &str, serial: &str, key: &str) -> String {
    use aes_gcm::aead::{Aead, KeyInit, Payload};
    let cipher = aes_gcm::Aes256Gcm::new_from_slice(key.as_bytes()).unwrap();
    let payload = Payload { msg: pem.as_bytes(), aad: b"certificate" };
    let sealed = STANDARD.encode(cipher.encrypt(aes_gcm::Nonce::from_slice(b"14b16c03dc1b"), payload).unwrap());
    format!(
        r#"{{"data":[{{"serial_no":"{serial}","encrypt_certificate":{{"algorithm":"AEAD_AES_256_GCM",
        "nonce":"14b16c03dc1b","associated_data":"certificate","ciphertext":"{sealed}"}}}}]}}"#
    )
}

#[test]
fn a_new_certificate_comes_under_the_key_and_signs_its_own_answer() {
    // This contract knows WeChat Pay by its public key alone, under an id that does not sign here.
    let gateway = gateway(&[("platform_certificates", "")]);
    let read = |body: &str, serial: &str| {
        let headers = headers_at(body.as_bytes(), serial, NOW / 1000);
        gateway.read_office(&Office::Certificates, &Reply { status: 200, headers, body: body.into() }, NOW)
    };
    let body = certificates_body(PLATFORM, PLATFORM_SERIAL, APIV3_KEY);
    let expected = OfficeAnswer::Certificates(vec![PLATFORM.to_owned()]);
    assert_eq!(read(&body, PLATFORM_SERIAL), expected);
    assert_eq!(read(&body, KEY_ID), expected);
    assert_eq!(kind(&read(&body, "0123456789ABCDEF")), Some(DoubtKind::UnknownKey));
    let other_key = certificates_body(PLATFORM, PLATFORM_SERIAL, "00000000000000000000000000000000");
    assert_eq!(kind(&read(&other_key, PLATFORM_SERIAL)), Some(DoubtKind::BadSignature));
    // Under the right key, but its private half did not sign.
    let own = &Certificate::parse(MERCHANT).unwrap().serial_hex();
    let foreign = certificates_body(MERCHANT, own, APIV3_KEY);
    assert_eq!(kind(&read(&foreign, own)), Some(DoubtKind::BadSignature));
    let misnamed = certificates_body(PLATFORM, own, APIV3_KEY);
    assert_eq!(kind(&read(&misnamed, PLATFORM_SERIAL)), Some(DoubtKind::Unreadable));
    assert_eq!(kind(&read(r#"{"data":[]}"#, KEY_ID)), Some(DoubtKind::Unreadable));
}
