//! Contracts with providers: the real program against the providers' simulated servers, which keep the truth. Whatever goes
//! wrong between the two, the till never says paid without money, and money that a provider holds is found.
//!
//! Most of it stands in tables, one for each provider (`gateways/alipay.rs`, …), played by `gateways/play.rs`: one till,
//! many sales at once, told apart by their amounts.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "gateways/accidents.rs"]
mod accidents;
#[path = "gateways/alipay.rs"]
mod alipay;
#[path = "gateways/bills.rs"]
mod bills;
#[path = "gateways/certificates.rs"]
mod certificates;
#[path = "gateways/common.rs"]
mod common;
#[path = "gateways/endings.rs"]
mod endings;
#[path = "gateways/notices.rs"]
mod notices;
#[path = "gateways/play.rs"]
mod play;
#[path = "gateways/refunds.rs"]
mod refunds;
#[path = "gateways/shop.rs"]
mod shop;
#[path = "gateways/unionpay.rs"]
mod unionpay;
#[path = "gateways/wechat.rs"]
mod wechat;
