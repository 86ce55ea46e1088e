//! How people and organisations want to hear.

use crate::stage::stage;
use authz::Role;
use dynamo::{Found, Read, Stretch};
use notices::{Recipient, RobotRow, RobotService};
use serde_json::{Value, json};

#[tokio::test]
async fn settings_begin_with_quiet_nights_and_change_by_version() {
    let stage = stage().await;
    let first = stage.own.get("/v1/me/notice-settings").await;
    let defaults = json!({ "channels": [], "quietHours": { "from": "21:00", "until": "08:00" }, "digest": "off" });
    assert_eq!((first.body.clone(), first.header("etag")), (defaults, "\"v0\""));
    let wanted = json!({ "channels": ["sms"], "quietHours": { "from": "22:00", "until": "07:30" }, "digest": "daily" });
    assert_eq!(stage.own.put("/v1/me/notice-settings", wanted.clone()).await.code(), "version-required");
    let changed = stage.own.if_match("\"v0\"").put("/v1/me/notice-settings", wanted.clone()).await;
    assert_eq!((changed.status, &changed.body, changed.header("etag")), (200, &wanted, "\"v1\""));
    assert_eq!(stage.own.if_match("\"v0\"").put("/v1/me/notice-settings", wanted.clone()).await.code(), "stale");
    assert_eq!(stage.own.get("/v1/me/notice-settings").await.body, wanted);
    for (field, value) in [
        ("quietHours", json!({ "from": "24:00", "until": "08:00" })),
        ("digest", json!("weekly")),
        ("channels", json!(["sms", "sms"])),
        ("channels", json!(["fax"])),
    ] {
        let mut wrong = wanted.clone();
        wrong[field] = value;
        let reply = stage.own.if_match("\"v1\"").put("/v1/me/notice-settings", wrong).await;
        assert_eq!((reply.status, reply.code()), (422, "invalid-field"), "{field}");
    }
}

#[tokio::test]
async fn a_robots_secrets_go_in_and_never_come_out() {
    let stage = stage().await;
    let secretary = stage.officer(Role::Secretary, &stage.town.branch);
    let list = format!("/v1/organizations/{}/robots", stage.town.branch.id);
    let (token, secret) = ("0123456789abcdef", "SEC9876543210");
    let set = secretary.put(&format!("{list}/dingtalk"), json!({ "token": token, "secret": secret })).await;
    assert_eq!((set.status, set.text("/token")), (200, "****cdef".to_owned()), "{set:?}");
    let shown = secretary.get(&list).await.body;
    assert_eq!((&shown["items"][0]["service"], &shown["items"][0]["signed"]), (&json!("dingtalk"), &json!(true)));
    let stretch = Stretch::beginning(Recipient::Organization(stage.town.branch.id).partition(), RobotRow::START);
    let stored: Found<Value> = stage.notices.table().page(&stretch, None, 10).await.unwrap();
    for text in [shown.to_string(), set.body.to_string(), format!("{stored:?}")] {
        assert!(!text.contains(token) && !text.contains(secret), "{text}");
    }
    let key = RobotRow::key(stage.town.branch.id, RobotService::Dingtalk);
    let row: RobotRow = stage.notices.table().get(key, Read::Consistent).await.unwrap().unwrap();
    let robot = row.open(stage.town.vault()).unwrap();
    assert_eq!((robot.token.reveal(), robot.secret.unwrap().reveal()), (token, secret));

    let again =
        secretary.put(&format!("{list}/dingtalk"), json!({ "token": "another-token-77", "secret": secret })).await;
    assert_eq!(again.text("/token"), "****n-77");
    assert_eq!(secretary.delete(&format!("{list}/dingtalk")).await.status, 204);
    assert_eq!(secretary.delete(&format!("{list}/dingtalk")).await.status, 404);
    assert_eq!(secretary.get(&list).await.body["items"], json!([]));
}

#[tokio::test]
async fn a_robot_names_no_host_and_signs_where_it_can() {
    let stage = stage().await;
    let secretary = stage.officer(Role::Secretary, &stage.town.branch);
    let path = |service: &str| format!("/v1/organizations/{}/robots/{service}", stage.town.branch.id);
    for (service, body, field) in [
        ("wecom", json!({ "token": "https://169.254.169.254/latest" }), "/token"),
        ("wecom", json!({ "token": "key@10.0.0.1:80/x" }), "/token"),
        ("wecom", json!({ "token": "0123456789abcdef", "secret": "0123456789abcdef" }), "/secret"),
        ("dingtalk", json!({ "token": "0123456789abcdef" }), "/secret"),
        ("feishu", json!({ "token": "0123456789abcdef" }), "/secret"),
    ] {
        let reply = secretary.put(&path(service), body).await;
        assert_eq!((reply.status, reply.text("/fields/0/pointer")), (422, field.to_owned()), "{service}: {reply:?}");
    }
    assert_eq!(secretary.put(&path("webhook"), json!({ "token": "0123456789abcdef" })).await.status, 404);
    let member = stage.own.put(&path("wecom"), json!({ "token": "0123456789abcdef" })).await;
    assert_eq!(member.status, 404, "a member sets no robots");
}
