//! Months, quarters, half-years and years.

use jiff::{ToSpan, civil::Date};
use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::ToSchema;

/// How often something is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Rhythm {
    /// Once a month.
    Month,
    /// Once a quarter.
    Quarter,
    /// Once in half a year.
    HalfYear,
    /// Once a year.
    Year,
}

impl Rhythm {
    const fn months(self) -> i8 {
        match self {
            Self::Month => 1,
            Self::Quarter => 3,
            Self::HalfYear => 6,
            Self::Year => 12,
        }
    }
}

/// A period of the calendar in which something is to be held, by days in Shanghai.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period {
    first: Date,
    rhythm: Rhythm,
}

impl Period {
    /// The period of `rhythm` that `day` lies in.
    #[must_use]
    pub fn of(day: Date, rhythm: Rhythm) -> Self {
        let into = (day.month() - 1) % rhythm.months();
        let first = day.first_of_month().saturating_sub(i32::from(into).months());
        Self { first, rhythm }
    }

    /// The periods of `rhythm` that end from `from` until `until` and have begun on `today`.
    pub(crate) fn begun(rhythm: Rhythm, (from, until): (Date, Date), today: Date) -> impl Iterator<Item = Self> {
        std::iter::successors(Some(Self::of(from, rhythm)), |period| Some(period.next()))
            .take_while(move |period| period.last() <= until && period.first() <= today)
    }

    /// Its first day.
    #[must_use]
    pub const fn first(self) -> Date {
        self.first
    }

    /// Its last day.
    #[must_use]
    pub fn last(self) -> Date {
        self.next().first.saturating_sub(1.day())
    }

    /// The period after it.
    #[must_use]
    pub fn next(self) -> Self {
        Self { first: self.first.saturating_add(i32::from(self.rhythm.months()).months()), ..self }
    }

    /// Whether `day` lies in it.
    #[must_use]
    pub fn contains(self, day: Date) -> bool {
        self.first <= day && day <= self.last()
    }
}

/// `2026-11`, `2026-Q4`, `2026-H2`, `2026`.
impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, number) = (self.first.year(), (self.first.month() - 1) / self.rhythm.months() + 1);
        match self.rhythm {
            Rhythm::Month => write!(f, "{year:04}-{number:02}"),
            Rhythm::Quarter => write!(f, "{year:04}-Q{number}"),
            Rhythm::HalfYear => write!(f, "{year:04}-H{number}"),
            Rhythm::Year => write!(f, "{year:04}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn periods_begin_and_end_with_the_calendar() {
        for (at, rhythm, name, first, last) in [
            ("2026-02-28", Rhythm::Month, "2026-02", "2026-02-01", "2026-02-28"),
            ("2024-02-29", Rhythm::Month, "2024-02", "2024-02-01", "2024-02-29"),
            ("2026-06-30", Rhythm::Quarter, "2026-Q2", "2026-04-01", "2026-06-30"),
            ("2026-07-01", Rhythm::HalfYear, "2026-H2", "2026-07-01", "2026-12-31"),
            ("2026-11-29", Rhythm::Year, "2026", "2026-01-01", "2026-12-31"),
        ] {
            let period = Period::of(day(at), rhythm);
            assert_eq!((period.to_string().as_str(), period.first(), period.last()), (name, day(first), day(last)));
        }
    }

    proptest! {
        #[test]
        fn every_day_is_in_one_period_and_the_next_begins_the_day_after(
            year in 1992_i16..2200, month in 1_i8..=12, of_month in 1_i8..=28, which in 0_usize..4,
        ) {
            let rhythm = [Rhythm::Month, Rhythm::Quarter, Rhythm::HalfYear, Rhythm::Year][which];
            let day = Date::new(year, month, of_month).unwrap();
            let period = Period::of(day, rhythm);
            prop_assert!(period.contains(day) && !period.next().contains(day));
            prop_assert_eq!(period.last().saturating_add(1.day()), period.next().first());
            prop_assert_eq!(Period::of(period.last(), rhythm), period);
        }
    }
}
