//! WeChat Pay's answers and notices of both versions. Input: `query 200` (or `v2:query`, or `sealed:` and an event),
//! headers, an empty line, then the JSON, the XML or the pairs of v2, one a line, or what is sealed.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| till_fuzz::wechat(data));
