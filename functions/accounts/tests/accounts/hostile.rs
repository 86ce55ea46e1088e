//! Hostile input (F18): a clear refusal, never a 500, and nothing is stored.

use crate::stage::{PHONE, Stage};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use serde_json::json;
use testkit::{Client, Reply};

const BODIES: [(&str, &str); 7] = [
    ("POST", "/v1/sign-in-codes"),
    ("POST", "/v1/sessions"),
    ("POST", "/v1/sessions/refresh"),
    ("PUT", "/v1/me/password"),
    ("POST", "/v1/me/second-factor/confirmations"),
    ("POST", "/v1/accounts/mbr_00000000000170008001000000000000/suspension"),
    ("PATCH", "/v1/sessions"),
];

fn is_clear(reply: &Reply, what: &str) {
    assert!((400..500).contains(&reply.status), "{what}: {reply:?}");
    assert_eq!(reply.header("content-type"), "application/problem+json", "{what}");
    assert!(!reply.code().is_empty(), "{what}");
}

#[tokio::test]
async fn what_is_not_a_request_is_refused_clearly_and_stores_nothing() {
    let stage = Stage::new().await;
    let client = stage.client(&stage.sign_in().await, &[]);
    let before = stage.stored(stage.person.id).await;
    let _ = stage.bench.wire.take();
    let valid = json!({ "phone": PHONE, "password": "x" }).to_string();
    let corpus = [
        String::new(),
        "null".to_owned(),
        "[]".to_owned(),
        "{".to_owned(),
        "nul".to_owned(),
        "NaN".to_owned(),
        "\u{feff}{}".to_owned(),
        format!("{valid} {valid}"),
        "[".repeat(100_000),
        r#"{"a":"#.repeat(10_000),
        r#"{"phone":"\ud800"}"#.to_owned(),
        r#"{"phone":1e999}"#.to_owned(),
        r#"{"phone":123456789012345678901234567890}"#.to_owned(),
        r#"{"phone":"13900000001","phone":"13900000001","password":"x"}"#.to_owned(),
        r#"{"phone":"13900000001","password":"x","admin":true}"#.to_owned(),
        r#"{"phone":"13900000001\u0000","password":"x"}"#.to_owned(),
        r#"{"phone":"１３９０００００００１","password":"x"}"#.to_owned(),
        r#"{"phone":"13900000001","code":"１２３４５６"}"#.to_owned(),
        r#"{"phone":"13900000001","password":""}"#.to_owned(),
        r#"{"phone":["13900000001"],"password":{}}"#.to_owned(),
        json!({ "phone": PHONE, "password": "x".repeat(200_000) }).to_string(),
        json!({ "phone": PHONE, "password": "x", "device": "x\u{202e}y" }).to_string(),
        json!({ "phone": PHONE, "password": "x", "deviceToken": "x".repeat(161) }).to_string(),
        json!({ "refreshToken": "x".repeat(201) }).to_string(),
        json!({ "refreshToken": "a\0b" }).to_string(),
        json!({ "new": null }).to_string(),
        json!({ "code": "12345" }).to_string(),
        json!({ "reason": "x".repeat(201) }).to_string(),
        format!("\"{}\"", "x".repeat(300 * 1_024)),
    ];
    for (method, path) in BODIES {
        for body in &corpus {
            let reply = client.send(method, path, Some(body.clone())).await;
            is_clear(&reply, &format!("{method} {path} {body:.60}"));
        }
    }
    let wrote = stage.bench.wire.take().into_iter().filter(|call| call.operation == "TransactWriteItems").count();
    assert_eq!((wrote, stage.stored(stage.person.id).await), (0, before));
}

#[tokio::test]
async fn other_kinds_of_content_are_refused() {
    let stage = Stage::new().await;
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""] {
        let reply = stage
            .api
            .header("content-type", kind)
            .post("/v1/sessions", json!({ "phone": PHONE, "password": "x" }))
            .await;
        assert_eq!((reply.status, reply.code()), (415, "unsupported-media-type"), "{kind}");
    }
}

/// Sends what a strategy makes up, many times.
fn made_up<S: Strategy>(strategy: &S, cases: u32, send: &impl AsyncFn(&Client, S::Value) -> Reply)
where
    S::Value: Clone,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let stage = runtime.block_on(Stage::new());
    let client = runtime.block_on(async { stage.client(&stage.sign_in().await, &[]) });
    let mut runner = TestRunner::new(Config { cases, ..Config::default() });
    let result = runner.run(strategy, |made| {
        let reply = runtime.block_on(send(&client, made));
        prop_assert!((400..500).contains(&reply.status) && !reply.code().is_empty(), "{reply:?}");
        Ok(())
    });
    result.unwrap();
}

#[test]
fn made_up_refresh_tokens_are_refused() {
    let token = "(rt1\\.)?(mbr_[0-9a-f]{32}\\.)?(ses_[0-9a-f]{32}\\.)?[A-Za-z0-9_.-]{0,90}";
    made_up(&token, 300, &async |client, token| {
        client.post("/v1/sessions/refresh", json!({ "refreshToken": token })).await
    });
}

#[test]
fn made_up_texts_sign_nobody_in() {
    let texts = ("\\PC{0,20}", "\\PC{0,20}", "\\PC{0,20}", "\\PC{0,80}");
    made_up(&texts, 300, &async |client, (phone, code, totp, device)| {
        client.post("/v1/sessions", json!({ "phone": phone, "code": code, "totp": totp, "device": device })).await
    });
}

#[test]
fn made_up_paths_and_queries_are_refused() {
    let parts = ("[a-z]{3}_[0-9a-f]{30,34}", "[ -~&&[^#?&]]{0,30}");
    made_up(&parts, 200, &async |client, (id, text)| {
        let text = text.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02x}"));
        client.delete(&format!("/v1/accounts/{id}/suspension?reason={text}")).await;
        client.delete(&format!("/v1/me/sessions/{id}")).await
    });
}
