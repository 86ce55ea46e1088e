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
use jiff::{SignedDuration, Timestamp};
use kernel::{Clock, MissingSetting};
use lambda_runtime::Error;
use seal::Seals;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use telemetry::Metrics;

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
    metrics: Metrics,
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
        let metrics = Metrics::open(&env.settings, "audit-seal")?;
        let (trace, seals) = (Trace::open(env)?, Seals::open(env)?);
        Ok(Self { trace, seals, retention, part: domain::PART, clock: env.clock.clone(), metrics })
    }

    /// The same with other parts: each ends with the organisation in which it reaches so many activities.
    #[must_use]
    pub fn in_parts_of(self, activities: usize) -> Self {
        Self { part: activities, ..self }
    }
}

/// What the schedule sends.
#[derive(Deserialize)]
struct Scheduled {
    /// When the schedule was due: its Shanghai day says which days can be sealed.
    time: Timestamp,
    detail: Detail,
}

#[derive(Deserialize)]
struct Detail {
    job: String,
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

/// One run: seals the days before that of the event which are not sealed yet, oldest first. Running it again changes
/// nothing that is sealed.
///
/// # Errors
/// When the event is not for this job, a store is busy, or the bucket has what cannot be gone on from; the next run begins
/// where this one stopped.
pub async fn run(app: &App, event: Value) -> Result<Value, Error> {
    let Scheduled { time, detail: Detail { job } } = serde_json::from_value(event)?;
    if job != "audit-seal" {
        return Err(format!("an event for {job} came to audit-seal").into());
    }
    let now = app.clock.now();
    let mut report = Report::default();
    let outcome = work::all(app, due(time, now), now + LASTING, &mut report).await;
    tracing::info!(
        days = report.days.len(),
        parts = report.parts,
        activities = report.activities,
        more = report.more,
        "sealed the trace"
    );
    app.metrics.count("SealedDays", u64::try_from(report.days.len())?);
    app.metrics.count("SealedActivities", report.activities);
    app.metrics.flush(app.clock.now())?;
    outcome?;
    Ok(serde_json::to_value(report)?)
}
