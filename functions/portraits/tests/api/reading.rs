//! Who sees which portrait, and what is in it.

use crate::stage::{is, items, line, meeting, points, stage};
use authz::Role;
use dynamo::{Activity, Actor, Change, Ledger};
use kernel::AppointmentId;
use register::Readings;
use serde_json::{Value, json};

#[tokio::test]
async fn a_member_sees_every_line_and_what_would_change_it() {
    let stage = stage().await;
    let portrait = stage.portrait().await;
    // Nine whole months; a theme day missed, no study, no dues, no task and no merit asked for yet.
    assert_eq!(points(&portrait), [7_000, 0, 4_000, 2_000, 10_000], "{portrait:?}");
    let body = &portrait.body;
    assert_eq!((&body["asOf"], &body["yearIsOver"]), (&json!("2026-11-23"), &json!(false)));
    assert_eq!((&body["suggested"], &body["rating"]), (&json!("needs-attention"), &Value::Null));
    assert_eq!((&body["member"], &body["branch"]), (&json!(stage.member.id), &json!(stage.town.branch.id)));
    let missed = line(&portrait, &meeting(1).to_string());
    assert_eq!((&missed["rule"]["id"], &missed["rule"]["version"]), (&json!("org-life.theme-days"), &json!(1)));
    assert_eq!((&missed["on"], &missed["why"], &missed["points"]), (&json!("2026-11-18"), &json!("missed"), &json!(0)));
    assert_eq!((&missed["late"], &missed["correctedBy"]), (&json!(false), &Value::Null));
    let ahead = body["dimensions"][0]["ahead"].as_array().unwrap();
    assert_eq!(ahead.len(), 1, "nothing else was asked: {ahead:?}");
    assert_eq!((&ahead[0]["done"], &ahead[0]["asked"], &ahead[0]["whole"]), (&json!(0), &json!(1), &json!(3_000)));
    assert_eq!(ahead[0]["records"], json!([{ "kind": "theme-day", "name": "主题党日" }]));
    for dimension in body["dimensions"].as_array().unwrap() {
        let lines = dimension["lines"].as_array().unwrap();
        let sum: i64 = lines.iter().map(|line| line["points"].as_i64().unwrap()).sum();
        assert_eq!(dimension["points"], sum, "{dimension}");
    }
    is(&stage.of(&stage.member).get("/v1/me/portrait?year=2024").await, 404, "not-found");
    is(&stage.of(&stage.member).get("/v1/me/portrait?year=1900").await, 422, "invalid-field");
    is(&stage.of(&stage.officer).get("/v1/me/portrait").await, 404, "not-found");
}

#[tokio::test]
async fn who_reads_a_portrait_is_seen_by_its_member() {
    let stage = stage().await;
    let path = format!("/v1/members/{}/portrait", stage.member.id);
    is(&stage.of(&stage.deputy).get(&path).await, 404, "not-found");
    let leader = stage.holding(&stage.deputy, Role::GroupLeader, &stage.town.branch);
    is(&leader.get(&path).await, 403, "forbidden");
    assert_eq!(points(&stage.chair().get(&path).await), points(&stage.portrait().await));
    assert_eq!(points(&stage.office().get(&path).await), points(&stage.portrait().await));
    is(&stage.chair().get(&format!("{path}?year=2024")).await, 404, "not-found");
    let log = Readings::open(&stage.bench.env).unwrap().of(stage.member.id, None, 10).await.unwrap().items;
    let mut readers: Vec<_> = log.iter().map(|line| (line.reader, line.fields.as_str())).collect();
    readers.sort_unstable();
    assert_eq!(readers, [(stage.secretary.id, "portrait"), (stage.officer.id, "portrait")]);
}

#[tokio::test]
async fn scores_of_a_branch_are_listed_by_id_and_leave_a_line_with_each() {
    let stage = stage().await;
    let path = format!("/v1/organizations/{}/scores", stage.town.branch.id);
    let chair = stage.chair();
    let first = chair.get(&format!("{path}?limit=2")).await;
    let names: Vec<_> = items(&first).iter().map(|item| item["name"].clone()).collect();
    assert_eq!(names, ["林书", "吴副"]);
    assert_eq!((&first.body["asOf"], &first.body["year"]), (&json!("2026-11-23"), &json!(2026)));
    let rest = chair.get(&format!("{path}?limit=2&cursor={}", first.text("/next"))).await;
    assert_eq!(items(&rest)[0]["points"], json!([7_000, 0, 4_000, 2_000, 10_000]));
    assert_eq!((items(&rest).len(), &rest.body["next"]), (1, &Value::Null));
    let readings = Readings::open(&stage.bench.env).unwrap();
    assert_eq!(readings.of(stage.member.id, None, 10).await.unwrap().items.len(), 1);
    assert!(readings.of(stage.secretary.id, None, 10).await.unwrap().items.is_empty(), "their own");
    let nothing = chair.get(&format!("{path}?year=2024")).await;
    assert_eq!((items(&nothing).len(), &nothing.body["asOf"]), (0, &Value::Null));
    let street = format!("/v1/organizations/{}/scores", stage.town.street.id);
    is(&stage.office().get(&street).await, 422, "invalid-field");
    is(&stage.of(&stage.member).get(&path).await, 404, "not-found");
}

#[tokio::test]
async fn a_gap_closes_by_itself_and_what_came_late_is_marked() {
    let stage = stage().await;
    let path = format!("/v1/organizations/{}/self-check", stage.town.branch.id);
    let chair = stage.chair();
    let gap = async |rule: &str| {
        let check = chair.get(&path).await;
        assert_eq!(check.status, 200, "{check:?}");
        check.body["gaps"].as_array().unwrap().iter().find(|gap| gap["rule"]["id"] == rule).cloned()
    };
    // Ten months are over: ten of twelve theme days, three of four branch meetings.
    let days = gap("events.theme-days").await.unwrap();
    assert_eq!((&days["done"], &days["due"], &days["asked"]), (&json!(1), &json!(10), &json!(12)));
    let meetings = gap("events.branch-meetings").await.unwrap();
    assert_eq!((&meetings["done"], &meetings["due"]), (&json!(0), &json!(3)));
    assert_eq!(gap("set-up.secretary-account").await, None, "it is due with the year");
    for (n, on) in [(11, "2026-02-10"), (12, "2026-05-10"), (13, "2026-11-20")] {
        assert!(gap("events.branch-meetings").await.is_some());
        stage.signed("2026-11-24T09:00", n, ("branch-meeting", on)).await;
    }
    assert_eq!(gap("events.branch-meetings").await, None);
    let check = chair.get(&path).await;
    let late: Vec<_> = check.body["late"].as_array().unwrap().iter().map(|line| line["on"].clone()).collect();
    assert!(late.contains(&json!("2026-02-10")) && !late.contains(&json!("2026-11-20")), "{late:?}");
    is(&chair.get(&format!("{path}?year=2024")).await, 422, "invalid-field");
    is(&stage.of(&stage.member).get(&path).await, 404, "not-found");
}

#[tokio::test]
async fn a_branch_has_five_numbers_of_its_own() {
    let stage = stage().await;
    let portrait = stage.chair().get(&format!("/v1/organizations/{}/portrait", stage.town.branch.id)).await;
    // Terms, and no committee; one of twelve theme days; 120 minutes of three members who owe 1440 each; no task; no dues.
    assert_eq!(points(&portrait), [7_000, 333, 222, 10_000, 0], "{portrait:?}");
    assert_eq!((&portrait.body["member"], &portrait.body["suggested"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn meetings_of_a_committee_are_asked_of_a_branch_that_has_one() {
    let stage = stage().await;
    let path = format!("/v1/organizations/{}/self-check", stage.town.branch.id);
    let gap = async || {
        let check = stage.chair().get(&path).await;
        assert_eq!(check.status, 200, "{check:?}");
        let gaps = check.body["gaps"].as_array().unwrap().clone();
        gaps.into_iter().find(|gap| gap["rule"]["id"] == "set-up.committee-meetings")
    };
    let officers = [&stage.secretary, &stage.deputy, &stage.member];
    for ((n, holder), role) in (1..).zip(officers).zip(["secretary", "deputy-secretary", "organization-officer"]) {
        assert_eq!(gap().await, None, "fewer than three persons are no committee");
        let held = json!({ "appointment": AppointmentId::from_bytes(1, [n; 10]), "role": role, "from": "2026-07-01" });
        stage.tell("2026-11-24T09:00", "officer.appointed", &holder.id.to_string(), held).await;
    }
    // Six months ask for six, four of them are over.
    let found = gap().await.unwrap();
    assert_eq!((&found["done"], &found["due"], &found["asked"]), (&json!(0), &json!(4), &json!(6)), "{found}");
}

#[tokio::test]
async fn who_changed_branch_sees_the_portraits_of_both_and_can_appeal_in_both() {
    let stage = stage().await;
    let (old, new, own) = (&stage.town.branch, &stage.town.neighbour, stage.of(&stage.member));
    stage.moved().await;
    // Until the night the new branch has no scores of theirs.
    assert_eq!(stage.portrait().await.body["branch"], json!(old.id));
    stage.pass(1);
    stage.night("2026-11-25").await;

    let here = stage.portrait().await;
    assert_eq!((&here.body["branch"], &here.body["branches"]), (&json!(new.id), &json!([new.id, old.id])));
    // One whole month: 0 of 160 minutes and of one month of dues, too little for a task or a merit.
    assert_eq!(points(&here), [10_000, 0, 4_000, 10_000, 10_000]);
    let there = own.get(&format!("/v1/me/portrait?branch={}", old.id)).await;
    // Seven whole months: a theme day missed, 0 of two key tasks and of one whistle task.
    assert_eq!(points(&there), [7_000, 0, 4_000, 2_000, 10_000]);
    assert_eq!(line(&there, &meeting(1).to_string())["why"], "missed");
    is(&own.get(&format!("/v1/me/portrait?branch={}", stage.town.street.id)).await, 404, "not-found");
    is(&own.get(&format!("/v1/me/portrait?year=2025&branch={}", old.id)).await, 404, "not-found");

    let mut appeal = json!({ "year": 2026, "rule": "org-life.theme-days", "record": meeting(1), "reason": "当日在场" });
    is(&own.post("/v1/me/appeals", appeal.clone()).await, 422, "invalid-field");
    appeal["branch"] = json!(stage.town.street.id);
    is(&own.post("/v1/me/appeals", appeal.clone()).await, 404, "not-found");
    appeal["branch"] = json!(old.id);
    let filed = own.post("/v1/me/appeals", appeal).await;
    assert_eq!((filed.status, &filed.body["branch"]), (201, &json!(old.id)), "{filed:?}");
    let path = format!("{}/decision", filed.header("location"));
    // The officer belongs to the new branch, and had no hand in it.
    assert_eq!(stage.office().post(&path, json!({ "outcome": "counted", "reason": "已核实" })).await.status, 200);
    stage.pass(1);
    stage.night("2026-11-26").await;
    let there = own.get(&format!("/v1/me/portrait?branch={}", old.id)).await;
    assert_eq!((points(&there)[0], &line(&there, &meeting(1).to_string())["correctedBy"]), (10_000, &filed.body["id"]));
}

#[tokio::test]
async fn where_somebody_was_is_found_behind_however_much_was_told_of_them_since() {
    let stage = stage().await;
    let (old, new) = (stage.town.branch.id, stage.town.neighbour.id);
    stage.moved().await;
    stage.pass(1);
    let (now, id, ledger) = (stage.bench.now(), stage.member.id, Ledger::of_job(&stage.bench.env).unwrap());
    for _ in 0..6 {
        let read = (0..90).map(|_| Activity::new(now, Actor::oneself(id), "member.edited", new, id.to_string()));
        ledger.carry_out(Change::new(), read).await.unwrap();
    }
    stage.night("2026-11-25").await;
    assert_eq!(stage.portrait().await.body["branches"], json!([new, old]));
    let there = stage.of(&stage.member).get(&format!("/v1/me/portrait?branch={old}")).await;
    assert_eq!(points(&there)[0], 7_000);
}
