//! What is refused, and to whom.

use crate::stage::{is, part, report, stage, why};
use authz::Role;
use kernel::{MediaId, TaskId};
use serde_json::json;

#[tokio::test]
async fn who_is_not_of_the_place_answers_for_nothing() {
    let stage = stage().await;
    let mut body = stage.key();
    body["owner"] = json!(stage.stranger.id);
    is(&stage.officer.post("/v1/tasks", body.clone()).await, 403, "forbidden");
    body["owner"] = json!(kernel::MemberId::from_bytes(99, [9; 10]));
    is(&stage.officer.post("/v1/tasks", body).await, 403, "forbidden");
    let root = stage.issued(stage.key()).await;
    for (place, owner) in [(&stage.town.branch, &stage.neighbour), (&stage.town.elsewhere, &stage.stranger)] {
        let parts = json!({ "parts": [part(place, owner, 100)] });
        is(&stage.officer.post(&format!("{root}/split"), parts).await, 403, "forbidden");
    }
}

#[tokio::test]
async fn a_task_is_split_once_and_before_it_has_progress() {
    let stage = stage().await;
    let root = stage.issued(stage.key()).await;
    let whole = |weight| json!({ "parts": [part(&stage.town.branch, &stage.worker, weight)] });
    is(&stage.officer.post(&format!("{root}/split"), whole(99)).await, 422, "invalid-field");
    let below = stage.split(&root, vec![part(&stage.town.branch, &stage.worker, 100)]).await.remove(0);
    is(&stage.officer.post(&format!("{root}/split"), whole(100)).await, 409, "illegal-transition");
    stage.signed(&below, &stage.worker).await;
    stage.reported(&below, &stage.worker, 1).await;
    is(&stage.officer.post(&format!("{below}/split"), whole(100)).await, 409, "illegal-transition");
    stage.signed(&root, &stage.chief).await;
    is(&stage.of(&stage.chief).post(&format!("{root}/progress"), report(1)).await, 409, "illegal-transition");
    let mut late = whole(100);
    late["parts"][0]["dueAt"] = json!("2026-12-18T10:00:01Z");
    let other = stage.issued(stage.key()).await;
    is(&stage.officer.post(&format!("{other}/split"), late).await, 422, "invalid-field");
}

#[tokio::test]
async fn steps_are_the_owners_and_decisions_are_not() {
    let stage = stage().await;
    let root = stage.issued(stage.key()).await;
    is(&stage.officer.send("POST", &format!("{root}/sign"), None).await, 403, "forbidden");
    is(&stage.of(&stage.worker).send("POST", &format!("{root}/sign"), None).await, 404, "not-found");
    is(&stage.of(&stage.worker).get(&root).await, 404, "not-found");
    stage.signed(&root, &stage.chief).await;
    is(&stage.officer.send("POST", &format!("{root}/sign"), None).await, 403, "forbidden");
    is(&stage.of(&stage.chief).send("POST", &format!("{root}/sign"), None).await, 409, "illegal-transition");
    stage.reported(&root, &stage.chief, 100).await;
    stage.step(&stage.of(&stage.chief), &format!("{root}/submit")).await;
    let own = stage.officer.with(testkit::Town::caller(&stage.chief, &[(Role::Secretary, &stage.town.district)]));
    is(&own.post(&format!("{root}/decision"), json!({ "accept": true })).await, 403, "own-case");
    let seeing = stage.held(Role::Inspector, &stage.town.district);
    is(&seeing.post(&format!("{root}/decision"), json!({ "accept": true })).await, 403, "forbidden");
    is(&seeing.post(&format!("{root}/withdraw"), why()).await, 403, "forbidden");
    let nobody = format!("/v1/tasks/{}", TaskId::from_bytes(1, [1; 10]));
    is(&stage.officer.get(&nobody).await, 404, "not-found");
}

#[tokio::test]
async fn evidence_is_what_was_uploaded() {
    let stage = stage().await;
    let root = stage.issued(stage.key()).await;
    stage.signed(&root, &stage.chief).await;
    let mut body = report(10);
    body["evidence"] = json!([MediaId::from_bytes(1, [1; 10])]);
    let refused = stage.of(&stage.chief).post(&format!("{root}/progress"), body).await;
    is(&refused, 422, "invalid-field");
    assert_eq!(refused.text("/fields/0/pointer"), "/evidence/0");
}
