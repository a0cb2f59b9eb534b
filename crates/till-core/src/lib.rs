//! The pure rules of the till. No I/O, no async, no clock: everything comes in as an argument.

pub mod channel;
pub mod money;

pub use channel::Channel;
pub use money::Fen;
