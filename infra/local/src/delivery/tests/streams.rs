//! The changes of tables.

use super::*;
use std::sync::atomic::{AtomicBool, Ordering};
use tempfile::TempDir;

const NOTES: &str = "EventSourceArn: !GetAtt NotesTable.StreamArn, StartingPosition: TRIM_HORIZON";
const TO_DEAD: &str = "DestinationConfig: { OnFailure: { Destination: !GetAtt Dead.Arn } }";

/// Fails at a batch with `poison` in it.
fn picky(event: &Value) -> Answer {
    if names(event).iter().any(|name| name == "poison") { Err("it is poison".to_owned()) } else { done(event) }
}

#[tokio::test]
async fn changes_come_once_and_in_order() {
    let stage = Stage::set(None, &[NOTES], done).await;
    stage.put("notes", &["a", "b"]);
    stage.pass(5);
    stage.put("notes", &["a"]);
    stage.settle().await;
    let events = stage.events();
    assert_eq!(events.iter().map(names).collect::<Vec<_>>(), [["a", "b", "a"]]);
    let record = &events[0]["Records"][2];
    let sequence = record["dynamodb"]["SequenceNumber"].as_str().unwrap();
    assert!(sequence.len() == 21 && record["eventID"].is_string() && record["dynamodb"]["SizeBytes"].is_u64());
    let expected = json!({
        "eventID": record["eventID"],
        "eventName": "MODIFY",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "local",
        "eventSourceARN": "arn:aws:dynamodb:local:000000000000:table/notes/stream/local",
        "dynamodb": {
            "ApproximateCreationDateTime": 1_796_083_205,
            "Keys": { "pk": { "S": "a" } },
            "NewImage": { "pk": { "S": "a" }, "at": { "S": "2026-12-01T00:00:05Z" } },
            "OldImage": { "pk": { "S": "a" }, "at": { "S": "2026-12-01T00:00:00Z" } },
            "SequenceNumber": sequence,
            "SizeBytes": record["dynamodb"]["SizeBytes"],
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
    });
    assert_eq!(*record, expected);
    stage.settle().await;
    assert!(stage.heard().is_empty());
    stage.put("notes", &["c"]);
    stage.settle().await;
    assert_eq!(stage.heard(), [["c"]]);
    stage.close().await;
}

#[tokio::test]
async fn what_is_undone_comes_again_with_all_behind_it() {
    let sick = Arc::new(AtomicBool::new(true));
    let well = Arc::clone(&sick);
    let answer = move |event: &Value| if sick.load(Ordering::Relaxed) { Ok(all_but(event, "b")) } else { done(event) };
    let stage = Stage::set(None, &[NOTES], answer).await;
    stage.put("notes", &["a", "b", "c"]);
    stage.settle().await;
    assert_eq!(stage.heard(), [["a", "b", "c"]]);
    stage.settle().await;
    assert!(stage.heard().is_empty(), "it rests");
    stage.pass(1);
    stage.settle().await;
    assert_eq!(stage.heard(), [["b", "c"]]);
    well.store(false, Ordering::Relaxed);
    stage.pass(1);
    stage.settle().await;
    assert!(stage.heard().is_empty(), "it rests twice as long");
    stage.pass(1);
    stage.put("notes", &["d"]);
    stage.settle().await;
    assert_eq!(stage.heard(), [["b", "c", "d"]]);
    stage.close().await;
}

#[test]
fn pauses_grow_up_to_a_minute() {
    let pauses = [1, 2, 3, 6, 7, 8, u32::MAX].map(|tries| super::super::stream::pause(tries).as_secs());
    assert_eq!(pauses, [1, 2, 4, 32, 60, 60, 60]);
}

#[tokio::test]
async fn what_fails_each_time_is_given_up_and_told_of() {
    let properties = format!("{NOTES}, BatchSize: 2, MaximumRetryAttempts: 2, {TO_DEAD}");
    let stage = Stage::set(None, &[&properties], picky).await;
    stage.put("notes", &["poison", "x", "y"]);
    for _ in 0..2 {
        stage.settle().await;
        assert_eq!(stage.heard(), [["poison", "x"]]);
        stage.pass(60);
    }
    stage.settle().await;
    assert_eq!(stage.heard(), [vec!["poison", "x"], vec!["y"]]);
    let report: Value = serde_json::from_str(&stage.dead()[0]).unwrap();
    assert_eq!(report["requestContext"]["condition"], "RetryAttemptsExhausted");
    assert_eq!(report["requestContext"]["approximateInvokeCount"], 3);
    let batch = &report["DDBStreamBatchInfo"];
    assert_eq!((&batch["batchSize"], &batch["shardId"]), (&json!(2), &json!("shardId-00000001-notes")));
    assert_eq!(batch["approximateArrivalOfFirstRecord"], "2026-12-01T00:00:00Z");
    stage.close().await;
}

#[tokio::test]
async fn a_batch_is_divided_to_find_what_it_fails_at() {
    let properties = format!("{NOTES}, BisectBatchOnFunctionError: true, MaximumRetryAttempts: 0, {TO_DEAD}");
    let stage = Stage::set(None, &[&properties], picky).await;
    stage.put("notes", &["a", "b", "poison", "c", "d"]);
    stage.settle().await;
    let tried = [
        vec!["a", "b", "poison", "c", "d"],
        vec!["a", "b", "poison"],
        vec!["a", "b"],
        vec!["poison", "c", "d"],
        vec!["poison", "c"],
        vec!["poison"],
        vec!["c", "d"],
    ];
    assert_eq!(stage.heard(), tried);
    let report: Value = serde_json::from_str(&stage.dead()[0]).unwrap();
    assert_eq!(report["DDBStreamBatchInfo"]["batchSize"], 1);
    stage.close().await;
}

#[tokio::test]
async fn what_is_named_is_not_looked_for() {
    let properties = format!("{NOTES}, BisectBatchOnFunctionError: true, MaximumRetryAttempts: 1, {TO_DEAD}");
    let stage = Stage::set(None, &[&properties], |event: &Value| Ok(all_but(event, "b"))).await;
    stage.put("notes", &["a", "b", "c", "d"]);
    stage.settle().await;
    assert_eq!(stage.heard(), [["a", "b", "c", "d"]]);
    stage.pass(60);
    stage.settle().await;
    assert_eq!(stage.heard(), [["b", "c", "d"]], "from it on, and not in halves");
    let report: Value = serde_json::from_str(&stage.dead()[0]).unwrap();
    assert_eq!(report["DDBStreamBatchInfo"]["batchSize"], 3);
    stage.close().await;
}

#[tokio::test]
async fn what_is_too_old_is_given_up() {
    let properties = format!("{NOTES}, MaximumRecordAgeInSeconds: 60, {TO_DEAD}");
    let stage = Stage::set(None, &[&properties], picky).await;
    stage.put("notes", &["poison"]);
    for _ in 0..3 {
        stage.settle().await;
        assert_eq!(stage.heard(), [["poison"]]);
        stage.pass(31);
    }
    stage.settle().await;
    assert!(stage.heard().is_empty());
    assert!(stage.dead()[0].contains("RecordAgeExceeded"));
    stage.close().await;
}

#[tokio::test]
async fn a_batch_waits_for_its_window() {
    let properties = format!("{NOTES}, BatchSize: 3, MaximumBatchingWindowInSeconds: 10");
    let stage = Stage::set(None, &[&properties], done).await;
    assert!(!stage.step().await);
    stage.put("notes", &["a"]);
    stage.pass(9);
    stage.put("notes", &["b"]);
    assert!(!stage.step().await);
    stage.pass(1);
    assert!(stage.step().await);
    assert_eq!(stage.heard(), [["a", "b"]]);
    stage.put("notes", &["c", "d", "e", "f"]);
    assert!(stage.step().await, "it is full");
    assert!(!stage.step().await);
    assert_eq!(stage.heard(), [["c", "d", "e"]]);
    stage.settle().await;
    assert_eq!(stage.heard(), [["f"]], "who settles does not wait");
    stage.close().await;
}

#[tokio::test]
async fn each_table_is_read_for_itself() {
    let papers = NOTES.replace("Notes", "Papers");
    let answer = |event: &Value| if names(event) == ["n"] { Err("not now".to_owned()) } else { done(event) };
    let stage = Stage::set(None, &[NOTES, &papers], answer).await;
    stage.put("notes", &["n"]);
    stage.put("papers", &["p"]);
    stage.settle().await;
    let events = stage.events();
    assert_eq!(events.iter().map(names).collect::<Vec<_>>(), [["n"], ["p"]]);
    let change = &events[1]["Records"][0]["dynamodb"];
    assert!(change["NewImage"].is_null() && change["StreamViewType"] == "KEYS_ONLY");
    stage.put("papers", &["q"]);
    stage.settle().await;
    assert_eq!(stage.heard(), [["q"]], "the other one rests");
    stage.close().await;
}

#[tokio::test]
async fn what_nobody_wants_is_passed_over() {
    let filter = "FilterCriteria: { Filters: [{ Pattern: '{\"eventName\":[\"MODIFY\"]}' }] }";
    let stage = Stage::set(None, &[&format!("{NOTES}, {filter}")], done).await;
    stage.put("notes", &["a", "b"]);
    stage.settle().await;
    assert!(stage.heard().is_empty());
    stage.put("notes", &["c", "b", "d"]);
    stage.settle().await;
    assert_eq!(stage.heard(), [["b"]]);
    let position = stage.post.position("Source0").unwrap();
    let behind = stage.records.changes().after("notes", position.as_deref(), 10).await.unwrap();
    assert!(behind.is_empty());
    stage.close().await;
}

#[tokio::test]
async fn a_restart_goes_on_where_it_was() {
    let temporary = TempDir::new().unwrap();
    let folder = Folder::open(temporary.path()).unwrap();
    let stage = Stage::set(Some(&folder), &[NOTES], picky).await;
    stage.put("notes", &["a", "b"]);
    stage.settle().await;
    stage.put("notes", &["poison"]);
    stage.settle().await;
    assert_eq!(stage.heard(), [vec!["a", "b"], vec!["poison"]]);
    stage.close().await;

    let stage = Stage::set(Some(&folder), &[NOTES], done).await;
    stage.put("notes", &["c"]);
    stage.settle().await;
    assert_eq!(stage.heard(), [["poison", "c"]]);
    let kept = stage.records.changes().after("notes", None, 10).await.unwrap();
    let kept: Vec<_> = kept.iter().map(|change| &change.record["dynamodb"]["Keys"]["pk"]["S"]).collect();
    assert_eq!(kept, ["b", "poison", "c"], "what everybody has read is gone, except the last of it");
    stage.close().await;
}

/// Each write asks for the last number, and each reader for what is behind a number.
#[tokio::test]
async fn changes_are_found_by_an_index() {
    let temporary = TempDir::new().unwrap();
    let folder = Folder::open(temporary.path()).unwrap();
    Stage::set(Some(&folder), &[NOTES], done).await.close().await;
    let memory = Stage::set(None, &[NOTES], done).await;
    let copy = temporary.path().join("memory.sqlite");
    memory.records.database().vacuum_into(copy.to_str().unwrap()).unwrap();
    for file in [folder.records(), copy] {
        let store = rusqlite::Connection::open(file).unwrap();
        for asked in [
            "SELECT COALESCE(MAX(CAST(sequence_number AS INTEGER)), 0) + 1 FROM _stream_records WHERE table_name = 'notes'",
            "SELECT event_name FROM _stream_records WHERE table_name = 'notes' AND CAST(sequence_number AS INTEGER) > 5 \
             ORDER BY CAST(sequence_number AS INTEGER) ASC LIMIT 1",
        ] {
            let plan: String =
                store.query_row(&format!("EXPLAIN QUERY PLAN {asked}"), [], |row| row.get("detail")).unwrap();
            assert!(plan.contains("USING") && plan.contains("zhibu_stream_records"), "{plan}");
        }
    }
    memory.close().await;
}

/// The clock of the runner stands still here, the one of tokio is moved by waiting.
#[tokio::test(start_paused = true)]
async fn deliveries_go_on_by_themselves_until_stopped() {
    let (told, mut hears) = tokio::sync::mpsc::unbounded_channel();
    let answer = move |event: &Value| {
        told.send(names(event)).unwrap();
        done(event)
    };
    let stage = Stage::set(None, &[NOTES, "EventSourceArn: !GetAtt Work.Arn"], answer).await;
    let stop = Stop::new();
    let kept = tokio::spawn(Arc::clone(&stage.deliveries).keep(stop.clone()));
    stage.put("notes", &["a"]);
    assert_eq!(hears.recv().await, Some(vec!["a".to_owned()]));
    stage.send(&["m"]);
    assert_eq!(hears.recv().await, Some(vec!["m".to_owned()]));
    stop.now();
    kept.await.unwrap();
    stage.put("notes", &["b"]);
    assert!(hears.try_recv().is_err());
    stage.close().await;
}
