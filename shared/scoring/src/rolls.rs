//! Who belonged to the branch, for how much of the year, and when it had a committee.

use crate::{FactKind, State, state::days};
use jiff::civil::Date;
use std::{collections::BTreeSet, ops::Range};

/// Persons who hold an office at once where there is a committee: a secretary alone, or with a deputy, is none (支部条例 §20).
const COMMITTEE: usize = 3;

/// Months of a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Months(u16);

impl Months {
    /// How many there are.
    #[must_use]
    pub const fn count(self) -> u32 {
        self.0.count_ones()
    }

    /// Their numbers, January being 1.
    pub fn numbers(self) -> impl Iterator<Item = i8> {
        (1..=12).filter(move |month| self.0 & Self::bit(*month) != 0)
    }

    const fn bit(month: i8) -> u16 {
        1 << month
    }

    const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

/// Numbers that are of no month are left out.
impl FromIterator<i8> for Months {
    fn from_iter<I: IntoIterator<Item = i8>>(months: I) -> Self {
        let known = months.into_iter().filter(|month| (1..=12).contains(month));
        Self(known.fold(0, |all, month| all | Self::bit(month)))
    }
}

/// How much of the year somebody belonged to the branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Standing {
    /// Whether they did at all.
    pub(crate) belongs: bool,
    /// In which months they did from the first day to the last, and were not exempt on any.
    pub(crate) months: Months,
}

/// The rolls of a year.
pub(crate) struct Rolls {
    /// By the places of the state's members.
    pub(crate) standings: Vec<Standing>,
    /// For which months the branch exists from the first day to the last.
    pub(crate) months: Months,
    /// For which it has a committee so long.
    pub(crate) committee: Months,
    /// Days of the year.
    pub(crate) days: i32,
}

/// That somebody comes or goes, on a day from the first of the year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Event {
    day: i32,
    /// After who comes: who does both on one day, between groups of the branch, stays.
    goes: bool,
}

/// That nothing is asked of somebody from a day on and until another, as it was said once. Sorts by when that was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Exempt {
    revision: u64,
    /// With their coming, for what was said before ends there: otherwise it is said in the place of what it overlaps.
    comes: bool,
    from: i32,
    until: i32,
}

/// What is said of one person.
#[derive(Debug, Clone, Default)]
struct Life {
    events: Vec<Event>,
    exempt: Vec<Exempt>,
}

/// The months of a year, each with the days from its first to the one after its last.
struct Calendar(Vec<(i8, Range<i32>)>);

impl Calendar {
    fn of(state: &State) -> Self {
        let length = i32::from(state.first.days_in_year());
        let start = |month| Date::new(state.year(), month, 1).map_or(length, |day| days(state.first, day));
        // No month is the thirteenth: it begins behind the year.
        Self((1..=12).map(|month| (month, start(month)..start(month + 1))).collect())
    }

    /// Months of whose days `is` is true.
    fn months(&self, is: impl Fn(&Range<i32>) -> bool) -> Months {
        self.0.iter().filter(|(_, days)| is(days)).map(|(month, _)| *month).collect()
    }

    /// Months that lie in the days from `from` until before `until` as a whole.
    fn whole(&self, from: i32, until: i32) -> Months {
        self.months(|days| from <= days.start && days.end <= until)
    }

    /// Months that have any of these days.
    fn touched(&self, from: i32, until: i32) -> Months {
        self.months(|days| from.max(days.start) < until.min(days.end))
    }
}

impl Life {
    /// How much of the year with this `calendar` and so many days it is.
    fn standing(self, calendar: &Calendar, length: i32) -> Standing {
        let Self { mut events, exempt } = self;
        events.sort_unstable();
        events.dedup_by_key(|event| event.day);
        let (mut standing, mut since) = (Standing::default(), None);
        let end = Event { day: i32::MAX, goes: true };
        for Event { day, goes } in events.into_iter().chain([end]) {
            if !goes {
                since.get_or_insert(day);
            } else if let Some(from) = since.take() {
                standing.belongs |= from < length && 0 < day;
                standing.months = standing.months.or(calendar.whole(from, day));
            }
        }
        for (from, until) in spans(exempt) {
            standing.months = standing.months.without(calendar.touched(from, until));
        }
        standing
    }
}

/// On which days nothing is asked of somebody, by all that was said of it: each from a day until before another.
fn spans(mut said: Vec<Exempt>) -> Vec<(i32, i32)> {
    said.sort_unstable();
    let mut spans: Vec<(i32, i32)> = Vec::with_capacity(said.len());
    for Exempt { comes, from, until, .. } in said {
        if comes {
            for (_, end) in &mut spans {
                *end = from.min(*end);
            }
        } else {
            spans.retain(|(_, end)| *end <= from);
        }
        spans.push((from, until));
    }
    spans
}

/// Whether there is a committee on each of `days`, where these persons hold an office of it on these days.
fn sits(held: &[(usize, Range<i32>)], days: &Range<i32>) -> bool {
    let changes = held.iter().flat_map(|(_, held)| [held.start, held.end]).filter(|day| days.contains(day));
    changes.chain([days.start]).all(|day| {
        let holding = held.iter().filter(|(_, held)| held.contains(&day));
        holding.map(|(person, _)| *person).collect::<BTreeSet<_>>().len() >= COMMITTEE
    })
}

impl Rolls {
    /// What `state` says of who belonged to the branch.
    pub(crate) fn of(state: &State) -> Self {
        let (calendar, length) = (Calendar::of(state), i32::from(state.first.days_in_year()));
        let mut lives = vec![Life::default(); state.members.len()];
        let (mut founded, mut offices) = (i32::MIN, Vec::new());
        for entry in state.entries.iter().filter(|entry| entry.kinds.are_of_rolls()) {
            let is = |kind| entry.kinds.contains(kind);
            if is(FactKind::Founding) {
                founded = founded.max(entry.day);
                continue;
            }
            let (day, until) = (entry.day, entry.day.saturating_add_unsigned(entry.value));
            let goes = is(FactKind::Departure);
            for slot in state.parts(entry) {
                let Some(life) = lives.get_mut(slot.member) else { continue };
                let comes = is(FactKind::Membership);
                if goes || comes {
                    life.events.push(Event { day, goes });
                }
                if is(FactKind::Exemption) {
                    life.exempt.push(Exempt { revision: entry.revision, comes, from: day, until });
                }
                if is(FactKind::Office) {
                    offices.push((slot.member, day..until));
                }
            }
        }
        let committee = calendar.months(|days| founded <= days.start && sits(&offices, days));
        let standings = lives.into_iter().map(|life| life.standing(&calendar, length)).collect();
        Self { standings, months: calendar.whole(founded, i32::MAX), committee, days: length }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fact, Mark, Part, Statement};
    use kernel::{ActivityId, AppointmentId, MemberId, OrgId, TransferId};

    fn member(n: u8) -> MemberId {
        MemberId::from_bytes(1, [n; 10])
    }

    /// Somebody's part in something from `day` on, for so many days.
    fn says(kinds: &[FactKind], n: u8, (day, value): (&str, u32)) -> Statement {
        let (day, kinds) = (day.parse().unwrap(), kinds.iter().copied().collect());
        Statement { kinds, day, recorded: day, value, parts: vec![Part { member: member(n), mark: Mark::Done }] }
    }

    fn state(facts: impl IntoIterator<Item = Fact>) -> State {
        let mut state = State::new(OrgId::from_bytes(1, [1; 10]), 2026);
        state.apply(facts);
        state
    }

    /// That somebody came (`+`) and went (`-`) on these days.
    fn moves(days: &[&str]) -> Vec<Fact> {
        let fact = |(day, n): (&&str, u8)| {
            let (sign, day) = day.split_at(1);
            let kind = if sign == "-" { FactKind::Departure } else { FactKind::Membership };
            Fact::stated(ActivityId::from_bytes(1, [n; 10]), 1, says(&[kind], 1, (day, 0)))
        };
        days.iter().zip(1..).map(fact).collect()
    }

    /// What the rolls of 2026 say of the one whom `facts` are about.
    fn standing(facts: Vec<Fact>) -> Standing {
        Rolls::of(&state(facts)).standings.first().copied().unwrap()
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
            let Standing { belongs, months: found } = standing(moves(days));
            assert_eq!((belongs, found.count()), (true, months), "{days:?}");
        }
    }

    #[test]
    fn who_was_not_there_in_the_year_does_not_belong() {
        for days in [&["+2020-05-05", "-2026-01-01"] as &[_], &["+2027-01-01"], &["-2026-03-03"]] {
            assert_eq!(standing(moves(days)), Standing::default(), "{days:?}");
        }
        assert!(standing(moves(&["+2020-05-05", "-2026-01-02"])).belongs);
        assert!(standing(moves(&["+2026-12-31"])).belongs);
    }

    /// What is said of an exemption, by its revision.
    fn exempt(n: u8, since: &str, days: u32) -> Fact {
        let says = says(&[FactKind::Exemption], 1, (since, days));
        Fact::stated(ActivityId::from_bytes(2, [n; 10]), n.into(), says)
    }

    /// That somebody comes, and for how many days nothing is asked of them, by its revision.
    fn comes(n: u8, on: &str, days: u32) -> Fact {
        let says = says(&[FactKind::Membership, FactKind::Exemption], 1, (on, days));
        Fact::stated(TransferId::from_bytes(2, [n; 10]), n.into(), says)
    }

    /// The months that are asked of somebody who is there since 2020, with these facts in whatever order.
    fn asked(facts: &[Fact]) -> Vec<i8> {
        let found = [facts.to_vec(), facts.iter().rev().cloned().collect()].map(|facts| {
            let all = moves(&["+2020-05-05"]).into_iter().chain(facts).collect();
            standing(all).months.numbers().collect::<Vec<_>>()
        });
        let [one, other] = found;
        assert_eq!(one, other);
        one
    }

    #[test]
    fn of_months_with_a_day_of_an_exemption_nothing_is_asked() {
        assert!(asked(&[exempt(1, "2019-01-01", Statement::ENDLESS)]).is_empty());
        assert_eq!(asked(&[exempt(1, "2026-03-31", Statement::ENDLESS)]), [1, 2]);
        // Until the first of April, and until the last of March.
        assert_eq!(asked(&[exempt(1, "2025-12-31", 92)]), [5, 6, 7, 8, 9, 10, 11, 12]);
        assert_eq!(asked(&[exempt(1, "2025-12-31", 91)]), [4, 5, 6, 7, 8, 9, 10, 11, 12]);
        assert_eq!(asked(&[exempt(1, "2026-03-31", 0)]).len(), 12, "it is over before it begins");
        let both = [exempt(1, "2019-01-01", Statement::ENDLESS), exempt(2, "2026-11-01", 30)];
        assert_eq!(asked(&both), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12], "what was said last holds");
    }

    #[test]
    fn a_second_exemption_leaves_one_that_is_over_as_it_was() {
        // January to April have 120 days.
        let (spring, autumn) = (exempt(2, "2026-01-01", 120), exempt(3, "2026-10-01", Statement::ENDLESS));
        assert_eq!(asked(&[spring.clone(), autumn.clone()]), [5, 6, 7, 8, 9]);
        // It was to last all the year before it was corrected, and began a month later.
        let first = exempt(1, "2026-01-01", Statement::ENDLESS);
        assert_eq!(asked(&[first, spring.clone(), autumn.clone()]), [5, 6, 7, 8, 9]);
        assert_eq!(asked(&[spring, autumn, exempt(4, "2026-11-01", 30)]), [5, 6, 7, 8, 9, 10, 12]);
    }

    #[test]
    fn who_comes_again_was_exempt_before_all_the_same() {
        let endless = Statement::ENDLESS;
        // Between groups of the branch, the exemption going along.
        let left =
            Fact::stated(ActivityId::from_bytes(3, [1; 10]), 2, says(&[FactKind::Departure], 1, ("2026-06-10", 0)));
        let moved = [exempt(1, "2026-03-01", endless), left, comes(2, "2026-06-10", endless)];
        assert_eq!(asked(&moved), [1, 2]);
        let over = [exempt(1, "2026-03-01", 31), moved[1].clone(), comes(2, "2026-06-10", 0)];
        assert_eq!(asked(&over), [1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12], "it was over by then");
        // Until another day than it was said when they came.
        let [first, left, came] = moved;
        let corrected = exempt(3, "2026-03-01", 184);
        assert_eq!(asked(&[first.clone(), left, came, corrected]), [1, 2, 9, 10, 11, 12]);
        // Away in summer, and not exempt when they came back.
        let gone =
            Fact::stated(ActivityId::from_bytes(3, [2; 10]), 2, says(&[FactKind::Departure], 1, ("2026-06-01", 0)));
        assert_eq!(asked(&[first, gone, comes(3, "2026-09-01", 0)]), [1, 2, 9, 10, 11, 12]);
    }

    #[test]
    fn a_committee_is_three_persons_in_office_at_once() {
        let held = |n: u8, of: u8, from, days| {
            let id = AppointmentId::from_bytes(3, [n; 10]);
            Fact::stated(id, 1, says(&[FactKind::Office], of, (from, days)))
        };
        let months = |facts: Vec<Fact>| -> Vec<i8> { Rolls::of(&state(facts)).committee.numbers().collect() };
        let endless = Statement::ENDLESS;
        let two = vec![held(1, 1, "2024-01-01", endless), held(2, 2, "2024-01-01", endless)];
        let with = |more: Fact| two.iter().cloned().chain([more]).collect();
        assert!(months(two.clone()).is_empty());
        assert!(months(with(held(3, 1, "2024-01-01", endless))).is_empty(), "two offices of one person");
        assert_eq!(months(with(held(3, 3, "2025-12-31", endless))).len(), 12);
        // September, October and November have ninety-one days.
        assert_eq!(months(with(held(3, 3, "2026-09-01", endless))), [9, 10, 11, 12]);
        assert_eq!(months(with(held(3, 3, "2026-09-02", endless))), [10, 11, 12]);
        assert_eq!(months(with(held(3, 3, "2026-09-01", 91))), [9, 10, 11]);
        assert_eq!(months(with(held(3, 3, "2026-09-01", 90))), [9, 10]);
    }

    #[test]
    fn months_are_told_by_their_numbers() {
        let some: Months = [0, 1, 12, 13, 12].into_iter().collect();
        assert_eq!((some.count(), some.numbers().collect::<Vec<_>>()), (2, vec![1, 12]));
    }
}
