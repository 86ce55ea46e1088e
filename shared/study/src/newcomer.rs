//! Trainings that whoever is new owes once.

use crate::Rules;
use jiff::civil::Date;
use kernel::{ErrorCode, Refusal, add_months};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Newcomer {
    /// Who became secretary for the first time.
    Secretary,
    /// Who was admitted: in probation and the year after it.
    Member,
}

/// What the rule says of whoever is new.
#[derive(Debug, Clone, Deserialize)]
pub struct NewcomerRule {
    /// Who.
    pub who: Newcomer,
    /// Within how many months they are trained.
    pub months: i32,
    /// Where it is written.
    pub article: String,
    /// Whether no regulation in force was found that says so.
    pub unconfirmed: bool,
}

/// A training (集中培训) that somebody owes because they are new.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FirstTraining {
    /// As whom.
    pub who: Newcomer,
    /// Since when they are new.
    #[schema(value_type = String, format = Date)]
    pub since: Date,
    /// The last day on which it is in time.
    #[schema(value_type = String, format = Date)]
    pub due_on: Date,
    /// When they were trained first in that time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub trained_on: Option<Date>,
    /// Whether that time is over without one.
    pub missing: bool,
    /// Where it is written.
    pub article: String,
    /// Whether no regulation in force was found that says so.
    pub unconfirmed: bool,
}

impl NewcomerRule {
    /// The last day on which the training of somebody who is new since `since` is in time.
    #[must_use]
    pub fn due_on(&self, since: Date) -> Date {
        add_months(since, self.months)
    }

    /// How it stands on `today` with somebody who is new since `since` and was trained first on `trained_on` in that time.
    #[must_use]
    pub fn standing(&self, since: Date, trained_on: Option<Date>, today: Date) -> FirstTraining {
        let due_on = self.due_on(since);
        let missing = trained_on.is_none() && today > due_on;
        let (who, article, unconfirmed) = (self.who, self.article.clone(), self.unconfirmed);
        FirstTraining { who, since, due_on, trained_on, missing, article, unconfirmed }
    }
}

impl Rules {
    /// What they say of `who`.
    ///
    /// # Errors
    /// [`ErrorCode::Internal`] when they say nothing of it, which a test rules out.
    pub fn newcomer(&self, who: Newcomer) -> Result<&NewcomerRule, Refusal> {
        self.newcomers.iter().find(|rule| rule.who == who).ok_or_else(|| ErrorCode::Internal.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secretary_is_trained_within_half_a_year_and_a_member_until_a_year_after_probation() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        for (who, due_on) in [(Newcomer::Secretary, "2026-09-15"), (Newcomer::Member, "2028-03-15")] {
            let rule = Rules::get().unwrap().newcomer(who).unwrap();
            let of = |trained: Option<&str>, today| rule.standing(day("2026-03-15"), trained.map(day), today);
            let next = day(due_on).tomorrow().unwrap();
            assert_eq!((of(None, day(due_on)).due_on, of(None, day(due_on)).missing), (day(due_on), false));
            assert!(of(None, next).missing && !of(Some("2026-04-01"), next).missing && rule.unconfirmed);
        }
    }
}
