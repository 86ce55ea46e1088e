//! The job that goes on with imports and exports, every minute.
//!
//! A request applies some hundred rows of an import and leaves the rest; a larger export is made once somebody agreed to
//! it. Both are found by the sparse index `open` and carried on by the same code that the requests run
//! ([`imports::advance_open`]). It can stop at any call and begin again: each step moves the job's counter in the
//! transaction that does the work.

use cloud::{Environment, StartError};
use kernel::Clock;
use lambda_runtime::Error;
use serde::Deserialize;
use serde_json::Value;
use telemetry::Metrics;

/// Transactions that one run makes for one import, at most; the next run goes on.
const STEPS: usize = 200;

/// What the job works with; made once per execution environment.
#[derive(Debug, Clone)]
pub struct App {
    imports: imports::App,
    clock: Clock,
    metrics: Metrics,
}

impl App {
    /// Connects to tables, bucket and keys.
    ///
    /// # Errors
    /// When a setting is missing or the data key cannot be had.
    pub async fn connect(env: &Environment) -> Result<Self, StartError> {
        let metrics = Metrics::open(&env.settings, "import-jobs")?;
        Ok(Self { imports: imports::App::of_job(env).await?, clock: env.clock.clone(), metrics })
    }
}

/// What the schedule sends.
#[derive(Deserialize)]
struct Scheduled {
    detail: Detail,
}

#[derive(Deserialize)]
struct Detail {
    job: String,
}

/// One run: goes on with every open import and export. Running it again changes nothing that is done already.
///
/// # Errors
/// When the event is not for this job, the open jobs cannot be found, or one of them could not be gone on with. The others
/// are gone on with then; the log names the one.
pub async fn run(app: &App, event: Value) -> Result<Value, Error> {
    let Scheduled { detail: Detail { job } } = serde_json::from_value(event)?;
    if job != "import-jobs" {
        return Err(format!("an event for {job} came to import-jobs").into());
    }
    let report = imports::advance_open(&app.imports, STEPS).await?;
    tracing::info!(jobs = report.jobs, finished = report.finished, failed = report.failed, "went on with open jobs");
    if report.jobs > 0 {
        app.metrics.count("FinishedJobs", u64::try_from(report.finished)?);
        app.metrics.count("FailedJobs", u64::try_from(report.failed)?);
        app.metrics.flush(app.clock.now())?;
    }
    match report.failed {
        0 => Ok(serde_json::to_value(report)?),
        failed => Err(format!("{failed} jobs could not be gone on with").into()),
    }
}
