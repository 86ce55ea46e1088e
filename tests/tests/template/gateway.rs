//! The gateway: who gets in, and what it writes down.

use crate::{Template, reference};
use serde_json::Value;
use std::collections::BTreeSet;

/// Routes that anyone may call. A new one is a decision: it is made here too.
const PUBLIC: [&str; 13] = [
    "GET /.well-known/jwks.json",
    "GET /docs",
    "GET /healthz",
    "GET /openapi.json",
    "GET /v1/calendars/{calendar}",
    "GET /v1/certificates/{code}",
    "POST /v1/calendar/months",
    "POST /v1/calendar/working-days",
    "POST /v1/dues/callbacks/{provider}",
    "POST /v1/dues/quote",
    "POST /v1/sessions",
    "POST /v1/sessions/refresh",
    "POST /v1/sign-in-codes",
];

#[test]
fn every_route_asks_the_authorizer_but_these() {
    let template = Template::load();
    let routes = template.functions().into_iter().flat_map(crate::Resource::routes);
    let public: BTreeSet<String> = routes.filter_map(|(route, public)| public.then_some(route)).collect();
    assert_eq!(public, PUBLIC.map(str::to_owned).into());

    let auth = template.get("Api").unwrap().property("Auth");
    let authorizer = &auth["Authorizers"][auth["DefaultAuthorizer"].as_str().unwrap()];
    assert_eq!(authorizer["AuthorizerPayloadFormatVersion"], "2.0");
    assert_eq!(authorizer["EnableSimpleResponses"], true);
    assert_eq!(authorizer["Identity"]["ReauthorizeEvery"], 0, "a refused caller would be let in from the cache");
    assert_eq!(authorizer["Identity"]["Headers"], serde_json::json!(["Authorization"]));
}

#[test]
fn a_route_is_declared_once_and_belongs_to_the_api() {
    let template = Template::load();
    let mut seen = BTreeSet::new();
    for function in template.functions() {
        for (route, _) in function.routes() {
            assert!(!route.contains("{proxy"), "{route} hides its routes from readers and tests");
            assert!(seen.insert(route.clone()), "{route} is declared twice");
        }
        for (name, kind, event) in function.events() {
            let there = kind != "HttpApi" || reference(&event["ApiId"]) == Some("Api");
            assert!(there, "{}.{name} makes an API of its own", function.id);
        }
    }
    // HTTP APIs have 300 routes at most; the test warns in time to split.
    assert!(seen.len() <= 270, "{} routes", seen.len());
}

#[test]
fn the_log_of_the_gateway_tells_nothing_about_people() {
    let template = Template::load();
    let format = template.get("Api").unwrap().property("AccessLogSettings")["Format"].as_str().unwrap().to_owned();
    let Ok(Value::Object(line)) = serde_json::from_str(&format) else { panic!("not a JSON object: {format}") };
    // What `$context` offers for HTTP APIs and says nothing about who asked for whom.
    let harmless = [
        "authorizer.error",
        "authorizer.refusal",
        "error.message",
        "integration.error",
        "integration.latency",
        "integration.requestId",
        "integration.status",
        "requestId",
        "requestTimeEpoch",
        "responseLatency",
        "responseLength",
        "routeKey",
        "status",
    ];
    for (name, value) in line {
        let variable = value.as_str().and_then(|value| value.strip_prefix("$context."));
        assert!(variable.is_some_and(|variable| harmless.contains(&variable)), "{name}: {value}");
    }
}

#[test]
fn the_gateway_answers_without_a_stage_in_the_path_and_with_a_limit_per_route() {
    let template = Template::load();
    let api = template.get("Api").unwrap();
    assert_eq!(api.property("StageName"), "$default");
    for limit in ["ThrottlingRateLimit", "ThrottlingBurstLimit"] {
        let parameter = reference(&api.property("DefaultRouteSettings")[limit]).unwrap();
        assert_eq!(template.section("Parameters")[parameter]["MinValue"], 1, "{limit} could be no limit");
    }
}
