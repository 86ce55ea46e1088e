use crate::town::{BRANCH, CITY, NEIGHBOUR, STREET, Town, at, branch, node, org};
use authz::Role;
use dynamo::{Key, Read};
use register::{NameRow, Node, OrgKind};
use serde_json::json;

#[tokio::test]
async fn an_edit_names_the_version_it_is_based_on() {
    let town = Town::new().await;
    let desk = town.desk();
    let change = json!({ "name": "社区第一党支部", "division": "350102001" });
    let blind = desk.patch(&at(BRANCH, ""), change.clone()).await;
    assert_eq!((blind.status, blind.code()), (428, "version-required"));
    let reply = desk.if_match("\"v1\"").patch(&at(BRANCH, ""), change.clone()).await;
    assert_eq!((reply.status, reply.header("etag"), reply.text("/name").as_str()), (200, "\"v2\"", "社区第一党支部"));
    let stale = desk.if_match("\"v1\"").patch(&at(BRANCH, ""), change).await;
    assert_eq!((stale.status, stale.code()), (412, "stale"));

    let activity = town.told(org(BRANCH), "organization.edited").await;
    assert_eq!(activity.before, json!({ "name": "第一党支部" }));
    assert_eq!((&activity.after["name"], &activity.after["division"]), (&json!("社区第一党支部"), &json!("350102001")));
}

#[tokio::test]
async fn of_two_who_edit_one_version_one_does() {
    let town = Town::new().await;
    let desk = town.desk().if_match("\"v1\"");
    let path = at(BRANCH, "");
    let (one, two) =
        tokio::join!(desk.patch(&path, json!({ "name": "甲" })), desk.patch(&path, json!({ "name": "乙" })),);
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert!(statuses == [200, 412], "{statuses:?}");
    assert_eq!(town.node(BRANCH).await.version, 2);
}

#[tokio::test]
async fn a_name_is_taken_and_given_back() {
    let town = Town::new().await;
    let desk = town.desk();
    let taken = desk.if_match("\"v1\"").patch(&at(BRANCH, ""), json!({ "name": "第二党支部" })).await;
    assert_eq!((taken.status, taken.code()), (409, "name-taken"));
    assert_eq!(desk.if_match("\"v1\"").patch(&at(NEIGHBOUR, ""), json!({ "name": "老支部" })).await.status, 200);
    assert_eq!(desk.if_match("\"v1\"").patch(&at(BRANCH, ""), json!({ "name": "第二党支部" })).await.status, 200);
    // The name it had before is free, the one it has now is not.
    assert_eq!(desk.post("/v1/organizations", branch(STREET, "第一党支部")).await.status, 201);
    assert_eq!(desk.post("/v1/organizations", branch(STREET, "第二党支部")).await.code(), "name-taken");
    let held = NameRow::of(&town.node(BRANCH).await);
    let stored: Option<NameRow> =
        town.organizations.table().get(Key::new(held.pk.clone(), held.sk.clone()), Read::Consistent).await.unwrap();
    assert_eq!(stored, Some(held));
}

#[tokio::test]
async fn a_name_is_taken_once_among_the_roots_too() {
    let town = Town::new().await;
    let desk = town.desk().if_match("\"v1\"");
    let taken = desk.patch(&at(CITY, ""), json!({ "name": "另一市委" })).await;
    assert_eq!((taken.status, taken.code()), (409, "name-taken"));
    let reply = desk.patch(&at(CITY, ""), json!({ "name": "中共市委" })).await;
    assert_eq!((reply.status, reply.text("/name").as_str()), (200, "中共市委"));
}

#[tokio::test]
async fn a_joint_branch_that_loses_its_units_needs_three_full_members() {
    let town = Town::new().await;
    let units = ["甲", "乙"].map(|unit| unit.try_into().unwrap()).to_vec();
    town.plant(Node { units, ..node(OrgKind::Branch, "联合支部", &[CITY, 8, 50]) }).await;
    let part = || async { town.desk().if_match("\"v1\"").patch(&at(50, ""), json!({ "units": [] })).await };
    town.enrol(50, 51, 2).await;
    let reply = part().await;
    assert_eq!((reply.code(), reply.text("/article").as_str()), ("branch-too-small", "支部条例 §4"));
    town.enrol(50, 53, 1).await;
    assert_eq!(part().await.status, 200);
}

#[tokio::test]
async fn an_edit_stays_within_scope_and_rules() {
    let town = Town::new().await;
    for (role, place, status) in
        [(Role::Secretary, BRANCH, 200), (Role::Secretary, NEIGHBOUR, 404), (Role::Inspector, CITY, 403)]
    {
        let version = town.node(BRANCH).await.version;
        let client = town.officer(role, place).if_match(&format!("\"v{version}\""));
        let reply = client.patch(&at(BRANCH, ""), json!({ "division": "350102" })).await;
        assert_eq!(reply.status, status, "{role:?} of {place}: {reply:?}");
    }
    let desk = town.desk().if_match("\"v2\"");
    let short = desk.patch(&at(BRANCH, ""), json!({ "projectUntil": "2020-02-01" })).await;
    assert_eq!((short.code(), short.text("/article").as_str()), ("project-too-short", "支部条例 §5"));
    assert_eq!(desk.patch(&at(BRANCH, ""), json!({ "kind": "group" })).await.code(), "invalid-field");
}
