//! An import as a record.

use super::Kind;
use aws_lc_rs::digest::{SHA256, digest};
use jiff::{SignedDuration, Timestamp};
use kernel::{ErrorCode, ImportId, MemberId, OrgId, Refusal, illegal};
use register::Checksum;
use serde::{Deserialize, Serialize};
use sheet::Format;
use utoipa::ToSchema;

/// Where an import stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ImportState {
    /// The file has not been looked at.
    AwaitingFile,
    /// Something is wrong with the file; nothing of it was stored.
    Refused,
    /// Nothing is wrong with the file; nothing was stored, as was asked.
    Checked,
    /// Rows are being applied.
    Applying,
    /// Every row was applied, or is named among the problems.
    Done,
    /// The file was gone before every row was applied.
    Stopped,
    /// What it created is being removed.
    Undoing,
    /// What it created is removed, or named among the problems.
    Undone,
}

impl ImportState {
    /// Its name in the API and in the table.
    pub(crate) const fn slug(self) -> &'static str {
        match self {
            Self::AwaitingFile => "awaiting-file",
            Self::Refused => "refused",
            Self::Checked => "checked",
            Self::Applying => "applying",
            Self::Done => "done",
            Self::Stopped => "stopped",
            Self::Undoing => "undoing",
            Self::Undone => "undone",
        }
    }
}

/// An import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Import {
    /// Its id.
    pub(crate) id: ImportId,
    /// The organisation whose file it is; rows may belong to any below it.
    pub(crate) organization: OrgId,
    /// What the file holds.
    pub(crate) kind: Kind,
    /// The kind of file.
    pub(crate) format: Format,
    /// Bytes of the file.
    pub(crate) length: u64,
    /// SHA-256 of the file.
    pub(crate) sha256: Checksum,
    /// Whether the file is only checked.
    pub(crate) dry_run: bool,
    /// Who announced it.
    pub(crate) asked_by: MemberId,
    /// When, in UTC.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) asked_at: Timestamp,
    /// Who started it or is undoing it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) started_by: Option<MemberId>,
    /// In which office.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) role: Option<String>,
    /// Where it stands.
    pub(crate) state: ImportState,
    /// Rows of the file, without its header.
    pub(crate) rows: u32,
    /// The last of them, as a spreadsheet numbers it.
    pub(crate) last_line: u32,
    /// Rows that have been applied; while it is undone, the row that was reached.
    pub(crate) done: u32,
    /// Records that were created.
    pub(crate) created: u32,
    /// Rows whose record was there already, with the same data.
    pub(crate) unchanged: u32,
    /// Rows of which nothing was stored; problems tell why.
    pub(crate) failed: u32,
    /// Records that were removed again.
    pub(crate) undone: u32,
    /// Records that were not removed; problems tell why.
    pub(crate) kept: u32,
    /// Counts its changes.
    pub(crate) version: u64,
    /// When it was last changed, in UTC.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) updated_at: Timestamp,
}

impl Import {
    /// How many days after its last change it can be undone (ours).
    const DAYS: i64 = 30;

    /// Where its file is put.
    pub(crate) fn key(&self) -> String {
        format!("incoming/imports/{}", self.id)
    }

    /// Whether the next run of the job goes on with it.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.state, ImportState::Applying | ImportState::Undoing)
    }

    /// The id of the person that row `line` creates: the same each time.
    pub(crate) fn member(&self, line: u32) -> MemberId {
        let (millis, random) = self.bytes(line);
        MemberId::from_bytes(millis, random)
    }

    /// The id of the organisation that the row at `place` in their order creates: the same each time.
    pub(crate) fn node(&self, place: u32) -> OrgId {
        let (millis, random) = self.bytes(place);
        OrgId::from_bytes(millis, random)
    }

    fn bytes(&self, number: u32) -> (u64, [u8; 10]) {
        let hash = digest(&SHA256, format!("{}/{number}", self.id).as_bytes());
        let mut random = [0; 10];
        random.iter_mut().zip(hash.as_ref()).for_each(|(to, from)| *to = *from);
        (u64::try_from(self.id.millis()).unwrap_or(0), random)
    }

    /// Who is answerable for what its steps do, and in which office.
    pub(crate) fn answerable(&self) -> (MemberId, &str) {
        (self.started_by.unwrap_or(self.asked_by), self.role.as_deref().unwrap_or("self"))
    }

    /// The same after one more change at `now`.
    pub(crate) fn next(&self, now: Timestamp) -> Self {
        Self { version: self.version + 1, updated_at: now, ..self.clone() }
    }

    /// The same as it is begun to be undone by `member` in the office `role`; rows that were not applied yet are not any
    /// more.
    ///
    /// # Errors
    /// [`ErrorCode::IllegalTransition`] when it applied nothing, or too long ago.
    pub(crate) fn undoing(&self, member: MemberId, role: &str, now: Timestamp) -> Result<Self, Refusal> {
        if !matches!(self.state, ImportState::Applying | ImportState::Done | ImportState::Stopped) {
            return Err(ErrorCode::IllegalTransition.into());
        }
        if now.duration_since(self.updated_at) > SignedDuration::from_hours(24 * Self::DAYS) {
            let zh = format!("导入已超过 {} 天，不能撤销；请逐条办理", Self::DAYS);
            let en = format!("it is more than {} days old and cannot be undone; change the records", Self::DAYS);
            return Err(illegal(zh, en));
        }
        let (started_by, role) = (Some(member), Some(role.to_owned()));
        Ok(Self { state: ImportState::Undoing, done: 0, started_by, role, ..self.next(now) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(n: u8) -> MemberId {
        MemberId::from_bytes(u64::from(n), [n; 10])
    }

    fn import(state: ImportState) -> Import {
        Import {
            id: ImportId::from_bytes(1, [1; 10]),
            organization: OrgId::from_bytes(1, [1; 10]),
            kind: Kind::Members,
            format: Format::Csv,
            length: 1_000,
            sha256: Checksum([0; 32]),
            dry_run: false,
            asked_by: who(1),
            asked_at: Timestamp::UNIX_EPOCH,
            started_by: Some(who(1)),
            role: Some("secretary".to_owned()),
            state,
            rows: 10,
            last_line: 11,
            done: 10,
            created: 9,
            unchanged: 1,
            failed: 0,
            undone: 0,
            kept: 0,
            version: 3,
            updated_at: Timestamp::constant(1_795_485_600, 0),
        }
    }

    #[test]
    fn what_applied_something_is_undone_within_thirty_days_by_who_answers_for_it() {
        use ImportState as S;
        let last = import(S::Done).updated_at + SignedDuration::from_hours(30 * 24);
        let undo = |import: &Import, now| import.undoing(who(2), "dues-officer", now);
        for (state, can_be) in [
            (S::AwaitingFile, false),
            (S::Refused, false),
            (S::Checked, false),
            (S::Applying, true),
            (S::Done, true),
            (S::Stopped, true),
            (S::Undoing, false),
            (S::Undone, false),
        ] {
            let before = import(state);
            let (started_by, role) = (Some(who(2)), Some("dues-officer".to_owned()));
            let after =
                Import { state: S::Undoing, done: 0, started_by, role, version: 4, updated_at: last, ..before.clone() };
            let expected = if can_be { Ok(after) } else { Err(ErrorCode::IllegalTransition) };
            assert_eq!(undo(&before, last).map_err(|refusal| refusal.code), expected, "{state:?}");
            assert!(undo(&before, last + SignedDuration::from_millis(1)).is_err(), "{state:?}");
        }
    }

    #[test]
    fn who_started_it_answers_for_it_and_before_that_who_asked() {
        let asked = Import { started_by: None, role: None, ..import(ImportState::AwaitingFile) };
        assert_eq!(asked.answerable(), (who(1), "self"));
        let started = Import { started_by: Some(who(2)), role: Some("secretary".to_owned()), ..asked };
        assert_eq!(started.answerable(), (who(2), "secretary"));
    }
}
