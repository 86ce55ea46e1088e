//! What of org life is owed and done, added up.

use jiff::civil::Date;
use org_life::{Duty, Kind, Standing};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// For so many months after a year its records may come late, and are looked for.
pub const MONTHS_LATE: i32 = 3;

/// How many branches owe something in a period, and what became of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Done {
    /// Branches that owe it.
    pub obliged: u64,
    /// Of these, those that held it.
    pub done: u64,
    /// Of those that held it, those that wrote it down when the period was over.
    pub late: u64,
}

impl Done {
    /// The same with `other` added.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            obliged: self.obliged.saturating_add(other.obliged),
            done: self.done.saturating_add(other.done),
            late: self.late.saturating_add(other.late),
        }
    }

    /// Of those that owe it, those whose period, which ends on `due_on`, is over on the day `today` without it.
    #[must_use]
    pub fn missing(self, due_on: Date, today: Date) -> u64 {
        if due_on < today { self.obliged.saturating_sub(self.done) } else { 0 }
    }
}

/// What is owed, by the last day of its period and its kind. Of one branch each number is one at most.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Vec<Line>", from = "Vec<Line>")]
pub struct Life(BTreeMap<(Date, Kind), Done>);

/// A line of it as it is kept: last day, kind, obliged, done, late.
type Line = (Date, Kind, u64, u64, u64);

impl From<Vec<Line>> for Life {
    fn from(lines: Vec<Line>) -> Self {
        let done = |(due_on, kind, obliged, done, late)| ((due_on, kind), Done { obliged, done, late });
        Self(lines.into_iter().map(done).collect())
    }
}

impl From<Life> for Vec<Line> {
    fn from(life: Life) -> Self {
        life.0.into_iter().map(|((due_on, kind), of)| (due_on, kind, of.obliged, of.done, of.late)).collect()
    }
}

impl Life {
    /// Of one branch, which owes `duties`.
    #[must_use]
    pub fn of(duties: &[Duty]) -> Self {
        let mut life = Self::default();
        for Duty { kind, due_on, standing, .. } in duties {
            let held = matches!(standing, Standing::Done | Standing::Late);
            let late = *standing == Standing::Late;
            life.add((*due_on, *kind), Done { obliged: 1, done: u64::from(held), late: u64::from(late) });
        }
        life
    }

    fn add(&mut self, what: (Date, Kind), done: Done) {
        let known = self.0.entry(what).or_default();
        *known = known.and(done);
    }

    /// Adds everything that is in `other`.
    pub fn merge(&mut self, other: &Self) {
        for (what, done) in &other.0 {
            self.add(*what, *done);
        }
    }

    /// What is owed, by the last days of the periods, then by kind.
    pub fn lines(&self) -> impl Iterator<Item = (Date, Kind, Done)> + '_ {
        self.0.iter().map(|((due_on, kind), done)| (*due_on, *kind, *done))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use org_life::Strength;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn duty(kind: Kind, due_on: &str, standing: Standing) -> Duty {
        Duty {
            kind,
            period: "2026-10".to_owned(),
            due_on: day(due_on),
            standing,
            held_on: None,
            usual_on: None,
            strength: Strength::Required,
            article: "支部条例 §16".to_owned(),
        }
    }

    #[test]
    fn what_branches_owe_adds_up_to_what_is_covered() {
        let branches = [Standing::Done, Standing::Late, Standing::Missing, Standing::Due].map(|standing| {
            vec![duty(Kind::ThemeDay, "2026-10-31", standing), duty(Kind::BranchMeeting, "2026-12-31", Standing::Due)]
        });
        let mut sum = Life::default();
        for duties in &branches {
            sum.merge(&Life::of(duties));
        }
        let found: Vec<_> = sum.lines().collect();
        let (theme, meeting) = (Done { obliged: 4, done: 2, late: 1 }, Done { obliged: 4, done: 0, late: 0 });
        let (october, year) = (day("2026-10-31"), day("2026-12-31"));
        assert_eq!(found, [(october, Kind::ThemeDay, theme), (year, Kind::BranchMeeting, meeting)]);
        // The same numbers as the list of each page of branches has.
        let covered = org_life::coverage(branches.concat());
        let listed: Vec<_> =
            covered.iter().map(|one| (one.due_on, one.kind, one.obliged, one.done, one.late)).collect();
        let found = found.iter().map(|(due_on, kind, done)| {
            let [obliged, held, late] = [done.obliged, done.done, done.late].map(|many| u32::try_from(many).unwrap());
            (*due_on, *kind, obliged, held, late)
        });
        assert_eq!(found.collect::<Vec<_>>(), listed);
    }

    #[test]
    fn nothing_is_missing_on_the_last_day() {
        let done = Done { obliged: 4, done: 1, late: 0 };
        assert_eq!(done.missing(day("2026-10-31"), day("2026-10-31")), 0);
        assert_eq!(done.missing(day("2026-10-31"), day("2026-11-01")), 3);
    }

    #[test]
    fn it_is_kept_as_lines() {
        let life = Life::of(&[duty(Kind::ThemeDay, "2026-10-31", Standing::Late)]);
        let kept = serde_json::to_value(&life).unwrap();
        assert_eq!(kept, serde_json::json!([["2026-10-31", "theme-day", 1, 1, 1]]));
        assert_eq!(serde_json::from_value::<Life>(kept).unwrap(), life);
    }
}
