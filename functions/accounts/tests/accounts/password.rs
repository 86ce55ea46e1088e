//! Setting a password.

use crate::stage::{PASSWORD, PHONE, Stage, is};
use serde_json::{Value, json};
use testkit::Reply;

const NEW: &str = "an umbrella for Tuesday";

async fn sign_in(stage: &Stage, password: &str) -> Reply {
    stage.api.post("/v1/sessions", json!({ "phone": PHONE, "password": password })).await
}

#[tokio::test]
async fn the_present_password_sets_a_new_one_and_ends_other_sessions() {
    let stage = Stage::new().await;
    let other = stage.sign_in().await;
    let tokens = stage.sign_in().await;
    let client = stage.client(&tokens, &[]);
    is(
        &client.put("/v1/me/password", json!({ "current": "not the password", "new": NEW })).await,
        401,
        "wrong-credentials",
    );
    let body = json!({ "current": PASSWORD, "new": NEW });
    let set = client.put("/v1/me/password", body.clone()).await;
    assert_eq!((set.status, &set.body), (204, &Value::Null));
    assert_eq!(client.put("/v1/me/password", body).await.status, 204, "the answer was lost: it is in place");

    is(&stage.renew(&other).await, 401, "session-ended");
    assert_eq!(stage.renew(&tokens).await.status, 200);
    is(&sign_in(&stage, PASSWORD).await, 401, "wrong-credentials");
    assert_eq!(sign_in(&stage, NEW).await.status, 201);
    let told = stage.told(stage.person.id).await;
    let changes: Vec<_> = told.iter().filter(|activity| activity.kind == "password.changed").collect();
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].after, json!({ "method": "password", "sessionsEnded": 1 }));
}

#[tokio::test]
async fn who_has_forgotten_it_sets_one_by_code() {
    let stage = Stage::new().await;
    let by_code = json!({ "phone": PHONE, "code": stage.code(json!({ "phone": PHONE })).await });
    let tokens = stage.api.post("/v1/sessions", by_code).await;
    let client = stage.client(&tokens, &[]);
    is(&client.put("/v1/me/password", json!({ "new": NEW })).await, 422, "invalid-field");
    is(&client.put("/v1/me/password", json!({ "code": "000000", "new": NEW })).await, 401, "wrong-credentials");

    stage.pass(60);
    let wrong_purpose = stage.code(json!({ "phone": PHONE })).await;
    is(&client.put("/v1/me/password", json!({ "code": wrong_purpose, "new": NEW })).await, 401, "wrong-credentials");
    stage.pass(60);
    let code = stage.code(json!({ "phone": PHONE, "purpose": "password" })).await;
    assert_eq!(client.put("/v1/me/password", json!({ "code": code, "new": NEW })).await.status, 204);
    is(&client.put("/v1/me/password", json!({ "code": code, "new": PASSWORD })).await, 401, "wrong-credentials");
    assert_eq!(sign_in(&stage, NEW).await.status, 201);
}

#[tokio::test]
async fn a_first_password_needs_no_proof_right_after_signing_in() {
    let stage = Stage::new().await;
    let (newcomer, phone) = stage.newcomer(2).await;
    let enter = async || {
        let code = stage.code(json!({ "phone": phone })).await;
        let tokens = stage.api.post("/v1/sessions", json!({ "phone": phone, "code": code })).await;
        stage.client(&tokens, &[])
    };
    let late = enter().await;
    stage.pass(900);
    let refused = late.put("/v1/me/password", json!({ "new": NEW })).await;
    is(&refused, 403, "forbidden");
    assert!(refused.text("/detail").contains("重新登录"));
    is(&late.put("/v1/me/password", json!({ "current": PASSWORD, "new": NEW })).await, 401, "wrong-credentials");
    let fresh = enter().await;
    assert_eq!(fresh.put("/v1/me/password", json!({ "new": NEW })).await.status, 204);
    let with_it = stage.api.post("/v1/sessions", json!({ "phone": phone, "password": NEW })).await;
    assert_eq!(with_it.text("/member"), newcomer.id.to_string());
}

#[tokio::test]
async fn passwords_that_are_easy_to_guess_are_refused_with_the_reason() {
    let stage = Stage::new().await;
    let client = stage.client(&stage.sign_in().await, &[]);
    for (new, why) in [
        ("short", "10 至 128"),
        ("chenjing123", "太接近"),
        ("+8613900000001", "太接近"),
        ("1qaz2wsx3edc", "常见"),
        ("aaaaaaaaaaaa", "重复"),
        ("陈静陈静陈静1234567", "太接近"),
    ] {
        let reply = client.put("/v1/me/password", json!({ "current": PASSWORD, "new": new })).await;
        is(&reply, 422, "invalid-field");
        assert_eq!(reply.text("/fields/0/pointer"), "/new");
        assert!(reply.text("/fields/0/detail").contains(why), "{new}: {reply:?}");
    }
    let long = client.put("/v1/me/password", json!({ "current": PASSWORD, "new": "x".repeat(129) })).await;
    is(&long, 422, "invalid-field");
    let both = client.put("/v1/me/password", json!({ "current": PASSWORD, "code": "123456", "new": NEW })).await;
    is(&both, 422, "invalid-field");
    assert_eq!(sign_in(&stage, PASSWORD).await.status, 201, "nothing changed");
}

#[tokio::test]
async fn a_stolen_session_does_not_guess_the_password() {
    let stage = Stage::new().await;
    let client = stage.client(&stage.sign_in().await, &[]);
    let body = json!({ "current": "not the password", "new": NEW });
    for _ in 0..10 {
        is(&client.put("/v1/me/password", body.clone()).await, 401, "wrong-credentials");
    }
    is(&client.put("/v1/me/password", body).await, 429, "too-many-attempts");
    assert_eq!(sign_in(&stage, PASSWORD).await.status, 201, "the owner is not kept out");
}
