//! Any number of runs, at once or broken off anywhere: everything is told, and once.

use crate::stage::{Stage, stage};
use serde_json::json;
use testkit::Crash;

/// A meeting that changed after half of what there is to tell was told.
async fn scene() -> (Stage, String) {
    let stage = stage().await;
    let path = stage.planned("2026-11-27").await;
    stage.run().await;
    stage.moved(&path, "2026-11-28", "一楼大厅").await;
    stage.planned("2026-11-29").await;
    (stage, path)
}

async fn assert_told(stage: &Stage, why: &str) {
    for member in stage.everybody() {
        let mut told = stage.told(member).await;
        told.sort_unstable();
        assert_eq!(told, ["meeting.changed", "meeting.planned", "meeting.planned"], "{why}");
    }
}

#[tokio::test]
async fn runs_that_come_three_times_and_at_once_tell_once() {
    let (stage, path) = Box::pin(scene()).await;
    let run = || meeting_notices::run(&stage.job, stage.event());
    let (one, two) = tokio::join!(run(), run());
    assert!(one.is_ok() && two.is_ok(), "{one:?} {two:?}");
    assert_eq!((stage.run().await, stage.run().await), (0, 0));
    assert_told(&stage, "twice at once").await;
    assert_eq!(stage.traced(&path).await, [json!("news"), json!("news")], "each telling is in the trace once");
}

#[tokio::test]
async fn a_run_can_stop_at_any_call() {
    let (stage, _) = Box::pin(scene()).await;
    let before = stage.bench.image();
    let _ = stage.bench.wire.take();
    stage.run().await;
    let calls = stage.bench.wire.take();
    let changes = calls.iter().enumerate().filter(|(_, call)| call.operation != "Query").map(|(at, _)| at);
    // The last one records that the run ended.
    let changes: Vec<usize> = changes.filter(|at| *at + 1 < calls.len()).collect();
    assert!(changes.len() >= 4, "{changes:?}");
    for at in changes {
        for crash in [Crash::Before(at), Crash::After(at)] {
            stage.bench.restore(&before);
            stage.bench.wire.crash(Some(crash));
            let _ = meeting_notices::run(&stage.job, stage.event()).await;
            stage.bench.wire.crash(None);
            stage.run().await;
            assert_eq!(stage.run().await, 0);
            assert_told(&stage, &format!("{crash:?}")).await;
        }
    }
}

#[tokio::test]
async fn a_change_while_a_run_tells_is_told_by_the_next() {
    let stage = stage().await;
    let path = stage.planned("2026-11-27").await;
    let (run, ()) = tokio::join!(
        meeting_notices::run(&stage.job, stage.event()),
        Box::pin(stage.moved(&path, "2026-11-28", "一楼大厅")),
    );
    assert!(run.is_ok(), "{run:?}");
    stage.run().await;
    assert_eq!(stage.run().await, 0);
    for member in stage.everybody() {
        let inbox = stage.inbox(member.id).await;
        assert!(inbox.len() <= 2 && inbox.iter().any(|notice| notice.body.contains("11月28日")), "{inbox:?}");
    }
}
