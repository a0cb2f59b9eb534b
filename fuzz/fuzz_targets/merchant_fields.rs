//! The fields of any request: query, form, multipart, JSON. Input: a request.
#![no_main]

use libfuzzer_sys::fuzz_target;
use till_fuzz::{Request, same_fields};

fuzz_target!(|data: &[u8]| {
    let Some(request) = Request::of(data) else { return };
    let Some(fields) = same_fields(&request.call()) else { return };
    let names: Vec<&str> = fields.iter().map(|(name, _)| name).collect();
    assert!(names.len() <= 64);
    for (index, name) in names.iter().enumerate() {
        assert!(!names[..index].contains(name), "{name} twice");
    }
});
