//! The numbers of the regulations, read from the rule data.

use kernel::{Refusal, RuleFile};
use register::{BranchType, OrgKind};
use serde::Deserialize;

/// Rules of one version. Activities name the version that a step was done under. What the file says for its readers
/// alone, sources and the day in force, is left out.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rules {
    pub(crate) version: String,
    /// Full members of a branch.
    pub(crate) branch: Branch,
    /// Units of a joint branch.
    pub(crate) joint_branch: JointBranch,
    /// Length of the project of a project branch.
    pub(crate) project_branch: Months,
    pub(crate) temporary_branch: Article,
    /// Full members of a general branch.
    pub(crate) general_branch: Size,
    /// Full members of a base committee.
    pub(crate) base_committee: Size,
    /// Persons in the committee of a branch.
    pub(crate) committee: Committee,
    /// Membership before one usually becomes secretary.
    pub(crate) secretary: Months,
    /// Who can hold an office.
    pub(crate) officers: Article,
    /// Who cannot hold two.
    pub(crate) administrators: Article,
    terms: Vec<TermRule>,
    /// How far an election may be shifted.
    pub(crate) term_shift: Months,
    /// How long before an election its superior reminds of it.
    pub(crate) election_reminder: Months,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Branch {
    pub(crate) fewest: u32,
    pub(crate) usually_at_most: u32,
    pub(crate) article: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct JointBranch {
    pub(crate) fewest: usize,
    pub(crate) usually_at_most: usize,
    /// Ours: what one record can hold.
    pub(crate) most: usize,
    pub(crate) article: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Size {
    pub(crate) usually_more_than: u32,
    pub(crate) article: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Committee {
    /// Full members from which there is a committee; below, a secretary and where needed a deputy.
    pub(crate) from_members: usize,
    pub(crate) fewest: usize,
    pub(crate) usually_at_most: usize,
    pub(crate) most: usize,
    pub(crate) article: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Months {
    pub(crate) months: i32,
    pub(crate) article: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Article {
    pub(crate) article: String,
}

/// How long a term is.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct TermRule {
    kinds: Vec<OrgKind>,
    /// Only for these; for all where it is left out.
    #[serde(default)]
    branch_types: Option<Vec<BranchType>>,
    pub(crate) years: i32,
    pub(crate) article: String,
}

static RULES: RuleFile<Rules> = RuleFile::new(include_str!("../../../../infra/rules/organizations.json"));

impl Rules {
    /// The rules in force.
    ///
    /// # Errors
    /// [`kernel::ErrorCode::Internal`] when they do not read, which a test rules out.
    pub fn get() -> Result<&'static Self, Refusal> {
        RULES.get()
    }

    /// The term of an organisation, by the first rule that speaks of it; groups have none.
    pub(crate) fn term(&self, kind: OrgKind, branch: Option<BranchType>) -> Option<&TermRule> {
        let of_branch = |rule: &TermRule| match &rule.branch_types {
            None => true,
            Some(types) => branch.is_some_and(|branch| types.contains(&branch)),
        };
        self.terms.iter().find(|rule| rule.kinds.contains(&kind) && of_branch(rule))
    }
}
