//! Schedule expressions of EventBridge Scheduler: `rate(5 minutes)` and `cron(0 8 ? * MON-FRI *)`.

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

/// When a schedule fires.
#[derive(Debug, Clone)]
pub(crate) enum Expression {
    /// In equal steps.
    Rate(SignedDuration),
    /// At times of day in a zone.
    Cron(Box<Cron>, TimeZone),
}

/// Why an expression is none.
#[derive(Debug, thiserror::Error)]
pub enum BadExpression {
    /// Neither `rate(…)` nor `cron(…)`.
    #[error("expected rate(…) or cron(…), found {0}")]
    Unknown(String),
    /// Not a number and a unit.
    #[error("expected such as rate(1 minute) or rate(12 hours), found rate({0})")]
    Rate(String),
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
    /// There is no such time zone.
    #[error("there is no time zone {0}")]
    Zone(String),
}

impl Expression {
    pub(crate) fn parse(text: &str, zone: &str) -> Result<Self, BadExpression> {
        let inside = |name: &str| text.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')');
        if let Some(rate) = inside("rate") {
            return period(rate).map(Self::Rate).ok_or_else(|| BadExpression::Rate(rate.to_owned()));
        }
        let fields = inside("cron").ok_or_else(|| BadExpression::Unknown(text.to_owned()))?;
        let zone = TimeZone::get(zone).map_err(|_| BadExpression::Zone(zone.to_owned()))?;
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
        Ok(Self::Cron(Box::new(cron.map_err(bad)?), zone))
    }

    /// The first firing after `now`; rates count from `anchor`. Nothing when there is none any more.
    pub(crate) fn after(&self, now: Timestamp, anchor: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Rate(period) => {
                let steps = now.duration_since(anchor).as_secs().div_euclid(period.as_secs()) + 1;
                anchor.checked_add(SignedDuration::from_secs(steps.checked_mul(period.as_secs())?)).ok()
            }
            Self::Cron(cron, zone) => {
                let now = Local(now.to_zoned_datetime(zone.clone()));
                Some(cron.find_next_occurrence(&now, false).ok()?.0.timestamp())
            }
        }
    }
}

/// `1 minute`, `5 minutes`: EventBridge wants the singular for one and the plural for more.
fn period(text: &str) -> Option<SignedDuration> {
    let (count, unit) = text.split_once(' ')?;
    let count: u32 = count.parse().ok().filter(|count| *count > 0)?;
    let seconds = match (count, unit) {
        (1, "minute") | (2.., "minutes") => 60,
        (1, "hour") | (2.., "hours") => 60 * 60,
        (1, "day") | (2.., "days") => 24 * 60 * 60,
        _ => return None,
    };
    Some(SignedDuration::from_secs(i64::from(count) * seconds))
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

    fn next(expression: &str, now: &str) -> String {
        let expression = Expression::parse(expression, "Asia/Shanghai").unwrap();
        let next = expression.after(instant(now), instant("2026-01-01T00:00:00Z")).unwrap();
        next.to_zoned_datetime(TimeZone::get("Asia/Shanghai").unwrap()).strftime("%a %F %T").to_string()
    }

    #[test]
    fn rates_count_from_the_anchor() {
        assert_eq!(next("rate(1 minute)", "2026-01-01T00:00:59Z"), "Thu 2026-01-01 08:01:00");
        assert_eq!(next("rate(1 minute)", "2026-01-01T00:01:00Z"), "Thu 2026-01-01 08:02:00");
        assert_eq!(next("rate(36 hours)", "2026-01-01T00:00:00Z"), "Fri 2026-01-02 20:00:00");
        assert_eq!(next("rate(1 day)", "2026-01-05T00:00:00Z"), "Tue 2026-01-06 08:00:00");
    }

    #[test]
    fn cron_is_read_the_way_aws_writes_it() {
        // 2026-12-01 is a Tuesday.
        let now = "2026-12-01T00:00:00Z";
        for (expression, expected) in [
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
            assert_eq!(next(expression, now), expected, "{expression}");
        }
    }

    #[test]
    fn a_schedule_can_be_over() {
        let over = Expression::parse("cron(0 0 1 1 ? 2020)", "UTC").unwrap();
        assert_eq!(over.after(instant("2026-01-01T00:00:00Z"), Timestamp::UNIX_EPOCH), None);
    }

    #[test]
    fn an_hour_that_summer_time_skips_is_not_an_error() {
        let nightly = Expression::parse("cron(30 2 * * ? *)", "Europe/Berlin").unwrap();
        let next = nightly.after(instant("2026-03-28T12:00:00Z"), Timestamp::UNIX_EPOCH).unwrap();
        assert!(next > instant("2026-03-28T12:00:00Z") && next <= instant("2026-03-30T00:30:00Z"), "{next}");
    }

    #[test]
    fn what_is_no_expression_is_refused() {
        for bad in [
            "",
            "rate()",
            "rate(1)",
            "rate(0 minutes)",
            "rate(1 minutes)",
            "rate(2 minute)",
            "rate(-1 days)",
            "rate(1 week)",
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
            assert!(Expression::parse(bad, "UTC").is_err(), "{bad}");
        }
        assert!(matches!(Expression::parse("cron(0 8 * * ? *)", "Mars/Olympus"), Err(BadExpression::Zone(_))));
    }

    proptest! {
        #[test]
        fn a_rate_fires_within_one_period(count in 2_u32..5000, seconds in -1_000_000_i64..1_000_000_000) {
            let expression = Expression::parse(&format!("rate({count} minutes)"), "UTC").unwrap();
            let anchor = instant("2026-01-01T00:00:00Z");
            let now = anchor.checked_add(SignedDuration::from_secs(seconds)).unwrap();
            let next = expression.after(now, anchor).unwrap();
            let wait = next.duration_since(now).as_secs();
            prop_assert!(wait > 0 && wait <= i64::from(count) * 60);
            prop_assert_eq!(next.duration_since(anchor).as_secs() % (i64::from(count) * 60), 0);
        }

        #[test]
        fn a_daily_cron_fires_within_a_day_at_its_minute(
            hour in 0..24_i8, minute in 0..60_i8, seconds in 0_i64..1_000_000_000,
        ) {
            let expression = Expression::parse(&format!("cron({minute} {hour} * * ? *)"), "Asia/Shanghai").unwrap();
            let now = Timestamp::from_second(1_700_000_000 + seconds).unwrap();
            let next = expression.after(now, Timestamp::UNIX_EPOCH).unwrap();
            let wait = next.duration_since(now).as_secs();
            prop_assert!(wait > 0 && wait <= 24 * 60 * 60);
            let local = next.to_zoned_datetime(TimeZone::get("Asia/Shanghai").unwrap());
            prop_assert_eq!((local.hour(), local.minute(), local.second()), (hour, minute, 0));
        }

        #[test]
        fn nothing_is_too_strange_to_refuse(text in any::<String>()) {
            drop(Expression::parse(&text, &text));
            drop(Expression::parse(&format!("rate({text})"), "UTC"));
            drop(Expression::parse(&format!("cron({text})"), "UTC"));
        }
    }
}
