//! Tasks.

use super::{Duty, Kind};
use kernel::shanghai_day;
use task_records::{Listed, Rules, TaskKind, TaskState};

/// Everything, in basis points.
const WHOLE: u16 = 10_000;

/// What the owner of `task` has to do now; `None` when it is not their turn.
pub(crate) fn task(task: &Listed) -> Option<Duty> {
    let course = &task.course;
    let (what, step) = match (course.state, course.kind) {
        (TaskState::AwaitingSign, TaskKind::Key) => ("签收任务", "sign"),
        (TaskState::AwaitingSign, TaskKind::Whistle) => ("报到", "sign"),
        (TaskState::InProgress, TaskKind::Key) if task.split => ("督促下级任务，全部办结后提交", "submit"),
        (TaskState::InProgress, TaskKind::Key) if task.progress < WHOLE => ("办理任务并上报进度", "progress"),
        (TaskState::InProgress, _) => ("提交审核", "submit"),
        (TaskState::Returned, _) if task.split => ("重新办理被退回的任务", "sign"),
        (TaskState::Returned, _) => ("重新办理被退回的任务", "progress"),
        (TaskState::InReview | TaskState::Done | TaskState::Withdrawn, _) => return None,
    };
    Some(of_task(Kind::Task, task, what, step))
}

/// What somebody has to do about `task`, which waits for their decision; `None` when the index is behind and it does not.
pub(crate) fn review(task: &Listed) -> Option<Duty> {
    let (what, step) = match (task.course.state, task.course.kind) {
        (TaskState::InReview, TaskKind::Key) => ("审核任务", "decision"),
        (TaskState::InReview, TaskKind::Whistle) => ("评价吹哨报到的办理结果", "rating"),
        _ => return None,
    };
    Some(of_task(Kind::Review, task, what, step))
}

fn of_task(kind: Kind, task: &Listed, what: &str, step: &str) -> Duty {
    let (id, title) = (task.id, format!("{what}：{}", task.title.as_str()));
    let duty = Duty::new(kind, id, title, shanghai_day(task.course.limit()), format!("POST /v1/tasks/{id}/{step}"));
    Duty { article: Rules::get().ok().map(Rules::article), ..duty }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{MemberId, OrgId, TaskId};
    use serde_json::json;

    fn listed(kind: TaskKind, state: TaskState, split: bool, progress: u16) -> Listed {
        let (id, place) = (TaskId::from_bytes(1, [1; 10]), OrgId::from_bytes(1, [1; 10]));
        let task = json!({
            "id": id, "root": id, "organization": place, "owner": MemberId::from_bytes(1, [1; 10]), "ownerName": "林书",
            "title": "走访", "kind": kind, "state": state, "startsOn": "2026-11-01", "dueAt": "2026-12-18T16:00:00Z",
            "split": split, "progress": progress, "version": 1, "updatedAt": "2026-11-01T00:00:00Z",
        });
        serde_json::from_value(task).unwrap()
    }

    /// The duty about that task.
    fn duty(kind: Kind, what: &str, step: &str) -> Duty {
        let id = TaskId::from_bytes(1, [1; 10]);
        Duty {
            key: format!("task/{id}"),
            kind,
            title: format!("{what}：走访"),
            due_on: "2026-12-19".parse().unwrap(),
            article: Some(Rules::get().unwrap().article()),
            subject: id.to_string(),
            act: format!("POST /v1/tasks/{id}/{step}"),
        }
    }

    #[test]
    fn an_owner_takes_the_next_step_and_none_while_it_is_not_their_turn() {
        use TaskKind::{Key, Whistle};
        use TaskState as S;
        for (kind, state, split, progress, next) in [
            (Key, S::AwaitingSign, false, 0, Some(("签收任务", "sign"))),
            (Whistle, S::AwaitingSign, false, 0, Some(("报到", "sign"))),
            (Key, S::InProgress, true, WHOLE - 1, Some(("督促下级任务，全部办结后提交", "submit"))),
            (Key, S::InProgress, true, WHOLE, Some(("督促下级任务，全部办结后提交", "submit"))),
            (Key, S::InProgress, false, WHOLE - 1, Some(("办理任务并上报进度", "progress"))),
            (Key, S::InProgress, false, WHOLE, Some(("提交审核", "submit"))),
            (Whistle, S::InProgress, false, 0, Some(("提交审核", "submit"))),
            // Who split a task reports nothing of their own.
            (Key, S::Returned, true, WHOLE, Some(("重新办理被退回的任务", "sign"))),
            (Key, S::Returned, false, WHOLE, Some(("重新办理被退回的任务", "progress"))),
            (Key, S::InReview, false, WHOLE, None),
            (Key, S::Done, false, WHOLE, None),
            (Key, S::Withdrawn, false, 0, None),
        ] {
            let expected = next.map(|(what, step)| duty(Kind::Task, what, step));
            let found = task(&listed(kind, state, split, progress));
            assert_eq!(found, expected, "{kind:?} {state:?}, split: {split}, at {progress}");
        }
    }

    #[test]
    fn what_was_handed_in_is_decided_and_what_was_called_for_is_rated() {
        for (kind, what, step) in
            [(TaskKind::Key, "审核任务", "decision"), (TaskKind::Whistle, "评价吹哨报到的办理结果", "rating")]
        {
            for state in TaskState::ALL {
                let expected = (state == TaskState::InReview).then(|| duty(Kind::Review, what, step));
                assert_eq!(review(&listed(kind, state, false, WHOLE)), expected, "{kind:?} {state:?}");
            }
        }
    }
}
