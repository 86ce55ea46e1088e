//! What follows a change: the sums above it, and what is below a task that was withdrawn.
//!
//! A change commits with a mark on the task that was changed, and touches nothing above it: fifty people who report at
//! once do not meet. After the commit, the sums above are made again, level by level, from a consistent reading of the
//! parts. A sum has a version, the sum of the versions of all it is made of, and only a newer one replaces it. Whoever
//! comes last has read everything that is there, so that the last sum is right, whoever wrote it. In the end the mark is
//! removed. Where that is not reached, the mark is found by a repeated request, by the next step of the same task, or by
//! the job that calls [`Tasks::settle_marked`].

use crate::{Done, SHARDS, Share, Sum, SumRow, Task, TaskRow, TaskState, Tasks, roll_up};
use dynamo::{Activity, Actor, Change, Read, StoreError, Tries};
use jiff::Timestamp;
use kernel::TaskId;
use serde::Serialize;

/// Tasks that one transaction withdraws: each is two rows and an activity.
const TOGETHER: usize = 20;
/// Tries of what somebody else changes meanwhile.
const TRIES: u32 = 3;
/// Marks of one shard that one call looks at.
const MARKS: u16 = 200;

/// A task whose stored sum is not what its parts come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// The task.
    pub task: TaskId,
    /// What is stored.
    pub stored: Sum,
    /// What its parts come to.
    pub counted: Sum,
}

/// What a recount found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Recount {
    /// Tasks that were looked at.
    pub tasks: usize,
    /// Those whose sum is wrong; none, unless a roll-up is under way.
    pub differences: Vec<Difference>,
}

impl Tasks {
    /// Finishes what a change of the task `row` left to do, withdrawing at most `most` tasks; whether all of it is done.
    ///
    /// # Errors
    /// When a call fails; the mark stays then.
    pub async fn settle(&self, row: &TaskRow, now: Timestamp, most: usize) -> Result<bool, StoreError> {
        if row.state == TaskState::Withdrawn && row.split && !self.withdraw_below(row, now, most).await? {
            return Ok(false);
        }
        for (level, id) in row.above.iter().enumerate().rev() {
            let parent = level.checked_sub(1).and_then(|above| row.above.get(above)).copied();
            self.refresh(parent, *id, now).await?;
        }
        // Of a task that changed again, the mark is that of the later change.
        self.table
            .update_keys(TaskRow::key(row.id), row.version, &[], &[("rollup", None), ("rollupKey", None)])
            .await?;
        Ok(true)
    }

    /// Finishes what requests left to do, wherever they did; how many changes are done with. For the job that runs every few
    /// minutes: one query per shard where there is nothing to do. One that cannot be finished keeps nobody else's from it.
    /// A withdrawal that withdraws `most` tasks and is not through is the last one of the call.
    ///
    /// # Errors
    /// The first one, when a call fails; what could be done is done then.
    pub async fn settle_marked(&self, now: Timestamp, most: usize) -> Result<usize, StoreError> {
        let (mut settled, mut left, mut failed) = (0, most, None);
        for shard in 0..SHARDS {
            let found = match self.table.first::<TaskRow>(&TaskRow::marks(shard), MARKS).await {
                Ok(found) => found.items,
                Err(error) => {
                    failed.get_or_insert(error);
                    continue;
                }
            };
            for listed in found {
                match self.settle_listed(&listed, now, left).await {
                    Ok(true) => settled += 1,
                    Ok(false) => left = 0,
                    Err(error) => drop(failed.get_or_insert(error)),
                }
            }
        }
        failed.map_or(Ok(settled), Err)
    }

    /// Finishes what is left of a change that the index knows of; whether all of it is done. The index may be behind; the
    /// row is not.
    async fn settle_listed(&self, listed: &TaskRow, now: Timestamp, most: usize) -> Result<bool, StoreError> {
        let row = self.row(listed.id).await?;
        if row.rollup.is_some() { self.settle(&row, now, most).await } else { Ok(true) }
    }

    /// Makes the sum of the task `id` again, if what is stored is older.
    async fn refresh(&self, parent: Option<TaskId>, id: TaskId, now: Timestamp) -> Result<(), StoreError> {
        let stored = self.sum(parent, id).await?.map(|row| row.sum).unwrap_or_default();
        let children = self.children(id).await?;
        let sum = roll_up(children.iter().map(|child| child.share.part(child.sum)));
        if sum.version <= stored.version {
            return Ok(());
        }
        // Only less progress can bring the next look forward. Before, so that it is never left out; and afterwards, since who
        // looked at the task in between went by the old sum.
        let less = sum.progress < stored.progress;
        if less {
            self.look_earlier(id, sum.progress, now).await?;
        }
        self.table.put_newer(&SumRow::new(parent, id, sum, now), sum.version).await?;
        if less {
            self.look_earlier(id, sum.progress, now).await?;
        }
        Ok(())
    }

    /// Brings the next look at the task `id` forward to what `progress` (basis points) asks for.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn look_earlier(&self, id: TaskId, progress: u16, now: Timestamp) -> Result<(), StoreError> {
        for _ in 0..TRIES {
            let row = self.row(id).await?;
            let next = row.next_at(progress, now).map(|at| TaskRow::next_keys(&row, at));
            let Some((next, known)) = next.zip(row.next_key.as_ref()) else { return Ok(()) };
            if next.1 >= *known || self.look_again(&row, progress, now).await? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Notes when to look again at the task `row`, which has `progress` (basis points) at `now`; whether it was still as
    /// it was read. Who looks at what is due in an hour calls this for each when done with it.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn look_again(&self, row: &TaskRow, progress: u16, now: Timestamp) -> Result<bool, StoreError> {
        if row.news {
            // It stays due until it is told.
            return Ok(true);
        }
        let (slot, key) = TaskRow::next(row, progress, now);
        let expected: Vec<_> = row.next_key.iter().map(|known| ("nextKey", known.as_str())).collect();
        let values = [("nextSlot", slot.as_deref()), ("nextKey", key.as_deref())];
        self.table.update_keys(TaskRow::key(row.id), row.version, &expected, &values).await
    }

    /// Withdraws what is below `top` and open, at most `most` tasks; whether all of it is. Again, it goes on where it was.
    async fn withdraw_below(&self, top: &TaskRow, now: Timestamp, most: usize) -> Result<bool, StoreError> {
        let mut left = most;
        let mut ways = vec![(top.parent(), top.id)];
        while let Some((parent, id)) = ways.pop() {
            let shares = self.children(id).await?.into_iter().map(|child| child.share);
            let (open, over): (Vec<Share>, Vec<Share>) = shares.partition(|share| share.state.is_open());
            let below = over.iter().filter(|share| share.split && share.state == TaskState::Withdrawn);
            ways.extend(below.map(|share| (Some(id), share.task)));
            for some in open.chunks(TOGETHER) {
                if left < some.len() {
                    return Ok(false);
                }
                left -= some.len();
                let split = self.withdraw(some.iter().map(|share| share.task).collect(), top.id, now).await?;
                ways.extend(split.into_iter().map(|task| (Some(id), task)));
            }
            self.refresh(parent, id, now).await?;
        }
        Ok(true)
    }

    /// Withdraws these tasks because `top` was; which of them were split.
    async fn withdraw(&self, tasks: Vec<TaskId>, top: TaskId, now: Timestamp) -> Result<Vec<TaskId>, StoreError> {
        let mut tries = Tries::new(TRIES);
        loop {
            let keys = tasks.iter().map(|id| TaskRow::key(*id)).collect();
            let rows: Vec<TaskRow> = self.table.get_all(keys, Read::Consistent).await?;
            let split = rows.iter().filter(|row| row.split && row.state != TaskState::Done).map(|row| row.id).collect();
            let (mut change, mut activities) = (Change::new(), Vec::new());
            for row in rows.iter().filter(|row| row.state.is_open()) {
                let new: Task = row.stepped(Done::Withdrawn, now)?;
                // What is below and above is seen to by who withdraws the whole.
                let fresh = TaskRow::new(new.clone(), row.path.clone(), new.progress, now, false);
                let fresh = fresh.following(row, new.progress, now);
                change = self.put_row(change, row, &fresh);
                if let Some(share) = Share::of(&new) {
                    change = change.overwrite(&self.table, &share);
                }
                let actor = Actor::job("task-withdrawal");
                let told = Activity::new(now, actor, "task.withdrawn", new.organization, new.id.to_string());
                activities.push(told.stating("with", top).stating("version", new.version));
            }
            if change.is_empty() {
                return Ok(split);
            }
            match self.ledger.carry_out(change, activities).await {
                // Somebody was at one of them; what is there now decides.
                Err(error) if error.is_conflict() && tries.again() => {}
                outcome => return outcome.map(|()| split),
            }
        }
    }

    /// Counts the whole tree of `root` again, from those that are not split upwards, and compares.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn recount(&self, root: TaskId) -> Result<Recount, StoreError> {
        let mut recount = Recount { tasks: 1, differences: Vec::new() };
        if self.row(root).await?.split {
            Box::pin(self.count(None, root, &mut recount)).await?;
        }
        Ok(recount)
    }

    async fn count(&self, parent: Option<TaskId>, id: TaskId, recount: &mut Recount) -> Result<Sum, StoreError> {
        let stored = self.sum(parent, id).await?.map(|row| row.sum);
        let mut parts = Vec::new();
        for child in self.children(id).await? {
            recount.tasks += 1;
            let below = if child.share.split {
                Some(Box::pin(self.count(Some(id), child.share.task, recount)).await?)
            } else {
                None
            };
            parts.push(child.share.part(below));
        }
        let counted = roll_up(parts);
        // A step that adds nothing, such as signing, makes no new sum.
        let same = |sum: Sum| (sum.progress, sum.done) == (counted.progress, counted.done);
        if !stored.map_or_else(|| same(Sum::default()), same) {
            recount.differences.push(Difference { task: id, stored: stored.unwrap_or_default(), counted });
        }
        Ok(counted)
    }
}
