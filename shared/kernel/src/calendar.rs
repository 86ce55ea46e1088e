//! Days. Every business date is a day in Asia/Shanghai, whatever the machine's zone.

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, Weekday},
    tz::{Offset, TimeZone},
};
use serde::Deserialize;
use std::{collections::BTreeSet, sync::LazyLock};

/// China has had no daylight saving time since 1991; business dates do not reach back before it.
const SHANGHAI: TimeZone = TimeZone::fixed(Offset::constant(8));

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Holidays {
    off_days: BTreeSet<Date>,
    work_days: BTreeSet<Date>,
}

/// The State Council's yearly notices. A year without an entry is not announced yet.
static HOLIDAYS: LazyLock<Holidays> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../infra/rules/holidays.json"))
        .unwrap_or(Holidays { off_days: BTreeSet::new(), work_days: BTreeSet::new() })
});

/// A last day, and whether it may still change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline {
    /// The last day on which it is in time.
    pub day: Date,
    /// 暂算: the holiday table of a year it reaches into is not known yet.
    pub provisional: bool,
}

/// The day in Shanghai at the instant `now`.
#[must_use]
pub fn shanghai_day(now: Timestamp) -> Date {
    SHANGHAI.to_datetime(now).date()
}

/// The instant at which `day` begins in Shanghai; the end of time for a day that no instant reaches.
#[must_use]
pub fn start_of_shanghai_day(day: Date) -> Timestamp {
    SHANGHAI.to_timestamp(day.to_datetime(jiff::civil::Time::midnight())).unwrap_or(Timestamp::MAX)
}

/// The same day of the month `months` later, or the last day of that month where it has no such day
/// (by analogy with 民法典 §202: 2026-01-31 plus one month is 2026-02-28).
#[must_use]
pub fn add_months(day: Date, months: i32) -> Date {
    day.saturating_add(months.months())
}

/// The `count`-th working day after `day`, which itself does not count.
#[must_use]
pub fn working_days_after(day: Date, count: u32) -> Deadline {
    let wanted = usize::try_from(count).unwrap_or(usize::MAX);
    let at = day.series(1.day()).skip(1).filter(|at| is_working_day(*at)).take(wanted).last().unwrap_or(day);
    let announced = HOLIDAYS.off_days.last().is_some_and(|last| at.year() <= last.year());
    Deadline { day: at, provisional: !announced }
}

fn is_working_day(day: Date) -> bool {
    let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    HOLIDAYS.work_days.contains(&day) || !(weekend || HOLIDAYS.off_days.contains(&day))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn the_day_begins_at_sixteen_hundred_utc() {
        assert_eq!(shanghai_day("2026-11-23T15:59:59Z".parse().unwrap()), day("2026-11-23"));
        assert_eq!(shanghai_day("2026-11-23T16:00:00Z".parse().unwrap()), day("2026-11-24"));
        assert_eq!(start_of_shanghai_day(day("2026-11-24")).to_string(), "2026-11-23T16:00:00Z");
    }

    #[test]
    fn months_are_counted_to_the_end_of_the_month() {
        for (from, months, to) in
            [("2026-01-31", 1, "2026-02-28"), ("2025-01-31", 13, "2026-02-28"), ("2024-02-29", 12, "2025-02-28")]
        {
            assert_eq!(add_months(day(from), months), day(to));
        }
    }

    #[test]
    fn working_days_follow_the_holiday_table() {
        for (posted, last) in [("2026-05-18", "2026-05-25"), ("2026-09-23", "2026-10-08"), ("2026-09-28", "2026-10-10")]
        {
            assert_eq!(working_days_after(day(posted), 5), Deadline { day: day(last), provisional: false }, "{posted}");
        }
    }

    #[test]
    fn a_year_without_a_table_is_provisional() {
        assert!(working_days_after(day("2026-12-28"), 15).provisional);
        assert!(!working_days_after(day("2026-12-01"), 15).provisional);
    }

    #[test]
    fn the_holiday_table_is_readable() {
        assert!(HOLIDAYS.off_days.len() > 40 && !HOLIDAYS.work_days.is_empty());
    }
}
