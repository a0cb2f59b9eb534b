//! Rows of the books and their sums: a row is a payment, a refund or a void, on its own business day.

use std::collections::BTreeMap;

use crate::Channel;
use crate::ticket::How;

/// What kind of row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Money in.
    Sale,
    /// Money given back.
    Refund,
    /// A sale that never was.
    Void,
}

/// How the money was booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Booked {
    /// A notice found its ticket by itself.
    Auto,
    /// A person accepted, confirmed, or paid back.
    ByHand,
    /// Notes and coins, in or back.
    Cash,
}

impl Kind {
    /// A void gives money back as well: whoever asks for refunds sees it.
    pub fn is_among(self, wanted: Kind) -> bool {
        self == wanted || (self, wanted) == (Kind::Void, Kind::Refund)
    }

    /// Every kind.
    pub const ALL: [Kind; 3] = [Kind::Sale, Kind::Refund, Kind::Void];
}

impl Booked {
    /// Every way.
    pub const ALL: [Booked; 3] = [Booked::Auto, Booked::ByHand, Booked::Cash];

    /// How a payment was booked.
    pub const fn payment(how: How) -> Booked {
        match how {
            How::Auto => Booked::Auto,
            How::Accepted | How::ByHand => Booked::ByHand,
            How::Cash => Booked::Cash,
        }
    }

    /// How money given back is booked: nothing goes back by itself.
    pub fn back(channel: Channel) -> Booked {
        if channel == Channel::Cash { Booked::Cash } else { Booked::ByHand }
    }

    /// The text form, as on every border.
    pub const fn as_str(self) -> &'static str {
        match self {
            Booked::Auto => "auto",
            Booked::ByHand => "by_hand",
            Booked::Cash => "cash",
        }
    }
}

/// A row, as far as sums depend on it. Amounts in fen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// When, Unix ms.
    pub at: i64,
    /// What it is.
    pub kind: Kind,
    /// Through which channel.
    pub channel: Channel,
    /// How it was booked.
    pub booked: Booked,
    /// Hour of the shop's clock, 0–23.
    pub hour: u8,
    /// Who rang the ticket up; 0: nobody was signed in.
    pub staff_id: i64,
    /// The first payment of its ticket: this row carries the ticket's own amounts, on others they are zero.
    pub first: bool,
    /// What came in or went back, above zero.
    pub amount: i64,
    /// Of the ticket.
    pub gross: i64,
    /// Of the ticket.
    pub discount: i64,
    /// Of the ticket.
    pub rounding: i64,
    /// Of the ticket.
    pub tail: i64,
}

impl Row {
    /// Signed: money back is negative.
    pub fn net(&self) -> i64 {
        if self.kind == Kind::Sale { self.amount } else { -self.amount }
    }
}

/// What all rows of one business day share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// `YYYY-MM-DD`.
    pub date: String,
    /// 1 (Monday) – 7.
    pub weekday: u8,
    /// When its newest Z report was made.
    pub closed_at: Option<i64>,
}

impl Day {
    /// A day by its date.
    pub fn new(date: &str, closed_at: Option<i64>) -> Day {
        Day { date: date.to_owned(), weekday: crate::day::weekday(date), closed_at }
    }

    /// Written after the Z report of its day.
    pub fn is_after_close(&self, at: i64) -> bool {
        self.closed_at.is_some_and(|closed| at > closed)
    }
}

/// Which rows; `None` takes all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "named as what they are compared with")]
pub struct Filter {
    pub kind: Option<Kind>,
    pub channel: Option<Channel>,
    pub hour: Option<u8>,
    pub weekday: Option<u8>,
    pub staff_id: Option<i64>,
    /// Name of an item on the ticket, exactly. [`Filter::takes`] leaves this one to its caller.
    pub item: Option<String>,
    pub booked: Option<Booked>,
    pub after_close: Option<bool>,
}

impl Filter {
    /// True if no row of this day can fit.
    pub fn skips(&self, day: &Day) -> bool {
        self.weekday.is_some_and(|w| w != day.weekday) || (self.after_close == Some(true) && day.closed_at.is_none())
    }

    /// True if the row fits, its items aside.
    pub fn takes(&self, row: &Row, day: &Day) -> bool {
        fn is<T: PartialEq>(wanted: Option<T>, given: T) -> bool {
            wanted.is_none_or(|w| w == given)
        }
        self.kind.is_none_or(|kind| row.kind.is_among(kind))
            && is(self.channel, row.channel)
            && is(self.hour, row.hour)
            && is(self.weekday, day.weekday)
            && is(self.staff_id, row.staff_id)
            && is(self.booked, row.booked)
            && is(self.after_close, day.is_after_close(row.at))
    }
}

/// Counts and sums, in fen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "named as the figures on every border, where they are documented")]
pub struct Sums {
    pub sales: i64,
    pub rows: i64,
    pub received: i64,
    pub refunds: i64,
    pub refunded: i64,
    pub gross: i64,
    pub discount: i64,
    pub rounding: i64,
    pub tail: i64,
    pub auto: i64,
    pub auto_received: i64,
    pub by_hand: i64,
    pub by_hand_received: i64,
}

impl Sums {
    /// Counts a row in.
    pub fn add(&mut self, row: &Row) {
        self.rows += 1;
        if row.kind != Kind::Sale {
            self.refunds += 1;
            self.refunded += row.amount;
            return;
        }
        let first = i64::from(row.first);
        self.sales += first;
        self.received += row.amount;
        self.gross += row.gross;
        self.discount += row.discount;
        self.rounding += row.rounding;
        self.tail += row.tail;
        match row.booked {
            Booked::Auto => (self.auto, self.auto_received) = (self.auto + first, self.auto_received + row.amount),
            Booked::ByHand => {
                (self.by_hand, self.by_hand_received) = (self.by_hand + first, self.by_hand_received + row.amount);
            }
            Booked::Cash => {}
        }
    }

    /// Counts other sums in.
    pub fn merge(&mut self, other: &Sums) {
        let Sums { sales, rows, received, refunds, refunded, gross, discount, rounding, tail, .. } = *other;
        self.sales += sales;
        self.rows += rows;
        self.received += received;
        self.refunds += refunds;
        self.refunded += refunded;
        self.gross += gross;
        self.discount += discount;
        self.rounding += rounding;
        self.tail += tail;
        self.auto += other.auto;
        self.auto_received += other.auto_received;
        self.by_hand += other.by_hand;
        self.by_hand_received += other.by_hand_received;
    }

    /// Received less refunded.
    pub fn net(&self) -> i64 {
        self.received - self.refunded
    }

    /// Received per sale, half away from zero; zero without sales.
    pub fn average(&self) -> i64 {
        if self.sales == 0 { 0 } else { (2 * self.received + self.sales) / (2 * self.sales) }
    }
}

/// A part of the whole: one bar, line or slice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "as in [`Sums`]")]
pub struct Part {
    pub rows: i64,
    pub received: i64,
    pub refunded: i64,
}

impl Part {
    /// Counts a row in.
    pub fn add(&mut self, row: &Row) {
        self.rows += 1;
        let side = if row.kind == Kind::Sale { &mut self.received } else { &mut self.refunded };
        *side += row.amount;
    }

    fn merge(&mut self, other: &Part) {
        self.rows += other.rows;
        self.received += other.received;
        self.refunded += other.refunded;
    }
}

impl From<&Sums> for Part {
    fn from(sums: &Sums) -> Part {
        Part { rows: sums.rows, received: sums.received, refunded: sums.refunded }
    }
}

/// Sums of many rows and all their slices, day by day. Every slice sums to the whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// The whole.
    pub all: Sums,
    /// Days with rows, in the order they were counted.
    pub days: Vec<(String, Sums)>,
    /// By hour of the clock.
    pub hours: [Part; 24],
    /// Monday first.
    pub weekdays: [Part; 7],
    /// In the order of [`Channel::ALL`].
    pub channels: [Part; 6],
    /// In the order of [`Booked::ALL`].
    pub booked: [Part; 3],
    /// By who rang up.
    pub staff: BTreeMap<i64, Part>,
    /// Written after the Z report of their day.
    pub after_close: Part,
}

impl Tally {
    /// Counts rows of one day in.
    pub fn add_day(&mut self, day: &Day, rows: impl Iterator<Item = Row>) {
        let mut sums = Sums::default();
        let mut staff: Vec<(i64, Part)> = Vec::new();
        for row in rows {
            sums.add(&row);
            self.hours[usize::from(row.hour % 24)].add(&row);
            self.channels[row.channel as usize].add(&row);
            self.booked[row.booked as usize].add(&row);
            // A day has few people: a list is faster than a map.
            match staff.iter_mut().find(|(id, _)| *id == row.staff_id) {
                Some((_, part)) => part.add(&row),
                None => {
                    staff.push((row.staff_id, Part::default()));
                    if let Some((_, part)) = staff.last_mut() {
                        part.add(&row);
                    }
                }
            }
            if day.is_after_close(row.at) {
                self.after_close.add(&row);
            }
        }
        if sums.rows == 0 {
            return;
        }
        for (id, part) in &staff {
            self.staff.entry(*id).or_default().merge(part);
        }
        self.weekdays[usize::from(day.weekday.clamp(1, 7) - 1)].merge(&Part::from(&sums));
        self.all.merge(&sums);
        self.days.push((day.date.clone(), sums));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn row() -> impl Strategy<Value = Row> {
        let kind = prop::sample::select(Kind::ALL.to_vec());
        let (channel, booked) =
            (prop::sample::select(Channel::ALL.to_vec()), prop::sample::select(Booked::ALL.to_vec()));
        let amounts = (1i64..100_000, 0i64..500, -4i64..100, -9i64..10);
        (kind, channel, booked, 0u8..24, 0i64..4, any::<bool>(), amounts, 0i64..100).prop_map(
            |(kind, channel, booked, hour, staff_id, first, (amount, discount, rounding, tail), at)| {
                let first = first && kind == Kind::Sale;
                let own = |fen| if first { fen } else { 0 };
                let gross = own(amount + discount + rounding + tail);
                let (discount, rounding, tail) = (own(discount), own(rounding), own(tail));
                Row { at, kind, channel, booked, hour, staff_id, first, amount, gross, discount, rounding, tail }
            },
        )
    }

    fn whole<'a>(parts: impl IntoIterator<Item = &'a Part>) -> Part {
        parts.into_iter().fold(Part::default(), |mut sum, part| {
            sum.merge(part);
            sum
        })
    }

    proptest! {
        #[test]
        fn every_slice_sums_to_the_whole(days in prop::collection::vec(prop::collection::vec(row(), 0..30), 1..8)) {
            let mut tally = Tally::default();
            let mut all = Sums::default();
            for (n, rows) in days.iter().enumerate() {
                let day = Day::new(&format!("2026-11-{:02}", n + 16), (n % 2 == 0).then_some(50));
                tally.add_day(&day, rows.iter().copied());
                rows.iter().for_each(|r| all.add(r));
            }
            prop_assert_eq!(tally.all, all);
            let part = Part::from(&all);
            prop_assert_eq!(whole(&tally.hours), part);
            prop_assert_eq!(whole(&tally.weekdays), part);
            prop_assert_eq!(whole(&tally.channels), part);
            prop_assert_eq!(whole(&tally.booked), part);
            prop_assert_eq!(whole(tally.staff.values()), part);
            prop_assert_eq!(whole(&tally.days.iter().map(|(_, s)| Part::from(s)).collect::<Vec<_>>()), part);
            prop_assert_eq!(all.net(), days.iter().flatten().map(Row::net).sum::<i64>());
        }
    }

    #[test]
    fn the_average_rounds_half_away_from_zero() {
        let sums = |received, sales| Sums { received, sales, ..Sums::default() };
        assert_eq!((sums(5, 2).average(), sums(1, 3).average(), sums(7, 0).average()), (3, 0, 0));
    }
}
