//! Giving money back through a provider: the same number until there is an answer, so that nothing goes back twice.

use serde::{Deserialize, Serialize};

use super::has_arrived;
use crate::ticket::text_enum;

/// Where a refund stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum RefundStage {
    /// Written down; the amount is set aside in the books. Perhaps sent.
    Asked,
    /// The provider is at it.
    Pending,
    /// The money went back.
    Done,
    /// Refused: nothing went back.
    Refused,
}

text_enum!(RefundStage { Asked => "asked", Pending => "pending", Done => "done", Refused => "refused" });

/// What an answer about a refund amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundWord {
    /// The money went back.
    Done,
    /// The provider is at it.
    Pending,
    /// No refund of this number is known.
    NotThere,
    /// Refused, and nothing of this number was paid back. In answer to a query: that refund is known, and has failed; a
    /// question that is refused is unknown.
    Refused,
    /// Anything else.
    Unknown,
}

/// A refund as far as its next step depends on it. The first step is always the refund itself; whatever it answers
/// short of a final word, queries and repeats with the same number follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefundTry {
    /// Where it stands.
    pub stage: RefundStage,
    /// Whether the next step asks how it stands (`true`) or sends the refund (again).
    pub query: bool,
    /// When; `None`: it is over.
    pub next_at: Option<i64>,
    /// When the refund itself was last sent; `None`: never.
    pub sent_at: Option<i64>,
    /// Steps taken.
    pub steps: u32,
    /// An earlier request got no answer and may still be carried out.
    pub unsure: bool,
}

/// The provider needs this long before a refund can be asked about (Alipay: 10 s).
const FIRST_QUERY_MS: i64 = 11_000;
/// Between steps at first; doubled with each, up to an hour.
const STEP_MS: i64 = 15_000;
const LONGEST_MS: i64 = 3_600_000;

impl RefundTry {
    /// Just written down.
    pub fn plan(now: i64) -> RefundTry {
        RefundTry {
            stage: RefundStage::Asked,
            query: false,
            next_at: Some(now),
            sent_at: None,
            steps: 0,
            unsure: false,
        }
    }

    /// A step is about to be taken. Written down before it is.
    pub fn send(&mut self, now: i64) {
        if self.next_at.is_none() {
            return;
        }
        self.steps = self.steps.saturating_add(1);
        if !self.query {
            self.sent_at = self.sent_at.max(Some(now));
        }
        (self.query, self.next_at) = (true, Some(now.saturating_add(self.gap())));
    }

    /// The answer to a step. `query`: which kind of step. What comes late is passed as [`super::Trade::hear`] says:
    /// unknown, unless it says [`RefundWord::Done`].
    pub fn hear(&mut self, query: bool, word: RefundWord, now: i64) {
        if self.next_at.is_none() {
            return;
        }
        let later = Some(now.saturating_add(self.gap()));
        let arrived = has_arrived(self.sent_at, now);
        match word {
            RefundWord::Done => (self.stage, self.next_at) = (RefundStage::Done, None),
            // Final only if nothing else under this number can still be carried out.
            RefundWord::Refused if if query { arrived } else { !self.unsure } => {
                (self.stage, self.next_at) = (RefundStage::Refused, None);
            }
            // The same number again: what may still be on its way is the same refund.
            RefundWord::NotThere if query => {
                self.unsure = !arrived;
                (self.query, self.next_at) = (false, later);
            }
            RefundWord::Pending => (self.stage, self.query, self.next_at) = (RefundStage::Pending, true, later),
            RefundWord::Refused | RefundWord::NotThere | RefundWord::Unknown => {
                (self.query, self.next_at) = (true, later);
            }
        }
    }

    /// There is news of it: the question how it stands, if it is the next step, leaves now.
    pub fn hurry(&mut self, now: i64) {
        if self.query
            && let Some(at) = &mut self.next_at
        {
            *at = (*at).min(now);
        }
    }

    fn gap(&self) -> i64 {
        if self.steps <= 1 {
            return FIRST_QUERY_MS;
        }
        (STEP_MS << self.steps.saturating_sub(2).min(8)).min(LONGEST_MS)
    }
}
