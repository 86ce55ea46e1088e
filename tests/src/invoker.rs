//! What calls jobs, at its worst: an event source that keeps one promise, that every event arrives.
//!
//! It delivers an event up to five times, late, in another order, in batches of other sizes, and what it failed to
//! deliver a minute later. Schedules, queues and streams promise no more than that.

use cloud::Environment;
use fastrand::Rng;
use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::sync::LazyLock;
use testkit::Post;

/// When jobs are called, as the template says it.
static SCHEDULES: LazyLock<Vec<Value>> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../shared/jobs/src/schedules.json")).unwrap());

/// A function that events call.
#[derive(Clone, Copy)]
pub struct Job {
    /// The function.
    pub name: &'static str,
    /// Its event, as in `events/`.
    pub example: &'static str,
    /// Calls it.
    pub run: fn(Environment, Value) -> BoxFuture<'static, Result<Value, String>>,
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Job").field(&self.name).finish()
    }
}

impl Job {
    /// Its event.
    #[must_use]
    pub fn event(&self) -> Value {
        serde_json::from_str(self.example).unwrap()
    }

    /// Whether its schedule calls it every minute.
    #[must_use]
    pub fn is_by_the_minute(&self) -> bool {
        SCHEDULES.iter().any(|of| of["job"] == self.name && of["expression"] == "cron(* * * * ? *)")
    }
}

/// Lists a job: its crate has `App::connect` and `run`, and its event names it.
macro_rules! job {
    ($name:ident, $event:literal) => {
        Job {
            name: $event,
            example: include_str!(concat!("../../events/", $event, ".json")),
            run: |env, event| {
                Box::pin(async move {
                    let app = $name::App::connect(&env).await.map_err(|error| error.to_string())?;
                    $name::run(&app, event).await.map_err(|error| error.to_string())
                })
            },
        }
    };
}

/// Every job. A new one is a line.
pub const JOBS: &[Job] = &[
    job!(relocation, "relocation"),
    job!(import_jobs, "import-jobs"),
    job!(media_sweep, "media-sweep"),
    job!(audit_seal, "audit-seal"),
    job!(job_watch, "job-watch"),
    job!(notifier, "notifier"),
    job!(meeting_notices, "meeting-notices"),
    job!(dues_bills, "dues-bills"),
    job!(dues_bills, "dues-bills.arrears"),
    job!(nightly_scoring, "nightly-scoring"),
    job!(nightly_findings, "nightly-findings"),
    job!(rollup, "rollup"),
    job!(task_warnings, "task-warnings"),
    job!(task_warnings, "task-warnings.bills"),
    job!(task_warnings, "task-warnings.recount"),
];

/// What is due in `minute`: what comes every minute, and one of the others in its turn, which come by the quarter of an hour or by night.
#[must_use]
pub fn due_in(minute: u64) -> Vec<Value> {
    let (mut due, seldom): (Vec<&Job>, Vec<&Job>) = JOBS.iter().partition(|job| job.is_by_the_minute());
    due.push(seldom[usize::try_from(minute).unwrap() % seldom.len()]);
    due.into_iter().map(Job::event).collect()
}

/// The one job that sends messages, to itself.
const SENDER: &str = "nightly-scoring";

/// Delivers `event` to the job that it names, and the messages in `post` to the one that sends them; those that it cannot do stay.
///
/// # Errors
/// What the job says.
pub async fn call(post: &Post, env: Environment, event: &Value) -> Result<Value, String> {
    let named = event["detail"]["job"].as_str().unwrap_or_default();
    let job = JOBS.iter().find(|job| job.name.replace('_', "-") == named);
    let job = job.ok_or_else(|| format!("no job {named}"))?;
    let report = (job.run)(env.clone(), event.clone()).await?;
    if job.name == SENDER
        && let Some(batch) = post.batch()
    {
        let answer = (job.run)(env, batch.clone()).await?;
        let _ = post.answered(&batch, &answer);
    }
    Ok(report)
}

/// An event on its way.
#[derive(Debug, Clone)]
struct Underway {
    at: Timestamp,
    event: Value,
}

/// The event source.
#[derive(Debug)]
pub struct Invoker {
    dice: Rng,
    queue: Vec<Underway>,
}

impl Invoker {
    /// Copies of an event, at most.
    const COPIES: usize = 5;
    /// How late an event comes, at most, in seconds.
    const LATE: i64 = 180;

    /// With nothing on its way.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { dice: Rng::with_seed(seed ^ 0x001e_4e57), queue: Vec::new() }
    }

    /// Takes in events that happened at `now`.
    pub fn emit(&mut self, events: impl IntoIterator<Item = Value>, now: Timestamp) {
        for event in events {
            for _ in 0..self.dice.usize(1..=Self::COPIES) {
                let at = now + SignedDuration::from_secs(self.dice.i64(0..=Self::LATE));
                self.queue.push(Underway { at, event: event.clone() });
            }
        }
    }

    /// What is delivered at `now`: in any order, in batches of up to `most`. One in ten is kept back for a minute.
    pub fn due(&mut self, now: Timestamp, most: usize) -> Vec<Vec<Value>> {
        let (mut due, mut later): (Vec<_>, Vec<_>) = self.queue.drain(..).partition(|event| event.at <= now);
        self.dice.shuffle(&mut due);
        let mut batches: Vec<Vec<Value>> = Vec::new();
        let mut room = 0;
        for event in due {
            if self.dice.u32(..10) == 0 {
                later.push(Underway { at: now + SignedDuration::from_mins(1), ..event });
                continue;
            }
            if room == 0 {
                room = self.dice.usize(1..=most);
                batches.push(Vec::new());
            }
            room -= 1;
            batches.last_mut().unwrap().push(event.event);
        }
        self.queue = later;
        batches
    }

    /// Gives back what its consumer could not do; it comes again.
    pub fn again(&mut self, events: impl IntoIterator<Item = Value>, now: Timestamp) {
        let at = now + SignedDuration::from_mins(1);
        self.queue.extend(events.into_iter().map(|event| Underway { at, event }));
    }

    /// Whether anything is still on its way.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.queue.is_empty()
    }
}
