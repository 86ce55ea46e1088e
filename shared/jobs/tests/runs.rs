//! Runs from their events to their records, on good stores and bad ones.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use cloud::Environment;
use dynamo::{Found, Stretch, Table};
use jiff::Timestamp;
use jobs::{Error, Jobs, Outcome, Report};
use serde::Serialize;
use serde_json::{Value, json};
use testkit::{Bench, Crash, Wire};

/// What the job of these tests does: it puts a letter for its slot, under an id that follows from it.
#[derive(Debug, Default, Serialize)]
struct Sent {
    letters: u64,
}

impl Report for Sent {
    fn log(&self) {
        tracing::info!(letters = self.letters, "sent letters");
    }

    fn counts(&self) -> Vec<(&'static str, u64)> {
        vec![("Letters", self.letters)]
    }

    fn failure(&self) -> Option<String> {
        (self.letters > 1).then(|| "too many letters".to_owned())
    }
}

fn event(time: &str) -> Value {
    json!({ "time": time, "detail": { "job": "letters", "attempt": "1" } })
}

fn slot() -> Value {
    event("2026-11-24T02:00:00Z")
}

fn jobs(env: &Environment) -> Jobs {
    Jobs::open(env, "letters").unwrap()
}

/// The work: it costs two calls, and doing it again finds what is there.
async fn write(env: &Environment, slot: &str) -> Result<(), Error> {
    let table = Table::open(env, "MEMBERS_TABLE").unwrap();
    for part in ["head", "body"] {
        table.put(&json!({ "pk": format!("LETTER#{slot}"), "sk": part })).await?;
    }
    Ok(())
}

async fn run(env: &Environment, event: Value) -> Result<Value, Error> {
    let jobs = jobs(env);
    let run = jobs.begin(event).await?;
    let outcome = write(env, &run.slot().to_string()).await;
    run.end(&Sent { letters: u64::from(outcome.is_ok()) }, outcome).await
}

fn wired(bench: &Bench) -> (Environment, Wire) {
    let wire = Wire::default();
    let env = &bench.env;
    (Environment::with_http(env.settings.clone(), env.clock.clone(), wire.client()).unwrap(), wire)
}

async fn all(bench: &Bench, table: &str, partition: &str) -> Vec<Value> {
    let table = Table::open(&bench.env, table).unwrap();
    let found: Found<Value> = table.page(&Stretch::whole(partition), None, 100).await.unwrap();
    found.items
}

/// The outcomes of the recorded runs, by slot and the time they began.
async fn outcomes(bench: &Bench) -> Vec<Outcome> {
    let rows = all(bench, "JOBS_TABLE", "RUN#letters").await;
    rows.into_iter().map(|row| serde_json::from_value(row["outcome"].clone()).unwrap()).collect()
}

async fn letter(bench: &Bench) -> usize {
    all(bench, "MEMBERS_TABLE", "LETTER#2026-11-24T02:00:00Z").await.len()
}

#[tokio::test]
async fn a_run_is_recorded_with_what_it_did() {
    let bench = Bench::new().await;
    assert_eq!(run(&bench.env, slot()).await.unwrap(), json!({ "letters": 1 }));
    let rows = all(&bench, "JOBS_TABLE", "RUN#letters").await;
    let [row] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!((&row["slot"], &row["outcome"]), (&json!("2026-11-24T02:00:00Z"), &json!("done")));
    assert_eq!((&row["began"], &row["ended"]), (&json!(bench.now()), &json!(bench.now())));
    assert_eq!((&row["counters"], &row["error"]), (&json!({ "letters": 1 }), &Value::Null));
    let kept = row["ttl"].as_i64().unwrap() - bench.now().as_second();
    assert_eq!(kept, 40 * 86_400);
}

#[tokio::test]
async fn a_failure_is_recorded_in_words_and_bounded() {
    let bench = Bench::new().await;
    let jobs = jobs(&bench.env);
    for failure in ["the store is busy".to_owned(), "忙".repeat(1_000)] {
        let begun = jobs.begin(slot()).await.unwrap();
        let outcome: Result<(), Error> = Err(failure.clone().into());
        assert_eq!(begun.end(&Sent::default(), outcome).await.unwrap_err().to_string(), failure);
    }
    let many = jobs.begin(slot()).await.unwrap().end(&Sent { letters: 2 }, Ok::<(), Error>(())).await;
    assert_eq!(many.unwrap_err().to_string(), "too many letters");
    let rows = all(&bench, "JOBS_TABLE", "RUN#letters").await;
    let mut errors: Vec<_> = rows.iter().map(|row| row["error"].as_str().unwrap().to_owned()).collect();
    errors.sort();
    assert_eq!(errors, ["the store is busy".to_owned(), "too many letters".to_owned(), "忙".repeat(300)]);
    assert!(outcomes(&bench).await.iter().all(|outcome| *outcome == Outcome::Failed));
}

#[tokio::test]
async fn an_event_for_another_job_is_refused_and_leaves_no_record() {
    let bench = Bench::new().await;
    let other = json!({ "time": "2026-11-24T02:00:00Z", "detail": { "job": "relocation" } });
    for event in [json!({}), other] {
        assert!(run(&bench.env, event).await.is_err());
    }
    assert!(outcomes(&bench).await.is_empty());
}

/// Calls of a run: it is recorded, it works in two calls, it is recorded.
#[tokio::test]
async fn what_becomes_of_the_record_does_not_change_the_work() {
    for (crash, answered, recorded) in [
        (Crash::Before(3), true, vec![Outcome::Running]),
        (Crash::After(3), true, vec![Outcome::Done]),
        (Crash::Before(1), false, vec![Outcome::Running]),
        (Crash::After(2), false, vec![Outcome::Running]),
    ] {
        let bench = Bench::new().await;
        let (env, wire) = wired(&bench);
        wire.crash(Some(crash));
        assert_eq!(run(&env, slot()).await.is_ok(), answered, "{crash:?}");
        assert_eq!(outcomes(&bench).await, recorded, "{crash:?}");
        wire.crash(None);
        run(&env, slot()).await.unwrap();
        assert_eq!(letter(&bench).await, 2, "{crash:?}");
    }
    // Only the first record is lost.
    let bench = Bench::new().await;
    let (env, wire) = wired(&bench);
    wire.fail_next(3, 500, "InternalServerError", serde_json::Map::new());
    assert_eq!(run(&env, slot()).await.unwrap(), json!({ "letters": 1 }));
    assert_eq!(outcomes(&bench).await, [Outcome::Done]);
}

/// The clock of a run is that of the environment.
#[tokio::test]
async fn the_slot_is_not_the_time_it_happens_to_run_at() {
    let bench = Bench::new().await;
    let jobs = jobs(&bench.env);
    let late = jobs.begin(event("2026-11-20T16:00:00Z")).await.unwrap();
    assert_eq!((late.slot().day().to_string().as_str(), late.began()), ("2026-11-21", bench.now()));
    assert_eq!(late.slot().time(), "2026-11-20T16:00:00Z".parse::<Timestamp>().unwrap());
    late.end(&Sent::default(), Ok::<(), Error>(())).await.unwrap();
}
