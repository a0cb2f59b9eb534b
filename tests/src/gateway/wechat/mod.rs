//! WeChat Pay: two protocols, one book of trades.

mod bill;
pub(super) mod v2;
pub(super) mod v3;
mod xml;

use super::ledger::{State, Trade};

/// The merchant.
pub const WECHAT_MCHID: &str = "1900000109";
/// The merchant's official account.
pub const WECHAT_APPID: &str = "wx8888888888888888";
/// The merchant's key for v3.
pub const WECHAT_V3_KEY: &str = "ThisIsATestKeyOfThirtyTwoBytes_3";
/// The merchant's key for v2.
pub const WECHAT_V2_KEY: &str = "ThisIsATestKeyOfThirtyTwoBytes02";
/// The id of WeChat Pay's public key for this merchant.
pub const WECHAT_PUBLIC_KEY_ID: &str = "PUB_KEY_ID_0119000001092026112000000000000001";

/// Another merchant, in forged notices.
const OTHER_MCHID: &str = "1900000999";
const OPENID: &str = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o";

/// How a trade stands, in WeChat's words.
fn state(trade: &Trade) -> (&'static str, &'static str) {
    match trade.state {
        State::Waiting if trade.scanned => ("USERPAYING", "用户支付中"),
        State::Offered | State::Waiting => ("NOTPAY", "订单未支付"),
        State::Failed => ("PAYERROR", "支付失败"),
        State::Paid if trade.refunds.is_empty() => ("SUCCESS", "支付成功"),
        State::Paid => ("REFUND", "转入退款"),
        State::Closed => ("CLOSED", "订单已关闭"),
        State::Reversed => ("REVOKED", "订单已撤销"),
    }
}

/// What kind of trade it is, by who scanned whom.
fn kind(trade: &Trade) -> &'static str {
    if trade.scanned { "MICROPAY" } else { "NATIVE" }
}

/// What a code for the customer's scanner says.
fn code_url(trade: &Trade) -> String {
    format!("weixin://wxpay/bizpayurl?pr={}", prepay_tail(trade))
}

fn prepay_tail(trade: &Trade) -> &str {
    &trade.trade_no[trade.trade_no.len() - 9..]
}
