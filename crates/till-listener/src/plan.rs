//! Which addresses the port should be open on. Pure.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use till_engine::api::{Lang, Settings};

/// Where the port should be open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Where phones come in, or this computer alone.
    pub main: SocketAddr,
    /// 127.0.0.1 on the same port: beside a specific host, and in place of `main` while that cannot be opened. The
    /// command line comes in there.
    pub local: Option<SocketAddr>,
}

const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

impl Plan {
    /// A fixed address.
    pub fn fixed(main: SocketAddr) -> Plan {
        let local = (!main.ip().is_loopback()).then(|| SocketAddr::new(LOCAL, main.port()));
        Plan { main, local }
    }

    /// As the settings say. `wide`: a device exists, so others than this computer may come in.
    pub fn of_settings(settings: &Settings, wide: bool) -> Result<Plan, String> {
        let host = host(settings)?;
        let main = SocketAddr::new(if wide { host } else { LOCAL }, settings.listen_port);
        Ok(Plan::fixed(main))
    }

    /// True if the main address takes every IPv4 connection, 127.0.0.1 included.
    pub fn covers_local(&self) -> bool {
        self.main.ip().is_unspecified() || self.main.ip().is_loopback()
    }
}

/// The host of the settings.
pub(crate) fn host(settings: &Settings) -> Result<IpAddr, String> {
    let host = settings.listen_host.trim().trim_start_matches('[').trim_end_matches(']');
    match host {
        "" | "*" => Ok(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
        "localhost" => Ok(LOCAL),
        _ => host.parse().map_err(|_| match settings.lang {
            Lang::Zh => format!("“{host}”不是一个网络地址"),
            Lang::En => format!("“{host}” is not a network address"),
        }),
    }
}

/// Why an address could not be opened, for people.
pub(crate) fn reason(error: &std::io::Error, address: SocketAddr, lang: Lang) -> String {
    use std::io::ErrorKind;
    let (host, port) = (address.ip(), address.port());
    match (error.kind(), lang) {
        (ErrorKind::AddrInUse, Lang::Zh) => format!("端口 {port} 已被别的程序占用"),
        (ErrorKind::AddrInUse, Lang::En) => format!("port {port} is in use by another program"),
        (ErrorKind::AddrNotAvailable, Lang::Zh) => format!("这台电脑现在没有地址 {host}"),
        (ErrorKind::AddrNotAvailable, Lang::En) => format!("this computer has no address {host} now"),
        (ErrorKind::PermissionDenied, Lang::Zh) => format!("系统不允许使用端口 {port}"),
        (ErrorKind::PermissionDenied, Lang::En) => format!("the system does not allow port {port} to be used"),
        (_, Lang::Zh) => format!("无法打开 {address}：{error}"),
        (_, Lang::En) => format!("{address} cannot be opened: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(host: &str) -> Settings {
        Settings { listen_host: host.into(), ..Settings::default() }
    }

    #[test]
    fn only_this_computer_until_a_device_exists() {
        let narrow = Plan::of_settings(&settings("0.0.0.0"), false).unwrap();
        assert_eq!(narrow, Plan { main: "127.0.0.1:5921".parse().unwrap(), local: None });
        let wide = Plan::of_settings(&settings("0.0.0.0"), true).unwrap();
        assert_eq!(wide.main, "0.0.0.0:5921".parse().unwrap());
        assert!(wide.covers_local());
    }

    #[test]
    fn a_specific_host_leaves_a_way_in_for_the_command_line() {
        let plan = Plan::of_settings(&settings("192.168.1.5"), true).unwrap();
        assert_eq!(plan.local, Some("127.0.0.1:5921".parse().unwrap()));
        assert!(!plan.covers_local());
        assert_eq!(Plan::of_settings(&settings("localhost"), true).unwrap().local, None);
        assert_eq!(Plan::of_settings(&settings(" [::] "), true).unwrap().main.to_string(), "[::]:5921");
        assert!(Plan::of_settings(&settings("my-pc"), true).unwrap_err().contains("my-pc"));
    }
}
