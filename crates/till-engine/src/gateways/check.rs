//! What may be said about a contract, and which values it takes.

use std::net::IpAddr;

use till_channels::gateway::{Field, Provider, fields_of};
use url::{Host, Url};
use zeroize::Zeroizing;

use crate::api::{ApiError, Code, GatewayPlace, GatewaySettings, GatewayValue, Lang};
use crate::words;

const LONGEST_NAME: usize = 40;
/// Providers take no more.
const LONGEST_URL: usize = 255;
/// A certificate chain, or a PFX file in base64, has a few kilobytes.
const LONGEST_VALUE: usize = 64 << 10;

/// Field, and the sentence in both languages.
type Wrong = (&'static str, String, String);

fn wrong<T>(field: &'static str, zh: &str, en: &str) -> Result<T, Wrong> {
    Err((field, zh.to_owned(), en.to_owned()))
}

/// An error about one field.
pub(super) fn about(lang: Lang, field: &str, zh: &str, en: &str) -> ApiError {
    let mut error = words::error(lang, Code::Invalid, zh, en);
    error.details = Some(serde_json::json!({ "field": field }));
    error
}

/// The settings as they are to be kept, or the first thing wrong with them.
pub(super) fn settings(
    lang: Lang,
    provider: Provider,
    practice: bool,
    settings: GatewaySettings,
) -> Result<GatewaySettings, ApiError> {
    checked(provider, practice, settings).map_err(|(field, zh, en)| about(lang, field, &zh, &en))
}

fn checked(provider: Provider, practice: bool, mut s: GatewaySettings) -> Result<GatewaySettings, Wrong> {
    s.name = s.name.trim().to_owned();
    if s.name.is_empty() || s.name.chars().count() > LONGEST_NAME || s.name.chars().any(char::is_control) {
        return wrong("name", "请给合约起个名字（40 字以内）", "Give the contract a name (up to 40 characters)");
    }
    s.place = match s.place {
        GatewayPlace::Live if practice => {
            return wrong(
                "place",
                "练习模式不能收真钱：请选沙箱或模拟器",
                "No real money in practice: choose the sandbox or a simulator",
            );
        }
        GatewayPlace::Sandbox if !has_sandbox(provider) => {
            return wrong("place", "这个平台没有沙箱", "This provider has no test system");
        }
        GatewayPlace::Simulator { address } => GatewayPlace::Simulator { address: simulator(&address)? },
        place => place,
    };
    let simulated = matches!(s.place, GatewayPlace::Simulator { .. });
    s.notify_url = reached_at("notify_url", &s.notify_url, simulated)?;
    let ending = format!("/notify/{}", provider.as_str());
    if !s.notify_url.is_empty() && !s.notify_url.ends_with(&ending) {
        let (zh, en) = (format!("通知地址要以 {ending} 结尾"), format!("The address for notices ends in {ending}"));
        return Err(("notify_url", zh, en));
    }
    s.relay_url = reached_at("relay_url", &s.relay_url, simulated)?;
    Ok(s)
}

/// Whether a provider has a test system that the codec knows.
pub(super) const fn has_sandbox(provider: Provider) -> bool {
    match provider {
        Provider::Alipay | Provider::Unionpay => true,
        Provider::Wechat => false,
    }
}

/// `http://` and an address of this computer that is spelled out.
fn is_here(url: &Url) -> bool {
    let ip: Option<IpAddr> = match url.host() {
        Some(Host::Ipv4(ip)) => Some(ip.into()),
        Some(Host::Ipv6(ip)) => Some(ip.into()),
        Some(Host::Domain(_)) | None => None,
    };
    url.scheme() == "http" && ip.is_some_and(|ip| ip.is_loopback())
}

/// An address without a user, a query or a fragment.
fn plain(text: &str) -> Option<Url> {
    if text.len() > LONGEST_URL || text.contains(['@', '?', '#', '\\']) || text.chars().any(char::is_control) {
        return None;
    }
    Url::parse(text).ok().filter(Url::has_host)
}

fn simulator(text: &str) -> Result<String, Wrong> {
    let url = plain(text.trim()).filter(|url| is_here(url) && url.path() == "/");
    match url {
        Some(url) => Ok(url.as_str().trim_end_matches('/').to_owned()),
        None => wrong(
            "address",
            "模拟器只能在本机，地址要像 http://127.0.0.1:8900",
            "A simulator runs on this computer; its address looks like http://127.0.0.1:8900",
        ),
    }
}

/// An address of the internet: empty or HTTPS. A simulator may also know one of this computer.
fn reached_at(field: &'static str, text: &str, simulated: bool) -> Result<String, Wrong> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(String::new());
    }
    let url = plain(text).filter(|url| url.scheme() == "https" || simulated && is_here(url));
    match url {
        Some(url) => Ok(url.to_string()),
        None => wrong(
            field,
            "地址要以 https:// 开头，不带用户名、参数和 #，最长 255 个字符",
            "An address begins with https://, without a user, a query or a #, at most 255 characters",
        ),
    }
}

/// A value for a field, trimmed; empty: it is taken away.
pub(super) struct Given {
    pub(super) field: &'static Field,
    pub(super) text: Zeroizing<String>,
}

/// The values, each for a field that the provider has. Whether they do is for the codec to say.
pub(super) fn values(lang: Lang, provider: Provider, values: Vec<GatewayValue>) -> Result<Vec<Given>, ApiError> {
    let mut given: Vec<Given> = Vec::new();
    for GatewayValue { field: name, text } in values {
        let text = text.into_text();
        let Some(field) = fields_of(provider).iter().find(|field| field.name == name) else {
            return Err(about(lang, &name, "没有这个字段", "There is no such field"));
        };
        if given.iter().any(|other| other.field.name == name) {
            return Err(about(lang, &name, "这个字段给了两次", "This field is given twice"));
        }
        if text.len() > LONGEST_VALUE {
            return Err(about(lang, &name, "内容太长，最多 64 KB", "Too long: at most 64 KB"));
        }
        given.push(Given { field, text: Zeroizing::new(text.trim().to_owned()) });
    }
    Ok(given)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(change: impl FnOnce(&mut GatewaySettings)) -> Result<GatewaySettings, &'static str> {
        let mut settings = GatewaySettings { name: " 支付宝 ".into(), ..GatewaySettings::default() };
        change(&mut settings);
        checked(Provider::Alipay, false, settings).map_err(|(field, ..)| field)
    }

    #[test]
    fn a_simulator_is_on_this_computer_and_spelled_out() {
        let at = |address: &str| with(|s| s.place = GatewayPlace::Simulator { address: address.into() });
        for (given, kept) in [
            ("http://127.0.0.1:8900", "http://127.0.0.1:8900"),
            (" http://127.0.0.1:8900/ ", "http://127.0.0.1:8900"),
            ("http://[::1]:8900", "http://[::1]:8900"),
        ] {
            assert_eq!(at(given).unwrap().place, GatewayPlace::Simulator { address: kept.into() });
        }
        for address in [
            "",
            "127.0.0.1:8900",
            "https://127.0.0.1:8900",
            "http://localhost:8900",
            "http://127.0.0.1.example.com",
            "http://192.168.1.2:8900",
            "http://0.0.0.0:8900",
            "http://[::ffff:127.0.0.1]:8900",
            "http://user@127.0.0.1:8900",
            "http://127.0.0.1:8900/gateway",
            "http://127.0.0.1:8900/?a",
        ] {
            assert_eq!(at(address), Err("address"), "{address}");
        }
    }

    #[test]
    fn notices_come_over_https_to_the_provider_s_own_path() {
        let at = |url: &str| with(|s| s.notify_url = url.into()).map(|s| s.notify_url);
        for url in ["", "https://pay.example.com/notify/alipay", "https://pay.example.com:8443/till/notify/alipay"] {
            assert_eq!(at(url).as_deref(), Ok(url));
        }
        let long = format!("https://pay.example.com/{}/notify/alipay", "x".repeat(LONGEST_URL));
        for url in [
            "http://pay.example.com/notify/alipay",
            "https://pay.example.com/notify/wechat",
            "https://pay.example.com/notify/alipay/",
            "https://pay.example.com/notify/alipay?a=1",
            "https://pay.example.com/notify/alipay#a",
            "https://user@pay.example.com/notify/alipay",
            "pay.example.com/notify/alipay",
            "http://127.0.0.1/notify/alipay",
            &long,
        ] {
            assert_eq!(at(url), Err("notify_url"), "{url}");
        }
        let simulated = |url: &str| {
            with(|s| {
                s.place = GatewayPlace::Simulator { address: "http://127.0.0.1:1".into() };
                s.relay_url = url.into();
            })
        };
        assert!(simulated("http://127.0.0.1:2/relay").is_ok());
        assert_eq!(simulated("http://192.168.1.2/relay"), Err("relay_url"));
        assert_eq!(with(|s| s.relay_url = "http://127.0.0.1:2/relay".into()), Err("relay_url"));
    }

    #[test]
    fn a_name_is_short_and_a_place_is_the_provider_s() {
        assert_eq!(with(|_| {}).unwrap().name, "支付宝");
        assert!(with(|s| s.name = "钱".repeat(40)).is_ok());
        for name in ["", "  ", &"钱".repeat(41), "a\nb"] {
            assert_eq!(with(|s| s.name = name.into()), Err("name"), "{name}");
        }
        let settings = GatewaySettings { name: "x".into(), place: GatewayPlace::Sandbox, ..GatewaySettings::default() };
        let place = |provider, practice, settings: &GatewaySettings| {
            checked(provider, practice, settings.clone()).err().map(|(field, ..)| field)
        };
        assert_eq!(place(Provider::Wechat, false, &settings), Some("place"));
        assert_eq!(place(Provider::Unionpay, true, &settings), None);
        let live = GatewaySettings { place: GatewayPlace::Live, ..settings };
        assert_eq!(place(Provider::Unionpay, false, &live), None);
        assert_eq!(place(Provider::Unionpay, true, &live), Some("place"));
    }

    #[test]
    fn values_are_for_fields_of_the_provider_each_once() {
        let value =
            |field: &str, text: &str| GatewayValue { field: field.into(), text: crate::api::Secret(text.into()) };
        let of = |given: Vec<GatewayValue>| values(Lang::En, Provider::Alipay, given).map(|given| given.len());
        let field = |given| of(given).unwrap_err().details.unwrap()["field"].as_str().unwrap().to_owned();
        assert_eq!(of(vec![value("app_id", " 2021 "), value("app_private_key", "")]).unwrap(), 2);
        assert_eq!(field(vec![value("mchid", "1")]), "mchid");
        assert_eq!(field(vec![value("app_id", "1"), value("app_id", "2")]), "app_id");
        assert!(of(vec![value("app_private_key", &"x".repeat(LONGEST_VALUE))]).is_ok());
        assert_eq!(field(vec![value("app_private_key", &"x".repeat(LONGEST_VALUE + 1))]), "app_private_key");
    }
}
