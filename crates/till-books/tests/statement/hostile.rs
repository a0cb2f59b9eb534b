//! Cut, changed and random bytes: an answer or an error, never a panic, never a stall.

use std::path::PathBuf;
use std::sync::LazyLock;

use proptest::prelude::*;
use till_books::statement::{ReadError, read};

use crate::password;

type Sample = (String, Vec<u8>, Option<&'static str>);

fn samples() -> &'static [Sample] {
    static SAMPLES: LazyLock<Vec<Sample>> = LazyLock::new(all);
    &SAMPLES
}

fn all() -> Vec<Sample> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/statements");
    let mut samples: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap()))
        .filter(|(name, _)| !name.starts_with('.') && !name.ends_with(".md") && !name.ends_with(".json"))
        .map(|(name, bytes)| {
            let password = password(&name);
            (name, bytes, password)
        })
        .collect();
    samples.sort();
    assert_eq!(samples.len(), 27);
    samples
}

#[test]
fn every_sample_cut_anywhere() {
    for (name, bytes, password) in samples() {
        let step = (bytes.len() / 120).max(1);
        for end in (0..bytes.len()).step_by(step) {
            let _ = read(&bytes[..end], name, *password);
        }
    }
}

/// A cut statement in text never tells more money than the whole.
#[test]
fn a_cut_text_tells_no_more_than_the_whole() {
    for (name, bytes, password) in samples().iter().filter(|(name, ..)| name.ends_with(".csv")) {
        let whole = read(bytes, name, *password).unwrap();
        for end in (0..bytes.len()).step_by(37) {
            if let Ok(part) = read(&bytes[..end], name, *password) {
                assert!(part.lines.len() <= whole.lines.len(), "{name} cut at {end}");
            }
        }
    }
}

#[test]
fn a_file_of_quotes_does_not_stall() {
    let mut text = String::from("交易时间,交易类型,收/支,金额(元),交易单号\n");
    text.push_str(&"\"\",\"a\n".repeat(200_000));
    assert!(read(text.as_bytes(), "x.csv", None).is_ok_and(|statement| statement.lines.is_empty()));
    let blank = ",\n".repeat(3_000_000);
    assert_eq!(read(blank.as_bytes(), "x.csv", None).unwrap_err(), ReadError::NotAStatement);
}

proptest! {
    #[test]
    fn random_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..2000), magic in 0..6_usize) {
        let magics: [&[u8]; 6] = [b"", b"PK\x03\x04", b"\x1f\x8b\x08", b"\xD0\xCF\x11\xE0", b"\xEF\xBB\xBF", b"\xFF\xFE"];
        let bytes = [magics[magic], &bytes].concat();
        let _ = read(&bytes, "x", Some("123456"));
    }

    #[test]
    fn random_rows_under_a_real_header(rows in "(([0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{0,8}|\\PC{0,12})[,\"\n`]){0,60}") {
        for header in ["交易时间,交易类型,收/支,金额(元),交易单号", "交易日期,交易金额,本次余额"] {
            let _ = read(format!("{header}\n{rows}").as_bytes(), "x.csv", None);
        }
    }

    #[test]
    fn a_few_bytes_changed(index in 0..27_usize, changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let (name, bytes, password) = &samples()[index];
        let mut bytes = bytes.clone();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = read(&bytes, name, *password);
    }
}
