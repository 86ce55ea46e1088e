//! A rating is there once a person confirmed it.

use crate::stage::{is, stage};
use authz::Role;
use notices::Notices;
use serde_json::{Value, json};

#[tokio::test]
async fn a_rating_is_confirmed_by_somebody_else_and_can_be_revised() {
    let stage = stage().await;
    let path = format!("/v1/members/{}/ratings/2026", stage.member.id);
    let (chair, body) = (stage.chair(), json!({ "band": "fair", "basis": "支部党员大会决议" }));
    is(&chair.post(&path, body.clone()).await, 409, "illegal-transition");
    stage.pass(8);
    is(&stage.of(&stage.member).post(&path, body.clone()).await, 404, "not-found");
    is(
        &chair.post(&path.replace(&stage.member.id.to_string(), &stage.secretary.id.to_string()), body.clone()).await,
        403,
        "own-case",
    );
    is(&chair.post(&path, json!({ "band": "fair" })).await, 422, "invalid-field");
    is(&chair.post(&path.replace("2026", "2024"), body.clone()).await, 404, "not-found");

    let first = chair.idempotency("rating-0001").post(&path, body.clone()).await;
    assert_eq!((first.status, first.text("/band").as_str()), (201, "fair"), "{first:?}");
    assert_eq!((first.text("/suggested").as_str(), first.header("etag")), ("needs-attention", "\"v1\""));
    assert_eq!(first.body["confirmedBy"], json!(stage.secretary.id));
    let again = chair.idempotency("rating-0001").post(&path, body.clone()).await;
    assert_eq!((again.status, again.header("idempotency-replayed")), (201, "true"));
    is(&chair.post(&path, body.clone()).await, 409, "already-decided");
    let portrait = stage.portrait().await;
    assert_eq!(
        (portrait.text("/rating/band").as_str(), portrait.text("/suggested").as_str()),
        ("fair", "needs-attention")
    );

    is(&chair.put(&path, body.clone()).await, 428, "version-required");
    is(&chair.if_match("\"v2\"").put(&path, body.clone()).await, 412, "stale");
    let better = json!({ "band": "good", "basis": "申诉后更正" });
    let second = stage.office().if_match("\"v1\"").put(&path, better).await;
    assert_eq!((second.status, second.text("/band").as_str(), second.header("etag")), (200, "good", "\"v2\""));
    let told = stage.told_of(&stage.member.id.to_string()).await;
    let told: Vec<_> = told.iter().filter(|(kind, _)| kind == "rating.confirmed").collect();
    assert!(told.len() == 2 && told.iter().all(|(_, names)| *names == "rules sheet version year"), "{told:?}");
    let table = Notices::open(&stage.bench.env).unwrap();
    let told = dynamo::Stretch::beginning(format!("MBR#{}", stage.member.id), "ntc_");
    let told: dynamo::Found<notices::NoticeRow> = table.table().first(&told, 10).await.unwrap();
    assert_eq!(told.items.iter().map(|row| row.notice.kind.as_str()).collect::<Vec<_>>(), ["rating.confirmed"; 2]);
}

#[tokio::test]
async fn the_year_of_who_moved_is_rated_in_the_branch_that_is_named() {
    let stage = stage().await;
    let (old, new) = (&stage.town.branch, &stage.town.neighbour);
    stage.moved().await;
    stage.pass(1);
    stage.night("2026-11-25").await;
    stage.pass(8);
    let path = format!("/v1/members/{}/ratings/2026", stage.member.id);
    let body = |branch: Value| json!({ "branch": branch, "band": "fair", "basis": "支部党员大会决议" });
    let (there, here) = (stage.chair(), stage.holding(&stage.officer, Role::Secretary, new));
    is(&there.post(&path, body(Value::Null)).await, 404, "not-found");
    is(&here.post(&path, body(json!(old.id))).await, 404, "not-found");
    is(&stage.office().post(&path, body(json!(stage.town.street.id))).await, 404, "not-found");
    let first = there.post(&path, body(json!(old.id))).await;
    assert_eq!((first.status, &first.body["branch"]), (201, &json!(old.id)), "{first:?}");
    // A theme day missed: it rests on what was scored there.
    assert_eq!(first.body["points"], json!([7_000, 0, 4_000, 2_000, 10_000]));

    is(&here.if_match("\"v1\"").put(&path, body(Value::Null)).await, 422, "invalid-field");
    let second = there.if_match("\"v1\"").put(&path, body(json!(old.id))).await;
    assert_eq!((second.status, &second.body["branch"]), (200, &json!(old.id)), "{second:?}");
    let own = stage.of(&stage.member);
    assert_eq!(own.get("/v1/me/portrait").await.body["rating"], Value::Null, "that of the new branch");
    let shown = own.get(&format!("/v1/me/portrait?branch={}", old.id)).await;
    assert_eq!(shown.text("/rating/band"), "fair");
}
