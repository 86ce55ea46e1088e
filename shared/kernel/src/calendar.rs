//! Days. Every business date is a day in Asia/Shanghai, whatever the machine's zone.

use crate::{Refusal, field};
use jiff::{
    Timestamp, ToSpan,
    civil::{Date, Weekday},
    tz::{Offset, TimeZone},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, ops::RangeInclusive, sync::LazyLock};
use utoipa::ToSchema;

/// The zone of Shanghai. China has had no daylight saving time since 1991; business dates do not reach back before it.
pub const SHANGHAI: TimeZone = TimeZone::fixed(Offset::constant(8));

/// Years that are asked for: before them days were not all of one length in Shanghai.
pub const YEARS: RangeInclusive<i16> = 1992..=2200;

/// A year that somebody asks for.
///
/// # Errors
/// [`crate::ErrorCode::InvalidField`] at `/year` when it is none of [`YEARS`].
pub fn known_year(year: i16) -> Result<i16, Refusal> {
    if YEARS.contains(&year) {
        return Ok(year);
    }
    Err(field("/year", "应在 1992 年至 2200 年之间", "must be from 1992 to 2200"))
}

/// The year that somebody asks for, which is that of `today` where they name none.
///
/// # Errors
/// As [`known_year`] says.
pub fn wanted_year(wanted: Option<i16>, today: Date) -> Result<i16, Refusal> {
    known_year(wanted.unwrap_or(today.year()))
}

/// `day` as a number, which grows: 20261129.
#[must_use]
pub fn day_number(day: Date) -> u64 {
    let [year, month, day]: [i64; 3] = [day.year().into(), day.month().into(), day.day().into()];
    u64::try_from(year * 10_000 + month * 100 + day).unwrap_or(0)
}

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

/// Whether the first day of a period counts. The regulations of the Party do not say; both readings are in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Counting {
    /// It does not: by analogy with 民法典 §201.
    #[default]
    Exclusive,
    /// It does.
    Inclusive,
}

/// Whether the notices of the State Council for the years of both days, and those between, are known.
fn announced(first: Date, last: Date) -> bool {
    let ends = HOLIDAYS.off_days.first().zip(HOLIDAYS.off_days.last());
    ends.is_some_and(|(begin, end)| begin.year() <= first.year() && last.year() <= end.year())
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

/// An instant as sort keys have it: in UTC and to the second, whatever is below it cut off (`2026-11-24T00:00:00Z`, always
/// twenty characters). Such texts sort as the instants do, for all years of four digits; instants within one second have the
/// same text. `Timestamp`'s own text has as many decimals as it needs and does not sort: `.` comes before `Z`.
#[must_use]
pub fn instant_key(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The same day of the month `months` later, or the last day of that month where it has no such day
/// (by analogy with 民法典 §202: 2026-01-31 plus one month is 2026-02-28).
#[must_use]
pub fn add_months(day: Date, months: i32) -> Date {
    day.saturating_add(months.months())
}

/// The last day of a period of `months` from `day`. Where the first day counts it is the day before the same day of the last
/// month; where that month has no such day, it is its end by either counting.
#[must_use]
pub fn months_from(day: Date, months: i32, counting: Counting) -> Date {
    let last = add_months(day, months);
    match counting {
        Counting::Inclusive if last.day() == day.day() && last > day => last.saturating_sub(1.day()),
        _ => last,
    }
}

/// `day`, or the first working day after it where it is none (by analogy with 民法典 §203).
#[must_use]
pub fn next_working_day(day: Date) -> Deadline {
    let at = day.series(1.day()).find(|at| is_working_day(*at)).unwrap_or(day);
    Deadline { day: at, provisional: !announced(day, at) }
}

/// The `count`-th working day after `day`, which itself does not count.
#[must_use]
pub fn working_days_after(day: Date, count: u32) -> Deadline {
    working_days_from(day, count, Counting::Exclusive)
}

/// The `count`-th working day from `day` on; `day` itself when `count` is none.
#[must_use]
pub fn working_days_from(day: Date, count: u32, counting: Counting) -> Deadline {
    let wanted = usize::try_from(count).unwrap_or(usize::MAX);
    let skipped = usize::from(counting == Counting::Exclusive);
    let at = day.series(1.day()).skip(skipped).filter(|at| is_working_day(*at)).take(wanted).last().unwrap_or(day);
    Deadline { day: at, provisional: !announced(day, at) }
}

/// The `count`-th working day counted back from `day`, which itself counts if it is one.
#[must_use]
pub fn working_days_back(day: Date, count: u32) -> Date {
    let wanted = usize::try_from(count).unwrap_or(usize::MAX);
    day.series(-1.day()).filter(|at| is_working_day(*at)).take(wanted).last().unwrap_or(day)
}

/// Whether `day` is worked on: by the State Council's notice for its year, by the weekday where there is none yet.
#[must_use]
pub fn is_working_day(day: Date) -> bool {
    let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    HOLIDAYS.work_days.contains(&day) || !(weekend || HOLIDAYS.off_days.contains(&day))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
    fn a_day_is_a_number_that_can_be_read() {
        assert_eq!([day("1992-01-02"), day("2026-11-29")].map(day_number), [19_920_102, 20_261_129]);
    }

    #[test]
    fn years_are_known_from_the_first_to_the_last() {
        let known = |year| known_year(year).map_err(|refusal| refusal.code);
        for year in [*YEARS.start(), 2026, *YEARS.end()] {
            assert_eq!((known(year), wanted_year(Some(year), day("2025-01-01")).unwrap()), (Ok(year), year));
        }
        assert_eq!(wanted_year(None, day("2025-12-31")).unwrap(), 2025);
        for year in [*YEARS.start() - 1, *YEARS.end() + 1] {
            assert_eq!(known(year), Err(crate::ErrorCode::InvalidField), "{year}");
        }
    }

    #[test]
    fn a_key_of_an_instant_is_in_utc_and_cut_to_the_second() {
        for (at, key) in [
            ("2026-11-24T07:59:59.999999999+08:00", "2026-11-23T23:59:59Z"),
            ("2026-11-24T00:00:00Z", "2026-11-24T00:00:00Z"),
            ("2026-11-24T00:00:00.5Z", "2026-11-24T00:00:00Z"),
        ] {
            assert_eq!(instant_key(at.parse().unwrap()), key, "{at}");
        }
    }

    proptest! {
        #[test]
        fn keys_of_instants_sort_as_the_instants_do(
            first in 0..250_000_000_000_i64,
            far in prop_oneof![0..3_i64, 0..3_000_000_000_i64],
            nanos in [0..1_000_000_000_i32, 0..1_000_000_000_i32],
        ) {
            let at = |second: i64, nano: i32| Timestamp::new(second, nano).unwrap();
            let (one, other) = (at(first, nanos[0]), at(first + far, nanos[1]));
            prop_assert_eq!(instant_key(one).cmp(&instant_key(other)), one.as_second().cmp(&other.as_second()));
            prop_assert_eq!(instant_key(one).len(), 20);
        }
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
    fn a_period_of_months_ends_the_day_before_where_its_first_day_counts() {
        for (from, months, to) in [
            ("2026-02-01", 1, "2026-02-28"),
            ("2026-03-01", 1, "2026-03-31"),
            ("2026-01-31", 1, "2026-02-28"),
            ("2026-06-18", 12, "2027-06-17"),
            ("2024-02-29", 12, "2025-02-28"),
            ("2026-06-18", 0, "2026-06-18"),
        ] {
            assert_eq!(months_from(day(from), months, Counting::Inclusive), day(to), "{from}");
            assert_eq!(months_from(day(from), months, Counting::Exclusive), add_months(day(from), months), "{from}");
        }
    }

    #[test]
    fn what_ends_on_a_holiday_ends_on_the_next_working_day() {
        for (last, moved) in [("2026-10-01", "2026-10-08"), ("2026-11-28", "2026-11-30"), ("2026-11-27", "2026-11-27")]
        {
            assert_eq!(next_working_day(day(last)), Deadline { day: day(moved), provisional: false }, "{last}");
        }
        assert!(next_working_day(day("2028-01-01")).provisional);
    }

    #[test]
    fn working_days_follow_the_holiday_table() {
        for (posted, inclusive, exclusive) in [
            ("2026-05-18", "2026-05-22", "2026-05-25"),
            ("2026-09-23", "2026-09-30", "2026-10-08"),
            ("2026-09-28", "2026-10-09", "2026-10-10"),
        ] {
            let known = |last| Deadline { day: day(last), provisional: false };
            assert_eq!(working_days_after(day(posted), 5), known(exclusive), "{posted}");
            assert_eq!(working_days_from(day(posted), 5, Counting::Inclusive), known(inclusive), "{posted}");
        }
    }

    #[test]
    fn working_days_are_counted_back_with_the_day_itself() {
        // A Friday; a Sunday; the first day after a holiday, and a Sunday that is worked before it.
        for (last, count, from) in [
            ("2026-11-27", 4, "2026-11-24"),
            ("2026-11-29", 4, "2026-11-24"),
            ("2026-10-08", 4, "2026-09-28"),
            ("2026-09-21", 3, "2026-09-18"),
        ] {
            assert_eq!(working_days_back(day(last), count), day(from), "{last}");
        }
    }

    #[test]
    fn a_year_without_a_table_is_provisional() {
        assert!(working_days_after(day("2026-12-28"), 15).provisional);
        assert!(!working_days_after(day("2026-12-01"), 15).provisional);
        assert!(working_days_after(day("2024-12-20"), 15).provisional, "nor is one before the first table");
    }

    #[test]
    fn the_holiday_table_is_readable() {
        assert!(HOLIDAYS.off_days.len() > 40 && !HOLIDAYS.work_days.is_empty());
    }
}
