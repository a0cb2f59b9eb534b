//! The till.
fn main() {}
