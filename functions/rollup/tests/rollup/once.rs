//! Nights that come twice, at once, broken off at any write or out of time, and a store that is busy.

use crate::stage::{Stage, day, night_of, stage};
use cloud::Environment;
use counter_records::NightRow;
use jiff::SignedDuration;
use kernel::Clock;
use rollup::App;
use serde_json::json;
use std::sync::atomic::{AtomicI64, Ordering};
use testkit::{Chaos, Crash, Faults};

/// What was done came by the stream, but for the last of it.
async fn scene() -> Stage {
    let stage = stage().await;
    stage.bring(0..6).await;
    let _ = stage.bench.wire.take();
    stage
}

/// The same before the first night of all, in a trace that begins on `day`.
async fn first(day: &str) -> Stage {
    let stage = scene().await;
    stage.tell(&format!("{day}T09:00"), "task.issued", stage.town.other_street.id, &"tsk", json!({})).await;
    stage.counters.table().put(&NightRow::default()).await.unwrap();
    let _ = stage.bench.wire.take();
    stage
}

/// The function with a clock that each look at it moves on by some minutes.
async fn hasty(stage: &Stage, minutes: i64) -> App {
    let (began, looks) = (stage.bench.now(), AtomicI64::new(0));
    let clock = Clock::new(move || began + SignedDuration::from_mins(minutes * looks.fetch_add(1, Ordering::Relaxed)));
    App::connect(&Environment { clock, ..stage.bench.env.clone() }).await.unwrap()
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

/// A night that stops at any write, and is gone on with, comes to what one does that does not stop.
async fn assert_stops_anywhere(stage: &Stage, least: usize) {
    let before = stage.bench.image();
    stage.night("2026-11-25").await;
    let calls = stage.bench.wire.take();
    let wanted = stage.rows().await;
    // To stop before a reading is to stop after what was written before it.
    let writes = calls.iter().enumerate().filter(|(_, call)| call.operation == "PutItem");
    let writes: Vec<_> = writes.map(|(at, _)| at).collect();
    assert!(writes.len() >= least, "{writes:?}");
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
async fn a_run_can_stop_at_any_write() {
    // Runs, counters, what eight organisations say, five areas, nights.
    assert_stops_anywhere(&scene().await, 16).await;
}

#[tokio::test]
async fn the_first_night_of_all_can_stop_at_any_write() {
    // The same, and the areas of a month more.
    assert_stops_anywhere(&Box::pin(first("2026-10-10")).await, 21).await;
}

/// Goes on with a night on a clock of which each look takes some minutes, until there is no more to do; a run has twelve.
async fn assert_gone_on_with(stage: &Stage, minutes: i64) {
    let before = stage.bench.image();
    stage.night("2026-11-25").await;
    let wanted = stage.rows().await;
    stage.bench.restore(&before);
    let app = hasty(stage, minutes).await;
    let mut runs = 0;
    loop {
        runs += 1;
        assert!(runs < 40);
        if rollup::run(&app, night_of("2026-11-25")).await.unwrap()["more"] == false {
            break;
        }
    }
    assert!(runs > 1);
    assert_eq!(stage.rows().await, wanted);
    let night = stage.counters.night().await.unwrap();
    assert_eq!((night.through, night.walked, night.at), (Some(day("2026-11-24")), Some(day("2026-11-24")), None));
}

#[tokio::test]
async fn a_night_that_has_no_time_is_gone_on_with() {
    // Thirty-two parts of two days take thirty-two minutes.
    assert_gone_on_with(&scene().await, 1).await;
}

#[tokio::test]
async fn a_first_night_that_has_no_time_is_gone_on_with() {
    // A run has time for two looks: four parts of two trees, and each tree once for each of seven months.
    assert_gone_on_with(&Box::pin(first("2026-05-10")).await, 4).await;
}

#[tokio::test]
async fn what_never_reads_holds_up_neither_the_rest_nor_the_sums() {
    let stage = scene().await;
    stage.spoil(stage.town.branch.id).await;
    // A night takes three runs, and one organisation gets through none of them.
    let app = hasty(&stage, 1).await;
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
