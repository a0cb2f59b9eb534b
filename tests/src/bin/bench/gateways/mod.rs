//! Contracts with providers: what a signature costs, how soon a notice is money in the book, what waiting costs.

mod at_work;
mod signatures;

pub use at_work::{notices, waiting};
pub use signatures::signatures;
