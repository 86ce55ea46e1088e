//! An export as a record.

use super::Kind;
use aws_lc_rs::digest::{SHA256, digest};
use jiff::{SignedDuration, Timestamp};
use kernel::{ErrorCode, ExportId, Line, MemberId, OrgId, ReadId, Refusal};
use serde::{Deserialize, Serialize};
use sheet::Format;
use utoipa::ToSchema;

/// Where an export stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ExportState {
    /// Somebody else has to agree.
    AwaitingApproval,
    /// Somebody agreed; the file is being made.
    Producing,
    /// The file is there, for a day.
    Ready,
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
    /// Persons up to which nobody else has to agree (ours; 个保法 §51 asks for limits by the risk).
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
        ReadId::from_bytes(u64::try_from(self.asked_at.as_millisecond()).unwrap_or(0), random)
    }

    /// The same after `member` agreed to it.
    ///
    /// # Errors
    /// [`ErrorCode::AlreadyDecided`] when it waits for nobody.
    pub(crate) fn approved(&self, member: MemberId) -> Result<Self, Refusal> {
        if self.state != ExportState::AwaitingApproval {
            return Err(ErrorCode::AlreadyDecided.into());
        }
        let (state, approved_by) = (ExportState::Producing, Some(member));
        Ok(Self { state, approved_by, version: self.version + 1, ..self.clone() })
    }

    /// The same when its file of `persons` is there.
    pub(crate) fn produced(&self, persons: usize, now: Timestamp) -> Self {
        let persons = u32::try_from(persons).unwrap_or(u32::MAX);
        Self { state: ExportState::Ready, persons, produced_at: Some(now), version: self.version + 1, ..self.clone() }
    }
}
