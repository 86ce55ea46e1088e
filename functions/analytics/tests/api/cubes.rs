//! Cubes: as JSON and as files, for whom, and what is hidden.

use crate::stage::{Stage, held, is, ok, stage};
use authz::Role;
use dynamo::Table;
use register::{Node, NodeRow, NodeStatus};
use serde_json::{Value, json};
use sheet::{Format, Limits};
use testkit::{Client, Reply};

/// The first number of a group by its key.
fn number(reply: &Reply, key: &str) -> Value {
    let groups = reply.body["groups"].as_array().unwrap();
    groups.iter().find(|group| group["key"] == key).unwrap()["values"][0].clone()
}

async fn night(stage: &Stage) {
    stage.done("2026-11-23T09:00", "meeting.signed", stage.town.branch.id, held(90, 8, 2)).await;
    stage.done("2026-11-24T10:00", "dues.billed", stage.town.branch.id, json!({ "bills": 3, "amount": 3_000 })).await;
    stage.night("2026-11-25").await;
}

/// Every cube in every way that it is divided.
const ALL: [&str; 11] = [
    "organizations?by=kind",
    "organizations?by=type",
    "organizations?by=area",
    "members?by=age",
    "members?by=sex",
    "members?by=education",
    "members?by=tenure",
    "members?by=status",
    "org-life?by=period",
    "study?by=month",
    "dues?by=month",
];

async fn of(client: &Client, stage: &Stage, cube: &str) -> Reply {
    client.get(&format!("/v1/analytics/{cube}&organization={}", stage.town.street.id)).await
}

#[tokio::test]
async fn a_file_holds_the_same_numbers_and_groups_add_up() {
    let stage = stage().await;
    night(&stage).await;
    for role in [Role::PartyAffairsOfficer, Role::Inspector] {
        let client = stage.officer(role, &stage.town.district);
        for cube in ALL {
            let series = ok(of(&client, &stage, cube).await);
            let file = ok(of(&client, &stage, &format!("{cube}&format=csv")).await);
            assert!(file.header("content-type").starts_with("text/csv"), "{file:?}");
            let accepted = ok(of(&client.header("accept", "text/csv, */*;q=0.1"), &stage, cube).await);
            assert_eq!(accepted.body, file.body);
            let columns: Vec<_> =
                series.body["columns"].as_array().unwrap().iter().map(|it| it["name"].clone()).collect();
            let bytes = file.body.as_str().unwrap().as_bytes();
            let rows = sheet::read(Format::Csv, bytes, &Limits::LIST).unwrap();
            let groups = series.body["groups"].as_array().unwrap().clone();
            assert_eq!(rows.len(), groups.len() + 2, "{cube}");
            assert_eq!(
                rows[0].cells[2..],
                columns.iter().map(|it| it.as_str().unwrap().to_owned()).collect::<Vec<_>>()
            );
            let total = json!({ "key": "total", "values": series.body["total"] });
            for (row, group) in rows[1..].iter().zip(groups.iter().chain([&total])) {
                assert_eq!(row.cells[0], group["key"].as_str().unwrap(), "{cube}");
                for (at, value) in group["values"].as_array().unwrap().iter().enumerate() {
                    let written = row.cells.get(at + 2).map_or("", String::as_str);
                    let told = value.as_u64().map(|number| number.to_string()).unwrap_or_default();
                    assert_eq!(written, told, "{cube} {group}");
                }
            }
            if role == Role::PartyAffairsOfficer {
                let numbers = groups.iter().map(|group| group["values"][0].as_u64().unwrap());
                assert_eq!(Some(numbers.sum::<u64>()), series.body["total"][0].as_u64(), "{cube}");
            }
        }
    }
}

#[tokio::test]
async fn small_groups_are_for_those_who_keep_the_register() {
    let stage = stage().await;
    night(&stage).await;
    let keeper = stage.officer(Role::OrganizationOfficer, &stage.town.street);
    let reader = stage.officer(Role::Inspector, &stage.town.street);
    let all = ok(of(&keeper, &stage, "members?by=sex").await);
    let women = number(&all, "female").as_u64().unwrap();
    assert_eq!((women + number(&all, "male").as_u64().unwrap(), all.body["total"][0].as_u64()), (15, Some(15)));
    assert_eq!(all.body["columns"].as_array().unwrap().len(), 4, "formal and probationary members are apart");
    let status = ok(of(&keeper, &stage, "members?by=status").await);
    assert_eq!((number(&status, "full"), number(&status, "probationary")), (json!(14), json!(1)));
    let some = ok(of(&reader, &stage, "members?by=status").await);
    // One probationary member: the others would tell.
    assert_eq!((number(&some, "full"), number(&some, "probationary")), (Value::Null, Value::Null));
    assert_eq!((number(&some, "suspended"), some.body["total"][0].as_u64()), (json!(0), Some(15)));
    let areas = ok(of(&reader, &stage, "organizations?by=area").await);
    let persons: Vec<_> =
        areas.body["groups"].as_array().unwrap().iter().map(|group| group["values"][1].clone()).collect();
    assert_eq!(persons, [Value::Null, Value::Null], "the neighbour has three");
}

#[tokio::test]
async fn others_see_groups_at_the_highest_organisation_that_they_may_read() {
    let stage = stage().await;
    night(&stage).await;
    let reader = stage.officer(Role::Inspector, &stage.town.district);
    let own = ok(reader.get(&format!("/v1/analytics/members?organization={}", stage.town.district.id)).await);
    assert_eq!((number(&own, "46-50"), own.body["total"][0].as_u64()), (json!(15), Some(15)));
    // With the groups of the street those of what is beside it would be known.
    for by in ["age", "sex", "status"] {
        let street = ok(of(&reader, &stage, &format!("members?by={by}")).await);
        let groups = street.body["groups"].as_array().unwrap();
        assert!(groups.iter().all(|group| group["hidden"] == true && group["values"] == json!([null])), "{street:?}");
        assert_eq!(street.body["total"][0], 15);
    }
    let keeper = stage.officer(Role::OrganizationOfficer, &stage.town.district);
    assert_eq!(number(&ok(of(&keeper, &stage, "members?by=age").await), "46-50"), 15);
}

#[tokio::test]
async fn a_month_keeps_the_groups_that_were_there_and_is_told_from_the_beginning_of_the_trace_on() {
    let stage = stage().await;
    let (branch, group) = (&stage.town.branch, &stage.town.group);
    stage.done("2026-10-31T10:00", "task.issued", branch.id, json!({})).await;
    stage.done("2026-11-23T10:00", "meeting.signed", group.id, held(60, 2, 0)).await;
    night(&stage).await;
    let (status, closed_on) = (NodeStatus::Dissolved, Some("2026-12-02".parse().unwrap()));
    let closed = Node { status, closed_on, ..group.clone() };
    Table::open(&stage.bench.env, "ORGANIZATIONS_TABLE").unwrap().put(&NodeRow::new(closed)).await.unwrap();
    stage.at("2026-12-05T04:30");
    let office = stage.officer(Role::Secretary, branch);
    let study = ok(office.get(&format!("/v1/analytics/study?organization={}&year=2026", branch.id)).await);
    let months: Vec<_> =
        study.body["groups"].as_array().unwrap().iter().map(|month| month["key"].as_str().unwrap()).collect();
    assert_eq!(months, ["2026-10", "2026-11", "2026-12"]);
    assert_eq!((number(&study, "2026-10"), number(&study, "2026-11")), (json!(0), json!(90 * 8 + 60 * 2)));
    assert_eq!(study.text("/since"), "2026-10-01");
}

#[tokio::test]
async fn a_cube_is_for_those_who_may_read_what_it_counts() {
    let stage = stage().await;
    night(&stage).await;
    for (role, cube, status) in [
        (Role::Auditor, "organizations?by=kind", 200),
        (Role::Auditor, "members?by=age", 403),
        (Role::Editor, "study?by=month", 403),
        (Role::Inspector, "study?by=month", 200),
        (Role::Inspector, "org-life?by=period", 200),
        (Role::Editor, "dues?by=month", 403),
        (Role::Inspector, "dues?by=month", 200),
        (Role::CommitteeMember, "members?by=age", 403),
    ] {
        let reply = of(&stage.officer(role, &stage.town.street), &stage, cube).await;
        assert_eq!(reply.status, status, "{role:?} {cube}: {reply:?}");
    }
    let areas = ok(of(&stage.officer(Role::Auditor, &stage.town.street), &stage, "organizations?by=area").await);
    assert_eq!(areas.body["columns"].as_array().unwrap().len(), 1, "branches, and nothing of persons");
    let groups = areas.body["groups"].as_array().unwrap();
    assert!(groups.iter().all(|group| group["values"] == json!([1]) && group["hidden"] == false), "{areas:?}");
    is(&of(&stage.officer(Role::Secretary, &stage.town.branch), &stage, "members?by=age").await, 404, "not-found");
    let own = stage.officer(Role::CommitteeMember, &stage.town.branch);
    ok(own.get(&format!("/v1/analytics/members?organization={}", stage.town.branch.id)).await);
}

#[tokio::test]
async fn what_there_is_not_is_said() {
    let stage = stage().await;
    night(&stage).await;
    let desk = stage.officer(Role::OrganizationDepartment, &stage.town.city);
    is(&of(&desk, &stage, "opinions?by=kind").await, 404, "not-found");
    for cube in ["members?by=area", "study?by=age", "organizations?by=period", "dues?by=nothing", "study?year=1900"] {
        is(&of(&desk, &stage, cube).await, 422, "invalid-field");
    }
    for cube in ["members?month=2025-01", "org-life?year=2020", "dues?year=2020"] {
        is(&of(&desk, &stage, cube).await, 404, "not-found");
    }
    let of_branch =
        desk.get(&format!("/v1/analytics/organizations?organization={}&by=area", stage.town.branch.id)).await;
    is(&of_branch, 422, "invalid-field");
    // Who is in a group is counted with its branch.
    for cube in ["members", "org-life"] {
        let of_group = desk.get(&format!("/v1/analytics/{cube}?organization={}", stage.town.group.id)).await;
        is(&of_group, 422, "invalid-field");
    }
    let charts = ok(desk.get(&format!("/v1/organizations/{}/charts", stage.town.group.id)).await);
    let charts = charts.body["charts"].as_array().unwrap();
    assert_eq!(
        charts.iter().map(|it| it["cube"].as_str().unwrap()).collect::<Vec<_>>(),
        ["organizations", "organizations", "study", "dues"]
    );
}
