//! Amounts as merchant protocols write them.

use till_core::Fen;

/// `\d{1,8}(\.\d{1,2})?`, above zero.
pub fn price(text: &str) -> Option<Fen> {
    Fen::from_plain(text).ok().filter(|amount| amount.is_positive())
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
