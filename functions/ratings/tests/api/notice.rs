//! Public notice, objections, award and report.

use crate::stage::{Stage, is, items, ok, stage, step};
use authz::Role;
use dynamo::{Activity, Key, Read, Table, Trace};
use register::{Member, MemberState, Readings};
use serde_json::{Value, json};
use testkit::Town;

/// The path of an objection of `member` to the application at `path`.
async fn objected(stage: &Stage, path: &str, member: &Member) -> String {
    let list = format!("{path}/objections");
    let reply = ok(stage.of(member).post(&list, json!({ "text": "台账与实际不符" })).await);
    format!("{list}/{}", reply.text("/id"))
}

fn answer(granted: bool) -> Value {
    json!({ "granted": granted, "reason": "已核实" })
}

#[tokio::test]
async fn everybody_sees_the_notice_and_the_star_is_awarded_after_it() {
    let stage = stage().await;
    let path = stage.noticed().await;
    let public = async || stage.of(&stage.neighbour).get("/v1/star-notices/2026").await;
    let shown = public().await;
    assert_eq!((&items(&shown)[0]["star"], &items(&shown)[0]["awarded"]), (&json!(5), &json!(false)));
    let mut known: Vec<_> = items(&shown)[0].as_object().unwrap().keys().cloned().collect();
    known.sort_unstable();
    assert_eq!(known, ["awarded", "id", "name", "noticeUntil", "organization", "score", "star", "year"]);
    let award = format!("{path}/award");
    // Decided on 25 November: the fifth working day after it is 2 December.
    stage.pass(7);
    is(&step(&stage.department(), 6, &award).await, 409, "illegal-transition");
    stage.pass(1);
    is(&step(&stage.above(), 6, &award).await, 404, "not-found");
    let awarded = ok(step(&stage.department(), 6, &award).await);
    assert_eq!(awarded.text("/state"), "awarded");
    is(&step(&stage.department(), 7, &award).await, 409, "already-decided");
    assert_eq!(items(&public().await)[0]["awarded"], json!(true));
    assert_eq!(stage.notices(&stage.secretary).await, ["star.awarded", "star.decided", "star.reviewed"]);
    let list = |more: &str| format!("/v1/star-applications?organization={}{more}", stage.town.street.id);
    assert!(items(&stage.above().get(&list("")).await).is_empty());
    assert_eq!(items(&stage.above().get(&list("&state=awarded")).await)[0]["star"], json!(5));
}

#[tokio::test]
async fn an_open_objection_stops_the_award_and_nobody_but_the_department_learns_who_raised_it() {
    let stage = stage().await;
    let path = stage.noticed().await;
    let objection = objected(&stage, &path, &stage.neighbour).await;
    let list = format!("{path}/objections");
    is(&stage.of(&stage.neighbour).post(&list, json!({ "text": "再提" })).await, 409, "already-open");
    let stranger = stage.town.person(9, "黄外", &stage.town.elsewhere).await;
    is(&stage.of(&stranger).post(&list, json!({ "text": "有异议" })).await, 404, "not-found");
    let told = stage.told(stage.town.branch.id).await;
    assert!(!told.iter().any(|(kind, _)| kind.contains("objection")), "{told:?}");
    assert!(!ok(stage.chair().get(&path).await).body.to_string().contains(&stage.neighbour.id.to_string()));
    is(&stage.chair().get(&list).await, 404, "not-found");
    is(&stage.of(&stage.member).get(&list).await, 404, "not-found");
    let own_branch = stage.holding(&stage.member, Role::OrganizationDepartment, &stage.town.city);
    is(&own_branch.get(&list).await, 403, "own-case");
    assert_eq!(items(&stage.of(&stage.neighbour).get(&list).await).len(), 1);
    assert_eq!(items(&stage.department().get(&list).await).len(), 1);
    let readings = Readings::open(&stage.bench.env).unwrap();
    let seen = readings.of(stage.neighbour.id, None, 10).await.unwrap().items;
    assert_eq!(seen.len(), 1);
    assert_eq!((seen[0].reader, seen[0].fields.as_str()), (stage.officer.id, "star-objections"));

    stage.pass(8);
    is(&step(&stage.department(), 6, &format!("{path}/award")).await, 409, "illegal-transition");
    is(&stage.of(&stage.member).post(&list, json!({ "text": "有异议" })).await, 409, "illegal-transition");
    let answering = format!("{objection}/answer");
    is(&stage.department().post(&answering, answer(false)).await, 403, "own-case");
    let answered = ok(stage.second().post(&answering, answer(false)).await);
    assert_eq!(answered.text("/state"), "refused");
    let of_city = stage.told(stage.town.city.id).await;
    let (_, fields) = of_city.iter().find(|(kind, _)| kind == "star-objection.answered").unwrap();
    assert_eq!(fields, "state version");
    is(&stage.second().post(&answering, answer(true)).await, 409, "already-decided");
    assert_eq!(stage.notices(&stage.neighbour).await, ["star-objection.answered"]);
    ok(step(&stage.department(), 6, &format!("{path}/award")).await);
}

#[tokio::test]
async fn a_granted_objection_brings_it_back_to_the_department() {
    let stage = stage().await;
    let path = stage.noticed().await;
    let (one, other) = (objected(&stage, &path, &stage.neighbour).await, objected(&stage, &path, &stage.member).await);
    ok(stage.second().post(&format!("{one}/answer"), answer(true)).await);
    let back = ok(stage.chair().get(&path).await);
    assert_eq!((back.text("/state").as_str(), back.header("etag")), ("reviewed", "\"v7\""));
    assert!(back.body["decisions"][0]["takenBackBy"].is_string());
    for party in [&stage.neighbour, &stage.colleague] {
        assert!(!back.body.to_string().contains(&party.id.to_string()), "who raised it and who granted it");
    }
    assert!(items(&stage.of(&stage.neighbour).get("/v1/star-notices/2026").await).is_empty());
    assert!(stage.notices(&stage.secretary).await.contains(&"star.taken-back".to_owned()));
    // Another one is granted as well, which changes nothing more.
    ok(stage.second().post(&format!("{other}/answer"), answer(true)).await);
    assert_eq!(stage.chair().get(&path).await.header("etag"), "\"v7\"");
    let lower = json!({ "score": 7_900, "star": 3, "reason": "异议属实" });
    let decide = format!("{path}/decide");
    is(&stage.second().if_match("\"v7\"").post(&decide, lower.clone()).await, 403, "own-case");
    ok(stage.department().if_match("\"v7\"").post(&decide, lower).await);
    // One can object to the new decision as well.
    objected(&stage, &path, &stage.neighbour).await;
    let again = ok(stage.second().get(&format!("{path}/objections")).await);
    assert_eq!(items(&again).iter().filter(|objection| objection["decision"] == json!(2)).count(), 1);
}

#[tokio::test]
async fn the_trace_of_no_organisation_tells_who_raised_what_was_granted() {
    let stage = stage().await;
    let path = stage.noticed().await;
    let objection = objected(&stage, &path, &stage.neighbour).await;
    ok(stage.second().post(&format!("{objection}/answer"), answer(true)).await);
    let trace = Trace::open(&stage.bench.env).unwrap();
    let town = &stage.town;
    let mut kinds = Vec::new();
    for node in [&town.city, &town.district, &town.street, &town.branch, &town.group, &town.neighbour] {
        let told = trace.of_organization(node.id, (None, None), None, 50).await.unwrap().items;
        for activity in &told {
            let line = serde_json::to_string(activity).unwrap();
            assert!(!line.contains(&stage.neighbour.id.to_string()), "{line}");
        }
        kinds.extend(told.into_iter().map(|activity| activity.kind));
    }
    for kind in ["star-objection.answered", "star.taken-back"] {
        assert!(kinds.iter().any(|told| told == kind), "{kind}");
    }
    // They themselves find it, without what it is about.
    let own = Activity::account(stage.neighbour.id);
    let told = trace.of_subject(&own, None, None, 50).await.unwrap().items;
    let [raised] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!((raised.kind.as_str(), raised.actor.member), ("star-objection.raised", Some(stage.neighbour.id)));
    assert!(raised.after.is_null() && raised.organization == stage.town.neighbour.id);
}

#[tokio::test]
async fn who_holds_an_office_of_the_branch_by_now_does_not_answer_what_was_raised_before() {
    let stage = stage().await;
    let path = stage.noticed().await;
    let answering = format!("{}/answer", objected(&stage, &path, &stage.neighbour).await);
    let offices = [(Role::OrganizationDepartment, &stage.town.city), (Role::DeputySecretary, &stage.town.branch)];
    let both = stage.second().with(Town::caller(&stage.colleague, &offices));
    is(&both.post(&answering, answer(false)).await, 403, "own-case");
    ok(stage.second().post(&answering, answer(false)).await);
}

#[tokio::test]
async fn who_is_on_the_rolls_no_more_does_not_object() {
    let stage = stage().await;
    let path = stage.noticed().await;
    let gone = |member: &mut Member| member.state = MemberState::TransferredOut;
    let former = stage.town.person_as(9, "黄离", &stage.town.neighbour, gone).await;
    let raised = stage.of(&former).post(&format!("{path}/objections"), json!({ "text": "有异议" })).await;
    is(&raised, 404, "not-found");
}

#[tokio::test]
async fn an_objection_to_a_decision_that_was_taken_back_leaves_the_next_one() {
    let stage = stage().await;
    let path = stage.noticed().await;
    let (one, other) = (objected(&stage, &path, &stage.neighbour).await, objected(&stage, &path, &stage.member).await);
    ok(stage.second().post(&format!("{one}/answer"), answer(true)).await);
    let lower = json!({ "score": 7_900, "star": 3, "reason": "异议属实" });
    ok(stage.department().if_match("\"v7\"").post(&format!("{path}/decide"), lower).await);
    // Page by page for the department; whoever has to do with the branch sees their own, whatever their office.
    let list = format!("{path}/objections");
    let first = stage.second().get(&format!("{list}?limit=1")).await;
    let next = stage.second().get(&format!("{list}?limit=1&cursor={}", first.text("/next"))).await;
    assert!(items(&first).len() == 1 && items(&next).len() == 1 && items(&first) != items(&next));
    let own_branch = stage.holding(&stage.member, Role::OrganizationDepartment, &stage.town.city);
    let own = own_branch.get(&list).await;
    assert!(items(&own).len() == 1 && items(&own)[0]["raisedBy"] == json!(stage.member.id), "{own:?}");
    let late = ok(stage.second().post(&format!("{other}/answer"), answer(true)).await);
    assert_eq!(late.text("/state"), "granted");
    let still = ok(stage.chair().get(&path).await);
    assert_eq!((still.text("/state").as_str(), still.header("etag")), ("notice", "\"v8\""));
}

#[tokio::test]
async fn lists_show_the_day_that_follows_from_the_holidays_that_are_known_now() {
    let stage = stage().await;
    let path = stage.noticed().await;
    // As if some of these days had not been holidays yet when it was decided.
    let table = Table::open(&stage.bench.env, "RATINGS_TABLE").unwrap();
    let key = Key::new(format!("STA#{}", path.rsplit('/').next().unwrap()), "STA");
    let mut row: Value = table.get(key, Read::Consistent).await.unwrap().unwrap();
    row["noticeUntil"] = json!("2026-11-30");
    row["decisions"][0]["provisional"] = json!(true);
    row["decisions"][0]["noticeUntil"] = json!("2026-11-30");
    table.put(&row).await.unwrap();
    let list = format!("/v1/star-applications?organization={}", stage.town.street.id);
    for list in [list.as_str(), "/v1/star-notices/2026"] {
        assert_eq!(items(&stage.above().get(list).await)[0]["noticeUntil"], json!("2026-12-02"), "{list}");
    }
    let read = stage.chair().get(&path).await;
    assert_eq!(read.text("/decisions/0/noticeUntil"), "2026-12-02");
    assert_eq!(read.body["decisions"][0]["provisional"], json!(false), "it will not change any more");
}

#[tokio::test]
async fn the_report_shows_shares_by_area_and_takes_no_star() {
    let stage = stage().await;
    let path = stage.noticed().await;
    let report = async |node: &register::Node| {
        let path = format!("/v1/star-report?year=2026&organization={}", node.id);
        ok(stage.department().get(&path).await)
    };
    assert_eq!(report(&stage.town.city).await.body["awarded"], json!(0), "it counts what is awarded");
    stage.pass(8);
    ok(step(&stage.department(), 6, &format!("{path}/award")).await);
    let city = report(&stage.town.city).await;
    assert_eq!(city.body["stars"][0], json!({ "star": 5, "branches": 1, "share": 10_000 }));
    assert_eq!(city.body["limits"], json!([{ "star": 5, "atMostPercent": 30, "isOver": true }]));
    assert_eq!(city.body["areas"][0]["organization"], json!(stage.town.district.id));
    let branch = report(&stage.town.branch).await;
    assert_eq!(branch.body["areas"][0]["organization"], json!(stage.town.branch.id));
    assert_eq!(report(&stage.town.neighbour).await.body["awarded"], json!(0));
    let other = format!("/v1/star-report?year=2026&organization={}", stage.town.street.id);
    is(&stage.chair().get(&other).await, 404, "not-found");
    assert_eq!(ok(stage.chair().get(&path).await).body["decisions"][0]["star"], json!(5));
}

#[tokio::test]
async fn who_objects_while_it_is_decided_once_more_is_told_that_it_changed_or_is_heard() {
    let stage = stage().await;
    let path = stage.noticed().await;
    let objection = objected(&stage, &path, &stage.neighbour).await;
    let list = format!("{path}/objections");
    let (member, second) = (stage.of(&stage.member), stage.second());
    let answering = format!("{objection}/answer");
    let (raised, answered) =
        tokio::join!(member.post(&list, json!({ "text": "有异议" })), second.post(&answering, answer(true)));
    assert!(matches!(raised.status, 201 | 404 | 409), "{raised:?}");
    assert!(matches!(answered.status, 200 | 409), "{answered:?}");
    let heard = items(&stage.second().get(&list).await).len();
    assert_eq!(heard, 1 + usize::from(raised.status == 201));
}
