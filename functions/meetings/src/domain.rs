//! Meetings and their rules. Pure: what is read and what time it is are arguments.

mod attendance;
mod minutes;
mod telling;

pub(crate) use attendance::{Entry, Person, Presence, Tally, credited, entered, rewritten};
pub(crate) use kernel::{Hand, field};
pub(crate) use minutes::{Minutes, NewBallot, NewMinutes, NewResolution, Note, Resolution, signed, written};
pub(crate) use telling::{Outlook, Stage, concerned, earlier, messages};

use jiff::{SignedDuration, Timestamp};
use kernel::{Line, MeetingId, MemberId, OrgId, Refusal, shanghai_day};
use org_life::{Held, Kind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// Persons who should attend one meeting, at most: it is signed in one transaction of a hundred rows at most, which are theirs, the
/// meeting, five tasks, the activity and the answer.
pub(crate) const MOST_PEOPLE: usize = 90;
/// How long a meeting may last.
const LONGEST: SignedDuration = SignedDuration::from_hours(72);
/// How far ahead a meeting may be planned, and how long ago one that is entered later may have begun.
const FAR: SignedDuration = SignedDuration::from_hours(24 * 400);

/// How far a meeting is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = MeetingState)]
pub(crate) enum State {
    /// People know when and where.
    Planned,
    /// It was held, and what happened is written down.
    Recorded,
    /// The secretary has signed the minutes: it is closed.
    Signed,
    /// It does not take place.
    Cancelled,
}

impl State {
    pub(crate) const fn slug(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Recorded => "recorded",
            Self::Signed => "signed",
            Self::Cancelled => "cancelled",
        }
    }

    const fn zh(self) -> &'static str {
        match self {
            Self::Planned => "已计划",
            Self::Recorded => "已记录",
            Self::Signed => "已签字",
            Self::Cancelled => "已取消",
        }
    }

    /// Whether it can still be changed.
    pub(crate) const fn is_open(self) -> bool {
        matches!(self, Self::Planned | Self::Recorded)
    }
}

/// Where people meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = MeetingMode)]
pub(crate) enum Mode {
    /// In one place.
    Offline,
    /// Each where they are.
    Online,
    /// Some in one place, some where they are.
    Hybrid,
}

/// A meeting as it is planned, or entered after it was held.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = NewMeeting)]
pub(crate) struct Plan {
    /// The branch or group whose meeting it is.
    pub(crate) organization: OrgId,
    /// What it counts as; one event may be several.
    kinds: BTreeSet<Kind>,
    #[schema(value_type = String)]
    title: Line<100>,
    #[schema(value_type = String, format = DateTime)]
    starts_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
    mode: Mode,
    /// Where, or how to get in.
    #[schema(value_type = String)]
    place: Line<100>,
    /// 主持人
    host: MemberId,
    /// 记录人: enters attendance and minutes.
    recorder: MemberId,
    /// At most twenty items.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    agenda: Vec<Line<200>>,
    /// 列席: who is there without belonging to the meeting, at most thirty names.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    invited: Vec<Line<50>>,
}

impl From<Plan> for Particulars {
    fn from(plan: Plan) -> Self {
        let Plan { organization: _, kinds, title, starts_at, ends_at, mode, place, host, recorder, agenda, invited } =
            plan;
        Self { kinds, title, starts_at, ends_at, mode, place, host, recorder, agenda, invited }
    }
}

/// What can be changed until it is written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = MeetingParticulars)]
pub(crate) struct Particulars {
    /// What it counts as; one event may be several.
    pub(crate) kinds: BTreeSet<Kind>,
    #[schema(value_type = String)]
    pub(crate) title: Line<100>,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) starts_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) ends_at: Timestamp,
    pub(crate) mode: Mode,
    /// Where, or how to get in.
    #[schema(value_type = String)]
    pub(crate) place: Line<100>,
    /// 主持人
    pub(crate) host: MemberId,
    /// 记录人: enters attendance and minutes.
    pub(crate) recorder: MemberId,
    /// At most twenty items.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    #[schema(value_type = Vec<String>)]
    pub(crate) agenda: Vec<Line<200>>,
    /// 列席: who is there without belonging to the meeting, at most thirty names.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    #[schema(value_type = Vec<String>)]
    pub(crate) invited: Vec<Line<50>>,
}

/// A meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Meeting {
    pub(crate) id: MeetingId,
    pub(crate) organization: OrgId,
    #[serde(flatten)]
    pub(crate) particulars: Particulars,
    pub(crate) state: State,
    /// How many rows of persons it has.
    pub(crate) people: usize,
    /// When it was planned or entered.
    pub(crate) entered_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) minutes: Option<Minutes>,
    /// Why it was cancelled.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) cancelled_for: Option<Line<500>>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) signed: Option<Signature>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub(crate) notes: Vec<Note>,
    /// Counts changes that calendars have to hear of.
    pub(crate) sequence: u32,
    pub(crate) version: u64,
    pub(crate) updated_at: Timestamp,
}

/// That the minutes were signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Signature {
    /// Who signed.
    pub(crate) by: MemberId,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) at: Timestamp,
    /// How many should have attended, came, and did not.
    #[serde(flatten)]
    pub(crate) tally: Tally,
    /// The version of the rules that its votes were counted by.
    pub(crate) rules: String,
}

/// Refuses a step that a meeting in `state` does not allow.
fn illegal(state: State, zh: &str, en: &str) -> Refusal {
    let zh = format!("会议{}，不能{zh}", state.zh());
    kernel::illegal(zh, format!("a meeting that is {} cannot be {en}", state.slug()))
}

/// Refuses a meeting of these kinds for how many should attend.
fn too_many(kinds: &BTreeSet<Kind>) -> Refusal {
    let by_groups = kinds.iter().all(|kind| *kind == Kind::GroupMeeting || kind.is_held_by_groups());
    let (zh, en) = if by_groups {
        ("请按党小组分别记录", "record it group by group")
    } else {
        ("党员大会和表决不能分组进行，请先分设党支部", "all members meet and vote together: divide the branch first")
    };
    let zh = format!("应到超过 {MOST_PEOPLE} 人，一次会议最多 {MOST_PEOPLE} 人：{zh}");
    let refusal = field("/kinds", zh, format!("more than {MOST_PEOPLE} should attend: {en}"));
    // Fifty are usually the most.
    if by_groups { refusal } else { refusal.by("支部条例 §4") }
}

impl Particulars {
    /// Whether they can be those of a meeting at `now`.
    fn checked(self, now: Timestamp) -> Result<Self, Refusal> {
        if self.kinds.is_empty() {
            return Err(field("/kinds", "至少选择一类", "names at least one kind"));
        }
        if self.ends_at <= self.starts_at || self.ends_at.duration_since(self.starts_at) > LONGEST {
            return Err(field(
                "/endsAt",
                "应晚于开始时间，且不超过 72 小时",
                "must be after the start, by 72 hours at most",
            ));
        }
        if self.starts_at > now + FAR || self.starts_at < now - FAR {
            return Err(field("/startsAt", "应在前后 400 天之内", "must be within 400 days"));
        }
        if self.agenda.len() > 20 {
            return Err(field("/agenda", "最多 20 项", "at most 20 items"));
        }
        if self.invited.len() > 30 {
            return Err(field("/invited", "最多 30 人", "at most 30 names"));
        }
        Ok(self)
    }
}

impl Meeting {
    /// A meeting of `organization` with `people` who should attend.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidField`].
    pub(crate) fn planned(
        organization: OrgId,
        particulars: Particulars,
        people: usize,
        hand: Hand,
    ) -> Result<Self, Refusal> {
        if people == 0 {
            return Err(field("/kinds", "没有应到人员", "nobody should attend"));
        }
        if people > MOST_PEOPLE {
            return Err(too_many(&particulars.kinds));
        }
        Ok(Self {
            id: MeetingId::new(hand.at),
            organization,
            particulars: particulars.checked(hand.at)?,
            state: State::Planned,
            people,
            entered_at: hand.at,
            minutes: None,
            cancelled_for: None,
            signed: None,
            notes: Vec::new(),
            sequence: 0,
            version: 1,
            updated_at: hand.at,
        })
    }

    fn next(&self, hand: Hand) -> Self {
        Self { version: self.version + 1, updated_at: hand.at, ..self.clone() }
    }

    /// The same with other particulars. Who should attend follows from the kinds, which stay.
    ///
    /// # Errors
    /// [`ErrorCode::IllegalTransition`] once it is written down; [`ErrorCode::InvalidField`].
    pub(crate) fn edited(&self, particulars: Particulars, hand: Hand) -> Result<Self, Refusal> {
        if self.state != State::Planned {
            return Err(illegal(self.state, "修改", "changed"));
        }
        if particulars.kinds != self.particulars.kinds {
            return Err(field(
                "/kinds",
                "类别决定应到人员，请取消后重新计划",
                "decide who attends; plan another meeting",
            ));
        }
        let particulars = particulars.checked(hand.at)?;
        let concerns = particulars != self.particulars;
        Ok(Self { particulars, sequence: self.sequence + u32::from(concerns), ..self.next(hand) })
    }

    /// The same, cancelled.
    ///
    /// # Errors
    /// [`ErrorCode::IllegalTransition`] when it was written down or cancelled.
    pub(crate) fn cancelled(&self, reason: Line<500>, hand: Hand) -> Result<Self, Refusal> {
        if self.state != State::Planned {
            return Err(illegal(self.state, "取消", "cancelled"));
        }
        let next = self.next(hand);
        Ok(Self { state: State::Cancelled, cancelled_for: Some(reason), sequence: self.sequence + 1, ..next })
    }

    /// Whether attendance can be entered.
    ///
    /// # Errors
    /// [`ErrorCode::IllegalTransition`] when it is closed; [`ErrorCode::InvalidField`] before it begins.
    pub(crate) fn is_attended(&self, now: Timestamp) -> Result<(), Refusal> {
        if !self.state.is_open() {
            return Err(illegal(self.state, "登记出席", "attended"));
        }
        // People come early, and a phone's clock is not the hall's.
        if now < self.particulars.starts_at - SignedDuration::from_mins(60) {
            return Err(illegal(
                self.state,
                "在开始前一小时以上登记出席",
                "attended more than an hour before it begins",
            ));
        }
        Ok(())
    }

    /// Whether it is talks and nothing else (支部条例 §19).
    pub(crate) fn is_talk(&self) -> bool {
        self.particulars.kinds.iter().all(|kind| kind.is_talk())
    }

    /// When it was held: as the minutes say, before that as it was planned.
    pub(crate) fn held(&self) -> (Timestamp, Timestamp) {
        match &self.minutes {
            Some(minutes) => (minutes.held_from, minutes.held_to),
            None => (self.particulars.starts_at, self.particulars.ends_at),
        }
    }

    /// What it counts as, once it is signed.
    pub(crate) fn counts(&self) -> Option<Held> {
        let minutes = self.minutes.as_ref().filter(|_| self.state == State::Signed)?;
        let entered_on = shanghai_day(minutes.entered_at);
        Some(Held { on: self.day(), entered_on, kinds: self.particulars.kinds.clone() })
    }

    /// The day on which it was held, or is to be.
    pub(crate) fn day(&self) -> jiff::civil::Date {
        shanghai_day(self.held().0)
    }
}

#[cfg(test)]
mod tests;
