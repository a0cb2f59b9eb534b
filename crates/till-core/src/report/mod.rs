//! Reports: what the drawer should hold and what came in, from the rows of the books.
//!
//! A report rests on [`Row`]s and nothing else, so that whoever has the rows can compute it again.

mod row;

use serde::{Deserialize, Serialize};

use crate::money::MoneyError;
use crate::ticket::How;
use crate::{Channel, Fen};

pub use row::{CashKind, CashMove, Payment, Refund, RefundKind, Row, SaleSums, canonical, in_order};

/// Counts and sums of some rows. `net = received − refunded`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs, reason = "plain records; every field is named in the words of the house and its unit")]
pub struct Figures {
    /// Tickets paid (a ticket counts once, on the day of its first payment).
    pub sales: u32,
    /// Payments and refunds: the rows behind these figures.
    pub rows: u32,
    pub received_fen: Fen,
    pub refunds: u32,
    pub refunded_fen: Fen,
    pub net_fen: Fen,
    /// `received / sales`, half away from zero; zero without sales.
    pub average_fen: Fen,
    pub gross_fen: Fen,
    pub discount_fen: Fen,
    pub rounding_fen: Fen,
    pub tail_fen: Fen,
    /// Sales that were booked by themselves.
    pub auto: u32,
    pub auto_fen: Fen,
    pub by_hand: u32,
    pub by_hand_fen: Fen,
}

/// Notes or coins of one face value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs, reason = "named in the words of the house and its unit")]
pub struct Denomination {
    pub face_fen: Fen,
    pub pieces: u32,
}

/// One channel in a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs, reason = "plain records; every field is named in the words of the house and its unit")]
pub struct ChannelLine {
    pub channel: Channel,
    pub payments: u32,
    pub received_fen: Fen,
    pub refunds: u32,
    pub refunded_fen: Fen,
    pub net_fen: Fen,
    /// Of the payments, those with a notice from the phone, and those a person confirmed without one.
    pub with_notice: u32,
    pub by_hand: u32,
}

/// A report of the drawer and the channels: X while it runs, the body of a Z once closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs, reason = "plain records; every field is named in the words of the house and its unit")]
pub struct Report {
    /// Rows with `from_at < at <= to_at`.
    pub from_at: i64,
    pub to_at: i64,
    pub figures: Figures,
    pub channels: Vec<ChannelLine>,
    pub float_fen: Fen,
    pub cash_sales_fen: Fen,
    pub cash_refunds_fen: Fen,
    pub cash_in_fen: Fen,
    pub cash_out_fen: Fen,
    /// `float + cash sales − cash refunds + in − out`.
    pub expected_cash_fen: Fen,
    pub counted: Vec<Denomination>,
    /// Null: nobody counted.
    pub counted_fen: Option<Fen>,
    /// `counted − expected`.
    pub difference_fen: Option<Fen>,
    /// Money without a ticket at that time: shown, not counted.
    pub unmatched: u32,
    pub unmatched_fen: Fen,
    /// Tickets that still wait.
    pub waiting: u32,
}

/// What stands beside the rows at the time of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Beside {
    /// Money without a ticket: how many receipts.
    pub unmatched: i64,
    /// And how much.
    pub unmatched_fen: i64,
    /// Tickets that wait.
    pub waiting: i64,
}

fn number(count: i64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Counts and sums while rows are added up; wider than [`Fen`], so that only the result is checked.
#[derive(Default)]
struct Sum {
    count: i64,
    fen: i64,
}

impl Sum {
    fn add(&mut self, amount: Fen) {
        self.count += 1;
        self.fen += amount.get();
    }

    fn fen(&self) -> Result<Fen, MoneyError> {
        Fen::new(self.fen)
    }
}

/// The counts and sums of rows; cash moves are no sales and count for nothing here.
pub fn figures(rows: &[Row]) -> Result<Figures, MoneyError> {
    let (mut received, mut refunded) = (Sum::default(), Sum::default());
    let (mut auto, mut by_hand) = (Sum::default(), Sum::default());
    let (mut sales, mut auto_sales, mut by_hand_sales) = (0, 0, 0);
    let mut sums = [0_i64; 4];
    for row in rows {
        match row {
            Row::Payment(payment) => {
                received.add(payment.amount);
                let first = i64::from(payment.nth == 1);
                sales += first;
                match payment.how {
                    How::Auto => (auto.add(payment.amount), auto_sales += first),
                    How::Accepted | How::ByHand => (by_hand.add(payment.amount), by_hand_sales += first),
                    How::Cash => ((), ()),
                };
                if let Some(sale) = &payment.sale {
                    for (sum, part) in sums.iter_mut().zip([sale.gross, sale.discount, sale.rounding, sale.tail]) {
                        *sum += part.get();
                    }
                }
            }
            Row::Refund(refund) => refunded.add(refund.amount),
            Row::Cash(_) => {}
        }
    }
    let [gross, discount, rounding, tail] = sums;
    Ok(Figures {
        sales: number(sales),
        rows: number(received.count + refunded.count),
        received_fen: received.fen()?,
        refunds: number(refunded.count),
        refunded_fen: refunded.fen()?,
        net_fen: Fen::new(received.fen - refunded.fen)?,
        average_fen: if sales == 0 { Fen::ZERO } else { Fen::new((received.fen * 2 + sales) / (sales * 2))? },
        gross_fen: Fen::new(gross)?,
        discount_fen: Fen::new(discount)?,
        rounding_fen: Fen::new(rounding)?,
        tail_fen: Fen::new(tail)?,
        auto: number(auto_sales),
        auto_fen: auto.fen()?,
        by_hand: number(by_hand_sales),
        by_hand_fen: by_hand.fen()?,
    })
}

/// One line for each channel that has rows, in the order screens list them.
pub fn channels(rows: &[Row]) -> Result<Vec<ChannelLine>, MoneyError> {
    let mut lines = Vec::new();
    for channel in Channel::ALL {
        let (mut received, mut refunded) = (Sum::default(), Sum::default());
        let (mut with_notice, mut by_hand) = (0, 0);
        for row in rows {
            match row {
                Row::Payment(payment) if payment.channel == channel => {
                    received.add(payment.amount);
                    match payment.how {
                        How::Auto | How::Accepted => with_notice += 1,
                        How::ByHand => by_hand += 1,
                        How::Cash => {}
                    }
                }
                Row::Refund(refund) if refund.channel == channel => refunded.add(refund.amount),
                _ => {}
            }
        }
        if received.count + refunded.count > 0 {
            lines.push(ChannelLine {
                channel,
                payments: number(received.count),
                received_fen: received.fen()?,
                refunds: number(refunded.count),
                refunded_fen: refunded.fen()?,
                net_fen: Fen::new(received.fen - refunded.fen)?,
                with_notice: number(with_notice),
                by_hand: number(by_hand),
            });
        }
    }
    Ok(lines)
}

/// What was counted, added up. `TooLarge` for more than any drawer holds.
pub fn counted_sum(counted: &[Denomination]) -> Result<Fen, MoneyError> {
    counted.iter().try_fold(Fen::ZERO, |sum, d| sum.plus(d.face_fen.times(i64::from(d.pieces))?))
}

/// Writes the report of rows: a drawer that began with `float` and saw the cash among them.
pub fn report(from_at: i64, to_at: i64, float: Fen, rows: &[Row], beside: Beside) -> Result<Report, MoneyError> {
    let (mut sales, mut refunds) = (Sum::default(), Sum::default());
    let (mut moved_in, mut moved_out) = (Sum::default(), Sum::default());
    for row in rows {
        match row {
            Row::Payment(payment) if payment.channel == Channel::Cash => sales.add(payment.amount),
            Row::Refund(refund) if refund.channel == Channel::Cash => refunds.add(refund.amount),
            Row::Cash(CashMove { kind: CashKind::In, amount, .. }) => moved_in.add(*amount),
            Row::Cash(CashMove { kind: CashKind::Out, amount, .. }) => moved_out.add(*amount),
            Row::Payment(_) | Row::Refund(_) => {}
        }
    }
    Ok(Report {
        from_at,
        to_at,
        figures: figures(rows)?,
        channels: channels(rows)?,
        float_fen: float,
        cash_sales_fen: sales.fen()?,
        cash_refunds_fen: refunds.fen()?,
        cash_in_fen: moved_in.fen()?,
        cash_out_fen: moved_out.fen()?,
        expected_cash_fen: Fen::new(float.get() + sales.fen - refunds.fen + moved_in.fen - moved_out.fen)?,
        counted: Vec::new(),
        counted_fen: None,
        difference_fen: None,
        unmatched: number(beside.unmatched),
        unmatched_fen: Fen::new(beside.unmatched_fen)?,
        waiting: number(beside.waiting),
    })
}

impl Report {
    /// Notes what was counted; none means that nobody counted.
    pub fn count(&mut self, counted: Option<Vec<Denomination>>) -> Result<(), MoneyError> {
        let sum = counted.as_deref().map(counted_sum).transpose()?;
        self.difference_fen = sum.map(|sum| sum.minus(self.expected_cash_fen)).transpose()?;
        (self.counted_fen, self.counted) = (sum, counted.unwrap_or_default());
        Ok(())
    }

    /// Takes the drawer of another report: its float, its cash and what was counted in it.
    pub fn take_drawer(&mut self, of: &Report) {
        self.float_fen = of.float_fen;
        self.cash_sales_fen = of.cash_sales_fen;
        self.cash_refunds_fen = of.cash_refunds_fen;
        self.cash_in_fen = of.cash_in_fen;
        self.cash_out_fen = of.cash_out_fen;
        self.expected_cash_fen = of.expected_cash_fen;
        self.counted.clone_from(&of.counted);
        self.counted_fen = of.counted_fen;
        self.difference_fen = of.difference_fen;
    }
}

#[cfg(test)]
mod tests;
