//! Matching: which ticket a receipt belongs to, or why a person has to look.

use serde::{Deserialize, Serialize};

use crate::ticket::{Status, text_enum};
use crate::{Channel, Fen};

/// A second phone that announces the same payment does so within this time.
pub const ECHO_MS: i64 = 60_000;
/// The same text from the same phone within this time is likely the same payment told again.
pub const REPEAT_MS: i64 = 10_000;
/// A phone's clock, corrected by its measured skew, may be off by this much.
pub const CLOCK_TOLERANCE_MS: i64 = 5_000;

/// A live hold with the receipt's amount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The hold's ticket.
    pub ticket_id: i64,
    /// The hold's account.
    pub account_id: i64,
    /// The account's channel.
    pub channel: Channel,
    /// The phone may speak for this account.
    pub allowed: bool,
    /// The ticket's status in the database (an open one may have run out already).
    pub status: Status,
    /// When the ticket was opened.
    pub opened_at: i64,
    /// When its time runs out.
    pub expires_at: i64,
}

/// What is known about a receipt when it is matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The channel the money came through.
    pub channel: Channel,
    /// Our receive time.
    pub received_at: i64,
    /// The phone's time, corrected by its skew. Evidence only.
    pub phone_at: Option<i64>,
    /// The request came within its window of time.
    pub fresh: bool,
    /// The phone named another amount beside the text it forwarded.
    pub contradicted: bool,
    /// The same text from the same phone arrived within [`REPEAT_MS`].
    pub told_before: bool,
    /// Another phone announced this amount on this channel within [`ECHO_MS`], more often than this phone did.
    pub echo: bool,
}

/// Why money is in the inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum InboxReason {
    /// No ticket near it.
    Unmatched,
    /// Its ticket expired or was cancelled before the money came.
    Late,
    /// A ticket is near, the amount is not its due amount.
    WrongAmount,
    /// Looks like an announcement already seen.
    Duplicate,
    /// A second payment for a paid ticket.
    PaidTwice,
    /// Several tickets fit, or the phone may not speak for the account.
    Ambiguous,
    /// The phone's time says it is older than the ticket, or too old to trust.
    Stale,
    /// Smells of money; no rule understands it.
    Unrecognised,
}

text_enum!(InboxReason {
    Unmatched => "unmatched", Late => "late", WrongAmount => "wrong_amount", Duplicate => "duplicate",
    PaidTwice => "paid_twice", Ambiguous => "ambiguous", Stale => "stale", Unrecognised => "unrecognised",
});

/// What to do with a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Settle this ticket on this account.
    Settle {
        /// The ticket.
        ticket_id: i64,
        /// The account that was paid.
        account_id: i64,
    },
    /// The same payment told by a second phone: note it, nothing more.
    Echo,
    /// A person decides; `proposed` is the ticket it most likely belongs to.
    Ask {
        /// Why.
        reason: InboxReason,
        /// The ticket to accept with one key.
        proposed: Option<i64>,
    },
}

/// Decides. `candidates` are all live holds with exactly the receipt's amount, on any account.
///
/// Settling by itself needs an allowed account of the receipt's own channel, a ticket opened before the
/// notification, and exactly one candidate; everything else asks a person.
pub fn decide(facts: &Facts, candidates: &[Candidate]) -> Decision {
    let ask = |reason, proposed| Decision::Ask { reason, proposed };
    let same: Vec<&Candidate> = candidates.iter().filter(|c| c.channel == facts.channel).collect();
    let waits = |c: &&Candidate| c.status == Status::Open && c.expires_at > facts.received_at;
    let open: Vec<&Candidate> = same.iter().copied().filter(waits).collect();

    match open.as_slice() {
        [one] => {
            let proposed = Some(one.ticket_id);
            let older = facts.phone_at.is_some_and(|at| at + CLOCK_TOLERANCE_MS < one.opened_at);
            if facts.echo || facts.told_before {
                return ask(InboxReason::Duplicate, proposed);
            }
            if !facts.fresh || older || facts.received_at < one.opened_at {
                return ask(InboxReason::Stale, proposed);
            }
            if !one.allowed || facts.contradicted || same.len() > 1 {
                return ask(InboxReason::Ambiguous, proposed);
            }
            return Decision::Settle { ticket_id: one.ticket_id, account_id: one.account_id };
        }
        [_, _, ..] => return ask(InboxReason::Ambiguous, None),
        [] => {}
    }

    if facts.echo {
        return Decision::Echo;
    }
    match same.as_slice() {
        [one] if one.status == Status::Paid => {
            let reason = if facts.told_before { InboxReason::Duplicate } else { InboxReason::PaidTwice };
            ask(reason, Some(one.ticket_id))
        }
        [one] if !facts.fresh => ask(InboxReason::Stale, Some(one.ticket_id)),
        [one] => ask(InboxReason::Late, Some(one.ticket_id)),
        [_, _, ..] => ask(InboxReason::Ambiguous, None),
        [] if facts.told_before => ask(InboxReason::Duplicate, None),
        [] => match candidates {
            [one] => ask(InboxReason::Ambiguous, Some(one.ticket_id)),
            [_, _, ..] => ask(InboxReason::Ambiguous, None),
            [] => ask(InboxReason::Unmatched, None),
        },
    }
}

/// A reason for or against a suggestion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Why {
    /// The amount is exactly the due amount.
    SameAmount,
    /// The amount is the price without its tail.
    PriceWithoutTail,
    /// Off by at most one yuan.
    NearAmount,
    /// The ticket had expired or been cancelled.
    TicketEnded,
    /// The ticket is paid already.
    TicketPaid,
    /// The only ticket that fits this well.
    OnlyOne,
    /// Opened within the last few minutes.
    JustBefore,
    /// The account belongs to another channel or phone.
    OtherAccount,
}

/// A ticket that a person might choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Near {
    /// The ticket.
    pub ticket_id: i64,
    /// Its due amount.
    pub due: Fen,
    /// Its price before the tail.
    pub price: Fen,
    /// Its status.
    pub status: Status,
    /// When it was opened.
    pub opened_at: i64,
    /// It offers an account of the receipt's channel.
    pub same_channel: bool,
}

/// Furthest amount that still counts as near.
pub const NEAR_FEN: i64 = 100;
const JUST_BEFORE_MS: i64 = 5 * 60_000;
const MOST_SUGGESTIONS: usize = 5;

/// Ranks tickets for a receipt, best first, with the reasons. Tickets opened after the receipt never qualify.
pub fn suggest(amount: Fen, received_at: i64, tickets: &[Near]) -> Vec<(i64, Vec<Why>)> {
    let mut ranked: Vec<(i64, i64, Vec<Why>)> = Vec::new();
    for near in tickets.iter().filter(|t| t.opened_at <= received_at) {
        let off = (amount.get() - near.due.get()).abs();
        let mut why = Vec::new();
        let mut score = match () {
            () if off == 0 => {
                why.push(Why::SameAmount);
                0
            }
            () if amount == near.price => {
                why.push(Why::PriceWithoutTail);
                100
            }
            () if off <= NEAR_FEN => {
                why.push(Why::NearAmount);
                200 + off
            }
            () => continue,
        };
        match near.status {
            Status::Open => {}
            Status::Expired | Status::Cancelled => {
                why.push(Why::TicketEnded);
                score += 30;
            }
            Status::Paid => {
                why.push(Why::TicketPaid);
                score += 1_000;
            }
        }
        let age = received_at - near.opened_at;
        if age <= JUST_BEFORE_MS {
            why.push(Why::JustBefore);
        } else {
            score += 50 + (age / 60_000).min(500);
        }
        if !near.same_channel {
            why.push(Why::OtherAccount);
            score += 400;
        }
        ranked.push((score, near.ticket_id, why));
    }
    ranked.sort_by_key(|(score, id, _)| (*score, -*id));
    if let [best, rest @ ..] = ranked.as_mut_slice()
        && rest.first().is_none_or(|second| second.0 >= best.0 + 100)
    {
        best.2.push(Why::OnlyOne);
    }
    ranked.into_iter().take(MOST_SUGGESTIONS).map(|(_, id, why)| (id, why)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn facts() -> Facts {
        Facts {
            channel: Channel::Wechat,
            received_at: 1_000_000,
            phone_at: None,
            fresh: true,
            contradicted: false,
            told_before: false,
            echo: false,
        }
    }

    fn waiting(ticket_id: i64) -> Candidate {
        Candidate {
            ticket_id,
            account_id: 7,
            channel: Channel::Wechat,
            allowed: true,
            status: Status::Open,
            opened_at: 900_000,
            expires_at: 1_080_000,
        }
    }

    fn reason(decision: Decision) -> Option<InboxReason> {
        match decision {
            Decision::Ask { reason, .. } => Some(reason),
            _ => None,
        }
    }

    #[test]
    fn one_waiting_ticket_is_settled() {
        assert_eq!(decide(&facts(), &[waiting(1)]), Decision::Settle { ticket_id: 1, account_id: 7 });
        let phone_slightly_behind = Facts { phone_at: Some(896_000), ..facts() };
        assert_eq!(decide(&phone_slightly_behind, &[waiting(1)]), Decision::Settle { ticket_id: 1, account_id: 7 });
    }

    #[test]
    fn doubt_always_asks() {
        let cases = [
            (Facts { fresh: false, ..facts() }, InboxReason::Stale),
            (Facts { phone_at: Some(894_000), ..facts() }, InboxReason::Stale),
            (Facts { received_at: 899_999, ..facts() }, InboxReason::Stale),
            (Facts { contradicted: true, ..facts() }, InboxReason::Ambiguous),
            (Facts { told_before: true, ..facts() }, InboxReason::Duplicate),
            (Facts { echo: true, ..facts() }, InboxReason::Duplicate),
        ];
        for (facts, expect) in cases {
            assert_eq!(reason(decide(&facts, &[waiting(1)])), Some(expect), "{facts:?}");
        }
        assert_eq!(reason(decide(&facts(), &[waiting(1), waiting(2)])), Some(InboxReason::Ambiguous));
        let other_phone = Candidate { allowed: false, ..waiting(1) };
        assert_eq!(reason(decide(&facts(), &[other_phone])), Some(InboxReason::Ambiguous));
        let other_channel = Candidate { channel: Channel::Alipay, ..waiting(1) };
        assert_eq!(reason(decide(&facts(), &[other_channel])), Some(InboxReason::Ambiguous));
    }

    #[test]
    fn ended_tickets_are_proposed_paid_ones_are_paid_twice() {
        let at_the_moment = Candidate { expires_at: 1_000_000, ..waiting(1) };
        assert_eq!(decide(&facts(), &[at_the_moment]), Decision::Ask { reason: InboxReason::Late, proposed: Some(1) });
        let paid = Candidate { status: Status::Paid, ..waiting(1) };
        assert_eq!(
            decide(&facts(), std::slice::from_ref(&paid)),
            Decision::Ask { reason: InboxReason::PaidTwice, proposed: Some(1) }
        );
        let again = Facts { told_before: true, ..facts() };
        assert_eq!(reason(decide(&again, std::slice::from_ref(&paid))), Some(InboxReason::Duplicate));
        assert_eq!(decide(&Facts { echo: true, ..facts() }, &[paid]), Decision::Echo);
        assert_eq!(reason(decide(&facts(), &[])), Some(InboxReason::Unmatched));
    }

    #[test]
    fn suggestions_are_ranked_with_reasons() {
        let fen = |n| Fen::new(n).unwrap();
        let near = |ticket_id, due, status| Near {
            ticket_id,
            due: fen(due),
            price: fen(1500),
            status,
            opened_at: 960_000,
            same_channel: true,
        };
        let far = Near { price: fen(800), ..near(3, 800, Status::Open) };
        let list = [near(1, 1498, Status::Open), near(2, 1450, Status::Open), far];
        let got = suggest(fen(1500), 1_000_000, &list[..1]);
        assert_eq!(got, [(1, vec![Why::PriceWithoutTail, Why::JustBefore, Why::OnlyOne])]);
        let later = Near { opened_at: 1_000_001, ..near(4, 1500, Status::Open) };
        assert!(suggest(fen(1500), 1_000_000, &[later]).is_empty(), "never a ticket opened after the money came");
        assert_eq!(suggest(fen(1500), 1_000_000, &list).len(), 2);
    }

    fn any_candidate() -> impl Strategy<Value = Candidate> {
        let status = prop::sample::select(vec![Status::Open, Status::Paid, Status::Expired, Status::Cancelled]);
        let channel = prop::sample::select(vec![Channel::Wechat, Channel::Alipay]);
        (1i64..5, any::<bool>(), status, 0i64..200, 0i64..200, channel).prop_map(
            |(id, allowed, status, o, e, channel)| Candidate {
                ticket_id: id,
                account_id: id,
                channel,
                allowed,
                status,
                opened_at: o,
                expires_at: o + e,
            },
        )
    }

    proptest! {
        /// Invariant 5, whatever comes.
        #[test]
        fn settling_needs_everything(list in prop::collection::vec(any_candidate(), 0..4), at in 0i64..300, phone in prop::option::of(-10_000i64..300),
                                     fresh: bool, contradicted: bool, told_before: bool, echo: bool) {
            let facts = Facts { received_at: at, phone_at: phone, fresh, contradicted, told_before, echo, ..facts() };
            if let Decision::Settle { ticket_id, account_id } = decide(&facts, &list) {
                let same: Vec<_> = list.iter().filter(|c| c.channel == Channel::Wechat).collect();
                prop_assert_eq!(same.len(), 1);
                let c = same[0];
                prop_assert_eq!((c.ticket_id, c.account_id), (ticket_id, account_id));
                prop_assert!(c.allowed && c.status == Status::Open && c.opened_at <= at && at < c.expires_at);
                prop_assert!(fresh && !contradicted && !told_before && !echo);
                prop_assert!(phone.is_none_or(|p| p + CLOCK_TOLERANCE_MS >= c.opened_at));
            }
        }
    }
}
