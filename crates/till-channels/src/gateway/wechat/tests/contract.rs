//! Fields, and everything that may be wrong with them.

use super::*;
use crate::gateway::fields::{Fault, Why};
use crate::gateway::keys::KeyError;

fn faults(changes: &[(&str, &str)]) -> Vec<Fault> {
    build(&values(changes), &Place::Live).err().unwrap_or_default()
}

fn fields(changes: &[(&str, &str)]) -> Vec<&'static str> {
    faults(changes).into_iter().map(|fault| fault.field).collect()
}

#[test]
fn an_empty_contract_says_everything_it_lacks() {
    let none = Values::default();
    let found = build(&none, &Place::Live).err().unwrap();
    let missing = [
        "appid",
        "mchid",
        "merchant_serial",
        "apiv3_key",
        "wechatpay_public_key_id",
        "wechatpay_public_key",
        "merchant_private_key",
    ];
    assert_eq!(found, missing.map(|field| Fault { field, why: Why::Missing }));
}

#[test]
fn one_wrong_field_is_one_fault() {
    let weak = include_str!("../fixtures/weak.key.pem");
    let rows: [(&str, &str); 15] = [
        ("appid", "mx0000000000000000"),
        ("mchid", "19x"),
        ("extra_appids", "wxmini0000000001 wxapp"),
        ("merchant_serial", "nonsense"),
        ("apiv3_key", "testAPIv3Key0000"),
        ("apiv3_key", "a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb0"),
        ("wechatpay_public_key", "QUJD"),
        ("wechatpay_public_key_id", "0114232134912410000000000000"),
        ("wechatpay_public_key_id", ""),
        ("platform_certificates", PLATFORM_KEY),
        ("api_key", "short"),
        ("v2_sign_type", "SHA1"),
        ("scan_api", "v4"),
        ("notify_url", "http://pay.example.com/notify"),
        ("notify_url", "https://pay.example.com/notify?a=b"),
    ];
    for (field, value) in rows {
        let found = fields(&[(field, value)]);
        // A serial number that is no hex is not the certificate's either.
        assert!(!found.is_empty() && found.iter().all(|found| *found == field), "{field} = {value}: {found:?}");
    }
    assert_eq!(faults(&[("apiclient_p12", "QUJD")])[0].why, Why::Key(KeyError::NoKey));
    let weakened = faults(&[
        ("merchant_private_key", weak),
        ("merchant_certificate", ""),
        ("merchant_serial", "0A1B2C3D4E5F6071"),
    ]);
    assert_eq!(weakened, [Fault { field: "merchant_private_key", why: Why::Weak(1024) }]);
}

#[test]
fn keys_belong_together() {
    let mismatch = faults(&[("merchant_certificate", PLATFORM)]);
    assert_eq!(mismatch, [Fault { field: "merchant_certificate", why: Why::Mismatch("merchant_private_key") }]);
    let serial = faults(&[("merchant_serial", PLATFORM_SERIAL)]);
    assert_eq!(serial, [Fault { field: "merchant_serial", why: Why::Mismatch("merchant_certificate") }]);
    let pfx = [("apiclient_p12", MERCHANT_PFX), ("merchant_private_key", PLATFORM_KEY)];
    assert_eq!(faults(&pfx), [Fault { field: "apiclient_p12", why: Why::Mismatch("merchant_private_key") }]);
    let shut = [("apiclient_p12", MERCHANT_PFX), ("mchid", "1900000108")];
    assert_eq!(faults(&shut), [Fault { field: "apiclient_p12", why: Why::Key(KeyError::Password) }]);
}

#[test]
fn the_pfx_file_is_key_and_certificate_in_one() {
    let changes = [("apiclient_p12", MERCHANT_PFX), ("merchant_private_key", ""), ("merchant_certificate", "")];
    let built = build(&values(&changes), &Place::Live).ok().unwrap();
    assert_eq!(built.certificate.map(|one| one.chain.len()), Some(1));
    assert!(built.gateway.ask(&order(false), &Call::Query, NOW, &mut seed()).is_ok());
}

#[test]
fn a_contract_can_do_what_it_has_keys_for() {
    let can = |gateway: &dyn Gateway| {
        [Can::Code, Can::Scan, Can::Reverse, Can::Refund, Can::Bill].map(|what| gateway.can(what))
    };
    assert_eq!(can(&*gateway(&[])), [true; 5]);
    assert_eq!(can(&*old()), [true, true, true, true, false]);
    assert_eq!(can(&*gateway(&[("api_key", "")])), [true, false, false, true, true]);
    assert_eq!(can(&*gateway(&[("api_key", ""), ("scan_api", "v3")])), [true; 5]);
    let no_certificate = [("merchant_certificate", ""), ("merchant_serial", "0A1B2C3D4E5F6071")];
    assert_eq!(can(&*gateway(&no_certificate)), [true, true, false, true, true]);
}

#[test]
fn there_is_no_test_system() {
    let found = build(&values(&[]), &Place::Sandbox).err().unwrap();
    assert_eq!(found, [Fault { field: "place", why: Why::Form("WeChat Pay has no test system") }]);
    let simulator = Place::Simulator("http://127.0.0.1:9".into());
    let built = build(&values(&[]), &simulator).ok().unwrap();
    let ask = built.gateway.ask(&order(true), &Call::Query, NOW, &mut seed()).unwrap();
    assert_eq!(ask.url, "http://127.0.0.1:9/pay/orderquery");
}

#[test]
fn secrets_are_never_printed() {
    let built = build(&values(&[]), &Place::Live).ok().unwrap();
    let text = format!("{:?} {:?} {:?}", built.gateway, built.certificate, values(&[]));
    for secret in [API_KEY, APIV3_KEY, "BEGIN PRIVATE KEY"] {
        assert!(!text.contains(secret), "{text}");
    }
    let sealed = FIELDS.iter().filter(|field| field.secret).map(|field| field.name);
    assert_eq!(sealed.collect::<Vec<_>>(), ["merchant_private_key", "apiv3_key", "api_key", "apiclient_p12"]);
}
