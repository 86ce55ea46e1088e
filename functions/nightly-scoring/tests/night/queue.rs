//! Nights whose branches go over a queue.

use crate::stage::{Stage, event, stage};
use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
    },
    orchestrator::{HttpRequest, HttpResponse},
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::body::SdkBody;
use cloud::Environment;
use nightly_scoring::App;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// Takes what is sent to SQS, refusing one message of the first request; everything else goes on to the store.
#[derive(Debug, Clone)]
struct Taking {
    inner: SharedHttpClient,
    taken: Arc<Mutex<Vec<String>>>,
    refused: Arc<Mutex<bool>>,
}

#[derive(Debug)]
struct Connector {
    inner: SharedHttpConnector,
    taking: Taking,
}

impl HttpClient for Taking {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(Connector { inner, taking: self.clone() })
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        if request.headers().get("x-amz-target") != Some("AmazonSQS.SendMessageBatch") {
            return self.inner.call(request);
        }
        let body: Value = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        let (mut successful, mut failed) = (Vec::new(), Vec::new());
        for entry in body["Entries"].as_array().unwrap() {
            if std::mem::replace(&mut *self.taking.refused.lock().unwrap(), true) {
                self.taking.taken.lock().unwrap().push(entry["MessageBody"].as_str().unwrap().to_owned());
                successful.push(json!({ "Id": entry["Id"], "MessageId": "m", "MD5OfMessageBody": "" }));
            } else {
                failed.push(json!({ "Id": entry["Id"], "SenderFault": false, "Code": "ServiceUnavailable" }));
            }
        }
        let answer = json!({ "Successful": successful, "Failed": failed }).to_string();
        HttpConnectorFuture::ready(Ok(HttpResponse::new(200.try_into().unwrap(), SdkBody::from(answer))))
    }
}

/// The function with a queue, and what is in it.
async fn queued(stage: &Stage) -> (App, Arc<Mutex<Vec<String>>>) {
    let env = stage.env();
    let taken: Arc<Mutex<Vec<String>>> = Arc::default();
    let taking = Taking { inner: env.sdk.http_client().unwrap(), taken: Arc::clone(&taken), refused: Arc::default() };
    let settings = env.settings.clone().with("SCORING_QUEUE", "https://sqs.us-east-1.amazonaws.com/1/scoring");
    let sdk = env.sdk.clone().into_builder().http_client(SharedHttpClient::new(taking)).build();
    (App::connect(&Environment { settings, sdk, ..env }).await.unwrap(), taken)
}

/// The messages of a night.
async fn sent(app: &App, taken: &Mutex<Vec<String>>, day: &str) -> Vec<String> {
    nightly_scoring::run(app, event(day)).await.unwrap();
    std::mem::take(&mut *taken.lock().unwrap())
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
    let (app, taken) = queued(&stage).await;
    let messages = sent(&app, &taken, "2026-11-24").await;
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
        assert_eq!(deliver(&app, bodies).await, json!({ "batchItemFailures": [] }));
    }
    assert_eq!(stage.rows().await, wanted);
}

#[tokio::test]
async fn messages_of_a_later_night_may_come_first() {
    let stage = stage().await;
    let (app, taken) = queued(&stage).await;
    let (one, two) = (sent(&app, &taken, "2026-11-24").await, sent(&app, &taken, "2026-11-25").await);
    let before = stage.bench.image();
    deliver(&app, &one).await;
    deliver(&app, &two).await;
    let wanted = stage.scores().await;
    stage.bench.restore(&before);
    deliver(&app, &two).await;
    deliver(&app, &one).await;
    assert_eq!(stage.scores().await, wanted);
}

#[tokio::test]
async fn of_a_batch_only_what_failed_comes_again() {
    let stage = stage().await;
    let (app, taken) = queued(&stage).await;
    let mut messages = sent(&app, &taken, "2026-11-24").await;
    messages.insert(0, "{}".to_owned());
    assert_eq!(deliver(&app, &messages).await, json!({ "batchItemFailures": [{ "itemIdentifier": "0" }] }));
    assert_eq!(stage.scores().await.len(), 2);
}
