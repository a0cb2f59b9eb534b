//! The addresses under which a phone may find this computer, best first.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

/// Interfaces of virtual machines, containers and tunnels: a phone on the shop's Wi-Fi is never behind them.
const NOT_FOR_PHONES: [&str; 20] = [
    "docker",
    "br-",
    "veth",
    "virbr",
    "vmnet",
    "vboxnet",
    "vethernet",
    "vmware",
    "virtualbox",
    "hyper-v",
    "wsl",
    "utun",
    "tun",
    "tap",
    "wg",
    "zt",
    "tailscale",
    "podman",
    "cni",
    "lxc",
];

struct Candidate {
    ip: IpAddr,
    rank: u8,
}

/// `host:port` of every address a phone may try if the port is open on `host`.
pub(crate) fn of(host: IpAddr, port: u16) -> Vec<String> {
    if host.is_loopback() {
        return Vec::new();
    }
    if !host.is_unspecified() {
        return vec![SocketAddr::new(host, port).to_string()];
    }
    let interfaces = if_addrs::get_if_addrs().unwrap_or_else(|error| {
        tracing::warn!(%error, "the network interfaces cannot be listed");
        Vec::new()
    });
    let way_out = way_out();
    let mut found: Vec<Candidate> = interfaces
        .iter()
        .filter(|interface| interface.is_oper_up() && !interface.is_p2p())
        .filter(|interface| host.is_ipv6() || interface.ip().is_ipv4())
        .filter_map(|interface| {
            let rank = rank(&interface.name, interface.ip(), way_out)?;
            Some(Candidate { ip: interface.ip(), rank })
        })
        .collect();
    found.sort_by_key(|candidate| candidate.rank);
    let mut addresses: Vec<String> = Vec::new();
    for candidate in found {
        let text = SocketAddr::new(candidate.ip, port).to_string();
        if !addresses.contains(&text) {
            addresses.push(text);
        }
    }
    addresses
}

/// How likely a phone finds us there; lower is better, `None` is never.
fn rank(name: &str, ip: IpAddr, way_out: Option<IpAddr>) -> Option<u8> {
    let name = name.to_ascii_lowercase();
    if NOT_FOR_PHONES.iter().any(|other| name.starts_with(other)) || name.contains("(wsl") {
        return None;
    }
    match ip {
        IpAddr::V4(v4) if v4.is_loopback() || v4.is_link_local() || v4.is_unspecified() => None,
        IpAddr::V4(v4) if v4.is_private() && way_out == Some(ip) => Some(0),
        IpAddr::V4(v4) if v4.is_private() && v4.octets()[0] == 192 => Some(1),
        IpAddr::V4(v4) if v4.is_private() => Some(2),
        IpAddr::V4(_) => Some(3),
        IpAddr::V6(v6) if v6.is_loopback() || v6.is_unicast_link_local() || v6.is_unspecified() => None,
        IpAddr::V6(v6) if v6.is_unique_local() => Some(4),
        IpAddr::V6(_) => Some(5),
    }
}

/// The address that connections to the outside start from. Asks the routing table; nothing is sent.
fn way_out() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    // TEST-NET-1: an address nobody has.
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_come_first_and_containers_never() {
        let rank = |name, ip: &str| rank(name, ip.parse().unwrap(), Some("10.1.2.3".parse().unwrap()));
        assert_eq!(rank("wlan0", "10.1.2.3"), Some(0));
        assert_eq!(rank("eth0", "192.168.1.5"), Some(1));
        assert_eq!(rank("eth0", "172.20.0.5"), Some(2));
        assert_eq!(rank("eth0", "8.8.4.4"), Some(3));
        assert_eq!(rank("eth0", "fd00::5"), Some(4));
        for (name, ip) in [
            ("docker0", "172.17.0.1"),
            ("br-12ab", "172.18.0.1"),
            ("vEthernet (WSL)", "172.20.1.1"),
            ("lo", "127.0.0.1"),
            ("eth0", "169.254.3.4"),
            ("eth0", "fe80::1"),
        ] {
            assert_eq!(rank(name, ip), None, "{name} {ip}");
        }
    }

    #[test]
    fn a_specific_host_is_the_only_address() {
        assert_eq!(of("192.168.1.5".parse().unwrap(), 5921), ["192.168.1.5:5921"]);
        assert_eq!(of("fd00::5".parse().unwrap(), 5921), ["[fd00::5]:5921"]);
        assert!(of("127.0.0.1".parse().unwrap(), 5921).is_empty());
        assert!(of("0.0.0.0".parse().unwrap(), 5921).iter().all(|a| !a.starts_with("127.")));
        println!("{:?}", of("::".parse().unwrap(), 5921));
    }
}
