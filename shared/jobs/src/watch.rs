//! Whether every job ran: the schedules of the template against what is recorded.

use crate::{Outcome, RunRecord, Slot, record::Runs};
use cloud::{Environment, StartError};
use dynamo::{Key, Read, StoreError};
use jiff::{SignedDuration, Timestamp};
use kernel::SHANGHAI;
use schedule::Expression;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A schedule as the template declares it. The list of them, `schedules.json`, is made from the template by a test that
/// fails when it is not up to date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Schedule {
    /// The job that its event names.
    pub job: String,
    /// What it does.
    pub description: String,
    /// When, in Shanghai: `cron(…)`.
    pub expression: String,
    /// Whether it fires.
    pub enabled: bool,
    /// After so many seconds the platform ends a run.
    pub timeout_seconds: u32,
}

/// How a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = JobState)]
pub enum State {
    /// Its schedule does not fire.
    Disabled,
    /// No slot was due since its schedule is known.
    New,
    /// The last slot that is due was done.
    Done,
    /// A run of the last slot that is due is at work, and not for too long.
    Running,
    /// The run of the last slot that is due failed.
    Failed,
    /// There is no run of the last slot that is due, or it broke off.
    Overdue,
}

/// A job as it stands.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Its schedule.
    pub schedule: Schedule,
    /// The same, as it can be computed with.
    pub expression: Expression,
    /// The last slot that has to have been done by now.
    pub due: Option<Slot>,
    /// How it stands.
    pub state: State,
    /// The last runs, latest first.
    pub runs: Vec<RunRecord>,
}

/// Since when each schedule is known. A job is not blamed for slots before that: the first deployment, a changed
/// expression and a schedule that is enabled again begin anew.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    pk: String,
    sk: String,
    since: BTreeMap<String, Timestamp>,
}

impl Known {
    const KEY: (&str, &str) = ("WATCH", "SINCE");

    fn name(schedule: &Schedule) -> String {
        format!("{} {}", schedule.job, schedule.expression)
    }

    /// What is known at `now`, when this was known before.
    fn next(&self, schedules: &[(Schedule, Expression)], now: Timestamp) -> Self {
        let enabled = schedules.iter().map(|(schedule, _)| schedule).filter(|schedule| schedule.enabled);
        let since = enabled.map(|schedule| {
            let name = Self::name(schedule);
            let since = self.since.get(&name).copied().unwrap_or(now);
            (name, since)
        });
        Self { pk: Self::KEY.0.to_owned(), sk: Self::KEY.1.to_owned(), since: since.collect() }
    }
}

/// The schedules, and the table of runs.
#[derive(Debug, Clone)]
pub struct Watch {
    runs: Runs,
    schedules: Vec<(Schedule, Expression)>,
}

impl Watch {
    /// How long after its slot a run may begin.
    pub const GRACE: SignedDuration = SignedDuration::from_mins(10);
    /// How long after the timeout of its function a run may say that it ended.
    const MARGIN: SignedDuration = SignedDuration::from_mins(1);
    /// Runs of a job that are looked at: those of ten minutes of a job that runs every minute, each delivered thrice.
    const RUNS: u16 = 40;

    /// Over the schedules of the template.
    ///
    /// # Errors
    /// When a setting is missing, or the list of schedules cannot be read.
    pub fn open(env: &Environment) -> Result<Self, StartError> {
        let unreadable = |e: serde_json::Error| StartError::Unavailable { what: "schedules.json", source: e.into() };
        Self::of(env, serde_json::from_str(include_str!("schedules.json")).map_err(unreadable)?)
    }

    /// Over other schedules.
    ///
    /// # Errors
    /// When a setting is missing, or an expression is none.
    pub fn of(env: &Environment, schedules: Vec<Schedule>) -> Result<Self, StartError> {
        let read = |schedule: Schedule| match Expression::parse(&schedule.expression, SHANGHAI) {
            Ok(expression) => Ok((schedule, expression)),
            Err(error) => Err(StartError::Unavailable { what: "schedule", source: error.into() }),
        };
        let schedules = schedules.into_iter().map(read).collect::<Result<_, _>>()?;
        Ok(Self { runs: Runs::open(env)?, schedules })
    }

    /// Opens the connection to the store.
    pub async fn prime(&self) {
        self.runs.table().prime().await;
    }

    async fn known(&self) -> Result<Known, StoreError> {
        let (pk, sk) = Known::KEY;
        Ok(self.runs.table().get(Key::new(pk, sk), Read::Eventual).await?.unwrap_or_default())
    }

    /// Notes schedules that were not known before, and forgets those that there are no more.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn learn(&self, now: Timestamp) -> Result<(), StoreError> {
        let known = self.known().await?;
        let next = known.next(&self.schedules, now);
        if next == known { Ok(()) } else { self.runs.table().put(&next).await }
    }

    /// How each job stands at `now`, in the order of the list of schedules: by function.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn look(&self, now: Timestamp) -> Result<Vec<Seen>, StoreError> {
        let known = self.known().await?;
        let mut seen = Vec::new();
        for (schedule, expression) in &self.schedules {
            let runs = self.runs.last(&schedule.job, Slot::at(now), Self::RUNS).await?;
            let due = expression.until(now - Self::GRACE).map(Slot::at);
            let since = known.since.get(&Known::name(schedule)).copied();
            let state = match due {
                _ if !schedule.enabled => State::Disabled,
                Some(due) if since.is_some_and(|since| since < due.time()) => judge(schedule, due, &runs, now),
                _ => State::New,
            };
            seen.push(Seen { schedule: schedule.clone(), expression: expression.clone(), due, state, runs });
        }
        Ok(seen)
    }
}

/// How a job stands of which the slot `due` should be done by now. A later one that was done makes up for it: what runs
/// more often than the grace lasts is its own repetition.
fn judge(schedule: &Schedule, due: Slot, runs: &[RunRecord], now: Timestamp) -> State {
    let lasting = SignedDuration::from_secs(schedule.timeout_seconds.into()) + Watch::MARGIN;
    let at_work = |run: &RunRecord| run.outcome == Outcome::Running && now.duration_since(run.began) <= lasting;
    let mut of_slot = runs.iter().filter(|run| run.slot == due);
    if runs.iter().any(|run| run.slot >= due && run.outcome == Outcome::Done) {
        State::Done
    } else if of_slot.clone().any(at_work) {
        State::Running
    } else if of_slot.any(|run| run.outcome == Outcome::Failed) {
        State::Failed
    } else {
        State::Overdue
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::RunId;

    fn at(text: &str) -> Timestamp {
        format!("2026-12-01T{text}+08:00").parse().unwrap()
    }

    fn nightly() -> Schedule {
        Schedule {
            job: "nightly".to_owned(),
            description: String::new(),
            expression: "cron(0 2 * * ? *)".to_owned(),
            enabled: true,
            timeout_seconds: 900,
        }
    }

    fn run(slot: &str, began: &str, outcome: Outcome) -> RunRecord {
        let (slot, began) = (Slot::at(at(slot)), at(began));
        let ended = (outcome != Outcome::Running).then_some(began);
        RunRecord {
            id: RunId::from_bytes(1, [1; 10]),
            job: "nightly".to_owned(),
            slot,
            began,
            ended,
            outcome,
            counters: None,
            error: None,
        }
    }

    fn state(runs: &[RunRecord], now: &str) -> State {
        judge(&nightly(), Slot::at(at("02:00:00")), runs, at(now))
    }

    #[test]
    fn a_slot_is_done_when_one_of_its_runs_did_it() {
        let (failed, done) = (run("02:00:00", "02:00:05", Outcome::Failed), run("02:00:00", "02:03:00", Outcome::Done));
        assert_eq!(state(&[], "02:15:00"), State::Overdue);
        assert_eq!(state(std::slice::from_ref(&failed), "02:15:00"), State::Failed);
        for runs in [[done.clone(), failed.clone()], [failed, done]] {
            assert_eq!(state(&runs, "02:15:00"), State::Done);
        }
    }

    #[test]
    fn a_later_slot_makes_up_for_it_and_an_earlier_one_does_not() {
        assert_eq!(state(&[run("02:01:00", "02:01:01", Outcome::Done)], "02:15:00"), State::Done);
        assert_eq!(state(&[run("01:59:00", "02:00:01", Outcome::Done)], "02:15:00"), State::Overdue);
        // One that always breaks off has a run at work at any time.
        let runs = [run("02:14:00", "02:14:01", Outcome::Running), run("02:00:00", "01:50:00", Outcome::Running)];
        assert_eq!(state(&runs, "02:15:00"), State::Overdue);
    }

    #[test]
    fn a_run_may_last_as_long_as_its_function_and_a_minute() {
        let running = [run("02:00:00", "02:00:01", Outcome::Running)];
        assert_eq!(state(&running, "02:16:01"), State::Running);
        assert_eq!(state(&running, "02:16:02"), State::Overdue);
        let with_failed = [running[0].clone(), run("02:00:00", "02:00:02", Outcome::Failed)];
        assert_eq!(state(&with_failed, "02:16:01"), State::Running, "another try is under way");
        assert_eq!(state(&with_failed, "02:16:02"), State::Failed);
    }

    #[test]
    fn what_is_known_stays_known_until_it_changes() {
        let read = |schedule: Schedule| {
            let expression = Expression::parse(&schedule.expression, SHANGHAI).unwrap();
            (schedule, expression)
        };
        let (first, later) = (at("01:00:00"), at("03:00:00"));
        let known = Known::default().next(&[read(nightly())], first);
        assert_eq!(known.next(&[read(nightly())], later), known);
        let changed = Schedule { expression: "cron(0 3 * * ? *)".to_owned(), ..nightly() };
        assert_eq!(known.next(&[read(changed)], later).since["nightly cron(0 3 * * ? *)"], later);
        let disabled = known.next(&[read(Schedule { enabled: false, ..nightly() })], later);
        assert!(disabled.since.is_empty());
        assert_eq!(disabled.next(&[read(nightly())], later).since["nightly cron(0 2 * * ? *)"], later);
    }
}
