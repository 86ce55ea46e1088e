//! Rows beside those of months: what an organisation says of itself, what an area comes to, how far a night came.

use crate::{Reduction, Sum};
use dues_records::Month;
use dynamo::Key;
use jiff::civil::Date;
use kernel::{OrgId, OrgPath, day_number};
use serde::{Deserialize, Serialize};

/// What an organisation says of itself without its trace: members, bands, open tasks, org life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnRow {
    /// `OWN#<organisation>`
    pk: String,
    /// The month, `2026-11`
    sk: String,
    /// The day `through` as a number, which grows.
    version: u64,
    /// It was read after the end of this day; nothing was done in the organisation since, until there is a newer one.
    pub through: Date,
    /// The organisation, to find the row among others.
    pub organization: OrgId,
    /// What it says. Bands are those of the first of the month.
    pub sum: Sum,
}

impl OwnRow {
    /// Of `organization` as it was after the end of `through`.
    #[must_use]
    pub fn new(organization: OrgId, through: Date, sum: Sum) -> Self {
        let Key { pk, sk } = Self::key(organization, Month::of(through));
        Self { pk, sk, version: day_number(through), through, organization, sum }
    }

    /// Where it is.
    #[must_use]
    pub fn key(organization: OrgId, month: Month) -> Key {
        Key::new(Self::partition(organization), month.to_string())
    }

    /// The partition of an organisation.
    #[must_use]
    pub fn partition(organization: OrgId) -> String {
        format!("OWN#{organization}")
    }

    /// The month.
    #[must_use]
    pub fn month(&self) -> Month {
        Month::of(self.through)
    }

    pub(crate) fn version(&self) -> u64 {
        self.version
    }
}

/// What an area came to on a day of a month: an organisation above branches with all that is below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AreaRow {
    /// `AREA#<organisation>`
    pk: String,
    /// The month, `2026-11`
    sk: String,
    /// The day `asOf` as a number, which grows.
    version: u64,
    /// What was recorded up to the end of this day is in it.
    pub as_of: Date,
    /// The organisation, to find the row among others.
    pub organization: OrgId,
    /// What it came to.
    pub sum: Sum,
}

impl AreaRow {
    /// The area at `path` at the end of `as_of`; none for a path that names nobody.
    #[must_use]
    pub fn new(path: &OrgPath, as_of: Date, sum: Sum) -> Option<Self> {
        let organization = path.id()?;
        let Key { pk, sk } = Self::key(organization, Month::of(as_of));
        Some(Self { pk, sk, version: day_number(as_of), as_of, organization, sum })
    }

    /// Where it is.
    #[must_use]
    pub fn key(organization: OrgId, month: Month) -> Key {
        Key::new(Self::partition(organization), month.to_string())
    }

    /// The partition of an area.
    #[must_use]
    pub fn partition(organization: OrgId) -> String {
        format!("AREA#{organization}")
    }

    /// The month.
    #[must_use]
    pub fn month(&self) -> Month {
        Month::of(self.as_of)
    }

    pub(crate) fn version(&self) -> u64 {
        self.version
    }
}

/// Where the index of days is to be read on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The day.
    pub day: Date,
    /// The part of the day.
    pub part: char,
    /// The last line that was read of it.
    pub after: Option<String>,
}

/// How far nights came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NightRow {
    /// `NIGHT`
    pk: String,
    /// `NIGHT`
    sk: String,
    /// From this day on everything is counted: nothing is known of what was recorded before the first night of all went to its end.
    pub since: Option<Date>,
    /// Up to the end of this day everything was counted again.
    pub through: Option<Date>,
    /// Up to the end of this day it was gone through: who did not get through is left out of the sums that are made then.
    pub passed: Option<Date>,
    /// Where a night that was broken off goes on.
    pub at: Option<Place>,
    /// Whether an organisation before that did not get through,
    pub missed: bool,
    /// and whether that was for a store that was busy.
    pub busy: bool,
    /// Sums of areas reach to the end of this day.
    pub walked: Option<Date>,
}

impl NightRow {
    const NIGHT: &str = "NIGHT";

    /// Where it is.
    #[must_use]
    pub fn key() -> Key {
        Key::new(Self::NIGHT, Self::NIGHT)
    }
}

impl Default for NightRow {
    fn default() -> Self {
        let Key { pk, sk } = Self::key();
        Self { pk, sk, since: None, through: None, passed: None, at: None, missed: false, busy: false, walked: None }
    }
}

/// A walk along the tree that was put aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WalkRow {
    /// `NIGHT`
    pk: String,
    /// `WALK`
    sk: String,
    /// The day that its sums are of.
    pub day: Date,
    /// The tree that it is in.
    pub root: Option<OrgId>,
    /// The path of the last organisation that is in the sums.
    pub after: Option<String>,
    /// The sums that are not complete.
    pub sums: Reduction,
}

impl WalkRow {
    /// A walk for `day` at its beginning.
    #[must_use]
    pub fn new(day: Date) -> Self {
        let Key { pk, sk } = Self::key();
        Self { pk, sk, day, root: None, after: None, sums: Reduction::default() }
    }

    /// Where it is.
    #[must_use]
    pub fn key() -> Key {
        Key::new(NightRow::NIGHT, "WALK")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_days_have_greater_numbers() {
        let days = ["2026-01-31", "2026-02-01", "2026-11-29", "2026-11-30", "2027-01-01"];
        let numbers = days.map(|day| day_number(day.parse().unwrap()));
        assert!(numbers.is_sorted() && numbers[2] == 20_261_129);
    }

    #[test]
    fn a_row_lies_with_its_organisation_and_month() {
        let (id, day) = (OrgId::from_bytes(1, [1; 10]), Date::constant(2026, 11, 29));
        let own = OwnRow::new(id, day, Sum::default());
        assert_eq!(
            (own.pk.clone(), own.sk.as_str(), own.month().to_string().as_str()),
            (format!("OWN#{id}"), "2026-11", "2026-11")
        );
        let area = AreaRow::new(&OrgPath::root(id), day, Sum::default()).unwrap();
        assert_eq!(
            (area.pk.clone(), area.sk.as_str(), area.month().to_string().as_str()),
            (format!("AREA#{id}"), "2026-11", "2026-11")
        );
    }
}
