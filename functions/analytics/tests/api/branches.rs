//! All branches at one look: the same as the overview of each.

use crate::stage::{Stage, held, is, ok, stage};
use authz::Role;
use dynamo::Table;
use kernel::OrgId;
use register::{Node, NodeRow, NodeStatus};
use scoring::YearRow;
use serde_json::{Value, json};
use testkit::Reply;

fn path(id: OrgId) -> String {
    format!("/v1/organizations/{id}/branches/status")
}

fn items(reply: &Reply) -> &[Value] {
    reply.body["items"].as_array().unwrap()
}

/// Both branches and the group of one did something; the branch was scored.
async fn november(stage: &Stage) {
    let (branch, group, neighbour) = (stage.town.branch.id, stage.town.group.id, stage.town.neighbour.id);
    stage.scored(branch, "2026-11-24".parse().unwrap()).await;
    stage.done("2026-11-23T09:00", "meeting.signed", branch, held(90, 8, 2)).await;
    stage.done("2026-11-23T10:00", "meeting.signed", group, held(60, 2, 0)).await;
    stage.done("2026-11-23T11:00", "meeting.signed", neighbour, held(60, 3, 0)).await;
    stage.done("2026-11-24T09:00", "task.issued", group, json!({})).await;
    stage.night("2026-11-25").await;
}

#[tokio::test]
async fn each_branch_is_what_its_own_overview_says() {
    let stage = stage().await;
    november(&stage).await;
    stage.done("2026-11-25T05:00", "task.issued", stage.town.branch.id, json!({})).await;
    let desk = stage.officer(Role::PartyAffairsOfficer, &stage.town.district);
    let all = ok(desk.get(&path(stage.town.district.id)).await);
    let ids: Vec<_> = items(&all).iter().map(|item| item["organization"].clone()).collect();
    assert_eq!(ids, [json!(stage.town.branch.id), json!(stage.town.neighbour.id)], "in the order of the tree");
    for (item, id) in items(&all).iter().zip([stage.town.branch.id, stage.town.neighbour.id]) {
        let own = ok(desk.get(&format!("/v1/organizations/{id}/overview")).await);
        assert_eq!(own.body, *item);
    }
    let keys = |item: &Value| -> Vec<String> {
        let sections = item["sections"].as_array().unwrap();
        sections.iter().map(|section| section["key"].as_str().unwrap().to_owned()).collect()
    };
    assert!(
        keys(&items(&all)[0]).contains(&"scores".to_owned()) && !keys(&items(&all)[1]).contains(&"scores".to_owned())
    );

    let first = ok(desk.get(&format!("{}?limit=1", path(stage.town.street.id))).await);
    let next = format!("{}?limit=1&cursor={}", path(stage.town.street.id), first.text("/next"));
    let second = ok(desk.get(&next).await);
    assert_eq!([items(&first), items(&second)].concat(), items(&all));
    assert_eq!(second.body["next"], Value::Null);
}

#[tokio::test]
async fn sums_of_long_ago_do_not_say_how_branches_stand() {
    let stage = stage().await;
    november(&stage).await;
    let desk = stage.officer(Role::PartyAffairsOfficer, &stage.town.street);
    let all = path(stage.town.street.id);
    stage.at("2026-12-31T23:00");
    ok(desk.get(&all).await);
    stage.at("2027-01-01T09:00");
    is(&desk.get(&all).await, 404, "not-found");
    let overview = format!("/v1/organizations/{}/overview", stage.town.street.id);
    is(&desk.get(&overview).await, 404, "not-found");
}

#[tokio::test]
async fn everybody_sees_of_each_what_they_may_read() {
    let stage = stage().await;
    let street = path(stage.town.street.id);
    is(&stage.officer(Role::Secretary, &stage.town.street).get(&street).await, 404, "not-found");
    november(&stage).await;
    let auditor = ok(stage.officer(Role::Auditor, &stage.town.city).get(&street).await);
    assert!(items(&auditor).iter().all(|item| item["sections"].as_array().unwrap().len() == 1), "{auditor:?}");
    is(&stage.officer(Role::Secretary, &stage.town.branch).get(&street).await, 404, "not-found");
    is(&stage.officer(Role::CommitteeMember, &stage.town.street).get(&street).await, 403, "forbidden");
    is(&stage.nobody().get(&street).await, 404, "not-found");
    let own = ok(stage.officer(Role::Secretary, &stage.town.branch).get(&path(stage.town.branch.id)).await);
    assert_eq!(items(&own).len(), 1);
}

#[tokio::test]
async fn one_that_is_closed_is_left_out_and_scores_that_do_not_read_as_well() {
    let stage = stage().await;
    november(&stage).await;
    let (closed_on, node) = (Some("2026-11-25".parse().unwrap()), stage.town.neighbour.clone());
    let closed = NodeRow::new(Node { status: NodeStatus::Dissolved, closed_on, ..node });
    Table::open(&stage.bench.env, "ORGANIZATIONS_TABLE").unwrap().put(&closed).await.unwrap();
    let (pk, sk) = YearRow::scores_key(stage.town.branch.id, 2026);
    let row = json!({ "pk": pk, "sk": sk, "packed": "?" });
    Table::open(&stage.bench.env, "SCORES_TABLE").unwrap().put(&row).await.unwrap();
    let desk = stage.officer(Role::Inspector, &stage.town.city);
    let all = ok(desk.get(&path(stage.town.city.id)).await);
    assert_eq!(items(&all).len(), 1);
    let sections = items(&all)[0]["sections"].as_array().unwrap();
    assert!(sections.len() > 3 && sections.iter().all(|section| section["key"] != "scores"), "{sections:?}");
}
