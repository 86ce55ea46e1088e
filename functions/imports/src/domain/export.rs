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

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: SignedDuration = SignedDuration::from_hours(1);

    fn who(n: u8) -> MemberId {
        MemberId::from_bytes(u64::from(n), [n; 10])
    }

    fn asked() -> Export {
        Export {
            id: ExportId::from_bytes(1, [1; 10]),
            organization: OrgId::from_bytes(1, [1; 10]),
            kind: Kind::Members,
            format: Format::Csv,
            purpose: "年度统计".try_into().unwrap(),
            asked_by: who(1),
            role: "secretary".to_owned(),
            asked_at: Timestamp::constant(1_795_485_600, 0),
            approved_by: None,
            refused_by: None,
            persons: 51,
            state: ExportState::AwaitingApproval,
            produced_at: None,
            version: 1,
        }
    }

    #[test]
    fn somebody_decides_once_and_within_a_week() {
        let asked = asked();
        let last = asked.asked_at + HOUR * (7 * 24);
        let agreed = asked.approved(who(2), last).unwrap();
        let (state, approved_by) = (ExportState::Producing, Some(who(2)));
        assert_eq!(agreed, Export { state, approved_by, version: 2, ..asked.clone() });
        let declined = asked.refused(who(2), last).unwrap();
        let (state, refused_by) = (ExportState::Refused, Some(who(2)));
        assert_eq!(declined, Export { state, refused_by, version: 2, ..asked.clone() });
        for decided in [&agreed, &declined] {
            assert_eq!(decided.approved(who(3), last).unwrap_err().code, ErrorCode::AlreadyDecided);
        }
        let late = last + SignedDuration::from_millis(1);
        assert_eq!(asked.approved(who(2), late).unwrap_err().code, ErrorCode::IllegalTransition);
        assert_eq!((asked.seen(late).state, agreed.clone().seen(late)), (ExportState::Lapsed, agreed));
    }

    #[test]
    fn a_file_is_there_for_a_day_with_as_many_as_were_found() {
        let agreed = asked().approved(who(2), asked().asked_at).unwrap();
        let now = agreed.asked_at + HOUR;
        let ready = agreed.produced(60, now);
        let (state, produced_at) = (ExportState::Ready, Some(now));
        assert_eq!(ready, Export { state, produced_at, persons: 60, version: 3, ..agreed.clone() });
        let end = now + HOUR * 24;
        let there = [now, end - SignedDuration::from_millis(1), end].map(|now| ready.is_there(now));
        assert_eq!((agreed.is_there(now), there), (false, [true, true, false]));
    }

    #[test]
    fn more_than_were_asked_for_need_somebody_else_unless_somebody_agreed() {
        let alone = Export { state: ExportState::Producing, persons: 50, ..asked() };
        assert_eq!([50, 51].map(|persons| alone.is_exceeded(persons)), [false, true]);
        let agreed = asked().approved(who(2), asked().asked_at).unwrap();
        assert!(!agreed.is_exceeded(500));
        let exceeded = alone.exceeded(51);
        assert_eq!(exceeded, Export { state: ExportState::AwaitingApproval, persons: 51, version: 2, ..alone });
    }
}
