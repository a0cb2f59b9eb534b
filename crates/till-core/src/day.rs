//! The business day of an instant, from the shop's time zone and the hour at which its day starts.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// The business date of `at_ms` (Unix ms), as `YYYY-MM-DD`. Before `starts_at` o'clock (0–12) it is still yesterday.
///
/// Computed by the calendar, so days with a change of clocks are as long as they are.
pub fn business_date(at_ms: i64, zone: &TimeZone, starts_at: u8) -> String {
    let at = Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(zone.clone());
    let date = at.date();
    let date = if at.hour() < starts_at.min(12) as i8 { date.yesterday().unwrap_or(Date::MIN) } else { date };
    date.to_string()
}

/// The zone of an IANA name, or none if there is no such zone.
pub fn zone(name: &str) -> Option<TimeZone> {
    TimeZone::get(name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    #[test]
    fn the_day_starts_when_the_shop_says() {
        let shanghai = zone("Asia/Shanghai").unwrap();
        assert_eq!(business_date(ms("2026-11-20T19:59:59Z"), &shanghai, 4), "2026-11-20");
        assert_eq!(business_date(ms("2026-11-20T20:00:00Z"), &shanghai, 4), "2026-11-21");
        assert_eq!(business_date(ms("2026-11-20T16:00:00Z"), &shanghai, 0), "2026-11-21");
        assert!(zone("Mars/Olympus").is_none());
    }

    #[test]
    fn a_change_of_clocks_moves_no_sale_to_another_day() {
        let berlin = zone("Europe/Berlin").unwrap();
        // 29 March 2026: 02:00 becomes 03:00; 25 October 2026: 03:00 becomes 02:00.
        assert_eq!(business_date(ms("2026-03-29T00:59:59Z"), &berlin, 3), "2026-03-28");
        assert_eq!(business_date(ms("2026-03-29T01:00:00Z"), &berlin, 3), "2026-03-29");
        assert_eq!(business_date(ms("2026-10-25T01:59:59Z"), &berlin, 3), "2026-10-24");
        assert_eq!(business_date(ms("2026-10-25T02:00:00Z"), &berlin, 3), "2026-10-25");
    }
}
