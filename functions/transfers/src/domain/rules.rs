//! The numbers of the regulations, read from the rule data.

use super::Kind;
use kernel::{ErrorCode, Refusal, RuleFile};
use serde::Deserialize;

/// Rules of one version. What the file says for its readers alone, sources and the day in force, is left out.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Rules {
    /// Named by the steps that were done under it.
    pub(crate) version: String,
    /// Who transfers and receives.
    pub(crate) transfer: Article,
    /// How long a letter can be valid at most.
    pub(crate) letter: Validity,
    kinds: Vec<KindRule>,
    /// Time for the receipt, from the day of receiving.
    pub(crate) receipt: Months,
}

/// An article that has no number in it.
#[derive(Debug, Deserialize)]
pub(crate) struct Article {
    pub(crate) article: String,
}

/// Validity of a letter.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Validity {
    pub(crate) most_days: u16,
    pub(crate) article: String,
}

/// A number of months.
#[derive(Debug, Deserialize)]
pub(crate) struct Months {
    pub(crate) months: i32,
    pub(crate) article: String,
}

/// What holds for transfers of one kind.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KindRule {
    kind: Kind,
    /// Days that a letter is valid unless its issuer says otherwise.
    pub(crate) days: u16,
    /// How long after the first letter a new one can be issued; as long as needed where it is absent.
    pub(crate) new_letter: Option<Months>,
    /// How long the receiving organisation keeps the affiliation of somebody who is not there.
    pub(crate) kept: Option<Keeping>,
}

/// How long an affiliation is kept.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Keeping {
    /// Whether a transfer of this kind has to say until when.
    pub(crate) required: bool,
    pub(crate) months: i32,
    /// How much longer where the person asked for it.
    pub(crate) more_months: i32,
    /// How often there is to be contact.
    pub(crate) contact_months: Option<i32>,
    pub(crate) article: String,
}

static RULES: RuleFile<Rules> = RuleFile::new(include_str!("../../../../infra/rules/transfers.json"));

impl Rules {
    /// The rules in force.
    ///
    /// # Errors
    /// [`ErrorCode::Internal`] when they do not read, which a test rules out.
    pub(crate) fn get() -> Result<&'static Self, Refusal> {
        RULES.get()
    }

    /// What holds for transfers of `kind`.
    ///
    /// # Errors
    /// [`ErrorCode::Internal`] when the file leaves it out, which a test rules out.
    pub(crate) fn of(&'static self, kind: Kind) -> Result<&'static KindRule, Refusal> {
        self.kinds.iter().find(|rule| rule.kind == kind).ok_or_else(|| ErrorCode::Internal.into())
    }
}
