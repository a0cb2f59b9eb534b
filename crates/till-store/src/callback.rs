//! The outbox: notices to programs, and how each attempt went.

use crate::Store;
use crate::error::{Result, StoreError};

/// An attempt as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of the table, documented in the migration")]
pub struct AttemptRow {
    pub order_id: i64,
    pub nth: i64,
    pub at: i64,
    pub actor: String,
    pub outcome: String,
    pub status: Option<i64>,
    pub duration_ms: i64,
    pub answer: Vec<u8>,
    pub cause: String,
}

/// A callback that is to be sent now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of the table, documented in the migration")]
pub struct DueCallback {
    pub order_id: i64,
    pub program_id: i64,
    pub attempts: i64,
}

impl Store {
    /// Callbacks whose time has come and that nobody is sending, oldest first; at most `per_program` of each program,
    /// less what `in_flight` says of it. Each is claimed until `claim_until`, so that nobody else sends it.
    pub async fn claim_callbacks(
        &self,
        _now: i64,
        _claim_until: i64,
        _per_program: u32,
        _in_flight: Vec<(i64, u32)>,
    ) -> Result<Vec<DueCallback>> {
        Err(StoreError::NotFound)
    }

    /// When the next callback is to be sent; none if none waits.
    pub async fn next_callback(&self) -> Result<Option<i64>> {
        Err(StoreError::NotFound)
    }

    /// At the start: claims of a till that is gone are void.
    pub async fn drop_claims(&self) -> Result<()> {
        Err(StoreError::NotFound)
    }

    /// Claims one callback that a person wants sent again; `Conflict("callback_busy")` while it is being sent,
    /// `Conflict("callback_delivered")` once it was delivered.
    pub async fn claim_callback(&self, _order_id: i64, _now: i64, _claim_until: i64) -> Result<DueCallback> {
        Err(StoreError::NotFound)
    }

    /// Stores an attempt (its `nth` is given here), ends the claim, and says when the next one is due (`next_at`, null:
    /// delivered or given up). Journals delivery (`callback.delivered`), giving up (`callback.given_up`) and every
    /// attempt that a person asked for (`callback.sent_again`), subject `ticket:ID`.
    pub async fn note_attempt(&self, _attempt: AttemptRow, _next_at: Option<i64>) -> Result<()> {
        Err(StoreError::NotFound)
    }

    /// The attempts of some orders, oldest first.
    pub async fn attempts(&self, _order_ids: Vec<i64>) -> Result<Vec<AttemptRow>> {
        Err(StoreError::NotFound)
    }

    /// Callbacks that are not delivered.
    pub async fn undelivered(&self) -> Result<i64> {
        Err(StoreError::NotFound)
    }
}
