//! Guessing is slow, and keeps nobody else out.

use crate::stage::{PASSWORD, PHONE, Stage, is};
use serde_json::{Value, json};
use testkit::{Client, Reply};

async fn guess(client: &Client) -> Reply {
    client.post("/v1/sessions", json!({ "phone": PHONE, "password": "not the password" })).await
}

async fn owner(client: &Client, device: Option<&str>) -> Reply {
    let mut body = json!({ "phone": PHONE, "password": PASSWORD });
    if let Some(token) = device {
        body["deviceToken"] = json!(token);
    }
    client.post("/v1/sessions", body).await
}

#[tokio::test]
async fn an_attacker_from_one_network_keeps_nobody_out() {
    let stage = Stage::new().await;
    let token = stage.sign_in().await.text("/deviceToken");
    let attacker = stage.api.from("198.51.100.9");
    for _ in 0..20 {
        is(&guess(&attacker).await, 401, "wrong-credentials");
    }
    for _ in 0..60 {
        let slowed = guess(&attacker).await;
        is(&slowed, 429, "too-many-attempts");
        assert!((1..=900).contains(&slowed.header("retry-after").parse::<i64>().unwrap()));
    }
    // Even the right password does not help there, and the attacker does not learn that it is right.
    is(&owner(&attacker.from("198.51.100.200"), None).await, 429, "too-many-attempts");

    assert_eq!(owner(&stage.api, Some(&token)).await.status, 201, "the owner's phone, at home");
    assert_eq!(owner(&attacker, Some(&token)).await.status, 201, "the owner's phone, in the attacker's network");
    assert_eq!(owner(&stage.api.from("192.0.2.1"), None).await.status, 201, "a new phone of the owner, elsewhere");
    stage.pass(900);
    is(&guess(&attacker).await, 401, "wrong-credentials");
}

#[tokio::test]
async fn an_attacker_with_many_networks_is_slowed_down_and_a_code_still_works() {
    let stage = Stage::new().await;
    let token = stage.sign_in().await.text("/deviceToken");
    // The sign-in was one of the thirty.
    for n in 0..28 {
        is(&guess(&stage.api.from(&format!("10.0.{n}.1"))).await, 401, "wrong-credentials");
    }
    let mut waits = Vec::new();
    for n in 0..12 {
        is(&guess(&stage.api.from(&format!("10.1.{n}.1"))).await, 401, "wrong-credentials");
        let slowed = guess(&stage.api.from(&format!("10.2.{n}.1"))).await;
        is(&slowed, 429, "too-many-attempts");
        let wait: i64 = slowed.header("retry-after").parse().unwrap();
        waits.push(wait);
        stage.pass(wait);
    }
    assert_eq!(waits, [1, 1, 1, 2, 2, 2, 4, 4, 4, 8, 8, 8]);

    is(&guess(&stage.api.from("10.3.0.1")).await, 401, "wrong-credentials");
    is(&owner(&stage.api, None).await, 429, "too-many-attempts");
    assert_eq!(owner(&stage.api, Some(&token)).await.status, 201, "a known device");
    let code = stage.code(json!({ "phone": PHONE })).await;
    let by_code = stage.api.post("/v1/sessions", json!({ "phone": PHONE, "code": code })).await;
    assert_eq!(by_code.status, 201, "a new device, by code");
}

#[tokio::test]
async fn a_known_device_has_twenty_guesses_of_its_own() {
    let stage = Stage::new().await;
    let token = stage.sign_in().await.text("/deviceToken");
    let other = stage.sign_in().await.text("/deviceToken");
    let body = |token: &str| json!({ "phone": PHONE, "password": "not the password", "deviceToken": token });
    for _ in 0..20 {
        is(&stage.api.post("/v1/sessions", body(&token)).await, 401, "wrong-credentials");
    }
    is(&stage.api.post("/v1/sessions", body(&token)).await, 429, "too-many-attempts");
    assert_eq!(owner(&stage.api, Some(&other)).await.status, 201, "another device");
    assert_eq!(owner(&stage.api, None).await.status, 201, "a device that is not known");
}

#[tokio::test]
async fn in_a_network_that_has_used_up_its_attempts_codes_still_work_for_known_devices_and_within_sessions() {
    let stage = Stage::new().await;
    let tokens = stage.sign_in().await;
    let enter = async |phone: &str, code: &str, device: Option<String>| {
        stage.api.post("/v1/sessions", json!({ "phone": phone, "code": code, "deviceToken": device })).await
    };
    let code = stage.code(json!({ "phone": PHONE })).await;
    // The sign-in was one of the three hundred.
    for n in 0..299 {
        is(&enter(&format!("138{n:08}"), "123123", None).await, 401, "wrong-credentials");
    }
    is(&enter(PHONE, &code, None).await, 429, "too-many-attempts");
    let device = tokens.text("/deviceToken");
    assert_eq!(enter(PHONE, &code, Some(device.clone())).await.status, 201, "a known device");

    stage.pass(60);
    let code = stage.code(json!({ "phone": PHONE, "purpose": "password", "deviceToken": device })).await;
    let new = json!({ "code": code, "new": "an umbrella for Tuesday" });
    assert_eq!(stage.client(&tokens, &[]).put("/v1/me/password", new).await.status, 204, "within a session");

    for _ in 0..19 {
        is(&enter(PHONE, "123123", Some(device.clone())).await, 401, "wrong-credentials");
    }
    is(&enter(PHONE, "123123", Some(device)).await, 429, "too-many-attempts");
}

#[tokio::test]
async fn a_device_is_known_for_its_own_login_only_and_keeps_its_token() {
    let stage = Stage::new().await;
    let (newcomer, phone) = stage.newcomer(2).await;
    stage.give_account(newcomer.id).await;
    let token = stage.sign_in().await.text("/deviceToken");
    assert_eq!(owner(&stage.api, Some(&token)).await.text("/deviceToken"), token);
    let as_other =
        stage.api.post("/v1/sessions", json!({ "phone": phone, "password": PASSWORD, "deviceToken": token })).await;
    assert_eq!(as_other.status, 201);
    assert_ne!(as_other.text("/deviceToken"), token);

    for forged in
        ["dt1", "dt1.0.a.b", &token.replace("dt1", "dt2"), &format!("{token}x"), &token.replacen('.', ".1", 1)]
    {
        let reply = owner(&stage.api, Some(forged)).await;
        assert_eq!(reply.status, 201, "a device that is not known is not refused");
        assert_ne!(reply.text("/deviceToken"), *forged);
    }
    stage.pass(401 * 86_400);
    assert_ne!(owner(&stage.api, Some(&token)).await.text("/deviceToken"), token, "too old");
}

#[tokio::test]
async fn attempts_at_once_are_all_counted() {
    let stage = Stage::new().await;
    let attacker = stage.api.from("198.51.100.9");
    let all: Vec<Reply> = futures_util::future::join_all((0..40).map(|_| guess(&attacker))).await;
    let count = |status: u16| all.iter().filter(|reply| reply.status == status).count();
    assert!(count(401) <= 20 && count(401) + count(429) == 40, "{} tried", count(401));
}

#[tokio::test]
async fn counts_are_forgotten_by_the_store() {
    let stage = Stage::new().await;
    guess(&stage.api).await;
    stage.code(json!({ "phone": PHONE })).await;
    let login = &stage.person.phone_index;
    for (pk, sk) in [(format!("THR#ALL#{login}"), "PACE"), (format!("THR#SMS#{login}"), "PACE")] {
        let row: Value = stage.accounts.get(dynamo::Key::new(pk, sk), dynamo::Read::Consistent).await.unwrap().unwrap();
        assert!(row["ttl"].as_i64().unwrap() > stage.bench.now().as_second(), "{row}");
    }
}

#[tokio::test]
async fn a_lost_answer_counts_an_attempt_once_more_and_does_nothing_else() {
    let stage = Stage::new().await;
    let key = || dynamo::Key::new("THR#test", "1");
    for n in 1..=3 {
        assert_eq!(stage.accounts.count_up(key(), 2_000_000_000).await.unwrap(), n);
    }
    stage.bench.wire.crash(Some(testkit::Crash::After(0)));
    assert!(stage.accounts.count_up(key(), 2_000_000_000).await.is_err());
    stage.bench.wire.crash(None);
    assert_eq!(stage.accounts.count_up(key(), 2_000_000_000).await.unwrap(), 5);
    let absent: Option<Value> = stage.accounts.count_use(dynamo::Key::new("OTP#test", "1")).await.unwrap();
    assert_eq!(absent, None, "a code that was not sent is not made by trying it");
}
