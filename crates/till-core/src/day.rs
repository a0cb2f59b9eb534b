//! The business day of an instant, from the shop's time zone and the hour at which its day starts.

use jiff::civil::{Date, Weekday};
use jiff::{Timestamp, ToSpan};

pub use jiff::tz::TimeZone;

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

/// The hour of the zone's clock at an instant, 0–23. An hour that the clocks repeat counts both times.
pub fn hour(at_ms: i64, zone: &TimeZone) -> u8 {
    let at = Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(zone.clone());
    u8::try_from(at.hour()).unwrap_or(0)
}

/// The name of a zone: rows read by the clock of one name are as good as rows read by another of the same name.
pub fn zone_name(zone: &TimeZone) -> &str {
    zone.iana_name().unwrap_or("system")
}

/// Day of the week of a business date, 1 (Monday) – 7; 1 for what is no date.
pub fn weekday(date: &str) -> u8 {
    let day = parse(date).map_or(Weekday::Monday, Date::weekday);
    u8::try_from(day.to_monday_one_offset()).unwrap_or(1)
}

fn parse(text: &str) -> Option<Date> {
    // jiff reads more forms than this one.
    text.parse::<Date>().ok().filter(|date| date.year() > 0 && date.to_string() == text)
}

/// True for a date as the books write it, `YYYY-MM-DD`.
pub fn is_date(text: &str) -> bool {
    parse(text).is_some()
}

/// Business days from one date to another, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    from: Date,
    to: Date,
}

/// Why two texts are no range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    /// Not `YYYY-MM-DD`, or no such day.
    #[error("not a date")]
    NotADate,
    /// It ends before it begins.
    #[error("the first day is after the last")]
    Backwards,
    /// More than ten years.
    #[error("more than ten years")]
    TooLong,
}

/// The longest range: ten years with their leap days.
const MOST_DAYS: i32 = 3_653;

impl Range {
    /// A range by its first and last date.
    pub fn new(from: &str, to: &str) -> Result<Range, RangeError> {
        let (from, to) = (parse(from).ok_or(RangeError::NotADate)?, parse(to).ok_or(RangeError::NotADate)?);
        let range = Range { from, to };
        match range.days() {
            ..=0 => Err(RangeError::Backwards),
            1..=MOST_DAYS => Ok(range),
            _ => Err(RangeError::TooLong),
        }
    }

    /// One day.
    pub fn day(date: &str) -> Result<Range, RangeError> {
        Range::new(date, date)
    }

    /// The week of a day, from its Monday to the day.
    pub fn week_to(self) -> Range {
        let since_monday = i64::from(self.to.weekday().to_monday_zero_offset());
        Range { from: back(self.to, since_monday), to: self.to }
    }

    /// The month of a day, from its first to the day.
    pub fn month_to(self) -> Range {
        Range { from: self.to.first_of_month(), to: self.to }
    }

    /// How many days.
    pub fn days(self) -> i32 {
        (self.to - self.from).get_days() + 1
    }

    /// All of it some days earlier.
    pub fn earlier(self, days: i64) -> Range {
        Range { from: back(self.from, days), to: back(self.to, days) }
    }

    /// What a range is compared with: a day with the same weekday a week before, more days with as many before them.
    pub fn before(self) -> Range {
        self.earlier(if self.days() == 1 { 7 } else { i64::from(self.days()) })
    }

    /// From its first instant to the first after it, Unix ms, for a shop whose day starts at this hour.
    pub fn instants(self, zone: &TimeZone, starts_at: u8) -> (i64, i64) {
        let start = |date: Date| {
            let start = date.at(starts_at.min(12) as i8, 0, 0, 0).to_zoned(zone.clone());
            start.map_or(0, |at| at.timestamp().as_millisecond())
        };
        (start(self.from), start(self.to.tomorrow().unwrap_or(Date::MAX)))
    }

    /// The first date.
    pub fn from(self) -> String {
        self.from.to_string()
    }

    /// The last date.
    pub fn to(self) -> String {
        self.to.to_string()
    }
}

fn back(date: Date, days: i64) -> Date {
    date.checked_sub(days.days()).unwrap_or(Date::MIN)
}

/// The same time of day a week earlier, by the calendar: across a change of clocks it is an hour more or less.
pub fn week_before(at_ms: i64, zone: &TimeZone) -> i64 {
    let at = Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(zone.clone());
    at.checked_sub(1.week()).map_or(at_ms, |then| then.timestamp().as_millisecond())
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

    #[test]
    fn ranges_follow_the_calendar() {
        let day = Range::day("2028-03-01").unwrap();
        assert_eq!((day.week_to().from(), day.month_to().from()), ("2028-02-28".into(), "2028-03-01".into()));
        assert_eq!((day.before().from(), day.earlier(1).to()), ("2028-02-23".into(), "2028-02-29".into()));
        let week = Range::new("2026-11-16", "2026-11-20").unwrap();
        assert_eq!((week.before().from(), week.before().to()), ("2026-11-11".into(), "2026-11-15".into()));
        assert_eq!((weekday("2026-11-16"), weekday("2026-11-22")), (1, 7));
    }

    #[test]
    fn a_day_lasts_as_long_as_its_clocks_say() {
        let berlin = zone("Europe/Berlin").unwrap();
        for (date, hours) in [("2026-03-28", 23), ("2026-03-29", 24), ("2026-10-24", 25), ("2026-10-25", 24)] {
            let (from, to) = Range::day(date).unwrap().instants(&berlin, 4);
            assert_eq!((to - from) / 3_600_000, hours, "{date}");
            assert_eq!(
                (business_date(from, &berlin, 4).as_str(), business_date(to - 1, &berlin, 4).as_str()),
                (date, date)
            );
            assert_ne!(business_date(from - 1, &berlin, 4), date);
        }
    }

    #[test]
    fn what_is_no_range_is_refused() {
        let bad = [
            "",
            "2026-2-03",
            "2026-02-30",
            "20260203",
            "2026-02-03T10:00",
            "+002026-02-03",
            "'; DROP",
            "２０２６-01-01",
        ];
        for text in bad {
            assert_eq!(Range::new(text, "2026-03-01"), Err(RangeError::NotADate), "{text}");
        }
        assert_eq!(Range::new("2026-03-02", "2026-03-01"), Err(RangeError::Backwards));
        assert_eq!(Range::new("2016-01-01", "2026-01-01"), Err(RangeError::TooLong));
        assert_eq!(Range::new("2016-01-01", "2025-12-31").unwrap().days(), 3_653);
        assert_eq!(Range::new("0001-01-01", "9999-12-31"), Err(RangeError::TooLong));
        assert_eq!(Range::day("0001-01-01").unwrap().before().days(), 1);
    }

    #[test]
    fn hours_are_of_the_clock_on_the_wall() {
        let berlin = zone("Europe/Berlin").unwrap();
        // The hour from 2 to 3 comes twice on 25 October and never on 29 March.
        assert_eq!((hour(ms("2026-10-25T00:30:00Z"), &berlin), hour(ms("2026-10-25T01:30:00Z"), &berlin)), (2, 2));
        assert_eq!((hour(ms("2026-03-29T00:30:00Z"), &berlin), hour(ms("2026-03-29T01:30:00Z"), &berlin)), (1, 3));
        // Lord Howe Island moves by half an hour.
        let howe = zone("Australia/Lord_Howe").unwrap();
        assert_eq!((hour(ms("2026-04-04T14:45:00Z"), &howe), hour(ms("2026-04-04T15:15:00Z"), &howe)), (1, 1));
        // Noon is noon, though 169 hours lie between.
        assert_eq!(week_before(ms("2026-10-28T11:00:00Z"), &berlin), ms("2026-10-21T10:00:00Z"));
    }
}
