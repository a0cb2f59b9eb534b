//! Contracts with providers, and what happens through them: trades, what was said about them, refunds.

mod contract;
mod money;
mod refund;
mod trade;
mod word;

pub use contract::{AddGateway, GatewayRow, PassphraseAct};
pub use money::{PaidThrough, TakeTrade};
pub(crate) use refund::is_going_back;
pub use refund::{GatewayRefundRow, HeardRefund, PlanRefund};
pub use trade::{HeardTrade, NewTrade, PlanTrade, TradeRow};
pub(crate) use trade::{of_paid, of_tickets, plan_in, planned};
pub use word::{Word, WordRow};
