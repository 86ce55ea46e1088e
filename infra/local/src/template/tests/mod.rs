//! Small templates, each for one thing.

mod intrinsics;
mod mappings;
mod refusals;
mod shapes;

use super::*;

/// What a test decides about its machine.
fn locals() -> Locals {
    let parameters = [("Sender", "log"), ("Unheard", "of")];
    Locals {
        keys: PathBuf::from("/data/keys"),
        queues: "http://127.0.0.1:9324".to_owned(),
        parameters: parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
    }
}

fn parse(text: &str) -> Result<Template, TemplateError> {
    Template::parse(text, &locals())
}

fn refusal(text: &str) -> String {
    parse(text).unwrap_err().to_string()
}

/// A template with one function, whose properties are `properties`, indented by six.
fn with_function(properties: &str) -> String {
    format!(
        "{SECTIONS}Resources:\n{STORES}  Accounts:\n    Type: AWS::Serverless::Function\n    Properties:\n      CodeUri: \
         target/lambda/accounts/\n{properties}"
    )
}

/// A template with one function that has the setting `X`.
fn with_setting(value: &str) -> String {
    with_function(&format!("      Environment:\n        Variables:\n          X: {value}\n"))
}

/// What the setting `X` becomes.
fn setting(value: &str) -> Option<String> {
    let template = parse(&with_setting(value)).unwrap();
    template.function("Accounts").unwrap().environment.get("X").cloned()
}

const SECTIONS: &str = r"
Parameters:
  Stage: { Type: String, Default: dev }
  Sender: { Type: String, Default: none, AllowedValues: [none, log] }
  Open: { Type: String }
Mappings:
  Sizes: { dev: { small: 1, large: 9 } }
Conditions:
  IsChina: !Equals [!Ref AWS::Partition, aws-cn]
  Logs: !Equals [!Ref Sender, log]
  Both: !And [!Condition Logs, !Not [!Condition IsChina]]
  Either: !Or [Condition: IsChina, Condition: Logs]
  Circle: !Not [!Condition Circle]
";

const STORES: &str = r#"
  AccessLogTable:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{ AttributeName: pk, AttributeType: S }]
      KeySchema: [{ AttributeName: pk, KeyType: HASH }]
  NamedTable:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: !Sub "${AWS::StackName}-named"
      AttributeDefinitions: [{ AttributeName: pk, AttributeType: S }]
      KeySchema: [{ AttributeName: pk, KeyType: HASH }]
  ToldTable:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{ AttributeName: pk, AttributeType: S }]
      KeySchema: [{ AttributeName: pk, KeyType: HASH }]
      StreamSpecification: { StreamViewType: NEW_AND_OLD_IMAGES }
  MediaBucket: { Type: AWS::S3::Bucket }
  DataKey: { Type: AWS::KMS::Key }
  Alias: { Type: AWS::KMS::Alias, Properties: { AliasName: alias/x, TargetKeyId: !Ref DataKey } }
  Queue: { Type: AWS::SQS::Queue }
  Topic: { Type: AWS::SNS::Topic }
  Absent: { Type: AWS::SNS::Topic, Condition: IsChina }
"#;
