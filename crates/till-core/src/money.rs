//! Money: whole fen, checked arithmetic, text in and out. The only file that converts.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An amount of money in fen (1/100 yuan). Never a float, here or in the user interface.
///
/// The bound keeps every amount exact in JavaScript and leaves room to add up a century of them.
///
/// ```
/// use till_core::money::Fen;
/// let price: Fen = "15.5".parse().unwrap();
/// assert_eq!(price, Fen::new(1550).unwrap());
/// assert_eq!(price.to_string(), "15.50");
/// assert!("15.505".parse::<Fen>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(type = "number"))]
pub struct Fen(i64);

/// Why a number or a text is not an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Outside ±`Fen::LIMIT`, or an operation left that range.
    #[error("the amount is too large")]
    TooLarge,
    /// Not digits with at most two decimals.
    #[error("not an amount: digits with at most two decimals")]
    NotAnAmount,
}

impl Fen {
    /// Nothing.
    pub const ZERO: Fen = Fen(0);
    /// The largest single amount: 100 million yuan. Wallet notices carry at most eight digits of yuan.
    pub const LIMIT: i64 = 10_000_000_000;

    /// Takes a number of fen within the limit.
    pub const fn new(fen: i64) -> Result<Fen, MoneyError> {
        if fen > Self::LIMIT || fen < -Self::LIMIT { Err(MoneyError::TooLarge) } else { Ok(Fen(fen)) }
    }

    /// A sum of many amounts: beyond the limit of one amount, still exact in JavaScript (2^53 − 1).
    pub const fn sum(fen: i64) -> Result<Fen, MoneyError> {
        const EXACT: i64 = 9_007_199_254_740_991;
        if fen > EXACT || fen < -EXACT { Err(MoneyError::TooLarge) } else { Ok(Fen(fen)) }
    }

    /// The number of fen.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// True above zero.
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// Sum, or `TooLarge`.
    pub fn plus(self, other: Fen) -> Result<Fen, MoneyError> {
        self.0.checked_add(other.0).ok_or(MoneyError::TooLarge).and_then(Fen::new)
    }

    /// Difference, or `TooLarge`.
    pub fn minus(self, other: Fen) -> Result<Fen, MoneyError> {
        self.0.checked_sub(other.0).ok_or(MoneyError::TooLarge).and_then(Fen::new)
    }

    /// Product with a count, or `TooLarge`.
    pub fn times(self, count: i64) -> Result<Fen, MoneyError> {
        self.0.checked_mul(count).ok_or(MoneyError::TooLarge).and_then(Fen::new)
    }

    /// A share in basis points (1/100 of a percent), half away from zero. Integers only.
    pub fn share(self, basis_points: u32) -> Result<Fen, MoneyError> {
        let product = i128::from(self.0) * i128::from(basis_points);
        let half = if product < 0 { -5_000 } else { 5_000 };
        i64::try_from((product + half) / 10_000).map_err(|_| MoneyError::TooLarge).and_then(Fen::new)
    }

    /// Reads plain decimal yuan as every protocol of ours writes it: `\d{1,8}(\.\d{1,2})?`, no sign, no spaces.
    pub fn from_plain(text: &str) -> Result<Fen, MoneyError> {
        let (yuan, cents) = text.split_once('.').map_or((text, None), |(y, c)| (y, Some(c)));
        let digits = |s: &str, most: usize| (1..=most).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit());
        if !digits(yuan, 8) || cents.is_some_and(|c| !digits(c, 2)) {
            return Err(MoneyError::NotAnAmount);
        }
        let yuan: i64 = yuan.parse().map_err(|_| MoneyError::NotAnAmount)?;
        let cents: i64 = match cents {
            None => 0,
            Some(c) => c.parse::<i64>().map_err(|_| MoneyError::NotAnAmount)? * if c.len() == 1 { 10 } else { 1 },
        };
        Fen::new(yuan * 100 + cents)
    }
}

impl TryFrom<i64> for Fen {
    type Error = MoneyError;
    fn try_from(fen: i64) -> Result<Fen, MoneyError> {
        Fen::new(fen)
    }
}

impl From<Fen> for i64 {
    fn from(fen: Fen) -> i64 {
        fen.0
    }
}

impl std::str::FromStr for Fen {
    type Err = MoneyError;
    fn from_str(text: &str) -> Result<Fen, MoneyError> {
        Fen::from_plain(text)
    }
}

impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}{}.{:02}", self.0.abs() / 100, self.0.abs() % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_people_and_phones_write() {
        for (text, fen) in [("15", 1500), ("15.5", 1550), ("0.01", 1), ("1.0", 100), ("99999999.99", 9_999_999_999)] {
            assert_eq!(Fen::from_plain(text).unwrap().get(), fen, "{text}");
        }
        for text in ["", ".", "1.", ".5", "1.005", "-1", "+1", "1,000", "1e3", "1.0E7", " 1", "１", "123456789"] {
            assert!(Fen::from_plain(text).is_err(), "{text}");
        }
    }

    #[test]
    fn arithmetic_stops_at_the_limit() {
        let most = Fen::new(Fen::LIMIT).unwrap();
        assert_eq!(most.plus(Fen(1)), Err(MoneyError::TooLarge));
        assert_eq!(most.times(i64::MAX), Err(MoneyError::TooLarge));
        assert!(Fen::new(i64::MIN).is_err());
        assert_eq!(Fen::sum(Fen::LIMIT * 1000).unwrap().get(), Fen::LIMIT * 1000);
        assert!(Fen::sum(i64::MIN).is_err() && Fen::sum(1 << 53).is_err());
    }

    #[test]
    fn shares_round_half_away_from_zero() {
        assert_eq!(Fen(5).share(5_000).unwrap(), Fen(3));
        assert_eq!(Fen(-5).share(5_000).unwrap(), Fen(-3));
        assert_eq!(Fen(999).share(1_000).unwrap(), Fen(100));
    }

    proptest! {
        #[test]
        fn text_round_trips(fen in 0..Fen::LIMIT) {
            let amount = Fen(fen);
            prop_assert_eq!(amount.to_string().parse::<Fen>().unwrap(), amount);
        }
    }
}
