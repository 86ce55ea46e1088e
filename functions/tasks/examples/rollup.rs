//! Roll-up benchmark: `cargo run --release -p tasks --example rollup`.
//!
//! Splits a root over two levels into 1,600 parts, lets fifty people report on them at once, and counts again. Prints
//! requests and capacity units for each report, for the board and for the recount, and how many sums the recount finds
//! wrong.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints and gives up")]

use authz::Role;
use dynamo::Ledger;
use fastrand::Rng;
use futures_util::future::join_all;
use kernel::MemberId;
use register::Member;
use serde_json::{Value, json};
use std::time::Instant;
use task_records::Tasks;
use tasks::{App, router};
use testkit::{Bench, Client, Town, caller};

/// Parts of each task that is split.
const WIDE: usize = 40;
/// People at once, and reports of each.
const PEOPLE: usize = 50;
const REPORTS: usize = 20;

/// Splits the task at `path`; the paths of its parts.
async fn split(officer: &Client, path: &str, town: &Town, owner: &Member) -> Vec<String> {
    let weight = |n: usize| 100 / WIDE + usize::from(n < 100 % WIDE);
    let part =
        |n: usize| json!({ "organization": town.branch.id, "owner": owner.id, "title": "走访", "weight": weight(n) });
    let parts: Vec<Value> = (0..WIDE).map(part).collect();
    assert_eq!(officer.post(&format!("{path}/split"), json!({ "parts": parts })).await.status, 200);
    let rollup = officer.get(&format!("{path}/rollup")).await;
    let made = rollup.body.get("parts").and_then(Value::as_array).unwrap();
    let ids = made.iter().filter_map(|part| part.get("task")?.as_str());
    ids.map(|id| format!("/v1/tasks/{id}")).collect()
}

/// Prints what was asked of the store since the last time, for each of `times`.
fn say(bench: &Bench, what: &str, times: usize, began: Instant) {
    let calls = bench.wire.take();
    let units: f64 = calls.iter().map(|call| call.units).sum();
    let each = |n: f64| n / f64::from(u32::try_from(times).unwrap());
    let requests = each(f64::from(u32::try_from(calls.len()).unwrap()));
    println!("{what:30} {requests:8.1} requests {:8.1} units each, {times} in {:.1?}", each(units), began.elapsed());
}

#[tokio::main]
async fn main() {
    let bench = Bench::new().await;
    let town = Town::build(&bench).await;
    let owner = town.person(1, "林责", &town.branch).await;
    let desk = caller(MemberId::from_bytes(70, [1; 10]), &[(Role::PartyAffairsOfficer, town.district.id)]);
    let officer = Client::new(router(App::connect(&bench.env).await.unwrap()), Some(desk));
    let body = json!({
        "kind": "key", "organization": town.district.id, "owner": owner.id, "title": "示范点建设",
        "dueAt": "2026-12-18T10:00:00Z",
    });
    let root = officer.post("/v1/tasks", body).await;
    let path = root.header("location").to_owned();
    let mut leaves = Vec::new();
    for part in split(&officer, &path, &town, &owner).await {
        leaves.extend(split(&officer, &part, &town, &owner).await);
    }
    let worker = officer.with(Town::caller(&owner, &[]));
    for leaf in &leaves {
        assert_eq!(worker.send("POST", &format!("{leaf}/sign"), None).await.status, 200);
    }
    let _ = bench.wire.take();

    let began = Instant::now();
    let people = (0..PEOPLE).map(async |person| {
        let mut dice = Rng::with_seed(u64::try_from(person).unwrap());
        let mut done = 0;
        for _ in 0..REPORTS {
            let leaf = dice.choice(&leaves).unwrap();
            let body = json!({ "percent": dice.u8(..=100), "note": "走访" });
            done += usize::from(worker.post(&format!("{leaf}/progress"), body).await.status == 200);
        }
        done
    });
    let done: usize = join_all(people).await.into_iter().sum();
    say(&bench, "a report among fifty", PEOPLE * REPORTS, began);
    println!("{done} reports were taken, the others met somebody at the same task");

    let board = path.replace("/tasks/", "/boards/");
    let began = Instant::now();
    assert_eq!(officer.get(&board).await.status, 200);
    say(&bench, "the board", 1, began);

    let tasks = Tasks::open(&bench.env, Ledger::of_job(&bench.env).unwrap()).unwrap();
    let began = Instant::now();
    let left = tasks.settle_marked(bench.now(), 1_000).await.unwrap();
    say(&bench, "looking for what was left", 1, began);
    let began = Instant::now();
    let recount = tasks.recount(root.text("/id").parse().unwrap()).await.unwrap();
    say(&bench, "the recount", 1, began);
    println!("{} tasks, {} sums wrong, {left} roll-ups had been left", recount.tasks, recount.differences.len());
}
