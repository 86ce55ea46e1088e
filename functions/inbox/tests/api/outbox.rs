//! Messages that failed for good.

use crate::stage::{Stage, stage};
use authz::Role;
use dynamo::{Found, Stretch, Trace};
use kernel::DeliveryId;
use notices::{Channel, DeliveryRow, Recipient, due_until, shard};
use serde_json::{Value, json};

/// A message to the branch, dead or waiting.
async fn message(stage: &Stage, n: u8, dead: bool) -> DeliveryRow {
    let (branch, now) = (&stage.town.branch, stage.bench.now());
    let (id, to) = (DeliveryId::from_bytes(1, [n; 10]), Recipient::Organization(branch.id));
    let row =
        DeliveryRow::new(id, to, (branch.id, branch.path.clone()), Channel::Wecom, "【支部】秘密。".to_owned(), now);
    let row = if dead { row.failed("answered with status 503", None) } else { row };
    stage.notices.table().put(&row).await.unwrap();
    row
}

#[tokio::test]
async fn dead_letters_are_for_whoever_runs_the_system_and_show_no_words() {
    let stage = stage().await;
    for n in 1..=3 {
        message(&stage, n, true).await;
    }
    message(&stage, 4, false).await;
    let operator = stage.officer(Role::SystemAdministrator, &stage.town.city);
    for (node, count) in [(&stage.town.city, 3), (&stage.town.branch, 3), (&stage.town.neighbour, 0)] {
        let page = operator.get(&format!("/v1/outbox/dead-letters?organization={}", node.id)).await.body;
        assert_eq!(page["items"].as_array().unwrap().len(), count, "{}", node.name);
        assert!(!page.to_string().contains("秘密"), "{page}");
    }
    let path = format!("/v1/outbox/dead-letters?organization={}&limit=2", stage.town.city.id);
    let page = operator.get(&path).await.body;
    assert_eq!(page["items"][0]["reason"], "answered with status 503");
    let rest = operator.get(&format!("{path}&cursor={}", page["next"].as_str().unwrap())).await.body;
    assert_eq!(rest["items"].as_array().unwrap().len(), 1);
    assert_eq!(stage.officer(Role::Secretary, &stage.town.city).get(&path).await.status, 403);
}

#[tokio::test]
async fn a_dead_letter_is_due_again_with_a_reason_that_is_kept() {
    let stage = stage().await;
    let dead = message(&stage, 1, true).await;
    let waiting = message(&stage, 2, false).await;
    let operator = stage.officer(Role::SystemAdministrator, &stage.town.city);
    let path = |row: &DeliveryRow| format!("/v1/outbox/dead-letters/{}/resend", row.id);
    let body = json!({ "reason": "机器人密钥已更新" });
    assert_eq!(operator.post(&path(&dead), json!({})).await.status, 422, "not without a reason");
    let reply = operator.post(&path(&waiting), body.clone()).await;
    assert_eq!((reply.status, reply.code()), (409, "illegal-transition"));
    let reply = operator.post(&path(&dead), body.clone()).await;
    assert_eq!((reply.status, &reply.body["state"], &reply.body["tries"]), (200, &json!("waiting"), &json!(0)));
    assert_eq!(operator.post(&path(&dead), body).await.code(), "illegal-transition", "once");

    let mut due = Stretch::whole(shard(&dead.recipient.partition())).of_index("due", "dueShard", "dueKey");
    due.until = due_until(stage.bench.now());
    let found: Found<Value> = stage.notices.table().page(&due, None, 10).await.unwrap();
    assert_eq!(found.items.len(), 2);
    let trace = Trace::open(&stage.bench.env).unwrap();
    let told = trace.of_subject(&dead.id.to_string(), None, None, 10).await.unwrap();
    assert_eq!(told.items.first().unwrap().after["reason"], "机器人密钥已更新");
}
