//! What is wrong with a contract's values is told, all of it.

use super::*;
use crate::gateway::fields::{Fault, Why};
use crate::gateway::keys::KeyError;

const SHORT_KEY: &str = include_str!("../fixtures/short-key.pem");

fn with(base: Values, changes: &[(&str, &str)]) -> Vec<Fault> {
    let mut values = base;
    for (name, value) in changes {
        values.set(name, value);
    }
    build(&values, &Place::Live).err().unwrap_or_default()
}

fn fault(field: &'static str, why: Why) -> Fault {
    Fault { field, why }
}

/// Of the app, as the open platform shows it beside Alipay's.
fn own_public_key() -> String {
    use rsa::pkcs8::EncodePublicKey;
    let der = PrivateKey::parse(APP_KEY).unwrap().public().rsa().to_public_key_der().unwrap();
    STANDARD.encode(der.as_bytes())
}

#[test]
fn both_modes_build() {
    assert_eq!(with(good(), &[]), []);
    assert_eq!(with(certificate_mode(), &[]), []);
    let identity = alipay().identity();
    assert_eq!((identity.apps, identity.seller), (vec![APP_ID.to_owned()], Some(SELLER.to_owned())));
    assert_eq!(gateway(&certificate_mode()).identity().seller, None);
}

#[test]
fn everything_that_is_missing_is_told_at_once() {
    let missing = |fields: &[&'static str]| fields.iter().map(|f| fault(f, Why::Missing)).collect::<Vec<_>>();
    assert_eq!(with(Values::default(), &[]), missing(&["app_id", "app_private_key", "alipay_public_key"]));
    let some = values(&[("app_id", APP_ID), ("app_private_key", APP_KEY), ("app_certificate", APP_CERTIFICATE)]);
    assert_eq!(with(some, &[]), missing(&["alipay_certificate", "alipay_root_certificate"]));
}

#[test]
fn values_have_their_form() {
    for (field, value) in [
        ("app_id", "app"),
        ("app_id", "2021"),
        ("seller_id", "2088"),
        ("seller_id", "2099000000000001"),
        ("seller_id", "2088000000000001x"),
        ("app_auth_token", "a b"),
        ("wap_product_code", "QUICK"),
    ] {
        let faults = with(good(), &[(field, value)]);
        assert!(matches!(&faults[..], [Fault { field: f, why: Why::Form(_) }] if *f == field), "{field} {faults:?}");
    }
    let old = [("partner", "2088"), ("mapi_md5_key", "short")];
    assert_eq!(with(good(), &old).iter().map(|f| f.field).collect::<Vec<_>>(), ["partner", "mapi_md5_key"]);
    assert_eq!(with(good(), &[("partner", SELLER)]), [fault("mapi_md5_key", Why::Missing)]);
    assert_eq!(with(good(), &[("mapi_md5_key", &"k".repeat(32))]), [fault("partner", Why::Missing)]);
    assert_eq!(with(good(), &[("partner", SELLER), ("mapi_md5_key", &"k".repeat(32))]), []);
}

#[test]
fn the_app_s_own_public_key_is_not_alipay_s() {
    let mismatch = [fault("alipay_public_key", Why::Mismatch("app_private_key"))];
    assert_eq!(with(good(), &[("alipay_public_key", &own_public_key())]), mismatch);
    assert_eq!(with(good(), &[("alipay_public_key", APP_CERTIFICATE)]), mismatch);
    let faults = with(certificate_mode(), &[("alipay_certificate", APP_CERTIFICATE)]);
    assert_eq!(faults, [fault("alipay_certificate", Why::Mismatch("app_private_key"))]);
}

#[test]
fn certificates_belong_to_their_keys() {
    let faults = with(certificate_mode(), &[("app_certificate", ALIPAY_CERTIFICATE)]);
    assert_eq!(faults, [fault("app_certificate", Why::Mismatch("app_private_key"))]);
    let faults = with(certificate_mode(), &[("alipay_public_key", &own_public_key())]);
    assert_eq!(faults, [fault("alipay_public_key", Why::Mismatch("alipay_certificate"))]);
    assert_eq!(with(certificate_mode(), &[("alipay_public_key", ALIPAY_CERTIFICATE)]), []);
}

#[test]
fn keys_are_keys_and_strong() {
    let nonsense = |field, error| vec![fault(field, Why::Key(error))];
    assert_eq!(with(good(), &[("app_private_key", "nonsense!")]), nonsense("app_private_key", KeyError::NotBase64));
    assert_eq!(with(good(), &[("app_private_key", "AAAA")]), nonsense("app_private_key", KeyError::NoKey));
    assert_eq!(with(good(), &[("alipay_public_key", "AAAA")]), nonsense("alipay_public_key", KeyError::NoKey));
    assert_eq!(with(good(), &[("app_private_key", SHORT_KEY)]), [fault("app_private_key", Why::Weak(1024))]);
    for field in ["app_certificate", "alipay_certificate", "alipay_root_certificate"] {
        assert_eq!(with(certificate_mode(), &[(field, "AAAA")]), nonsense(field, KeyError::NoKey));
    }
    use rsa::pkcs8::EncodePublicKey;
    let short = PrivateKey::parse(SHORT_KEY).unwrap().public().rsa().to_public_key_der().unwrap();
    let short = STANDARD.encode(short.as_bytes());
    assert_eq!(with(good(), &[("alipay_public_key", &short)]), [fault("alipay_public_key", Why::Weak(1024))]);
}

#[test]
fn a_contract_prints_no_secret() {
    let mut values = good();
    values.set("app_auth_token", "201510BBaabdb44d8fd04607abf8d5931ec75D84");
    let printed = format!("{:?}", gateway(&values));
    let key: String = APP_KEY.lines().nth(5).unwrap().into();
    assert!(!printed.contains("201510BB") && !printed.contains(&key), "{printed}");
    let sealed: Vec<&str> = FIELDS.iter().filter(|f| f.secret).map(|f| f.name).collect();
    assert_eq!(sealed, ["app_private_key", "app_auth_token", "mapi_md5_key"]);
}
