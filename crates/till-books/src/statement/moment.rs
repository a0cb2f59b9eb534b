//! Times out of cells. Every wallet prints local civil time; Beijing time unless the file names another offset.

use jiff::civil::DateTime;
use jiff::tz::Offset;

use super::model::Precision;

/// UTC+08:00, which all these files use. China keeps no summer time since 1992.
pub(super) const BEIJING: i32 = 8 * 3600;

/// An instant and how exact it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    /// Unix ms.
    pub ms: i64,
    /// How exact.
    pub precision: Precision,
}

/// Reads the whole text as a time: `2026-09-30 20:11:04`, `2024/1/15 12:34`, `2019年09月16日 00:00:00`, `20240101`.
pub(super) fn moment(text: &str, offset: i32) -> Option<Moment> {
    let (moment, rest) = prefix(text, offset)?;
    rest.trim().is_empty().then_some(moment)
}

/// Reads a time at the start of the text and gives back what follows.
pub(super) fn prefix(text: &str, offset: i32) -> Option<(Moment, &str)> {
    let (date, rest) = date(text)?;
    let (clock, precision, rest) = match clock(separated(rest)) {
        Some((clock, precision, rest)) => (clock, precision, rest),
        None => ((0, 0, 0), Precision::Day, rest),
    };
    Some((Moment { ms: to_ms(date, clock, offset)?, precision }, rest))
}

/// A date cell and a clock cell that banks keep apart: `20240101` and `123456` or `12:34:56` or nothing.
pub(super) fn date_and_clock(day: &str, time: &str, offset: i32) -> Option<Moment> {
    if time.is_empty() {
        return moment(day, offset);
    }
    let (date, rest) = date(day)?;
    let (clock, precision, after) = clock(time)?;
    if !rest.trim().is_empty() || !after.trim().is_empty() {
        return None;
    }
    Some(Moment { ms: to_ms(date, clock, offset)?, precision })
}

/// Days since 1899-12-30 as workbooks count them, rounded to the second.
#[expect(clippy::float_arithmetic, reason = "workbooks store times as floats; this is where they become integers")]
pub(super) fn serial(days: f64, offset: i32) -> Option<Moment> {
    /// 1899-12-30 to 1970-01-01.
    const EPOCH_DAYS: i64 = 25_569;
    // 1982 to 2119: a number outside is no time of a payment.
    if !(30_000.0..80_000.0).contains(&days) {
        return None;
    }
    let seconds = (days * 86_400.0).round() as i64 - EPOCH_DAYS * 86_400 - i64::from(offset);
    Some(Moment { ms: seconds * 1000, precision: Precision::Second })
}

/// A wall-clock time of a known year, month and day.
pub(super) fn civil(year: i16, month: i8, day: i8, clock: (i8, i8, i8), offset: i32) -> Option<i64> {
    to_ms((year, month, day), clock, offset)
}

fn to_ms((year, month, day): (i16, i8, i8), (h, m, s): (i8, i8, i8), offset: i32) -> Option<i64> {
    let local = DateTime::new(year, month, day, h, m, s, 0).ok()?;
    Some(Offset::from_seconds(offset).ok()?.to_timestamp(local).ok()?.as_millisecond())
}

fn separated(rest: &str) -> &str {
    rest.trim_start_matches(|c: char| c.is_whitespace() || c == 'T')
}

fn date(text: &str) -> Option<((i16, i8, i8), &str)> {
    let (run, rest) = digits(text);
    match run.len() {
        // 20240101, or 20240101123456 whose clock follows at once
        8 | 14 => {
            let date = (run[..4].parse().ok()?, run[4..6].parse().ok()?, run[6..8].parse().ok()?);
            Some((date, &text[8..]))
        }
        4 => {
            let rest = rest.strip_prefix(['-', '/', '.', '年'])?;
            let (month, rest) = digits(rest);
            let rest = rest.strip_prefix(['-', '/', '.', '月'])?;
            let (day, rest) = digits(rest);
            if month.len() > 2 || day.len() > 2 {
                return None;
            }
            let rest = rest.strip_prefix('日').unwrap_or(rest);
            Some(((run.parse().ok()?, month.parse().ok()?, day.parse().ok()?), rest))
        }
        _ => None,
    }
}

type Clock = (i8, i8, i8);

fn clock(text: &str) -> Option<(Clock, Precision, &str)> {
    let (run, rest) = digits(text);
    if run.len() == 6 {
        let clock = (run[..2].parse().ok()?, run[2..4].parse().ok()?, run[4..6].parse().ok()?);
        return Some((clock, Precision::Second, rest));
    }
    if run.is_empty() || run.len() > 2 {
        return None;
    }
    let hour = run.parse().ok()?;
    let (minute, rest) = digits(rest.strip_prefix([':', '：', '时'])?);
    if minute.is_empty() || minute.len() > 2 {
        return None;
    }
    let minute = minute.parse().ok()?;
    let Some((second, rest)) =
        rest.strip_prefix([':', '：', '分']).map(digits).filter(|(s, _)| (1..=2).contains(&s.len()))
    else {
        return Some(((hour, minute, 0), Precision::Minute, rest));
    };
    let rest = rest.strip_prefix('秒').unwrap_or(rest);
    let rest = rest.strip_prefix('.').map_or(rest, |fraction| digits(fraction).1);
    Some(((hour, minute, second.parse().ok()?), Precision::Second, rest))
}

fn digits(text: &str) -> (&str, &str) {
    let end = text.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ms(text: &str) -> Option<i64> {
        moment(text, BEIJING).map(|m| m.ms)
    }

    #[test]
    fn one_instant_in_many_coats() {
        let want = Some(1_705_293_240_000); // 2024-01-15 12:34:00 +08:00
        for text in [
            "2024-01-15 12:34:00",
            "2024/1/15 12:34",
            "2024年01月15日 12:34:00",
            "20240115 12:34:00",
            "20240115123400",
            "2024-01-15T12:34:00.000",
            "2024.1.15 12:34:00 ",
        ] {
            assert_eq!(ms(text), want, "{text}");
        }
        assert_eq!(moment("2024/1/15 12:34", BEIJING).unwrap().precision, Precision::Minute);
        assert_eq!(moment("2024-01-15", BEIJING).unwrap().precision, Precision::Day);
        assert_eq!(date_and_clock("20240115", "123400", BEIJING).map(|m| m.ms), want);
        assert_eq!(moment("2024-01-15 12:34:00", 0).map(|m| m.ms), Some(1_705_293_240_000 + 8 * 3_600_000));
        for text in
            ["", "2024-13-01 00:00:00", "2023-02-29", "2024-01-15 25:00:00", "合计", "2024-01-15 x", "3", "99999999"]
        {
            assert_eq!(ms(text), None, "{text}");
        }
    }

    #[test]
    fn serials_round_to_the_second() {
        assert_eq!(serial(46_295.841_018_518_52, BEIJING).map(|m| m.ms), ms("2026-09-30 20:11:04"));
        assert_eq!(serial(46_294.416_666_666_66, BEIJING).map(|m| m.ms), ms("2026-09-29 10:00:00"));
        assert_eq!(serial(f64::NAN, BEIJING), None);
        assert_eq!(serial(3.0, BEIJING), None);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC*") {
            let _ = (moment(&text, BEIJING), date_and_clock(&text, &text, BEIJING));
        }

        #[test]
        #[expect(clippy::float_arithmetic, reason = "as a workbook writes it")]
        fn seconds_of_workbooks_are_read_back(second in 0..86_400_i64, day in 40_000..60_000_i64) {
            let number = format!("{}", (day * 86_400 + second) as f64 / 86_400.0).parse().unwrap();
            let want = (day - 25_569) * 86_400_000 + second * 1000 - i64::from(BEIJING) * 1000;
            prop_assert_eq!(serial(number, BEIJING).map(|m| m.ms), Some(want));
        }
    }
}
