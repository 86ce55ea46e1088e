//! Messages that come twice, in any order, or fail.

use crate::stage::{Stage, event, stage};
use nightly_scoring::App;
use serde_json::{Value, json};

/// The messages of a night.
async fn sent(stage: &Stage, day: &str) -> Vec<String> {
    nightly_scoring::run(&stage.app, event(day)).await.unwrap();
    stage.bench.post.take()
}

/// What the function answers to messages, numbered as they come.
async fn deliver(app: &App, bodies: &[String]) -> Value {
    let records = bodies.iter().enumerate().map(|(n, body)| json!({ "messageId": n.to_string(), "body": body }));
    nightly_scoring::run(app, json!({ "Records": records.collect::<Vec<_>>() })).await.unwrap()
}

#[tokio::test]
async fn messages_that_come_twice_and_in_any_order_come_to_what_one_run_does() {
    let stage = stage().await;
    let before = stage.bench.image();
    stage.night("2026-11-24").await;
    let wanted = stage.rows().await;
    stage.bench.restore(&before);
    stage.bench.post.refuse(1);
    let messages = sent(&stage, "2026-11-24").await;
    assert_eq!(messages.len(), 1, "two branches fit into one, which was refused once: {messages:?}");
    assert!(stage.rows().await.is_empty(), "nothing is scored before the messages come");
    let each: Value = serde_json::from_str(&messages[0]).unwrap();
    let mut alone: Vec<String> = each["organizations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|organization| json!({ "through": each["through"], "organizations": [organization] }).to_string())
        .collect();
    assert_eq!(alone.len(), 2);
    alone.reverse();
    for bodies in [&alone[..2], &alone[1..], &messages[..]] {
        assert_eq!(deliver(&stage.app, bodies).await, json!({ "batchItemFailures": [] }));
    }
    assert_eq!(stage.rows().await, wanted);
}

#[tokio::test]
async fn messages_of_a_later_night_may_come_first() {
    let stage = stage().await;
    let (one, two) = (sent(&stage, "2026-11-24").await, sent(&stage, "2026-11-25").await);
    let before = stage.bench.image();
    deliver(&stage.app, &one).await;
    deliver(&stage.app, &two).await;
    let wanted = stage.scores().await;
    stage.bench.restore(&before);
    deliver(&stage.app, &two).await;
    deliver(&stage.app, &one).await;
    assert_eq!(stage.scores().await, wanted);
}

#[tokio::test]
async fn of_a_batch_only_what_failed_comes_again() {
    let stage = stage().await;
    let mut messages = sent(&stage, "2026-11-24").await;
    messages.insert(0, "{}".to_owned());
    assert_eq!(deliver(&stage.app, &messages).await, json!({ "batchItemFailures": [{ "itemIdentifier": "0" }] }));
    assert_eq!(stage.scores().await.len(), 2);
}
