//! The numbers of the regulations, read from the rule data.

use kernel::{Refusal, RuleFile};
use serde::Deserialize;

/// Rules of one version. What the file says for its readers alone, sources and the day in force, is left out.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Rules {
    /// Named by the activities of steps that were done under it.
    pub(crate) version: String,
    /// Length of probation, from the day of the branch meeting.
    pub(crate) probation: Months,
    /// How far probation may be extended, once.
    pub(crate) extension: Extension,
    /// Time without contact after which membership is suspended.
    pub(crate) lost_contact: Months,
    /// Time of suspension after which somebody is removed.
    pub(crate) suspension: Months,
    /// How somebody leaves for an organisation elsewhere.
    pub(crate) transfer: Article,
    /// Time within which a request for correction is decided.
    pub(crate) correction: WorkingDays,
}

/// An article that has no number in it.
#[derive(Debug, Deserialize)]
pub(crate) struct Article {
    pub(crate) article: String,
}

/// A number of months.
#[derive(Debug, Deserialize)]
pub(crate) struct Months {
    pub(crate) months: i32,
    pub(crate) article: String,
}

/// From so many months to so many.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Extension {
    pub(crate) fewest_months: i32,
    pub(crate) most_months: i32,
    pub(crate) article: String,
}

/// A number of working days.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WorkingDays {
    pub(crate) working_days: u32,
}

static RULES: RuleFile<Rules> = RuleFile::new(include_str!("../../../../infra/rules/members.json"));

impl Rules {
    /// The rules in force.
    ///
    /// # Errors
    /// [`kernel::ErrorCode::Internal`] when they do not read, which a test rules out.
    pub(crate) fn get() -> Result<&'static Self, Refusal> {
        RULES.get()
    }
}
