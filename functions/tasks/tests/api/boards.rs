//! Boards and rankings.

use crate::stage::{Stage, is, part, stage, why};
use authz::Role;
use serde_json::{Value, json};

/// A root whose parts go to a sub-district, which splits it, to another, and to a branch; the board and all that is not
/// split: the two of the sub-district, the other's and the branch's.
async fn board(stage: &Stage) -> (String, Vec<String>) {
    let town = &stage.town;
    let other = town.person(21, "吴他", &town.other_street).await;
    let root = stage.issued(stage.key()).await;
    let parts = vec![
        part(&town.street, &stage.worker, 50),
        part(&town.other_street, &other, 30),
        part(&town.branch, &stage.worker, 20),
    ];
    let parts = stage.split(&root, parts).await;
    let mut below = vec![part(&town.branch, &stage.worker, 60), part(&town.neighbour, &stage.neighbour, 40)];
    below[1]["dueAt"] = json!("2026-12-01T10:00:00Z");
    let mut leaves = stage.split(&parts[0], below).await;
    leaves.extend(parts.into_iter().skip(1));
    for (leaf, owner) in leaves.iter().zip([&stage.worker, &stage.neighbour, &other, &stage.worker]) {
        stage.signed(leaf, owner).await;
    }
    (root.replace("/tasks/", "/boards/"), leaves)
}

fn place<'a>(board: &'a Value, place: &register::Node) -> &'a Value {
    let places = board["organizations"].as_array().unwrap();
    places.iter().find(|found| found["organization"] == json!(place.id)).unwrap()
}

#[tokio::test]
async fn a_board_shows_organisations_with_their_colours_and_counts() {
    let stage = stage().await;
    let (path, leaves) = board(&stage).await;
    let town = &stage.town;
    stage.reported(&leaves[0], &stage.worker, 80).await;
    stage.reported(&leaves[1], &stage.neighbour, 50).await;
    let shown = stage.seen(&path).await;
    assert_eq!(
        (&shown["progress"], &shown["pending"], &shown["asOf"]),
        (&json!(3_400), &json!(false), &json!("2026-11-24T02:00:00Z"))
    );
    let street = json!({ "organization": town.street.id, "colour": "green", "progress": 6_800, "open": 2, "late": 0, "done": 0 });
    assert_eq!(place(&shown, &town.street), &street);
    // A week later one of its parts is late; that of the branch is done.
    stage.pass_days(8);
    stage.finished_after_signing(&leaves[3]).await;
    let shown = stage.seen(&path).await;
    let street =
        json!({ "organization": town.street.id, "colour": "red", "progress": 6_800, "open": 2, "late": 1, "done": 0 });
    assert_eq!(place(&shown, &town.street), &street);
    let branch = json!({ "organization": town.branch.id, "colour": "green", "progress": 10_000, "open": 0, "late": 0, "done": 1 });
    assert_eq!(place(&shown, &town.branch), &branch);
    assert_eq!(place(&shown, &town.other_street)["colour"], "red", "nothing was done where a third was planned");
    assert!(!shown.to_string().contains("mbr_"), "no person is on it");
    // What is withdrawn is off the map.
    assert_eq!(stage.officer.post(&format!("{}/withdraw", leaves[2]), why()).await.status, 200);
    assert_eq!(stage.seen(&path).await["organizations"].as_array().unwrap().len(), 2);
    let part = leaves[0].replace("/tasks/", "/boards/");
    is(&stage.officer.get(&part).await, 404, "not-found");
    is(&stage.of(&stage.worker).get(&path).await, 404, "not-found");
}

#[tokio::test]
async fn organisations_are_ranked_only_where_and_as_long_as_a_manager_says_so() {
    let stage = stage().await;
    let (board, leaves) = board(&stage).await;
    let path = format!("{board}/ranking");
    is(&stage.officer.get(&path).await, 409, "ranking-off");
    let switch = |shown: bool, until: &str| json!({ "shown": shown, "until": until, "reason": "年终评比" });
    is(&stage.officer.put(&path, switch(true, "2026-11-23")).await, 422, "invalid-field");
    is(&stage.officer.put(&path, switch(true, "2027-11-25")).await, 422, "invalid-field");
    is(&stage.officer.put(&path, json!({ "shown": true, "until": "2026-11-30" })).await, 422, "invalid-field");
    let seeing = stage.held(Role::Inspector, &stage.town.district);
    is(&seeing.put(&path, switch(true, "2026-11-30")).await, 403, "forbidden");
    assert_eq!(stage.officer.put(&path, switch(true, "2026-11-30")).await.status, 200);
    is(&seeing.get(&path).await, 403, "forbidden");
    stage.reported(&leaves[0], &stage.worker, 50).await;
    stage.reported(&leaves[3], &stage.worker, 30).await;
    let ranking = stage.seen(&path).await;
    let ranks: Vec<_> = ranking["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (item["rank"].clone(), item["progress"].clone()))
        .collect();
    assert_eq!(ranks, [(json!(1), json!(3_000)), (json!(1), json!(3_000)), (json!(3), json!(0))]);
    assert!(!ranking.to_string().contains("mbr_"), "persons are never ranked");
    assert_eq!(stage.officer.put(&path, switch(false, "2026-11-30")).await.status, 200);
    is(&stage.officer.get(&path).await, 409, "ranking-off");
    assert_eq!(stage.officer.put(&path, switch(true, "2026-11-30")).await.status, 200);
    stage.pass_days(7);
    is(&stage.officer.get(&path).await, 409, "ranking-off");
}
