//! How a meeting votes. Three quorums that are easily taken for one another, and what passes.

use crate::{Kind, Rules};
use kernel::{Refusal, Text};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is voted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Vote {
    /// A matter of the branch meeting (支部条例 §11).
    Ordinary,
    /// Whether somebody is admitted or confirmed (细则2026 §19, §20, §32).
    Admission,
    /// Who is elected (选举条例).
    Election,
    /// A matter of the committee (支部条例 §12).
    Committee,
}

impl Vote {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Ordinary, Self::Admission, Self::Election, Self::Committee];
}

/// Who a majority is a majority of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Base {
    /// Those who should vote, whether or not they came.
    ShouldVote,
    /// Those who came and may vote.
    Present,
}

/// At least a share of something, or more than it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Share {
    /// Numerator and denominator.
    pub share: [u32; 2],
    /// Whether it has to be more: 超过, not 半数以上.
    pub more: bool,
}

impl Share {
    /// Whether `part` of `whole` is enough.
    #[must_use]
    pub fn is_reached(self, part: u32, whole: u32) -> bool {
        let [numerator, denominator] = self.share.map(u64::from);
        let (part, whole) = (u64::from(part) * denominator, u64::from(whole) * numerator);
        if self.more { part > whole } else { part >= whole }
    }
}

/// What passes: more than a share of whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) struct Majority {
    share: [u32; 2],
    of: Base,
}

/// What the rule says of one kind of vote.
#[derive(Debug, Clone, Deserialize)]
pub struct VoteRule {
    /// The vote.
    pub vote: Vote,
    /// What kind of meeting takes it.
    pub at: Kind,
    /// How many have to be there.
    pub quorum: Share,
    passes: Majority,
    /// Whether nobody may know who voted what.
    pub secret: bool,
    /// Where it is written.
    pub article: String,
}

/// A vote as it was counted. Who voted what is not in it, and nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Ballot {
    /// What was voted on.
    pub vote: Vote,
    /// Voting members who should have been there.
    pub should_vote: u32,
    /// Voting members who were.
    pub present_voting: u32,
    /// Ballot papers that were given out.
    pub issued: u32,
    /// Ballot papers that came back.
    pub returned: u32,
    /// Of these, invalid ones: two ticks.
    pub invalid: u32,
    /// Of these, for it.
    pub approve: u32,
    /// Of these, against it.
    pub against: u32,
    /// Of these, for neither.
    pub abstain: u32,
    /// Approvals in writing that were handed in before the meeting by those who did not come; for admissions only.
    #[serde(default)]
    pub written: u32,
}

/// What came of a vote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It passed.
    Passed,
    /// It did not.
    Failed,
}

impl Ballot {
    /// What came of it.
    ///
    /// # Errors
    /// [`kernel::ErrorCode::InvalidField`] when numbers contradict each other; with the article when too few were there:
    /// the vote could not be held then.
    pub fn outcome(&self, rules: &Rules, at: &str) -> Result<Outcome, Refusal> {
        let wrong = |field: &str, zh: &str, en: &str| {
            Err(Refusal::field(format!("{at}/{field}"), Text::of(zh.to_owned(), en.to_owned())))
        };
        let rule = rules.vote(self.vote)?;
        if self.should_vote == 0 {
            return wrong("shouldVote", "应到有表决权人数应大于 0", "somebody has to be able to vote");
        }
        if self.present_voting > self.should_vote {
            return wrong("presentVoting", "实到有表决权人数不能多于应到", "more came than should have");
        }
        if self.issued > self.present_voting {
            return wrong("issued", "发出票数不能多于实到有表决权人数", "more papers than voters");
        }
        if self.returned > self.issued {
            return wrong("returned", "收回票数不能多于发出票数，本次表决无效", "more papers came back than went out");
        }
        let counted = [self.approve, self.against, self.abstain, self.invalid].into_iter().map(u64::from).sum::<u64>();
        if counted != u64::from(self.returned) {
            return wrong(
                "approve",
                "同意、不同意、弃权与无效票之和应等于收回票数",
                "what was counted is not what came back",
            );
        }
        let absent = self.should_vote - self.present_voting;
        if self.written > if self.vote == Vote::Admission { absent } else { 0 } {
            return wrong(
                "written",
                "书面同意只用于接收和转正，且不能多于未到会的有表决权人数",
                "written approvals are for admissions, of those who did not come",
            );
        }
        if !rule.quorum.is_reached(self.present_voting, self.should_vote) {
            let ([numerator, denominator], over) = (rule.quorum.share, if rule.quorum.more { "超过" } else { "达到" });
            let zh = format!("到会有表决权人数未{over}应到的 {numerator}/{denominator}，不能表决（{}）", rule.article);
            let en = format!("too few voting members were there to vote ({})", rule.article);
            return Err(Refusal::field(format!("{at}/presentVoting"), Text::of(zh, en)));
        }
        let of = match rule.passes.of {
            Base::ShouldVote => self.should_vote,
            Base::Present => self.present_voting,
        };
        let majority = Share { share: rule.passes.share, more: true };
        let passed = majority.is_reached(self.approve.saturating_add(self.written), of);
        Ok(if passed { Outcome::Passed } else { Outcome::Failed })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Everybody who came votes; `approve` of them for it and the others against.
    fn ballot(vote: Vote, should_vote: u32, present_voting: u32, approve: u32) -> Ballot {
        let (issued, returned, against) = (present_voting, present_voting, present_voting - approve);
        let (invalid, abstain, written) = (0, 0, 0);
        Ballot { vote, should_vote, present_voting, issued, returned, invalid, approve, against, abstain, written }
    }

    fn outcome(ballot: Ballot) -> Result<Outcome, String> {
        let refused = |refusal: Refusal| refusal.fields.first().unwrap().pointer.clone();
        ballot.outcome(Rules::get().unwrap(), "/ballots/0").map_err(refused)
    }

    #[test]
    fn half_is_enough_to_vote_on_a_matter_and_not_to_admit_somebody() {
        use Outcome::{Failed, Passed};
        let few = || Err("/ballots/0/presentVoting".to_owned());
        for (vote, should, present, approve, expected) in [
            (Vote::Ordinary, 20, 10, 10, Ok(Failed)),
            (Vote::Ordinary, 20, 9, 9, few()),
            (Vote::Ordinary, 20, 11, 11, Ok(Passed)),
            (Vote::Ordinary, 20, 20, 10, Ok(Failed)),
            (Vote::Admission, 20, 10, 10, few()),
            (Vote::Admission, 20, 11, 11, Ok(Passed)),
            (Vote::Admission, 21, 11, 11, Ok(Passed)),
            (Vote::Election, 20, 16, 16, few()),
            (Vote::Election, 20, 17, 8, Ok(Failed)),
            (Vote::Election, 20, 17, 9, Ok(Passed)),
            (Vote::Committee, 5, 3, 3, Ok(Passed)),
            (Vote::Committee, 5, 3, 2, Ok(Failed)),
            (Vote::Committee, 5, 2, 2, few()),
        ] {
            assert_eq!(
                outcome(ballot(vote, should, present, approve)),
                expected,
                "{vote:?} {approve}/{present}/{should}"
            );
        }
    }

    #[test]
    fn written_approvals_count_for_admissions_and_for_those_who_did_not_come() {
        let admission = Ballot { written: 2, ..ballot(Vote::Admission, 20, 11, 9) };
        assert_eq!(outcome(admission), Ok(Outcome::Passed));
        assert_eq!(outcome(Ballot { written: 1, ..admission }), Ok(Outcome::Failed));
        assert_eq!(outcome(Ballot { written: 10, ..admission }), Err("/ballots/0/written".to_owned()));
        assert_eq!(outcome(Ballot { vote: Vote::Ordinary, ..admission }), Err("/ballots/0/written".to_owned()));
    }

    #[test]
    fn numbers_do_not_contradict_each_other() {
        let good = ballot(Vote::Ordinary, 20, 15, 12);
        for (ballot, field) in [
            (Ballot { should_vote: 0, ..good }, "shouldVote"),
            (Ballot { present_voting: 21, ..good }, "presentVoting"),
            (Ballot { issued: 16, ..good }, "issued"),
            (Ballot { issued: 14, ..good }, "returned"),
            (Ballot { invalid: 1, ..good }, "approve"),
            (Ballot { approve: u32::MAX, against: u32::MAX, ..good }, "approve"),
        ] {
            assert_eq!(outcome(ballot), Err(format!("/ballots/0/{field}")));
        }
        let some = Ballot { issued: 15, returned: 14, approve: 11, against: 1, abstain: 1, invalid: 1, ..good };
        assert_eq!(outcome(some), Ok(Outcome::Passed));
    }

    proptest! {
        #[test]
        fn one_more_approval_never_makes_it_fail(
            which in 0_usize..4, should in 1_u32..500, present in 0_u32..500, approve in 0_u32..500,
        ) {
            let present = present.min(should);
            let approve = approve.min(present.saturating_sub(1));
            let vote = Vote::ALL[which];
            if let (Ok(one), true) = (outcome(ballot(vote, should, present, approve)), approve < present) {
                let more = outcome(ballot(vote, should, present, approve + 1)).unwrap();
                prop_assert!(one == Outcome::Failed || more == Outcome::Passed);
            }
        }
    }
}
