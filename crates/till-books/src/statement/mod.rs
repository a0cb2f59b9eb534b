//! Readers of the wallets', merchants' and banks' own statements.
