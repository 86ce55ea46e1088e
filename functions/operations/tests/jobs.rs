//! What the system administrator sees of the jobs.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use authz::Role;
use jiff::SignedDuration;
use jobs::{Error, Jobs, Report, Watch};
use operations::{App, router};
use serde::Serialize;
use serde_json::{Value, json};
use testkit::{Bench, Client, Town};

#[derive(Serialize)]
struct Moved {
    copies: u64,
}

impl Report for Moved {
    fn log(&self) {}

    fn counts(&self) -> Vec<(&'static str, u64)> {
        vec![("RelocatedCopies", self.copies)]
    }
}

struct Stage {
    bench: Bench,
    client: Client,
}

async fn stage() -> Stage {
    let bench = Bench::new().await;
    let town = Town::build(&bench).await;
    let person = town.person(1, "林管", &town.branch).await;
    let caller = Town::caller(&person, &[(Role::SystemAdministrator, &town.district)]);
    let app = App::connect(&bench.env).await.unwrap();
    Watch::open(&bench.env).unwrap().learn(bench.now()).await.unwrap();
    Stage { client: Client::new(router(app), Some(caller)), bench }
}

impl Stage {
    /// A run of relocation for the slot now.
    async fn run(&self, outcome: Result<(), Error>) {
        let jobs = Jobs::open(&self.bench.env, "relocation").unwrap();
        let event = json!({ "time": self.bench.now(), "detail": { "job": "relocation" } });
        let run = jobs.begin(event).await.unwrap();
        let _ = run.end(&Moved { copies: 3 }, outcome).await;
    }

    async fn job(&self, name: &str) -> Value {
        let reply = self.client.get("/v1/jobs").await;
        assert_eq!(reply.status, 200, "{reply:?}");
        let items = reply.body["items"].as_array().unwrap();
        items.iter().find(|item| item["job"] == name).unwrap().clone()
    }
}

#[tokio::test]
async fn a_job_is_shown_with_its_schedule_its_runs_and_its_next_slot() {
    let stage = stage().await;
    let new = stage.job("relocation").await;
    assert_eq!((&new["state"], &new["runs"]), (&json!("new"), &json!([])));
    assert_eq!(new["schedule"], json!({ "expression": "cron(* * * * ? *)", "zh": "每分钟", "en": "every minute" }));
    stage.bench.pass(SignedDuration::from_mins(1));
    for _ in 0..7 {
        stage.run(Ok(())).await;
        stage.bench.pass(SignedDuration::from_mins(1));
    }
    stage.run(Err("the store is busy".into())).await;
    stage.bench.pass(SignedDuration::from_mins(3));
    let job = stage.job("relocation").await;
    // Ten minutes ago is 10:01; it is 10:11.
    assert_eq!((&job["state"], &job["due"]), (&json!("done"), &json!("2026-11-24T02:01:00Z")));
    assert_eq!(job["next"], "2026-11-24T02:12:00Z");
    let runs = job["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 5);
    assert_eq!((&runs[0]["outcome"], &runs[0]["error"]), (&json!("failed"), &json!("the store is busy")));
    assert_eq!((&runs[1]["outcome"], &runs[1]["counters"]), (&json!("done"), &json!({ "copies": 3 })));
    stage.bench.pass(SignedDuration::from_mins(7));
    assert_eq!(stage.job("relocation").await["state"], "failed", "10:08 is due, and nothing came after it");
    stage.bench.pass(SignedDuration::from_mins(1));
    assert_eq!(stage.job("relocation").await["state"], "overdue", "10:09 is due");
}

#[tokio::test]
async fn nobody_else_sees_it() {
    let stage = stage().await;
    let town = Town::build(&Bench::new().await).await;
    let person = town.person(2, "黄书", &town.branch).await;
    for grants in [&[(Role::Secretary, &town.city), (Role::Auditor, &town.city)][..], &[]] {
        let reply = stage.client.with(Town::caller(&person, grants)).get("/v1/jobs").await;
        assert_eq!((reply.status, reply.code()), (403, "forbidden"), "{grants:?}");
    }
}
