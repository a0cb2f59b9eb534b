#![allow(missing_docs, reason = "plain records; every field is named in the words of the house and its unit")]

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

/// A PIN or a password on its way in. It shows in no log.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Secret(pub String);

impl Secret {
    /// What it is; no copy stays behind.
    pub(crate) fn into_text(mut self) -> Zeroizing<String> {
        Zeroizing::new(std::mem::take(&mut self.0))
    }
}

/// Leaves no copy behind.
impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// What a person may do, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Role {
    /// Sells, accepts suggestions, sees the own shift.
    Cashier,
    /// Also refunds, voids, closes the day, sees totals, checks statements.
    Manager,
    /// Everything.
    Owner,
}

/// A person who works the till.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct StaffView {
    pub id: i64,
    pub name: String,
    pub role: Role,
    pub has_pin: bool,
    /// Too many wrong PINs: no try before this instant.
    pub locked_until: Option<i64>,
    pub added_at: i64,
    pub left_at: Option<i64>,
}

/// Who works at this till now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SessionView {
    /// False until an owner with a PIN exists: the till is open to whoever stands before it, as the owner.
    pub guarded: bool,
    /// Nobody is signed in and the till is guarded: only selling screens' looks remain.
    pub locked: bool,
    /// Who is signed in.
    pub staff: Option<StaffView>,
    /// What may be done now without anybody's approval.
    pub role: Role,
    /// The owner's figures may be shown (always, when unguarded) until this instant.
    pub totals_until: Option<i64>,
    pub totals_open: bool,
    /// Who may sign in, in the order added.
    pub people: Vec<StaffView>,
}

/// An approval by somebody of higher rank for one request, good for two minutes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Approved {
    pub by: String,
    pub until: i64,
}

/// A row of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct JournalEntry {
    pub seq: i64,
    pub at: i64,
    pub actor: String,
    /// `noun.verb`.
    pub act: String,
    /// `ticket:41`.
    pub subject: String,
    /// JSON.
    pub before: String,
    pub after: String,
    /// Hex.
    pub hash: String,
}

/// Which journal rows; empty fields mean all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct JournalFilter {
    /// Rows before this one (for the next page).
    pub before_seq: Option<i64>,
    /// Beginning of the act: `ticket.`, `refund.`…
    pub act: String,
    pub actor: String,
    /// Exactly, as `ticket:41`.
    pub subject: String,
    /// Business-day range in instants.
    pub from_at: Option<i64>,
    pub to_at: Option<i64>,
}

/// How the journal's chain stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct JournalCheck {
    pub intact: bool,
    pub rows: i64,
    /// The first row that does not fit.
    pub broken_seq: Option<i64>,
}
