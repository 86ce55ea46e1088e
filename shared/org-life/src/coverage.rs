//! How many branches did what they owe.

use crate::{Duty, Kind, Standing, Strength};
use jiff::civil::Date;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// How many branches owe something in a period, and how many did it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CoveredDuty)]
pub struct Covered {
    /// What.
    pub kind: Kind,
    /// In which period: `2026-11`, `2026-Q4`, `2026`.
    pub period: String,
    /// The last day on which it is in time.
    #[schema(value_type = String, format = Date)]
    pub due_on: Date,
    /// Branches that owe it.
    pub obliged: u32,
    /// Of these, those that held it.
    pub done: u32,
    /// Of those that held it, those that wrote it down when the period was over.
    pub late: u32,
    /// Of those that owe it, those whose period is over and of which nothing is written down.
    pub missing: u32,
    /// How strictly the regulation puts it.
    pub strength: Strength,
    /// Where it is written.
    pub article: String,
}

/// What several branches owe, counted by kind and period: by the days on which periods end, then by kind.
#[must_use]
pub fn coverage(duties: impl IntoIterator<Item = Duty>) -> Vec<Covered> {
    let mut found: BTreeMap<(Date, Kind), Covered> = BTreeMap::new();
    for Duty { kind, period, due_on, standing, strength, article, .. } in duties {
        let new = Covered { kind, period, due_on, obliged: 0, done: 0, late: 0, missing: 0, strength, article };
        let covered = found.entry((due_on, kind)).or_insert(new);
        covered.obliged += 1;
        covered.done += u32::from(matches!(standing, Standing::Done | Standing::Late));
        covered.late += u32::from(standing == Standing::Late);
        covered.missing += u32::from(standing == Standing::Missing);
    }
    found.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches_are_counted_by_what_they_owe_and_what_they_did() {
        let duty = |kind, standing| Duty {
            kind,
            period: "2026-10".to_owned(),
            due_on: Date::constant(2026, 10, 31),
            standing,
            held_on: None,
            usual_on: None,
            strength: Strength::Required,
            article: "支部条例 §16".to_owned(),
        };
        let theme = |standing| duty(Kind::ThemeDay, standing);
        let all = [Standing::Missing, Standing::Done, Standing::Late, Standing::Due, Standing::Done].map(theme);
        let found = coverage(all.into_iter().chain([duty(Kind::GroupMeeting, Standing::Missing)]));
        let seen: Vec<_> = found.iter().map(|one| (one.kind, one.obliged, one.done, one.late, one.missing)).collect();
        assert_eq!(seen, [(Kind::GroupMeeting, 1, 0, 0, 1), (Kind::ThemeDay, 5, 3, 1, 1)]);
    }
}
