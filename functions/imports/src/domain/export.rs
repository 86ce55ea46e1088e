//! An export as a record.

use super::Kind;
use aws_lc_rs::digest::{SHA256, digest};
use jiff::{SignedDuration, Timestamp, civil::Date};
use kernel::{ErrorCode, ExportId, Line, MemberId, OrgId, ReadId, Refusal, Text};
use register::WaitingExport;
use serde::{Deserialize, Serialize};
use sheet::Format;
use utoipa::ToSchema;

/// Where an export stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ExportState {
    /// Somebody else has to agree, within a week.
    AwaitingApproval,
    /// Somebody else did not agree.
    Refused,
    /// Nobody said anything within the week. Never stored: it follows from when it was asked for.
    Lapsed,
    /// Nobody has to agree, or somebody did; the file is being made.
    Producing,
    /// The file is there, for a day.
    Ready,
    /// Meanwhile there are more persons than a file takes.
    Failed,
}

impl ExportState {
    /// What it is called in the table; one that lapsed stays there as it was.
    pub(crate) const fn stored(self) -> &'static str {
        match self {
            Self::AwaitingApproval | Self::Lapsed => "awaiting-approval",
            Self::Refused => "refused",
            Self::Producing => "producing",
            Self::Ready => "ready",
            Self::Failed => "failed",
        }
    }
}

/// An export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Export {
    /// Its id; part of the file's name.
    pub(crate) id: ExportId,
    /// The organisation; those below it are included.
    pub(crate) organization: OrgId,
    /// What the file holds.
    pub(crate) kind: Kind,
    /// The kind of file.
    pub(crate) format: Format,
    /// What it is needed for; everybody who is in it can read that.
    #[schema(value_type = String)]
    pub(crate) purpose: Line<200>,
    /// Who asked for it.
    pub(crate) asked_by: MemberId,
    /// In which office.
    pub(crate) role: String,
    /// When, in UTC.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) asked_at: Timestamp,
    /// Who agreed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) approved_by: Option<MemberId>,
    /// Who did not agree.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) refused_by: Option<MemberId>,
    /// Persons in it; before it is made, those that there were when it was asked for.
    pub(crate) persons: u32,
    /// Where it stands.
    pub(crate) state: ExportState,
    /// When the file was made, in UTC.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) produced_at: Option<Timestamp>,
    /// Counts its changes.
    pub(crate) version: u64,
}

impl Export {
    /// Persons that somebody can take out on a day without that anybody else agrees (ours; 个保法 §51 asks for limits by the risk).
    pub(crate) const ALONE: usize = 50;
    /// Persons in one file, at most: as many as an import takes.
    pub(crate) const MOST: usize = 10_000;
    /// How long the file is there.
    const KEPT: SignedDuration = SignedDuration::from_hours(24);

    /// Where its file lies.
    pub(crate) fn key(&self) -> String {
        format!("exports/{}", self.id)
    }

    /// Whether the file is there at the instant `now`.
    pub(crate) fn is_there(&self, now: Timestamp) -> bool {
        self.produced_at.is_some_and(|at| now.duration_since(at) < Self::KEPT)
    }

    /// The id of the line in the log of `member`: the same each time.
    pub(crate) fn reading(&self, member: MemberId) -> ReadId {
        let hash = digest(&SHA256, format!("{}/{member}", self.id).as_bytes());
        let mut random = [0; 10];
        random.iter_mut().zip(hash.as_ref()).for_each(|(to, from)| *to = *from);
        ReadId::of_instant(self.asked_at, random)
    }

    /// The same as it stands at the instant `now`.
    pub(crate) fn seen(self, now: Timestamp) -> Self {
        let lapsed =
            self.state == ExportState::AwaitingApproval && now.duration_since(self.asked_at) > WaitingExport::VALID;
        if lapsed { Self { state: ExportState::Lapsed, ..self } } else { self }
    }

    /// Whether somebody else can decide about it at the instant `now`.
    fn waits(&self, now: Timestamp) -> Result<(), Refusal> {
        match self.clone().seen(now).state {
            ExportState::AwaitingApproval => Ok(()),
            ExportState::Lapsed => {
                let zh = "导出申请已超过一周，请重新申请";
                let text = Text::of(zh, "it was asked for more than a week ago; ask for it again");
                Err(Refusal::new(ErrorCode::IllegalTransition).because(text))
            }
            _ => Err(ErrorCode::AlreadyDecided.into()),
        }
    }

    fn turned(&self, state: ExportState) -> Self {
        Self { state, version: self.version + 1, ..self.clone() }
    }

    /// The same after `member` agreed to it at the instant `now`.
    ///
    /// # Errors
    /// [`ErrorCode::AlreadyDecided`] when it waits for nobody; [`ErrorCode::IllegalTransition`] when it waited too long.
    pub(crate) fn approved(&self, member: MemberId, now: Timestamp) -> Result<Self, Refusal> {
        self.waits(now)?;
        Ok(Self { approved_by: Some(member), ..self.turned(ExportState::Producing) })
    }

    /// The same after `member` did not agree to it at the instant `now`.
    ///
    /// # Errors
    /// As [`Self::approved`].
    pub(crate) fn refused(&self, member: MemberId, now: Timestamp) -> Result<Self, Refusal> {
        self.waits(now)?;
        Ok(Self { refused_by: Some(member), ..self.turned(ExportState::Refused) })
    }

    /// Whether `persons` are more than it was decided about: nobody agreed to it, and there were fewer when it was asked
    /// for.
    pub(crate) fn is_exceeded(&self, persons: usize) -> bool {
        self.approved_by.is_none() && persons > usize::try_from(self.persons).unwrap_or(usize::MAX)
    }

    /// The same when somebody else has to agree to its `persons` after all.
    pub(crate) fn exceeded(&self, persons: usize) -> Self {
        let persons = u32::try_from(persons).unwrap_or(u32::MAX);
        Self { persons, ..self.turned(ExportState::AwaitingApproval) }
    }

    /// The same when its file of `persons` is there.
    pub(crate) fn produced(&self, persons: usize, now: Timestamp) -> Self {
        let persons = u32::try_from(persons).unwrap_or(u32::MAX);
        Self { persons, produced_at: Some(now), ..self.turned(ExportState::Ready) }
    }

    /// The same when there are more persons than a file takes.
    pub(crate) fn failed(&self) -> Self {
        self.turned(ExportState::Failed)
    }
}

/// How many persons somebody took out on one day without that anybody else agreed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Alone {
    /// The day in Shanghai.
    day: Date,
    /// The persons, each as often as they were taken out.
    persons: usize,
    /// Counts its changes.
    pub(crate) version: u64,
}

impl Alone {
    /// What `before` comes to with `persons` more on the day `today`; `None` when somebody else has to agree.
    pub(crate) fn with(before: Option<Self>, persons: usize, today: Date) -> Option<Self> {
        let (version, taken) =
            before.map_or((0, 0), |before| (before.version, if before.day == today { before.persons } else { 0 }));
        let persons = taken.saturating_add(persons);
        (persons <= Export::ALONE).then_some(Self { day: today, persons, version: version + 1 })
    }
}
