//! Orders that the customer pays elsewhere than under our scanner: what they are made for, and what both versions call it.

use crate::gateway::{Doubt, DoubtKind, Surface};

/// The longest address that is shown or opened.
const LONGEST: usize = 1_024;

/// What an order is made for.
#[derive(Clone, Copy)]
pub(super) enum For<'a> {
    /// A code on our screen.
    Native,
    /// A page inside WeChat, or a mini program, of this customer.
    Jsapi {
        /// The customer.
        openid: &'a str,
    },
    /// An app.
    App,
    /// A browser on a phone.
    H5 {
        /// The shop's page.
        url: &'a str,
        /// The shop's name there.
        name: &'a str,
    },
}

impl For<'_> {
    /// `trade_type` of v2.
    pub(super) fn trade_type(&self) -> &'static str {
        match self {
            For::Native => "NATIVE",
            For::Jsapi { .. } => "JSAPI",
            For::App => "APP",
            For::H5 { .. } => "MWEB",
        }
    }

    /// The path of v3.
    pub(super) fn path(&self) -> &'static str {
        match self {
            For::Native => "/v3/pay/transactions/native",
            For::Jsapi { .. } => "/v3/pay/transactions/jsapi",
            For::App => "/v3/pay/transactions/app",
            For::H5 { .. } => "/v3/pay/transactions/h5",
        }
    }

    /// What v2 answers with.
    pub(super) fn v2_answer(&self) -> &'static str {
        match self {
            For::Native => "code_url",
            For::Jsapi { .. } | For::App => "prepay_id",
            For::H5 { .. } => "mweb_url",
        }
    }

    /// What v3 answers with.
    pub(super) fn v3_answer(&self) -> &'static str {
        match self {
            For::H5 { .. } => "h5_url",
            For::Native | For::Jsapi { .. } | For::App => self.v2_answer(),
        }
    }

    /// Whether what was answered can be what it should be: it goes on a screen, or into a browser.
    pub(super) fn accept(&self, made: String) -> Result<String, Doubt> {
        let address = made.len() <= LONGEST && made.bytes().all(|b| b.is_ascii_graphic());
        let fits = match self {
            For::Native => address && made.starts_with("weixin://"),
            For::Jsapi { .. } | For::App => made.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-'),
            For::H5 { .. } => address && made.starts_with("https://"),
        };
        if fits { Ok(made) } else { Err(Doubt::new(DoubtKind::Unreadable, self.v3_answer())) }
    }
}

/// A surface of WeChat: what the order is for, the app id it names, and whether it is asked for through v2.
pub(super) fn of(surface: &Surface) -> Option<(For<'_>, Option<&str>, bool)> {
    match surface {
        Surface::WechatJsapi { openid, appid, v2 } => Some((For::Jsapi { openid }, appid.as_deref(), *v2)),
        Surface::WechatApp { appid, v2 } => Some((For::App, appid.as_deref(), *v2)),
        Surface::WechatH5 { wap_url, wap_name, v2 } => Some((For::H5 { url: wap_url, name: wap_name }, None, *v2)),
        Surface::AlipayApp | Surface::AlipayPage { .. } | Surface::AlipayWap { .. } => None,
    }
}
