//! What a branch still has to record: rules of its sheet that have less than is due by now.

use jiff::civil::Date;
use scoring::{Counting, Months, RuleStanding};

/// A rule of which less is recorded than is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gap<'a> {
    pub(crate) standing: RuleStanding<'a>,
    /// How much of what is asked of the year is due by now.
    pub(crate) due: u64,
}

/// The gaps of a branch in `year`: of what is asked in a certain number. What is due is asked by whole months, as much of the
/// year's as has gone by.
pub(crate) fn gaps(standings: Vec<RuleStanding<'_>>, year: i16, today: Date) -> Vec<Gap<'_>> {
    let counted = |rule: &Counting| matches!(rule, Counting::Records(_) | Counting::Value(_));
    let standings = standings.into_iter().filter(|standing| counted(&standing.rule.counting));
    let gaps = standings.map(|standing| Gap { standing, due: due((standing.asked, standing.months), year, today) });
    gaps.filter(|gap| gap.standing.done < gap.due).collect()
}

/// So much of what is asked of these months of `year` as falls on those that are over.
fn due((asked, months): (u64, Months), year: i16, today: Date) -> u64 {
    let is_over = |month: &i8| Date::new(year, *month, 1).is_ok_and(|first| first.last_of_month() < today);
    let over = months.numbers().filter(is_over).fold(0, |over, _| over + 1);
    (asked * over).checked_div(months.count().into()).unwrap_or(0)
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
            let of = |asked| due((asked, (1..=12).collect()), 2026, day(today));
            assert_eq!((of(12), of(4)), (twelve, four), "{today}");
        }
    }

    #[test]
    fn what_is_asked_of_some_months_is_due_with_those() {
        // Nine whole months ask for nine.
        for (today, wanted) in [("2026-04-01", 0), ("2026-05-01", 1), ("2026-11-24", 7), ("2027-02-01", 9)] {
            assert_eq!(due((9, (4..=12).collect()), 2026, day(today)), wanted, "{today}");
        }
        assert_eq!(due((0, Months::default()), 2026, day("2027-01-01")), 0);
    }

    proptest! {
        #[test]
        fn never_more_is_due_than_is_asked_and_never_less_later(asked in 0_u64..5_000, first in 1_i8..13, at in 0_i32..500) {
            use jiff::ToSpan;
            let today = day("2026-01-01").saturating_add(at.days());
            let of = |today| due((asked, (first..=12).collect()), 2026, today);
            prop_assert!(of(today) <= asked);
            prop_assert!(of(today) <= of(today.saturating_add(1.day())));
        }
    }
}
