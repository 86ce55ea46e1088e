//! What records say of somebody's work in office, and who reads it.

use crate::stage::{Stage, is, meeting, points, stage};
use authz::Role;
use dynamo::Table;
use jiff::Timestamp;
use kernel::{AppointmentId, Hand, MemberId, OrgId, TaskId};
use register::{Appointment, AppointmentRow, Member, Node, Readings};
use serde_json::json;
use task_records::{Course, Task, TaskKind, TaskRow, TaskState};

fn path(member: &Member) -> String {
    format!("/v1/members/{}/performance", member.id)
}

fn at(text: &str) -> Timestamp {
    format!("{text}:00+08:00").parse().unwrap()
}

/// The secretary of the branch holds this office as well.
async fn appointed(stage: &Stage, n: u8, office: (Role, &Node), days: (&str, Option<&str>)) {
    holds(stage, stage.secretary.id, n, office, days).await;
}

/// Somebody holds this office.
async fn holds(
    stage: &Stage,
    holder: MemberId,
    n: u8,
    (role, node): (Role, &Node),
    (from, until): (&str, Option<&str>),
) {
    let held = Appointment {
        id: AppointmentId::from_bytes(1, [n; 10]),
        organization: node.id,
        role,
        holder,
        holder_name: "林书".try_into().unwrap(),
        from: from.parse().unwrap(),
        until: until.map(|day| day.parse().unwrap()),
        decision: "批复 1 号".try_into().unwrap(),
        version: 1,
    };
    let table = Table::open(&stage.bench.env, "ORGANIZATIONS_TABLE").unwrap();
    table.put(&AppointmentRow::of_holder(held)).await.unwrap();
}

/// A meeting that was planned for this day and is so far.
async fn held(
    stage: &Stage,
    organization: OrgId,
    (n, on): (u8, &str),
    (leader, recorder): (MemberId, MemberId),
    so_far: &str,
) {
    let id = meeting(n);
    let begun = at(&format!("{on}T19:00"));
    let row = json!({
        "pk": format!("MTG#{id}"), "sk": "MTG", "heldKey": format!("{on}#{id}"), "organization": organization, "id": id,
        "kinds": ["party-lecture"], "title": "党课", "endsAt": begun, "host": leader, "recorder": recorder, "state": so_far,
        "minutes": { "heldFrom": begun, "enteredAt": begun },
    });
    Table::open(&stage.bench.env, "MEETINGS_TABLE").unwrap().put(&row).await.unwrap();
}

/// A task of the branch that the secretary answers for, as far as `so_far`.
async fn task(stage: &Stage, (n, so_far): (u8, TaskState), due_at: &str, submitted_at: Option<&str>) {
    let (branch, now) = (&stage.town.branch, stage.bench.now());
    let course = Course {
        kind: TaskKind::Key,
        state: so_far,
        starts_on: "2025-01-10".parse().unwrap(),
        due_at: at(due_at),
        arrive_by: None,
        plan: Vec::new(),
        submitted_at: submitted_at.map(at),
    };
    let hand = Hand { by: stage.officer.id, at: now };
    let issued = Task::issued(("走访".try_into().unwrap(), None), branch, stage.secretary.clone(), None, course, hand);
    let id = TaskId::from_bytes(1, [n; 10]);
    let row = TaskRow::new(Task { id, root: id, ..issued }, branch.path.clone(), 0, now, false);
    Table::open(&stage.bench.env, "TASKS_TABLE").unwrap().put(&row).await.unwrap();
}

/// The secretary is in office since last year, with tasks and meetings.
async fn at_work(stage: &Stage) {
    let (branch, own, other) = (&stage.town.branch, stage.secretary.id, stage.deputy.id);
    appointed(stage, 1, (Role::Secretary, branch), ("2025-03-01", None)).await;
    held(stage, branch.id, (1, "2026-11-18"), (own, other), "signed").await;
    held(stage, branch.id, (2, "2026-10-18"), (other, own), "signed").await;
    held(stage, branch.id, (3, "2026-09-18"), (other, other), "signed").await;
    held(stage, branch.id, (4, "2026-08-18"), (own, own), "recorded").await;
    held(stage, branch.id, (5, "2025-12-31"), (own, own), "signed").await;
    held(stage, stage.town.neighbour.id, (6, "2026-07-18"), (own, own), "signed").await;
    task(stage, (1, TaskState::Done), "2026-06-30T18:00", Some("2026-06-30T18:00")).await;
    task(stage, (2, TaskState::Done), "2026-03-31T18:00", Some("2026-04-01T09:00")).await;
    task(stage, (3, TaskState::InProgress), "2026-11-20T18:00", None).await;
    task(stage, (4, TaskState::InProgress), "2026-12-31T23:59", None).await;
    task(stage, (5, TaskState::Done), "2025-12-31T23:59", Some("2025-12-30T09:00")).await;
}

#[tokio::test]
async fn each_number_is_of_the_rows_beside_it() {
    let stage = stage().await;
    at_work(&stage).await;
    let own = stage.of(&stage.secretary).get("/v1/me/performance").await;
    assert_eq!(own.status, 200, "{own:?}");
    let body = &own.body;
    assert_eq!((&body["member"], &body["year"]), (&json!(stage.secretary.id), &json!(2026)));
    assert_eq!((&body["offices"][0]["role"], &body["asOf"]), (&json!("secretary"), &json!("2026-11-24")));
    // Their own portrait and that of the branch are what they are elsewhere.
    let portrait = stage.of(&stage.secretary).get("/v1/me/portrait").await;
    assert_eq!(body["portrait"], portrait.body);
    let branch = stage.chair().get(&format!("/v1/organizations/{}/portrait", stage.town.branch.id)).await;
    assert_eq!(body["branches"], json!([branch.body]));
    assert_eq!(points(&branch).len(), 5);

    let ids = |of: &str| -> Vec<_> {
        let items = body[of]["items"].as_array().unwrap();
        items.iter().map(|item| item["id"].clone()).collect()
    };
    let tasks = [2, 1, 3, 4].map(|n| json!(TaskId::from_bytes(1, [n; 10])));
    assert_eq!(ids("tasks"), tasks, "by their limits, and of this year alone");
    let count = |of: &str, name: &str| body[of][name].as_u64().unwrap();
    assert_eq!((count("tasks", "led"), count("tasks", "done"), count("tasks", "late")), (4, 2, 2));
    assert_eq!(ids("meetings"), [2, 1].map(|n| json!(meeting(n))), "signed ones of the branch in this year");
    assert_eq!((count("meetings", "led"), count("meetings", "recorded")), (1, 1));

    let before = stage.of(&stage.secretary).get("/v1/me/performance?year=2025").await;
    assert_eq!((&before.body["tasks"]["led"], &before.body["meetings"]["led"]), (&json!(1), &json!(1)), "{before:?}");
    assert_eq!((&before.body["portrait"], &before.body["branches"]), (&json!(null), &json!([])), "not scored");
}

#[tokio::test]
async fn the_committee_above_reads_it_and_the_member_sees_that() {
    let stage = stage().await;
    at_work(&stage).await;
    let (path, own) = (path(&stage.secretary), stage.of(&stage.secretary).get("/v1/me/performance").await);
    is(&stage.chair().get(&path).await, 403, "forbidden");
    is(&stage.holding(&stage.deputy, Role::Inspector, &stage.town.street).get(&path).await, 403, "forbidden");
    is(&stage.of(&stage.deputy).get(&path).await, 404, "not-found");
    is(&stage.holding(&stage.deputy, Role::Secretary, &stage.town.other_street).get(&path).await, 404, "not-found");
    let readings = Readings::open(&stage.bench.env).unwrap();
    assert!(readings.of(stage.secretary.id, None, 10).await.unwrap().items.is_empty(), "who is refused reads nothing");
    let above = stage.office().get(&path).await;
    assert_eq!((above.status, &above.body), (200, &own.body));
    let log = readings.of(stage.secretary.id, None, 10).await.unwrap().items;
    let lines: Vec<_> = log.iter().map(|line| (line.reader, line.fields.as_str(), line.organization)).collect();
    assert_eq!(lines, [(stage.officer.id, "performance", stage.town.branch.id)]);
}

#[tokio::test]
async fn what_is_not_found_leaves_no_line() {
    let stage = stage().await;
    // There is an account with an office, and no record.
    let holder = MemberId::from_bytes(70, [70; 10]);
    holds(&stage, holder, 1, (Role::Secretary, &stage.town.branch), ("2026-03-01", None)).await;
    let readings = Readings::open(&stage.bench.env).unwrap();
    is(&stage.office().get(&format!("/v1/members/{holder}/performance")).await, 404, "not-found");
    assert!(readings.of(holder, None, 10).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn of_two_offices_each_is_for_those_above_it() {
    let stage = stage().await;
    at_work(&stage).await;
    appointed(&stage, 2, (Role::CommitteeMember, &stage.town.neighbour), ("2026-02-01", Some("2026-05-01"))).await;
    appointed(&stage, 3, (Role::CommitteeMember, &stage.town.other_street), ("2026-02-01", None)).await;
    let count = |reply: &testkit::Reply| {
        let of = |name: &str| reply.body[name].as_array().unwrap().len();
        (of("offices"), of("branches"), reply.body["meetings"]["led"].as_u64().unwrap())
    };
    // The first night scored every branch.
    assert_eq!(count(&stage.of(&stage.secretary).get("/v1/me/performance").await), (3, 2, 2));
    assert_eq!(count(&stage.office().get(&path(&stage.secretary)).await), (2, 2, 2));
    let district = stage.holding(&stage.officer, Role::OrganizationDepartment, &stage.town.district);
    assert_eq!(count(&district.get(&path(&stage.secretary)).await), (3, 2, 2));
    let general = stage.holding(&stage.officer, Role::Secretary, &stage.town.street);
    assert_eq!(count(&general.get(&format!("{}?year=2025", path(&stage.secretary))).await), (1, 0, 1));
}

#[tokio::test]
async fn there_is_none_of_who_holds_no_office_of_a_committee() {
    let stage = stage().await;
    let own = stage.of(&stage.secretary);
    is(&own.get("/v1/me/performance").await, 404, "not-found");
    appointed(&stage, 1, (Role::GroupLeader, &stage.town.group), ("2026-01-01", None)).await;
    appointed(&stage, 2, (Role::Secretary, &stage.town.branch), ("2026-11-25", None)).await;
    is(&own.get("/v1/me/performance").await, 404, "not-found");
    is(&stage.office().get(&path(&stage.secretary)).await, 404, "not-found");
    is(&own.get("/v1/me/performance?year=1900").await, 422, "invalid-field");
    stage.pass(1);
    assert_eq!(own.get("/v1/me/performance").await.status, 200, "it has begun");
}
