//! What the runner reads of functions, tables and buckets.

use super::*;
use http::Method;
use std::{collections::BTreeSet, time::Duration};

const API: &str = r##"
Globals:
  Function:
    Timeout: 15
    Environment: { Variables: { STAGE: dev, COMMON: global } }
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      StageName: $default
      Auth:
        DefaultAuthorizer: Caller
        Authorizers:
          Caller:
            FunctionArn: !GetAtt Judge.Arn
            AuthorizerPayloadFormatVersion: "2.0"
            EnableSimpleResponses: true
            Identity: { Headers: [Authorization], ReauthorizeEvery: 0 }
      DefinitionBody:
        paths:
          "/v1/members/{member}":
            get: { x-amazon-apigateway-integration: { $ref: "#/components/x-amazon-apigateway-integrations/members" } }
          /v1/sessions:
            post:
              security: [{ NONE: [] }]
              x-amazon-apigateway-integration: { $ref: "#/components/x-amazon-apigateway-integrations/members" }
        components:
          x-amazon-apigateway-integrations:
            members:
              type: aws_proxy
              payloadFormatVersion: "2.0"
              uri: !Sub arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Members.Arn}:live/invocations
  Judge:
    Type: AWS::Serverless::Function
    Properties: { CodeUri: target/lambda/judge/, Timeout: 10 }
  Members:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: target/lambda/members
      Environment: { Variables: { COMMON: own } }
      Policies:
        - Version: "2012-10-17"
          Statement:
            - { Effect: Allow, Action: [dynamodb:Query, dynamodb:GetItem], Resource: "*" }
            - { Effect: Allow, Action: kms:Decrypt, Resource: "*" }
      Events:
        Nightly:
          Type: ScheduleV2
          Properties: { ScheduleExpression: cron(0 2 * * ? *), ScheduleExpressionTimezone: Asia/Shanghai, Input: '{"a":1}' }
        Idle: { Type: ScheduleV2, Properties: { ScheduleExpression: cron(* * * * ? *), State: DISABLED } }
"##;

#[test]
fn a_function_has_routes_schedules_and_settings() {
    let template = parse(API).unwrap();
    let judge = template.function("Judge").unwrap();
    assert_eq!((judge.timeout, judge.name.as_str()), (Duration::from_secs(10), "judge"));
    let members = template.function("Members").unwrap();
    let protected = Access::Authorizer("Judge".to_owned());
    let route = |method, path: &str, access| Route { method, path: path.to_owned(), access };
    let schedule = |name: &str, expression: &str, time_zone: &str, input: Option<&str>, enabled| Schedule {
        name: name.to_owned(),
        expression: expression.to_owned(),
        time_zone: time_zone.to_owned(),
        input: input.map(str::to_owned),
        enabled,
    };
    let expected = Function {
        logical_id: "Members".to_owned(),
        name: "members".to_owned(),
        routes: vec![
            route(Method::GET, "/v1/members/{member}", protected),
            route(Method::POST, "/v1/sessions", Access::Public),
        ],
        schedules: vec![
            schedule("Nightly", "cron(0 2 * * ? *)", "Asia/Shanghai", Some(r#"{"a":1}"#), true),
            schedule("Idle", "cron(* * * * ? *)", "UTC", None, false),
        ],
        environment: [("COMMON", "own"), ("STAGE", "dev")].map(|(n, v)| (n.to_owned(), v.to_owned())).into(),
        timeout: Duration::from_secs(15),
        actions: ["dynamodb:GetItem", "dynamodb:Query", "kms:Decrypt"].map(str::to_owned).into(),
    };
    assert_eq!(*members, expected);
    assert_eq!(members.routes[0].key(), "GET /v1/members/{member}");
}

#[test]
fn lambda_has_a_timeout_of_its_own() {
    let template = parse(&with_function("      Handler: bootstrap\n")).unwrap();
    assert_eq!(template.function("Accounts").unwrap().timeout, Duration::from_secs(3));
}

#[test]
fn a_table_has_keys_indexes_expiry_and_stream() {
    let text = r"
Resources:
  MembersTable:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions:
        - { AttributeName: pk, AttributeType: S }
        - { AttributeName: sk, AttributeType: S }
        - { AttributeName: area, AttributeType: S }
        - { AttributeName: rank, AttributeType: N }
      KeySchema: [{ AttributeName: pk, KeyType: HASH }, { AttributeName: sk, KeyType: RANGE }]
      GlobalSecondaryIndexes:
        - IndexName: place
          KeySchema: [{ AttributeName: area, KeyType: HASH }, { AttributeName: rank, KeyType: RANGE }]
          Projection: { ProjectionType: INCLUDE, NonKeyAttributes: [name, id] }
        - IndexName: all
          KeySchema: [{ AttributeName: area, KeyType: HASH }]
          Projection: { ProjectionType: ALL }
        - IndexName: keys
          KeySchema: [{ AttributeName: area, KeyType: HASH }]
          Projection: { ProjectionType: KEYS_ONLY }
      TimeToLiveSpecification: { AttributeName: ttl, Enabled: true }
      StreamSpecification: { StreamViewType: NEW_AND_OLD_IMAGES }
";
    let table = parse(text).unwrap().tables.remove(0);
    let key = |name: &str, role: &str| KeyAttribute { name: name.to_owned(), role: role.to_owned() };
    assert_eq!(table.name, "members");
    assert_eq!(table.key, [key("pk", "HASH"), key("sk", "RANGE")]);
    assert_eq!(table.attributes["rank"], "N");
    let included = BTreeSet::from(["id", "name"].map(str::to_owned));
    let projections: Vec<_> = table.indexes.iter().map(|index| index.projection.clone()).collect();
    assert_eq!(projections, [Projection::Include(included), Projection::All, Projection::Keys]);
    assert_eq!(table.indexes[0].key, [key("area", "HASH"), key("rank", "RANGE")]);
    assert_eq!((table.ttl.as_deref(), table.stream.as_deref()), (Some("ttl"), Some("NEW_AND_OLD_IMAGES")));
}

#[test]
fn a_bucket_has_cors_rules() {
    let text = r"
Resources:
  MediaBucket:
    Type: AWS::S3::Bucket
    Properties:
      CorsConfiguration:
        CorsRules:
          - { AllowedOrigins: ['https://a.cn'], AllowedMethods: [PUT], AllowedHeaders: ['*'], ExposedHeaders: [ETag], MaxAge: 60 }
";
    let bucket = parse(text).unwrap().buckets.remove(0);
    let expected = objects::CorsRule {
        origins: vec!["https://a.cn".to_owned()],
        methods: vec!["PUT".to_owned()],
        headers: vec!["*".to_owned()],
        exposed: vec!["ETag".to_owned()],
        max_age: Some(60),
    };
    assert_eq!(bucket.cors, [expected]);
}

#[test]
fn the_template_is_found_from_a_folder_below() {
    let folder = tempfile::TempDir::new().unwrap();
    let below = folder.path().join("a/b");
    std::fs::create_dir_all(&below).unwrap();
    let path = folder.path().join("template.yaml");
    std::fs::write(&path, API).unwrap();
    assert_eq!(find(&below).unwrap(), path);
    assert_eq!(Template::read(&path, &locals()).unwrap(), parse(API).unwrap());
}

#[test]
fn the_template_of_the_project_is_understood() {
    let path = find(&std::env::current_dir().unwrap()).unwrap();
    let locals = Locals { keys: PathBuf::from("/keys"), ..Locals::default() };
    let template = Template::read(&path, &locals).unwrap();
    assert!(template.functions.iter().any(|function| !function.routes.is_empty()));
    assert!(template.tables.iter().all(|table| !table.key.is_empty()));
    let scoring = template.mappings.iter().find(|mapping| mapping.name == "ScoringMessages").unwrap();
    let source = Source::Queue { name: "ScoringQueue".to_owned(), at_once: 20 };
    assert_eq!((scoring.function.as_str(), scoring.batch, &scoring.source), ("NightlyScoring", 10, &source));
}
