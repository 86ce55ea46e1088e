//! What a member owes in a year.

use crate::{Class, Fen, Month, Rules, Waiting};
use dynamo::Key;
use jiff::Timestamp;
use kernel::{ErrorCode, Line, MemberId, OrgId, PersonName, Refusal, field};
use register::{Member, MemberState};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Changes of the sum of one year, at most.
const STEPS: usize = 12;

/// Whether `member` owes dues for `month`, as the register has them: who is on probation from the month of the branch
/// meeting that admitted them (党费规定 §8), nobody whose membership is suspended or over.
#[must_use]
pub fn owes(state: MemberState, joined_on: jiff::civil::Date, month: Month) -> bool {
    matches!(state, MemberState::Probationary | MemberState::Full) && joined_on <= month.last_day()
}

/// A sum from a month on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DuesStep)]
pub struct Step {
    /// Its first month.
    pub from: Month,
    /// What the member lives on.
    pub class: Class,
    /// What they owe each month.
    pub monthly: Fen,
    /// Whether the branch agreed that they pay by the quarter (党费规定 §12).
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub quarterly: bool,
    /// Why it changed within the year.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>)]
    pub reason: Option<Line<200>>,
    /// The version of the rules.
    pub rules: String,
    /// Who set it.
    pub by: MemberId,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

/// A reduction or exemption for hardship (党费规定 §7): the branch proposes it, the committee above decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DuesRelief)]
pub struct Relief {
    /// First month.
    pub from: Month,
    /// Last month.
    pub until: Month,
    /// What is owed each month instead; nothing at all for an exemption.
    pub monthly: Fen,
    /// Why.
    #[schema(value_type = String)]
    pub reason: Line<500>,
    /// Who proposed it.
    pub proposed_by: MemberId,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub proposed_at: Timestamp,
    /// Whether it was granted; absent until it is decided.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub granted: Option<bool>,
    /// Who decided it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub decided_by: Option<MemberId>,
    /// What they said to it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>)]
    pub remark: Option<Line<500>>,
}

/// What a member owes in a year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OwnDuesYear)]
pub struct Years {
    /// Whose.
    pub member: MemberId,
    /// Their name when it was last changed.
    pub name: PersonName,
    /// The branch that set it.
    pub organization: OrgId,
    /// The year.
    pub year: i16,
    /// Sums, the earliest first.
    pub steps: Vec<Step>,
    /// Reliefs, in the order in which they were proposed.
    pub reliefs: Vec<Relief>,
    /// Counts its changes.
    pub version: u64,
}

/// A standard that is to be set.
#[derive(Debug, Clone)]
pub struct NewStandard {
    /// What the member lives on.
    pub class: Class,
    /// What they earn in a month, for classes with a rate. It is not kept.
    pub base: Option<Fen>,
    /// What is set, where the rule leaves a choice.
    pub amount: Option<Fen>,
    /// From which month on.
    pub from: Month,
    /// Whether the branch agrees that they pay by the quarter.
    pub quarterly: bool,
    /// Why it changes within the year.
    pub reason: Option<Line<200>>,
}

impl Years {
    /// The year of `member` of the branch `organization`, before anything is set.
    #[must_use]
    pub fn of(member: &Member, organization: OrgId, year: i16) -> Self {
        let (member, name) = (member.id, member.name.clone());
        Self { member, name, organization, year, steps: Vec::new(), reliefs: Vec::new(), version: 0 }
    }

    /// What holds for `month`.
    fn step(&self, month: Month) -> Option<&Step> {
        self.steps.iter().rev().find(|step| step.from <= month && month.year() == self.year)
    }

    /// Whether the branch agreed that `month` is paid with its quarter (党费规定 §12).
    #[must_use]
    pub fn is_quarterly(&self, month: Month) -> bool {
        self.step(month).is_some_and(|step| step.quarterly)
    }

    /// What is owed for `month` by what is set and granted; `None` when nothing is set for it.
    #[must_use]
    pub fn monthly(&self, month: Month) -> Option<Fen> {
        let set = self.step(month)?.monthly;
        let granted = self
            .reliefs
            .iter()
            .rev()
            .find(|relief| relief.granted == Some(true) && (relief.from..=relief.until).contains(&month));
        Some(granted.map_or(set, |relief| relief.monthly.min(set)))
    }

    /// The same with another standard, as it is set at `at` by `by`. What was set wrong is put right from a month on that
    /// nothing is paid of: `paid` is the last month of the year whose bill is.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidField`] when the rule says no, the month is of another year, before one in which something else
    /// was set, or past and paid or before one that is; or when a change within the year has no reason.
    pub fn set(&self, new: NewStandard, paid: Option<Month>, (by, at): (MemberId, Timestamp)) -> Result<Self, Refusal> {
        let NewStandard { class, base, amount, from, quarterly, reason } = new;
        let rules = Rules::get()?;
        let quote = rules.quote(class, base)?;
        let monthly = quote.set(amount)?;
        if from.year() != self.year {
            return Err(field("/from", "起始月份不在该年度", "is not a month of the year"));
        }
        let before = self.steps.last();
        let is_paid = from < Month::at(at) && paid.is_some_and(|paid| from <= paid);
        if before.is_some_and(|last| from < last.from || is_paid) {
            return Err(field(
                "/from",
                "该月起已有另一标准或已交党费，调整从本月或以后月份起执行",
                "is before another change or a month that is paid: a change is from this month on",
            )
            .by("组电明字〔2017〕5号"));
        }
        if before.is_some() && reason.is_none() {
            return Err(field("/reason", "年度内调整须说明原因", "is needed for a change within the year")
                .by("组电明字〔2017〕5号"));
        }
        if self.steps.len() >= STEPS {
            return Err(field("/from", "本年度调整次数过多", "there were too many changes in this year"));
        }
        let mut new = Self { version: self.version + 1, ..self.clone() };
        new.steps.retain(|step| step.from != from);
        new.steps.push(Step { from, class, monthly, quarterly, reason, rules: rules.version.clone(), by, at });
        Ok(new)
    }

    /// The relief that waits for a decision.
    #[must_use]
    pub fn waiting(&self) -> Option<&Relief> {
        self.reliefs.last().filter(|relief| relief.granted.is_none())
    }

    /// The same with a relief that is proposed.
    ///
    /// # Errors
    /// [`ErrorCode::AlreadyOpen`] when another one waits; [`ErrorCode::InvalidField`] when its months are not of the year or
    /// nothing is set for them, or it is no reduction.
    pub fn proposed(&self, relief: Relief) -> Result<Self, Refusal> {
        if self.waiting().is_some() {
            return Err(ErrorCode::AlreadyOpen.into());
        }
        if relief.from > relief.until || relief.until.year() != self.year || relief.from.year() != self.year {
            return Err(field("/until", "起止月份应在该年度内", "its months are of the year"));
        }
        match self.monthly(relief.from) {
            None => return Err(field("/from", "请先核定该月党费标准", "nothing is set for this month yet")),
            Some(set) if relief.monthly >= set => {
                return Err(field("/monthly", "应低于已核定的标准", "is less than what is set"));
            }
            Some(_) => {}
        }
        if self.reliefs.len() >= STEPS {
            return Err(field("/from", "本年度申请次数过多", "there were too many in this year"));
        }
        let mut new = Self { version: self.version + 1, ..self.clone() };
        new.reliefs.push(relief);
        Ok(new)
    }

    /// The same with the relief that waits decided by `by`.
    ///
    /// # Errors
    /// [`ErrorCode::AlreadyDecided`] when none waits; [`ErrorCode::OwnCase`] when `by` proposed it.
    pub fn decided(&self, grant: bool, by: MemberId, remark: Option<Line<500>>) -> Result<Self, Refusal> {
        let mut new = Self { version: self.version + 1, ..self.clone() };
        let Some(relief) = new.reliefs.last_mut().filter(|relief| relief.granted.is_none()) else {
            return Err(ErrorCode::AlreadyDecided.into());
        };
        if relief.proposed_by == by || self.member == by {
            return Err(Refusal::new(ErrorCode::OwnCase).by("党费规定 §7"));
        }
        (relief.granted, relief.decided_by, relief.remark) = (Some(grant), Some(by), remark);
        Ok(new)
    }
}

/// A year as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct YearRow {
    /// `MBR#<member>`
    pub pk: String,
    /// `YEAR#<year>`
    pub sk: String,
    /// Index `open`, while a relief waits: who decides it, and what it is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub waits_at: Option<OrgId>,
    /// Index `open`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub waits_key: Option<String>,
    /// The year.
    #[serde(flatten)]
    pub years: Years,
}

impl YearRow {
    /// The row of `years`, whose branch stands below the committee `above`.
    #[must_use]
    pub fn new(years: Years, above: Option<OrgId>) -> Self {
        let Key { pk, sk } = Self::key(years.member, years.year);
        let waits_at = above.filter(|_| years.waiting().is_some());
        let waits_key = waits_at.map(|_| Waiting::Relief.key(&format!("{}#{}", years.member, years.year)));
        Self { pk, sk, waits_at, waits_key, years }
    }

    /// Where the year of a member is.
    #[must_use]
    pub fn key(member: MemberId, year: i16) -> Key {
        Key::new(format!("MBR#{member}"), format!("YEAR#{year:04}"))
    }
}

#[cfg(test)]
mod tests;
