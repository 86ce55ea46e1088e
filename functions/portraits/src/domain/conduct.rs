//! Merits and faults: filed with evidence, answered by the member, confirmed by somebody else.

use super::{Hand, Rules, field, illegal};
use jiff::{Timestamp, civil::Date};
use kernel::{ConductId, ErrorCode, Line, MemberId, OrgId, Refusal, shanghai_day, working_days_after};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ConductKind {
    /// 表彰
    Merit,
    /// 违纪违规
    Fault,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ConductState {
    /// The member can answer, and somebody else decides after that. It does not count yet.
    Filed,
    /// It counts.
    Confirmed,
    /// It does not.
    Dropped,
}

/// A merit or fault as an officer files it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewConductItem {
    pub(crate) member: MemberId,
    pub(crate) kind: ConductKind,
    #[schema(value_type = String)]
    pub(crate) title: Line<100>,
    /// When it was.
    #[schema(value_type = String, format = Date)]
    pub(crate) on: Date,
    /// Where it can be looked up: number of a document, id of a record or a file.
    #[schema(value_type = String)]
    pub(crate) evidence: Line<200>,
}

/// A merit or fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConductItem {
    pub(crate) id: ConductId,
    pub(crate) member: MemberId,
    pub(crate) branch: OrgId,
    pub(crate) kind: ConductKind,
    #[schema(value_type = String)]
    pub(crate) title: Line<100>,
    #[schema(value_type = String, format = Date)]
    pub(crate) on: Date,
    #[schema(value_type = String)]
    pub(crate) evidence: Line<200>,
    pub(crate) filed_by: MemberId,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) filed_at: Timestamp,
    /// The last day on which the member can answer.
    #[schema(value_type = String, format = Date)]
    pub(crate) reply_until: Date,
    /// Whether that may still change, because the holidays of a year are not known yet.
    pub(crate) provisional: bool,
    /// What the member says to it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>)]
    pub(crate) reply: Option<Line<1000>>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) replied_at: Option<Timestamp>,
    pub(crate) state: ConductState,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) decided_by: Option<MemberId>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) decided_at: Option<Timestamp>,
    /// Why it was decided so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>)]
    pub(crate) reason: Option<Line<500>>,
    pub(crate) version: u64,
}

/// What a member says to what was filed about them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ConductReply {
    #[schema(value_type = String)]
    pub(crate) text: Line<1000>,
}

/// What is decided of it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ConductDecision {
    /// Whether it counts.
    pub(crate) confirm: bool,
    /// Why: with regard to what the member said.
    #[schema(value_type = String)]
    pub(crate) reason: Line<500>,
}

impl NewConductItem {
    /// What `hand` files about a member of `branch`.
    ///
    /// # Errors
    /// [`ErrorCode::OwnCase`] for oneself; [`ErrorCode::InvalidField`] for a day to come or long past.
    pub(crate) fn filed(self, branch: OrgId, rules: &Rules, hand: Hand) -> Result<ConductItem, Refusal> {
        if hand.by == self.member {
            return Err(ErrorCode::OwnCase.into());
        }
        let (today, longest) = (hand.today(), rules.conduct.longest_days_back);
        if !(0..=longest).contains(&(today - self.on).get_days()) {
            let zh = format!("应在今天之前 {longest} 天之内");
            return Err(field("/on", zh, format!("must be within {longest} days before today")));
        }
        let until = working_days_after(today, rules.conduct.reply_working_days);
        Ok(ConductItem {
            id: ConductId::new(hand.at),
            member: self.member,
            branch,
            kind: self.kind,
            title: self.title,
            on: self.on,
            evidence: self.evidence,
            filed_by: hand.by,
            filed_at: hand.at,
            reply_until: until.day,
            provisional: until.provisional,
            reply: None,
            replied_at: None,
            state: ConductState::Filed,
            decided_by: None,
            decided_at: None,
            reason: None,
            version: 1,
        })
    }
}

impl ConductItem {
    /// The last day on which the member can answer, by the holidays that are known now: never before the day they were told.
    fn answered_until(&self, rules: &Rules) -> Date {
        self.reply_until.max(working_days_after(shanghai_day(self.filed_at), rules.conduct.reply_working_days).day)
    }

    /// The same with what the member says to it. They can say something else as long as they can say something.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] for anybody else; [`ErrorCode::IllegalTransition`] when it is decided or too late.
    pub(crate) fn replied(
        &self,
        ConductReply { text }: ConductReply,
        rules: &Rules,
        hand: Hand,
    ) -> Result<Self, Refusal> {
        if hand.by != self.member {
            return Err(ErrorCode::NotFound.into());
        }
        if self.state != ConductState::Filed || hand.today() > self.answered_until(rules) {
            return Err(illegal("申辩期限已过", "the time for an answer is over"));
        }
        let (reply, replied_at, version) = (Some(text), Some(hand.at), self.version + 1);
        Ok(Self { reply, replied_at, version, ..self.clone() })
    }

    /// The same after somebody decided that it counts or does not.
    ///
    /// # Errors
    /// [`ErrorCode::OwnCase`] for the member and for who filed it; [`ErrorCode::AlreadyDecided`] a second time;
    /// [`ErrorCode::IllegalTransition`] as long as the member can answer.
    pub(crate) fn decided(
        &self,
        ConductDecision { confirm, reason }: ConductDecision,
        rules: &Rules,
        hand: Hand,
    ) -> Result<Self, Refusal> {
        if hand.by == self.member || hand.by == self.filed_by {
            return Err(ErrorCode::OwnCase.into());
        }
        if self.state != ConductState::Filed {
            return Err(ErrorCode::AlreadyDecided.into());
        }
        if hand.today() <= self.answered_until(rules) {
            return Err(illegal("本人申辩期限未满，暂不能认定", "the member can still answer"));
        }
        let state = if confirm { ConductState::Confirmed } else { ConductState::Dropped };
        let (decided_by, decided_at) = (Some(hand.by), Some(hand.at));
        Ok(Self { state, decided_by, decided_at, reason: Some(reason), version: self.version + 1, ..self.clone() })
    }
}
