//! Requests to have one's own record put right (个保法 §46): asked by the person, decided by somebody else,
//! with a reason, within fifteen working days.

use crate::domain::Rules;
use jiff::{Timestamp, civil::Date};
use kernel::{
    CorrectionId, ErrorCode, Line, MemberId, OrgId, OrgPath, PersonName, Refusal, Text, shanghai_day,
    working_days_after,
};
use register::{Category, Member, MemberRow, OpenCorrection};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

/// What a field should say instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "field", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Proposal {
    Name {
        value: PersonName,
    },
    /// 民族
    Ethnicity {
        #[schema(value_type = String)]
        value: Line<20>,
    },
    /// 学历
    Education {
        #[schema(value_type = String)]
        value: Line<20>,
    },
    /// 工作或学习单位
    Unit {
        #[schema(value_type = String)]
        value: Line<80>,
    },
    Category {
        value: Category,
    },
    /// 入党日期
    JoinedOn {
        #[schema(value_type = String, format = Date)]
        value: Date,
    },
    /// 转正日期
    FullSince {
        #[schema(value_type = String, format = Date)]
        value: Date,
    },
}

impl Proposal {
    /// The field it is about; one request per field can be open.
    pub(crate) fn field(&self) -> &'static str {
        match self {
            Self::Name { .. } => "name",
            Self::Ethnicity { .. } => "ethnicity",
            Self::Education { .. } => "education",
            Self::Unit { .. } => "unit",
            Self::Category { .. } => "category",
            Self::JoinedOn { .. } => "joined-on",
            Self::FullSince { .. } => "full-since",
        }
    }

    /// Whether it is about something that the record has.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidField`] for the day of confirmation of somebody who has not been confirmed: that is a decision
    /// of the branch meeting, not a correction.
    pub(crate) fn check(&self, member: &Member) -> Result<(), Refusal> {
        match self {
            Self::FullSince { .. } if member.full_since.is_none() => {
                let text = Text::of("尚未转正，不能更正转正日期", "there is no such day before confirmation");
                Err(Refusal::field("/proposal/value", text))
            }
            _ => Ok(()),
        }
    }

    /// The record with the proposal in it.
    pub(crate) fn applied(&self, member: &Member) -> Member {
        let mut next = member.clone();
        match self.clone() {
            Self::Name { value } => next.name = value,
            Self::Ethnicity { value } => next.ethnicity = value,
            Self::Education { value } => next.education = Some(value),
            Self::Unit { value } => next.unit = Some(value),
            Self::Category { value } => next.category = value,
            Self::JoinedOn { value } => next.joined_on = value,
            Self::FullSince { value } => next.full_since = Some(value),
        }
        next
    }
}

/// A request as the person sends it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Request {
    pub(crate) proposal: Proposal,
    /// Why the record is wrong.
    #[schema(value_type = String)]
    pub(crate) reason: Line<500>,
}

/// What is decided.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Decision {
    /// Whether the record is changed as proposed.
    pub(crate) accept: bool,
    /// Why; the person reads it.
    #[schema(value_type = String)]
    pub(crate) reason: Line<500>,
}

/// How far a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Status {
    Open,
    Accepted,
    Refused,
}

/// A request for correction.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Correction {
    pub(crate) id: CorrectionId,
    /// Whose record.
    pub(crate) member: MemberId,
    /// The organisation that decides: where they belong, as long as it is open.
    pub(crate) organization: OrgId,
    pub(crate) proposal: Proposal,
    #[schema(value_type = String)]
    pub(crate) reason: Line<500>,
    pub(crate) status: Status,
    /// The last day for the decision.
    #[schema(value_type = String, format = Date)]
    pub(crate) due_on: Date,
    /// 暂算: `dueOn` reaches into a year whose holidays are not announced.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub(crate) provisional: bool,
    /// Who decided.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) decided_by: Option<MemberId>,
    /// Why it was decided so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>)]
    pub(crate) decision: Option<Line<500>>,
    pub(crate) version: u64,
    /// When it was last changed, in UTC.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) updated_at: Timestamp,
}

impl Correction {
    /// A new request by `member` at `now`.
    ///
    /// # Errors
    /// When the rules do not read.
    pub(crate) fn asked(member: &Member, request: Request, now: Timestamp) -> Result<Self, Refusal> {
        let due = working_days_after(shanghai_day(now), Rules::get()?.correction.working_days);
        Ok(Self {
            id: CorrectionId::new(now),
            member: member.id,
            organization: member.organization,
            proposal: request.proposal,
            reason: request.reason,
            status: Status::Open,
            due_on: due.day,
            provisional: due.provisional,
            decided_by: None,
            decision: None,
            version: 1,
            updated_at: now,
        })
    }

    /// The request after `decision` by `decider`.
    ///
    /// # Errors
    /// [`ErrorCode::AlreadyDecided`] when it is not open any more.
    pub(crate) fn decided(&self, decision: &Decision, decider: MemberId, now: Timestamp) -> Result<Self, Refusal> {
        if self.status != Status::Open {
            return Err(ErrorCode::AlreadyDecided.into());
        }
        Ok(Self {
            status: if decision.accept { Status::Accepted } else { Status::Refused },
            decided_by: Some(decider),
            decision: Some(decision.reason.clone()),
            version: self.version + 1,
            updated_at: now,
            ..self.clone()
        })
    }
}

/// A request as it is stored: under its person, and while it is open in the list of its organisation.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CorrectionRow {
    /// `MBR#<member>`
    pub(crate) pk: String,
    /// The correction's id.
    pub(crate) sk: String,
    /// Index `open`: the district.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) open_area: Option<String>,
    /// Index `open`: path, last day and id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) open_key: Option<String>,
    #[serde(flatten)]
    pub(crate) correction: Correction,
}

impl CorrectionRow {
    pub(crate) fn new(correction: Correction, path: &OrgPath) -> Self {
        let open = correction.status == Status::Open;
        Self {
            pk: MemberRow::partition(correction.member),
            sk: correction.id.to_string(),
            open_area: open.then(|| MemberRow::area(path, true)),
            open_key: open.then(|| OpenCorrection::key(path, correction.due_on, correction.id)),
            correction,
        }
    }
}

/// Keeps a second request about the same field out while one is open.
#[derive(Debug, Serialize)]
pub(crate) struct OpenRow {
    pub(crate) pk: String,
    pub(crate) sk: String,
}

impl OpenRow {
    pub(crate) fn new(member: MemberId, field: &str) -> Self {
        Self { pk: MemberRow::partition(member), sk: format!("OPEN#{field}") }
    }
}

/// The items of an open request of demo data: `member` asks that their unit be put right.
///
/// # Errors
/// When the rules do not read.
pub fn demo_correction(
    member: &Member,
    unit: Line<80>,
    reason: Line<500>,
    now: Timestamp,
) -> Result<[Value; 2], Refusal> {
    let request = Request { proposal: Proposal::Unit { value: unit }, reason };
    let correction = Correction::asked(member, request, now)?;
    let open = OpenRow::new(member.id, correction.proposal.field());
    Ok([json!(CorrectionRow::new(correction, &member.path)), json!(open)])
}
