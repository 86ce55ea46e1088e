//! How a year stands.

use crate::{FirstTraining, Rules, Who};
use jiff::{ToSpan, civil::Date};
use kernel::{Line, OrgId, Refusal};
use org_life::Kind;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// What a signed meeting counts for somebody who was there: kept in their row of the meeting, so that it is counted from
/// the one record of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Credit {
    /// Whose meeting it was.
    pub organization: OrgId,
    /// What it was called.
    pub title: Line<100>,
    /// What it counted as.
    pub kinds: BTreeSet<Kind>,
    /// What it counts, in minutes; nothing when it is no study.
    pub minutes: u32,
    /// The version of the rules by which that was counted.
    pub rules: String,
}

/// Where hours come from. There is no other way to them: to play a lesson is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = HoursSource)]
pub enum Source {
    /// A meeting that was study, whose minutes are signed.
    Meeting,
    /// A training that was confirmed.
    Training,
    /// A paper that was passed.
    Paper,
}

/// One thing that counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = HoursEntry)]
pub struct Entry {
    /// Where it comes from.
    pub source: Source,
    /// The id of the meeting, training or paper.
    pub id: String,
    /// What it was called.
    #[schema(value_type = String)]
    pub title: Line<100>,
    /// The day on which it was, in Shanghai; it counts in the year of that day.
    #[schema(value_type = String, format = Date)]
    pub on: Date,
    /// Since when it was, where it lasted several days and `on` is the last of them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub from: Option<Date>,
    /// What it counts by itself, in minutes.
    pub minutes: u32,
    /// What a meeting counted as.
    #[serde(skip_serializing_if = "BTreeSet::is_empty", default)]
    pub kinds: BTreeSet<Kind>,
    /// The version of the rules by which that was counted.
    pub rules: String,
}

/// How a year stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = StudyYear)]
pub struct Year {
    /// The year; nothing is carried over from the one before.
    pub year: i16,
    /// As whom the person owes them.
    pub who: Who,
    /// Whether nobody asks it of them: they are exempt (教管条例 §23). What they do counts all the same.
    pub exempt: bool,
    /// What is owed, in minutes; sixty are one hour of study.
    pub owed_minutes: u32,
    /// What was counted, in minutes: what the entries come to, of a day eight hours at most.
    pub counted_minutes: u32,
    /// How many organised trainings (集中培训) are owed among that.
    pub owed_trainings: u32,
    /// How many were counted.
    pub trainings: u32,
    /// Whether hours and trainings are both enough.
    pub reached: bool,
    /// Where it is written what is owed.
    pub article: String,
    /// Whether no regulation in force was found that says so.
    pub unconfirmed: bool,
    /// The version of the rules.
    pub rules: String,
    /// Trainings that are owed once, because the person is new in that year.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub first: Vec<FirstTraining>,
    /// What counts, by its day.
    pub entries: Vec<Entry>,
}

impl Entry {
    /// Its first day and its last one, of which each counts `most` minutes at most. What is kept of a meeting is the day on
    /// which it began, so it has as many days as it needs.
    fn days(&self, most: u32) -> (Date, Date) {
        let more = self.minutes.div_ceil(most.max(1)).saturating_sub(1);
        let first = self.from.unwrap_or(self.on);
        (first, first.saturating_add(i64::from(more).days()).max(self.on))
    }
}

/// What `entries` count together when a day counts `most` minutes at most. What is over first takes its days first, and the
/// earliest that have room: no other order counts more.
fn counted(entries: &[Entry], most: u32) -> u32 {
    let mut spans: Vec<_> = entries.iter().map(|entry| (entry.days(most), entry.minutes)).collect();
    spans.sort_by_key(|((first, last), _)| (*last, *first));
    let mut taken: BTreeMap<Date, u32> = BTreeMap::new();
    for ((first, last), mut left) in spans {
        for day in first.series(1.day()).take_while(|day| *day <= last) {
            let day = taken.entry(day).or_default();
            let more = left.min(most.saturating_sub(*day));
            *day += more;
            left -= more;
        }
    }
    taken.values().fold(0, |sum, minutes| sum.saturating_add(*minutes))
}

impl Year {
    /// How `year` stands for somebody for whom `entries` count and who owes it, or is exempt. What is not of the year, or counts nothing, is left out.
    ///
    /// # Errors
    /// [`kernel::ErrorCode::Internal`] when the rules say nothing of `who`.
    pub fn of(rules: &Rules, year: i16, (who, exempt): (Who, bool), entries: Vec<Entry>) -> Result<Self, Refusal> {
        let owed = rules.owed(who)?;
        let mut entries: Vec<_> =
            entries.into_iter().filter(|entry| entry.on.year() == year && entry.minutes > 0).collect();
        entries.sort_by(|one, other| (one.on, one.source, &one.id).cmp(&(other.on, other.source, &other.id)));
        entries.dedup_by(|one, other| (one.source, &one.id) == (other.source, &other.id));
        let counted_minutes = counted(&entries, rules.sessions.most_a_day);
        let trainings = entries.iter().filter(|entry| entry.source == Source::Training).count();
        let trainings = u32::try_from(trainings).unwrap_or(u32::MAX);
        Ok(Self {
            year,
            who,
            exempt,
            owed_minutes: owed.minutes,
            counted_minutes,
            owed_trainings: owed.trainings,
            trainings,
            reached: counted_minutes >= owed.minutes && trainings >= owed.trainings,
            article: owed.article.clone(),
            unconfirmed: owed.unconfirmed,
            rules: rules.version.clone(),
            first: Vec::new(),
            entries,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entry(n: u32, on: Date, minutes: u32) -> Entry {
        Entry {
            source: Source::Meeting,
            id: n.to_string(),
            title: "主题党日".try_into().unwrap(),
            on,
            from: None,
            minutes,
            kinds: BTreeSet::new(),
            rules: "test".to_owned(),
        }
    }

    fn training(n: u32, (from, on): (Date, Date), minutes: u32) -> Entry {
        Entry { source: Source::Training, from: (from < on).then_some(from), ..entry(n, on, minutes) }
    }

    /// So many whole days of meetings from `on` on.
    fn days(on: Date, n: u32) -> Vec<Entry> {
        (0..n).map(|n| entry(n, on.saturating_add(i64::from(n).days()), 480)).collect()
    }

    fn of(who: Who, entries: Vec<Entry>) -> Year {
        Year::of(Rules::get().unwrap(), 2026, (who, false), entries).unwrap()
    }

    #[test]
    fn thirty_two_hours_are_enough_and_a_minute_less_is_not() {
        let (on, last) = (Date::constant(2026, 3, 1), Date::constant(2026, 12, 1));
        for (who, whole, trainings) in [(Who::Member, 3, 0), (Who::Committee, 6, 1)] {
            let year = |minutes| {
                let mut entries = days(on, whole);
                entries.push(training(99, (last, last), minutes));
                of(who, entries)
            };
            let (enough, less) = (year(480), year(479));
            assert!(enough.reached && !less.reached, "{enough:?} {less:?}");
            assert_eq!((enough.owed_trainings, enough.trainings), (trainings, 1));
        }
    }

    #[test]
    fn a_committee_owes_a_training_beside_its_hours_and_a_member_does_not() {
        let meetings = days(Date::constant(2026, 3, 1), 10);
        let year = of(Who::Committee, meetings.clone());
        assert_eq!((year.counted_minutes, year.trainings, year.reached), (80 * 60, 0, false));
        assert!(of(Who::Member, meetings.clone()).reached);
        let on = Date::constant(2026, 5, 1);
        let trained = meetings.into_iter().chain([training(99, (on, on), 240)]).collect();
        assert!(of(Who::Committee, trained).reached);
    }

    #[test]
    fn a_day_counts_eight_hours_whatever_was_on_it() {
        let counted = |entries| of(Who::Member, entries).counted_minutes;
        let (one, two, three) = (Date::constant(2026, 6, 1), Date::constant(2026, 6, 2), Date::constant(2026, 6, 3));
        assert_eq!(counted(vec![entry(1, one, 300), entry(2, one, 180)]), 480);
        assert_eq!(counted(vec![entry(1, one, 300), entry(2, one, 181)]), 480);
        assert_eq!(counted(vec![entry(1, one, 480), entry(2, one, 60), entry(3, two, 60)]), 540);
        let year = of(Who::Member, (0..8).map(|n| entry(n, one, 240)).collect());
        assert_eq!((year.counted_minutes, year.reached, year.entries.len()), (480, false, 8), "all are shown");
        // A training takes the days that it lasted, and a meeting of two days the next one.
        assert_eq!(counted(vec![training(1, (one, three), 3 * 480)]), 3 * 480);
        assert_eq!(counted(vec![training(1, (one, three), 3 * 480), entry(2, two, 120)]), 3 * 480);
        assert_eq!(counted(vec![training(1, (one, three), 2 * 480), entry(2, one, 480)]), 3 * 480);
        assert_eq!(counted(vec![entry(1, one, 2 * 480), entry(2, two, 60), entry(3, three, 60)]), 2 * 480 + 60);
    }

    #[test]
    fn nothing_is_carried_over_and_nothing_counts_twice() {
        let (old, first, last, next) = (
            Date::constant(2025, 12, 31),
            Date::constant(2026, 1, 1),
            Date::constant(2026, 12, 31),
            Date::constant(2027, 1, 1),
        );
        let year = of(
            Who::Member,
            vec![entry(1, old, 60), entry(4, next, 60), entry(3, last, 60), entry(2, first, 60), entry(2, first, 60)],
        );
        assert_eq!((year.counted_minutes, year.entries.len()), (120, 2));
        assert_eq!(year.entries[0].on, first, "by day");
        assert!(of(Who::Member, vec![entry(1, first, 0)]).entries.is_empty());
    }

    proptest! {
        #[test]
        fn a_year_is_the_sum_of_its_days(held in proptest::collection::vec((1_i8..=28, 0_u32..=480), 0..40)) {
            let entries = held.iter().zip(0..);
            let entries = entries.map(|((day, minutes), n)| entry(n, Date::constant(2026, 6, *day), *minutes)).collect();
            let year = of(Who::Member, entries);
            let of_day = |day| held.iter().filter(|(on, _)| *on == day).map(|(_, minutes)| minutes).sum::<u32>();
            let sum: u32 = (1..=28).map(|day| of_day(day).min(480)).sum();
            prop_assert_eq!(year.counted_minutes, sum);
            prop_assert_eq!(year.reached, sum >= 1920);
        }

        #[test]
        fn an_entry_never_takes_more_than_its_days_nor_loses_room(
            held in proptest::collection::vec((1_i8..=9, 0_i8..3, 0_u32..=480), 0..12),
        ) {
            let entries: Vec<_> = held.iter().zip(0..).map(|((day, more, minutes), n)| {
                let days = u32::try_from(*more).unwrap() + 1;
                training(n, (Date::constant(2026, 6, *day), Date::constant(2026, 6, day + more)), minutes * days)
            }).collect();
            // By Hall: what cannot count is what some stretches of days have too much of.
            let most = 480_i64;
            let mut best = [0_i64; 13];
            for last in 1..=12_usize {
                best[last] = best[last - 1];
                for first in 1..=last {
                    let within = |entry: &&Entry| {
                        let from = entry.from.unwrap_or(entry.on).day();
                        usize::try_from(from).unwrap() >= first && usize::try_from(entry.on.day()).unwrap() <= last
                    };
                    let sum: i64 = entries.iter().filter(within).map(|entry| i64::from(entry.minutes)).sum();
                    let over = sum - most * i64::try_from(last - first + 1).unwrap();
                    best[last] = best[last].max(best[first - 1] + over);
                }
            }
            let sum: i64 = entries.iter().map(|entry| i64::from(entry.minutes)).sum();
            prop_assert_eq!(i64::from(of(Who::Member, entries).counted_minutes), sum - best[12]);
        }
    }
}
