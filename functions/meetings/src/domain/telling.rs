//! What is told of a meeting, to whom, and when.

use super::{Meeting, Person, Presence, State};
use jiff::{SignedDuration, Timestamp, ToSpan};
use kernel::{MemberId, SHANGHAI, shanghai_day, start_of_shanghai_day};
use notices::Notice;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The hour of the evening before at which people are reminded, and of the morning after at which the recorder is.
const EVENING: i64 = 18;
const MORNING: i64 = 9;

/// What is told next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Stage {
    /// That it was planned, changed or cancelled.
    News,
    /// That it is tomorrow.
    Reminder,
    /// That it was to be held yesterday and nothing is written down.
    Record,
}

/// What is told next, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outlook {
    pub(crate) stage: Stage,
    pub(crate) due: Timestamp,
}

impl Outlook {
    /// After `meeting` was planned, changed or cancelled at `now`. Of one that is entered or changed after it began there is
    /// nothing to tell; that it was not held is told however late, for people came, or count on it.
    pub(crate) fn after(meeting: &Meeting, now: Timestamp) -> Option<Self> {
        let concerns = meeting.state == State::Cancelled || meeting.particulars.starts_at > now;
        concerns.then_some(Self { stage: Stage::News, due: now })
    }

    /// After what was due at `stage` was told at `now`. Who is told on the day before is not reminded on it.
    pub(crate) fn next(meeting: &Meeting, stage: Stage, now: Timestamp) -> Option<Self> {
        if meeting.state != State::Planned {
            return None;
        }
        let at = |day, hour| start_of_shanghai_day(day) + SignedDuration::from_hours(hour);
        let eve = shanghai_day(meeting.particulars.starts_at).saturating_sub(1.day());
        let after = shanghai_day(meeting.particulars.ends_at).saturating_add(1.day());
        match stage {
            Stage::News if shanghai_day(now) < eve => Some(Self { stage: Stage::Reminder, due: at(eve, EVENING) }),
            Stage::News | Stage::Reminder => Some(Self { stage: Stage::Record, due: at(after, MORNING) }),
            Stage::Record => None,
        }
    }
}

/// The causes of what may have been told of `meeting` before its last change.
pub(crate) fn earlier(meeting: &Meeting) -> Vec<String> {
    (0..meeting.sequence).map(|sequence| news(meeting, sequence)).collect()
}

fn news(meeting: &Meeting, sequence: u32) -> String {
    format!("meeting/{}/{sequence}", meeting.id)
}

/// Whom a meeting concerns: who should attend it, and its host.
pub(crate) fn concerned(meeting: &Meeting, people: &[Person]) -> BTreeSet<MemberId> {
    people.iter().map(|person| person.member).chain([meeting.particulars.host]).collect()
}

/// Whether nobody expects `person` at `meeting`: they are exempt (教管条例 §23), and neither lead it nor write it down.
fn exempt(meeting: &Meeting, person: &Person) -> bool {
    let keeps = [meeting.particulars.host, meeting.particulars.recorder].contains(&person.member);
    person.presence == Some(Presence::Exempt) && !keeps
}

/// What is told of `meeting` with `people` at `stage`; `know` are those who were told of it before its last change.
pub(crate) fn messages(
    (meeting, people): (&Meeting, &[Person]),
    stage: Stage,
    know: &BTreeSet<MemberId>,
    now: Timestamp,
) -> Vec<Notice> {
    let (title, place) = (meeting.particulars.title.as_str(), meeting.particulars.place.as_str());
    let (when, planned) = (when(meeting.particulars.starts_at), meeting.state == State::Planned);
    let to = |member: MemberId, kind: &str, cause: &str, line: &str, body: String| {
        Notice::new(now, member, kind, cause).saying(line, body).about(meeting.id.to_string())
    };
    let begun = meeting.particulars.starts_at <= now;
    let person = |member: MemberId| people.iter().find(|person| person.member == member);
    let is_exempt = |member: MemberId| person(member).is_some_and(|person| exempt(meeting, person));
    match stage {
        // That it does not take place is told even late: somebody may be waiting there.
        Stage::News if begun && planned => Vec::new(),
        Stage::News => {
            let cause = news(meeting, meeting.sequence);
            let tell = |member: MemberId| match (planned, know.contains(&member)) {
                (true, false) => {
                    let leave = if is_exempt(member) {
                        "您可不参加，无须请假。"
                    } else {
                        "不能参加的请在会前请假，并说明原因。"
                    };
                    let body = format!("{title}：{when}，{place}。{leave}");
                    Some(to(member, "meeting.planned", &cause, "会议通知", body))
                }
                (true, true) => {
                    Some(to(member, "meeting.changed", &cause, "会议有变动", format!("{title}改为：{when}，{place}。")))
                }
                (false, true) => {
                    let why = meeting.cancelled_for.as_ref().map_or("", |reason| reason.as_str());
                    let body = format!("{title}（原定{when}）取消，原因：{why}。");
                    Some(to(member, "meeting.cancelled", &cause, "会议取消", body))
                }
                // Who has not heard of it need not hear that it does not take place.
                (false, false) => None,
            };
            concerned(meeting, people).into_iter().filter_map(tell).collect()
        }
        Stage::Reminder if begun || !planned => Vec::new(),
        Stage::Reminder => {
            let cause = format!("{}/reminder", news(meeting, meeting.sequence));
            let excused = |member: MemberId| person(member).is_some_and(|person| person.leave.is_some());
            let come = concerned(meeting, people).into_iter().filter(|member| !excused(*member) && !is_exempt(*member));
            let today = shanghai_day(now) == shanghai_day(meeting.particulars.starts_at);
            let line = if today { "今天有会议" } else { "明天有会议" };
            come.map(|member| to(member, "meeting.near", &cause, line, format!("{title}：{when}，{place}。"))).collect()
        }
        Stage::Record if !planned => Vec::new(),
        Stage::Record => {
            let cause = format!("meeting/{}/unrecorded", meeting.id);
            let body = format!("{title}（{when}）还没有记录。开过的请补登出席和记录，没有开的请取消。");
            vec![to(meeting.particulars.recorder, "meeting.unrecorded", &cause, "有会议还没有记录", body)]
        }
    }
}

/// Day and time in Shanghai, as people say them.
fn when(at: Timestamp) -> String {
    let at = SHANGHAI.to_datetime(at);
    format!("{}月{}日{}", at.month(), at.day(), at.strftime("%H:%M"))
}
