//! The store goes away at any call, before or after it did what the call says (F1): the client sends the same again, and
//! all is as if nothing had happened.

use crate::stage::{PASSWORD, PHONE, Stage, is, totp};
use serde_json::{Value, json};
use testkit::{Client, Crash, Reply};

/// Every point at which `calls` calls can break.
fn points(calls: usize) -> Vec<Crash> {
    (0..calls).flat_map(|n| [Crash::Before(n), Crash::After(n)]).collect()
}

/// Sends a request that breaks at `at`, and sends it again.
async fn twice(stage: &Stage, at: Crash, send: impl AsyncFn() -> Reply) -> Reply {
    stage.bench.wire.crash(Some(at));
    let broken = send().await;
    is(&broken, 503, "unavailable");
    assert_eq!(broken.header("retry-after"), "1");
    stage.bench.wire.crash(None);
    send().await
}

/// How many calls a request makes when nothing breaks.
async fn calls(stage: &Stage, send: impl AsyncFn() -> Reply) -> usize {
    let _ = stage.bench.wire.take();
    let reply = send().await;
    assert!(reply.status < 300, "{reply:?}");
    stage.bench.wire.take().len()
}

#[tokio::test]
async fn a_renewal_that_broke_anywhere_works_when_it_is_sent_again() {
    let stage = Stage::new().await;
    let first = stage.sign_in().await;
    let calls = calls(&stage, async || stage.renew(&first).await).await;
    assert_eq!(calls, 3);
    for at in points(calls) {
        let tokens = stage.sign_in().await;
        let renewed = twice(&stage, at, async || stage.renew(&tokens).await).await;
        assert_eq!(renewed.status, 200, "{at:?} {renewed:?}");
        let next = stage.renew(&renewed).await;
        assert_eq!(next.status, 200, "{at:?}: the session lives on");
    }
    assert!(!stage.kinds(stage.person.id).await.contains(&"session.revoked".to_owned()));
}

#[tokio::test]
async fn a_theft_that_is_found_out_while_the_store_breaks_is_still_found_out() {
    let stage = Stage::new().await;
    for at in points(3) {
        let old = stage.sign_in().await;
        let present = stage.renew(&stage.renew(&old).await).await;
        let reply = twice(&stage, at, async || stage.renew(&old).await).await;
        is(&reply, 401, "session-ended");
        is(&stage.renew(&present).await, 401, "session-ended");
    }
    let revoked = stage.kinds(stage.person.id).await.into_iter().filter(|kind| kind == "session.revoked").count();
    assert_eq!(revoked, 6, "once for each session");
}

#[tokio::test]
async fn a_sign_in_by_password_that_broke_anywhere_works_when_it_is_sent_again() {
    let stage = Stage::new().await;
    let token = stage.sign_in().await.text("/deviceToken");
    for device in [None, Some(token)] {
        let body = json!({ "phone": PHONE, "password": PASSWORD, "deviceToken": device });
        let send = async || stage.api.post("/v1/sessions", body.clone()).await;
        let calls = calls(&stage, send).await;
        for at in points(calls) {
            let reply = twice(&stage, at, send).await;
            assert_eq!(reply.status, 201, "{at:?} {reply:?}");
            assert_eq!(stage.renew(&reply).await.status, 200);
            stage.pass(900);
        }
    }
}

#[tokio::test]
async fn a_sign_in_by_code_that_broke_is_one_sign_in_or_takes_another_code() {
    let stage = Stage::new().await;
    let enter = async |code: &str| stage.api.post("/v1/sessions", json!({ "phone": PHONE, "code": code })).await;
    let code = stage.code(json!({ "phone": PHONE })).await;
    let calls = calls(&stage, async || enter(&code).await).await;
    for at in points(calls) {
        stage.pass(86_400);
        let code = stage.code(json!({ "phone": PHONE })).await;
        let before = stage.kinds(stage.person.id).await.len();
        let reply = twice(&stage, at, async || enter(&code).await).await;
        let done = at == Crash::After(calls - 1);
        assert_eq!(reply.status, if done { 401 } else { 201 }, "{at:?} {reply:?}");
        assert_eq!(stage.kinds(stage.person.id).await.len(), before + 1, "{at:?}: one session");
    }
}

#[tokio::test]
async fn a_code_that_was_not_sent_can_be_asked_for_again_after_a_minute() {
    let stage = Stage::new().await;
    let ask = async || stage.api.post("/v1/sign-in-codes", json!({ "phone": PHONE })).await;
    let calls = calls(&stage, ask).await;
    for at in points(calls) {
        stage.pass(86_400);
        let reply = twice(&stage, at, ask).await;
        let counted = at == Crash::After(calls - 1);
        assert_eq!(reply.status, if counted { 429 } else { 202 }, "{at:?} {reply:?}");
        stage.pass(60);
        assert_eq!(ask().await.status, 202);
    }
}

/// Sends a keyed request that breaks at every call of it in turn: the second time it is done, once.
async fn keyed(
    stage: &Stage,
    prepare: impl AsyncFn() -> (Client, String),
    send: impl AsyncFn(&Client, &str) -> Reply,
    kind: &str,
) {
    let (client, path) = prepare().await;
    let calls = calls(stage, async || send(&client.idempotency(&format!("request-{kind}")), &path).await).await;
    for (n, at) in points(calls).into_iter().enumerate() {
        stage.pass(1);
        let (client, path) = prepare().await;
        let before = stage.kinds(stage.person.id).await.iter().filter(|told| *told == kind).count();
        let client = client.idempotency(&format!("request-{kind}-{n}"));
        let reply = twice(stage, at, async || send(&client, &path).await).await;
        assert_eq!((reply.status, &reply.body), (204, &Value::Null), "{kind} {at:?} {reply:?}");
        let after = stage.kinds(stage.person.id).await.iter().filter(|told| *told == kind).count();
        assert_eq!(after, before + 1, "{kind} {at:?}: done once");
    }
}

#[tokio::test]
async fn ending_a_session_happens_once_wherever_it_broke() {
    let stage = Stage::new().await;
    let session = async || {
        let tokens = stage.sign_in().await;
        (stage.client(&tokens, &[]), format!("/v1/me/sessions/{}", tokens.text("/session")))
    };
    keyed(&stage, session, async |client, path| client.delete(path).await, "session.ended").await;
}

#[tokio::test]
async fn administration_happens_once_wherever_it_broke() {
    let stage = Stage::new().await;
    let administrator = &stage.administrator().await;
    let suspension = format!("/v1/accounts/{}/suspension", stage.person.id);
    let factor = format!("/v1/accounts/{}/second-factor", stage.person.id);

    let active = async || {
        administrator.delete(&suspension).await;
        (administrator.clone(), suspension.clone())
    };
    let suspend = async |client: &Client, path: &str| client.post(path, json!({ "reason": "调查" })).await;
    keyed(&stage, active, suspend, "account.suspended").await;

    let suspended = async || {
        suspend(administrator, &suspension).await;
        (administrator.clone(), suspension.clone())
    };
    keyed(&stage, suspended, async |client, path| client.delete(path).await, "account.reinstated").await;

    let enrolled = async || {
        let client = stage.client(&stage.sign_in().await, &[]);
        assert_eq!(client.post("/v1/me/second-factor", json!({})).await.status, 201);
        (administrator.clone(), factor.clone())
    };
    keyed(&stage, enrolled, async |client, path| client.delete(path).await, "second-factor.reset").await;
}

#[tokio::test]
async fn a_password_that_was_set_while_the_store_broke_is_set_once() {
    let stage = Stage::new().await;
    let client = stage.client(&stage.sign_in().await, &[]);
    let passwords = [PASSWORD, "an umbrella for Tuesday", "a lantern on the river"];
    let set = async |from: usize, to: usize| {
        client.put("/v1/me/password", json!({ "current": passwords[from], "new": passwords[to] })).await
    };
    let calls = calls(&stage, async || set(0, 1).await).await;
    let mut present = 1;
    for at in points(calls) {
        stage.pass(900);
        let next = present % 2 + 1;
        let reply = twice(&stage, at, async || set(present, next).await).await;
        assert_eq!(reply.status, 204, "{at:?} {reply:?}");
        present = next;
    }
    let told = stage.kinds(stage.person.id).await;
    assert_eq!(told.iter().filter(|kind| *kind == "password.changed").count(), 1 + 2 * calls);
}

#[tokio::test]
async fn a_second_factor_that_was_set_up_while_the_store_broke_works() {
    let stage = Stage::new().await;
    let administrator = stage.administrator().await;
    let factor = format!("/v1/accounts/{}/second-factor", stage.person.id);
    for at in points(4) {
        stage.pass(900);
        let client = stage.client(&stage.sign_in().await, &[]);
        // Its third call is the last one.
        let enrolment = match at {
            Crash::Before(3) | Crash::After(3) => client.post("/v1/me/second-factor", json!({})).await,
            _ => twice(&stage, at, async || client.post("/v1/me/second-factor", json!({})).await).await,
        };
        assert_eq!(enrolment.status, 201, "{at:?} {enrolment:?}");
        let body = json!({ "code": totp(&enrolment.text("/secret"), stage.bench.now()) });
        let confirm = async || client.post("/v1/me/second-factor/confirmations", body.clone()).await;
        assert_eq!(twice(&stage, at, confirm).await.status, 204, "{at:?}");
        assert_eq!(client.get("/v1/me").await.text("/secondFactor"), "passed");
        administrator.delete(&factor).await;
    }
}
