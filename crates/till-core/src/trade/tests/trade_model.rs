//! Whatever the network, the provider, the customer, the cashier and the power supply do: the till ends where the money is.

use proptest::prelude::*;
use proptest::sample::select;

use super::wire::{Ends, Fate, Wire, fates, span};
use super::{ALIPAY_SCAN, CODE, CODE_WITHOUT_END, HOUR, MINUTE, SECOND, WECHAT_SCAN};
use crate::trade::{ARRIVES_WITHIN_MS, Pace, Stage, Trade, What, Word};

/// How a provider goes about things, where providers differ.
#[derive(Clone, Copy, Debug)]
struct Habits {
    scanned: bool,
    pace: Pace,
    /// A code nobody scanned is an order already (WeChat), or not yet (Alipay).
    order_at_once: bool,
    /// Says "ended" when told to end what it never heard of.
    ends_anything: bool,
    /// A closed code can still be paid.
    lingers: bool,
    /// Told to end what was paid, it gives the money back; otherwise it refuses.
    gives_back: bool,
    /// What becomes of a scanned code when it arrives.
    verdict: Verdict,
}

#[derive(Clone, Copy, Debug)]
enum Verdict {
    Charged,
    MustConfirm,
    Refused,
    /// Refused, and asked later it says so without having been told to end it.
    Failed,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Order {
    Unscanned,
    Waiting,
    Paid,
    Ended,
    Failed,
}

#[derive(Debug)]
struct Counter {
    till: Trade,
    habits: Habits,
    order: Option<Order>,
    /// Until when the newest code can be paid.
    payable_until: i64,
    held: bool,
    ever_held: bool,
    begun: u32,
    /// The customer has seen a code.
    shown: bool,
}

impl Ends for Counter {
    type What = What;
    type Word = Word;
    const UNKNOWN: Word = Word::Unknown;

    fn next(&self) -> Option<(What, i64)> {
        self.till.next
    }

    fn send(&mut self, what: What, now: i64) {
        self.till.send(what, now, &self.habits.pace);
        if what == What::Begin {
            self.begun += 1;
            assert!(self.begun == 1 || !self.till.scanned, "a scanned code was sent twice");
        }
        self.check(now);
    }

    fn hear(&mut self, what: What, word: Word, now: i64) {
        let was_over = self.till.is_over();
        self.till.hear(what, word, now, &self.habits.pace);
        self.shown |= word == Word::Code && matches!(self.till.stage, Stage::Planned | Stage::Waiting);
        assert!(self.till.is_over() || !was_over, "a trade that was over goes on");
        self.check(now);
    }

    fn answer(&mut self, what: What, busy: bool, now: i64) -> Word {
        match what {
            _ if busy => Word::Again,
            What::Begin => self.begin(now),
            What::Query => match self.order {
                None | Some(Order::Unscanned) => Word::NotThere,
                Some(Order::Waiting) => Word::Waiting,
                Some(Order::Paid) => Word::Paid,
                Some(Order::Ended) => Word::Ended,
                Some(Order::Failed) => Word::Refused,
            },
            What::End => self.end(),
        }
    }

    fn is_money(word: Word) -> bool {
        word == Word::Paid
    }

    fn is_query(what: What) -> bool {
        what == What::Query
    }
}

impl Counter {
    fn new(habits: Habits, ticket_ms: i64) -> Counter {
        Counter {
            till: Trade::plan(habits.scanned, 0, ticket_ms, &habits.pace),
            habits,
            order: None,
            payable_until: 0,
            held: false,
            ever_held: false,
            begun: 0,
            shown: false,
        }
    }

    fn check(&self, now: i64) {
        let till = &self.till;
        assert!(till.stage != Stage::Paid || self.ever_held, "paid, but there was no money");
        assert_eq!(till.is_over(), matches!(till.stage, Stage::Paid | Stage::Over));
        if let Some((what, at)) = till.next {
            let longest = if till.stage == Stage::Fading { 10 * MINUTE } else { MINUTE };
            assert!(at - now <= longest, "{:?}: {what:?} only after {} ms", till.stage, at - now);
        }
    }

    fn begin(&mut self, now: i64) -> Word {
        self.payable_until = now + self.habits.pace.code_lives_ms;
        if !self.habits.scanned {
            let fresh = if self.habits.order_at_once { Order::Waiting } else { Order::Unscanned };
            self.order.get_or_insert(fresh);
            return Word::Code;
        }
        match self.habits.verdict {
            Verdict::Charged => {
                self.take();
                Word::Paid
            }
            Verdict::MustConfirm => {
                self.order = Some(Order::Waiting);
                Word::Waiting
            }
            Verdict::Refused => Word::Refused,
            Verdict::Failed => {
                self.order = Some(Order::Failed);
                Word::Refused
            }
        }
    }

    fn end(&mut self) -> Word {
        assert!(self.habits.pace.can_end, "asked to end what cannot be ended");
        match self.order {
            None | Some(Order::Unscanned) if self.habits.ends_anything => Word::Ended,
            None | Some(Order::Unscanned) => Word::NotThere,
            Some(Order::Paid) if !self.habits.gives_back => Word::Refused,
            Some(_) => {
                (self.order, self.held) = (Some(Order::Ended), false);
                Word::Ended
            }
        }
    }

    fn take(&mut self) {
        (self.order, self.held, self.ever_held) = (Some(Order::Paid), true, true);
    }

    fn customer_scans(&mut self, now: i64) {
        if self.shown && self.order == Some(Order::Unscanned) && now < self.payable_until {
            self.order = Some(Order::Waiting);
        }
    }

    fn customer_pays(&mut self, now: i64) {
        let can = match self.order {
            Some(Order::Unscanned | Order::Waiting) => true,
            Some(Order::Ended) => self.habits.lingers && !self.habits.scanned,
            Some(Order::Paid | Order::Failed) | None => false,
        };
        if can && now < self.payable_until && (self.habits.scanned || self.shown) {
            self.take();
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Event {
    Wait(i64),
    Scan,
    Pay,
    Stop,
    Hurry,
    /// The provider tells of money on its own.
    Notice,
    Crash(i64),
    Sleep(i64),
}

fn meet(wire: &mut Wire<Counter>, event: Event) {
    let now = wire.now;
    match event {
        Event::Wait(ms) => wire.wait(ms),
        Event::Scan => wire.ends.customer_scans(now),
        Event::Pay => wire.ends.customer_pays(now),
        Event::Stop => wire.ends.till.stop(now),
        Event::Hurry => wire.ends.till.hurry(now),
        Event::Notice if wire.ends.held => wire.ends.hear(What::Query, Word::Paid, now),
        Event::Notice => {}
        Event::Crash(ms) => wire.crash(ms),
        Event::Sleep(ms) => wire.sleep(ms),
    }
}

fn run(habits: Habits, ticket_ms: i64, fates: Vec<Fate>, events: Vec<Event>) {
    let mut wire = Wire::new(Counter::new(habits, ticket_ms), fates);
    for event in events {
        meet(&mut wire, event);
    }
    wire.heal();
    let deadline = wire.now + 6 * HOUR;
    while wire.ends.till.next.is_some() {
        assert!(wire.now < deadline, "never over: {:?}", wire.ends);
        wire.wait(MINUTE);
    }
    // What is still under way arrives, and the customer tries his luck.
    let asked = wire.asked;
    for _ in 0..3 {
        let now = wire.now;
        wire.ends.customer_pays(now);
        wire.wait(ARRIVES_WITHIN_MS);
    }
    assert_eq!(wire.asked, asked, "asked although it is over");
    assert!(!wire.ends.held || wire.ends.till.stage == Stage::Paid, "the provider holds money: {wire:#?}");
}

fn habits() -> impl Strategy<Value = Habits> {
    let kinds = select(vec![
        (true, WECHAT_SCAN),
        (true, ALIPAY_SCAN),
        (true, Pace { can_end: false, ..ALIPAY_SCAN }),
        (false, CODE),
        (false, CODE_WITHOUT_END),
    ]);
    let verdicts = select(vec![Verdict::Charged, Verdict::MustConfirm, Verdict::Refused, Verdict::Failed]);
    (kinds, verdicts, any::<[bool; 4]>()).prop_map(|((scanned, pace), verdict, flags)| Habits {
        scanned,
        pace,
        order_at_once: flags[0],
        ends_anything: flags[1],
        lingers: flags[2],
        gives_back: flags[3],
        verdict,
    })
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        8 => span().prop_map(Event::Wait),
        1 => Just(Event::Scan),
        4 => Just(Event::Pay),
        2 => Just(Event::Stop),
        1 => Just(Event::Hurry),
        1 => Just(Event::Notice),
        2 => span().prop_map(Event::Crash),
        1 => span().prop_map(Event::Sleep),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(6000) })]

    #[test]
    fn the_till_ends_where_the_money_is(
        habits in habits(),
        ticket_ms in 10 * SECOND..10 * MINUTE,
        fates in fates(),
        events in prop::collection::vec(event(), 0..16),
    ) {
        run(habits, ticket_ms, fates, events);
    }
}
