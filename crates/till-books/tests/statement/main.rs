//! The readers of statements, through their front door.

#![allow(clippy::unwrap_used, reason = "a failed test may say so by panic")]

mod hostile;
mod samples;
mod speed;
mod traps;
mod wrappings;

use std::io::{Cursor, Write};
use std::path::PathBuf;

use encoding_rs::GB18030;
use till_books::statement::{ReadError, Statement, Totals, read};
use zip::write::SimpleFileOptions;

fn sample(name: &str) -> Vec<u8> {
    std::fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/statements").join(name)).unwrap()
}

fn text(name: &str) -> String {
    let bytes = sample(name);
    match String::from_utf8(bytes) {
        Ok(text) => text.trim_start_matches('\u{feff}').to_owned(),
        Err(error) => GB18030.decode(error.as_bytes()).0.into_owned(),
    }
}

fn open(bytes: &[u8]) -> Statement {
    read(bytes, "statement.csv", None).unwrap_or_else(|error| panic!("{error}"))
}

fn refused(bytes: &[u8]) -> ReadError {
    read(bytes, "statement.csv", None).unwrap_err()
}

fn totals(name: &str) -> Totals {
    read(&sample(name), name, None).unwrap().totals()
}

fn keys(statement: &Statement) -> Vec<&str> {
    statement.lines.iter().map(|line| line.key.as_str()).collect()
}

fn plain(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// The lines from the header on.
fn headless(text: &str, header: &str) -> String {
    text[text.find(header).unwrap()..].to_owned()
}

/// Passwords of the samples that have one.
fn password(name: &str) -> Option<&'static str> {
    match name {
        "wechat-personal-2026-encrypted.zip" => Some("654321"),
        "alipay-app-2026-encrypted.zip" => Some("234512"),
        _ => None,
    }
}
