//! Study and its rules. Pure: what is read and what time it is are arguments.

mod attempt;
mod certificate;
mod columns;
mod paper;
mod piece;
mod question;
mod training;

pub(crate) use attempt::{Attempt, Closed, Learner, Sheet, Slot, next_try};
pub(crate) use certificate::{Certificate, Of, masked};
pub(crate) use columns::{COLUMNS, questions};
pub(crate) use kernel::{Hand, field, illegal};
pub(crate) use paper::{Counts, NewPaper, Paper};
pub(crate) use piece::{Content, Course, Head, Lesson, NewCourse, NewTopic, Piece, State, Topic};
pub(crate) use question::{Given, Key, Question, QuestionKind, letter};
pub(crate) use training::{Decision, NewTraining, Training};

use jiff::Timestamp;
use kernel::{Line, MemberId, OrgId, QuestionSetId, Refusal};
use serde::{Deserialize, Serialize};

/// Questions of one set, at most.
pub(crate) const SET: usize = 500;

/// A set of questions of an organisation's bank. It does not change: a corrected one is another set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct QuestionSet {
    pub(crate) id: QuestionSetId,
    pub(crate) organization: OrgId,
    pub(crate) title: Line<100>,
    /// How many of each kind it has.
    pub(crate) counts: Counts,
    /// In how many parts it is kept.
    pub(crate) parts: usize,
    pub(crate) entered_by: MemberId,
    pub(crate) entered_at: Timestamp,
    pub(crate) version: u64,
}

impl QuestionSet {
    /// A set of `questions`.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidField`] when there are none or too many.
    pub(crate) fn of(
        organization: OrgId,
        title: Line<100>,
        questions: &[Question],
        hand: Hand,
    ) -> Result<Self, Refusal> {
        if questions.is_empty() || questions.len() > SET {
            return Err(field("/questions", format!("应有 1 至 {SET} 题"), format!("must be 1 to {SET}")));
        }
        Ok(Self {
            id: QuestionSetId::new(hand.at),
            organization,
            title,
            counts: Counts::of(questions),
            parts: questions.len().div_ceil(Question::PER_PART),
            entered_by: hand.by,
            entered_at: hand.at,
            version: 1,
        })
    }
}

#[cfg(test)]
mod tests;
