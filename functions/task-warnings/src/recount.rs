//! One run of `task-warnings.recount`: the sums of each tree in which something changed are counted again.
//!
//! It mends nothing. A sum that is wrong after what requests left is rolled up would be wrong for good, and wrong for a reason:
//! the run fails, somebody looks, and the next runs find it again as long as it is there.

use crate::{App, Report, work::leave};
use dynamo::StoreError;
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp, civil::Date};
use kernel::{ErrorCode, Refusal, TaskId};
use task_records::{Recount, SHARDS};

/// How long a run begins new trees; less than the timeout of the function.
const LASTING: SignedDuration = SignedDuration::from_mins(13);
/// Trees that are counted at the same time.
const AT_ONCE: usize = 10;
/// Tasks that finishing a withdrawal withdraws at most.
const WITHDRAWN: usize = 4_000;
/// Tries of a tree that changes meanwhile.
const TRIES: usize = 5;

/// Everything that changed since the day of the last run that found all in order; the run is due on `day`.
pub(crate) async fn all(app: &App, day: Date, report: &mut Report) -> Result<(), StoreError> {
    let began = app.clock.now();
    // What requests left is no difference: no run of the day would have waited for it.
    match Box::pin(app.store.tasks.settle_marked(began, WITHDRAWN)).await {
        Ok(settled) => report.settled = u64::try_from(settled).unwrap_or(u64::MAX),
        Err(error) => leave(report, &error),
    }
    let from = app.store.recounted_on(day).await?;
    count(app, (from, began), report).await?;
    let in_order = report.left == 0 && report.differences == 0;
    app.store.recounted(if in_order { day } else { from }).await
}

/// Counts the trees in which something changed on the day `from` or later.
async fn count(app: &App, (from, began): (Date, Timestamp), report: &mut Report) -> Result<(), StoreError> {
    for shard in 0..SHARDS {
        let roots: Vec<_> = app.store.tasks.changed_roots(shard, from).await?.into_iter().collect();
        for some in roots.chunks(AT_ONCE) {
            if app.clock.now() > began + LASTING {
                // The next run begins at the same day.
                report.more = true;
                report.left += 1;
                return Ok(());
            }
            let each = some.iter().map(|root| Box::pin(one(app, *root)));
            for (root, outcome) in some.iter().zip(join_all(each).await) {
                match outcome {
                    Ok(found) => add(report, *root, &found),
                    Err(error) => leave(report, &error),
                }
            }
        }
    }
    Ok(())
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
