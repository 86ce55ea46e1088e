//! The log tells operators what happens, and nothing about anybody (canary test).

use crate::stage::{PASSWORD, PHONE, Stage, totp};
use serde_json::json;
use testkit::Town;

#[tokio::test]
async fn no_number_password_or_token_gets_into_the_log() {
    let stage = Stage::new().await;
    let mut canaries = vec![
        PHONE.to_owned(),
        PASSWORD.to_owned(),
        "an umbrella for Tuesday".to_owned(),
        "not the password".to_owned(),
    ];
    canaries.extend([Town::id_card(1).reveal().to_owned(), "陈静".to_owned(), "办公室电脑".to_owned()]);

    let first = stage.sign_in().await;
    let body = json!({ "phone": PHONE, "password": "not the password", "device": "办公室电脑" });
    stage.api.post("/v1/sessions", body).await;
    let code = stage.code(json!({ "phone": PHONE })).await;
    let by_code = stage.api.post("/v1/sessions", json!({ "phone": PHONE, "code": code, "device": "办公室电脑" })).await;
    let client = stage.client(&by_code, &[]);
    for path in ["/v1/me", "/v1/me/data", "/v1/me/sessions", "/v1/me/access-log"] {
        assert_eq!(client.get(path).await.status, 200);
    }
    let secret = client.post("/v1/me/second-factor", json!({})).await.text("/secret");
    let confirmation = json!({ "code": totp(&secret, stage.bench.now()) });
    client.post("/v1/me/second-factor/confirmations", confirmation).await;
    client.put("/v1/me/password", json!({ "current": PASSWORD, "new": "an umbrella for Tuesday" })).await;
    let second = stage.renew(&by_code).await;
    stage.pass(60);
    stage.renew(&by_code).await;
    stage.bench.wire.crash(Some(testkit::Crash::Before(1)));
    stage.api.post("/v1/sessions", json!({ "phone": PHONE, "password": PASSWORD })).await;
    stage.bench.wire.crash(None);

    canaries.push(secret);
    for tokens in [&first, &by_code, &second] {
        for name in ["/accessToken", "/refreshToken", "/deviceToken"] {
            let token = tokens.text(name);
            canaries.extend(
                token
                    .rsplit(['.', '_'])
                    .filter(|part| part.len() > 20 && !token.contains(&format!("_{part}")))
                    .map(str::to_owned),
            );
        }
    }
    let lines = stage.logged();
    assert!(lines.len() > 10 && canaries.len() > 15, "{} lines, {} canaries", lines.len(), canaries.len());
    assert!(
        lines.iter().any(|line| line.contains("superseded"))
            && lines.iter().any(|line| line.contains("request failed"))
    );
    assert!(lines.iter().any(|line| line.contains("phone=139****0001;")));
    for canary in &canaries {
        let found = lines.iter().find(|line| line.contains(canary.as_str()));
        assert_eq!(found, None, "{canary}");
    }
}
