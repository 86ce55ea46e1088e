//! What a branch still has to record: rules of its sheet that have less than is due by now.

use jiff::civil::Date;
use scoring::{Counting, RuleStanding};

/// A rule of which less is recorded than is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gap<'a> {
    pub(crate) standing: RuleStanding<'a>,
    /// How much of what is asked of the year is due by now.
    pub(crate) due: u64,
}

/// The gaps of a branch, founded on `founded`, in `year`: of what is asked in a certain number. What is due is asked by
/// whole months, as much of the year's as has gone by.
pub(crate) fn gaps(standings: Vec<RuleStanding<'_>>, (founded, year): (Date, i16), today: Date) -> Vec<Gap<'_>> {
    let counted = |rule: &Counting| matches!(rule, Counting::Records(_) | Counting::Value(_));
    let standings = standings.into_iter().filter(|standing| counted(&standing.rule.counting));
    let gaps = standings.map(|standing| Gap { standing, due: due(standing.asked, (founded, year), today) });
    gaps.filter(|gap| gap.standing.done < gap.due).collect()
}

/// So much of `asked` as falls on the months of `year` that are over, of those in which the branch existed.
fn due(asked: u64, (founded, year): (Date, i16), today: Date) -> u64 {
    let firsts = (1..=12_i8).filter_map(|month| Date::new(year, month, 1).ok()).filter(|first| *first >= founded);
    let (mut whole, mut over) = (0, 0);
    for first in firsts {
        whole += 1;
        over += u64::from(first.last_of_month() < today);
    }
    (asked * over).checked_div(whole).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn a_month_is_due_once_it_is_over() {
        for (today, twelve, four) in [
            ("2026-01-31", 0, 0),
            ("2026-02-01", 1, 0),
            ("2026-03-31", 2, 0),
            ("2026-04-01", 3, 1),
            ("2026-12-31", 11, 3),
            ("2027-01-01", 12, 4),
            ("2025-06-01", 0, 0),
        ] {
            let of = |asked| due(asked, (day("2010-01-04"), 2026), day(today));
            assert_eq!((of(12), of(4)), (twelve, four), "{today}");
        }
    }

    #[test]
    fn a_branch_founded_in_the_year_owes_for_its_own_months() {
        // Nine whole months ask for nine.
        for (today, wanted) in [("2026-04-01", 0), ("2026-05-01", 1), ("2026-11-24", 7), ("2027-02-01", 9)] {
            assert_eq!(due(9, (day("2026-03-15"), 2026), day(today)), wanted, "{today}");
        }
        assert_eq!(due(0, (day("2026-12-15"), 2026), day("2027-01-01")), 0);
    }

    proptest! {
        #[test]
        fn never_more_is_due_than_is_asked_and_never_less_later(asked in 0_u64..5_000, at in 0_i32..500) {
            use jiff::ToSpan;
            let today = day("2026-01-01").saturating_add(at.days());
            let of = |today| due(asked, (day("2026-02-10"), 2026), today);
            prop_assert!(of(today) <= asked);
            prop_assert!(of(today) <= of(today.saturating_add(1.day())));
        }
    }
}
