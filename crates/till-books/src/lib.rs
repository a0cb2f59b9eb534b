//! Statements in, bookkeeping files out. Pure: bytes to rows and rows to bytes; no clock, no database.

pub mod export;
pub mod statement;
