//! The job that seals the trace, in the night.
//!
//! For each day that is over, in order, it reads the hashes of the day's activities (index `day`), organisation by
//! organisation, builds their trees, and writes them to a bucket whose objects nobody can change: parts with the leaves,
//! and a head that chains the day to the one before (`shared/seal`, docs/AUDIT.md). No request waits for it, and an
//! organisation without activities costs nothing.
//!
//! It can stop at any call and begin again: a part begins where the one before ends, what is in the bucket stays as it
//! is, and of two runs at once the one that is later takes what the other wrote. A day is sealed half an hour after it
//! ended at the earliest: requests end within thirty seconds, indexes lag by seconds. What came later nevertheless is in
//! no seal, and `verify-audit` names it.
//!
//! | pattern | request | units |
//! |--|--|--|
//! | days that are sealed | `ListObjectsV2`, `GetObject` | |
//! | the hashes of a day | `Query` index `day`, 16 at least | 0.5 per 4 KB, about a dozen activities |
//! | a part, a day | `PutObject` | |

mod domain;
pub mod verify;
mod work;

use cloud::{Environment, StartError};
use domain::due;
use dynamo::Trace;
use jiff::SignedDuration;
use jobs::Jobs;
use kernel::{Clock, MissingSetting};
use seal::Seals;
use serde::Serialize;
use serde_json::Value;

/// How long a run seals; the next one goes on. Less than the timeout of the function by more than one part takes.
const LASTING: SignedDuration = SignedDuration::from_mins(12);

/// What the job works with; made once per execution environment.
#[derive(Debug, Clone)]
pub struct App {
    trace: Trace,
    seals: Seals,
    /// Days that a seal cannot be removed.
    retention: i64,
    /// Activities after which a part ends.
    part: usize,
    clock: Clock,
    jobs: Jobs,
}

impl App {
    /// Connects to the trace and to the bucket.
    ///
    /// # Errors
    /// When a setting is missing, or `SEAL_RETENTION_DAYS` is no number.
    #[expect(clippy::unused_async, reason = "all functions connect in the same way")]
    pub async fn connect(env: &Environment) -> Result<Self, StartError> {
        const RETENTION: &str = "SEAL_RETENTION_DAYS";
        let retention = env.settings.get(RETENTION)?.parse().map_err(|_| MissingSetting(RETENTION.to_owned()))?;
        let (trace, seals, jobs) = (Trace::open(env)?, Seals::open(env)?, Jobs::open(env, "audit-seal")?);
        Ok(Self { trace, seals, retention, part: domain::PART, clock: env.clock.clone(), jobs })
    }

    /// The same with other parts: each ends with the organisation in which it reaches so many activities.
    #[must_use]
    pub fn in_parts_of(self, activities: usize) -> Self {
        Self { part: activities, ..self }
    }
}

/// What a run did.
#[derive(Debug, Default, Serialize)]
struct Report {
    /// Days that were sealed.
    days: Vec<String>,
    /// Parts that were written.
    parts: u64,
    /// Activities in them.
    activities: u64,
    /// Whether there was more to do than one run does.
    more: bool,
}

impl jobs::Report for Report {
    fn log(&self) {
        let Self { parts, activities, more, .. } = self;
        tracing::info!(days = self.days.len(), parts, activities, more, "sealed the trace");
    }

    fn counts(&self) -> Vec<(&'static str, u64)> {
        let days = u64::try_from(self.days.len()).unwrap_or(u64::MAX);
        vec![("SealedDays", days), ("SealedActivities", self.activities)]
    }
}

/// One run: seals the days before that of the event which are not sealed yet, oldest first. Running it again changes
/// nothing that is sealed.
///
/// # Errors
/// When the event is not for this job, a store is busy, or the bucket has what cannot be gone on from; the next run begins
/// where this one stopped.
pub async fn run(app: &App, event: Value) -> Result<Value, jobs::Error> {
    let run = app.jobs.begin(event).await?;
    let mut report = Report::default();
    let (slot, now) = (run.slot().time(), run.began());
    let outcome = work::all(app, due(slot, now), now + LASTING, &mut report).await;
    run.end(&report, outcome).await
}
