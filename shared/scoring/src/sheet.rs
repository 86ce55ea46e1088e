//! The rule sheet.

use crate::{FactKind, Kinds};
use jiff::civil::Date;
use kernel::{Refusal, RuleFile};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a dimension is worth, in hundredths of a point.
pub(crate) const WHOLE: u32 = 10_000;

/// What no rule may refer to, as 国办函〔2026〕12号 and 《关于防治“指尖上的形式主义”的若干意见》 have it: how often or how long
/// somebody was on line, what they clicked, and how long a film ran.
const FORBIDDEN: &[&str] = &[
    "login",
    "logon",
    "signin",
    "online",
    "checkin",
    "clockin",
    "likes",
    "forwards",
    "shares",
    "clicks",
    "pageview",
    "seconds",
    "duration",
    "screentime",
    "studytime",
    "登录",
    "在线",
    "打卡",
    "签到",
    "点赞",
    "转发",
    "点击",
    "浏览",
    "时长",
];

/// One of the numbers that a portrait has. Names are ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dimension {
    /// 组织生活, of a member
    OrgLife,
    /// 学习教育, of a member
    Study,
    /// 履行义务, of a member
    Duties,
    /// 先锋作用, of a member
    PioneerRole,
    /// 日常行为, of a member
    Conduct,
    /// 组织设置, of a branch
    SetUp,
    /// 组织活动, of a branch
    OrganizedEvents,
    /// 党员教育, of a branch
    MemberEducation,
    /// 重点工作, of a branch
    KeyWork,
    /// 党员管理服务, of a branch
    MemberServices,
}

impl Dimension {
    /// Those of a member, in the order in which they are shown.
    pub const OF_MEMBER: [Self; 5] = [Self::OrgLife, Self::Study, Self::Duties, Self::PioneerRole, Self::Conduct];
    /// Those of a branch, in the order in which they are shown.
    pub const OF_BRANCH: [Self; 5] =
        [Self::SetUp, Self::OrganizedEvents, Self::MemberEducation, Self::KeyWork, Self::MemberServices];

    /// Its Chinese name.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::OrgLife => "组织生活",
            Self::Study => "学习教育",
            Self::Duties => "履行义务",
            Self::PioneerRole => "先锋作用",
            Self::Conduct => "日常行为",
            Self::SetUp => "组织设置",
            Self::OrganizedEvents => "组织活动",
            Self::MemberEducation => "党员教育",
            Self::KeyWork => "重点工作",
            Self::MemberServices => "党员管理服务",
        }
    }

    /// As the API has it.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::OrgLife => "org-life",
            Self::Study => "study",
            Self::Duties => "duties",
            Self::PioneerRole => "pioneer-role",
            Self::Conduct => "conduct",
            Self::SetUp => "set-up",
            Self::OrganizedEvents => "organized-events",
            Self::MemberEducation => "member-education",
            Self::KeyWork => "key-work",
            Self::MemberServices => "member-services",
        }
    }

    /// Whether it is one of a member.
    #[must_use]
    pub fn is_of_member(self) -> bool {
        Self::OF_MEMBER.contains(&self)
    }

    /// Its place among the five of its kind.
    pub(crate) fn place(self) -> usize {
        let five = if self.is_of_member() { Self::OF_MEMBER } else { Self::OF_BRANCH };
        five.iter().position(|one| *one == self).unwrap_or_default()
    }
}

/// How the facts of a rule become points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Counting {
    /// The share of those that were asked for: done out of done and missed. Exempt parts are in neither. Of a branch: of all
    /// its members together.
    Asked,
    /// So many in a year are worth the whole, fewer as many parts of it. Months in which the member did not belong to the branch
    /// or was exempt, the branch did not exist, or of meetings of its committee had none, are taken off.
    Records(u32),
    /// So much of `value` in a year is worth the whole, less as many parts of it; months as above. Of a branch: what each
    /// member is asked for, no one's surplus making up for another's lack, exempt members left out.
    Value(u32),
    /// The whole is there from the beginning, and each takes so many hundredths of a point away, as long as there are any.
    Keeps(u32),
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawRule {
    id: String,
    version: u32,
    name: String,
    dimension: Dimension,
    facts: Vec<String>,
    whole: u32,
    counting: Counting,
    article: String,
    unconfirmed: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawSheet {
    version: String,
    in_force: Date,
    sources: Vec<String>,
    late_after_days: u32,
    rules: Vec<RawRule>,
}

/// A rule: what it looks at, and what that is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its name in the sheet.
    pub id: String,
    /// Counts its changes.
    pub version: u32,
    /// Its Chinese name.
    pub name: String,
    /// The dimension it is a part of; with that, whether it is about members or the branch.
    pub dimension: Dimension,
    /// Records that are any of these count, each once.
    pub facts: Kinds,
    /// What it is worth, in hundredths of a point; those of a dimension come to 100 points.
    pub whole: u32,
    /// How they count.
    pub counting: Counting,
    /// Where it is written that this is asked for.
    pub article: String,
    /// Whether the number is ours, or no regulation in force was found.
    pub unconfirmed: bool,
}

/// Rules of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// Named by what was scored under it.
    pub version: String,
    /// Since when it is in force.
    pub in_force: Date,
    /// Where its rules come from, and which of them are ours.
    pub sources: Vec<String>,
    /// A record is late that was written down more than so many days after its day. It counts as much, and is marked.
    pub late_after_days: u32,
    /// Its rules, by dimension in the order of the sheet.
    pub rules: Vec<Rule>,
}

/// Why a rule sheet is refused.
#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    /// It is no JSON, or not of this form.
    #[error("the sheet does not read: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// A rule refers to what nobody may be scored by.
    #[error("rule {rule} refers to {word:?}: nobody is scored by clicks, log-ins or time (国办函〔2026〕12号)")]
    Forbidden {
        /// The rule.
        rule: String,
        /// What it says.
        word: String,
    },
    /// A rule refers to a fact that does not exist.
    #[error("rule {rule} refers to {fact:?}, which is no fact")]
    UnknownFact {
        /// The rule.
        rule: String,
        /// What it says.
        fact: String,
    },
    /// A rule looks at nothing, is worth nothing, or asks for none.
    #[error("rule {0} counts nothing")]
    Empty(String),
    /// Two rules have one name.
    #[error("there are two rules {0}")]
    Twice(String),
    /// The rules of a dimension do not come to 100 points.
    #[error("the rules of {dimension:?} come to {sum} hundredths of a point instead of 10000")]
    Sum {
        /// The dimension.
        dimension: Dimension,
        /// What they come to.
        sum: u64,
    },
}

static SHEET: RuleFile<Sheet> =
    RuleFile::checked(include_str!("../../../infra/rules/scoring.json"), |json| Sheet::read(json).ok());

impl Sheet {
    /// The sheet in force.
    ///
    /// # Errors
    /// [`kernel::ErrorCode::Internal`] when it does not read, which a test rules out.
    pub fn get() -> Result<&'static Self, Refusal> {
        SHEET.get()
    }

    /// The sheet that `json` is.
    ///
    /// # Errors
    /// [`SheetError`] when it is none that anybody may be scored by.
    pub fn read(json: &str) -> Result<Self, SheetError> {
        let RawSheet { version, in_force, sources, late_after_days, rules } = serde_json::from_str(json)?;
        let rules = rules.into_iter().map(RawRule::checked).collect::<Result<Vec<_>, _>>()?;
        let mut names = BTreeSet::new();
        if let Some(rule) = rules.iter().find(|rule| !names.insert(&rule.id)) {
            return Err(SheetError::Twice(rule.id.clone()));
        }
        for dimension in Dimension::OF_MEMBER.into_iter().chain(Dimension::OF_BRANCH) {
            let sum = rules.iter().filter(|rule| rule.dimension == dimension).map(|rule| u64::from(rule.whole)).sum();
            if sum != u64::from(WHOLE) {
                return Err(SheetError::Sum { dimension, sum });
            }
        }
        Ok(Self { version, in_force, sources, late_after_days, rules })
    }
}

impl RawRule {
    fn checked(self) -> Result<Rule, SheetError> {
        let forbidden = self.facts.iter().chain([&self.id, &self.name]).find(|word| is_forbidden(word)).cloned();
        if let Some(word) = forbidden {
            return Err(SheetError::Forbidden { rule: self.id, word });
        }
        let mut kinds = Vec::with_capacity(self.facts.len());
        for fact in self.facts {
            match FactKind::named(&fact) {
                Some(kind) if kind != FactKind::Correction => kinds.push(kind),
                _ => return Err(SheetError::UnknownFact { rule: self.id, fact }),
            }
        }
        let asked = match self.counting {
            Counting::Asked => 1,
            Counting::Records(number) | Counting::Value(number) | Counting::Keeps(number) => number,
        };
        if kinds.is_empty() || self.whole == 0 || asked == 0 {
            return Err(SheetError::Empty(self.id));
        }
        Ok(Rule {
            id: self.id,
            version: self.version,
            name: self.name,
            dimension: self.dimension,
            facts: kinds.into_iter().collect(),
            whole: self.whole,
            counting: self.counting,
            article: self.article,
            unconfirmed: self.unconfirmed,
        })
    }
}

/// Whether `word` names what nobody may be scored or found by, however it is spelled.
#[must_use]
pub fn is_forbidden(word: &str) -> bool {
    let letters: String = word.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    FORBIDDEN.iter().any(|forbidden| letters.contains(forbidden))
}
