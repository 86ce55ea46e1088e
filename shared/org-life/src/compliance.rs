//! What a branch owes, and what of it is done: the compliance calendar.

use crate::{Kind, KindRule, Period, Rules, Strength, Who};
use jiff::{ToSpan, civil::Date};
use kernel::MemberId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// Days on which something was there: from the first to the last, or from the first on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lasting {
    /// The first.
    pub from: Date,
    /// The last; `None` while it goes on.
    pub until: Option<Date>,
}

impl Lasting {
    /// Of what was founded and, perhaps, closed; on the day of its closing it is no longer there.
    #[must_use]
    pub fn between(founded_on: Date, closed_on: Option<Date>) -> Self {
        Self { from: founded_on, until: closed_on.map(|closed| closed.saturating_sub(1.day())) }
    }

    /// Whether it was there on `day`.
    #[must_use]
    pub fn holds_on(self, day: Date) -> bool {
        self.from <= day && self.until.is_none_or(|until| day <= until)
    }

    /// Whether it was there for the whole of `period`: who comes or goes in the middle of one is not blamed for it.
    fn covers(self, period: Period) -> bool {
        self.from <= period.first() && self.until.is_none_or(|until| until >= period.last())
    }
}

/// A branch or a group with the meetings that it held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// When it was there.
    pub lasted: Lasting,
    /// What it held.
    pub held: Vec<Held>,
}

/// A branch, or a group by itself, as far as it says what it owes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Obliged {
    /// The branch; `None` where a group is looked at by itself.
    pub branch: Option<Body>,
    /// When it had a committee ([`committee`]).
    pub committee: Vec<Lasting>,
    /// Its groups, also those that are closed; or the group itself.
    pub groups: Vec<Body>,
}

/// When there was a committee: while more than two persons held an office of it at once, for a secretary alone, or with a
/// deputy, is none (支部条例 §20). `held` says who held one, and when.
#[must_use]
pub fn committee(held: &[(MemberId, Lasting)]) -> Vec<Lasting> {
    let changes = |(_, lasting): &(MemberId, Lasting)| {
        [Some(lasting.from), lasting.until.map(|until| until.saturating_add(1.day()))]
    };
    let days: BTreeSet<Date> = held.iter().flat_map(changes).flatten().collect();
    let (mut found, mut since) = (Vec::new(), None);
    for day in days {
        let persons: BTreeSet<_> =
            held.iter().filter(|(_, lasting)| lasting.holds_on(day)).map(|(person, _)| person).collect();
        match (since, persons.len() > 2) {
            (None, true) => since = Some(day),
            (Some(from), false) => {
                found.push(Lasting::between(from, Some(day)));
                since = None;
            }
            _ => {}
        }
    }
    found.extend(since.map(|from| Lasting { from, until: None }));
    found
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
    /// When it was held first in the period; where each group holds it, by the last of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub held_on: Option<Date>,
    /// How strictly the regulation puts it.
    pub strength: Strength,
    /// Where it is written.
    pub article: String,
}

impl Body {
    /// How it stands with `kind` in `period`, and when it was held first in it.
    fn standing(&self, kind: Kind, period: Period, today: Date) -> (Standing, Option<Date>) {
        let counts = self.held.iter().filter(|meeting| meeting.kinds.contains(&kind) && period.contains(meeting.on));
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
        (standing, held_on)
    }
}

impl Obliged {
    /// What `rule` says of it in `period`; `None` where it owes nothing.
    ///
    /// Each group holds its own meetings, and the one that is worst off counts. What all members owe is held by the branch, or
    /// by every one of its groups, as a large branch does.
    fn duty(&self, rule: &KindRule, period: Period, today: Date) -> Option<Duty> {
        let there = |body: &&Body| body.lasted.covers(period);
        let of = |body: &Body| body.standing(rule.kind, period, today);
        let (branch, groups) = (self.branch.as_ref().filter(there), self.groups.iter().filter(there));
        let groups = groups.map(of).reduce(Ord::max);
        let (standing, held_on) = match rule.who {
            Who::Members => groups.into_iter().fold(of(branch?), Ord::min),
            Who::Committee => branch.filter(|_| self.committee.iter().any(|there| there.covers(period))).map(of)?,
            Who::Groups => groups?,
        };
        Some(Duty {
            kind: rule.kind,
            period: period.to_string(),
            due_on: period.last(),
            standing,
            held_on,
            strength: rule.strength,
            article: rule.article.clone(),
        })
    }
}

/// What `obliged` owes in the periods that end from `from` until `until`, and how it stands on `today`: by the days on which
/// periods end, then by kind. What has not begun yet is left out. A lecture, of which the regulation names no number, is
/// owed by nobody; a group owes its own meetings and nothing else.
#[must_use]
pub fn duties(rules: &Rules, obliged: &Obliged, (from, until): (Date, Date), today: Date) -> Vec<Duty> {
    let mut found = Vec::new();
    for rule in &rules.kinds {
        let Some(rhythm) = rule.every else { continue };
        let mut period = Period::of(from, rhythm);
        while period.last() <= until && period.first() <= today {
            found.extend(obliged.duty(rule, period, today));
            period = period.next();
        }
    }
    found.sort_by_key(|duty| (duty.due_on, duty.kind));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    const WHOLE: Lasting = Lasting { from: Date::constant(2020, 1, 1), until: None };

    /// A branch with a committee and without groups.
    fn branch(founded_on: &str) -> Obliged {
        let lasted = Lasting::between(day(founded_on), None);
        let branch = Some(Body { lasted, held: Vec::new() });
        Obliged { branch, committee: vec![WHOLE], groups: Vec::new() }
    }

    fn held(on: &str, entered_on: &str, kinds: &[Kind]) -> Held {
        Held { on: day(on), entered_on: day(entered_on), kinds: kinds.iter().copied().collect() }
    }

    fn group(lasted: Lasting, days: &[&str], kind: Kind) -> Body {
        Body { lasted, held: days.iter().map(|on| held(on, on, &[kind])).collect() }
    }

    /// What it owes in 2026 after its branch held `meetings`.
    fn year(obliged: &Obliged, meetings: &[Held], today: &str) -> Vec<Duty> {
        let whole = (day("2026-01-01"), day("2026-12-31"));
        let branch = obliged.branch.clone().map(|body| Body { held: meetings.to_vec(), ..body });
        duties(Rules::get().unwrap(), &Obliged { branch, ..obliged.clone() }, whole, day(today))
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
        let mut closed = branch("2020-01-01");
        closed.branch.as_mut().unwrap().lasted = Lasting::between(day("2020-01-01"), Some(day("2026-11-30")));
        let found = year(&closed, &[], "2026-12-31");
        assert_eq!(standing(&found, Kind::ThemeDay, "2026-10"), Some(Standing::Missing));
        assert_eq!(
            (standing(&found, Kind::ThemeDay, "2026-11"), standing(&found, Kind::OrgLifeMeeting, "2026")),
            (None, None)
        );
    }

    #[test]
    fn a_small_branch_owes_no_committee_and_no_groups() {
        let small = Obliged { committee: Vec::new(), ..branch("2020-01-01") };
        let kinds = |branch: &Obliged| {
            year(branch, &[], "2026-06-15").into_iter().map(|duty| duty.kind).collect::<BTreeSet<_>>()
        };
        assert!(!kinds(&small).contains(&Kind::CommitteeMeeting) && !kinds(&small).contains(&Kind::GroupMeeting));
        let groups = vec![group(WHOLE, &[], Kind::GroupMeeting)];
        assert!(kinds(&Obliged { groups: groups.clone(), ..small }).contains(&Kind::GroupMeeting));
        let alone = Obliged { groups, ..Obliged::default() };
        assert_eq!(kinds(&alone), BTreeSet::from([Kind::GroupMeeting]), "a group by itself owes its own meetings");
    }

    #[test]
    fn a_committee_owes_from_the_day_on_which_it_was_one_until_it_was_none() {
        let who = |n: u8| MemberId::from_bytes(u64::from(n), [n; 10]);
        let office = |n, from: &str, until: Option<&str>| (who(n), Lasting { from: day(from), until: until.map(day) });
        let elected = [
            office(1, "2026-01-01", Some("2026-11-10")),
            office(1, "2026-01-01", None),
            office(2, "2026-03-15", None),
            office(3, "2026-03-20", Some("2026-06-10")),
            office(4, "2026-06-11", None),
            office(2, "2026-10-05", Some("2026-10-20")),
        ];
        let there = committee(&elected);
        assert_eq!(there, [Lasting { from: day("2026-03-20"), until: None }], "one follows the other without a gap");
        let obliged = Obliged { committee: there, ..branch("2020-01-01") };
        let found = year(&obliged, &[], "2026-06-15");
        let seen = |period| standing(&found, Kind::CommitteeMeeting, period);
        assert_eq!((seen("2026-03"), seen("2026-04")), (None, Some(Standing::Missing)), "elected in March");
        let dissolved = [elected[1], elected[2], office(3, "2025-01-01", Some("2026-05-20"))];
        let obliged = Obliged { committee: committee(&dissolved), ..branch("2020-01-01") };
        let found = year(&obliged, &[], "2026-12-31");
        let seen = |period| standing(&found, Kind::CommitteeMeeting, period);
        assert_eq!((seen("2026-04"), seen("2026-05")), (Some(Standing::Missing), None), "what was missed stays so");
        assert_eq!(committee(&elected[..3]), [], "a secretary with a deputy is none");
    }

    #[test]
    fn each_group_holds_its_own_meetings_and_the_worst_counts() {
        let two = |one: Body, other: Body| Obliged { groups: vec![one, other], ..branch("2020-01-01") };
        let seen = |obliged: &Obliged| {
            let at_branch = held("2026-10-08", "2026-10-08", &[Kind::GroupMeeting]);
            standing(&year(obliged, &[at_branch], "2026-11-29"), Kind::GroupMeeting, "2026-10")
        };
        let did = || group(WHOLE, &["2026-10-08"], Kind::GroupMeeting);
        let none = |lasted| group(lasted, &[], Kind::GroupMeeting);
        assert_eq!(seen(&two(did(), did())), Some(Standing::Done));
        assert_eq!(seen(&two(did(), none(WHOLE))), Some(Standing::Missing), "one of them held none");
        let young = Lasting::between(day("2026-10-02"), None);
        assert_eq!(seen(&two(did(), none(young))), Some(Standing::Done), "one founded in October is not blamed");
        let closed = Lasting::between(day("2020-01-01"), Some(day("2026-11-15")));
        assert_eq!(seen(&two(did(), none(closed))), Some(Standing::Missing), "one that was closed later was there");
    }

    #[test]
    fn each_kind_of_pair_talks_once_a_year() {
        let talk = held("2026-03-05", "2026-03-05", &[Kind::TalkWithMembers]);
        let of = |branch: &Obliged| {
            let found = year(branch, std::slice::from_ref(&talk), "2027-01-01");
            [Kind::TalkAmongCommittee, Kind::TalkWithMembers, Kind::TalkAmongMembers]
                .map(|kind| standing(&found, kind, "2026"))
        };
        let (done, missing) = (Some(Standing::Done), Some(Standing::Missing));
        assert_eq!(of(&branch("2020-01-01")), [missing, done, missing]);
        let alone = Obliged { committee: Vec::new(), ..branch("2020-01-01") };
        assert_eq!(of(&alone), [None, done, missing]);
    }

    #[test]
    fn a_large_branch_meets_group_by_group() {
        let kind = Kind::BranchMeeting;
        let of = |days: [&[&str]; 2]| {
            let groups = days.map(|days| group(WHOLE, days, kind)).to_vec();
            let found = year(&Obliged { groups, ..branch("2020-01-01") }, &[], "2026-10-01");
            let duty = found.into_iter().find(|duty| duty.kind == kind && duty.period == "2026-Q3").unwrap();
            (duty.standing, duty.held_on)
        };
        assert_eq!(of([&["2026-08-01"], &["2026-07-01", "2026-09-01"]]), (Standing::Done, Some(day("2026-08-01"))));
        assert_eq!(of([&["2026-08-01"], &[]]).0, Standing::Missing, "not all of it met");
    }

    proptest! {
        #[test]
        fn a_meeting_settles_one_period_of_each_of_its_kinds(month in 1_i8..=12, of_month in 1_i8..=28, which in 0_usize..Kind::ALL.len()) {
            let (on, kind) = (Date::new(2026, month, of_month).unwrap(), Kind::ALL[which]);
            let meeting = Held { on, entered_on: on, kinds: BTreeSet::from([kind]) };
            let all = branch("2020-01-01");
            let (with, without) = (year(&all, &[meeting], "2026-12-31"), year(&all, &[], "2026-12-31"));
            let owes = |rule: &KindRule| rule.kind == kind && rule.every.is_some() && rule.who != Who::Groups;
            let owed = Rules::get().unwrap().kinds.iter().any(owes);
            let differ = with.iter().zip(&without).filter(|(one, other)| one != other).count();
            prop_assert_eq!((with.len(), differ), (without.len(), usize::from(owed)));
        }
    }
}
