//! Setting up a contract.

use super::super::super::fields::{Fault, Why, fields_of};
use super::super::super::keys::KeyError;
use super::super::super::{Can, CannotAsk, Surface};
use super::*;

fn faults(change: impl Fn(&mut Values)) -> Vec<Fault> {
    let mut values = values();
    change(&mut values);
    build(Provider::Unionpay, &values, &Place::Sandbox).err().unwrap_or_default()
}

fn fault(field: &'static str, why: Why) -> Vec<Fault> {
    vec![Fault { field, why }]
}

#[test]
fn everything_that_is_missing_is_named() {
    let empty = build(Provider::Unionpay, &Values::default(), &Place::Live).err().unwrap();
    let required: Vec<Fault> = fields_of(Provider::Unionpay)
        .iter()
        .filter(|f| f.required)
        .map(|f| Fault { field: f.name, why: Why::Missing })
        .collect();
    assert_eq!(empty, required);
    assert_eq!(empty.len(), 5);
}

#[test]
fn what_is_wrong_is_named_field_by_field() {
    assert_eq!(faults(|_| {}), []);
    for wrong in ["77729005811004", "7772900581100480", "77729005811004-"] {
        assert_eq!(faults(|v| v.set("mer_id", wrong)), fault("mer_id", Why::Form("15 digits or letters")));
    }
    let password = Why::Key(KeyError::Password);
    assert_eq!(faults(|v| v.set("sign_pfx_password", "000001")), fault("sign_pfx_password", password));
    assert_eq!(faults(|v| v.set("sign_pfx", "AAAA")), fault("sign_pfx", Why::Key(KeyError::NoKey)));
    assert_eq!(faults(|v| v.set("root_certificate", "?")), fault("root_certificate", Why::Key(KeyError::NotBase64)));
    assert!(matches!(
        faults(|v| v.set("root_certificate", pki!("signer.pem")))[..],
        [Fault { field: "root_certificate", why: Why::Form(_) }]
    ));
    let stranger = |v: &mut Values| v.set("root_certificate", pki!("fake-root.pem"));
    assert_eq!(faults(stranger), fault("middle_certificate", Why::Mismatch("root_certificate")));
    assert!(matches!(faults(|v| v.set("products", "cash"))[..], [Fault { field: "products", .. }]));
    assert!(matches!(faults(|v| v.set("back_url", "ftp://x"))[..], [Fault { field: "back_url", .. }]));
    assert!(matches!(faults(|v| v.set("acq_ins_code", "12a"))[..], [Fault { field: "acq_ins_code", .. }]));
    let two = faults(|v| {
        v.set("mer_id", "1");
        v.set("sign_pfx", "AAAA");
    });
    assert_eq!(two.len(), 2);
}

#[test]
fn an_old_pfx_does_as_well() {
    let old = STANDARD.encode(include_bytes!("../../testdata/pki/merchant-legacy.pfx"));
    assert_eq!(faults(|v| v.set("sign_pfx", &old)), []);
}

#[test]
fn several_certificates_may_stand_in_one_field() {
    let roots = format!("{}{}", pki!("other-root.pem"), pki!("root.pem"));
    assert_eq!(faults(|v| v.set("root_certificate", &roots)), []);
}

#[test]
fn what_it_can_and_cannot() {
    let gateway = gateway();
    assert!([Can::Code, Can::Scan, Can::Refund, Can::Bill].into_iter().all(|what| gateway.can(what)));
    assert!(!gateway.can(Can::Reverse), "nothing that may or may not have been charged can be reversed");
    assert_eq!(gateway.identity().seller.as_deref(), Some(MER_ID));
    assert!(!gateway.pace(false).begin_again && !gateway.pace(true).begin_again);
    let page = Surface::AlipayPage { return_url: None };
    assert_eq!(gateway.prepare(&order(), &page, NOW, &mut seed()), Err(CannotAsk::NoSuchCall));
}

#[test]
fn no_secret_is_printed() {
    let shown = format!("{:?}", gateway());
    let key = PrivateKey::parse(include_str!("../../testdata/pki/merchant.pkcs1.key.pem")).unwrap();
    let der = STANDARD.encode(key.to_pkcs8_der().unwrap().as_slice());
    assert!(!shown.contains("000000") && !shown.contains(&der[200..232]));
    assert!(shown.contains("PrivateKey(2048 bits)"));
}
