//! Schedule expressions of EventBridge Scheduler: `cron(0 8 ? * MON-FRI *)`. No I/O and no clock: the runner fires by
//! them, and `jobs` says by them what should have been fired.
//!
//! A rate, `rate(5 minutes)`, is refused: it counts from the deployment, so nobody could say afterwards which slots there
//! were, and each installation would have others.

mod words;

use croner::{
    Cron,
    errors::CronError,
    parser::{CronParser, Seconds, Year},
    time::{CivilDate, CivilDateTime, CivilTime, CronDateTime, Resolution, Weekday},
};
use jiff::{
    SignedDuration, Timestamp, ZonedDateTime,
    civil::{Date, DateTime, Time},
    tz::{AmbiguousOffset, TimeZone},
};
use std::cmp::Ordering;

/// When a schedule is due: at times of day in a zone.
#[derive(Debug, Clone)]
pub struct Expression {
    fields: String,
    cron: Cron,
    zone: TimeZone,
}

/// Why an expression is none.
#[derive(Debug, thiserror::Error)]
pub enum BadExpression {
    /// Not `cron(…)`.
    #[error("expected cron(…), found {0}")]
    Unknown(String),
    /// Not six fields, or both days given.
    #[error(
        "expected minutes, hours, day of month, month, day of week and year, one of the days being ?; found cron({0})"
    )]
    Fields(String),
    /// A field is malformed.
    #[error("cron({fields}): {problem}")]
    Cron {
        /// The six fields.
        fields: String,
        /// What is wrong with them.
        problem: String,
    },
}

impl Expression {
    /// Reads `text`, of times in `zone`.
    ///
    /// # Errors
    /// When it is no such expression.
    pub fn parse(text: &str, zone: TimeZone) -> Result<Self, BadExpression> {
        let fields = text.strip_prefix("cron(").and_then(|rest| rest.strip_suffix(')'));
        let fields = fields.ok_or_else(|| BadExpression::Unknown(text.to_owned()))?;
        let parts: Vec<_> = fields.split_whitespace().collect();
        match parts.as_slice() {
            [_, _, day, _, weekday, _] if (*day == "?") != (*weekday == "?") => {}
            _ => return Err(BadExpression::Fields(fields.to_owned())),
        }
        // Days of the week count from Sunday as 1, as with Quartz; `0/15` means every 15 from 0 on.
        let parser = CronParser::builder()
            .seconds(Seconds::Required)
            .year(Year::Required)
            .alternative_weekdays(true)
            .sloppy_ranges(true)
            .build();
        let cron = parser.parse(&format!("0 {}", parts.join(" ")));
        let bad = |e: CronError| BadExpression::Cron { fields: fields.to_owned(), problem: e.to_string() };
        Ok(Self { fields: parts.join(" "), cron: cron.map_err(bad)?, zone })
    }

    /// The first time after `now`. Nothing when there is none any more.
    #[must_use]
    pub fn after(&self, now: Timestamp) -> Option<Timestamp> {
        let now = Local(now.to_zoned_datetime(self.zone.clone()));
        Some(self.cron.find_next_occurrence(&now, false).ok()?.0.timestamp())
    }

    /// The last time until `now`, which itself counts. Nothing when there was none yet.
    #[must_use]
    pub fn until(&self, now: Timestamp) -> Option<Timestamp> {
        let now = Local(now.to_zoned_datetime(self.zone.clone()));
        Some(self.cron.find_previous_occurrence(&now, true).ok()?.0.timestamp())
    }
}

/// A time in a zone, as `croner` searches over it.
#[derive(Debug, Clone)]
struct Local(ZonedDateTime);

impl CronDateTime for Local {
    fn to_civil(&self) -> CivilDateTime {
        let (date, time) = (self.0.date(), self.0.time());
        let part = |value: i8| u32::from(value.unsigned_abs());
        CivilDateTime::new(
            CivilDate::from_parts_unchecked(date.year().into(), part(date.month()), part(date.day())),
            CivilTime::from_parts_unchecked(part(time.hour()), part(time.minute()), part(time.second())),
        )
    }

    fn civil_weekday(&self) -> Weekday {
        Weekday::from_days_from_sunday(self.0.weekday().to_sunday_zero_offset().unsigned_abs().into())
    }

    fn resolve_civil(&self, civil: CivilDateTime) -> Result<Resolution<Self>, CronError> {
        let civil = civil_time(civil).ok_or(CronError::InvalidDate)?;
        let found = self.0.time_zone().to_ambiguous_zoned_datetime(civil);
        let sound = |found: Result<ZonedDateTime, jiff::Error>| found.map(Self).map_err(|_| CronError::InvalidTime);
        Ok(match found.offset() {
            AmbiguousOffset::Unambiguous { .. } => Resolution::Single(sound(found.unambiguous())?),
            AmbiguousOffset::Fold { .. } => {
                Resolution::Ambiguous(sound(found.clone().earlier())?, sound(found.later())?)
            }
            AmbiguousOffset::Gap { .. } => Resolution::Gap,
        })
    }

    fn checked_add_seconds(&self, seconds: i64) -> Option<Self> {
        self.0.checked_add(SignedDuration::from_secs(seconds)).ok().map(Self)
    }

    fn cmp_instant(&self, other: &Self) -> Ordering {
        self.0.timestamp().cmp(&other.0.timestamp())
    }
}

fn civil_time(civil: CivilDateTime) -> Option<DateTime> {
    let part = |value: u32| i8::try_from(value).ok();
    let date = Date::new(i16::try_from(civil.year()).ok()?, part(civil.month())?, part(civil.day())?).ok()?;
    let time = Time::new(part(civil.hour())?, part(civil.minute())?, part(civil.second())?, 0).ok()?;
    Some(DateTime::from_parts(date, time))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn instant(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn shanghai() -> TimeZone {
        TimeZone::get("Asia/Shanghai").unwrap()
    }

    fn read(expression: &str) -> Expression {
        Expression::parse(expression, shanghai()).unwrap()
    }

    fn show(at: Timestamp) -> String {
        at.to_zoned_datetime(shanghai()).strftime("%a %F %T").to_string()
    }

    #[test]
    fn cron_is_read_the_way_aws_writes_it() {
        // 2026-12-01 is a Tuesday.
        let now = instant("2026-12-01T00:00:00Z");
        for (expression, expected) in [
            ("cron(* * * * ? *)", "Tue 2026-12-01 08:01:00"),
            ("cron(0 8 * * ? *)", "Wed 2026-12-02 08:00:00"),
            ("cron(30 8 * * ? *)", "Tue 2026-12-01 08:30:00"),
            ("cron(0/15 * * * ? *)", "Tue 2026-12-01 08:15:00"),
            ("cron(0 2 ? * 1 *)", "Sun 2026-12-06 02:00:00"),
            ("cron(0 2 ? * MON-FRI *)", "Wed 2026-12-02 02:00:00"),
            ("cron(0 2 ? * 7 *)", "Sat 2026-12-05 02:00:00"),
            ("cron(0 2 L * ? *)", "Thu 2026-12-31 02:00:00"),
            ("cron(0 2 ? * 2#1 *)", "Mon 2026-12-07 02:00:00"),
            ("cron(0 2 ? * 6L *)", "Fri 2026-12-25 02:00:00"),
            ("cron(0 9 12W * ? *)", "Fri 2026-12-11 09:00:00"),
            ("cron(0 0 1 1 ? 2030)", "Tue 2030-01-01 00:00:00"),
            ("cron(0 20 31 MAR,JUN,SEP,DEC ? *)", "Thu 2026-12-31 20:00:00"),
        ] {
            assert_eq!(show(read(expression).after(now).unwrap()), expected, "{expression}");
        }
    }

    #[test]
    fn the_last_time_is_looked_for_backwards_and_this_minute_counts() {
        for (expression, now, expected) in [
            ("cron(0/15 * * * ? *)", "2026-12-01T00:14:59Z", "Tue 2026-12-01 08:00:00"),
            ("cron(0/15 * * * ? *)", "2026-12-01T00:15:00Z", "Tue 2026-12-01 08:15:00"),
            ("cron(0/15 * * * ? *)", "2026-12-01T00:15:00.001Z", "Tue 2026-12-01 08:15:00"),
            ("cron(30 1-5 * * ? *)", "2026-11-30T17:29:00Z", "Mon 2026-11-30 05:30:00"),
            ("cron(30 1-5 * * ? *)", "2026-11-30T17:30:00Z", "Tue 2026-12-01 01:30:00"),
            // Midnight in Shanghai is four in the afternoon of the day before.
            ("cron(0 0 1 * ? *)", "2026-11-30T15:59:59Z", "Sun 2026-11-01 00:00:00"),
            ("cron(0 0 1 * ? *)", "2026-11-30T16:00:00Z", "Tue 2026-12-01 00:00:00"),
            ("cron(0 8 ? * 2 *)", "2026-12-06T00:00:00Z", "Mon 2026-11-30 08:00:00"),
        ] {
            assert_eq!(show(read(expression).until(instant(now)).unwrap()), expected, "{expression} at {now}");
        }
    }

    #[test]
    fn a_schedule_can_be_over_or_not_have_begun() {
        let over = read("cron(0 0 1 1 ? 2020)");
        assert_eq!(over.after(instant("2026-01-01T00:00:00Z")), None);
        assert_eq!(read("cron(0 0 1 1 ? 2030)").until(instant("2026-01-01T00:00:00Z")), None);
    }

    #[test]
    fn an_hour_that_summer_time_skips_is_not_an_error() {
        let nightly = Expression::parse("cron(30 2 * * ? *)", TimeZone::get("Europe/Berlin").unwrap()).unwrap();
        let next = nightly.after(instant("2026-03-28T12:00:00Z")).unwrap();
        assert!(next > instant("2026-03-28T12:00:00Z") && next <= instant("2026-03-30T00:30:00Z"), "{next}");
    }

    #[test]
    fn what_is_no_expression_is_refused() {
        for bad in [
            "",
            "rate(1 minute)",
            "at(2026-01-01T00:00:00)",
            "cron(* * * *)",
            "cron(* * * * * *)",
            "cron(* * ? * ? *)",
            "cron(60 * * * ? *)",
            "cron(0 8 * * ?)",
            "cron(0 8 x * ? *)",
            "cron(0 8 ? * 8 *)",
            "0 8 * * ? *",
        ] {
            assert!(Expression::parse(bad, TimeZone::UTC).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_daily_cron_is_due_within_a_day_at_its_minute(
            hour in 0..24_i8, minute in 0..60_i8, seconds in 0_i64..1_000_000_000,
        ) {
            let expression = read(&format!("cron({minute} {hour} * * ? *)"));
            let now = Timestamp::from_second(1_700_000_000 + seconds).unwrap();
            let (last, next) = (expression.until(now).unwrap(), expression.after(now).unwrap());
            let wait = next.duration_since(now).as_secs();
            prop_assert!(wait > 0 && wait <= 24 * 60 * 60);
            prop_assert_eq!(next.duration_since(last), SignedDuration::from_hours(24));
            let local = next.to_zoned_datetime(shanghai());
            prop_assert_eq!((local.hour(), local.minute(), local.second()), (hour, minute, 0));
        }

        #[test]
        fn nothing_is_too_strange_to_refuse(text in any::<String>()) {
            drop(Expression::parse(&text, TimeZone::UTC));
            if let Ok(expression) = Expression::parse(&format!("cron({text})"), TimeZone::UTC) {
                drop(expression.words());
            }
        }
    }
}
