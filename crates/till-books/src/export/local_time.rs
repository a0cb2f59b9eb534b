//! Instants as the shop's wall clock shows them. A conversion through the zone's rules for every cell of a million rows
//! would cost more than everything else together, so the offset is kept until the clocks next change, and the date
//! until midnight.

use jiff::{Timestamp, tz::TimeZone};

use super::error::ExportError;
use super::figures::{pair, unsigned};

const DAY: i64 = 86_400;

pub(crate) struct LocalTime {
    zone: TimeZone,
    /// Unix seconds in which `offset` holds: `from <= t < to`.
    from: i64,
    to: i64,
    offset: i64,
    offset_text: Vec<u8>,
    /// Days since 1970-01-01 on the wall clock, and their date.
    day: i64,
    day_text: Vec<u8>,
}

impl LocalTime {
    pub(crate) fn new(zone: TimeZone) -> LocalTime {
        LocalTime { zone, from: 0, to: 0, offset: 0, offset_text: Vec::new(), day: i64::MIN, day_text: Vec::new() }
    }

    /// `YYYY-MM-DD HH:MM:SS`.
    #[inline]
    pub(crate) fn write(&mut self, out: &mut Vec<u8>, at_ms: i64) -> Result<(), ExportError> {
        let (day, second) = self.wall_clock(at_ms)?;
        if day != self.day {
            self.turn_to(day, at_ms)?;
        }
        out.extend_from_slice(&self.day_text);
        out.push(b' ');
        pair(out, second / 3600);
        out.push(b':');
        pair(out, second / 60 % 60);
        out.push(b':');
        pair(out, second % 60);
        Ok(())
    }

    /// The offset from UTC at this instant: `+08:00`.
    #[inline]
    pub(crate) fn write_offset(&mut self, out: &mut Vec<u8>, at_ms: i64) -> Result<(), ExportError> {
        self.wall_clock(at_ms)?;
        out.extend_from_slice(&self.offset_text);
        Ok(())
    }

    /// Days since 1970-01-01 and the second of the day, on the wall clock.
    #[inline]
    pub(crate) fn wall_clock(&mut self, at_ms: i64) -> Result<(i64, u64), ExportError> {
        let at = at_ms.div_euclid(1000);
        if at < self.from || at >= self.to {
            self.move_to(at, at_ms)?;
        }
        let local = at + self.offset;
        Ok((local.div_euclid(DAY), local.rem_euclid(DAY) as u64))
    }

    /// Looks up the offset, and how long it holds to both sides.
    #[cold]
    fn move_to(&mut self, at: i64, at_ms: i64) -> Result<(), ExportError> {
        let instant = Timestamp::from_second(at).map_err(|_| ExportError::BadTime { at_ms })?;
        // `preceding` is strict, and the clocks may change at this very second.
        let after = Timestamp::from_second(at + 1).map_err(|_| ExportError::BadTime { at_ms })?;
        self.offset = i64::from(self.zone.to_offset(instant).seconds());
        self.from = self.zone.preceding(after).next().map_or(i64::MIN, |change| change.timestamp().as_second());
        self.to = self.zone.following(instant).next().map_or(i64::MAX, |change| change.timestamp().as_second());
        // Beyond the calendar there is no date: keep such instants out of the cached span.
        self.from = self.from.max(Timestamp::MIN.as_second());
        self.to = self.to.min(Timestamp::MAX.as_second());
        let seconds = self.offset.unsigned_abs();
        self.offset_text.clear();
        self.offset_text.push(if self.offset < 0 { b'-' } else { b'+' });
        pair(&mut self.offset_text, seconds / 3600);
        self.offset_text.push(b':');
        pair(&mut self.offset_text, seconds / 60 % 60);
        if !seconds.is_multiple_of(60) {
            self.offset_text.push(b':');
            pair(&mut self.offset_text, seconds % 60);
        }
        Ok(())
    }

    #[cold]
    fn turn_to(&mut self, day: i64, at_ms: i64) -> Result<(), ExportError> {
        let noon = Timestamp::from_second(day * DAY + DAY / 2).map_err(|_| ExportError::BadTime { at_ms })?;
        let date = TimeZone::UTC.to_datetime(noon).date();
        let year = u64::try_from(date.year()).map_err(|_| ExportError::BadTime { at_ms })?;
        self.day_text.clear();
        if year < 1000 {
            self.day_text.extend_from_slice(if year < 100 { b"00" } else { b"0" });
        }
        if year < 10 {
            self.day_text.push(b'0');
        }
        unsigned(&mut self.day_text, year);
        self.day_text.push(b'-');
        pair(&mut self.day_text, date.month() as u64);
        self.day_text.push(b'-');
        pair(&mut self.day_text, date.day() as u64);
        self.day = day;
        Ok(())
    }
}

/// True for `YYYY-MM-DD` with a month and a day that exist in some year.
pub(crate) fn is_date(text: &str) -> bool {
    days_of(text).is_some()
}

/// Days since 1970-01-01 of a `YYYY-MM-DD`.
pub(crate) fn days_of(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let date = jiff::civil::Date::strptime("%Y-%m-%d", text).ok()?;
    let at = date.at(0, 0, 0, 0).to_zoned(TimeZone::UTC).ok()?.timestamp();
    Some(at.as_second().div_euclid(DAY))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn both(clock: &mut LocalTime, at_ms: i64) -> (String, String) {
        let (mut time, mut offset) = (Vec::new(), Vec::new());
        clock.write(&mut time, at_ms).unwrap();
        clock.write_offset(&mut offset, at_ms).unwrap();
        (String::from_utf8(time).unwrap(), String::from_utf8(offset).unwrap())
    }

    /// As jiff itself writes it.
    fn slowly(zone: &TimeZone, at_ms: i64) -> (String, String) {
        let at = Timestamp::from_millisecond(at_ms).unwrap().to_zoned(zone.clone());
        (at.strftime("%Y-%m-%d %H:%M:%S").to_string(), at.strftime("%:z").to_string())
    }

    const ZONES: [&str; 7] = [
        "Asia/Shanghai",
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "America/St_Johns",
        "UTC",
    ];

    proptest! {
        #[test]
        fn kept_offsets_agree_with_the_zone_in_any_order(
            zone in 0..ZONES.len(),
            instants in prop::collection::vec(0_i64..4_000_000_000_000, 1..40),
        ) {
            let zone = TimeZone::get(ZONES[zone]).unwrap();
            let mut clock = LocalTime::new(zone.clone());
            for at in instants {
                prop_assert_eq!(both(&mut clock, at), slowly(&zone, at));
            }
        }
    }

    #[test]
    fn the_seconds_around_every_change_of_clocks_are_right() {
        for name in ZONES {
            let zone = TimeZone::get(name).unwrap();
            let mut clock = LocalTime::new(zone.clone());
            for change in zone.following("2020-01-01T00:00:00Z".parse().unwrap()).take(30) {
                for ms in [-1000, -1, 0, 1, 999, 1000, 3_600_000] {
                    let at = change.timestamp().as_millisecond() + ms;
                    assert_eq!(both(&mut clock, at), slowly(&zone, at), "{name} {at}");
                }
            }
        }
    }

    #[test]
    fn instants_outside_the_calendar_are_refused() {
        let mut clock = LocalTime::new(TimeZone::get("Asia/Shanghai").unwrap());
        for at in [i64::MIN, i64::MAX, 400_000_000_000_000, -70_000_000_000_000_000] {
            assert!(matches!(clock.write(&mut Vec::new(), at), Err(ExportError::BadTime { .. })), "{at}");
        }
        assert_eq!(both(&mut clock, -1).0, "1970-01-01 07:59:59");
    }

    #[test]
    fn dates_are_dates() {
        assert_eq!(days_of("1970-01-02"), Some(1));
        for text in ["", "2026-02-30", "2026-1-01", "2026-11-2 ", "=026-11-20", "20261120", "2026-11-20T"] {
            assert!(!is_date(text), "{text}");
        }
    }
}
