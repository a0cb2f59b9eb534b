//! The texts a phone scans to pair. They carry the phone's key: show them, never log them.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// `host:port/key`, what vmqApk and its forks scan or take by hand. They split at "/" into exactly two parts, so the key
/// must not contain one.
pub fn host_key(host: &str, port: u16, key: &str) -> String {
    let bare = host.starts_with('[') || !host.contains(':');
    if bare { format!("{host}:{port}/{key}") } else { format!("[{host}]:{port}/{key}") }
}

/// `vmq://config?url=…&key=…`, what gyhua96/vmq-suite scans.
pub fn vmq_config(url: &str, key: &str) -> String {
    format!("vmq://config?url={}&key={}", utf8_percent_encode(url, PLAIN), utf8_percent_encode(key, PLAIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_texts() {
        assert_eq!(host_key("192.168.1.5", 8017, "abc"), "192.168.1.5:8017/abc");
        assert_eq!(host_key("fe80::1", 80, "k"), "[fe80::1]:80/k");
        assert_eq!(vmq_config("https://a.b:1/x", "k&=/"), "vmq://config?url=https%3A%2F%2Fa.b%3A1%2Fx&key=k%26%3D%2F");
    }
}
