//! What lies between a till and a provider: messages that are late, lost, doubled or garbled, a till that is switched off,
//! a computer that sleeps.

use std::collections::BTreeMap;
use std::fmt::Debug;

use proptest::prelude::*;

use super::{HOUR, MINUTE, SECOND};
use crate::trade::ARRIVES_WITHIN_MS;

/// The till gives up on an answer. What comes later is heard all the same.
const HANGS_UP_MS: i64 = 30 * SECOND;

/// What becomes of one message.
#[derive(Clone, Copy, Debug)]
pub(super) enum Way {
    Lost,
    After(i64),
    Twice(i64, i64),
}

/// What becomes of one question.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fate {
    there: Way,
    back: Way,
    /// It is carried out, but what comes back says nothing.
    garbled: bool,
    /// It is not carried out.
    pub busy: bool,
}

const SMOOTH: Fate = Fate { there: Way::After(50), back: Way::After(50), garbled: false, busy: false };

/// A till and a provider, with what a test wants to know of both.
pub(super) trait Ends: Debug {
    type What: Copy + Debug;
    type Word: Copy + Debug;
    const UNKNOWN: Self::Word;

    fn next(&self) -> Option<(Self::What, i64)>;
    fn send(&mut self, what: Self::What, now: i64);
    fn hear(&mut self, what: Self::What, word: Self::Word, now: i64);
    /// The provider's answer.
    fn answer(&mut self, what: Self::What, busy: bool, now: i64) -> Self::Word;
    /// Worth hearing however late it comes.
    fn is_money(word: Self::Word) -> bool;
    /// A question that changes nothing: a copy of it is answered as things stand then.
    fn is_query(what: Self::What) -> bool;
}

#[derive(Clone, Copy, Debug)]
enum Parcel<What, Word> {
    Request { id: usize, what: What, fate: Fate, asked_at: i64 },
    Answer { id: usize, what: What, word: Word, asked_at: i64 },
}

/// Messages under way, by when they arrive.
type Post<E> = Vec<(i64, Parcel<<E as Ends>::What, <E as Ends>::Word>)>;

#[derive(Debug)]
pub(super) struct Wire<E: Ends> {
    pub now: i64,
    pub ends: E,
    pub asked: usize,
    fates: Vec<Fate>,
    post: Post<E>,
    /// Questions without an answer so far: which, what, since when.
    open: Vec<(usize, E::What, i64)>,
    /// Requests that were carried out, with what was said: a copy of one changes nothing.
    said: BTreeMap<usize, E::Word>,
}

impl<E: Ends> Wire<E> {
    /// `fates`: of the questions, over and over; none: all goes well.
    pub fn new(ends: E, fates: Vec<Fate>) -> Wire<E> {
        Wire { now: 0, ends, asked: 0, fates, post: Vec::new(), open: Vec::new(), said: BTreeMap::new() }
    }

    pub fn heal(&mut self) {
        self.fates.clear();
    }

    /// The till is off for so long. What was on its way to it is lost.
    pub fn crash(&mut self, ms: i64) {
        self.post.retain(|(_, parcel)| matches!(parcel, Parcel::Request { .. }));
        for (_, parcel) in &mut self.post {
            if let Parcel::Request { fate, .. } = parcel {
                fate.back = Way::Lost;
            }
        }
        self.open.clear();
        self.pass(ms, false);
    }

    /// The computer sleeps for so long. Answers wait for it.
    pub fn sleep(&mut self, ms: i64) {
        self.pass(ms, false);
    }

    /// Time passes and everybody does what is due.
    pub fn wait(&mut self, ms: i64) {
        self.pass(ms, true);
    }

    fn pass(&mut self, ms: i64, awake: bool) {
        let end = self.now + ms;
        loop {
            let parcel = (0..self.post.len())
                .filter(|i| awake || matches!(self.post[*i].1, Parcel::Request { .. }))
                .min_by_key(|i| self.post[*i].0);
            let arrives = parcel.map_or(i64::MAX, |i| self.post[i].0);
            let hangs_up = self.open.first().filter(|_| awake).map_or(i64::MAX, |open| open.2 + HANGS_UP_MS);
            let asks = self.ends.next().filter(|_| awake).map_or(i64::MAX, |next| next.1);
            let at = arrives.min(hangs_up).min(asks);
            if at > end {
                break;
            }
            self.now = self.now.max(at);
            if let Some(i) = parcel.filter(|_| at == arrives) {
                let (_, parcel) = self.post.swap_remove(i);
                self.deliver(parcel);
            } else if at == hangs_up {
                let (_, what, _) = self.open.remove(0);
                self.ends.hear(what, E::UNKNOWN, self.now);
            } else if let Some((what, _)) = self.ends.next() {
                self.ask(what);
            }
        }
        self.now = end;
    }

    fn ask(&mut self, what: E::What) {
        self.ends.send(what, self.now);
        self.asked += 1;
        let fate = match self.fates.len() {
            0 => SMOOTH,
            n => self.fates[self.asked % n],
        };
        self.open.push((self.asked, what, self.now));
        self.put(fate.there, Parcel::Request { id: self.asked, what, fate, asked_at: self.now });
    }

    fn put(&mut self, way: Way, parcel: Parcel<E::What, E::Word>) {
        match way {
            Way::Lost => {}
            Way::After(ms) => self.post.push((self.now + ms, parcel)),
            Way::Twice(a, b) => self.post.extend([(self.now + a, parcel), (self.now + b, parcel)]),
        }
    }

    fn deliver(&mut self, parcel: Parcel<E::What, E::Word>) {
        match parcel {
            Parcel::Request { id, what, fate, asked_at } => {
                let known = self.said.get(&id).copied().filter(|_| !E::is_query(what));
                let word = known.unwrap_or_else(|| self.ends.answer(what, fate.busy, self.now));
                self.said.insert(id, word);
                let word = if fate.garbled { E::UNKNOWN } else { word };
                self.put(fate.back, Parcel::Answer { id, what, word, asked_at });
            }
            Parcel::Answer { id, what, word, asked_at } => {
                self.open.retain(|(open, ..)| *open != id);
                let old = self.now - asked_at > ARRIVES_WITHIN_MS && !E::is_money(word);
                self.ends.hear(what, if old { E::UNKNOWN } else { word }, self.now);
            }
        }
    }
}

fn way() -> impl Strategy<Value = Way> {
    let long = ARRIVES_WITHIN_MS;
    prop_oneof![
        6 => (0..2 * SECOND).prop_map(Way::After),
        2 => (0..long).prop_map(Way::After),
        1 => (0..long, 0..long).prop_map(|(a, b)| Way::Twice(a, b)),
        2 => Just(Way::Lost),
    ]
}

pub(super) fn fates() -> impl Strategy<Value = Vec<Fate>> {
    let fate = (way(), way(), prop::bool::weighted(0.15), prop::bool::weighted(0.1))
        .prop_map(|(there, back, garbled, busy)| Fate { there, back, garbled, busy });
    prop::collection::vec(fate, 0..16)
}

/// From a moment to hours.
pub(super) fn span() -> impl Strategy<Value = i64> {
    prop_oneof![4 => 0..30 * SECOND, 2 => 0..10 * MINUTE, 1 => 0..3 * HOUR]
}
