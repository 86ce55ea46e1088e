//! Who belonged to the branch, and for how much of the year.

use crate::{FactKind, Mark, State, state::days};
use jiff::civil::Date;

/// How much of the year somebody belonged to the branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Standing {
    /// Whether they did at all.
    pub(crate) belongs: bool,
    /// Whether nothing is asked of them.
    pub(crate) exempt: bool,
    /// For how many whole months.
    pub(crate) months: u32,
}

/// The rolls of a year.
pub(crate) struct Rolls {
    /// By the places of the state's members.
    pub(crate) standings: Vec<Standing>,
    /// Whole months for which the branch exists.
    pub(crate) months: u32,
    /// Days of the year.
    pub(crate) days: i32,
}

/// That somebody comes or goes, on a day from the first of the year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Event {
    day: i32,
    /// After who comes: who does both on one day, between groups of the branch, stays.
    goes: bool,
    exempt: bool,
}

impl Rolls {
    /// What `state` says of who belonged to the branch.
    pub(crate) fn of(state: &State) -> Self {
        let start = |month| Date::new(state.year(), month, 1).map_or(0, |day| days(state.first, day));
        let length = i32::from(state.first.days_in_year());
        let starts: Vec<i32> = (1..=12).map(start).chain([length]).collect();
        let months = |from: i32, until: i32| {
            let whole = |month: &&[i32]| matches!(month, [first, next] if from <= *first && *next <= until);
            starts.windows(2).filter(whole).fold(0, |count, _| count + 1)
        };
        let mut events = vec![Vec::new(); state.members.len()];
        let mut founded = i32::MIN;
        for entry in state.entries.iter().filter(|entry| entry.kinds.are_of_rolls()) {
            if entry.kinds.contains(FactKind::Founding) {
                founded = founded.max(entry.day);
                continue;
            }
            let goes = entry.kinds.contains(FactKind::Departure);
            for slot in state.parts(entry) {
                if let Some(events) = events.get_mut(slot.member) {
                    events.push(Event { day: entry.day, goes, exempt: slot.mark == Mark::Exempt });
                }
            }
        }
        let standing = |mut events: Vec<Event>| {
            events.sort_unstable();
            events.dedup_by_key(|event| event.day);
            let (mut standing, mut since) = (Standing::default(), None);
            let end = Event { day: i32::MAX, goes: true, exempt: false };
            for Event { day, goes, exempt } in events.into_iter().chain([end]) {
                if !goes {
                    since.get_or_insert(day);
                    standing.exempt = exempt;
                } else if let Some(from) = since.take() {
                    standing.belongs |= from < length && 0 < day;
                    standing.months += months(from, day);
                }
            }
            standing
        };
        Self { standings: events.into_iter().map(standing).collect(), months: months(founded, i32::MAX), days: length }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fact, Part, Statement};
    use kernel::{ActivityId, MemberId, OrgId};

    /// What the rolls of 2026 say of somebody who came (`+`), came exempt (`0`) and went (`-`) on these days.
    fn standing(days: &[&str]) -> Standing {
        let member = MemberId::from_bytes(1, [1; 10]);
        let mut state = State::new(OrgId::from_bytes(1, [1; 10]), 2026);
        state.apply(days.iter().zip(1..).map(|(day, n)| {
            let (sign, day) = day.split_at(1);
            let kind = if sign == "-" { FactKind::Departure } else { FactKind::Membership };
            let mark = if sign == "0" { Mark::Exempt } else { Mark::Done };
            let (day, kinds) = (day.parse().unwrap(), [kind].into_iter().collect());
            let says = Statement { kinds, day, recorded: day, value: 0, parts: vec![Part { member, mark }] };
            Fact::stated(ActivityId::from_bytes(1, [n; 10]), 1, says)
        }));
        Rolls::of(&state).standings.first().copied().unwrap()
    }

    #[test]
    fn whole_months_count() {
        for (days, months) in [
            (&["+2020-05-05"] as &[_], 12),
            (&["+2026-01-01"], 12),
            (&["+2026-01-02"], 11),
            (&["+2026-12-01"], 1),
            (&["+2020-05-05", "-2026-04-01"], 3),
            (&["+2020-05-05", "-2026-03-31"], 2),
            (&["-2026-04-15", "+2020-05-05", "+2026-06-01"], 3 + 7),
            (&["+2020-05-05", "-2026-04-15", "+2026-04-15"], 12),
            (&["+2020-05-05", "+2026-04-15"], 12),
            (&["+2026-12-02"], 0),
        ] {
            assert_eq!(standing(days), Standing { belongs: true, exempt: false, months }, "{days:?}");
        }
    }

    #[test]
    fn who_was_not_there_in_the_year_does_not_belong() {
        for days in [&["+2020-05-05", "-2026-01-01"] as &[_], &["+2027-01-01"], &["-2026-03-03"]] {
            assert_eq!(standing(days), Standing::default(), "{days:?}");
        }
        assert!(standing(&["+2020-05-05", "-2026-01-02"]).belongs);
        assert!(standing(&["+2026-12-31"]).belongs);
    }

    #[test]
    fn who_comes_again_is_as_they_came_last() {
        assert!(standing(&["+2020-05-05", "02026-03-01"]).exempt);
        assert!(!standing(&["02020-05-05", "-2026-03-01", "+2026-03-05"]).exempt);
    }
}
