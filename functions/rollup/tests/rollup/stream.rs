//! What the stream brings, each activity once.

use crate::stage::{Stage, day, stage};
use counter_records::Counter;
use rollup::App;
use serde_json::{Value, json};
use testkit::{Chaos, Crash, Faults, sequence};

fn nothing_again() -> Value {
    json!({ "batchItemFailures": [] })
}

#[tokio::test]
async fn what_was_done_is_counted_where_it_was_done() {
    let stage = stage().await;
    stage.bring_all().await;
    let branch = stage.month(stage.town.branch.id).await.whole();
    for (counter, many) in [
        (Counter::Meetings, 1),
        (Counter::Attended, 2),
        (Counter::Expected, 3),
        (Counter::StudyMinutes, 180),
        (Counter::TasksIssued, 1),
        (Counter::TasksDone, 1),
        (Counter::DuesMonths, 2),
        (Counter::DuesPaid, 3_000),
        (Counter::MembersJoined, 0),
    ] {
        assert_eq!(branch.of_counter(counter), many, "{counter:?}");
    }
    assert_eq!(stage.month(stage.town.group.id).await.whole().of_counter(Counter::Attended), 1);
    assert_eq!(stage.month(stage.town.neighbour.id).await.whole().of_counter(Counter::MembersJoined), 1);
    // Three activities of the branch are before the twenty-fourth; accounts are nobody's matter.
    assert_eq!(stage.month(stage.town.branch.id).await.through(day("2026-11-23")).of_counter(Counter::TasksDone), 0);
    assert_eq!(stage.month(stage.town.branch.id).await.version(), 4);
    assert_eq!(stage.months().await.len(), 4, "branch, group, neighbour and street");
}

#[tokio::test]
async fn batches_that_come_again_or_are_cut_otherwise_change_nothing() {
    let stage = stage().await;
    let before = stage.bench.image();
    stage.bring_all().await;
    let wanted = stage.months().await;
    let many = stage.many();
    let whole = [0..many, 0..many];
    let single: Vec<_> = (0..many).map(|n| n..n + 1).collect();
    let overlapping: Vec<_> = (0..many).map(|n| n.saturating_sub(2)..(n + 3).min(many)).collect();
    for parts in [whole.to_vec(), single, overlapping, vec![0..3, 0..5, 2..many, 0..many]] {
        stage.bench.restore(&before);
        for part in &parts {
            assert_eq!(stage.bring(part.clone()).await, nothing_again());
        }
        assert_eq!(stage.months().await, wanted, "{parts:?}");
    }
}

#[tokio::test]
async fn two_workers_at_once_count_once() {
    let stage = stage().await;
    let before = stage.bench.image();
    stage.bring_all().await;
    let wanted = stage.months().await;
    let (other, many) = (App::connect(&stage.bench.env).await.unwrap(), stage.many());
    // One is given up for dead and goes on, while the other gets the same again, cut otherwise.
    for part in [0..many, 0..3] {
        stage.bench.restore(&before);
        let (one, two) =
            tokio::join!(rollup::run(&stage.app, stage.batch(0..5)), rollup::run(&other, stage.batch(part)),);
        assert_eq!((one.unwrap(), two.unwrap()), (nothing_again(), nothing_again()));
        stage.bring_all().await;
        assert_eq!(stage.months().await, wanted);
    }
}

#[tokio::test]
async fn a_worker_can_die_at_any_call() {
    let stage = stage().await;
    let before = stage.bench.image();
    stage.bring_all().await;
    let calls = stage.bench.wire.take().len();
    let wanted = stage.months().await;
    assert!(calls >= 8, "{calls}");
    for at in 0..calls {
        for crash in [Crash::Before(at), Crash::After(at)] {
            stage.bench.restore(&before);
            stage.bench.wire.crash(Some(crash));
            let answer = rollup::run(&stage.app, stage.batch(0..stage.many())).await.unwrap();
            assert_ne!(answer, nothing_again(), "{crash:?}");
            stage.bench.wire.crash(None);
            stage.bring_all().await;
            assert_eq!(stage.months().await, wanted, "{crash:?}");
        }
    }
}

/// Brings everything as Lambda does over a bad store: from the first failure on again.
async fn until_it_is_through(stage: &Stage, app: &App, chaos: &Chaos) {
    let (many, mut from, mut tries) = (stage.many(), 0, 0);
    while from < many {
        chaos.begin_job(tries);
        let answer = rollup::run(app, stage.batch(from..many)).await.unwrap();
        let first = answer["batchItemFailures"][0]["itemIdentifier"].as_str();
        let next =
            first.map_or(many, |first| (0..many).find(|n| sequence(u64::try_from(*n).unwrap()) == first).unwrap());
        assert!(next >= from);
        from = next;
        tries += 1;
        assert!(tries < 200, "stuck at {from}");
    }
}

#[tokio::test]
async fn a_store_that_throttles_comes_to_the_same() {
    let stage = stage().await;
    let before = stage.bench.image();
    stage.bring_all().await;
    let wanted = stage.months().await;
    for seed in 0..6 {
        stage.bench.restore(&before);
        let chaos = Chaos::new(seed, stage.bench.env.clock.clone());
        let app = App::connect(&chaos.before(&stage.bench.env)).await.unwrap();
        chaos.set(Faults { throttled: 0.3, failed: 0.1, lost: 0.2, ..Faults::none() });
        until_it_is_through(&stage, &app, &chaos).await;
        assert_eq!(stage.months().await, wanted, "seed {seed}");
    }
}

#[tokio::test]
async fn what_does_not_read_comes_again_and_holds_up_its_own_organisation_alone() {
    let stage = stage().await;
    let mut batch = stage.batch(0..stage.many());
    batch["Records"][3]["dynamodb"]["NewImage"] = json!({ "pk": { "S": "ORG#broken" } });
    let answer = rollup::run(&stage.app, batch.clone()).await.unwrap();
    assert_eq!(answer, json!({ "batchItemFailures": [{ "itemIdentifier": sequence(3) }] }));
    let branch = stage.month(stage.town.branch.id).await;
    assert_eq!(branch.version(), 2, "what was before it is counted, and nothing behind it");
    let neighbour = stage.month(stage.town.neighbour.id).await;
    assert_eq!(neighbour.whole().of_counter(Counter::MembersJoined), 1, "what others did behind it");
    assert_eq!(stage.bring(0..3).await, nothing_again());
    assert_eq!(rollup::run(&stage.app, batch.clone()).await.unwrap(), answer, "and so each time");
    assert_eq!(stage.month(stage.town.neighbour.id).await, neighbour);
    // Lambda gives it up, and what follows is counted.
    batch["Records"].as_array_mut().unwrap().drain(..4);
    assert_eq!(rollup::run(&stage.app, batch).await.unwrap(), nothing_again());
    assert_eq!(stage.month(stage.town.branch.id).await.version(), 3);
}

#[tokio::test]
async fn records_of_changes_and_removals_are_nothing() {
    let stage = stage().await;
    for name in ["MODIFY", "REMOVE"] {
        let mut batch = stage.batch(0..stage.many());
        for record in batch["Records"].as_array_mut().unwrap() {
            record["eventName"] = json!(name);
        }
        assert_eq!(rollup::run(&stage.app, batch).await.unwrap(), nothing_again());
    }
    assert!(stage.months().await.is_empty());
    assert!(rollup::run(&stage.app, json!({ "Records": [{}] })).await.is_err(), "what is no change is a mistake");
}
