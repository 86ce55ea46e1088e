//! A key task and a whistle task on their way.

use crate::stage::{is, part, report, stage, why};
use authz::Role;
use serde_json::json;

#[tokio::test]
async fn a_key_task_goes_from_the_district_to_a_person_and_back() {
    let stage = stage().await;
    let town = &stage.town;
    let root = stage.issued(stage.key()).await;
    let parts = vec![part(&town.street, &stage.worker, 70), part(&town.other_street, &stage.worker, 30)];
    let refused = stage.officer.post(&format!("{root}/split"), json!({ "parts": parts })).await;
    is(&refused, 403, "forbidden");
    let street = stage.split(&root, vec![part(&town.street, &stage.worker, 100)]).await.remove(0);
    let own = vec![part(&town.branch, &stage.worker, 60), part(&town.neighbour, &stage.neighbour, 40)];
    let parts = stage.split(&street, own).await;

    stage.signed(&parts[0], &stage.worker).await;
    stage.reported(&parts[0], &stage.worker, 55).await;
    assert_eq!(
        (&stage.seen(&street).await["progress"], &stage.seen(&root).await["progress"]),
        (&json!(3_300), &json!(3_300))
    );
    stage.finished(&parts[1], &stage.neighbour).await;
    let rollup = stage.seen(&format!("{root}/rollup")).await;
    assert_eq!(
        (&rollup["progress"], &rollup["leaves"], &rollup["done"], &rollup["pending"]),
        (&json!(7_300), &json!(2), &json!(1), &json!(false))
    );

    let worker = stage.of(&stage.worker);
    is(&worker.send("POST", &format!("{parts}/submit", parts = parts[0]), None).await, 409, "illegal-transition");
    stage.signed(&street, &stage.worker).await;
    is(&worker.send("POST", &format!("{street}/submit"), None).await, 409, "illegal-transition");
    stage.reported(&parts[0], &stage.worker, 100).await;
    stage.step(&worker, &format!("{}/submit", parts[0])).await;
    // Who answers for the parent is the owner too, and decides nothing of their own.
    is(&worker.post(&format!("{}/decision", parts[0]), json!({ "accept": true })).await, 403, "own-case");
    let back = stage.officer.post(&format!("{}/decision", parts[0]), json!({ "accept": false })).await;
    is(&back, 422, "invalid-field");
    let back =
        stage.officer.post(&format!("{}/decision", parts[0]), json!({ "accept": false, "reason": "照片不清" })).await;
    assert_eq!((back.text("/state").as_str(), back.text("/colour").as_str()), ("returned", "yellow"));
    stage.step(&worker, &format!("{}/sign", parts[0])).await;
    stage.step(&worker, &format!("{}/submit", parts[0])).await;
    assert_eq!(stage.officer.post(&format!("{}/decision", parts[0]), json!({ "accept": true })).await.status, 200);
    stage.step(&worker, &format!("{street}/submit")).await;
    // Who answers for the root decides about its parts.
    let accepted = stage.of(&stage.chief).post(&format!("{street}/decision"), json!({ "accept": true })).await;
    assert_eq!((accepted.status, accepted.text("/state").as_str()), (200, "done"), "{accepted:?}");
    let rollup = stage.seen(&format!("{root}/rollup")).await;
    assert_eq!((&rollup["progress"], &rollup["done"]), (&json!(10_000), &json!(2)));

    let thread = stage.seen(&format!("{}/comments", parts[0])).await;
    let told: Vec<_> = thread["items"].as_array().unwrap().iter().map(|line| line["done"].clone()).collect();
    assert_eq!(told.len(), 6, "{told:?}");
}

#[tokio::test]
async fn a_department_is_called_arrives_and_is_rated() {
    let stage = stage().await;
    let calling = stage.held(Role::Secretary, &stage.town.branch);
    let mut abroad = stage.whistle();
    abroad["organization"] = json!(stage.town.elsewhere.id);
    let refused = calling.post("/v1/tasks", abroad).await;
    assert_eq!((refused.status, refused.code()), (403, "forbidden"), "nobody of another city is at anybody's call");
    let called = calling.post("/v1/tasks", stage.whistle()).await;
    assert_eq!((called.status, called.text("/arriveBy").as_str()), (201, "2026-11-26T15:59:59.999Z"), "{called:?}");
    let path = called.header("location").to_owned();
    assert_eq!(calling.get(&path).await.status, 200, "who called sees it");
    stage.pass_days(3);
    assert_eq!(calling.get(&path).await.text("/colour"), "red", "nobody arrived");
    stage.signed(&path, &stage.neighbour).await;
    assert_eq!(calling.get(&path).await.text("/colour"), "green");
    is(&calling.post(&format!("{path}/rating"), json!({ "stars": 5 })).await, 409, "illegal-transition");
    is(&stage.of(&stage.neighbour).post(&format!("{path}/progress"), report(5)).await, 409, "illegal-transition");
    stage.step(&stage.of(&stage.neighbour), &format!("{path}/submit")).await;
    let other = stage.held(Role::Secretary, &stage.town.neighbour);
    is(&other.post(&format!("{path}/rating"), json!({ "stars": 5 })).await, 404, "not-found");
    is(&calling.post(&format!("{path}/rating"), json!({ "stars": 6 })).await, 422, "invalid-field");
    let rated = calling.post(&format!("{path}/rating"), json!({ "stars": 4, "note": "通道已清理" })).await;
    assert_eq!((rated.text("/state").as_str(), &rated.body["rating"]), ("done", &json!(4)), "{rated:?}");
    is(&calling.post(&format!("{path}/withdraw"), why()).await, 409, "illegal-transition");
    let list = format!("/v1/tasks?organization={}&called=true&state=done", stage.town.branch.id);
    assert_eq!(calling.get(&list).await.text("/items/0/id"), rated.text("/id"));
}

#[tokio::test]
async fn the_same_request_again_gets_the_same_answer() {
    let stage = stage().await;
    let root = stage.issued(stage.key()).await;
    let part = stage.split(&root, vec![part(&stage.town.branch, &stage.worker, 100)]).await.remove(0);
    stage.signed(&part, &stage.worker).await;
    let client = stage.of(&stage.worker).idempotency("report-once-1");
    let first = client.post(&format!("{part}/progress"), report(40)).await;
    stage.reported(&part, &stage.worker, 50).await;
    let again = client.post(&format!("{part}/progress"), report(40)).await;
    assert_eq!((again.status, &again.body), (200, &first.body));
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(stage.seen(&root).await["progress"], 5_000);
}
