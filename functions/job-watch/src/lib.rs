//! The job that looks whether the others ran, every quarter of an hour.
//!
//! For each schedule of the template, its own included, it takes the last slot that was due ten minutes ago and looks for
//! a run of it that is recorded as done (`jobs`). One that is missing, broke off or failed is named in the log and counted
//! in a metric with an alarm, each quarter of an hour until a later slot or a repetition is done. That this job itself is
//! called is watched from outside, by an alarm on its invocations.
//!
//! It says how things are now, whatever its event says. Running it twice, or again after a crash, counts the same jobs
//! once more and changes nothing.

use cloud::{Environment, StartError};
use dynamo::StoreError;
use jiff::Timestamp;
use jobs::{Jobs, Seen, State, Watch};
use serde::Serialize;
use serde_json::Value;

/// What the job works with; made once per execution environment.
#[derive(Debug, Clone)]
pub struct App {
    jobs: Jobs,
    watch: Watch,
}

impl App {
    /// Connects to the table of runs.
    ///
    /// # Errors
    /// When a setting is missing.
    #[expect(clippy::unused_async, reason = "all functions connect in the same way")]
    pub async fn connect(env: &Environment) -> Result<Self, StartError> {
        Ok(Self { jobs: Jobs::open(env, "job-watch")?, watch: Watch::open(env)? })
    }

    /// The same with other schedules than those of the template.
    #[must_use]
    pub fn watching(self, watch: Watch) -> Self {
        Self { watch, ..self }
    }
}

/// What a run found.
#[derive(Debug, Default, Serialize)]
struct Report {
    /// Schedules.
    schedules: usize,
    /// Jobs whose last slot has no run, or one that broke off.
    overdue: Vec<String>,
    /// Jobs whose last slot failed.
    failed: Vec<String>,
}

impl jobs::Report for Report {
    fn log(&self) {
        let (overdue, failed) = (self.overdue.len(), self.failed.len());
        tracing::info!(schedules = self.schedules, overdue, failed, "looked after the jobs");
    }

    /// They are counted by job.
    fn counts(&self) -> Vec<(&'static str, u64)> {
        Vec::new()
    }
}

/// One run.
///
/// # Errors
/// When the event is not for this job, or the table of runs cannot be read.
pub async fn run(app: &App, event: Value) -> Result<Value, jobs::Error> {
    let run = app.jobs.begin(event).await?;
    let mut report = Report::default();
    let outcome = look(app, run.began(), &mut report).await;
    run.end(&report, outcome).await
}

async fn look(app: &App, now: Timestamp, report: &mut Report) -> Result<(), StoreError> {
    app.watch.learn(now).await?;
    for Seen { schedule, due, state, .. } in app.watch.look(now).await? {
        report.schedules += 1;
        let (found, metric) = match state {
            State::Overdue => (&mut report.overdue, "OverdueJobs"),
            State::Failed => (&mut report.failed, "FailedJobs"),
            State::Disabled | State::New | State::Done | State::Running => continue,
        };
        let slot = due.map(|slot| slot.to_string());
        tracing::error!(job = schedule.job, slot, ?state, "a job did not do its work");
        app.jobs.metrics().count_of(metric, ("job", &schedule.job), 1);
        found.push(schedule.job);
    }
    Ok(())
}
