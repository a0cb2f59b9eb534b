//! Money goes back once, and the till knows whether it did.

use proptest::prelude::*;

use super::wire::{Ends, Wire, fates, span};
use super::{HOUR, MINUTE, SECOND};
use crate::trade::{ARRIVES_WITHIN_MS, RefundStage, RefundTry, RefundWord};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Refund {
    Pending,
    Done,
    /// It failed.
    Closed,
}

#[derive(Debug)]
struct Desk {
    till: RefundTry,
    /// The one refund of this number. Asked for again, it is still that one.
    refund: Option<Refund>,
    /// The shop's balance covers it. Without, it is refused and forgotten.
    funds: bool,
    /// The provider takes its time.
    slow: bool,
    /// What has failed can be asked for again under its number.
    reopens: bool,
    last_step_at: i64,
}

impl Ends for Desk {
    /// Whether the step asks how it stands.
    type What = bool;
    type Word = RefundWord;
    const UNKNOWN: RefundWord = RefundWord::Unknown;

    fn next(&self) -> Option<(bool, i64)> {
        self.till.next_at.map(|at| (self.till.query, at))
    }

    fn send(&mut self, query: bool, now: i64) {
        assert!(!query || now - self.last_step_at >= 10 * SECOND, "asked sooner than the provider knows");
        self.last_step_at = now;
        self.till.send(now);
        self.check();
    }

    fn hear(&mut self, query: bool, word: RefundWord, now: i64) {
        let before = self.till;
        self.till.hear(query, word, now);
        assert!(before.next_at.is_some() || before == self.till, "a refund that was over goes on");
        self.check();
    }

    fn answer(&mut self, query: bool, busy: bool, _: i64) -> RefundWord {
        match self.refund {
            _ if busy => RefundWord::Unknown,
            Some(Refund::Done) => RefundWord::Done,
            Some(Refund::Pending) => RefundWord::Pending,
            Some(Refund::Closed) if query || !self.reopens => RefundWord::Refused,
            None if query => RefundWord::NotThere,
            None | Some(Refund::Closed) if !self.funds => RefundWord::Refused,
            None | Some(Refund::Closed) => {
                self.refund = Some(if self.slow { Refund::Pending } else { Refund::Done });
                if self.slow { RefundWord::Pending } else { RefundWord::Done }
            }
        }
    }

    fn is_money(word: RefundWord) -> bool {
        word == RefundWord::Done
    }

    fn is_query(query: bool) -> bool {
        query
    }
}

impl Desk {
    fn check(&self) {
        assert!(self.till.stage != RefundStage::Done || self.refund == Some(Refund::Done), "done, says only the till");
        let over = matches!(self.till.stage, RefundStage::Done | RefundStage::Refused);
        assert_eq!(over, self.till.next_at.is_none());
    }
}

#[derive(Clone, Copy, Debug)]
enum Event {
    Wait(i64),
    /// The shop's balance changes.
    Funds(bool),
    /// The provider gets on with it: the money goes back, or not.
    Carry(bool),
    Crash(i64),
    Sleep(i64),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => span().prop_map(Event::Wait),
        3 => any::<bool>().prop_map(Event::Funds),
        2 => any::<bool>().prop_map(Event::Carry),
        2 => span().prop_map(Event::Crash),
        1 => span().prop_map(Event::Sleep),
    ]
}

fn carry(desk: &mut Desk, out: bool) {
    if desk.refund == Some(Refund::Pending) {
        desk.refund = Some(if out { Refund::Done } else { Refund::Closed });
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(6000) })]

    #[test]
    fn the_till_knows_whether_money_went_back(
        funds in any::<bool>(),
        slow in any::<bool>(),
        reopens in any::<bool>(),
        fates in fates(),
        events in prop::collection::vec(event(), 0..16),
        out in any::<bool>(),
    ) {
        let till = RefundTry::plan(0);
        let desk = Desk { till, refund: None, funds, slow, reopens, last_step_at: -HOUR };
        let mut wire = Wire::new(desk, fates);
        for event in events {
            match event {
                Event::Wait(ms) => wire.wait(ms),
                Event::Funds(there) => wire.ends.funds = there,
                Event::Carry(out) => carry(&mut wire.ends, out),
                Event::Crash(ms) => wire.crash(ms),
                Event::Sleep(ms) => wire.sleep(ms),
            }
        }
        wire.heal();
        let deadline = wire.now + 24 * HOUR;
        while wire.ends.till.next_at.is_some() {
            assert!(wire.now < deadline, "never over: {:?}", wire.ends);
            carry(&mut wire.ends, out);
            wire.wait(10 * MINUTE);
        }
        // What is still under way arrives, and now the shop has the money.
        let asked = wire.asked;
        wire.ends.funds = true;
        wire.wait(3 * ARRIVES_WITHIN_MS);
        carry(&mut wire.ends, true);
        assert_eq!(wire.asked, asked, "asked although it is over");
        let given = wire.ends.refund == Some(Refund::Done);
        assert_eq!(given, wire.ends.till.stage == RefundStage::Done, "{wire:#?}");
    }
}
