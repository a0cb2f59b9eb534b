//! Addresses that programs name: which ones they may, and how fields are added to them.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::{Host, Url};

const LONGEST: usize = 2_000;
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Reads an `http` or `https` address with a host. One with a user's name, a backslash, a space or a control character
/// is refused: programs read such addresses in different ways.
pub fn parse(text: &str) -> Option<Url> {
    let odd = |c: char| c.is_control() || c.is_whitespace() || c == '\\';
    if text.len() > LONGEST || text.chars().any(odd) {
        return None;
    }
    // `https://@host/` has an empty user, which the parser drops in silence.
    let authority = text.split_once("://").map(|(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or_default())?;
    let url = Url::parse(text).ok().filter(|_| !authority.contains('@'))?;
    let plain = matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none();
    // A server that decodes these after choosing by path would leave the prefix.
    let path = url.path().to_ascii_lowercase();
    (plain && url.has_host() && !path.contains("%2f") && !path.contains("%5c")).then_some(url)
}

/// True if `text` begins with `prefix`: the same scheme, host and port, and its path or one below.
pub fn is_inside(prefix: &str, text: &str) -> bool {
    let (Some(prefix), Some(url)) = (parse(prefix), parse(text)) else { return false };
    let origin = |u: &Url| (u.scheme().to_owned(), u.host().map(|h| h.to_owned()), u.port_or_known_default());
    let rest = url.path().strip_prefix(prefix.path());
    origin(&prefix) == origin(&url)
        && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || prefix.path().ends_with('/'))
}

/// True if an address spells out a place in a private network or on this computer.
pub fn is_private(text: &str) -> bool {
    match parse(text).as_ref().and_then(Url::host) {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        Some(Host::Ipv6(ip)) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
        None => false,
    }
}

/// `a=1&b=2`, percent-encoded.
pub fn query(pairs: &[(&str, &str)]) -> String {
    let one = |(name, value): &(&str, &str)| format!("{name}={}", utf8_percent_encode(value, PLAIN));
    pairs.iter().map(one).collect::<Vec<_>>().join("&")
}

/// Adds fields to an address as the protocols do: after `?`, or after `&` where it has a `?` already.
pub fn join(address: &str, query: &str) -> String {
    let between = if !address.contains('?') {
        "?"
    } else if address.ends_with(['?', '&']) {
        ""
    } else {
        "&"
    };
    format!("{address}{between}{query}")
}

/// The address a callback really goes to, with fields added: without what stands after `#`, which is never sent.
pub fn callback(address: &str, query: &str) -> Option<String> {
    let mut url = parse(address)?;
    url.set_fragment(None);
    Some(if query.is_empty() { url.into() } else { join(url.as_str(), query) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn inside_and_outside() {
        for (prefix, url, inside) in [
            ("https://shop.example.com/", "https://shop.example.com/notify", true),
            ("https://shop.example.com", "https://shop.example.com/notify?x=1", true),
            ("https://shop.example.com/pay", "https://shop.example.com/pay/notify", true),
            ("https://shop.example.com/pay", "https://shop.example.com/pay", true),
            ("https://shop.example.com/pay", "https://shop.example.com/payment", false),
            ("https://shop.example.com/pay/", "https://shop.example.com/pay/../admin", false),
            ("https://shop.example.com/pay/", "https://shop.example.com/pay/%2e%2e/admin", false),
            ("https://shop.example.com/pay/", "https://shop.example.com/pay/..%2fadmin", false),
            ("https://shop.example.com/", "http://shop.example.com/notify", false),
            ("https://shop.example.com/", "https://shop.example.com:8443/notify", false),
            ("https://shop.example.com/", "https://shop.example.com:443/notify", true),
            ("https://shop.example.com/", "https://shop.example.com.evil.example/", false),
            ("https://shop.example.com/", "https://shop.example.com@evil.example/", false),
            ("https://shop.example.com/", "https://evil.example\\@shop.example.com/", false),
            ("https://shop.example.com/", "https://evil.example/https://shop.example.com/", false),
            ("https://shop.example.com/", "https://@shop.example.com/", false),
            ("https://shop.example.com/", "https://SHOP.example.com/a", true),
            ("https://shop.example.com/", " https://shop.example.com/a", false),
            ("https://shop.example.com/", "https://shop.example.com/\r\nHost: x", false),
            ("http://192.168.1.9:8080/", "http://192.168.1.9:8080/cb", true),
            ("http://127.0.0.1/", "http://2130706433/", true),
            ("", "https://shop.example.com/", false),
            ("javascript:alert(1)", "javascript:alert(1)", false),
            ("file:///", "file:///etc/passwd", false),
        ] {
            assert_eq!(is_inside(prefix, url), inside, "{prefix} {url}");
        }
    }

    #[test]
    fn joining_and_private_places() {
        assert_eq!(join("http://a/b", "c=1"), "http://a/b?c=1");
        assert_eq!(join("http://a/b?d=2", "c=1"), "http://a/b?d=2&c=1");
        assert_eq!(callback("http://a/b?d=2#top", "c=1").as_deref(), Some("http://a/b?d=2&c=1"));
        assert_eq!(query(&[("name", "茶 a&b=c"), ("t", "1.5")]), "name=%E8%8C%B6%20a%26b%3Dc&t=1.5");
        for private in
            ["http://localhost:3000/", "http://10.0.0.7/", "http://[::1]/", "http://127.0.0.1/", "http://169.254.0.1/"]
        {
            assert!(is_private(private), "{private}");
        }
        assert!(!is_private("https://shop.example.com/"));
    }

    proptest! {
        #[test]
        fn a_host_that_is_not_the_prefix_s_is_never_inside(text in "https?://[a-z@:\\\\/.%0-9#?]{0,30}") {
            if is_inside("https://shop.example.com/pay/", &text) {
                let url = Url::parse(&text).unwrap();
                prop_assert_eq!(url.host_str(), Some("shop.example.com"));
                prop_assert!(url.path().starts_with("/pay/"));
            }
        }
    }
}
