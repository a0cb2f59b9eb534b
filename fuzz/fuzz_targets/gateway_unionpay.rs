//! UnionPay's answers and notices. Input: `query 200`, an empty line, then pairs, one a line.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| till_fuzz::unionpay(data));
