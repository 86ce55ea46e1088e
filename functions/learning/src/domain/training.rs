//! Trainings: entered by one officer, confirmed by another.

use super::{Hand, field, illegal};
use jiff::{Timestamp, civil::Date};
use kernel::{Line, MemberId, OrgId, Refusal, TrainingId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use study::{Entry, Rules, Source};
use utoipa::ToSchema;

/// Persons of one training: it is confirmed in one transaction.
pub(crate) const MOST_PEOPLE: usize = 90;

/// How far a training is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = TrainingState)]
pub(crate) enum State {
    /// Somebody else has to confirm it; it does not count yet.
    Entered,
    /// It counts.
    Confirmed,
    /// It does not.
    Refused,
}

/// A training as it is entered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewTraining {
    /// The organisation to which the persons belong.
    pub(crate) organization: OrgId,
    #[schema(value_type = String)]
    pub(crate) title: Line<100>,
    #[schema(value_type = String, format = Date)]
    pub(crate) from: Date,
    #[schema(value_type = String, format = Date)]
    pub(crate) to: Date,
    /// How many half days it had.
    pub(crate) half_days: u32,
    /// Who took part: one to ninety.
    pub(crate) people: Vec<MemberId>,
}

/// A training.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Training {
    pub(crate) id: TrainingId,
    pub(crate) organization: OrgId,
    #[schema(value_type = String)]
    pub(crate) title: Line<100>,
    #[schema(value_type = String, format = Date)]
    pub(crate) from: Date,
    #[schema(value_type = String, format = Date)]
    pub(crate) to: Date,
    pub(crate) half_days: u32,
    pub(crate) people: Vec<MemberId>,
    pub(crate) state: State,
    pub(crate) entered_by: MemberId,
    /// Who confirmed or refused it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) decided_by: Option<MemberId>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>)]
    pub(crate) reason: Option<Line<500>>,
    pub(crate) version: u64,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) updated_at: Timestamp,
}

/// What is decided of a training.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = TrainingDecision)]
pub(crate) struct Decision {
    /// Whether it counts.
    pub(crate) accept: bool,
    /// Why not; needed then.
    #[schema(value_type = Option<String>)]
    pub(crate) reason: Option<Line<500>>,
}

impl NewTraining {
    /// A training that was held before `today`.
    ///
    /// # Errors
    /// [`kernel::ErrorCode::InvalidField`].
    pub(crate) fn entered(self, today: Date, rules: &Rules, hand: Hand) -> Result<Training, Refusal> {
        let Self { organization, title, from, to, half_days, people } = self;
        let days = (to - from).get_days();
        if !(0..=60).contains(&days) || to > today || from.year() != to.year() {
            return Err(field(
                "/to",
                "应在同一年内、不早于开始且不晚于今天",
                "must be in the same year, over, and no sooner than it began",
            ));
        }
        let most = u32::try_from(days + 1).unwrap_or(0).saturating_mul(2).min(rules.training.most_half_days);
        if !(1..=most).contains(&half_days) {
            return Err(field("/halfDays", format!("应为 1 至 {most}"), format!("must be 1 to {most}")));
        }
        let distinct: BTreeSet<_> = people.iter().collect();
        if people.is_empty() || people.len() > MOST_PEOPLE || distinct.len() < people.len() {
            let zh = format!("应有 1 至 {MOST_PEOPLE} 人，且不重复");
            return Err(field("/people", zh, format!("must be 1 to {MOST_PEOPLE}, each once")));
        }
        Ok(Training {
            id: TrainingId::new(hand.at),
            organization,
            title,
            from,
            to,
            half_days,
            people,
            state: State::Entered,
            entered_by: hand.by,
            decided_by: None,
            reason: None,
            version: 1,
            updated_at: hand.at,
        })
    }
}

impl Training {
    /// The same after somebody decided that it counts or does not.
    ///
    /// # Errors
    /// [`kernel::ErrorCode::IllegalTransition`] when somebody did; [`kernel::ErrorCode::InvalidField`] without a reason why
    /// not.
    pub(crate) fn decided(&self, Decision { accept, reason }: Decision, hand: Hand) -> Result<Self, Refusal> {
        if self.state != State::Entered {
            return Err(illegal("已经确认或退回", "it is decided already"));
        }
        if !accept && reason.is_none() {
            return Err(field("/reason", "不予确认须说明原因", "is needed for a refusal"));
        }
        let state = if accept { State::Confirmed } else { State::Refused };
        let (decided_by, version) = (Some(hand.by), self.version + 1);
        Ok(Self { state, decided_by, reason, version, updated_at: hand.at, ..self.clone() })
    }

    /// What it counts for each who took part, once it is confirmed.
    pub(crate) fn credit(&self, rules: &Rules) -> Option<Entry> {
        (self.state == State::Confirmed).then(|| Entry {
            source: Source::Training,
            id: self.id.to_string(),
            title: self.title.clone(),
            on: self.to,
            from: (self.from < self.to).then_some(self.from),
            minutes: rules.training(self.half_days),
            kinds: BTreeSet::new(),
            rules: rules.version.clone(),
        })
    }
}
