//! By night the sums of trees are counted again in which something changed; what is wrong is told and stays as it is.

use crate::stage::{Stage, stage};
use dynamo::{Key, Read};
use serde_json::{Value, json};
use task_records::{Sum, SumRow, TaskRow};

/// A root of the worker and the path of one of its two parts, of which half is reported.
async fn tree(stage: &Stage) -> (TaskRow, String) {
    let root = stage.issued(&stage.worker, "走访", "2026-12-18T18:00").await;
    let place = stage.row(&root).await.organization;
    let part =
        |weight: u8| json!({ "organization": place, "owner": stage.neighbour.id, "title": "登记", "weight": weight });
    let reply = stage.desk.post(&format!("{root}/split"), json!({ "parts": [part(60), part(40)] })).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let path = format!("/v1/tasks/{}", stage.desk.get(&format!("{root}/rollup")).await.text("/parts/0/task"));
    stage.step(&stage.neighbour, &path, "sign").await;
    stage.reported(&stage.neighbour, &path, 50).await;
    (stage.row(&root).await, path)
}

async fn recount(stage: &Stage) -> Result<Value, jobs::Error> {
    task_warnings::run(&stage.job, stage.event("task-warnings.recount")).await
}

async fn total(stage: &Stage, root: &TaskRow) -> Sum {
    stage.tasks.sum(None, root.id).await.unwrap().unwrap().sum
}

#[tokio::test]
async fn what_changed_is_counted_once_and_what_did_not_costs_nothing() {
    let stage = stage().await;
    let (_, path) = tree(&stage).await;
    stage.issued(&stage.worker, "以后", "2027-10-18T18:00").await;
    let mut looked = Vec::new();
    for (day, counted) in [("2026-11-25", 3), ("2026-11-26", 0), ("2026-11-27", 0)] {
        stage.at(&format!("{day}T02:30"));
        let _ = stage.bench.wire.take();
        let report = recount(&stage).await.unwrap();
        assert_eq!((&report["counted"], &report["differences"]), (&json!(counted), &json!(0)), "{day}");
        looked.push(stage.bench.wire.take().len());
    }
    assert!(looked[1] < looked[0] && looked[2] == looked[1], "{looked:?}");
    // Two nights without a run lose nothing.
    stage.reported(&stage.neighbour, &path, 60).await;
    stage.at("2026-11-30T02:30");
    assert_eq!(recount(&stage).await.unwrap()["counted"], 3);
}

#[tokio::test]
async fn a_sum_that_is_wrong_fails_the_run_night_after_night_and_is_not_touched() {
    let stage = stage().await;
    let (root, path) = tree(&stage).await;
    let right = total(&stage, &root).await;
    let wrong = Sum { progress: 9_999, ..right };
    stage.tasks.table().put(&SumRow::new(None, root.id, wrong, stage.bench.now())).await.unwrap();
    for day in ["2026-11-25", "2026-11-26"] {
        stage.at(&format!("{day}T02:30"));
        let error = recount(&stage).await.unwrap_err().to_string();
        assert!(error.starts_with("1 sums"), "{error}");
        assert_eq!(total(&stage, &root).await, wrong, "{day}");
        // What else changed is counted once all the same.
        let row: Option<Value> =
            stage.tasks.table().get(Key::new("RECOUNT", "RECOUNT"), Read::Consistent).await.unwrap();
        assert_eq!(row.unwrap()["from"], day);
    }
    // The next report of a part makes the sum again.
    stage.reported(&stage.neighbour, &path, 60).await;
    stage.at("2026-11-27T02:30");
    assert_eq!(recount(&stage).await.unwrap()["differences"], 0);
}

#[tokio::test]
async fn a_run_goes_on_where_the_last_one_ended() {
    let stage = stage().await;
    let (one, _) = tree(&stage).await;
    let (other, _) = tree(&stage).await;
    let (_, last) = [&one, &other].map(|root| (task_records::shard(&root.id), root.id)).into_iter().max().unwrap();
    let at = json!({ "began": "2026-11-24", "shard": task_records::shard(&last), "root": last });
    let row = json!({ "pk": "RECOUNT", "sk": "RECOUNT", "from": "2026-11-23", "at": at, "again": [] });
    stage.tasks.table().put(&row).await.unwrap();
    // Then what changed since that run began is looked at, from the first tree on; and then nothing is left.
    for (day, counted) in [("2026-11-25", 3), ("2026-11-26", 6), ("2026-11-27", 0)] {
        stage.at(&format!("{day}T02:30"));
        assert_eq!(recount(&stage).await.unwrap()["counted"], counted, "{day}");
    }
}

#[tokio::test]
async fn what_a_request_left_is_rolled_up_first() {
    let stage = stage().await;
    let (root, path) = tree(&stage).await;
    let before = total(&stage, &root).await;
    stage.reported(&stage.neighbour, &path, 60).await;
    // As if the request had ended after its change.
    let part = stage.row(&path).await;
    let marked = TaskRow {
        rollup: Some(TaskRow::rollup(task_records::shard(&part.root))),
        rollup_key: Some(format!("{}#{}", part.root, part.id)),
        ..part
    };
    stage.tasks.table().put(&marked).await.unwrap();
    stage.tasks.table().put(&SumRow::new(None, root.id, before, stage.bench.now())).await.unwrap();
    stage.at("2026-11-25T02:30");
    let report = recount(&stage).await.unwrap();
    assert_eq!((&report["settled"], &report["differences"]), (&json!(1), &json!(0)));
}
