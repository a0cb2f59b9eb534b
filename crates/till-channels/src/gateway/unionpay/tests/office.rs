use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;

use super::super::super::{Office, OfficeAnswer};
use super::super::file::LARGEST;
use super::*;

/// A zip with nothing in it.
const ZIP: &[u8] = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

fn packed(bytes: &[u8]) -> String {
    let mut deflated = ZlibEncoder::new(Vec::new(), Compression::best());
    deflated.write_all(bytes).unwrap();
    STANDARD.encode(deflated.finish().unwrap())
}

fn file(content: &str) -> Said {
    let said = Said::about("76", "", NOW).without("orderId").with("respCode", "00").with("settleDate", "1231");
    said.with("fileContent", content)
}

fn bill(said: &Said) -> OfficeAnswer {
    gateway().read_office(&Office::Bill { date: "2026-12-31".into() }, &reply(said.raw()), NOW)
}

fn test_of_contract(said: &Said) -> OfficeAnswer {
    gateway().read_office(&Office::Test, &reply(said.raw()), NOW)
}

fn office_doubt(answer: OfficeAnswer) -> DoubtKind {
    match answer {
        OfficeAnswer::Unknown(doubt) => doubt.kind,
        other => panic!("{other:?} is no doubt"),
    }
}

#[test]
fn a_settlement_file_comes_out_as_its_zip() {
    let named = |name: &str| bill(&file(&packed(ZIP)).with("fileName", name).signed());
    let expected = |name: &str| OfficeAnswer::File { name: name.into(), bytes: ZIP.to_vec() };
    assert_eq!(named("802290048162001_2026123100000000.zip"), expected("802290048162001_2026123100000000.zip"));
    for odd in ["../../evil.zip", "a/b.zip", ".zip", "run.exe", "对账.zip"] {
        assert_eq!(named(odd), expected("unionpay-777290058110048-2026-12-31.zip"), "{odd}");
    }
}

#[test]
fn a_day_without_a_file_has_none() {
    let said = file("").with("respCode", "98").signed();
    assert_eq!(bill(&said), OfficeAnswer::NoFile);
}

#[test]
fn content_that_is_no_zip_is_no_file() {
    for content in ["", "***", &STANDARD.encode(ZIP), &packed(b"no zip"), &packed(b"")] {
        assert_eq!(office_doubt(bill(&file(content).signed())), DoubtKind::Unreadable, "{content}");
    }
    assert_eq!(office_doubt(bill(&file(&packed(ZIP)))), DoubtKind::Unsigned);
    let elsewhere = file(&packed(ZIP)).with("txnType", "00").signed();
    assert_eq!(office_doubt(bill(&elsewhere)), DoubtKind::NotOurs);
}

#[test]
fn a_file_that_inflates_without_end_is_cut_off() {
    let mut huge = vec![0; LARGEST + 1];
    huge[..2].copy_from_slice(b"PK");
    assert_eq!(office_doubt(bill(&file(&packed(&huge)).signed())), DoubtKind::Unreadable);
    huge.truncate(LARGEST);
    assert!(matches!(bill(&file(&packed(&huge)).signed()), OfficeAnswer::File { bytes, .. } if bytes.len() == LARGEST));
}

#[test]
fn a_contract_works_if_unionpay_knows_the_shop() {
    let answer =
        |code: &str| test_of_contract(&Said::about("00", "TESTNOSUCHORDER", NOW).with("respCode", code).signed());
    assert_eq!(answer("34"), OfficeAnswer::Works);
    assert!(matches!(answer("11"), OfficeAnswer::Refused(refusal) if refusal.kind == RefusalKind::Settings));
    assert!(matches!(answer("31"), OfficeAnswer::Refused(refusal) if refusal.kind == RefusalKind::NotAllowed));
    for code in ["00", "03", "99"] {
        assert!(matches!(answer(code), OfficeAnswer::Unknown(_)), "{code}");
    }
    let unsigned = Said::about("00", "TESTNOSUCHORDER", NOW).with("respCode", "34");
    assert_eq!(office_doubt(test_of_contract(&unsigned)), DoubtKind::Unsigned);
}
