//! Zips, gzips, workbooks. Input: the file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use till_fuzz::read_statement;

fuzz_target!(|data: &[u8]| {
    for password in [None, Some("654321"), Some("234512")] {
        let _ = read_statement(data, "statement", password);
    }
});
