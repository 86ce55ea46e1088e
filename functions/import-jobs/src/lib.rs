//! The job that goes on with imports and exports, every minute.
//!
//! A request applies some hundred rows of an import and leaves the rest; a larger export is made once somebody agreed to
//! it. Both are found by the sparse index `open` and carried on by the same code that the requests run
//! ([`imports::advance_open`]). It can stop at any call and begin again: each step moves the job's counter in the
//! transaction that does the work.

use cloud::{Environment, StartError};
use jobs::Jobs;
use serde_json::Value;

/// Transactions that one run makes for one import, at most; the next run goes on.
const STEPS: usize = 200;

/// What the job works with; made once per execution environment.
#[derive(Debug, Clone)]
pub struct App {
    imports: imports::App,
    jobs: Jobs,
}

impl App {
    /// Connects to tables, bucket and keys.
    ///
    /// # Errors
    /// When a setting is missing or the data key cannot be had.
    pub async fn connect(env: &Environment) -> Result<Self, StartError> {
        Ok(Self { imports: imports::App::of_job(env).await?, jobs: Jobs::open(env, "import-jobs")? })
    }
}

/// One run: goes on with every open import and export. Running it again changes nothing that is done already.
///
/// # Errors
/// When the event is not for this job, the open jobs cannot be found, or one of them could not be gone on with. The others
/// are gone on with then; the log names the one.
pub async fn run(app: &App, event: Value) -> Result<Value, jobs::Error> {
    let run = app.jobs.begin(event).await?;
    let outcome = imports::advance_open(&app.imports, STEPS).await;
    let report = outcome.as_ref().copied().unwrap_or_default();
    run.end(&report, outcome.map(drop)).await
}
