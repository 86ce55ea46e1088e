//! The star review. Pure: what is read and what time it is are arguments.

mod application;
mod decision;
mod objection;
mod report;
mod review;
mod rules;
mod scores;
mod sheet;

pub(crate) use application::{StarApplication, StarState, goes_on};
pub(crate) use decision::{NewStarDecision, StarDecision};
pub(crate) use objection::{NewStarObjection, StarAnswer, StarObjection};
pub(crate) use report::StarReport;
pub(crate) use review::{NewStarReview, StarReview};
pub(crate) use rules::Rules;
pub(crate) use scores::{NewStarScores, StarEvidence, StarScore};
pub(crate) use sheet::{NewStarSheet, StarSheet};

#[cfg(test)]
mod tests;

use jiff::{Timestamp, civil::Date};
use kernel::{ErrorCode, MemberId, OrgId, Refusal, Text, shanghai_day};
use std::borrow::Cow;

/// Who does a step, and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hand {
    pub(crate) by: MemberId,
    pub(crate) at: Timestamp,
}

impl Hand {
    /// The day in Shanghai.
    pub(crate) fn today(self) -> Date {
        shanghai_day(self.at)
    }
}

/// Who reviews, decides, answers or awards, and what ties them to a branch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Judge {
    pub(crate) hand: Hand,
    /// The branch that they belong to themselves.
    pub(crate) home: OrgId,
    /// Whether they hold an office of the branch that it is about.
    pub(crate) officer: bool,
}

pub(crate) fn field(pointer: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) -> Refusal {
    Refusal::field(pointer, Text::of(zh.into(), en.into()))
}

/// Refuses a step that the present state does not allow.
fn illegal(zh: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Refusal {
    Refusal::new(ErrorCode::IllegalTransition).because(Text::of(zh, en))
}

/// Hundredths of a point as people write them.
fn points(hundredths: u32) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}
