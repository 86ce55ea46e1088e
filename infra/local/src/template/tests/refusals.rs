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
        ("      Events: { E: { Type: HttpApi } }\n", "Events.E.Properties: is missing"),
        ("      Events: { E: { Type: SQS, Properties: {} } }\n", "sends no events of type SQS"),
        ("      Events: { E: { Type: ScheduleV2, Properties: {} } }\n", "ScheduleExpression: is missing"),
        (
            "      Events: { E: { Type: HttpApi, Properties: { Path: /a } } }\n",
            "Events.E.Properties.Method: is missing",
        ),
        (&route("Method: ANY, Path: /a"), "Method: expected one HTTP method, found ANY"),
        (&route("Method: GET, Path: a"), "Path: expected a path"),
        (&route("Method: GET, Path: /a/"), "Path: expected a path"),
        (&route("Method: GET, Path: '/a/{b+}'"), "Path: expected a path"),
        (&route("Method: GET, Path: '/a/{proxy}x'"), "Path: expected a path"),
        (&route("Method: GET, Path: /a, PayloadFormatVersion: '1.0'"), "payload format 1.0 is not supported"),
        (&route("Method: GET, Path: /a, ApiId: !Ref DataKey"), "ApiId: expected !Ref of an AWS::Serverless::HttpApi"),
        (&route("Method: GET, Path: /a, ApiId: x"), "ApiId: expected !Ref of an AWS::Serverless::HttpApi"),
    ] {
        let said = refusal(&with_function(properties));
        assert!(said.contains("Accounts: ") && said.contains(expected), "{properties}: {said}");
    }
    let elsewhere = with_function("").replace("target/lambda/accounts/", "s3://somewhere");
    assert!(refusal(&elsewhere).contains("Accounts: CodeUri: expected target/lambda/<crate>/, found s3://somewhere"));
}

fn route(properties: &str) -> String {
    format!("      Events: {{ E: {{ Type: HttpApi, Properties: {{ {properties} }} }} }}\n")
}

#[test]
fn apis_that_cannot_be_imitated() {
    let authorizer =
        "FunctionArn: !GetAtt Accounts.Arn, AuthorizerPayloadFormatVersion: '2.0', EnableSimpleResponses: true";
    let api = |stage: &str, auth: &str| {
        let route = route("Method: GET, Path: /a, ApiId: !Ref Api");
        let api = format!(
            "  Api: {{ Type: AWS::Serverless::HttpApi, Properties: {{ StageName: {stage}, Auth: {{ {auth} }} }} }}\n"
        );
        with_function(&route) + &api
    };
    for (text, expected) in [
        (api("prod", ""), "Api: StageName: the local runner imitates the stage $default only"),
        (api("$default", "DefaultAuthorizer: X"), "Api: Auth.DefaultAuthorizer: there is no authorizer named X"),
        (
            api("$default", "DefaultAuthorizer: X, Authorizers: { X: { FunctionArn: a } }"),
            "Api: Auth.Authorizers.X: only payload format 2.0 with simple responses is supported",
        ),
        (
            api(
                "$default",
                &format!(
                    "DefaultAuthorizer: X, Authorizers: {{ X: {{ {authorizer}, Identity: {{ Headers: [Cookie] }} }} }}"
                ),
            ),
            "only the header Authorization is supported",
        ),
        (
            api(
                "$default",
                &format!(
                    "DefaultAuthorizer: X, Authorizers: {{ X: {{ {} }} }}",
                    authorizer.replace("!GetAtt Accounts.Arn", "x")
                ),
            ),
            "FunctionArn: expected !GetAtt of a function of this template",
        ),
    ] {
        let said = refusal(&text);
        assert!(said.contains(expected), "{said}");
    }
    let sound = api("$default", &format!("DefaultAuthorizer: X, Authorizers: {{ X: {{ {authorizer} }} }}"));
    let access = parse(&sound).unwrap().functions[0].routes[0].access.clone();
    assert_eq!(access, Access::Authorizer("Accounts".to_owned()));
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
