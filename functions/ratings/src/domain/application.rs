//! A branch's application in a year, and the steps that it takes.

use super::{
    Hand, Judge, NewStarScores, StarDecision, StarEvidence, StarReview, StarScore, StarSheet, StarState, field,
    illegal, scores::complete,
};
use jiff::{Timestamp, civil::Date};
use kernel::{ActivityId, ErrorCode, Line, MemberId, OrgId, Refusal, StarApplicationId, shanghai_day};
use register::{Node, NodeStatus};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// A branch's application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StarApplication {
    pub(crate) id: StarApplicationId,
    /// The branch.
    pub(crate) organization: OrgId,
    /// Its name when it applied.
    #[schema(value_type = String)]
    pub(crate) name: Line<60>,
    /// The committee at the root, whose sheet it is scored by.
    pub(crate) committee: OrgId,
    pub(crate) year: i16,
    pub(crate) state: StarState,
    /// The last day on which it is handed in, for lists: the sheet stays as it is. Absent in what was filed before lists had it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub(crate) closes_on: Option<Date>,
    pub(crate) filed_by: MemberId,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) filed_at: Timestamp,
    /// What the branch gives itself.
    pub(crate) scores: Vec<StarScore>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) submitted_by: Option<MemberId>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) submitted_at: Option<Timestamp>,
    /// What the committee above gives it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) review: Option<StarReview>,
    /// What the department decided, the last one in force unless a granted objection took it back.
    pub(crate) decisions: Vec<StarDecision>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) awarded_by: Option<MemberId>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) awarded_at: Option<Timestamp>,
    /// The day on which the branch was dissolved or merged, where it ended by that: whoever closes the branch writes it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub(crate) branch_closed_on: Option<Date>,
    pub(crate) version: u64,
}

/// Refuses steps in the matters of a branch that is closed.
///
/// # Errors
/// [`ErrorCode::OrganizationClosed`].
pub(crate) fn goes_on(branch: &Node) -> Result<(), Refusal> {
    if branch.status == NodeStatus::Active { Ok(()) } else { Err(ErrorCode::OrganizationClosed.into()) }
}

impl StarApplication {
    /// The application of `branch` in the year of `sheet`.
    ///
    /// # Errors
    /// [`ErrorCode::OrganizationClosed`] or [`ErrorCode::TemporaryBranch`] for a branch that is not reviewed;
    /// [`ErrorCode::Forbidden`] outside the window.
    pub(crate) fn filed(branch: &Node, sheet: &StarSheet, hand: Hand) -> Result<Self, Refusal> {
        goes_on(branch)?;
        if branch.temporary {
            return Err(ErrorCode::TemporaryBranch.into());
        }
        sheet.open_on(hand.today())?;
        Ok(Self {
            id: StarApplicationId::new(hand.at),
            organization: branch.id,
            name: branch.name.clone(),
            committee: sheet.organization,
            year: sheet.year,
            state: StarState::Draft,
            closes_on: Some(sheet.closes_on),
            filed_by: hand.by,
            filed_at: hand.at,
            scores: Vec::new(),
            submitted_by: None,
            submitted_at: None,
            review: None,
            decisions: Vec::new(),
            awarded_by: None,
            awarded_at: None,
            branch_closed_on: None,
            version: 1,
        })
    }

    /// The same with what the branch gives itself, in the place of what it gave before; `known` is what was found of linked
    /// activities.
    ///
    /// # Errors
    /// [`ErrorCode::IllegalTransition`] once it handed in; [`ErrorCode::Forbidden`] outside the window;
    /// [`ErrorCode::InvalidField`] for what does not fit the sheet.
    pub(crate) fn scored(
        &self,
        new: NewStarScores,
        known: &BTreeMap<ActivityId, StarEvidence>,
        sheet: &StarSheet,
        hand: Hand,
    ) -> Result<Self, Refusal> {
        self.is_draft()?;
        sheet.open_on(hand.today())?;
        let closes_on = Some(sheet.closes_on);
        Ok(Self { closes_on, scores: new.scores(sheet, known)?, version: self.version + 1, ..self.clone() })
    }

    /// The same after the branch handed it in: each item has points, and what they rest on.
    ///
    /// # Errors
    /// As [`Self::scored`].
    pub(crate) fn submitted(&self, sheet: &StarSheet, hand: Hand) -> Result<Self, Refusal> {
        self.is_draft()?;
        sheet.open_on(hand.today())?;
        complete(sheet, self.scores.iter().map(|score| &score.item))?;
        if let Some(at) = self.scores.iter().position(|score| !score.is_founded()) {
            let (zh, en) = ("有得分的项目须引用记录或说明依据", "points need an activity or a note");
            return Err(field(format!("/items/{at}/evidence"), zh, en));
        }
        Ok(Self {
            state: StarState::Submitted,
            submitted_by: Some(hand.by),
            submitted_at: Some(hand.at),
            version: self.version + 1,
            ..self.clone()
        })
    }

    fn is_draft(&self) -> Result<(), Refusal> {
        self.is(StarState::Draft, ("已提交，不能再修改自评", "it was handed in: its points stay as they are"))
    }

    /// Refuses a step that another state asks for, with what is said of it.
    pub(super) fn is(&self, state: StarState, (zh, en): (&'static str, &'static str)) -> Result<(), Refusal> {
        if self.state == state { Ok(()) } else { Err(illegal(zh, en)) }
    }

    /// Refuses whoever belongs to the branch or holds an office of it, and whoever applied or handed in for it.
    ///
    /// # Errors
    /// [`ErrorCode::OwnCase`] for them.
    pub(crate) fn is_of_others(&self, Judge { hand, home, officer }: Judge) -> Result<(), Refusal> {
        let own = self.acted().contains(&hand.by) || officer || home == self.organization;
        if own { Err(ErrorCode::OwnCase.into()) } else { Ok(()) }
    }

    /// Who applied or handed in for the branch.
    pub(super) fn acted(&self) -> BTreeSet<MemberId> {
        [self.filed_by].into_iter().chain(self.submitted_by).collect()
    }

    /// Who has a part in it and does not take its next step, beside those of the branch; nobody as long as that is the branch's own.
    pub(crate) fn barred(&self) -> BTreeSet<MemberId> {
        match self.state {
            StarState::Draft | StarState::Awarded | StarState::BranchClosed => BTreeSet::new(),
            StarState::Submitted | StarState::Notice => self.acted(),
            StarState::Reviewed => &self.acted() | &self.not_deciding(),
        }
    }

    /// Since which day it waits for the department: for the decision since the review, or since one was taken back; for the award
    /// since the last day of the notice.
    pub(crate) fn waits_since(&self) -> Option<Date> {
        let last = self.decisions.last();
        match self.state {
            StarState::Reviewed => {
                let reviewed = self.review.as_ref().and_then(|review| review.submitted_at).map(shanghai_day);
                reviewed.max(last.and_then(|decision| decision.taken_back_on))
            }
            StarState::Notice => last.map(|decision| decision.notice_until),
            StarState::Draft | StarState::Submitted | StarState::Awarded | StarState::BranchClosed => None,
        }
    }

    /// The day on which the branch handed it in.
    pub(crate) fn submitted_on(&self) -> Option<Date> {
        self.submitted_at.map(shanghai_day)
    }

    /// The decision in force, which is public.
    pub(crate) fn public(&self) -> Option<&StarDecision> {
        self.decisions.last().filter(|_| self.state.is_public())
    }
}
