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
    /// Whether it is what was recorded alone: of a month in which no night was, nobody was asked who was on the rolls.
    #[serde(default)]
    pub recorded_alone: bool,
}

impl AreaRow {
    /// The area at `path` at the end of `as_of`; none for a path that names nobody.
    #[must_use]
    pub fn new(path: &OrgPath, as_of: Date, sum: Sum) -> Option<Self> {
        let organization = path.id()?;
        let Key { pk, sk } = Self::key(organization, Month::of(as_of));
        Some(Self { pk, sk, version: day_number(as_of), as_of, organization, sum, recorded_alone: false })
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

/// A part of the organisations that a night goes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Part {
    /// Those in which something was done on a day: a part of the index of days.
    Done(char),
    /// All of a tree, by its root, and whether those that are closed: they come after those that are open, so that nobody is left out
    /// who is closed meanwhile.
    Tree(OrgId, bool),
}

/// Where a night goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The day.
    pub day: Date,
    /// The part of what is gone through for it.
    pub part: Part,
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
    /// From this day on everything is counted: the month in which the trace begins, as far as the first night of all came.
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
    fn where_a_night_goes_on_reads_as_it_was_written_and_parts_have_an_order() {
        let (one, other) = (OrgId::from_bytes(1, [1; 10]), OrgId::from_bytes(2, [2; 10]));
        let trees = [Part::Tree(one, false), Part::Tree(one, true), Part::Tree(other, false)];
        let parts: Vec<_> = [Part::Done('0'), Part::Done('f')].into_iter().chain(trees).collect();
        assert!(parts.is_sorted());
        for part in parts {
            let place = Place { day: Date::constant(2026, 11, 29), part, after: Some("x".to_owned()) };
            let written = serde_json::to_value(&place).unwrap();
            assert_eq!(serde_json::from_value::<Place>(written).unwrap(), place);
        }
    }

    #[test]
    fn a_row_lies_with_its_organisation_and_month_and_its_version_is_its_day() {
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
        assert_eq!((own.version(), area.version()), (20_261_129, 20_261_129));
    }
}
