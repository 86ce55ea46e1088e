//! The second factor.

use crate::stage::{PASSWORD, PHONE, Stage, is, totp};
use serde_json::json;
use testkit::Reply;

/// Sets up a second factor for the person; gives its secret and the tokens of the session it was done in.
async fn enrolled(stage: &Stage) -> (String, Reply) {
    let tokens = stage.sign_in().await;
    let client = stage.client(&tokens, &[]);
    stage.pass(1);
    let enrolment = client.post("/v1/me/second-factor", json!({})).await;
    assert_eq!(enrolment.status, 201, "{enrolment:?}");
    stage.pass(1);
    let secret = enrolment.text("/secret");
    let code = totp(&secret, stage.bench.now());
    assert_eq!(client.post("/v1/me/second-factor/confirmations", json!({ "code": code })).await.status, 204);
    (secret, tokens)
}

async fn sign_in(stage: &Stage, totp: Option<String>) -> Reply {
    let mut body = json!({ "phone": PHONE, "password": PASSWORD });
    if let Some(totp) = totp {
        body["totp"] = json!(totp);
    }
    stage.api.post("/v1/sessions", body).await
}

#[tokio::test]
async fn once_confirmed_it_counts_in_the_session_and_for_every_sign_in() {
    let stage = Stage::new().await;
    let before = stage.sign_in().await;
    let (secret, tokens) = enrolled(&stage).await;
    let me = stage.client(&tokens, &[]).get("/v1/me").await;
    assert_eq!(me.text("/secondFactor"), "passed");
    assert_eq!(stage.renew(&tokens).await.text("/secondFactor"), "passed");
    assert_eq!(stage.renew(&before).await.text("/secondFactor"), "not-passed");

    is(&sign_in(&stage, None).await, 401, "second-factor-required");
    stage.pass(30);
    let reply = sign_in(&stage, Some(totp(&secret, stage.bench.now()))).await;
    assert_eq!((reply.status, reply.text("/secondFactor").as_str()), (201, "passed"));
    assert_eq!(
        stage.kinds(stage.person.id).await,
        ["session.opened", "session.opened", "second-factor.requested", "second-factor.enrolled", "session.opened"]
    );
    let stored = stage.stored(stage.person.id).await.to_string();
    assert!(!stored.contains(&secret));
}

#[tokio::test]
async fn a_code_is_accepted_once_and_only_around_its_time() {
    let stage = Stage::new().await;
    let (secret, _) = enrolled(&stage).await;
    let used = totp(&secret, stage.bench.now());
    is(&sign_in(&stage, Some(used)).await, 401, "wrong-credentials");
    stage.pass(60);
    let now = stage.bench.now();
    let at = |seconds: i64| totp(&secret, now + jiff::SignedDuration::from_secs(seconds));
    is(&sign_in(&stage, Some(at(-60))).await, 401, "wrong-credentials");
    is(&sign_in(&stage, Some(at(60))).await, 401, "wrong-credentials");
    assert_eq!(sign_in(&stage, Some(at(-30))).await.status, 201, "a clock that is slow");
    assert_eq!(sign_in(&stage, Some(at(30))).await.status, 201, "a clock that is fast");
    is(&sign_in(&stage, Some(at(0))).await, 401, "wrong-credentials");
    stage.pass(60);
    assert_eq!(sign_in(&stage, Some(totp(&secret, stage.bench.now()))).await.status, 201);
}

#[tokio::test]
async fn it_is_asked_for_only_after_the_first_factor() {
    let stage = Stage::new().await;
    let (secret, _) = enrolled(&stage).await;
    stage.pass(30);
    let totp = totp(&secret, stage.bench.now());
    for body in [
        json!({ "phone": PHONE, "password": "not the password" }),
        json!({ "phone": PHONE, "password": "not the password", "totp": totp }),
    ] {
        is(&stage.api.post("/v1/sessions", body).await, 401, "wrong-credentials");
    }
    // A sign-in by code that lacks it does not use the code up.
    let code = stage.code(json!({ "phone": PHONE })).await;
    is(&stage.api.post("/v1/sessions", json!({ "phone": PHONE, "code": code })).await, 401, "second-factor-required");
    let complete = stage.api.post("/v1/sessions", json!({ "phone": PHONE, "code": code, "totp": totp })).await;
    assert_eq!(complete.status, 201, "{complete:?}");
}

#[tokio::test]
async fn before_it_is_confirmed_it_counts_for_nothing() {
    let stage = Stage::new().await;
    let client = stage.client(&stage.sign_in().await, &[]);
    let first = client.post("/v1/me/second-factor", json!({})).await.text("/secret");
    let second = client.post("/v1/me/second-factor", json!({})).await.text("/secret");
    assert_ne!(first, second);
    assert_eq!(sign_in(&stage, None).await.status, 201);
    let confirm = async |secret: &str| {
        client.post("/v1/me/second-factor/confirmations", json!({ "code": totp(secret, stage.bench.now()) })).await
    };
    is(&confirm(&first).await, 401, "wrong-credentials");
    assert_eq!(confirm(&second).await.status, 204);
    assert_eq!(confirm(&second).await.status, 204, "the answer was lost");
    stage.pass(90);
    is(&confirm(&first).await, 401, "wrong-credentials");
}

#[tokio::test]
async fn a_session_that_began_without_it_is_brought_up() {
    let stage = Stage::new().await;
    let before = stage.sign_in().await;
    let (secret, _) = enrolled(&stage).await;
    let client = stage.client(&before, &[]);
    assert_eq!(client.get("/v1/me").await.text("/secondFactor"), "not-passed");
    let used = totp(&secret, stage.bench.now());
    is(&client.post("/v1/me/second-factor/confirmations", json!({ "code": used })).await, 401, "wrong-credentials");
    stage.pass(30);
    let code = totp(&secret, stage.bench.now());
    assert_eq!(client.post("/v1/me/second-factor/confirmations", json!({ "code": code })).await.status, 204);
    assert_eq!(client.get("/v1/me").await.text("/secondFactor"), "passed");
    assert!(stage.kinds(stage.person.id).await.contains(&"second-factor.passed".to_owned()));
}

#[tokio::test]
async fn setting_it_up_takes_a_fresh_sign_in_and_changing_it_a_reset() {
    let stage = Stage::new().await;
    let client = stage.client(&stage.sign_in().await, &[]);
    is(&client.post("/v1/me/second-factor/confirmations", json!({ "code": "123456" })).await, 401, "wrong-credentials");
    stage.pass(900);
    is(&client.post("/v1/me/second-factor", json!({})).await, 403, "forbidden");
    let (_, tokens) = enrolled(&stage).await;
    is(&stage.client(&tokens, &[]).post("/v1/me/second-factor", json!({})).await, 409, "illegal-transition");
}

#[tokio::test]
async fn a_session_has_ten_tries_in_a_quarter_of_an_hour() {
    let stage = Stage::new().await;
    let client = stage.client(&stage.sign_in().await, &[]);
    client.post("/v1/me/second-factor", json!({})).await;
    for _ in 0..10 {
        is(
            &client.post("/v1/me/second-factor/confirmations", json!({ "code": "000000" })).await,
            401,
            "wrong-credentials",
        );
    }
    is(&client.post("/v1/me/second-factor/confirmations", json!({ "code": "000000" })).await, 429, "too-many-attempts");
}
