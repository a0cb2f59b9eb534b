//! Money out of cells: decimal digits to whole fen. The only place where a cell's number is a float.

use till_core::money::Fen;

/// Yuan with at most two decimals to fen. Signs, `¥ ￥ 元 ,` and blanks around are taken off; anything else is no amount.
pub(super) fn fen(text: &str) -> Option<Fen> {
    decimal(text, 2).and_then(|fen| Fen::new(fen).ok())
}

/// Yuan with at most five decimals to 1/100000 yuan, as merchant bills print fees.
pub(super) fn e5(text: &str) -> Option<i64> {
    decimal(text, 5)
}

/// A count, which some programs print as `20.0`.
pub(super) fn whole(text: &str) -> Option<i64> {
    let digits = text.split_once('.').filter(|(_, zeros)| zeros.bytes().all(|b| b == b'0')).map_or(text, |(n, _)| n);
    digits.parse().ok()
}

/// 1/100000 yuan to fen, half away from zero.
pub(super) fn fen_of_e5(e5: i64) -> Option<Fen> {
    let half = if e5 < 0 { -500 } else { 500 };
    e5.checked_add(half).and_then(|sum| Fen::new(sum / 1000).ok())
}

/// Digits scaled by 10^places; `None` with more decimals than that, no digit, or anything that is not a number.
fn decimal(text: &str, places: u32) -> Option<i64> {
    let (mut negative, mut signed) = (false, false);
    let (mut value, mut digits) = (0_i64, 0_u32);
    let mut decimals: Option<u32> = None;
    let mut ended = false;
    for c in text.chars() {
        match c {
            '0'..='9' if !ended => {
                digits += 1;
                if let Some(count) = decimals.as_mut() {
                    *count += 1;
                    if *count > places {
                        return None;
                    }
                }
                value = value.checked_mul(10)?.checked_add(i64::from(u32::from(c) - u32::from('0')))?;
            }
            '.' if decimals.is_none() && digits > 0 && !ended => decimals = Some(0),
            '-' | '－' | '−' | '+' if !signed && digits == 0 => {
                signed = true;
                negative = c != '+';
            }
            ',' | '，' if digits > 0 && decimals.is_none() && !ended => {}
            '¥' | '￥' if digits == 0 => {}
            '元' if digits > 0 && !ended => ended = true,
            c if c.is_whitespace() => ended |= digits > 0,
            _ => return None,
        }
    }
    if digits == 0 || decimals == Some(0) {
        return None;
    }
    let value = value.checked_mul(10_i64.checked_pow(places - decimals.unwrap_or(0))?)?;
    Some(if negative { -value } else { value })
}

/// A spreadsheet's numeric cell in yuan to fen; `None` when it lies more than 1e-6 fen beside a whole fen.
#[expect(clippy::float_arithmetic, reason = "workbooks store numbers as floats; this is where they become fen")]
pub(super) fn fen_of_number(yuan: f64) -> Option<Fen> {
    let scaled = yuan * 100.0;
    let whole = scaled.round();
    if !whole.is_finite() || (scaled - whole).abs() > 1e-6 || whole.abs() > 1e10 {
        return None;
    }
    Fen::new(whole as i64).ok()
}

/// A spreadsheet's numeric fee in yuan to 1/100000 yuan.
#[expect(clippy::float_arithmetic, reason = "workbooks store numbers as floats; this is where they become integers")]
pub(super) fn e5_of_number(yuan: f64) -> Option<i64> {
    let scaled = yuan * 100_000.0;
    let whole = scaled.round();
    if !whole.is_finite() || (scaled - whole).abs() > 1e-4 || whole.abs() > 1e13 {
        return None;
    }
    Some(whole as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_the_files_write() {
        for (text, want) in [
            ("¥28.16", 2816),
            ("￥1,234.56", 123_456),
            ("50.0", 5000),
            ("27", 2700),
            ("-0.04", -4),
            ("+10000.00", 1_000_000),
            ("¥-3.00", -300),
            ("-¥3", -300),
            ("12.5元", 1250),
            ("0.00", 0),
            ("-2,600.00", -260_000),
        ] {
            assert_eq!(fen(text).map(Fen::get), Some(want), "{text}");
        }
        for text in [
            "",
            "¥",
            "1.005",
            "1.230",
            "1.",
            ".5",
            "1e3",
            "4.2E+27",
            "--1",
            "1-",
            "1 2",
            "xx,yyyy.zz",
            "99999999999999999999",
        ] {
            assert_eq!(fen(text), None, "{text}");
        }
    }

    #[test]
    fn fees_round_half_up_to_the_fen() {
        for (text, want) in [("0.21000", 21), ("-0.06000", -6), ("0.00500", 1), ("0.00499", 0), ("-0.00500", -1)] {
            assert_eq!(e5(text).and_then(fen_of_e5).map(Fen::get), Some(want), "{text}");
        }
        assert_eq!(e5("0.123456"), None);
    }

    #[test]
    fn numbers_become_fen_or_nothing() {
        for (number, want) in [(548.580_000_000_000_1, Some(54_858)), (0.01, Some(1)), (1.005, None), (f64::NAN, None)]
        {
            assert_eq!(fen_of_number(number).map(Fen::get), want);
        }
        assert_eq!(fen_of_number(f64::INFINITY), None);
        assert_eq!(fen_of_number(1e300), None);
    }

    proptest! {
        #[test]
        fn what_fen_prints_is_read_back(amount in -Fen::LIMIT..=Fen::LIMIT) {
            let amount = Fen::new(amount).unwrap();
            prop_assert_eq!(fen(&amount.to_string()), Some(amount));
            prop_assert_eq!(fen(&format!("¥{}", amount)), Some(amount));
        }

        #[test]
        fn numbers_of_workbooks_are_read_back(amount in 0..1_000_000_000_i64) {
            let number: f64 = Fen::new(amount).unwrap().to_string().parse().unwrap();
            prop_assert_eq!(fen_of_number(number).map(Fen::get), Some(amount));
        }

        #[test]
        fn no_text_panics(text in "\\PC*") {
            let _ = (fen(&text), e5(&text));
        }
    }
}
