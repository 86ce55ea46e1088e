//! Appeals against lines of one's portrait, decided by the committee above.

use super::{Hand, Rules, field, illegal};
use jiff::{Timestamp, ToSpan, civil::Date};
use kernel::{AppealId, ErrorCode, Line, MemberId, OrgId, Refusal, shanghai_day, working_days_after};
use score_records::CorrectedPart;
use scoring::{Dimension, Fact, Record, Rule, Sheet, State, Subject};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How far an appeal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum AppealState {
    /// Nobody decided yet.
    Filed,
    /// The record is corrected for the member.
    Granted,
    /// It stays as it is.
    Refused,
}

impl AppealState {
    /// As it is stored.
    pub(crate) const fn slug(self) -> &'static str {
        match self {
            Self::Filed => "filed",
            Self::Granted => "granted",
            Self::Refused => "refused",
        }
    }
}

/// What is decided of an appeal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum AppealOutcome {
    /// The line stays.
    Refused,
    /// The record counts for the member as done.
    Counted,
    /// The record is left out for the member, as if nothing had been asked.
    LeftOut,
}

/// An appeal as a member files it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewAppeal {
    /// Of which year the portrait is.
    pub(crate) year: i16,
    /// Of which branch; the present one when it is left out.
    pub(crate) branch: Option<OrgId>,
    /// The rule of the line, as the portrait names it.
    #[schema(value_type = String)]
    pub(crate) rule: Line<60>,
    /// The record of the line; or one that is missing there and of which the rule takes account.
    #[schema(value_type = String)]
    pub(crate) record: Line<40>,
    /// Why it is wrong; of a second appeal what the first one did not say.
    #[schema(value_type = String)]
    pub(crate) reason: Line<500>,
}

/// How often a member appealed about a record, and how that stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Round {
    /// The last appeal.
    pub(crate) appeal: AppealId,
    /// Which one it is, the first being 1.
    pub(crate) number: u8,
    /// When it was decided; absent as long as it is open.
    pub(crate) decided_on: Option<Date>,
}

/// What was filed before appeals were counted is the first one.
const fn first() -> u8 {
    1
}

/// An appeal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Appeal {
    pub(crate) id: AppealId,
    pub(crate) member: MemberId,
    /// Whose secretary does not decide: the branch whose portrait it is.
    pub(crate) branch: OrgId,
    pub(crate) year: i16,
    #[schema(value_type = String)]
    pub(crate) dimension: Dimension,
    pub(crate) rule: String,
    /// The version of the rule.
    pub(crate) rule_version: u32,
    pub(crate) record: String,
    /// The day of the record.
    #[schema(value_type = String, format = Date)]
    pub(crate) on: Date,
    /// What the line gave or took when it was appealed against, in hundredths of a point; absent where there was no line.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) points: Option<i32>,
    #[schema(value_type = String)]
    pub(crate) reason: Line<500>,
    /// Which appeal of the member about the record it is, by whatever rule; the second one is the last.
    #[serde(default = "first")]
    #[schema(required = true)]
    pub(crate) round: u8,
    /// The first one, whose decider does not decide this one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) before: Option<AppealId>,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) filed_at: Timestamp,
    /// Until when it is to be decided.
    #[schema(value_type = String, format = Date)]
    pub(crate) due_on: Date,
    /// Whether that may still change, because the holidays of a year are not known yet.
    pub(crate) provisional: bool,
    pub(crate) state: AppealState,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) outcome: Option<AppealOutcome>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) decided_by: Option<MemberId>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) decided_at: Option<Timestamp>,
    /// Why it was decided so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>)]
    pub(crate) answer: Option<Line<500>>,
    /// The version of the rules that its limits come from.
    pub(crate) rules: String,
    pub(crate) version: u64,
}

/// A decision with its reason.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AppealDecision {
    pub(crate) outcome: AppealOutcome,
    /// What the member is told.
    #[schema(value_type = String)]
    pub(crate) reason: Line<500>,
}

/// The day in Shanghai on which the trace told of a record what it says.
fn told_on(fact: &Fact) -> Option<Date> {
    let millis = i64::try_from(fact.revision).ok()?;
    Timestamp::from_millisecond(millis).ok().map(shanghai_day)
}

impl Round {
    /// The number of the appeal that comes after `earlier`, and from which day on the days for it are counted.
    ///
    /// # Errors
    /// [`ErrorCode::AlreadyOpen`] before that one is decided; [`ErrorCode::IllegalTransition`] when none may come any more.
    fn next(earlier: Option<&Self>, rules: &Rules) -> Result<(u8, Option<Date>), Refusal> {
        match earlier {
            None => Ok((1, None)),
            Some(Self { decided_on: None, .. }) => Err(ErrorCode::AlreadyOpen.into()),
            Some(Self { number, decided_on, .. }) if *number < rules.appeals.most => Ok((number + 1, *decided_on)),
            Some(_) => {
                Err(illegal("该记录的申诉已经复核，结果为最终结果", "it was decided a second time, which is final"))
            }
        }
    }
}

impl NewAppeal {
    /// The rule that it is about.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidField`] when the sheet has none of that name for members.
    fn rule<'a>(&self, sheet: &'a Sheet) -> Result<&'a Rule, Refusal> {
        let rule = sheet.rules.iter().find(|rule| rule.id == *self.rule && rule.dimension.is_of_member());
        rule.ok_or_else(|| field("/rule", "评分表中没有这条规则", "is no rule for members"))
    }

    /// The appeal of whoever files it, a member of `branch`, against a line that follows from `state`; after an `earlier` one about
    /// the same.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] for somebody who did not belong to the branch; [`ErrorCode::InvalidField`] for a rule or a
    /// record that is none of the year; [`ErrorCode::AlreadyOpen`] before the earlier one is decided;
    /// [`ErrorCode::IllegalTransition`] when it is too late, or there were as many as there may be.
    pub(crate) fn filed(
        self,
        (state, sheet): (&State, &Sheet),
        (branch, earlier): (OrgId, Option<&Round>),
        rules: &Rules,
        hand: Hand,
    ) -> Result<Appeal, Refusal> {
        let lines = state.lines(sheet, Subject::Member(hand.by));
        if lines.is_empty() {
            return Err(ErrorCode::NotFound.into());
        }
        let rule = self.rule(sheet)?;
        let record: Option<Record> = self.record.parse().ok();
        let fact = state.facts().find(|fact| Some(fact.record) == record);
        let told = fact.as_ref().and_then(told_on);
        let says = fact.and_then(|fact| fact.says);
        let says = says.filter(|says| rule.facts.meets(says.kinds) && says.day.year() == state.year());
        let says = says.ok_or_else(|| {
            field(
                "/record",
                "本年度没有此记录，或该规则不计此类记录",
                "is no record of the year that the rule looks at",
            )
        })?;
        // What is written down and told only later, by a signature or a decision, nobody could appeal against before.
        let known = told.map_or(says.recorded, |told| says.recorded.max(told));
        let (round, decided_on) = Round::next(earlier, rules)?;
        let known = decided_on.map_or(known, |decided| known.max(decided));
        if hand.today() > known.saturating_add(rules.appeals.days.days()) {
            return Err(illegal("已超过申诉期限", "the time for an appeal is over"));
        }
        let line = lines.iter().find(|line| line.rule.id == rule.id && line.record == record);
        let due = working_days_after(hand.today(), rules.appeals.decide_working_days);
        Ok(Appeal {
            id: AppealId::new(hand.at),
            member: hand.by,
            branch,
            year: self.year,
            dimension: rule.dimension,
            rule: rule.id.clone(),
            rule_version: rule.version,
            record: self.record.to_string(),
            on: says.day,
            points: line.map(|line| line.points),
            reason: self.reason,
            round,
            before: earlier.map(|earlier| earlier.appeal),
            filed_at: hand.at,
            due_on: due.day,
            provisional: due.provisional,
            state: AppealState::Filed,
            outcome: None,
            decided_by: None,
            decided_at: None,
            answer: None,
            rules: rules.version.clone(),
            version: 1,
        })
    }
}

impl Appeal {
    /// The same after it was decided. `involved` are those who made or confirmed what it is about, or decided about it before.
    ///
    /// # Errors
    /// [`ErrorCode::OwnCase`] for the member and those involved; [`ErrorCode::AlreadyDecided`] a second time.
    pub(crate) fn decided(
        &self,
        AppealDecision { outcome, reason }: AppealDecision,
        involved: &[MemberId],
        hand: Hand,
    ) -> Result<Self, Refusal> {
        if hand.by == self.member || involved.contains(&hand.by) {
            return Err(ErrorCode::OwnCase.into());
        }
        if self.state != AppealState::Filed {
            return Err(ErrorCode::AlreadyDecided.into());
        }
        let state = if outcome == AppealOutcome::Refused { AppealState::Refused } else { AppealState::Granted };
        let (outcome, answer, version) = (Some(outcome), Some(reason), self.version + 1);
        let (decided_by, decided_at) = (Some(hand.by), Some(hand.at));
        Ok(Self { state, outcome, decided_by, decided_at, answer, version, ..self.clone() })
    }

    /// What it corrects, once it is granted.
    pub(crate) fn part(&self) -> Option<CorrectedPart> {
        let counts = match self.outcome? {
            AppealOutcome::Refused => return None,
            AppealOutcome::Counted => true,
            AppealOutcome::LeftOut => false,
        };
        Some(CorrectedPart { member: self.member, counts, appeal: self.id })
    }
}
