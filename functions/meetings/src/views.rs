//! Meetings as clients see them.

use crate::domain::{Meeting, Minutes, Mode, Note, Person, Presence, Signature, State, Tally};
use jiff::{Timestamp, civil::Date};
use kernel::{Line, MeetingId, MemberId, OrgId, PersonName};
use org_life::Kind;
use serde::Serialize;
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// One who should attend.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Attendance)]
pub(crate) struct PersonView<'a> {
    member: MemberId,
    name: &'a PersonName,
    /// Whether they may vote.
    voting: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    presence: Option<Presence>,
    /// Why they did not come, or need not; before that is entered, why they asked not to have to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    reason: Option<&'a Line<200>>,
    /// Whether they asked not to have to come.
    asked: bool,
    /// When they typed the code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    checked_in_at: Option<Timestamp>,
}

impl<'a> From<&'a Person> for PersonView<'a> {
    fn from(person: &'a Person) -> Self {
        let asked = person.leave.as_ref().map(|leave| &leave.reason);
        Self {
            member: person.member,
            name: &person.name,
            voting: person.voting,
            presence: person.presence,
            reason: person.reason.as_ref().or(asked),
            asked: asked.is_some(),
            checked_in_at: person.checked_in_at,
        }
    }
}

/// A meeting with who should attend it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Meeting)]
pub(crate) struct MeetingView<'a> {
    #[serde(flatten)]
    summary: Summary<'a>,
    #[schema(value_type = Vec<String>)]
    agenda: &'a [Line<200>],
    #[schema(value_type = Vec<String>)]
    invited: &'a [Line<50>],
    /// Who should attend; for the one who asks only themselves, unless they keep the minutes or hold an office.
    people: Vec<PersonView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    minutes: Option<&'a Minutes>,
    notes: &'a [Note],
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    cancelled_for: Option<&'a Line<500>>,
    /// Attendance as far as it is entered.
    tally: Tally,
}

/// A meeting as lists show it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MeetingSummary)]
pub(crate) struct Summary<'a> {
    id: MeetingId,
    organization: OrgId,
    kinds: &'a BTreeSet<Kind>,
    #[schema(value_type = String)]
    title: &'a Line<100>,
    state: State,
    mode: Mode,
    #[schema(value_type = String)]
    place: &'a Line<100>,
    #[schema(value_type = String, format = DateTime)]
    starts_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
    host: MemberId,
    recorder: MemberId,
    /// The day on which it was held, or is to be.
    #[schema(value_type = String, format = Date)]
    held_on: Date,
    /// The day on which the minutes were written down.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    recorded_on: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signed: Option<&'a Signature>,
    version: u64,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

impl<'a> From<&'a Meeting> for Summary<'a> {
    fn from(meeting: &'a Meeting) -> Self {
        let particulars = &meeting.particulars;
        Self {
            id: meeting.id,
            organization: meeting.organization,
            kinds: &particulars.kinds,
            title: &particulars.title,
            state: meeting.state,
            mode: particulars.mode,
            place: &particulars.place,
            starts_at: particulars.starts_at,
            ends_at: particulars.ends_at,
            host: particulars.host,
            recorder: particulars.recorder,
            held_on: meeting.day(),
            recorded_on: meeting.minutes.as_ref().map(|minutes| kernel::shanghai_day(minutes.entered_at)),
            signed: meeting.signed.as_ref(),
            version: meeting.version,
            updated_at: meeting.updated_at,
        }
    }
}

impl<'a> MeetingView<'a> {
    /// `meeting`, of whose `people` those are shown that `shows` says.
    pub(crate) fn of(meeting: &'a Meeting, people: &'a [Person], shows: impl Fn(&Person) -> bool) -> Self {
        Self {
            summary: meeting.into(),
            agenda: &meeting.particulars.agenda,
            invited: &meeting.particulars.invited,
            people: people.iter().filter(|person| shows(person)).map(PersonView::from).collect(),
            minutes: meeting.minutes.as_ref(),
            notes: &meeting.notes,
            cancelled_for: meeting.cancelled_for.as_ref(),
            tally: Tally::of(people),
        }
    }
}
