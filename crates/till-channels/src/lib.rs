//! How each way of paying speaks: receiving codes, notification rules, phone and merchant protocols. Bytes in, bytes out.
//!
//! Nothing here does I/O, waits, or looks at a clock, and no amount ever passes through a float.
//!
//! ```
//! use till_channels::rules::{Notice, Rules, Verdict};
//!
//! let notice = Notice {
//!     package: "com.tencent.mm",
//!     title: "微信支付",
//!     text: "[2条]微信支付: 微信支付收款0.80元(朋友到店)",
//! };
//! let Verdict::Receipt { amount, .. } = Rules::builtin().read(&notice) else { panic!("a real receipt") };
//! assert_eq!(amount.to_string(), "0.80");
//! ```

pub mod codes;
pub mod gateway;
pub mod merchant;
mod pairs;
pub mod phones;
pub mod rules;
