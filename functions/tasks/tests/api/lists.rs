//! Lists, one's own tasks, and threads.

use crate::stage::{is, part, stage};
use authz::Role;
use serde_json::{Value, json};

fn ids(body: &Value) -> Vec<String> {
    body["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn each_place_lists_what_is_to_be_done_there_and_below() {
    let stage = stage().await;
    let town = &stage.town;
    let root = stage.issued(stage.key()).await;
    let parts = vec![part(&town.branch, &stage.worker, 60), part(&town.neighbour, &stage.neighbour, 40)];
    let parts = stage.split(&root, parts).await;
    stage.signed(&parts[0], &stage.worker).await;
    stage.reported(&parts[0], &stage.worker, 50).await;
    let everywhere = stage.held(Role::OrganizationDepartment, &town.city);
    let list = async |place: &register::Node, rest: &str| {
        let reply = everywhere.get(&format!("/v1/tasks?organization={}{rest}", place.id)).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.body
    };
    let id = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    for (place, rest, expected) in [
        (&town.branch, "", vec![id(&parts[0])]),
        (&town.neighbour, "", vec![id(&parts[1])]),
        (&town.street, "&state=in-progress", vec![id(&parts[0])]),
        (&town.street, "&kind=whistle", vec![]),
        (&town.street, "&state=done", vec![]),
        (&town.other_street, "", vec![]),
        (&town.city, "", vec![id(&root), id(&parts[0]), id(&parts[1])]),
    ] {
        let mut found = ids(&list(place, rest).await);
        let mut expected = expected;
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{} {rest}", place.name);
    }
    let whole = list(&town.district, "&limit=1").await;
    let next = list(&town.district, &format!("&limit=5&cursor={}", whole["next"].as_str().unwrap())).await;
    assert_eq!((ids(&next).len(), ids(&next).last().cloned()), (2, Some(id(&root))), "what is below comes first");
    assert_eq!((&next["items"][1]["progress"], &next["items"][1]["split"]), (&json!(3_000), &json!(true)));
    is(&everywhere.get(&format!("/v1/tasks?organization={}&cursor=x", town.city.id)).await, 400, "bad-cursor");
    is(&stage.of(&stage.worker).get(&format!("/v1/tasks?organization={}", town.branch.id)).await, 404, "not-found");
}

#[tokio::test]
async fn ones_own_tasks_come_in_the_order_of_their_limits_and_go_when_they_are_done() {
    let stage = stage().await;
    let root = stage.issued(stage.key()).await;
    let mut parts = vec![part(&stage.town.branch, &stage.worker, 60), part(&stage.town.branch, &stage.worker, 40)];
    parts[1]["dueAt"] = json!("2026-12-01T10:00:00Z");
    let parts = stage.split(&root, parts).await;
    let worker = stage.of(&stage.worker);
    let mine = async |rest: &str| ids(&worker.get(&format!("/v1/me/tasks{rest}")).await.body);
    let id = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    assert_eq!(mine("").await, [id(&parts[1]), id(&parts[0])]);
    stage.finished(&parts[1], &stage.worker).await;
    assert_eq!((mine("").await, mine("?past=true").await), (vec![id(&parts[0])], vec![id(&parts[1])]));
}

#[tokio::test]
async fn whoever_sees_a_task_comments_on_it() {
    let stage = stage().await;
    let root = stage.issued(stage.key()).await;
    let path = format!("{root}/comments");
    for client in [&stage.officer, &stage.of(&stage.chief)] {
        let said = client.post(&path, json!({ "text": "请抓紧" })).await;
        assert_eq!(said.status, 201, "{said:?}");
        stage.bench.pass(jiff::SignedDuration::from_secs(1));
    }
    is(&stage.of(&stage.worker).post(&path, json!({ "text": "?" })).await, 404, "not-found");
    let page = stage.officer.get(&format!("{path}?limit=1")).await;
    assert_eq!(page.text("/items/0/by"), stage.chief.id.to_string(), "latest first");
    let next = stage.officer.get(&format!("{path}?limit=5&cursor={}", page.text("/next"))).await;
    assert_eq!(ids(&next.body).len(), 1);
}
