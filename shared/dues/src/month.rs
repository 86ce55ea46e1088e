//! Months.

use jiff::{Timestamp, civil::Date};
use kernel::{YEARS, shanghai_day};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

/// A text that is no month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("月份应写作 2026-11\u{1f}a month is written like 2026-11")]
pub struct InvalidMonth;

/// A month of a year from 1992 to 2200, written `2026-11`. Its text sorts by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Month {
    year: i16,
    number: i8,
}

impl Month {
    /// The month `number` of `year`; `None` when there is none.
    #[must_use]
    pub fn new(year: i16, number: i8) -> Option<Self> {
        (YEARS.contains(&year) && (1..=12).contains(&number)).then_some(Self { year, number })
    }

    /// The month of a day.
    #[must_use]
    pub fn of(day: Date) -> Self {
        Self { year: day.year(), number: day.month() }
    }

    /// The month in Shanghai at the instant `now`.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self::of(shanghai_day(now))
    }

    /// Its year.
    #[must_use]
    pub const fn year(self) -> i16 {
        self.year
    }

    /// Its number in the year, 1 to 12.
    #[must_use]
    pub(crate) fn number(self) -> i32 {
        self.number.into()
    }

    /// The month `months` after it, before it where that is negative.
    #[must_use]
    pub fn after(self, months: i32) -> Self {
        let all = i32::from(self.year) * 12 + i32::from(self.number) - 1 + months;
        let (year, number) = (all.div_euclid(12), all.rem_euclid(12) + 1);
        Self { year: i16::try_from(year).unwrap_or(self.year), number: i8::try_from(number).unwrap_or(self.number) }
    }

    /// All months from this one to `last`.
    pub fn to(self, last: Self) -> impl Iterator<Item = Self> {
        (0..).map(move |months| self.after(months)).take_while(move |month| *month <= last)
    }

    /// Its last day.
    #[must_use]
    pub fn last_day(self) -> Date {
        Date::new(self.year, self.number, 1).map_or(Date::MAX, Date::last_of_month)
    }
}

impl FromStr for Month {
    type Err = InvalidMonth;

    fn from_str(text: &str) -> Result<Self, InvalidMonth> {
        let (year, number) = text.split_once('-').ok_or(InvalidMonth)?;
        let month = Self::new(year.parse().map_err(|_| InvalidMonth)?, number.parse().map_err(|_| InvalidMonth)?);
        month.filter(|month| month.to_string() == text).ok_or(InvalidMonth)
    }
}

impl TryFrom<String> for Month {
    type Error = InvalidMonth;

    fn try_from(text: String) -> Result<Self, InvalidMonth> {
        text.parse()
    }
}

impl From<Month> for String {
    fn from(month: Month) -> Self {
        month.to_string()
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.number)
    }
}

impl PartialSchema for Month {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^[0-9]{4}-(0[1-9]|1[0-2])$"))
            .examples(["2026-11"])
            .into()
    }
}

impl ToSchema for Month {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn months_count_on_and_back(year in 1993_i16..2199, number in 1_i8..=12, months in -12_i32..=12) {
            let month = Month::new(year, number).unwrap();
            prop_assert_eq!(month.after(months).after(-months), month);
            prop_assert_eq!(month.to_string().parse::<Month>(), Ok(month));
            let sorted = month.after(months).to_string().cmp(&month.to_string());
            prop_assert_eq!(sorted, months.cmp(&0));
        }
    }

    #[test]
    fn a_year_ends_in_december() {
        let month: Month = "2026-11".parse().unwrap();
        let months: Vec<_> = month.to(month.after(3)).map(|month| month.to_string()).collect();
        assert_eq!(months, ["2026-11", "2026-12", "2027-01", "2027-02"]);
        assert_eq!(month.after(3).last_day().to_string(), "2027-02-28");
        for text in ["2026-13", "2026-00", "2026-1", "26-11", "2026-11-01", "", "+026-11", "1991-12"] {
            assert_eq!(text.parse::<Month>(), Err(InvalidMonth), "{text}");
        }
    }
}
