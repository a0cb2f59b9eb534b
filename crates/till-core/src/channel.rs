//! Channels: the ways money reaches the shop.

use serde::{Deserialize, Serialize};

/// A way of paying. Text form is the lower-case name, as in the database and on every border.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Channel {
    /// WeChat Pay (微信支付).
    Wechat,
    /// Alipay (支付宝).
    Alipay,
    /// UnionPay / QuickPass (云闪付).
    Unionpay,
    /// Digital yuan (数字人民币).
    Ecny,
    /// A bank account, known from the bank's own notice.
    Bank,
    /// Notes and coins.
    Cash,
}

impl Channel {
    /// Every channel, in the order screens list them.
    pub const ALL: [Channel; 6] =
        [Channel::Wechat, Channel::Alipay, Channel::Unionpay, Channel::Ecny, Channel::Bank, Channel::Cash];

    /// The lower-case name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Channel::Wechat => "wechat",
            Channel::Alipay => "alipay",
            Channel::Unionpay => "unionpay",
            Channel::Ecny => "ecny",
            Channel::Bank => "bank",
            Channel::Cash => "cash",
        }
    }
}

impl std::fmt::Display for Channel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no channel.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown channel: {0}")]
pub struct UnknownChannel(pub String);

impl std::str::FromStr for Channel {
    type Err = UnknownChannel;
    fn from_str(text: &str) -> Result<Channel, UnknownChannel> {
        Channel::ALL.into_iter().find(|c| c.as_str() == text).ok_or_else(|| UnknownChannel(text.to_owned()))
    }
}
