//! What an answer amounts to for its trade or refund. What is not explicit is unknown, here as in the codecs.

use serde::{Deserialize, Serialize};
use till_channels::gateway::{Answer, Claim, Doubt, DoubtKind, Identity, Order, RefundOrder, Refusal, RefusalKind};
use till_core::trade::{RefundWord, What, Word};
use till_store::{GatewayRefundRow, TradeRow, Word as WordNote};

use super::book::Trouble;
use super::words;
use crate::api::TradeTrouble;

/// What an answer about a trade amounts to.
pub(super) enum Meaning {
    /// Paid, and the claim agrees with the order.
    Paid(Claim),
    /// Something else.
    Said(Said),
}

/// A word about a trade, with what goes with it.
pub(super) struct Said {
    pub(super) word: Word,
    /// What the customer scans.
    pub(super) code: Option<String>,
    /// What to note as standing in the way; empty: nothing any more; none: as before.
    pub(super) snag: Option<String>,
    /// Technical.
    pub(super) detail: String,
    /// An authentic message contradicts the order: people must hear of it.
    pub(super) alarm: Option<Doubt>,
}

/// What stands in the way of a trade or refund, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Snag {
    pub(super) kind: TradeTrouble,
    /// The provider's code, or the kind of the doubt.
    pub(super) code: String,
    /// The provider's words, or what did not read.
    pub(super) message: String,
    /// Since when it has been so.
    pub(super) since: i64,
}

impl Snag {
    /// A stored one; none if there is none.
    pub(super) fn read(text: &str) -> Option<Snag> {
        if text.is_empty() { None } else { serde_json::from_str(text).ok() }
    }

    /// The contract cannot ask. Never stored: it is so until the contract can.
    pub(super) fn mute(trouble: &Trouble) -> Snag {
        let code = match trouble {
            Trouble::Locked => words::LOCKED,
            Trouble::NoSecret | Trouble::Incomplete(_) => words::NO_KEYS,
        };
        Snag { kind: TradeTrouble::Doubt, code: code.to_owned(), message: String::new(), since: 0 }
    }

    fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    fn refused(refusal: &Refusal, now: i64) -> Snag {
        let (code, message) = (refusal.code.clone(), refusal.message.clone());
        Snag { kind: trouble(refusal.kind), code, message, since: now }
    }

    /// The doubt that began before goes on.
    fn doubted(before: &str, doubt: &Doubt, now: i64) -> Snag {
        let since = Snag::read(before).filter(|s| s.kind == TradeTrouble::Doubt).map_or(now, |s| s.since);
        let (code, message) = (words::doubt_id(doubt.kind).to_owned(), doubt.detail.clone());
        Snag { kind: TradeTrouble::Doubt, code, message, since }
    }

    /// What is noted once the provider speaks again: doubts are over, a refusal still says why it went as it did.
    fn cleared(before: &str) -> Option<String> {
        Snag::read(before).filter(|s| s.kind == TradeTrouble::Doubt).map(|_| String::new())
    }
}

fn trouble(kind: RefusalKind) -> TradeTrouble {
    match kind {
        RefusalKind::ScanAgain => TradeTrouble::ScanAgain,
        RefusalKind::OtherMeans => TradeTrouble::OtherMeans,
        RefusalKind::NewNumber => TradeTrouble::NewNumber,
        RefusalKind::NotAllowed => TradeTrouble::NotAllowed,
        RefusalKind::Settings => TradeTrouble::Settings,
        RefusalKind::TooOften => TradeTrouble::TooOften,
        RefusalKind::NoFunds => TradeTrouble::NoFunds,
        RefusalKind::TooLate => TradeTrouble::TooLate,
        RefusalKind::Other => TradeTrouble::Other,
    }
}

/// Whether a refusal is said of the trade. A question that was not let in says nothing about it, and a number that is in
/// use may be in use by our own request.
fn is_of_the_trade(what: What, kind: RefusalKind) -> bool {
    match what {
        What::Begin => kind != RefusalKind::NewNumber,
        What::Query => matches!(kind, RefusalKind::ScanAgain | RefusalKind::OtherMeans),
        What::End => true,
    }
}

/// The meaning of an answer to a question about a trade.
pub(super) fn answer(row: &TradeRow, order: &Order, me: &Identity, what: What, answer: Answer, now: i64) -> Meaning {
    let plain = |word| Said { word, code: None, snag: Snag::cleared(&row.refusal), detail: String::new(), alarm: None };
    Meaning::Said(match answer {
        Answer::Paid(claim) => match claim.agrees(order, me) {
            Ok(()) => return Meaning::Paid(claim),
            Err(why) => {
                let doubt = Doubt::new(DoubtKind::NotOurs, why.to_string());
                Said { alarm: Some(doubt.clone()), ..silence(row, &doubt, now) }
            }
        },
        Answer::Code(code) if what == What::Begin && !row.state.scanned => {
            Said { code: Some(code), ..plain(Word::Code) }
        }
        Answer::Waiting => plain(Word::Waiting),
        Answer::NotThere => plain(Word::NotThere),
        Answer::Again => plain(Word::Again),
        Answer::Ended { gave_back } => {
            let detail = if gave_back { "gave back" } else { "" };
            Said { detail: detail.to_owned(), ..plain(Word::Ended) }
        }
        Answer::Refused(refusal) => {
            let word = if is_of_the_trade(what, refusal.kind) { Word::Refused } else { Word::Unknown };
            Said {
                detail: format!("{} {}", refusal.code, refusal.message),
                snag: Some(Snag::refused(&refusal, now).text()),
                ..plain(word)
            }
        }
        Answer::Unknown(doubt) => silence(row, &doubt, now),
        Answer::Code(_) | Answer::Refunded { .. } | Answer::RefundPending { .. } => {
            silence(row, &Doubt::new(DoubtKind::Unlisted, "an answer to another question"), now)
        }
    })
}

/// An answer that proves nothing.
pub(super) fn silence(row: &TradeRow, doubt: &Doubt, now: i64) -> Said {
    Said {
        word: Word::Unknown,
        code: None,
        snag: Some(Snag::doubted(&row.refusal, doubt, now).text()),
        detail: words::doubt_text(doubt),
        alarm: None,
    }
}

/// What an answer about a refund amounts to.
pub(super) struct RefundSaid {
    pub(super) word: RefundWord,
    pub(super) trade_no: Option<String>,
    pub(super) snag: Option<String>,
    pub(super) detail: String,
}

/// The meaning of an answer to a refund, or (`query`) to the question how it stands.
pub(super) fn refund(row: &GatewayRefundRow, order: &RefundOrder, query: bool, answer: Answer, now: i64) -> RefundSaid {
    let plain =
        |word, trade_no| RefundSaid { word, trade_no, snag: Snag::cleared(&row.refusal), detail: String::new() };
    match answer {
        Answer::Refunded { amount: Some(amount), .. } if amount != order.amount => {
            refund_silence(row, &Doubt::new(DoubtKind::NotOurs, "another amount was given back"), now)
        }
        Answer::Refunded { trade_no, .. } => plain(RefundWord::Done, trade_no),
        Answer::RefundPending { trade_no } => plain(RefundWord::Pending, trade_no),
        Answer::NotThere => plain(RefundWord::NotThere, None),
        Answer::Refused(refusal) => {
            // A question that was not let in says nothing about the refund; and "too often" asks for patience.
            let closed = matches!(refusal.kind, RefusalKind::Settings | RefusalKind::NotAllowed);
            let says_nothing = refusal.kind == RefusalKind::TooOften || (query && closed);
            RefundSaid {
                detail: format!("{} {}", refusal.code, refusal.message),
                snag: Some(Snag::refused(&refusal, now).text()),
                ..plain(if says_nothing { RefundWord::Unknown } else { RefundWord::Refused }, None)
            }
        }
        Answer::Unknown(doubt) => refund_silence(row, &doubt, now),
        Answer::Again => plain(RefundWord::Unknown, None),
        Answer::Code(_) | Answer::Paid(_) | Answer::Waiting | Answer::Ended { .. } => {
            refund_silence(row, &Doubt::new(DoubtKind::Unlisted, "an answer to another question"), now)
        }
    }
}

/// An answer that proves nothing about a refund.
fn refund_silence(row: &GatewayRefundRow, doubt: &Doubt, now: i64) -> RefundSaid {
    RefundSaid {
        word: RefundWord::Unknown,
        trade_no: None,
        snag: Some(Snag::doubted(&row.refusal, doubt, now).text()),
        detail: words::doubt_text(doubt),
    }
}

/// A word's name in the book.
pub(super) const fn meaning(word: Word) -> &'static str {
    match word {
        Word::Code => "code",
        Word::Paid => "paid",
        Word::Waiting => "waiting",
        Word::NotThere => "not_there",
        Word::Ended => "ended",
        Word::Refused => "refused",
        Word::Again => "again",
        Word::Unknown => "unknown",
    }
}

/// A word about a refund, by its name in the book.
pub(super) const fn refund_meaning(word: RefundWord) -> &'static str {
    match word {
        RefundWord::Done => "refunded",
        RefundWord::Pending => "refund_pending",
        RefundWord::NotThere => "not_there",
        RefundWord::Refused => "refused",
        RefundWord::Unknown => "unknown",
    }
}

/// An answer to our own question, as the book keeps it: its body carries names and codes, and is not kept.
pub(super) fn word(row: &TradeRow, what: &str, meaning: &'static str, detail: String, now: i64) -> WordNote {
    WordNote {
        gateway_id: Some(row.gateway_id),
        provider: row.channel,
        trade_id: Some(row.id),
        at: now,
        source: "answer",
        what: what.to_owned(),
        meaning,
        detail,
        notice_id: None,
        digest: Vec::new(),
        body: Vec::new(),
    }
}
