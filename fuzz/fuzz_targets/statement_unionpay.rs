//! UnionPay's settlement file. Input: the file's name, then the file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use till_fuzz::read_statement;

fuzz_target!(|data: &[u8]| {
    let mut parts = data.splitn(2, |b| *b == b'\n');
    let (Some(name), Some(rows)) = (parts.next(), parts.next()) else { return };
    let Ok(name) = std::str::from_utf8(name) else { return };
    let _ = read_statement(rows, name, None);
});
