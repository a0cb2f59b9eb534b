//! Alipay's answers, notices and returning browsers. Input: `query 200`, an empty line, then the object of an answer or
//! the pairs of a notice, one a line.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| till_fuzz::alipay(data));
