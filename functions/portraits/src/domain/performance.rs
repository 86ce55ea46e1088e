//! What records say of somebody's work in office: counted, and not judged.

use jiff::{Timestamp, civil::Date};
use kernel::{MeetingId, MemberId, OrgId, TaskId};
use org_life::{Kind, MeetingRecord};
use register::Appointment;
use serde::Serialize;
use std::collections::BTreeSet;
use task_records::{Course, Listed, TaskState};
use utoipa::ToSchema;

/// Whether `office` is one of an elected committee and is held, or was, on a day of `year` that has come by `today`.
pub(crate) fn is_held_in(office: &Appointment, year: i16, today: Date) -> bool {
    let began = office.from <= today && office.from.year() <= year;
    office.role.is_committee() && began && office.until.is_none_or(|until| until.year() >= year)
}

/// A task, and whether it was in time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TaskLed {
    pub(crate) id: TaskId,
    pub(crate) organization: OrgId,
    pub(crate) state: TaskState,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) due_at: Timestamp,
    /// When it was handed in; absent before that.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) submitted_at: Option<Timestamp>,
    /// Whether it was handed in after its limit, or is open and its limit is over.
    pub(crate) late: bool,
}

/// Tasks that somebody answers for, and how many of them are what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TasksLed {
    /// Those whose limit is in the year, without those that were withdrawn.
    pub(crate) led: usize,
    /// Of these, those that were accepted or rated.
    pub(crate) done: usize,
    /// Of these, those that were or are late, whether done or not.
    pub(crate) late: usize,
    /// By their limits.
    pub(crate) items: Vec<TaskLed>,
}

/// Whether the owner of a task was or is late with it at `now`.
fn is_late(task: &Course, now: Timestamp) -> bool {
    match task.state {
        TaskState::Done => task.submitted_at.is_some_and(|at| at > task.due_at),
        _ => task.is_late(now),
    }
}

impl TasksLed {
    /// Those of `tasks` that are of `organizations`, as they stand at `now`.
    pub(crate) fn of(tasks: &[Listed], organizations: &BTreeSet<OrgId>, now: Timestamp) -> Self {
        let here = tasks.iter().filter(|task| organizations.contains(&task.organization));
        let counted = here.filter(|task| task.course.state != TaskState::Withdrawn);
        let mut items: Vec<_> = counted
            .map(|task| TaskLed {
                id: task.id,
                organization: task.organization,
                state: task.course.state,
                due_at: task.course.due_at,
                submitted_at: task.course.submitted_at,
                late: is_late(&task.course, now),
            })
            .collect();
        items.sort_by_key(|task| (task.due_at, task.id));
        let done = items.iter().filter(|task| task.state == TaskState::Done).count();
        let late = items.iter().filter(|task| task.late).count();
        Self { led: items.len(), done, late, items }
    }
}

/// A meeting whose minutes are signed, and what somebody did for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MeetingLed {
    pub(crate) id: MeetingId,
    pub(crate) organization: OrgId,
    /// The day on which it was held.
    #[schema(value_type = String, format = Date)]
    pub(crate) on: Date,
    pub(crate) kinds: BTreeSet<Kind>,
    /// 主持
    pub(crate) led: bool,
    /// 记录
    pub(crate) recorded: bool,
}

/// Meetings that somebody led or wrote down, and how many of them are what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MeetingsLed {
    pub(crate) led: usize,
    pub(crate) recorded: usize,
    /// By their days.
    pub(crate) items: Vec<MeetingLed>,
}

impl MeetingsLed {
    /// Those that `member` led or wrote down of `meetings`, each with its organisation, as far as they are signed.
    pub(crate) fn of(meetings: &[(OrgId, MeetingRecord)], member: MemberId) -> Self {
        let one = |(organization, meeting): &(OrgId, MeetingRecord)| {
            let (held, led, recorded) = (meeting.counts()?, meeting.host == member, meeting.recorder == member);
            let (id, organization) = (meeting.id, *organization);
            (led || recorded).then_some(MeetingLed { id, organization, on: held.on, kinds: held.kinds, led, recorded })
        };
        let mut items: Vec<_> = meetings.iter().filter_map(one).collect();
        items.sort_by_key(|meeting| (meeting.on, meeting.id));
        let led = items.iter().filter(|meeting| meeting.led).count();
        let recorded = items.iter().filter(|meeting| meeting.recorded).count();
        Self { led, recorded, items }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use authz::Role;
    use kernel::AppointmentId;
    use org_life::{Progress, Written};
    use serde_json::json;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn member(n: u8) -> MemberId {
        MemberId::from_bytes(1, [n; 10])
    }

    fn place(n: u8) -> OrgId {
        OrgId::from_bytes(1, [n; 10])
    }

    fn office(role: Role, from: &str, until: Option<&str>) -> Appointment {
        Appointment {
            id: AppointmentId::from_bytes(1, [1; 10]),
            organization: place(1),
            role,
            holder: member(1),
            holder_name: "林书".try_into().unwrap(),
            from: day(from),
            until: until.map(day),
            decision: "批复".try_into().unwrap(),
            version: 1,
        }
    }

    #[test]
    fn an_office_is_of_each_year_on_a_day_of_which_it_is_held() {
        let today = day("2026-11-24");
        let held = |from, until, year| is_held_in(&office(Role::Secretary, from, until), year, today);
        assert!(held("2026-11-24", None, 2026) && !held("2026-11-25", None, 2026), "it has begun");
        assert!(held("2025-12-31", None, 2025) && !held("2026-01-01", None, 2025));
        assert!(held("2024-01-01", Some("2026-01-01"), 2026) && !held("2024-01-01", Some("2025-12-31"), 2026));
        for role in Role::ALL {
            let counts = is_held_in(&office(*role, "2026-01-01", None), 2026, today);
            assert_eq!(counts, role.is_committee(), "{role:?}");
        }
    }

    fn task(n: u8, state: &str, due_at: &str, submitted_at: Option<&str>) -> Listed {
        let id = TaskId::from_bytes(1, [n; 10]);
        let mut task = json!({
            "id": id, "root": id, "organization": place(1), "owner": member(1), "ownerName": "林书", "title": "走访",
            "kind": "key", "state": state, "startsOn": "2026-01-01", "dueAt": due_at, "progress": 0, "version": 1,
            "updatedAt": "2026-01-01T00:00:00Z",
        });
        if let Some(at) = submitted_at {
            task["submittedAt"] = json!(at);
        }
        serde_json::from_value(task).unwrap()
    }

    #[test]
    fn a_task_is_late_that_was_handed_in_or_is_open_after_its_limit() {
        let limit = "2026-06-30T10:00:00Z";
        let tasks = [
            task(1, "done", limit, Some(limit)),
            task(2, "done", limit, Some("2026-06-30T10:00:00.001Z")),
            // The clock stands while it is reviewed.
            task(3, "in-review", limit, Some(limit)),
            task(4, "in-progress", limit, None),
            task(5, "in-progress", "2026-12-31T10:00:00Z", None),
            task(6, "withdrawn", limit, None),
        ];
        let led = TasksLed::of(&tasks, &[place(1)].into(), at("2026-07-01T00:00:00Z"));
        assert_eq!((led.led, led.done, led.late), (5, 2, 2));
        let late: Vec<_> = led.items.iter().map(|task| task.late).collect();
        assert_eq!(late, [false, true, false, true, false]);
        let elsewhere = TasksLed::of(&tasks, &[place(2)].into(), at("2026-07-01T00:00:00Z"));
        assert_eq!((elsewhere.led, elsewhere.items.len()), (0, 0));
    }

    #[test]
    fn each_meeting_is_counted_for_what_somebody_did_for_it_once_it_is_signed() {
        let meeting = |n: u8, (host, recorder): (u8, u8), state| {
            let written = Written { held_from: at("2026-11-02T11:00:00Z"), entered_at: at("2026-11-02T16:00:00Z") };
            let meeting = MeetingRecord {
                id: MeetingId::from_bytes(1, [n; 10]),
                kinds: [Kind::ThemeDay].into(),
                title: "主题党日".try_into().unwrap(),
                ends_at: at("2026-11-02T12:30:00Z"),
                host: member(host),
                recorder: member(recorder),
                state,
                minutes: Some(written),
            };
            (place(1), meeting)
        };
        let meetings = [
            meeting(1, (1, 1), Progress::Signed),
            meeting(2, (1, 2), Progress::Signed),
            meeting(3, (2, 1), Progress::Signed),
            meeting(4, (2, 2), Progress::Signed),
            meeting(5, (1, 1), Progress::Recorded),
        ];
        let led = MeetingsLed::of(&meetings, member(1));
        assert_eq!((led.led, led.recorded, led.items.len()), (2, 2, 3));
        assert_eq!(led.items[0].on, day("2026-11-02"));
    }
}
