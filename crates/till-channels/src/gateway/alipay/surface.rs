//! Payments on other surfaces than the counter. Nothing is asked: the customer carries a signed request to Alipay.

use super::super::{CannotAsk, Handover, Order, Seed, Surface, moment};
use super::Alipay;
use super::request::{Request, Signed, begin, encoded};

impl Alipay {
    pub(super) fn hand_out(
        &self,
        order: &Order,
        surface: &Surface,
        now_ms: i64,
        seed: &mut Seed,
    ) -> Result<Handover, CannotAsk> {
        let (method, product_code, return_url, quit_url) = match surface {
            Surface::AlipayApp => ("alipay.trade.app.pay", "QUICK_MSECURITY_PAY", None, None),
            Surface::AlipayPage { return_url } => {
                ("alipay.trade.page.pay", "FAST_INSTANT_TRADE_PAY", return_url.as_deref(), None)
            }
            Surface::AlipayWap { return_url, quit_url } => {
                ("alipay.trade.wap.pay", self.wap_product_code, return_url.as_deref(), quit_url.as_deref())
            }
            Surface::WechatJsapi { .. } | Surface::WechatApp { .. } | Surface::WechatH5 { .. } => {
                return Err(CannotAsk::NoSuchCall);
            }
        };
        let mut biz =
            begin(order)?.with("product_code", product_code).with("time_expire", moment::spaced(order.expires_at));
        if let Some(quit_url) = quit_url {
            biz = biz.with("quit_url", quit_url);
        }
        let request = Request { method, biz, notify_url: order.notify_url.as_deref(), return_url };
        let pairs = self.sign(request, now_ms, seed)?;
        Ok(match surface {
            Surface::AlipayApp => Handover::OrderString(encoded(&pairs)),
            _ => Handover::Page {
                url: format!("{}?{}", self.door(), encoded(&pairs)),
                form: form(&self.post_url(), &pairs),
            },
        })
    }
}

/// A form that posts itself; with scripts off, a button does.
fn form(action: &str, pairs: &Signed) -> String {
    let input = |(name, value): &(&str, String)| {
        format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", escaped(name), escaped(value))
    };
    let inputs: String = pairs.iter().map(input).collect();
    format!(
        "<form id=\"alipay\" method=\"post\" accept-charset=\"utf-8\" action=\"{}\">{inputs}\
         <noscript><button>支付宝</button></noscript></form>\
         <script>document.getElementById(\"alipay\").submit()</script>",
        escaped(action)
    )
}

/// Text as HTML, good inside quotes of both kinds.
fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
    html
}
