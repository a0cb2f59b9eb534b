//! Amounts as merchant protocols write them.

use till_core::Fen;

/// `\d{1,8}(\.\d{1,2})?`, above zero.
pub fn price(text: &str) -> Option<Fen> {
    Fen::from_plain(text).ok().filter(|amount| amount.is_positive())
}

/// The most that any of these protocols can write.
const MOST: i64 = 9_999_999_999;

/// An amount in fen, above zero, that every protocol can write.
pub fn fen(amount: i64) -> Option<Fen> {
    Fen::new(amount).ok().filter(|a| (1..=MOST).contains(&a.get()))
}

/// As PHP prints a number: `5.5`, `5`, `0.01`.
pub fn trimmed(amount: Fen) -> String {
    let text = amount.to_string();
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn as_php_prints_it() {
        for (fen, text) in [(550, "5.5"), (500, "5"), (1, "0.01"), (10, "0.1"), (10_000, "100"), (1_234_560, "12345.6")]
        {
            assert_eq!(trimmed(Fen::new(fen).unwrap()), text);
        }
        assert_eq!(fen(9_999_999_999).map(|a| a.to_string()).as_deref(), Some("99999999.99"));
        assert_eq!(price("99999999.99"), fen(9_999_999_999));
        assert!([i64::MIN, -1, 0, 10_000_000_000, i64::MAX].into_iter().all(|n| fen(n).is_none()));
        for no in ["0", "0.00", "-1", "1e3", "1.005", " 1", "1 ", "", ".5", "5.", "123456789", "１", "+1", "1,000"] {
            assert_eq!(price(no), None, "{no}");
        }
    }

    proptest! {
        #[test]
        fn both_ways(fen in 1..9_999_999_999i64) {
            let amount = Fen::new(fen).unwrap();
            prop_assert_eq!(price(&trimmed(amount)), Some(amount));
            prop_assert_eq!(price(&amount.to_string()), Some(amount));
        }
    }
}
