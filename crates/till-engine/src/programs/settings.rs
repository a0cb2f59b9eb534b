//! What may be said about a program: checked as a whole, and written the one way that comparisons expect.

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::Arc;

use till_core::Channel;
use url::Url;

use super::Program;
use crate::api::{ApiError, Code, Lang, Product, ProgramSettings, Protocol};
use crate::{merchant, words};

const LONGEST_NAME: usize = 40;
const LONGEST_URL: usize = 500;
const MOST_PREFIXES: usize = 20;
const MOST_TRUSTED: usize = 50;
const MOST_PRODUCTS: usize = 200;
const MOST_AMOUNTS: usize = 100;
const TTL_MS: std::ops::RangeInclusive<i64> = 60_000..=86_400_000;
const PER_MINUTE: std::ops::RangeInclusive<u32> = 1..=1_000_000;

/// Field, and the sentence in both languages.
type Wrong = (&'static str, &'static str, &'static str);

/// The settings as they are to be kept, or the first thing wrong with them.
pub(super) fn check(lang: Lang, protocol: Protocol, settings: ProgramSettings) -> Result<ProgramSettings, ApiError> {
    checked(protocol, settings).map_err(|(field, zh, en)| {
        let mut error = words::error(lang, Code::Invalid, zh, en);
        error.details = Some(serde_json::json!({ "field": field }));
        error
    })
}

fn checked(protocol: Protocol, mut s: ProgramSettings) -> Result<ProgramSettings, Wrong> {
    s.name = s.name.trim().to_owned();
    if !is_text(&s.name, LONGEST_NAME) {
        return Err(("name", "请给程序起个名字（40 字以内）", "Give the program a name (up to 40 characters)"));
    }
    if s.channels.contains(&Channel::Cash) {
        return Err(("channels", "程序不能收现金", "A program cannot take cash"));
    }
    s.channels = unique(s.channels);
    if s.callback_prefixes.len() > MOST_PREFIXES {
        return Err(("callback_prefixes", "回调地址前缀最多 20 个", "At most 20 callback prefixes"));
    }
    s.callback_prefixes = unique(s.callback_prefixes.iter().map(|p| prefix(p)).collect::<Result<_, _>>()?);
    if s.trusted_addresses.len() > MOST_TRUSTED {
        return Err(("trusted_addresses", "信任的地址最多 50 个", "At most 50 trusted addresses"));
    }
    s.trusted_addresses = unique(s.trusted_addresses.iter().map(|a| trusted(a)).collect::<Result<_, _>>()?);
    if !TTL_MS.contains(&s.ttl_ms) {
        return Err((
            "ttl_ms",
            "订单等待的时间在 1 分钟到 24 小时之间",
            "An order waits between 1 minute and 24 hours",
        ));
    }
    if !PER_MINUTE.contains(&s.per_minute) {
        return Err(("per_minute", "每分钟的请求数在 1 到 1000000 之间", "Between 1 and 1 000 000 requests a minute"));
    }
    s.products = products(protocol, s.products)?;
    let candidate =
        Program { id: 0, protocol, key_id: String::new(), settings: Arc::new(s.clone()), revoked: false, secret: None };
    s.notify_url = named(&candidate, "notify_url", &s.notify_url)?;
    s.return_url = named(&candidate, "return_url", &s.return_url)?;
    Ok(s)
}

fn is_text(text: &str, longest: usize) -> bool {
    !text.is_empty() && text.chars().count() <= longest && !text.chars().any(char::is_control)
}

fn unique<T: Clone + Eq + std::hash::Hash>(all: Vec<T>) -> Vec<T> {
    let mut seen = HashSet::new();
    all.into_iter().filter(|one| seen.insert(one.clone())).collect()
}

/// An http address without a user, in the way a browser writes it; none if it is none.
fn address(text: &str) -> Option<Url> {
    let text = text.trim();
    if text.len() > LONGEST_URL || text.chars().any(char::is_control) {
        return None;
    }
    let url = Url::parse(text).ok()?;
    let fine = matches!(url.scheme(), "http" | "https") && url.has_host();
    // `https://@host/` has an empty user, which the parser drops in silence.
    let authority =
        text.split_once("://").map_or("", |(_, rest)| rest.split(['/', '?', '#', '\\']).next().unwrap_or(""));
    (fine && !authority.contains('@')).then_some(url)
}

fn prefix(text: &str) -> Result<String, Wrong> {
    let wrong = (
        "callback_prefixes",
        "回调地址前缀要像 https://shop.example.com/，不带用户名、参数和 #",
        "A callback prefix looks like https://shop.example.com/, without a user, a query or a #",
    );
    let url = address(text).ok_or(wrong)?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong);
    }
    Ok(url.to_string())
}

/// An address for callbacks or returns: empty, or within the prefixes.
fn named(program: &Program, field: &'static str, text: &str) -> Result<String, Wrong> {
    if text.trim().is_empty() {
        return Ok(String::new());
    }
    let wrong = (
        field,
        "地址要以 http:// 或 https:// 开头，不带用户名和 #",
        "An address begins with http:// or https://, without a user or a #",
    );
    let url = address(text).filter(|url| url.fragment().is_none()).ok_or(wrong)?.to_string();
    if !merchant::may_name(program, &url) {
        return Err((field, "地址不在允许的回调地址前缀之内", "The address is outside the callback prefixes"));
    }
    Ok(url)
}

/// `192.168.1.20` or `192.168.1.0/24`.
fn trusted(text: &str) -> Result<String, Wrong> {
    let wrong = (
        "trusted_addresses",
        "信任的地址要是 IP 或网段，如 192.168.1.20 或 192.168.1.0/24",
        "A trusted address is an IP or a network, like 192.168.1.20 or 192.168.1.0/24",
    );
    let text = text.trim();
    let (ip, bits) = match text.split_once('/') {
        None => (text, None),
        Some((ip, bits)) => (ip, Some(bits)),
    };
    let ip: IpAddr = ip.parse().map_err(|_| wrong)?;
    let Some(bits) = bits else { return Ok(ip.to_string()) };
    let most = if ip.is_ipv4() { 32 } else { 128 };
    let digits = !bits.is_empty() && bits.bytes().all(|b| b.is_ascii_digit());
    let bits: u8 = bits.parse().ok().filter(|bits| digits && *bits <= most).ok_or(wrong)?;
    if bits == 0 {
        return Err((
            "trusted_addresses",
            "/0 是所有地址，等于谁都信任。请写具体的网段",
            "/0 is everybody. Name the network itself",
        ));
    }
    Ok(format!("{ip}/{bits}"))
}

fn products(protocol: Protocol, mut all: Vec<Product>) -> Result<Vec<Product>, Wrong> {
    let no = |zh, en| Err(("products", zh, en));
    if !all.is_empty() && protocol != Protocol::Lyn {
        return no("只有 Lyn.Pay 有商品", "Only Lyn.Pay has products");
    }
    if all.len() > MOST_PRODUCTS {
        return no("商品最多 200 个", "At most 200 products");
    }
    let mut names = HashSet::new();
    for product in &mut all {
        product.name = product.name.trim().to_owned();
        if !is_text(&product.name, LONGEST_NAME) || !names.insert(product.name.clone()) {
            return no(
                "每个商品要有自己的名字（40 字以内）",
                "Each product has a name of its own (up to 40 characters)",
            );
        }
        if product.amounts_fen.is_empty() || product.amounts_fen.len() > MOST_AMOUNTS {
            return no("每个商品有 1 到 100 个金额", "A product has 1 to 100 amounts");
        }
        let each = product.amounts_fen.iter().collect::<HashSet<_>>();
        if each.len() != product.amounts_fen.len() || product.amounts_fen.iter().any(|fen| !fen.is_positive()) {
            return no("商品的金额要大于零，不能重复", "A product's amounts are above zero, each once");
        }
    }
    Ok(all)
}

/// The till's own address as customers' browsers reach it: empty, or a scheme and a host. The way it is kept.
pub(crate) fn public_address(text: &str) -> Option<String> {
    if text.trim().is_empty() {
        return Some(String::new());
    }
    let url = address(text)?;
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    bare.then(|| url.as_str().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use till_core::Fen;

    use super::*;

    fn settings(change: impl FnOnce(&mut ProgramSettings)) -> ProgramSettings {
        let mut s = ProgramSettings { name: "shop".into(), ..ProgramSettings::default() };
        change(&mut s);
        s
    }

    fn refused(change: impl FnOnce(&mut ProgramSettings)) -> Option<&'static str> {
        checked(Protocol::Lyn, settings(change)).err().map(|(field, ..)| field)
    }

    #[test]
    fn what_may_be_said_about_a_program() {
        assert_eq!(refused(|_| {}), None);
        for name in ["", "  ", "a\nb", &"名".repeat(41)] {
            assert_eq!(refused(|s| s.name = name.into()), Some("name"), "{name:?}");
        }
        assert_eq!(refused(|s| s.channels = vec![Channel::Wechat, Channel::Cash]), Some("channels"));
        for ttl in [0, -1, 59_999, 86_400_001, i64::MIN, i64::MAX] {
            assert_eq!(refused(|s| s.ttl_ms = ttl), Some("ttl_ms"), "{ttl}");
        }
        for rate in [0, 1_000_001, u32::MAX] {
            assert_eq!(refused(|s| s.per_minute = rate), Some("per_minute"), "{rate}");
        }
        assert_eq!(
            refused(|s| s.callback_prefixes = (0..21).map(|n| format!("http://h{n}/")).collect()),
            Some("callback_prefixes")
        );
        assert_eq!(
            refused(|s| s.trusted_addresses = (0..51).map(|n| format!("10.0.0.{n}")).collect()),
            Some("trusted_addresses")
        );
        assert_eq!(refused(|s| s.notify_url = "https://elsewhere.example/x".into()), Some("notify_url"));
        assert_eq!(refused(|s| s.return_url = "javascript:alert(1)".into()), Some("return_url"));
    }

    #[test]
    fn prefixes_are_kept_as_browsers_write_them() {
        for (text, kept) in [
            ("https://shop.example.com", "https://shop.example.com/"),
            (" HTTPS://Shop.Example.COM:443/cb/ ", "https://shop.example.com/cb/"),
            ("http://a.example/x/../y", "http://a.example/y"),
            ("http://a.example/%2e%2e/y", "http://a.example/y"),
            ("http://2130706433:8080/", "http://127.0.0.1:8080/"),
            ("http://[::1]:80/", "http://[::1]/"),
            ("http://商店.example/", "http://xn--czrs0t.example/"),
        ] {
            assert_eq!(prefix(text).as_deref(), Ok(kept), "{text}");
        }
        for text in [
            "",
            "shop.example.com",
            "//shop.example.com/",
            "ftp://a.example/",
            "https://",
            "https://user@a.example/",
            "https://u:p@a.example/",
            "https://@a.example/",
            "https://a.example/#x",
            "https://a.example/?x=1",
            "https://a.example/\u{0}",
            "javascript:alert(1)",
            "https://a.example\\@b.example/#",
        ] {
            assert!(prefix(text).is_err(), "{text}");
        }
        assert!(prefix(&format!("https://a.example/{}", "x".repeat(500))).is_err());
        let twice = settings(|s| s.callback_prefixes = vec!["https://a.example".into(), "https://A.example/".into()]);
        assert_eq!(checked(Protocol::Vmq, twice).unwrap().callback_prefixes, ["https://a.example/"]);
    }

    #[test]
    fn trusted_addresses_are_addresses() {
        for (text, kept) in [
            (" 192.168.1.20 ", "192.168.1.20"),
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("FE80::1/64", "fe80::1/64"),
            ("::1", "::1"),
        ] {
            assert_eq!(trusted(text).as_deref(), Ok(kept));
        }
        for text in [
            "",
            "shop",
            "192.168.1",
            "192.168.1.0/33",
            "::/129",
            "10.0.0.0/",
            "10.0.0.0/+8",
            "10.0.0.0/8/8",
            "0.0.0.0/0",
            "::/0",
            "1.2.3.4:80",
        ] {
            assert!(trusted(text).is_err(), "{text}");
        }
    }

    #[test]
    fn products_have_names_and_amounts_of_their_own() {
        let one = |name: &str, fen: &[i64]| Product {
            name: name.into(),
            amounts_fen: fen.iter().map(|f| Fen::new(*f).unwrap()).collect(),
            global: false,
        };
        assert!(products(Protocol::Lyn, vec![one("a", &[1_990, 1_991]), one("b", &[1_990])]).is_ok());
        assert!(products(Protocol::Vmq, vec![one("a", &[1])]).is_err());
        for wrong in [
            vec![one("", &[1])],
            vec![one("a", &[])],
            vec![one("a", &[0])],
            vec![one("a", &[1, 1])],
            vec![one("a", &[1]), one("a", &[2])],
        ] {
            assert!(products(Protocol::Lyn, wrong).is_err());
        }
    }

    #[test]
    fn a_public_address_is_a_host_and_nothing_else() {
        for (text, kept) in [
            ("", ""),
            ("https://pay.example.com/", "https://pay.example.com"),
            ("HTTP://Till:5921", "http://till:5921"),
        ] {
            assert_eq!(public_address(text).as_deref(), Some(kept));
        }
        for text in [
            "pay.example.com",
            "https://pay.example.com/x",
            "https://u@pay.example.com",
            "https://a/?b",
            "ftp://a",
            "https://a/#",
        ] {
            assert_eq!(public_address(text), None, "{text}");
        }
    }
}
