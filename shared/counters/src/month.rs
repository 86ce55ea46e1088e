//! What was recorded in an organisation in a month, each activity once.
//!
//! The stream brings activities in order, and brings them again. The row keeps the number of the last one that it took, so that
//! what comes a second time, in a batch cut otherwise or by another worker, is known ([`MonthRow::take`]).
//!
//! By night the days that are over are counted again from the trace ([`MonthRow::counted_again`]) and are closed: what the trace
//! says of them stands, and an activity of such a day that the stream brings later is in it already. So a repair can come before
//! the stream does, and nothing is counted twice.

use crate::Tally;
use dues_records::Month;
use dynamo::{Activity, Key, Sequence};
use jiff::civil::Date;
use kernel::{ActivityId, OrgId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use study::Rules;

/// What came of counting again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recounted {
    /// The same.
    Same,
    /// The stream has not brought everything yet.
    Behind,
    /// Something else although the stream brought everything: it was repaired.
    Different,
}

/// What was recorded in an organisation in a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MonthRow {
    /// `ORG#<organisation>`
    pk: String,
    /// The month, `2026-11`
    sk: String,
    /// Grows with each activity that was taken and with each counting: the same for whichever batches they came in.
    version: u64,
    /// The last change of the trace that is in it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    sequence: Option<Sequence>,
    /// The latest activity that the stream brought.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    seen: Option<ActivityId>,
    /// The last day that was counted again; all days before it are closed as well.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    closed: Option<Date>,
    /// What the trace says of the days that are closed.
    settled: Tally,
    /// What the stream brought of each later day.
    open: BTreeMap<Date, Tally>,
}

impl MonthRow {
    /// A month of which nothing is known yet.
    #[must_use]
    pub fn new(organization: OrgId, month: Month) -> Self {
        let Key { pk, sk } = Self::key(organization, month);
        let (settled, open) = (Tally::default(), BTreeMap::new());
        Self { pk, sk, version: 0, sequence: None, seen: None, closed: None, settled, open }
    }

    /// Where it is.
    #[must_use]
    pub fn key(organization: OrgId, month: Month) -> Key {
        Key::new(Self::partition(organization), month.to_string())
    }

    /// The partition of an organisation.
    #[must_use]
    pub fn partition(organization: OrgId) -> String {
        format!("ORG#{organization}")
    }

    /// Whose it is.
    #[must_use]
    pub fn organization(&self) -> Option<OrgId> {
        self.pk.strip_prefix("ORG#")?.parse().ok()
    }

    /// Which month it is.
    #[must_use]
    pub fn month(&self) -> Option<Month> {
        self.sk.parse().ok()
    }

    /// Counts its changes; 0 for one that is not kept yet.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Takes in an activity of its month, which is the change number `sequence` of the trace; whether it was new.
    pub fn take(&mut self, sequence: &Sequence, activity: &Activity, study: &Rules) -> bool {
        if self.sequence.as_ref().is_some_and(|last| sequence <= last) {
            return false;
        }
        let day = activity.id.day();
        let counted = Tally::of(activity, study);
        if !counted.is_empty() && !self.is_closed(day) {
            self.open.entry(day).or_default().merge(&counted);
        }
        self.sequence = Some(sequence.clone());
        self.seen = self.seen.max(Some(activity.id));
        self.version += 1;
        true
    }

    /// Whether the day `day` was counted again.
    #[must_use]
    pub fn is_closed(&self, day: Date) -> bool {
        self.closed.is_some_and(|closed| day <= closed)
    }

    /// What was recorded up to the end of `day`.
    #[must_use]
    pub fn through(&self, day: Date) -> Tally {
        let mut sum = self.settled.clone();
        for counted in self.open.range(..=day).map(|(_, counted)| counted) {
            sum.merge(counted);
        }
        sum
    }

    /// All that was recorded, as far as the stream brought it.
    #[must_use]
    pub fn whole(&self) -> Tally {
        self.through(Date::MAX)
    }

    /// The row after the trace was counted again up to the end of `last`, which comes to `counted`; `latest` is the last activity
    /// in it.
    #[must_use]
    pub fn counted_again(&self, counted: Tally, latest: Option<ActivityId>, last: Date) -> (Self, Recounted) {
        let found = if self.through(last) == counted {
            Recounted::Same
        } else if self.seen < latest {
            Recounted::Behind
        } else {
            Recounted::Different
        };
        let later = self.open.iter().filter(|(day, _)| **day > last);
        let open = later.map(|(day, counted)| (*day, counted.clone())).collect();
        let row = Self { version: self.version + 1, closed: Some(last), settled: counted, open, ..self.clone() };
        (row, found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dynamo::Actor;
    use jiff::Timestamp;
    use proptest::prelude::*;

    fn organization() -> OrgId {
        OrgId::from_bytes(1, [1; 10])
    }

    fn november() -> Month {
        "2026-11".parse().unwrap()
    }

    fn day(n: i8) -> Date {
        Date::constant(2026, 11, n)
    }

    /// An activity of a day, at an hour.
    fn activity(n: i8, hour: i8, kind: &str) -> Activity {
        let at: Timestamp = format!("2026-11-{n:02}T{hour:02}:00:00+08:00").parse().unwrap();
        Activity::new(at, Actor::job("test"), kind, organization(), "x")
    }

    fn sequence(n: usize) -> Sequence {
        n.to_string().try_into().unwrap()
    }

    /// The row after these changes came, numbered from one.
    fn taken(row: &MonthRow, activities: &[Activity], numbers: impl IntoIterator<Item = usize>) -> MonthRow {
        let mut row = row.clone();
        for n in numbers {
            row.take(&sequence(n + 1), &activities[n], Rules::get().unwrap());
        }
        row
    }

    fn counted(activities: &[Activity], last: Date) -> (Tally, Option<ActivityId>) {
        let of_days: Vec<_> = activities.iter().filter(|activity| activity.id.day() <= last).collect();
        let mut sum = Tally::default();
        for activity in &of_days {
            sum.merge(&Tally::of(activity, Rules::get().unwrap()));
        }
        (sum, of_days.iter().map(|activity| activity.id).max())
    }

    fn three() -> Vec<Activity> {
        vec![
            activity(3, 9, "task.issued"),
            activity(3, 10, "member.edited"),
            activity(4, 9, "task.accepted"),
            activity(5, 9, "task.issued"),
        ]
    }

    proptest! {
        #[test]
        fn whatever_comes_again_is_counted_once(
            // Lambda begins a batch where the last one was acknowledged, or before it.
            batches in proptest::collection::vec((0_usize..20, 1_usize..8), 0..12),
        ) {
            let kinds = ["task.issued", "member.edited", "task.accepted", "member.registered"];
            let days = (0..20_i8).map(|n| 3 + n / 7);
            let all: Vec<_> = days.zip(kinds.iter().cycle()).map(|(day, kind)| activity(day, 9, kind)).collect();
            let new = MonthRow::new(organization(), november());
            let wanted = taken(&new, &all, 0..all.len());
            let (mut row, mut reached) = (new, 0);
            for (back, length) in batches {
                let first = reached.min(back);
                let next = (first + length).min(all.len());
                row = taken(&row, &all, first..next);
                reached = reached.max(next);
            }
            prop_assert_eq!(taken(&row, &all, 0..all.len()), wanted.clone());
            prop_assert_eq!(wanted.whole(), counted(&all, day(30)).0);
        }

        #[test]
        fn a_repair_before_the_stream_comes_counts_nothing_twice(brought in 0_usize..=4, last in 2_i8..=6) {
            let all = three();
            let row = taken(&MonthRow::new(organization(), november()), &all, 0..brought);
            let (sum, latest) = counted(&all, day(last));
            let (row, found) = row.counted_again(sum.clone(), latest, day(last));
            prop_assert_ne!(found, Recounted::Different);
            prop_assert_eq!(row.through(day(last)), sum);
            let whole = taken(&row, &all, brought..all.len());
            prop_assert_eq!(whole.whole(), counted(&all, day(30)).0);
        }
    }

    #[test]
    fn what_differs_is_repaired_and_what_is_late_is_no_difference() {
        let all = three();
        let new = MonthRow::new(organization(), november());
        let (sum, latest) = counted(&all, day(4));
        let again = |row: &MonthRow| row.counted_again(sum.clone(), latest, day(4));
        assert_eq!(again(&taken(&new, &all, 0..4)).1, Recounted::Same);
        assert_eq!(again(&taken(&new, &all, 0..2)).1, Recounted::Behind);
        assert_eq!(again(&new).1, Recounted::Behind, "nothing came yet");
        // One was lost on the way.
        let before = taken(&new, &all, [0, 1, 3]);
        let (row, found) = again(&before);
        assert_eq!(
            (found, row.through(day(4)), row.whole()),
            (Recounted::Different, sum.clone(), counted(&all, day(30)).0)
        );
        assert!(row.is_closed(day(4)) && !row.is_closed(day(5)));
        let open = BTreeMap::from([(day(5), Tally::of(&all[3], Rules::get().unwrap()))]);
        let version = before.version + 1;
        assert_eq!(row, MonthRow { version, closed: Some(day(4)), settled: sum.clone(), open, ..before.clone() });
        // Also when the last one came.
        let (sum, latest) = counted(&all, day(5));
        assert_eq!(before.counted_again(sum, latest, day(5)).1, Recounted::Different);
    }

    #[test]
    fn the_row_grows_by_what_it_took_and_not_by_how_it_came() {
        let all = three();
        let new = MonthRow::new(organization(), november());
        assert_eq!((new.version(), taken(&new, &all, 0..4).version()), (0, 4));
        assert_eq!(taken(&taken(&new, &all, 0..3), &all, 0..4), taken(&new, &all, 0..4));
        assert_eq!((new.organization(), new.month()), (Some(organization()), Some(november())));
    }
}
