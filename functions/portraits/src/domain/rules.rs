//! The numbers that portraits are judged by, read from the rule data.

use super::RatingBand;
use kernel::{Refusal, RuleFile};
use serde::Deserialize;

/// Rules of one version. What the file says for its readers alone is left out.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Rules {
    /// Named by what was decided under it.
    pub(crate) version: String,
    /// When and by which bands a year is rated.
    pub(crate) ratings: Ratings,
    /// How long a line can be appealed against, and how long that takes.
    pub(crate) appeals: Appeals,
    /// How long a member has for an answer.
    pub(crate) conduct: Conduct,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Ratings {
    /// A year can be rated from the first of this month of it on.
    pub(crate) from_month: i8,
    /// The highest first.
    pub(crate) bands: Vec<Band>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Band {
    pub(crate) band: RatingBand,
    /// From so many hundredths of a point on, this number included.
    pub(crate) from: u32,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Appeals {
    /// Days after the day on which the record was written down or told, or an appeal about it decided, whichever is later.
    pub(crate) days: i32,
    /// Working days after the day on which it was filed.
    pub(crate) decide_working_days: u32,
    /// About one record, by one person.
    pub(crate) most: u8,
    pub(crate) article: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Conduct {
    /// Working days after the day on which it was filed.
    pub(crate) reply_working_days: u32,
    /// Days before the day on which it is filed, at most.
    pub(crate) longest_days_back: i32,
}

static RULES: RuleFile<Rules> = RuleFile::new(include_str!("../../../../infra/rules/portraits.json"));

impl Rules {
    /// The rules in force.
    ///
    /// # Errors
    /// [`kernel::ErrorCode::Internal`] when they do not read, which a test rules out.
    pub(crate) fn get() -> Result<&'static Self, Refusal> {
        RULES.get()
    }
}
