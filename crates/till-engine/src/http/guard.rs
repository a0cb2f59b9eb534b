//! Which addresses a program may make this computer call. A callback address comes from outside: it must not become a
//! way into the shop's own network, the router, or a cloud's metadata.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// True for an address of the public internet.
pub(super) fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

/// The blocks of IANA's special-purpose registry (RFC 6890 and its updates), multicast and the reserved class E.
fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let special = match a {
        0 | 10 | 127 => true,
        100 => b & 0xc0 == 64,                                     // carriers' NAT
        169 => b == 254,                                           // link-local; metadata of clouds
        172 => b & 0xf0 == 16,                                     // private
        192 => matches!((b, c), (0, 0 | 2) | (88, 99) | (168, _)), // protocols, documentation, 6to4 relays, private
        198 => b & 0xfe == 18 || (b, c) == (51, 100), // benchmarks (and the invented addresses of some proxies)
        203 => (b, c) == (0, 113),
        _ => a >= 224,
    };
    !special
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    if let Some(inside) = embedded(ip) {
        return is_public_v4(inside);
    }
    let s = ip.segments();
    // 2000::/3 is all that has been given out; of it, not Teredo and ORCHID (2001::/23) nor the documentation.
    s[0] & 0xe000 == 0x2000
        && !(s[0] == 0x2001 && s[1] < 0x200)
        && s[0..2] != [0x2001, 0xdb8]
        && s[0] & 0xfff0 != 0x3ff0
}

/// The IPv4 address that a packet to this one ends at.
fn embedded(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let s = ip.segments();
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Some(Ipv4Addr::new(a, b, c, d))
    };
    match s {
        [0, 0, 0, 0, 0, 0xffff, high, low] => v4(high, low),    // mapped
        [0, 0, 0, 0, 0, 0, high, low] => v4(high, low),         // compatible; ::1 becomes 0.0.0.1
        [0, 0, 0, 0, 0xffff, 0, high, low] => v4(high, low),    // translated (SIIT)
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => v4(high, low), // NAT64
        [0x2002, high, low, ..] => v4(high, low),               // 6to4
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_public_internet_is_public() {
        for public in [
            "1.1.1.1",
            "8.8.8.8",
            "47.100.1.2",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "192.167.1.1",
            "198.17.0.1",
            "198.20.0.1",
            "223.255.255.255",
            "2400:3200::1",
            "2606:4700:4700::1111",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "2002:808:808::1",
            "2001:4860:4860::8888",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for private in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "127.0.0.1",
            "127.255.255.254",
            "100.64.0.1",
            "100.127.255.255",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.1.1.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:a9fe:a9fe",
            "::ffff:0:192.168.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::a00:1",
            "64:ff9b:1::808:808",
            "2002:7f00:1::",
            "2002:c0a8:101::1",
            "2001::1",
            "2001:10::1",
            "2001:db8::1",
            "3fff::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "100::1",
            "4000::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
    }
}
