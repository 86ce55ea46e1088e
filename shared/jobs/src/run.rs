//! One run, from its event to its answer.

use crate::{Error, Outcome, RunRecord, Slot, event, record::Runs};
use cloud::{Environment, StartError};
use jiff::Timestamp;
use kernel::{Clock, RunId};
use serde::Serialize;
use serde_json::Value;
use telemetry::Metrics;

/// What a run did. It is the answer of the function, and is kept: it counts, and names nobody.
pub trait Report: Serialize {
    /// The run's one line in the log.
    fn log(&self);

    /// What is counted in metrics; zeros are left out.
    fn counts(&self) -> Vec<(&'static str, u64)>;

    /// What could not be done although the run went to its end.
    fn failure(&self) -> Option<String> {
        None
    }
}

/// What a scheduled function works with beside its own; made once per execution environment.
#[derive(Debug, Clone)]
pub struct Jobs {
    function: &'static str,
    runs: Runs,
    clock: Clock,
    metrics: Metrics,
}

/// A run that has begun. One that is dropped without [`Run::end`] counts as broken off.
#[derive(Debug)]
#[must_use = "a run that does not end counts as broken off"]
pub struct Run<'a> {
    jobs: &'a Jobs,
    record: RunRecord,
}

impl Jobs {
    /// Of the function `function`.
    ///
    /// # Errors
    /// When a setting is missing.
    pub fn open(env: &Environment, function: &'static str) -> Result<Self, StartError> {
        let metrics = Metrics::open(&env.settings, function)?;
        Ok(Self { function, runs: Runs::open(env)?, clock: env.clock.clone(), metrics })
    }

    /// Metrics of the function, for more than a report counts; they are written when the run ends.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Begins a run.
    ///
    /// # Errors
    /// When the event is not for this function.
    pub async fn begin(&self, event: Value) -> Result<Run<'_>, Error> {
        let (job, slot) = event::read(event, self.function)?;
        let began = self.clock.now();
        let (outcome, id) = (Outcome::Running, RunId::new(began));
        let record = RunRecord { id, job, slot, began, ended: None, outcome, counters: None, error: None };
        self.runs.record(&record).await;
        Ok(Run { jobs: self, record })
    }
}

impl Run<'_> {
    /// The time that the schedule was due at.
    #[must_use]
    pub fn slot(&self) -> Slot {
        self.record.slot
    }

    /// When it began.
    #[must_use]
    pub fn began(&self) -> Timestamp {
        self.record.began
    }

    /// The job, where the function has several.
    #[must_use]
    pub fn job(&self) -> &str {
        &self.record.job
    }

    /// Logs, counts and records what was done, and answers with it.
    ///
    /// # Errors
    /// With what `outcome` or the report says.
    pub async fn end<E: Into<Error>>(self, report: &impl Report, outcome: Result<(), E>) -> Result<Value, Error> {
        report.log();
        for (name, count) in report.counts().into_iter().filter(|(_, count)| *count > 0) {
            self.jobs.metrics.count(name, count);
        }
        if let Err(error) = self.jobs.metrics.flush(self.jobs.clock.now()) {
            tracing::warn!(%error, "metrics are lost");
        }
        let outcome = outcome.map_err(Into::into).and_then(|()| match report.failure() {
            Some(failure) => Err(failure.into()),
            None => Ok(()),
        });
        let answer = serde_json::to_value(report)?;
        let (became, error) = match &outcome {
            Ok(()) => (Outcome::Done, None),
            Err(error) => (Outcome::Failed, Some(error.to_string())),
        };
        self.close(became, answer.clone(), error).await;
        outcome.map(|()| answer)
    }

    async fn close(self, outcome: Outcome, counters: Value, error: Option<String>) {
        let record = self.record.ended(self.jobs.clock.now(), outcome, counters, error);
        self.jobs.runs.record(&record).await;
    }
}
