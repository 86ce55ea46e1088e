//! The rule data.

use kernel::{Refusal, RuleFile};
use org_life::Kind;
use scoring::is_forbidden;
use serde::Deserialize;
use std::collections::BTreeSet;

/// What a rule looks at: records that exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Record {
    /// An organisation with its term.
    Organization,
    /// A person in the register.
    Member,
    /// A meeting with its signed minutes.
    Meeting,
    /// A case of long arrears of dues.
    DuesCase,
}

impl Record {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Organization, Self::Member, Self::Meeting, Self::DuesCase];

    /// Its name in the rule data.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Organization => "organization",
            Self::Member => "member",
            Self::Meeting => "meeting",
            Self::DuesCase => "dues-case",
        }
    }

    fn named(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|record| record.slug() == slug)
    }
}

/// What a rule asks of the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// Something that a branch holds in each period was not held in one (支部条例 §11–19, §27).
    NotHeld(Kind),
    /// The day of the next election is over (支部条例 §21).
    TermOver,
    /// A branch has fewer full members than it needs (支部条例 §4).
    TooFewMembers,
    /// A branch has more members than is usual (支部条例 §4).
    TooManyMembers,
    /// Probation is over, and nothing was decided (细则2026 §31–§33).
    ProbationOver,
    /// Membership has been suspended for two years, and nothing was decided (教管条例 §24).
    SuspensionOver,
    /// Dues were not paid for so long that somebody has to look into it (党章 §9).
    DuesUnpaid,
}

impl Check {
    /// The records that it is about.
    const fn needs(self) -> &'static [Record] {
        match self {
            Self::NotHeld(_) => &[Record::Meeting],
            Self::TermOver => &[Record::Organization],
            Self::TooFewMembers | Self::TooManyMembers => &[Record::Organization, Record::Member],
            Self::ProbationOver | Self::SuspensionOver => &[Record::Member],
            Self::DuesUnpaid => &[Record::DuesCase],
        }
    }
}

/// Who is told, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tell {
    /// The person whom it is about.
    Member,
    /// Secretary and deputies of the organisation.
    Leaders,
}

/// A rule as it is written.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawRule {
    id: String,
    version: u32,
    name: String,
    records: Vec<String>,
    check: Check,
    tell: Vec<Tell>,
    article: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawRules {
    /// Which they are.
    version: String,
    in_force: jiff::civil::Date,
    /// Where they come from, and which of them are ours.
    sources: Vec<String>,
    open_within_months: i32,
    decision_within_months: i32,
    rules: Vec<RawRule>,
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its name in the rule data.
    pub id: String,
    /// Counts its changes.
    pub version: u32,
    /// Its Chinese name.
    pub name: String,
    /// What it looks at.
    pub records: BTreeSet<Record>,
    /// What it asks.
    pub check: Check,
    /// Who is told.
    pub tell: Vec<Tell>,
    /// Where it is written.
    pub article: String,
}

/// Rules of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// For how many months after its end a missed period is found for the first time: what is longer ago is history.
    pub open_within_months: i32,
    /// For how many months after the end of probation a decision is waited for (细则2026 §33).
    pub decision_within_months: i32,
    /// The rules.
    pub rules: Vec<Rule>,
}

/// Why rules are refused.
#[derive(Debug, thiserror::Error)]
pub enum RuleError {
    /// They are no JSON, or not of this form.
    #[error("the rules do not read: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// They do not say which they are, or where they come from.
    #[error("the rules in force since {0} do not say which they are and where they come from")]
    Nameless(jiff::civil::Date),
    /// A rule refers to what nobody may be found by.
    #[error("rule {rule} refers to {word:?}: nobody is looked at by clicks, log-ins or time (国办函〔2026〕12号)")]
    Forbidden {
        /// The rule.
        rule: String,
        /// What it says.
        word: String,
    },
    /// A rule refers to records that do not exist.
    #[error("rule {rule} refers to {record:?}, of which there is no record")]
    UnknownRecord {
        /// The rule.
        rule: String,
        /// What it says.
        record: String,
    },
    /// A rule says that it looks at other records than its check does.
    #[error("rule {0} does not name the records that it looks at")]
    OtherRecords(String),
    /// A rule has no name, version or article.
    #[error("rule {0} does not say what it is or where it is written")]
    Unwritten(String),
    /// Two rules have one name.
    #[error("there are two rules {0}")]
    Twice(String),
}

static RULES: RuleFile<Rules> =
    RuleFile::checked(include_str!("../../../infra/rules/findings.json"), |json| Rules::read(json).ok());

impl Rules {
    /// The rules in force.
    ///
    /// # Errors
    /// [`kernel::ErrorCode::Internal`] when they do not read, which a test rules out.
    pub fn get() -> Result<&'static Self, Refusal> {
        RULES.get()
    }

    /// The rules that `json` is.
    ///
    /// # Errors
    /// [`RuleError`] when they are none that anybody may be looked at by.
    pub fn read(json: &str) -> Result<Self, RuleError> {
        let RawRules { version, in_force, sources, open_within_months, decision_within_months, rules } =
            serde_json::from_str(json)?;
        if version.is_empty() || sources.is_empty() {
            return Err(RuleError::Nameless(in_force));
        }
        let rules = rules.into_iter().map(RawRule::checked).collect::<Result<Vec<_>, _>>()?;
        let mut names = BTreeSet::new();
        if let Some(rule) = rules.iter().find(|rule| !names.insert(&rule.id)) {
            return Err(RuleError::Twice(rule.id.clone()));
        }
        Ok(Self { open_within_months, decision_within_months, rules })
    }
}

impl RawRule {
    fn checked(self) -> Result<Rule, RuleError> {
        let forbidden = self.records.iter().chain([&self.id, &self.name]).find(|word| is_forbidden(word)).cloned();
        if let Some(word) = forbidden {
            return Err(RuleError::Forbidden { rule: self.id, word });
        }
        let mut records = BTreeSet::new();
        for record in self.records {
            match Record::named(&record) {
                Some(record) => {
                    records.insert(record);
                }
                None => return Err(RuleError::UnknownRecord { rule: self.id, record }),
            }
        }
        if records != self.check.needs().iter().copied().collect() {
            return Err(RuleError::OtherRecords(self.id));
        }
        if self.version == 0 || self.id.is_empty() || self.name.is_empty() || self.article.is_empty() {
            return Err(RuleError::Unwritten(self.id));
        }
        let Self { id, version, name, check, tell, article, .. } = self;
        Ok(Rule { id, version, name, records, check, tell, article })
    }
}

/// Numbers of the regulations, as the rule data of the records has them that they are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Numbers {
    /// Full members that a branch needs.
    pub(crate) fewest: usize,
    /// Members that a branch usually has at most.
    pub(crate) usually_at_most: usize,
    /// Months of probation.
    pub(crate) probation: i32,
    /// Months of suspension after which something is to be decided.
    pub(crate) suspension: i32,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Branch {
    fewest: usize,
    usually_at_most: usize,
}

#[derive(Deserialize)]
struct Organizations {
    branch: Branch,
}

#[derive(Deserialize)]
struct Months {
    months: i32,
}

#[derive(Deserialize)]
struct Members {
    probation: Months,
    suspension: Months,
}

static ORGANIZATIONS: RuleFile<Organizations> = RuleFile::new(include_str!("../../../infra/rules/organizations.json"));
static MEMBERS: RuleFile<Members> = RuleFile::new(include_str!("../../../infra/rules/members.json"));

impl Numbers {
    /// The numbers in force.
    pub(crate) fn get() -> Result<Self, Refusal> {
        let (branch, members) = (&ORGANIZATIONS.get()?.branch, MEMBERS.get()?);
        Ok(Self {
            fewest: branch.fewest,
            usually_at_most: branch.usually_at_most,
            probation: members.probation.months,
            suspension: members.suspension.months,
        })
    }
}

#[cfg(test)]
mod tests;
