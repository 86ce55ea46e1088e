//! From an HTTP request to the event, and from the function's answer back.

mod hostile;

use super::*;
use crate::{
    functions::{Handler, Verdict},
    template::Access,
};
use axum::{Router, routing::any};
use http::StatusCode;
use lambda_http::RequestExt;
use serde_json::json;
use std::{sync::Mutex, time::Duration};

const NOW: &str = "2026-12-01T00:00:00.25Z";

fn clock() -> Clock {
    Clock::new(|| NOW.parse().unwrap())
}

fn callee(name: &str, handler: Handler) -> Arc<Callee> {
    let timeout = Duration::from_secs(15);
    Arc::new(Callee { name: name.to_owned(), handler, timeout, clock: clock() })
}

fn router(router: Router) -> Arc<Callee> {
    callee("members", Handler::Http { router, documented: std::collections::BTreeSet::new() })
}

/// Lets `Bearer good` through with a context, `Bearer bare` without one, and fails on `Bearer broken`.
fn judge() -> Arc<Callee> {
    let judge = Handler::authorizer(|question| async move {
        let token = question.identity_source.unwrap_or_default().pop().unwrap_or_default();
        let mut verdict = Verdict::default();
        verdict.is_authorized = matches!(token.as_str(), "Bearer good" | "Bearer bare");
        if token == "Bearer good" {
            verdict.context = json!({ "member": "mbr_1", "grants": "[]" });
        }
        assert!(token != "Bearer broken", "broken");
        verdict
    });
    callee("authorizer", judge)
}

fn target(key: &str, function: Arc<Callee>, authorizer: Option<Arc<Callee>>) -> Target {
    let (method, path) = key.split_once(' ').unwrap();
    let route = Route { method: method.parse().unwrap(), path: path.to_owned(), access: Access::Public };
    Target { route, function, authorizer }
}

fn gateway(targets: Vec<Target>) -> Gateway {
    Gateway::new(targets, clock(), RequestLog::silent(), 8080)
}

fn peer() -> SocketAddr {
    "[::ffff:127.0.0.1]:50000".parse().unwrap()
}

fn request(line: &str) -> http::request::Builder {
    let (method, uri) = line.split_once(' ').unwrap();
    Request::builder().method(method).uri(uri).header("host", "127.0.0.1:8080")
}

fn body(text: impl Into<Bytes>) -> Full<Bytes> {
    Full::new(text.into())
}

async fn text(response: Response<Full<Bytes>>) -> (StatusCode, String) {
    let status = response.status();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(bytes.to_vec()).unwrap())
}

fn heard(request: &Request<Full<Bytes>>, route_key: &str, parameters: &[(&str, &str)]) -> Heard {
    let (parts, _) = request.clone().into_parts();
    let parameters = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let now = NOW.parse().unwrap();
    let peer = "127.0.0.1".parse().unwrap();
    Heard::new(Arrival { parts: &parts, route_key, parameters, peer, port: 8080, id: "r1", now }).unwrap()
}

fn event(request: &Request<Full<Bytes>>, body: &[u8]) -> Value {
    serde_json::from_slice(&heard(request, "GET /", &[]).event(body).unwrap()).unwrap()
}

fn patch() -> Request<Full<Bytes>> {
    request("PATCH /v1/members/mbr_%E5%85%9A?fields=name&fields=phone&note=a+b%26c&flag")
        .header("authorization", "Bearer good")
        .header("content-type", "application/json; charset=utf-8")
        .header("accept-language", "zh-CN")
        .header("accept-language", "en")
        .header("cookie", "a=1; b=2")
        .header("cookie", "c=3")
        .header("connection", "keep-alive")
        .header("user-agent", "curl/8")
        .header("x-forwarded-for", "10.0.0.9")
        .body(body(""))
        .unwrap()
}

fn common() -> Value {
    json!({
        "version": "2.0",
        "routeKey": "PATCH /v1/members/{member}",
        "rawPath": "/v1/members/mbr_党",
        "rawQueryString": "fields=name&fields=phone&note=a+b%26c&flag",
        "cookies": ["a=1", "b=2", "c=3"],
        "headers": {
            "accept-language": "zh-CN,en",
            "authorization": "Bearer good",
            "content-type": "application/json; charset=utf-8",
            "host": "127.0.0.1:8080",
            "user-agent": "curl/8",
            "x-forwarded-for": "10.0.0.9, 127.0.0.1",
            "x-forwarded-port": "8080",
            "x-forwarded-proto": "http"
        },
        "queryStringParameters": { "fields": "name,phone", "note": "a b&c", "flag": "" },
        "pathParameters": { "member": "mbr_党" },
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": "127.0.0.1",
            "domainPrefix": "127",
            "http": {
                "method": "PATCH",
                "path": "/v1/members/mbr_党",
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "curl/8"
            },
            "requestId": "r1",
            "routeKey": "PATCH /v1/members/{member}",
            "stage": "$default",
            "time": "01/Dec/2026:00:00:00 +0000",
            "timeEpoch": 1_796_083_200_250_i64
        }
    })
}

#[test]
fn a_function_gets_the_documented_event() {
    let heard = heard(&patch(), "PATCH /v1/members/{member}", &[("member", "mbr_党")]);
    let heard = heard.authorized(json!({ "member": "mbr_1" }));
    let event: Value = serde_json::from_slice(&heard.event("{\"name\":\"党\"}".as_bytes()).unwrap()).unwrap();
    let mut expected = common();
    expected["requestContext"]["authorizer"] = json!({ "lambda": { "member": "mbr_1" } });
    expected["body"] = json!("{\"name\":\"党\"}");
    expected["isBase64Encoded"] = json!(false);
    assert_eq!(event, expected);
}

#[test]
fn an_authorizer_is_asked_the_documented_question() {
    let heard = heard(&patch(), "PATCH /v1/members/{member}", &[("member", "mbr_党")]);
    let question: Value = serde_json::from_slice(&heard.question().unwrap().unwrap()).unwrap();
    let mut expected = common();
    expected["type"] = json!("REQUEST");
    expected["routeArn"] = json!("arn:aws:execute-api:local:000000000000:local/$default/PATCH/v1/members/mbr_党");
    expected["identitySource"] = json!(["Bearer good"]);
    assert_eq!(question, expected);
}

#[test]
fn what_is_absent_is_left_out() {
    let event = event(&request("GET /").body(body("")).unwrap(), b"");
    for absent in ["cookies", "queryStringParameters", "pathParameters", "body"] {
        assert!(event.get(absent).is_none(), "{absent}");
    }
    assert_eq!((&event["rawQueryString"], &event["isBase64Encoded"]), (&json!(""), &json!(false)));
    assert!(event["requestContext"].get("authorizer").is_none());
}

#[test]
fn only_text_is_passed_on_as_it_is() {
    let with = |kind: &str, body_: &[u8]| {
        let event = event(&request("POST /").header("content-type", kind).body(body("")).unwrap(), body_);
        (event["body"].as_str().unwrap().to_owned(), event["isBase64Encoded"].as_bool().unwrap())
    };
    for kind in ["text/plain", "application/json", "Application/JSON", "application/merge-patch+json", "image/svg+xml"]
    {
        assert_eq!(with(kind, b"hi"), ("hi".to_owned(), false), "{kind}");
    }
    for kind in ["application/octet-stream", "image/png", "application/x-www-form-urlencoded", ""] {
        assert_eq!(with(kind, b"hi"), ("aGk=".to_owned(), true), "{kind}");
    }
    assert_eq!(with("application/json", b"\xff"), ("/w==".to_owned(), true));
}

#[test]
fn an_encoded_question_mark_ends_the_path_as_it_does_at_the_gateway() {
    assert_eq!(raw_path(&"/v1/a%3Fb=c?d".parse().unwrap()), "/v1/a");
    assert_eq!(raw_path(&"/v1/a%2Fb".parse().unwrap()), "/v1/a/b");
}

#[tokio::test]
async fn the_function_and_the_client_meet() {
    let echo = any(async |request: axum::extract::Request| {
        let context = request.request_context();
        let member = context.authorizer().and_then(|authorizer| authorizer.fields.get("member").cloned());
        let known = request.lambda_context().request_id;
        let headers = request.headers().clone();
        let uri = request.uri().to_string();
        let bytes = axum::body::to_bytes(request.into_body(), 1000).await.unwrap();
        let answer = json!({
            "member": member,
            "sameId": headers.len() > 2 && !known.is_empty(),
            "cookie": headers["cookie"].to_str().unwrap(),
            "uri": uri,
            "body": String::from_utf8(bytes.to_vec()).unwrap(),
        });
        ([("set-cookie", "s=1; HttpOnly"), ("content-type", "application/json"), ("x-a", "b")], answer.to_string())
    });
    let routed = Router::new().route("/v1/members/{member}", echo);
    let gateway = gateway(vec![target("PATCH /v1/members/{member}", router(routed), Some(judge()))]);
    let (mut parts, _) = patch().into_parts();
    parts.uri = "/v1/members/mbr_1?x=%26".parse().unwrap();
    let response = gateway.answer(Request::from_parts(parts, body("{}")), peer()).await;
    assert_eq!(response.headers()["set-cookie"], "s=1; HttpOnly");
    assert_eq!(response.headers()["x-a"], "b");
    assert_eq!(response.headers()[REQUEST_ID].len(), 36);
    let (status, answer) = text(response).await;
    let expected = json!({
        "member": "mbr_1",
        "sameId": true,
        "cookie": "a=1; b=2; c=3",
        "uri": "http://127.0.0.1:8080/v1/members/mbr_1?x=%26",
        "body": "{}",
    });
    assert_eq!((status, serde_json::from_str::<Value>(&answer).unwrap()), (StatusCode::OK, expected));
}

#[tokio::test]
async fn binary_goes_both_ways() {
    let echo = any(async |body: Bytes| ([("content-type", "image/png")], body));
    let gateway = gateway(vec![target("POST /v1/x", router(Router::new().route("/v1/x", echo)), None)]);
    let sent = Bytes::from_static(&[0, 0xff, 0x80, b'\n']);
    let asked = request("POST /v1/x").header("content-type", "image/png").body(body(sent.clone())).unwrap();
    let response = gateway.answer(asked, peer()).await;
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), sent);
}

fn protected() -> Gateway {
    let fine = Router::new().route("/v1/me", any(async || "fine"));
    gateway(vec![target("GET /v1/me", router(fine), Some(judge()))])
}

#[tokio::test]
async fn the_gateway_guards_protected_routes() {
    let gateway = protected();
    for (token, status, answer) in [
        (None, 401, r#"{"message":"Unauthorized"}"#),
        (Some(""), 401, r#"{"message":"Unauthorized"}"#),
        (Some(" "), 401, r#"{"message":"Unauthorized"}"#),
        (Some("Bearer bad"), 403, r#"{"message":"Forbidden"}"#),
        (Some("Bearer broken"), 500, r#"{"message":"Internal Server Error"}"#),
        (Some("Bearer bare"), 200, "fine"),
        (Some("Bearer good"), 200, "fine"),
    ] {
        let asked = request("GET /v1/me");
        let asked = if let Some(token) = token { asked.header("authorization", token) } else { asked };
        let said = text(gateway.answer(asked.body(body("")).unwrap(), peer()).await).await;
        assert_eq!((said.0.as_u16(), said.1.as_str()), (status, answer), "{token:?}");
    }
}

#[tokio::test]
async fn what_no_route_is_for_is_not_found() {
    let gateway = protected();
    for line in ["GET /", "GET /v1/me/", "POST /v1/me", "GET /v1//me", "GET /v1/%6De/x", "FETCH /v1/me"] {
        let said = text(gateway.answer(request(line).body(body("")).unwrap(), peer()).await).await;
        assert_eq!(said, (StatusCode::NOT_FOUND, r#"{"message":"Not Found"}"#.to_owned()), "{line}");
    }
}

#[tokio::test]
async fn a_request_without_a_sound_host_is_refused() {
    let gateway = protected();
    for host in ["", "a b", "user@host", "[::1", "x/y"] {
        let mut asked = request("GET /v1/me").body(body("")).unwrap();
        asked.headers_mut().insert("host", HeaderValue::from_str(host).unwrap());
        assert_eq!(gateway.answer(asked, peer()).await.status(), 400, "{host}");
    }
}

#[tokio::test]
async fn a_body_may_have_ten_megabytes_and_not_one_byte_more() {
    let count = any(async |request: axum::extract::Request| {
        axum::body::to_bytes(request.into_body(), usize::MAX).await.unwrap().len().to_string()
    });
    let gateway = gateway(vec![target("POST /v1/x", router(Router::new().route("/v1/x", count)), None)]);
    for (length, status, answer) in [
        (LARGEST, 200, "10485760"),
        (LARGEST + 1, 413, r#"{"message":"Request Entity Too Large"}"#),
        (PATIENCE + 1, 413, r#"{"message":"Request Entity Too Large"}"#),
    ] {
        let asked = request("POST /v1/x").body(body(vec![b'x'; length])).unwrap();
        let said = text(gateway.answer(asked, peer()).await).await;
        assert_eq!((said.0.as_u16(), said.1.as_str()), (status, answer));
    }
}

#[tokio::test(start_paused = true)]
async fn a_function_that_takes_too_long_is_unavailable() {
    let never = Router::new().route("/v1/x", any(async || std::future::pending::<()>().await));
    let gateway = gateway(vec![target("GET /v1/x", router(never), None)]);
    let said = text(gateway.answer(request("GET /v1/x").body(body("")).unwrap(), peer()).await).await;
    assert_eq!(said, (StatusCode::SERVICE_UNAVAILABLE, r#"{"message":"Service Unavailable"}"#.to_owned()));
}

async fn panicking() -> &'static str {
    panic!("on purpose")
}

#[tokio::test]
async fn a_function_that_fails_is_an_internal_error() {
    let panics = Router::new().route("/v1/x", any(panicking));
    let huge = Router::new().route("/v1/x", any(async || "x".repeat(7 * 1024 * 1024)));
    for function in [router(panics), router(huge), judge()] {
        let gateway = gateway(vec![target("GET /v1/x", function, None)]);
        let said = text(gateway.answer(request("GET /v1/x").body(body("")).unwrap(), peer()).await).await;
        assert_eq!(said, (StatusCode::INTERNAL_SERVER_ERROR, r#"{"message":"Internal Server Error"}"#.to_owned()));
    }
}

#[tokio::test]
async fn the_log_has_routes_and_no_people() {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&lines);
    let log = RequestLog::new(move |line| kept.lock().unwrap().push(line.to_string()));
    let fine = Router::new().route("/v1/members/{member}", any(async || "fine"));
    let targets = vec![target("GET /v1/members/{member}", router(fine), None)];
    let gateway = Gateway::new(targets, clock(), log, 8080);
    for line in ["GET /v1/members/mbr_secret?phone=13800000000", "GET /13800000000", "SECRET /"] {
        gateway.answer(request(line).body(body("")).unwrap(), peer()).await;
    }
    let lines = lines.lock().unwrap();
    assert!(lines[0].starts_with("2026-12-01 08:00:00.250 GET    /v1/members/{member} 200 "), "{}", lines[0]);
    assert!(lines[1].contains(" GET    (no route) 404 "), "{}", lines[1]);
    assert!(lines[2].contains(" OTHER  (no route) 404 "), "{}", lines[2]);
    assert!(lines.iter().all(|line| !line.contains("13800000000") && !line.to_lowercase().contains("secret")));
}
