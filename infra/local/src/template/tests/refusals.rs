//! What is wrong with a template is said with line, resource and property.

use super::*;

#[test]
fn a_file_that_is_not_yaml() {
    let said = refusal("Resources:\n  A: [\n");
    assert!(said.starts_with("template.yaml, line "), "{said}");
    assert!(refusal("A: 1\nA: 2\n").contains("duplicated key"));
    assert!(refusal("A: 1\n---\nB: 2\n").contains("exactly one document"));
    assert!(refusal("? [a]\n: b\n").contains("a key must be plain text"));
}

#[test]
fn a_file_that_is_not_there() {
    let missing = PathBuf::from("/nowhere/template.yaml");
    assert!(Template::read(&missing, &locals()).unwrap_err().to_string().contains("/nowhere/template.yaml"));
    let folder = tempfile::TempDir::new().unwrap();
    assert!(find(folder.path()).unwrap_err().to_string().contains("--template"));
}

#[test]
fn a_resource_without_a_type() {
    let said = refusal("Resources:\n  A:\n    Properties: {}\n");
    assert_eq!(said, "template.yaml, line 3, A: Type: is missing");
}

#[test]
fn a_parameter_that_cannot_have_the_local_value() {
    let said = refusal("Parameters:\n  Sender: { Type: String, AllowedValues: [none, sns] }\nResources: {}\n");
    assert!(said.contains("Parameters: Sender: the local runner sets it to log"), "{said}");
}

#[test]
fn functions_that_cannot_be_served() {
    for (properties, expected) in [
        ("      Timeout: soon\n", "Timeout: expected whole seconds, found soon"),
        ("      Environment: { Variables: [a] }\n", "Environment.Variables: expected a map"),
        ("      Events: { E: { Properties: {} } }\n", "Events.E.Type: is missing"),
        ("      Events: { E: { Type: ScheduleV2 } }\n", "Events.E.Properties: is missing"),
        ("      Events: { E: { Type: SQS, Properties: {} } }\n", "sends no events of type SQS"),
        ("      Events: { E: { Type: ScheduleV2, Properties: {} } }\n", "ScheduleExpression: is missing"),
    ] {
        let said = refusal(&with_function(properties));
        assert!(said.contains("Accounts: ") && said.contains(expected), "{properties}: {said}");
    }
    let elsewhere = with_function("").replace("target/lambda/accounts/", "s3://somewhere");
    assert!(refusal(&elsewhere).contains("Accounts: CodeUri: expected target/lambda/<crate>/, found s3://somewhere"));
}

/// A template with one function and an API in front of it: `stage` and `auth` of the API, its `paths`, and what the
/// integration says beside its URI.
fn with_api(stage: &str, auth: &str, paths: &str, integration: &str) -> String {
    let uri = "!Sub 'a/functions/${Accounts.Arn}:live/invocations'";
    let components =
        format!("components: {{ x-amazon-apigateway-integrations: {{ one: {{ uri: {uri}, {integration} }} }} }}");
    let body = format!("paths: {{ {paths} }}, {components}");
    let properties = format!("StageName: {stage}, Auth: {{ {auth} }}, DefinitionBody: {{ {body} }}");
    with_function("") + &format!("  Api: {{ Type: AWS::Serverless::HttpApi, Properties: {{ {properties} }} }}\n")
}

const PROXY: &str = "type: aws_proxy, payloadFormatVersion: '2.0'";

/// A method that the integration above answers.
fn operation(method: &str) -> String {
    format!(
        "{method}: {{ x-amazon-apigateway-integration: {{ $ref: '#/components/x-amazon-apigateway-integrations/one' }} }}"
    )
}

#[test]
fn routes_that_cannot_be_imitated() {
    let get = operation("get");
    for (paths, expected) in [
        ("/a: { get: {} }", "paths./a.get.x-amazon-apigateway-integration: is missing"),
        ("/a: { get: { x-amazon-apigateway-integration: {} } }", "x-amazon-apigateway-integration.$ref: is missing"),
        (
            "/a: { get: { x-amazon-apigateway-integration: { $ref: '#/components/one' } } }",
            "expected #/components/x-amazon-apigateway-integrations/…, found #/components/one",
        ),
        (
            "/a: { get: { x-amazon-apigateway-integration: { $ref: '#/components/x-amazon-apigateway-integrations/two' } } }",
            "x-amazon-apigateway-integrations.two: is missing",
        ),
        (
            &format!("/a: {{ {} }}", operation("x-amazon-apigateway-any-method")),
            "expected one HTTP method, found x-amazon",
        ),
        (&format!("a: {{ {get} }}"), "paths.a: expected a path"),
        (&format!("/a/: {{ {get} }}"), "paths./a/: expected a path"),
        (&format!("'/a/{{b+}}': {{ {get} }}"), "expected a path"),
        (&format!("'/a/{{proxy}}x': {{ {get} }}"), "expected a path"),
        (
            "/a: { get: { security: [{ A: [] }, { B: [] }], x-amazon-apigateway-integration: \
          { $ref: '#/components/x-amazon-apigateway-integrations/one' } } }",
            "expected one authorizer",
        ),
    ] {
        let said = refusal(&with_api("$default", "", paths, PROXY));
        assert!(said.contains("Api: DefinitionBody.") && said.contains(expected), "{paths}: {said}");
    }
    for (integration, expected) in [
        ("type: http_proxy, payloadFormatVersion: '2.0'", "only aws_proxy with payload format 2.0 is supported"),
        ("type: aws_proxy, payloadFormatVersion: '1.0'", "only aws_proxy with payload format 2.0 is supported"),
    ] {
        let said = refusal(&with_api("$default", "", &format!("/a: {{ {get} }}"), integration));
        assert!(said.contains(expected), "{said}");
    }
    let elsewhere = with_api("$default", "", &format!("/a: {{ {get} }}"), PROXY).replace("/invocations", "/x");
    assert!(refusal(&elsewhere).contains("uri: expected the invocations of a function of this template"));
}

#[test]
fn apis_that_cannot_be_imitated() {
    let authorizer =
        "FunctionArn: !GetAtt Accounts.Arn, AuthorizerPayloadFormatVersion: '2.0', EnableSimpleResponses: true";
    let of = |authorizer: &str| format!("DefaultAuthorizer: X, Authorizers: {{ X: {{ {authorizer} }} }}");
    let paths = format!("/a: {{ {} }}", operation("get"));
    for (stage, auth, expected) in [
        ("prod", String::new(), "Api: StageName: the local runner imitates the stage $default only"),
        ("$default", "DefaultAuthorizer: X".to_owned(), "Api: Auth.DefaultAuthorizer: there is no authorizer named X"),
        (
            "$default",
            of("FunctionArn: a"),
            "Api: Auth.Authorizers.X: only payload format 2.0 with simple responses is supported",
        ),
        (
            "$default",
            of(&format!("{authorizer}, Identity: {{ Headers: [Cookie] }}")),
            "only the header Authorization is supported",
        ),
        (
            "$default",
            of(&authorizer.replace("!GetAtt Accounts.Arn", "x")),
            "FunctionArn: expected !GetAtt of a function of this template",
        ),
    ] {
        let said = refusal(&with_api(stage, &auth, &paths, PROXY));
        assert!(said.contains(expected), "{said}");
    }
    let access =
        |auth: &str| parse(&with_api("$default", auth, &paths, PROXY)).unwrap().functions[0].routes[0].access.clone();
    assert_eq!(access(&of(authorizer)), Access::Authorizer("Accounts".to_owned()));
    assert_eq!(access(""), Access::Public);
}

#[test]
fn tables_that_cannot_be_made() {
    let table = |properties: &str| {
        let head = "Resources:\n  T:\n    Type: AWS::DynamoDB::Table\n    Properties:\n      AttributeDefinitions: \
                    [{ AttributeName: pk, AttributeType: S }]\n";
        format!("{head}{properties}")
    };
    let key = "      KeySchema: [{ AttributeName: pk, KeyType: HASH }]\n";
    for (properties, expected) in [
        (String::new(), "T: KeySchema: is missing"),
        ("      KeySchema: [{ AttributeName: x, KeyType: HASH }]\n".to_owned(), "x is not in AttributeDefinitions"),
        (
            "      KeySchema: [{ AttributeName: pk, KeyType: FIRST }]\n".to_owned(),
            "expected HASH or RANGE, found FIRST",
        ),
        (format!("{key}      LocalSecondaryIndexes: []\n"), "makes no local secondary indexes"),
        (
            format!(
                "{key}      GlobalSecondaryIndexes: [{{ IndexName: i, Projection: {{ ProjectionType: SOME }} }}]\n"
            ),
            "T: GlobalSecondaryIndexes.0.KeySchema: is missing",
        ),
    ] {
        let said = refusal(&table(&properties));
        assert!(said.contains(expected), "{said}");
    }
}
