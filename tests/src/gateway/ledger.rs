//! What is true at the providers: the trades, and the money they hold for the shop. Tests compare the till's books with it.

use std::collections::BTreeMap;

use super::wire::china;
use crate::now_ms;

/// A protocol that is spoken here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Provider {
    /// Alipay's open platform.
    Alipay,
    /// WeChat Pay with JSON.
    WechatV3,
    /// WeChat Pay with XML. The same trades as v3's.
    WechatV2,
    /// UnionPay 5.1.0.
    UnionPay,
}

/// Who keeps the trades.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum House {
    Alipay,
    Wechat,
    UnionPay,
}

impl Provider {
    fn house(self) -> House {
        match self {
            Provider::Alipay => House::Alipay,
            Provider::WechatV3 | Provider::WechatV2 => House::Wechat,
            Provider::UnionPay => House::UnionPay,
        }
    }
}

/// How a trade stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// There is a code that nobody has scanned.
    Offered,
    /// The customer has it on the phone.
    Waiting,
    /// The customer gave it up, or could not pay.
    Failed,
    /// Paid; what went back is in the refunds.
    Paid,
    /// Ended before it was paid.
    Closed,
    /// Taken back as a whole by the merchant; what had been paid went back.
    Reversed,
}

/// Money on its way back.
#[derive(Clone, Debug)]
pub struct Refund {
    /// The merchant's number.
    pub refund_no: String,
    /// The provider's number.
    pub trade_no: String,
    /// How much.
    pub fen: i64,
    /// Unix ms.
    pub at: i64,
    /// It arrived. Otherwise it is still under way.
    pub done: bool,
}

/// A trade.
#[derive(Clone, Debug)]
pub struct Trade {
    /// Through which protocol it was opened.
    pub provider: Provider,
    /// The merchant's number.
    pub out_no: String,
    /// The provider's number.
    pub trade_no: String,
    /// What is to be paid.
    pub fen: i64,
    /// What the customer reads.
    pub subject: String,
    /// How it stands.
    pub state: State,
    /// The merchant scanned the customer, not the other way round.
    pub scanned: bool,
    /// Unix ms.
    pub opened_at: i64,
    /// Unix ms, once paid.
    pub paid_at: Option<i64>,
    /// The merchant's own time of the order (UnionPay).
    pub txn_time: String,
    /// In the order they were asked for.
    pub refunds: Vec<Refund>,
}

impl Trade {
    /// What the customer paid.
    pub fn paid_fen(&self) -> i64 {
        if self.paid_at.is_some() { self.fen } else { 0 }
    }

    /// What has arrived back at the customer.
    pub fn given_back_fen(&self) -> i64 {
        self.refunds.iter().filter(|refund| refund.done).map(|refund| refund.fen).sum()
    }

    /// What is asked back, arrived or not.
    pub fn asked_back_fen(&self) -> i64 {
        self.refunds.iter().map(|refund| refund.fen).sum()
    }
}

/// Why a refund is not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoRefund {
    /// Nothing was paid, or everything is back.
    NotPaid,
    /// More than is left.
    TooMuch,
    /// The number stands for another amount.
    OtherAmount,
}

/// All trades.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    trades: BTreeMap<(House, String), Trade>,
    numbers: u64,
    /// Refunds stay under way until a test lets them arrive.
    pub slow_refunds: bool,
    /// What was done today is on yesterday's bill.
    pub day_ended: bool,
}

impl Ledger {
    /// A number nobody had before, of as many digits as a provider's.
    pub fn number(&mut self) -> String {
        self.numbers += 1;
        format!("20{:026}", u128::from(self.numbers) * 7_919 + 4_200_000_000_000_000)
    }

    /// The day on whose bill something stands, China's.
    pub fn bill_day(&self, at: i64, format: &str) -> String {
        china(if self.day_ended { at - 86_400_000 } else { at }, format)
    }

    pub fn trade(&self, provider: Provider, out_no: &str) -> Option<&Trade> {
        self.trades.get(&(provider.house(), out_no.to_owned()))
    }

    pub fn trade_mut(&mut self, provider: Provider, out_no: &str) -> Option<&mut Trade> {
        self.trades.get_mut(&(provider.house(), out_no.to_owned()))
    }

    /// By the provider's number.
    pub fn out_no_of(&self, provider: Provider, trade_no: &str) -> Option<String> {
        self.of(provider).find(|trade| trade.trade_no == trade_no).map(|trade| trade.out_no.clone())
    }

    /// All that one house keeps.
    pub fn of(&self, provider: Provider) -> impl Iterator<Item = &Trade> {
        self.trades.iter().filter(move |((house, _), _)| *house == provider.house()).map(|(_, trade)| trade)
    }

    /// Every trade that carries a number, at whichever provider.
    pub fn with_number(&self, out_no: &str) -> impl Iterator<Item = &Trade> {
        self.trades.values().filter(move |trade| trade.out_no == out_no)
    }

    pub fn with_number_mut(&mut self, out_no: &str) -> impl Iterator<Item = &mut Trade> {
        self.trades.values_mut().filter(move |trade| trade.out_no == out_no)
    }

    /// The time to pay is up. A code of Alipay's that nobody scanned leaves nothing behind.
    pub fn lapse(&mut self, out_no: &str) {
        self.trades
            .retain(|(house, no), trade| (*house, no.as_str(), trade.state) != (House::Alipay, out_no, State::Offered));
        let open = self.with_number_mut(out_no).filter(|t| matches!(t.state, State::Offered | State::Waiting));
        open.for_each(|trade| trade.state = State::Closed);
    }

    /// A new trade, in place of none.
    pub fn open(&mut self, provider: Provider, out_no: &str, fen: i64, subject: &str, state: State) -> &mut Trade {
        let trade = Trade {
            provider,
            out_no: out_no.into(),
            trade_no: self.number(),
            fen,
            subject: subject.into(),
            state,
            scanned: false,
            opened_at: now_ms(),
            paid_at: None,
            txn_time: String::new(),
            refunds: Vec::new(),
        };
        self.trades.entry((provider.house(), out_no.to_owned())).or_insert(trade)
    }

    /// Gives money back, once for each number; a repeat finds the refund that there is. Says whether this call moved money.
    pub fn refund(
        &mut self,
        provider: Provider,
        out_no: &str,
        refund_no: &str,
        fen: i64,
    ) -> Result<(Refund, bool), NoRefund> {
        let (number, done) = (self.number(), !self.slow_refunds);
        let trade = self.trade_mut(provider, out_no).ok_or(NoRefund::NotPaid)?;
        if let Some(before) = trade.refunds.iter().find(|refund| refund.refund_no == refund_no) {
            return if before.fen == fen { Ok((before.clone(), false)) } else { Err(NoRefund::OtherAmount) };
        }
        if trade.state != State::Paid || trade.asked_back_fen() == trade.fen {
            return Err(NoRefund::NotPaid);
        }
        if fen <= 0 || fen > trade.fen - trade.asked_back_fen() {
            return Err(NoRefund::TooMuch);
        }
        let refund = Refund { refund_no: refund_no.into(), trade_no: number, fen, at: now_ms(), done };
        trade.refunds.push(refund.clone());
        Ok((refund, true))
    }

    /// Ends a trade, whatever it takes: what was paid goes back at once. Says whether money moved.
    pub fn reverse(&mut self, provider: Provider, out_no: &str) -> bool {
        let number = self.number();
        let Some(trade) = self.trade_mut(provider, out_no) else { return false };
        let rest = trade.paid_fen() - trade.asked_back_fen();
        trade.state = if trade.scanned || rest > 0 { State::Reversed } else { State::Closed };
        if rest > 0 {
            let refund_no = format!("{out_no}R");
            trade.refunds.push(Refund { refund_no, trade_no: number, fen: rest, at: now_ms(), done: true });
        }
        rest > 0
    }
}
