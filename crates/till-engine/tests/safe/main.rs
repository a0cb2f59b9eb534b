//! How the contracts' keys are locked up where there is no keychain.
#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

#[path = "../contract/mod.rs"]
mod contract;
#[path = "../log/mod.rs"]
mod log;
#[path = "../shop/mod.rs"]
mod shop;
#[path = "../web/mod.rs"]
mod web;

mod choosing;
mod earlier;
mod files;
mod start;
mod tampered;
