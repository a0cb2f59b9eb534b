//! The amount as a wallet writes it: thousands commas allowed, at most two decimals, never zero.

use till_core::money::Fen;

/// Why a number in a notice is not an amount to book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// Exactly nothing.
    Zero,
    /// Three decimals, misplaced commas, too many digits, leading zeros.
    Shape,
}

/// Reads `1,234.50`, `1234.5`, `12`. Anything else is refused, never rounded.
pub(super) fn yuan(text: &str) -> Result<Fen, Refused> {
    let (whole, cents) = text.split_once('.').map_or((text, None), |(w, c)| (w, Some(c)));
    let plain = if whole.contains(',') {
        let mut groups = whole.split(',');
        let first = groups.next().unwrap_or_default();
        if !(1..=3).contains(&first.len()) || groups.any(|g| g.len() != 3) {
            return Err(Refused::Shape);
        }
        whole.replace(',', "")
    } else {
        whole.to_owned()
    };
    if plain.len() > 1 && plain.starts_with('0') {
        return Err(Refused::Shape);
    }
    let plain = cents.map_or(plain.clone(), |c| format!("{plain}.{c}"));
    match Fen::from_plain(&plain) {
        Ok(amount) if amount.is_positive() => Ok(amount),
        Ok(_) => Err(Refused::Zero),
        Err(_) => Err(Refused::Shape),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strict_shapes_only() {
        for (text, fen) in
            [("1,234.56", 123_456), ("1", 100), ("0.01", 1), ("12.3", 1230), ("10,000,000.00", 1_000_000_000)]
        {
            assert_eq!(yuan(text).unwrap().get(), fen, "{text}");
        }
        for text in
            ["1,23", "12,34.00", ",123", "1.005", "1..2", "01.00", "123456789", "1.0.0", "", "1,2345", "1234,567"]
        {
            assert_eq!(yuan(text), Err(Refused::Shape), "{text}");
        }
        for text in ["0", "0.00", "0.0"] {
            assert_eq!(yuan(text), Err(Refused::Zero), "{text}");
        }
    }
}
