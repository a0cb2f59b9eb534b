//! The simulated providers before judges that nobody here wrote: published clients drive them as the real ones, verify
//! their answers and their notices, and refuse what was tampered with.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "gateway_simulator/alipay.rs"]
mod alipay;
#[path = "gateway_simulator/faults.rs"]
mod faults;
#[path = "gateway_simulator/unionpay.rs"]
mod unionpay;
#[path = "gateway_simulator/wechat_v2.rs"]
mod wechat_v2;
#[path = "gateway_simulator/wechat_v3.rs"]
mod wechat_v3;
