//! Nights that come twice, at once, broken off at any write or out of time, and a store that is busy.

use crate::stage::{Stage, day, night_of, stage};
use cloud::Environment;
use jiff::SignedDuration;
use kernel::Clock;
use rollup::App;
use std::sync::atomic::{AtomicI64, Ordering};
use testkit::{Chaos, Crash, Faults};

/// What was done came by the stream, but for the last of it.
async fn scene() -> Stage {
    let stage = stage().await;
    stage.bring(0..6).await;
    let _ = stage.bench.wire.take();
    stage
}

#[tokio::test]
async fn nights_at_once_come_to_what_one_does() {
    let stage = scene().await;
    let before = stage.bench.image();
    stage.night("2026-11-25").await;
    let wanted = stage.rows().await;
    stage.bench.restore(&before);
    let other = App::connect(&stage.bench.env).await.unwrap();
    let event = || night_of("2026-11-25");
    let (one, two) = tokio::join!(rollup::run(&stage.app, event()), rollup::run(&other, event()));
    one.unwrap();
    two.unwrap();
    assert_eq!(stage.rows().await, wanted);
    // And with the stream beside it: what is recounted is not counted again.
    stage.bench.restore(&before);
    let (one, two) = tokio::join!(rollup::run(&stage.app, event()), rollup::run(&other, stage.batch(6..stage.many())),);
    one.unwrap();
    two.unwrap();
    let id = stage.town.branch.id;
    let counted = wanted.0.iter().find(|row| row.organization() == Some(id)).unwrap();
    assert_eq!(stage.month(id).await.whole(), counted.whole());
}

#[tokio::test]
async fn a_run_can_stop_at_any_write() {
    let stage = scene().await;
    let before = stage.bench.image();
    stage.night("2026-11-25").await;
    let calls = stage.bench.wire.take();
    let wanted = stage.rows().await;
    // To stop before a reading is to stop after what was written before it.
    let writes = calls.iter().enumerate().filter(|(_, call)| call.operation == "PutItem");
    let writes: Vec<_> = writes.map(|(at, _)| at).collect();
    assert!(writes.len() >= 16, "runs, counters, what eight organisations say, five areas, nights: {writes:?}");
    for at in writes {
        for crash in [Crash::Before(at), Crash::After(at)] {
            stage.bench.restore(&before);
            stage.bench.wire.crash(Some(crash));
            let _ = rollup::run(&stage.app, night_of("2026-11-25")).await;
            stage.bench.wire.crash(None);
            stage.night("2026-11-25").await;
            assert_eq!(stage.rows().await, wanted, "{crash:?}");
        }
    }
}

#[tokio::test]
async fn a_night_that_has_no_time_is_gone_on_with() {
    let stage = scene().await;
    let before = stage.bench.image();
    stage.night("2026-11-25").await;
    let wanted = stage.rows().await;
    stage.bench.restore(&before);
    // Each look at the clock takes a minute, and a run has twelve.
    let (began, looks) = (stage.bench.now(), AtomicI64::new(0));
    let clock = Clock::new(move || began + SignedDuration::from_mins(looks.fetch_add(1, Ordering::Relaxed)));
    let app = App::connect(&Environment { clock, ..stage.bench.env.clone() }).await.unwrap();
    let mut runs = 0;
    loop {
        runs += 1;
        assert!(runs < 10);
        if rollup::run(&app, night_of("2026-11-25")).await.unwrap()["more"] == false {
            break;
        }
    }
    assert!(runs > 1, "thirty-two parts of two days take thirty-two minutes");
    assert_eq!(stage.rows().await, wanted);
    let night = stage.counters.night().await.unwrap();
    assert_eq!((night.through, night.walked, night.at), (Some(day("2026-11-24")), Some(day("2026-11-24")), None));
}

#[tokio::test]
async fn what_never_reads_holds_up_neither_the_rest_nor_the_sums() {
    let stage = scene().await;
    stage.spoil(stage.town.branch.id).await;
    // A night takes three runs, and one organisation gets through none of them.
    let (began, looks) = (stage.bench.now(), AtomicI64::new(0));
    let clock = Clock::new(move || began + SignedDuration::from_mins(looks.fetch_add(1, Ordering::Relaxed)));
    let app = App::connect(&Environment { clock, ..stage.bench.env.clone() }).await.unwrap();
    for _ in 0..10 {
        let _ = rollup::run(&app, night_of("2026-11-25")).await;
    }
    let night = stage.counters.night().await.unwrap();
    assert_eq!((night.through, night.walked), (Some(day("2026-11-22")), Some(day("2026-11-24"))));
    assert!(stage.month(stage.town.neighbour.id).await.is_closed(day("2026-11-24")));
}

#[tokio::test]
async fn a_store_that_throttles_comes_to_the_same() {
    let stage = scene().await;
    let before = stage.bench.image();
    stage.night("2026-11-25").await;
    let wanted = stage.rows().await;
    for seed in 0..4 {
        stage.bench.restore(&before);
        let chaos = Chaos::new(seed, stage.bench.env.clock.clone());
        let app = App::connect(&chaos.before(&stage.bench.env)).await.unwrap();
        chaos.set(Faults {
            throttled: 0.1,
            failed: 0.05,
            lost: 0.05,
            unprocessed: 0.3,
            short_page: 0.3,
            ..Faults::none()
        });
        let mut tries = 0;
        loop {
            chaos.begin_job(tries);
            if rollup::run(&app, night_of("2026-11-25")).await.is_ok() {
                break;
            }
            tries += 1;
            assert!(tries < 100, "seed {seed}");
        }
        assert_eq!(stage.rows().await, wanted, "seed {seed}");
    }
}
