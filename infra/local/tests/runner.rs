//! The whole runner with functions and a template of its own, reached over TCP.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod common;

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use axum::{
    Router,
    extract::{Path, State},
    routing::{get, put},
};
use cloud::{Environment, StartError};
use common::ask;
use futures_util::FutureExt;
use jiff::Timestamp;
use kernel::Clock;
use local::{Data, Handler, Listed, Listen, Options, RequestLog, Runner, Verdict, stores::Folder};
use serde_json::{Value, json};
use std::{error::Error, fs, net::SocketAddr, path::PathBuf};
use tempfile::TempDir;
use tokio::net::TcpStream;

const TEMPLATE: &str = r##"
Parameters:
  CodeSender: { Type: String, Default: none }
Globals: { Function: { Timeout: 5 } }
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      Auth:
        DefaultAuthorizer: Caller
        Authorizers:
          Caller: { FunctionArn: !GetAtt Door.Arn, AuthorizerPayloadFormatVersion: "2.0", EnableSimpleResponses: true }
      DefinitionBody:
        paths:
          "/v1/notes/{note}":
            get:
              security: [{ NONE: [] }]
              x-amazon-apigateway-integration: { $ref: "#/components/x-amazon-apigateway-integrations/notes" }
            put: { x-amazon-apigateway-integration: { $ref: "#/components/x-amazon-apigateway-integrations/notes" } }
        components:
          x-amazon-apigateway-integrations:
            notes:
              type: aws_proxy
              payloadFormatVersion: "2.0"
              uri: !Sub arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Notes.Arn}:live/invocations
  Door:
    Type: AWS::Serverless::Function
    Properties: { CodeUri: target/lambda/door/ }
  Notes:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: target/lambda/notes/
      Environment:
        Variables: { NOTES_TABLE: !Ref NotesTable, DATA_KEY: !GetAtt Key.Arn, CODE_SENDER: !Ref CodeSender }
  Sweep:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: target/lambda/sweep/
      Events:
        Hourly: { Type: ScheduleV2, Properties: { ScheduleExpression: cron(0 * * * ? *) } }
  NotesTable:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{ AttributeName: pk, AttributeType: S }]
      KeySchema: [{ AttributeName: pk, KeyType: HASH }]
  Key: { Type: AWS::KMS::Key }
  MediaBucket: { Type: AWS::S3::Bucket }
"##;

const FUNCTIONS: [Listed; 3] = [
    Listed { name: "door", connect: |_| async { Ok(door()) }.boxed() },
    Listed { name: "notes", connect: |env| async move { notes(&env) }.boxed() },
    Listed { name: "sweep", connect: |_| async { Ok(Handler::job(|event| async move { Ok(event) })) }.boxed() },
];

fn door() -> Handler {
    Handler::authorizer(|question| async move {
        let mut verdict = Verdict::default();
        verdict.is_authorized = question.identity_source.is_some_and(|source| source == ["open"]);
        verdict
    })
}

/// Keeps notes in a table, through the AWS SDK.
fn notes(env: &Environment) -> Result<Handler, StartError> {
    let client = Client::new(&env.sdk_for("DYNAMODB"));
    let table = env.settings.get("NOTES_TABLE")?.to_owned();
    let read = async |State((client, table)): State<(Client, String)>, Path(note): Path<String>| {
        let found = client.get_item().table_name(table).key("pk", AttributeValue::S(note)).send().await.unwrap();
        let text = found.item.and_then(|item| item.get("text")?.as_s().ok().cloned());
        text.unwrap_or_else(|| "nothing".to_owned())
    };
    let write = async |State((client, table)): State<(Client, String)>, Path(note): Path<String>, text: String| {
        let put = client.put_item().table_name(table).item("pk", AttributeValue::S(note));
        put.item("text", AttributeValue::S(text)).send().await.unwrap();
    };
    let router = Router::new().route("/v1/notes/{note}", get(read)).route("/v1/notes/{note}", put(write));
    let document = json!({ "paths": { "/v1/notes/{note}": { "get": {}, "put": {} } } });
    Handler::http(router.with_state((client, table)), &document)
}

/// A template in a folder of its own.
struct Place {
    folder: TempDir,
    template: PathBuf,
}

fn place(template: &str) -> Place {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("template.yaml");
    fs::write(&path, template).unwrap();
    Place { folder, template: path }
}

fn options(place: &Place, data: Data) -> Options {
    let clock = Clock::new(|| "2026-12-01T00:00:00Z".parse().unwrap());
    let options = Options::new(place.template.clone(), data);
    Options { functions: FUNCTIONS.to_vec(), clock, log: RequestLog::silent(), ..options }
}

async fn serving(place: &Place, data: Data) -> (Runner, SocketAddr) {
    let mut runner = Runner::open(options(place, data)).await.unwrap();
    let listen = Listen::new("127.0.0.1".parse().unwrap(), 0, false).unwrap();
    let address = runner.serve(listen).await.unwrap();
    (runner, address)
}

async fn refusal(template: &str) -> String {
    let place = place(template);
    Runner::open(options(&place, Data::Ephemeral)).await.unwrap_err().to_string()
}

#[tokio::test]
async fn a_request_reaches_a_function_and_its_table() {
    let place = place(TEMPLATE);
    let (runner, address) = serving(&place, Data::Ephemeral).await;
    let nothing = (200, "nothing".to_owned());
    assert_eq!(ask(address, "GET /v1/notes/a", "", "").await, nothing);
    assert_eq!(ask(address, "PUT /v1/notes/a", "", "text").await, (401, r#"{"message":"Unauthorized"}"#.to_owned()));
    let denied = (403, r#"{"message":"Forbidden"}"#.to_owned());
    assert_eq!(ask(address, "PUT /v1/notes/a", "authorization: shut\r\n", "text").await, denied);
    assert_eq!(ask(address, "PUT /v1/notes/a", "authorization: open\r\n", "党").await, (200, String::new()));
    assert_eq!(ask(address, "GET /v1/notes/a", "", "").await, (200, "党".to_owned()));
    assert_eq!(ask(address, "GET /v1/notes", "", "").await.0, 404);
    assert_eq!(runner.address(), Some(address));
    runner.close().await;
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn functions_get_the_settings_of_the_template() {
    let place = place(TEMPLATE);
    let runner = Runner::open(options(&place, Data::Ephemeral)).await.unwrap();
    let settings = &runner.environment("notes").unwrap().settings;
    assert_eq!(settings.get("NOTES_TABLE").unwrap(), "notes");
    assert_eq!(settings.get("CODE_SENDER").unwrap(), "log");
    let key = format!("file:{}", runner.folder().keys().join("Key").display());
    assert_eq!(settings.get("DATA_KEY").unwrap(), key);
    let tables = format!("http://{}", runner.records().address());
    assert_eq!(settings.get("AWS_ENDPOINT_URL_DYNAMODB").unwrap(), tables);
    assert_eq!(runner.environment("door").unwrap().settings.find("NOTES_TABLE"), None);
    assert_eq!(runner.whole_environment().unwrap().settings.get("NOTES_TABLE").unwrap(), "notes");
    let folder = runner.folder().path().to_owned();
    runner.close().await;
    assert!(!folder.exists());
}

#[tokio::test]
async fn data_outlives_the_runner() {
    let place = place(TEMPLATE);
    let data = place.folder.path().join("data");
    let (runner, address) = serving(&place, Data::Folder(Folder::open(&data).unwrap())).await;
    assert_eq!(ask(address, "PUT /v1/notes/a", "authorization: open\r\n", "kept").await.0, 200);
    assert!(Folder::open(&data).is_err());
    runner.close().await;
    let (runner, address) = serving(&place, Data::Folder(Folder::open(&data).unwrap())).await;
    assert_eq!(ask(address, "GET /v1/notes/a", "", "").await.1, "kept");
    runner.close().await;
}

#[tokio::test]
async fn a_schedule_is_fired_by_hand() {
    let place = place(TEMPLATE);
    let runner = Runner::open(options(&place, Data::Ephemeral)).await.unwrap();
    let at: Timestamp = "2026-12-01T08:00+08:00".parse().unwrap();
    let answer: Value = runner.fire("sweep", at).await.unwrap();
    assert_eq!((&answer["time"], &answer["source"]), (&json!("2026-12-01T00:00:00Z"), &json!("aws.scheduler")));
    assert!(runner.fire("notes", at).await.unwrap_err().to_string().contains("there are: sweep/Hourly"));
    runner.close().await;
}

#[tokio::test]
async fn an_address_that_is_taken_is_named() {
    let place = place(TEMPLATE);
    let (first, address) = serving(&place, Data::Ephemeral).await;
    let mut second = Runner::open(options(&place, Data::Ephemeral)).await.unwrap();
    let listen = Listen::new(address.ip(), address.port(), false).unwrap();
    let said = second.serve(listen).await.unwrap_err().to_string();
    assert!(said.contains(&address.to_string()), "{said}");
    first.close().await;
    second.close().await;
}

#[tokio::test]
async fn a_function_that_only_one_side_knows_is_named() {
    let said = refusal(&TEMPLATE.replace("target/lambda/notes/", "target/lambda/letters/")).await;
    assert!(said.contains("Notes runs target/lambda/letters/, but the runner lists no function letters"), "{said}");
    assert!(
        said.contains("the runner lists notes, but no function of the template runs target/lambda/notes/"),
        "{said}"
    );
    let said = refusal(&TEMPLATE.replace("target/lambda/sweep/", "target/lambda/notes/")).await;
    assert!(said.contains("Notes is not the only function that runs target/lambda/notes/"), "{said}");
}

#[tokio::test]
async fn a_route_that_only_one_side_knows_is_named() {
    let said = refusal(&TEMPLATE.replace("            put: ", "            post: ")).await;
    assert!(said.contains("POST /v1/notes/{note} is a route of Notes, but notes has none such"), "{said}");
    assert!(said.contains("PUT /v1/notes/{note} is a route of notes, but Notes has none such"), "{said}");
}

#[tokio::test]
async fn events_go_to_functions_of_their_kind() {
    let said = refusal(&TEMPLATE.replace("!GetAtt Door.Arn", "!GetAtt Sweep.Arn")).await;
    assert!(said.contains("PUT /v1/notes/{note} is protected by Sweep, which is no authorizer"), "{said}");
    let swapped = TEMPLATE.replace("target/lambda/sweep/", "x").replace("target/lambda/door/", "target/lambda/sweep/");
    let said = refusal(&swapped.replace("CodeUri: x", "CodeUri: target/lambda/door/")).await;
    assert!(said.contains("Sweep has schedules, but door is an authorizer"), "{said}");
    assert!(said.contains("sweep is a job, but Door has no schedule and no mapping"), "{said}");
}

#[tokio::test]
async fn a_function_that_does_not_start_is_named() {
    let place = place(&TEMPLATE.replace("NOTES_TABLE: !Ref NotesTable, ", ""));
    let failure = Runner::open(options(&place, Data::Ephemeral)).await.unwrap_err();
    assert_eq!(failure.to_string(), "function notes does not start");
    let cause = failure.source().unwrap().to_string();
    assert!(cause.contains("NOTES_TABLE"), "{cause}");
}
