//! A small function that writes down what it gets, read from stores of its own.

mod messages;
mod streams;

use super::*;
use crate::{
    functions::Handler,
    stores::Records,
    template::{Locals, Queue},
};
use dynoxide::actions::put_item::PutItemRequest;
use jiff::Timestamp;
use kernel::Clock;
use serde_json::json;
use std::sync::Mutex;

const PLACE: &str = "
Resources:
  Reader: { Type: AWS::Serverless::Function, Properties: { CodeUri: target/lambda/reader/, Timeout: 5 } }
  NotesTable:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{ AttributeName: pk, AttributeType: S }]
      KeySchema: [{ AttributeName: pk, KeyType: HASH }]
      StreamSpecification: { StreamViewType: NEW_AND_OLD_IMAGES }
  PapersTable:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{ AttributeName: pk, AttributeType: S }]
      KeySchema: [{ AttributeName: pk, KeyType: HASH }]
      StreamSpecification: { StreamViewType: KEYS_ONLY }
  Work:
    Type: AWS::SQS::Queue
    Properties: { RedrivePolicy: { deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3 } }
  Dead: { Type: AWS::SQS::Queue }
";

/// Mappings that answer with what they leave undone, each with the rest of its properties.
fn template(mappings: &[&str]) -> Template {
    let mut text = PLACE.to_owned();
    for (n, properties) in mappings.iter().enumerate() {
        let common = "FunctionName: !GetAtt Reader.Arn, FunctionResponseTypes: [ReportBatchItemFailures]";
        let line = format!(
            "  Source{n}: {{ Type: AWS::Lambda::EventSourceMapping, Properties: {{ {common}, {properties} }} }}\n"
        );
        text.push_str(&line);
    }
    Template::parse(&text, &Locals::default()).unwrap()
}

/// What a function answers.
type Answer = Result<Value, String>;

fn done(event: &Value) -> Answer {
    if event["Records"].is_array() { Ok(json!({ "batchItemFailures": [] })) } else { Err("no records".to_owned()) }
}

struct Stage {
    template: Template,
    records: Records,
    post: Arc<Post>,
    deliveries: Arc<Deliveries>,
    now: Arc<Mutex<Timestamp>>,
    heard: Arc<Mutex<Vec<Value>>>,
}

impl Stage {
    /// At the beginning of December 2026, in memory or in a folder.
    async fn set(
        folder: Option<&Folder>,
        mappings: &[&str],
        answer: impl Fn(&Value) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let template = template(mappings);
        let now: Arc<Mutex<Timestamp>> = Arc::new(Mutex::new("2026-12-01T00:00:00Z".parse().unwrap()));
        let reading = Arc::clone(&now);
        let clock = Clock::new(move || *reading.lock().unwrap());
        let heard: Arc<Mutex<Vec<Value>>> = Arc::default();
        let hearing = Arc::clone(&heard);
        let handler = Handler::job(move |event| {
            let answer = answer(&event);
            hearing.lock().unwrap().push(event);
            async move { answer.map_err(lambda_runtime::Error::from) }
        });
        let post = Arc::new(Post::open(folder).unwrap());
        if let Some(folder) = folder {
            tidy(&template, &post, folder).unwrap();
        }
        let records = Records::open(folder, &template.tables, &clock).await.unwrap();
        let callee = Callee { name: "reader".to_owned(), handler, timeout: Duration::from_secs(5), clock };
        let functions = [("reader".to_owned(), Arc::new(callee))].into();
        let deliveries = Arc::new(Deliveries::new(&template, &functions, &post, Some(&records.changes())));
        Self { template, records, post, deliveries, now, heard }
    }

    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    fn pass(&self, seconds: u64) {
        *self.now.lock().unwrap() += Duration::from_secs(seconds);
    }

    fn put(&self, table: &str, keys: &[&str]) {
        for key in keys {
            let item = json!({ "pk": { "S": key }, "at": { "S": self.now().to_string() } });
            let asked: PutItemRequest = serde_json::from_value(json!({ "TableName": table, "Item": item })).unwrap();
            self.records.database().put_item(asked).unwrap();
        }
    }

    fn send(&self, bodies: &[&str]) {
        self.post.send("Work", bodies.iter().copied(), self.now()).unwrap();
    }

    async fn settle(&self) {
        self.deliveries.settle().await.unwrap();
    }

    /// What the first mapping would do by itself now.
    async fn step(&self) -> bool {
        self.deliveries.readers[0].step(false).await.unwrap()
    }

    /// What came since this was asked last: the keys or bodies of each batch.
    fn heard(&self) -> Vec<Vec<String>> {
        self.events().iter().map(names).collect()
    }

    fn events(&self) -> Vec<Value> {
        std::mem::take(&mut *self.heard.lock().unwrap())
    }

    fn queue(&self, name: &str) -> &Queue {
        self.template.queues.iter().find(|queue| queue.name == name).unwrap()
    }

    /// The messages in the dead-letter queue.
    fn dead(&self) -> Vec<String> {
        let messages = self.post.receive(self.queue("Dead"), 10, self.now()).unwrap();
        messages.into_iter().map(|message| message.body).collect()
    }

    async fn close(self) {
        let Self { records, deliveries, post, .. } = self;
        drop((deliveries, post));
        records.close().await;
    }
}

/// The keys or bodies of a batch.
fn names(event: &Value) -> Vec<String> {
    let records = event["Records"].as_array().unwrap().iter();
    let name = |record: &Value| {
        let name = record["body"].as_str().or_else(|| record["dynamodb"]["Keys"]["pk"]["S"].as_str());
        name.unwrap().to_owned()
    };
    records.map(name).collect()
}

/// Leaves undone what has this name.
fn all_but(event: &Value, name: &str) -> Value {
    let records = event["Records"].as_array().unwrap().iter().zip(names(event));
    let failures = records.filter(|(_, found)| found == name).map(|(record, _)| {
        let id = record["messageId"].as_str().or_else(|| record["dynamodb"]["SequenceNumber"].as_str());
        json!({ "itemIdentifier": id })
    });
    json!({ "batchItemFailures": failures.collect::<Vec<_>>() })
}

#[test]
fn an_answer_says_what_is_undone() {
    let items = ["1", "2", "3"];
    for (answer, expected) in [
        (Value::Null, vec![]),
        (json!({}), vec![]),
        (json!({ "batchItemFailures": null }), vec![]),
        (json!({ "batchItemFailures": [] }), vec![]),
        (json!({ "batchItemFailures": [{ "itemIdentifier": "3" }, { "itemIdentifier": "2" }] }), vec![1, 2]),
        (json!({ "batchItemFailures": [{ "itemIdentifier": "4" }] }), vec![0, 1, 2]),
        (json!({ "batchItemFailures": [{ "itemIdentifier": "" }] }), vec![0, 1, 2]),
        (json!({ "batchItemFailures": [{ "itemIdentifier": null }] }), vec![0, 1, 2]),
        (json!({ "batchItemFailures": [{ "id": "1" }] }), vec![0, 1, 2]),
        (json!({ "batchItemFailures": "all" }), vec![0, 1, 2]),
    ] {
        assert_eq!(undone(&answer, &items).into_iter().collect::<Vec<_>>(), expected, "{answer}");
    }
}

#[tokio::test]
async fn without_the_changes_of_the_tables_only_queues_are_read() {
    let template = template(&["EventSourceArn: !GetAtt NotesTable.StreamArn, StartingPosition: TRIM_HORIZON"]);
    let clock = Clock::new(|| "2026-12-01T00:00:00Z".parse().unwrap());
    let handler = Handler::job(|event| async move { Ok(event) });
    let callee = Callee { name: "reader".to_owned(), handler, timeout: Duration::from_secs(5), clock };
    let functions = [("reader".to_owned(), Arc::new(callee))].into();
    let post = Arc::new(Post::open(None).unwrap());
    assert!(Deliveries::new(&template, &functions, &post, None).readers.is_empty());
}
