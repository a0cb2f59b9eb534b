//! Numbers as text, into one reused buffer. No float: yuan are fen with a dot.

const PAIRS: &[u8; 200] =
    b"0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849\
5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";

/// Two digits.
pub(crate) fn pair(out: &mut Vec<u8>, number: u64) {
    let at = (number % 100) as usize * 2;
    out.extend_from_slice(&PAIRS[at..at + 2]);
}

/// A whole number, without sign.
pub(crate) fn unsigned(out: &mut Vec<u8>, number: u64) {
    let mut digits = [0; 20];
    let (mut from, mut rest) = (digits.len(), number);
    while rest >= 100 {
        let at = (rest % 100) as usize * 2;
        rest /= 100;
        from -= 2;
        digits[from..from + 2].copy_from_slice(&PAIRS[at..at + 2]);
    }
    if rest >= 10 {
        from -= 2;
        digits[from..from + 2].copy_from_slice(&PAIRS[rest as usize * 2..rest as usize * 2 + 2]);
    } else {
        from -= 1;
        digits[from] = b'0' + rest as u8;
    }
    out.extend_from_slice(&digits[from..]);
}

/// A whole number.
pub(crate) fn whole(out: &mut Vec<u8>, number: i64) {
    if number < 0 {
        out.push(b'-');
    }
    unsigned(out, number.unsigned_abs());
}

/// Fen as yuan with two decimals and a dot: `-12.00`.
pub(crate) fn yuan(out: &mut Vec<u8>, fen: i64) {
    if fen < 0 {
        out.push(b'-');
    }
    let fen = fen.unsigned_abs();
    unsigned(out, fen / 100);
    out.push(b'.');
    pair(out, fen % 100);
}

/// Fen as yuan, as a text of its own.
pub(crate) fn yuan_text(fen: i64) -> String {
    let mut out = Vec::with_capacity(16);
    yuan(&mut out, fen);
    String::from_utf8(out).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn whole_numbers_are_as_the_standard_library_writes_them(number: i64) {
            let mut out = Vec::new();
            whole(&mut out, number);
            prop_assert_eq!(String::from_utf8(out).unwrap(), number.to_string());
        }

        #[test]
        fn yuan_are_fen_with_a_dot(fen: i64) {
            let text = yuan_text(fen);
            prop_assert_eq!(text.replace('.', "").parse::<i64>().unwrap(), fen);
            prop_assert_eq!(text.rfind('.').unwrap(), text.len() - 3);
        }
    }

    #[test]
    fn edges() {
        for (fen, text) in
            [(0, "0.00"), (5, "0.05"), (-5, "-0.05"), (-1200, "-12.00"), (i64::MIN, "-92233720368547758.08")]
        {
            assert_eq!(yuan_text(fen), text);
        }
    }
}
