//! The warning of a task: whether one is open, and what was told already. Pure.
//!
//! There is at most one open warning for each rule (the colour), subject (the task) and period (the week). Somebody hears
//! of it when a task becomes worse than they were told this week, and not when it becomes better, or comes and goes.

use crate::{Colour, Rules, bill::week};
use jiff::{Timestamp, ToSpan};
use kernel::{shanghai_day, start_of_shanghai_day, working_days_after};
use serde::{Deserialize, Serialize};

/// A warning, open or closed: the last one of its task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Warning {
    /// What colour the task has.
    pub colour: Colour,
    /// The worst colour that its owner knows of in this period.
    pub told: Colour,
    /// The week in Shanghai, `2026-W49`.
    pub period: String,
    /// Since when it has this colour.
    pub at: Timestamp,
    /// When the superior was told that nobody answered.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub escalated_at: Option<Timestamp>,
    /// When it was closed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub closed_at: Option<Timestamp>,
}

/// What became of a warning when its task was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Nothing.
    Stays,
    /// It was opened or became worse: its owner is told.
    Told,
    /// It changed, came back, or goes on in a new week, without a message.
    Quiet,
    /// The task is green again.
    Closed,
}

impl Warning {
    /// The period of the instant `now`: its ISO week in Shanghai, `2026-W49`.
    #[must_use]
    pub fn period(now: Timestamp) -> String {
        week(shanghai_day(now))
    }

    /// Whether it is open.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.closed_at.is_none()
    }

    /// The same, closed at `now` unless it was closed before.
    #[must_use]
    pub fn closed(self, now: Timestamp) -> Self {
        Self { closed_at: self.closed_at.or(Some(now)), ..self }
    }

    /// What becomes of the warning `old` of a task that has `colour` at `now`.
    #[must_use]
    pub fn next(old: Option<&Self>, colour: Colour, now: Timestamp) -> (Option<Self>, Turn) {
        if colour == Colour::Green {
            return match old {
                Some(open) if open.is_open() => (Some(open.clone().closed(now)), Turn::Closed),
                other => (other.cloned(), Turn::Stays),
            };
        }
        let period = Self::period(now);
        let known = old.filter(|old| old.is_open() || old.period == period);
        let Some(known) = known.map(|known| known.in_period(&period)) else {
            return (Some(Self::new(colour, period, now)), Turn::Told);
        };
        if colour > known.told {
            return (Some(Self::new(colour, period, now)), Turn::Told);
        }
        let same = known.is_open() && known.colour == colour;
        let next = if same { known } else { Self { colour, at: now, escalated_at: None, closed_at: None, ..known } };
        let turn = if old == Some(&next) { Turn::Stays } else { Turn::Quiet };
        (Some(next), turn)
    }

    fn new(colour: Colour, period: String, now: Timestamp) -> Self {
        Self { colour, told: colour, period, at: now, escalated_at: None, closed_at: None }
    }

    /// The same in `period`: in a new week only the colour it had at last is known.
    fn in_period(&self, period: &str) -> Self {
        if self.period == period {
            return self.clone();
        }
        Self { told: self.colour, period: period.to_owned(), ..self.clone() }
    }

    /// Whether the superior is to be asked at `now` to see to it, unless the owner answered: red, open, and so many whole
    /// working days after the day of the warning are over.
    #[must_use]
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        let Ok(rules) = Rules::get() else { return false };
        let last = working_days_after(shanghai_day(self.at), rules.warnings.escalate_after_working_days).day;
        let over = start_of_shanghai_day(last.saturating_add(1.day()));
        self.colour == Colour::Red && self.is_open() && self.escalated_at.is_none() && now >= over
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::at;
    use Colour::{Blue, Green, Red, Yellow};

    /// The turns of a task that is looked at at these instants with these colours.
    fn turns(looks: &[(&str, Colour)]) -> (Vec<Turn>, Option<Warning>) {
        let (mut warning, mut turns) = (None, Vec::new());
        for (now, colour) in looks {
            let (next, turn) = Warning::next(warning.as_ref(), *colour, at(now));
            assert_eq!(turn == Turn::Stays, next == warning, "{now}");
            (warning, turns) = (next, [turns, vec![turn]].concat());
        }
        (turns, warning)
    }

    #[test]
    fn what_becomes_worse_is_told_and_nothing_else() {
        use Turn::{Closed, Quiet, Stays, Told};
        let (tue, wed, thu, fri) =
            ("2026-11-24T02:00:00Z", "2026-11-25T02:00:00Z", "2026-11-26T02:00:00Z", "2026-11-27T02:00:00Z");
        for (looks, expected) in [
            (vec![(tue, Green), (wed, Green)], vec![Stays, Stays]),
            (vec![(tue, Blue), (wed, Blue), (thu, Yellow), (fri, Red)], vec![Told, Stays, Told, Told]),
            (vec![(tue, Red), (wed, Yellow), (thu, Red), (fri, Red)], vec![Told, Quiet, Quiet, Stays]),
            (vec![(tue, Yellow), (wed, Green), (thu, Yellow), (fri, Red)], vec![Told, Closed, Quiet, Told]),
            (vec![(tue, Yellow), (wed, Green), (thu, Green), (fri, Blue)], vec![Told, Closed, Stays, Quiet]),
        ] {
            assert_eq!(turns(&looks).0, expected, "{looks:?}");
        }
    }

    #[test]
    fn what_was_over_and_comes_back_can_go_up_again() {
        let (tue, wed, thu) = ("2026-11-24T02:00:00Z", "2026-11-25T02:00:00Z", "2026-11-26T02:00:00Z");
        let red = Warning { escalated_at: Some(at(tue)), ..Warning::new(Red, Warning::period(at(tue)), at(tue)) };
        for better in [Green, Yellow] {
            let (between, _) = Warning::next(Some(&red), better, at(wed));
            let again = Warning { at: at(thu), escalated_at: None, ..red.clone() };
            assert_eq!(Warning::next(between.as_ref(), Red, at(thu)), (Some(again), Turn::Quiet), "{better:?}");
        }
        assert_eq!(Warning::next(Some(&red), Red, at(thu)).0, Some(red), "it stayed so");
    }

    #[test]
    fn a_week_begins_on_monday_in_shanghai() {
        use Turn::{Closed, Quiet, Stays, Told};
        let (sunday, monday) = ("2026-11-29T15:59:59.999Z", "2026-11-29T16:00:00Z");
        assert_eq!(Warning::period(at(sunday)), "2026-W48");
        assert_eq!(Warning::period(at(monday)), "2026-W49");
        assert_eq!(Warning::period(at("2026-12-31T16:00:00Z")), "2026-W53");
        let friday = "2026-11-27T02:00:00Z";
        let (told, warning) = turns(&[(friday, Red), (sunday, Red), (monday, Red), (monday, Red)]);
        assert_eq!(told, [Told, Stays, Quiet, Stays]);
        let warning = warning.unwrap();
        assert_eq!((warning.period.as_str(), warning.at), ("2026-W49", at(friday)), "it goes on");
        // What got better last week is told again when it gets worse in this one, and so is what was closed.
        assert_eq!(turns(&[(friday, Red), (sunday, Yellow), (monday, Red)]).0, [Told, Quiet, Told]);
        assert_eq!(turns(&[(friday, Red), (sunday, Green), (monday, Red)]).0, [Told, Closed, Told]);
    }

    #[test]
    fn red_is_overdue_after_two_whole_working_days() {
        for (from, over) in [
            ("2026-11-24T02:00:00Z", "2026-11-26T16:00:00Z"),
            // Over a weekend, and over National Day: 2026-10-01 to 07 are free, the 10th is worked.
            ("2026-11-27T02:00:00Z", "2026-12-01T16:00:00Z"),
            ("2026-09-30T02:00:00Z", "2026-10-09T16:00:00Z"),
        ] {
            let red = Warning::new(Red, String::new(), at(from));
            let moment = jiff::SignedDuration::from_millis(1);
            assert!(!red.is_overdue(at(over) - moment) && red.is_overdue(at(over)), "{from}");
            for other in [
                Warning { colour: Yellow, ..red.clone() },
                Warning { escalated_at: Some(at(over)), ..red.clone() },
                red.clone().closed(at(over)),
            ] {
                assert!(!other.is_overdue(at(over)), "{other:?}");
            }
        }
    }
}
