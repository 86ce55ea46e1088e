//! The star review. Pure: what is read and what time it is are arguments.

mod application;
mod decision;
mod objection;
mod report;
mod review;
mod rules;
mod scores;
mod sheet;

pub(crate) use application::{StarApplication, goes_on};
pub(crate) use decision::{NewStarDecision, StarDecision};
pub(crate) use kernel::{Hand, field, illegal};
pub(crate) use objection::{NewStarObjection, StarAnswer, StarObjection};
pub(crate) use register::StarState;
pub(crate) use report::StarReport;
pub(crate) use review::{NewStarReview, StarReview};
pub(crate) use rules::Rules;
pub(crate) use scores::{NewStarScores, StarEvidence, StarScore};
pub(crate) use sheet::{NewStarSheet, StarSheet};

#[cfg(test)]
mod tests;

use kernel::OrgId;

/// Who reviews, decides, answers or awards, and what ties them to a branch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Judge {
    pub(crate) hand: Hand,
    /// The branch that they belong to themselves.
    pub(crate) home: OrgId,
    /// Whether they hold an office of the branch that it is about.
    pub(crate) officer: bool,
}

/// Hundredths of a point as people write them.
fn points(hundredths: u32) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}
