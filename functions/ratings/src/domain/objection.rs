//! Objections against a star that is under public notice.

use super::{Hand, Judge, Rules, StarApplication, StarState, illegal};
use jiff::Timestamp;
use kernel::{ErrorCode, Line, MemberId, Refusal, StarApplicationId, StarObjectionId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// How far an objection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = StarObjectionState)]
pub(crate) enum ObjectionState {
    /// Nobody answered yet.
    Open,
    /// The star is decided about once more.
    Granted,
    /// The star stays.
    Refused,
}

/// An objection as somebody raises it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewStarObjection {
    /// The department reads it, and nobody else.
    #[schema(value_type = String)]
    pub(crate) text: Line<1000>,
}

/// What the department answers.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct StarAnswer {
    /// Whether the star is decided about once more.
    pub(crate) granted: bool,
    #[schema(value_type = String)]
    pub(crate) reason: Line<500>,
}

/// An objection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StarObjection {
    pub(crate) id: StarObjectionId,
    pub(crate) application: StarApplicationId,
    /// Against which decision: 1 for the first.
    pub(crate) decision: usize,
    pub(crate) raised_by: MemberId,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) raised_at: Timestamp,
    #[schema(value_type = String)]
    pub(crate) text: Line<1000>,
    pub(crate) state: ObjectionState,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) answered_by: Option<MemberId>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) answered_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>)]
    pub(crate) answer: Option<Line<500>>,
    pub(crate) version: u64,
}

impl NewStarObjection {
    /// The objection of `hand` against the star of `application`.
    ///
    /// # Errors
    /// [`ErrorCode::IllegalTransition`] where there is no public notice, or it is over.
    pub(crate) fn raised(
        self,
        application: &StarApplication,
        rules: &Rules,
        hand: Hand,
    ) -> Result<StarObjection, Refusal> {
        let until = application.public().filter(|_| application.state.is_open()).map(|last| last.lasts_until(rules));
        if until.is_none_or(|until| hand.today() > until) {
            return Err(illegal("不在公示期内", "there is no public notice of it, or it is over"));
        }
        Ok(StarObjection {
            id: StarObjectionId::new(hand.at),
            application: application.id,
            decision: application.decisions.len(),
            raised_by: hand.by,
            raised_at: hand.at,
            text: self.text,
            state: ObjectionState::Open,
            answered_by: None,
            answered_at: None,
            answer: None,
            version: 1,
        })
    }
}

impl StarObjection {
    /// Whether nobody answered yet.
    pub(crate) fn is_open(&self) -> bool {
        self.state == ObjectionState::Open
    }

    /// Who does not answer it, beside those who belong to the branch of `application`: who raised it, who acted for the branch, and
    /// who reviewed or made any decision.
    pub(crate) fn barred(&self, application: &StarApplication) -> BTreeSet<MemberId> {
        let decided = application.decisions.iter().map(|decision| decision.by);
        let before = application.acted().into_iter().chain(application.reviewers());
        before.chain(decided).chain([self.raised_by]).collect()
    }

    /// Whether the star of `application` is decided about once more because of it: not where that was decided anew meanwhile, since
    /// it is not against the new decision.
    pub(crate) fn takes_back(&self, application: &StarApplication) -> bool {
        self.state == ObjectionState::Granted
            && application.state == StarState::Notice
            && self.decision == application.decisions.len()
    }

    /// The same after the department answered.
    ///
    /// # Errors
    /// [`ErrorCode::OwnCase`] for who raised it, who belongs to the branch or acted for it, and who reviewed it or made any decision
    /// about it; [`ErrorCode::AlreadyDecided`] a second time.
    pub(crate) fn answered(
        &self,
        StarAnswer { granted, reason }: StarAnswer,
        application: &StarApplication,
        judge: Judge,
    ) -> Result<Self, Refusal> {
        application.is_of_others(judge)?;
        let by = judge.hand.by;
        if self.barred(application).contains(&by) {
            return Err(ErrorCode::OwnCase.into());
        }
        if !self.is_open() {
            return Err(ErrorCode::AlreadyDecided.into());
        }
        Ok(Self {
            state: if granted { ObjectionState::Granted } else { ObjectionState::Refused },
            answered_by: Some(by),
            answered_at: Some(judge.hand.at),
            answer: Some(reason),
            version: self.version + 1,
            ..self.clone()
        })
    }
}
