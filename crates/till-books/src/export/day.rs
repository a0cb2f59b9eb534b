//! A business day on its way into the books: its channels gathered, and the balanced entry they make.

use till_core::Channel;

use super::accounts::{AccountCode, Accounts};
use super::error::ExportError;
use super::options::Lang;
use super::rows::DayRow;
use super::words;

/// What one channel brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ChannelDay {
    pub(crate) channel: Channel,
    pub(crate) count: i64,
    pub(crate) received: i64,
    pub(crate) refund_count: i64,
    pub(crate) refund: i64,
    pub(crate) fee: i64,
}

/// A business day.
#[derive(Clone, Debug, Default)]
pub(crate) struct Day {
    pub(crate) date: String,
    /// Numbers of its Z reports.
    pub(crate) z_numbers: Vec<i64>,
    pub(crate) channels: Vec<ChannelDay>,
}

/// A line of an entry. One of the two sides is zero; a negative side is what Chinese books write in red.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line<'a> {
    pub(crate) account: &'a AccountCode,
    pub(crate) summary: String,
    pub(crate) debit: i64,
    pub(crate) credit: i64,
}

impl Line<'_> {
    /// Debit less credit.
    pub(crate) fn signed(&self) -> i64 {
        self.debit - self.credit
    }
}

impl Day {
    /// Adds a row of this day. Two rows of a channel add up: a correction after closing is a row of its own.
    pub(crate) fn add(&mut self, row: &DayRow<'_>) -> Result<(), ExportError> {
        let channel: Channel = row.channel.parse().map_err(|_| ExportError::UnknownChannel {
            channel: row.channel.to_owned(),
            business_date: row.business_date.to_owned(),
        })?;
        for (column, fen) in [("received", row.received), ("refund", row.refund)] {
            if fen < 0 {
                return Err(ExportError::BadAmount { column, business_date: row.business_date.to_owned(), fen });
            }
        }
        if let Some(z) = row.z_number
            && !self.z_numbers.contains(&z)
        {
            self.z_numbers.push(z);
        }
        let of = match self.channels.iter().position(|of| of.channel == channel) {
            Some(at) => &mut self.channels[at],
            None => {
                let none = ChannelDay { channel, count: 0, received: 0, refund_count: 0, refund: 0, fee: 0 };
                self.channels.push(none);
                let last = self.channels.len() - 1;
                &mut self.channels[last]
            }
        };
        of.count = plus(of.count, row.count)?;
        of.received = plus(of.received, row.received)?;
        of.refund_count = plus(of.refund_count, row.refund_count)?;
        of.refund = plus(of.refund, row.refund)?;
        of.fee = plus(of.fee, row.fee)?;
        Ok(())
    }

    /// `118`, or `118,119` for a day with two Z reports; empty for none.
    pub(crate) fn z(&self) -> String {
        self.z_numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(",")
    }

    /// The one line that names the day: `日销售 57 笔 Z118`.
    pub(crate) fn summary(&self, lang: Lang) -> String {
        let count: i64 = self.channels.iter().map(|of| of.count).fold(0, i64::saturating_add);
        let z = if self.z_numbers.is_empty() { String::new() } else { format!(" Z{}", self.z().replace(',', "+")) };
        match lang {
            Lang::Zh => format!("日销售 {count} 笔{z}"),
            Lang::En => format!("Sales of the day: {count}{z}"),
        }
    }

    /// The entry: each channel's account takes what stayed there, fees what was kept, sales what was sold. Refunds go
    /// back on sales, or to their own account. Asserted to balance; no line is zero.
    pub(crate) fn entry<'a>(&self, accounts: &'a Accounts, lang: Lang) -> Result<Vec<Line<'a>>, ExportError> {
        let mut lines = Vec::with_capacity(self.channels.len() + 3);
        let (mut received, mut refund, mut fee) = (0, 0, 0);
        for of in &self.channels {
            let stayed = minus(minus(of.received, of.refund)?, of.fee)?;
            let (debit, credit) = if stayed < 0 { (0, -stayed) } else { (stayed, 0) };
            lines.push(Line { account: accounts.of(of.channel), summary: of.summary(lang), debit, credit });
            received = plus(received, of.received)?;
            refund = plus(refund, of.refund)?;
            fee = plus(fee, of.fee)?;
        }
        let text = |zh, en| lang.pick(zh, en).to_owned();
        lines.push(Line {
            account: &accounts.fees,
            summary: text("渠道手续费", "Channel fees"),
            debit: fee,
            credit: 0,
        });
        lines.push(Line { account: &accounts.sales, summary: self.summary(lang), debit: 0, credit: received });
        let summary = text("退款", "Refunds");
        lines.push(match &accounts.refunds {
            Some(account) => Line { account, summary, debit: refund, credit: 0 },
            None => Line { account: &accounts.sales, summary, debit: 0, credit: -refund },
        });
        lines.retain(|line| (line.debit, line.credit) != (0, 0));
        self.check(&lines)?;
        Ok(lines)
    }

    fn check(&self, lines: &[Line<'_>]) -> Result<(), ExportError> {
        let sum = |side: fn(&Line<'_>) -> i64| lines.iter().map(side).try_fold(0, plus);
        let (debit, credit) = (sum(|line| line.debit)?, sum(|line| line.credit)?);
        if debit != credit {
            return Err(ExportError::Unbalanced { business_date: self.date.clone(), debit, credit });
        }
        Ok(())
    }
}

impl ChannelDay {
    /// `微信收款 12 笔，退款 1 笔`.
    fn summary(&self, lang: Lang) -> String {
        let name = self.channel.as_str();
        match (lang, self.refund_count) {
            (Lang::Zh, 0) => format!("{}收款 {} 笔", words::zh(name), self.count),
            (Lang::Zh, refunds) => format!("{}收款 {} 笔，退款 {refunds} 笔", words::zh(name), self.count),
            (Lang::En, 0) => format!("{}: {} received", words::en(name), self.count),
            (Lang::En, refunds) => format!("{}: {} received, {refunds} refunded", words::en(name), self.count),
        }
    }
}

pub(crate) fn plus(a: i64, b: i64) -> Result<i64, ExportError> {
    a.checked_add(b).ok_or(ExportError::TooLarge)
}

pub(crate) fn minus(a: i64, b: i64) -> Result<i64, ExportError> {
    a.checked_sub(b).ok_or(ExportError::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn row(channel: usize, (received, refund, fee): (i64, i64, i64)) -> DayRow<'static> {
        let channel = Channel::ALL[channel].as_str();
        DayRow { business_date: "2026-11-20", channel, received, refund, fee, count: 1, ..DayRow::default() }
    }

    proptest! {
        #[test]
        fn any_day_balances(
            rows in prop::collection::vec((0..6_usize, (0..10_000_000_i64, 0..10_000_000_i64, -1000..1000_i64)), 0..12),
            own_account: bool,
        ) {
            let mut day = Day { date: "2026-11-20".to_owned(), ..Day::default() };
            for (channel, amounts) in &rows {
                day.add(&row(*channel, *amounts)).unwrap();
            }
            let mut accounts = Accounts::default();
            accounts.refunds = own_account.then(|| accounts.sales.clone());
            let lines = day.entry(&accounts, Lang::Zh).unwrap();
            prop_assert_eq!(lines.iter().map(Line::signed).sum::<i64>(), 0);
            let kept: i64 = rows.iter().map(|(_, (received, refund, fee))| received - refund - fee).sum();
            let asset = |line: &&Line<'_>| line.account.ledger.starts_with("Assets:");
            prop_assert_eq!(lines.iter().filter(asset).map(Line::signed).sum::<i64>(), kept);
        }
    }

    #[test]
    fn a_day_of_refunds_takes_money_from_its_account() {
        let mut day = Day { date: "2026-11-20".to_owned(), ..Day::default() };
        day.add(&row(0, (0, 1200, 0))).unwrap();
        let accounts = Accounts::default();
        let lines = day.entry(&accounts, Lang::En).unwrap();
        assert_eq!(lines.iter().map(|l| (l.debit, l.credit)).collect::<Vec<_>>(), [(0, 1200), (0, -1200)]);
    }

    #[test]
    fn sums_that_leave_the_range_are_refused() {
        let mut day = Day::default();
        day.add(&row(0, (i64::MAX, 0, 0))).unwrap();
        assert_eq!(day.add(&row(0, (1, 0, 0))).unwrap_err().id(), "too_large");
        assert_eq!(day.add(&row(0, (-1, 0, 0))).unwrap_err().id(), "bad_amount");
        assert_eq!(day.add(&DayRow { channel: "paypal", ..row(0, (1, 0, 0)) }).unwrap_err().id(), "unknown_channel");
    }
}
