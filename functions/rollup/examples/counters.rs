//! What counters cost: `cargo run --release -p rollup --example counters` (20,000 activities of 1,000 branches; `-- 2000 100` for fewer).
//!
//! The stream brings what was done in branches on two days, in batches as the template says; once more all of it; then comes the night,
//! the same night again, and, on counters that are empty, the first night of all. Prints time, requests and capacity units, of nights by
//! what they ask. Fails unless what comes again changes nothing, and a night counts every branch and finds no difference. The store is
//! the embedded one, in the same process: times are those of both.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints and gives up")]

use counter_records::{CounterTable, MonthRow, NightRow};
use dues_records::Month;
use dynamo::{Activity, ActivityRow, Actor, Table};
use jiff::{SignedDuration, Timestamp, civil::Date};
use kernel::{MemberId, OrgId};
use rollup::App;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use testkit::{Bench, Call, Town, scattered, stream_event};

/// Members of one branch.
const EACH: u64 = 20;
/// Changes that Lambda brings at once: `BatchSize` of `RollupActivities`.
const BATCH: usize = 500;

/// Activity number `n`, of several kinds in each branch.
fn activity(n: u64, branches: &[OrgId], at: Timestamp) -> ActivityRow {
    let all = u64::try_from(branches.len()).unwrap();
    let organization = branches.get(usize::try_from(n % all).unwrap()).copied().unwrap();
    let people: Vec<_> = (0..EACH).map(|person| MemberId::from_bytes(person, scattered(person))).collect();
    let (kind, after) = match (n + n / all) % 5 {
        0 => ("task.issued", json!({})),
        1 => (
            "meeting.signed",
            json!({ "kinds": ["theme-day"], "minutes": 90, "present": people, "online": [], "absent": [] }),
        ),
        2 => ("dues.paid", json!({ "member": people.first(), "months": ["2026-11"], "amount": 1_500 })),
        3 => ("task.accepted", json!({})),
        _ => ("member.edited", json!({ "unit": "某单位" })),
    };
    let told = Activity::new(at, Actor::job("example"), kind, organization, format!("x{n}"));
    Activity { after, ..told }.into()
}

/// What was done, from the beginning of one day to the evening of the next.
fn activities(many: u64, branches: &[OrgId]) -> Vec<ActivityRow> {
    let first: Timestamp = "2026-11-23T00:30:00+08:00".parse().unwrap();
    let apart = SignedDuration::from_hours(46) / i32::try_from(many).unwrap();
    let times = std::iter::successors(Some(first), |at| Some(*at + apart));
    (0..many).zip(times).map(|(n, at)| activity(n, branches, at)).collect()
}

fn number(many: usize) -> f64 {
    f64::from(u32::try_from(many).unwrap())
}

fn units(calls: &[Call]) -> f64 {
    calls.iter().map(|call| call.units).sum()
}

/// Prints what `calls` cost, each of `many` of something by itself.
fn tell(what: &str, calls: &[Call], took: Duration, (many, of): (usize, &str)) {
    let (requests, units) = (number(calls.len()), units(calls));
    let each = number(many);
    println!(
        "{what}: {requests} requests, {units:.0} units, {took:.1?}; {:.3} requests and {:.3} units for each of {many} {of}, {:.0} a second",
        requests / each,
        units / each,
        each / took.as_secs_f64(),
    );
}

/// Prints the same by what was asked.
fn tell_each(calls: Vec<Call>) {
    let mut kinds: BTreeMap<String, Vec<Call>> = BTreeMap::new();
    for call in calls {
        let on = call.actions.first().map(|(_, on)| on.as_str()).unwrap_or_default();
        kinds.entry(format!("{} {on}", call.operation)).or_default().push(call);
    }
    for (kind, calls) in kinds {
        println!("    {kind}: {} requests, {:.1} units", calls.len(), units(&calls));
    }
}

/// The counters of `branches` in November.
async fn rows(counters: &CounterTable, branches: &[OrgId]) -> Vec<MonthRow> {
    let month: Month = "2026-11".parse().unwrap();
    let mut rows = Vec::new();
    for id in branches {
        rows.extend(counters.month(*id, month).await.unwrap());
    }
    rows
}

/// Brings everything; how long it took.
async fn bring(app: &App, events: &[Value]) -> Duration {
    let began = Instant::now();
    for event in events {
        let answer = rollup::run(app, event.clone()).await.unwrap();
        assert_eq!(answer, json!({ "batchItemFailures": [] }));
    }
    began.elapsed()
}

/// The night after both days; prints what it cost.
async fn night(app: &App, bench: &Bench, what: &str, branches: usize) -> Value {
    let _ = bench.wire.take();
    let event = json!({ "time": bench.now(), "detail": { "job": "rollup", "attempt": "1" } });
    let began = Instant::now();
    let report = rollup::run(app, event).await.unwrap();
    let (took, calls) = (began.elapsed(), bench.wire.take());
    tell(what, &calls, took, (branches, "organizations"));
    println!("    {report}");
    tell_each(calls);
    report
}

/// How far nights came before: to the end of the day before both, or none was.
async fn nights_before(counters: &CounterTable, are: bool) {
    let mut night = NightRow::default();
    let through = are.then(|| "2026-11-22".parse::<Date>().unwrap());
    (night.through, night.walked) = (through, through);
    counters.table().put(&night).await.unwrap();
}

#[tokio::main]
async fn main() {
    let mut numbers = std::env::args().skip(1).map(|text| text.parse::<u64>().unwrap());
    let (many, branches) = (numbers.next().unwrap_or(20_000), numbers.next().unwrap_or(1_000));
    let bench = Bench::new().await;
    let town = Town::build(&bench).await;
    let members = town.crowd(branches * EACH, EACH).await;
    let each = usize::try_from(EACH).unwrap();
    let branches: Vec<OrgId> = members.iter().step_by(each).map(|member| member.organization).collect();
    let all = activities(many, &branches);
    Table::open(&bench.env, "ACTIVITIES_TABLE").unwrap().put_all(&all).await.unwrap();
    let now: Timestamp = "2026-11-25T04:00:00+08:00".parse().unwrap();
    bench.pass(now.duration_since(bench.now()));
    let (app, counters) = (App::connect(&bench.env).await.unwrap(), CounterTable::open(&bench.env).unwrap());
    let empty = bench.image();
    nights_before(&counters, true).await;
    println!("{many} activities of {} branches of {EACH} members", branches.len());

    let numbered: Vec<(u64, &ActivityRow)> = (0..).zip(&all).collect();
    let events: Vec<Value> = numbered.chunks(BATCH).map(|some| stream_event(some.iter().copied())).collect();
    let _ = bench.wire.take();
    let took = bring(&app, &events).await;
    tell("the stream", &bench.wire.take(), took, (all.len(), "activities"));
    let brought = rows(&counters, &branches).await;
    let _ = bench.wire.take();
    let took = bring(&app, &events).await;
    tell("the same again", &bench.wire.take(), took, (all.len(), "activities"));
    assert_eq!(rows(&counters, &branches).await, brought, "what comes again is counted once");

    let told = |report: &Value| ["organizations", "differences", "behind"].map(|name| report[name].as_u64().unwrap());
    let counted = u64::try_from(brought.len()).unwrap();
    let report = night(&app, &bench, "a night", branches.len()).await;
    assert_eq!(told(&report), [counted, 0, 0], "every branch, and no difference");
    let report = night(&app, &bench, "the same night again", branches.len()).await;
    assert_eq!(told(&report), [0; 3], "nothing is left to do");
    let wanted: Vec<_> = rows(&counters, &branches).await.iter().map(MonthRow::whole).collect();

    bench.restore(&empty);
    nights_before(&counters, false).await;
    let report = night(&app, &bench, "the first night of all", branches.len()).await;
    assert_eq!(told(&report), [counted, 0, 0], "every branch");
    let found: Vec<_> = rows(&counters, &branches).await.iter().map(MonthRow::whole).collect();
    assert_eq!(found, wanted, "the trace says what the stream brought");
}
