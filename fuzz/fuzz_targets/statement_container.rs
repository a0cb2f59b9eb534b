//! Zips, gzips, workbooks. Input: the file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use till_fuzz::{let_unwind, read_statement};

fuzz_target!(init: let_unwind(), |data: &[u8]| {
    for password in [None, Some("654321"), Some("234512")] {
        let _ = read_statement(data, "statement", password);
    }
});
