//! Certificate mode: whose certificate vouches for Alipay's key, and when.

use super::*;
use crate::gateway::fields::{Fault, Why};

const BELOW_MIDDLE: &str = include_str!("../fixtures/alipay-below-middle.pem");
const BELOW_LEAF: &str = include_str!("../fixtures/alipay-below-leaf.pem");
const OTHER_ROOT: &str = include_str!("../../testdata/pki/other-root.pem");
/// When the certificates count: years 2020 to 2060, the last second included.
const FROM: i64 = 1_577_836_800_000;
const UNTIL: i64 = 2_840_140_800_000 + 999;

const PAYMENT: &str = r#"{"code":"10000","out_trade_no":"QT20261120000001","trade_no":"2026112022001400000000000001","total_amount":"15.50","trade_status":"TRADE_SUCCESS"}"#;

fn with(changes: &[(&str, &str)]) -> Values {
    let mut values = certificate_mode();
    changes.iter().for_each(|(name, value)| values.set(name, value));
    values
}

fn faults(changes: &[(&str, &str)]) -> Vec<Fault> {
    build(&with(changes), &Place::Live).err().unwrap_or_default()
}

fn first(text: &str) -> String {
    text.split_inclusive("-----END CERTIFICATE-----\n").next().unwrap().to_owned()
}

fn asked(gateway: &dyn Gateway, body: &str, now_ms: i64) -> Answer {
    gateway.read(&order(), &Call::Query, &reply(body), now_ms)
}

#[test]
fn alipay_s_certificate_hangs_from_the_root_file() {
    assert_eq!(faults(&[]), []);
    assert_eq!(faults(&[("alipay_certificate", BELOW_MIDDLE)]), [], "its file goes on with its issuer");
    let answer = asked(&*gateway(&with(&[("alipay_certificate", BELOW_MIDDLE)])), &answer(&Call::Query, PAYMENT), NOW);
    assert!(matches!(answer, Answer::Paid(_)), "{answer:?}");
}

#[test]
fn a_certificate_of_somebody_else_s_is_told_at_set_up() {
    let mismatch = [Fault { field: "alipay_certificate", why: Why::Mismatch("alipay_root_certificate") }];
    let first_root = first(ROOT_CERTIFICATES);
    for (what, changes) in [
        ("other roots", [("alipay_root_certificate", OTHER_ROOT)]),
        ("the root of the app's certificate only", [("alipay_root_certificate", first_root.as_str())]),
        ("an issuer that may not issue", [("alipay_certificate", BELOW_LEAF)]),
        ("an issuer that is missing", [("alipay_certificate", first(BELOW_MIDDLE).as_str())]),
        ("an issuer in the place of the root", [("alipay_root_certificate", APP_CERTIFICATE)]),
    ] {
        assert_eq!(faults(&changes), mismatch, "{what}");
    }
    let leaf = BELOW_LEAF.split_inclusive("-----END CERTIFICATE-----\n").nth(1).unwrap();
    let trusted = [("alipay_certificate", BELOW_LEAF), ("alipay_root_certificate", leaf)];
    assert_eq!(faults(&trusted), mismatch, "not even where somebody trusts it");
}

#[test]
fn outside_its_time_alipay_s_certificate_vouches_for_nothing() {
    let gateway = gateway(&certificate_mode());
    let query = answer(&Call::Query, PAYMENT);
    let notified = RawNotice { headers: Vec::new(), query: String::new(), body: signed_form(PAID).into_bytes() };
    for now_ms in [FROM, NOW, UNTIL] {
        assert!(matches!(asked(&*gateway, &query, now_ms), Answer::Paid(_)), "{now_ms}");
        assert!(gateway.notice(&notified, now_ms).is_ok(), "{now_ms}");
    }
    for now_ms in [FROM - 1, UNTIL + 1, 0, i64::MAX] {
        let Answer::Unknown(doubt) = asked(&*gateway, &query, now_ms) else { panic!("{now_ms}") };
        let why = "alipay_certificate: outside its time of validity";
        assert_eq!((doubt.kind, doubt.detail.as_str()), (DoubtKind::BadSignature, why));
        assert_eq!(gateway.notice(&notified, now_ms).unwrap_err().kind, DoubtKind::BadSignature);
        let office = gateway.read_office(&Office::Test, &reply(query.clone()), now_ms);
        assert!(matches!(office, OfficeAnswer::Unknown(doubt) if doubt.kind == DoubtKind::BadSignature));
    }
}

#[test]
fn alipay_s_new_certificate_is_called_by_its_number() {
    let gateway = gateway(&certificate_mode());
    let said = |number: &str| {
        let body = answer(&Call::Query, PAYMENT).replacen('{', &format!(r#"{{"alipay_cert_sn":"{number}","#), 1);
        asked(&*gateway, &body, NOW)
    };
    let Answer::Unknown(doubt) = said("1f2e3d4c5b6a79880011223344556677") else { panic!("believed") };
    assert_eq!(doubt.kind, DoubtKind::UnknownKey);
    let number = certificate::number(&Certificate::parse(ALIPAY_CERTIFICATE).unwrap());
    for named in ["1f2e3d4c5b6a79880011223344556677", &number, "another certificate"] {
        assert!(doubt.detail.contains(named), "{}", doubt.detail);
    }
    let Answer::Unknown(doubt) = said(&format!("<b>钱\\u0007{}", "9".repeat(5_000))) else { panic!("believed") };
    assert!(doubt.detail.len() < 256 && doubt.detail.is_ascii(), "{}", doubt.detail);
}
