//! Meetings for demo data, made by the rules that requests go through.

use crate::{
    domain::{
        Entry, Hand, Meeting, Mode, NewMinutes, Outlook, Particulars, Person, Presence, credited, entered, signed,
        written,
    },
    routes::person,
    store::{MeetingRow, PersonRow, TellRow},
};
use dynamo::{Activity, Actor};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
use kernel::{ErrorCode, Line, Refusal, shanghai_day, start_of_shanghai_day};
use org_life::Kind;
use register::{Member, Node};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A branch with its secretary and its members, the secretary among them.
#[derive(Debug, Clone, Copy)]
pub struct DemoBranch<'a> {
    /// The branch.
    pub branch: &'a Node,
    /// Its secretary, who leads and signs.
    pub secretary: &'a Member,
    /// Who keeps the minutes.
    pub recorder: &'a Member,
    /// Everybody on its rolls.
    pub members: &'a [&'a Member],
}

/// Days before or after today, what it counts as, what it is called: a month that is complete, one in which something is
/// missing, and what is to come.
const MEETINGS: [(i32, &[Kind], &str); 6] = [
    (-70, &[Kind::ThemeDay, Kind::PartyLecture], "主题党日：重温入党誓词（演示）"),
    (-41, &[Kind::ThemeDay], "主题党日：社区志愿服务（演示）"),
    (-40, &[Kind::BranchMeeting], "支部党员大会：季度总结（演示）"),
    (-8, &[Kind::BranchMeeting, Kind::ThemeDay], "支部党员大会暨主题党日（演示）"),
    (-1, &[Kind::OrgLifeMeeting], "专题组织生活会（演示）"),
    (6, &[Kind::PartyLecture], "书记讲党课（演示）"),
];

fn line<const MAX: usize>(text: &str) -> Result<Line<MAX>, Refusal> {
    Line::try_from(text).map_err(|_| Refusal::new(ErrorCode::Internal))
}

/// Seven in the evening of `day` in Shanghai.
fn evening(day: Date) -> Timestamp {
    start_of_shanghai_day(day) + SignedDuration::from_hours(19)
}

/// Meetings of a branch as they stand at `now`: signed ones, one that waits for the signature, one to come. Items of the
/// table of meetings, and what was done.
///
/// # Errors
/// When a rule refuses.
pub fn demo_meetings(branch: DemoBranch<'_>, now: Timestamp) -> Result<(Vec<Value>, Vec<Activity>), Refusal> {
    let (mut rows, mut told) = (Vec::new(), Vec::new());
    for (days, kinds, title) in MEETINGS {
        let day = shanghai_day(now).saturating_add(days.days());
        let starts_at = evening(day);
        let particulars = Particulars {
            kinds: kinds.iter().copied().collect::<BTreeSet<_>>(),
            title: line(title)?,
            starts_at,
            ends_at: starts_at + SignedDuration::from_mins(90),
            mode: Mode::Offline,
            place: line("党群服务中心二楼（演示）")?,
            host: branch.secretary.id,
            recorder: branch.recorder.id,
            agenda: vec![line("学习文件")?, line("讨论近期工作")?],
            invited: Vec::new(),
        };
        let planned = Hand { by: branch.secretary.id, at: starts_at - SignedDuration::from_hours(24 * 7) };
        let mut meeting = Meeting::planned(branch.branch.id, particulars, branch.members.len(), planned)?;
        let mut people: Vec<_> = branch.members.iter().map(|member| person(&meeting, (*member).clone())).collect();
        let mut tell = |meeting: &Meeting, at: Timestamp, what: &str| {
            let kind = format!("meeting.{what}");
            let line = Activity::new(at, Actor::job("demo"), &kind, meeting.organization, meeting.id.to_string());
            told.push(line.stating("version", meeting.version));
        };
        tell(&meeting, planned.at, "planned");
        if days < 0 {
            let over = Hand { by: branch.recorder.id, at: meeting.particulars.ends_at + SignedDuration::from_mins(10) };
            attend(&meeting, &mut people, over)?;
            meeting = written(&meeting, minutes(&meeting)?, &people, over)?;
            tell(&meeting, over.at, "recorded");
            // The last one waits for the secretary.
            if days < -1 {
                let later = Hand { by: branch.secretary.id, at: over.at + SignedDuration::from_hours(12) };
                meeting = signed(&meeting, &people, later)?;
                people = credited(&meeting, &people, study::Rules::get()?);
                tell(&meeting, later.at, "signed");
            }
        }
        let outlook = Outlook::after(&meeting, planned.at).filter(|_| days >= 0);
        rows.extend(outlook.map(|outlook| json!(TellRow::new(&meeting, outlook))));
        rows.extend(people.into_iter().map(|person| json!(PersonRow::new(person, &meeting))));
        rows.push(json!(MeetingRow::new(meeting)));
    }
    Ok((rows, told))
}

/// Everybody came but the last, who had a reason.
fn attend(meeting: &Meeting, people: &mut [Person], hand: Hand) -> Result<(), Refusal> {
    let absent = match people.last() {
        Some(last) if people.len() > 2 => {
            vec![Entry { member: last.member, presence: Presence::Absent, reason: Some(line("出差（演示）")?) }]
        }
        _ => Vec::new(),
    };
    for changed in entered(meeting, people, (&absent, Some(Presence::Present)), hand)? {
        if let Some(person) = people.iter_mut().find(|person| person.member == changed.member) {
            *person = changed;
        }
    }
    Ok(())
}

fn minutes(meeting: &Meeting) -> Result<NewMinutes, Refusal> {
    Ok(NewMinutes {
        held_from: meeting.particulars.starts_at,
        held_to: meeting.particulars.ends_at,
        text: line("集体学习有关文件，结合支部工作交流讨论，形成一致意见。（演示）")?,
        resolutions: Vec::new(),
        ballots: Vec::new(),
        media: Vec::new(),
        late_reason: None,
    })
}
