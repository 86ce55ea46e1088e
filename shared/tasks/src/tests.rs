//! What the tests of this crate make their tasks of.

use crate::{Course, Task, TaskKind, TaskState};
use jiff::{Timestamp, civil::Date};
use kernel::{Line, MemberId, OrgId, TaskId};

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn member(n: u8) -> MemberId {
    MemberId::from_bytes(u64::from(n), [n; 10])
}

/// From Monday 2026-11-02 to Friday 2026-11-27, 18:00 in Shanghai.
pub(crate) fn course() -> Course {
    Course {
        kind: TaskKind::Key,
        state: TaskState::InProgress,
        starts_on: Date::constant(2026, 11, 2),
        due_at: at("2026-11-27T10:00:00Z"),
        arrive_by: None,
        plan: Vec::new(),
        submitted_at: None,
    }
}

/// A root of that course, of member 1 and issued by member 2; changed last on 2026-11-19.
pub(crate) fn task() -> Task {
    let (id, organization) = (TaskId::from_bytes(1, [1; 10]), OrgId::from_bytes(1, [1; 10]));
    Task {
        id,
        root: id,
        above: Vec::new(),
        organization,
        issuer: organization,
        caller: None,
        owner: member(1),
        owner_name: "陈员".parse().unwrap(),
        parent_owner: None,
        title: Line::ours("走访").unwrap(),
        detail: None,
        weight: 100,
        course: course(),
        split: false,
        progress: 4_000,
        rating: None,
        issued_by: member(2),
        version: 3,
        updated_at: at("2026-11-19T02:00:00Z"),
    }
}

/// A part of it, of the same owner.
pub(crate) fn part() -> Task {
    Task { id: TaskId::from_bytes(2, [2; 10]), above: vec![task().id], weight: 60, ..task() }
}
