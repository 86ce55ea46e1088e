//! The job that tells who has to hear of a task: in time, once, and at a decent hour.
//!
//! `task-warnings` runs every quarter of an hour by day. It looks at the tasks that are due in index `next`: those whose
//! state changed, and those whose colour can have changed. What is new about the tasks of one owner is told in one
//! message, and what their superiors have to do about them in one message to each. The notices and what the tasks say about them are
//! one transaction, so that any number of runs, at once or broken off anywhere, tells once; whatever is left stays in the
//! index. `tasks` itself posts nothing.
//!
//! `task-warnings.bills` runs in the morning. It makes 微账单: on Monday one of the week for each person with a task that
//! has a colour, is late or is to be done within a week, on other working days one for who has something red since an
//! earlier day. A week whose Monday passed without a run that got through is made up for on the next of them. Each lists all
//! open tasks of the person. A bill and its message are one transaction that happens once for each
//! person and period.
//!
//! `task-warnings.recount` runs by night. It counts the sums of each tree again in which something changed since they were
//! last gone through, over as many runs as that takes, and fails when one is not what its parts come to. A tree that is not in
//! order is counted again in every run until it is, and holds nothing else back.
//!
//! # The low-water mark
//! The slots of the index are hours. For each shard of owners a row says before which hour every slot was empty when it
//! was looked at. A run begins there, so that days without a run lose nothing, and notes the first hour in which it found
//! something; never later than two hours before now, because requests end within thirty seconds and indexes lag by
//! seconds.
//!
//! | pattern | request | units |
//! |--|--|--|
//! | what requests left to roll up | `Query` index `rollup`, 8 | 0.5 |
//! | low-water marks | `BatchGetItem`, `PutItem` where one moves | 0.5 each, 1 |
//! | what is due | `Query` index `next`, 24 where nothing is due | 0.5 per 4 KB |
//! | tasks of an owner, their sums | `BatchGetItem`, consistent | 1 each |
//! | whether a red one was answered, once it is due | `Query` `TSK#id`, `cmt_…` | 0.5 per 4 KB |
//! | telling | `TransactWriteItems` | 2 per task, activity and index, 8 per notice |
//! | a task of which nothing is told | `UpdateItem` | 1, and 2 for index `next` |
//! | whether the week's bills are made | `GetItem`, `PutItem` once | 0.5, 1 |
//! | who may get a bill | `Query` index `next`, one or eight days × 8 shards | 0.5 per 4 KB |
//! | trees that changed, and how far they are counted | `Query` index `changed`, 8; `GetItem`, `PutItem` | 0.5 per 4 KB; 1, 1 |
//! | a tree, counted again | `GetItem` and `Query` for each task that was split, consistent | 1, 1 per 4 KB |
//! | a person's bill | `Query` index `person`, `BatchGetItem` of sums and red ones, `TransactWriteItems` | 0.5 per 4 KB, 1 each, 10 |

mod bills;
mod domain;
mod recount;
mod store;
mod words;
mod work;

use cloud::{Environment, StartError};
use jobs::Jobs;
use kernel::Clock;
use serde::Serialize;
use serde_json::Value;
use store::Store;

/// The job that makes bills.
const BILLS: &str = "task-warnings.bills";
/// The job that counts sums again.
const RECOUNT: &str = "task-warnings.recount";
/// Due tasks of one shard that a run looks at, about, if there is time; the next run goes on.
const TASKS: usize = 30_000;

/// What the job works with; made once per execution environment.
#[derive(Debug, Clone)]
pub struct App {
    store: Store,
    clock: Clock,
    jobs: Jobs,
    /// Due tasks of one shard that a run looks at, about.
    tasks: usize,
}

impl App {
    /// Connects to the tables.
    ///
    /// # Errors
    /// When a setting is missing.
    #[expect(clippy::unused_async, reason = "all functions connect in the same way")]
    pub async fn connect(env: &Environment) -> Result<Self, StartError> {
        let (store, jobs) = (Store::open(env)?, Jobs::open(env, "task-warnings")?);
        Ok(Self { store, clock: env.clock.clone(), jobs, tasks: TASKS })
    }

    /// The same with another bound: a run looks at about so many due tasks of each shard.
    #[must_use]
    pub fn looking_at(self, tasks: usize) -> Self {
        Self { tasks, ..self }
    }
}

/// What a run did.
#[derive(Debug, Default, Serialize)]
struct Report {
    /// Roll-ups that requests had left.
    settled: u64,
    /// Tasks that were due.
    due: u64,
    /// Tasks of which their owner was told something.
    told: u64,
    /// Tasks that wait for a review of which somebody was told.
    asked: u64,
    /// Red warnings of which the superior was told.
    escalated: u64,
    /// Warnings that were closed.
    closed: u64,
    /// Messages.
    notices: u64,
    /// Bills.
    bills: u64,
    /// Tasks of trees that were counted again.
    counted: u64,
    /// Sums that are not what their parts come to.
    differences: u64,
    /// Persons whose tasks did not get through, trees that could not be counted, and slots that could not be read; the next run
    /// finds them again.
    left: u64,
    /// Whether there was more to do than one run does.
    more: bool,
}

impl jobs::Report for Report {
    fn log(&self) {
        let Self { settled, due, told, asked, escalated, closed, notices, bills, counted, differences, left, more } =
            self;
        tracing::info!(
            settled,
            due,
            told,
            asked,
            escalated,
            closed,
            notices,
            bills,
            counted,
            differences,
            left,
            more,
            "did what was due"
        );
    }

    fn counts(&self) -> Vec<(&'static str, u64)> {
        vec![
            ("DueTasks", self.due),
            ("TaskNotices", self.notices),
            ("EscalatedWarnings", self.escalated),
            ("TaskBills", self.bills),
            ("RecountedTasks", self.counted),
            ("TaskSumDifferences", self.differences),
        ]
    }

    fn failure(&self) -> Option<String> {
        if self.differences > 0 {
            return Some(format!("{} sums of tasks are not what their parts come to", self.differences));
        }
        (self.left > 0).then(|| format!("the tasks of {} persons, trees or slots did not get through", self.left))
    }
}

/// One run of the job that the event names. What it leaves is found by the next one.
///
/// # Errors
/// When the event is not for this function, or the store did not let everything through. What could be done is done then.
pub async fn run(app: &App, event: Value) -> Result<Value, jobs::Error> {
    let mut report = Report::default();
    let run = app.jobs.begin(event).await?;
    // Boxed: nested as deep as they are, the compiler does not lay them out in one piece.
    let outcome = match run.job() {
        BILLS => Box::pin(bills::all(app, run.slot().day(), &mut report)).await,
        RECOUNT => Box::pin(recount::all(app, run.slot().day(), &mut report)).await,
        _ => Box::pin(work::all(app, &mut report)).await,
    };
    run.end(&report, outcome).await
}
