//! Contracts with providers through the engine, against an Alipay that signs as Alipay does.
#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

#[path = "../ask/mod.rs"]
mod ask;
#[path = "../shop/mod.rs"]
mod shop;
#[path = "../web/mod.rs"]
mod web;

mod alipay;
mod back;
mod bills;
mod codes;
mod counter;
mod crashes;
mod doubts;
mod late;
mod locked;
mod notices;
mod offline;
mod programs;
mod scans;
