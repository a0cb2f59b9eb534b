//! Where a request comes from, and whether that place may open orders.

use std::net::IpAddr;

use subtle::ConstantTimeEq;

use till_channels::merchant::address;

use super::MerchantRequest;
use crate::programs::Program;

const FORWARDING: [&str; 4] = ["forwarded", "via", "x-real-ip", "client-ip"];

/// The peer's own address; one in IPv6 clothes as what it is.
fn peer(request: &MerchantRequest) -> Option<IpAddr> {
    request.address.parse::<IpAddr>().ok().map(|ip| ip.to_canonical())
}

/// The buyer, where the request names none.
pub(super) fn peer_text(request: &MerchantRequest) -> String {
    peer(request).map_or_else(|| request.address.clone(), |ip| ip.to_string())
}

/// A host with or without port that names this computer.
fn names_loopback(host: &str) -> bool {
    let bare = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// True if the request comes from a program on this computer: not through a proxy on it, and not from a page that
/// somebody's browser on it has open.
pub(super) fn is_this_machine(request: &MerchantRequest) -> bool {
    let mut hosts = 0;
    for (name, value) in &request.headers {
        let name = name.as_str();
        if FORWARDING.contains(&name) || name.starts_with("x-forwarded") {
            return false;
        }
        if name == "host" {
            hosts += 1;
            if !names_loopback(value) {
                return false;
            }
        }
        let ours = |origin: &str| origin.split_once("://").is_some_and(|(_, host)| names_loopback(host));
        if name == "origin" && !ours(value) || name == "sec-fetch-site" && value == "cross-site" {
            return false;
        }
    }
    hosts == 1 && peer(request).is_some_and(|ip| ip.is_loopback())
}

/// True if the peer's address is one of the program's: `192.168.1.20`, `192.168.1.0/24`.
fn is_listed(program: &Program, request: &MerchantRequest) -> bool {
    let Some(peer) = peer(request) else { return false };
    program.settings.trusted_addresses.iter().any(|listed| holds(listed, peer))
}

fn holds(listed: &str, peer: IpAddr) -> bool {
    let (base, bits) = listed.split_once('/').map_or((listed, None), |(base, bits)| (base, Some(bits)));
    let Ok(base) = base.trim().parse::<IpAddr>() else { return false };
    let bits = bits.map(|b| b.trim().parse::<u32>());
    let shift = |width: u32| match &bits {
        None => Some(0),
        Some(Ok(bits)) => width.checked_sub(*bits),
        Some(Err(_)) => None,
    };
    match (base.to_canonical(), peer) {
        (IpAddr::V4(base), IpAddr::V4(peer)) => shift(32).is_some_and(|by| {
            u32::from(base).checked_shr(by).unwrap_or(0) == u32::from(peer).checked_shr(by).unwrap_or(0)
        }),
        (IpAddr::V6(base), IpAddr::V6(peer)) => shift(128).is_some_and(|by| {
            u128::from(base).checked_shr(by).unwrap_or(0) == u128::from(peer).checked_shr(by).unwrap_or(0)
        }),
        _ => false,
    }
}

/// True if this till can be reached from the internet: then what comes from this computer may come through a tunnel on
/// it that passes bytes on as they are (`frp`, `ssh -R`), and `Host` says what the stranger at its other end likes.
pub(super) fn is_in_the_open(public_url: &str) -> bool {
    !public_url.is_empty() && !address::is_private(public_url)
}

/// True if a browser asks for a page with it. What a customer's browser carries in its address is no secret: neither this
/// customer's nor anybody's request is better for it.
fn is_from_a_browser(request: &MerchantRequest) -> bool {
    let says = |name: &str, word: &str| request.headers.iter().any(|(n, v)| n == name && v.contains(word));
    says("accept", "text/html") || says("sec-fetch-mode", "navigate")
}

/// True if the request carries the program's token.
pub(super) fn has_token(program: &Program, request: &MerchantRequest) -> bool {
    let Some(secret) = program.secret.as_ref().filter(|s| !s.token.is_empty()) else { return false };
    let header = |name: &'static str| request.headers.iter().filter(move |(n, _)| n == name).map(|(_, v)| v.as_str());
    let bearer = header("authorization").filter_map(|v| v.split_once(' '));
    let bearer = bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
    let path_token = request.path_token.as_deref().filter(|_| !is_from_a_browser(request));
    let given = path_token.into_iter().chain(header("x-api-token")).chain(bearer);
    given.fold(false, |found, token| found | bool::from(token.as_bytes().ct_eq(secret.token.as_bytes())))
}

/// True if orders may come from there although no signature covers all that they say. `in_the_open`: see
/// [`is_in_the_open`].
pub(super) fn may_open(program: &Program, request: &MerchantRequest, in_the_open: bool) -> bool {
    has_token(program, request)
        || program.settings.open_creation
        || is_listed(program, request)
        || (!in_the_open && is_this_machine(request))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(address: &str, headers: &[(&str, &str)]) -> MerchantRequest {
        let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        MerchantRequest { address: address.into(), headers, ..MerchantRequest::default() }
    }

    #[test]
    fn only_a_program_on_this_computer_is_on_this_computer() {
        for host in ["localhost", "LOCALHOST:5921", "127.0.0.1:5921", "[::1]:5921", "127.0.0.1"] {
            assert!(is_this_machine(&from("127.0.0.1", &[("host", host)])), "{host}");
            assert!(is_this_machine(&from("::ffff:127.0.0.1", &[("host", host)])), "{host}");
        }
        let local = ("host", "127.0.0.1:5921");
        for (address, headers) in [
            ("192.168.1.9", vec![local]),
            ("127.0.0.1", vec![]),
            ("127.0.0.1", vec![("host", "shop.example.com")]),
            ("127.0.0.1", vec![("host", "127.0.0.1.evil.example")]),
            ("127.0.0.1", vec![local, ("host", "shop.example.com")]),
            ("127.0.0.1", vec![local, ("x-forwarded-for", "127.0.0.1")]),
            ("127.0.0.1", vec![local, ("x-forwarded-host", "localhost")]),
            ("127.0.0.1", vec![local, ("forwarded", "for=127.0.0.1")]),
            ("127.0.0.1", vec![local, ("x-real-ip", "127.0.0.1")]),
            ("127.0.0.1", vec![local, ("via", "1.1 caddy")]),
            ("127.0.0.1", vec![local, ("origin", "https://evil.example")]),
            ("127.0.0.1", vec![local, ("origin", "null")]),
            ("127.0.0.1", vec![local, ("sec-fetch-site", "cross-site")]),
            ("127.0.0.1x", vec![local]),
            ("", vec![local]),
        ] {
            assert!(!is_this_machine(&from(address, &headers)), "{address} {headers:?}");
        }
    }

    #[test]
    fn a_till_in_the_open_has_an_address_of_the_internet() {
        assert!(is_in_the_open("https://pay.example.com") && is_in_the_open("http://47.100.1.2:7000"));
        assert!(
            !is_in_the_open("") && !is_in_the_open("http://192.168.1.5:5921") && !is_in_the_open("http://localhost")
        );
    }

    #[test]
    fn addresses_and_networks() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        assert!(holds("192.168.1.20", ip("192.168.1.20")) && !holds("192.168.1.20", ip("192.168.1.21")));
        assert!(holds("192.168.1.0/24", ip("192.168.1.200")) && !holds("192.168.1.0/24", ip("192.168.2.1")));
        assert!(holds("0.0.0.0/0", ip("8.8.8.8")) && holds("fd00::/8", ip("fd12::1")));
        for bad in ["", "192.168.1.0/33", "192.168.1.0/x", "shop", "192.168.1.0/-1", "::/129"] {
            assert!(!holds(bad, ip("192.168.1.1")) && !holds(bad, ip("::1")), "{bad}");
        }
    }
}
