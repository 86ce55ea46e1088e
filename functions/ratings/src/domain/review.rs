//! Points that the committee above gives again.

use super::{
    Judge, StarApplication, StarSheet, StarState, field,
    scores::{check, complete},
};
use jiff::Timestamp;
use kernel::{Line, MemberId, Refusal};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// Points of the committee above for an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct StarReScore {
    #[schema(value_type = String)]
    pub(crate) item: Line<30>,
    /// In hundredths of a point.
    pub(crate) score: u32,
    /// Why; needed where the branch gave itself more.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>)]
    pub(crate) reason: Option<Line<500>>,
}

/// That a veto item is met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct StarVetoMet {
    /// The veto item of the sheet.
    #[schema(value_type = String)]
    pub(crate) veto: Line<30>,
    #[schema(value_type = String)]
    pub(crate) reason: Line<200>,
}

/// The whole re-score, as far as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewStarReview {
    pub(crate) items: Vec<StarReScore>,
    #[serde(default)]
    pub(crate) vetoes: Vec<StarVetoMet>,
}

/// What the committee above gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StarReview {
    /// Who wrote it, or changed it last.
    pub(crate) by: MemberId,
    /// All who wrote of it.
    #[serde(default)]
    pub(crate) writers: BTreeSet<MemberId>,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) at: Timestamp,
    pub(crate) items: Vec<StarReScore>,
    pub(crate) vetoes: Vec<StarVetoMet>,
    /// Who handed it on.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) submitted_by: Option<MemberId>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) submitted_at: Option<Timestamp>,
}

/// Checks that each of `met` is a veto item of the sheet, and is there once.
///
/// # Errors
/// [`kernel::ErrorCode::InvalidField`] with the pointer of the first that is not.
pub(super) fn known(sheet: &StarSheet, met: &[StarVetoMet]) -> Result<(), Refusal> {
    let mut seen = BTreeSet::new();
    for (at, StarVetoMet { veto, .. }) in met.iter().enumerate() {
        if sheet.veto(veto).is_none() || !seen.insert(veto) {
            let (zh, en) = ("评分表中没有这一否决项，或重复", "is no veto item of the sheet, or comes twice");
            return Err(field(format!("/vetoes/{at}/veto"), zh, en));
        }
    }
    Ok(())
}

impl StarReview {
    /// What all items come to, in hundredths of a point.
    pub(crate) fn total(&self) -> u32 {
        self.items.iter().map(|item| item.score).sum()
    }

    /// The veto items that it says are met.
    pub(super) fn vetoes(&self) -> BTreeSet<&Line<30>> {
        self.vetoes.iter().map(|met| &met.veto).collect()
    }
}

impl StarApplication {
    /// The same with what the committee above gives, in the place of what it gave before.
    ///
    /// # Errors
    /// [`kernel::ErrorCode::OwnCase`] for whoever belongs to the branch or acted for it;
    /// [`kernel::ErrorCode::IllegalTransition`] unless it waits for the review; [`kernel::ErrorCode::InvalidField`] for what does not
    /// fit the sheet, and for an item that is lowered without a reason.
    pub(crate) fn rescored(
        &self,
        NewStarReview { items, vetoes }: NewStarReview,
        sheet: &StarSheet,
        judge: Judge,
    ) -> Result<Self, Refusal> {
        self.waits_for_review(judge)?;
        check(sheet, items.iter().map(|item| (&item.item, item.score)))?;
        known(sheet, &vetoes)?;
        let own = |item: &StarReScore| self.scores.iter().find(|own| own.item == item.item).map_or(0, |own| own.score);
        if let Some(at) = items.iter().position(|item| item.score < own(item) && item.reason.is_none()) {
            let (zh, en) = ("低于自评分的项目须说明理由", "an item that is lowered needs a reason");
            return Err(field(format!("/items/{at}/reason"), zh, en));
        }
        let (by, at) = (judge.hand.by, judge.hand.at);
        let before = self.review.iter().flat_map(|review| review.writers.iter().copied().chain([review.by]));
        let writers = before.chain([by]).collect();
        let review = StarReview { by, writers, at, items, vetoes, submitted_by: None, submitted_at: None };
        Ok(Self { review: Some(review), version: self.version + 1, ..self.clone() })
    }

    /// The same after the committee above handed it on: each item has points.
    ///
    /// # Errors
    /// As [`Self::rescored`].
    pub(crate) fn reviewed(&self, sheet: &StarSheet, judge: Judge) -> Result<Self, Refusal> {
        self.waits_for_review(judge)?;
        let given = self.review.as_ref().map_or(&[][..], |review| &review.items);
        complete(sheet, given.iter().map(|item| &item.item))?;
        let review = self.review.clone().map(|review| StarReview {
            submitted_by: Some(judge.hand.by),
            submitted_at: Some(judge.hand.at),
            ..review
        });
        Ok(Self { state: StarState::Reviewed, review, version: self.version + 1, ..self.clone() })
    }

    /// Who wrote of the review or handed it on.
    pub(super) fn reviewers(&self) -> BTreeSet<MemberId> {
        let review = self.review.iter();
        let hands = review.flat_map(|one| one.writers.iter().copied().chain([one.by]).chain(one.submitted_by));
        hands.collect()
    }

    fn waits_for_review(&self, judge: Judge) -> Result<(), Refusal> {
        self.is_of_others(judge)?;
        self.is(StarState::Submitted, ("不在待复评状态", "it does not wait for its review"))
    }
}
