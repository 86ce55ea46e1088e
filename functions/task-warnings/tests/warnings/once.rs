//! Any number of runs, at once, broken off anywhere, or none for days: everything is told, and once.

use crate::stage::{Stage, new, stage};
use dynamo::{Change, Ledger};
use jiff::SignedDuration;
use task_records::Done;
use testkit::Crash;

/// Three tasks of two owners; one of them was handed in. Its path.
async fn scene() -> (Stage, String) {
    let stage = stage().await;
    let path = stage.issued(&stage.worker, "走访一", "2026-12-18T18:00").await;
    stage.issued(&stage.worker, "走访二", "2026-12-18T18:00").await;
    stage.issued(&stage.neighbour, "走访三", "2026-12-18T18:00").await;
    stage.step(&stage.worker, &path, "sign").await;
    stage.reported(&stage.worker, &path, 100).await;
    stage.step(&stage.worker, &path, "submit").await;
    (stage, path)
}

async fn assert_told(stage: &Stage, why: &str) {
    assert_eq!(stage.told(stage.worker.id).await, ["task.issued"], "{why}");
    assert_eq!(stage.told(stage.neighbour.id).await, ["task.issued"], "{why}");
    assert_eq!(stage.told(stage.officer).await, ["task.submitted"], "{why}");
}

#[tokio::test]
async fn runs_that_come_three_times_and_at_once_tell_once() {
    let (stage, _) = Box::pin(scene()).await;
    let run = || task_warnings::run(&stage.job, stage.event("task-warnings"));
    let (one, two) = tokio::join!(run(), run());
    assert!(one.is_ok() && two.is_ok(), "{one:?} {two:?}");
    for _ in 0..3 {
        assert_eq!(stage.run().await["notices"], 0);
    }
    assert_told(&stage, "twice at once").await;
}

#[tokio::test]
async fn a_run_can_stop_at_any_call() {
    let (stage, _) = Box::pin(scene()).await;
    let before = stage.bench.image();
    let _ = stage.bench.wire.take();
    stage.run().await;
    let calls = stage.bench.wire.take();
    // What is done before a query is what was done before the next call. The last one records that it ended.
    let others = calls.iter().enumerate().filter(|(_, call)| call.operation != "Query").map(|(at, _)| at);
    let others: Vec<usize> = others.filter(|at| *at + 1 < calls.len()).collect();
    assert!(others.len() > 5, "{others:?}");
    for at in others {
        for crash in [Crash::Before(at), Crash::After(at)] {
            stage.bench.restore(&before);
            stage.bench.wire.crash(Some(crash));
            let _ = task_warnings::run(&stage.job, stage.event("task-warnings")).await;
            stage.bench.wire.crash(None);
            stage.run().await;
            stage.run().await;
            assert_told(&stage, &format!("{crash:?}")).await;
        }
    }
}

#[tokio::test]
async fn a_report_in_the_middle_is_not_lost_and_nothing_is_told_twice() {
    let stage = stage().await;
    let path = stage.issued(&stage.worker, "走访", "2026-12-18T18:00").await;
    stage.run().await;
    stage.step(&stage.worker, &path, "sign").await;
    stage.at("2026-12-10T07:00");
    let event = stage.event("task-warnings");
    let (run, ()) = tokio::join!(task_warnings::run(&stage.job, event), stage.reported(&stage.worker, &path, 99));
    assert!(run.is_ok(), "{run:?}");
    stage.run().await;
    let row = stage.row(&path).await;
    assert_eq!((row.progress, row.version), (9_900, 3));
    assert!(row.warning.is_none_or(|warning| !warning.is_open()), "it is green");
    assert!(stage.told(stage.worker.id).await.len() <= 2);
}

#[tokio::test]
async fn who_read_before_somebody_was_told_does_not_make_it_forgotten() {
    let stage = stage().await;
    let path = stage.issued(&stage.worker, "走访", "2026-12-18T18:00").await;
    let read = stage.row(&path).await;
    stage.run().await;
    let signed = read.stepped(Done::Signed, stage.bench.now()).unwrap();
    let change = stage.tasks.change(Change::new(), &read, &signed, (0, stage.bench.now()));
    let ledger = Ledger::of_job(&stage.bench.env).unwrap();
    let refused = ledger.carry_out(change, []).await.unwrap_err();
    assert!(refused.to_string().contains("conflict"), "{refused}");
    // A request reads again and goes on.
    stage.step(&stage.worker, &path, "sign").await;
    stage.run().await;
    assert_eq!(stage.told(stage.worker.id).await, ["task.issued"]);
}

#[tokio::test]
async fn a_task_that_was_put_back_to_an_earlier_time_learns_what_was_told() {
    let stage = stage().await;
    let path = stage.issued(&stage.worker, "走访一", "2026-12-18T18:00").await;
    let before = stage.row(&path).await;
    stage.run().await;
    stage.tasks.table().put(&before).await.unwrap();
    stage.issued(&stage.neighbour, "走访二", "2026-12-18T18:00").await;
    let report = stage.run().await;
    assert_eq!((&report["notices"], &report["left"]), (&1.into(), &0.into()), "{report}");
    assert_eq!(stage.told(stage.worker.id).await, ["task.issued"]);
    assert!(!stage.row(&path).await.news);
    assert_eq!(stage.told(stage.neighbour.id).await, ["task.issued"]);
}

#[tokio::test]
async fn more_tasks_of_one_owner_than_a_transaction_takes_are_told_in_a_few_messages() {
    let stage = stage().await;
    for n in 0..130 {
        stage.issued(&stage.worker, &format!("走访{n}"), "2026-12-18T18:00").await;
    }
    let report = stage.run().await;
    assert_eq!((&report["told"], &report["notices"], &report["left"]), (&130.into(), &2.into(), &0.into()), "{report}");
    let inbox = stage.inbox(stage.worker.id).await;
    assert_eq!(inbox.len(), 2);
    assert_eq!(inbox[0].notice.body.lines().count(), 21);
    // Each yellow one is an activity as well.
    stage.at("2026-11-27T07:00");
    let report = stage.run().await;
    assert_eq!((&report["told"], &report["notices"], &report["left"]), (&130.into(), &3.into(), &0.into()), "{report}");
    assert_eq!(stage.run().await["notices"], 0);
}

#[tokio::test]
async fn a_run_does_a_bounded_part_and_the_next_goes_on() {
    let mut stage = stage().await;
    stage.job = task_warnings::App::connect(&stage.bench.env).await.unwrap().looking_at(1);
    for day in 24..28 {
        stage.at(&format!("2026-11-{day}T10:00"));
        stage.issued(&stage.worker, &format!("走访{day}"), "2026-12-18T18:00").await;
    }
    assert_eq!(stage.run().await["more"], true);
    let mut told = 0;
    for _ in 0..6 {
        stage.run().await;
        told = stage.told(stage.worker.id).await.len();
    }
    assert_eq!(told, 4);
    assert_eq!(stage.run().await["more"], false);
}

#[tokio::test]
async fn days_without_a_run_lose_nothing_and_a_mark_keeps_runs_cheap() {
    let stage = new().await;
    let path = stage.issued(&stage.worker, "以前", "2026-12-18T18:00").await;
    stage.bench.pass(SignedDuration::from_hours(20));
    assert_eq!(stage.run().await["told"], 1, "the first run looks a day back");
    stage.step(&stage.worker, &path, "sign").await;
    stage.run().await;
    stage.pass_minutes(180);
    stage.run().await;
    let _ = stage.bench.wire.take();
    stage.run().await;
    let queries = stage.bench.wire.take().into_iter().filter(|call| call.operation == "Query").count();
    assert!(queries <= 8 + 8 * 3 + 3, "{queries}: marks, and three hours of eight shards");

    stage.issued(&stage.neighbour, "走访", "2027-12-18T18:00").await;
    stage.bench.pass(SignedDuration::from_hours(4 * 24));
    stage.run().await;
    assert_eq!(stage.told(stage.neighbour.id).await, ["task.issued"]);
}
