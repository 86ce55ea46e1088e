//! Nights that come twice, at once, broken off or not at all, and a store that is busy.

use crate::stage::{Stage, event, stage};
use cloud::Environment;
use finding_records::Finding;
use jiff::SignedDuration;
use kernel::Clock;
use nightly_findings::App;
use serde_json::json;
use std::sync::atomic::{AtomicI64, Ordering};
use testkit::{Chaos, Crash, Faults};

/// The branch misses two meetings, a term is over, a probation is over, and there is a case.
async fn scene() -> Stage {
    let stage = stage().await;
    stage.admitted("2025-08-01").await;
    stage.elected("2021-11-20", "2026-11-20").await;
    stage.case().await;
    stage.at("2026-12-01T03:30");
    let _ = stage.bench.wire.take();
    stage
}

async fn assert_once(stage: &Stage, wanted: &[Finding], why: &str) {
    assert_eq!(stage.findings().await, wanted, "{why}");
    assert_eq!(stage.told(stage.member.id).await.len(), 1, "{why}");
    assert_eq!(stage.told(stage.secretary.id).await.len(), 5, "{why}");
}

#[tokio::test]
async fn a_night_that_comes_again_changes_nothing() {
    let stage = Box::pin(scene()).await;
    let report = stage.run().await;
    assert_eq!(
        (&report["opened"], &report["told"]),
        (&6.into(), &6.into()),
        "one of them is the neighbour's: {report}"
    );
    let wanted = stage.findings().await;
    assert_eq!(stage.run().await["organizations"], 0, "the night is done");
    stage.next_night().await;
    assert_once(&stage, &wanted, "the next night").await;
}

#[tokio::test]
async fn nights_at_once_find_and_tell_once() {
    let stage = Box::pin(scene()).await;
    let run = || nightly_findings::run(&stage.app, event(&stage));
    let (one, other) = tokio::join!(run(), run());
    one.unwrap();
    other.unwrap();
    let wanted = stage.findings().await;
    assert_eq!(wanted.len(), 5);
    assert!(wanted.iter().all(|finding| finding.version == 1));
    assert_once(&stage, &wanted, "twice at once").await;
}

#[tokio::test]
async fn a_run_can_stop_at_any_call() {
    let stage = Box::pin(scene()).await;
    let before = stage.bench.image();
    stage.run().await;
    let calls = stage.bench.wire.take();
    let wanted = stage.findings().await;
    // To stop before a reading is to stop after what was written before it.
    let writes = calls.iter().enumerate();
    let writes = writes.filter(|(_, call)| ["TransactWriteItems", "PutItem"].contains(&call.operation.as_str()));
    let writes: Vec<_> = writes.map(|(at, _)| at).collect();
    assert!(writes.len() >= 8, "{writes:?}");
    for at in writes {
        for crash in [Crash::Before(at), Crash::After(at)] {
            stage.bench.restore(&before);
            stage.bench.wire.crash(Some(crash));
            let _ = nightly_findings::run(&stage.app, event(&stage)).await;
            stage.bench.wire.crash(None);
            for _ in 0..2 {
                stage.run().await;
            }
            assert_once(&stage, &wanted, &format!("{crash:?}")).await;
        }
    }
}

#[tokio::test]
async fn what_is_over_can_stop_at_any_call_as_well() {
    let stage = Box::pin(scene()).await;
    stage.run().await;
    stage.held(1, &["theme-day"], "2026-11-20").await;
    stage.elected("2026-11-24", "2031-11-24").await;
    stage.bench.pass(SignedDuration::from_hours(24));
    let before = stage.bench.image();
    let _ = stage.bench.wire.take();
    stage.run().await;
    let calls = stage.bench.wire.take();
    let wanted = stage.findings().await;
    assert_eq!(wanted.iter().filter(|finding| finding.closed.is_some()).count(), 2);
    let writes = calls.iter().enumerate().filter(|(_, call)| call.operation == "TransactWriteItems");
    for at in writes.map(|(at, _)| at).collect::<Vec<_>>() {
        for crash in [Crash::Before(at), Crash::After(at)] {
            stage.bench.restore(&before);
            stage.bench.wire.crash(Some(crash));
            let _ = nightly_findings::run(&stage.app, event(&stage)).await;
            stage.bench.wire.crash(None);
            stage.run().await;
            assert_once(&stage, &wanted, &format!("{crash:?}")).await;
        }
    }
}

#[tokio::test]
async fn a_first_walk_that_never_ends_is_a_failure_after_three_days() {
    let stage = stage().await;
    // Each look at the clock takes five minutes, and a run has thirteen: none comes further than the first tree.
    let (clock, looks) = (stage.bench.env.clock.clone(), AtomicI64::new(0));
    let slow = move || clock.now() + SignedDuration::from_mins(5 * looks.fetch_add(1, Ordering::Relaxed));
    let env = Environment { clock: Clock::new(slow), ..stage.bench.env.clone() };
    let app = App::connect(&env).await.unwrap();
    let mut nights = Vec::new();
    for _ in 0..5 {
        let outcome = nightly_findings::run(&app, event(&stage)).await;
        nights.push(outcome.map(|report| report["more"].clone()).map_err(|error| error.to_string()));
        stage.bench.pass(SignedDuration::from_hours(24));
    }
    let goes_on = || Ok(json!(true));
    let late = Err("no walk came to its end for three days".to_owned());
    assert_eq!(nights, [goes_on(), goes_on(), goes_on(), goes_on(), late]);
    assert_eq!(stage.run().await["more"], false, "with time it comes to its end");
}

#[tokio::test]
async fn a_store_that_throttles_comes_to_the_same() {
    let stage = Box::pin(scene()).await;
    let before = stage.bench.image();
    stage.run().await;
    let names = |findings: Vec<Finding>| findings.into_iter().map(|it| (it.id, it.version)).collect::<Vec<_>>();
    let wanted = names(stage.findings().await);
    for seed in 0..4 {
        stage.bench.restore(&before);
        let chaos = Chaos::new(seed, stage.bench.env.clock.clone());
        let app = App::connect(&chaos.before(&stage.bench.env)).await.unwrap();
        chaos.set(Faults { throttled: 0.1, failed: 0.05, lost: 0.05, short_page: 0.3, ..Faults::none() });
        let mut tries = 0;
        loop {
            chaos.begin_job(tries);
            if nightly_findings::run(&app, event(&stage)).await.is_ok() {
                break;
            }
            tries += 1;
            assert!(tries < 50, "seed {seed}");
        }
        assert_eq!(names(stage.findings().await), wanted, "seed {seed}");
        assert_eq!(stage.told(stage.secretary.id).await.len(), 5, "seed {seed}");
    }
}
