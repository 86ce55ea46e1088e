//! The rule data.

use crate::{Kind, Rhythm, Vote, VoteRule};
use kernel::{ErrorCode, Refusal, RuleFile};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How strictly the regulation puts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Strength {
    /// 一般: what is missing is worth a question.
    Usual,
    /// 应当、至少: what is missing is missing.
    Required,
}

/// Who takes part, and so whether a branch owes it at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Who {
    /// All members of the branch.
    Members,
    /// All members with who leads the branch, where it has a secretary or a deputy when the period ends (支部条例 §27).
    Leaders,
    /// Its committee, where it has one (支部条例 §12, §20).
    Committee,
    /// Each of its groups, where it has any (支部条例 §13).
    Groups,
}

/// What the rule says of one kind of meeting.
#[derive(Debug, Clone, Deserialize)]
pub struct KindRule {
    /// The kind.
    pub kind: Kind,
    /// How often; `None` where the regulation names no number.
    pub every: Option<Rhythm>,
    /// How strictly.
    pub strength: Strength,
    /// Who takes part.
    pub who: Who,
    /// Where it is written.
    pub article: String,
}

/// What says whether something was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = DutySource)]
pub enum Source {
    /// No record: it is named, and not judged.
    None,
    /// What the branch published of its dues.
    Dues,
}

/// What the rule says of something that a branch owes besides meetings.
#[derive(Debug, Clone, Deserialize)]
pub struct OtherRule {
    /// Its name in the API.
    pub duty: String,
    /// Its Chinese name.
    pub name: String,
    /// How often.
    pub every: Rhythm,
    /// How strictly the regulation puts it.
    pub strength: Strength,
    /// Where it is written.
    pub article: String,
    /// What says whether it was done.
    pub source: Source,
}

/// Rules of one version.
#[derive(Debug, Deserialize)]
pub struct Rules {
    /// Named by what was decided under it.
    pub version: String,
    /// What is held how often.
    pub kinds: Vec<KindRule>,
    /// What is owed besides.
    pub others: Vec<OtherRule>,
    /// How it is voted.
    pub votes: Vec<VoteRule>,
}

static RULES: RuleFile<Rules> = RuleFile::new(include_str!("../../../infra/rules/org-life.json"));

impl Rules {
    /// The rules in force.
    ///
    /// # Errors
    /// [`ErrorCode::Internal`] when they do not read, which a test rules out.
    pub fn get() -> Result<&'static Self, Refusal> {
        RULES.get()
    }

    /// What they say of `vote`.
    ///
    /// # Errors
    /// [`ErrorCode::Internal`] when they say nothing of it, which a test rules out.
    pub fn vote(&self, vote: Vote) -> Result<&VoteRule, Refusal> {
        self.votes.iter().find(|rule| rule.vote == vote).ok_or_else(|| ErrorCode::Internal.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_read_and_speak_of_every_kind_and_vote_once() {
        let rules = Rules::get().unwrap();
        let kinds: Vec<_> = rules.kinds.iter().map(|rule| rule.kind).collect();
        assert_eq!(kinds, Kind::ALL);
        for vote in Vote::ALL {
            assert_eq!(rules.votes.iter().filter(|rule| rule.vote == vote).count(), 1, "{vote:?}");
            assert!(rules.vote(vote).is_ok());
        }
        let others = rules.others.iter().map(|rule| &rule.article);
        assert!(rules.kinds.iter().map(|rule| &rule.article).chain(others).all(|article| article.contains('§')));
        assert_eq!(rules.others.len(), 4);
    }
}
