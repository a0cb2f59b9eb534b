//! A trade: one attempt to be paid for one ticket through one provider's API, from the stored intent to the last word.
//!
//! The rules decide what to ask next and when, never whether money came: that takes an authenticated claim, whenever it
//! arrives, whatever stands here. A crash at any point is answered by asking again.

mod refund;

use serde::{Deserialize, Serialize};

pub use refund::{RefundStage, RefundTry, RefundWord};

use crate::ticket::text_enum;

/// How long a request may be under way to the provider, or an answer from it.
pub const ARRIVES_WITHIN_MS: i64 = 60_000;

/// Where a trade stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Stage {
    /// Written down. Perhaps sent, never answered.
    Planned,
    /// The customer may pay.
    Waiting,
    /// Time is up, or somebody stopped it: asked once more, then cancelled, until the provider says so.
    Ending,
    /// It has ended, but its code may still be paid for a while: watched until that is over.
    Fading,
    /// The provider said, authenticated, that it was paid.
    Paid,
    /// The provider said, authenticated, that this attempt failed; or it has ended and its code is dead.
    Over,
}

text_enum!(Stage {
    Planned => "planned", Waiting => "waiting", Ending => "ending", Fading => "fading", Paid => "paid", Over => "over",
});

/// What to ask the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Make the code, or charge the scanned one.
    Begin,
    /// How does it stand?
    Query,
    /// Close, cancel or reverse it. May give the money back if it was paid after all.
    End,
}

text_enum!(What { Begin => "begin", Query => "query", End => "end" });

/// What an answer amounts to. Everything that is not explicit and authenticated is [`Word::Unknown`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// There is a code to show.
    Code,
    /// Paid, and the claim agrees with the order.
    Paid,
    /// Not paid yet; may be.
    Waiting,
    /// The provider knows no such trade. For a code nobody scanned yet that is the usual state with some.
    NotThere,
    /// It can never be paid any more: closed, cancelled, reversed.
    Ended,
    /// This attempt has failed: nothing was or will be charged. Said of the trade: a question that is refused is
    /// unknown, and so is a number that is "already in use", for it may be our own request that came twice.
    Refused,
    /// Ask the same again.
    Again,
    /// Anything else: silence, an unlisted code, a signature that does not fit.
    Unknown,
}

/// A provider's schedule. All in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// From an answer to the first query.
    pub first_ms: i64,
    /// Between queries while the customer may pay.
    pub every_ms: i64,
    /// From an unknown answer to the query that follows.
    pub doubt_ms: i64,
    /// How long a scanned code may take before the trade is cancelled. Trades with a code end with their ticket.
    pub patience_ms: i64,
    /// Not cancelled sooner than this after it was sent (WeChat: reverse after 15 s).
    pub end_after_ms: i64,
    /// Between tries to cancel.
    pub end_every_ms: i64,
    /// How long a code may still be paid, counted from when it was made; of a scanned one: how long the customer may
    /// take to confirm.
    pub code_lives_ms: i64,
    /// Sending the same order again is harmless and gives the same code.
    pub begin_again: bool,
    /// The provider can be told to end a trade. Otherwise its code is watched until it is dead.
    pub can_end: bool,
}

impl Pace {
    /// The same for a trade whose code is on no screen here: asked about less and less often the longer it has waited,
    /// so that hundreds of open orders cost little.
    pub fn unwatched(self, waited_ms: i64) -> Pace {
        let every_ms = (waited_ms / 12).clamp(self.every_ms, LONGEST_PAUSE_MS.max(self.every_ms));
        Pace { every_ms, ..self }
    }
}

/// A trade as far as its next step depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trade {
    /// We scanned the customer's code; otherwise the customer scans ours.
    pub scanned: bool,
    /// Where it stands.
    pub stage: Stage,
    /// When the order was first sent; `None`: never.
    pub sent_at: Option<i64>,
    /// When the provider first spoke of it as of an order it has, before it was ever told to end it: our request came
    /// first.
    pub known_at: Option<i64>,
    /// When the customer's time is up. No code is asked for later than this.
    pub until: i64,
    /// What to ask next, and when. `None`: nothing, for good.
    pub next: Option<(What, i64)>,
    /// Unknown answers in a row, of any question.
    pub doubts: u32,
    /// Times it was asked to end.
    pub ends: u32,
    /// The provider has said that it ended.
    pub ended: bool,
}

impl Trade {
    /// A trade that was just written down. `until`: when the ticket's time is up.
    pub fn plan(scanned: bool, now: i64, until: i64, pace: &Pace) -> Trade {
        let until = if scanned { now.saturating_add(pace.patience_ms) } else { until };
        Trade {
            scanned,
            stage: Stage::Planned,
            sent_at: None,
            known_at: None,
            until,
            next: Some((What::Begin, now)),
            doubts: 0,
            ends: 0,
            ended: false,
        }
    }

    /// Nothing will be asked any more.
    pub fn is_over(&self) -> bool {
        self.next.is_none()
    }

    /// A request is about to leave. Written down before it does: if no answer is ever stored, the next one stands
    /// here already, and a scanned code is never charged a second time. A query changes nothing at the
    /// provider: it may as well leave unwritten, and is due until its answer is heard.
    pub fn send(&mut self, what: What, now: i64, pace: &Pace) {
        if self.is_over() {
            return;
        }
        self.next = Some(match what {
            What::Begin => {
                self.sent_at = self.sent_at.or(Some(now));
                // After a long absence this may be late: its code lives as long as any, so it is watched as long.
                self.until = self.until.max(now);
                let at = now.saturating_add(pace.doubt_ms);
                let again = !self.scanned && pace.begin_again && at < self.until;
                (if again { What::Begin } else { What::Query }, at)
            }
            What::Query => (What::Query, now.saturating_add(pace.every_ms)),
            What::End => {
                self.ends = self.ends.saturating_add(1);
                (What::End, now.saturating_add(pace.end_every_ms))
            }
        });
    }

    /// The answer to a question, or a notice (which answers [`What::Query`]), in any order, even twice.
    ///
    /// An answer that comes more than [`ARRIVES_WITHIN_MS`] after its question left, by the clock on the wall (the
    /// computer may have slept), is old news: pass it as [`Word::Unknown`], unless it says [`Word::Paid`].
    pub fn hear(&mut self, what: What, word: Word, now: i64, pace: &Pace) {
        if self.stage == Stage::Paid || (self.stage == Stage::Over && word != Word::Paid) {
            return;
        }
        let first_word = self.known_at.is_none() && self.doubts == 0;
        self.note(what, word, now);
        match (what, word) {
            (_, Word::Paid) => self.finish(Stage::Paid),
            // Said of this very request. Had an earlier one got no answer, that one might have been charged.
            (What::Begin, Word::Refused) if first_word => self.finish(Stage::Over),
            _ if self.is_dead(what, word, now, pace) => self.finish(Stage::Over),
            (_, Word::Ended) => self.watch(what, word, now, pace),
            _ => match self.stage {
                Stage::Planned | Stage::Waiting => self.go_on(what, word, now, pace),
                Stage::Ending => self.end_on(what, word, now, pace),
                Stage::Fading => self.watch(what, word, now, pace),
                Stage::Paid | Stage::Over => {}
            },
        }
    }

    /// Somebody stopped it, or its ticket ended. One last query, then it is cancelled.
    pub fn stop(&mut self, now: i64) {
        match (self.stage, self.sent_at) {
            (Stage::Planned, None) => self.finish(Stage::Over),
            (Stage::Planned | Stage::Waiting, _) => {
                self.until = self.until.min(now);
                self.begin_ending(now);
            }
            (Stage::Ending | Stage::Fading | Stage::Paid | Stage::Over, _) => {}
        }
    }

    /// An authenticated claim that it was paid has been taken: the same as hearing [`Word::Paid`], whatever stood here.
    pub fn pay(&mut self, now: i64) {
        self.doubts = 0;
        self.known_at = self.known_at.or(Some(now));
        self.finish(Stage::Paid);
    }

    /// A person asks for a query now.
    pub fn hurry(&mut self, now: i64) {
        if let Some((What::Query, at)) = &mut self.next {
            *at = (*at).min(now);
        }
    }

    fn finish(&mut self, stage: Stage) {
        (self.stage, self.next) = (stage, None);
    }

    fn note(&mut self, what: What, word: Word, now: i64) {
        self.doubts = if word == Word::Unknown { self.doubts.saturating_add(1) } else { 0 };
        self.ended |= word == Word::Ended;
        let knows = match word {
            Word::Code | Word::Paid | Word::Waiting => true,
            Word::Ended | Word::Refused => what == What::Query,
            Word::NotThere | Word::Again | Word::Unknown => false,
        };
        if knows && self.ends == 0 {
            self.known_at = self.known_at.or(Some(now));
        }
    }

    /// Whether this answer proves that no money can come any more.
    fn is_dead(&self, what: What, word: Word, now: i64, pace: &Pace) -> bool {
        let unpaid = match word {
            Word::Ended => true,
            Word::Waiting | Word::NotThere | Word::Refused => what == What::Query,
            Word::Code | Word::Paid | Word::Again | Word::Unknown => false,
        };
        if unpaid && self.sent_at.is_some() && now >= self.dead_at(pace) {
            return true;
        }
        // A code the customer has can be paid whatever the order says. One we scanned is as dead as its order.
        self.scanned
            && match word {
                // To end what they never heard of, some find easy; then the order arrives.
                Word::Ended => what == What::Query || self.known_at.is_some() || has_arrived(self.sent_at, now),
                Word::NotThere => {
                    let ended = self.ends > 0 || self.stage == Stage::Fading;
                    ended && self.known_at.is_none() && has_arrived(self.sent_at, now)
                }
                _ => false,
            }
    }

    /// From when on an answer "not paid" is the last word: the latest code was made when the latest request arrived, and
    /// the answer was given some time before it is heard.
    fn dead_at(&self, pace: &Pace) -> i64 {
        self.until.saturating_add(pace.code_lives_ms).saturating_add(2 * ARRIVES_WITHIN_MS)
    }

    fn go_on(&mut self, what: What, word: Word, now: i64, pace: &Pace) {
        if now >= self.until || word == Word::Refused {
            return self.wind_up(what, word, now, pace);
        }
        let begin_again = what == What::Begin && !self.scanned && self.stage == Stage::Planned;
        let (next, gap) = match (what, word) {
            (What::Begin, Word::Again) if begin_again => (What::Begin, pace.doubt_ms),
            (What::Begin, Word::Unknown) if begin_again && pace.begin_again => {
                (What::Begin, backed_off(pace.doubt_ms, self.doubts))
            }
            (_, Word::Unknown) => (What::Query, backed_off(pace.doubt_ms, self.doubts)),
            (What::Begin, Word::Again) => (What::Query, pace.doubt_ms),
            (What::Begin, _) => (What::Query, pace.first_ms),
            (What::Query | What::End, _) => (What::Query, pace.every_ms),
        };
        if !matches!(word, Word::Unknown | Word::Again) {
            self.stage = Stage::Waiting;
        }
        let at = now.saturating_add(gap);
        // The last query comes when time is up, not an interval later; and no code is made for nobody.
        self.next = Some(if at < self.until { (next, at) } else { (What::Query, self.until) });
    }

    /// Time was up when this answer came, or it says that nothing will come of it. If it was a query's, that was the
    /// last one: cancelled without delay.
    fn wind_up(&mut self, what: What, word: Word, now: i64, pace: &Pace) {
        self.begin_ending(now);
        if what == What::Query && !matches!(word, Word::Unknown | Word::Again) {
            self.end_on(what, word, now, pace);
        }
    }

    fn begin_ending(&mut self, now: i64) {
        (self.stage, self.next) = (Stage::Ending, Some((What::Query, now)));
    }

    fn end_on(&mut self, what: What, word: Word, now: i64, pace: &Pace) {
        let later = now.saturating_add(backed_off(pace.end_every_ms, self.doubts.max(self.ends)));
        match what {
            // The answer to our order comes late: the last query stands.
            What::Begin => {}
            What::Query if self.ends == 0 && word == Word::Unknown && self.doubts < 2 => {
                self.next = Some((What::Query, now.saturating_add(pace.doubt_ms)));
            }
            _ if !pace.can_end => self.watch(what, word, now, pace),
            // Nobody has scanned the code, so there is nothing to cancel. It can be scanned until it is dead.
            What::Query | What::End if word == Word::NotThere && !self.scanned && self.ends > 0 => {
                self.watch(what, word, now, pace);
            }
            // The last query gave no money: cancelled with no delay between.
            What::Query if self.ends == 0 && word != Word::Unknown => {
                self.next = Some((What::End, self.may_end_at(now, pace)));
            }
            What::Query => self.next = Some((What::End, self.may_end_at(later, pace))),
            // How it stands decides: the cancel may have met money, or been lost.
            What::End => self.next = Some((What::Query, later)),
        }
    }

    fn may_end_at(&self, at: i64, pace: &Pace) -> i64 {
        self.sent_at.map_or(at, |sent| at.max(sent.saturating_add(pace.end_after_ms)))
    }

    /// Watched until it is dead, less and less often. Whoever scans it now is cancelled at once.
    fn watch(&mut self, what: What, word: Word, now: i64, pace: &Pace) {
        let first = self.stage != Stage::Fading;
        self.stage = Stage::Fading;
        if what == What::Query && word == Word::Waiting && pace.can_end {
            self.next = Some((What::End, self.may_end_at(now, pace)));
            return;
        }
        let waited = now.saturating_sub(self.until);
        let gap = if first { pace.first_ms } else { (waited / 4).clamp(pace.every_ms, LONGEST_WATCH_MS) };
        let last = self.dead_at(pace).max(now.saturating_add(pace.every_ms));
        self.next = Some((What::Query, now.saturating_add(gap).min(last)));
    }
}

/// Between two queries about a code that no screen shows.
const LONGEST_PAUSE_MS: i64 = 40_000;

/// Between two looks at a code that is fading.
const LONGEST_WATCH_MS: i64 = 600_000;

/// Whether an answer heard now was given when nothing of what was sent then was still under way.
fn has_arrived(sent_at: Option<i64>, now: i64) -> bool {
    sent_at.is_none_or(|sent| now >= sent.saturating_add(2 * ARRIVES_WITHIN_MS))
}

/// Grows with the failures in a row: ×1, ×2, ×4, … up to a minute, so that an hour offline costs little.
fn backed_off(base: i64, failures: u32) -> i64 {
    let factor = 1_i64 << failures.saturating_sub(1).min(6);
    base.saturating_mul(factor).min(base.max(60_000))
}

#[cfg(test)]
mod tests;
