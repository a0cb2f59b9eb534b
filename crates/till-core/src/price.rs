//! From the lines of a sale to its price: lines → discount → rounding. The tail comes later (see [`crate::due`]).

use serde::{Deserialize, Serialize};

use crate::Fen;
use crate::money::MoneyError;

/// 抹零: what is rounded off before the tail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Rounding {
    /// Nothing.
    None,
    /// 抹分: down to whole jiao (0.10).
    Jiao,
    /// 抹角: down to whole yuan.
    Yuan,
    /// 四舍五入到角: half up to whole jiao.
    NearestJiao,
}

/// One line of a sale: `price_fen × count`. A typed amount is a line without a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Line {
    /// Name of the item, empty for a typed amount.
    #[serde(default)]
    pub name: String,
    /// Price of one.
    pub price_fen: Fen,
    /// How many (1–9999).
    #[serde(default = "one")]
    pub count: i64,
}

const fn one() -> i64 {
    1
}

/// A discount on the whole sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Discount {
    /// Percent off in basis points (1000 = 10 % off, 九折).
    BasisPoints(u32),
    /// An amount off.
    Fen(Fen),
}

/// What is being sold. At least one line; the sum must be positive after discount and rounding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Sale {
    /// The lines (at most 200).
    pub lines: Vec<Line>,
    /// A discount on the whole.
    #[serde(default)]
    pub discount: Option<Discount>,
    /// A note (at most 200 characters).
    #[serde(default)]
    pub note: String,
}

/// A sale priced but not opened. `gross − discount − rounding = price`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Priced {
    /// Sum of the lines.
    pub gross_fen: Fen,
    /// Taken off by the discount.
    pub discount_fen: Fen,
    /// Taken off by rounding (negative where rounding goes up).
    pub rounding_fen: Fen,
    /// What is asked before the tail.
    pub price_fen: Fen,
}

/// Why a sale has no price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PriceError {
    /// No line.
    #[error("the sale has no line")]
    Empty,
    /// More than 200 lines, or a text beyond 200 characters.
    #[error("the sale is too long")]
    TooLong,
    /// A count outside 1–9999, or a negative price.
    #[error("a line has a bad count or price")]
    BadLine,
    /// The discount is more than the sale, or above 100 %.
    #[error("the discount is larger than the sale")]
    BadDiscount,
    /// Nothing is left to pay.
    #[error("nothing is left to pay")]
    NothingToPay,
    /// Beyond the largest amount.
    #[error("the amount is too large")]
    TooLarge,
}

impl From<MoneyError> for PriceError {
    fn from(_: MoneyError) -> PriceError {
        PriceError::TooLarge
    }
}

const MOST_LINES: usize = 200;
const LONGEST_TEXT: usize = 200;

/// Prices a sale.
///
/// ```
/// use till_core::{Fen, price::*};
/// let line = Line { name: String::new(), price_fen: Fen::new(1555).unwrap(), count: 1 };
/// let sale = Sale { lines: vec![line], discount: None, note: String::new() };
/// let priced = price(&sale, Rounding::Jiao).unwrap();
/// assert_eq!(priced.price_fen.to_string(), "15.50");
/// assert_eq!(priced.rounding_fen.to_string(), "0.05");
/// ```
pub fn price(sale: &Sale, rounding: Rounding) -> Result<Priced, PriceError> {
    if sale.lines.is_empty() {
        return Err(PriceError::Empty);
    }
    let too_long = |text: &str| text.chars().count() > LONGEST_TEXT;
    if sale.lines.len() > MOST_LINES || too_long(&sale.note) || sale.lines.iter().any(|l| too_long(&l.name)) {
        return Err(PriceError::TooLong);
    }
    let mut gross = Fen::ZERO;
    for line in &sale.lines {
        if !(1..=9999).contains(&line.count) || line.price_fen < Fen::ZERO {
            return Err(PriceError::BadLine);
        }
        gross = gross.plus(line.price_fen.times(line.count)?)?;
    }
    let discount = match sale.discount {
        None => Fen::ZERO,
        Some(Discount::BasisPoints(points)) if points <= 10_000 => gross.share(points)?,
        Some(Discount::Fen(off)) if off >= Fen::ZERO && off <= gross => off,
        Some(_) => return Err(PriceError::BadDiscount),
    };
    let left = gross.minus(discount)?;
    let price = round(left, rounding)?;
    if !price.is_positive() {
        return Err(PriceError::NothingToPay);
    }
    let rounding_fen = left.minus(price)?;
    Ok(Priced { gross_fen: gross, discount_fen: discount, rounding_fen, price_fen: price })
}

fn round(amount: Fen, rounding: Rounding) -> Result<Fen, PriceError> {
    let fen = amount.get();
    let rounded = match rounding {
        Rounding::None => fen,
        Rounding::Jiao => fen - fen % 10,
        Rounding::Yuan => fen - fen % 100,
        Rounding::NearestJiao => (fen + 5) / 10 * 10,
    };
    Ok(Fen::new(rounded)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sale(lines: &[(i64, i64)], discount: Option<Discount>) -> Sale {
        let line = |&(p, count): &(i64, i64)| Line { name: String::new(), price_fen: Fen::new(p).unwrap(), count };
        Sale { lines: lines.iter().map(line).collect(), discount, note: String::new() }
    }

    #[test]
    fn lines_then_discount_then_rounding() {
        let p = price(&sale(&[(1250, 1), (350, 2)], Some(Discount::BasisPoints(1_000))), Rounding::Yuan).unwrap();
        assert_eq!(
            (p.gross_fen.get(), p.discount_fen.get(), p.rounding_fen.get(), p.price_fen.get()),
            (1950, 195, 55, 1700)
        );
        let up = price(&sale(&[(1256, 1)], None), Rounding::NearestJiao).unwrap();
        assert_eq!((up.rounding_fen.get(), up.price_fen.get()), (-4, 1260));
    }

    #[test]
    fn what_cannot_be_sold_is_refused() {
        let one = Fen::new(1).unwrap();
        assert_eq!(price(&sale(&[], None), Rounding::None), Err(PriceError::Empty));
        assert_eq!(price(&sale(&[(0, 1)], None), Rounding::None), Err(PriceError::NothingToPay));
        assert_eq!(price(&sale(&[(99, 1)], None), Rounding::Yuan), Err(PriceError::NothingToPay));
        assert_eq!(price(&sale(&[(100, 0)], None), Rounding::None), Err(PriceError::BadLine));
        assert_eq!(price(&sale(&[(-100, 1)], None), Rounding::None), Err(PriceError::BadLine));
        assert_eq!(price(&sale(&[(Fen::LIMIT, 2)], None), Rounding::None), Err(PriceError::TooLarge));
        let more = Some(Discount::Fen(Fen::new(101).unwrap()));
        assert_eq!(price(&sale(&[(100, 1)], more), Rounding::None), Err(PriceError::BadDiscount));
        assert_eq!(
            price(&sale(&[(100, 1)], Some(Discount::BasisPoints(10_001))), Rounding::None),
            Err(PriceError::BadDiscount)
        );
        let mut long = sale(&[(100, 1)], Some(Discount::Fen(one)));
        long.note = "长".repeat(201);
        assert_eq!(price(&long, Rounding::None), Err(PriceError::TooLong));
    }

    proptest! {
        #[test]
        fn the_books_add_up(lines in prop::collection::vec((0i64..100_000, 1i64..20), 1..10), points in 0u32..=10_000,
                            rounding in prop::sample::select(vec![Rounding::None, Rounding::Jiao, Rounding::Yuan, Rounding::NearestJiao])) {
            if let Ok(p) = price(&sale(&lines, Some(Discount::BasisPoints(points))), rounding) {
                let rest = p.gross_fen.minus(p.discount_fen).unwrap().minus(p.rounding_fen).unwrap();
                prop_assert_eq!(rest, p.price_fen);
                prop_assert!(p.price_fen.is_positive());
                prop_assert!(p.rounding_fen.get().abs() < 100);
            }
        }
    }
}
