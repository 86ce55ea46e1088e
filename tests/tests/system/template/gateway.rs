//! The gateway: who gets in, and what it writes down.

use super::{Template, attribute, list, reference};
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
    let public: BTreeSet<String> =
        template.routes().into_iter().filter(|route| route.is_public).map(|route| route.key).collect();
    assert_eq!(public, PUBLIC.map(str::to_owned).into());

    let auth = template.get("Api").unwrap().property("Auth");
    let authorizer = &auth["Authorizers"][auth["DefaultAuthorizer"].as_str().unwrap()];
    assert_eq!(authorizer["AuthorizerPayloadFormatVersion"], "2.0");
    assert_eq!(authorizer["EnableSimpleResponses"], true);
    assert_eq!(authorizer["Identity"]["ReauthorizeEvery"], 0, "a refused caller would be let in from the cache");
    assert_eq!(authorizer["Identity"]["Headers"], serde_json::json!(["Authorization"]));
}

/// One integration for each function, called by the gateway's role and by nothing else: the role may call what has an
/// integration, the version that is live, and each integration has routes.
#[test]
fn the_gateway_calls_the_functions_that_have_routes_and_no_others() {
    let template = Template::load();
    let body = template.get("Api").unwrap().property("DefinitionBody");
    let integrations = body["components"]["x-amazon-apigateway-integrations"].as_object().unwrap();
    let used: BTreeSet<&str> = template.routes().into_iter().map(|route| route.integration).collect();
    let declared = integrations.keys().map(|name| format!("#/components/x-amazon-apigateway-integrations/{name}"));
    assert_eq!(used, declared.collect::<Vec<_>>().iter().map(String::as_str).collect());

    let policy = &template.get("ApiRole").unwrap().property("Policies")[0]["PolicyDocument"]["Statement"][0];
    assert_eq!(policy["Action"], "lambda:InvokeFunction");
    let mut granted: BTreeSet<&str> =
        list(&policy["Resource"]).iter().map(|resource| resource["Fn::Sub"].as_str().unwrap()).collect();
    for (name, integration) in integrations {
        let function = template.functions().into_iter().find(|function| function.crate_name() == name).unwrap();
        assert_eq!(attribute(&integration["credentials"]), Some("ApiRole.Arn"), "{name}");
        assert_eq!(integration["payloadFormatVersion"], "2.0", "{name}");
        let uri = integration["uri"]["Fn::Sub"].as_str().unwrap();
        let live = format!("${{{}.Arn}}:live", function.id);
        assert!(uri.ends_with(&format!("/functions/{live}/invocations")), "{name}: {uri}");
        assert!(granted.remove(live.as_str()), "the gateway may not call {name}");
    }
    assert!(granted.is_empty(), "the gateway may call {granted:?} and has no route there");
}

#[test]
fn no_route_hides_others_and_there_is_room_for_more() {
    let routes = Template::load().routes().into_iter().map(|route| route.key).collect::<Vec<_>>();
    for route in &routes {
        assert!(
            !route.contains("{proxy") && !route.contains("$DEFAULT"),
            "{route} hides its routes from readers and tests"
        );
    }
    // HTTP APIs have 300 routes at most, unless the quota is raised; the test warns in time to ask for it.
    assert!(routes.len() <= 270, "{} routes", routes.len());
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
