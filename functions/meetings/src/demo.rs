//! Meetings for demo data, made by the rules that requests go through.

use crate::{
    domain::{
        Entry, Hand, Meeting, Mode, NewBallot, NewMinutes, NewResolution, Outlook, Particulars, Person, Presence,
        Tally, credited, entered, signed, written,
    },
    routes::{person, what_counts},
    store::{MeetingRow, PersonRow, TellRow},
};
use dynamo::{Activity, Actor};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
use kernel::{Line, MemberId, Refusal, shanghai_day, start_of_shanghai_day};
use org_life::{Ballot, Kind, Vote};
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

/// How a meeting goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// It was held, written down and signed.
    Signed,
    /// The same, one over a line, and it was entered later than a week.
    Late,
    /// The same with a vote and a resolution; one asked not to have to come, one is exempt; a note was added.
    Voted,
    /// It waits for the signature, with a resolution that becomes a task.
    Unsigned,
    /// It is to come.
    Ahead,
    /// It does not take place.
    Cancelled,
}

/// Days before or after today, what it counts as, what it is called, how it goes: a month that is complete, one in which
/// something is missing, and what is to come.
const MEETINGS: [(i32, &[Kind], &str, Way); 8] = [
    (-70, &[Kind::ThemeDay, Kind::PartyLecture], "主题党日：重温入党誓词（演示）", Way::Signed),
    (-41, &[Kind::ThemeDay], "主题党日：社区志愿服务（演示）", Way::Late),
    (-40, &[Kind::BranchMeeting], "支部党员大会：季度总结（演示）", Way::Signed),
    (-20, &[Kind::TalkWithMembers], "支委与党员谈心谈话（演示）", Way::Signed),
    (-8, &[Kind::BranchMeeting, Kind::ThemeDay], "支部党员大会暨主题党日（演示）", Way::Voted),
    (-1, &[Kind::OrgLifeMeeting], "专题组织生活会（演示）", Way::Unsigned),
    (5, &[Kind::ThemeDay], "主题党日：参观红色站点（演示）", Way::Cancelled),
    (6, &[Kind::PartyLecture], "书记讲党课（演示）", Way::Ahead),
];

/// Seven in the evening of `day` in Shanghai.
fn evening(day: Date) -> Timestamp {
    start_of_shanghai_day(day) + SignedDuration::from_hours(19)
}

/// Meetings of a branch as they stand at `now`: signed ones, one that waits for the signature, one to come and one that does
/// not take place. Items of the table of meetings, and what was done.
///
/// # Errors
/// When a rule refuses.
pub fn demo_meetings(branch: DemoBranch<'_>, now: Timestamp) -> Result<(Vec<Value>, Vec<Activity>), Refusal> {
    let (mut rows, mut told) = (Vec::new(), Vec::new());
    for (days, kinds, title, way) in MEETINGS {
        let starts_at = evening(shanghai_day(now).saturating_add(days.days()));
        let talk = kinds.iter().all(|kind| kind.is_talk());
        let particulars = Particulars {
            kinds: kinds.iter().copied().collect::<BTreeSet<_>>(),
            title: Line::ours(title)?,
            starts_at,
            ends_at: starts_at + SignedDuration::from_mins(90),
            mode: if way == Way::Late { Mode::Hybrid } else { Mode::Offline },
            place: Line::ours("党群服务中心二楼（演示）")?,
            host: branch.secretary.id,
            recorder: branch.recorder.id,
            agenda: if talk {
                Vec::new()
            } else {
                vec![Line::ours("学习文件")?, Line::ours("讨论近期工作")?]
            },
            invited: Vec::new(),
        };
        let planned = Hand { by: branch.secretary.id, at: starts_at - SignedDuration::from_hours(24 * 7) };
        let mut meeting = Meeting::planned(branch.branch.id, particulars, branch.members.len(), planned)?;
        let mut people: Vec<_> = branch.members.iter().map(|member| person(&meeting, (*member).clone())).collect();
        let mut tell = |meeting: &Meeting, at: Timestamp, what: &str, counted: &[Person]| {
            let kind = format!("meeting.{what}");
            let line = Activity::new(at, Actor::job("demo"), &kind, meeting.organization, meeting.id.to_string());
            let line = line.stating("version", meeting.version);
            told.push(if counted.is_empty() { line } else { what_counts(line, meeting, counted) });
        };
        tell(&meeting, planned.at, "planned", &[]);
        let mut outlook = Outlook::after(&meeting, planned.at).filter(|_| days >= 0);
        match way {
            Way::Ahead => {}
            Way::Cancelled => {
                let hand = Hand { by: branch.secretary.id, at: now - SignedDuration::from_hours(20) };
                meeting = meeting.cancelled(Line::ours("防汛值班，另行安排（演示）")?, hand)?;
                tell(&meeting, hand.at, "cancelled", &[]);
                outlook = Outlook::after(&meeting, hand.at);
            }
            Way::Signed | Way::Late | Way::Voted | Way::Unsigned => {
                let mut over =
                    Hand { by: branch.recorder.id, at: meeting.particulars.ends_at + SignedDuration::from_mins(10) };
                attend(&meeting, &mut people, way, over)?;
                if way == Way::Late {
                    over.at += SignedDuration::from_hours(24 * 10);
                }
                meeting = written(&meeting, minutes(&meeting, &people, way, now)?, &people, over)?;
                tell(&meeting, over.at, "recorded", &[]);
                if way != Way::Unsigned {
                    let mut later = Hand { by: branch.secretary.id, at: over.at + SignedDuration::from_hours(12) };
                    meeting = signed(&meeting, &people, later)?;
                    people = credited(&meeting, &people, study::Rules::get()?);
                    tell(&meeting, later.at, "signed", &people);
                    if way == Way::Voted {
                        later.at += SignedDuration::from_hours(24);
                        meeting = meeting.noted(Line::ours("第一项决议自下月起执行。（演示）")?, later)?;
                        tell(&meeting, later.at, "noted", &[]);
                    }
                }
            }
        }
        rows.extend(outlook.map(|outlook| json!(TellRow::new(&meeting, outlook))));
        rows.extend(people.into_iter().map(|person| json!(PersonRow::new(person, &meeting))));
        rows.push(json!(MeetingRow::new(meeting)));
    }
    Ok((rows, told))
}

/// Everybody came but a few at the end of a list that is long enough: the last was there over a line, or asked leave, or had
/// another reason; the one before is exempt where something is voted.
fn attend(meeting: &Meeting, people: &mut [Person], way: Way, hand: Hand) -> Result<(), Refusal> {
    let mut entries = Vec::new();
    if let [_, _, _, .., before, last] = people {
        match way {
            Way::Late => entries.push(Entry { member: last.member, presence: Presence::Online, reason: None }),
            Way::Voted => {
                let asked_at = meeting.particulars.starts_at - SignedDuration::from_hours(24);
                *last = last.asking(Line::ours("探望住院亲属（演示）")?, asked_at)?;
                let reason = Some(Line::ours("行动不便（演示）")?);
                entries.push(Entry { member: before.member, presence: Presence::Exempt, reason });
            }
            _ => {
                let reason = Some(Line::ours("出差（演示）")?);
                entries.push(Entry { member: last.member, presence: Presence::Absent, reason });
            }
        }
    }
    for changed in entered(meeting, people, (&entries, Some(Presence::Present)), hand)? {
        if let Some(person) = people.iter_mut().find(|person| person.member == changed.member) {
            *person = changed;
        }
    }
    Ok(())
}

/// What is written down of it.
fn minutes(meeting: &Meeting, people: &[Person], way: Way, now: Timestamp) -> Result<NewMinutes, Refusal> {
    let resolution = |text: &str, owner: Option<MemberId>| {
        let due_on = owner.map(|_| shanghai_day(now).saturating_add(14.days()));
        Ok::<_, Refusal>(NewResolution { text: Line::ours(text)?, owner, due_on })
    };
    let (resolutions, ballots) = match way {
        Way::Voted => (vec![resolution("每月主题党日固定在第二周周五（演示）", None)?], ballots(people)?),
        Way::Unsigned => {
            let owner = people.last().map(|person| person.member);
            (vec![resolution("梳理查摆问题，形成整改清单（演示）", owner)?], Vec::new())
        }
        _ => (Vec::new(), Vec::new()),
    };
    Ok(NewMinutes {
        held_from: meeting.particulars.starts_at,
        held_to: meeting.particulars.ends_at,
        text: (!meeting.is_talk())
            .then(|| Line::ours("集体学习有关文件，结合支部工作交流讨论，形成一致意见。（演示）"))
            .transpose()?,
        resolutions,
        ballots,
        media: Vec::new(),
        late_reason: (way == Way::Late).then(|| Line::ours("台风期间停电，补录（演示）")).transpose()?,
    })
}

/// A vote on a matter, one of those who came against it; none where too few came to vote.
fn ballots(people: &[Person]) -> Result<Vec<NewBallot>, Refusal> {
    let Tally { should_vote, present_voting, .. } = Tally::of(people);
    if should_vote == 0 || present_voting * 2 < should_vote {
        return Ok(Vec::new());
    }
    let (vote, approve) = (Vote::Ordinary, present_voting.saturating_sub(1));
    let ballot = Ballot {
        vote,
        should_vote,
        present_voting,
        issued: present_voting,
        returned: present_voting,
        invalid: 0,
        approve,
        against: present_voting - approve,
        abstain: 0,
        written: 0,
    };
    let subject = Line::ours("年度工作计划（演示）")?;
    Ok(vec![NewBallot { subject, ballot, scrutineer: None, teller: None }])
}
