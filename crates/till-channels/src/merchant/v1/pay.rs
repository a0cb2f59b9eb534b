//! `POST /api/v1/tickets/{id}/pay` and `POST /api/v1/returned`: a ticket is paid in the shop's own app, site or mini
//! program, for which this till makes what the provider's SDK or page wants.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::{Why, address, fits};
use crate::gateway::fields::Provider;
use crate::gateway::{Handover, Surface};

const LONGEST_ID: usize = 128;
const LONGEST_WAP_NAME: usize = 32;
const LONGEST_QUERY: usize = 16 * 1024;

/// Where a ticket is paid, if not at the counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SurfaceName {
    /// An app: `order_string` for Alipay's SDK.
    AlipayApp,
    /// A page on a computer: `url`, or `form`, which posts the same.
    AlipayPage,
    /// A page on a phone: `url`, or `form`.
    AlipayWap,
    /// A page inside WeChat: `parameters` for `WeixinJSBridge` or `wx.chooseWXPay`.
    WechatJsapi,
    /// A mini program: `parameters` for `wx.requestPayment`.
    WechatMini,
    /// An app: `parameters` for WeChat's SDK.
    WechatApp,
    /// A browser on a phone: `url`.
    WechatH5,
}

/// Through which version of WeChat Pay to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WechatVersion {
    /// XML, `unifiedorder`.
    V2,
    /// JSON.
    V3,
}

/// Where and how a ticket is to be paid. A field that the surface does not take is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Pay {
    /// Where.
    pub surface: SurfaceName,
    /// `wechat_jsapi`, `wechat_mini`, which need it: the customer's id with your app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub openid: Option<String>,
    /// `wechat_jsapi`, `wechat_mini`, `wechat_app`: your app's id, if not the contract's first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appid: Option<String>,
    /// `alipay_page`, `alipay_wap`: where the browser returns to, within the program's prefixes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_url: Option<String>,
    /// `alipay_wap`: where it goes if the customer gives up, within the program's prefixes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quit_url: Option<String>,
    /// `wechat_h5`, which needs it: the address of your page, as WeChat has it on file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wap_url: Option<String>,
    /// `wechat_h5`, which needs it: the name of your page, up to 32 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wap_name: Option<String>,
    /// WeChat; `wechat_h5` needs it: the customer's own address on the internet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub payer_ip: Option<IpAddr>,
    /// WeChat. Without it v3 if the contract has its keys, else v2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<WechatVersion>,
}

/// What the app, page or mini program needs. Of `order_string`, `url`, `form`, `parameters` those are there that
/// `surface` says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Paying {
    /// As asked.
    pub surface: SurfaceName,
    /// The till's number for it with the provider.
    pub out_trade_no: String,
    /// Passed to the SDK as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_string: Option<String>,
    /// An address to open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// HTML that posts itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub form: Option<String>,
    /// Signed; names and case as the client's call wants them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameters: Option<BTreeMap<String, String>>,
    /// When the ticket's time is up. Unix ms.
    pub expires_at_ms: i64,
}

/// A browser came back.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CameBack {
    /// The query of the address it came back to, undecoded, without `?`.
    pub query: String,
}

/// What the till knows of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Back {
    /// The till's number for it with the provider.
    pub out_trade_no: String,
    /// The ticket.
    pub ticket: String,
    /// Always true: what is not signed by the provider is refused.
    pub trusted: bool,
    /// Whether the ticket is paid, as the till knows it. Never from the query.
    pub paid: bool,
}

pub(super) fn read(body: &[u8]) -> Result<Pay, Why> {
    let pay: Pay = serde_json::from_slice(body).map_err(|_| Why::NotFields)?;
    pay.check()?;
    Ok(pay)
}

pub(super) fn came_back(body: &[u8]) -> Result<String, Why> {
    let CameBack { query } = serde_json::from_slice(body).map_err(|_| Why::NotFields)?;
    if query.is_empty() || query.len() > LONGEST_QUERY { Err(Why::Field("query")) } else { Ok(query) }
}

/// What a surface makes of a field.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    Needs,
    May,
    Never,
}

impl Pay {
    fn check(&self) -> Result<(), Why> {
        use SurfaceName as S;
        use Takes::{May, Needs, Never};
        // openid, appid, return_url, quit_url, wap_url and wap_name, payer_ip, version
        let takes = match self.surface {
            S::AlipayApp => [Never, Never, Never, Never, Never, Never, Never],
            S::AlipayPage => [Never, Never, May, Never, Never, Never, Never],
            S::AlipayWap => [Never, Never, May, May, Never, Never, Never],
            S::WechatJsapi | S::WechatMini => [Needs, May, Never, Never, Never, May, May],
            S::WechatApp => [Never, May, Never, Never, Never, May, May],
            S::WechatH5 => [Never, Never, Never, Never, Needs, Needs, May],
        };
        let [openid, appid, return_url, quit_url, page, payer_ip, version] = takes;
        let id = |text: &String| {
            let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
            (1..=LONGEST_ID).contains(&text.len()) && text.bytes().all(plain)
        };
        let place = |text: &String| address::parse(text).is_some();
        let name = |text: &String| !text.trim().is_empty() && fits(text, LONGEST_WAP_NAME, false);
        taken("openid", openid, self.openid.as_ref().map(id))?;
        taken("appid", appid, self.appid.as_ref().map(id))?;
        taken("return_url", return_url, self.return_url.as_ref().map(place))?;
        taken("quit_url", quit_url, self.quit_url.as_ref().map(place))?;
        taken("wap_url", page, self.wap_url.as_ref().map(place))?;
        taken("wap_name", page, self.wap_name.as_ref().map(name))?;
        taken("payer_ip", payer_ip, self.payer_ip.map(|_| true))?;
        taken("version", version, self.version.map(|_| true))
    }

    /// Whose it is.
    pub fn provider(&self) -> Provider {
        match self.surface {
            SurfaceName::AlipayApp | SurfaceName::AlipayPage | SurfaceName::AlipayWap => Provider::Alipay,
            SurfaceName::WechatJsapi | SurfaceName::WechatMini | SurfaceName::WechatApp | SurfaceName::WechatH5 => {
                Provider::Wechat
            }
        }
    }

    /// The addresses it leads the customer to.
    pub fn addresses(&self) -> impl Iterator<Item = &str> {
        [&self.return_url, &self.quit_url].into_iter().flatten().map(String::as_str)
    }

    /// The same for the provider's codec. `version`: of WeChat Pay.
    pub fn surface(&self, version: WechatVersion) -> Surface {
        let v2 = version == WechatVersion::V2;
        let text = |field: &Option<String>| field.clone().unwrap_or_default();
        match self.surface {
            SurfaceName::AlipayApp => Surface::AlipayApp,
            SurfaceName::AlipayPage => Surface::AlipayPage { return_url: self.return_url.clone() },
            SurfaceName::AlipayWap => {
                Surface::AlipayWap { return_url: self.return_url.clone(), quit_url: self.quit_url.clone() }
            }
            SurfaceName::WechatJsapi | SurfaceName::WechatMini => {
                Surface::WechatJsapi { openid: text(&self.openid), appid: self.appid.clone(), v2 }
            }
            SurfaceName::WechatApp => Surface::WechatApp { appid: self.appid.clone(), v2 },
            SurfaceName::WechatH5 => {
                Surface::WechatH5 { wap_url: text(&self.wap_url), wap_name: text(&self.wap_name), v2 }
            }
        }
    }

    /// One text for one surface: what is kept with the trade, and found again.
    pub fn kept(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// `fits`: none if the field is not there.
fn taken(name: &'static str, takes: Takes, fits: Option<bool>) -> Result<(), Why> {
    match (takes, fits) {
        (Takes::Needs | Takes::May, Some(true)) | (Takes::May | Takes::Never, None) => Ok(()),
        _ => Err(Why::Field(name)),
    }
}

impl Paying {
    /// What was made for a surface.
    pub fn new(surface: SurfaceName, out_trade_no: String, expires_at_ms: i64, made: Handover) -> Paying {
        let mut paying = Paying {
            surface,
            out_trade_no,
            order_string: None,
            url: None,
            form: None,
            parameters: None,
            expires_at_ms,
        };
        match made {
            Handover::OrderString(text) => paying.order_string = Some(text),
            Handover::Page { url, form } => (paying.url, paying.form) = (Some(url), Some(form)),
            Handover::Url(url) => paying.url = Some(url),
            Handover::Parameters(named) => {
                paying.parameters = Some(named.into_iter().map(|(name, text)| (name.to_owned(), text)).collect());
            }
        }
        paying
    }
}
