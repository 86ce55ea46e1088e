//! Signing in, and oneself.

use super::{Ask, For, Step, step};
use crate::{Scene, scene::PASSWORD};
use authz::{Action, Caller};
use serde_json::json;
use totp_rs::{Builder, Secret};

/// The member, signed in on a device.
pub(super) fn signed_in(scene: &Scene) -> Caller {
    Caller { member: scene.member.id, session: scene.session, grants: Vec::new() }
}

fn account(scene: &Scene, rest: &str) -> String {
    format!("/v1/accounts/{}{rest}", scene.member.id)
}

const MANAGE: For = For::Whoever(Action::ManageAccount);

pub(super) const STEPS: &[Step] = &[
    step("accounts", "POST", "/v1/sign-in-codes", For::Everybody, 202, |_| {
        Box::pin(async { Ask::with("/v1/sign-in-codes", json!({ "phone": "13900000002", "purpose": "sign-in" })) })
    }),
    step("accounts", "POST", "/v1/sessions", For::Everybody, 201, |_| {
        Box::pin(async { Ask::with("/v1/sessions", json!({ "phone": "13900000002", "password": PASSWORD })) })
    }),
    step("accounts", "POST", "/v1/sessions/refresh", For::Everybody, 200, |scene| {
        Box::pin(async { Ask::with("/v1/sessions/refresh", json!({ "refreshToken": scene.refresh })) })
    }),
    step("accounts", "GET", "/.well-known/jwks.json", For::Everybody, 200, |_| {
        Box::pin(async { Ask::get("/.well-known/jwks.json") })
    }),
    step("accounts", "DELETE", "/v1/sessions/current", For::Oneself, 204, |_| {
        Box::pin(async { Ask::get("/v1/sessions/current") })
    }),
    step("accounts", "GET", "/v1/me", For::Oneself, 200, |_| Box::pin(async { Ask::get("/v1/me") })),
    step("accounts", "GET", "/v1/me/data", For::Oneself, 200, |_| Box::pin(async { Ask::get("/v1/me/data") })),
    step("accounts", "GET", "/v1/me/access-log", For::Oneself, 200, |_| {
        Box::pin(async { Ask::get("/v1/me/access-log") })
    }),
    step("accounts", "GET", "/v1/me/sessions", For::Oneself, 200, |_| Box::pin(async { Ask::get("/v1/me/sessions") })),
    step("accounts", "DELETE", "/v1/me/sessions/{session}", For::Oneself, 204, |scene| {
        Box::pin(async { Ask::get(format!("/v1/me/sessions/{}", scene.session)) })
    }),
    step("accounts", "PUT", "/v1/me/password", For::Oneself, 204, |_| {
        Box::pin(async { Ask::with("/v1/me/password", json!({ "current": PASSWORD, "new": "battery-horse-correct" })) })
    }),
    step("accounts", "POST", "/v1/me/second-factor", For::Oneself, 201, |_| {
        Box::pin(async { Ask::get("/v1/me/second-factor") })
    }),
    step("accounts", "POST", "/v1/me/second-factor/confirmations", For::Oneself, 204, |scene| {
        Box::pin(async {
            let own = scene.client("accounts").with(signed_in(scene));
            let begun = own.send("POST", "/v1/me/second-factor", None).await;
            let code = code(&begun.text("/secret"), scene.bench.now());
            Ask::with("/v1/me/second-factor/confirmations", json!({ "code": code }))
        })
    }),
    step("accounts", "POST", "/v1/accounts/{member}/suspension", MANAGE, 204, |scene| {
        Box::pin(async { Ask::with(account(scene, "/suspension"), json!({ "reason": "手机遗失" })) })
    }),
    step("accounts", "DELETE", "/v1/accounts/{member}/suspension", MANAGE, 204, |scene| {
        Box::pin(async {
            let path = account(scene, "/suspension");
            scene.chief("accounts").post(&path, json!({ "reason": "手机遗失" })).await;
            Ask::get(path)
        })
    }),
    step("accounts", "DELETE", "/v1/accounts/{member}/second-factor", MANAGE, 204, |scene| {
        Box::pin(async {
            let own = scene.client("accounts").with(signed_in(scene));
            let begun = own.send("POST", "/v1/me/second-factor", None).await;
            let confirmation = json!({ "code": code(&begun.text("/secret"), scene.bench.now()) });
            own.post("/v1/me/second-factor/confirmations", confirmation).await;
            Ask::get(account(scene, "/second-factor"))
        })
    }),
];

/// What an authenticator app shows for `secret` at `now`; any code when there is no secret, because the scene has been
/// used before and the second factor is set up.
fn code(secret: &str, now: jiff::Timestamp) -> String {
    if secret.is_empty() {
        return "000000".to_owned();
    }
    let secret = Secret::try_from_base32(secret).unwrap();
    let totp = Builder::new().with_secret(secret).with_account_name("test").build().unwrap();
    totp.generate(u64::try_from(now.as_second()).unwrap()).to_string()
}
