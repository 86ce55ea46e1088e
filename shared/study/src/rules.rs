//! The rule data.

use crate::NewcomerRule;
use jiff::{Timestamp, civil::Date};
use kernel::{ErrorCode, Refusal, RuleFile, shanghai_day};
use org_life::Kind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// Who owes how many hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = Learner)]
pub enum Who {
    /// A member.
    Member,
    /// A secretary, or another member of a committee.
    Committee,
}

/// What somebody owes in a year.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Owed {
    /// Who.
    pub who: Who,
    /// How much, in minutes.
    pub minutes: u32,
    /// How many organised trainings (集中培训) among that, at least.
    #[serde(default)]
    pub trainings: u32,
    /// Where it is written.
    pub article: String,
    /// Whether no regulation in force was found that says so.
    pub unconfirmed: bool,
}

/// Which meetings are study.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionRule {
    /// A meeting counts once when it is any of these.
    pub kinds: BTreeSet<Kind>,
    /// What a day counts at most, in minutes: a meeting by itself, and all that counts on the day together.
    pub most_a_day: u32,
}

/// What a training counts.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrainingRule {
    /// Half a day, in minutes.
    pub half_day: u32,
    /// Half days of one training, at most.
    pub most_half_days: u32,
}

/// What a passed paper counts.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PaperRule {
    /// In minutes, at most.
    pub most_minutes: u32,
}

/// What holds of attempts.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AttemptRule {
    /// Seconds after the limit in which an answer that was under way is taken.
    pub grace_seconds: u32,
}

/// Rules of one version.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rules {
    /// Named by what was counted under it.
    pub version: String,
    /// Since when the regulation is in force.
    pub in_force: Date,
    /// Who owes how much.
    pub owed: Vec<Owed>,
    /// Who is trained once because they are new.
    pub newcomers: Vec<NewcomerRule>,
    /// Which meetings are study.
    pub sessions: SessionRule,
    /// What a training counts.
    pub training: TrainingRule,
    /// What a passed paper counts.
    pub paper: PaperRule,
    /// What holds of attempts.
    pub attempt: AttemptRule,
}

static RULES: RuleFile<Rules> = RuleFile::new(include_str!("../../../infra/rules/study.json"));

impl Rules {
    /// The rules in force.
    ///
    /// # Errors
    /// [`ErrorCode::Internal`] when they do not read, which a test rules out.
    pub fn get() -> Result<&'static Self, Refusal> {
        RULES.get()
    }

    /// What `who` owes.
    ///
    /// # Errors
    /// [`ErrorCode::Internal`] when they say nothing of it, which a test rules out.
    pub fn owed(&self, who: Who) -> Result<&Owed, Refusal> {
        self.owed.iter().find(|owed| owed.who == who).ok_or_else(|| ErrorCode::Internal.into())
    }

    /// What a meeting of these kinds from `from` to `to` counts for whoever was there, in minutes; nothing when it is no
    /// study.
    #[must_use]
    pub fn session(&self, kinds: &BTreeSet<Kind>, (from, to): (Timestamp, Timestamp)) -> u32 {
        if kinds.is_disjoint(&self.sessions.kinds) {
            return 0;
        }
        let lasted = u32::try_from(to.duration_since(from).as_mins()).unwrap_or(0);
        let days = shanghai_day(from).until(shanghai_day(to)).map_or(0, |apart| apart.get_days()) + 1;
        lasted.min(self.sessions.most_a_day * u32::try_from(days).unwrap_or(1))
    }

    /// What a training of so many half days counts, in minutes.
    #[must_use]
    pub fn training(&self, half_days: u32) -> u32 {
        self.training.half_day * half_days.min(self.training.most_half_days)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;
    use proptest::prelude::*;

    fn held(kinds: &[Kind], minutes: i64) -> u32 {
        let from: Timestamp = "2026-11-24T01:00:00Z".parse().unwrap();
        Rules::get()
            .unwrap()
            .session(&kinds.iter().copied().collect(), (from, from + SignedDuration::from_mins(minutes)))
    }

    #[test]
    fn the_rules_read_and_speak_of_everybody() {
        let rules = Rules::get().unwrap();
        assert_eq!(rules.owed(Who::Member).unwrap().minutes, 32 * 60);
        assert_eq!(rules.owed(Who::Committee).unwrap().minutes, 56 * 60);
        assert_eq!([Who::Member, Who::Committee].map(|who| rules.owed(who).unwrap().trainings), [0, 1]);
        assert_eq!(rules.sessions.most_a_day, 2 * rules.training.half_day);
        assert!(!rules.sessions.kinds.is_empty() && rules.sessions.kinds.is_subset(&Kind::ALL.into()));
        assert!(rules.in_force <= Date::constant(2026, 11, 29));
    }

    #[test]
    fn an_hour_in_the_branch_is_one_half_a_day_four_a_day_eight() {
        assert_eq!(held(&[Kind::PartyLecture], 60), 60);
        assert_eq!(held(&[Kind::ThemeDay, Kind::BranchMeeting], 90), 90, "several kinds at once count once");
        assert_eq!(held(&[Kind::CommitteeMeeting], 90), 0, "what is no study counts nothing");
        assert_eq!(held(&[Kind::ThemeDay], 10 * 60), 8 * 60, "a day counts eight hours at most");
        assert_eq!(held(&[Kind::ThemeDay], 30 * 60), 16 * 60, "two days twice that");
        let rules = Rules::get().unwrap();
        assert_eq!((rules.training(1), rules.training(2), rules.training(0)), (240, 480, 0));
    }

    proptest! {
        #[test]
        fn a_session_never_counts_more_than_it_lasted_or_its_days_allow(minutes in 0_i64..72 * 60) {
            let counted = held(&[Kind::ThemeDay], minutes);
            prop_assert!(i64::from(counted) <= minutes);
            prop_assert!(counted <= 4 * 480);
            prop_assert!(minutes > 480 || i64::from(counted) == minutes);
        }
    }
}
