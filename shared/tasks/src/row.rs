//! Tasks as they are stored, with the keys of their indexes.

use crate::{Colour, Comment, Course, SumRow, Task, TaskState, Warning};
use dynamo::{Key, Stretch};
use jiff::{Timestamp, civil::Date};
use kernel::{MemberId, OrgId, OrgPath, PersonName, TaskId, instant_key, shanghai_day};
use register::MemberRow;
use serde::{Deserialize, Serialize};
use std::ops::Deref;

/// Partitions that what a job looks for is spread over.
pub const SHARDS: u8 = 8;

/// The partition of what belongs to `id`: always the same, and spread evenly, for the end of an id is random.
#[must_use]
pub fn shard(id: &impl ToString) -> u8 {
    id.to_string().bytes().rev().take(4).fold(0_u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte)) % SHARDS
}

/// A task as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskRow {
    /// `TSK#<id>`
    pub pk: String,
    /// `TSK`
    pub sk: String,
    /// The path of the organisation: a copy for lists, brought up to date after a move.
    pub path: OrgPath,
    /// Index `place`: the district, and whether the task is open.
    pub area: String,
    /// Index `place`: path and id.
    pub place: String,
    /// Index `person`: the owner, and whether the task is open.
    pub desk: String,
    /// Index `person`: the limit and the id.
    pub desk_key: String,
    /// Index `review`, in the order of `desk_key`: who decides about it, while it waits for that.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reviewer: Option<MemberId>,
    /// Index `next`: the hour in which to look at it again, and the owner's shard; while it awaits its owner or has news.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next_slot: Option<String>,
    /// Index `next`: owner, instant and id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next_key: Option<String>,
    /// Index `rollup`: the shard of the root, while what is above has not heard of a change.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rollup: Option<String>,
    /// Index `rollup`: root and id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rollup_key: Option<String>,
    /// Index `changed`: the shard of the root, once what is above had to hear of a change.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub changed_shard: Option<String>,
    /// Index `changed`: the day in Shanghai of the last such change, root and id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub changed_key: Option<String>,
    /// Whether its state changed and those concerned were not told yet.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub news: bool,
    /// Its last warning. Neither this nor `news` counts as a change of the task.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub warning: Option<Warning>,
    /// The task; its `root`, `caller` and `id` are the keys of indexes `tree` and `calls`.
    #[serde(flatten)]
    pub task: Task,
}

impl Deref for TaskRow {
    type Target = Task;

    fn deref(&self) -> &Task {
        &self.task
    }
}

impl TaskRow {
    /// What the sort key of a task is.
    pub const TASK: &'static str = "TSK";

    /// The row of `task`, whose organisation is at `path`, with `progress` (basis points) as it was at `now`; `marked` when what
    /// is above has to hear of it.
    #[must_use]
    pub fn new(task: Task, path: OrgPath, progress: u16, now: Timestamp, marked: bool) -> Self {
        let Key { pk, sk } = Self::key(task.id);
        let open = task.state.is_open();
        let (next_slot, next_key) = Self::next(&task, progress, now);
        Self {
            pk,
            sk,
            area: MemberRow::area(&path, open),
            place: format!("{path}{}", task.id),
            desk: Self::desk(task.owner, open),
            desk_key: format!("{}#{}", instant_key(task.limit()), task.id),
            reviewer: task.superior().filter(|_| task.state == TaskState::InReview),
            next_slot,
            next_key,
            rollup: marked.then(|| Self::rollup(shard(&task.root))),
            rollup_key: marked.then(|| format!("{}#{}", task.root, task.id)),
            changed_shard: marked.then(|| Self::changed(shard(&task.root))),
            changed_key: marked.then(|| format!("{}#{}#{}", shanghai_day(now), task.root, task.id)),
            news: false,
            warning: None,
            path,
            task,
        }
    }

    /// The same with news of its last change: due at once, whoever it waits for.
    #[must_use]
    pub fn with_news(self) -> Self {
        let (slot, key) = Self::next_keys(&self.task, self.task.updated_at);
        Self { news: true, next_slot: Some(slot), next_key: Some(key), ..self }
    }

    /// What `old` is after it became `self`: with the news of both, the day of the last change that others hear of, and the
    /// warning, unless that is over at `now` with `progress`.
    pub(crate) fn following(self, old: &Self, progress: u16, now: Timestamp) -> Self {
        let heard = self.state != old.state && self.state.is_heard_of();
        let over = !self.state.awaits_owner() || self.colour(progress, now) == Colour::Green;
        let warning = old.warning.clone().map(|known| if over { known.closed(now) } else { known });
        let mut next = Self { warning, ..self };
        if next.changed_key.is_none() {
            (next.changed_shard, next.changed_key) = (old.changed_shard.clone(), old.changed_key.clone());
        }
        if heard || old.news { next.with_news() } else { next }
    }

    /// Whether it is to be looked at by `now`.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.next_key.as_deref().is_some_and(|key| Self::is_key_due(key, now))
    }

    /// Whether what has this key in index `next` is to be looked at by `now`.
    #[must_use]
    pub fn is_key_due(key: &str, now: Timestamp) -> bool {
        key.split('#').nth(1).is_some_and(|at| *at <= *instant_key(now))
    }

    /// Index `next`: what is to be looked at in the hour of `at`, for the owners of one shard.
    #[must_use]
    pub fn next_in(at: Timestamp, shard: u8) -> Stretch {
        Stretch::whole(Self::slot(at, shard)).of_index("next", "nextSlot", "nextKey")
    }

    /// Index `person`: open tasks of `owner`, or those that are done with, by their limits.
    #[must_use]
    pub fn of_person(owner: MemberId, open: bool) -> Stretch {
        Stretch::whole(Self::desk(owner, open)).of_index("person", "desk", "deskKey")
    }

    /// Index `review`: tasks that wait for the decision of `reviewer`, by their limits.
    #[must_use]
    pub fn for_review(reviewer: MemberId) -> Stretch {
        Stretch::whole(reviewer.to_string()).of_index("review", "reviewer", "deskKey")
    }

    /// The key of the task `id`.
    #[must_use]
    pub fn key(id: TaskId) -> Key {
        Key::new(Self::partition(id), Self::TASK)
    }

    /// Where the task `id` is, with its thread and its parts.
    #[must_use]
    pub fn partition(id: TaskId) -> String {
        format!("TSK#{id}")
    }

    /// Where it is counted how many tasks the tree of `root` has.
    #[must_use]
    pub fn size(root: TaskId) -> Key {
        Key::new(Self::partition(root), "SIZE")
    }

    /// Index `person`: where the open tasks of `owner` are, or those that are done with.
    #[must_use]
    pub fn desk(owner: MemberId, open: bool) -> String {
        if open { owner.to_string() } else { format!("PAST{owner}") }
    }

    /// Index `next`: slot and key of `task` with `progress` (basis points) at `now`; none when it does not await its owner.
    #[must_use]
    pub fn next(task: &Task, progress: u16, now: Timestamp) -> (Option<String>, Option<String>) {
        task.next_at(progress, now).map(|at| Self::next_keys(task, at)).unzip()
    }

    /// Index `next`: slot and key of `task`, which is to be looked at again at `at`. All of one person in one slot is together.
    #[must_use]
    pub fn next_keys(task: &Task, at: Timestamp) -> (String, String) {
        (Self::slot(at, shard(&task.owner)), format!("{}#{}#{}", task.owner, instant_key(at), task.id))
    }

    /// Index `next`: where what is to be looked at in the hour (UTC) of `at` is, for the owners of one shard.
    #[must_use]
    pub fn slot(at: Timestamp, shard: u8) -> String {
        format!("{}#{shard}", at.strftime("%Y-%m-%dT%H"))
    }

    /// Index `rollup`: where the marks of one shard are.
    #[must_use]
    pub fn rollup(shard: u8) -> String {
        format!("ROLLUP#{shard}")
    }

    /// Index `rollup`: marks in the tree of `root`.
    #[must_use]
    pub fn marks_below(root: TaskId) -> Stretch {
        let stretch = Stretch::beginning(Self::rollup(shard(&root)), &format!("{root}#"));
        stretch.of_index("rollup", "rollup", "rollupKey")
    }

    /// Index `rollup`: marks of one shard.
    #[must_use]
    pub fn marks(shard: u8) -> Stretch {
        Stretch::whole(Self::rollup(shard)).of_index("rollup", "rollup", "rollupKey")
    }

    /// Index `changed`: where the changes of one shard are.
    fn changed(shard: u8) -> String {
        format!("CHANGED#{shard}")
    }

    /// Index `changed`: tasks of one shard that changed on the day `from` in Shanghai or later, so that others had to hear of it.
    #[must_use]
    pub fn changed_since(shard: u8, from: Date) -> Stretch {
        let mut stretch = Stretch::whole(Self::changed(shard)).of_index("changed", "changedShard", "changedKey");
        stretch.from = from.to_string();
        stretch
    }

    /// Index `tree`: all tasks of the tree of `root`.
    #[must_use]
    pub fn tree(root: TaskId) -> Stretch {
        Stretch::whole(root.to_string()).of_index("tree", "root", "id")
    }
}

/// A line of a thread as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CommentRow {
    /// `TSK#<task>`
    pub pk: String,
    /// The id.
    pub sk: String,
    /// The line.
    #[serde(flatten)]
    pub comment: Comment,
}

impl CommentRow {
    /// The row of `comment` on `task`.
    #[must_use]
    pub fn new(task: TaskId, comment: Comment) -> Self {
        Self { pk: TaskRow::partition(task), sk: comment.id.to_string(), comment }
    }
}

/// What indexes carry of a task: enough for lists, boards and colours.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Listed {
    /// The task.
    pub id: TaskId,
    /// Its root.
    pub root: TaskId,
    /// The tasks above it.
    #[serde(default)]
    pub above: Vec<TaskId>,
    /// Its organisation.
    pub organization: OrgId,
    /// Who called.
    pub caller: Option<OrgId>,
    /// Who answers for it.
    pub owner: MemberId,
    /// Their name.
    pub owner_name: PersonName,
    /// What it is.
    pub title: kernel::Line<100>,
    /// How it should go, and how far it is.
    #[serde(flatten)]
    pub course: Course,
    /// Whether it was split.
    #[serde(default)]
    pub split: bool,
    /// What its owner reported, in basis points.
    pub progress: u16,
    /// Its version.
    pub version: u64,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Listed {
    /// Where the sum of its parts is.
    #[must_use]
    pub fn sum(&self) -> Key {
        SumRow::key(self.above.last().copied(), self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Share,
        tests::{at, course, task},
    };
    use jiff::SignedDuration;

    /// The row of a task in `state` that has `progress` (basis points) on 2026-11-19, when two thirds are planned.
    fn row(state: TaskState, progress: u16) -> TaskRow {
        let task = Task { course: Course { state, ..course() }, progress, ..task() };
        let (path, now) = (OrgPath::root(task.organization), task.updated_at);
        TaskRow::new(task, path, progress, now, false)
    }

    #[test]
    fn a_row_is_due_from_the_second_of_its_next_look_on() {
        let second = SignedDuration::from_secs(1);
        // Three working days before the limit, while it awaits its owner; its last change, whoever it awaits, with news.
        let (near, changed) = (at("2026-11-23T16:00:00Z"), at("2026-11-19T02:00:00Z"));
        for (row, news, next, hour) in [
            (row(TaskState::InProgress, 10_000), false, near, "2026-11-23T16"),
            (row(TaskState::InProgress, 10_000).with_news(), true, changed, "2026-11-19T02"),
            (row(TaskState::InReview, 10_000).with_news(), true, changed, "2026-11-19T02"),
        ] {
            assert!(row.is_due(next) && row.is_due(next + second) && !row.is_due(next - second), "{next}");
            let slot = format!("{hour}#{}", shard(&row.owner));
            let key = format!("{}#{next}#{}", row.owner, row.id);
            assert_eq!((row.news, row.next_slot, row.next_key), (news, Some(slot), Some(key)));
        }
        let waits = row(TaskState::InReview, 10_000);
        assert!(!waits.is_due(near));
        assert_eq!((waits.next_slot, waits.next_key), (None, None));
        assert!(!TaskRow::is_key_due("", near));
    }

    #[test]
    fn news_comes_with_a_state_that_is_heard_of_and_stays_until_it_is_told() {
        use TaskState as S;
        for (old, untold, new, news) in [
            (S::InProgress, false, S::InReview, true),
            (S::InReview, false, S::Returned, true),
            (S::AwaitingSign, false, S::InProgress, false),
            (S::Returned, false, S::Returned, false),
            (S::AwaitingSign, true, S::InProgress, true),
            (S::Returned, true, S::Returned, true),
        ] {
            let old_row = TaskRow { news: untold, ..row(old, 10_000) };
            let after = row(new, 10_000).following(&old_row, 10_000, old_row.updated_at);
            assert_eq!(after.news, news, "{old:?} {untold} {new:?}");
        }
    }

    #[test]
    fn a_warning_is_over_when_the_task_is_green_or_does_not_await_its_owner() {
        let known = Warning::next(None, Colour::Red, at("2026-11-18T02:00:00Z")).0.unwrap();
        let before = TaskRow { warning: Some(known.clone()), ..row(TaskState::InProgress, 0) };
        let now = before.updated_at;
        for (state, progress, colour, over) in [
            (TaskState::InProgress, 0, Colour::Red, false),
            (TaskState::InProgress, 10_000, Colour::Green, true),
            (TaskState::InReview, 0, Colour::Red, true),
            (TaskState::Done, 10_000, Colour::Green, true),
        ] {
            let after = row(state, progress).following(&before, progress, now);
            let warning = if over { known.clone().closed(now) } else { known.clone() };
            assert_eq!((after.colour(progress, now), after.warning), (colour, Some(warning)), "{state:?} {progress}");
        }
    }

    #[test]
    fn shards_are_used_evenly_and_keys_of_a_root_are_no_parts() {
        let mut used = [0_u32; SHARDS as usize];
        for n in 0..8_000_u32 {
            let (mut random, bytes) = ([0; 10], n.wrapping_mul(2_654_435_761).to_be_bytes().repeat(3));
            random.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
            used[usize::from(shard(&MemberId::from_bytes(u64::from(n), random)))] += 1;
        }
        assert!(used.iter().all(|n| (700..1_300).contains(n)), "{used:?}");
        let id = TaskId::from_bytes(1, [1; 10]);
        let is_part = |key: Key| key.sk.starts_with(Share::START);
        assert!(!is_part(SumRow::key(None, id)) && is_part(SumRow::key(Some(id), id)) && !is_part(TaskRow::size(id)));
    }
}
