//! Merits and faults: they wait for the member, and count once somebody else confirmed them.

use crate::stage::{is, items, line, points, stage};
use authz::Role;
use serde_json::json;

#[tokio::test]
async fn a_fault_counts_after_the_member_could_answer_and_somebody_else_confirmed_it() {
    let stage = stage().await;
    let (chair, own) = (stage.chair(), stage.of(&stage.member));
    let fault = json!({
        "member": stage.member.id, "kind": "fault", "title": "通报批评", "on": "2026-11-20", "evidence": "通报 1 号",
    });
    is(&own.post("/v1/conduct-items", fault.clone()).await, 404, "not-found");
    let mut about_oneself = fault.clone();
    about_oneself["member"] = json!(stage.secretary.id);
    is(&chair.post("/v1/conduct-items", about_oneself).await, 403, "own-case");
    let filed = chair.post("/v1/conduct-items", fault).await;
    assert_eq!((filed.status, filed.text("/replyUntil").as_str()), (201, "2026-12-01"), "{filed:?}");
    let path = filed.header("location").to_owned();
    assert_eq!(items(&own.get("/v1/me/conduct-items").await)[0]["evidence"], "通报 1 号");

    let answer = json!({ "text": "事出有因，请核实" });
    is(&stage.of(&stage.deputy).post(&format!("{path}/reply"), answer.clone()).await, 404, "not-found");
    let answered = own.post(&format!("{path}/reply"), answer.clone()).await;
    assert_eq!((answered.status, answered.text("/state").as_str()), (200, "filed"), "{answered:?}");
    let deputy = stage.holding(&stage.deputy, Role::DeputySecretary, &stage.town.branch);
    let decide = format!("{path}/decision");
    let confirm = json!({ "confirm": true, "reason": "经复核属实" });
    is(&deputy.post(&decide, confirm.clone()).await, 409, "illegal-transition");
    stage.pass(8);
    is(&own.post(&format!("{path}/reply"), answer).await, 409, "illegal-transition");
    is(&chair.post(&decide, confirm.clone()).await, 403, "own-case");
    let list = format!("/v1/organizations/{}/conduct-items", stage.town.branch.id);
    assert_eq!(items(&deputy.get(&list).await)[0]["reply"], "事出有因，请核实");
    assert_eq!(points(&stage.portrait().await)[4], 10_000, "nothing counts by itself");

    let decided = deputy.post(&decide, confirm.clone()).await;
    assert_eq!((decided.status, decided.text("/state").as_str()), (200, "confirmed"), "{decided:?}");
    is(&deputy.post(&decide, confirm).await, 409, "already-decided");
    stage.pass(1);
    stage.night("2026-12-03").await;
    let portrait = stage.portrait().await;
    assert_eq!(points(&portrait)[4], 8_000);
    let id = decided.text("/id");
    let line = line(&portrait, &id);
    assert_eq!((&line["points"], &line["late"]), (&json!(-2_000), &json!(false)));

    // What was confirmed can be appealed against, and is decided by neither of the two.
    let appeal = json!({ "year": 2026, "rule": "conduct.faults", "record": id, "reason": "处分已撤销" });
    let appealed = own.post("/v1/me/appeals", appeal).await;
    assert_eq!(appealed.status, 201, "{appealed:?}");
    let path = format!("{}/decision", appealed.header("location"));
    let decision = json!({ "outcome": "left-out", "reason": "处分已撤销" });
    let above = stage.holding(&stage.deputy, Role::Secretary, &stage.town.street);
    is(&above.post(&path, decision.clone()).await, 403, "own-case");
    assert_eq!(stage.office().post(&path, decision).await.status, 200);
    stage.pass(1);
    stage.night("2026-12-04").await;
    assert_eq!(points(&stage.portrait().await)[4], 10_000);
}

#[tokio::test]
async fn what_is_dropped_does_not_count() {
    let stage = stage().await;
    let merit = json!({
        "member": stage.member.id, "kind": "merit", "title": "先进个人", "on": "2026-11-20", "evidence": "表彰 1 号",
    });
    let filed = stage.chair().post("/v1/conduct-items", merit).await;
    stage.pass(8);
    let drop = json!({ "confirm": false, "reason": "不属于表彰" });
    let path = format!("{}/decision", filed.header("location"));
    let dropped = stage.office().post(&path, drop).await;
    assert_eq!(dropped.text("/state"), "dropped");
    // Neither what was filed nor whom it was about is in the trace.
    let told = stage.told_of(&dropped.text("/id")).await;
    let told: Vec<_> = told.iter().map(|(kind, names)| (kind.as_str(), names.as_str())).collect();
    assert_eq!(told, [("conduct.decided", "state version"), ("conduct.filed", "replyUntil")]);
    stage.pass(1);
    stage.night("2026-12-03").await;
    assert_eq!(points(&stage.portrait().await)[3], 2_000, "as before");
}
