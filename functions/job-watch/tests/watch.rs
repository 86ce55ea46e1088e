//! Looks after jobs that run, fail, break off, and do not come.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use cloud::Environment;
use dynamo::{Key, Read, Table};
use futures_util::future::join;
use jiff::{SignedDuration, Timestamp};
use job_watch::App;
use jobs::{Error, Jobs, Report, Schedule, Watch};
use kernel::Clock;
use serde::Serialize;
use serde_json::{Value, json};
use testkit::{Bench, Chaos, Crash, Faults, Wire};

#[derive(Serialize)]
struct Nothing {}

impl Report for Nothing {
    fn log(&self) {}

    fn counts(&self) -> Vec<(&'static str, u64)> {
        Vec::new()
    }
}

fn schedule(job: &str, expression: &str) -> Schedule {
    Schedule {
        job: job.to_owned(),
        description: format!("what {job} does"),
        expression: format!("cron({expression})"),
        enabled: true,
        timeout_seconds: 900,
    }
}

/// A job every quarter of an hour and one every Monday at eight, watched since ten o'clock of Tuesday, 24 November 2026.
fn two() -> Vec<Schedule> {
    vec![schedule("quarterly", "0/15 * * * ? *"), schedule("weekly", "0 8 ? * 2 *")]
}

struct Stage {
    bench: Bench,
    app: App,
}

async fn stage(schedules: Vec<Schedule>) -> Stage {
    let bench = Bench::new().await;
    let app = app(&bench.env, schedules).await;
    Stage { bench, app }
}

async fn app(env: &Environment, schedules: Vec<Schedule>) -> App {
    App::connect(env).await.unwrap().watching(Watch::of(env, schedules).unwrap())
}

fn event(time: Timestamp) -> Value {
    let mut event: Value = serde_json::from_str(include_str!("../../../events/job-watch.json")).unwrap();
    event["time"] = json!(time);
    event
}

impl Stage {
    async fn look(&self) -> Value {
        let mut report = job_watch::run(&self.app, event(self.bench.now())).await.unwrap();
        report.as_object_mut().unwrap().remove("schedules");
        report
    }

    /// Moves on to this time in Shanghai.
    fn at(&self, time: &str) {
        let time: Timestamp = format!("{time}+08:00").parse().unwrap();
        self.bench.pass(time.duration_since(self.bench.now()));
    }

    /// A run of `job` for the slot at `time` in Shanghai, now; `false` for one that fails.
    async fn ran(&self, job: &'static str, time: &str, well: bool) {
        let jobs = Jobs::open(&self.bench.env, job).unwrap();
        let run = jobs.begin(slot(job, time)).await.unwrap();
        let outcome = if well { Ok(()) } else { Err(Error::from("on purpose")) };
        assert_eq!(run.end(&Nothing {}, outcome).await.is_ok(), well);
    }
}

/// The event of `job` for the slot at `time` in Shanghai.
fn slot(job: &str, time: &str) -> Value {
    json!({ "time": format!("{time}+08:00"), "detail": { "job": job } })
}

fn found(overdue: &[&str], failed: &[&str]) -> Value {
    json!({ "overdue": overdue, "failed": failed })
}

#[tokio::test]
async fn a_slot_is_missed_ten_minutes_after_it_and_not_before() {
    let stage = stage(two()).await;
    assert_eq!(stage.look().await, found(&[], &[]), "slots before the first look are nobody's fault");
    stage.at("2026-11-24T10:14:00");
    assert_eq!(stage.look().await, found(&[], &[]), "the slot at ten was due in the moment of the first look");
    stage.ran("quarterly", "2026-11-24T10:00:00", true).await;
    stage.at("2026-11-24T10:24:59");
    assert_eq!(stage.look().await, found(&[], &[]));
    stage.at("2026-11-24T10:25:00");
    assert_eq!(stage.look().await, found(&["quarterly"], &[]));
    // Late is late, and then done.
    stage.ran("quarterly", "2026-11-24T10:15:00", true).await;
    assert_eq!(stage.look().await, found(&[], &[]));
}

#[tokio::test]
async fn a_job_is_first_expected_at_the_first_slot_after_it_is_known() {
    let stage = stage(two()).await;
    stage.bench.pass(SignedDuration::from_secs(1));
    assert_eq!(stage.look().await, found(&[], &[]));
    stage.at("2026-11-24T10:24:59");
    assert_eq!(stage.look().await, found(&[], &[]), "the slot at ten was a second before");
    stage.at("2026-11-24T10:25:00");
    assert_eq!(stage.look().await, found(&["quarterly"], &[]));
    stage.at("2026-11-30T08:09:59");
    assert_eq!(stage.look().await, found(&["quarterly"], &[]));
    stage.at("2026-11-30T08:10:00");
    assert_eq!(stage.look().await, found(&["quarterly", "weekly"], &[]), "Monday");
}

#[tokio::test]
async fn a_failure_is_told_until_a_repetition_or_a_later_slot_is_done() {
    let stage = stage(two()).await;
    stage.look().await;
    stage.at("2026-11-30T08:00:05");
    stage.ran("weekly", "2026-11-30T08:00:00", false).await;
    for day in ["2026-11-30T08:10:00", "2026-12-06T23:00:00"] {
        stage.at(day);
        assert_eq!(stage.look().await["failed"], json!(["weekly"]), "{day}");
    }
    // Fired by hand, for the slot that failed.
    stage.ran("weekly", "2026-11-30T08:00:00", true).await;
    assert_eq!(stage.look().await["failed"], json!([]));
    // A run of another slot that is still to come says nothing of this one.
    stage.at("2026-12-07T08:05:00");
    stage.ran("weekly", "2026-12-07T08:00:00", false).await;
    stage.ran("weekly", "2027-01-04T08:00:00", true).await;
    stage.at("2026-12-07T08:10:00");
    assert_eq!(stage.look().await["failed"], json!(["weekly"]));
}

#[tokio::test]
async fn a_run_that_breaks_off_is_overdue_when_its_time_is_over() {
    let stage = stage(two()).await;
    stage.look().await;
    stage.at("2026-11-30T08:00:05");
    let jobs = Jobs::open(&stage.bench.env, "weekly").unwrap();
    let _broken_off = jobs.begin(slot("weekly", "2026-11-30T08:00:00")).await.unwrap();
    stage.at("2026-11-30T08:16:05");
    assert_eq!(stage.look().await["overdue"], json!(["quarterly"]), "fifteen minutes and one");
    stage.at("2026-11-30T08:16:06");
    assert_eq!(stage.look().await["overdue"], json!(["quarterly", "weekly"]));
}

#[tokio::test]
async fn what_is_disabled_is_not_expected_and_what_changes_begins_anew() {
    let stage = stage(two()).await;
    stage.look().await;
    stage.at("2026-11-24T12:00:00");
    assert_eq!(stage.look().await["overdue"], json!(["quarterly"]));
    let [quarterly, weekly] = <[Schedule; 2]>::try_from(two()).unwrap();
    let disabled = Schedule { enabled: false, ..quarterly.clone() };
    let other = Stage { app: app(&stage.bench.env, vec![disabled, weekly.clone()]).await, bench: stage.bench.clone() };
    assert_eq!(other.look().await["overdue"], json!([]));
    stage.bench.pass(SignedDuration::from_mins(1));
    assert_eq!(stage.look().await["overdue"], json!([]), "enabled again a minute ago");
    let hourly = schedule("quarterly", "0 * * * ? *");
    let changed = Stage { app: app(&stage.bench.env, vec![hourly, weekly]).await, bench: stage.bench.clone() };
    assert_eq!(changed.look().await["overdue"], json!([]));
    stage.at("2026-11-24T13:10:00");
    assert_eq!(changed.look().await["overdue"], json!(["quarterly"]));
}

#[tokio::test]
async fn it_looks_after_itself_and_after_all_of_the_template() {
    let bench = Bench::new().await;
    let app = App::connect(&bench.env).await.unwrap();
    let first = job_watch::run(&app, event(bench.now())).await.unwrap();
    assert_eq!((first["schedules"].as_u64().unwrap() >= 5, &first["overdue"]), (true, &json!([])));
    bench.pass(SignedDuration::from_mins(40));
    let second = job_watch::run(&app, event(bench.now())).await.unwrap();
    let overdue: Vec<_> = second["overdue"].as_array().unwrap().iter().map(|job| job.as_str().unwrap()).collect();
    assert!(overdue.contains(&"job-watch") && overdue.contains(&"relocation"), "{overdue:?}");
    assert!(!overdue.contains(&"audit-seal"), "in the morning it is not due");
}

/// Since when each schedule is known, as it is kept.
async fn known(bench: &Bench) -> Option<Value> {
    let table = Table::open(&bench.env, "JOBS_TABLE").unwrap();
    table.get(Key::new("WATCH", "SINCE"), Read::Consistent).await.unwrap()
}

#[tokio::test]
async fn a_crash_at_any_call_leaves_the_next_look_as_it_would_have_been() {
    let (stage, wire) = (stage(two()).await, Wire::default());
    let before = stage.bench.image();
    let env = &stage.bench.env;
    let env = Environment::with_http(env.settings.clone(), env.clock.clone(), wire.client()).unwrap();
    let wired = app(&env, two()).await;
    job_watch::run(&wired, event(stage.bench.now())).await.unwrap();
    let (calls, expected) = (wire.take().len(), known(&stage.bench).await);
    assert_eq!(calls, 7, "its record, what is known and that it is new, the same again and two jobs, its record");
    for n in 0..calls {
        for crash in [Crash::Before(n), Crash::After(n)] {
            stage.bench.restore(&before);
            wire.crash(Some(crash));
            assert_eq!(job_watch::run(&wired, event(stage.bench.now())).await.is_ok(), n == calls - 1, "{crash:?}");
            assert_eq!(stage.look().await, found(&[], &[]), "{crash:?}");
            assert_eq!(known(&stage.bench).await, expected, "{crash:?}");
        }
    }
}

#[tokio::test]
async fn two_looks_at_once_find_the_same() {
    let stage = stage(two()).await;
    let (one, other) = Box::pin(join(stage.look(), stage.look())).await;
    assert_eq!(one, other);
    stage.at("2026-11-24T10:25:00");
    let (one, other) = Box::pin(join(stage.look(), stage.look())).await;
    assert_eq!((&one, &other), (&found(&["quarterly"], &[]), &one));
}

#[tokio::test]
async fn on_a_bad_store_a_look_fails_or_is_right() {
    let good = stage(two()).await;
    good.look().await;
    good.at("2026-11-24T10:25:00");
    let chaos = Chaos::new(7, Clock::clone(&good.bench.env.clock));
    let bad = Stage { app: app(&chaos.before(&good.bench.env), two()).await, bench: good.bench.clone() };
    chaos.set(Faults { hung: 0.0, ..Faults::mixed() });
    let mut right = 0;
    for attempt in 0..60 {
        chaos.begin(attempt);
        if let Ok(report) = job_watch::run(&bad.app, event(bad.bench.now())).await {
            assert_eq!((&report["overdue"], &report["failed"]), (&json!(["quarterly"]), &json!([])));
            right += 1;
        }
    }
    assert!(right > 0);
}

#[tokio::test]
async fn what_a_look_costs() {
    let stage = stage(two()).await;
    stage.look().await;
    let _ = stage.bench.wire.take();
    stage.look().await;
    let calls = stage.bench.wire.take();
    let units: f64 = calls.iter().map(|call| call.units).sum();
    assert_eq!((calls.len(), units), (6, 4.0), "its record twice, what is known twice, two jobs");
}

#[tokio::test]
async fn an_event_for_another_job_is_refused() {
    let stage = stage(two()).await;
    for event in [json!({}), slot("relocation", "2026-11-24T10:00:00")] {
        assert!(job_watch::run(&stage.app, event).await.is_err());
    }
}
