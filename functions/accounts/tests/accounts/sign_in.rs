//! Signing in.

use crate::stage::{PASSWORD, PHONE, Stage, is};
use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
use kernel::MemberId;
use register::MemberState;
use serde_json::{Value, json};
use testkit::{Call, Reply};
use vault::{Claims, Verifier};

#[tokio::test]
async fn a_password_opens_a_session() {
    let stage = Stage::new().await;
    let body = json!({ "phone": "+86 139-0000-0001", "password": PASSWORD, "device": "办公室电脑" });
    let reply = stage.api.post("/v1/sessions", body).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    assert_eq!(reply.header("location"), format!("/v1/me/sessions/{}", reply.text("/session")));
    assert_eq!(reply.header("cache-control"), "no-store");
    assert_eq!((&reply.body["expiresIn"], &reply.body["member"]), (&json!(900), &json!(stage.person.id)));
    assert_eq!(
        (&reply.body["secondFactor"], reply.text("/refreshExpiresAt").as_str()),
        (&json!("not-enrolled"), "2026-12-24T02:00:00Z")
    );

    let verifier = Verifier::open(&stage.bench.env).await.unwrap();
    let claims: Claims = verifier.verify(&reply.text("/accessToken"), stage.bench.now()).unwrap();
    assert_eq!((claims.sub, claims.sid.to_string(), claims.mfa), (stage.person.id, reply.text("/session"), false));
    assert_eq!(
        (claims.exp - claims.iat, claims.iss.as_str(), claims.aud.as_str()),
        (900, "https://zhibu.test", "zhibu")
    );

    let told = stage.told(stage.person.id).await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].subject, format!("account:{}", stage.person.id));
    assert_eq!(
        (told[0].kind.as_str(), told[0].actor.member, told[0].organization),
        ("session.opened", Some(stage.person.id), stage.town.branch.id)
    );
    assert_eq!(
        told[0].after,
        json!({ "method": "password", "session": reply.text("/session"), "secondFactor": false })
    );
}

#[tokio::test]
async fn nothing_that_proves_anything_is_stored_in_the_clear() {
    let stage = Stage::new().await;
    let tokens = stage.sign_in().await;
    let renewed = stage.renew(&tokens).await;
    let stored = stage.stored(stage.person.id).await.to_string();
    for reply in [&tokens, &renewed] {
        let refresh = reply.text("/refreshToken");
        let secret = refresh.split('.').nth(3).unwrap();
        assert_eq!(secret.len(), 43, "256 bits");
        assert!(!stored.contains(secret) && !stored.contains(&reply.text("/accessToken")));
    }
    assert!(!stored.contains(PASSWORD) && stored.contains("$argon2id$v=19$m=19456,t=2,p=1$"));
}

#[tokio::test]
async fn the_first_code_opens_the_account() {
    let stage = Stage::new().await;
    let (newcomer, phone) = stage.newcomer(2).await;
    is(
        &stage.api.post("/v1/sessions", json!({ "phone": phone, "password": PASSWORD })).await,
        401,
        "wrong-credentials",
    );
    let code = stage.code(json!({ "phone": phone })).await;
    let reply = stage.api.post("/v1/sessions", json!({ "phone": phone, "code": code })).await;
    assert_eq!((reply.status, reply.text("/member")), (201, newcomer.id.to_string()), "{reply:?}");
    assert_eq!(stage.kinds(newcomer.id).await, ["account.opened"]);
    assert_eq!(stage.stored(newcomer.id).await["version"], 1);
}

/// What an answer gives away, the request's own id aside.
fn shown(reply: &Reply) -> (u16, Value) {
    (reply.status, reply.body.clone())
}

/// What an answer costs.
fn cost(calls: &[Call]) -> Vec<(String, f64)> {
    calls.iter().map(|call| (call.operation.clone(), call.units)).collect()
}

#[tokio::test]
async fn whether_a_phone_is_known_shows_in_nothing() {
    let stage = Stage::new().await;
    let (_, without_password) = stage.newcomer(2).await;
    let mut seen = Vec::new();
    for phone in [PHONE, &without_password, "13800000000"] {
        for proof in [json!({ "password": "not the password" }), json!({ "code": "000000" })] {
            let _ = stage.bench.wire.take();
            let mut body = proof.clone();
            body["phone"] = json!(phone);
            let reply = stage.api.post("/v1/sessions", body).await;
            is(&reply, 401, "wrong-credentials");
            seen.push((proof.to_string(), shown(&reply), cost(&stage.bench.wire.take())));
        }
    }
    for (proof, shown, cost) in &seen {
        let first = seen.iter().find(|(other, ..)| other == proof).unwrap();
        assert_eq!((shown, cost), (&first.1, &first.2), "{proof}");
    }

    let mut seen = Vec::new();
    for phone in [PHONE, "13800000001"] {
        let _ = stage.bench.wire.take();
        let mut reply = stage.api.post("/v1/sign-in-codes", json!({ "phone": phone })).await;
        let challenge = reply.body.as_object_mut().unwrap().remove("challenge").unwrap();
        assert_eq!(challenge.as_str().unwrap().len(), 43);
        seen.push((shown(&reply), reply.headers, cost(&stage.bench.wire.take())));
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(stage.codes_sent(), 1, "nobody's phone gets none");
}

#[tokio::test]
async fn a_code_for_nobody_lets_nobody_in() {
    let stage = Stage::new().await;
    stage.api.post("/v1/sign-in-codes", json!({ "phone": "13800000000" })).await;
    assert_eq!(stage.codes_sent(), 0);
    let known = stage.code(json!({ "phone": PHONE })).await;
    is(
        &stage.api.post("/v1/sessions", json!({ "phone": "13800000000", "code": known })).await,
        401,
        "wrong-credentials",
    );
}

#[tokio::test]
async fn who_left_the_rolls_does_not_sign_in() {
    let stage = Stage::new().await;
    let gone =
        stage.town.person_as(2, "刘离", &stage.town.branch, |member| member.state = MemberState::TransferredOut).await;
    stage.give_account(gone.id).await;
    let reply = stage.api.post("/v1/sessions", json!({ "phone": "13900000002", "password": PASSWORD })).await;
    is(&reply, 401, "wrong-credentials");
}

#[tokio::test]
async fn either_a_password_or_a_code() {
    let stage = Stage::new().await;
    for body in [json!({ "phone": PHONE }), json!({ "phone": PHONE, "password": PASSWORD, "code": "123456" })] {
        let reply = stage.api.post("/v1/sessions", body).await;
        is(&reply, 422, "invalid-field");
        assert_eq!(reply.text("/fields/0/pointer"), "/password");
    }
}

#[tokio::test]
async fn an_older_hash_is_renewed_with_the_sign_in() {
    let stage = Stage::new().await;
    let old = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(64, 1, 1, None).unwrap());
    let old = old.hash_password(PASSWORD.as_bytes()).unwrap().to_string();
    stage.accounts.put(&accounts::demo_row(stage.person.id, &old)).await.unwrap();
    stage.sign_in().await;
    let stored = stage.stored(stage.person.id).await["password"].as_str().unwrap().to_owned();
    assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
    stage.sign_in().await;
    assert_eq!(stage.stored(stage.person.id).await["password"], json!(stored), "once");
}

#[tokio::test]
async fn an_account_has_ten_sessions_at_most() {
    let stage = Stage::new().await;
    let mut all = Vec::new();
    for _ in 0..11 {
        all.push(stage.sign_in().await);
        stage.pass(1);
    }
    let list = stage.client(&all[10], &[]).get("/v1/me/sessions").await;
    assert_eq!(list.body["items"].as_array().unwrap().len(), 10);
    is(&stage.renew(&all[0]).await, 401, "session-ended");
    assert_eq!(stage.renew(&all[1]).await.status, 200);
}

#[tokio::test]
async fn tokens_are_not_kept_among_answers() {
    let stage = Stage::new().await;
    let body = json!({ "phone": PHONE, "password": PASSWORD });
    let first = stage.api.idempotency("sign-in-0001").post("/v1/sessions", body.clone()).await;
    let again = stage.api.idempotency("sign-in-0001").post("/v1/sessions", body).await;
    assert_eq!((first.status, again.status), (201, 201));
    assert_ne!(first.text("/session"), again.text("/session"));
    assert_eq!(again.header("idempotency-replayed"), "");
    let client = stage.client(&first, &[]).idempotency("second-factor-0001");
    assert_ne!(
        client.post("/v1/me/second-factor", json!({})).await.body,
        client.post("/v1/me/second-factor", json!({})).await.body
    );
}

#[tokio::test]
async fn a_changed_phone_number_leads_to_the_same_account() {
    let stage = Stage::new().await;
    let id: MemberId = stage.person.id;
    let (_, index) = {
        let phone = "13600000001".parse().unwrap();
        let (_, masked, index) = register::Member::seal_phone(stage.town.vault(), id, &phone).unwrap();
        (masked, index)
    };
    let members = dynamo::Table::open(&stage.bench.env, "MEMBERS_TABLE").unwrap();
    members.put(&register::TakenRow::phone(&index, id)).await.unwrap();
    let reply = stage.api.post("/v1/sessions", json!({ "phone": "13600000001", "password": PASSWORD })).await;
    assert_eq!((reply.status, reply.text("/member")), (201, id.to_string()));
}
