//! What is shown.

use crate::{
    domain::{Rules, StarApplication, StarEvidence, StarReview, StarSheet, StarState},
    store::Listed,
};
use jiff::civil::Date;
use kernel::{ActivityId, Line, OrgId, StarApplicationId, shanghai_day, working_days_after};
use serde::Serialize;
use utoipa::ToSchema;

/// An application, for its branch and those above it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StarApplicationView {
    #[serde(flatten)]
    application: StarApplication,
    /// What the branch gives itself, all items together, in hundredths of a point.
    self_total: u32,
    /// The same of the review.
    #[serde(skip_serializing_if = "Option::is_none")]
    review_total: Option<u32>,
    /// Until when the committee above gives points again, as long as it is waited for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    review_due_on: Option<Date>,
    /// Whether that day is over.
    waiting: bool,
}

/// Until when the review of what was handed in on a day is due.
fn due(state: StarState, submitted_on: Option<Date>, rules: &Rules) -> Option<Date> {
    let on = submitted_on.filter(|_| state == StarState::Submitted)?;
    Some(working_days_after(on, rules.review_working_days).day)
}

impl StarApplicationView {
    pub(crate) fn of(application: &StarApplication, rules: &Rules, today: Date) -> Self {
        let review_due_on = due(application.state, application.submitted_on(), rules);
        let mut shown = application.clone();
        for decision in &mut shown.decisions {
            decision.notice_until = decision.lasts_until(rules);
            decision.provisional = rules.notice(shanghai_day(decision.at)).provisional;
            decision.disputed_by.clear();
        }
        Self {
            self_total: application.scores.iter().map(|score| score.score).sum(),
            review_total: application.review.as_ref().map(StarReview::total),
            review_due_on,
            waiting: review_due_on.is_some_and(|day| day < today),
            application: shown,
        }
    }
}

/// An application in a list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StarListed {
    id: StarApplicationId,
    /// The branch.
    organization: OrgId,
    /// Its name when it applied.
    #[schema(value_type = String)]
    name: Line<60>,
    year: i16,
    state: StarState,
    /// The last day on which it is handed in, as long as it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    closes_on: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    submitted_on: Option<Date>,
    /// Until when the committee above gives points again, as long as it is waited for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    review_due_on: Option<Date>,
    /// Whether that day is over.
    waiting: bool,
    /// In hundredths of a point, once it is public.
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<u32>,
    /// Once it is public; 0 for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    star: Option<u8>,
    /// The last day of the public notice.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    notice_until: Option<Date>,
}

impl StarListed {
    pub(crate) fn of(listed: Listed, rules: &Rules, today: Date) -> Self {
        let notice_until = listed.notice_lasts(rules);
        let Listed { id, organization, name, year, state, closes_on, submitted_on, score, star, .. } = listed;
        let closes_on = closes_on.filter(|_| state == StarState::Draft);
        let review_due_on = due(state, submitted_on, rules);
        let waiting = review_due_on.is_some_and(|day| day < today);
        Self {
            id,
            organization,
            name,
            year,
            state,
            closes_on,
            submitted_on,
            review_due_on,
            waiting,
            score,
            star,
            notice_until,
        }
    }
}

/// What everybody in the tree may know of an application.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StarNotice {
    id: StarApplicationId,
    /// The branch.
    organization: OrgId,
    /// Its name when it applied.
    #[schema(value_type = String)]
    name: Line<60>,
    year: i16,
    /// In hundredths of a point.
    score: u32,
    /// 0 for none.
    star: u8,
    /// The last day of the public notice: until then anybody in the tree can object.
    #[schema(value_type = String, format = Date)]
    notice_until: Date,
    /// Whether the star is awarded.
    awarded: bool,
}

impl StarNotice {
    /// What everybody may know of it; `None` for what is not public any more.
    pub(crate) fn of(listed: Listed, rules: &Rules) -> Option<Self> {
        let notice_until = listed.notice_lasts(rules)?;
        Some(Self {
            id: listed.id,
            organization: listed.organization,
            name: listed.name,
            year: listed.year,
            score: listed.score?,
            star: listed.star?,
            notice_until,
            awarded: listed.state == StarState::Awarded,
        })
    }
}

/// An activity that items can rest on.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StarFact {
    activity: ActivityId,
    /// In whose matters it was done: the branch, or one of its groups.
    organization: OrgId,
    kind: String,
    /// What that is called.
    name: &'static str,
    /// The record that it was done to.
    subject: String,
    #[schema(value_type = String, format = Date)]
    on: Date,
    /// The items that it goes with.
    items: Vec<String>,
}

impl StarFact {
    /// `evidence` with the items of `sheet` that it goes with; `None` where there are none.
    pub(crate) fn of(evidence: StarEvidence, sheet: &StarSheet, rules: &'static Rules) -> Option<Self> {
        let StarEvidence { activity, organization, kind, subject, on } = evidence;
        let fits = sheet.items.iter().filter(|item| item.kinds.iter().any(|known| known.as_str() == kind));
        let items: Vec<_> = fits.map(|item| item.id.to_string()).collect();
        let name = rules.fact(&kind)?.name.as_str();
        (!items.is_empty()).then_some(Self { activity, organization, kind, name, subject, on, items })
    }
}
