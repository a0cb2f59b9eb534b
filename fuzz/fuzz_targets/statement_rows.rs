//! Rows under real headers, family by family. Input: the number of a header on a line of its own, then the rows.
#![no_main]

use libfuzzer_sys::fuzz_target;
use till_fuzz::{fields, read_statement};

/// One header of each family, as `fuzz/headers.txt` lists them.
const HEADERS: &str = include_str!("../headers.txt");

fuzz_target!(|data: &[u8]| {
    let Some([number, rows]) = fields(data) else { return };
    let headers: Vec<&str> = HEADERS.lines().collect();
    let Ok(number) = number.parse::<usize>() else { return };
    let _ = read_statement(format!("{}\n{rows}", headers[number % headers.len()]).as_bytes(), "statement.csv", None);
});
