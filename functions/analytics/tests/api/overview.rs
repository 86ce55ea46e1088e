//! Overviews and charts: the numbers of the lists behind them.

use crate::stage::{Stage, held, is, ok, stage};
use authz::Role;
use dynamo::Table;
use kernel::OrgId;
use scoring::YearRow;
use serde_json::json;
use testkit::Reply;

/// A number of an overview.
fn figure(reply: &Reply, section: &str, key: &str) -> Option<u64> {
    let sections = reply.body["sections"].as_array().unwrap();
    let section = sections.iter().find(|found| found["key"] == section)?;
    section["figures"].as_array().unwrap().iter().find(|found| found["key"] == key)?["value"].as_u64()
}

fn keys<'a>(reply: &'a Reply, list: &str) -> Vec<&'a str> {
    reply.body[list].as_array().unwrap().iter().map(|found| found["key"].as_str().unwrap()).collect()
}

fn overview(id: OrgId) -> String {
    format!("/v1/organizations/{id}/overview")
}

/// Two theme days, a task, and dues.
async fn november(stage: &Stage) {
    let (branch, group, neighbour) = (stage.town.branch.id, stage.town.group.id, stage.town.neighbour.id);
    stage.done("2026-11-23T09:00", "meeting.signed", branch, held(90, 8, 2)).await;
    stage.done("2026-11-23T10:00", "meeting.signed", group, held(60, 2, 0)).await;
    stage.done("2026-11-23T11:00", "meeting.signed", neighbour, held(60, 3, 0)).await;
    stage.done("2026-11-24T09:00", "task.issued", branch, json!({})).await;
    stage.done("2026-11-24T10:00", "dues.billed", neighbour, json!({ "bills": 3, "amount": 3_000 })).await;
    let paid = json!({ "member": "x", "months": ["2026-11"], "amount": 1_000 });
    stage.done("2026-11-24T11:00", "dues.paid", neighbour, paid).await;
    stage.night("2026-11-25").await;
}

#[tokio::test]
async fn an_area_is_what_its_lists_count_as_of_the_last_night() {
    let stage = stage().await;
    let points = stage.scored(stage.town.branch.id, "2026-11-24".parse().unwrap()).await;
    november(&stage).await;
    let desk = stage.officer(Role::PartyAffairsOfficer, &stage.town.district);
    let reply = ok(desk.get(&overview(stage.town.street.id)).await);
    assert_eq!((reply.text("/name"), reply.text("/month")), ("街道工委".to_owned(), "2026-11".to_owned()));
    for (section, key, value) in [
        ("organizations", "organizations", 4),
        ("organizations", "branch", 2),
        ("members", "members", 15),
        ("members", "full", 14),
        ("members", "probationary", 1),
        ("org-life", "meetings", 3),
        ("org-life", "attended", 13),
        ("tasks", "tasks-issued", 1),
        ("dues", "dues-billed", 3_000),
        ("dues", "dues-paid", 1_000),
        ("study", "study-minutes", 90 * 8 + 60 * 2 + 60 * 3),
        ("scores", "branches", 1),
        ("scores", "set-up", points[0].into()),
    ] {
        assert_eq!(figure(&reply, section, key), Some(value), "{section} {key}");
    }
    let days = reply.body["sections"].as_array().unwrap().iter().map(|section| section["asOf"].as_str().unwrap());
    assert!(days.into_iter().all(|day| day == "2026-11-24"), "{reply:?}");
    // What is done today is in it tomorrow.
    stage.done("2026-11-25T05:00", "task.issued", stage.town.branch.id, json!({})).await;
    let reply = ok(desk.get(&overview(stage.town.street.id)).await);
    assert_eq!(figure(&reply, "tasks", "tasks-issued"), Some(1));
    stage.at("2026-11-26T04:30");
    stage.night("2026-11-26").await;
    let reply = ok(desk.get(&overview(stage.town.street.id)).await);
    assert_eq!(figure(&reply, "tasks", "tasks-issued"), Some(2));
}

#[tokio::test]
async fn a_branch_is_fresh_and_has_its_groups_with_it() {
    let stage = stage().await;
    november(&stage).await;
    let office = stage.officer(Role::Secretary, &stage.town.branch);
    stage.done("2026-11-25T05:00", "task.issued", stage.town.branch.id, json!({})).await;
    let reply = ok(office.get(&overview(stage.town.branch.id)).await);
    for (section, key, value) in [
        ("organizations", "organizations", 2),
        ("members", "members", 12),
        ("org-life", "attended", 10),
        ("tasks", "tasks-issued", 2),
        ("study", "study-minutes", 90 * 8 + 60 * 2),
    ] {
        assert_eq!(figure(&reply, section, key), Some(value), "{section} {key}");
    }
    let reached = |section: &str| {
        let sections = reply.body["sections"].as_array().unwrap();
        sections.iter().find(|found| found["key"] == section).unwrap()["asOf"].as_str().unwrap().to_owned()
    };
    assert_eq!((reached("tasks"), reached("study")), ("2026-11-24".to_owned(), "2026-11-25".to_owned()));
    let group = ok(office.get(&overview(stage.town.group.id)).await);
    assert_eq!(keys(&group, "sections"), ["organizations", "tasks", "dues", "study", "findings"]);
    assert_eq!(figure(&group, "study", "study-minutes"), Some(120));
    // Before any night there is what the stream brought, and no more.
    let fresh = crate::stage::stage().await;
    fresh.done("2026-11-24T09:00", "task.issued", fresh.town.branch.id, json!({})).await;
    let reply = ok(fresh.officer(Role::Secretary, &fresh.town.branch).get(&overview(fresh.town.branch.id)).await);
    assert_eq!(keys(&reply, "sections"), ["organizations", "dues", "study", "findings"]);
    let above = fresh.officer(Role::Secretary, &fresh.town.street).get(&overview(fresh.town.street.id)).await;
    is(&above, 404, "not-found");
}

#[tokio::test]
async fn months_before_the_first_night_are_told_as_far_as_they_were_recorded() {
    let stage = stage().await;
    stage.done("2026-09-20T09:00", "meeting.signed", stage.town.branch.id, held(90, 8, 2)).await;
    november(&stage).await;
    let (desk, street) = (stage.officer(Role::PartyAffairsOfficer, &stage.town.district), stage.town.street.id);
    let september = ok(desk.get(&format!("{}?month=2026-09", overview(street))).await);
    assert_eq!(figure(&september, "study", "study-minutes"), Some(90 * 8));
    assert_eq!(figure(&september, "organizations", "organizations"), Some(4));
    // Nobody knows any more who was on the rolls, and which tasks were open.
    assert!(["members", "org-life", "tasks"].iter().all(|section| !keys(&september, "sections").contains(section)));
    let cube = async |path: &str| desk.get(&format!("/v1/analytics/{path}&organization={street}")).await;
    is(&cube("members?month=2026-09").await, 404, "not-found");
    let areas = ok(cube("organizations?by=area&month=2026-09").await);
    assert_eq!(areas.body["columns"].as_array().unwrap().len(), 1, "branches alone");
    let study = ok(cube("study?year=2026").await);
    assert_eq!(keys(&study, "groups"), ["2026-09", "2026-10", "2026-11"]);
    assert_eq!(study.text("/since"), "2026-09-01");
}

#[tokio::test]
async fn everybody_sees_the_numbers_of_what_they_may_read() {
    let stage = stage().await;
    november(&stage).await;
    let (branch, street) = (overview(stage.town.branch.id), overview(stage.town.street.id));
    let auditor = ok(stage.officer(Role::Auditor, &stage.town.city).get(&street).await);
    assert_eq!(keys(&auditor, "sections"), ["organizations"]);
    let dues = ok(stage.officer(Role::DuesOfficer, &stage.town.branch).get(&branch).await);
    assert_eq!(keys(&dues, "sections"), ["organizations", "members", "dues"]);
    is(&stage.officer(Role::Secretary, &stage.town.branch).get(&street).await, 404, "not-found");
    is(&stage.officer(Role::CommitteeMember, &stage.town.street).get(&street).await, 403, "forbidden");
    is(&stage.nobody().get(&branch).await, 404, "not-found");
    is(
        &stage.officer(Role::Secretary, &stage.town.street).get(&format!("{street}?month=2026-13")).await,
        422,
        "invalid-field",
    );
    is(
        &stage.officer(Role::Secretary, &stage.town.street).get(&format!("{street}?month=2025-11")).await,
        404,
        "not-found",
    );
}

#[tokio::test]
async fn scores_that_do_not_read_are_left_out() {
    let stage = stage().await;
    november(&stage).await;
    let branch = stage.town.branch.id;
    let (pk, sk) = YearRow::scores_key(branch, 2026);
    let row = json!({ "pk": pk, "sk": sk, "packed": "?" });
    Table::open(&stage.bench.env, "SCORES_TABLE").unwrap().put(&row).await.unwrap();
    let reply = ok(stage.officer(Role::Secretary, &stage.town.branch).get(&overview(branch)).await);
    assert_eq!((figure(&reply, "members", "members"), figure(&reply, "scores", "branches")), (Some(12), None));
}

#[tokio::test]
async fn charts_are_the_series_of_the_cubes() {
    let stage = stage().await;
    november(&stage).await;
    let desk = stage.officer(Role::OrganizationDepartment, &stage.town.city);
    let id = stage.town.street.id;
    let charts = ok(desk.get(&format!("/v1/organizations/{id}/charts")).await);
    let charts = charts.body["charts"].as_array().unwrap().clone();
    assert_eq!(charts.len(), 2 + 5 + 1 + 2);
    for chart in charts {
        let (cube, by) = (chart["cube"].as_str().unwrap(), chart["by"].as_str().unwrap());
        let single = ok(desk.get(&format!("/v1/analytics/{cube}?organization={id}&by={by}")).await);
        assert_eq!(single.body, chart, "{cube} {by}");
    }
    let auditor = stage.officer(Role::Auditor, &stage.town.city);
    let charts = ok(auditor.get(&format!("/v1/organizations/{id}/charts")).await);
    assert!(charts.body["charts"].as_array().unwrap().iter().all(|chart| chart["cube"] == "organizations"));
}
