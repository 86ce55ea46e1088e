//! Who came.

use super::{Hand, Meeting, field};
use jiff::Timestamp;
use kernel::{ErrorCode, Line, MeetingId, MemberId, PersonName, Refusal};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use study::{Credit, Rules};
use utoipa::ToSchema;

/// Whether somebody came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Presence {
    /// They were there.
    Present,
    /// They were there over a line.
    Online,
    /// They were not; with a reason.
    Absent,
    /// Nobody expects them: old, ill, disabled (教管条例 §23). They are not among those who should attend; who may vote stays
    /// among those who should vote all the same, for the article speaks of taking part and not of rights.
    Exempt,
}

/// That somebody asked not to have to come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Leave {
    #[schema(value_type = String)]
    pub(crate) reason: Line<200>,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) asked_at: Timestamp,
}

/// One who should attend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Person {
    pub(crate) meeting: MeetingId,
    pub(crate) member: MemberId,
    pub(crate) name: PersonName,
    /// Whether they may vote: full members.
    pub(crate) voting: bool,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) leave: Option<Leave>,
    /// When they typed the code that was shown.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) checked_in_at: Option<Timestamp>,
    /// How often they typed another one.
    #[serde(skip_serializing_if = "is_none", default)]
    pub(crate) wrong_codes: u32,
    /// What the recorder says, or the code.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) presence: Option<Presence>,
    /// Why they did not come, or need not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) reason: Option<Line<200>>,
    /// Who entered that; nobody where they did it by the code.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) entered_by: Option<MemberId>,
    /// What it counts for them, once it is signed and they were there: the hours of a year are a view of these.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) credit: Option<Credit>,
    pub(crate) version: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
const fn is_none(count: &u32) -> bool {
    *count == 0
}

impl Person {
    /// Codes that somebody may type wrongly at one meeting.
    const WRONG_CODES: u32 = 10;

    /// The same after they asked not to have to come.
    ///
    /// # Errors
    /// [`ErrorCode::IllegalTransition`] once somebody said whether they came.
    pub(crate) fn asking(&self, reason: Line<200>, now: Timestamp) -> Result<Self, Refusal> {
        if self.presence.is_some() {
            return Err(ErrorCode::IllegalTransition.into());
        }
        let leave = Some(Leave { reason, asked_at: now });
        Ok(Self { leave, version: self.version + 1, ..self.clone() })
    }

    /// The same after they typed a code, which was the right one or not.
    ///
    /// # Errors
    /// [`ErrorCode::TooManyAttempts`] after ten wrong ones.
    pub(crate) fn typed(&self, right: bool, online: bool, now: Timestamp) -> Result<Self, Refusal> {
        if self.wrong_codes >= Self::WRONG_CODES {
            return Err(ErrorCode::TooManyAttempts.into());
        }
        let next = Self { version: self.version + 1, ..self.clone() };
        if !right {
            return Ok(Self { wrong_codes: self.wrong_codes + 1, ..next });
        }
        let checked_in_at = self.checked_in_at.or(Some(now));
        if self.entered_by.is_some() {
            // What the recorder said stands.
            return Ok(Self { checked_in_at, ..next });
        }
        let presence = Some(if online { Presence::Online } else { Presence::Present });
        Ok(Self { checked_in_at, presence, reason: None, ..next })
    }
}

/// What the recorder says of one person.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = AttendanceEntry)]
pub(crate) struct Entry {
    pub(crate) member: MemberId,
    pub(crate) presence: Presence,
    /// Why they did not come, or need not; their own, where they asked and it is left out.
    #[schema(value_type = Option<String>)]
    pub(crate) reason: Option<Line<200>>,
}

/// How many should have attended, came, and did not. 应到 = 实到 + 缺席.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Tally {
    /// 应到
    pub(crate) should_attend: u32,
    /// 实到
    pub(crate) present: u32,
    /// 缺席
    pub(crate) absent: u32,
    /// Voting members of the organisation, whether or not they are exempt from attending.
    pub(crate) should_vote: u32,
    /// Of those who came, who may vote.
    pub(crate) present_voting: u32,
    /// Of whom nothing is entered yet.
    #[serde(skip_serializing_if = "is_none", default)]
    pub(crate) open: u32,
}

impl Tally {
    /// Of these persons.
    pub(crate) fn of(people: &[Person]) -> Self {
        people.iter().fold(Self::default(), |sum, person| {
            let one = |yes: bool| u32::from(yes);
            let expected = person.presence != Some(Presence::Exempt);
            let came = matches!(person.presence, Some(Presence::Present | Presence::Online));
            Self {
                should_attend: sum.should_attend + one(expected),
                present: sum.present + one(came),
                absent: sum.absent + one(person.presence == Some(Presence::Absent)),
                should_vote: sum.should_vote + one(person.voting),
                present_voting: sum.present_voting + one(came && person.voting),
                open: sum.open + one(person.presence.is_none()),
            }
        })
    }
}

/// `people` after the recorder said of some whether they came, and with `others` the same of all of whom nothing is known:
/// those whose rows change. Who asked not to have to come is absent with that reason, not present with the others.
///
/// # Errors
/// [`ErrorCode::IllegalTransition`] when the meeting is closed or not begun; [`ErrorCode::InvalidField`].
pub(crate) fn entered(
    meeting: &Meeting,
    people: &[Person],
    (entries, others): (&[Entry], Option<Presence>),
    hand: Hand,
) -> Result<Vec<Person>, Refusal> {
    meeting.is_attended(hand.at)?;
    let mut said = BTreeMap::new();
    for (n, entry) in entries.iter().enumerate() {
        if people.iter().all(|person| person.member != entry.member) {
            return Err(field(format!("/people/{n}/member"), "不在应到人员中", "is not among those who should attend"));
        }
        if said.insert(entry.member, (n, entry)).is_some() {
            return Err(field(format!("/people/{n}/member"), "重复", "is named twice"));
        }
    }
    let mut changed = Vec::new();
    for person in people {
        let (presence, reason) = match (said.get(&person.member), others) {
            (Some((n, entry)), _) => {
                let own = person.leave.as_ref().map(|leave| leave.reason.clone());
                let reason = entry.reason.clone().or(own);
                let excused = matches!(entry.presence, Presence::Absent | Presence::Exempt);
                if excused && reason.is_none() {
                    return Err(field(
                        format!("/people/{n}/reason"),
                        "缺席或免予要求须写明原因",
                        "is needed of who did not come",
                    ));
                }
                (entry.presence, reason.filter(|_| excused))
            }
            (None, Some(_)) if person.presence.is_some() => continue,
            (None, Some(Presence::Present | Presence::Online)) if person.leave.is_some() => {
                (Presence::Absent, person.leave.as_ref().map(|leave| leave.reason.clone()))
            }
            (None, Some(presence @ (Presence::Present | Presence::Online))) => (presence, None),
            (None, Some(_)) => {
                return Err(field(
                    "/others",
                    "其余人员只能统一登记为到会",
                    "only to have come is said of all others at once",
                ));
            }
            (None, None) => continue,
        };
        changed.push(Person {
            presence: Some(presence),
            reason,
            entered_by: Some(hand.by),
            version: person.version + 1,
            ..person.clone()
        });
    }
    Ok(changed)
}

/// `people` with nothing changed but their versions: written again with a change of their meeting, they stand where it stands,
/// and nobody changes them under it.
pub(crate) fn rewritten(people: &[Person]) -> Vec<Person> {
    people.iter().map(|person| Person { version: person.version + 1, ..person.clone() }).collect()
}

/// The same with what the signed `meeting` counts for those who were there, by the rules.
pub(crate) fn credited(meeting: &Meeting, people: &[Person], rules: &Rules) -> Vec<Person> {
    let particulars = &meeting.particulars;
    let credit = Credit {
        organization: meeting.organization,
        title: particulars.title.clone(),
        kinds: particulars.kinds.clone(),
        minutes: rules.session(&particulars.kinds, meeting.held()),
        rules: rules.version.clone(),
    };
    let came = |person: &Person| matches!(person.presence, Some(Presence::Present | Presence::Online));
    let of = |person: Person| Person { credit: came(&person).then(|| credit.clone()), ..person };
    rewritten(people).into_iter().map(of).collect()
}
