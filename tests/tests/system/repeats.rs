//! F14 and F15: the same request many times at once, and two people at the same record.

use futures_util::future::join_all;
use serde_json::json;
use system::{Scene, tour::tour};
use testkit::Town;

#[tokio::test(flavor = "multi_thread")]
async fn fifty_copies_of_a_request_have_the_effect_of_one() {
    let scene = Scene::set().await;
    let register = tour().into_iter().find(|step| (step.method, step.route) == ("POST", "/v1/members")).unwrap();
    let ask = (register.ask)(&scene).await;
    for round in 0..2 {
        let client = register.client(&scene).idempotency(&format!("copies-{round:04}"));
        let mut body = ask.body.clone().unwrap();
        body["idCard"] = json!(Town::id_card(100 + round).reveal());
        body["phone"] = json!(format!("1370000000{round}"));
        let replies = join_all((0..50).map(|_| client.post("/v1/members", body.clone()))).await;
        assert!(replies.iter().all(|reply| reply.status == 201), "{replies:?}");
        let first = &replies[0].body;
        assert!(replies.iter().all(|reply| reply.body == *first));
        let timeline = scene.chief("members").get(&format!("/v1/members/{}/timeline", replies[0].text("/id"))).await;
        assert_eq!(timeline.body["items"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_key_belongs_to_one_person_and_one_request() {
    let scene = Scene::set().await;
    let ask = |unit: &str| json!({ "proposal": { "field": "unit", "value": unit }, "reason": "调动" });
    let one = scene.client("members").with(Town::caller(&scene.member, &[])).idempotency("shared-key-1");
    let two = scene.client("members").with(Town::caller(&scene.secretary, &[])).idempotency("shared-key-1");
    let first = one.post("/v1/me/corrections", ask("一厂")).await;
    let other = two.post("/v1/me/corrections", ask("一厂")).await;
    assert_eq!((first.status, other.status), (201, 201));
    assert_ne!(first.body["id"], other.body["id"]);
    assert_eq!(one.post("/v1/me/corrections", ask("二厂")).await.code(), "key-reused");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_people_at_one_record_one_is_told_that_it_changed() {
    let scene = Scene::set().await;
    let client = scene.chief("members");
    let path = format!("/v1/members/{}", scene.member.id);
    for round in 1..=20 {
        let editor = client.if_match(&format!("\"v{round}\""));
        let (one, two) = tokio::join!(
            editor.patch(&path, json!({ "unit": format!("甲 {round}") })),
            editor.patch(&path, json!({ "unit": format!("乙 {round}") })),
        );
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert!(matches!(statuses, [200, 409 | 412]), "{one:?} {two:?}");
        let winner = if one.status == 200 { one } else { two };
        assert_eq!(client.get(&path).await.body, winner.body);
    }
}
