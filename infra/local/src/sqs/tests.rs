//! What is asked of queues, and what is refused.

use super::*;
use serde_json::json;

fn desk() -> Desk {
    let post = Arc::new(Post::open(None).unwrap());
    let sender = Sender { queues: ["Work".to_owned()].into(), post };
    let clock = Clock::new(|| "2026-12-01T00:00:00Z".parse().unwrap());
    Desk { sender, credential: "Credential=local1/".to_owned(), clock }
}

/// Status, the header by which SDKs know an error, and body.
async fn ask(desk: &Desk, action: &str, key: &str, body: &str) -> (u16, String, Value) {
    let request = Request::post("/")
        .header("x-amz-target", action)
        .header("authorization", format!("AWS4-HMAC-SHA256 Credential={key}/20261201/local/sqs/aws4_request"))
        .body(Full::new(Bytes::from(body.to_owned())));
    let response = desk.answer(request.unwrap()).await;
    let (head, body) = response.into_parts();
    assert_eq!(head.headers["content-type"], "application/x-amz-json-1.0");
    assert!(head.headers.contains_key("x-amzn-requestid"));
    let error = head.headers.get("x-amzn-query-error").map_or("", |value| value.to_str().unwrap()).to_owned();
    let body = serde_json::from_slice(&body.collect().await.unwrap().to_bytes()).unwrap();
    (head.status.as_u16(), error, body)
}

fn url(queue: &str) -> String {
    format!("http://127.0.0.1:9324/000000000000/{queue}")
}

#[tokio::test]
async fn messages_are_sent_one_by_one_and_together() {
    let desk = desk();
    let one = json!({ "QueueUrl": url("Work"), "MessageBody": "hello" }).to_string();
    let (status, _, sent) = ask(&desk, "AmazonSQS.SendMessage", "local1", &one).await;
    assert_eq!((status, &sent["MD5OfMessageBody"]), (200, &json!("5d41402abc4b2a76b9719d911017c592")), "{sent}");
    let entries = json!([{ "Id": "x", "MessageBody": "党" }, { "Id": "y", "MessageBody": "支部" }]);
    let both = json!({ "QueueUrl": url("Work"), "Entries": entries }).to_string();
    let (status, _, sent) = ask(&desk, "AmazonSQS.SendMessageBatch", "local1", &both).await;
    assert_eq!((status, &sent["Failed"]), (200, &json!([])), "{sent}");
    let ids: Vec<_> = sent["Successful"].as_array().unwrap().iter().map(|entry| &entry["Id"]).collect();
    assert_eq!(ids, ["x", "y"]);
    assert_eq!(desk.sender.post.count("Work").unwrap(), 3);
}

#[tokio::test]
async fn what_is_refused_is_refused_as_sqs_does() {
    let desk = desk();
    let entries = |entries: Value| json!({ "QueueUrl": url("Work"), "Entries": entries }).to_string();
    let one = |body: &str| json!({ "QueueUrl": url("Work"), "MessageBody": body }).to_string();
    let delayed = json!({ "QueueUrl": url("Work"), "MessageBody": "a", "DelaySeconds": 5 }).to_string();
    let elsewhere = json!({ "QueueUrl": url("Play"), "MessageBody": "a" }).to_string();
    let many: Vec<_> = (0..11).map(|n| json!({ "Id": n.to_string(), "MessageBody": "a" })).collect();
    let large = "x".repeat(600_000);
    let large = json!([{ "Id": "x", "MessageBody": large }, { "Id": "y", "MessageBody": large }]);
    let (single, batch) = ("AmazonSQS.SendMessage", "AmazonSQS.SendMessageBatch");
    for (action, body, expected) in [
        ("AmazonSQS.ReceiveMessage", "{}".to_owned(), "AWS.SimpleQueueService.UnsupportedOperation;Sender"),
        ("DynamoDB_20120810.Scan", "{}".to_owned(), "AWS.SimpleQueueService.UnsupportedOperation;Sender"),
        (single, "{".to_owned(), "MalformedInput;Sender"),
        (single, delayed, "MalformedInput;Sender"),
        (single, elsewhere, "AWS.SimpleQueueService.NonExistentQueue;Sender"),
        (single, one(""), "InvalidMessageContents;Sender"),
        (single, one("a\u{0}"), "InvalidMessageContents;Sender"),
        (single, one(&"x".repeat(1_048_577)), "InvalidMessageContents;Sender"),
        (batch, entries(json!([])), "AWS.SimpleQueueService.EmptyBatchRequest;Sender"),
        (batch, entries(json!(many)), "AWS.SimpleQueueService.TooManyEntriesInBatchRequest;Sender"),
        (
            batch,
            entries(json!([{ "Id": "x", "MessageBody": "a" }, { "Id": "x", "MessageBody": "b" }])),
            "AWS.SimpleQueueService.BatchEntryIdsNotDistinct;Sender",
        ),
        (
            batch,
            entries(json!([{ "Id": "x y", "MessageBody": "a" }])),
            "AWS.SimpleQueueService.InvalidBatchEntryId;Sender",
        ),
        (batch, entries(large), "AWS.SimpleQueueService.BatchRequestTooLong;Sender"),
    ] {
        let (status, error, said) = ask(&desk, action, "local1", &body).await;
        assert_eq!((status, error.as_str()), (400, expected), "{action}: {said}");
        assert!(said["__type"].is_string() && said["message"].is_string(), "{said}");
    }
    let (status, error, _) = ask(&desk, single, "somebody", &one("a")).await;
    assert_eq!((status, error.as_str()), (403, "InvalidClientTokenId;Sender"));
    assert_eq!(desk.sender.post.count("Work").unwrap(), 0);
}
