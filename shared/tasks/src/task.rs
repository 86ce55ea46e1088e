//! A task.

use crate::{Course, Done, TaskKind, TaskState};
use jiff::Timestamp;
use kernel::{CommentId, Hand, Line, MediaId, MemberId, OrgId, PersonName, Refusal, TaskId, illegal};
use register::{Member, Node};
use serde::{Deserialize, Serialize};
use std::ops::Deref;
use utoipa::ToSchema;

/// A task, or a part of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// The task that it is a part of in the end; itself, when it is none.
    pub root: TaskId,
    /// The tasks above it, from the root down to its parent.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub above: Vec<TaskId>,
    /// The organisation that is to do it.
    pub organization: OrgId,
    /// The organisation that issued it: that of the parent, of the caller, or its own.
    pub issuer: OrgId,
    /// Of a whistle task: the organisation that called.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub caller: Option<OrgId>,
    /// Who answers for it.
    pub owner: MemberId,
    /// Their name when it was issued.
    pub owner_name: PersonName,
    /// Who answers for its parent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub parent_owner: Option<MemberId>,
    /// What it is.
    pub title: Line<100>,
    /// What it is, at length.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub detail: Option<Line<2000>>,
    /// Its weight among the parts of its parent, of 100.
    pub weight: u8,
    /// How it should go, and how far it is.
    #[serde(flatten)]
    pub course: Course,
    /// Whether it was split.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub split: bool,
    /// What its owner reported, in basis points; stays at nothing once it is split.
    pub progress: u16,
    /// Of a whistle task: what the caller rated it, 1 to 5.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rating: Option<u8>,
    /// Who issued it.
    pub issued_by: MemberId,
    /// Counts its changes.
    pub version: u64,
    /// When it was last changed, in UTC.
    pub updated_at: Timestamp,
}

impl Deref for Task {
    type Target = Course;

    fn deref(&self) -> &Course {
        &self.course
    }
}

impl Task {
    /// A root task that `hand` issues to `owner` in `place`: not signed yet, nothing of it done. Of a whistle task `caller` says
    /// who called.
    #[must_use]
    pub fn issued(
        (title, detail): (Line<100>, Option<Line<2000>>),
        place: &Node,
        owner: Member,
        caller: Option<OrgId>,
        course: Course,
        hand: Hand,
    ) -> Self {
        let id = TaskId::new(hand.at);
        Self {
            id,
            root: id,
            above: Vec::new(),
            organization: place.id,
            issuer: caller.unwrap_or(place.id),
            caller,
            owner: owner.id,
            owner_name: owner.name,
            parent_owner: None,
            title,
            detail,
            weight: 100,
            course,
            split: false,
            progress: 0,
            rating: None,
            issued_by: hand.by,
            version: 1,
            updated_at: hand.at,
        }
    }

    /// What it is a part of.
    #[must_use]
    pub fn parent(&self) -> Option<TaskId> {
        self.above.last().copied()
    }

    /// The tasks above its parts.
    #[must_use]
    pub fn line(&self) -> Vec<TaskId> {
        self.above.iter().copied().chain([self.id]).collect()
    }

    /// The same after another step.
    ///
    /// # Errors
    /// [`kernel::ErrorCode::IllegalTransition`] where the step cannot be done from here.
    pub fn stepped(&self, done: Done, at: Timestamp) -> Result<Self, Refusal> {
        let Some(state) = self.state.after(self.kind, done) else {
            let zh = format!("“{}”的任务不能{}", self.state.zh(), done.zh());
            let en = format!("a task that is {} cannot be {}", self.state.slug(), done.slug());
            return Err(illegal(zh, en));
        };
        let mut next = self.clone();
        (next.course.state, next.version, next.updated_at) = (state, self.version + 1, at);
        Ok(next)
    }

    /// Whether others have to hear what became of `old`: what is above, when it adds something else now, and what is below,
    /// when it was withdrawn.
    #[must_use]
    pub fn concerns_others(&self, old: &Self) -> bool {
        let withdrawn = |task: &Self| task.state == TaskState::Withdrawn;
        let adds = |task: &Self| (task.progress, withdrawn(task), task.state == TaskState::Done);
        (self.parent().is_some() && adds(self) != adds(old)) || (self.split && withdrawn(self) && !withdrawn(old))
    }

    /// Who sees to it that it is done, and decides whether it is: the owner of its parent, or who issued it; of a whistle
    /// task who called. Never its owner: where they issued it themselves, it is the office's business.
    #[must_use]
    pub fn superior(&self) -> Option<MemberId> {
        self.parent_owner.into_iter().chain([self.issued_by]).find(|member| *member != self.owner)
    }

    /// Whether it is a whistle task.
    #[must_use]
    pub fn is_whistle(&self) -> bool {
        self.kind == TaskKind::Whistle
    }
}

/// A line of a task's thread: something that was said, or said with a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TaskComment)]
pub struct Comment {
    /// Its id; sorts by time.
    pub id: CommentId,
    /// When, in UTC.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Who.
    pub by: MemberId,
    /// The step that it was said with.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub done: Option<Done>,
    /// What was said.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>)]
    pub text: Option<Line<500>>,
    /// The progress that was reported, in per cent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub percent: Option<u8>,
    /// Media that show it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub evidence: Vec<MediaId>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{at, course, member, part, task};
    use kernel::ErrorCode;

    #[test]
    fn a_step_changes_the_state_and_counts_as_a_change() {
        let (before, later) = (task(), at("2026-11-20T02:00:00Z"));
        let handed_in = Course { state: TaskState::InReview, ..course() };
        let after = Task { course: handed_in, version: 4, updated_at: later, ..before.clone() };
        assert_eq!(before.stepped(Done::Submitted, later), Ok(after));
        let refused = before.stepped(Done::Accepted, later).map_err(|refusal| refusal.code);
        assert_eq!(refused, Err(ErrorCode::IllegalTransition));
    }

    #[test]
    fn those_above_hear_of_what_adds_something_else_and_those_below_of_a_withdrawal() {
        use TaskState as S;
        for (of, split, old, new, concerns) in [
            (part(), false, (S::InProgress, 10), (S::InProgress, 10), false),
            (part(), false, (S::InProgress, 10), (S::InReview, 10), false),
            (part(), false, (S::InProgress, 10), (S::InProgress, 20), true),
            (part(), false, (S::InReview, 10), (S::Done, 10), true),
            (part(), false, (S::InReview, 10), (S::Withdrawn, 10), true),
            (task(), false, (S::InProgress, 10), (S::InProgress, 20), false),
            (task(), false, (S::InReview, 10), (S::Done, 10), false),
            (task(), false, (S::InProgress, 10), (S::Withdrawn, 10), false),
            (task(), true, (S::InProgress, 0), (S::InReview, 0), false),
            (task(), true, (S::InProgress, 0), (S::Withdrawn, 0), true),
            (task(), true, (S::Withdrawn, 0), (S::Withdrawn, 0), false),
        ] {
            let with = |(state, progress)| Task { course: Course { state, ..course() }, split, progress, ..of.clone() };
            let what = format!("{:?} {split} {old:?} {new:?}", of.parent());
            assert_eq!(with(new).concerns_others(&with(old)), concerns, "{what}");
        }
    }

    #[test]
    fn a_superior_is_the_owner_of_the_parent_or_who_issued_it_and_never_the_owner() {
        for (parent_owner, issued_by, superior) in
            [(Some(3), 2, Some(3)), (None, 2, Some(2)), (Some(1), 2, Some(2)), (Some(1), 1, None), (None, 1, None)]
        {
            let task = Task { parent_owner: parent_owner.map(member), issued_by: member(issued_by), ..task() };
            assert_eq!(task.superior(), superior.map(member), "{parent_owner:?} {issued_by}");
        }
    }

    #[test]
    fn a_task_knows_its_place_and_kind() {
        let (root, part) = (task(), part());
        assert_eq!((root.parent(), root.line()), (None, vec![root.id]));
        assert_eq!((part.parent(), part.line()), (Some(root.id), vec![root.id, part.id]));
        let whistle = Task { course: Course { kind: TaskKind::Whistle, ..course() }, ..task() };
        assert!(whistle.is_whistle() && !root.is_whistle());
    }
}
