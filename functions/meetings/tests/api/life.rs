//! What a branch owes, and its record book.

use crate::stage::{Stage, fields, is, stage};
use authz::Role;
use dynamo::Table;
use jiff::civil::Date;
use kernel::{AppointmentId, OrgId};
use register::{Appointment, AppointmentRow, Node, NodeRow, NodeStatus};
use serde_json::{Value, json};
use testkit::Reply;

async fn life(stage: &Stage, year: &str) -> Value {
    let path = format!("/v1/organizations/{}/org-life?year={year}", stage.town.branch.id);
    let reply = stage.office.get(&path).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.body
}

fn standing(life: &Value, kind: &str, period: &str) -> Value {
    let duties = life["duties"].as_array().unwrap();
    let mut found = duties.iter().filter(|duty| duty["kind"] == kind && duty["period"] == period);
    found.next().map_or(Value::Null, |duty| duty["standing"].clone())
}

#[tokio::test]
async fn one_theme_day_that_was_also_a_branch_meeting_settles_both() {
    let stage = stage().await;
    let before = life(&stage, "2026").await;
    assert_eq!(
        (standing(&before, "theme-day", "2026-11"), standing(&before, "branch-meeting", "2026-Q4")),
        (json!("due"), json!("due"))
    );
    assert_eq!(standing(&before, "theme-day", "2026-10"), "missing");
    assert_eq!(standing(&before, "group-meeting", "2026-10"), "missing", "it has a group");
    assert_eq!(standing(&before, "committee-meeting", "2026-10"), Value::Null, "nor a committee");
    let other = |life: &Value, duty: &str| {
        let others = life["others"].as_array().unwrap();
        let one = others.iter().find(|one| one["duty"] == duty).unwrap();
        (one["article"].clone(), one["standing"].clone())
    };
    assert_eq!(other(&before, "contact-abroad"), (json!("教管条例 §34"), Value::Null), "named and not judged");
    assert_eq!(other(&before, "dues-publication"), (json!("党费规定 §26"), json!("due")));
    let published = json!({
        "pk": format!("BOOK#{}", stage.town.branch.id), "sk": "PUBLISHED#2026", "at": "2027-01-20T02:00:00Z",
        "firstAt": "2026-11-20T02:00:00Z",
    });
    Table::open(&stage.bench.env, "DUES_TABLE").unwrap().put(&published).await.unwrap();
    assert_eq!(other(&life(&stage, "2026").await, "dues-publication").1, "done", "correcting it does not make it late");

    let path = stage.planned(&["theme-day", "branch-meeting", "party-lecture"], "2026-11-25").await;
    stage.at("2026-11-25T21:00:00");
    stage.attended(&path).await;
    assert_eq!(stage.recorded(&path, &json!({})).await.status, 200);
    let unsigned = life(&stage, "2026").await;
    assert_eq!(
        (standing(&unsigned, "theme-day", "2026-11"), unsigned["unsigned"].as_array().unwrap().len()),
        (json!("due"), 1)
    );
    assert_eq!(stage.signed(&path).await.status, 200);
    let after = life(&stage, "2026").await;
    assert_eq!(
        (standing(&after, "theme-day", "2026-11"), standing(&after, "branch-meeting", "2026-Q4")),
        (json!("done"), json!("done"))
    );
    assert_eq!((after["unsigned"].as_array().unwrap().len(), &after["asOf"]), (0, &json!("2026-11-25")));
    // One record, many views.
    let book = stage.office.get(&format!("/v1/meetings?organization={}", stage.town.branch.id)).await;
    assert_eq!(book.body["items"][0]["kinds"], json!(["branch-meeting", "party-lecture", "theme-day"]));
    let mine = stage.of(&stage.member).get("/v1/me/meetings?past=true").await;
    assert_eq!(mine.body["items"][0]["id"], book.body["items"][0]["id"]);
}

#[tokio::test]
async fn what_was_held_in_time_and_entered_later_is_late_and_counts() {
    let stage = stage().await;
    stage.at("2026-12-02T09:00:00");
    let path = stage.planned(&["theme-day"], "2026-11-26").await;
    stage.attended(&path).await;
    assert_eq!(stage.recorded(&path, &json!({})).await.status, 200);
    assert_eq!(stage.signed(&path).await.status, 200);
    let life = life(&stage, "2026").await;
    assert_eq!(standing(&life, "theme-day", "2026-11"), "late");
    let duty = life["duties"]
        .as_array()
        .unwrap()
        .iter()
        .find(|duty| duty["period"] == "2026-11" && duty["kind"] == "theme-day")
        .unwrap();
    assert_eq!((&duty["heldOn"], &duty["article"]), (&json!("2026-11-26"), &json!("支部条例 §16、教管条例 §16")));
}

#[tokio::test]
async fn a_group_holds_its_own_meetings_and_whoever_holds_none_owes_none() {
    let stage = stage().await;
    let leader = stage.town.person(7, "吴组", &stage.town.group).await;
    stage.held(&["theme-day"], "2026-11-24").await;
    let (office, plan) = stage.of_group(&leader, &["group-meeting", "org-life-meeting"], "2026-11-25");
    let path = office.post("/v1/meetings", plan.clone()).await.header("location").to_owned();
    stage.at("2026-11-25T21:00:00");
    assert_eq!(office.put(&format!("{path}/attendance"), json!({ "others": "present" })).await.status, 200);
    let minutes = json!({ "heldFrom": plan["startsAt"], "heldTo": plan["endsAt"], "text": "学习，讨论。" });
    assert_eq!(office.if_match("\"v1\"").put(&format!("{path}/minutes"), minutes).await.status, 200);
    let before = life(&stage, "2026").await;
    assert_eq!(standing(&before, "group-meeting", "2026-11"), "due");
    assert_eq!(before["unsigned"].as_array().unwrap().len(), 1, "what its groups have not signed is said of it");
    let signed = office.if_match("\"v2\"").send("POST", &format!("{path}/signature"), None).await;
    assert_eq!(signed.status, 200, "{signed:?}");
    let after = life(&stage, "2026").await;
    for (kind, period) in [("group-meeting", "2026-11"), ("org-life-meeting", "2026"), ("theme-day", "2026-11")] {
        assert_eq!(standing(&after, kind, period), "done", "{kind}");
    }

    let own = office.get(&format!("/v1/organizations/{}/org-life?year=2026", stage.town.group.id)).await;
    let kinds: Vec<_> = own.body["duties"].as_array().unwrap().iter().map(|duty| duty["kind"].clone()).collect();
    assert_eq!(kinds, vec![json!("group-meeting"); 11], "{own:?}");
    let street = stage.officer(Role::Secretary, &stage.town.street);
    let none = street.get(&format!("/v1/organizations/{}/org-life", stage.town.street.id)).await;
    assert_eq!(fields(&none), "/organization");
}

#[tokio::test]
async fn a_committee_owes_from_the_month_after_it_was_elected() {
    let stage = stage().await;
    let table = Table::open(&stage.bench.env, "ORGANIZATIONS_TABLE").unwrap();
    let committee = [Role::Secretary, Role::OrganizationOfficer, Role::PublicityOfficer];
    for (n, (role, holder)) in (1..).zip(committee.into_iter().zip([&stage.secretary, &stage.recorder, &stage.member]))
    {
        let held = Appointment {
            id: AppointmentId::from_bytes(u64::from(n), [n; 10]),
            organization: stage.town.branch.id,
            role,
            holder: holder.id,
            holder_name: "陈员".try_into().unwrap(),
            from: Date::constant(2026, 9, 20),
            until: None,
            decision: "〔2026〕9号".try_into().unwrap(),
            version: 1,
        };
        table.put(&AppointmentRow::of_organization(held)).await.unwrap();
    }
    let life = life(&stage, "2026").await;
    let seen = ["2026-08", "2026-09", "2026-10", "2026-11"].map(|month| standing(&life, "committee-meeting", month));
    assert_eq!(seen, [Value::Null, Value::Null, json!("missing"), json!("due")]);
}

#[tokio::test]
async fn coverage_is_counted_over_the_branches_of_the_tree_page_by_page() {
    let stage = stage().await;
    stage.held(&["theme-day"], "2026-11-25").await;
    let path = |node: &Node| format!("/v1/organizations/{}/org-life/coverage?year=2026", node.id);
    let counted = |reply: &Reply, kind: &str, period: &str| {
        let items = reply.body["items"].as_array().unwrap();
        let one = items.iter().find(|one| one["kind"] == kind && one["period"] == period).unwrap();
        ["obliged", "done", "late", "missing"].map(|name| one[name].as_u64().unwrap())
    };
    let street = stage.officer(Role::PartyAffairsOfficer, &stage.town.street);
    let all = street.get(&path(&stage.town.street)).await;
    assert_eq!((all.status, &all.body["branches"], &all.body["next"]), (200, &json!(2), &Value::Null), "{all:?}");
    assert_eq!(counted(&all, "theme-day", "2026-11"), [2, 1, 0, 0]);
    assert_eq!(counted(&all, "theme-day", "2026-10"), [2, 0, 0, 2]);
    assert_eq!(counted(&all, "group-meeting", "2026-10"), [1, 0, 0, 1], "one of them has a group");
    let first = street.get(&format!("{}&limit=1", path(&stage.town.street))).await;
    let next = format!("{}&limit=1&cursor={}", path(&stage.town.street), first.text("/next"));
    let second = street.get(&next).await;
    assert_eq!(counted(&first, "theme-day", "2026-11"), [1, 1, 0, 0]);
    assert_eq!((counted(&second, "theme-day", "2026-11"), second.status), ([1, 0, 0, 0], 200));
    let neighbour = stage.officer(Role::Secretary, &stage.town.neighbour);
    is(&neighbour.get(&path(&stage.town.branch)).await, 404, "not-found");
    let member = |node| stage.officer(Role::CommitteeMember, node);
    is(&member(&stage.town.street).get(&path(&stage.town.street)).await, 403, "forbidden");
    assert_eq!(member(&stage.town.branch).get(&path(&stage.town.branch)).await.status, 200, "its groups belong to it");

    let table = Table::open(&stage.bench.env, "ORGANIZATIONS_TABLE").unwrap();
    for n in 50_u8..54 {
        let id = OrgId::from_bytes(u64::from(n), [n; 10]);
        let at = stage.town.street.path.child(id).unwrap();
        table.put(&NodeRow::new(Node { id, path: at, ..stage.town.neighbour.clone() })).await.unwrap();
    }
    let most = street.get(&path(&stage.town.street)).await;
    assert_eq!((&most.body["branches"], most.body["next"].is_string()), (&json!(5), true), "so many on a page at most");
    let (status, closed_on) = (NodeStatus::Dissolved, Some(Date::constant(2026, 11, 15)));
    table.put(&NodeRow::new(Node { status, closed_on, ..stage.town.neighbour.clone() })).await.unwrap();
    let left = street.get(&path(&stage.town.street)).await;
    assert_eq!(
        (&left.body["branches"], &left.body["next"]),
        (&json!(5), &Value::Null),
        "what is closed is not counted"
    );
    assert_eq!(counted(&left, "theme-day", "2026-11"), [5, 1, 0, 0]);
}

#[tokio::test]
async fn a_superior_reads_and_a_stranger_does_not() {
    let stage = stage().await;
    let path = format!("/v1/organizations/{}/org-life", stage.town.branch.id);
    let list = format!("/v1/meetings?organization={}", stage.town.branch.id);
    for path in [&path, &list] {
        assert_eq!(stage.officer(Role::PartyAffairsOfficer, &stage.town.street).get(path).await.status, 200);
        is(&stage.officer(Role::Secretary, &stage.town.neighbour).get(path).await, 404, "not-found");
        is(&stage.of(&stage.member).get(path).await, 404, "not-found");
    }
    is(&stage.office.get(&format!("{path}?year=1900")).await, 422, "invalid-field");
}

#[tokio::test]
async fn the_record_book_goes_page_by_page_from_the_last_day_back() {
    let stage = stage().await;
    for day in ["2026-11-25", "2026-11-27", "2026-11-26"] {
        stage.planned(&["branch-meeting"], day).await;
    }
    let list = format!("/v1/meetings?organization={}&limit=2", stage.town.branch.id);
    let first = stage.office.get(&list).await.body;
    let days =
        |page: &Value| page["items"].as_array().unwrap().iter().map(|one| one["heldOn"].clone()).collect::<Vec<_>>();
    assert_eq!(days(&first), ["2026-11-27", "2026-11-26"]);
    let second = stage.office.get(&format!("{list}&cursor={}", first["next"].as_str().unwrap())).await.body;
    assert_eq!((days(&second), &second["next"]), (vec![json!("2026-11-25")], &Value::Null));
    let some = stage.office.get(&format!("{list}&from=2026-11-26&until=2026-11-26")).await.body;
    assert_eq!(days(&some), ["2026-11-26"]);
}
