//! Statements in text, all families. Input: the file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use till_fuzz::read_statement;

fuzz_target!(|data: &[u8]| {
    let Some(found) = read_statement(data, "statement.csv", None) else { return };
    // The same text in another encoding is the same statement.
    let Ok(text) = std::str::from_utf8(data) else { return };
    if text.starts_with('\u{feff}') || found.encoding != "UTF-8" {
        return;
    }
    let marked = ["\u{feff}", text].concat();
    let wide: Vec<u8> = marked.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for other in [marked.as_bytes(), &wide] {
        let other = read_statement(other, "statement.csv", None).expect("the same text in another encoding");
        assert_eq!((other.lines, other.declared), (found.lines.clone(), found.declared.clone()));
    }
});
