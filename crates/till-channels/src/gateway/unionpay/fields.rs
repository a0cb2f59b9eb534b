//! What a contract with UnionPay consists of, and whether its parts fit together.

use super::super::fields::{Built, Fault, Field, FieldKind, Place, Values, Why};
use super::super::keys::certificate::Certificate;
use super::super::keys::{KeyError, pfx};
use super::signature::{Signer, Trust};
use super::{Hosts, Products, Unionpay};

/// What a contract consists of.
pub const FIELDS: &[Field] = &[
    Field::open("mer_id", FieldKind::Text, true),
    Field::sealed("sign_pfx", FieldKind::Pfx("sign_pfx_password"), true),
    Field::sealed("sign_pfx_password", FieldKind::Secret, true),
    Field::open("root_certificate", FieldKind::Certificate, true),
    Field::open("middle_certificate", FieldKind::Certificate, true),
    Field::open("products", FieldKind::Choice(&["both", "code", "scan"]), false),
    Field::open("acq_ins_code", FieldKind::Text, false),
    Field::open("back_url", FieldKind::Text, false),
];

/// A contract from its values, or everything that is wrong with them.
pub fn build(values: &Values, place: &Place) -> Result<Built, Vec<Fault>> {
    let mut faults: Vec<Fault> = FIELDS
        .iter()
        .filter(|f| f.required && values.get(f.name).is_none())
        .map(|f| fault(f.name, Why::Missing))
        .collect();

    let mer_id = checked(values, "mer_id", "15 digits or letters", &mut faults, |text| {
        text.len() == 15 && text.bytes().all(|b| b.is_ascii_alphanumeric())
    });
    let acq_ins_code = checked(values, "acq_ins_code", "up to 11 digits", &mut faults, |text| {
        text.len() <= 11 && text.bytes().all(|b| b.is_ascii_digit())
    });
    let back_url =
        checked(values, "back_url", "an http or https address of at most 256 characters", &mut faults, |text| {
            text.len() <= 256 && url::Url::parse(text).is_ok_and(|u| matches!(u.scheme(), "http" | "https"))
        });
    let products = match values.get("products") {
        None | Some("both") => Products::Both,
        Some("code") => Products::Code,
        Some("scan") => Products::Scan,
        Some(_) => {
            faults.push(fault("products", Why::Form("both, code or scan")));
            Products::Both
        }
    };
    let merchant = merchant(values, &mut faults);
    let roots = certificates(values, "root_certificate", &mut faults);
    let middles = certificates(values, "middle_certificate", &mut faults);
    if let (Some(roots), Some(middles)) = (&roots, &middles)
        && !middles.iter().any(|middle| roots.iter().any(|root| middle.is_signed_by(root)))
    {
        faults.push(fault("middle_certificate", Why::Mismatch("root_certificate")));
    }

    let (Some(mer_id), Some(merchant), Some(roots), Some(middles), true) =
        (mer_id, merchant, roots, middles, faults.is_empty())
    else {
        return Err(faults);
    };
    let (key, cert_id) = merchant;
    let (hosts, signer) = surroundings(place);
    let trust = Trust::new(roots, middles, signer);
    let gateway = Unionpay { mer_id, acq_ins_code, back_url, products, key, cert_id, trust, hosts };
    Ok(Built { gateway: Box::new(gateway), certificate: None })
}

fn fault(field: &'static str, why: Why) -> Fault {
    Fault { field, why }
}

fn checked(
    values: &Values,
    field: &'static str,
    form: &'static str,
    faults: &mut Vec<Fault>,
    fits: impl Fn(&str) -> bool,
) -> Option<String> {
    let text = values.get(field)?;
    if !fits(text) {
        faults.push(fault(field, Why::Form(form)));
        return None;
    }
    Some(text.to_owned())
}

/// The merchant's key and the decimal serial number of its certificate.
fn merchant(values: &Values, faults: &mut Vec<Fault>) -> Option<(super::PrivateKey, String)> {
    let file = values.get("sign_pfx")?;
    let opened = match pfx::parse(file, values.get("sign_pfx_password")?) {
        Ok(opened) => opened,
        Err(KeyError::Password) => {
            faults.push(fault("sign_pfx_password", Why::Key(KeyError::Password)));
            return None;
        }
        Err(why) => {
            faults.push(fault("sign_pfx", Why::Key(why)));
            return None;
        }
    };
    if opened.key.bits() < 2048 {
        faults.push(fault("sign_pfx", Why::Weak(opened.key.bits())));
        return None;
    }
    let cert_id = opened.own()?.serial_decimal();
    Some((opened.key, cert_id))
}

/// Certificates that may stand above others; one that may not was put into the wrong field.
fn certificates(values: &Values, field: &'static str, faults: &mut Vec<Fault>) -> Option<Vec<Certificate>> {
    match Certificate::parse_all(values.get(field)?) {
        Ok(found) if found.iter().all(Certificate::is_ca) => Some(found),
        Ok(_) => {
            faults.push(fault(field, Why::Form("certificates of a certification authority")));
            None
        }
        Err(why) => {
            faults.push(fault(field, Why::Key(why)));
            None
        }
    }
}

fn surroundings(place: &Place) -> (Hosts, Signer) {
    let hosts = |gateway: &str, files: &str| Hosts { gateway: gateway.to_owned(), files: files.to_owned() };
    match place {
        Place::Live => (hosts("https://gateway.95516.com", "https://filedownload.95516.com"), Signer::Live),
        Place::Sandbox => {
            (hosts("https://gateway.test.95516.com", "https://filedownload.test.95516.com"), Signer::Test)
        }
        Place::Simulator(base) => (hosts(base, &format!("{base}/files")), Signer::Test),
    }
}
