//! What a security administrator does to the accounts of others.

use crate::stage::{PASSWORD, PHONE, Stage, is, totp};
use authz::Role;
use kernel::MemberId;
use serde_json::json;
use testkit::Town;

fn suspension(member: MemberId) -> String {
    format!("/v1/accounts/{member}/suspension")
}

#[tokio::test]
async fn a_suspended_account_is_shut_until_it_is_reinstated() {
    let stage = Stage::new().await;
    let administrator = stage.administrator().await;
    let tokens = stage.sign_in().await;
    stage.pass(1);
    let reason = json!({ "reason": "手机遗失" });
    assert_eq!(administrator.post(&suspension(stage.person.id), reason.clone()).await.status, 204);
    is(&administrator.post(&suspension(stage.person.id), reason).await, 409, "illegal-transition");

    is(&stage.renew(&tokens).await, 403, "account-suspended");
    let sign_in =
        async |password: &str| stage.api.post("/v1/sessions", json!({ "phone": PHONE, "password": password })).await;
    is(&sign_in(PASSWORD).await, 403, "account-suspended");
    is(&sign_in("not the password").await, 401, "wrong-credentials");

    stage.pass(1);
    assert_eq!(
        administrator
            .delete(&format!("{}?reason=%E5%B7%B2%E6%89%BE%E5%9B%9E", suspension(stage.person.id)))
            .await
            .status,
        204
    );
    is(&administrator.delete(&suspension(stage.person.id)).await, 409, "illegal-transition");
    is(&stage.renew(&tokens).await, 401, "session-ended");
    stage.pass(1);
    assert_eq!(sign_in(PASSWORD).await.status, 201);

    let told = stage.told(stage.person.id).await;
    let kinds: Vec<_> = told.iter().map(|activity| (activity.kind.as_str(), activity.actor.role.as_str())).collect();
    let role = "security-administrator";
    assert_eq!(
        kinds,
        [
            ("session.opened", "self"),
            ("account.suspended", role),
            ("account.reinstated", role),
            ("session.opened", "self")
        ]
    );
    assert_eq!((&told[1].after["reason"], &told[2].after["reason"]), (&json!("手机遗失"), &json!("已找回")));
}

#[tokio::test]
async fn who_never_signed_in_can_be_suspended() {
    let stage = Stage::new().await;
    let (newcomer, phone) = stage.newcomer(2).await;
    assert_eq!(
        stage.administrator().await.post(&suspension(newcomer.id), json!({ "reason": "调查" })).await.status,
        204
    );
    let code = stage.code(json!({ "phone": phone })).await;
    is(&stage.api.post("/v1/sessions", json!({ "phone": phone, "code": code })).await, 403, "account-suspended");
}

#[tokio::test]
async fn a_lost_second_factor_is_reset() {
    let stage = Stage::new().await;
    let administrator = stage.administrator().await;
    let path = format!("/v1/accounts/{}/second-factor", stage.person.id);
    is(&administrator.delete(&path).await, 409, "illegal-transition");

    let tokens = stage.sign_in().await;
    let client = stage.client(&tokens, &[]);
    let secret = client.post("/v1/me/second-factor", json!({})).await.text("/secret");
    client.post("/v1/me/second-factor/confirmations", json!({ "code": totp(&secret, stage.bench.now()) })).await;
    assert_eq!(administrator.idempotency("reset-0001").delete(&path).await.status, 204);
    assert_eq!(administrator.idempotency("reset-0001").delete(&path).await.status, 204, "the first answer again");
    assert_eq!(client.get("/v1/me").await.text("/secondFactor"), "not-enrolled");
    assert_eq!(stage.renew(&tokens).await.text("/secondFactor"), "not-enrolled");
    stage.sign_in().await;
    assert!(stage.kinds(stage.person.id).await.contains(&"second-factor.reset".to_owned()));
}

#[tokio::test]
async fn only_the_security_administrator_of_the_tree_and_nobody_in_their_own_case() {
    let stage = Stage::new().await;
    let officer = stage.town.person(91, "党务", &stage.town.branch).await;
    let (town, person) = (&stage.town, &stage.person);
    let reason = json!({ "reason": "x" });
    for (role, node, status, code) in [
        (Role::Secretary, &town.branch, 403, "forbidden"),
        (Role::OrganizationDepartment, &town.city, 403, "forbidden"),
        (Role::SystemAdministrator, &town.city, 403, "forbidden"),
        (Role::Auditor, &town.city, 403, "forbidden"),
        (Role::SecurityAdministrator, &town.neighbour, 404, "not-found"),
        (Role::SecurityAdministrator, &town.elsewhere, 404, "not-found"),
    ] {
        let client = stage.api.with(Town::caller(&officer, &[(role, node)]));
        is(&client.post(&suspension(person.id), reason.clone()).await, status, code);
        is(&client.delete(&suspension(person.id)).await, status, code);
        is(&client.delete(&format!("/v1/accounts/{}/second-factor", person.id)).await, status, code);
    }
    let own = stage.api.with(Town::caller(person, &[(Role::SecurityAdministrator, &town.city)]));
    is(&own.post(&suspension(person.id), reason.clone()).await, 403, "own-case");
    is(&own.delete(&suspension(person.id)).await, 403, "own-case");
    is(&own.delete(&format!("/v1/accounts/{}/second-factor", person.id)).await, 403, "own-case");
    let nobody = MemberId::from_bytes(5, [5; 10]);
    is(&own.post(&suspension(nobody), reason).await, 404, "not-found");
    stage.sign_in().await;
}

#[tokio::test]
async fn a_suspension_has_a_reason() {
    let stage = Stage::new().await;
    let administrator = stage.administrator().await;
    is(&administrator.post(&suspension(stage.person.id), json!({})).await, 422, "invalid-field");
    is(&administrator.post(&suspension(stage.person.id), json!({ "reason": " " })).await, 422, "invalid-field");
    is(&administrator.post("/v1/accounts/mbr_1/suspension", json!({ "reason": "x" })).await, 404, "not-found");
    is(&administrator.delete(&format!("{}?because=x", suspension(stage.person.id))).await, 422, "invalid-field");
}
