//! What a run costs: `cargo run --release -p task-warnings --example scale`.
//!
//! Puts open tasks into the store, of which some are due, and lets the job run: with 100,000 tasks and with 1,000,000, with
//! 1,000 due ones and with 10,000, each of another owner who is told something; once more, when nothing is due; and on the next
//! morning. Prints
//! time, requests and capacity units. The store is the embedded one, in the same process: the time is that of both.
//! `-- 1000000 10000` does only the one with so many tasks and due ones.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark prints and gives up"
)]

use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
use kernel::{MemberId, OrgId, OrgPath, TaskId};
use serde_json::json;
use std::{collections::BTreeMap, time::Instant};
use task_records::{Course, Task, TaskKind, TaskRow, TaskState, Tasks};
use testkit::{Bench, scattered};

/// Open tasks of one owner.
const EACH: u64 = 10;
/// Rows that are put together.
const TOGETHER: u64 = 1_000;

/// Task number `n`, which is looked at again on the day of `now` when it is `due`, and in half a year otherwise.
fn row(n: u64, due: bool, now: Timestamp) -> TaskRow {
    let organization = OrgId::from_bytes(n / 400, scattered(n / 400));
    let (id, owner) = (TaskId::from_bytes(n, scattered(n)), MemberId::from_bytes(n / EACH, scattered(n / EACH)));
    let due_at = if due { "2026-11-27T10:00:00Z" } else { "2027-06-18T10:00:00Z" };
    let task = Task {
        id,
        root: id,
        above: Vec::new(),
        organization,
        issuer: organization,
        caller: None,
        owner,
        owner_name: serde_json::from_str("\"陈员\"").unwrap(),
        parent_owner: None,
        title: serde_json::from_str("\"走访困难党员并登记诉求\"").unwrap(),
        detail: None,
        weight: 100,
        course: Course {
            kind: TaskKind::Key,
            state: TaskState::InProgress,
            starts_on: Date::constant(2026, 11, 2),
            due_at: due_at.parse().unwrap(),
            arrive_by: None,
            plan: Vec::new(),
            submitted_at: None,
        },
        split: false,
        progress: 10_000,
        rating: None,
        issued_by: MemberId::from_bytes(7, [7; 10]),
        version: 2,
        updated_at: now,
    };
    TaskRow::new(task, OrgPath::root(organization), 10_000, now - 24.hours(), false)
}

/// One run, and what it asked for.
async fn run(bench: &Bench, what: &str) {
    let job = task_warnings::App::connect(&bench.env).await.unwrap().looking_at(usize::MAX);
    let time = Timestamp::from_second(bench.now().as_second()).unwrap();
    let _ = bench.wire.take();
    let began = Instant::now();
    let event = json!({ "time": time, "detail": { "job": "task-warnings", "attempt": "1" } });
    let report = task_warnings::run(&job, event).await.unwrap();
    let took = began.elapsed();
    let calls = bench.wire.take();
    let units: f64 = calls.iter().map(|call| call.units).sum();
    let mut kinds = BTreeMap::<&str, usize>::new();
    for call in &calls {
        *kinds.entry(&call.operation).or_default() += 1;
    }
    let (due, notices) = (report["due"].as_u64().unwrap(), report["notices"].as_u64().unwrap());
    let asked = calls.len();
    println!("{what}: {due} due, {notices} messages, {asked} requests, {units:.1} units, {took:.1?}  {kinds:?}");
    assert!(report["left"] == 0 && report["more"] == false, "{report}");
}

async fn measure(tasks: u64, due: u64) {
    let bench = Bench::new().await;
    let now = bench.now();
    let table = Tasks::open(&bench.env, dynamo::Ledger::of_job(&bench.env).unwrap()).unwrap();
    let began = Instant::now();
    for first in (0..tasks).step_by(usize::try_from(TOGETHER).unwrap()) {
        // Those that are due are of as many owners.
        let rows = (first..first + TOGETHER).map(|n| row(n, n % (tasks / due) == 0, now));
        table.table().put_all(&rows.collect::<Vec<_>>()).await.unwrap();
        drop(bench.wire.take());
    }
    println!("{tasks} open tasks of {} owners, put in {:.0?}", tasks / EACH, began.elapsed());
    run(&bench, "  the first run").await;
    bench.pass(SignedDuration::from_mins(15));
    run(&bench, "  a quarter of an hour later").await;
    // What has a colour is looked at again, and nobody hears of it.
    bench.pass(SignedDuration::from_hours(24));
    run(&bench, "  the next morning").await;
}

#[tokio::main]
async fn main() {
    let given: Vec<u64> = std::env::args().skip(1).map(|text| text.parse().unwrap()).collect();
    if let [tasks, due] = given[..] {
        return measure(tasks, due).await;
    }
    for (tasks, due) in [(100_000, 1_000), (100_000, 10_000), (1_000_000, 10_000)] {
        measure(tasks, due).await;
    }
}
