//! Runs as they are recorded.

use crate::Slot;
use cloud::Environment;
use dynamo::{StoreError, Stretch, Table};
use jiff::{SignedDuration, Timestamp};
use kernel::{MissingSetting, RunId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// What became of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = JobRunOutcome)]
pub enum Outcome {
    /// It began, and has not ended or could not say so.
    Running,
    /// The work of its slot is done.
    Done,
    /// It failed, as a whole or in part.
    Failed,
}

/// One run of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = JobRun)]
pub struct RunRecord {
    /// Its id.
    pub id: RunId,
    /// The job.
    pub job: String,
    /// When its schedule was due, in UTC.
    #[schema(value_type = String, format = DateTime)]
    pub slot: Slot,
    /// When it began, in UTC.
    #[schema(value_type = String, format = DateTime)]
    pub began: Timestamp,
    /// When it ended, in UTC.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended: Option<Timestamp>,
    /// What became of it.
    pub outcome: Outcome,
    /// What it did, counted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<Object>)]
    pub counters: Option<Value>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<String>,
}

impl RunRecord {
    /// Characters of an error at most.
    const ERROR: usize = 300;

    /// The same as it ended at `now`.
    pub(crate) fn ended(self, now: Timestamp, outcome: Outcome, counters: Value, error: Option<String>) -> Self {
        let error = error.map(|error| error.chars().take(Self::ERROR).collect());
        let counters = Some(counters).filter(|counters| !counters.is_null());
        Self { ended: Some(now), outcome, counters, error, ..self }
    }
}

#[derive(Serialize, Deserialize)]
struct RunRow {
    /// `RUN#<job>`
    pk: String,
    /// `<slot>#<run>`: those of a slot by the time they began.
    sk: String,
    /// When it is forgotten, in seconds since 1970.
    ttl: i64,
    #[serde(flatten)]
    run: RunRecord,
}

/// The table of runs.
#[derive(Debug, Clone)]
pub(crate) struct Runs(Table);

impl Runs {
    /// How long a run is remembered: one of a monthly job until after the next.
    const KEPT: SignedDuration = SignedDuration::from_hours(24 * 40);

    pub(crate) fn open(env: &Environment) -> Result<Self, MissingSetting> {
        Ok(Self(Table::open(env, "JOBS_TABLE")?))
    }

    pub(crate) fn table(&self) -> &Table {
        &self.0
    }

    /// When what is written at `now` is forgotten, in seconds since 1970.
    pub(crate) fn forgotten(now: Timestamp) -> i64 {
        (now + Self::KEPT).as_second()
    }

    fn partition(job: &str) -> String {
        format!("RUN#{job}")
    }

    /// Writes down how a run stands. That it cannot be written is no reason for it to fail.
    pub(crate) async fn record(&self, run: &RunRecord) {
        let RunRecord { id, job, slot, began, .. } = run;
        let ttl = Self::forgotten(*began);
        let row = RunRow { pk: Self::partition(job), sk: format!("{slot}#{id}"), ttl, run: run.clone() };
        if let Err(error) = self.0.put(&row).await {
            tracing::warn!(job, %slot, run = %id, outcome = ?run.outcome, %error, "a run could not be recorded");
        }
    }

    /// The last `most` runs of slots until `until`, latest first.
    pub(crate) async fn last(&self, job: &str, until: Slot, most: u16) -> Result<Vec<RunRecord>, StoreError> {
        let mut stretch = Stretch::whole(Self::partition(job)).descending();
        stretch.until = format!("{until}#\u{10ffff}");
        let found: dynamo::Found<RunRow> = self.0.first(&stretch, most).await?;
        Ok(found.items.into_iter().map(|row| row.run).collect())
    }
}
