//! What a branch owes, and what of it is done: the compliance calendar.

use crate::{Kind, KindRule, Period, Rules, Strength, Who};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// A branch as far as it says what it owes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Obliged {
    /// When it was founded.
    pub founded_on: Date,
    /// When it was closed.
    pub closed_on: Option<Date>,
    /// Whether it has a committee.
    pub committee: bool,
    /// Whether it has groups.
    pub groups: bool,
}

/// A meeting that was held, as far as it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// When.
    pub on: Date,
    /// When that was written down.
    pub entered_on: Date,
    /// What it counts as.
    pub kinds: BTreeSet<Kind>,
}

/// How it stands with something that is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It was held, and written down before its period was over.
    Done,
    /// It was held in time and written down later. It counts as much.
    Late,
    /// Its period is not over.
    Due,
    /// Its period is over, and nothing is written down.
    Missing,
}

/// Something that a branch owes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OrgLifeDuty)]
pub struct Duty {
    /// What.
    pub kind: Kind,
    /// In which period: `2026-11`, `2026-Q4`, `2026`.
    pub period: String,
    /// The last day on which it is in time.
    #[schema(value_type = String, format = Date)]
    pub due_on: Date,
    /// How it stands.
    pub standing: Standing,
    /// When it was held first in the period.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub held_on: Option<Date>,
    /// How strictly the regulation puts it.
    pub strength: Strength,
    /// Where it is written.
    pub article: String,
}

impl Obliged {
    fn owes(&self, rule: &KindRule) -> bool {
        match rule.who {
            Who::Members => true,
            Who::Committee => self.committee,
            Who::Groups => self.groups,
        }
    }

    /// Whether it was there for the whole of `period`: who is founded or closed in the middle of one is not blamed for it.
    fn was_there(&self, period: Period) -> bool {
        self.founded_on <= period.first() && self.closed_on.is_none_or(|closed| closed > period.last())
    }
}

/// What `branch` owes in the periods that end from `from` until `until`, and how it stands on `today`: by the days on which
/// periods end, then by kind. What has not begun yet is left out. A lecture, of which the regulation names no number, is
/// owed by nobody.
#[must_use]
pub fn duties(rules: &Rules, branch: &Obliged, held: &[Held], (from, until): (Date, Date), today: Date) -> Vec<Duty> {
    let mut found = Vec::new();
    for rule in rules.kinds.iter().filter(|rule| branch.owes(rule)) {
        let Some(rhythm) = rule.every else { continue };
        let mut period = Period::of(from, rhythm);
        while period.last() <= until && period.first() <= today {
            if branch.was_there(period) {
                found.push(duty(rule, held, period, today));
            }
            period = period.next();
        }
    }
    found.sort_by_key(|duty| (duty.due_on, duty.kind));
    found
}

fn duty(rule: &KindRule, held: &[Held], period: Period, today: Date) -> Duty {
    let counts = held.iter().filter(|meeting| meeting.kinds.contains(&rule.kind) && period.contains(meeting.on));
    let (mut held_on, mut in_time) = (None::<Date>, false);
    for meeting in counts {
        held_on = Some(held_on.map_or(meeting.on, |first| first.min(meeting.on)));
        in_time |= meeting.entered_on <= period.last();
    }
    let standing = match held_on {
        Some(_) if in_time => Standing::Done,
        Some(_) => Standing::Late,
        None if today <= period.last() => Standing::Due,
        None => Standing::Missing,
    };
    Duty {
        kind: rule.kind,
        period: period.to_string(),
        due_on: period.last(),
        standing,
        held_on,
        strength: rule.strength,
        article: rule.article.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn branch(founded_on: &str) -> Obliged {
        Obliged { founded_on: day(founded_on), closed_on: None, committee: true, groups: false }
    }

    fn held(on: &str, entered_on: &str, kinds: &[Kind]) -> Held {
        Held { on: day(on), entered_on: day(entered_on), kinds: kinds.iter().copied().collect() }
    }

    fn year(branch: &Obliged, meetings: &[Held], today: &str) -> Vec<Duty> {
        let whole = (day("2026-01-01"), day("2026-12-31"));
        duties(Rules::get().unwrap(), branch, meetings, whole, day(today))
    }

    fn standing(duties: &[Duty], kind: Kind, period: &str) -> Option<Standing> {
        let mut found = duties.iter().filter(|duty| duty.kind == kind && duty.period == period);
        let one = found.next().map(|duty| duty.standing);
        assert_eq!(found.next(), None, "once");
        one
    }

    #[test]
    fn a_quarter_is_missing_on_the_day_after_it_and_not_before() {
        for (today, expected) in [("2026-09-30", Standing::Due), ("2026-10-01", Standing::Missing)] {
            let found = year(&branch("2020-01-01"), &[], today);
            assert_eq!(standing(&found, Kind::BranchMeeting, "2026-Q3"), Some(expected), "{today}");
        }
        let found = year(&branch("2020-01-01"), &[], "2026-10-01");
        assert_eq!(standing(&found, Kind::BranchMeeting, "2026-Q4"), Some(Standing::Due));
        assert_eq!(standing(&found, Kind::BranchMeeting, "2027-Q1"), None);
        assert_eq!(found.first().unwrap().article, "支部条例 §12、§14");
    }

    #[test]
    fn one_event_counts_as_all_that_it_was() {
        let meeting = held("2026-11-05", "2026-11-05", &[Kind::BranchMeeting, Kind::ThemeDay, Kind::PartyLecture]);
        let found = year(&branch("2020-01-01"), &[meeting], "2026-11-29");
        assert_eq!(standing(&found, Kind::BranchMeeting, "2026-Q4"), Some(Standing::Done));
        assert_eq!(standing(&found, Kind::ThemeDay, "2026-11"), Some(Standing::Done));
        assert_eq!(standing(&found, Kind::CommitteeMeeting, "2026-11"), Some(Standing::Due));
        assert!(found.iter().all(|duty| duty.kind != Kind::PartyLecture), "nobody says how often");
    }

    #[test]
    fn what_is_written_down_later_was_held_all_the_same() {
        let late = held("2026-10-20", "2026-11-03", &[Kind::ThemeDay]);
        let found = year(&branch("2020-01-01"), std::slice::from_ref(&late), "2026-11-29");
        assert_eq!(standing(&found, Kind::ThemeDay, "2026-10"), Some(Standing::Late));
        let found =
            year(&branch("2020-01-01"), &[late, held("2026-10-28", "2026-10-31", &[Kind::ThemeDay])], "2026-11-29");
        let duty = found.iter().find(|duty| duty.kind == Kind::ThemeDay && duty.period == "2026-10").unwrap();
        assert_eq!((duty.standing, duty.held_on), (Standing::Done, Some(day("2026-10-20"))));
    }

    #[test]
    fn who_was_not_there_is_not_blamed() {
        let found = year(&branch("2026-11-02"), &[], "2026-12-31");
        assert_eq!(standing(&found, Kind::ThemeDay, "2026-11"), None, "founded on the second");
        assert_eq!(standing(&found, Kind::ThemeDay, "2026-12"), Some(Standing::Due));
        assert_eq!(standing(&found, Kind::BranchMeeting, "2026-Q4"), None);
        let first = year(&branch("2026-11-01"), &[], "2026-12-31");
        assert_eq!(standing(&first, Kind::ThemeDay, "2026-11"), Some(Standing::Missing));
        let closed = Obliged { closed_on: Some(day("2026-11-30")), ..branch("2020-01-01") };
        let found = year(&closed, &[], "2026-12-31");
        assert_eq!(standing(&found, Kind::ThemeDay, "2026-10"), Some(Standing::Missing));
        assert_eq!(
            (standing(&found, Kind::ThemeDay, "2026-11"), standing(&found, Kind::OrgLifeMeeting, "2026")),
            (None, None)
        );
    }

    #[test]
    fn a_small_branch_owes_no_committee_and_no_groups() {
        let small = Obliged { committee: false, ..branch("2020-01-01") };
        let kinds = |branch: &Obliged| {
            year(branch, &[], "2026-06-15").into_iter().map(|duty| duty.kind).collect::<BTreeSet<_>>()
        };
        assert!(!kinds(&small).contains(&Kind::CommitteeMeeting) && !kinds(&small).contains(&Kind::GroupMeeting));
        assert!(kinds(&Obliged { groups: true, ..small }).contains(&Kind::GroupMeeting));
    }

    proptest! {
        #[test]
        fn a_meeting_settles_one_period_of_each_of_its_kinds(month in 1_i8..=12, of_month in 1_i8..=28, which in 0_usize..9) {
            let (on, kind) = (Date::new(2026, month, of_month).unwrap(), Kind::ALL[which]);
            let meeting = Held { on, entered_on: on, kinds: BTreeSet::from([kind]) };
            let all = Obliged { groups: true, ..branch("2020-01-01") };
            let (with, without) = (year(&all, &[meeting], "2026-12-31"), year(&all, &[], "2026-12-31"));
            let owed = Rules::get().unwrap().kinds.iter().any(|rule| rule.kind == kind && rule.every.is_some());
            let differ = with.iter().zip(&without).filter(|(one, other)| one != other).count();
            prop_assert_eq!((with.len(), differ), (without.len(), usize::from(owed)));
        }
    }
}
