//! A ticket's state: status × exception, recomputed from its payments, and the moves a person may make.

use serde::{Deserialize, Serialize};

use crate::Fen;

/// Where a ticket stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Status {
    /// Waits for money.
    Open,
    /// Paid, one way or another.
    Paid,
    /// Its time ran out.
    Expired,
    /// Cancelled by a person.
    Cancelled,
}

/// What is unusual about a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Exception {
    /// Nothing.
    None,
    /// The money came after the ticket had ended.
    Late,
    /// A person said it was paid, without a receipt.
    ByHand,
    /// More than one payment.
    Twice,
    /// Paid more than due.
    Over,
    /// Paid less than due.
    Under,
    /// All of it was given back. Seen from the refunds, never stored.
    Refunded,
    /// Some of it was given back. Seen from the refunds, never stored.
    PartRefunded,
}

/// What may be done with a ticket by hand now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Move {
    /// Give up waiting.
    Cancel,
    /// Take cash instead.
    TakeCash,
    /// Say that the money was seen.
    ConfirmByHand,
    /// Open the same sale again.
    RingAgain,
    /// Give money back.
    Refund,
}

/// How a payment came to its ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum How {
    /// A receipt found it by itself.
    Auto,
    /// A person accepted a receipt for it.
    Accepted,
    /// A person confirmed without a receipt.
    ByHand,
    /// Notes and coins.
    Cash,
}

macro_rules! text_enum {
    ($name:ident { $($variant:ident => $text:literal),+ $(,)? }) => {
        impl $name {
            /// The text form, as in the database and on every border.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text),+ }
            }

            /// Reads the text form.
            pub fn from_text(text: &str) -> Option<$name> {
                match text { $($text => Some($name::$variant),)+ _ => None }
            }
        }
    };
}
pub(crate) use text_enum;

text_enum!(Status { Open => "open", Paid => "paid", Expired => "expired", Cancelled => "cancelled" });
text_enum!(Exception {
    None => "none", Late => "late", ByHand => "by_hand", Twice => "twice", Over => "over", Under => "under",
    Refunded => "refunded", PartRefunded => "part_refunded",
});
text_enum!(How { Auto => "auto", Accepted => "accepted", ByHand => "by_hand", Cash => "cash" });

/// A payment, as far as the state of its ticket depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payment {
    /// How it came.
    pub how: How,
    /// What came.
    pub amount: Fen,
    /// It came after the ticket had ended.
    pub late: bool,
}

/// What is unusual, from the payments alone; the gravest first.
pub fn exception(due: Fen, payments: &[Payment]) -> Exception {
    let total: i64 = payments.iter().map(|p| p.amount.get()).sum();
    match payments {
        [] => Exception::None,
        [_, _, ..] => Exception::Twice,
        [_] if total > due.get() => Exception::Over,
        [_] if total < due.get() => Exception::Under,
        [only] if only.late => Exception::Late,
        [only] if only.how == How::ByHand => Exception::ByHand,
        [_] => Exception::None,
    }
}

/// The moves a person may make now. `left` is what was paid and not given back.
pub fn moves(status: Status, left: Fen) -> &'static [Move] {
    match status {
        Status::Open => &[Move::Cancel, Move::TakeCash, Move::ConfirmByHand],
        Status::Expired | Status::Cancelled => &[Move::RingAgain, Move::TakeCash, Move::ConfirmByHand],
        Status::Paid if left > Fen::ZERO => &[Move::Refund],
        Status::Paid => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gravest_exception_wins() {
        let due = Fen::new(1498).unwrap();
        let pay = |how, fen, late| Payment { how, amount: Fen::new(fen).unwrap(), late };
        assert_eq!(exception(due, &[]), Exception::None);
        assert_eq!(exception(due, &[pay(How::Auto, 1498, false)]), Exception::None);
        assert_eq!(exception(due, &[pay(How::Accepted, 1498, true)]), Exception::Late);
        assert_eq!(exception(due, &[pay(How::Accepted, 1500, true)]), Exception::Over);
        assert_eq!(exception(due, &[pay(How::Accepted, 1490, false)]), Exception::Under);
        assert_eq!(exception(due, &[pay(How::ByHand, 1498, false)]), Exception::ByHand);
        assert_eq!(exception(due, &[pay(How::Auto, 1498, false), pay(How::Accepted, 1, true)]), Exception::Twice);
    }

    #[test]
    fn a_paid_ticket_offers_no_move_and_texts_round_trip() {
        assert!(moves(Status::Paid, Fen::ZERO).is_empty());
        for status in [Status::Open, Status::Paid, Status::Expired, Status::Cancelled] {
            assert_eq!(Status::from_text(status.as_str()), Some(status));
        }
    }
}
