//! The rule data: until when, and by which article.

use super::Kind;
use kernel::RuleFile;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct KindRule {
    kind: Kind,
    /// Days from when it came up until it is late.
    days: Option<i32>,
    article: Option<String>,
}

/// Rules of duties. What the file says for its readers alone is left out.
#[derive(Debug, Deserialize)]
pub(crate) struct Rules {
    kinds: Vec<KindRule>,
}

/// How long before an election its superior reminds of it, as the rules of organisations have it.
#[derive(Debug, Deserialize)]
struct Reminder {
    months: i32,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Organizations {
    election_reminder: Reminder,
}

/// Working days of the star review, as its rules have them.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StarDays {
    /// After the day on which a branch handed in: within these its points are given again.
    pub(super) review_working_days: u32,
    /// After the day of the decision: on these there is public notice.
    pub(super) notice_working_days: u32,
}

static RULES: RuleFile<Rules> = RuleFile::new(include_str!("../../../../infra/rules/duties.json"));
static ORGANIZATIONS: RuleFile<Organizations> =
    RuleFile::new(include_str!("../../../../infra/rules/organizations.json"));
static STARS: RuleFile<StarDays> = RuleFile::new(include_str!("../../../../infra/rules/ratings.json"));

impl Rules {
    /// The rules in force; a test rules out that they do not read.
    pub(crate) fn get() -> Option<&'static Self> {
        RULES.get().ok()
    }

    fn of(&self, kind: Kind) -> Option<&KindRule> {
        self.kinds.iter().find(|rule| rule.kind == kind)
    }

    /// The article of duties of `kind`, where they do not have their own.
    pub(super) fn article(&self, kind: Kind) -> Option<String> {
        self.of(kind)?.article.clone()
    }

    /// Days from when a duty of `kind` came up until it is late.
    pub(super) fn days(&self, kind: Kind) -> i32 {
        self.of(kind).and_then(|rule| rule.days).unwrap_or_default()
    }

    /// How many months before an election it is a duty.
    pub(super) fn election_months() -> i32 {
        ORGANIZATIONS.get().map_or(0, |rules| rules.election_reminder.months)
    }

    /// The days of the star review.
    pub(super) fn star_days() -> Option<&'static StarDays> {
        STARS.get().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_read_and_name_a_day_where_the_record_does_not() {
        let rules = Rules::get().unwrap();
        for kind in [
            Kind::Minutes,
            Kind::Signature,
            Kind::DuesCase,
            Kind::DuesDifference,
            Kind::DuesRelief,
            Kind::DuesRemittance,
            Kind::DuesReversal,
            Kind::TransferDecision,
            Kind::TransferLetter,
            Kind::Training,
            Kind::StarDecision,
            Kind::StarObjection,
            Kind::StarAward,
        ] {
            assert!((1..=60).contains(&rules.days(kind)), "{kind:?}");
        }
        assert_eq!(rules.article(Kind::Election).as_deref(), Some("支部条例 §21"));
        assert_eq!(Rules::election_months(), 6);
        let days = Rules::star_days().unwrap();
        assert_eq!((days.review_working_days, days.notice_working_days), (10, 5));
    }
}
