//! Queues and streams of the whole runner, with functions that write down what they get.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use cloud::{Environment, StartError};
use futures_util::FutureExt;
use kernel::Clock;
use local::{Data, Handler, Listed, Options, RequestLog, Runner, stores::Folder};
use serde_json::{Value, json};
use std::{error::Error, fs};
use tempfile::TempDir;

const TEMPLATE: &str = "
Globals:
  Function:
    Timeout: 5
    Environment: { Variables: { NOTES_TABLE: !Ref NotesTable, COPIES_TABLE: !Ref CopiesTable, WORK_QUEUE: !Ref Work } }
Resources:
  Copier:
    Type: AWS::Serverless::Function
    Properties: { CodeUri: target/lambda/copier/ }
  Worker:
    Type: AWS::Serverless::Function
    Properties: { CodeUri: target/lambda/worker/ }
  NotesTable:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{ AttributeName: pk, AttributeType: S }]
      KeySchema: [{ AttributeName: pk, KeyType: HASH }]
      StreamSpecification: { StreamViewType: NEW_IMAGE }
  CopiesTable:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{ AttributeName: pk, AttributeType: S }]
      KeySchema: [{ AttributeName: pk, KeyType: HASH }]
  Work: { Type: AWS::SQS::Queue }
  Changes:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      FunctionName: !GetAtt Copier.Arn
      EventSourceArn: !GetAtt NotesTable.StreamArn
      StartingPosition: TRIM_HORIZON
      MaximumBatchingWindowInSeconds: 60
  Messages:
    Type: AWS::Lambda::EventSourceMapping
    Properties: { FunctionName: !GetAtt Worker.Arn, EventSourceArn: !GetAtt Work.Arn }
";

const FUNCTIONS: [Listed; 2] = [
    Listed { name: "copier", connect: |env| async move { scribe(&env) }.boxed() },
    Listed { name: "worker", connect: |env| async move { scribe(&env) }.boxed() },
];

/// Writes the key of each change and the body of each message into the table of copies.
fn scribe(env: &Environment) -> Result<Handler, StartError> {
    let (client, table) = (Client::new(&env.sdk_for("DYNAMODB")), env.settings.get("COPIES_TABLE")?.to_owned());
    Ok(Handler::job(move |event| write(client.clone(), table.clone(), event)))
}

async fn write(client: Client, table: String, event: Value) -> Result<Value, Box<dyn Error + Send + Sync>> {
    for record in event.get("Records").and_then(Value::as_array).ok_or("no records")? {
        let name = record.get("body").or_else(|| record.pointer("/dynamodb/Keys/pk/S")).and_then(Value::as_str);
        let name = AttributeValue::S(name.ok_or("no name")?.to_owned());
        client.put_item().table_name(&table).item("pk", name).send().await?;
    }
    Ok(Value::Null)
}

fn place() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("template.yaml"), TEMPLATE).unwrap();
    folder
}

async fn open(place: &TempDir, data: Data) -> Runner {
    let clock = Clock::new(|| "2026-12-01T00:00:00Z".parse().unwrap());
    let options = Options::new(place.path().join("template.yaml"), data);
    let options = Options { functions: FUNCTIONS.to_vec(), clock, log: RequestLog::silent(), ..options };
    Runner::open(options).await.unwrap()
}

/// A client of the queues, and the URL of the one that there is.
fn sender(runner: &Runner) -> (aws_sdk_sqs::Client, String) {
    let env = runner.environment("worker").unwrap();
    (aws_sdk_sqs::Client::new(&env.sdk_for("SQS")), env.settings.get("WORK_QUEUE").unwrap().to_owned())
}

async fn note(runner: &Runner, name: &str) {
    let env = runner.environment("copier").unwrap();
    let put = Client::new(&env.sdk_for("DYNAMODB")).put_item().table_name(env.settings.get("NOTES_TABLE").unwrap());
    put.item("pk", AttributeValue::S(name.to_owned())).send().await.unwrap();
}

/// What the functions wrote down, sorted.
async fn copies(runner: &Runner) -> Vec<String> {
    let env = runner.environment("copier").unwrap();
    let scan = Client::new(&env.sdk_for("DYNAMODB")).scan().table_name(env.settings.get("COPIES_TABLE").unwrap());
    let found = scan.send().await.unwrap();
    let mut names: Vec<_> = found.items().iter().map(|item| item.get("pk").unwrap().as_s().unwrap().clone()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn messages_and_changes_reach_functions() {
    let place = place();
    let runner = open(&place, Data::Ephemeral).await;
    let (client, queue) = sender(&runner);
    let sent = client.send_message().queue_url(&queue).message_body("hello").send().await.unwrap();
    assert_eq!(sent.md5_of_message_body(), Some("5d41402abc4b2a76b9719d911017c592"));
    let entry =
        |id: &str| SendMessageBatchRequestEntry::builder().id(id).message_body(format!("{id}!")).build().unwrap();
    let batch = client.send_message_batch().queue_url(&queue).entries(entry("x")).entries(entry("y"));
    let sent = batch.send().await.unwrap();
    assert_eq!((sent.successful().len(), sent.failed().len()), (2, 0));
    note(&runner, "n").await;
    assert_eq!((runner.queued("Work").unwrap(), copies(&runner).await.len()), (3, 0));
    runner.settle().await.unwrap();
    assert_eq!(copies(&runner).await, ["hello", "n", "x!", "y!"]);
    assert_eq!(runner.queued("Work").unwrap(), 0);
    runner.close().await;
}

#[tokio::test]
async fn what_waits_outlives_the_runner() {
    let place = place();
    let data = place.path().join("data");
    let folder = || Data::Folder(Folder::open(&data).unwrap());
    let runner = open(&place, folder()).await;
    let (client, queue) = sender(&runner);
    note(&runner, "n").await;
    runner.settle().await.unwrap();
    client.send_message().queue_url(&queue).message_body("m").send().await.unwrap();
    note(&runner, "o").await;
    runner.close().await;
    let runner = open(&place, folder()).await;
    runner.settle().await.unwrap();
    assert_eq!(copies(&runner).await, ["m", "n", "o"]);
    runner.close().await;
}

#[tokio::test]
async fn the_sdk_understands_what_is_refused() {
    let place = place();
    let runner = open(&place, Data::Ephemeral).await;
    let (client, queue) = sender(&runner);
    let refused = client.send_message().queue_url(format!("{queue}s")).message_body("a").send().await.unwrap_err();
    assert!(refused.into_service_error().is_queue_does_not_exist());
    let refused = client.send_message_batch().queue_url(&queue).set_entries(Some(Vec::new())).send().await.unwrap_err();
    assert!(refused.into_service_error().is_empty_batch_request());
    let refused = client.receive_message().queue_url(&queue).send().await.unwrap_err();
    assert!(refused.into_service_error().is_unsupported_operation());
    runner.close().await;
}

/// Which tables another store has is its own affair; the queues stay here.
#[tokio::test]
async fn the_changes_of_another_store_are_not_read() {
    let place = place();
    let store = open(&place, Data::Ephemeral).await;
    let options = Options::new(place.path().join("template.yaml"), Data::Ephemeral);
    let dynamodb = Some(format!("http://{}", store.records().address()));
    let options = Options { functions: FUNCTIONS.to_vec(), log: RequestLog::silent(), dynamodb, ..options };
    let runner = Runner::open(options).await.unwrap();
    let (client, queue) = sender(&runner);
    note(&runner, "n").await;
    client.send_message().queue_url(&queue).message_body("m").send().await.unwrap();
    runner.settle().await.unwrap();
    assert_eq!(copies(&runner).await, ["m"]);
    runner.close().await;
    store.close().await;
}

#[tokio::test]
async fn a_mapping_is_for_a_function_of_its_kind() {
    let place = place();
    let text = TEMPLATE.replace("FunctionName: !GetAtt Worker.Arn", "FunctionName: !GetAtt Copier.Arn");
    fs::write(place.path().join("template.yaml"), text).unwrap();
    let functions = vec![
        Listed {
            name: "copier",
            connect: |_| async { Ok(Handler::authorizer(|_| async { local::Verdict::default() })) }.boxed(),
        },
        Listed { name: "worker", connect: |_| async { Ok(Handler::job(|_| async { Ok(json!({})) })) }.boxed() },
    ];
    let options = Options::new(place.path().join("template.yaml"), Data::Ephemeral);
    let said = Runner::open(Options { functions, ..options }).await.unwrap_err().to_string();
    for expected in [
        "Changes is for Copier, but copier is an authorizer",
        "Messages is for Copier, but copier is an authorizer",
        "worker is a job, but Worker has no schedule and no mapping",
    ] {
        assert!(said.contains(expected), "{said}");
    }
}
