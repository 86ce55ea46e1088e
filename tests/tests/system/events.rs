//! The files of `events/` are what AWS sends: of the documented shape, for routes of the template, and about nobody.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "an event that lacks what is asked for fails the test"
)]

use aws_lambda_events::apigw::{ApiGatewayV2CustomAuthorizerV2Request, ApiGatewayV2httpRequest};
use local::template::{Locals, Route, Template};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// Every event: the function it is for, the name of the file, the content.
fn events() -> Vec<(String, String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events");
    let files = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
    let mut events: Vec<_> = files
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let function = name.split('.').next().unwrap().to_owned();
            let content = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
            (function, name, content)
        })
        .collect();
    events.sort_by(|one, other| one.1.cmp(&other.1));
    events
}

fn template() -> Template {
    Template::parse(include_str!("../../../template.yaml"), &Locals::default()).unwrap()
}

/// The routes of each function of the template, as route keys.
fn routes() -> BTreeMap<String, BTreeSet<String>> {
    let functions = template().functions.into_iter();
    functions.map(|function| (function.name, function.routes.iter().map(Route::key).collect())).collect()
}

#[test]
fn every_function_has_an_event_and_every_event_a_function() {
    let with_event: BTreeSet<String> = events().into_iter().map(|(function, ..)| function).collect();
    assert_eq!(with_event, routes().into_keys().collect());
}

#[test]
fn a_request_is_one_of_a_route_of_its_function() {
    let routes = routes();
    let known = BTreeSet::from([
        "body",
        "cookies",
        "headers",
        "isBase64Encoded",
        "pathParameters",
        "queryStringParameters",
        "rawPath",
        "rawQueryString",
        "requestContext",
        "routeKey",
        "stageVariables",
        "version",
    ]);
    let mut seen = 0;
    for (function, name, event) in events() {
        if function == "authorizer" || event["routeKey"].is_null() {
            continue;
        }
        seen += 1;
        serde_json::from_value::<ApiGatewayV2httpRequest>(event.clone()).unwrap_or_else(|e| panic!("{name}: {e}"));
        let keys: BTreeSet<&str> = event.as_object().unwrap().keys().map(String::as_str).collect();
        assert!(keys.is_subset(&known), "{name}: {keys:?}");
        assert_eq!(event["version"], "2.0", "{name}");
        let route = event["routeKey"].as_str().unwrap();
        assert!(routes[&function].contains(route), "{name}: {route} is no route of {function}");
        same_request(&name, route, &event);
    }
    assert!(seen >= 10);
}

#[test]
fn a_question_to_the_authorizer_is_one_of_payload_two() {
    let all: BTreeSet<String> = routes().into_values().flatten().collect();
    for (_, name, event) in events().into_iter().filter(|(function, ..)| function == "authorizer") {
        serde_json::from_value::<ApiGatewayV2CustomAuthorizerV2Request>(event.clone())
            .unwrap_or_else(|e| panic!("{name}: {e}"));
        let route = event["routeKey"].as_str().unwrap();
        assert!(all.contains(route), "{name}: {route} is not in the template");
        assert_eq!(event["type"], "REQUEST", "{name}");
        assert_eq!(event["identitySource"], json!([event["headers"]["authorization"]]), "{name}");
        same_request(&name, route, &event);
    }
}

/// Where an event says one thing twice, it says the same.
fn same_request(name: &str, route: &str, event: &Value) {
    let context = &event["requestContext"];
    let (method, pattern) = route.split_once(' ').unwrap();
    let parameters = event["pathParameters"].as_object();
    let path = parameters.into_iter().flatten().fold(pattern.to_owned(), |path, (parameter, value)| {
        path.replace(&format!("{{{parameter}}}"), value.as_str().unwrap())
    });
    assert_eq!(event["rawPath"], path, "{name}");
    assert_eq!(context["http"]["path"], path, "{name}");
    assert_eq!(context["http"]["method"], method, "{name}");
    assert_eq!(context["routeKey"], route, "{name}");
    assert_eq!(context["stage"], "$default", "{name}");
    assert_eq!(event["headers"]["host"], context["domainName"], "{name}");
    let address = context["http"]["sourceIp"].as_str().unwrap();
    assert!(address.starts_with("203.0.113."), "{name}: {address} is not reserved for examples");
}

/// A batch of a stream is new items, each with its keys, its number and nothing of what was there before.
#[test]
fn the_event_of_a_stream_is_of_the_documented_shape() {
    let known = BTreeSet::from([
        "awsRegion",
        "dynamodb",
        "eventID",
        "eventName",
        "eventSource",
        "eventSourceARN",
        "eventVersion",
    ]);
    let mut seen = 0;
    for (_, name, event) in events() {
        let Some(records) = event["Records"].as_array() else { continue };
        for record in records {
            seen += 1;
            assert_eq!(
                record.as_object().unwrap().keys().map(String::as_str).collect::<BTreeSet<_>>(),
                known,
                "{name}"
            );
            assert_eq!(
                (&record["eventSource"], &record["eventName"]),
                (&json!("aws:dynamodb"), &json!("INSERT")),
                "{name}"
            );
            let change = &record["dynamodb"];
            assert_eq!(change["StreamViewType"], "NEW_IMAGE", "{name}");
            assert!(change["SequenceNumber"].as_str().unwrap().bytes().all(|b| b.is_ascii_digit()), "{name}");
            for (key, value) in change["Keys"].as_object().unwrap() {
                assert_eq!(*value, change["NewImage"][key], "{name}");
            }
        }
    }
    assert!(seen >= 2);
}

/// The template writes the schedules' payloads out, with placeholders; the examples have the same fields.
#[test]
fn the_event_of_a_schedule_is_what_the_template_sends() {
    let mut schedules = 0;
    for schedule in template().functions.into_iter().flat_map(|function| function.schedules) {
        let Some(input) = schedule.input else { continue };
        let sent: Value = serde_json::from_str(&input).unwrap();
        let job = sent["detail"]["job"].as_str().unwrap();
        let file = format!("{job}.json");
        let (_, name, example) = events().into_iter().find(|(_, name, _)| *name == file).unwrap();
        assert_eq!(shape(&sent, job), shape(&example, job), "{name}");
        schedules += 1;
    }
    assert!(schedules >= 2, "only {schedules}");
}

/// The value with placeholders and their examples taken out.
fn shape(value: &Value, job: &str) -> Value {
    match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), shape(value, job))).collect(),
        Value::Array(items) => items.iter().map(|item| shape(item, job)).collect(),
        Value::String(text) if ["0", "Scheduled Event", "aws.scheduler", job].contains(&text.as_str()) => json!(text),
        _ => Value::Null,
    }
}
