//! One run of `task-warnings.recount`: the sums of each tree in which something changed are counted again.
//!
//! It mends nothing. A sum that is wrong after what requests left is rolled up would be wrong for good, and wrong for a reason:
//! the run fails, somebody looks, and the next runs find it again as long as it is there.

use crate::{
    App, Report,
    store::{Place, Recounting},
    work::leave,
};
use dynamo::StoreError;
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp, civil::Date};
use kernel::{ErrorCode, Refusal, TaskId};
use std::collections::BTreeSet;
use task_records::{Recount, SHARDS};

/// How long a run begins new trees; less than the timeout of the function.
const LASTING: SignedDuration = SignedDuration::from_mins(13);
/// Trees that are counted at the same time.
const AT_ONCE: usize = 10;
/// Tasks that finishing a withdrawal withdraws at most.
const WITHDRAWN: usize = 4_000;
/// Trees that are not in order of which the next run is told; of more than these the log has the rest.
const AGAIN: usize = 100;
/// Tries of a tree that changes meanwhile.
const TRIES: usize = 5;

/// Everything that changed since it was last gone through; the run is due on `day`. What was not in order then is counted first, and
/// in each run until it is.
pub(crate) async fn all(app: &App, day: Date, report: &mut Report) -> Result<(), StoreError> {
    let began = app.clock.now();
    // What requests left is no difference: no run of the day would have waited for it.
    match Box::pin(app.store.tasks.settle_marked(began, WITHDRAWN)).await {
        Ok(settled) => report.settled = u64::try_from(settled).unwrap_or(u64::MAX),
        Err(error) => leave(report, &error),
    }
    let old = app.store.recounting(day).await?;
    let (end, mut again) = (began + LASTING, BTreeSet::new());
    let known: Vec<_> = old.again.iter().copied().collect();
    if let Some(first) = count(app, &known, end, report, &mut again).await {
        again.extend(known.into_iter().filter(|root| *root >= first));
    }
    let since = old.at.map_or(day, |at| at.began);
    let new = match walk(app, &old, end, report, &mut again).await? {
        Some((shard, root)) => {
            report.more = true;
            report.left += 1;
            Recounting { from: old.from, at: Some(Place { began: since, shard, root }), again }
        }
        None => Recounting { from: since, at: None, again },
    };
    app.store.recounted(new).await
}

/// Counts the trees in which something changed, from where the last run ended, without those that were not in order then. Part and tree
/// where the next run goes on, where this one has no time left.
async fn walk(
    app: &App,
    old: &Recounting,
    end: Timestamp,
    report: &mut Report,
    again: &mut BTreeSet<TaskId>,
) -> Result<Option<(u8, TaskId)>, StoreError> {
    let first = old.at.map_or(0, |at| at.shard);
    for shard in first..SHARDS {
        let begins = old.at.filter(|at| at.shard == shard).map(|at| at.root);
        let mut roots = app.store.tasks.changed_roots(shard, old.from).await?;
        roots.retain(|root| begins.is_none_or(|begins| *root >= begins) && !old.again.contains(root));
        let roots: Vec<_> = roots.into_iter().collect();
        if let Some(root) = count(app, &roots, end, report, again).await {
            return Ok(Some((shard, root)));
        }
    }
    Ok(None)
}

/// Counts trees, and notes which are to be counted `again`; the first that it did not begin with before `end`.
async fn count(
    app: &App,
    roots: &[TaskId],
    end: Timestamp,
    report: &mut Report,
    again: &mut BTreeSet<TaskId>,
) -> Option<TaskId> {
    for some in roots.chunks(AT_ONCE) {
        if app.clock.now() > end {
            return some.first().copied();
        }
        let each = some.iter().map(|root| Box::pin(one(app, *root)));
        for (root, outcome) in some.iter().zip(join_all(each).await) {
            let in_order = match outcome {
                Ok(found) => {
                    add(report, *root, &found);
                    found.differences.is_empty()
                }
                Err(error) => {
                    leave(report, &error);
                    false
                }
            };
            if !in_order && again.len() < AGAIN {
                again.insert(*root);
            }
        }
    }
    None
}

fn add(report: &mut Report, root: TaskId, found: &Recount) {
    report.counted += u64::try_from(found.tasks).unwrap_or(u64::MAX);
    for difference in &found.differences {
        report.differences += 1;
        let (task, stored, counted) = (difference.task, difference.stored, difference.counted);
        tracing::error!(%root, %task, ?stored, ?counted, "a sum is not what its parts come to");
    }
}

/// Counts one tree. A difference is one when nothing of the tree is to be rolled up and it is found twice: somebody may report
/// between two readings.
async fn one(app: &App, root: TaskId) -> Result<Recount, StoreError> {
    let mut before = None;
    for _ in 0..TRIES {
        let found = app.store.tasks.recount(root).await?;
        if found.differences.is_empty() {
            return Ok(found);
        }
        if app.store.tasks.is_pending(root).await? {
            before = None;
        } else if before.as_ref() == Some(&found) {
            return Ok(found);
        } else {
            before = Some(found);
        }
    }
    Err(Refusal::new(ErrorCode::Conflict).into())
}
