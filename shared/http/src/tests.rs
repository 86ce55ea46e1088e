use crate::{Problem, Reply, finish, serve::counted};
use axum::{Router, body::Body, routing::get};
use http_body_util::BodyExt;
use jiff::Timestamp;
use kernel::{Clock, ErrorCode, Refusal, Text};
use lambda_http::http::{Request, StatusCode};
use serde_json::{Value, json};
use telemetry::Metrics;
use testkit::Written;
use tower::ServiceExt;

fn router() -> Router {
    let router = Router::new()
        .route("/panic", get(async || -> String { panic!("the secret of a person") }))
        .route("/fail", get(async || Problem::internal("table members-prod is on fire")))
        .route("/conflict", get(async || Problem::from(ErrorCode::Conflict)))
        .route(
            "/rule",
            get(async || {
                let text = Text::of("不足 3 人", "fewer than 3");
                Problem::from(Refusal::new(ErrorCode::BranchTooSmall).because(text).by("支部条例 §4"))
            }),
        )
        .route("/record", get(async || Reply::ok(&json!({ "a": 1 })).map(|reply| reply.version(7))));
    finish(router, None)
}

async fn answer(router: Router, path: &str, headers: &[(&str, &str)]) -> (StatusCode, Value) {
    let mut request = Request::builder().uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let status = response.status();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

#[tokio::test]
async fn our_own_failures_are_not_explained() {
    for path in ["/panic", "/fail"] {
        let (status, body) = answer(router(), path, &[]).await;
        assert_eq!((status.as_u16(), &body["code"]), (500, &json!("internal")), "{path}");
        assert!(!body.to_string().contains("secret") && !body.to_string().contains("fire"), "{body}");
    }
}

#[tokio::test]
async fn a_rule_says_its_article_in_the_readers_language() {
    let (_, chinese) = answer(router(), "/rule", &[]).await;
    assert_eq!((&chinese["detail"], &chinese["article"]), (&json!("不足 3 人"), &json!("支部条例 §4")));
    let (_, english) = answer(router(), "/rule", &[("accept-language", "en-GB")]).await;
    assert_eq!((&english["detail"], &english["status"]), (&json!("fewer than 3"), &json!(409)));
}

#[tokio::test]
async fn what_the_client_knows_already_is_not_sent_again() {
    assert_eq!(
        answer(router(), "/record", &[("if-none-match", "\"v7\"")]).await,
        (StatusCode::NOT_MODIFIED, Value::Null)
    );
    assert_eq!(answer(router(), "/record", &[("if-none-match", "\"v6\"")]).await, (StatusCode::OK, json!({ "a": 1 })));
}

#[tokio::test]
async fn conflicts_and_failures_are_counted_and_success_is_silent() {
    let written = Written::default();
    let metrics = Metrics::to(written.clone(), "test", "dev");
    let router = counted(router(), metrics, Clock::new(|| Timestamp::UNIX_EPOCH));
    answer(router.clone(), "/record", &[]).await;
    assert_eq!(written.text(), "");
    answer(router.clone(), "/conflict", &[]).await;
    answer(router, "/panic", &[]).await;
    let text = written.text();
    let objects: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&objects[0]["Conflicts"], &objects[1]["Failures"]), (&json!(1), &json!(1)), "{text}");
}
