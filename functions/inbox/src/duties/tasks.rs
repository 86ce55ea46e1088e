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
