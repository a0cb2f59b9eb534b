//! Times as the providers write them: China's, which has had no daylight saving since 1991.

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};

fn china() -> TimeZone {
    TimeZone::fixed(Offset::constant(8))
}

fn zoned(ms: i64) -> Zoned {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MIN).to_zoned(china())
}

/// `2026-11-20 14:30:00`
pub fn spaced(ms: i64) -> String {
    zoned(ms).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// `20261120143000`
pub fn packed(ms: i64) -> String {
    zoned(ms).strftime("%Y%m%d%H%M%S").to_string()
}

/// `2026-11-20T14:30:00+08:00`
pub fn rfc3339(ms: i64) -> String {
    zoned(ms).strftime("%Y-%m-%dT%H:%M:%S+08:00").to_string()
}

/// Reads [`spaced`].
pub fn from_spaced(text: &str) -> Option<i64> {
    at(DateTime::strptime("%Y-%m-%d %H:%M:%S", text).ok()?)
}

/// Reads [`packed`].
pub fn from_packed(text: &str) -> Option<i64> {
    at(DateTime::strptime("%Y%m%d%H%M%S", text).ok()?)
}

/// Reads RFC 3339 with any offset.
pub fn from_rfc3339(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(Timestamp::as_millisecond)
}

fn at(civil: DateTime) -> Option<i64> {
    Some(civil.to_zoned(china()).ok()?.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_back() {
        let ms = 1_795_156_200_000;
        assert_eq!(spaced(ms), "2026-11-20 14:30:00");
        assert_eq!((from_spaced(&spaced(ms)), from_packed(&packed(ms))), (Some(ms), Some(ms)));
        assert_eq!(from_rfc3339(&rfc3339(ms)), Some(ms));
        assert_eq!((from_spaced("2026-13-01 00:00:00"), from_packed("yesterday")), (None, None));
    }
}
