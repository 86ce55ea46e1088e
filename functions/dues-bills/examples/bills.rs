//! Bills of many members, made by a run that is killed twice:
//! `cargo run --release -p dues-bills --example bills` (10,000 members of 200 branches; `-- 1000` for fewer).
//!
//! Puts members and what they owe into the store, kills two runs in the middle, and lets a third go to its end. Fails unless each
//! member has exactly one bill, and the trace tells of each once. Prints requests and capacity units. The store is the embedded
//! one, in the same process: the time is that of both.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints and gives up")]

use dues_records::{BillRow, Class, DuesTable, Fen, Month, NewStandard, YearRow, Years};
use dynamo::Trace;
use jiff::Timestamp;
use register::Member;
use serde_json::{Value, json};
use std::time::Instant;
use testkit::{Bench, Crash, Town};

/// Members of one branch.
const EACH: u64 = 50;

/// Sets what `all` owe from the present month on.
async fn set(bench: &Bench, all: &[Member]) {
    let month = Month::at(bench.now());
    let years = all.iter().zip(0..).map(|(member, n)| {
        let base = Some(Fen(250_000 + n % 1_000 * 1_000));
        let new = NewStandard { class: Class::Wage, base, amount: None, from: month, quarterly: false, reason: None };
        let none = Years::of(member, member.organization, month.year());
        YearRow::new(none.set(new, None, (member.id, bench.now())).unwrap(), None)
    });
    let years: Vec<_> = years.collect();
    DuesTable::open(&bench.env).unwrap().table().put_all(&years).await.unwrap();
}

async fn run(bench: &Bench) -> Result<Value, String> {
    let job = dues_bills::App::connect(&bench.env).await.unwrap();
    let time = Timestamp::from_second(bench.now().as_second()).unwrap();
    let event = json!({ "time": time, "detail": { "job": "dues-bills", "attempt": "1" } });
    dues_bills::run(&job, event).await.map_err(|error| error.to_string())
}

#[tokio::main]
async fn main() {
    let members = std::env::args().nth(1).map_or(10_000, |text| text.parse().unwrap());
    let bench = Bench::new().await;
    let town = Town::build(&bench).await;
    // Seven in the morning of the first of December in Shanghai.
    let first: Timestamp = "2026-11-30T23:00:00Z".parse().unwrap();
    bench.pass(first.duration_since(bench.now()));
    let all = town.crowd(members, EACH).await;
    set(&bench, &all).await;
    let branches = members.div_ceil(EACH);
    println!("{members} members of {branches} branches");

    // A branch is about seven calls; the first run dies after a third, the second after another third.
    for _ in 0..2 {
        let _ = bench.wire.take();
        let at = usize::try_from(branches * 7 / 3).unwrap();
        bench.wire.crash(Some(Crash::After(at)));
        let began = Instant::now();
        let outcome = run(&bench).await;
        bench.wire.crash(None);
        println!("  killed after {at} requests, {:.1?}: {}", began.elapsed(), outcome.unwrap_err());
    }
    let _ = bench.wire.take();
    let began = Instant::now();
    let report = run(&bench).await.unwrap();
    let (took, calls) = (began.elapsed(), bench.wire.take());
    let units: f64 = calls.iter().map(|call| call.units).sum();
    println!("  the third: {report}");
    println!("  {} requests, {units:.0} units, {took:.1?}", calls.len());

    let (table, month) = (DuesTable::open(&bench.env).unwrap(), Month::at(bench.now()));
    let mut bills: Vec<BillRow> = Vec::new();
    for member in &all {
        bills.extend(table.bills(member.id, (month, month)).await.unwrap());
    }
    let trace = Trace::open(&bench.env).unwrap();
    let mut told = 0;
    for member in all.iter().step_by(usize::try_from(EACH).unwrap()) {
        let lines = trace.of_subject(&member.organization.to_string(), None, None, 50).await.unwrap().items;
        told += lines.iter().filter_map(|line| line.after.get("bills")?.as_u64()).sum::<u64>();
    }
    let once = bills.iter().filter(|row| row.bill.version == 1).count();
    println!("  {} bills, {once} of them made once; the trace tells of {told}", bills.len());
    assert_eq!((bills.len(), once, told), (all.len(), all.len(), members), "each bill once");
    assert!(bills.iter().zip(&all).all(|(row, member)| row.bill.organization == member.organization));
}
