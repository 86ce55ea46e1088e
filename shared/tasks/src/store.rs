//! Where tasks are kept.
//!
//! | pattern | request | units |
//! |--|--|--|
//! | a task | `GetItem` `TSK#id`/`TSK`, consistent | 1 |
//! | its parts with their sums | `Query` `TSK#id`, `SU…`, consistent | 1 per 4 KB, at most 80 rows |
//! | what its parts come to | `GetItem` `TSK#parent`/`SUM#id`, of a root `TSK#id`/`TOTAL` | 0.5, consistent 1 |
//! | its thread | `Query` `TSK#id`, `cmt_…` | 0.5 per 4 KB |
//! | a step | one `TransactWriteItems`: task, share, line of the thread | 2 per row and KB, 1 or 2 per index |
//! | rolling it up, per level | `GetItem`, `Query`, `PutItem` where it is newer | 1, 1 per 4 KB, 1 |
//! | what is to be looked at in an hour | `Query` index `next`, once per shard | 0.5 per 4 KB |
//! | what a person answers for in a year | `Query` index `person`, open ones and those done with | 0.5 per 4 KB each |
//! | what a job found due | `BatchGetItem`, consistent: tasks, sums of those that were split | 1 per row |
//! | changes that what is above has not heard of | `Query` index `rollup` | 0.5 per 4 KB |
//! | trees in which something changed since a day | `Query` index `changed`, once per shard | 0.5 per 4 KB: some 20 tasks |

use crate::{CommentRow, Listed, Piece, Share, Sum, SumRow, Task, TaskRow};
use cloud::Environment;
use dynamo::{Change, Found, Key, Ledger, Read, StoreError, Stretch, Table};
use jiff::{Timestamp, civil::Date};
use kernel::{ErrorCode, MemberId, MissingSetting, Refusal, TaskId, instant_key};
use std::collections::{BTreeSet, HashMap};

/// A part of a task as its parent sees it.
#[derive(Debug, Clone)]
pub struct Child {
    /// What it says.
    pub share: Share,
    /// What its own parts come to.
    pub sum: Option<Sum>,
}

impl Child {
    /// Its progress in basis points.
    #[must_use]
    pub fn progress(&self) -> u16 {
        self.share.part(self.sum).sum.progress
    }
}

/// The table of tasks.
#[derive(Debug, Clone)]
pub struct Tasks {
    pub(crate) table: Table,
    pub(crate) ledger: Ledger,
}

impl Tasks {
    /// Rows that a task's parts and their sums come to, at most.
    const PIECES: u16 = 400;
    /// Tasks that changed of one request.
    const CHANGED: u16 = 10_000;

    /// Over the table that `TASKS_TABLE` names; what it does by itself it writes down in `ledger`.
    ///
    /// # Errors
    /// When the setting is missing.
    pub fn open(env: &Environment, ledger: Ledger) -> Result<Self, MissingSetting> {
        Ok(Self { table: Table::open(env, "TASKS_TABLE")?, ledger })
    }

    /// The table itself.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The task `id`, as it is now.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] when there is none; or when the call fails.
    pub async fn row(&self, id: TaskId) -> Result<TaskRow, StoreError> {
        let row = self.table.get(TaskRow::key(id), Read::Consistent).await?;
        row.ok_or_else(|| Refusal::new(ErrorCode::NotFound).into())
    }

    /// The parts of the task `id`, as they are now, in the order of their ids.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn children(&self, id: TaskId) -> Result<Vec<Child>, StoreError> {
        let stretch = Stretch::beginning(TaskRow::partition(id), Share::START).consistent();
        let found: Found<Piece> = self.table.first(&stretch, Self::PIECES).await?;
        let (mut children, mut sums) = (Vec::new(), HashMap::new());
        for piece in found.items {
            match piece {
                Piece::Share(share) => children.push(Child { share, sum: None }),
                Piece::Sum(row) => drop(sums.insert(row.of, row.sum)),
            }
        }
        for child in &mut children {
            child.sum = sums.remove(&child.share.task);
        }
        Ok(children)
    }

    /// What the parts of a task came to when they were last counted.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn sum(&self, parent: Option<TaskId>, id: TaskId) -> Result<Option<SumRow>, StoreError> {
        self.table.get(SumRow::key(parent, id), Read::Consistent).await
    }

    /// The progress of `task` as it was last counted, in basis points.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn progress(&self, task: &Task) -> Result<u16, StoreError> {
        if !task.split {
            return Ok(task.progress);
        }
        Ok(self.sum(task.parent(), task.id).await?.map_or(0, |row| row.sum.progress))
    }

    /// Adds `task` with what it says to its parent; its owner is told of it.
    #[must_use]
    pub fn enter(&self, change: Change, row: &TaskRow) -> Change {
        let change = change.insert(&self.table, &row.clone().with_news(), ErrorCode::Conflict);
        match Share::of(row) {
            Some(share) => change.insert(&self.table, &share, ErrorCode::Conflict),
            None => change,
        }
    }

    /// Turns `old` into `new`, which has `progress` (basis points), if nobody changed it since it was read, nor told anybody
    /// of it.
    #[must_use]
    pub fn change(&self, change: Change, old: &TaskRow, new: &Task, (progress, now): (u16, Timestamp)) -> Change {
        let marked = new.concerns_others(old) || old.rollup.is_some();
        let row = TaskRow::new(new.clone(), old.path.clone(), progress, now, marked).following(old, progress, now);
        let change = self.put_row(change, old, &row);
        match Share::of(new) {
            Some(share) => change.overwrite(&self.table, &share),
            None => change,
        }
    }

    /// Puts `new` in the place of `old`, as far as it is as it was read: with its version, and with the key of its next look,
    /// which every telling changes. So nothing that was told is forgotten, and told again.
    pub(crate) fn put_row(&self, change: Change, old: &TaskRow, new: &TaskRow) -> Change {
        let expected = [("nextKey", old.next_key.as_deref())];
        change.replace_as_read(&self.table, new, (old.version, &expected))
    }

    /// Adds a line to the thread of a task.
    #[must_use]
    pub fn say(&self, change: Change, line: &CommentRow) -> Change {
        change.insert(&self.table, line, ErrorCode::Conflict)
    }

    /// The thread of a task, latest first.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn thread(&self, id: TaskId, after: Option<&str>, limit: u16) -> Result<Found<CommentRow>, StoreError> {
        let stretch = Stretch::beginning(TaskRow::partition(id), "cmt_").descending();
        self.table.page(&stretch, after, limit).await
    }

    /// Progress of listed tasks, in basis points; of those that were split as it was last counted.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn progress_of(&self, listed: &[Listed]) -> Result<HashMap<TaskId, u16>, StoreError> {
        let keys: Vec<Key> = listed.iter().filter(|task| task.split).map(Listed::sum).collect();
        let rows: Vec<SumRow> = self.table.get_all(keys, Read::Eventual).await?;
        let own = listed.iter().map(|task| (task.id, task.progress));
        Ok(own.chain(rows.into_iter().map(|row| (row.of, row.sum.progress))).collect())
    }

    /// Those of the tasks `ids` that there are, as they are now, in no order.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn rows(&self, ids: &BTreeSet<TaskId>) -> Result<Vec<TaskRow>, StoreError> {
        self.table.get_all(ids.iter().map(|id| TaskRow::key(*id)).collect(), Read::Consistent).await
    }

    /// Progress of the tasks `rows`, in basis points; of those that were split as it was last counted.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn progress_now(&self, rows: &[TaskRow]) -> Result<HashMap<TaskId, u16>, StoreError> {
        let split = rows.iter().filter(|row| row.split);
        let keys: Vec<Key> = split.map(|row| SumRow::key(row.parent(), row.id)).collect();
        let sums: Vec<SumRow> = self.table.get_all(keys, Read::Consistent).await?;
        let own = rows.iter().map(|row| (row.id, row.progress));
        Ok(own.chain(sums.into_iter().map(|row| (row.of, row.sum.progress))).collect())
    }

    /// All open tasks of a person, as the index has them, at most `most`.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn open_of(&self, owner: MemberId, most: u16) -> Result<Vec<Listed>, StoreError> {
        Ok(self.table.first(&TaskRow::of_person(owner, true), most).await?.items)
    }

    /// Tasks of a person whose limit is at the first instant or later and before the second one, those that are done with among
    /// them, as the index has them, at most `most` of either.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn due_between(
        &self,
        owner: MemberId,
        (from, until): (Timestamp, Timestamp),
        most: u16,
    ) -> Result<Vec<Listed>, StoreError> {
        let between = |open| {
            let mut stretch = TaskRow::of_person(owner, open);
            (stretch.from, stretch.until) = (instant_key(from), instant_key(until));
            stretch
        };
        let open: Found<Listed> = self.table.first(&between(true), most).await?;
        let mut all: Found<Listed> = self.table.first(&between(false), most).await?;
        // One that was done in between is in both.
        let done: BTreeSet<TaskId> = all.items.iter().map(|task| task.id).collect();
        all.items.extend(open.items.into_iter().filter(|task| !done.contains(&task.id)));
        Ok(all.items)
    }

    /// All tasks that wait for the decision of a person, as the index has them, at most `most`.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn to_review(&self, reviewer: MemberId, most: u16) -> Result<Vec<Listed>, StoreError> {
        Ok(self.table.first(&TaskRow::for_review(reviewer), most).await?.items)
    }

    /// The roots of the trees of one shard in which anything changed on the day `from` in Shanghai or later. The index may be
    /// behind by a moment.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn changed_roots(&self, shard: u8, from: Date) -> Result<BTreeSet<TaskId>, StoreError> {
        #[derive(serde::Deserialize)]
        struct Changed {
            root: TaskId,
        }
        let stretch = TaskRow::changed_since(shard, from);
        let (mut roots, mut after) = (BTreeSet::new(), None);
        loop {
            let page: Found<Changed> = self.table.page(&stretch, after.as_deref(), Self::CHANGED).await?;
            roots.extend(page.items.into_iter().map(|changed| changed.root));
            after = page.after;
            if after.is_none() {
                return Ok(roots);
            }
        }
    }

    /// Whether anything in the tree of `root` is changed and not yet rolled up. The index may be behind by a moment.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn is_pending(&self, root: TaskId) -> Result<bool, StoreError> {
        let found: Found<serde_json::Value> = self.table.page(&TaskRow::marks_below(root), None, 1).await?;
        Ok(!found.items.is_empty())
    }
}
