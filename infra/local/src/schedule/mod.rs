//! Schedules: what EventBridge Scheduler does with the `ScheduleV2` events of the template.
//!
//! Nothing here looks at a clock of its own: a tick says what is due at an instant, and the runner ticks once a second.
//! When the machine slept through several firings of a schedule, the last of them is made up for. A firing that fails is
//! logged and not repeated.

mod payload;

#[cfg(test)]
mod tests;

use crate::{
    invoke::{Callee, Failure, fresh_id},
    template::Schedule,
};
use ::schedule::Expression;
use jiff::{Timestamp, tz::TimeZone};
use kernel::Clock;
use objects::server::Stop;
use payload::Firing;
use serde_json::Value;
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{task::JoinSet, time::MissedTickBehavior};

/// How often the runner looks whether something is due.
const TICK: Duration = Duration::from_secs(1);

/// A schedule of the template that cannot be kept.
#[derive(Debug, thiserror::Error)]
#[error("schedule {name}: {problem}")]
pub struct BadSchedule {
    /// Function and event.
    pub name: String,
    /// What is wrong with it.
    pub problem: String,
}

/// Why nothing was fired, or what became of it.
#[derive(Debug, thiserror::Error)]
pub enum FireError {
    /// No schedule goes by this name.
    #[error("there is no schedule {name}; there are: {}", .known.join(", "))]
    Unknown {
        /// The name asked for.
        name: String,
        /// The names that exist.
        known: Vec<String>,
    },
    /// Several schedules of one function: the name must say which.
    #[error("{name} has several schedules; take one of: {}", .known.join(", "))]
    Ambiguous {
        /// The name asked for.
        name: String,
        /// The names that it could mean.
        known: Vec<String>,
    },
    /// The payload of the template is not JSON.
    #[error("the Input of {0} is not JSON")]
    Input(String, #[source] serde_json::Error),
    /// The function failed.
    #[error("{0} failed: {1}")]
    Failed(String, String),
}

/// The schedules of the template.
#[derive(Debug)]
pub(crate) struct Schedules {
    jobs: Vec<Arc<Job>>,
    clock: Clock,
}

#[derive(Debug)]
struct Job {
    /// `function/Event`
    name: String,
    schedule: Schedule,
    expression: Expression,
    function: Arc<Callee>,
    /// The next firing, while it fires by itself.
    next: Mutex<Option<Timestamp>>,
}

impl Schedules {
    /// Schedules that begin now.
    pub(crate) fn new(
        schedules: impl IntoIterator<Item = (Schedule, Arc<Callee>)>,
        clock: Clock,
    ) -> Result<Self, BadSchedule> {
        let now = clock.now();
        let mut jobs = Vec::new();
        for (schedule, function) in schedules {
            let name = format!("{}/{}", function.name, schedule.name);
            let bad = |problem: String| BadSchedule { name: name.clone(), problem };
            let zone = TimeZone::get(&schedule.time_zone);
            let zone = zone.map_err(|_| bad(format!("there is no time zone {}", schedule.time_zone)))?;
            let expression = Expression::parse(&schedule.expression, zone);
            let expression = expression.map_err(|e| bad(e.to_string()))?;
            let trial = Firing { schedule: &schedule.name, at: now, id: "" };
            trial.payload(schedule.input.as_deref()).map_err(|e| bad(format!("Input is not JSON: {e}")))?;
            let next = Mutex::new(schedule.enabled.then(|| expression.after(now)).flatten());
            jobs.push(Arc::new(Job { name, schedule, expression, function, next }));
        }
        Ok(Self { jobs, clock })
    }

    /// What is due at `now`, each with the time it was due at; a second call finds nothing more.
    fn due(&self, now: Timestamp) -> Vec<(Arc<Job>, Timestamp)> {
        self.jobs.iter().filter_map(|job| Some((Arc::clone(job), job.due(now)?))).collect()
    }

    /// Fires by itself until `stop`; then lets what runs finish.
    pub(crate) async fn keep(self: Arc<Self>, stop: Stop) {
        let mut running = JoinSet::new();
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = stop.called() => break,
            }
            while running.try_join_next().is_some() {}
            for (job, at) in self.due(self.clock.now()) {
                running.spawn(async move {
                    match job.fire(at).await {
                        Ok(_) => tracing::debug!(schedule = job.name, %at, "fired"),
                        Err(problem) => tracing::error!(schedule = job.name, %at, %problem, "a schedule failed"),
                    }
                });
            }
        }
        running.join_all().await;
    }

    /// Fires the schedule `name` (`function`, or `function/Event`) as if it were due at `at`, and returns what the
    /// function answered.
    pub(crate) async fn fire(&self, name: &str, at: Timestamp) -> Result<Value, FireError> {
        let names = |jobs: &[&Arc<Job>]| jobs.iter().map(|job| job.name.clone()).collect::<Vec<_>>();
        let called = |job: &&Arc<Job>| job.name == name || job.function.name == name;
        let found: Vec<_> = self.jobs.iter().filter(called).collect();
        match found.as_slice() {
            [job] => job.fire(at).await,
            [] => {
                let known = names(&self.jobs.iter().collect::<Vec<_>>());
                Err(FireError::Unknown { name: name.to_owned(), known })
            }
            several => Err(FireError::Ambiguous { name: name.to_owned(), known: names(several) }),
        }
    }
}

impl Job {
    /// The last firing until `now` that has not been, if there is one.
    fn due(&self, now: Timestamp) -> Option<Timestamp> {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let mut due = None;
        while let Some(at) = next.filter(|at| *at <= now) {
            due = Some(at);
            *next = self.expression.after(at);
        }
        due
    }

    async fn fire(&self, at: Timestamp) -> Result<Value, FireError> {
        let id = fresh_id(at);
        let firing = Firing { schedule: &self.schedule.name, at, id: &id };
        let payload = firing.payload(self.schedule.input.as_deref());
        let payload = payload.map_err(|e| FireError::Input(self.name.clone(), e))?;
        let failed = |failure: Failure| FireError::Failed(self.name.clone(), failure.to_string());
        self.function.work(payload, &id).await.map_err(failed)
    }
}
