//! The exports through their front door: golden files, properties, refusals, and programs nobody here wrote.
#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

mod golden;
mod properties;
mod readers;
mod refusals;
mod sample;
