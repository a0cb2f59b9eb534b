//! What the merchant doors remember between requests. All of it may be lost: a restart forgets one-use marks, and what
//! comes again then opens nothing twice, because orders are found by their own numbers.

use std::collections::HashMap;

use till_channels::merchant::v1::WINDOW_S;

const MINUTE_MS: i64 = 60_000;

/// Whose requests a bucket counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Asker {
    /// The program, which proved itself.
    Program(i64),
    /// Whoever knows the number of one of its orders: every customer does. Of their own, or a single customer who asks
    /// without end would keep the program from opening orders.
    Customers(i64),
}

/// Rates, one-use marks, and when a program was last noted as used.
#[derive(Default)]
pub(crate) struct Memory {
    /// Requests left, in parts of 60 000, and when that was.
    buckets: HashMap<Asker, (i64, i64)>,
    /// By program and mark: when it may be forgotten.
    marks: HashMap<(i64, String), i64>,
    swept_at: i64,
    noted: HashMap<i64, i64>,
}

impl Memory {
    /// Takes one request of those who may make `per_minute`.
    pub(super) fn allow(&mut self, asker: Asker, per_minute: u32, now: i64) -> bool {
        let (rate, most) = (i64::from(per_minute), i64::from(per_minute) * MINUTE_MS);
        let (left, at) = self.buckets.get(&asker).copied().unwrap_or((most, now));
        let left = (left + (now - at).clamp(0, MINUTE_MS) * rate).min(most);
        let allowed = left >= MINUTE_MS;
        self.buckets.insert(asker, (if allowed { left - MINUTE_MS } else { left }, now));
        allowed
    }

    /// Notes a one-use mark; false if it came before. It is kept for as long as its request could pass for fresh.
    pub(super) fn first(&mut self, program_id: i64, mark: &str, now: i64) -> bool {
        if now - self.swept_at >= MINUTE_MS || now < self.swept_at {
            self.swept_at = now;
            self.marks.retain(|_, until| *until > now);
        }
        let until = now + 2 * WINDOW_S * 1_000 + MINUTE_MS;
        self.marks.insert((program_id, mark.to_owned()), until).is_none_or(|until| until <= now)
    }

    /// True once a minute for each program.
    pub(super) fn note(&mut self, program_id: i64, now: i64) -> bool {
        let due = self.noted.get(&program_id).is_none_or(|at| now - at >= MINUTE_MS || now < *at);
        if due {
            self.noted.insert(program_id, now);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::{Asker, Memory};

    #[test]
    fn a_minute_s_requests_then_as_they_come_back() {
        let mut memory = Memory::default();
        let one = Asker::Program(1);
        assert_eq!((0..100).filter(|_| memory.allow(one, 60, 0)).count(), 60);
        assert!(memory.allow(Asker::Program(2), 60, 0), "another program has its own");
        assert!(memory.allow(Asker::Customers(1), 60, 0), "so have its customers");
        assert!(!memory.allow(one, 60, 999));
        assert!(memory.allow(one, 60, 1_000));
        assert_eq!((0..100).filter(|_| memory.allow(one, 60, 600_000)).count(), 60);
        assert_eq!((0..100).filter(|_| memory.allow(Asker::Program(3), 0, 600_000)).count(), 0);
    }

    #[test]
    fn a_mark_is_new_once_per_program_within_its_window() {
        let mut memory = Memory::default();
        assert!(memory.first(1, "n-1", 0) && !memory.first(1, "n-1", 599_999) && memory.first(2, "n-1", 0));
        assert!(memory.first(1, "n-2", 1_000_000) && memory.first(1, "n-1", 1_300_000));
        assert!(memory.note(1, 0) && !memory.note(1, 59_999) && memory.note(1, 60_000) && memory.note(2, 0));
    }
}
