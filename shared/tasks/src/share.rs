//! What lies with a parent: what its parts say, and what those that were split come to.

use crate::{Part, Sum, Task, TaskRow, TaskState};
use dynamo::Key;
use jiff::Timestamp;
use kernel::{OrgId, TaskId};
use serde::{Deserialize, Serialize};

/// What a part says to its parent: a copy of the part, written in the same transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Share {
    /// `TSK#<parent>`
    pub pk: String,
    /// `SUB#<id>`
    pub sk: String,
    /// The part.
    pub task: TaskId,
    /// Its organisation.
    pub organization: OrgId,
    /// Its weight.
    pub weight: u8,
    /// How far it is.
    pub state: TaskState,
    /// Whether it was split itself.
    pub split: bool,
    /// What its owner reported, in basis points.
    pub progress: u16,
    /// The version of the part.
    pub version: u64,
}

impl Share {
    /// What the parts and their sums begin with; of a root's own sum it is no beginning.
    pub const START: &'static str = "SU";

    /// What `task` says to its parent, if it has one.
    #[must_use]
    pub fn of(task: &Task) -> Option<Self> {
        Some(Self {
            pk: TaskRow::partition(task.parent()?),
            sk: format!("SUB#{}", task.id),
            task: task.id,
            organization: task.organization,
            weight: task.weight,
            state: task.state,
            split: task.split,
            progress: task.progress,
            version: task.version,
        })
    }

    /// What it adds to the sum of its parent; `sum` is what its own parts come to.
    #[must_use]
    pub fn part(&self, sum: Option<Sum>) -> Part {
        let own =
            Sum { progress: self.progress, leaves: 1, done: u32::from(self.state == TaskState::Done), version: 0 };
        let mut sum = if self.split { sum.unwrap_or_default() } else { own };
        sum.version += self.version;
        Part { weight: (self.state != TaskState::Withdrawn).then_some(self.weight), sum }
    }
}

/// What the parts of a task come to, kept beside the task's own share, with its parent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SumRow {
    /// `TSK#<parent>`; of a root its own.
    pub pk: String,
    /// `SUM#<id>`; of a root `TOTAL`.
    pub sk: String,
    /// The task.
    pub of: TaskId,
    /// When it was counted.
    pub at: Timestamp,
    /// What they come to.
    #[serde(flatten)]
    pub sum: Sum,
}

impl SumRow {
    /// Where the sum of `id` is.
    #[must_use]
    pub fn key(parent: Option<TaskId>, id: TaskId) -> Key {
        match parent {
            Some(parent) => Key::new(TaskRow::partition(parent), format!("SUM#{id}")),
            None => Key::new(TaskRow::partition(id), "TOTAL"),
        }
    }

    /// The row of `sum`.
    #[must_use]
    pub fn new(parent: Option<TaskId>, id: TaskId, sum: Sum, at: Timestamp) -> Self {
        let Key { pk, sk } = Self::key(parent, id);
        Self { pk, sk, of: id, at, sum }
    }
}

/// What lies with a parent.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Piece {
    /// What a part says.
    Share(Share),
    /// What the parts of a part come to.
    Sum(SumRow),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{part, task};

    #[test]
    fn a_part_adds_its_version_and_what_it_is_itself_or_what_its_own_parts_come_to() {
        let share = Share::of(&part()).unwrap();
        let below = Sum { progress: 7_000, leaves: 3, done: 2, version: 9 };
        let own = Sum { progress: 4_000, leaves: 1, done: 0, version: 3 };
        for (state, split, weight, sum) in [
            (TaskState::InProgress, false, Some(60), own),
            (TaskState::Done, false, Some(60), Sum { done: 1, ..own }),
            (TaskState::Withdrawn, false, None, own),
            (TaskState::InProgress, true, Some(60), Sum { version: 12, ..below }),
            (TaskState::Withdrawn, true, None, Sum { version: 12, ..below }),
        ] {
            let share = Share { state, split, ..share.clone() };
            assert_eq!(share.part(Some(below)), Part { weight, sum }, "{share:?}");
        }
        let not_counted = Share { split: true, ..share };
        assert_eq!(not_counted.part(None).sum, Sum { version: 3, ..Sum::default() });
        assert_eq!(Share::of(&task()), None, "a root is no part");
    }
}
