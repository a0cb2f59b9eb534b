//! Tickets of programs paid in their own apps, pages and mini programs, and what providers spoke before.
#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

#[path = "../gateways/alipay.rs"]
#[allow(dead_code, reason = "each test uses its part of this Alipay")]
mod alipay;
#[path = "../ask/mod.rs"]
mod ask;
#[path = "../shop/mod.rs"]
mod shop;
#[path = "../web/mod.rs"]
mod web;

mod at_alipay;
mod at_wechat;
mod cashier;
mod historic;
mod rules;
mod samples;
mod wechat;
