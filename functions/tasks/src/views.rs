//! Tasks as clients see them. Progress is in basis points, hundredths of a per cent, so that roll-ups are exact.

use jiff::{Timestamp, civil::Date};
use kernel::{Line, MemberId, OrgId, PersonName, TaskId};
use serde::Serialize;
use task_records::{Child, Colour, Listed, Point, Sum, SumRow, Task, TaskKind, TaskState, Warning};
use utoipa::ToSchema;

/// The open warning of a task.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TaskWarning)]
struct WarningView {
    /// The colour that its owner was warned of.
    colour: Colour,
    /// Since when it has this colour.
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    /// Whether the superior was told that nobody answered.
    escalated: bool,
}

/// A task.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Task)]
pub(crate) struct TaskView<'a> {
    id: TaskId,
    kind: TaskKind,
    root: TaskId,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<TaskId>,
    /// The organisation that is to do it.
    organization: OrgId,
    /// The organisation that issued it.
    issuer: OrgId,
    /// Of a whistle task: who called.
    #[serde(skip_serializing_if = "Option::is_none")]
    caller: Option<OrgId>,
    owner: MemberId,
    /// Their name when it was issued.
    owner_name: &'a PersonName,
    #[schema(value_type = String)]
    title: &'a Line<100>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    detail: Option<&'a Line<2000>>,
    /// Its weight among the parts of its parent, of 100.
    weight: u8,
    state: TaskState,
    colour: Colour,
    /// Progress in basis points; of a task that was split what its parts came to when they were last counted.
    progress: u16,
    /// Planned progress at this moment, in basis points.
    planned: u16,
    /// Whether it was split.
    split: bool,
    #[schema(value_type = String, format = Date)]
    starts_on: Date,
    /// This instant is in time.
    #[schema(value_type = String, format = DateTime)]
    due_at: Timestamp,
    /// Of a whistle task: until when the department arrives.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    arrive_by: Option<Timestamp>,
    plan: &'a [Point],
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    submitted_at: Option<Timestamp>,
    /// Of a whistle task: what the caller rated it, 1 to 5.
    #[serde(skip_serializing_if = "Option::is_none")]
    rating: Option<u8>,
    /// Its open warning; only where the task is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    warning: Option<WarningView>,
    version: u64,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

impl<'a> TaskView<'a> {
    /// `task` with `progress` at `now`.
    pub(crate) fn of(task: &'a Task, progress: u16, now: Timestamp) -> Self {
        Self {
            id: task.id,
            kind: task.kind,
            root: task.root,
            parent: task.parent(),
            organization: task.organization,
            issuer: task.issuer,
            caller: task.caller,
            owner: task.owner,
            owner_name: &task.owner_name,
            title: &task.title,
            detail: task.detail.as_ref(),
            weight: task.weight,
            state: task.state,
            colour: task.colour(progress, now),
            progress,
            planned: task.planned(now),
            split: task.split,
            starts_on: task.starts_on,
            due_at: task.due_at,
            arrive_by: task.arrive_by,
            plan: &task.plan,
            submitted_at: task.submitted_at,
            rating: task.rating,
            warning: None,
            version: task.version,
            updated_at: task.updated_at,
        }
    }

    /// The same with its warning, if that is open.
    pub(crate) fn warned(self, warning: Option<&Warning>) -> Self {
        let open = warning.filter(|known| known.is_open());
        let view = |known: &Warning| WarningView {
            colour: known.colour,
            since: known.at,
            escalated: known.escalated_at.is_some(),
        };
        Self { warning: open.map(view), ..self }
    }
}

/// A task as lists show it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TaskSummary)]
pub(crate) struct Summary {
    id: TaskId,
    kind: TaskKind,
    root: TaskId,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<TaskId>,
    organization: OrgId,
    #[serde(skip_serializing_if = "Option::is_none")]
    caller: Option<OrgId>,
    owner: MemberId,
    owner_name: PersonName,
    #[schema(value_type = String)]
    title: Line<100>,
    state: TaskState,
    colour: Colour,
    /// In basis points.
    progress: u16,
    split: bool,
    #[schema(value_type = String, format = DateTime)]
    due_at: Timestamp,
    version: u64,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

impl Summary {
    /// `task` with `progress` at `now`.
    pub(crate) fn of(task: Listed, progress: u16, now: Timestamp) -> Self {
        Self {
            id: task.id,
            kind: task.course.kind,
            root: task.root,
            parent: task.above.last().copied(),
            organization: task.organization,
            caller: task.caller,
            owner: task.owner,
            owner_name: task.owner_name,
            title: task.title,
            state: task.course.state,
            colour: task.course.colour(progress, now),
            progress,
            split: task.split,
            due_at: task.course.due_at,
            version: task.version,
            updated_at: task.updated_at,
        }
    }
}

/// What the parts of a task come to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TaskRollup)]
pub(crate) struct Rollup {
    task: TaskId,
    /// Σ weight × progress ÷ Σ weight over the parts that are not withdrawn, in basis points, as they are now.
    progress: u16,
    /// Parts that are not split further, wherever they are below, without those that were withdrawn.
    leaves: u32,
    /// Those of them that are done.
    done: u32,
    parts: Vec<RollupPart>,
    /// Whether a change somewhere in the tree is not in the figures yet.
    pending: bool,
    /// When the figures were right: now, or when they were last counted where something is pending.
    #[schema(value_type = String, format = DateTime)]
    as_of: Timestamp,
}

/// A part of a task.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TaskRollupPart)]
struct RollupPart {
    task: TaskId,
    organization: OrgId,
    weight: u8,
    state: TaskState,
    /// In basis points.
    progress: u16,
}

impl Rollup {
    /// What the parts `children` of `task` come to: `sum`, which was last stored as `stored`.
    pub(crate) fn of(
        task: &Task,
        (sum, children): (Sum, &[Child]),
        stored: Option<&SumRow>,
        (pending, now): (bool, Timestamp),
    ) -> Self {
        let part = |child: &Child| RollupPart {
            task: child.share.task,
            organization: child.share.organization,
            weight: child.share.weight,
            state: child.share.state,
            progress: child.progress(),
        };
        Self {
            task: task.id,
            progress: sum.progress,
            leaves: sum.leaves,
            done: sum.done,
            parts: children.iter().map(part).collect(),
            pending,
            as_of: if pending { stored.map_or(task.updated_at, |row| row.at) } else { now },
        }
    }
}
