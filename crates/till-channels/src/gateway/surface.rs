//! Payments elsewhere than at the counter: in an app, on a page, in a mini program.

use till_core::Fen;

use super::Ask;

/// A way to pay elsewhere than at the counter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Surface {
    /// Alipay: the order string for the app's SDK.
    AlipayApp,
    /// Alipay: a page on a computer.
    AlipayPage {
        /// Where the browser returns to.
        return_url: Option<String>,
    },
    /// Alipay: a page on a phone.
    AlipayWap {
        /// Where the browser returns to.
        return_url: Option<String>,
        /// Where it goes if the customer gives up.
        quit_url: Option<String>,
    },
    /// WeChat: a page inside WeChat, or a mini program.
    WechatJsapi {
        /// The customer's id with the shop's app.
        openid: String,
        /// The mini program's own app id, if not the contract's.
        appid: Option<String>,
        /// Ask through v2 (`unifiedorder`), not v3.
        v2: bool,
    },
    /// WeChat: an app.
    WechatApp {
        /// The app's id, if not the contract's.
        appid: Option<String>,
        /// Ask through v2 (`unifiedorder`), not v3.
        v2: bool,
    },
    /// WeChat: a browser on a phone (MWEB, H5). Needs the customer's address in the order.
    WechatH5 {
        /// The shop's page.
        wap_url: String,
        /// The shop's name there.
        wap_name: String,
        /// Ask through v2 (`unifiedorder`), not v3.
        v2: bool,
    },
}

/// What [`super::Gateway::prepare`] came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prepared {
    /// Ready: the provider hears of it from the customer.
    Ready(Handover),
    /// The provider must be asked first; then [`super::Gateway::hand_over`].
    Ask(Ask),
}

/// What a surface needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handover {
    /// An order string for an SDK.
    OrderString(String),
    /// An address to open, and a form that posts itself there.
    Page {
        /// For GET.
        url: String,
        /// HTML that posts the same.
        form: String,
    },
    /// An address to open.
    Url(String),
    /// Parameters, signed, names as the client's call wants them.
    Parameters(Vec<(&'static str, String)>),
}

/// What a returning browser said, signature checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Returned {
    /// The order.
    pub out_no: String,
    /// What it says was to be paid.
    pub amount: Option<Fen>,
}
