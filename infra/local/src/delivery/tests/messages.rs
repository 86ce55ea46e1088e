//! The messages of queues.

use super::*;
use tempfile::TempDir;

const WORK: &str = "EventSourceArn: !GetAtt Work.Arn";

#[tokio::test]
async fn messages_come_once() {
    let stage = Stage::set(None, &[WORK], done).await;
    stage.send(&["hello"]);
    stage.settle().await;
    let events = stage.events();
    let record = &events[0]["Records"][0];
    let expected = json!({
        "messageId": record["messageId"],
        "receiptHandle": record["receiptHandle"],
        "body": "hello",
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1796083200000",
            "SenderId": "000000000000",
            "ApproximateFirstReceiveTimestamp": "1796083200000",
        },
        "messageAttributes": {},
        "md5OfBody": "5d41402abc4b2a76b9719d911017c592",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:local:000000000000:Work",
        "awsRegion": "local",
    });
    assert_eq!(*record, expected);
    assert!(record["messageId"].is_string() && record["receiptHandle"].is_string());
    assert_eq!(stage.post.count("Work").unwrap(), 0);
    stage.pass(60);
    stage.settle().await;
    assert!(stage.heard().is_empty());
    stage.close().await;
}

#[tokio::test]
async fn batches_have_a_size_and_several_are_under_way() {
    let stage =
        Stage::set(None, &[&format!("{WORK}, BatchSize: 2, ScalingConfig: {{ MaximumConcurrency: 2 }}")], done).await;
    stage.send(&["a", "b", "c", "d", "e"]);
    assert!(stage.step().await);
    let mut heard = stage.heard();
    heard.sort();
    assert_eq!(heard, [["a", "b"], ["c", "d"]]);
    assert!(stage.step().await);
    assert_eq!(stage.heard(), [["e"]]);
    assert!(!stage.step().await);
    stage.close().await;
}

#[tokio::test]
async fn of_a_batch_only_what_failed_comes_again() {
    let stage = Stage::set(None, &[WORK], |event| Ok(all_but(event, "b"))).await;
    stage.send(&["a", "b", "c"]);
    stage.settle().await;
    assert_eq!(stage.heard(), [["a", "b", "c"]]);
    stage.pass(29);
    stage.settle().await;
    assert!(stage.heard().is_empty(), "it is hidden");
    stage.pass(1);
    stage.settle().await;
    let again = stage.events();
    assert_eq!(again.iter().map(names).collect::<Vec<_>>(), [["b"]]);
    let attributes = &again[0]["Records"][0]["attributes"];
    assert_eq!(attributes["ApproximateReceiveCount"], "2");
    assert_eq!(attributes["ApproximateFirstReceiveTimestamp"], "1796083200000");
    stage.close().await;
}

#[tokio::test]
async fn what_fails_each_time_goes_to_the_dead_letters() {
    let stage = Stage::set(None, &[WORK], |_| Err("nothing works".to_owned())).await;
    stage.send(&["poison"]);
    for _ in 0..3 {
        stage.settle().await;
        assert_eq!(stage.heard(), [["poison"]]);
        assert_eq!((stage.post.count("Work").unwrap(), stage.post.count("Dead").unwrap()), (1, 0));
        stage.pass(30);
    }
    stage.settle().await;
    assert!(stage.heard().is_empty());
    assert_eq!(stage.post.count("Work").unwrap(), 0);
    assert_eq!(stage.dead(), ["poison"]);
    stage.close().await;
}

#[tokio::test]
async fn a_batch_waits_for_its_window() {
    let properties = format!("{WORK}, BatchSize: 2, MaximumBatchingWindowInSeconds: 10");
    let stage = Stage::set(None, &[&properties], done).await;
    stage.send(&["a"]);
    assert!(!stage.step().await);
    stage.pass(10);
    assert!(stage.step().await);
    stage.send(&["b", "c"]);
    assert!(stage.step().await, "it is full");
    stage.send(&["d"]);
    stage.settle().await;
    assert_eq!(stage.heard(), [vec!["a"], vec!["b", "c"], vec!["d"]]);
    stage.close().await;
}

#[tokio::test]
async fn messages_outlive_the_runner() {
    let temporary = TempDir::new().unwrap();
    let folder = Folder::open(temporary.path()).unwrap();
    let stage = Stage::set(Some(&folder), &[WORK], |_| Err("not now".to_owned())).await;
    stage.send(&["a"]);
    stage.settle().await;
    stage.send(&["b"]);
    stage.close().await;

    let stage = Stage::set(Some(&folder), &[WORK], done).await;
    stage.settle().await;
    assert_eq!(stage.heard(), [["b"]], "the other one is still hidden");
    stage.pass(30);
    stage.settle().await;
    assert_eq!(stage.heard(), [["a"]]);
    stage.close().await;
}
