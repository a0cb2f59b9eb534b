use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::certificate::{Broken, Certificate};
use super::*;
use crate::gateway::Seed;

const NOW: i64 = 1_798_761_600_000; // 2027-01-01
const MERCHANT_SERIAL_HEX: &str = "5A3F00C1D2E3F405162738495A6B7C8D9E0F1021";

macro_rules! pki {
    ($name:literal) => {
        include_bytes!(concat!("../testdata/pki/", $name))
    };
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn certificate(bytes: &[u8]) -> Certificate {
    Certificate::parse(text(bytes)).unwrap()
}

fn roots() -> Vec<Certificate> {
    vec![certificate(pki!("root.pem"))]
}

fn middles() -> Vec<Certificate> {
    vec![certificate(pki!("middle.pem"))]
}

fn one_line(pem: &str) -> String {
    pem.lines().filter(|line| !line.starts_with("-----")).collect()
}

#[test]
fn a_private_key_reads_in_every_form_people_paste() {
    let pkcs1 = text(pki!("merchant.pkcs1.key.pem"));
    let pkcs8 = text(pki!("signer.key.pem"));
    let merchant = certificate(pki!("merchant.pem")).key().fingerprint();
    let signer = certificate(pki!("signer.pem")).key().fingerprint();
    for (pem, whose) in [(pkcs1, &merchant), (pkcs8, &signer)] {
        let forms = [pem.to_owned(), one_line(pem), pem.replace('\n', "\r\n"), format!("  \n{pem}\n\n")];
        for form in forms {
            assert_eq!(&PrivateKey::parse(&form).unwrap().public().fingerprint(), whose);
        }
    }
    assert_ne!(merchant, signer);
}

#[test]
fn a_public_key_reads_as_pem_as_a_line_and_from_a_certificate() {
    let pem = text(pki!("merchant.public.pem"));
    let of_certificate = PublicKey::parse(text(pki!("merchant.pem"))).unwrap();
    for form in [pem.to_owned(), one_line(pem), pem.replace('\n', "\r\n")] {
        assert!(PublicKey::parse(&form).unwrap() == of_certificate);
    }
}

#[test]
fn what_is_no_key_says_why() {
    assert_eq!(PrivateKey::parse("  ").unwrap_err(), KeyError::Empty);
    assert_eq!(PrivateKey::parse("not a key!").unwrap_err(), KeyError::NotBase64);
    assert_eq!(PrivateKey::parse("AAAA").unwrap_err(), KeyError::NoKey);
    assert_eq!(PrivateKey::parse(text(pki!("merchant.public.pem"))).unwrap_err(), KeyError::NoKey);
    assert_eq!(PublicKey::parse(text(pki!("merchant.pkcs1.key.pem"))).unwrap_err(), KeyError::NoKey);
}

#[test]
fn pfx_files_open_new_and_old_and_only_with_their_password() {
    for file in [&pki!("merchant.pfx")[..], pki!("merchant-legacy.pfx")] {
        let opened = pfx::open(file, "000000").unwrap();
        let own = opened.own().unwrap();
        assert_eq!(own.serial_hex(), MERCHANT_SERIAL_HEX);
        assert!(*own.key() == opened.key.public());
        assert_eq!(opened.chain.len(), 3, "the certificates above it come along");
        assert_eq!(pfx::parse(&STANDARD.encode(file), "000000").unwrap().chain.len(), 3);
        for wrong in ["", "000001", "密码"] {
            assert_eq!(pfx::open(file, wrong).unwrap_err(), KeyError::Password, "{wrong}");
        }
        let mut changed = file.to_vec();
        let middle = changed.len() / 2;
        changed[middle] ^= 1;
        assert!(pfx::open(&changed, "000000").is_err());
        assert!(pfx::open(&file[..file.len() - 1], "000000").is_err());
    }
    assert_eq!(pfx::open(b"", "").unwrap_err(), KeyError::Empty);
    assert_eq!(pfx::parse(text(pki!("merchant.pem")), "000000").unwrap_err(), KeyError::NoKey);
}

#[test]
fn serial_numbers_are_whole_numbers() {
    let merchant = certificate(pki!("merchant.pem"));
    assert_eq!(merchant.serial_hex(), MERCHANT_SERIAL_HEX);
    assert_eq!(merchant.serial_decimal(), "515214182276471281992683074573360724990862757921");
    let signer = certificate(pki!("signer.pem"));
    assert_eq!((signer.serial_decimal().as_str(), signer.serial_hex().as_str()), ("68759585092", "1002640144"));
    assert_eq!(certificate(pki!("root.pem")).serial_hex(), "1");
}

#[test]
fn a_certificate_says_who_and_when() {
    let live = certificate(pki!("signer-live.pem"));
    assert_eq!(live.common_name().as_deref(), Some("041@Z1@中国银联股份有限公司@00000001"));
    assert_eq!(live.issuer_common_name().as_deref(), Some("Test Middle"));
    assert_eq!((live.not_before(), live.not_after()), (1_577_836_800_000, 2_840_140_800_000));
    assert!(!live.is_ca() && certificate(pki!("root.pem")).is_ca());
}

#[test]
fn certificates_read_as_a_bundle_as_a_line_and_as_der() {
    let (root, middle) = (text(pki!("root.pem")), text(pki!("middle.pem")));
    let bundle = format!("subject=Test\n{root}\nsome words\n{}", middle.replace('\n', "\r\n"));
    let both = Certificate::parse_all(&bundle).unwrap();
    assert_eq!(both.iter().map(Certificate::serial_decimal).collect::<Vec<_>>(), ["1", "2"]);
    for text in [one_line(root), root.replace('\n', "")] {
        assert_eq!(Certificate::parse(&text).unwrap().der(), both[0].der());
    }
    assert!(Certificate::parse(&bundle).is_err(), "one is asked for, two are there");
    assert_eq!(Certificate::parse_all(text(pki!("signer.key.pem"))).unwrap_err(), KeyError::NoKey);
    let torn = &root[..root.len() - 30];
    assert!(Certificate::parse_all(torn).is_err());
}

#[test]
fn a_signer_hangs_from_the_pinned_root_through_the_middle() {
    for good in [&pki!("signer.pem")[..], pki!("signer-live.pem"), pki!("signer-sha1.pem")] {
        assert_eq!(certificate(good).hangs_from(&roots(), &middles(), NOW), Ok(()));
    }
    let signer = certificate(pki!("signer.pem"));
    assert_eq!(signer.hangs_from(&roots(), &[], NOW), Err(Broken::NoPath), "the middle is missing");
    assert_eq!(signer.hangs_from(&[], &middles(), NOW), Err(Broken::NoPath), "no root");
    assert_eq!(signer.hangs_from(&middles(), &[], NOW), Ok(()), "a CA may be pinned itself");
    let both = [middles(), roots()].concat();
    assert_eq!(signer.hangs_from(&[certificate(pki!("other-root.pem"))], &both, NOW), Err(Broken::NoPath));
}

#[test]
fn no_path_is_made_of_something_else() {
    let others = [middles(), vec![certificate(pki!("signer.pem")), certificate(pki!("deep-middle.pem"))]].concat();
    let broken: [(&[u8], Broken); 6] = [
        (pki!("signer-other-root.pem"), Broken::NoPath),
        (pki!("signer-expired.pem"), Broken::Expired),
        (pki!("signer-under-leaf.pem"), Broken::NoPath),
        (pki!("signer-deep.pem"), Broken::NoPath),
        (pki!("signer-encipher-only.pem"), Broken::Usage),
        (pki!("signer-unknown-critical.pem"), Broken::NoPath),
    ];
    for (bytes, why) in broken {
        let signer = certificate(bytes);
        assert_eq!(signer.hangs_from(&roots(), &others, NOW), Err(why), "{}", signer.serial_decimal());
    }
    // The same name as the root, another key.
    let fake = [certificate(pki!("fake-root.pem"))];
    assert_eq!(certificate(pki!("signer.pem")).hangs_from(&fake, &middles(), NOW), Err(Broken::NoPath));
}

#[test]
fn validity_has_two_ends() {
    let signer = certificate(pki!("signer.pem"));
    let at = |ms| signer.hangs_from(&roots(), &middles(), ms);
    assert_eq!(at(signer.not_before() - 1), Err(Broken::Expired));
    assert_eq!(at(signer.not_before()), Ok(()));
    assert_eq!(at(signer.not_after() + 999), Ok(()));
    assert_eq!(at(signer.not_after() + 1000), Err(Broken::Expired));
}

#[test]
fn every_bit_of_a_certificate_counts() {
    let der = certificate(pki!("signer.pem")).der().to_vec();
    for at in (0..der.len()).step_by(7) {
        let mut changed = der.clone();
        changed[at] ^= 0x04;
        let holds = Certificate::from_der(&changed).is_ok_and(|c| c.hangs_from(&roots(), &middles(), NOW).is_ok());
        assert!(!holds, "byte {at}");
    }
}

#[test]
fn inspecting_names_what_was_pasted() {
    let merchant = certificate(pki!("merchant.pem")).key().fingerprint();
    let private = |form, pem| Inspected::PrivateKey { bits: 2048, form, pem, fingerprint: merchant.clone() };
    let pkcs1 = text(pki!("merchant.pkcs1.key.pem"));
    assert_eq!(inspect(pkcs1, None), [private(Form::Pkcs1, true)]);
    assert_eq!(inspect(&one_line(pkcs1), None), [private(Form::Pkcs1, false)]);
    let pkcs8 = PrivateKey::parse(pkcs1).unwrap().to_pkcs8_der().unwrap();
    assert_eq!(inspect_bytes(&pkcs8, None), [private(Form::Pkcs8, false)]);

    let public = text(pki!("merchant.public.pem"));
    let fingerprint = merchant.clone();
    assert_eq!(inspect(public, None), [Inspected::PublicKey { bits: 2048, form: Form::Pkcs8, pem: true, fingerprint }]);

    let both = format!("{}{}", text(pki!("merchant.pem")), pkcs1);
    let found = inspect_bytes(format!("\u{feff}{both}").as_bytes(), None);
    assert!(
        matches!(&found[..], [Inspected::Certificate { subject, issuer, bits: 2048, is_ca: false, .. }, Inspected::PrivateKey { .. }]
        if subject == "Test Merchant" && issuer == "Test Middle")
    );

    assert_eq!(inspect("0123456789abcdefABCDEF0123456789", None), [Inspected::Secret]);
    assert_eq!(inspect("", None), [Inspected::Nothing { why: KeyError::Empty }]);
    assert_eq!(inspect("hello, world", None), [Inspected::Nothing { why: KeyError::NotBase64 }]);
    assert_eq!(inspect("aGVsbG8=", None), [Inspected::Nothing { why: KeyError::NoKey }]);
    assert_eq!(inspect_bytes(&[0xff, 0xfe], None), [Inspected::Nothing { why: KeyError::NoKey }]);
    assert_eq!(
        inspect("-----BEGIN RSA PRIVATE KEY-----\nAAAA", None),
        [Inspected::Nothing { why: KeyError::NotBase64 }]
    );
}

#[test]
fn inspecting_a_pfx_asks_for_its_password() {
    let file = pki!("merchant-legacy.pfx");
    assert_eq!(inspect_bytes(file, None), [Inspected::Pfx { lock: Lock::NeedsPassword }]);
    assert_eq!(inspect_bytes(file, Some("1")), [Inspected::Pfx { lock: Lock::WrongPassword }]);
    let found = inspect(&STANDARD.encode(file), Some("000000"));
    assert!(matches!(found[..2], [Inspected::Pfx { lock: Lock::Open }, Inspected::PrivateKey { bits: 2048, .. }]));
    assert_eq!(found.iter().filter(|f| matches!(f, Inspected::Certificate { .. })).count(), 3);
}

#[test]
fn a_fresh_pair_reads_back_from_each_of_its_texts() {
    let made = generate(&mut Seed::new([7; 32])).unwrap();
    let whose = made.key.public().fingerprint();
    for private in [&made.private_pkcs8, &made.private_pem, &made.private_pkcs1] {
        assert_eq!(PrivateKey::parse(private).unwrap().public().fingerprint(), whose);
    }
    assert_eq!(PublicKey::parse(&made.public).unwrap().fingerprint(), whose);
    assert_eq!(made.key.bits(), 2048);
    assert!(!made.public.contains('\n') && !made.private_pkcs8.contains('\n'));
    assert!(matches!(&inspect(&made.private_pkcs1, None)[..], [Inspected::PrivateKey { form: Form::Pkcs1, .. }]));
    let shown = format!("{made:?}");
    assert!(!shown.contains(made.private_pkcs8.as_str()) && !shown.contains(made.private_pkcs1.as_str()));
}
