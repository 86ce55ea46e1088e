//! The star that the department gives, its public notice, and the award.

use super::{
    Judge, Rules, StarApplication, StarObjection, StarSheet, StarState, field, illegal, points,
    review::{StarVetoMet, known},
};
use jiff::{Timestamp, civil::Date};
use kernel::{ErrorCode, Line, MemberId, Refusal, StarObjectionId, shanghai_day};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// What the department decides.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewStarDecision {
    /// The final points, in hundredths.
    pub(crate) score: u32,
    /// The stars that follow from points and veto items, stated by who decides; 0 for none.
    pub(crate) star: u8,
    /// The veto items that are met.
    #[serde(default)]
    pub(crate) vetoes: Vec<StarVetoMet>,
    /// Why; needed where points or veto items are not those of the review.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub(crate) reason: Option<Line<500>>,
}

/// What the department decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StarDecision {
    pub(crate) by: MemberId,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) at: Timestamp,
    /// In hundredths of a point.
    pub(crate) score: u32,
    /// 0 for none.
    pub(crate) star: u8,
    pub(crate) vetoes: Vec<StarVetoMet>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>)]
    pub(crate) reason: Option<Line<500>>,
    /// The last day of the public notice.
    #[schema(value_type = String, format = Date)]
    pub(crate) notice_until: Date,
    /// Whether that may still change, because the holidays of a year are not known yet.
    pub(crate) provisional: bool,
    /// The granted objection that took it back.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) taken_back_by: Option<StarObjectionId>,
    /// The day on which that was granted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub(crate) taken_back_on: Option<Date>,
    /// Who raised that objection and who granted it, as neither decides after it. No view has them.
    #[serde(skip_serializing_if = "BTreeSet::is_empty", default)]
    #[schema(ignore)]
    pub(crate) disputed_by: BTreeSet<MemberId>,
    /// The version of the rules that it follows.
    pub(crate) rules: String,
}

impl StarDecision {
    /// The last day of the notice by the holidays that are known now: never before the day that was told.
    pub(crate) fn lasts_until(&self, rules: &Rules) -> Date {
        rules.notice_lasts(self.notice_until, shanghai_day(self.at))
    }
}

/// The stars of `score` where these veto items are met.
fn star(score: u32, met: &[StarVetoMet], sheet: &StarSheet, rules: &Rules) -> u8 {
    let caps = met.iter().filter_map(|met| sheet.veto(&met.veto)).map(|veto| veto.at_most);
    caps.fold(rules.star(score), u8::min)
}

impl StarApplication {
    /// Who makes no decision about it, beside those of the branch: whoever reviewed it, and whoever raised or granted an objection
    /// that took a decision back.
    pub(super) fn not_deciding(&self) -> BTreeSet<MemberId> {
        let disputed = self.decisions.iter().flat_map(|decision| decision.disputed_by.iter().copied());
        self.reviewers().into_iter().chain(disputed).collect()
    }

    /// The same after the department decided; there is public notice from then on.
    ///
    /// # Errors
    /// [`ErrorCode::OwnCase`] for whoever belongs to the branch or acted for it, for who reviewed it, and for who raised or granted an
    /// objection that took a decision back; [`ErrorCode::IllegalTransition`] unless it waits for the decision, and after as many
    /// decisions as there can be; [`ErrorCode::InvalidField`] for what does not fit the sheet, stars that do not follow, and a change of
    /// the review without a reason.
    pub(crate) fn decided(
        &self,
        new: NewStarDecision,
        (sheet, rules): (&StarSheet, &Rules),
        judge: Judge,
    ) -> Result<Self, Refusal> {
        self.is_of_others(judge)?;
        let by = judge.hand.by;
        if self.not_deciding().contains(&by) {
            return Err(ErrorCode::OwnCase.into());
        }
        self.is(StarState::Reviewed, ("不在待复核状态", "it does not wait for a decision"))?;
        if self.decisions.len() >= rules.most_decisions {
            let most = rules.most_decisions;
            let (zh, en) =
                (format!("最多复核评星 {most} 次"), format!("it was decided about {most} times: no more is kept"));
            return Err(illegal(zh, en));
        }
        if new.score > sheet.total {
            let most = points(sheet.total);
            return Err(field("/score", format!("最高 {most} 分"), format!("must be at most {most} points")));
        }
        known(sheet, &new.vetoes)?;
        let follows = star(new.score, &new.vetoes, sheet, rules);
        if new.star != follows {
            let (zh, en) = (format!("按分值和否决项应为 {follows} 星"), format!("{follows} stars follow from these"));
            return Err(field("/star", zh, en));
        }
        let vetoes: BTreeSet<_> = new.vetoes.iter().map(|met| &met.veto).collect();
        let same = self.review.as_ref().is_some_and(|review| review.total() == new.score && review.vetoes() == vetoes);
        if !same && new.reason.is_none() {
            return Err(field("/reason", "与复评不一致的，须说明理由", "needed where it is not what the review says"));
        }
        let until = rules.notice(judge.hand.today());
        let decision = StarDecision {
            by,
            at: judge.hand.at,
            score: new.score,
            star: new.star,
            vetoes: new.vetoes,
            reason: new.reason,
            notice_until: until.day,
            provisional: until.provisional,
            taken_back_by: None,
            taken_back_on: None,
            disputed_by: BTreeSet::new(),
            rules: rules.version.clone(),
        };
        let decisions = self.decisions.iter().cloned().chain([decision]).collect();
        Ok(Self { state: StarState::Notice, decisions, version: self.version + 1, ..self.clone() })
    }

    /// The same after the objection `by` was granted: it waits for the department again, and nothing of it is public.
    ///
    /// # Errors
    /// [`ErrorCode::IllegalTransition`] unless there is public notice.
    pub(crate) fn taken_back(&self, by: &StarObjection) -> Result<Self, Refusal> {
        self.is(StarState::Notice, ("不在公示状态", "there is no public notice of it"))?;
        let mut decisions = self.decisions.clone();
        if let Some(last) = decisions.last_mut() {
            last.taken_back_by = Some(by.id);
            last.taken_back_on = by.answered_at.map(shanghai_day);
            last.disputed_by = [by.raised_by].into_iter().chain(by.answered_by).collect();
        }
        Ok(Self { state: StarState::Reviewed, decisions, version: self.version + 1, ..self.clone() })
    }

    /// The same after the star was awarded; `disputed` says whether an objection is open.
    ///
    /// # Errors
    /// [`ErrorCode::OwnCase`] for whoever belongs to the branch or acted for it; [`ErrorCode::AlreadyDecided`] a second time;
    /// [`ErrorCode::IllegalTransition`] without a notice, until it is over, and as long as an objection is open.
    pub(crate) fn awarded(&self, disputed: bool, rules: &Rules, judge: Judge) -> Result<Self, Refusal> {
        self.is_of_others(judge)?;
        if self.state == StarState::Awarded {
            return Err(ErrorCode::AlreadyDecided.into());
        }
        let Some(decision) = self.public() else {
            return Err(illegal("尚未公示，不能命名", "there was no public notice yet"));
        };
        let until = decision.lasts_until(rules);
        if judge.hand.today() <= until {
            let (zh, en) =
                (format!("公示期至 {until}，期满后方可命名"), format!("the public notice lasts until {until}"));
            return Err(illegal(zh, en));
        }
        if disputed {
            return Err(illegal("有异议尚未答复，不能命名", "an objection is open"));
        }
        Ok(Self {
            state: StarState::Awarded,
            awarded_by: Some(judge.hand.by),
            awarded_at: Some(judge.hand.at),
            version: self.version + 1,
            ..self.clone()
        })
    }
}
