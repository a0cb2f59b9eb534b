//! The pure rules of the till. No I/O, no async, no clock: everything comes in as an argument.
//!
//! Money is [`Fen`]; a sale becomes a price in [`price`], a due amount in [`due`]; a receipt finds its ticket in
//! [`matching`]; a wallet's statement meets the till in [`reconcile`]; a ticket's state is in [`ticket`]; its business
//! day in [`day`]; rows of the books and their sums in [`sales`]; what a drawer and a day add up to in [`report`].

pub mod channel;
pub mod day;
pub mod due;
pub mod matching;
pub mod money;
pub mod price;
pub mod reconcile;
pub mod report;
pub mod sales;
pub mod ticket;
pub mod trade;

pub use channel::Channel;
pub use money::Fen;
